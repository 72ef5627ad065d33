"""What vehicles, docks, stock and hubs still allow while trips are put into a plan one by one.

Trips are those of a dispatch with legs: of ``DispatchProblem``, in which the last districts stand
for the hubs. What a hub holds is kept by period: brought by then less loaded by then.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_convoys import free_company
from allocator.engine.dispatch_problem import DispatchProblem
from models.dispatch_values import DispatchResult
from models.trip_table import ready_period

__all__ = ["Room"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_NOISE = 1e-6
"""Units and vehicles closer than this to a whole number are that number."""


class Room:
    """Takes trips as long as every rule is kept.

    Parameters
    ----------
    problem
        The dispatch with hubs and legs.

    Attributes
    ----------
    need
        Whole units still missing, shape (district, item); of hubs as much as anybody needs. [units]
    hub
        Hub that a trip leads to, -1 for a district, shape (trip,).
    source
        Hub that a trip starts at, -1 for a warehouse, shape (trip,).
    ready
        First period in which the goods of a leg can be loaded again, shape (trip,); 0 where the
        trip is no leg.
    dock, vehicle
        Load starts, shape (warehouse, period), and vehicles, shape (pool, period), that are left.
        [vehicles]
    company
        Vehicles taken of each group that sets off together or not at all, shape (group,).
        [vehicles]
    """

    def __init__(self, problem: DispatchProblem) -> None:
        data, table = problem.data, problem.table
        self.problem = problem
        self.need = data.wanted_units.astype(float)
        self.hub = data.lane_hub[table.lane]
        hub_at = np.full(data.warehouse_count, -1, dtype=np.int64)
        hub_at[data.hub_warehouse] = np.arange(data.hub_count)
        self.source = hub_at[problem.warehouse]
        self.ready = np.zeros(len(table), dtype=np.int64)
        legs = np.flatnonzero(self.hub >= 0)
        self.ready[legs] = ready_period(data, table, legs)
        self.dock = problem.dock_limit.copy()
        self.vehicle = problem.pool_limit.copy()
        self._receive = problem.receive_limit.copy()
        self._stock = data.stock_units.astype(float)
        self._outside = data.outside_units.astype(float)
        self._held = data.hub_goods.astype(float)
        self.company = np.zeros(len(problem.convoys), dtype=np.int64)
        self._trips: list[int] = []
        self._loads: list[Integers] = []
        self._journal: list[tuple[int, Integers]] = []

    def result(self) -> DispatchResult:
        """Return the trips taken so far, in the order in which they were."""
        loads = np.array(self._loads, dtype=np.int64).reshape(-1, self.problem.data.item_count)
        return DispatchResult(np.array(self._trips, dtype=np.int64), loads)

    def left_at_end(self, trips: Integers) -> Floats:
        """What is left where each trip starts, shape (chosen trip, item). [units]."""
        stock = self._stock.copy()
        stock[self.problem.data.hub_warehouse] = self._held[:, :, -1]
        outside = np.minimum(stock, self._outside)
        warehouse, leaves = self.problem.warehouse[trips], self.problem.leaves[trips]
        return np.asarray(np.where(leaves[:, None], outside[warehouse], stock[warehouse]))

    def is_free(self, trips: Integers) -> Flags:
        """Whether a vehicle and a dock are there for each trip, shape (chosen trip,)."""
        problem = self.problem
        start = problem.table.start_period[trips]
        full = np.zeros((self.vehicle.shape[0], self.vehicle.shape[1] + 1), dtype=np.int64)
        np.cumsum(self.vehicle < 1 - _NOISE, axis=1, out=full[:, 1:])
        pool = problem.pool[trips]
        is_there = full[pool, np.maximum(problem.until[trips], start + 1)] <= full[pool, start]
        has_dock = self.dock[problem.warehouse[trips], start] >= 1 - _NOISE
        return np.asarray(is_there & has_dock)

    def units_there(self, trip: int) -> Floats:
        """Units that the place where a trip starts can give it, shape (item,). [units]."""
        hub = int(self.source[trip])
        if hub >= 0:
            start = int(self.problem.table.start_period[trip])
            return np.asarray(self._held[hub, :, start:].min(axis=1))
        warehouse = int(self.problem.warehouse[trip])
        if self.problem.leaves[trip]:
            return np.asarray(np.minimum(self._stock[warehouse], self._outside[warehouse]))
        return np.asarray(self._stock[warehouse])

    def load(self, trip: int, wanted: Floats, order: Integers) -> Integers:
        """Return a load of what is wanted that fits vehicle, stock, and receiving.

        Parameters
        ----------
        trip
            The trip.
        wanted
            Shape (item,). [units]
        order
            Items, those first that go first.

        Returns
        -------
        Array
            Shape (item,), whole. [units]
        """
        problem, data = self.problem, self.problem.data
        fleet = int(problem.table.fleet[trip])
        kg, m3 = float(data.payload_kg[fleet]), float(data.vehicle_volume_m3[fleet])
        place = int(problem.district[trip]), int(problem.table.receive_hour[trip])
        m3 = min(m3, float(self._receive[place]))
        most = np.where(problem.table.carries[trip], self.units_there(trip), 0.0)
        most = np.minimum(most, wanted)
        found = np.zeros(data.item_count, dtype=np.int64)
        for item in order.tolist():
            of_kg, of_m3 = float(data.item_weight_kg[item]), float(data.item_volume_m3[item])
            units = np.floor(min(most[item], kg / of_kg, m3 / of_m3) + _NOISE)
            if units >= 1:
                found[item] = int(units)
                kg, m3 = kg - units * of_kg, m3 - units * of_m3
        return found

    def can_leave(self, trips: Integers) -> Flags:
        """Whether each trip is free, and docks and pools have the company it needs."""
        groups = self.problem.convoys
        is_free = self.is_free(trips)
        if len(groups) == 0 or not is_free.any():
            return is_free
        free = trips[is_free]
        joined = np.unique(groups.of_trip[free])
        joined = joined[joined >= 0]
        members = [groups.trips(group) for group in joined.tolist()]
        entry = np.concatenate([free[:0], *members])
        place = np.repeat(np.arange(len(joined)), [len(each) for each in members])
        more = free_company(self.problem, self, entry, place)
        has_company = np.ones(len(groups) + 1, dtype=bool)
        has_company[joined] = self.company[joined] + more >= groups.least[joined]
        found = is_free.copy()
        found[is_free] = has_company[groups.of_trip[free]].all(axis=1)
        return found

    def take(self, trip: int, load: Integers) -> None:
        """Put a trip into the plan; it must be free and its load must fit."""
        self._occupy(trip, 1)
        self._book(trip, load)
        self._trips.append(trip)
        self._loads.append(load.copy())
        self._journal.append((-1, load))

    def add(self, vehicle: int, units: Integers) -> None:
        """Put more units onto a vehicle of the plan, or less where they are below zero.

        Parameters
        ----------
        vehicle
            Position in the order in which trips were taken.
        units
            Shape (item,). [units]
        """
        self._book(self._trips[vehicle], units)
        self._loads[vehicle] += units
        self._journal.append((vehicle, units))

    def members(self, group: int) -> list[int]:
        """Vehicles taken of a group, as positions in the order in which they were."""
        is_in = (self.problem.convoys.of_trip[self._trips] == group).any(axis=1)
        return np.flatnonzero(is_in).tolist()

    def taken(self, position: int) -> tuple[int, Integers]:
        """Trip and load of a vehicle taken."""
        return self._trips[position], self._loads[position]

    def mark(self) -> int:
        """Return what ``back_to`` and ``booked_since`` need to know of the plan as it is now."""
        return len(self._journal)

    def trips_since(self, mark: int) -> list[int]:
        """Trips that were taken since a mark."""
        count = sum(vehicle < 0 for vehicle, _ in self._journal[mark:])
        return self._trips[len(self._trips) - count :]

    def booked_since(self, mark: int) -> Integers:
        """Units that were put into the plan since a mark, shape (item,). [units]."""
        none = np.zeros(self.problem.data.item_count, dtype=np.int64)
        return np.asarray(sum((units for _, units in self._journal[mark:]), none))

    def back_to(self, mark: int) -> None:
        """Take back all that was put into the plan since a mark."""
        while len(self._journal) > mark:
            vehicle, units = self._journal.pop()
            self._book(self._trips[vehicle], -units)
            if vehicle >= 0:
                self._loads[vehicle] -= units
            else:
                self._occupy(self._trips.pop(), -1)
                self._loads.pop()

    def _occupy(self, trip: int, vehicles: int) -> None:
        """Take a dock and a vehicle for a trip, or give them back."""
        problem = self.problem
        start, until = int(problem.table.start_period[trip]), int(problem.until[trip])
        self.dock[problem.warehouse[trip], start] -= vehicles
        self.vehicle[problem.pool[trip], start:until] -= vehicles
        joined = problem.convoys.of_trip[trip]
        self.company[joined[joined >= 0]] += vehicles

    def _book(self, trip: int, load: Integers) -> None:
        """Move units from where a trip starts to where it leads, or back."""
        problem, data = self.problem, self.problem.data
        table = problem.table
        start = int(table.start_period[trip])
        warehouse, district = int(problem.warehouse[trip]), int(problem.district[trip])
        volume = float(load @ data.item_volume_m3)
        self._receive[district, table.receive_hour[trip]] -= volume
        hub = int(self.source[trip])
        if hub >= 0:
            self._held[hub, :, start:] -= load[:, None]
        else:
            self._stock[warehouse] -= load
            if problem.leaves[trip]:
                self._outside[warehouse] -= load
        to = int(self.hub[trip])
        if to >= 0:
            self._held[to, :, int(self.ready[trip]) :] += load[:, None]
        self.need[district] -= load
