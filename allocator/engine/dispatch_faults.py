"""Whether a dispatch keeps every limit, looked up anew in the arrays of its scenario.

Planning keeps books of what is left of everything; here nothing of them is used, only departures
and loads, each limit in its plainest form.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.dispatch_data import HOUR_TOLERANCE, DispatchData
from models.dispatch_values import DispatchResult
from models.trip_table import TripTable

__all__ = ["dispatch_faults"]

Floats = NDArray[np.float64]

_NOISE = 1e-6
"""Share of a limit by which sums of weights and volumes may pass it."""


def dispatch_faults(data: DispatchData, table: TripTable, result: DispatchResult) -> list[str]:
    """Name the limits that a dispatch breaks; an empty list if it keeps all of them.

    Convoys, hubs and pairs of items that must not share a vehicle are not looked at.

    Parameters
    ----------
    data, table
        The scenario and its possible trips.
    result
        The dispatch.
    """
    if len(result) == 0:
        return []
    faults = [name for name, is_kept in _vehicles(data, table, result) if not is_kept]
    if "deadline" not in faults:
        # Later hours have no limits to be held against.
        faults += [name for name, is_kept in _shared(data, table, result) if not is_kept]
    return faults


def _within(used: Floats, limit: NDArray[Any]) -> bool:
    """Whether amounts keep their limits, rounding noise left aside."""
    return bool((used <= limit * (1 + _NOISE) + _NOISE).all())


def _vehicles(
    data: DispatchData, table: TripTable, result: DispatchResult
) -> Iterator[tuple[str, bool]]:
    """What each vehicle keeps by itself."""
    trip, load = result.trip, result.load_units
    lane, fleet = table.lane[trip], table.fleet[trip]
    start = table.start_period[trip] * data.period_hours
    depart = start + data.load_hours[fleet]
    end = depart + data.drive_hours[lane, fleet] + data.unload_hours[fleet]
    release = np.where(load > 0, data.release_hours[lane], 0.0).max(axis=1, initial=0.0)
    yield "load", bool((load >= 0).all())
    yield "release", bool((release <= start + HOUR_TOLERANCE).all())
    yield "payload", _within(load @ data.item_weight_kg, data.payload_kg[fleet])
    yield "room", _within(load @ data.item_volume_m3, data.vehicle_volume_m3[fleet])
    yield "deadline", bool((end <= data.deadline_hours + HOUR_TOLERANCE).all())
    yield "unloading", bool(np.allclose(end, table.unload_end_hours[trip]))
    is_shut = np.zeros(len(trip), dtype=bool)
    for k in np.flatnonzero(np.isin(data.closure_lane, lane)).tolist():
        is_there = (lane == data.closure_lane[k]) & (fleet == data.closure_fleet[k])
        since, until = data.closure_from_hours[k], data.closure_to_hours[k]
        is_in = (depart >= since - HOUR_TOLERANCE) & (depart < until - HOUR_TOLERANCE)
        is_shut |= is_there & is_in
    yield "closure", not is_shut.any()


def _shared(
    data: DispatchData, table: TripTable, result: DispatchResult
) -> Iterator[tuple[str, bool]]:
    """What vehicles share."""
    trip, load = result.trip, result.load_units.astype(float)
    lane, fleet, start = table.lane[trip], table.fleet[trip], table.start_period[trip]
    warehouse, district = data.lane_warehouse[lane], data.lane_district[lane]
    taken = np.zeros(data.stock_units.shape)
    np.add.at(taken, warehouse, load)
    yield "stock", _within(taken, data.stock_units)
    out = np.zeros(data.stock_units.shape)
    np.add.at(out, warehouse, load * data.leaves_province[lane][:, None])
    yield "home reserve", _within(out, data.outside_units)
    brought = np.zeros((data.district_count, data.item_count))
    np.add.at(brought, district, load)
    yield "need", _within(brought, data.demand_units)
    docks = np.zeros(data.docks_by_period.shape)
    np.add.at(docks, (warehouse, start), 1.0)
    yield "docks", _within(docks, data.docks_by_period)
    there = data.vehicles_by_period
    away = np.zeros((*there.shape[:2], data.period_count + 1))
    free = np.minimum(table.busy_until_period[trip], data.period_count)
    np.add.at(away, (warehouse, fleet, start), 1.0)
    np.add.at(away, (warehouse, fleet, free), -1.0)
    yield "vehicles", _within(np.cumsum(away, axis=2)[:, :, :-1], there)
    received = np.zeros(data.receive_m3_by_hour.shape)
    np.add.at(received, (district, table.receive_hour[trip]), load @ data.item_volume_m3)
    yield "receiving", _within(received, data.receive_m3_by_hour)
    vehicle, item = np.nonzero(load)
    ends = table.unload_end_hours[trip[vehicle]]
    leaves = data.leaves_province[lane[vehicle]]
    entry, limit = data.lasting.drawn(warehouse[vehicle], item, leaves, ends)
    drawn = np.zeros(len(data.lasting))
    np.add.at(drawn, limit, load[vehicle[entry], item[entry]])
    yield "lots", _within(drawn, data.lasting.units)
