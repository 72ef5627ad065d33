"""The knapsack of each warehouse: which districts it would take at given prices, whole ones only.

With the districts' balances priced out (``price[d]`` for serving ``d``), each warehouse packs the
districts with the largest total of ``price[d] - lane_cost[w,d]`` into its capacity. The sum over
the warehouses bounds the cost of all plans with one source per district, tighter than the linear
relaxation. Source: Fisher, Management Science 27 (1981) 1-18.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["forced_losses", "packings"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


def packings(gain: FloatArray, size: IntArray, room: IntArray) -> tuple[FloatArray, BoolArray]:
    """Pack districts into each warehouse for the largest gain.

    Parameters
    ----------
    gain
        Of each district in each warehouse, shape (warehouse, district); what is not positive is
        never packed.
    size
        Of each district, >= 0, shape (district,). [units]
    room
        Of each warehouse, >= 0, shape (warehouse,). [units]

    Returns
    -------
    tuple
        Total gain, shape (warehouse,), and what is packed, shape (warehouse, district).
    """
    warehouses, districts = gain.shape
    most = int(room.max(initial=0))
    best = np.zeros((warehouses, most + 1))
    worth = np.flatnonzero((gain > 0.0).any(axis=0) & (size <= most))
    taken = np.zeros((worth.size, warehouses, most + 1), dtype=np.bool_)
    for number, district in enumerate(worth.tolist()):
        units = int(size[district])
        with_it = best[:, : most + 1 - units] + gain[:, district, None]
        better = with_it > best[:, units:]
        taken[number, :, units:] = better
        best[:, units:] = np.where(better, with_it, best[:, units:])
    rows = np.arange(warehouses)
    left = room.copy()
    packed = np.zeros((warehouses, districts), dtype=np.bool_)
    total = best[rows, left]
    for number in range(worth.size - 1, -1, -1):
        chosen = taken[number, rows, left]
        packed[chosen, worth[number]] = True
        left = left - np.where(chosen, size[worth[number]], 0)
    return total, packed


def forced_losses(
    gain: FloatArray, size: IntArray, room: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return what the best packing loses if a district must be in, or must be out.

    Parameters
    ----------
    gain, size, room
        As in ``packings``.

    Returns
    -------
    tuple
        Losses, each of shape (warehouse, district), >= 0; ``inf`` where a district does not fit.
    """
    warehouses, districts = gain.shape
    most = int(room.max(initial=0))
    before = np.zeros((districts + 1, warehouses, most + 1))
    after = np.zeros((districts + 1, warehouses, most + 1))
    for district in range(districts):
        _extend(before[district], before[district + 1], gain[:, district], int(size[district]))
    for district in range(districts - 1, -1, -1):
        _extend(after[district + 1], after[district], gain[:, district], int(size[district]))
    best = before[districts][np.arange(warehouses), room]
    inside = np.full((warehouses, districts), np.inf)
    outside = np.full((warehouses, districts), np.inf)
    for warehouse in range(warehouses):
        space = int(room[warehouse])
        first = before[:districts, warehouse, : space + 1]
        second = after[1:, warehouse, : space + 1]
        outside[warehouse] = best[warehouse] - (first + second[:, ::-1]).max(axis=1)
        for district in np.flatnonzero(size <= space).tolist():
            less = space - int(size[district])
            rest = first[district, : less + 1] + second[district, less::-1]
            inside[warehouse, district] = (
                best[warehouse] - float(rest.max()) - gain[warehouse, district]
            )
    return np.maximum(inside, 0.0), np.maximum(outside, 0.0)


def _extend(best: FloatArray, further: FloatArray, gain: FloatArray, units: int) -> None:
    """Write into ``further`` what ``best`` becomes with one more district."""
    further[:] = best
    if units < best.shape[1]:
        with_it = best[:, : best.shape[1] - units] + gain[:, None]
        np.maximum(best[:, units:], with_it, out=further[:, units:])
