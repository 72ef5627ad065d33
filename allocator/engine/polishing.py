"""Stock and flows for a choice of sizes: the price of a whole plan."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from allocator.engine.decomposition import StageSearch
from allocator.engine.master import Point
from allocator.engine.recourse import Weights

__all__ = ["polish"]

Floats = NDArray[np.float64]

_ROUNDS = 12

_CLOSE, _QUIET = 0.1, 0.02
"""Shares of the gap: how near a plan is to what its choice costs at least, and how little a round
may raise that, when there is no need to go on."""

_INSIDE = 5e-5
"""Share by which polishing stays inside a limit, so that its last cuts may be missing."""


def polish(search: StageSearch, choice: Floats) -> float:
    """Fix the choices, let the stock follow by cuts, and price the result.

    Parameters
    ----------
    search
        The stage.
    choice
        Shape (option,), whole.

    Returns
    -------
    float
        What the cuts say that this choice costs at least, infinite where it has no plan.
    """
    master = search.master
    with master.choice_held(choice):
        # Cuts approach a limit from outside: aim a little inside, to end up on the right side.
        master.set_limits({c: limit * (1.0 - _INSIDE) for c, limit in search.limits.items()})
        reached, found, weights = _stocked(search)
    master.set_limits(search.limits)
    if found is not None:
        search.consider(found, weights)
    return reached


def _stocked(search: StageSearch) -> tuple[float, Point | None, Weights]:
    """Find stock for choices that are fixed; return the bound, a point worth pricing, prices."""
    master, reached = search.master, np.inf
    best, best_point, weights = np.inf, None, search.weights
    likely: Point | None = None
    for _ in range(_ROUNDS):
        if best_point is not None and time.monotonic() >= search.deadline:
            break
        solved = search.solve()
        if solved is None or solved.values is None:
            reached = np.inf if search.is_refuted else reached
            break
        before, reached = reached, float(solved.objective or 0.0)
        if reached >= search.worthwhile():
            break
        weights = search.prices(solved)
        point = master.point(solved.values)
        harvest = search.harvest(point, weights)
        value = search.objective(point, harvest.values)
        if value < best and harvest.keeps_limits:
            best, best_point = value, point
        elif harvest.may_keep:
            likely = point
        if not harvest.added and not harvest.keeps_limits:
            # Nothing says that the limits are passed: flows for other prices may keep them.
            known = master.cut_count
            if search.consider(point, weights) or master.cut_count == known:
                break
            continue
        if harvest.added and not search.recourse.withstands_losses(point):
            continue
        is_close = np.isfinite(best) and best - reached <= _CLOSE * search.gap * abs(best)
        is_quiet = likely is point and reached - before <= _QUIET * search.gap * abs(reached)
        if not harvest.added or is_close or is_quiet:
            break
    if best_point is not None:
        return reached, best_point if best < search.ceiling() else None, weights
    # Flows at one price of a limit pass it; a mixture of flows may keep it.
    return reached, likely, weights
