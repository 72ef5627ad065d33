"""The small exact program behind what can still come, and behind the least of a thing it takes.

Columns are vehicles and loads of further trips, loads put on vehicles that drive anyhow, and, where
a thing is bought as needed, how much of it. All of them are whole.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from allocator.explain.amounts import worth_of
from allocator.explain.hub_ground import HubGround
from allocator.explain.hub_loads import ready_rooms, used_loads
from allocator.explain.hub_places import HubPart, hub_place, parted_place
from allocator.explain.things import THROUGH_HUB, Thing
from allocator.explain.ways import Brought, ThroughHubs, Way
from allocator.solver import LinearProgram, SolveOptions, solve_program

__all__ = ["LATE", "WayProgram"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

LATE = 1e-4
"""Price of the last hour against one unit: of equal plans, the one that comes earlier."""

_DRIVES = 1e-5
"""Price of a vehicle against one unit where goods go through hubs: nothing drives for nothing."""

_GAP, _HUB_GAP = 1e-4, 1e-6
"""Gap of the program; where goods go through hubs nothing but it says who comes first."""


@dataclass
class WayRows:
    """Rows of a program as they are collected."""

    count: int = 0
    row: list[Integers] = field(default_factory=list)
    column: list[Integers] = field(default_factory=list)
    value: list[Floats] = field(default_factory=list)
    upper: list[Floats] = field(default_factory=list)

    def limit(self, key: Integers, column: Integers, value: Floats, limit: Floats) -> Integers:
        """Add a row for each distinct key whose limit is finite; return the keys."""
        finite = np.isfinite(limit[key])
        keys, row = np.unique(key[finite], return_inverse=True)
        self.row.append(self.count + row.reshape(-1))
        self.column.append(column[finite])
        self.value.append(np.asarray(value, dtype=float)[finite])
        self.upper.append(np.maximum(limit[keys], 0.0))
        self.count += len(keys)
        return keys

    def entries(self, row: Integers, column: Integers, value: float) -> None:
        """Add coefficients to rows that there are."""
        self.row.append(row)
        self.column.append(column)
        self.value.append(np.full(len(row), value))


class WayProgram:
    """Columns: vehicles, loads, rooms, bought amounts by thing and place.

    Parameters
    ----------
    way, units
        The ways, and what is missing. [units]
    bought
        What is bought as needed; none for the most that comes.
    reserve
        What may be bought of home reserves, shape (warehouse,); None for nothing. [units]
    """

    def __init__(
        self, way: Way, units: float, bought: Collection[Thing], reserve: Floats | None = None
    ) -> None:
        self.way, self._things = way, frozenset(bought)
        self.late, self.late_hours = way.comes_late(units)
        self.reserve = np.zeros(len(way.stock)) if reserve is None else reserve
        self.trips, self.rooms = len(way.trip), len(way.rooms.units)
        self.first = 2 * self.trips + self.rooms
        self.rows = WayRows()
        self.bought: list[tuple[Thing, int]] = []
        vehicles = np.arange(self.trips)
        loads, rooms = self.trips + vehicles, 2 * self.trips + np.arange(self.rooms)
        self._goods = np.concatenate([loads, rooms])
        self._is_last = np.concatenate([way.is_last, way.is_last_room])
        self.rows.limit(
            np.concatenate([vehicles, vehicles]),
            np.concatenate([loads, vehicles]),
            np.concatenate([np.ones(self.trips), -way.capacity]),
            np.zeros(self.trips),
        )
        hubs = way.ground.hubs
        if way.hubs is None or hubs is None:
            self._limit_stock()
        else:
            self._limit_stock_and_hubs(way.hubs, hubs)
        self._limit_vehicles(hubs)
        self._limit_receiving(hubs)
        self._fill_convoys(units)
        last = self._goods[self._is_last]
        every = np.zeros(len(last), dtype=np.int64)
        self.rows.limit(every, last, np.ones(len(last)), np.array([units - self.late]))
        self.total = self.rows.count - 1

    def _homes(self) -> Integers:
        """Warehouse from which each load comes, shape (load,)."""
        way = self.way
        return np.concatenate([way.ground.problem.warehouse[way.trip], way.rooms.warehouse])

    def _limit_stock(self) -> None:
        """No more goods than each warehouse may send."""
        at = self.rows.count
        keys = self.rows.limit(
            self._homes(), self._goods, np.ones(len(self._goods)), self.way.stock
        )
        for thing in ("stock", "home_reserve"):
            if thing in self._things:
                self._buy(thing, at + np.arange(len(keys)), keys)

    def _limit_stock_and_hubs(self, through: ThroughHubs, hubs: HubGround) -> None:
        """No more than there is, than may leave the province, and than has come to hubs."""
        way, home = self.way, self._homes()
        own = np.flatnonzero(hubs.hub_at[home] < 0)
        leaves = np.concatenate(
            [through.leaves[way.trip], hubs.problem.data.leaves_province[way.rooms.lane]]
        )
        gone = own[leaves[own]]
        stock: list[tuple[Integers, Integers]] = []
        for chosen, limit in ((own, way.stock), (gone, through.outside)):
            at = self.rows.count
            keys = self.rows.limit(home[chosen], self._goods[chosen], np.ones(len(chosen)), limit)
            stock.append((at + np.arange(len(keys)), keys))
        if "stock" in self._things:
            rows, keys = (np.concatenate(part) for part in zip(*stock, strict=True))
            self._buy("stock", rows, keys)
        if "home_reserve" in self._things:
            self._buy("home_reserve", *stock[1])
        self._balance_hubs(through, hubs, home)

    def _balance_hubs(self, through: ThroughHubs, hubs: HubGround, home: Integers) -> None:
        """What leaves a hub up to any hour has come to it, or is left there by the plan."""
        way, (count, periods) = self.way, through.held.shape
        table, data = hubs.problem.table, hubs.problem.data
        out = hubs.hub_at[home]
        start = np.concatenate([table.start_period[way.trip], way.rooms.start])
        into = np.concatenate([hubs.end(way.trip), data.lane_hub[way.rooms.lane]])
        ready = np.concatenate([hubs.ready(way.trip), ready_rooms(way, hubs)])
        for hub in range(count):
            gone, come = np.flatnonzero(out == hub), np.flatnonzero(into == hub)
            drops = 1 + np.flatnonzero(np.diff(through.held[hub]) < 0)
            # Only where something leaves can more have left than has come.
            hours = np.unique(np.concatenate([start[gone], drops]))
            hours = hours[(hours < periods) & (hours >= start[gone].min(initial=periods))]
            rows = []
            for sign, chosen, since in ((1.0, gone, start), (-1.0, come, ready)):
                row, entry = np.nonzero(since[chosen][None, :] <= hours[:, None])
                rows.append((row, self._goods[chosen[entry]], np.full(len(row), sign)))
            key, column, value = (np.concatenate(part) for part in zip(*rows, strict=True))
            self.rows.limit(key, column, value, np.floor(through.held[hub, hours] + 1e-6))

    def _limit_vehicles(self, hubs: HubGround | None) -> None:
        """No more load starts and vehicles than there are."""
        way, problem = self.way, self.way.ground.problem
        trips, vehicles = way.trip, np.arange(self.trips)
        start, periods = problem.table.start_period[trips], problem.period_count
        at, dock = self.rows.count, problem.warehouse[trips] * periods + start
        keys = self.rows.limit(dock, vehicles, np.ones(self.trips), way.left.dock.ravel())
        theirs = None if hubs is None else hubs.docks
        self._offer("docks", at, keys // periods, theirs)
        position, period = problem.spread(trips)
        at, pool = self.rows.count, problem.pool[trips[position]] * periods + period
        keys = self.rows.limit(pool, position, np.ones(len(position)), way.left.vehicle.ravel())
        theirs = None if hubs is None else hubs.pools
        self._offer("vehicles", at, keys // periods, theirs)

    def _limit_receiving(self, hubs: HubGround | None) -> None:
        """No more goods than the district, and hubs, take in."""
        way, problem = self.way, self.way.ground.problem
        hours = problem.receive_count
        hour = np.concatenate([problem.table.receive_hour[way.trip], way.rooms.hour])
        there = np.full(len(hour), way.district)
        if hubs is not None:
            ends = problem.data.lane_district[way.rooms.lane]
            there = np.concatenate([problem.district[way.trip], ends])
        at = self.rows.count
        value = np.full(len(self._goods), way.unit_m3)
        keys = self.rows.limit(there * hours + hour, self._goods, value, way.left.receive.ravel())
        theirs = None if hubs is None else hubs.takes_in
        self._offer("receiving", at, keys // hours, theirs)

    def _offer(self, part: HubPart, first: int, place: Integers, theirs: Flags | None) -> None:
        """Let what is short be bought: of hubs it is another thing than elsewhere."""
        rows = first + np.arange(len(place))
        is_theirs = np.zeros(len(place), dtype=bool) if theirs is None else theirs[place]
        if part in self._things:
            self._buy(part, rows[~is_theirs], place[~is_theirs])
        if THROUGH_HUB in self._things:
            self._buy(THROUGH_HUB, rows[is_theirs], place[is_theirs] + hub_place(part, 0))

    def _fill_convoys(self, units: float) -> None:
        """One column for each convoy that trips would have to fill: whether it sets off."""
        lacking, capacity = self.way.lacking, np.maximum(self.way.capacity, 1.0)
        self.convoys = len(lacking.least)
        if self.convoys == 0:
            return
        entry, sets_off = lacking.entry, self.first + len(self.bought) + lacking.group
        every, each = np.arange(len(entry)), np.arange(self.convoys)
        # No more vehicles are of use than bring all the units, or are needed for the convoy.
        most = np.maximum(np.ceil(units / capacity[entry]), lacking.least[lacking.group])
        zero = np.zeros(max(len(entry), self.convoys))
        self.rows.limit(
            np.append(every, every),
            np.append(entry, sets_off),
            np.append(np.ones(len(entry)), -most),
            zero,
        )
        self.rows.limit(
            np.append(lacking.group, each),
            np.append(entry, self.first + len(self.bought) + each),
            np.append(-np.ones(len(entry)), lacking.least),
            zero,
        )
        # An empty vehicle is no company.
        self.rows.limit(
            np.append(entry, entry),
            np.append(entry, self.trips + entry),
            np.append(np.ones(len(entry)), -np.ones(len(entry))),
            np.zeros(self.trips),
        )

    def _buy(self, thing: Thing, rows: Integers, place: Integers) -> None:
        """One column for each place; it counts in every row of that place."""
        places, at = np.unique(place, return_inverse=True)
        columns = self.first + len(self.bought) + at.reshape(-1)
        self.rows.entries(rows, columns, -1.0)
        self.bought += [(thing, int(k)) for k in places]

    def _most(self, thing: Thing, place: int) -> float:
        """Most of a thing that can be bought at a place: of a reserve, what is reserved there."""
        return float(self.reserve[place]) if thing == "home_reserve" else np.inf

    def solve(
        self, units: float, seconds: float, start: Brought | None = None
    ) -> tuple[Floats | None, float | None]:
        """Values of the columns, and the bound: of units, or of the amount for given units."""
        way, problem = self.way, self.way.ground.problem
        end = self.first + len(self.bought)
        count = end + self.convoys
        ends = np.concatenate(
            [problem.table.unload_end_hours[way.trip], way.rooms.end_hours]
        ) / max(problem.data.deadline_hours, 1e-9)
        cost = np.zeros(count)
        if self._things:
            price = worth_of(self._things, way, units)
            cost[self.first : end] = [price(thing, place) for thing, place in self.bought]
            cost[: self.trips] = LATE
            if THROUGH_HUB in self._things and way.ground.hubs is not None:
                cost[: self.trips] += way.ground.hubs.is_opened[way.trip]
        else:
            cost[self._goods] = np.where(self._is_last, -1.0 + LATE * ends, 0.0)
            cost[: self.trips] = 0.0 if way.hubs is None else _DRIVES
        matrix: Any = sparse.csc_array(
            (
                np.concatenate(self.rows.value),
                (np.concatenate(self.rows.row), np.concatenate(self.rows.column)),
            ),
            shape=(self.rows.count, count),
        )
        lower = np.full(self.rows.count, -np.inf)
        if self._things:
            lower[self.total] = units - self.late
        vehicles = np.full(self.trips, np.inf)
        upper = np.concatenate(
            [
                vehicles,
                np.full(self.trips, np.inf),
                way.rooms.units,
                np.array([self._most(thing, place) for thing, place in self.bought]),
                np.ones(self.convoys),
            ]
        )
        whole = np.ones(count, dtype=bool)
        receiving = [k for k, each in enumerate(self.bought) if _is_fraction(*each)]
        whole[self.first + np.array(receiving, dtype=np.int64)] = False
        program = LinearProgram(
            cost=cost,
            offset=0.0,
            column_lower=np.zeros(count),
            column_upper=upper,
            integer=whole,
            matrix=matrix,
            row_lower=lower,
            row_upper=np.concatenate(self.rows.upper),
        )
        values = None if start is None or self._things else self._start(start)
        gap = _GAP if way.hubs is None else _HUB_GAP
        options = SolveOptions(gap=gap, time_limit_seconds=seconds)
        result = solve_program(program, options, start=values)
        return result.values, result.bound

    def _start(self, brought: Brought) -> Floats:
        """Column values of what greedily comes."""
        order = np.argsort(self.way.trip, kind="stable")
        place = order[np.searchsorted(self.way.trip[order], brought.trip)]
        values = np.zeros(self.first + self.convoys)
        values[place] = brought.vehicles
        values[self.trips + place] = brought.load
        values[2 * self.trips : self.first] = brought.room
        return values

    def brought(self, values: Floats, most: float) -> Brought:
        """What column values bring."""
        way, table = self.way, self.way.ground.problem.table
        vehicles, load = (np.rint(part) for part in np.split(values[: 2 * self.trips], 2))
        room = np.rint(values[2 * self.trips : self.first])
        if way.hubs is not None:
            load, room = used_loads(way, load, room)
            vehicles = np.minimum(vehicles, np.ceil(load / np.maximum(way.capacity, 1.0) - 1e-9))
        used, last = load > 0.5, self._is_last[: self.trips]
        last_room = self._is_last[self.trips :]
        ends = np.concatenate(
            [
                table.unload_end_hours[way.trip[used & last]],
                way.rooms.end_hours[(room > 0.5) & last_room],
            ]
        )
        units = self.late + float(load[last].sum() + room[last_room].sum())
        return Brought(
            units,
            max(units, most),
            way.trip[used],
            vehicles[used],
            load[used],
            room,
            float(ends.max(initial=self.late_hours)),
        )

    def most(self, bound: float, most: float) -> float:
        """Most units that a bound of the program lets come, if that is less. [units]"""
        if self.way.hubs is None:
            return min(most, self.late + float(np.floor(-bound + 0.01)))
        # Trips cost next to nothing, and units less than one for coming late.
        return min(most, self.late + float(np.floor(-bound / (1.0 - LATE) + 0.01)))


def _is_fraction(thing: Thing, place: int) -> bool:
    """Whether so much of a thing need not be whole."""
    is_theirs = thing == THROUGH_HUB and parted_place(place)[0] == "receiving"
    return thing == "receiving" or is_theirs
