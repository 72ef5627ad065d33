"""Good plans for the uncapacitated median and location problem by exchange.

Source of the exchange: Teitz, Bart, Operations Research 16 (1968) 955-961.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["exchange", "greedy_plan", "plan_cost"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IndexArray = NDArray[np.intp]

#: Gain below this share of the cost is rounding noise.
_LEAST_GAIN = 1e-12


def plan_cost(lane_cost: FloatArray, opening_cost: FloatArray, opened: BoolArray) -> float:
    """Return opening cost plus the cost of each district's nearest open warehouse.

    Parameters
    ----------
    lane_cost
        Shape (warehouse, district), ``inf`` for no lane.
    opening_cost, opened
        Shape (warehouse,).

    Returns
    -------
    float
        ``inf`` where a district is not reached.
    """
    if not opened.any():
        return np.inf
    return float(lane_cost[opened].min(axis=0).sum() + opening_cost[opened].sum())


def exchange(
    lane_cost: FloatArray,
    opening_cost: FloatArray,
    opened: BoolArray,
    movable: BoolArray,
    *,
    fixed_count: bool,
    most_rounds: int = 1000,
) -> BoolArray:
    """Improve a plan by the best swaps, openings and closings until there are none.

    Parameters
    ----------
    lane_cost
        Shape (warehouse, district), finite: replace ``inf`` by a large cost first.
    opening_cost
        Shape (warehouse,).
    opened
        The plan, shape (warehouse,), at least one open.
    movable
        Warehouses that may change, shape (warehouse,).
    fixed_count
        Whether only swaps are allowed, so that as many stay open.
    most_rounds
        Rounds at most; each makes the best moves that do not touch the same warehouse.

    Returns
    -------
    BoolArray
        A plan at least as good, shape (warehouse,).
    """
    plan = opened.copy()
    cost = plan_cost(lane_cost, opening_cost, plan)
    for _ in range(most_rounds):
        before = cost
        for entering, leaving in _promising_moves(
            lane_cost, opening_cost, plan, movable, fixed_count
        ):
            # Each move was valued alone; together with those already made it may no longer gain.
            other = plan.copy()
            if leaving >= 0:
                other[leaving] = False
            if entering >= 0:
                other[entering] = True
            changed = plan_cost(lane_cost, opening_cost, other)
            if changed < cost - _LEAST_GAIN * max(1.0, cost):
                plan, cost = other, changed
        if cost == before:
            break
    return plan


def _promising_moves(
    lane_cost: FloatArray,
    opening_cost: FloatArray,
    plan: BoolArray,
    movable: BoolArray,
    fixed_count: bool,
) -> list[tuple[int, int]]:
    """Return (entering, leaving) warehouses whose move gains by itself, the best first.

    -1 stands for none. No warehouse is in two moves.
    """
    opened = np.flatnonzero(plan)
    candidates = np.flatnonzero(~plan & movable)
    removable = np.flatnonzero(movable[opened])
    cost = lane_cost[opened]
    districts = np.arange(cost.shape[1])
    nearest = np.argmin(cost, axis=0)
    first = cost[nearest, districts]
    if opened.size > 1:
        cost[nearest, districts] = np.inf
        second = cost.min(axis=0)
    else:
        second = np.full(first.shape, lane_cost.max() * 2.0 + 1.0)
    # Closing alone costs its districts the way to their second nearest.
    detour = np.bincount(nearest, weights=second - first, minlength=opened.size)
    loss = np.asarray(detour, dtype=np.float64) - opening_cost[opened]
    gain = np.maximum(first - lane_cost[candidates], 0.0).sum(axis=1) - opening_cost[candidates]
    worth = [np.zeros(0)]
    moves = [np.zeros((0, 2), dtype=np.intp)]
    if candidates.size and removable.size:
        saved = _saved_by_both(lane_cost[candidates], first, second, nearest, opened.size)
        swap = (gain[:, None] - loss[None, :] + saved)[:, removable]
        best = np.argmax(swap, axis=0)
        worth.append(swap[best, np.arange(removable.size)])
        moves.append(np.column_stack([candidates[best], opened[removable]]))
    if not fixed_count:
        worth.append(gain)
        moves.append(np.column_stack([candidates, np.full(candidates.size, -1)]))
        if opened.size > 1:
            worth.append(-loss[removable])
            moves.append(np.column_stack([np.full(removable.size, -1), opened[removable]]))
    value = np.concatenate(worth)
    threshold = _LEAST_GAIN * max(1.0, float(first.sum()))
    ranked = np.argsort(-value, kind="stable")
    chosen = np.concatenate(moves)[ranked[value[ranked] > threshold]]
    return _disjoint(chosen.tolist())


def _saved_by_both(
    candidate_cost: FloatArray,
    first: FloatArray,
    second: FloatArray,
    nearest: IndexArray,
    open_count: int,
) -> FloatArray:
    """Return what a swap saves over the sum of both moves, shape (candidate, open warehouse)."""
    order = np.argsort(nearest, kind="stable")
    shared = np.maximum(second - np.maximum(candidate_cost, first), 0.0)[:, order]
    present, begins = np.unique(nearest[order], return_index=True)
    saved = np.zeros((candidate_cost.shape[0], open_count))
    saved[:, present] = np.add.reduceat(shared, begins, axis=1)
    return saved


def _disjoint(moves: list[list[int]]) -> list[tuple[int, int]]:
    """Return moves in order, leaving out those that touch a warehouse named before."""
    touched: set[int] = set()
    kept: list[tuple[int, int]] = []
    for entering, leaving in moves:
        ends = {entering, leaving} - {-1}
        if not ends & touched:
            touched |= ends
            kept.append((entering, leaving))
    return kept


def greedy_plan(
    lane_cost: FloatArray, opening_cost: FloatArray, fixed_open: BoolArray, count: int | None
) -> BoolArray:
    """Open one warehouse after the other, each time the one that saves most.

    Parameters
    ----------
    lane_cost
        Shape (warehouse, district), finite.
    opening_cost, fixed_open
        Shape (warehouse,).
    count
        Number to open; None to stop where opening no longer saves.

    Returns
    -------
    BoolArray
        The plan, shape (warehouse,), at least one open.
    """
    plan = fixed_open.copy()
    nearest = np.full(lane_cost.shape[1], np.inf)
    if plan.any():
        nearest = lane_cost[plan].min(axis=0)
    while count is None or int(plan.sum()) < count:
        total = np.minimum(lane_cost, nearest).sum(axis=1) + opening_cost
        total[plan] = np.inf
        choice = int(np.argmin(total))
        if count is None and plan.any() and total[choice] >= nearest.sum():
            break
        if not np.isfinite(total[choice]):
            break
        plan[choice] = True
        nearest = np.minimum(nearest, lane_cost[choice])
    return plan
