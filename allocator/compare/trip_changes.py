"""Trips of two plans, paired as far as they can stand for each other.

Two plans number their trips each in its own way, so what a number means in one says nothing about
the other. Trips of one scenario, lane and vehicle kind are interchangeable; of these, pairs are
made of equal loads first, then of what is left, and within both by the nearest departures.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from allocator.compare.parties import Compared
from allocator.plan import Plan, loads_by_trip
from allocator.schema.comparison import TripDifference

__all__ = ["TripChanges", "changed_trips"]

NOISE_HOURS = 1e-6
UNIT_DIGITS = 6
"""Digits behind the point to which loads are compared."""

Lane = tuple[str, str, str, str]
Load = tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class TripChanges:
    """What becomes of the trips of the base in another plan.

    Parameters
    ----------
    rows
        Trips that are not alike.
    same_count
        Trips that are.
    """

    rows: list[TripDifference]
    same_count: int


@dataclass(frozen=True)
class _Trip:
    """A trip to a district, or a leg to a hub."""

    trip: str
    lane: Lane
    depart_hours: float
    load: Load


def changed_trips(base: Compared, other: Compared) -> TripChanges:
    """Pair the trips of the scenarios that both plans dispatch, and say what differs.

    Parameters
    ----------
    base, other
        The plans.
    """
    both = set(base.plan.dispatched_scenarios) & set(other.plan.dispatched_scenarios)
    ours, theirs = _by_lane(base.plan, both), _by_lane(other.plan, both)
    rows: list[TripDifference] = []
    same_count = 0
    for lane in sorted({*ours, *theirs}):
        pairs = _pairs(ours.get(lane, []), theirs.get(lane, []))
        found = [_row(other.name, before, after) for before, after in pairs]
        rows += [row for row in found if row is not None]
        same_count += sum(row is None for row in found)
    return TripChanges(rows, same_count)


def _by_lane(plan: Plan, scenarios: set[str]) -> dict[Lane, list[_Trip]]:
    """Trips by scenario, warehouse, district or hub, and vehicle kind, in the order they leave."""
    loads = loads_by_trip(plan.loading_lines)
    found: defaultdict[Lane, list[_Trip]] = defaultdict(list)

    def add(trip: str, lane: Lane, depart_hours: float) -> None:
        load = sorted((item, round(units, UNIT_DIGITS)) for item, units in loads[trip].items())
        found[lane].append(_Trip(trip, lane, depart_hours, tuple(load)))

    for trip in plan.trips:
        if trip.scenario in scenarios:
            lane = (trip.scenario, trip.warehouse, trip.district, trip.fleet)
            add(trip.trip, lane, trip.depart_hours)
    for leg in plan.leg_trips:
        if leg.scenario in scenarios:
            lane = (leg.scenario, leg.warehouse, leg.hub, leg.fleet)
            add(leg.trip, lane, leg.depart_hours)
    return {
        lane: sorted(trips, key=lambda each: (each.depart_hours, each.load, each.trip))
        for lane, trips in found.items()
    }


def _pairs(ours: list[_Trip], theirs: list[_Trip]) -> Iterable[tuple[_Trip | None, _Trip | None]]:
    """Pairs of the trips of one lane: equal loads, then the rest, then those that are left over."""
    found: list[tuple[_Trip | None, _Trip | None]] = []
    by_load: defaultdict[Load, tuple[list[_Trip], list[_Trip]]] = defaultdict(lambda: ([], []))
    for trip in ours:
        by_load[trip.load][0].append(trip)
    for trip in theirs:
        by_load[trip.load][1].append(trip)
    left: tuple[list[_Trip], list[_Trip]] = ([], [])
    for before, after in by_load.values():
        found += _nearest(before, after)
        left[0].extend(before)
        left[1].extend(after)
    found += _nearest(*left)
    found += [(trip, None) for trip in left[0]]
    found += [(None, trip) for trip in left[1]]
    return sorted(found, key=_hours)


def _hours(pair: tuple[_Trip | None, _Trip | None]) -> tuple[float, float]:
    """Order of a pair: when its trips leave."""
    hours = [trip.depart_hours for trip in pair if trip is not None]
    return min(hours), max(hours)


def _ways(ours: list[_Trip], theirs: list[_Trip]) -> Iterable[tuple[float, float, float, int, int]]:
    """Every way to pair two trips: how far apart they leave, and what decides between equals.

    Nothing in it changes where the two plans change places.
    """
    for k, before in enumerate(ours):
        for n, after in enumerate(theirs):
            early, late = sorted((before.depart_hours, after.depart_hours))
            yield late - early, early, late, k, n


def _nearest(ours: list[_Trip], theirs: list[_Trip]) -> list[tuple[_Trip | None, _Trip | None]]:
    """Take pairs out of two lists, the nearest departures first; ties go to the earlier trips."""
    used: tuple[set[int], set[int]] = (set(), set())
    found: list[tuple[_Trip | None, _Trip | None]] = []
    for *_, k, n in sorted(_ways(ours, theirs)):
        if k not in used[0] and n not in used[1]:
            used[0].add(k)
            used[1].add(n)
            found.append((ours[k], theirs[n]))
    for trips, taken in zip((ours, theirs), used, strict=True):
        trips[:] = [trip for k, trip in enumerate(trips) if k not in taken]
    return found


def _row(plan: str, before: _Trip | None, after: _Trip | None) -> TripDifference | None:
    """Row of a pair; None where both are alike."""
    shift = None
    if before is not None and after is not None:
        shift = after.depart_hours - before.depart_hours
        is_timed = abs(shift) <= NOISE_HOURS
        change = "retimed" if before.load == after.load else "reloaded"
        if change == "retimed" and is_timed:
            return None
        shift = 0.0 if is_timed else shift
    else:
        change = "added" if before is None else "dropped"
    known = before or after
    if known is None:
        raise ValueError("a pair has a trip on one side at least")
    scenario, warehouse, district, fleet = known.lane
    return TripDifference.model_validate(
        {
            "plan": plan,
            "scenario": scenario,
            "change": change,
            "warehouse": warehouse,
            "district": district,
            "fleet": fleet,
            "base_depart_hours": before.depart_hours if before else None,
            "other_depart_hours": after.depart_hours if after else None,
            "shift_hours": shift,
            "base_load": _told(before),
            "other_load": _told(after),
            "base_trip": before.trip if before else None,
            "other_trip": after.trip if after else None,
        }
    )


def _told(trip: _Trip | None) -> str:
    """Load in words: ``QUILT 40; TENT12S 12``."""
    load = trip.load if trip else ()
    return "; ".join(f"{item} {units:.10g}" for item, units in load)
