"""Company for trips of a plan with hubs: whole convoys are taken, or nothing of them.

Trips that a rule asks company of are taken with as many others of their groups as that needs. Each
takes something that is wanted, else a share of what others of its group carry.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_problem import DispatchProblem
from allocator.engine.hub_room import Room

__all__ = ["Batch", "batches", "find_company", "in_company", "without_groups"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

Batch = list[tuple[int, Integers]]
"""Trips that are planned to set off together, with what they are to load."""


def batches(problem: DispatchProblem, planned: Batch) -> list[Batch]:
    """Put planned trips that need each other's company together, in the order of load starts.

    Parameters
    ----------
    problem
        The dispatch with hubs.
    planned
        Trips and loads.
    """
    start, of_trip = problem.table.start_period, problem.convoys.of_trip
    found: list[Batch] = []
    place: dict[int, int] = {}
    for trip, load in sorted(planned, key=lambda each: int(start[each[0]])):
        # The group of all kinds, where there is one, has those of one kind in it.
        group = next((int(each) for each in of_trip[trip] if each >= 0), -1)
        if group < 0 or group not in place:
            place[group] = len(found)
            found.append([])
        found[place[group]].append((trip, load))
    return found


def find_company(room: Room, mark: int, wanted: Floats, order: Integers) -> bool:
    """Take further trips until all that were taken have the company they need.

    Parameters
    ----------
    room
        If there is no such company, it goes back to the mark.
    mark
        What ``room.mark`` said before trips of one lane were taken.
    wanted
        What the lane may bring from the mark on, shape (item,). [units]
    order
        Items, those first that go first.

    Returns
    -------
    bool
        Whether all of them have company.
    """
    groups = room.problem.convoys
    joined = [g for trip in room.trips_since(mark) for g in _groups(room, trip)]
    while short := [g for g in joined if room.company[g] < groups.least[g]]:
        trip = _further(room, short[0], wanted - room.booked_since(mark), order)
        if trip is None:
            room.back_to(mark)
            return False
        joined += _groups(room, trip)
    return True


def _groups(room: Room, trip: int) -> list[int]:
    """Groups of a trip."""
    return [g for g in room.problem.convoys.of_trip[trip].tolist() if g >= 0]


def _further(room: Room, group: int, wanted: Floats, order: Integers) -> int | None:
    """Take one more trip of a group; None where there is none, or nothing for it to carry."""
    trips = room.problem.convoys.trips(group)
    trips = trips[room.is_free(trips)]
    loads = [room.load(trip, wanted, order) for trip in trips.tolist()]
    mass = [float(load @ room.problem.data.item_weight_kg) for load in loads]
    if len(trips) and max(mass) > 0:
        best = int(np.argmax(mass))
        room.take(int(trips[best]), loads[best])
        return int(trips[best])
    for trip in trips.tolist():
        if _take_share(room, group, trip, order):
            return int(trip)
    return None


def _take_share(room: Room, group: int, trip: int, order: Integers) -> bool:
    """Take a trip with half of what the fullest one of its group carries of an item."""
    carries = room.problem.table.carries[trip]
    givers = [(room.taken(vehicle)[1], vehicle) for vehicle in room.members(group)]
    shared = [
        (int(load[item]), item, vehicle)
        for load, vehicle in givers
        if load.sum() >= 2
        for item in np.flatnonzero(carries & (load > 0)).tolist()
    ]
    for most, item, vehicle in sorted(shared, reverse=True):
        mark = room.mark()
        units = np.zeros(len(carries), dtype=np.int64)
        units[item] = max(1, most // 2)
        room.add(vehicle, -units)
        load = room.load(trip, units.astype(float), order)
        if load.any():
            room.add(vehicle, units - load)
            room.take(trip, load)
            return True
        room.back_to(mark)
    return False


def without_groups(room: Room, trips: Integers, trip: int) -> Integers:
    """Trips that are in no group with one of them, nor that one itself.

    Parameters
    ----------
    room, trips, trip
        The plan, some trips, and the one that found no company.
    """
    of_trip = room.problem.convoys.of_trip
    joined = of_trip[trip][of_trip[trip] >= 0]
    return np.asarray(trips[(trips != trip) & ~np.isin(of_trip[trips], joined).any(axis=1)])


def in_company(
    problem: DispatchProblem, trip: Integers, load: Integers, before: Integers
) -> Integers:
    """Give trips back one unit each where others of their group would lack company without them.

    Parameters
    ----------
    problem
        The dispatch with hubs.
    trip
        Trips to one hub, shape (vehicle,).
    load
        What is left on them, shape (vehicle, item). [units]
    before
        What they carried when all had company. [units]

    Returns
    -------
    Array
        What they carry, shape (vehicle, item). [units]
    """
    groups, found = problem.convoys, load.copy()
    place, group = groups.entries(trip)
    is_short = len(group) > 0
    while is_short:
        is_short = False
        for g in np.unique(group).tolist():
            members = place[group == g]
            drives = found[members].any(axis=1)
            missing = int(groups.least[g]) - int(drives.sum())
            if drives.any() and missing > 0:
                is_short = True
                for each in members[~drives][:missing].tolist():
                    found[each, int(np.flatnonzero(before[each])[0])] = 1
    return found
