"""Single vehicles with whole units on board, and what they leave of every resource."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_draft import Draft, Residual, empty_draft, residual, slot_needs
from allocator.engine.dispatch_problem import DispatchProblem, StagePrices
from models.dispatch_values import DispatchResult

__all__ = ["VehiclePlan", "result_draft", "result_loads", "whole_vehicles"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_WHOLE = 1e-6


class VehiclePlan:
    """Vehicles that drive, one by one, kept consistent with what is left of the resources.

    Parameters
    ----------
    problem, prices
        The problem and what the stage charges.
    trip
        Departure of each vehicle, shape (vehicle,).
    load
        Whole units on board by slot, shape (vehicle, slot). [units]

    Attributes
    ----------
    left
        What is left of the resources.
    room_kg, room_m3
        Room on each vehicle, shape (vehicle,). [kg], [m3]
    """

    def __init__(
        self, problem: DispatchProblem, prices: StagePrices, trip: Integers, load: Floats
    ) -> None:
        data = problem.data
        ranks = problem.need_of.shape[2]
        self.problem, self.prices = problem, prices
        self.item_of_slot = np.repeat(np.arange(data.item_count), ranks)
        self.unit_kg = data.item_weight_kg[self.item_of_slot]
        self.unit_m3 = data.item_volume_m3[self.item_of_slot]
        self.trip, self.load = trip.copy(), load.copy()
        fleet = problem.table.fleet[trip]
        self.room_kg = data.payload_kg[fleet] - load @ self.unit_kg
        self.room_m3 = data.vehicle_volume_m3[fleet] - load @ self.unit_m3
        self.left: Residual = residual(problem, self.draft())

    def draft(self) -> Draft:
        """The same vehicles as a draft: alike departures put together."""
        if len(self.trip) == 0:
            return empty_draft(self.problem)
        trip, place = np.unique(self.trip, return_inverse=True)
        place = place.reshape(-1)
        load = np.zeros((len(trip), self.load.shape[1]))
        np.add.at(load, place, self.load)
        return Draft(trip, np.bincount(place).astype(float), load)

    def result(self) -> DispatchResult:
        """Vehicles with something on board, loads by item."""
        used = self.load.any(axis=1)
        units = np.zeros((len(self.trip), self.problem.data.item_count))
        np.add.at(units.T, self.item_of_slot, self.load.T)
        whole = np.rint(units[used]).astype(np.int64)
        return DispatchResult(self.trip[used], whole)

    def needs(self, vehicle: int) -> Integers:
        """Need of each slot of a vehicle's district, -1 for none."""
        return np.asarray(slot_needs(self.problem, self.trip[vehicle : vehicle + 1])[0])

    def units_that_fit(self, vehicle: int, slot: int) -> float:
        """Whole units that room, stock, leave to go out and receiving allow on a vehicle."""
        problem, trip = self.problem, int(self.trip[vehicle])
        item = int(self.item_of_slot[slot])
        if not problem.table.carries[trip, item]:
            return 0.0
        warehouse = problem.warehouse[trip]
        place = problem.district[trip], problem.table.receive_hour[trip]
        most = min(
            self.room_kg[vehicle] / self.unit_kg[slot],
            self.room_m3[vehicle] / self.unit_m3[slot],
            self.left.stock[warehouse, item],
            self.left.receive[place] / self.unit_m3[slot],
        )
        if problem.leaves[trip]:
            most = min(most, self.left.outside[warehouse, item])
        if len(self.left.lasting):
            _, drawn = problem.lasting_drawn(np.array([trip]), np.array([item]))
            most = min(most, self.left.lasting[drawn].min(initial=np.inf))
        return max(0.0, float(np.floor(most + _WHOLE)))

    def put(self, vehicle: int, slot: int, units: float) -> None:
        """Load units onto a vehicle, or take them off where negative."""
        problem, trip = self.problem, int(self.trip[vehicle])
        item = int(self.item_of_slot[slot])
        warehouse = problem.warehouse[trip]
        self.load[vehicle, slot] += units
        self.room_kg[vehicle] -= units * self.unit_kg[slot]
        self.room_m3[vehicle] -= units * self.unit_m3[slot]
        self.left.need[self.needs(vehicle)[slot]] -= units
        self.left.stock[warehouse, item] -= units
        if problem.leaves[trip]:
            self.left.outside[warehouse, item] -= units
        if len(self.left.lasting):
            _, drawn = problem.lasting_drawn(np.array([trip]), np.array([item]))
            self.left.lasting[drawn] -= units
        place = problem.district[trip], problem.table.receive_hour[trip]
        self.left.receive[place] -= units * self.unit_m3[slot]

    def add_vehicle(self, trip: int, load: Floats) -> None:
        """Send one more vehicle with whole units on board."""
        problem, data = self.problem, self.problem.data
        self.trip = np.append(self.trip, trip)
        self.load = np.vstack([self.load, np.zeros((1, self.load.shape[1]))])
        fleet = problem.table.fleet[trip]
        self.room_kg = np.append(self.room_kg, data.payload_kg[fleet])
        self.room_m3 = np.append(self.room_m3, data.vehicle_volume_m3[fleet])
        self._book(trip, 1.0)
        for slot in np.flatnonzero(load > 0):
            self.put(len(self.trip) - 1, int(slot), float(load[slot]))

    def _book(self, trip: int, vehicles: float) -> None:
        """Take a dock and the pool's periods for vehicles, or give them back where negative."""
        problem = self.problem
        start = problem.table.start_period[trip]
        self.left.dock[problem.warehouse[trip], start] -= vehicles
        self.left.vehicle[problem.pool[trip], start : problem.until[trip]] -= vehicles

    def has_company(self, trip: Integers) -> NDArray[np.bool_]:
        """Whether one more vehicle of each departure would have the company it needs."""
        groups = self.problem.convoys
        if len(groups) == 0:
            return np.ones(len(trip), dtype=bool)
        is_enough = np.append(groups.company(self.trip) + 1 >= groups.least, True)
        return np.asarray(is_enough[groups.of_trip[trip]].all(axis=1))

    def may_leave(self, vehicle: int, trip: int | None = None) -> bool:
        """Whether the company of a vehicle can do without it, and it has some at another departure.

        Vehicles that carry nothing are no company.
        """
        groups = self.problem.convoys
        if len(groups) == 0:
            return True
        was = set(groups.of_trip[self.trip[vehicle]].tolist())
        now = set() if trip is None else set(groups.of_trip[trip].tolist())
        others = np.asarray(self.load.any(axis=1))
        others[vehicle] = False
        company = groups.of_trip[self.trip[others]]
        for group in (was ^ now) - {-1}:
            left = int((company == group).sum())
            if left + (group in now) < groups.least[group] and (left or group in now):
                return False
        return True

    def may_exchange(self, vehicle: int, trip: int) -> bool:
        """Whether docks, pools, receiving and convoys allow another departure for the same load.

        The other departure is on the same lane and carries the same items; the load must fit.
        """
        return self.has_room(vehicle, trip) and self.may_leave(vehicle, trip)

    def has_room(self, vehicle: int, trip: int) -> bool:
        """The same, convoys left aside."""
        problem, table = self.problem, self.problem.table
        old = int(self.trip[vehicle])
        start, pool = table.start_period[trip], problem.pool[trip]
        dock = self.left.dock[problem.warehouse[trip], start]
        if table.start_period[old] == start:
            dock += 1.0
        if dock < 1 - 1e-6:
            return False
        free = self.left.vehicle[pool].copy()
        if problem.pool[old] == pool:
            free[table.start_period[old] : problem.until[old]] += 1.0
        if free[start : problem.until[trip]].min(initial=1.0) < 1 - 1e-6:
            return False
        volume = float(self.load[vehicle] @ self.unit_m3)
        hour = table.receive_hour[trip]
        room = self.left.receive[problem.district[trip], hour]
        if table.receive_hour[old] == hour:
            room += volume
        return bool(room >= volume - 1e-9) and self._lasts(vehicle, trip)

    def with_room(self, vehicle: int, trips: Integers) -> Integers:
        """Those of other departures of the same lane and kind that ``has_room`` may allow."""
        problem, table, left = self.problem, self.problem.table, self.left
        old = int(self.trip[vehicle])
        start, hour = table.start_period[trips], table.receive_hour[trips]
        dock = left.dock[problem.warehouse[old], start] + (start == table.start_period[old])
        free = left.vehicle[problem.pool[old]].copy()
        free[table.start_period[old] : problem.until[old]] += 1.0
        full = np.append(0, np.cumsum(free < 1 - 1e-6))
        volume = float(self.load[vehicle] @ self.unit_m3)
        room = left.receive[problem.district[old], hour]
        room = room + volume * (hour == table.receive_hour[old])
        has_room = (dock >= 1 - 1e-6) & (room >= volume - 1e-9)
        return np.asarray(trips[has_room & (full[problem.until[trips]] == full[start])])

    def _lasts(self, vehicle: int, trip: int) -> bool:
        """Whether enough of a load is still good when another departure is unloaded."""
        if len(self.left.lasting) == 0:
            return True
        left = self.left.lasting + self._drawn(vehicle, int(self.trip[vehicle]))
        return bool((left >= self._drawn(vehicle, trip) - _WHOLE).all())

    def _drawn(self, vehicle: int, trip: int) -> Floats:
        """What a load takes of each limit on a departure, shape (lasting,). [units]"""
        slots = np.flatnonzero(self.load[vehicle])
        load, drawn = self.problem.lasting_drawn(
            np.full(len(slots), trip), self.item_of_slot[slots]
        )
        units = self.load[vehicle, slots][load]
        return np.bincount(drawn, units, minlength=len(self.left.lasting)).astype(float)

    def exchange(self, vehicle: int, trip: int) -> None:
        """Let the load of a vehicle leave by another departure of the same lane."""
        problem, data = self.problem, self.problem.data
        old = int(self.trip[vehicle])
        volume = float(self.load[vehicle] @ self.unit_m3)
        self._book(old, -1.0)
        self.left.receive[problem.district[old], problem.table.receive_hour[old]] += volume
        self._book(trip, 1.0)
        self.left.receive[problem.district[trip], problem.table.receive_hour[trip]] -= volume
        if len(self.left.lasting):
            self.left.lasting[:] += self._drawn(vehicle, old) - self._drawn(vehicle, trip)
        self.trip[vehicle] = trip
        fleet = problem.table.fleet[trip]
        self.room_kg[vehicle] = data.payload_kg[fleet] - self.load[vehicle] @ self.unit_kg
        self.room_m3[vehicle] = data.vehicle_volume_m3[fleet] - volume

    def reload(self, load: Floats) -> None:
        """Load the vehicles as they were loaded before, the same ones at the same departures."""
        for vehicle, slot in np.argwhere(np.abs(self.load - load) > _WHOLE).tolist():
            self.put(vehicle, slot, float(load[vehicle, slot] - self.load[vehicle, slot]))

    def send_home(self, vehicles: Integers) -> None:
        """Leave some vehicles at home, with what they carry."""
        for vehicle in vehicles.tolist():
            for slot in np.flatnonzero(self.load[vehicle] > 0).tolist():
                self.put(vehicle, slot, -float(self.load[vehicle, slot]))
            self._book(int(self.trip[vehicle]), -1.0)
        keep = np.ones(len(self.trip), dtype=bool)
        keep[vehicles] = False
        self._keep(keep)

    def drop_empty(self) -> None:
        """Leave vehicles at home that carry nothing."""
        empty = np.asarray(~self.load.any(axis=1))
        for vehicle in np.flatnonzero(empty):
            self._book(int(self.trip[vehicle]), -1.0)
        self._keep(~empty)

    def _keep(self, keep: NDArray[np.bool_]) -> None:
        """Forget the other vehicles."""
        self.trip, self.load = self.trip[keep], self.load[keep]
        self.room_kg, self.room_m3 = self.room_kg[keep], self.room_m3[keep]


def whole_vehicles(problem: DispatchProblem, prices: StagePrices, draft: Draft) -> VehiclePlan:
    """Share the loads of a draft among its vehicles in whole units.

    Fractions of units stay behind, and so does what does not fit once units are whole.
    """
    count = draft.vehicles.astype(np.int64)
    departure = np.repeat(np.arange(len(count)), count)
    rank = np.arange(len(departure)) - np.repeat(np.cumsum(count) - count, count)
    total = np.floor(draft.load + _WHOLE)[departure]
    share = count[departure][:, None].astype(float)
    # Each slot begins with another vehicle, lest one vehicle gets the odd unit of every item.
    turn = (rank[:, None] + np.arange(draft.load.shape[1])) % np.maximum(share, 1)
    load = np.floor(total * (turn + 1) / share) - np.floor(total * turn / share)
    plan = VehiclePlan(
        problem, prices, np.zeros(0, dtype=np.int64), np.zeros((0, draft.load.shape[1]))
    )
    trip = draft.trip[departure]
    load = _trimmed(plan, problem.table.fleet[trip], load)
    return VehiclePlan(problem, prices, trip, load)


def _trimmed(plan: VehiclePlan, fleet: Integers, load: Floats) -> Floats:
    """Take units off vehicles that are too full, the bulkiest items first."""
    data = plan.problem.data
    load = load.copy()
    for unit, room in (
        (plan.unit_m3, data.vehicle_volume_m3[fleet]),
        (plan.unit_kg, data.payload_kg[fleet]),
    ):
        for slot in np.argsort(-unit, kind="stable"):
            over = load @ unit - room
            off = np.ceil(np.maximum(over, 0.0) / unit[slot] - _WHOLE)
            load[:, slot] -= np.minimum(np.maximum(off, 0.0), load[:, slot])
    return load


def result_loads(problem: DispatchProblem, result: DispatchResult) -> Floats:
    """Loads by slot from loads by item, shape (vehicle, slot). [units]

    Of several needs for an item the earlier one is served first, by vehicles in the order of
    their arrival, which is what makes the least waiting.
    """
    ranks = problem.need_of.shape[2]
    load = np.zeros((len(result), result.load_units.shape[1] * ranks))
    if ranks == 1:
        load[:] = result.load_units
        return load
    left = problem.need_units.copy()
    order = np.argsort(problem.table.unload_end_hours[result.trip], kind="stable")
    for vehicle in order.tolist():
        district = problem.district[result.trip[vehicle]]
        for item in np.flatnonzero(result.load_units[vehicle]).tolist():
            units = float(result.load_units[vehicle, item])
            for rank, need in enumerate(problem.need_of[district, item].tolist()):
                taken = min(units, left[need]) if need >= 0 else 0.0
                load[vehicle, item * ranks + rank] = taken
                left[need] -= taken
                units -= taken
    return load


def result_draft(problem: DispatchProblem, result: DispatchResult) -> Draft:
    """Vehicles of a result as a draft."""
    nothing = np.zeros(problem.data.need_count)
    prices = StagePrices(nothing, nothing, np.zeros(0))
    return VehiclePlan(problem, prices, result.trip, result_loads(problem, result)).draft()
