"""Rows of the capacitated location problem over any choice of its lanes, as arrays.

Minimise ``sum_w opening_cost[w] y[w] + sum_l lane_cost[l] x[l]`` with

- ``sum_{l to d} x[l] (+ s[d]) = 1`` for every district,
- ``sum_{l from w} demand[d] x[l] <= capacity[w] y[w]`` for every warehouse,
- ``x[l] <= y[w]`` for the lanes asked for (Balinski 1965),
- ``sum_w capacity[w] y[w] >= sum_d demand[d]``, ``sum_w y[w] >= `` the least number of warehouses
  that hold the demand, and ``sum_w y[w] = count``.

``s[d]`` is the escape of a district: it stands for all lanes that were left out, at the cost of
the cheapest of them, without opening or filling a warehouse. So the program is a relaxation of the
one with all lanes, and equal to it where no escape is used. The same mathematics as Pyomo is
``models.location.build_assignment``, which the tests compare with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from allocator.solver import LinearProgram
from models.location_data import LaneList, LocationData

__all__ = ["LocationRows", "link_block", "rooms_of"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IndexArray = NDArray[np.intp]


def rooms_of(data: LocationData) -> FloatArray:
    """Return capacities no larger than the whole demand, shape (warehouse,). [units]"""
    room: FloatArray = np.minimum(data.capacity_units, data.demand_units.sum())
    return room


def least_number(data: LocationData, warehouses: IndexArray) -> int:
    """Return how many of the warehouses it takes to hold the demand, by size."""
    held = np.cumsum(np.sort(rooms_of(data)[warehouses])[::-1])
    total = float(data.demand_units.sum())
    enough = np.flatnonzero(held >= total * (1.0 - 1e-9))
    return int(enough[0]) + 1 if enough.size else int(warehouses.size)


def link_block(
    warehouse: IndexArray, lane_columns: IndexArray, open_columns: IndexArray, width: int
) -> sparse.csr_array:
    """Return rows ``x - y`` for lanes, shape (lane, column).

    Parameters
    ----------
    warehouse
        Of each lane.
    lane_columns
        Column of each lane.
    open_columns
        Column of each warehouse.
    width
        Number of columns.
    """
    count = warehouse.size
    rows = np.arange(count)
    return sparse.csr_array(
        (
            np.concatenate([np.ones(count), -np.ones(count)]),
            (
                np.concatenate([rows, rows]),
                np.concatenate([lane_columns, open_columns[warehouse]]),
            ),
        ),
        shape=(count, width),
    )


@dataclass(frozen=True)
class LocationRows:
    """A choice of warehouses and lanes, and the program over them.

    Columns: open flags of ``warehouses``, then shares of ``lanes``, then escapes if any.

    Parameters
    ----------
    data, count
        What is asked; ``count`` None for any number.
    warehouses
        Numbers of the warehouses that may open here, ascending.
    lanes
        From these warehouses only.
    """

    data: LocationData
    count: int | None
    warehouses: IndexArray
    lanes: LaneList

    @property
    def open_columns(self) -> IndexArray:
        """Column of each warehouse's flag, -1 for those left out, shape (warehouse,)."""
        columns = np.full(self.data.warehouse_count, -1, dtype=np.intp)
        columns[self.warehouses] = np.arange(self.warehouses.size)
        return columns

    def program(
        self,
        *,
        linked: BoolArray | None = None,
        whole: bool = False,
        whole_lanes: bool = False,
        forced: BoolArray | None = None,
        escape_cost: FloatArray | None = None,
        barred: list[BoolArray] | None = None,
        surrogates: bool = True,
    ) -> LinearProgram:
        """Return the program.

        Parameters
        ----------
        linked
            Lanes that have their row ``x <= y``, shape (lane,); None for all.
        whole, whole_lanes
            Whether flags, and lanes, must be whole.
        forced
            Warehouses that must be open, shape (warehouse,); None for those fixed open.
        escape_cost
            Cost of each district's escape, shape (district,), ``inf`` for none.
        barred
            Choices of open warehouses that may not be taken again, each of shape (warehouse,).
        surrogates
            Whether the two rows that follow from the others for whole flags are there. They
            tighten the relaxation; HiGHS finds them itself in small programs, and is faster so.
        """
        data, sites, lanes = self.data, self.warehouses.size, self.lanes.warehouse.size
        escapes = np.flatnonzero(np.isfinite([] if escape_cost is None else escape_cost))
        width = sites + lanes + escapes.size
        blocks, lower, upper = self._blocks(width, escapes)
        if not surrogates and self.count is None:
            blocks, lower, upper = blocks[:2], lower[:2], upper[:2]
        shown = np.arange(lanes) if linked is None else np.flatnonzero(linked)
        linked_warehouse = self.lanes.warehouse[shown]
        blocks.append(link_block(linked_warehouse, sites + shown, self.open_columns, width))
        lower.append(np.full(shown.size, -np.inf))
        upper.append(np.zeros(shown.size))
        for choice in barred or []:
            flags = np.where(choice[self.warehouses], -1.0, 1.0)
            blocks.append(_one_row(flags, width))
            lower.append(np.array([1.0 - float(choice.sum())]))
            upper.append(np.array([np.inf]))
        integer = np.zeros(width, dtype=np.bool_)
        integer[:sites] = whole
        integer[sites : sites + lanes] = whole_lanes
        least = np.zeros(width)
        least[:sites] = (data.fixed_open if forced is None else forced)[self.warehouses]
        return LinearProgram(
            self._cost(escape_cost, escapes),
            0.0,
            least,
            np.ones(width),
            integer,
            sparse.vstack(blocks, format="csc"),
            np.concatenate(lower),
            np.concatenate(upper),
        )

    def _cost(self, escape_cost: FloatArray | None, escapes: IndexArray) -> FloatArray:
        """Return the cost of every column, shape (column,)."""
        lanes = self.data.lane_cost[self.lanes.warehouse, self.lanes.district]
        parts = [self.data.opening_cost[self.warehouses], lanes]
        if escape_cost is not None:
            parts.append(escape_cost[escapes])
        return np.concatenate(parts)

    def _blocks(
        self, width: int, escapes: IndexArray
    ) -> tuple[list[sparse.csr_array], list[FloatArray], list[FloatArray]]:
        """Return the rows that are always there: balances, capacities, room, numbers."""
        data, sites = self.data, self.warehouses.size
        districts, lanes = data.district_count, self.lanes.warehouse.size
        columns = sites + np.arange(lanes)
        balance = sparse.csr_array(
            (
                np.ones(lanes + escapes.size),
                (
                    np.concatenate([self.lanes.district, escapes]),
                    np.concatenate([columns, sites + lanes + np.arange(escapes.size)]),
                ),
            ),
            shape=(districts, width),
        )
        room = rooms_of(data)[self.warehouses]
        capacity = sparse.csr_array(
            (
                np.concatenate([data.demand_units[self.lanes.district], -room]),
                (
                    np.concatenate([self.open_columns[self.lanes.warehouse], np.arange(sites)]),
                    np.concatenate([columns, np.arange(sites)]),
                ),
            ),
            shape=(sites, width),
        )
        total = float(data.demand_units.sum()) * (1.0 - 1e-12)
        number = float(self.count or least_number(data, self.warehouses))
        return (
            [balance, capacity, _one_row(room, width), _one_row(np.ones(sites), width)],
            [np.ones(districts), np.full(sites, -np.inf), np.array([total]), np.array([number])],
            [
                np.ones(districts),
                np.zeros(sites),
                np.array([np.inf]),
                np.array([np.inf if self.count is None else number]),
            ],
        )


def _one_row(values: FloatArray, width: int) -> sparse.csr_array:
    """Return one row with values in its first columns."""
    columns = np.arange(values.size)
    return sparse.csr_array((values, (np.zeros_like(columns), columns)), shape=(1, width))
