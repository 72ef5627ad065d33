"""How many missing units still come, by whatever is unloaded first."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allocator.explain.hub_bringing import bring_through_hubs
from allocator.explain.ways import Brought, Way

__all__ = ["bring_greedily"]

_WHOLE = 1e-6


def bring_greedily(way: Way, units: float) -> Brought:
    """Bring what is missing by whatever is unloaded first, without new convoys.

    Parameters
    ----------
    way
        The ways.
    units
        Most that is wanted, whole. [units]
    """
    direct = _bring_directly(way.direct(), units)
    if way.hubs is None:
        return direct
    brought = direct if direct.units >= units - 0.5 else bring_through_hubs(way, units)
    found = brought if brought.units > direct.units else direct
    return replace(found, most=min(units, way.most()))


def _bring_directly(way: Way, units: float) -> Brought:
    """Bring what is missing by trips to the district alone."""
    problem = way.ground.problem
    table = problem.table
    stock, receive = way.stock.copy(), way.left.receive[way.district].copy()
    dock, idle = way.left.dock.copy(), way.left.vehicle.copy()
    late, last = way.comes_late(units)
    missing = units - late
    room = np.zeros(len(way.rooms.units))
    for k in range(len(room)):
        home, hour = way.rooms.warehouse[k], way.rooms.hour[k]
        taken = min(missing, way.rooms.units[k], stock[home], receive[hour] / way.unit_m3)
        taken = float(np.floor(taken + _WHOLE)) if taken >= 1 - _WHOLE else 0.0
        room[k] = taken
        stock[home] -= taken
        receive[hour] -= taken * way.unit_m3
        missing -= taken
        last = max(last, float(way.rooms.end_hours[k])) if taken else last
    chosen: list[tuple[int, float, float]] = []
    alone = way.lacking.may_leave_alone(len(way.trip))
    for trip, capacity in zip(way.trip[alone].tolist(), way.capacity[alone].tolist(), strict=True):
        if missing < 1:
            break
        home, start = problem.warehouse[trip], table.start_period[trip]
        pool, until, hour = problem.pool[trip], problem.until[trip], table.receive_hour[trip]
        most = min(missing, stock[home], receive[hour] / way.unit_m3)
        if most < 1 - _WHOLE:
            continue
        free = min(dock[home, start], idle[pool, start:until].min(initial=np.inf))
        vehicles = min(np.ceil(most / capacity - _WHOLE), np.floor(free + _WHOLE))
        if vehicles < 1:
            continue
        load = float(np.floor(min(most, vehicles * capacity) + _WHOLE))
        dock[home, start] -= vehicles
        idle[pool, start:until] -= vehicles
        stock[home] -= load
        receive[hour] -= load * way.unit_m3
        missing -= load
        last = max(last, float(table.unload_end_hours[trip]))
        chosen.append((trip, float(vehicles), load))
    trips, vehicles_, loads = (
        (np.array(part) for part in zip(*chosen, strict=True))
        if chosen
        else (
            np.zeros(0),
            np.zeros(0),
            np.zeros(0),
        )
    )
    most = min(units, way.most())
    return Brought(units - missing, most, trips.astype(np.int64), vehicles_, loads, room, last)
