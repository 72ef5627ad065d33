"""What trips to hubs carry of use: no more than goes on from there."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.explain.hub_ground import HubGround
from allocator.explain.ways import Way
from models.dispatch_hours import whole_up

__all__ = ["ready_rooms", "used_loads"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def ready_rooms(way: Way, hubs: HubGround) -> Integers:
    """First period in which what vehicles of the plan bring can be loaded, shape (vehicle,).

    Parameters
    ----------
    way, hubs
        The ways, through hubs.
    """
    data = hubs.problem.data
    end = data.lane_hub[way.rooms.lane]
    hours = way.rooms.end_hours.copy()
    hours[end >= 0] += data.hub_transfer_hours[end[end >= 0]]
    return whole_up(hours / data.period_hours)


def used_loads(way: Way, load: Floats, room: Floats) -> tuple[Floats, Floats]:
    """Take off trips to hubs what is not loaded there again, the latest first.

    Parameters
    ----------
    way
        The ways, through hubs.
    load, room
        What further trips, and vehicles of the plan, carry; shapes (trip,), (vehicle,). [units]
    """
    hubs, through = way.ground.hubs, way.hubs
    if hubs is None or through is None:
        return load, room
    problem = hubs.problem
    goods, trips = np.concatenate([load, room]), len(load)
    source = np.concatenate([hubs.source(way.trip), hubs.hub_at[way.rooms.warehouse]])
    end = np.concatenate([hubs.end(way.trip), problem.data.lane_hub[way.rooms.lane]])
    start = np.concatenate([problem.table.start_period[way.trip], way.rooms.start])
    ready = np.concatenate([hubs.ready(way.trip), ready_rooms(way, hubs)])
    count, periods = through.held.shape
    for _ in range(count):
        for hub in range(count):
            held = through.held[hub].copy()
            into = np.flatnonzero((end == hub) & (goods > 0))
            for each in into:
                held[ready[each] :] += goods[each]
            for each in np.flatnonzero((source == hub) & (goods > 0)):
                held[start[each] :] -= goods[each]
            for each in into[np.argsort(-ready[into], kind="stable")]:
                spare = held[ready[each] :].min() if ready[each] < periods else goods[each]
                off = float(np.floor(np.clip(spare, 0.0, goods[each]) + 1e-6))
                goods[each] -= off
                held[ready[each] :] -= off
    return goods[:trips], goods[trips:]
