"""The dispatch with hubs as one linear program, for cases of medium size.

A relaxation of the hourly model: vehicles of a departure are not told apart, and their number and
loads may be fractions. What is proven of it bounds every plan, and what it sends on from hubs says
which legs are worth planning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from allocator.engine.dispatch_problem import DispatchProblem, StagePrices
from allocator.engine.hub_room import Room
from allocator.solver import LinearProgram, SolveOptions, solve_program

__all__ = ["HubProgram", "HubRelaxation"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class HubRelaxation:
    """Answer to one objective.

    Parameters
    ----------
    bound
        No plan is better; 0 where nothing is proven.
    vehicles
        Of each trip, shape (trip,).
    load
        What they carry together, shape (trip, item). [units]
    """

    bound: float
    vehicles: Floats
    load: Floats


class HubProgram:
    """Rows of the program, which no objective changes.

    Parameters
    ----------
    problem
        The dispatch with legs.
    """

    def __init__(self, problem: DispatchProblem) -> None:
        self.problem = problem
        data, table = problem.data, problem.table
        self._room = Room(problem)
        serve = table.carries[:, data.need_item] & (problem.district[:, None] == data.need_district)
        trip, need = np.nonzero(serve & (problem.need_units > 0))
        legs = np.flatnonzero(self._room.hub >= 0)
        at, item = np.nonzero(table.carries[legs])
        self._need = np.concatenate([need, np.full(len(at), -1)])
        self._trip = np.concatenate([trip, legs[at]])
        self._item = np.concatenate([data.need_item[need], item])
        self._trips, self._loads = problem.trip_count, len(self._trip)
        self._needs = data.need_count
        self._held = data.hub_count * data.item_count * problem.period_count
        self.columns = self._trips + self._loads + self._needs + self._held
        self._matrix, self._lower, self._upper = self._rows()

    @property
    def size(self) -> int:
        """Number of columns."""
        return self.columns

    def _rows(self) -> tuple[sparse.csc_array, Floats, Floats]:
        """All rows, one family after the other."""
        parts: list[tuple[Integers, Integers, Floats]] = []
        lower: list[Floats] = []
        upper: list[Floats] = []
        count = 0

        def add(
            key: Integers, column: Integers, value: Floats, limits: tuple[Floats, Floats]
        ) -> None:
            """Add rows for keys that have limits by position."""
            nonlocal count
            named, row = np.unique(key, return_inverse=True)
            parts.append((count + row.reshape(-1), column, value))
            lower.append(limits[0][named])
            upper.append(limits[1][named])
            count += len(named)

        for family in (self._capacity, self._service, self._limits, self._stock, self._balance):
            for key, column, value, most in family():
                is_equal = family in (self._service, self._balance)
                add(key, column, value, (most if is_equal else np.full(len(most), -np.inf), most))
        row, column, value = (np.concatenate(each) for each in zip(*parts, strict=True))
        shape = (count, self.columns)
        matrix = sparse.csc_array((value, (row, column)), shape=shape)
        return matrix, np.concatenate(lower), np.concatenate(upper)

    def _capacity(self) -> list[tuple[Integers, Integers, Floats, Floats]]:
        """Loads fit the vehicles of each departure, by weight and by volume."""
        data, fleet = self.problem.data, self.problem.table.fleet
        key = np.concatenate([self._trip, np.arange(self._trips)])
        column = np.concatenate([self._trips + np.arange(self._loads), np.arange(self._trips)])
        none = np.zeros(self._trips)
        return [
            (key, column, np.concatenate([of_unit[self._item], -room[fleet]]), none)
            for of_unit, room in (
                (data.item_weight_kg, data.payload_kg),
                (data.item_volume_m3, data.vehicle_volume_m3),
            )
        ]

    def _service(self) -> list[tuple[Integers, Integers, Floats, Floats]]:
        """What comes and what never comes are the need."""
        own = np.flatnonzero(self._need >= 0)
        key = np.concatenate([self._need[own], np.arange(self._needs)])
        unmet = self._trips + self._loads + np.arange(self._needs)
        column = np.concatenate([self._trips + own, unmet])
        return [(key, column, np.ones(len(key)), self.problem.need_units)]

    def _limits(self) -> list[tuple[Integers, Integers, Floats, Floats]]:
        """Docks, vehicles and receiving, where they are limited."""
        problem, table = self.problem, self.problem.table
        every = np.arange(self._trips)
        position, period = problem.spread(every)
        place = problem.district[self._trip], table.receive_hour[self._trip]
        volume = problem.data.item_volume_m3[self._item]
        loads = self._trips + np.arange(self._loads)
        one = np.ones(self._trips)
        found = []
        for key, column, value, limit in (
            (_flat(problem.dock_limit, problem.warehouse, table.start_period), every, one,
             problem.dock_limit),
            (_flat(problem.pool_limit, problem.pool[position], period), position,
             np.ones(len(position)), problem.pool_limit),
            (_flat(problem.receive_limit, *place), loads, volume, problem.receive_limit),
        ):  # fmt: skip
            most = limit.ravel()
            kept = np.isfinite(most[key])
            found.append((key[kept], column[kept], value[kept], most))
        return found

    def _stock(self) -> list[tuple[Integers, Integers, Floats, Floats]]:
        """Stock of warehouses, and what of it may leave the province."""
        problem, data = self.problem, self.problem.data
        shelf = problem.warehouse[self._trip] * data.item_count + self._item
        own = np.flatnonzero(self._room.source[self._trip] < 0)
        out = own[problem.leaves[self._trip[own]]]
        return [
            (shelf[chosen], self._trips + chosen, np.ones(len(chosen)), limit.ravel().astype(float))
            for chosen, limit in ((own, data.stock_units), (out, data.outside_units))
            if len(chosen)
        ]

    def _balance(self) -> list[tuple[Integers, Integers, Floats, Floats]]:
        """What hubs hold after each period: before, and what is ready, less what is loaded."""
        problem, data = self.problem, self.problem.data
        periods = problem.period_count
        first = self._trips + self._loads + self._needs
        held = np.arange(self._held)
        into = np.flatnonzero(
            (self._room.hub[self._trip] >= 0) & (self._room.ready[self._trip] < periods)
        )
        out = np.flatnonzero(self._room.source[self._trip] >= 0)

        def at(hub: Integers, chosen: Integers, period: Integers) -> Integers:
            trip = self._trip[chosen]
            shelf = hub[trip] * data.item_count + self._item[chosen]
            return np.asarray(shelf * periods + period[trip])

        later = held[held % periods > 0]
        key = np.concatenate(
            [
                held,
                later,
                at(self._room.hub, into, self._room.ready),
                at(self._room.source, out, problem.table.start_period),
            ]
        )
        column = np.concatenate(
            [first + held, first + later - 1, self._trips + into, self._trips + out]
        )
        value = np.concatenate(
            [np.ones(len(held)), -np.ones(len(later)), -np.ones(len(into)), np.ones(len(out))]
        )
        more = np.diff(data.hub_goods, axis=2, prepend=0)
        return [(key, column, value, more.astype(float).ravel())]

    def solve(
        self,
        prices: StagePrices,
        options: SolveOptions,
        caps: Sequence[tuple[StagePrices, float]] = (),
    ) -> HubRelaxation | None:
        """Minimise a stage; None where there is no answer in time.

        Parameters
        ----------
        prices
            What the stage charges.
        options
            Gap, time limit, threads, seed.
        caps
            Values of other stages that must not be exceeded.
        """
        problem = self.problem
        matrix, lower, upper = self._matrix, self._lower, self._upper
        for other, most in caps:
            row = sparse.csc_array(self._charges(other)[None, :])
            matrix = sparse.vstack([matrix, row], format="csc")
            lower = np.append(lower, -np.inf)
            upper = np.append(upper, max(0.0, most - problem.rest_price(other)))
        result = solve_program(
            LinearProgram(
                cost=self._charges(prices),
                offset=problem.rest_price(prices),
                column_lower=np.zeros(self.columns),
                column_upper=np.full(self.columns, np.inf),
                integer=np.zeros(self.columns, dtype=bool),
                matrix=matrix,
                row_lower=lower,
                row_upper=upper,
            ),
            options,
        )
        if result.bound is None or result.values is None:
            return None
        load = np.zeros((self._trips, problem.data.item_count))
        units = result.values[self._trips : self._trips + self._loads]
        np.add.at(load, (self._trip, self._item), units)
        return HubRelaxation(max(0.0, result.bound), result.values[: self._trips], load)

    def _charges(self, prices: StagePrices) -> Floats:
        """What a stage charges for each column."""
        own = self._need >= 0
        late = np.zeros(self._loads)
        wait = self.problem.wait_hours(self._trip[own], self._need[own])
        late[own] = prices.late[self._need[own]] * wait
        driving = self.problem.trip_price(prices, np.arange(self._trips))
        return np.concatenate([driving, late, prices.lost, np.zeros(self._held)])


def _flat(table: Floats, row: Integers, column: Integers) -> Integers:
    """Positions in a table that is written out row by row."""
    return np.asarray(row * table.shape[1] + column)
