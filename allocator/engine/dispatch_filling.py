"""Mending and bettering of a plan with whole vehicles: fill, pull forward, start earlier, add.

Every step keeps all rules and makes the stage's value no worse.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_draft import startable
from allocator.engine.dispatch_vehicles import VehiclePlan

__all__ = ["add_vehicles", "best_loads", "complete", "fill_room", "pull_forward", "start_earlier"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def complete(plan: VehiclePlan) -> None:
    """Apply every step until nothing is left to deliver or nothing more can drive."""
    start_earlier(plan)
    fill_room(plan)
    pull_forward(plan)
    plan.drop_empty()
    add_vehicles(plan)
    pull_forward(plan)
    plan.drop_empty()
    start_earlier(plan)


def _density(plan: VehiclePlan, needs: Integers) -> Floats:
    """Price of not delivering by the share of a vehicle that a unit takes, shape (slot,)."""
    data = plan.problem.data
    share = np.maximum(
        plan.unit_kg / data.payload_kg.max(), plan.unit_m3 / data.vehicle_volume_m3.max()
    )
    return np.asarray(np.where(needs >= 0, plan.prices.lost[needs], -1.0) / share)


def fill_room(plan: VehiclePlan) -> None:
    """Put what is still missing onto vehicles that have room, the earliest first."""
    problem = plan.problem
    hours = problem.table.unload_end_hours
    for vehicle in np.argsort(hours[plan.trip], kind="stable").tolist():
        needs = plan.needs(vehicle)
        missing = np.where(needs >= 0, plan.left.need[needs], 0.0)
        if missing.max(initial=0.0) < 1 - 1e-6:
            continue
        for slot in np.argsort(-_density(plan, needs), kind="stable"):
            if missing[slot] >= 1 - 1e-6:
                units = min(np.floor(missing[slot] + 1e-6), plan.units_that_fit(vehicle, slot))
                if units > 0:
                    plan.put(vehicle, int(slot), units)


def pull_forward(plan: VehiclePlan) -> None:
    """Move units from late vehicles to earlier ones of the same district that have room."""
    hours = plan.problem.table.unload_end_hours[plan.trip]
    district = plan.problem.district[plan.trip]
    for d in np.unique(district):
        vehicles = np.flatnonzero(district == d)
        vehicles = vehicles[np.argsort(hours[vehicles], kind="stable")]
        needs = plan.needs(int(vehicles[0]))
        price = np.where(needs >= 0, plan.prices.late[needs], 0.0) / plan.unit_m3
        slots = [int(slot) for slot in np.argsort(-price, kind="stable") if price[slot] > 0]
        for place, early in enumerate(vehicles.tolist()):
            later = vehicles[place + 1 :]
            later = later[hours[later] > hours[early] + 1e-6][::-1]
            for slot in slots:
                _pull(plan, early, later, slot)


def _pull(plan: VehiclePlan, early: int, later: Integers, slot: int) -> None:
    """Move units of one slot to an earlier vehicle, from the latest ones first."""
    if plan.room_m3[early] < plan.unit_m3[slot] or plan.room_kg[early] < plan.unit_kg[slot]:
        return
    for late in later[plan.load[later, slot] > 0].tolist():
        carried = plan.load[late, slot]
        plan.put(late, slot, -carried)
        moved = min(carried, plan.units_that_fit(early, slot))
        if moved > 0:
            plan.put(early, slot, moved)
        if carried > moved:
            plan.put(late, slot, carried - moved)
        if moved < carried:
            return


def start_earlier(plan: VehiclePlan) -> None:
    """Let each vehicle start loading as early as dock, pool, release and receiving allow."""
    problem, table = plan.problem, plan.problem.table
    way = table.lane * problem.data.fleet_count + table.fleet
    for vehicle in np.argsort(table.start_period[plan.trip], kind="stable").tolist():
        trip = int(plan.trip[vehicle])
        first = int(np.searchsorted(way, way[trip]))
        earlier = plan.with_room(vehicle, np.arange(first, trip))
        if len(earlier) == 0:
            continue
        on_board = plan.item_of_slot[plan.load[vehicle] > 0]
        earlier = earlier[table.carries[earlier][:, on_board].all(axis=1)]
        for other in earlier.tolist():
            if _pays(plan, vehicle, other) and plan.may_exchange(vehicle, other):
                plan.exchange(vehicle, other)
                break


def _pays(plan: VehiclePlan, vehicle: int, trip: int) -> bool:
    """Whether an earlier departure saves what it costs besides; mostly it costs nothing."""
    besides, old = plan.prices.departure, int(plan.trip[vehicle])
    if besides is None or besides[trip] <= besides[old]:
        return True
    on_board = np.flatnonzero(plan.load[vehicle] > 0)
    need = plan.needs(vehicle)[on_board]
    hours = plan.problem.wait_hours(np.array([[old], [trip]]), need[None, :])
    saved = (hours[0] - hours[1]) @ (plan.prices.late[need] * plan.load[vehicle, on_board])
    return bool(saved > besides[trip] - besides[old])


def add_vehicles(plan: VehiclePlan, most: int = 100_000) -> int:
    """Send further vehicles, one at a time and the most useful first, while that pays.

    Parameters
    ----------
    plan
        Changed in place.
    most
        Most vehicles to add.

    Returns
    -------
    int
        Vehicles added.
    """
    problem = plan.problem
    by_district = np.argsort(problem.district, kind="stable")
    ends = np.searchsorted(
        problem.district[by_district], np.arange(problem.data.district_count + 1)
    )
    added = 0
    for district in range(problem.data.district_count):
        trips = by_district[ends[district] : ends[district + 1]]
        needs = problem.need_of[district].ravel()
        while len(trips) and added < most:
            missing = np.where(needs >= 0, plan.left.need[needs], 0.0)
            if missing.max(initial=0.0) < 1 - 1e-6:
                break
            trips = trips[(startable(problem, plan.left, trips) > 0) & plan.has_company(trips)]
            load, gain = best_loads(plan, trips, needs)
            if len(gain) == 0 or gain.max() <= 1e-9:
                break
            best = int(gain.argmax())
            plan.add_vehicle(int(trips[best]), load[best])
            added += 1
    return added


def best_loads(plan: VehiclePlan, trip: Integers, needs: Integers) -> tuple[Floats, Floats]:
    """Loads by density and what each trip would gain, shapes (trip, slot) and (trip,)."""
    problem, left = plan.problem, plan.left
    data, table = problem.data, problem.table
    warehouse, fleet = problem.warehouse[trip], table.fleet[trip]
    room_kg, room_m3 = data.payload_kg[fleet].copy(), data.vehicle_volume_m3[fleet].copy()
    receive = left.receive[problem.district[trip], table.receive_hour[trip]]
    room_m3 = np.minimum(room_m3, receive)
    load = np.zeros((len(trip), len(needs)))
    gain = -problem.trip_price(plan.prices, trip)
    taken = np.zeros((len(trip), data.item_count))
    for slot in np.argsort(-_density(plan, needs), kind="stable").tolist():
        need, item = int(needs[slot]), int(plan.item_of_slot[slot])
        if need < 0 or left.need[need] < 1 - 1e-6:
            continue
        stock = left.stock[warehouse, item]
        stock = np.where(
            problem.leaves[trip], np.minimum(stock, left.outside[warehouse, item]), stock
        )
        if len(left.lasting):
            lasting = problem.lasting_left(left.lasting, trip, np.full(len(trip), item))
            stock = np.minimum(stock, lasting)
        units = np.minimum(
            np.minimum(room_kg / plan.unit_kg[slot], room_m3 / plan.unit_m3[slot]),
            np.minimum(left.need[need], stock - taken[:, item]),
        )
        units = np.where(table.carries[trip, item], np.floor(units + 1e-6), 0.0).clip(min=0.0)
        worth = plan.prices.lost[need] - plan.prices.late[need] * problem.wait_hours(
            trip, np.full(len(trip), need)
        )
        units[worth <= 0] = 0.0
        load[:, slot] = units
        taken[:, item] += units
        gain += worth * units
        room_kg -= units * plan.unit_kg[slot]
        room_m3 -= units * plan.unit_m3[slot]
    return load, np.where(load.any(axis=1), gain, -np.inf)
