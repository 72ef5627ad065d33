"""The scalable method: relaxation for the bound, dive and search for the plan, whole units.

Under the objective ``lives`` the stages unmet and waiting are relaxed together, with an extra price
for need that is never met. What a relaxation proves is a bound L of waiting plus a price times
unmet; for plans whose unmet need is at most U, ``L - price x U`` bounds the waiting. Where that
shows that vehicles, docks or hours keep need from being met, the unmet stage is bounded next, and
waiting once more under a limit on the unmet need, so that its price is right; each relaxation
begins with the columns and windows of the one before.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_columns import UnmetCap
from allocator.engine.dispatch_cost import cost_bound
from allocator.engine.dispatch_dive import candidate_trips, dive
from allocator.engine.dispatch_draft import Draft, empty_draft
from allocator.engine.dispatch_filling import complete
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_pricing import Pricing
from allocator.engine.dispatch_problem import DispatchProblem, StagePrices, stage_prices
from allocator.engine.dispatch_program import RelaxationProgram
from allocator.engine.dispatch_proofs import LEXICOGRAPHIC
from allocator.engine.dispatch_redive import redive
from allocator.engine.dispatch_relaxation import (
    NO_CAP,
    Relaxation,
    RelaxationLimits,
    first_program,
    relax,
)
from allocator.engine.dispatch_relief import relieve
from allocator.engine.dispatch_search import SearchLimits, search
from allocator.engine.dispatch_standing import Standing
from allocator.engine.dispatch_transport import solve_transport
from allocator.engine.dispatch_vehicles import VehiclePlan, whole_vehicles
from allocator.engine.dispatch_vertices import vertex_loads
from allocator.solver import Progress, SolveOptions, relative_gap

__all__ = ["Method", "OnOutcome", "OnProgress"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

OnProgress = Callable[[Progress], None]
OnOutcome = Callable[[DispatchOutcome], None]

_CANDIDATES, _STEP = 600, 0.3
"""Departures offered to a dive besides those the relaxation uses, and its steps."""

_RELAX, _RELAX_ON, _UNMET = 0.50, 0.65, 0.56
_FIRST_PLAN, _AS_REACHED, _SEARCH = 0.72, 0.85, 0.95
"""Parts of the time by which the steps end."""

_TURNS, _SEARCH_SHARE = 20, 0.1
"""Most turns of bettering, and part of the time that the districts' one may take in each."""

_FIRST_GAP, _SMALL_GAP = 1.0, 0.003
"""Gap of the first relaxation as a share of the one asked for, and that of the last one."""

_HEADLINE_ONLY = 0.45
"""Part of the time after which the headline stage alone says whether to go on, where others wait.
"""

_CAP_PRICE = 10.0
"""Price of passing that, in deadlines of waiting."""


class Method:
    """Plans the trips of one problem under one objective.

    Parameters
    ----------
    problem
        The problem.
    stages
        ``("unmet", "waiting", "cost")`` for lives, else the one stage.
    options
        Gap, time limit, threads, seed.
    on_progress, on_outcome
        Hear how it gets on, and every better plan.
    is_sharing
        Whether others wait for the time that is left over: then a first plan, which costs time and
        is soon bettered, is only made where no other is found, and planning ends early once the
        headline stage is within the gap.
    """

    def __init__(
        self,
        problem: DispatchProblem,
        stages: tuple[str, ...],
        options: SolveOptions,
        on_progress: OnProgress,
        on_outcome: OnOutcome,
        *,
        is_sharing: bool = False,
    ) -> None:
        self.problem, self.options, self.stages = problem, options, stages
        self.on_progress, self.on_outcome = on_progress, on_outcome
        self.standing = Standing(problem, stages, options.gap)
        self.proofs, self.headline = self.standing.proofs, self.standing.headline
        self.is_lives = self.standing.is_lives
        self.deadline_hours = problem.data.deadline_hours
        self.is_sharing = is_sharing
        self.headline_only_from = _HEADLINE_ONLY if is_sharing else 1.0
        self.begun = time.monotonic()
        self.limit = options.time_limit_seconds or 60.0
        self.plain = SolveOptions(threads=options.threads, seed=options.seed)
        self.vertices = vertex_loads(problem.data)
        self.marks: dict[str, float] = {}

    def run(self) -> DispatchOutcome:
        """Plan the trips."""
        self._bound_by_transport()
        start = solve_transport(self.problem, self._prices(), self.plain)
        if not self.is_sharing:
            self._offer(self._constructed())
        program = first_program(self.problem, start)
        first = self._relax(program, NO_CAP, _RELAX, gap=_FIRST_GAP * self.options.gap)
        if first is not None and self._is_unmet_open(first):
            self._plan_where_unmet_is_open(program, first)
        elif first is not None:
            relaxation = self._relax(program, NO_CAP, _RELAX_ON) or first
            self._dive(relaxation, _SEARCH)
            self._improve(relaxation, _SEARCH)
        return self._finish()

    def _is_unmet_open(self, relaxation: Relaxation) -> bool:
        """Whether vehicles, docks or hours keep need from being met that stock would meet."""
        if not self.is_lives:
            return False
        least = self.proofs.bounds["unmet"]
        return self._relaxed_unmet(relaxation) > least * (1 + 0.1 * self.options.gap) + 1e-6

    def _relaxed_unmet(self, relaxation: Relaxation) -> float:
        """Unmet need in the solution of a relaxation. [weighted units]."""
        weight = self.problem.data.need_weight
        return float((weight * (relaxation.unmet_units + self.problem.need_rest_units)).sum())

    def _plan_where_unmet_is_open(self, program: RelaxationProgram, first: Relaxation) -> None:
        """Plan with unmet need first; bound waiting for the unmet need that was reached."""
        self.standing.extra = _CAP_PRICE * self.deadline_hours
        self._relax_unmet(program, _UNMET)
        self._dive(first, _FIRST_PLAN)
        reached = self._relax_as_reached(program, _FIRST_PLAN) or first
        self._improve(reached, _AS_REACHED)
        if not self._is_good_enough():
            # Less is left unmet now, and plans like that wait longer.
            reached = self._relax_as_reached(program, _SEARCH) or reached
            self._improve(reached, _SEARCH)

    def _relax_as_reached(self, program: RelaxationProgram, part: float) -> Relaxation | None:
        """Bound the waiting of plans that leave no more unmet than the best one."""
        unmet = self.standing.unmet()
        if unmet is None:
            return None
        cap = UnmetCap(unmet, _CAP_PRICE * self.deadline_hours)
        return self._relax(program, cap, part)

    def _by(self, part: float) -> float:
        """Reading of the clock when a part of the time is over. [s]."""
        return self.begun + part * self.limit

    def _seconds(self) -> float:
        return time.monotonic() - self.begun

    def _prices(self, cost_share: float = 0.0) -> StagePrices:
        """Prices of the headline stage with the extra price of unmet need."""
        return stage_prices(
            self.problem.data,
            self.headline,
            unmet_extra=self.standing.extra,
            cost_share=cost_share,
        )

    def _bound_by_transport(self) -> None:
        """Bounds from stock and reach alone."""
        for stage in dict.fromkeys(("unmet", self.headline) if self.is_lives else self.stages):
            prices = stage_prices(self.problem.data, stage)
            bound = solve_transport(self.problem, prices, self.plain).bound
            self.proofs.raise_bound(stage, bound)
        self.marks["transport"] = self._seconds()

    def _constructed(self) -> VehiclePlan:
        """First plan: the most useful vehicles one after the other."""
        plan = whole_vehicles(self.problem, self._prices(), empty_draft(self.problem))
        complete(plan)
        return plan

    def _offer(self, plan: VehiclePlan) -> None:
        """Keep a plan if it is the best so far, and say so."""
        if self.standing.offer(plan):
            value, bound = self.standing.value(), self.standing.bound()
            gap = relative_gap(value, bound)
            self.on_progress(Progress(self.headline, self._seconds(), value, bound, gap))
            self.on_outcome(self._outcome())

    def _relax_unmet(self, program: RelaxationProgram, part: float) -> None:
        """Bound the unmet stage by vehicles, docks and hours, too."""
        pricing = Pricing(self.problem, stage_prices(self.problem.data, "unmet"), self.vertices)
        limits = RelaxationLimits(gap=0.1 * self.options.gap, until=self._by(part))
        found = relax(pricing, program, limits, self.plain)
        if found is not None:
            self.proofs.raise_bound("unmet", found.bound())
        self.marks["unmet"] = self._seconds()

    def _relax(
        self, program: RelaxationProgram, cap: UnmetCap, part: float, *, gap: float = np.inf
    ) -> Relaxation | None:
        """Relaxation of the headline stage, to a gap or a small one."""
        # Under a cap the relaxation finds the price of unmet need by itself.
        fixed = 0.0 if cap is not NO_CAP else self.standing.extra
        prices = stage_prices(self.problem.data, self.headline, unmet_extra=fixed)
        small = min(_SMALL_GAP, 0.3 * max(self.options.gap, 1e-4))
        limits = RelaxationLimits(gap=gap if np.isfinite(gap) else small, until=self._by(part))
        bound = self.proofs.bounds[self.headline]

        def on_round(_value: float, proven: float) -> None:
            value = self.standing.value()
            now = max(bound, min(proven, np.inf if value is None else value))
            gap = relative_gap(value, now)
            self.on_progress(Progress(self.headline, self._seconds(), value, now, gap))

        pricing = Pricing(self.problem, prices, self.vertices)
        found = relax(pricing, program, limits, self.plain, cap=cap, on_round=on_round)
        if found is not None:
            self.proofs.add_lines(found.proofs, fixed)
        self.marks["relaxed"] = self._seconds()
        return found

    def _plan_prices(self, relaxation: Relaxation) -> StagePrices:
        """Prices for planning: of plans that are equal otherwise, the cheaper one."""
        if not self.is_lives:
            return self._prices()
        trip, use = relaxation.columns.trip, relaxation.use
        lane, fleet = self.problem.table.lane[trip], self.problem.table.fleet[trip]
        cost = float((use * self.problem.data.trip_cost_cny[lane, fleet]).sum())
        return self._prices(LEXICOGRAPHIC * max(relaxation.value, 0.0) / max(cost, 1.0))

    def _dive(self, relaxation: Relaxation, part: float) -> None:
        """Find a plan from the relaxation."""
        prices = self._plan_prices(relaxation)
        trips = candidate_trips(relaxation, _CANDIDATES)
        draft = dive(self.problem, prices, trips, self.plain, self._by(part), share=_STEP)
        if draft is not None:
            self._completed(prices, draft)
        elif not self.standing.has_plan:
            self._offer(self._constructed())

    def _improve(self, relaxation: Relaxation, part: float) -> None:
        """Better the best plan, by warehouses and by districts in turn, while that helps."""
        prices = self._plan_prices(relaxation)
        for turn in range(_TURNS):
            before = self.standing.total()
            for step in (self._redive, self._relieve, self._search):
                if self._is_good_enough() or self._is_over(part):
                    return
                step(relaxation, prices, part, turn)
            if self.standing.total() >= before:
                return

    def _redive(self, relaxation: Relaxation, prices: StagePrices, part: float, turn: int) -> None:
        """Plan the trips of some warehouses anew, again and again."""
        draft = redive(
            self.problem,
            prices,
            self.standing.plan(prices).draft(),
            relaxation,
            target=self._target(),
            until=self._step_end(part),
            options=replace(self.plain, seed=self.plain.seed + turn),
        )
        self._completed(prices, draft)

    def _relieve(
        self, _relaxation: Relaxation, prices: StagePrices, _part: float, _turn: int
    ) -> None:
        """Use what lies idle to relieve late vehicles."""
        plan = self.standing.plan(prices)
        if relieve(plan):
            complete(plan)
            self._offer(plan)

    def _search(self, relaxation: Relaxation, prices: StagePrices, part: float, turn: int) -> None:
        """Plan the trips of some districts anew, for a while."""
        end = min(self._step_end(part), time.monotonic() + _SEARCH_SHARE * self.limit)
        draft = search(
            self.problem,
            prices,
            self.standing.plan(prices).draft(),
            (relaxation.duals, relaxation.reduced),
            limits=SearchLimits(self._target(), end),
            options=replace(self.plain, seed=self.plain.seed + turn),
        )
        self._completed(prices, draft)

    def _is_over(self, part: float) -> bool:
        """Whether a part of the time is over."""
        return time.monotonic() > self._by(part)

    def _completed(self, prices: StagePrices, draft: Draft) -> VehiclePlan:
        """Make the vehicles and loads of a draft whole, and offer the plan."""
        plan = whole_vehicles(self.problem, prices, draft)
        complete(plan)
        self._offer(plan)
        return plan

    def _is_headline_only(self) -> bool:
        """Whether the headline stage alone says by now whether to go on."""
        return self._is_over(self.headline_only_from)

    def _is_good_enough(self) -> bool:
        """Whether the best plan is within the gap asked for."""
        if not self.standing.is_headline_closed():
            return False
        return self.standing.is_unmet_closed() or self._is_headline_only()

    def _step_end(self, part: float) -> float:
        """Reading of the clock when a step of bettering has to end. [s]."""
        is_closed = self.standing.is_headline_closed()
        return self._by(min(part, self.headline_only_from) if is_closed else part)

    def _target(self) -> float:
        """Value at which a draft is good enough."""
        return self.standing.target(is_headline_only=self._is_headline_only())

    def _finish(self) -> DispatchOutcome:
        """Trim the best plan, bound its cost, and return it."""
        if not self.standing.has_plan:
            self._offer(self._constructed())
        self.standing.trim()
        unmet = self.standing.unmet()
        if self.is_lives and unmet is not None:
            most = unmet * (1 + LEXICOGRAPHIC)
            self.proofs.bounds["cost"] = cost_bound(self.problem, most, self.plain)
        self.marks["done"] = self._seconds()
        return self._outcome()

    def _outcome(self) -> DispatchOutcome:
        """The best plan with what is proven about it."""
        unmet = self.marks.get("unmet", self.marks.get("transport", 0.0))
        seconds = {"unmet": unmet, self.headline: max(0.0, self._seconds() - unmet)}
        return self.standing.outcome(seconds)
