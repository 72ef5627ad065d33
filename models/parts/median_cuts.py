"""Benders cuts of the uncapacitated median and location problem, in closed form.

Once the open warehouses ``y`` are chosen, district ``d`` pays ``theta[d]``, the cost of its
nearest one. For every level ``v`` the inequality

    ``theta[d] + sum_{w: cost[w,d] < v} (v - cost[w,d]) y[w] >= v``

holds, and the level at which the open share of the nearest warehouses reaches 1 gives the most
violated one, found by sorting once. Source: Duran-Mateluna, Ales, Elloumi, "An efficient Benders
decomposition for the p-median problem", European Journal of Operational Research 308 (2023) 84-96.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["CutRows", "NearestFirst", "nearest_first", "violated_cuts"]

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

#: Open share that counts as a whole warehouse.
_WHOLE = 1.0 - 1e-9


@dataclass(frozen=True)
class NearestFirst:
    """Warehouses of each district in order of lane cost.

    Parameters
    ----------
    warehouse
        Numbers, shape (rank, district).
    cost
        Lane cost, shape (rank, district), ascending along the ranks, ``inf`` for no lane.
    """

    warehouse: IndexArray
    cost: FloatArray


@dataclass(frozen=True)
class CutRows:
    """Cuts as sparse rows ``theta[district] + sum coefficient * y[warehouse] >= level``.

    Parameters
    ----------
    district, level
        Of each row, shape (row,).
    row, warehouse, coefficient
        Entries, shape (entry,).
    """

    district: IndexArray
    level: FloatArray
    row: IndexArray
    warehouse: IndexArray
    coefficient: FloatArray


def nearest_first(lane_cost: FloatArray) -> NearestFirst:
    """Sort the warehouses of each district by lane cost, shape (warehouse, district)."""
    order = np.argsort(lane_cost, axis=0, kind="stable")
    return NearestFirst(order, np.take_along_axis(lane_cost, order, axis=0))


def violated_cuts(
    order: NearestFirst,
    open_share: FloatArray,
    district_cost: FloatArray,
    at: FloatArray,
    *,
    tolerance: float,
    least: float = 1e-6,
) -> CutRows:
    """Return the best cut of each district at one point, where it is violated at another.

    Parameters
    ----------
    order
        From ``nearest_first``.
    open_share
        The relaxation's ``y``, shape (warehouse,).
    district_cost
        The relaxation's ``theta``, shape (district,).
    at
        Point whose cuts are wanted, shape (warehouse,): ``open_share`` itself, or a point more
        to the middle, whose cuts cut deeper.
    tolerance
        Amount by which a cut must be violated, relative to its level.
    least
        Amount by which it must be violated in any case: more than the tolerance of the solver
        that makes the points, or the same cut would come again and again.
    """
    districts = np.arange(order.cost.shape[1])
    reached = np.cumsum(at[order.warehouse], axis=0) >= _WHOLE
    rank = np.argmax(reached, axis=0)
    level = order.cost[rank, districts]
    usable = reached[-1] & np.isfinite(level)
    level = np.where(usable, level, 0.0)
    closer = (order.cost < level) & usable
    coefficient = np.where(closer, level - np.where(closer, order.cost, 0.0), 0.0)
    left = district_cost + np.einsum("rd,rd->d", coefficient, open_share[order.warehouse])
    chosen = np.flatnonzero(usable & (left < level - np.maximum(least, tolerance * np.abs(level))))
    ranks, rows = np.nonzero(closer[:, chosen])
    return CutRows(
        chosen,
        level[chosen],
        rows,
        order.warehouse[ranks, chosen[rows]],
        coefficient[ranks, chosen[rows]],
    )
