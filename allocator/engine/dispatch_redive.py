"""The dive repeated for some warehouses: their trips are chosen anew, all loads are free.

Where docks and vehicles bind, a few warehouses account for most of the gap. Their vehicles, every
other time with those of all warehouses to a few districts they serve, are taken off the draft and
dived for again, while all other vehicles stay with whatever loads are best then; the better draft
is kept. Once that gains little, integer programs choose among what dives cannot tell apart: see
``dispatch_reselect``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_dive import DiveProgram
from allocator.engine.dispatch_draft import Draft, draft_value, join_drafts, residual, startable
from allocator.engine.dispatch_neighbourhoods import Attention, Ranking, gap_by_warehouse
from allocator.engine.dispatch_problem import DispatchProblem, StagePrices
from allocator.engine.dispatch_relaxation import Relaxation
from allocator.engine.dispatch_reselect import reselect
from allocator.solver import SolveOptions

__all__ = ["redive"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_STEPS = (0.2, 0.1)
"""Parts of the open vehicles rounded up in one step, dive by dive; the program is kept warm."""

_NOISE, _WHOLE_TURNS, _FEW = 0.3, 2, 600
"""Noise in choosing fractions after the first dive; how often all loads are free, and up to how
many departures at all."""

_TRIPS, _TRIPS_PER_DISTRICT = (200, 400), 60
"""Departures offered besides those that the relaxation uses, in turn, and for each district."""

_MOST_WAREHOUSES, _MOST_DISTRICTS = 3, 3
_TURNS = 200

_PATIENCE, _WORTHWHILE = 4, 3e-4
"""Turns after which a gain of less than this share of the value a second ends the dives."""


def redive(
    problem: DispatchProblem,
    prices: StagePrices,
    draft: Draft,
    relaxation: Relaxation,
    *,
    target: float,
    until: float,
    options: SolveOptions,
    warehouses: NDArray[np.bool_] | None = None,
    on_better: Callable[[float], None] | None = None,
) -> Draft:
    """Improve a draft, warehouse by warehouse.

    Parameters
    ----------
    problem, prices
        The problem and what the stage charges.
    draft
        Where to start.
    relaxation
        Guide to the departures worth looking at.
    target
        Value at which the draft is good enough.
    until
        Reading of ``time.monotonic`` at which to stop. [s]
    options
        Threads and seed; another seed chooses other warehouses.
    warehouses
        Those whose trips may be planned anew, and no others', shape (warehouse,); None for all.
    on_better
        Hears the value of each better draft.
    """
    if problem.trip_count == 0 or (warehouses is not None and not warehouses.any()):
        return draft
    limits = _Limits(target, until, options, warehouses, on_better)
    draft = _dived_often(problem, prices, draft, relaxation, limits)
    return reselect(
        problem,
        prices,
        draft,
        relaxation,
        target=target,
        until=until,
        options=options,
        warehouses=warehouses,
        on_better=on_better,
    )


@dataclass(frozen=True)
class _Limits:
    """The further parameters of ``redive``."""

    target: float
    until: float
    options: SolveOptions
    warehouses: NDArray[np.bool_] | None
    on_better: Callable[[float], None] | None


def _dived_often(
    problem: DispatchProblem,
    prices: StagePrices,
    draft: Draft,
    relaxation: Relaxation,
    limits: _Limits,
) -> Draft:
    """Dive anew, region by region, as long as that gains enough in its time."""
    until, options, warehouses = limits.until, limits.options, limits.warehouses
    value = draft_value(problem, prices, draft)
    duals = relaxation.duals
    gap = gap_by_warehouse(problem, prices, draft, duals)
    attention = Attention(gap, options.seed, warehouses)
    regions = _Regions(problem, relaxation, attention.random)
    past = [(time.monotonic(), value)]
    for turn in range(_TURNS):
        now = time.monotonic()
        begun, before = past[max(0, turn - _PATIENCE)]
        wanted = _WORTHWHILE * (now - begun) * abs(value)
        is_slow = turn >= _PATIENCE and before - value < wanted
        if value <= limits.target or is_slow or now > until:
            break
        chosen = attention.choose(1 + turn % _MOST_WAREHOUSES)
        is_free, trips = regions.around(draft, chosen, turn, warehouses)
        found = _dived(problem, prices, draft, (is_free, trips), turn, (until, options))
        new_value = np.inf if found is None else draft_value(problem, prices, found)
        is_better = new_value < value - 1e-9 * abs(value)
        attention.learn(chosen, is_better=is_better)
        if found is not None and is_better:
            draft, value = found, new_value
            attention.weigh(gap_by_warehouse(problem, prices, draft, duals))
            if limits.on_better is not None:
                limits.on_better(value)
        past.append((time.monotonic(), value))
    return draft


def _dived(
    problem: DispatchProblem,
    prices: StagePrices,
    draft: Draft,
    region: tuple[NDArray[np.bool_], Integers],
    turn: int,
    limits: tuple[float, SolveOptions],
) -> Draft | None:
    """Dive for the free departures of a draft a few times; return the best if it is any better.

    Every other time, and always in large drafts, the loads of all vehicles to other districts than
    theirs stay as they are, which makes a program of a fraction of the size.
    """
    is_free, offered = region
    until, options = limits
    is_inside = np.ones(len(draft.trip), dtype=bool)
    if turn % _WHOLE_TURNS or len(draft.trip) > _FEW:
        districts = np.unique(problem.district[draft.trip[is_free]])
        is_inside = np.isin(problem.district[draft.trip], districts)
        offered = offered[np.isin(problem.district[offered], districts)]
    outside, kept = draft.only(~is_inside), draft.only(is_inside & ~is_free)
    free = residual(problem, join_drafts(outside, kept))
    offered = offered[startable(problem, free, offered) > 0]
    trips = np.union1d(offered, kept.trip)
    program = DiveProgram(problem, prices, trips, options, outside)
    best, least = None, program.value(draft.only(is_inside))
    for dive, share in enumerate(_STEPS):
        noise = _NOISE if dive else 0.0
        # Where vehicles need company every second dive finds it by chance, or is of no use.
        together = dive % 2 == 0
        found = program.dive(
            kept, offered, until, share=share, noise=noise, together=together, below=least
        )
        if found is not None:
            whole = join_drafts(outside, found)
            if together or len(problem.convoys.short(whole.departures())) == 0:
                best, least = whole, min(least, program.value(found))
        if time.monotonic() > until:
            break
    return best


class _Regions:
    """Parts of a draft that are planned anew, and the departures offered for them."""

    def __init__(
        self, problem: DispatchProblem, relaxation: Relaxation, random: np.random.Generator
    ) -> None:
        self._problem, self._random = problem, random
        order = np.argsort(relaxation.reduced, kind="stable")
        data = problem.data
        self._of_warehouse = Ranking(problem.warehouse, data.warehouse_count, order)
        self._of_district = Ranking(problem.district, data.district_count, order)
        self._used = np.unique(relaxation.columns.trip[relaxation.use > 1e-3])

    def around(
        self,
        draft: Draft,
        warehouses: Integers,
        turn: int,
        allowed: NDArray[np.bool_] | None = None,
    ) -> tuple[NDArray[np.bool_], Integers]:
        """Which departures of a draft some warehouses free, and which are offered."""
        home, to = self._problem.warehouse, self._problem.district
        is_free = np.isin(home[draft.trip], warehouses)
        each = -(-_TRIPS[turn % len(_TRIPS)] // max(len(warehouses), 1))
        parts = [
            self._of_warehouse.of(warehouses, each),
            self._used[np.isin(home[self._used], warehouses)],
        ]
        served = np.unique(to[draft.trip[is_free]])
        if turn % 2 and len(served):
            count = min(len(served), int(self._random.integers(1, _MOST_DISTRICTS + 1)))
            districts = np.sort(self._random.choice(served, size=count, replace=False))
            is_free |= np.isin(to[draft.trip], districts)
            parts.append(self._of_district.of(districts, _TRIPS_PER_DISTRICT))
        offered = np.concatenate(parts)
        if allowed is not None:
            is_free &= allowed[home[draft.trip]]
            offered = offered[allowed[home[offered]]]
        return is_free, np.unique(np.concatenate([offered, draft.trip[is_free]]))
