"""The scalable method: relaxation for the bound, dive and search for the plan, whole units.

Under the objective ``lives`` the stages unmet and waiting are relaxed together, with an extra price
for need that is never met. What a relaxation proves is a bound L of waiting plus a price times
unmet; for plans whose unmet need is at most U, ``L - price x U`` bounds the waiting. Where that
shows that vehicles, docks or hours keep need from being met, the unmet stage is bounded next, and
waiting once more under a limit on the unmet need, so that its price is right; each relaxation
begins with the columns and windows of the one before.
"""

from __future__ import annotations

from dataclasses import replace

from allocator.engine.dispatch_closing import close_exactly
from allocator.engine.dispatch_duals import Duals
from allocator.engine.dispatch_former import FormerTrips
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_planning import OnOutcome, OnProgress, Planning
from allocator.engine.dispatch_problem import DispatchProblem
from allocator.engine.dispatch_proofs import Proofs
from allocator.engine.dispatch_relaxation import Relaxation
from allocator.engine.dispatch_together import plan_together
from allocator.solver import SolveOptions

__all__ = ["Method", "OnOutcome", "OnProgress"]

_ASCENT, _RELAX, _RELAX_ON, _UNMET = 0.30, 0.50, 0.65, 0.56
_FIRST_PLAN, _AS_REACHED, _SEARCH = 0.72, 0.85, 0.95
"""Parts of the time by which the steps end; the first one's where prices are raised only."""

_ENDS = 0.9
"""Part of the time before which planning has ended by itself: its last steps end by then."""

_TURNS, _IDLE_TURNS = 20, 3
"""Most turns of bettering; those without a better plan that end it where it began with former
trips, which a single turn may not better."""

_FIRST_GAP = 1.0
"""Gap of the first relaxation as a share of the one asked for."""

_HEADLINE_ONLY = 0.45
"""Part of the time after which the headline stage alone says whether to go on, where others wait.
"""


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
    has_helper
        Whether a process beside this one bounds while this one plans.
    is_followed
        Whether an exact solve follows, so that this one needs none at its end.
    former, known
        Trips and prices of an earlier plan to begin with; None where there are none.
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
        has_helper: bool = False,
        is_followed: bool = False,
        former: FormerTrips | None = None,
        known: Duals | None = None,
    ) -> None:
        self._is_sharing, self._is_followed = is_sharing, is_followed
        self._has_former = former is not None
        self._planning = Planning(
            problem,
            stages,
            options,
            on_progress,
            on_outcome,
            headline_only_from=_HEADLINE_ONLY if is_sharing else 1.0,
            has_helper=has_helper,
            former=former,
            known=known,
        )

    @property
    def proofs(self) -> Proofs:
        """What is proven of the stages."""
        return self._planning.proofs

    @property
    def prices(self) -> Duals | None:
        """Prices of the headline stage at the end; None where none were found."""
        guide = self._planning.guide
        return None if guide is None else guide.duals

    def run(self) -> DispatchOutcome:
        """Plan the trips."""
        try:
            self._plan()
            return self._finish()
        finally:
            self._planning.bounding.close()

    def _plan(self) -> None:
        """Better the plan, and close what is left at the end where others do not wait."""
        self._better()
        if not (self._is_sharing or self._is_followed) and self._planning.standing.has_plan:
            close_exactly(self._planning, _SEARCH)

    def _better(self) -> None:
        """Bound the stages and better the plan until it is good enough or time is over."""
        planning = self._planning
        planning.bound_by_transport()
        part = _ASCENT if planning.is_great and not self._has_former else _RELAX
        gap = _FIRST_GAP * planning.options.gap
        if planning.beside is not None:
            planning.ask_first(part, gap)
            planning.construct()
            if plan_together(planning, planning.beside):
                return
        if self._has_former or not self._is_sharing:
            planning.construct()
        planning.ask_first(part, gap)
        first = planning.take()
        if first is not None and planning.is_unmet_open(first):
            self._plan_where_unmet_is_open(first)
        elif first is not None:
            planning.ask(_RELAX_ON)
            relaxation = planning.take() or first
            planning.dive(relaxation, _SEARCH)
            self._improve(relaxation, _SEARCH)

    def _plan_where_unmet_is_open(self, first: Relaxation) -> None:
        """Plan with unmet need first; bound waiting for the unmet need that was reached."""
        planning = self._planning
        planning.insist_on_need()
        if not planning.is_great:
            planning.ask_unmet(_UNMET)
            planning.take()
        planning.dive(first, _FIRST_PLAN)
        reached = self._relax_as_reached(_FIRST_PLAN) or first
        self._improve(reached, _AS_REACHED)
        if not planning.is_good_enough():
            # Less is left unmet now, and plans like that wait longer.
            reached = self._relax_as_reached(_SEARCH) or reached
            self._improve(reached, _SEARCH)

    def _relax_as_reached(self, part: float) -> Relaxation | None:
        """Bound the waiting of plans that leave no more unmet than the best one."""
        if not self._planning.standing.has_plan:
            return None
        self._planning.ask_as_reached(part)
        return self._planning.take()

    def _improve(self, relaxation: Relaxation, part: float) -> None:
        """Better the best plan, by warehouses and by districts in turn, while that helps."""
        planning, idle = self._planning, 0

        def is_over() -> bool:
            return planning.is_good_enough() or planning.is_over(part)

        for turn in range(_TURNS):
            before = planning.standing.total()
            if is_over():
                return
            planning.redive(relaxation, planning.step_end(part), turn)
            if is_over():
                return
            planning.relieve(relaxation)
            if is_over():
                return
            planning.search(relaxation, part, turn)
            idle = idle + 1 if planning.standing.total() >= before else 0
            if idle >= (_IDLE_TURNS if self._has_former else 1):
                return

    def _finish(self) -> DispatchOutcome:
        """Trim the best plan, bound its cost, and return it."""
        planning = self._planning
        if not planning.standing.has_plan:
            planning.construct()
        is_stalled = not planning.is_over(_ENDS)
        planning.ask_cost()
        planning.standing.trim(planning.by(1.0))
        planning.keep()
        planning.bound_cost()
        planning.mark("done")
        return replace(planning.outcome(), is_stalled=is_stalled)
