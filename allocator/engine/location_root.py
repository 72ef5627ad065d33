"""Strong linear relaxation of the capacitated problem, with links and lanes that come when needed.

Of ``warehouses x districts`` links ``x <= y`` a few hundred matter, and of the lanes a tenth; both
start with the cheap lanes of each district and grow until nothing is violated and no lane left out
has a negative reduced cost. So the bound is that of the whole relaxation, at the root and in every
part of a tree, where the same session goes on from its last basis.

Each district has an escape: to be served by nobody, at a cost beyond all others. Within any limits
on the open shares there is a solution then, and a bound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from allocator.engine.location_question import Search
from allocator.engine.location_rows import LocationRows, link_block
from allocator.solver import Session, SolveResult, Status
from models.location_data import LaneList, LocationData

__all__ = ["Root", "StrongRelaxation"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IndexArray = NDArray[np.intp]

#: Cheapest lanes of each district that are there from the beginning, and linked at once.
_FIRST_LANES = 10
_FIRST_LINKS = 2

#: Least violation of a link, and least gain of a lane relative to the largest cost.
_VIOLATION = 1e-6
_GAIN = 1e-9

#: Links over those that bind, from which on the slack ones are thrown out.
_MORE_LINKS = 1.5

#: Cost of an escape over that of the largest lane and the largest opening.
_ESCAPE = 10.0

#: Iterations of a trial: enough to see which way a branch goes.
_TRIAL_ITERATIONS = 100

#: HiGHS' primal simplex, which goes on where columns have entered.
_PRIMAL = {"simplex_strategy": 4}


@dataclass(frozen=True)
class Root:
    """Optimum of the relaxation over all lanes, within limits on the open shares.

    Parameters
    ----------
    status
        ``optimal``, ``infeasible``, or what kept the solver from an end.
    objective
        Bound on the cost of all plans within the limits.
    share, open_reduced_cost
        Open shares, and what forcing them adds, shape (warehouse,).
    lane_reduced_cost
        Shape (warehouse, district), ``inf`` where there is no lane.
    price
        What serving one more whole district like this costs, shape (district,).
    lanes, lane_share
        Lanes at hand and their shares.
    escaped
        Districts' shares that nobody serves, in sum.
    """

    status: Status
    objective: float = -np.inf
    share: FloatArray | None = None
    open_reduced_cost: FloatArray | None = None
    lane_reduced_cost: FloatArray | None = None
    price: FloatArray | None = None
    lanes: LaneList | None = None
    lane_share: FloatArray | None = None
    escaped: float = 0.0

    @property
    def opened(self) -> BoolArray:
        """Warehouses open in more than half, shape (warehouse,)."""
        return np.asarray(self.share) > 0.5

    @property
    def is_whole(self) -> bool:
        """Whether no warehouse is open in part."""
        if self.share is None:
            return False
        return bool(np.minimum(self.share, 1.0 - self.share).max() <= 1e-7)


class StrongRelaxation:
    """The relaxation in a session, with the lanes and links it has so far.

    Parameters
    ----------
    data
        With the lanes that may be used.
    search
        Question (its count), options, clock.
    """

    def __init__(self, data: LocationData, search: Search) -> None:
        self.data, self.search = data, search
        self.cost = data.lane_cost
        self.allowed = np.flatnonzero(data.allowed)
        self.usable = np.isfinite(self.cost) & data.allowed[:, None]
        self.largest = float(self.cost[self.usable].max(initial=1.0))
        self.lanes = _cheapest(self.cost, self.usable, _FIRST_LANES)
        few = _cheapest(self.cost, self.usable, _FIRST_LINKS)
        near = np.zeros(self.cost.shape, dtype=np.bool_)
        near[few.warehouse, few.district] = True
        self.linked = near[self.lanes.warehouse, self.lanes.district]
        self._load(LocationRows(data, search.question.count, self.allowed, self.lanes))
        self.lower = data.fixed_open.astype(np.float64)
        self.upper = data.allowed.astype(np.float64)

    def _load(self, rows: LocationRows) -> None:
        """Fill the session."""
        data, sites = self.data, self.allowed.size
        self.open_columns = rows.open_columns
        largest = self.largest + float(data.opening_cost.max(initial=0.0))
        escape = np.full(data.district_count, _ESCAPE * largest)
        lanes = self.lanes.warehouse.size
        self.session = Session(rows.program(linked=self.linked, escape_cost=escape))
        self.lane_column = sites + np.arange(lanes)
        self.escape_column = sites + lanes + np.arange(data.district_count)
        self.link_lane = np.flatnonzero(self.linked)
        first = self.session.row_count - self.link_lane.size
        self.link_row = first + np.arange(self.link_lane.size)
        self.most_links = 0

    def solve(
        self,
        lower: FloatArray | None = None,
        upper: FloatArray | None = None,
        cutoff: float = np.inf,
    ) -> Root:
        """Grow until nothing is missing, or until the bound reaches a cutoff.

        Parameters
        ----------
        lower, upper
            Limits on the open shares, shape (warehouse,); None for those of the data.
        cutoff
            Bound that is enough.
        """
        self._limit(lower, upper)
        way: dict[str, int] = {}
        while True:
            options = self.search.solve_options()
            answer = self.session.solve(replace(options, highs={**options.highs, **way}))
            if answer.status is not Status.OPTIMAL or answer.row_duals is None:
                return Root(answer.status)
            reduced, price = self._reduced_costs(answer)
            priced = self._price(reduced)
            is_enough = float(answer.objective or 0.0) >= cutoff
            # Columns first, rows after that: each from where the other has left off.
            if priced == 0 and (is_enough or self._link(answer) == 0):
                point = self._root(answer, reduced, price)
                self._prune(answer)
                return point
            way = dict(_PRIMAL) if priced else {}

    def try_out(self, lower: FloatArray, upper: FloatArray) -> float | None:
        """Return about what the bound becomes within limits, from a few iterations.

        Parameters
        ----------
        lower, upper
            Limits on the open shares, shape (warehouse,).

        Returns
        -------
        float | None
            Not a bound: lanes may be missing. ``inf`` for no solution, None for no answer.
        """
        self._limit(lower, upper)
        options = self.search.solve_options()
        few = {**options.highs, "simplex_iteration_limit": _TRIAL_ITERATIONS}
        answer = self.session.solve(replace(options, highs=few))
        if answer.status is Status.INFEASIBLE:
            return np.inf
        return answer.objective if answer.status is Status.OPTIMAL else answer.bound

    def _limit(self, lower: FloatArray | None, upper: FloatArray | None) -> None:
        self.lower = self.data.fixed_open.astype(np.float64) if lower is None else lower
        self.upper = self.data.allowed.astype(np.float64) if upper is None else upper
        self.session.change_column_bounds(
            np.arange(self.allowed.size), self.lower[self.allowed], self.upper[self.allowed]
        )

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
        opened = values[self.open_columns[self.lanes.warehouse]]
        over = values[self.lane_column] - opened
        missing = np.flatnonzero((over > _VIOLATION) & ~self.linked)
        if missing.size:
            block = link_block(
                self.lanes.warehouse[missing],
                self.lane_column[missing],
                self.open_columns,
                self.session.column_count,
            )
            low = np.full(missing.size, -np.inf)
            added = self.session.add_rows(low, np.zeros(missing.size), block)
            self.linked[missing] = True
            self.link_lane = np.concatenate([self.link_lane, missing])
            self.link_row = np.concatenate([self.link_row, np.arange(added.start, added.stop)])
        return int(missing.size)

    def _prune(self, answer: SolveResult) -> None:
        """Throw out the links that are slack, once they are many."""
        values = np.asarray(answer.values)
        if self.link_lane.size <= self.most_links:
            return
        opened = values[self.open_columns[self.lanes.warehouse[self.link_lane]]]
        slack = opened - values[self.lane_column[self.link_lane]] > _VIOLATION
        self.session.delete_rows(self.link_row[slack])
        self.linked[self.link_lane[slack]] = False
        self.link_lane = self.link_lane[~slack]
        first = self.session.row_count - self.link_lane.size
        self.link_row = first + np.arange(self.link_lane.size)
        self.most_links = int(_MORE_LINKS * self.link_lane.size) + self.data.district_count

    def _price(self, reduced: FloatArray) -> int:
        """Add the lanes of warehouses not shut that would pay; return how many."""
        if self.lanes.warehouse.size == self.usable.sum():
            return 0
        absent = self.usable & (self.upper > 0.0)[:, None]
        absent[self.lanes.warehouse, self.lanes.district] = False
        warehouse, district = np.nonzero(absent & (reduced < -_GAIN * self.largest))
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
        added = self.session.add_columns(
            self.cost[warehouse, district], np.zeros(count), np.ones(count), block
        )
        self.lanes = LaneList(
            np.concatenate([self.lanes.warehouse, warehouse]),
            np.concatenate([self.lanes.district, district]),
        )
        self.lane_column = np.concatenate([self.lane_column, np.arange(added.start, added.stop)])
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
            values[self.lane_column],
            float(values[self.escape_column].sum()),
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
