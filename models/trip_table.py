"""The table of the possible trips of a dispatch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.dispatch_data import DispatchData
from models.dispatch_hours import HOUR_TOLERANCE, whole_up

__all__ = ["TripTable", "ready_period", "trip_table"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class TripTable:
    """Every departure that keeps release, closures and deadline, sorted by lane, fleet, start.

    Parameters
    ----------
    lane, fleet
        Shape (trip,).
    start_period
        Loading starts at ``start_period x period_hours``, shape (trip,).
    busy_until_period
        First period in which the vehicle is free again, past the last one if it never is, shape
        (trip,).
    unload_end_hours
        Shape (trip,). [h]
    return_hours
        End of unloading where the vehicle does not come back, shape (trip,). [h]
    receive_hour
        ``k`` where unloading ends in ``(k, k + 1]``, shape (trip,).
    carries
        Which items are released by the start, shape (trip, item).
    """

    lane: Integers
    fleet: Integers
    start_period: Integers
    busy_until_period: Integers
    unload_end_hours: Floats
    return_hours: Floats
    receive_hour: Integers
    carries: Flags

    def __len__(self) -> int:
        return len(self.lane)


def trip_table(data: DispatchData) -> TripTable:
    """List every possible trip of the hourly problem.

    A trip exists where the lane's district needs an item that the warehouse holds and that is
    released by then, a vehicle is there, a dock takes it, the departure is not in a closure, and
    unloading ends by the deadline in an hour in which the district takes anything in.
    """
    period = data.period_hours
    useful = (data.stock_units[data.lane_warehouse] > 0) & (
        data.wanted_units[data.lane_district] > 0
    )
    useful &= ~(data.leaves_province[:, None] & (data.outside_units[data.lane_warehouse] <= 0))
    release = np.where(useful, data.release_hours, np.inf)
    is_there = data.vehicles_by_period >= 1
    available = np.where(is_there.any(axis=2), is_there.argmax(axis=2) * period, np.inf)
    earliest = np.maximum(
        release.min(axis=1, initial=np.inf)[:, None], available[data.lane_warehouse]
    )
    door = data.load_hours + data.drive_hours + data.unload_hours
    is_usable = np.isfinite(earliest)
    latest = data.deadline_hours - door
    lane, fleet = np.nonzero(is_usable & (earliest <= latest + HOUR_TOLERANCE))
    first = whole_up(earliest[lane, fleet] / period)
    last = np.floor(latest[lane, fleet] / period + HOUR_TOLERANCE).astype(np.int64)
    counts = np.maximum(last - first + 1, 0)
    pair = np.repeat(np.arange(len(lane)), counts)
    start = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + first[pair]
    lane, fleet = lane[pair], fleet[pair]
    depart = start * period + data.load_hours[fleet]
    keep = _is_open(data, lane, fleet, depart)
    keep &= data.docks_by_period[data.lane_warehouse[lane], start] >= 1
    keep &= is_there[data.lane_warehouse[lane], fleet, start]
    end = depart + data.drive_hours[lane, fleet] + data.unload_hours[fleet]
    hour = np.maximum(whole_up(end) - 1, 0)
    keep &= data.receive_m3_by_hour[data.lane_district[lane], hour] > 0
    lane, fleet, start, depart = lane[keep], fleet[keep], start[keep], depart[keep]
    end = depart + data.drive_hours[lane, fleet] + data.unload_hours[fleet]
    is_gone = data.is_one_way[fleet]
    back = np.where(is_gone, end, end + data.back_hours[lane, fleet])
    free = np.maximum(whole_up(back / period), start)
    return TripTable(
        lane=lane,
        fleet=fleet,
        start_period=start,
        busy_until_period=np.where(is_gone, np.maximum(free, data.period_count), free),
        unload_end_hours=end,
        return_hours=back,
        receive_hour=whole_up(end) - 1,
        carries=release[lane] <= (start * period)[:, None] + HOUR_TOLERANCE,
    )


def ready_period(data: DispatchData, table: TripTable, trip: Integers) -> Integers:
    """First period in which what a leg brings can be loaded again, shape (chosen trip,).

    Parameters
    ----------
    data, table
        The dispatch problem and its trips.
    trip
        Trips to hubs, shape (chosen trip,).
    """
    transfer = data.hub_transfer_hours[data.lane_hub[table.lane[trip]]]
    return whole_up((table.unload_end_hours[trip] + transfer) / data.period_hours)


def _is_open(data: DispatchData, lane: Integers, fleet: Integers, depart_hours: Floats) -> Flags:
    """Whether each departure is outside every closure of its lane, shape (trip,)."""
    if len(data.closure_lane) == 0 or len(lane) == 0:
        return np.ones(len(lane), dtype=bool)
    # Each way has a stretch of its own on one line of hours: the latest closure of it that has
    # begun, or an earlier and longer one, is what a departure can fall into.
    own = data.closure_lane * data.fleet_count + data.closure_fleet
    ways, way = np.unique(own, return_inverse=True)
    stretch = 2.0 ** np.ceil(np.log2(data.deadline_hours + 2.0))
    last = stretch - 1.0
    begin = np.clip(data.closure_from_hours, 0.0, last) + way.reshape(-1) * stretch
    end = np.clip(data.closure_to_hours, 0.0, last) + way.reshape(-1) * stretch
    order = np.argsort(begin, kind="stable")
    begin, end = begin[order], np.maximum.accumulate(end[order])
    wanted = lane * data.fleet_count + fleet
    at = np.minimum(np.searchsorted(ways, wanted), len(ways) - 1)
    depart = at * stretch + np.minimum(depart_hours, last - 0.5)
    latest = np.searchsorted(begin, depart + HOUR_TOLERANCE, side="right") - 1
    is_shut = (latest >= 0) & (depart < end[np.maximum(latest, 0)] - HOUR_TOLERANCE)
    return np.asarray((ways[at] != wanted) | ~is_shut)
