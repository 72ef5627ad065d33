"""Small exact programs: the most units that can still come, and the least of a thing they take.

Columns are vehicles and loads of further trips, loads put on vehicles that drive anyhow, and, where
a thing is bought as needed, how much of it. All of them are whole.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from allocator.explain.amounts import amounts_taken, weights
from allocator.explain.bringing import Brought, Way, bring_greedily
from allocator.explain.things import Thing
from allocator.solver import LinearProgram, SolveOptions, solve_program

__all__ = ["Least", "comes_all", "least_amount", "most_units"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_LATE = 1e-4
"""Price of the last hour against one unit: of equal plans, the one that comes earlier."""

_MOST_TRIPS = 1_500
"""Most trips offered where a least amount is looked for."""


@dataclass(frozen=True)
class Least:
    """The least of what is short that brings the missing units.

    Parameters
    ----------
    brought
        How they come then.
    amount
        By thing, and by the place of each: warehouse, or pool of vehicles.
    is_smallest
        Whether less is proven not to do.
    """

    brought: Brought
    amount: dict[Thing, dict[int, float]]
    is_smallest: bool


@dataclass
class _Rows:
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


class _Program:
    """Columns: vehicles, loads, rooms, bought amounts by thing and place."""

    def __init__(
        self, way: Way, units: float, bought: Collection[Thing], reserve: Floats | None = None
    ) -> None:
        self.way = way
        self.late, self.late_hours = way.comes_late(units)
        self.reserve = np.zeros(len(way.stock)) if reserve is None else reserve
        problem = way.ground.problem
        self.trips, self.rooms = len(way.trip), len(way.rooms.units)
        self.first = 2 * self.trips + self.rooms
        self.rows = _Rows()
        self.bought: list[tuple[Thing, int]] = []
        trips, vehicles = way.trip, np.arange(self.trips)
        loads, rooms = self.trips + vehicles, 2 * self.trips + np.arange(self.rooms)
        self.rows.limit(
            np.concatenate([vehicles, vehicles]),
            np.concatenate([loads, vehicles]),
            np.concatenate([np.ones(self.trips), -way.capacity]),
            np.zeros(self.trips),
        )
        goods = np.concatenate([loads, rooms])
        home = np.concatenate([problem.warehouse[trips], way.rooms.warehouse])
        at = self.rows.count
        keys = self.rows.limit(home, goods, np.ones(len(goods)), way.stock)
        for thing in ("stock", "home_reserve"):
            if thing in bought:
                self._buy(thing, at + np.arange(len(keys)), keys)
        start, periods = problem.table.start_period[trips], problem.period_count
        at, dock = self.rows.count, problem.warehouse[trips] * periods + start
        keys = self.rows.limit(dock, vehicles, np.ones(self.trips), way.left.dock.ravel())
        if "docks" in bought:
            self._buy("docks", at + np.arange(len(keys)), keys // periods)
        position, period = problem.spread(trips)
        at, pool = self.rows.count, problem.pool[trips[position]] * periods + period
        keys = self.rows.limit(pool, position, np.ones(len(position)), way.left.vehicle.ravel())
        if "vehicles" in bought:
            self._buy("vehicles", at + np.arange(len(keys)), keys // periods)
        hour = np.concatenate([problem.table.receive_hour[trips], way.rooms.hour])
        at = self.rows.count
        keys = self.rows.limit(
            hour, goods, np.full(len(goods), way.unit_m3), way.left.receive[way.district]
        )
        if "receiving" in bought:
            self._buy("receiving", at + np.arange(len(keys)), np.zeros(len(keys), dtype=np.int64))
        self._fill_convoys(units)
        every = np.zeros(len(goods), dtype=np.int64)
        self.rows.limit(every, goods, np.ones(len(goods)), np.array([units - self.late]))
        self.total = self.rows.count - 1

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
        if self.bought:
            price = weights([thing for thing, _ in self.bought], way, units)
            cost[self.first : end] = [price[thing] for thing, _ in self.bought]
            cost[: self.trips] = _LATE
        else:
            cost[self.trips : self.first] = -1.0 + _LATE * ends
        matrix: Any = sparse.csc_array(
            (
                np.concatenate(self.rows.value),
                (np.concatenate(self.rows.row), np.concatenate(self.rows.column)),
            ),
            shape=(self.rows.count, count),
        )
        lower = np.full(self.rows.count, -np.inf)
        if self.bought:
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
        receiving = [k for k, (thing, _) in enumerate(self.bought) if thing == "receiving"]
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
        values = None if start is None or self.bought else self._start(start)
        options = SolveOptions(gap=1e-4, time_limit_seconds=seconds)
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
        used = load > 0.5
        ends = np.concatenate(
            [table.unload_end_hours[way.trip[used]], way.rooms.end_hours[room > 0.5]]
        )
        units = self.late + float(load.sum() + room.sum())
        return Brought(
            units,
            max(units, most),
            way.trip[used],
            vehicles[used],
            load[used],
            room,
            float(ends.max(initial=self.late_hours)),
        )


def most_units(way: Way, units: float, seconds: float) -> Brought:
    """Bring as much of what is missing as can come, the earlier the better.

    What comes first by whatever is unloaded first is the most there can be where it reaches the
    sum of what the warehouses may send, or all that is missing; only else a program is solved.

    Parameters
    ----------
    way
        The ways.
    units
        What is missing, whole. [units]
    seconds
        Time limit; what is found by then counts, and ``most`` says how much more there may be. [s]
    """
    greedy = bring_greedily(way, units)
    if greedy.units >= greedy.most - 0.5 or len(way.trip) == 0:
        return greedy
    program = _Program(way, units, ())
    values, bound = program.solve(units, seconds, greedy)
    if values is None:
        return greedy
    most = (
        greedy.most if bound is None else min(greedy.most, program.late + np.floor(-bound + 0.01))
    )
    found = program.brought(values, most)
    return found if found.units >= greedy.units else greedy


def comes_all(way: Way, units: float, seconds: float) -> bool:
    """Say whether all that is missing can come; as ``most_units``, and quicker where it cannot.

    Parameters
    ----------
    way, units, seconds
        As for ``most_units``.
    """
    greedy = bring_greedily(way, units)
    if greedy.units >= units - 0.5:
        return True
    return greedy.most >= units - 0.5 and most_units(way, units, seconds).units >= units - 0.5


def least_amount(
    way: Way, limited: Way, units: float, things: Collection[Thing], seconds: float
) -> Least:
    """Find the least of what is short that brings so many units.

    Parameters
    ----------
    way
        The ways with these things relaxed; among them are the trips that are offered.
    limited
        The same without the things relaxed: its limits may be bought over.
    units
        What shall come; with everything relaxed it can. [units]
    things
        Amounts that are short.
    seconds
        Time limit. [s]
    """
    chosen = way.trip[:_MOST_TRIPS]
    offered = Way(
        way.ground,
        limited.left,
        way.district,
        way.item,
        chosen,
        way.capacity[:_MOST_TRIPS],
        way.rooms,
        limited.stock,
        way.late,
        way.lacking.among(len(chosen)),
    )
    reserve = np.maximum(way.stock - limited.stock, 0.0)
    program = _Program(offered, units, things, reserve)
    values, bound = program.solve(units, seconds)
    found = [bring_greedily(way, units)]
    if values is not None:
        found.append(program.brought(values, units))
    price = weights(things, way, units)
    best, total = Least(found[0], {}, is_smallest=False), np.inf
    for brought in found:
        if brought.units < units - 0.5:
            continue
        amount = amounts_taken(way, limited, things, brought)
        worth = sum(price[thing] * sum(places.values()) for thing, places in amount.items())
        if worth < total - 1e-9:
            best, total = Least(brought, amount, is_smallest=False), worth
    # Whole numbers of one thing: less by less than one is not less.
    step = 1.0 - 1e-6 if len(things) == 1 and "receiving" not in things else 1e-3 * total
    least = -np.inf if bound is None else bound - _LATE * float(best.brought.vehicles.sum())
    is_smallest = len(chosen) == len(way.trip) and bool(least >= total - step)
    return replace(best, is_smallest=is_smallest)
