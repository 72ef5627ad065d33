"""Dispatch: who drives what where and when, for one scenario."""

from __future__ import annotations

import time
from dataclasses import replace
from enum import Enum
from typing import Protocol

from allocator.case import Case
from allocator.companion import core_count
from allocator.engine.dispatch_data import DispatchInputs, build_dispatch_inputs
from allocator.engine.dispatch_exact import is_small, solve_exact
from allocator.engine.dispatch_method import Method
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem
from allocator.engine.dispatch_tables import dispatch_plan
from allocator.plan import Plan
from allocator.solver import SolveOptions
from models.dispatch_index import dispatch_index

__all__ = ["SHARED_GAP", "STAGES", "DispatchReport", "Turn", "dispatch"]

STAGES: dict[str, tuple[str, ...]] = {
    "lives": ("unmet", "waiting", "cost"),
    "social": ("social",),
    "cost": ("served_cost",),
}
"""Stages of each objective, in the order in which they count."""

DEFAULT_LIMIT_SECONDS = 60.0
"""Time limit of one scenario where none is given. [s]"""

SHARED_GAP = 0.02
"""Where scenarios share a time limit, one of them may stop at this gap even if a smaller one is
asked for: what it leaves goes to those that are further from it."""

_LARGE = 50_000
"""Possible trips from which a process beside this one solves the relaxations."""

_QUICK_SHARE = 0.05
"""Part of the time that the scalable method may use for a small case."""

_RESERVE_SHARE, _RESERVE_SECONDS = 0.08, 0.5
"""Part of the time, and its most, for writing the tables. [s]"""


class Turn(Enum):
    """Whether other scenarios wait for the time that one leaves.

    ``SHARED`` and ``AGAIN`` stop at a gap of 2 %; ``SHARED`` moreover, after a part of the time,
    once the headline stage is there. The stages' status goes by the gap that was asked for.
    """

    ALONE = "alone"
    SHARED = "shared"
    AGAIN = "again"


class DispatchReport(Protocol):
    """Who hears of progress and of plans; ``allocator.child.Report`` is one."""

    def __call__(self, news: object) -> None:
        """Take a line of progress."""

    def best(self, plan: object) -> None:
        """Take a plan that is better than the one before."""


class _Silence:
    """Report that nobody hears."""

    def __call__(self, news: object) -> None:
        """Forget it."""

    def best(self, plan: object) -> None:
        """Forget it."""


def dispatch(
    case: Case,
    scenario_code: str,
    *,
    placement: Plan | None = None,
    options: SolveOptions | None = None,
    turn: Turn = Turn.ALONE,
    report: DispatchReport | None = None,
    workers: int = 1,
) -> Plan:
    """Plan the trips of one scenario.

    Parameters
    ----------
    case
        The case; its settings name the objective.
    scenario_code
        Scenario of the chosen sample.
    placement
        Plan whose stock and open warehouses hold; None means today's stock.
    options
        Gap, time limit, threads, seed; None takes gap and seed from the settings.
    turn
        Whether other scenarios share the time.
    report
        Hears progress and better plans.
    workers
        Processes that may work side by side: a second one bounds large scenarios while the first
        one plans.

    Returns
    -------
    Plan
        Trips, load lists, arrivals, served share by hour, shortages with reasons, stages.

    Raises
    ------
    NotFoundError
        If the case has no such scenario.
    SolveError
        If the solver refuses an option.
    """
    begun = time.monotonic()
    settings = case.settings
    if options is None:
        options = SolveOptions(gap=settings.gap, seed=settings.seed)
    report = _Silence() if report is None else report
    inputs = build_dispatch_inputs(case, scenario_code, placement)
    problem = dispatch_problem(inputs.data)
    stages = STAGES[settings.objective]
    limit = options.time_limit_seconds
    if limit is not None:
        spent = time.monotonic() - begun
        reserve = min(_RESERVE_SECONDS, _RESERVE_SHARE * limit)
        options = replace(options, time_limit_seconds=max(0.3, limit - spent - reserve))
    has_helper = min(workers, core_count()) > 1 and problem.trip_count >= _LARGE
    outcome = _solve(inputs, problem, stages, options, (turn, has_helper), report)
    return dispatch_plan(inputs, problem, outcome, options.gap)


def _solve(
    inputs: DispatchInputs,
    problem: DispatchProblem,
    stages: tuple[str, ...],
    options: SolveOptions,
    hands: tuple[Turn, bool],
    report: DispatchReport,
) -> DispatchOutcome:
    """Solve by the scalable method, and exactly where the case is small.

    ``hands`` is whether others wait for the time, and whether a process beside may help.
    """
    turn, has_helper = hands
    limit = options.time_limit_seconds or DEFAULT_LIMIT_SECONDS
    begun = time.monotonic()

    asked = options.gap

    def on_outcome(outcome: DispatchOutcome) -> None:
        report.best(dispatch_plan(inputs, problem, outcome, asked, with_reasons=False))

    if not is_small(dispatch_index(inputs.data)):
        if turn is not Turn.ALONE:
            options = replace(options, gap=max(options.gap, SHARED_GAP))
        is_sharing = turn is Turn.SHARED
        method = Method(
            problem,
            stages,
            options,
            report,
            on_outcome,
            is_sharing=is_sharing,
            has_helper=has_helper,
        )
        return method.run()
    quick = replace(options, time_limit_seconds=_QUICK_SHARE * limit)
    outcome = Method(problem, stages, quick, report, on_outcome).run()
    return solve_exact(inputs.data, outcome, options, begun + limit) or outcome
