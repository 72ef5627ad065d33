"""Whole districts assigned to open warehouses: by largest first, then by shifts and swaps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["assign_whole", "improve_assignment"]

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

#: Least gain of an exchange, relative to the largest cost.
_LEAST_GAIN = 1e-9

#: Exchanges after which the search ends in any case.
_MOST_EXCHANGES = 2000

#: Rounding noise of a load, relative to the whole demand.
_NOISE = 1e-12


def assign_whole(
    lane_cost: FloatArray, size: FloatArray, room: FloatArray, site_cost: FloatArray
) -> IndexArray | None:
    """Give each district, largest first, the cheapest warehouse that has room for it.

    Parameters
    ----------
    lane_cost
        Shape (warehouse, district), ``inf`` where there is no lane.
    size, room
        Demands, shape (district,), and capacities, shape (warehouse,). [units]
    site_cost
        Paid once for each warehouse in use, by the share in use when it is first taken, shape
        (warehouse,).

    Returns
    -------
    IndexArray | None
        Warehouse of each district, shape (district,); None where one finds no room that way.
    """
    left = room.astype(np.float64).copy()
    noise = _NOISE * max(1.0, float(size.sum()))
    per_unit = site_cost / np.maximum(np.minimum(room, size.sum()), 1e-12)
    taken = np.zeros(room.size, dtype=np.bool_)
    assigned = np.full(size.size, -1, dtype=np.intp)
    for district in np.argsort(-size, kind="stable").tolist():
        need = float(size[district])
        asked = lane_cost[:, district] + np.where(taken, 0.0, per_unit * need)
        asked = np.where(left + noise >= need, asked, np.inf)
        best = int(np.argmin(asked))
        if not np.isfinite(asked[best]):
            return None
        taken[best] = True
        left[best] -= need
        assigned[district] = best
    return assigned


def improve_assignment(
    lane_cost: FloatArray, size: FloatArray, room: FloatArray, assigned: IndexArray
) -> IndexArray:
    """Shift one district or swap two, the best exchange each time, until none pays.

    Parameters
    ----------
    lane_cost, size, room
        As in ``assign_whole``; warehouses that must stay empty have no room.
    assigned
        Assignment that keeps all capacities, shape (district,).

    Returns
    -------
    IndexArray
        Assignment that costs no more, shape (district,).
    """
    districts = np.arange(size.size)
    found = assigned.copy()
    noise = _NOISE * max(1.0, float(size.sum()))
    finite = np.isfinite(lane_cost)
    least = _LEAST_GAIN * max(1.0, float(lane_cost[finite].max(initial=0.0)))
    cost = np.where(finite, lane_cost, 1e30)
    left = room - np.bincount(found, weights=size, minlength=room.size)
    for _ in range(_MOST_EXCHANGES):
        here = cost[found, districts]
        shift = np.where(left[:, None] + noise >= size, cost - here, np.inf)
        # Swap of i and j: i takes j's warehouse, which loses j and gains i, and the other way.
        there = cost[found]
        swap = there + there.T - here[:, None] - here
        fits = left[found] + size >= size[:, None] - noise
        swap = np.where(fits & fits.T, swap, np.inf)
        best_shift, best_swap = float(shift.min()), float(swap.min())
        if min(best_shift, best_swap) > -least:
            break
        if best_shift <= best_swap:
            to, moved = divmod(int(np.argmin(shift)), size.size)
            left[found[moved]] += size[moved]
            left[to] -= size[moved]
            found[moved] = to
        else:
            one, other = divmod(int(np.argmin(swap)), size.size)
            left[found[one]] += size[one] - size[other]
            left[found[other]] += size[other] - size[one]
            found[one], found[other] = found[other], found[one]
    return found
