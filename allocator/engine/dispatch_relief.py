"""Relief: vehicles and docks that lie idle take over what late vehicles carry.

Rounding vehicles to whole ones leaves early departures unused here and there. A further vehicle
that leaves then, from any warehouse that has the goods, takes them off the latest vehicles to the
same district; those that are left empty stay at home and free their docks in turn.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_draft import slot_needs, startable
from allocator.engine.dispatch_vehicles import VehiclePlan

__all__ = ["relieve"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_WHOLE = 1e-6


def relieve(plan: VehiclePlan, least_share: float = 1e-6) -> int:
    """Send further vehicles to relieve late ones, the most useful first, district by district.

    Parameters
    ----------
    plan
        Changed in place; no stage value that it charges rises.
    least_share
        Least gain of a vehicle, as a share of the waiting of all vehicles.

    Returns
    -------
    int
        Vehicles added.
    """
    problem = plan.problem
    if len(plan.trip) == 0:
        return 0
    order = np.argsort(problem.district, kind="stable")
    ends = np.searchsorted(problem.district[order], np.arange(problem.data.district_count + 1))
    waiting = _waiting(plan)
    least = least_share * float(waiting.sum()) + 1e-9
    added = 0
    by_district = np.bincount(
        problem.district[plan.trip], waiting, minlength=problem.data.district_count
    )
    for district in np.argsort(-by_district, kind="stable").tolist():
        trips = order[ends[district] : ends[district + 1]]
        while by_district[district] > least and len(trips):
            trips = trips[(startable(problem, plan.left, trips) > 0) & plan.has_company(trips)]
            found = _best_relief(plan, district, trips)
            if found is None or found[0] <= least:
                break
            _take_over(plan, *found[1:])
            added += 1
    plan.drop_empty()
    return added


def _waiting(plan: VehiclePlan) -> Floats:
    """What the lateness on board of each vehicle costs, shape (vehicle,)."""
    late, since = _slot_prices(plan, plan.trip)
    hours = plan.problem.table.unload_end_hours[plan.trip]
    return np.asarray((plan.load * late * np.maximum(hours[:, None] - since, 0.0)).sum(axis=1))


def _slot_prices(plan: VehiclePlan, trip: Integers) -> tuple[Floats, Floats]:
    """Price of an hour and hour of the need by slot, shape (trip, slot)."""
    problem = plan.problem
    needs = slot_needs(problem, trip)
    late = np.append(plan.prices.late, 0.0)[needs]
    since = np.append(problem.data.need_from_hours, 0.0)[needs]
    return late, since


def _best_relief(
    plan: VehiclePlan, district: int, trips: Integers
) -> tuple[float, int, Floats, Integers] | None:
    """Gain, departure, load by slot, and the vehicles to relieve from the latest on."""
    problem, data, table = plan.problem, plan.problem.data, plan.problem.table
    relieved = np.flatnonzero(problem.district[plan.trip] == district)
    if len(relieved) == 0 or len(trips) == 0:
        return None
    hours = table.unload_end_hours[plan.trip[relieved]]
    relieved = relieved[np.argsort(-hours, kind="stable")]
    hours = table.unload_end_hours[plan.trip[relieved]]
    trips = trips[table.unload_end_hours[trips] < hours[0] - _WHOLE]
    if len(trips) == 0:
        return None
    early = table.unload_end_hours[trips][:, None]
    (late,), (since,) = _slot_prices(plan, trips[:1])
    fleet, warehouse = table.fleet[trips], problem.warehouse[trips]
    room_kg, room_m3 = data.payload_kg[fleet].copy(), data.vehicle_volume_m3[fleet].copy()
    room_m3 = np.minimum(room_m3, plan.left.receive[district, table.receive_hour[trips]])
    load = np.zeros((len(trips), len(late)))
    taken = np.zeros((len(trips), data.item_count))
    gain = -problem.trip_price(plan.prices, trips)
    share = np.maximum(
        plan.unit_kg / data.payload_kg.max(), plan.unit_m3 / data.vehicle_volume_m3.max()
    )
    for slot in np.argsort(-late / share, kind="stable").tolist():
        carried = plan.load[relieved, slot]
        if late[slot] <= 0 or not carried.any():
            continue
        item = int(plan.item_of_slot[slot])
        stock = plan.left.stock[warehouse, item]
        outside = plan.left.outside[warehouse, item]
        stock = np.where(problem.leaves[trips], np.minimum(stock, outside), stock)
        if len(plan.left.lasting):
            lasting = problem.lasting_left(plan.left.lasting, trips, np.full(len(trips), item))
            stock = np.minimum(stock, lasting)
        most = np.minimum(
            np.minimum(room_kg / plan.unit_kg[slot], room_m3 / plan.unit_m3[slot]),
            stock - taken[:, item],
        )
        most = np.where(table.carries[trips, item], np.floor(most + _WHOLE), 0.0).clip(min=0.0)
        # Sooner by so many hours if taken off each vehicle; the latest ones come first.
        sooner = np.maximum(hours - since[slot], 0.0) - np.maximum(early - since[slot], 0.0)
        ready = np.where(sooner > _WHOLE, carried, 0.0)
        before = np.cumsum(ready, axis=1) - ready
        units = np.minimum(ready, np.maximum(most[:, None] - before, 0.0))
        load[:, slot] = units.sum(axis=1)
        gain += late[slot] * (units * sooner).sum(axis=1)
        taken[:, item] += load[:, slot]
        room_kg -= load[:, slot] * plan.unit_kg[slot]
        room_m3 -= load[:, slot] * plan.unit_m3[slot]
    best = int(gain.argmax())
    return float(gain[best]), int(trips[best]), load[best], relieved


def _take_over(plan: VehiclePlan, trip: int, load: Floats, relieved: Integers) -> None:
    """Take a load off the vehicles that bring it later, and send it on a further one."""
    for slot in np.flatnonzero(load).tolist():
        left = load[slot]
        for vehicle in relieved.tolist():
            units = min(left, plan.load[vehicle, slot])
            if units > 0:
                plan.put(vehicle, slot, -units)
                left -= units
            if left <= 0:
                break
    plan.add_vehicle(trip, load)
