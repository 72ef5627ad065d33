"""Columns of the relaxation: trips with one of their vertex loads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_duals import Asked, asked_by
from allocator.engine.dispatch_problem import DispatchProblem, StagePrices

__all__ = [
    "NO_CAP",
    "Columns",
    "UnmetCap",
    "distinct_columns",
    "join_columns",
    "loaded_columns",
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

    def asked(self, problem: DispatchProblem, vehicles: Floats) -> Asked:
        """What the columns ask for where so many vehicles drive each, shape (column,)."""
        column, need, units = self.entries()
        return asked_by(problem, self.trip, vehicles, (column, need, units * vehicles[column]))

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


def distinct_columns(columns: Columns, use: Floats) -> tuple[Columns, Floats]:
    """Return each column once, and how much it is used in all, shape (column,).

    Parameters
    ----------
    columns, use
        Columns that may come again, and how much each is used, shape (column,).
    """
    key = np.concatenate([columns.trip[:, None], columns.need, np.round(columns.units, 6)], axis=1)
    _, first, place = np.unique(key, axis=0, return_index=True, return_inverse=True)
    total: Floats = np.bincount(place.reshape(-1), use, minlength=len(first)).astype(float)
    order = np.argsort(first)
    return columns.only(first[order]), total[order]


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


NO_CAP = UnmetCap(float("inf"), 0.0)
"""Unmet need is limited by its price alone."""
