"""The dive repeated for some warehouses: their trips are chosen anew, all loads are free.

Where docks and vehicles bind, a few warehouses account for most of the gap. Their vehicles are
taken off the draft and dived for again while the vehicles of all others stay, with whatever loads
are best then; the better draft is kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_dive import dive
from allocator.engine.dispatch_draft import Draft, draft_value
from allocator.engine.dispatch_neighbourhoods import Attention, gap_by_warehouse
from allocator.engine.dispatch_problem import DispatchProblem, StagePrices
from allocator.engine.dispatch_relaxation import Relaxation
from allocator.solver import SolveOptions

__all__ = ["redive"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_STEPS = (0.1, 0.03, 0.2)
"""Parts of the open vehicles rounded up in one step, in turn."""

_TRIPS = (200, 400)
"""Departures offered besides those that the relaxation uses, in turn."""

_MOST_WAREHOUSES = 3
_TURNS = 200

_PATIENCE, _WORTHWHILE = 6, 3e-4
"""Turns after which a gain of less than this share of the value ends the search."""


def redive(
    problem: DispatchProblem,
    prices: StagePrices,
    draft: Draft,
    relaxation: Relaxation,
    *,
    target: float,
    until: float,
    options: SolveOptions,
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
    on_better
        Hears the value of each better draft.
    """
    value = draft_value(problem, prices, draft)
    if problem.trip_count == 0:
        return draft
    duals = relaxation.duals
    attention = Attention(gap_by_warehouse(problem, prices, draft, duals), options.seed)
    offers = _Offers(problem, relaxation)
    values = [value]
    for turn in range(_TURNS):
        is_slow = turn >= _PATIENCE and values[-1 - _PATIENCE] - value < _WORTHWHILE * abs(value)
        if value <= target or is_slow or time.monotonic() > until:
            break
        warehouses = attention.choose(1 + turn % _MOST_WAREHOUSES)
        kept = draft.only(~np.isin(problem.warehouse[draft.trip], warehouses))
        present = draft.trip[np.isin(problem.warehouse[draft.trip], warehouses)]
        trips = np.union1d(present, offers.of(warehouses, _TRIPS[turn % len(_TRIPS)]))
        share = _STEPS[turn % len(_STEPS)]
        found = dive(problem, prices, trips, options, until, share=share, kept=kept)
        new_value = np.inf if found is None else draft_value(problem, prices, found)
        is_better = new_value < value - 1e-9 * abs(value)
        attention.learn(warehouses, is_better=is_better)
        if found is not None and is_better:
            draft, value = found, new_value
            attention.weigh(gap_by_warehouse(problem, prices, draft, duals))
            if on_better is not None:
                on_better(value)
        values.append(value)
    return draft


class _Offers:
    """Departures of each warehouse, the least reduced price first, and those in use."""

    def __init__(self, problem: DispatchProblem, relaxation: Relaxation) -> None:
        order = np.argsort(relaxation.reduced, kind="stable")
        home = problem.warehouse[order]
        by_home = np.argsort(home, kind="stable")
        self._order = order[by_home]
        self._begin = np.searchsorted(home[by_home], np.arange(problem.data.warehouse_count + 1))
        used = np.unique(relaxation.columns.trip[relaxation.use > 1e-3])
        self._used, self._used_home = used, problem.warehouse[used]

    def of(self, warehouses: Integers, count: int) -> Integers:
        """Departures of some warehouses: ``count`` in equal parts, and those in use."""
        each = -(-count // max(len(warehouses), 1))
        parts = [
            self._order[self._begin[w] : min(self._begin[w] + each, self._begin[w + 1])]
            for w in warehouses.tolist()
        ]
        return np.unique(np.concatenate([*parts, self._used[np.isin(self._used_home, warehouses)]]))
