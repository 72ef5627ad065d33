"""All ways by which missing units of one item could still come to one district.

One item, one district; everything else stays as planned. Goods come in room that is left on
vehicles which drive there anyhow, or on further trips. What is relaxed has no limit. Where goods
may go through hubs, vehicles and trips to hubs are among those.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_draft import Residual, startable
from allocator.explain.company import NOBODY, Lacking
from allocator.explain.grounds import Ground
from allocator.explain.hub_trips import trips_through_hubs
from allocator.explain.present import PresentTrips
from allocator.explain.things import CONVOY, THROUGH_HUB, Thing

__all__ = [
    "Brought",
    "Rooms",
    "ThroughHubs",
    "Way",
    "relaxed_limits",
    "some_of",
    "way_to",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_WHOLE = 1e-6


def _none() -> Integers:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Rooms:
    """Room left on vehicles that drive to the district, or to a hub, anyhow.

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
    lane, start
        Lane, and period in which loading starts, shape (vehicle,).
    """

    vehicle: Integers
    warehouse: Integers
    hour: Integers
    end_hours: Floats
    units: Floats
    lane: Integers = field(default_factory=_none)
    start: Integers = field(default_factory=_none)

    def only(self, keep: NDArray[np.bool_] | Integers) -> Rooms:
        """Room on some of the vehicles, or in another order."""
        return Rooms(
            self.vehicle[keep],
            self.warehouse[keep],
            self.hour[keep],
            self.end_hours[keep],
            self.units[keep],
            self.lane[keep],
            self.start[keep],
        )


@dataclass(frozen=True)
class ThroughHubs:
    """What is asked of goods that may go through hubs.

    Parameters
    ----------
    held
        Units of the item that the plan leaves at each hub after each period, shape (hub, period).
        [units]
    outside
        What of the stock may leave the province, shape (warehouse,). [units]
    leaves
        Whether each trip of the problem leaves the province of its goods, shape (problem trip,).
    """

    held: Floats
    outside: Floats
    leaves: NDArray[np.bool_]


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
    hubs
        Where trips through hubs are among them; ``stock`` is then all that may be sent, and nothing
        at hubs.
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
    hubs: ThroughHubs | None = None

    @property
    def is_last(self) -> NDArray[np.bool_]:
        """Whether each further trip leads to the district, not to a hub, shape (trip,)."""
        return np.asarray(self.ground.problem.district[self.trip] == self.district)

    @property
    def is_last_room(self) -> NDArray[np.bool_]:
        """Whether each vehicle with room drives to the district, shape (vehicle,)."""
        if self.hubs is None:
            return np.ones(len(self.rooms.units), dtype=bool)
        lanes = self.ground.problem.data.lane_district[self.rooms.lane]
        return np.asarray(lanes == self.district)

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
        if self.hubs is not None:
            late += float(self.hubs.held[:, -1].clip(min=0.0).sum())
        return late + float(np.where(reached, self.stock, np.minimum(self.stock, room)).sum())

    def is_like(self, other: Way) -> bool:
        """Whether there are the same ways, with the same limits, as in another ground."""
        if len(self.trip) != len(other.trip) or len(self.rooms.units) != len(other.rooms.units):
            return False
        pairs = zip(self._arrays(), other._arrays(), strict=True)
        return all(np.array_equal(one, two) for one, two in pairs)

    def _arrays(self) -> list[NDArray[Any]]:
        """All that what comes depends on."""
        problem, left, rooms = self.ground.problem, self.left, self.rooms
        table, inputs, hubs = problem.table, self.ground.inputs, self.hubs
        through = [] if hubs is None else [hubs.held, hubs.outside, hubs.leaves[self.trip]]
        return [
            inputs.warehouse,
            inputs.district,
            problem.warehouse[self.trip],
            problem.district[self.trip],
            table.fleet[self.trip],
            table.start_period[self.trip],
            problem.until[self.trip],
            table.unload_end_hours[self.trip],
            *(self.capacity, self.stock, rooms.vehicle, rooms.units, rooms.hour, rooms.lane),
            *(left.dock, left.vehicle, left.receive),
            *(self.lacking.entry, self.lacking.group, self.lacking.least),
            np.array(self.late),
            *through,
        ]

    def direct(self) -> Way:
        """The same ways without those through hubs; vehicles with room keep their places."""
        if self.hubs is None or self.ground.hubs is None:
            return self
        problem, hubs, rooms = self.ground.problem, self.ground.hubs, self.rooms
        keep = self.is_last & (hubs.source(self.trip) < 0)
        is_direct = self.is_last_room & (hubs.hub_at[rooms.warehouse] < 0)
        lane = self.ground.lane_of[:, self.district]
        abroad = (lane >= 0) & problem.data.leaves_province[lane]
        return replace(
            self,
            trip=self.trip[keep],
            capacity=self.capacity[keep],
            rooms=replace(rooms, units=np.where(is_direct, rooms.units, 0.0)),
            stock=np.where(abroad, np.minimum(self.stock, self.hubs.outside), self.stock),
            hubs=None,
        )


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


def relaxed_limits(ground: Ground, relaxed: Collection[Thing]) -> Residual:
    """Lift the limits on the amounts that are relaxed.

    Parameters
    ----------
    ground
        With what the plan leaves.
    relaxed
        Everything that is relaxed.
    """
    left, hubs = ground.left, ground.hubs
    changes: dict[str, Floats] = {}
    if "stock" in relaxed:
        changes["stock"] = np.full_like(left.stock, np.inf)
        changes["outside"] = changes["stock"]
    elif "home_reserve" in relaxed:
        changes["outside"] = left.stock
    for thing, name, theirs in (
        ("vehicles", "vehicle", None if hubs is None else hubs.pools),
        ("docks", "dock", None if hubs is None else hubs.docks),
        ("receiving", "receive", None if hubs is None else hubs.takes_in),
    ):
        limit = getattr(left, name)
        free = np.zeros(len(limit), dtype=bool)
        if thing in relaxed:
            free |= True if theirs is None else ~theirs
        if THROUGH_HUB in relaxed and theirs is not None:
            free |= theirs
        if free.any():
            changes[name] = np.where(free[:, None], np.inf, limit)
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
    left = relaxed_limits(ground, relaxed)
    here = int(ground.district_place[district])
    fits = np.floor(
        np.minimum(
            data.payload_kg / data.item_weight_kg[item],
            data.vehicle_volume_m3 / data.item_volume_m3[item],
        )
        + _WHOLE
    )
    stock = np.floor(left.stock[:, item] + _WHOLE).clip(min=0.0)
    outside = np.floor(left.outside[:, item] + _WHOLE).clip(min=0.0)
    through = None
    if ground.hubs is None:
        lane = ground.lane_of[:, here]
        abroad = (lane >= 0) & data.leaves_province[lane]
        stock = np.where(abroad, np.minimum(stock, outside), stock)
        stock[lane < 0] = 0.0
        trip = ground.trips_by_district[here]
        trip = trip[problem.table.carries[trip, item] & (stock[problem.warehouse[trip]] >= 1)]
    else:
        trip, leaves = trips_through_hubs(ground, (district, here), item)
        stock[data.hub_warehouse] = 0.0
        is_there = (stock[problem.warehouse[trip]] >= 1) | (ground.hubs.source(trip) >= 0)
        trip = trip[is_there]
        through = ThroughHubs(ground.hubs.held[:, item], np.minimum(outside, stock), leaves)
    trip = trip[fits[problem.table.fleet[trip]] >= 1]
    # One of the mixes in which a departure is offered is enough for one item.
    trip = trip[np.unique(problem.departure_key[trip], return_index=True)[1]]
    trip = trip[startable(problem, left, trip) > 0]
    capacity = fits[problem.table.fleet[trip]]
    order = np.lexsort((-capacity, problem.table.unload_end_hours[trip]))
    rooms = _rooms(ground, present, (district, here), item)
    trip, capacity = trip[order], capacity[order]
    late = ground.late.get((district, item), ())
    way = Way(ground, left, here, item, trip, capacity, rooms, stock, late, hubs=through)
    if ground.company is None or CONVOY in relaxed:
        return way
    return replace(way, lacking=ground.company.lacking(trip))


def _rooms(ground: Ground, present: PresentTrips, district: tuple[int, int], item: int) -> Rooms:
    """Room on the plan's vehicles to a district, and to hubs that serve it."""
    data = ground.problem.data
    to = np.where(present.district == district[0], district[1], -1)
    if ground.hubs is not None:
        to = np.maximum(to, ground.hubs.ends(present, district[0]))
    vehicle = np.flatnonzero(to >= 0)
    home = ground.warehouse_place[present.warehouse[vehicle]]
    vehicle, home = vehicle[home >= 0], home[home >= 0]
    lane = ground.lane_of[home, to[vehicle]]
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
    end = present.unload_end_hours[vehicle]
    hour = np.ceil(end - 1e-7).astype(np.int64) - 1
    start = np.rint(present.start_hours[vehicle] / data.period_hours).astype(np.int64)
    rooms = Rooms(vehicle, home, hour, end, units, lane, start).only(keep)
    return rooms.only(np.argsort(rooms.end_hours, kind="stable"))
