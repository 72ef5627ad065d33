"""Trips of an earlier plan with hubs: those that can still go, as they were or later on their way.

Legs and trips go one after the other, in the order in which they were to start, so that what leaves
a hub has come to it.
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_former import FormerTrips
from allocator.engine.dispatch_problem import DispatchProblem
from allocator.engine.hub_plans import forward, trimmed
from allocator.engine.hub_room import Room
from models.dispatch_values import DispatchResult

__all__ = ["moved_count", "resumed_trips"]

Integers = NDArray[np.int64]


def resumed_trips(
    problem: DispatchProblem, former: FormerTrips, fill_seconds: float
) -> DispatchResult:
    """Return a plan of all trips that can still go, and what vehicles can do besides.

    Parameters
    ----------
    problem
        The dispatch with hubs.
    former
        The trips, in the order of their load starts.
    fill_seconds
        Time for sending what is still missing. [s]
    """
    room = Room(problem)
    planned = []
    departures = former.departures(problem)
    for number, (trip, load) in enumerate(zip(departures.tolist(), former.load_units, strict=True)):
        first = trip if trip >= 0 else _later(problem, former, number)
        if first is not None:
            planned.append((first, load.astype(np.int64)))
    forward(room, planned, time.monotonic() + fill_seconds)
    return trimmed(problem, room.result())


def _later(problem: DispatchProblem, former: FormerTrips, number: int) -> int | None:
    """First departure of a trip's lane and kind after its own; None where there is none."""
    table = problem.table
    lane, fleet = former.lane[number], former.fleet[number]
    if lane < 0:
        return None
    first, last = np.searchsorted(table.lane, [lane, lane + 1])
    trips = np.arange(first, last)
    is_later = table.start_period[trips] > former.period[number]
    trips = trips[(table.fleet[trips] == fleet) & is_later]
    return int(trips[0]) if len(trips) else None


def moved_count(problem: DispatchProblem, former: FormerTrips, result: DispatchResult) -> int:
    """Count the trips of a plan that depart, or are loaded, as no trip of the former plan was.

    Parameters
    ----------
    problem, former, result
        The dispatch with hubs, the former trips, and a plan.
    """
    departures = former.departures(problem)
    known: dict[tuple[int, ...], int] = {}
    for trip, load in zip(departures.tolist(), former.load_units, strict=True):
        if trip >= 0:
            key = int(problem.departure_key[trip]), *np.rint(load).astype(int).tolist()
            known[key] = known.get(key, 0) + 1
    moved = 0
    for trip, load in zip(result.trip.tolist(), result.load_units, strict=True):
        key = int(problem.departure_key[trip]), *load.tolist()
        if known.get(key, 0) > 0:
            known[key] -= 1
        else:
            moved += 1
    return moved
