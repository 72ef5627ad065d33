"""Convoys in a plan of whole vehicles: too small ones are filled up, gathered, or stay at home.

The relaxation and the dive know nothing of convoys, and steps that better a plan move one vehicle
at a time. So every plan is mended before it counts: for each group of vehicles that is too small
the cheapest way out is taken, then whole convoys are sent for what is still missing.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_draft import Ready, startable
from allocator.engine.dispatch_filling import add_vehicles, best_loads, fill_room
from allocator.engine.dispatch_problem import DispatchProblem
from allocator.engine.dispatch_vehicles import VehiclePlan

__all__ = ["free_company", "keep_convoys", "mend_convoys"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_OTHER_HOURS = 8
"""Other departures of the same lane that a convoy which is too small is offered."""

_TRIED_CONVOYS = 20
"""Groups of a district for which a whole convoy is tried in vain before the rest are left."""

_PATIENCE = 4
"""So many times the groups that are too small may change before the rest of them stays at home."""


def keep_convoys(plan: VehiclePlan, until: float = float("inf")) -> None:
    """Let every vehicle that needs company have it, and use what that leaves.

    Parameters
    ----------
    plan
        Changed in place; nothing happens where no departure needs company.
    until
        Reading of ``time.monotonic`` after which no further convoys are looked for. [s]
    """
    if len(plan.problem.convoys) == 0:
        return
    mend_convoys(plan)
    fill_room(plan)
    add_vehicles(plan)
    _add_convoys(plan, until)
    fill_room(plan)
    add_vehicles(plan)


def mend_convoys(plan: VehiclePlan) -> None:
    """Deal with the groups that are too small one after the other; no other lane is used.

    Parameters
    ----------
    plan
        Changed in place; nothing happens where no departure needs company.
    """
    groups = plan.problem.convoys
    if len(groups) == 0:
        return
    plan.drop_empty()
    turns = _PATIENCE * len(groups.short(plan.trip))
    while len(short := groups.short(plan.trip)):
        turns -= 1
        group = int(short[np.argmax(groups.company(plan.trip)[short] - groups.least[short])])
        ways = [] if turns < 0 else _ways_out(plan, group)
        for _, way in sorted(ways, key=lambda pair: pair[0]):
            if way():
                break
        else:
            plan.send_home(_members(plan, group))


def _members(plan: VehiclePlan, group: int) -> Integers:
    """Vehicles of a group."""
    return np.flatnonzero((plan.problem.convoys.of_trip[plan.trip] == group).any(axis=1))


def _ways_out(plan: VehiclePlan, group: int) -> list[tuple[float, Callable[[], bool]]]:
    """What may be done about a group that is too small, and what that costs, about."""
    problem = plan.problem
    vehicles, trips = _members(plan, group), plan.problem.convoys.trips(group)
    more = int(problem.convoys.least[group]) - len(vehicles)
    found: list[tuple[float, Callable[[], bool]]] = []
    if len(trips):
        cost = more * float(problem.trip_price(plan.prices, trips).min())
        found.append((cost, lambda: _reinforce(plan, group)))
    lost = -sum(_worth(plan, vehicle, int(plan.trip[vehicle])) for vehicle in vehicles.tolist())
    found.append((-lost, lambda: _stay_home(plan, group)))
    found += _other_departures(plan, vehicles)
    found += _company_from_other_hours(plan, group, more)
    return found


def _worth(plan: VehiclePlan, vehicle: int, trip: int) -> float:
    """What the load of a vehicle is worth if it leaves by a departure, less its price."""
    needs = plan.needs(vehicle)
    hours = plan.problem.wait_hours(np.full(len(needs), trip), needs)
    unit = np.where(needs >= 0, plan.prices.lost[needs] - plan.prices.late[needs] * hours, 0.0)
    price = plan.problem.trip_price(plan.prices, np.array([trip]))[0]
    return float(unit @ plan.load[vehicle] - price)


def _stay_home(plan: VehiclePlan, group: int) -> bool:
    """Leave the vehicles of a group at home."""
    plan.send_home(_members(plan, group))
    return True


def _other_departures(
    plan: VehiclePlan, vehicles: Integers
) -> list[tuple[float, Callable[[], bool]]]:
    """Other hours at which all of some vehicles of one lane could leave, the cheapest first."""
    problem, table = plan.problem, plan.problem.table
    lane = int(table.lane[plan.trip[vehicles[0]]])
    first, last = np.searchsorted(table.lane, [lane, lane + 1])
    choice = np.arange(first, last)
    shift = table.start_period[choice]
    now = table.start_period[plan.trip[vehicles]]
    found: list[tuple[float, Callable[[], bool]]] = []
    for by in np.unique(shift - now[0]).tolist():
        wanted = now + by
        if by == 0 or wanted.min() < 0 or wanted.max() > problem.period_count:
            continue
        on_board = np.zeros((len(vehicles), problem.data.item_count), dtype=bool)
        for k, vehicle in enumerate(vehicles.tolist()):
            on_board[k, plan.item_of_slot[plan.load[vehicle] > 0]] = True
        lanes = np.full(len(vehicles), lane)
        trips = problem.departures(lanes, table.fleet[plan.trip[vehicles]], wanted, on_board)
        if (trips < 0).any() or (on_board & ~table.carries[trips]).any():
            continue
        if not _has_company(plan, vehicles, trips):
            continue
        cost = 0.0
        for vehicle, trip in zip(vehicles.tolist(), trips.tolist(), strict=True):
            cost += _worth(plan, vehicle, int(plan.trip[vehicle])) - _worth(plan, vehicle, trip)
        found.append((cost, lambda trips=trips: _move(plan, vehicles, trips)))  # type: ignore[misc]
    return sorted(found, key=lambda pair: pair[0])[:_OTHER_HOURS]


def _company_from_other_hours(
    plan: VehiclePlan, group: int, more: int
) -> list[tuple[float, Callable[[], bool]]]:
    """So many vehicles of the same lane that could leave with a group, the cheapest ones."""
    table, groups = plan.problem.table, plan.problem.convoys
    trips, present = plan.problem.convoys.trips(group), _members(plan, group)
    others = np.flatnonzero(table.lane[plan.trip] == table.lane[trips[0]])
    movers: list[tuple[float, int, int]] = []
    for vehicle in np.setdiff1d(others, present).tolist():
        on_board = plan.item_of_slot[plan.load[vehicle] > 0]
        fits = trips[table.fleet[trips] == table.fleet[plan.trip[vehicle]]]
        fits = fits[table.carries[fits][:, on_board].all(axis=1)]
        if len(fits):
            now, then = (_worth(plan, vehicle, int(t)) for t in (plan.trip[vehicle], fits[0]))
            movers.append((now - then, vehicle, int(fits[0])))
    chosen = sorted(movers)[:more]
    if len(chosen) < more:
        return []
    vehicles = np.array([vehicle for _, vehicle, _ in chosen])
    targets = np.array([trip for _, _, trip in chosen])
    after = plan.trip.copy()
    after[vehicles] = targets
    if len(groups.short(after)) >= len(groups.short(plan.trip)):
        return []
    return [(sum(cost for cost, _, _ in chosen), lambda: _move(plan, vehicles, targets))]


def _has_company(plan: VehiclePlan, vehicles: Integers, trips: Integers) -> bool:
    """Whether some vehicles would have the company they need at other departures."""
    groups = plan.problem.convoys
    after = plan.trip.copy()
    after[vehicles] = trips
    joined = np.unique(groups.of_trip[trips])
    joined = joined[joined >= 0]
    return bool((groups.company(after)[joined] >= groups.least[joined]).all())


def _move(plan: VehiclePlan, vehicles: Integers, trips: Integers) -> bool:
    """Let vehicles leave by other departures, all or none."""
    before = plan.trip[vehicles].copy()
    for k, (vehicle, trip) in enumerate(zip(vehicles.tolist(), trips.tolist(), strict=True)):
        if not plan.has_room(vehicle, trip):
            for other, old in zip(vehicles[:k].tolist(), before[:k].tolist(), strict=True):
                plan.exchange(other, old)
            return False
        plan.exchange(vehicle, trip)
    return True


def _reinforce(plan: VehiclePlan, group: int) -> bool:
    """Send further vehicles with a group until it is large enough; False, and nothing, if not.

    Each takes what is still missing, else a share of what others of the group carry.
    """
    groups = plan.problem.convoys
    count, before = len(plan.trip), plan.load.copy()
    while len(_members(plan, group)) < groups.least[group]:
        if not _send_along(plan, group):
            plan.send_home(np.arange(count, len(plan.trip)))
            plan.reload(before)
            return False
    return True


def _send_along(plan: VehiclePlan, group: int) -> bool:
    """Send one more vehicle with a group, if there is one and something to carry."""
    problem = plan.problem
    trips = plan.problem.convoys.trips(group)
    trips = trips[startable(problem, plan.left, trips) > 0]
    if len(trips) == 0:
        return False
    needs = problem.need_of[problem.district[trips[0]]].ravel()
    load, gain = best_loads(plan, trips, needs)
    if len(gain) and gain.max() > 1e-9:
        best = int(gain.argmax())
        plan.add_vehicle(int(trips[best]), load[best])
        return True
    order = np.argsort(problem.trip_price(plan.prices, trips), kind="stable")
    return any(_send_with_share(plan, group, trip) for trip in trips[order].tolist())


def _send_with_share(plan: VehiclePlan, group: int, trip: int) -> bool:
    """Send one more vehicle with half of what the fullest one of its group carries of an item."""
    carries = plan.problem.table.carries[trip, plan.item_of_slot]
    vehicles = _members(plan, group)
    shared = np.where(carries, plan.load[vehicles], 0.0)
    shared[plan.load[vehicles].sum(axis=1) < 2 - 1e-6] = 0.0
    if shared.max(initial=0.0) < 1 - 1e-6:
        return False
    place, slot = divmod(int(shared.argmax()), shared.shape[1])
    giver = int(vehicles[place])
    units = max(1.0, float(np.floor(shared.max() / 2)))
    plan.add_vehicle(trip, np.zeros(plan.load.shape[1]))
    new = len(plan.trip) - 1
    plan.put(giver, slot, -units)
    taken = min(units, plan.units_that_fit(new, slot))
    if taken > 0:
        plan.put(new, slot, taken)
    if units > taken:
        plan.put(giver, slot, units - taken)
    if taken <= 0:
        plan.send_home(np.array([new]))
    return taken > 0


def _add_convoys(plan: VehiclePlan, until: float) -> None:
    """Send whole convoys for what is still missing, district by district, while that pays."""
    problem, groups = plan.problem, plan.problem.convoys
    by_district: dict[int, list[int]] = {}
    for group in _open_groups(plan).tolist():
        district = int(problem.district[groups.trips(group)[0]])
        by_district.setdefault(district, []).append(group)
    for district, numbers in by_district.items():
        needs, tries, left = problem.need_of[district].ravel(), _TRIED_CONVOYS, numbers
        while tries and left and time.monotonic() < until:
            left = _most_useful(plan, left, needs)
            for k, group in enumerate(left):
                tries -= 1
                if _add_convoy(plan, group):
                    # What is missing, and who is free, are not the same any more.
                    left, tries = left[k + 1 :], _TRIED_CONVOYS
                    break
                if tries == 0:
                    break
            else:
                break


def _most_useful(plan: VehiclePlan, numbers: list[int], needs: Integers) -> list[int]:
    """Groups that docks and pools have a convoy for and that gain most, the best first."""
    problem, groups = plan.problem, plan.problem.convoys
    missing = np.where(needs >= 0, plan.left.need[needs], 0.0)
    if missing.max(initial=0.0) < 1 - 1e-6:
        return []
    trips = np.concatenate([groups.trips(group) for group in numbers])
    place = np.repeat(np.arange(len(numbers)), [len(groups.trips(group)) for group in numbers])
    most = startable(problem, plan.left, trips)
    count = free_company(plan.problem, plan.left, trips, place)
    _, gain = best_loads(plan, trips, needs)
    best = np.full(len(numbers), -np.inf)
    np.maximum.at(best, place, np.where(most > 0, gain, -np.inf))
    best[count < groups.least[numbers]] = -np.inf
    order = np.argsort(-best, kind="stable")
    return [numbers[k] for k in order.tolist() if best[k] > 1e-9]


def free_company(problem: DispatchProblem, left: Ready, trip: Integers, place: Integers) -> Floats:
    """Vehicles that docks and pools leave for groups of departures, shape (place,).

    Parameters
    ----------
    problem, left
        The problem, and what is left of docks and pools.
    trip, place
        Departures and the group of each, shape (entry,).
    """
    start = problem.table.start_period[trip]
    most = np.minimum(startable(problem, left, trip), _idle(problem, left, trip))
    # Kinds that start loading in one period share its docks.
    keys, first, at = np.unique(
        place * problem.period_count + start, return_index=True, return_inverse=True
    )
    by_start = np.bincount(at.reshape(-1), most, len(keys))
    dock = left.dock[problem.warehouse[trip[first]], start[first]]
    return np.bincount(place[first], np.minimum(by_start, np.maximum(dock, 0.0))).astype(float)


def _idle(problem: DispatchProblem, left: Ready, trip: Integers) -> Floats:
    """Vehicles of its pool that stand idle for the whole of each trip, shape (trip,)."""
    start, pool = problem.table.start_period[trip], problem.pool[trip]
    length = np.maximum(problem.until[trip] - start, 1)
    level = np.floor(np.log2(length) + 1e-9).astype(np.int64)
    least = np.zeros(len(trip))
    shortest = left.vehicle
    for k in range(int(level.max(initial=0)) + 1):
        # The minimum over 2^k periods from each one on; two of them cover a trip.
        here = np.flatnonzero(level == k)
        first, last = start[here], start[here] + length[here] - 2**k
        least[here] = np.minimum(shortest[pool[here], first], shortest[pool[here], last])
        shortest = np.minimum(shortest[:, : -(2**k)], shortest[:, 2**k :])
    return np.asarray(np.floor(np.maximum(least, 0.0) + 1e-6))


def _open_groups(plan: VehiclePlan) -> Integers:
    """Groups of which nothing drives and docks and pools may have a convoy, the earliest first."""
    problem, groups = plan.problem, plan.problem.convoys
    entry, group = groups.entries(np.arange(problem.trip_count))
    count = np.zeros(len(groups))
    found = free_company(problem, plan.left, entry, group)
    count[: len(found)] = found
    first = np.full(len(groups), np.inf)
    np.minimum.at(first, group, problem.table.unload_end_hours[entry])
    chosen = np.flatnonzero((count >= groups.least) & (groups.company(plan.trip) == 0))
    return np.asarray(chosen[np.argsort(first[chosen], kind="stable")])


def _add_convoy(plan: VehiclePlan, group: int) -> bool:
    """Send a convoy, if what is missing fills one and that is worth more than it costs."""
    count = len(plan.trip)
    if _reinforce(plan, group):
        new = np.arange(count, len(plan.trip))
        worth = sum(_worth(plan, vehicle, int(plan.trip[vehicle])) for vehicle in new.tolist())
        is_kept = worth > 1e-9 and len(plan.problem.convoys.short(plan.trip)) == 0
        if is_kept:
            return True
        plan.send_home(new)
    return False
