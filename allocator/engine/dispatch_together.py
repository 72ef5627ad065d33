"""Planning with a process beside: it bounds while this one plans, then both better the plan."""

from __future__ import annotations

import time

import numpy as np

from allocator.engine.dispatch_beside import BoundingBeside, RediveRequest
from allocator.engine.dispatch_dive import dive
from allocator.engine.dispatch_draft import join_drafts
from allocator.engine.dispatch_planning import Planning
from allocator.engine.dispatch_redive import redive
from allocator.engine.dispatch_relaxation import Relaxation
from allocator.errors import SolveError

__all__ = ["plan_together"]

_RIPE, _DIVE, _INSIST, _CAPPED, _SEARCH = 0.18, 0.35, 0.55, 0.68, 0.95
"""Parts of the time: before which a bound that still rises is not dived from, by which the dive
ends, from which at the latest unmet need counts much more than waiting while a great scenario is
planned (at first the plan gets better in both), from which its waiting is bounded for the unmet
need reached, and the end."""

_TIGHT = 5e-4
"""Gap of the last relaxation: the process beside has the time for it."""

_RIPE_ROUNDS = 140
"""Rounds, or steps of prices, after which a bound that still rises is dived from."""

_SLICE_SECONDS, _SLICE_SHARE, _WAIT_SECONDS = (4.0, 9.0), 0.1, 0.05
"""How long the plan is bettered before a look at how far the bound is, at least and at most, and as
a part of the time: a short look costs the integer programs their memory of what was in vain; and
how long nothing is done. [s]"""

_TURN_SECONDS = 8.0
"""How long both processes better the plan by halves: dives for a while, then integer programs. [s]
"""

_LESS = 0.97
"""Where the unmet need has fallen to this share of it, the waiting is bounded anew."""

_MOST_IDLE = 4
"""Turns without a better plan after which planning ends."""

_FIRST_SEED = 1000
"""Added to the seed, so that these turns differ from others."""

_LITTLE = 3e-3
"""Share of the value by which a turn betters the plan while it is still rough."""

_WORTHWHILE = 1e-4
"""Share of the value by which both processes must better the plan for another turn."""


def plan_together(planning: Planning, beside: BoundingBeside) -> bool:
    """Plan until the plan is good enough or time is over.

    Parameters
    ----------
    planning
        The plan, its bounds and the clock; the first relaxation has been asked for.
    beside
        The process that was asked.

    Returns
    -------
    bool
        Whether it is done; False if the process beside was lost, so that this one is alone.
    """
    try:
        _Together(planning, beside).plan()
    except SolveError as error:
        planning.go_on_alone(str(error))
        return False
    return True


class _Together:
    """One run of both processes."""

    def __init__(self, planning: Planning, beside: BoundingBeside) -> None:
        self._planning, self._beside = planning, beside
        self._problem = planning.problem
        self._random = np.random.default_rng(planning.plain.seed)
        self._turn = 0
        self._is_bounding = True
        self._has_first = False
        self._idle = 0
        self._is_slow = False
        self._capped_at = np.inf

    def plan(self) -> None:
        """Dive as soon as the bound is ripe, then better the plan."""
        planning, beside = self._planning, self._beside
        if planning.is_lives and not self._is_ripe():
            planning.cost.prove()
        while not (beside.is_done() or self._is_ripe()):
            time.sleep(_WAIT_SECONDS)
        if planning.guide is None:
            # It was done before it told of anything.
            self._is_bounding = False
            self._answered(planning.take())
        if planning.guide is None:
            return
        if not planning.has_former:
            planning.dive(planning.guide, _DIVE)
        while not (planning.is_good_enough() or planning.is_over(_SEARCH)):
            if not self._turn_once(planning.guide):
                break
        if not self._is_bounding:
            self._idle = _MOST_IDLE
            self._is_bounding = not planning.is_over(_SEARCH) and self._ask_as_reached()
        if self._is_bounding:
            planning.take()

    def _is_ripe(self) -> bool:
        """Whether what the bound is so far will do to dive from."""
        guide = self._planning.guide
        if guide is None:
            return False
        if self._planning.has_former:
            return True
        return guide.rounds >= _RIPE_ROUNDS or self._planning.is_over(_RIPE)

    def _turn_once(self, guide: Relaxation) -> bool:
        """Better the plan once, or ask for a bound; return False where nothing helps."""
        planning = self._planning
        is_time = not planning.is_great or self._is_slow or planning.is_over(_INSIST)
        if is_time and planning.is_short():
            planning.insist_on_need(in_steps=planning.is_great)
        before = planning.standing.total()
        if self._is_bounding and not self._beside.is_done():
            self._redive_alone(guide)
            self._note_pace(before)
            return True
        if self._is_bounding:
            self._is_bounding = False
            self._answered(planning.take())
        self._is_bounding = self._is_bounding or self._ask_as_reached()
        if self._is_bounding:
            return True
        self._redive_together(guide)
        self._note_pace(before)
        if planning.standing.total() > before * (1 - _WORTHWHILE):
            planning.relieve(guide)
            planning.search(guide, _SEARCH, self._turn)
        self._idle = 0 if planning.standing.total() < before else self._idle + 1
        return self._idle < _MOST_IDLE

    def _note_pace(self, before: float) -> None:
        """Note whether the last turn bettered the plan by little."""
        now = self._planning.standing.total()
        self._is_slow = self._is_slow or now > before * (1 - _LITTLE)

    # --- bounds ------------------------------------------------------------------------------

    def _answered(self, found: Relaxation | None) -> None:
        """After the first bound ask for the unmet stage where it is open, else a small gap."""
        planning = self._planning
        if self._has_first or found is None or planning.is_great:
            return
        self._has_first = self._is_bounding = True
        if planning.is_unmet_open(found):
            planning.insist_on_need()
            planning.ask_unmet(_CAPPED)
        else:
            planning.ask(_CAPPED, gap=_TIGHT)

    def _ask_as_reached(self) -> bool:
        """Ask for the waiting of plans that leave no more unmet, if that has become much less.

        In a great scenario it takes a while, and is asked for once the plan hardly gets better, or
        late where the last bound was for much more or less unmet need.
        """
        planning = self._planning
        unmet = planning.standing.unmet() or 0.0
        if not planning.is_short():
            return False
        is_stuck = self._idle + 1 >= _MOST_IDLE
        is_late = planning.is_over(_CAPPED) and planning.is_capped_amiss()
        is_time = not planning.is_great or is_stuck or is_late
        if not is_time or unmet >= _LESS * self._capped_at:
            return False
        self._capped_at = unmet
        planning.ask_as_reached(_SEARCH)
        return True

    # --- plans -------------------------------------------------------------------------------

    def _end_in(self, seconds: float) -> float:
        """Reading of the clock when a step of so many seconds ends. [s]"""
        return min(self._planning.step_end(_SEARCH), time.monotonic() + seconds)

    def _redive_alone(self, guide: Relaxation) -> None:
        """Plan the trips of some warehouses anew for a while."""
        self._turn += 1
        shortest, longest = _SLICE_SECONDS
        seconds = min(max(shortest, _SLICE_SHARE * self._planning.limit_seconds), longest)
        self._planning.redive(guide, self._end_in(seconds), _FIRST_SEED + self._turn)

    def _redive_together(self, guide: Relaxation) -> None:
        """Plan anew the trips of half of the warehouses here, those of the others beside.

        No dock and no vehicle belongs to both halves, so the vehicles of both can be put together;
        then all loads are made anew.
        """
        planning, problem = self._planning, self._problem
        self._turn += 1
        prices = planning.plan_prices(guide)
        here = self._random.random(problem.data.warehouse_count) < 0.5
        draft = planning.standing.plan(prices).draft()
        options = planning.seeded(_FIRST_SEED + self._turn)
        until = self._end_in(_TURN_SECONDS)
        request = RediveRequest(prices, draft, planning.target(), until, options, ~here)
        self._beside.redive(request)
        mine = redive(
            problem,
            prices,
            draft,
            guide,
            target=request.target,
            until=request.until,
            options=options,
            warehouses=here,
        )
        theirs = self._beside.redived()
        both = join_drafts(
            mine.only(here[problem.warehouse[mine.trip]]),
            theirs.only(~here[problem.warehouse[theirs.trip]]),
        )
        merged = dive(problem, prices, both.trip, planning.plain, request.until, kept=both)
        if merged is not None:
            planning.completed(prices, merged)
