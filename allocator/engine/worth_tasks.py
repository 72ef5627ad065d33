"""The solves behind a comparison of plans, each in a child process, the time shared by load."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from allocator.case import Case
from allocator.child import ChildOutcome, Ending, Report, run_many
from allocator.engine.baselines import median_plan
from allocator.engine.greedy import GreedyResult, greedy_plan
from allocator.engine.placement import STAGE_SHARES, place
from allocator.engine.placement_data import placement_problem
from allocator.engine.plan_pricing import priced_tables
from allocator.engine.question_kinds import Question
from allocator.engine.questions import answer_question
from allocator.errors import AllocatorError, NoPlanError, ReplayError
from allocator.plan import Plan
from allocator.replay.placement_value import PlacementValue, value_placement
from allocator.solver import Progress, SolveOptions
from models.placement_data import OBJECTIVES
from models.valuation import FirstStagePlan

__all__ = ["Median", "Pricing", "SolveKind", "Solving", "price_all", "solve_all"]

OnProgress = Callable[[str, Progress], None]

SolveKind = Literal["model", "mean_value", "foresight", "greedy"]

LOADS: dict[SolveKind, float] = {
    "model": 8.0,
    "greedy": 4.0,
    "mean_value": 2.0,
    "foresight": 1.0,
}
"""How the time is shared: a solve gets its load's part of what is left."""

_LEAST_SECONDS = 2.0
"""A solve gets at least so long, or it would seldom have any plan. [s]"""

_STOP_SECONDS = 20.0
"""How long after the end of all a solve that does not stop by itself is killed. [s]"""


@dataclass(frozen=True)
class Solving:
    """One solve.

    Parameters
    ----------
    kind
        How the plan is made.
    part
        Name in progress reports.
    case
        What is planned; ``foresight`` and ``mean_value`` get a case with one scenario.
    """

    kind: SolveKind
    part: str
    case: Case


@dataclass(frozen=True)
class _Order:
    """A solve with its part of the time."""

    solving: Solving
    options: SolveOptions
    end: float
    share: float

    def seconds(self) -> float:
        """Time for this solve when it begins. [s]"""
        left = max(0.0, self.end - time.time())
        return max(_LEAST_SECONDS, self.share * left)


def _solve(order: _Order, report: Report) -> Plan | GreedyResult:
    """Make one plan, in a child process."""
    solving, seconds = order.solving, order.seconds()
    options = replace(order.options, time_limit_seconds=seconds)
    if solving.kind == "greedy":
        objective = solving.case.settings.objective
        return greedy_plan(placement_problem(solving.case).data, objective, seconds, report)
    if solving.kind != "foresight":
        return place(solving.case, options, report)
    # Perfect foresight bounds the one value that is compared: that of the first stage, which gets
    # all of the time here, and not only its part.
    first = OBJECTIVES[solving.case.settings.objective][0]
    options = replace(options, time_limit_seconds=seconds / STAGE_SHARES[first.stage])
    return place(solving.case, options, report, stage_count=1)


@dataclass(frozen=True)
class Median:
    """A p-median to be made.

    Parameters
    ----------
    case
        The scenarios it is stocked for.
    sites
        Open warehouses; existing ones stay, also if they are more.
    """

    case: Case
    sites: int


def _median(median: Median, options: SolveOptions, report: Report) -> FirstStagePlan:
    """Open and stock the warehouses of a p-median."""
    existing = sum(row.state == "existing" for row in median.case.warehouses)
    question = Question("median", sites=max(1, existing, median.sites))
    answer = answer_question(median.case, question, options, report)
    if not answer.responsible:
        raise NoPlanError("p-median: the limit came before any answer. Maybe raise --time-limit.")
    nearest = {
        row.district: row.warehouse for row in answer.responsible if row.warehouse is not None
    }
    return median_plan(placement_problem(median.case), nearest)


def solve_all(
    solvings: Sequence[Solving],
    options: SolveOptions,
    *,
    end: float,
    workers: int,
    on_progress: OnProgress | None = None,
) -> list[ChildOutcome]:
    """Run solves side by side; return their outcomes in order.

    Parameters
    ----------
    solvings
        Begun in order; without the first one there is nothing to compare.
    options
        Gap, threads and seed.
    end
        When all shall be done, on the clock of ``time.time``.
    workers
        Solves at a time.
    on_progress
        Hears the part and its progress.

    Raises
    ------
    AllocatorError
        What the first solve raised, as soon as it does.
    """
    loads = [LOADS[solving.kind] for solving in solvings]
    shares = [min(1.0, workers * load / sum(loads[k:])) for k, load in enumerate(loads)]
    orders = [
        _Order(solving, options, end, share)
        for solving, share in zip(solvings, shares, strict=True)
    ]

    def hear(index: int, news: Any) -> None:
        if isinstance(news, Progress) and on_progress is not None:
            on_progress(solvings[index].part, news)

    found: list[ChildOutcome | None] = [None] * len(orders)
    seconds = max(_LEAST_SECONDS, end - time.time()) + _LEAST_SECONDS * len(orders)
    outcomes = run_many(
        _solve,
        orders,
        workers=workers,
        deadline_seconds=seconds,
        on_report=hear,
        grace_seconds=_STOP_SECONDS,
    )
    with contextlib.closing(outcomes):
        for outcome in outcomes:
            if outcome.index == 0 and outcome.error is not None:
                raise outcome.error
            found[outcome.index] = outcome
    return [
        outcome or ChildOutcome(k, Ending.KILLED, message="not started")
        for k, outcome in enumerate(found)
    ]


@dataclass(frozen=True)
class Pricing:
    """A plan to be priced in all scenarios of a case.

    Parameters
    ----------
    part
        Name in progress reports.
    case
        The scenarios that count.
    plan
        The plan; a p-median is made first.
    options
        Limit, gap and seed of the p-median.
    """

    part: str
    case: Case
    plan: FirstStagePlan | Median
    options: SolveOptions


def _price(pricing: Pricing, report: Report) -> PlacementValue:
    """Price a plan by its exact recourse, and replay it, in a child process."""
    plan = pricing.plan
    if isinstance(plan, Median):
        plan = _median(plan, pricing.options, report)
    report(Progress("pricing", 0.0, None, None, None))
    problem = placement_problem(pricing.case)
    tables = priced_tables(problem, plan, pricing.case.settings.objective)
    value = value_placement(pricing.case, tables)
    if value.faults:
        raise ReplayError(value.faults)
    return value


def price_all(
    pricings: Sequence[Pricing], *, workers: int, on_progress: OnProgress | None = None
) -> list[PlacementValue]:
    """Price first stages side by side; return what the replay finds, in order.

    Parameters
    ----------
    pricings
        What to price.
    workers
        Processes at a time.
    on_progress
        Hears the part and its progress.

    Raises
    ------
    AllocatorError
        If a plan cannot be priced, or breaks a rule that no plan may break.
    """

    def hear(index: int, news: Any) -> None:
        if isinstance(news, Progress) and on_progress is not None:
            on_progress(pricings[index].part, news)

    found: dict[int, PlacementValue] = {}
    for outcome in run_many(_price, pricings, workers=workers, on_report=hear):
        if outcome.error is not None:
            raise outcome.error
        if not isinstance(outcome.result, PlacementValue):
            part = pricings[outcome.index].part
            raise AllocatorError(f"{part}: pricing failed. {outcome.message}")
        found[outcome.index] = outcome.result
    return [found[k] for k in range(len(pricings))]
