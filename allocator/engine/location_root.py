"""Strong linear relaxation of the capacitated problem, with links and lanes that come when needed.

Of ``warehouses x districts`` links ``x <= y`` a few hundred matter, and of the lanes a tenth; both
start with the cheap lanes of each district and grow until nothing is violated and no lane left out
has a negative reduced cost. So the bound is that of the whole relaxation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from allocator.engine.location_question import Search
from allocator.engine.location_rows import LocationRows, link_block
from allocator.solver import Session, SolveResult, Status
from models.location_data import LaneList, LocationData, lanes_within

__all__ = ["Root", "solve_root"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IndexArray = NDArray[np.intp]

#: Cheapest lanes of each district that are there from the beginning, and linked at once.
_FIRST_LANES = 20
_FIRST_LINKS = 8

#: Up to so many lanes all are there from the beginning.
_FEW_LANES = 8000

#: Least violation of a link, and least gain of a lane relative to the largest cost.
_VIOLATION = 1e-6
_GAIN = 1e-9


@dataclass(frozen=True)
class Root:
    """Optimum of the relaxation over all lanes.

    Parameters
    ----------
    status
        ``optimal``, ``infeasible``, or what kept the solver from an end.
    objective
        Bound on the cost of all plans.
    share, open_reduced_cost
        Open shares, and what forcing them adds, shape (warehouse,).
    lane_reduced_cost
        Shape (warehouse, district), ``inf`` where there is no lane.
    price
        What serving one more whole district like this costs, shape (district,).
    whole
        Flags and lanes if all flags are whole: then this is the answer with several sources.
    """

    status: Status
    objective: float = -np.inf
    share: FloatArray | None = None
    open_reduced_cost: FloatArray | None = None
    lane_reduced_cost: FloatArray | None = None
    price: FloatArray | None = None
    lanes: LaneList | None = None
    lane_share: FloatArray | None = None

    @property
    def is_whole(self) -> bool:
        """Whether no warehouse is open in part."""
        if self.share is None:
            return False
        return bool(np.minimum(self.share, 1.0 - self.share).max() <= 1e-7)


def solve_root(data: LocationData, search: Search) -> Root:
    """Solve the relaxation.

    Parameters
    ----------
    data
        With the lanes that may be used.
    search
        Question (its count), options, clock.
    """
    return _Growth(data, search).solve()


class _Growth:
    """The relaxation in a session, with the lanes and links it has so far."""

    def __init__(self, data: LocationData, search: Search) -> None:
        self.data, self.search = data, search
        self.cost = data.lane_cost
        self.allowed = np.flatnonzero(data.allowed)
        self.usable = np.isfinite(self.cost) & data.allowed[:, None]
        self._start(self._first_lanes())

    def _first_lanes(self) -> LaneList:
        """Return the lanes to begin with."""
        every = lanes_within(self.data)
        if every.warehouse.size <= _FEW_LANES:
            return every
        return _cheapest(self.cost, self.usable, _FIRST_LANES)

    def _start(self, lanes: LaneList) -> None:
        """Begin with these lanes."""
        self.lanes = lanes
        self.rows = LocationRows(self.data, self.search.question.count, self.allowed, lanes)
        self.open_columns = self.rows.open_columns
        near = np.zeros(self.cost.shape, dtype=np.bool_)
        few = _cheapest(self.cost, self.usable, _FIRST_LINKS)
        near[few.warehouse, few.district] = True
        self.linked = near[lanes.warehouse, lanes.district]
        self.session = Session(self.rows.program(linked=self.linked))
        self.link_lane = np.flatnonzero(self.linked)
        self.link_row = (
            self.session.row_count - self.link_lane.size + np.arange(self.link_lane.size)
        )

    def solve(self) -> Root:
        """Grow until nothing is missing."""
        while True:
            answer = self.session.solve(self.search.solve_options())
            if answer.status is Status.INFEASIBLE and self.lanes.warehouse.size < self.usable.sum():
                self._start(lanes_within(self.data))
                continue
            if answer.status is not Status.OPTIMAL or answer.row_duals is None:
                return Root(answer.status)
            reduced, price = self._reduced_costs(answer)
            if self._link(answer) + self._price(reduced) == 0:
                return self._root(answer, reduced, price)

    def _reduced_costs(self, answer: SolveResult) -> tuple[FloatArray, FloatArray]:
        """Return reduced costs of all lanes, and the prices of the districts."""
        duals = np.asarray(answer.row_duals)
        districts, sites = self.data.district_count, self.allowed.size
        price = duals[:districts]
        room = np.zeros(self.data.warehouse_count)
        room[self.allowed] = duals[districts : districts + sites]
        reduced = self.cost - price - room[:, None] * self.data.demand_units
        shown = self.lanes.warehouse[self.link_lane], self.lanes.district[self.link_lane]
        reduced[shown] -= duals[self.link_row]
        return np.where(self.usable, reduced, np.inf), price

    def _link(self, answer: SolveResult) -> int:
        """Add the links that are violated; return how many."""
        values = np.asarray(answer.values)
        sites = self.allowed.size
        warehouse = self.lanes.warehouse
        over = values[sites:] - values[self.open_columns[warehouse]]
        missing = np.flatnonzero((over > _VIOLATION) & ~self.linked)
        if missing.size:
            block = link_block(
                warehouse[missing], sites + missing, self.open_columns, self.session.column_count
            )
            self._add_rows(missing, block)
        return int(missing.size)

    def _add_rows(self, missing: IndexArray, block: sparse.csr_array) -> None:
        added = self.session.add_rows(np.full(missing.size, -np.inf), np.zeros(missing.size), block)
        self.linked[missing] = True
        self.link_lane = np.concatenate([self.link_lane, missing])
        self.link_row = np.concatenate([self.link_row, np.arange(added.start, added.stop)])

    def _price(self, reduced: FloatArray) -> int:
        """Add the lanes that would pay; return how many."""
        if self.lanes.warehouse.size == self.usable.sum():
            return 0
        absent = self.usable.copy()
        absent[self.lanes.warehouse, self.lanes.district] = False
        largest = float(self.cost[self.usable].max(initial=1.0))
        warehouse, district = np.nonzero(absent & (reduced < -_GAIN * largest))
        count = warehouse.size
        if count == 0:
            return 0
        room_row = self.data.district_count + self.open_columns[warehouse]
        number = np.arange(count)
        block = sparse.csc_array(
            (
                np.concatenate([np.ones(count), self.data.demand_units[district]]),
                (np.concatenate([district, room_row]), np.concatenate([number, number])),
            ),
            shape=(self.session.row_count, count),
        )
        self.session.add_columns(
            self.cost[warehouse, district], np.zeros(count), np.ones(count), block
        )
        self.lanes = LaneList(
            np.concatenate([self.lanes.warehouse, warehouse]),
            np.concatenate([self.lanes.district, district]),
        )
        self.linked = np.concatenate([self.linked, np.zeros(count, dtype=np.bool_)])
        return int(count)

    def _root(self, answer: SolveResult, reduced: FloatArray, price: FloatArray) -> Root:
        values, costs = np.asarray(answer.values), np.asarray(answer.reduced_costs)
        sites = self.allowed.size
        share = np.zeros(self.data.warehouse_count)
        share[self.allowed] = values[:sites]
        opening = np.full(self.data.warehouse_count, np.inf)
        opening[self.allowed] = costs[:sites]
        return Root(
            Status.OPTIMAL,
            float(answer.objective or 0.0),
            share,
            opening,
            reduced,
            price,
            self.lanes,
            values[sites:],
        )


def _cheapest(cost: FloatArray, usable: BoolArray, most: int) -> LaneList:
    """Return the cheapest lanes of each district, sorted by district, then by warehouse."""
    count = min(most, cost.shape[0])
    ranked = np.where(usable, cost, np.inf)
    nearest = np.argpartition(ranked, count - 1, axis=0)[:count]
    chosen = np.zeros(cost.shape, dtype=np.bool_)
    chosen[nearest, np.arange(cost.shape[1])] = True
    district, warehouse = np.nonzero((chosen & usable).T)
    return LaneList(warehouse, district)
