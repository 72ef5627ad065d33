"""What planning one dispatch needs at hand: best plan, bounds, clock, relaxations, steps.

Which step comes when ``dispatch_method`` decides, alone or with a process beside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_beside import BoundingBeside
from allocator.engine.dispatch_bounding import (
    Bounding,
    BoundingHere,
    KnownPrices,
    RelaxationRequest,
    quick_relaxation,
)
from allocator.engine.dispatch_clock import Clock
from allocator.engine.dispatch_columns import NO_CAP, UnmetCap
from allocator.engine.dispatch_convoys import keep_convoys
from allocator.engine.dispatch_cost import CostBound, driving_cost
from allocator.engine.dispatch_dive import guided_drafts
from allocator.engine.dispatch_draft import Draft, empty_draft
from allocator.engine.dispatch_duals import Duals
from allocator.engine.dispatch_filling import complete
from allocator.engine.dispatch_former import FormerTrips
from allocator.engine.dispatch_keeping import gone_back
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_problem import DispatchProblem, StagePrices, stage_prices
from allocator.engine.dispatch_proofs import LEXICOGRAPHIC
from allocator.engine.dispatch_redive import redive
from allocator.engine.dispatch_relaxation import Relaxation
from allocator.engine.dispatch_relief import relieve
from allocator.engine.dispatch_search import SearchLimits, search
from allocator.engine.dispatch_standing import Standing
from allocator.engine.dispatch_transport import busy_share, solve_transport
from allocator.engine.dispatch_unmet import cap_at, dearer_need, is_amiss, left_unmet, likely_cap
from allocator.engine.dispatch_vehicles import VehiclePlan, whole_vehicles
from allocator.errors import SolveError
from allocator.solver import Progress, SolveOptions, relative_gap

__all__ = ["GREAT", "SCARCE", "OnOutcome", "OnProgress", "Planning"]

Floats = NDArray[np.float64]

OnProgress = Callable[[Progress], None]
OnOutcome = Callable[[DispatchOutcome], None]

GREAT, SCARCE = 300_000, 0.15
"""Possible trips, and part of all vehicle hours that the goods would take, from which prices are
raised in place of a linear program: where vehicles are plenty, the program is quicker."""

_SEARCH_SHARE = 0.1
"""Part of the time that the districts' search may take in each turn."""

_SMALL_GAP = 0.003
"""Gap of a relaxation where none is asked for."""

_CONVOY_SHARE = 0.05
"""Part of the time in which further convoys are looked for, for each plan."""


class Planning(Clock):
    """The best plan of one problem, what is proven, and the steps that better either.

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
    headline_only_from
        Part of the time after which the headline stage alone says whether to go on.
    has_helper
        Whether a process beside this one solves the relaxations.
    former
        Trips of an earlier plan to begin with; None where there is none.
    known
        Prices of an earlier plan to begin with; None where there are none.

    Attributes
    ----------
    guide
        Last relaxation of the headline stage; None before the first.
    beside
        The process beside; None without.
    is_great
        Whether prices are raised in place of a linear program; known once ``bound_by_transport`` is
        through.
    """

    def __init__(
        self,
        problem: DispatchProblem,
        stages: tuple[str, ...],
        options: SolveOptions,
        on_progress: OnProgress,
        on_outcome: OnOutcome,
        *,
        headline_only_from: float = 1.0,
        has_helper: bool = False,
        former: FormerTrips | None = None,
        known: Duals | None = None,
    ) -> None:
        self.problem, self.options, self.stages = problem, options, stages
        self._on_progress, self._on_outcome = on_progress, on_outcome
        self._former = former
        self._departure = None if former is None else former.departure_prices(problem)
        self.standing = Standing(problem, stages, options.gap, self._departure)
        self.proofs, self.headline = self.standing.proofs, self.standing.headline
        self.is_lives = self.standing.is_lives
        self.is_great = False
        self._deadline_hours = problem.data.deadline_hours
        self._headline_only_from = headline_only_from
        limit = options.time_limit_seconds or 60.0
        self._keep_seconds = 0.0 if former is None else former.keep_seconds(limit)
        super().__init__(limit - self._keep_seconds)
        self.plain = SolveOptions(threads=options.threads, seed=options.seed)
        self._asked: RelaxationRequest | None = None
        self.cost = CostBound(problem, self.plain)
        self.guide: Relaxation | None = None
        self._known = None if known is None else KnownPrices(self.headline, known)
        self.beside: BoundingBeside | None = None
        if has_helper:
            self.beside = BoundingBeside(problem, self.plain, self._hear, self._known)
        self.bounding: Bounding = self.beside or self._bounding_here()

    def _bounding_here(self) -> BoundingHere:
        """Relaxations solved by this process."""
        return BoundingHere(self.problem, self.plain, self._hear, self._known)

    @property
    def has_former(self) -> bool:
        """Whether planning begins with an earlier plan's trips, which a dive seldom betters."""
        return self._former is not None

    # --- the clock ---------------------------------------------------------------------------

    def step_end(self, part: float) -> float:
        """Reading of the clock when a step of bettering has to end. [s]."""
        is_closed = self.standing.is_headline_closed()
        return self.by(min(part, self._headline_only_from) if is_closed else part)

    # --- how good it is ----------------------------------------------------------------------

    def is_good_enough(self) -> bool:
        """Whether the best plan is within the gap asked for."""
        if not self.standing.is_headline_closed():
            return False
        return self.standing.is_unmet_closed() or self._is_headline_only()

    def _is_headline_only(self) -> bool:
        """Whether the headline stage alone says by now whether to go on."""
        return self.is_over(self._headline_only_from)

    def target(self) -> float:
        """Value at which a draft is good enough."""
        return self.standing.target(is_headline_only=self._is_headline_only())

    def is_unmet_open(self, relaxation: Relaxation) -> bool:
        """Whether vehicles, docks or hours keep need from being met that stock would meet.

        Prices alone do not tell well: where they are raised it is taken for granted.
        """
        if not self.is_lives or self.is_great:
            return self.is_lives
        relaxed = left_unmet(self.problem, relaxation)
        return relaxed > self.proofs.bounds["unmet"] * (1 + 0.1 * self.options.gap) + 1e-6

    def is_short(self) -> bool:
        """Whether the best plan leaves more need unmet than is proven to stay so."""
        return self.proofs.unmet_gap(self.standing.unmet()) > self.options.gap

    def insist_on_need(self, *, in_steps: bool = False) -> None:
        """Let unmet need cost much more than its waiting while planning, maybe in two steps."""
        self.standing.extra = dearer_need(self.standing.extra, self._deadline_hours, in_steps)

    def outcome(self) -> DispatchOutcome:
        """The best plan with what is proven about it."""
        unmet = self.marks.get("unmet", self.marks.get("transport", 0.0))
        seconds = {"unmet": unmet, self.headline: max(0.0, self.seconds() - unmet)}
        return self.standing.outcome(seconds)

    # --- prices ------------------------------------------------------------------------------

    def prices(self, cost_share: float = 0.0) -> StagePrices:
        """Prices of the headline stage with the extra price of unmet need."""
        prices = stage_prices(
            self.problem.data,
            self.headline,
            unmet_extra=self.standing.extra,
            cost_share=cost_share,
        )
        return replace(prices, departure=self._departure)

    def plan_prices(self, relaxation: Relaxation) -> StagePrices:
        """Prices for planning: of plans that are equal otherwise, the cheaper one."""
        if not self.is_lives:
            return self.prices()
        cost = driving_cost(self.problem, relaxation)
        return self.prices(LEXICOGRAPHIC * max(relaxation.value, 0.0) / max(cost, 1.0))

    # --- bounds ------------------------------------------------------------------------------

    def bound_by_transport(self) -> None:
        """Bounds from stock and reach alone."""
        for stage in dict.fromkeys(("unmet", self.headline) if self.is_lives else self.stages):
            prices = stage_prices(self.problem.data, stage)
            transport = solve_transport(self.problem, prices, self.plain)
            self.proofs.raise_bound(stage, transport.bound)
            is_scarce = busy_share(self.problem, transport) >= SCARCE
            self.is_great = self.problem.trip_count >= GREAT and is_scarce
        self.mark("transport")

    def ask(self, part: float, *, gap: float = np.inf, cap: UnmetCap = NO_CAP) -> None:
        """Ask for the relaxation of the headline stage, to a gap or a small one."""
        small = min(_SMALL_GAP, 0.3 * max(self.options.gap, 1e-4))
        # Under a cap the relaxation finds the price of unmet need by itself.
        extra = 0.0 if cap is not NO_CAP else self.standing.extra
        wanted = gap if np.isfinite(gap) else small
        self._asked = RelaxationRequest(
            self.headline, self.by_or_later(part), wanted, extra, cap, self.is_great
        )
        self.bounding.ask(self._asked)

    def ask_first(self, part: float, gap: float) -> None:
        """Ask for a first relaxation; from known prices on under a limit on the unmet need.

        An extra price makes for a good dive, but for a weak bound; former trips need no dive.
        """
        known = self._known if self.is_great else None
        likely = likely_cap(self.proofs.bounds.get("unmet", 0.0), self._deadline_hours)
        is_capped = self.is_lives and known is not None
        self.ask(part, gap=gap, cap=likely if is_capped else NO_CAP)
        if self.beside is not None and known is not None and self._asked is not None:
            self._hear(quick_relaxation(self.problem, known, self._asked))

    def is_capped_amiss(self) -> bool:
        """Whether the last bound is for plans with another unmet need than the best one has."""
        cap = NO_CAP if self._asked is None else self._asked.cap
        return is_amiss(cap, self.guide, self.standing.unmet())

    def ask_as_reached(self, part: float) -> None:
        """Ask for the waiting of plans that leave no more unmet than the best one."""
        unmet = self.standing.unmet()
        if unmet is None:
            raise RuntimeError("the unmet need of a plan is asked for before there is a plan")
        self.ask(part, cap=cap_at(unmet, self._deadline_hours))

    def ask_unmet(self, part: float) -> None:
        """Ask for a bound of the unmet stage by vehicles, docks and hours, too."""
        self._asked = RelaxationRequest("unmet", self.by(part), 0.1 * self.options.gap)
        self.bounding.ask(self._asked)

    def ask_cost(self) -> None:
        """Have a process beside bound the cost, if there is one, while this one goes on."""
        if self.is_lives:
            self.cost.ask(self.beside)

    def bound_cost(self) -> None:
        """Bound the cost for the unmet need that was reached."""
        unmet = self.standing.unmet()
        if self.is_lives and unmet is not None:
            try:
                self.cost.take()
            except SolveError as error:
                self.go_on_alone(str(error))
            self.proofs.bounds["cost"] = self.cost.bound(unmet * (1 + LEXICOGRAPHIC))

    def go_on_alone(self, reason: str) -> None:
        """Solve relaxations in this process from now on, as the one beside is gone."""
        self.bounding.close()
        self.beside = None
        self.bounding = self._bounding_here()
        self._tell(note=f"the process beside was lost, this one goes on alone: {reason}")

    def _tell(self, note: str = "") -> None:
        """Say how good the best plan is."""
        value, bound = self.standing.value(), self.standing.bound()
        gap = relative_gap(value, bound)
        self._on_progress(Progress(self.headline, self.seconds(), value, bound, gap, note=note))

    def take(self) -> Relaxation | None:
        """Wait for the relaxation asked for; None if the solver gave no prices."""
        found = self.bounding.answer()
        is_unmet = self._asked is not None and self._asked.stage != self.headline
        self.mark("unmet" if is_unmet else "relaxed")
        return found

    def _hear(self, found: Relaxation | None) -> None:
        """Take what a relaxation has proven so far."""
        asked = self._asked
        if asked is None:
            raise RuntimeError("a relaxation comes after it was asked for")
        if found is None:
            return
        if asked.stage != self.headline:
            self.proofs.raise_bound(asked.stage, found.bound())
            return
        self.proofs.add_lines(found.proofs, asked.extra)
        self.guide = found
        value, limit = self.standing.value(), asked.cap.limit
        proven = found.bound(limit if np.isfinite(limit) else 0.0)
        ceiling = np.inf if value is None else value
        now = max(self.proofs.bounds[self.headline], min(proven, ceiling))
        gap = relative_gap(value, now)
        self._on_progress(Progress(self.headline, self.seconds(), value, now, gap))

    # --- plans -------------------------------------------------------------------------------

    def offer(self, plan: VehiclePlan) -> None:
        """Keep a plan if it is the best so far, and say so; its convoys are mended before."""
        keep_convoys(plan, min(self.by(1.0), time.monotonic() + _CONVOY_SHARE * self.limit_seconds))
        if self.standing.offer(plan):
            self._tell()
            self._on_outcome(self.outcome())

    def construct(self) -> None:
        """Offer a first plan: former trips, or the most useful vehicles one after the other."""
        if self._former is None:
            plan = whole_vehicles(self.problem, self.prices(), empty_draft(self.problem))
            complete(plan)
        else:
            plan = self._former.begun(self.problem, self.prices())
        self.offer(plan)

    def completed(self, prices: StagePrices, draft: Draft) -> None:
        """Make the vehicles and loads of a draft whole, and offer the plan."""
        plan = whole_vehicles(self.problem, prices, draft)
        complete(plan)
        self.offer(plan)

    def dive(self, relaxation: Relaxation, part: float) -> None:
        """Find a plan from the relaxation."""
        prices, until = self.plan_prices(relaxation), self.by_or_later(part)
        drafts = guided_drafts(
            self.problem, prices, relaxation, self.plain, until, is_great=self.is_great
        )
        for draft in drafts:
            self.completed(prices, draft)
        if not self.standing.has_plan:
            self.construct()

    def redive(self, relaxation: Relaxation, until: float, turn: int) -> None:
        """Plan the trips of some warehouses anew, again and again."""
        prices = self.plan_prices(relaxation)
        draft = redive(
            self.problem,
            prices,
            self.standing.plan(prices).draft(),
            relaxation,
            target=self.target(),
            until=until,
            options=self.seeded(turn),
        )
        self.completed(prices, draft)

    def keep(self) -> None:
        """Go back to the former plan where that costs less than it saves in changes."""
        if self._former is not None:
            if self.is_short():
                self.insist_on_need()
            # On a busy machine it may take twice its time: broken off, all of it is for nothing.
            plan, until = self.standing.plan(self.prices()), self.by(1.0) + 2 * self._keep_seconds
            self.standing.settle(*gone_back(plan, self._former, self.stages, until))

    def relieve(self, relaxation: Relaxation) -> None:
        """Use what lies idle to relieve late vehicles."""
        plan = self.standing.plan(self.plan_prices(relaxation))
        if relieve(plan):
            complete(plan)
            self.offer(plan)

    def search(self, relaxation: Relaxation, part: float, turn: int) -> None:
        """Plan the trips of some districts anew, for a while."""
        prices = self.plan_prices(relaxation)
        end = min(self.step_end(part), time.monotonic() + _SEARCH_SHARE * self.limit_seconds)
        draft = search(
            self.problem,
            prices,
            self.standing.plan(prices).draft(),
            (relaxation.duals, relaxation.reduced),
            limits=SearchLimits(self.target(), end),
            options=self.seeded(turn),
        )
        self.completed(prices, draft)

    def seeded(self, turn: int) -> SolveOptions:
        """Threads, and a seed of each turn's own."""
        return replace(self.plain, seed=self.plain.seed + turn)
