"""What has left already when a dispatch is planned anew, and what that leaves of everything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case
from allocator.clock_text import clock_text
from allocator.crews import is_limited, is_told, long_rests_of_trip
from allocator.engine.dispatch_periods import (
    HOUR_NOISE,
    period_after,
    period_before,
    period_count,
)
from allocator.engine.dispatch_stock import Holdings
from allocator.engine.underway_stock import lost_from, revision_at, stock_left
from allocator.plan import Plan, loads_by_trip
from allocator.revisions import Revision, revised_cases, revisions
from allocator.schema.changes import Change, TripChange
from allocator.schema.disaster import Vehicle
from allocator.schema.results import LoadingLine, Trip
from allocator.travel import road_factor

__all__ = ["Underway", "gathered", "hours_as_planned", "underway"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Underway:
    """What is fixed when a scenario's dispatch is planned anew.

    Parameters
    ----------
    case
        The case of the last revision.
    scenario
        Code of the scenario.
    changes
        All changes, those of earlier re-plans first.
    revision
        What became known last; nothing else starts before its hour.
    trips, left_lines
        Trips that have left, as they are now known, and their load lists.
    as_planned
        All trips as the plan had them, by name.
    loads
        Units on board by trip and item. [units]
    open_trips
        Trips of the plan that had not left.
    earlier
        What earlier re-plans made of trips.
    held
        What warehouses hold for trips that have not left, by case warehouse and item.
    vehicles_out
        Vehicles that are out, shape (case warehouse, fleet, period).
    received_m3
        What comes in ``(k, k + 1]``, shape (case district, k). [m3]
    coming
        Hour and units of what comes by the deadline, by positions of district and item.
    lost_from
        Hour from which nothing is loaded, by warehouses that are lost or are to be. [h]
    """

    case: Case
    scenario: str
    changes: tuple[Change, ...]
    revision: Revision
    trips: tuple[Trip, ...]
    left_lines: tuple[LoadingLine, ...]
    as_planned: Mapping[str, Trip]
    loads: Mapping[str, Mapping[str, float]]
    open_trips: tuple[Trip, ...]
    earlier: tuple[TripChange, ...]
    held: Holdings
    vehicles_out: Floats
    received_m3: Floats
    coming: Mapping[tuple[int, int], tuple[tuple[float, float], ...]]
    lost_from: Mapping[str, float]

    @property
    def at_hours(self) -> float:
        """Nothing else starts before this hour. [h]."""
        return self.revision.at_hours

    @property
    def told(self) -> frozenset[str]:
        """Trips that the last changes name."""
        return frozenset(change.trip for change in self.revision.changes if change.trip)

    def under(self, case: Case) -> Underway:
        """Return the same under a case with another deadline."""
        trips = case, self.scenario, self.trips
        return replace(
            self,
            case=case,
            vehicles_out=_vehicles_out(*trips),
            received_m3=_received(*trips, self.loads),
            coming=_coming(*trips, self.loads),
        )

    def without_limits(self, case: Case, held: Holdings) -> Underway:
        """Return only from when on, and from where, trips may start; nothing is taken already."""
        wide = self.under(case)
        return replace(
            wide,
            held=held,
            vehicles_out=np.zeros_like(wide.vehicles_out),
            received_m3=np.zeros_like(wide.received_m3),
            coming={},
        )


def underway(case: Case, plan: Plan, scenario: str, placement: Plan | None) -> Underway:
    """Read what has left off a plan whose changes are complete.

    Parameters
    ----------
    case
        As it was before any change.
    plan
        The plan as it was, with all its changes: those of the new re-plan are the last ones.
    scenario
        Code of the scenario.
    placement
        Plan whose stock holds; None means today's stock.

    Raises
    ------
    ValueError
        If a change cannot be made.
    """
    found = revisions(plan.changes)
    cases = revised_cases(case, scenario, found)
    own = [trip for trip in plan.trips if trip.scenario == scenario]
    return gathered(cases, plan, scenario, placement, found, _parted(cases, own, found))


def gathered(
    cases: tuple[Case, ...],
    plan: Plan,
    scenario: str,
    placement: Plan | None,
    found: tuple[Revision, ...],
    parted: tuple[tuple[Trip, ...], tuple[Trip, ...]],
) -> Underway:
    """Work out what trips that have left leave of everything.

    Parameters
    ----------
    cases
        Case of every revision, the case before any change first.
    plan
        With the loads of all trips.
    scenario, placement
        As for ``underway``.
    found
        The revisions.
    parted
        Trips that have left, as they are now known, and those that have not.
    """
    left, still = parted
    now = cases[-1]
    lines = [line for line in plan.loading_lines if line.scenario == scenario]
    loads = loads_by_trip(lines)
    own = [trip for trip in plan.trips if trip.scenario == scenario]
    has_left = {trip.trip for trip in left}
    left_lines = tuple(line for line in lines if line.trip in has_left)
    held = stock_left(cases[0], scenario, placement, found, (left, left_lines))
    return Underway(
        now,
        scenario,
        plan.changes,
        found[-1],
        left,
        left_lines,
        {trip.trip: trip for trip in own},
        loads,
        still,
        plan.trip_changes,
        held,
        _vehicles_out(now, scenario, left),
        _received(now, scenario, left, loads),
        _coming(now, scenario, left, loads),
        lost_from(found),
    )


def _parted(
    cases: tuple[Case, ...], trips: Iterable[Trip], found: tuple[Revision, ...]
) -> tuple[tuple[Trip, ...], tuple[Trip, ...]]:
    """Part trips that have left, as they are now known, from those that have not."""
    case, revision = cases[-1], found[-1]
    told = {change.trip: change for change in revision.changes if change.trip is not None}
    vehicles = {row.fleet: row for row in case.vehicles}
    left, still = [], []
    for trip in trips:
        change = told.get(trip.trip)
        kind = "" if change is None else change.kind
        has_left = trip.state != "planned" or trip.load_start_hours < revision.at_hours - HOUR_NOISE
        if not (kind == "trip_left" or (has_left and kind != "trip_held")):
            still.append(trip)
            continue
        update: dict[str, object] = {"state": "left" if trip.state == "planned" else trip.state}
        if change is not None and kind == "trip_left":
            since = revision.since(change)
            update |= _shifted(cases[revision_at(found, since)], cases[-2], trip, since)
        elif kind == "trip_lost":
            update |= {"state": "lost", **hours_as_planned(case, trip, vehicles[trip.fleet])}
        elif change is not None and kind == "trip_late":
            update |= _late(case, trip, change.amount or 0.0, vehicles[trip.fleet].unload_hours)
        left.append(trip.model_copy(update=update))
    return tuple(left), tuple(still)


def _shifted(case: Case, before: Case, trip: Trip, load_start_hours: float) -> dict[str, object]:
    """Hours of a trip whose loading started at another hour, maybe on other roads.

    ``case`` is the one in force at that hour, ``before`` the one that the trip was planned by.
    """
    drive = trip.arrive_hours - trip.depart_hours
    back = trip.return_hours - trip.unload_end_hours
    (vehicle,) = (row for row in case.vehicles if row.fleet == trip.fleet)
    if vehicle.mode == "road":
        district, scenario = case.district_index()[trip.district], case.scenario(trip.scenario)
        now, then = (float(road_factor(each, scenario)[district]) for each in (case, before))
        lane = trip.warehouse, trip.district
        told = (row for row in case.lanes if (row.warehouse, row.district) == lane)
        driving = trip.distance_km / vehicle.speed_kmh
        driving = 0.0 if is_told(told, trip.fleet) else driving
        rests = long_rests_of_trip(vehicle, driving * now)
        rests_before = long_rests_of_trip(vehicle, driving * then)
        wheels = (drive - rests_before[0]) * (now / then)
        drive, back = wheels + rests[0], wheels + rests[1]
    depart = load_start_hours + (trip.depart_hours - trip.load_start_hours)
    arrive = depart + drive
    end = arrive + (trip.unload_end_hours - trip.arrive_hours)
    deadline = case.deadline_hours(case.scenario(trip.scenario))
    hours = {
        "load_start": load_start_hours,
        "depart": depart,
        "arrive": arrive,
        "unload_end": end,
        "return": end if vehicle.is_one_way else end + back,
        "latest_load_start": max(0.0, deadline - (end - load_start_hours)),
    }
    update: dict[str, object] = {f"{name}_hours": value for name, value in hours.items()}
    for name in ("load_start", "depart", "unload_end"):
        update[f"{name}_time"] = clock_text(case, trip.scenario, hours[name])
    return update


def _late(case: Case, trip: Trip, end_hours: float, unload_hours: float) -> dict[str, object]:
    """Hours of a trip that is unloaded at another hour."""
    back = trip.return_hours - trip.unload_end_hours
    return {
        "state": "late",
        "arrive_hours": end_hours - unload_hours,
        "unload_end_hours": end_hours,
        "return_hours": end_hours + back,
        "unload_end_time": clock_text(case, trip.scenario, end_hours),
    }


def hours_as_planned(case: Case, trip: Trip, vehicle: Vehicle) -> dict[str, object]:
    """Hours a trip was planned with, also if it was told to be late.

    Parameters
    ----------
    case, trip, vehicle
        A trip that has left, and its kind of vehicle.
    """
    back = drive = trip.return_hours - trip.unload_end_hours
    if vehicle.is_one_way or is_limited(vehicle):
        # No way back, or another one, to read the driving off; the latest start tells how long
        # the trip takes.
        deadline = case.deadline_hours(case.scenario(trip.scenario))
        out = deadline - trip.latest_load_start_hours
        drive = out - vehicle.load_hours - vehicle.unload_hours
    arrive = trip.depart_hours + drive
    end = arrive + vehicle.unload_hours
    return {
        "arrive_hours": arrive,
        "unload_end_hours": end,
        "return_hours": end if vehicle.is_one_way else end + back,
        "unload_end_time": clock_text(case, trip.scenario, end),
    }


def _vehicles_out(case: Case, scenario: str, left: Iterable[Trip]) -> Floats:
    """Vehicles that are out by period."""
    deadline = case.deadline_hours(case.scenario(scenario))
    periods = period_count(deadline)
    fleet = {row.fleet: k for k, row in enumerate(case.vehicles)}
    one_way = {row.fleet for row in case.vehicles if row.is_one_way}
    warehouse = case.warehouse_index()
    out = np.zeros((len(warehouse), len(fleet), periods))
    for trip in left:
        first = period_before(trip.load_start_hours)
        is_gone = trip.state == "lost" or trip.fleet in one_way
        last = periods if is_gone else period_after(trip.return_hours)
        out[warehouse[trip.warehouse], fleet[trip.fleet], first:last] += 1
    return out


def _received(
    case: Case, scenario: str, left: Iterable[Trip], loads: Mapping[str, Mapping[str, float]]
) -> Floats:
    """What comes in by receiving hour."""
    deadline = case.deadline_hours(case.scenario(scenario))
    hours = int(np.ceil(deadline)) + 1
    district, volume = case.district_index(), {row.item: row.volume_m3 for row in case.items}
    received = np.zeros((len(district), hours))
    for trip in left:
        hour = max(0, int(np.ceil(trip.unload_end_hours - HOUR_NOISE)) - 1)
        if trip.state != "lost" and hour < hours:
            units = loads[trip.trip].items()
            received[district[trip.district], hour] += sum(volume[i] * u for i, u in units)
    return received


def _coming(
    case: Case, scenario: str, left: Iterable[Trip], loads: Mapping[str, Mapping[str, float]]
) -> dict[tuple[int, int], tuple[tuple[float, float], ...]]:
    """What comes by the deadline, by district and item."""
    deadline = case.deadline_hours(case.scenario(scenario))
    district, item = case.district_index(), case.item_index()
    found: dict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)
    for trip in left:
        if trip.state != "lost" and trip.unload_end_hours <= deadline + HOUR_NOISE:
            for code, units in loads[trip.trip].items():
                pair = district[trip.district], item[code]
                found[pair].append((trip.unload_end_hours, units))
    return {pair: tuple(sorted(batches)) for pair, batches in found.items()}
