"""How many missing units could still come to one district, and with how little of what is short.

One item, one district; everything else stays as planned. Goods come in room that is left on
vehicles which drive there anyhow, or on further trips. What is relaxed has no limit.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_draft import Residual, startable
from allocator.explain.company import NOBODY, Lacking
from allocator.explain.grounds import Ground
from allocator.explain.present import PresentTrips
from allocator.explain.things import CONVOY, Thing

__all__ = ["Brought", "Rooms", "Way", "bring_greedily", "relaxed_limits", "some_of", "way_to"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_WHOLE = 1e-6


@dataclass(frozen=True)
class Rooms:
    """Room left on vehicles that drive to the district anyhow.

    Parameters
    ----------
    vehicle
        Positions among the plan's trips, shape (vehicle,).
    warehouse, hour
        Where they come from, and the receiving hour, shape (vehicle,).
    end_hours
        End of unloading, shape (vehicle,). [h]
    units
        Whole units of the item that still fit, shape (vehicle,). [units]
    """

    vehicle: Integers
    warehouse: Integers
    hour: Integers
    end_hours: Floats
    units: Floats


@dataclass(frozen=True)
class Way:
    """All ways by which one item may still come to one district.

    Parameters
    ----------
    ground, left
        Trips, and the limits with what is relaxed lifted.
    district, item
        Positions in the ground and in the case.
    trip, capacity
        Further trips by the hour at which they are unloaded, and units that a vehicle takes,
        shape (trip,).
    rooms
        Room on vehicles that drive anyhow.
    stock
        Units of the item that may still be sent there, shape (warehouse,). [units]
    late
        Hour and units of what has left and counts under a later deadline only. [h], [units]
    lacking
        Convoys that further trips would have to fill.
    """

    ground: Ground
    left: Residual
    district: int
    item: int
    trip: Integers
    capacity: Floats
    rooms: Rooms
    stock: Floats
    late: tuple[tuple[float, float], ...] = ()
    lacking: Lacking = NOBODY

    def comes_late(self, units: float) -> tuple[float, float]:
        """Units of those wanted that come without anything being sent, and when the last does."""
        taken = last = 0.0
        for hour, batch in self.late:
            if taken < units and batch > 0:
                taken, last = min(units, taken + batch), hour
        return taken, last

    @property
    def unit_m3(self) -> float:
        """Volume of a unit. [m3]."""
        return float(self.ground.problem.data.item_volume_m3[self.item])

    def most(self) -> float:
        """Units that could come if neither vehicles, docks nor receiving were short. [units]."""
        problem = self.ground.problem
        reached = np.zeros(len(self.stock), dtype=bool)
        reached[problem.warehouse[self.trip]] = True
        room = np.bincount(self.rooms.warehouse, self.rooms.units, len(self.stock))
        late = sum(batch for _, batch in self.late)
        return late + float(np.where(reached, self.stock, np.minimum(self.stock, room)).sum())


@dataclass(frozen=True)
class Brought:
    """What still comes.

    Parameters
    ----------
    units
        How much. [units]
    most
        No more could come. [units]
    trip, vehicles, load
        Further trips, how many drive each, and what they carry, shape (trip,).
    room
        What is put on each vehicle that drives anyhow, shape (vehicle,). [units]
    last_hours
        When the last of it is unloaded; 0 for nothing. [h]
    """

    units: float
    most: float
    trip: Integers
    vehicles: Floats
    load: Floats
    room: Floats
    last_hours: float


def relaxed_limits(left: Residual, relaxed: Collection[Thing]) -> Residual:
    """Lift the limits on the amounts that are relaxed."""
    changes: dict[str, Floats] = {}
    if "stock" in relaxed:
        changes["stock"] = np.full_like(left.stock, np.inf)
        changes["outside"] = changes["stock"]
    elif "home_reserve" in relaxed:
        changes["outside"] = left.stock
    for thing, name in (("vehicles", "vehicle"), ("docks", "dock"), ("receiving", "receive")):
        if thing in relaxed:
            changes[name] = np.full_like(getattr(left, name), np.inf)
    return replace(left, **changes)


def some_of(way: Way, keep: NDArray[np.bool_]) -> Way:
    """Some of the ways, with the convoys that they would have to fill."""
    trip, company = way.trip[keep], way.ground.company
    lacking = way.lacking
    if len(lacking.least) and company is not None:
        lacking = company.lacking(trip)
    return replace(way, trip=trip, capacity=way.capacity[keep], lacking=lacking)


def way_to(
    ground: Ground, present: PresentTrips, district: int, item: int, relaxed: Collection[Thing]
) -> Way:
    """Gather the ways to one district for one item.

    Parameters
    ----------
    ground
        With the relaxed ways.
    present
        Trips of the plan.
    district, item
        Positions in the case.
    relaxed
        Everything that is relaxed.
    """
    problem, data = ground.problem, ground.problem.data
    left = relaxed_limits(ground.left, relaxed)
    here = int(ground.district_place[district])
    stock = np.floor(left.stock[:, item] + _WHOLE).clip(min=0.0)
    lane = ground.lane_of[:, here]
    abroad = (lane >= 0) & data.leaves_province[lane]
    outside = np.floor(left.outside[:, item] + _WHOLE).clip(min=0.0)
    stock = np.where(abroad, np.minimum(stock, outside), stock)
    stock[lane < 0] = 0.0
    trip = ground.trips_by_district[here]
    fits = np.floor(
        np.minimum(
            data.payload_kg / data.item_weight_kg[item],
            data.vehicle_volume_m3 / data.item_volume_m3[item],
        )
        + _WHOLE
    )
    keep = problem.table.carries[trip, item] & (stock[problem.warehouse[trip]] >= 1)
    trip = trip[keep & (fits[problem.table.fleet[trip]] >= 1)]
    # One of the mixes in which a departure is offered is enough for one item.
    trip = trip[np.unique(problem.departure_key[trip], return_index=True)[1]]
    trip = trip[startable(problem, left, trip) > 0]
    capacity = fits[problem.table.fleet[trip]]
    order = np.lexsort((-capacity, problem.table.unload_end_hours[trip]))
    rooms = _rooms(ground, present, (district, here), item)
    trip, capacity = trip[order], capacity[order]
    late = ground.late.get((district, item), ())
    way = Way(ground, left, here, item, trip, capacity, rooms, stock, late)
    if ground.company is None or CONVOY in relaxed:
        return way
    return replace(way, lacking=ground.company.lacking(trip))


def _rooms(ground: Ground, present: PresentTrips, district: tuple[int, int], item: int) -> Rooms:
    """Room on the plan's vehicles to a district."""
    data = ground.problem.data
    vehicle = np.flatnonzero(present.district == district[0])
    home = ground.warehouse_place[present.warehouse[vehicle]]
    vehicle, home = vehicle[home >= 0], home[home >= 0]
    lane = ground.lane_of[home, district[1]]
    vehicle, home, lane = vehicle[lane >= 0], home[lane >= 0], lane[lane >= 0]
    fleet, load = present.fleet[vehicle], present.load_units[vehicle]
    units = np.minimum(
        (data.payload_kg[fleet] - load @ data.item_weight_kg) / data.item_weight_kg[item],
        (data.vehicle_volume_m3[fleet] - load @ data.item_volume_m3) / data.item_volume_m3[item],
    )
    units = np.floor(units + _WHOLE)
    is_signed = data.release_hours[lane, item] <= present.start_hours[vehicle] + 1e-7
    keep = (units >= 1) & is_signed
    if data.segregated is not None:
        keep &= ~(load > 0)[:, data.segregated[item]].any(axis=1)
    vehicle, home, units = vehicle[keep], home[keep], units[keep]
    end = present.unload_end_hours[vehicle]
    hour = np.ceil(end - 1e-7).astype(np.int64) - 1
    order = np.argsort(end, kind="stable")
    return Rooms(vehicle[order], home[order], hour[order], end[order], units[order])


def bring_greedily(way: Way, units: float) -> Brought:
    """Bring what is missing by whatever is unloaded first, without new convoys.

    Parameters
    ----------
    way
        The ways.
    units
        Most that is wanted, whole. [units]
    """
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
