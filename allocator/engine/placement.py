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
from allocator.engine.decomposition import StageSearch
from allocator.engine.loss_promise import LossPromise
from allocator.engine.loss_results import loss_results
from allocator.engine.master import Master, Point
from allocator.engine.placement_data import PlacementProblem, placement_problem
from allocator.engine.placement_tables import placement_tables
from allocator.engine.recourse import Recourse
from allocator.engine.recourse_crew import CrewOptions, open_crew
from allocator.engine.recourse_pricing import faithful_weights, price_point
from allocator.engine.recourse_share import RecourseHelper
from allocator.engine.whole_stock import whole_stock
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
    annual_cost_cny,
    risk_value,
    stage_value,
    yearly_cost_cny,
)

__all__ = ["PlacementReport", "place"]

Floats = NDArray[np.float64]

MONOLITH_FLOWS = 3000
"""Up to so many flows the whole model is solved at once; it then is as quick and needs no cuts."""


STAGE_SHARES = {"unmet": 0.35, "waiting": 0.87, "cost": 1.0, "social": 1.0}
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
        floor = (
            (rows[-1].bound or 0.0) * data.values.unmet_hours if rule.stage == "waiting" else 0.0
        )
        closed = Status.OPTIMAL if (proven or 0.0) <= 1e-6 else Status.WITHIN_GAP
        rows.append(
            Stage(
                part=PLACEMENT_PART,
                stage=rule.stage,
                objective=objective,
                bound=bound if np.isfinite(bound) else None,
                gap=proven,
                controllable_gap=None if proven is None else stage_gap(objective, bound, floor),
                status=closed if proven is not None and proven <= gap else Status.TIME_LIMIT,
                seconds=reached.seconds,
            )
        )
    return tuple(rows)


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


def _whole_point(problem: PlacementProblem, promise: LossPromise, point: Point) -> Point:
    """Return the point with stock rounded down to whole units and choices to whole ones."""
    first = problem.data.first_stage
    whole = np.floor(point.stock_units + 1e-6)
    whole = np.maximum(whole, np.where(point.is_open[:, None] > 0.5, first.reserve_units, 0.0))
    decided = first.is_decided[:, None] & first.is_whole
    rounded = np.where(decided, whole, point.stock_units)
    choice = np.rint(point.choice)
    option = np.array([max(own, key=lambda o: choice[o]) for own in first.options_of])
    whole = whole_stock(problem.data, option, point.stock_units, rounded)
    return replace(
        point,
        choice=choice,
        is_open=np.rint(point.is_open),
        stock_units=promise.whole_stock(option, point.stock_units, whole),
    )


def _today(problem: PlacementProblem, master: Master) -> Point | None:
    """Return today's network with today's stock as a first plan, if it keeps the hard rules."""
    data, first = problem.data, problem.data.first_stage
    option = np.array([options[0] for options in first.options_of], dtype=np.int64)
    plan = FirstStagePlan(option, first.today_units)
    room = first.option_volume_m3[option] + 1e-9
    is_full = first.is_decided & (first.today_units @ first.unit_volume_m3 > room)
    kept = first.coverage.reachable_units(first.today_units) >= first.coverage.required_units
    is_short = (first.coverage.is_hard & ~kept).any()
    is_dear = annual_cost_cny(data, plan) > first.annual_budget_cny
    if is_full.any() or is_short or is_dear:
        return None
    return _point(problem, master, plan)


def _point(problem: PlacementProblem, master: Master, plan: FirstStagePlan) -> Point:
    """Return sizes and stock as a point of the master."""
    data, first = problem.data, problem.data.first_stage
    choice = np.zeros(len(first.option_warehouse))
    choice[plan.option] = 1.0
    values = np.zeros(master.session.column_count)
    values[master.yearly_column] = yearly_cost_cny(data, plan) / value_scale(data, "social")
    return Point(
        choice=choice,
        stock_units=plan.stock_units.astype(float),
        is_open=first.option_is_open[plan.option].astype(float),
        block_values=np.zeros(master.value_column.shape),
        values=values,
    )


def _start(
    problem: PlacementProblem, master: Master, possible: FirstStagePlan | None
) -> Point | None:
    """Return a first plan: today's network, else one that is known to keep the hard rules."""
    if problem.data.risk.min_served_share <= 0.0 or possible is None:
        today = _today(problem, master)
        if today is not None:
            return today
    return None if possible is None else _point(problem, master, possible)


def _saving_start(
    problem: PlacementProblem,
    promise: LossPromise,
    helpers: Sequence[RecourseHelper],
    limits: dict[Criterion, float],
    end: float,
    options: SolveOptions,
) -> Floats | None:
    """Choices of a plan that leaves little unmet, shape (option,), found in a short search.

    Sums in CNY mix steps of very different size, so that a search for them is slow to begin.
    """
    data, rule = problem.data, OBJECTIVES["lives"][0]
    criteria: list[Criterion] = [*limits, rule.criterion]
    recourse = Recourse(data, criteria, helpers, promise.guard)
    master = promise.master(recourse.block_scenario.tolist(), criteria)
    master.set_stage(rule, limits)
    gap = max(options.gap, _START_GAP)
    search = StageSearch(data, master, recourse, rule, limits, gap, end, options)
    known = _today(problem, master)
    if known is not None:
        search.consider(known, search.weights)
    if search.relax(None) is not None:
        BranchAndCut(search).run()
    return None if search.best is None else search.best.priced.point.choice


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
    clock = _Clock(options.time_limit_seconds)
    reached: list[_Reached] = []
    master: Master | None = None
    held: Point | None = None
    last: StageSearch | None = None
    for rule in rules:
        began = time.monotonic()
        asked = criteria[: criteria.index(rule.criterion) + 1]
        recourse = Recourse(data, asked, helpers, promise.guard)
        if master is None:
            master = promise.master(recourse.block_scenario.tolist(), criteria)
        master.set_stage(rule, limits)
        end = clock.stage_end(rule.stage)
        gap = options.gap * STAGE_GAPS.get(rule.stage, 1.0)
        search = StageSearch(data, master, recourse, rule, dict(limits), gap, end, options, report)
        known = (
            _start(problem, master, possible)
            if last is None or last.best is None
            else last.best.priced.point
        )
        if known is not None:
            search.consider(known, search.weights)
        if search.best is None and possible is not None:
            search.consider(_point(problem, master, possible), search.weights)
        start = None
        if rule.counts_first_stage and not reached:
            now = time.monotonic()
            seconds = min(_START_SHARE * (end - now), _START_SECONDS)
            start = _saving_start(problem, promise, helpers, limits, now + seconds, options)
        held = search.relax(held)
        if start is not None and not search.is_over():
            search.polish(start)
        BranchAndCut(search).run()
        best = search.best
        if best is None:
            # Nothing was found: either every branch was refuted, or the time was up before.
            if not reached and search.bound == np.inf:
                raise promise.refusal(options, report, clock.seconds_left())
            return
        scale = value_scale(data, rule.criterion)
        reached.append(_Reached(rule, scale * search.bound, time.monotonic() - began))
        point = _whole_point(problem, promise, best.priced.point)
        weights = faithful_weights(recourse, rule)
        priced = price_point(recourse, point, rule, limits, weights)
        yield _Found(recourse.plan(priced, best.option), tuple(reached))
        column = recourse.criteria.index(rule.criterion)
        totals = recourse.scenario_values(best.priced.values)[:, column]
        kept = risk_value(totals, data.probability, data.risk) * (1 + KEPT)
        given = search.bound * (1 + GIVES_WAY * options.gap)
        limits[rule.criterion] = max(kept, given) if np.isfinite(given) else kept
        last = search


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


def place(
    case: Case,
    options: SolveOptions,
    report: PlacementReport,
    crew: CrewOptions | None = None,
    *,
    stage_count: int | None = None,
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

    def tell(note: str) -> None:
        report(Progress("building", 0.0, None, None, None, note))

    # The cluster comes first: nobody should wait for the news that its address is wrong.
    crew = crew or CrewOptions()
    with open_crew(crew, tell) as hands:
        problem = placement_problem(case)
        data = problem.data
        rules = OBJECTIVES[case.settings.objective][:stage_count]
        plan: Plan | None = None
        promise = LossPromise(problem)
        report(Progress("building", 0.0, None, None, None))
        if data.flow_count <= MONOLITH_FLOWS or data.risk.is_single_sourced:
            if crew.scheduler is not None:
                tell("solved as one model, without the Dask workers: there is nothing to share out")
            strategy = _monolithic(problem, promise, rules, options, report)
        else:
            strategy = _decomposed(problem, promise, rules, options, report, hands.helpers(data))
        for found in strategy:
            plan = placement_tables(problem, found.result, _stages(data, found, options.gap))
            plan = plan.replace(LossResult, loss_results(problem, found.result.first_stage))
            report.best(plan)
    if plan is None:
        raise NoPlanError("placement: the limit came before any plan. Maybe raise --time-limit.")
    return plan
