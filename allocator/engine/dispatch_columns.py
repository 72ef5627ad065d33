"""Columns of the relaxation: trips with one of their vertex loads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from allocator.engine.dispatch_problem import DispatchProblem, StagePrices
from allocator.engine.dispatch_windows import Windows
from allocator.solver import LinearProgram

__all__ = [
    "Columns",
    "RelaxationRows",
    "UnmetCap",
    "join_columns",
    "loaded_columns",
    "relaxation_program",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Columns:
    """Trips with at most two items on board, shape (column,) or (column, 2).

    Parameters
    ----------
    trip
        Position in the trip table, shape (column,).
    need
        Needs served, -1 for none, shape (column, 2).
    units
        How much of each, shape (column, 2). [units]
    """

    trip: Integers
    need: Integers
    units: Floats

    def __len__(self) -> int:
        return len(self.trip)

    def only(self, chosen: Integers) -> Columns:
        """Return some of the columns."""
        return Columns(self.trip[chosen], self.need[chosen], self.units[chosen])

    def entries(self) -> tuple[Integers, Integers, Floats]:
        """Column, need and units of each item on board, shape (entry,)."""
        column, side = np.nonzero(self.need >= 0)
        return column, self.need[column, side], self.units[column, side]

    def price(self, problem: DispatchProblem, prices: StagePrices) -> Floats:
        """Driving and lateness of each column, shape (column,)."""
        column, need, units = self.entries()
        late = prices.late[need] * problem.wait_hours(self.trip[column], need) * units
        total = np.bincount(column, late, minlength=len(self))
        return problem.trip_price(prices, self.trip) + total


def join_columns(parts: list[Columns]) -> Columns:
    """Put several sets of columns one after the other."""
    return Columns(
        np.concatenate([part.trip for part in parts]),
        np.concatenate([part.need for part in parts]),
        np.concatenate([part.units for part in parts]),
    )


def loaded_columns(
    problem: DispatchProblem,
    prices: StagePrices,
    need_worth: Floats,
    trip: Integers,
    loads: Floats,
) -> Columns:
    """Columns of trips with given loads; of several needs for an item the dearest is served.

    Parameters
    ----------
    problem, prices
        The problem and what the stage charges.
    need_worth
        Worth of a delivered unit, shape (need,).
    trip
        Shape (column,).
    loads
        At most two items above zero, shape (column, item). [units]
    """
    column, item = np.nonzero(loads > 0)
    choices = problem.need_of[problem.district[trip[column]], item]
    late = prices.late[choices] * problem.wait_hours(trip[column][:, None], choices)
    worth = np.where(choices >= 0, need_worth[choices] - late, -np.inf)
    need = choices[np.arange(len(column)), worth.argmax(axis=1)]
    side = np.arange(len(column)) - np.searchsorted(column, column)
    needs = np.full((len(trip), 2), -1, dtype=np.int64)
    units = np.zeros((len(trip), 2))
    needs[column, side] = need
    units[column, side] = np.where(need >= 0, loads[column, item], 0.0)
    return Columns(trip, needs, units)


@dataclass(frozen=True)
class UnmetCap:
    """Limit on the weighted unmet need, which may be passed at a price.

    Parameters
    ----------
    limit
        Largest value of the unmet stage. [weighted units]
    price
        For each weighted unit above it.
    """

    limit: float
    price: float


@dataclass(frozen=True)
class RelaxationRows:
    """Where each kind of row begins in the relaxation.

    Parameters
    ----------
    dock, vehicle, receive
        Windows of the hourly limits.
    stock, outside, docks, vehicles, receiving, count
        First row of each kind, and the number of rows; needs come first.
    """

    dock: Windows
    vehicle: Windows
    receive: Windows
    stock: int
    outside: int
    docks: int
    vehicles: int
    receiving: int
    count: int

    @classmethod
    def of(
        cls, problem: DispatchProblem, dock: Windows, vehicle: Windows, receive: Windows
    ) -> RelaxationRows:
        """Number the rows of a problem."""
        needs, shelves = problem.data.need_count, problem.data.stock_units.size
        docks = needs + 2 * shelves
        vehicles = docks + dock.count
        receiving = vehicles + vehicle.count
        count = receiving + receive.count
        return cls(
            dock, vehicle, receive, needs, needs + shelves, docks, vehicles, receiving, count
        )


def _matrix(problem: DispatchProblem, rows: RelaxationRows, columns: Columns) -> Any:
    """Coefficients of the columns, shape (row, column)."""
    data, table = problem.data, problem.table
    column, need, units = columns.entries()
    trip = columns.trip
    shelf = problem.warehouse[trip[column]] * data.item_count + data.need_item[need]
    out = problem.leaves[trip[column]] & problem.outside_binds.ravel()[shelf]
    every = np.arange(len(trip))
    dock = rows.dock.row[problem.warehouse[trip], table.start_period[trip]]
    position, period = problem.spread(trip)
    vehicle = rows.vehicle.row[problem.pool[trip[position]], period]
    receive = rows.receive.row[problem.district[trip], table.receive_hour[trip]]
    volume = np.bincount(column, units * problem.volume_m3[need], minlength=len(trip))
    has_dock, has_vehicle, has_receive = dock >= 0, vehicle >= 0, receive >= 0
    parts = (
        (need, column, units),
        (rows.stock + shelf, column, units),
        (rows.outside + shelf[out], column[out], units[out]),
        (rows.docks + dock[has_dock], every[has_dock], np.ones(int(has_dock.sum()))),
        (
            rows.vehicles + vehicle[has_vehicle],
            position[has_vehicle],
            np.ones(int(has_vehicle.sum())),
        ),
        (rows.receiving + receive[has_receive], every[has_receive], volume[has_receive]),
    )
    row_numbers, column_numbers, values = (
        np.concatenate([part[k] for part in parts]) for k in range(3)
    )
    return sparse.csc_array((values, (row_numbers, column_numbers)), shape=(rows.count, len(trip)))


def relaxation_program(
    problem: DispatchProblem,
    prices: StagePrices,
    rows: RelaxationRows,
    columns: Columns,
    cap: UnmetCap,
) -> LinearProgram:
    """Linear program over these columns and windows.

    Its first columns are the unmet units of each need and what passes the cap; its last row is the
    cap.
    """
    data = problem.data
    needs = data.need_count
    every, last = np.arange(needs), np.full(needs, rows.count)
    shape = (rows.count + 1, needs + 1)
    unmet = sparse.csc_array(
        (
            np.concatenate([np.ones(needs), data.need_weight, [-1.0]]),
            (np.concatenate([every, last, [rows.count]]), np.concatenate([every, every, [needs]])),
        ),
        shape=shape,
    )
    trips = sparse.csc_array(_matrix(problem, rows, columns))
    # The last row is that of the unmet limit, which no trip enters.
    trips = sparse.vstack([trips, sparse.csc_array((1, len(columns)))], format="csc")
    upper = np.concatenate(
        [
            np.full(needs, np.inf),
            data.stock_units.ravel(),
            data.outside_units.ravel(),
            rows.dock.capacity(),
            rows.vehicle.capacity(),
            rows.receive.capacity(),
            [cap.limit],
        ]
    )
    count = needs + 1 + len(columns)
    return LinearProgram(
        cost=np.concatenate([prices.lost, [cap.price], columns.price(problem, prices)]),
        offset=problem.rest_price(prices),
        column_lower=np.zeros(count),
        column_upper=np.full(count, np.inf),
        integer=np.zeros(count, dtype=bool),
        matrix=sparse.hstack([unmet, trips], format="csc"),
        row_lower=np.concatenate([problem.need_units, np.full(rows.count + 1 - needs, -np.inf)]),
        row_upper=upper,
    )
