"""Whole districts at warehouses that barely hold them: overloads are moved away step by step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["balance_assignment"]

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

#: Exchanges after which the search gives up, and how often the price of an overload may double.
_MOST_EXCHANGES = 250
_MOST_DOUBLINGS = 12

#: Least gain of an exchange, relative to the largest cost.
_LEAST_GAIN = 1e-9

#: Rounding noise of a load, relative to the whole demand.
_NOISE = 1e-9


def balance_assignment(
    lane_cost: FloatArray, size: FloatArray, room: FloatArray, assigned: IndexArray
) -> IndexArray | None:
    """Shift and swap districts until no warehouse is overloaded.

    Each time the exchange is made that saves most of cost plus price times overload; where none
    saves anything, the price doubles.

    Parameters
    ----------
    lane_cost, size, room
        As in ``assignment_exchange.assign_whole``.
    assigned
        Warehouse of each district by lanes that are there, loads of any size, shape (district,).

    Returns
    -------
    IndexArray | None
        Assignment that keeps the capacities, shape (district,); None where none is found.
    """
    found = assigned.copy()
    districts = np.arange(size.size)
    finite = np.isfinite(lane_cost)
    largest = max(1e-12, float(lane_cost[finite].max(initial=0.0)))
    cost = np.where(finite, lane_cost, 1e6 * largest)
    noise = _NOISE * max(1.0, float(size.sum()))
    price = 0.25 * largest / max(1e-12, float(size.mean()))
    load = np.bincount(found, size, room.size)
    doublings = 0
    for _ in range(_MOST_EXCHANGES):
        if not (load > room + noise).any():
            return found if finite[found, districts].all() else None
        spare = room - load
        shift = _shifts(cost, size, spare, found, price)
        swap = _swaps(cost, size, spare, found, price)
        best_shift, best_swap = int(np.argmin(shift)), int(np.argmin(swap))
        least = min(shift.flat[best_shift], swap.flat[best_swap])
        if least >= -_LEAST_GAIN * largest:
            doublings += 1
            if doublings > _MOST_DOUBLINGS:
                return None
            price *= 2.0
            continue
        if shift.flat[best_shift] <= swap.flat[best_swap]:
            warehouse, district = divmod(best_shift, size.size)
            found[district] = warehouse
        else:
            first, second = divmod(best_swap, size.size)
            found[first], found[second] = found[second], found[first]
        load = np.bincount(found, size, room.size)
    return None


def _shifts(
    cost: FloatArray, size: FloatArray, spare: FloatArray, found: IndexArray, price: float
) -> FloatArray:
    """Return what each shift adds to the priced cost, shape (warehouse, district)."""
    districts = np.arange(size.size)
    over = np.maximum(-spare, 0.0)
    more = np.maximum(size - spare[:, None], 0.0) - over[:, None]
    less = np.maximum(-spare[found] - size, 0.0) - over[found]
    added: FloatArray = cost - cost[found, districts] + price * (more + less)
    added[found, districts] = 0.0
    return added


def _swaps(
    cost: FloatArray, size: FloatArray, spare: FloatArray, found: IndexArray, price: float
) -> FloatArray:
    """Return what each swap adds to the priced cost, shape (district, district)."""
    own = spare[found]
    over = np.maximum(-own, 0.0)
    there = cost[found] - cost[found, np.arange(size.size)]
    # Entry (d, e): the warehouse of d takes e for d.
    taken = size[None, :] - size[:, None]
    change = np.maximum(taken - own[:, None], 0.0) - over[:, None]
    added: FloatArray = there + there.T + price * (change + change.T)
    added[found[:, None] == found] = 0.0
    return added
