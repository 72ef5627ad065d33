"""Which lanes an assignment can still use, by a Lagrangian bound with whole knapsacks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.parts.location_knapsacks import forced_losses, packings

__all__ = ["Screening", "screen"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

#: Entries of a table of the knapsacks above which they are not solved.
_MOST_ENTRIES = 4_000_000

#: Steps of the ascent, steps without progress after which the step is halved, least step.
_STEPS = 250
_PATIENCE = 8
_LEAST_STEP = 2e-3

#: Rounding noise of a bound, relative.
_NOISE = 1e-9


@dataclass(frozen=True)
class Screening:
    """What a Lagrangian bound says about an assignment.

    Parameters
    ----------
    bound
        On the cost of all assignments of these warehouses.
    lane_bound
        On those that use a lane, shape (warehouse, district).
    """

    bound: float
    lane_bound: FloatArray


def screen(
    lane_cost: FloatArray,
    size: FloatArray,
    room: FloatArray,
    opening: float,
    price: FloatArray,
    target: float,
    enough: float,
) -> Screening | None:
    """Raise the bound of an assignment by subgradient steps, then look at every lane.

    Parameters
    ----------
    lane_cost, size, room
        As in ``models.parts.assignment_exchange.assign_whole``.
    opening
        Cost of the warehouses.
    price
        Of the districts, to begin with: from the linear relaxation, shape (district,).
    target
        Cost of a plan that is to be beaten.
    enough
        Bound from which on no plan is better.

    Returns
    -------
    Screening | None
        None where demands are not whole or the tables would be too large.
    """
    most = float(room.max(initial=0.0))
    whole = bool((size == np.rint(size)).all()) and np.isfinite(most)
    if not whole or lane_cost.size * (most + 1.0) > _MOST_ENTRIES:
        return None
    units, space = size.astype(np.int64), np.floor(room).astype(np.int64)
    best, best_price = -np.inf, price
    step, since = 1.0, 0
    for _ in range(_STEPS):
        total, packed = packings(price - lane_cost, units, space)
        bound = opening + float(price.sum() - total.sum())
        if bound > best + _NOISE * abs(bound):
            best, best_price, since = bound, price, 0
        else:
            since += 1
            if since >= _PATIENCE:
                step, since, price = step / 2.0, 0, best_price
        direction = 1.0 - packed.sum(axis=0)
        length = float((direction**2).sum())
        if length == 0.0 or best >= min(target, enough) or step < _LEAST_STEP:
            break
        price = price + step * (target - bound) / length * direction
    gain = np.where(np.isfinite(lane_cost), best_price - lane_cost, -1e30)
    inside, _ = forced_losses(gain, units, space)
    noise = _NOISE * max(1.0, abs(best))
    return Screening(best - noise, best - noise + inside)
