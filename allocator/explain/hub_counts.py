"""From which warehouses, and from which goods at hubs, an item can be at a district in time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_problem import DispatchProblem
from models.trip_table import ready_period

__all__ = ["WaysThroughHubs", "ways_through_hubs"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class WaysThroughHubs:
    """Ways of one item through hubs, each district by itself, vehicles without number.

    Parameters
    ----------
    is_way, stays
        Whether there is one in time from a warehouse, and one on which the goods do not leave the
        province, shape (warehouse, district).
    there_units
        What is at hubs without any further leg and can be at each district, shape (district,).
        [units]
    """

    is_way: Flags
    stays: Flags
    there_units: Floats


def ways_through_hubs(problem: DispatchProblem, item: int) -> WaysThroughHubs:
    """Find the ways of an item through hubs.

    Parameters
    ----------
    problem
        A dispatch with hubs.
    item
        Position of the item.
    """
    data, table = problem.data, problem.table
    hub_at = np.full(data.warehouse_count, -1, dtype=np.int64)
    hub_at[data.hub_warehouse] = np.arange(data.hub_count)
    trip = np.flatnonzero(table.carries[:, item])
    source, end = hub_at[problem.warehouse[trip]], data.lane_hub[table.lane[trip]]
    start = table.start_period[trip]
    # Last period in which goods at a hub can still leave it and be at a district in time.
    latest = np.full((data.hub_count, data.district_count), -1, dtype=np.int64)
    onward = (source >= 0) & (end < 0)
    np.maximum.at(latest, (source[onward], problem.district[trip[onward]]), start[onward])
    legs = np.flatnonzero(end >= 0)
    ready = ready_period(data, table, trip[legs])
    between = source[legs] >= 0
    for _ in range(data.hub_count):
        in_time = ready[between][:, None] <= latest[end[legs[between]]]
        departs = np.where(in_time, start[legs[between]][:, None], -1)
        np.maximum.at(latest, source[legs[between]], departs)
    first = legs[~between]
    in_time = ready[~between][:, None] <= latest[end[first]]
    home, leaves = problem.warehouse[trip[first]], problem.leaves[trip[first]]
    shape = (data.warehouse_count, data.district_count)
    is_way, stays = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    np.logical_or.at(is_way, home, in_time)
    np.logical_or.at(stays, home, in_time & ~leaves[:, None])
    goods = data.hub_goods[:, item]
    last = np.minimum(latest, goods.shape[1] - 1)
    there = np.where(latest >= 0, np.take_along_axis(goods, np.maximum(last, 0), axis=1), 0)
    return WaysThroughHubs(is_way, stays, there.sum(axis=0).astype(float))
