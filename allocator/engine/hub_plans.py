"""Plans of a dispatch with hubs, trip by trip: legs, what goes on from hubs, and what was too much.

Every step keeps all rules, so that what it leaves is a plan.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_legs import goods_hours, without_legs
from allocator.engine.dispatch_problem import DispatchProblem
from allocator.engine.hub_company import (
    Batch,
    batches,
    find_company,
    in_company,
    without_groups,
)
from allocator.engine.hub_room import Room
from models.dispatch_data import DispatchData
from models.dispatch_values import DispatchResult
from models.trip_table import ready_period

__all__ = ["add_legs", "forward", "left_for_trips", "same_trips", "trimmed"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_CLOSEST = 8
"""Departures that are there at once of which the loads are compared."""


def same_trips(
    problem: DispatchProblem, other: DispatchProblem, result: DispatchResult
) -> DispatchResult:
    """Return a plan of another problem with the trips of this one.

    Parameters
    ----------
    problem
        Has all of the departures; its first lanes are those of the other one.
    other, result
        The other problem and its plan.

    Raises
    ------
    RuntimeError
        If it has not all of the departures.
    """
    table, trip = other.table, result.trip
    on_board = result.load_units > 0
    own = problem.departures(
        table.lane[trip], table.fleet[trip], table.start_period[trip], on_board
    )
    if (own < 0).any():
        raise RuntimeError("a part of a dispatch with hubs has departures that the whole has not")
    return DispatchResult(own, result.load_units)


def _downstream_first(problem: DispatchProblem) -> list[int]:
    """Hubs, each after those to which it has legs, circles apart."""
    data = problem.data
    hub_at = {int(w): h for h, w in enumerate(data.hub_warehouse.tolist())}
    beyond: dict[int, set[int]] = {h: set() for h in range(data.hub_count)}
    for lane in np.flatnonzero(data.lane_hub >= 0).tolist():
        start = hub_at.get(int(data.lane_warehouse[lane]))
        if start is not None:
            beyond[start].add(int(data.lane_hub[lane]))
    found: list[int] = []
    while beyond:
        free = [h for h, after in beyond.items() if not after - set(found)] or [min(beyond)]
        found += free
        for h in free:
            del beyond[h]
    return found


def add_legs(room: Room, trips: Integers, loads: Floats, liked: Flags | None = None) -> Batch:
    """Plan the legs that trips from hubs ask for, the earliest first, in what a room leaves.

    Legs from warehouses are taken by the room. Those from hubs, whose goods have to come first, are
    returned: trip and load of each.

    Parameters
    ----------
    room
        What is still there.
    trips, loads
        Trips from hubs and what they want to load, shapes (chosen trip,), (chosen trip, item).
    liked
        Trips that are tried before others, shape (trip,); None for no such.
    """
    problem = room.problem
    items = problem.data.item_count
    wanted: dict[int, list[tuple[int, Floats]]] = {h: [] for h in range(problem.data.hub_count)}
    for trip, load in zip(trips.tolist(), loads, strict=True):
        start = int(problem.table.start_period[trip])
        wanted[int(room.source[trip])].append((start, load))
    later: Batch = []
    for hub in _downstream_first(problem):
        asked = sorted(wanted[hub], key=lambda each: each[0])
        missing = np.zeros(items)
        first = np.full(items, np.inf)
        for start, load in asked:
            missing += load
            first[(load > 0) & np.isinf(first)] = start
        order = np.argsort(first, kind="stable")
        legs = np.flatnonzero(room.hub == hub)
        missing = np.ceil(missing - 1e-6)
        found: Batch = []
        for chosen in [legs] if liked is None else [legs[liked[legs]], legs]:
            missing, more = _legs_to(room, chosen, missing, order)
            found += more
        for trip, load in found:
            start = int(problem.table.start_period[trip])
            wanted[int(room.source[trip])].append((start, load.astype(float)))
            later.append((trip, load))
    return later


def _legs_to(room: Room, trips: Integers, missing: Floats, order: Integers) -> tuple[Floats, Batch]:
    """Of some legs to a hub those that bring what is missing, the first that are ready.

    Returns
    -------
    tuple
        What is missing then, and legs from hubs, which are not in the room.
    """
    found = []
    trips = trips[room.can_leave(trips)]
    while missing.max(initial=0.0) >= 1 and len(trips):
        trips = trips[room.is_free(trips)]
        if len(trips) == 0:
            break
        ready = room.ready[trips]
        near = trips[ready == ready.min()][:_CLOSEST]
        has_company = room.can_leave(near)
        if not has_company.all():
            trips = trips[~np.isin(trips, near[~has_company])]
            continue
        loads = [_leg_load(room, int(trip), missing, order) for trip in near]
        best = int(np.argmax([float(load @ room.problem.data.item_weight_kg) for load in loads]))
        if not loads[best].any():
            trips = trips[~np.isin(trips, near)]
            continue
        trip, load = int(near[best]), loads[best]
        if room.source[trip] >= 0:
            # A vehicle is set aside for the hour; the goods are seen to when they have come.
            trips = trips[trips != trip]
            missing = missing - load
            found.append((trip, load))
            continue
        mark = room.mark()
        room.take(trip, load)
        if find_company(room, mark, missing, order):
            missing = missing - room.booked_since(mark)
        else:
            trips = without_groups(room, trips, trip)
    return missing, found


def _leg_load(room: Room, trip: int, missing: Floats, order: Integers) -> Integers:
    """Load of a leg; one from a hub may ask for what has not come yet."""
    if room.source[trip] < 0:
        return room.load(trip, missing, order)
    data, fleet = room.problem.data, int(room.problem.table.fleet[trip])
    kg, m3 = float(data.payload_kg[fleet]), float(data.vehicle_volume_m3[fleet])
    found = np.zeros(data.item_count, dtype=np.int64)
    for item in order.tolist():
        if room.problem.table.carries[trip, item]:
            of_kg, of_m3 = float(data.item_weight_kg[item]), float(data.item_volume_m3[item])
            found[item] = int(max(0.0, min(missing[item], kg // of_kg, m3 // of_m3)))
            kg, m3 = kg - found[item] * of_kg, m3 - found[item] * of_m3
    return found


def forward(room: Room, planned: Batch, fill_until: float) -> None:
    """Send on from hubs what trips want to load, later where it is not there yet, and what is left.

    Parameters
    ----------
    room
        With the legs from warehouses.
    planned
        Trips from hubs, also to other hubs, with what they want to load.
    fill_until
        Reading of ``time.monotonic`` until which what is still missing anywhere is sent, too; minus
        infinity for not at all. [s]
    """
    for batch in batches(room.problem, planned):
        _send(room, batch)
    _fill(room, fill_until)


def _send(room: Room, batch: Batch) -> None:
    """Send loads together by the first vehicles of their kinds that find them whole.

    If none do, by those that find most.
    """
    problem, table = room.problem, room.problem.table
    trip = batch[0][0]
    last = int(np.searchsorted(table.lane, table.lane[trip], side="right"))
    same = np.arange(trip, last)
    same = same[table.fleet[same] == table.fleet[trip]]
    starts = np.unique(table.start_period[same[room.is_free(same)]])
    wanted = np.minimum(sum(load for _, load in batch), room.need[problem.district[trip]])
    whole, best, best_by = float(wanted @ problem.data.item_weight_kg), 0.0, None
    for by in (starts - table.start_period[trip]).tolist():
        mark = room.mark()
        mass = _sent_later(room, batch, by)
        if mass >= whole - 1e-6:
            return
        if mass > best:
            best, best_by = mass, by
        room.back_to(mark)
    if best_by is not None:
        _sent_later(room, batch, best_by)


def _sent_later(room: Room, batch: Batch, by: int) -> float:
    """Send what there is of some loads so many periods later, all in company; return its mass."""
    problem, table = room.problem, room.problem.table
    trips, loads = np.array([trip for trip, _ in batch]), np.array([load for _, load in batch])
    start = table.start_period[trips] + by
    later = problem.departures(table.lane[trips], table.fleet[trips], start, loads > 0)
    order = np.argsort(-problem.data.item_weight_kg, kind="stable")
    mark, need = room.mark(), room.need[problem.district[trips[0]]]
    missing = need.copy()
    for trip, load in zip(later.tolist(), loads, strict=True):
        if trip >= 0 and room.is_free(np.array([trip]))[0]:
            found = room.load(trip, np.minimum(load, need), order)
            if found.any():
                room.take(trip, found)
    mass = float(room.booked_since(mark) @ problem.data.item_weight_kg)
    return mass if find_company(room, mark, missing, order) else 0.0


def _fill(room: Room, until: float) -> None:
    """Send what hubs and warehouses still hold where it is needed, first come first served."""
    problem = room.problem
    data, table = problem.data, problem.table
    trips = np.flatnonzero(room.hub < 0)
    trips = trips[np.argsort(table.unload_end_hours[trips], kind="stable")]
    weight = np.zeros((data.district_count, data.item_count))
    np.maximum.at(weight, (data.need_district, data.need_item), data.need_weight)
    worth = weight / np.maximum(
        data.item_weight_kg / data.payload_kg.max(),
        data.item_volume_m3 / data.vehicle_volume_m3.max(),
    )
    trips = trips[room.can_leave(trips)]
    while len(trips) and time.monotonic() < until:
        use = (
            (room.left_at_end(trips) >= 1)
            & (room.need[problem.district[trips]] >= 1)
            & table.carries[trips]
        )
        trips = trips[use.any(axis=1) & room.is_free(trips)]
        if len(trips) == 0:
            return
        trip = int(trips[0])
        if not room.can_leave(trips[:1])[0]:
            trips = without_groups(room, trips, trip)
            continue
        district = int(problem.district[trip])
        order = np.argsort(-worth[district], kind="stable")
        missing, mark = room.need[district].copy(), room.mark()
        load = room.load(trip, missing, order)
        if not load.any():
            trips = trips[1:]
            continue
        room.take(trip, load)
        if not find_company(room, mark, missing, order):
            trips = without_groups(room, trips, trip)


def trimmed(problem: DispatchProblem, result: DispatchResult) -> DispatchResult:
    """Take off legs what never leaves the hub, the latest first, and empty trips."""
    data, table = problem.data, problem.table
    load, trip = result.load_units.copy(), result.trip
    hub = data.lane_hub[table.lane[trip]]
    legs = np.flatnonzero(hub >= 0)
    ready = np.zeros(len(trip), dtype=np.int64)
    ready[legs] = ready_period(data, table, trip[legs])
    for h in _downstream_first(problem):
        into = np.flatnonzero(hub == h)
        out = np.flatnonzero(problem.warehouse[trip] == data.hub_warehouse[h])
        # What is held after each period: a leg gives up what is never wanted from then on.
        held = data.hub_goods[h].copy()
        for each in into.tolist():
            held[:, ready[each] :] += load[each][:, None]
        for each in out.tolist():
            held[:, table.start_period[trip[each]] :] -= load[each][:, None]
        for each in into[np.argsort(-ready[into], kind="stable")].tolist():
            if ready[each] < held.shape[1]:
                off = np.minimum(load[each], held[:, ready[each] :].min(axis=1))
            else:
                off = load[each].copy()
            load[each] -= off
            held[:, ready[each] :] -= off[:, None]
        load[into] = in_company(problem, trip[into], load[into], result.load_units[into])
    drives = load.any(axis=1)
    return DispatchResult(trip[drives], load[drives])


def left_for_trips(problem: DispatchProblem, legs: DispatchResult) -> DispatchData:
    """Return the dispatch of trips to districts that is left beside legs.

    Hubs hold what is there and what legs have brought in all, from the hour at which the first of
    it is ready.

    Parameters
    ----------
    problem
        The dispatch with hubs.
    legs
        Trips to hubs.
    """
    data, table = problem.data, problem.table
    base = without_legs(data)
    trip, load = legs.trip, legs.load_units
    hub = data.lane_hub[table.lane[trip]]
    stock, outside = data.stock_units.copy(), data.outside_units.copy()
    stock[data.hub_warehouse] = data.hub_goods[:, :, -1]
    np.add.at(stock, data.hub_warehouse[hub], load)
    np.subtract.at(stock, problem.warehouse[trip], load)
    leaves = problem.leaves[trip]
    np.subtract.at(outside, problem.warehouse[trip[leaves]], load[leaves])
    stock = np.maximum(stock, 0)
    outside[data.hub_warehouse] = stock[data.hub_warehouse]
    docks = problem.dock_limit.copy()
    np.subtract.at(docks, (problem.warehouse[trip], table.start_period[trip]), 1.0)
    vehicles = problem.pool_limit - problem.under_way(trip, np.ones(len(trip)))
    # Vehicles that are there must not fall with the hours: one on a leg counts as away before it.
    vehicles = np.minimum.accumulate(vehicles[:, ::-1], axis=1)[:, ::-1]
    first = np.full((data.warehouse_count, data.item_count), np.inf)
    at, item = np.nonzero(load)
    hours = table.unload_end_hours[trip[at]] + data.hub_transfer_hours[hub[at]]
    np.minimum.at(first, (data.hub_warehouse[hub[at]], item), hours)
    first[data.hub_warehouse] = np.minimum(first[data.hub_warehouse], goods_hours(data))
    release = base.release_hours.copy()
    from_hub = np.isin(base.lane_warehouse, data.hub_warehouse)
    release[from_hub] = first[base.lane_warehouse[from_hub]]
    return replace(
        base,
        stock_units=stock,
        outside_units=np.minimum(outside, stock),
        docks=docks,
        vehicles_count=np.maximum(vehicles, 0.0).reshape(
            data.warehouse_count, data.fleet_count, problem.period_count
        ),
        release_hours=release,
    )
