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
"""Share by which polishing stays inside a limit at most, so that its last cuts may be missing."""


def polish(search: StageSearch, choice: Floats, known: Point | None = None) -> float:
    """Fix the choices, let the stock follow by cuts, and price the result.

    Parameters
    ----------
    search
        The stage.
    choice
        Shape (option,), whole.
    known
        A point of these choices that keeps the limits. Stock then goes half of the way towards the
        cuts' best each time, so that what comes out keeps them too even if time ends early.

    Returns
    -------
    float
        What the cuts say that this choice costs at least, infinite where it has no plan.
    """
    master = search.master
    before = master.limits
    with master.choice_held(choice):
        # Cuts approach a limit from outside: aim a little inside, to end up on the right side.
        master.set_limits(search.inner_limits(_INSIDE))
        reached, found, weights = _stocked(search, known)
    master.set_limits(before)
    if found is not None:
        search.consider(found, weights)
    return reached


def _stocked(search: StageSearch, held: Point | None) -> tuple[float, Point | None, Weights]:
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
        aim = master.point(solved.values)
        point = aim if held is None else aim.mixed(held, 0.5)
        harvest = search.harvest(aim, weights, point)
        value = search.objective(point, harvest.values)
        if value < best and harvest.keeps_limits:
            best, best_point = value, point
            held = None if held is None else point
        elif harvest.may_keep:
            likely = point
        if not harvest.added and held is not None:
            # Half of the way there is nothing to cut off any more.
            held = None
            continue
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
