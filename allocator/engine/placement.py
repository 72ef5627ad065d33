"""Placement: where to keep which reserves.

Small cases and single sourcing are solved as one Pyomo model, stage by stage; the others by
decomposition. Whatever found it, the plan that leaves has whole stock, flows that were priced for
exactly that stock, and objectives that are sums over those flows.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case
from allocator.engine.branch_and_cut import BranchAndCut
from allocator.engine.conflicts import refuse_impossible
from allocator.engine.crew_options import CrewOptions
from allocator.engine.decomposition import StageSearch
from allocator.engine.incumbent import Incumbent
from allocator.engine.loss_promise import LossPromise
from allocator.engine.loss_results import loss_results
from allocator.engine.master import Master, Point
from allocator.engine.placement_data import PlacementProblem, placement_problem
from allocator.engine.placement_options import Allowed
from allocator.engine.placement_points import (
    plan_in_whole_units,
    plan_point,
    start_point,
    today_point,
)
from allocator.engine.placement_tables import placement_tables
from allocator.engine.polishing import polish
from allocator.engine.recourse import Recourse
from allocator.engine.recourse_crew import Crew, open_crew
from allocator.engine.recourse_share import RecourseHelper
from allocator.errors import NoPlanError
from allocator.plan import PLACEMENT_PART, Plan
from allocator.schema.results import LossResult, Stage
from allocator.solver import Progress, SolveOptions, Status, stage_gap
from models.placement import read_placement
from models.placement_data import OBJECTIVES, Criterion, PlacementData, StageRule
from models.recourse import value_scale
from models.valuation import (
    FirstStagePlan,
    PlacementResult,
    stage_value,
)

__all__ = ["PlacementReport", "place"]

Floats = NDArray[np.float64]

MONOLITH_FLOWS = 3000
"""Up to so many flows the whole model is solved at once; it then is as quick and needs no cuts."""


STAGE_SHARES = {"unmet": 0.5, "waiting": 0.87, "cost": 1.0, "social": 1.0}
"""Part of the time that is left which a stage may use."""

_START_SHARE, _START_SECONDS, _START_GAP = 0.15, 10.0, 0.02
"""Part of the time, its end, and the gap of the search for a plan that sums in CNY start from."""

STAGE_GAPS = {"unmet": 0.3}
"""Gap of a stage as a share of the one asked for, where it is another one. The headline stage is
held to the value of the unmet stage, and what that leaves open makes it hard to prove."""

KEPT = 0.5e-4
"""Margin given to the value of an earlier stage; whole stock may take as much again."""


GIVES_WAY = 0.5
"""Part of the gap asked for that a stage may give to later ones, beyond what it proved as least:
the plan stays within the gap, and whole sizes for the next stage are found at all."""


_BEGINNING = 4.0
"""A stage is not begun where the time left is less than so many times what it took to begin the
last one, which had fewer criteria to look at."""

_NOTHING_TO_SHARE = "solved as one model, without the Dask workers: there is nothing to share out"

_CHEAP: tuple[Criterion, ...] = ("floor", "unmet")
"""Criteria under which most warehouses are alike, so that the recourse is small."""


class PlacementReport(Protocol):
    """Hears progress, and plans that are worth keeping."""

    def __call__(self, news: object) -> None:
        """Take news."""

    def best(self, plan: object) -> None:
        """Keep a plan."""


@dataclass(frozen=True)
class _Reached:
    """What a stage proved."""

    rule: StageRule
    bound: float
    seconds: float


@dataclass(frozen=True)
class _Found:
    """Plan after a stage, with what the stages up to it proved."""

    result: PlacementResult
    reached: tuple[_Reached, ...]


def _stages(data: PlacementData, found: _Found, gap: float) -> tuple[Stage, ...]:
    """Rows of what the stages reached, for the plan as it is."""
    rows: list[Stage] = []
    for reached in found.reached:
        rule = reached.rule
        objective = stage_value(data, found.result, rule)
        bound = min(reached.bound, objective)
        proven = stage_gap(objective, bound) if np.isfinite(bound) else None
        # What no plan could serve: the proven unmet need, for the hours it counts for.
        least_unmet = rows[-1].bound if rule.stage == "waiting" else None
        floor = None if least_unmet is None else least_unmet * data.values.unmet_hours
        closed = Status.OPTIMAL if (proven or 0.0) <= 1e-6 else Status.WITHIN_GAP
        rows.append(
            Stage(
                part=PLACEMENT_PART,
                stage=rule.stage,
                objective=objective,
                bound=bound if np.isfinite(bound) else None,
                gap=proven,
                controllable_gap=(
                    None if proven is None else stage_gap(objective, bound, floor or 0.0)
                ),
                floor=floor,
                status=closed if proven is not None and proven <= gap else Status.TIME_LIMIT,
                seconds=reached.seconds,
            )
        )
    return tuple(rows)


def _plan_of(problem: PlacementProblem, found: _Found, gap: float) -> Plan:
    """Tables of the plan after a stage."""
    plan = placement_tables(problem, found.result, _stages(problem.data, found, gap))
    return plan.replace(LossResult, loss_results(problem, found.result.first_stage))


def _criteria(data: PlacementData, rules: Sequence[StageRule]) -> list[Criterion]:
    """Values the stages look at, the promise of a minimum share first."""
    floor: list[Criterion] = ["floor"] if data.risk.min_served_share > 0 else []
    return floor + [rule.criterion for rule in rules]


class _Clock:
    """Splits the time that is left over the stages."""

    def __init__(self, limit_seconds: float | None) -> None:
        self.end = np.inf if limit_seconds is None else time.monotonic() + limit_seconds

    def seconds_left(self) -> float | None:
        """Time until the limit, None without one. [s]"""
        return max(0.0, self.end - time.monotonic()) if np.isfinite(self.end) else None

    def stage_end(self, stage: str) -> float:
        """End of a stage on the clock of ``time.monotonic``."""
        now = time.monotonic()
        if not np.isfinite(self.end):
            return float("inf")
        return now + STAGE_SHARES[stage] * max(0.0, self.end - now)


def _saving_start(
    problem: PlacementProblem,
    promise: LossPromise,
    helpers: Sequence[RecourseHelper],
    limits: dict[Criterion, float],
    end: float,
    options: SolveOptions,
) -> Floats | None:
    """Choices of a plan that leaves little unmet, shape (option,), found in a short search.

    Sums in CNY mix steps of very different size, so that a search for them is slow to begin. It
    takes a part of the time until ``end``.
    """
    now = time.monotonic()
    end = now + min(_START_SHARE * (end - now), _START_SECONDS)
    data, rule = problem.data, OBJECTIVES["lives"][0]
    criteria: list[Criterion] = [*limits, rule.criterion]
    recourse = Recourse(data, criteria, helpers, promise.guard)
    master = promise.master(recourse.block_scenario.tolist(), criteria)
    master.set_stage(rule, limits)
    gap = max(options.gap, _START_GAP)
    search = StageSearch(data, master, recourse, rule, limits, gap, end, options)
    known = today_point(problem, master)
    if known is not None:
        search.consider(known, search.weights)
    if search.relax(None) is not None:
        BranchAndCut(search).run()
    return None if search.best is None else search.best.priced.point.choice


def _consider_known(
    problem: PlacementProblem,
    search: StageSearch,
    known: Point | None,
    possible: FirstStagePlan | None,
) -> None:
    """Begin a stage with the plan of the stage before, else with what is known to be possible."""
    known = start_point(problem, search.master, possible) if known is None else known
    if known is not None:
        search.consider(known, search.weights)
    if search.best is None and possible is not None:
        search.consider(plan_point(problem.data, search.master, possible), search.weights)


def _values_of(search: StageSearch, best: Incumbent, gap: float) -> tuple[float, float]:
    """Scaled risk values of a stage's criterion: what was reached, and what later stages keep."""
    reached = search.risk(best.priced.values, search.recourse.criteria.index(search.rule.criterion))
    kept, given = reached * (1 + KEPT), search.bound * (1 + GIVES_WAY * gap)
    return reached, max(kept, given) if np.isfinite(given) else kept


def _decomposed(
    problem: PlacementProblem,
    promise: LossPromise,
    rules: Sequence[StageRule],
    options: SolveOptions,
    report: PlacementReport,
    helpers: Sequence[RecourseHelper],
) -> Iterator[_Found]:
    """Go through the stages by decomposition; yield the plan after each."""
    data = problem.data
    options, possible = refuse_impossible(problem, options, report)
    options, possible = promise.refuse_impossible(options, report, possible)
    criteria = _criteria(data, rules)
    limits: dict[Criterion, float] = {"floor": 1e-9} if "floor" in criteria else {}
    values: dict[Criterion, float] = {}
    clock = _Clock(options.time_limit_seconds)
    reached: list[_Reached] = []
    master: Master | None = None
    held: Point | None = None
    known: Point | None = None
    limited: Recourse | None = None
    beginning = 0.0
    for rule in rules:
        began = time.monotonic()
        if began + _BEGINNING * beginning > clock.end:
            return
        asked = criteria[: criteria.index(rule.criterion) + 1]
        recourse = Recourse(data, asked, helpers, promise.guard)
        if master is None:
            master = promise.master(recourse.block_scenario.tolist(), criteria)
        master.set_stage(rule, limits)
        end = clock.stage_end(rule.stage)
        gap = options.gap * STAGE_GAPS.get(rule.stage, 1.0)
        if limits and limited is None and rule.criterion not in _CHEAP:
            limited = Recourse(data, [c for c in asked if c in _CHEAP])
        asking = (rule, dict(limits), gap, end, options, report, limited, values)
        search = StageSearch(data, master, recourse, *asking)
        _consider_known(problem, search, known, possible)
        # The first stage waits for helpers to start, and is always begun.
        beginning = time.monotonic() - began if reached else 0.0
        start = None
        if rule.counts_first_stage and not reached:
            start = _saving_start(problem, promise, helpers, limits, end, options)
        held = search.relax(held)
        if start is not None and not search.is_over():
            polish(search, start)
        BranchAndCut(search).run()
        best = search.best
        if best is None:
            # Every branch was refuted, or the time was up before.
            if not reached and search.bound == np.inf:
                raise promise.refusal(options, report, clock.seconds_left())
            return
        bound = value_scale(data, rule.criterion) * search.bound
        reached.append(_Reached(rule, bound, time.monotonic() - began))
        whole = plan_in_whole_units(problem, promise, search, best, limited or recourse)
        yield _Found(whole, tuple(reached))
        values[rule.criterion], limits[rule.criterion] = _values_of(search, best, options.gap)
        known = best.priced.point


def _monolithic(
    problem: PlacementProblem,
    promise: LossPromise,
    rules: Sequence[StageRule],
    options: SolveOptions,
    report: PlacementReport,
) -> Iterator[_Found]:
    """Go through the stages with the whole model; yield the plan after each."""
    data = problem.data
    options, _ = promise.refuse_impossible(options, report)
    limits: dict[Criterion, float] = {}
    clock = _Clock(options.time_limit_seconds)
    reached: list[_Reached] = []
    for rule in rules:
        began = time.monotonic()
        end = clock.stage_end(rule.stage)
        solved, model = promise.solve(rule, limits, options, end, report)
        if solved.status is Status.INFEASIBLE and not reached:
            raise promise.refusal(options, report, clock.seconds_left())
        if solved.values is None:
            return
        result = read_placement(model, data)
        scale = value_scale(data, rule.criterion)
        bound = scale * (solved.bound if solved.bound is not None else -np.inf)
        reached.append(_Reached(rule, bound, time.monotonic() - began))
        stock = result.first_stage.stock_units
        first = data.first_stage
        whole = first.is_decided[:, None] & first.is_whole
        tidy = np.where(whole, np.rint(stock), stock)
        result = replace(result, first_stage=replace(result.first_stage, stock_units=tidy))
        yield _Found(result, tuple(reached))
        limits[rule.criterion] = stage_value(data, result, replace(rule, counts_first_stage=False))
        limits[rule.criterion] *= 1 + KEPT


def _strategy(
    problem: PlacementProblem,
    rules: Sequence[StageRule],
    options: SolveOptions,
    report: PlacementReport,
    hands: Crew,
) -> Iterator[_Found]:
    """Solve the whole model at once, or by decomposition what is large."""
    data, promise = problem.data, LossPromise(problem)
    if data.flow_count > MONOLITH_FLOWS and not data.risk.is_single_sourced:
        return _decomposed(problem, promise, rules, options, report, hands.helpers(data))
    if hands.has_cluster:
        report(Progress("building", 0.0, None, None, None, _NOTHING_TO_SHARE))
    return _monolithic(problem, promise, rules, options, report)


def place(
    case: Case,
    options: SolveOptions,
    report: PlacementReport,
    crew: CrewOptions | None = None,
    *,
    stage_count: int | None = None,
    allowed: Allowed | None = None,
) -> Plan:
    """Decide where to keep what.

    Parameters
    ----------
    case
        The case; its settings name the objective.
    options
        Gap, limit, threads, seed.
    report
        Hears progress and the best plans.
    crew
        Processes that may evaluate scenarios side by side.
    stage_count
        How many of the objective's stages are solved; None for all.
    allowed
        What single warehouses are held to; None for nothing.

    Returns
    -------
    Plan
        Tables of the placement with its stages.

    Raises
    ------
    InfeasibleError
        If the hard promises cannot all be kept.
    NoPlanError
        If the limit came before any plan.
    ConflictError, NotFoundError
        If the cluster that was asked for cannot be used.
    """

    def tell(note: str = "") -> None:
        report(Progress("building", 0.0, None, None, None, note))

    # The cluster comes first: nobody should wait for the news that its address is wrong.
    crew = crew or CrewOptions()
    plan: Plan | None = None
    with open_crew(crew, tell) as hands:
        problem = placement_problem(case, allowed=allowed)
        rules = OBJECTIVES[case.settings.objective][:stage_count]
        tell()
        for found in _strategy(problem, rules, options, report, hands):
            report.best(plan := _plan_of(problem, found, options.gap))
    if plan is None:
        raise NoPlanError("placement: the limit came before any plan. Maybe raise --time-limit.")
    return plan
