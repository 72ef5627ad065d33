"""Placement of a large sample: searched on few scenarios, priced and bounded on all of them.

The plan that leaves holds the flows of every scenario of the sample for its first stage, so that
the replay checks it as any other. Its stages are values on the full sample. The bound of the search
holds for the kept scenarios only and is thrown away; the bounds told come from cuts that are
averaged over all scenarios (``allocator.engine.sample_recourse``), or there is none.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case
from allocator.engine.crew_options import CrewOptions
from allocator.engine.decomposition import StageSearch
from allocator.engine.master import Master, Point
from allocator.engine.placement import KEPT, PlacementReport, place
from allocator.engine.placement_data import placement_problem
from allocator.engine.placement_options import Allowed
from allocator.engine.placement_points import plan_point
from allocator.engine.placement_tables import flow_tables
from allocator.engine.plan_pricing import first_stage_of
from allocator.engine.recourse import Evaluation, Weights
from allocator.engine.recourse_pricing import faithful_weights
from allocator.engine.reduction_tables import error_rows, reduction_rows, stage_rows
from allocator.engine.sample_recourse import ClusterRecourse, SampleRecourse
from allocator.engine.scenario_reduction import (
    ScenarioChoice,
    choose_scenarios,
    reduced_case,
    wants_reduction,
)
from allocator.plan import Plan
from allocator.schema.results import (
    Allocation,
    Purchase,
    ReductionError,
    ScenarioReduction,
    Stage,
)
from allocator.solver import Progress, SolveOptions
from models.placement_data import OBJECTIVES, Criterion, StageRule
from models.recourse import value_scale
from models.valuation import (
    FirstStagePlan,
    risk_value,
    scenario_values,
    yearly_cost_cny,
)

__all__ = ["place_sample"]

Floats = NDArray[np.float64]

_SEARCH_SHARE = 0.5
"""Part of the time, without that of pricing, which the search on the kept scenarios may use."""

_LEAST_SEARCH_SHARE = 0.3
"""Part of the time that the search has even where pricing takes long."""

_SHARPNESS = 1e5
"""Factor on the prices of pricing, so that transport of one unit is more than rounding."""

_SAFETY = 1.3
"""Factor on the time of a pass over the sample as measured on its first batch."""

_STEP = 0.5
"""Part of the way from the last point of cuts to the master's at which the next ones are made."""

_STALL_ROUNDS = 6
"""Rounds of cuts that together must raise a bound by something."""


@dataclass(frozen=True)
class _Priced:
    """A first stage with the recourse of the whole sample.

    Parameters
    ----------
    objectives
        Value of each stage on the full sample.
    allocations, purchases
        Flows of every scenario.
    cuts
        Cuts of the clusters at this first stage.
    seconds
        Time of the pass. [s]
    """

    objectives: dict[str, float]
    allocations: tuple[Allocation, ...]
    purchases: tuple[Purchase, ...]
    cuts: Evaluation
    seconds: float


class _Ear:
    """Hears the progress of the search on the kept scenarios; its plans are not for others."""

    def __init__(self, report: PlacementReport) -> None:
        self._report = report

    def __call__(self, news: object) -> None:
        """Pass news on."""
        self._report(news)

    def best(self, plan: object) -> None:
        """Hold a plan back: it says nothing of the scenarios that were dropped."""


class _SamplePlacement:
    """The placement of one case with a large sample.

    Parameters
    ----------
    case
        The case.
    choice
        Which scenarios were kept.
    rules
        Stages of the objective.
    allowed
        What single warehouses are held to.
    """

    def __init__(
        self,
        case: Case,
        choice: ScenarioChoice,
        rules: Sequence[StageRule],
        allowed: Allowed | None = None,
    ) -> None:
        self.case, self.choice, self.rules = case, choice, rules
        self.kept_case = reduced_case(case, choice)
        self.problem = placement_problem(self.kept_case, allowed=allowed)
        self.data = self.problem.data
        self.criteria: list[Criterion] = [rule.criterion for rule in rules]
        self.sample = SampleRecourse(case, self.problem, self.criteria)
        self.probability = np.array([row.probability for row in case.scenarios])
        place = {int(k): n for n, k in enumerate(choice.reduction.kept)}
        by_code = {
            row.scenario: place[int(k)]
            for row, k in zip(choice.scenarios, choice.reduction.represented_by, strict=True)
        }
        cluster = np.array([by_code[row.scenario] for row in case.scenarios], dtype=np.int64)
        self.clusters = ClusterRecourse(self.sample, self.data, cluster, self.probability)
        blocks = self.clusters.block_scenario.tolist()
        self.master = Master(self.data, blocks, self.criteria)

    def pass_seconds(self) -> float:
        """Measure the first batch at today's stock, for the time of a whole pass. [s]"""
        began = time.monotonic()
        first = self.data.first_stage
        option = np.array([options[0] for options in first.options_of], dtype=np.int64)
        point = plan_point(self.data, self.master, FirstStagePlan(option, first.today_units))
        self._price(point, option, self.rules[-1], last=1)
        seconds = time.monotonic() - began
        return seconds * len(self.case.scenarios) / len(self.sample.batches[0])

    def price(self, plan: FirstStagePlan, reached: Sequence[StageRule]) -> _Priced:
        """Price a first stage on the whole sample."""
        point = plan_point(self.data, self.master, plan)
        return self._price(point, plan.option, reached[-1], reached=reached)

    def _price(
        self,
        point: Point,
        option: NDArray[np.int64],
        rule: StageRule,
        *,
        reached: Sequence[StageRule] = (),
        last: int | None = None,
    ) -> _Priced:
        """Price a first stage on the first batches; see ``price``."""
        began = time.monotonic()
        weights = faithful_weights(self.clusters, rule)
        sharp: Weights = [{c: _SHARPNESS * w for c, w in own.items()} for own in weights]
        totals: dict[Criterion, list[Floats]] = {r.criterion: [] for r in reached}
        allocations: list[Allocation] = []
        purchases: list[Purchase] = []
        averages = self.clusters.averages(point.stock_units.shape[0])
        result = FirstStagePlan(option, point.stock_units)
        for visit in self.sample.visit(
            point, lambda data, batch: self.clusters.prices(sharp, data, batch), last
        ):
            self.clusters.take(visit, averages)
            flows = visit.result(point, option)
            for criterion, values in totals.items():
                values.append(scenario_values(visit.problem.data, flows, criterion))
            shipped, bought = flow_tables(visit.problem, flows)
            allocations += shipped
            purchases += bought
        objectives = {
            r.stage: self._objective(r, np.concatenate(totals[r.criterion]), result)
            for r in reached
        }
        return _Priced(
            objectives,
            tuple(allocations),
            tuple(purchases),
            self.clusters.averaged(averages, weights, _SHARPNESS),
            time.monotonic() - began,
        )

    def _objective(self, rule: StageRule, values: Floats, plan: FirstStagePlan) -> float:
        """Value of a stage from the values of all scenarios."""
        joined = risk_value(values, self.probability, self.data.risk)
        if not rule.counts_first_stage:
            return joined
        yearly = yearly_cost_cny(self.data, plan)
        return yearly + self.data.first_stage.disasters_per_year * joined

    def bounds(
        self,
        plan: FirstStagePlan,
        priced: _Priced,
        reached: Sequence[StageRule],
        options: SolveOptions,
        end: float,
    ) -> dict[str, float]:
        """Bounds of the stages that hold for the whole sample, as far as the time goes.

        Parameters
        ----------
        plan, priced, reached
            The plan, its recourse and its stages.
        options
            Gap, threads, seed.
        end
            On the clock of ``time.monotonic``.
        """
        master, found = self.master, {}
        limits: dict[Criterion, float] = {}
        held = plan_point(self.data, master, plan)
        master.add_cuts(priced.cuts.cuts)
        for k, rule in enumerate(reached):
            now = time.monotonic()
            master.set_stage(rule, limits)
            search = StageSearch(
                self.data, master, self.clusters, rule, limits, options.gap, end, options
            )
            enough = 0.05 * options.gap * priced.objectives[rule.stage]
            scale = value_scale(self.data, rule.criterion)
            stop = now + (end - now) / (len(reached) - k) - 1.5 * priced.seconds
            # Pricing has made the first stage's cuts at the plan itself.
            share = 0.0 if k else _STEP
            known = priced.objectives[rule.stage] / scale
            held = _raise_bound(search, held, share, stop, (known - enough / scale, enough / scale))
            if np.isfinite(search.bound):
                found[rule.stage] = scale * search.bound
            if not rule.counts_first_stage:
                limits[rule.criterion] = priced.objectives[rule.stage] / scale * (1.0 + 2.0 * KEPT)
        return found


def _raise_bound(
    search: StageSearch, held: Point, share: float, stop: float, enough: tuple[float, float]
) -> Point:
    """Raise the bound of a stage by cuts; return the last point at which cuts were made.

    The cuts at hand give a first bound without another pass over the sample.

    Parameters
    ----------
    search
        The stage.
    held
        Point to hold back to (Ben-Ameur and Neto 2007).
    share
        Part of the way from there to the master's point at which the first cuts are made.
    stop
        No pass begins later than this, on the clock of ``time.monotonic``.
    enough
        Scaled bound that is as good as any, and scaled rise over some rounds below which more cuts
        are not worth the time.
    """
    bounds: list[float] = []
    search.master.free_bounds()
    while True:
        solved = search.solve()
        if solved is None or solved.values is None:
            return held
        search.bound = max(search.bound, float(solved.objective or 0.0))
        bounds.append(search.bound)
        before = bounds[-1 - _STALL_ROUNDS] if len(bounds) > _STALL_ROUNDS else -np.inf
        is_good = bounds[-1] >= enough[0] or bounds[-1] - before <= enough[1]
        if time.monotonic() >= stop or is_good:
            return held
        point = search.master.point(solved.values)
        held = point.mixed(held, share)
        added = search.harvest(point, search.prices(solved), held).added
        if not added and share == 1.0:
            return held
        share = _STEP if added or share == 0.0 else 1.0


def _search_options(
    whole: _SamplePlacement, options: SolveOptions, end: float, built_seconds: float
) -> SolveOptions:
    """Return options that leave time to price and bound the plan on all scenarios.

    Parameters
    ----------
    whole
        All scenarios.
    options
        Options of the whole run.
    end
        When all must be over, on the clock of ``time.monotonic``; infinite without a limit.
    built_seconds
        What building took; the search builds its own problem, which its limit does not count. [s]
    """
    if not np.isfinite(end):
        return options
    needed = _SAFETY * whole.pass_seconds() + built_seconds
    left = end - time.monotonic()
    limit = max(_LEAST_SEARCH_SHARE * left, _SEARCH_SHARE * (left - needed))
    return replace(options, time_limit_seconds=limit)


def _prepared(
    case: Case,
    choice: ScenarioChoice,
    rules: Sequence[StageRule],
    allowed: Allowed | None,
    options: SolveOptions,
    end: float,
) -> tuple[_SamplePlacement, SolveOptions]:
    """All scenarios, and the options of the search among the few that were kept."""
    begun = time.monotonic()
    whole = _SamplePlacement(case, choice, rules, allowed)
    return whole, _search_options(whole, options, end, time.monotonic() - begun)


def place_sample(
    case: Case,
    options: SolveOptions,
    report: PlacementReport,
    crew: CrewOptions | None = None,
    allowed: Allowed | None = None,
) -> Plan:
    """Decide where to keep what, on fewer scenarios if the case's ``reduce_to`` says so.

    Parameters
    ----------
    case
        The case; its settings name the objective and the number of scenarios.
    options
        Gap, limit, threads, seed.
    report
        Hears progress and the best plans.
    crew
        Processes that may evaluate scenarios side by side.
    allowed
        What single warehouses are held to; None for nothing.

    Returns
    -------
    Plan
        As ``allocator.engine.placement.place``; with a reduction also ``Scenario_Reduction`` and
        ``Reduction_Error``.

    Raises
    ------
    DataError
        If ``reduce_to`` leaves no room for the extremes, or a rule must hold in every scenario.
    InfeasibleError, NoPlanError
        As ``allocator.engine.placement.place``.
    """
    if not wants_reduction(case):
        return place(case, options, report, crew, allowed=allowed)
    began = time.monotonic()
    end = np.inf if options.time_limit_seconds is None else began + options.time_limit_seconds
    report(Progress("reducing", 0.0, None, None, None))
    choice = choose_scenarios(case)
    rules, hours = OBJECTIVES[case.settings.objective], case.settings.unmet_hours
    whole, asked = _prepared(case, choice, rules, allowed, options, end)
    small = place(whole.kept_case, asked, _Ear(report), crew, allowed=allowed)
    reached = rules[: len(small.stages)]
    report(Progress("pricing", time.monotonic() - began, None, None, None))
    after = time.monotonic()
    first = first_stage_of(whole.problem, small)
    priced = whole.price(first, reached)
    more = {Allocation.sheet: priced.allocations, Purchase.sheet: priced.purchases}
    tables = {**small.tables, **more, ScenarioReduction.sheet: reduction_rows(case, choice)}

    def finished(bounds: dict[str, float]) -> Plan:
        seconds = time.monotonic() - after
        stages = stage_rows(priced.objectives, small.stages, bounds, hours, options.gap, seconds)
        errors = error_rows(choice, small.stages, stages)
        return Plan({**tables, Stage.sheet: stages, ReductionError.sheet: errors})

    report.best(finished({}))
    return finished(whole.bounds(first, priced, reached, options, end))
