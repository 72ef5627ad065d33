"""Trips that have left when a dispatch is planned anew, as they are now known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from allocator.case import Case
from allocator.clock_text import clock_text
from allocator.crews import is_limited, is_told, long_rests_of_trip
from allocator.engine.dispatch_periods import HOUR_NOISE
from allocator.engine.underway_stock import revision_at
from allocator.revisions import Revision
from allocator.schema.disaster import Vehicle
from allocator.schema.legs import LegTrip
from allocator.schema.results import Trip
from allocator.travel import road_factor

__all__ = ["Departed", "hours_as_planned", "parted"]

Departed = Trip | LegTrip
"""A trip to a district or to a hub."""


def parted(
    cases: tuple[Case, ...], trips: Iterable[Departed], found: tuple[Revision, ...]
) -> tuple[tuple[Departed, ...], tuple[Departed, ...]]:
    """Part trips that have left, as they are now known, from those that have not.

    Parameters
    ----------
    cases
        Case of every revision, the case before any change first.
    trips
        All trips of the plan, to districts and to hubs.
    found
        The revisions.
    """
    case, revision = cases[-1], found[-1]
    told = {change.trip: change for change in revision.changes if change.trip is not None}
    vehicles = {row.fleet: row for row in case.vehicles}
    left: list[Departed] = []
    still: list[Departed] = []
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
        if isinstance(trip, LegTrip) and "unload_end_hours" in update:
            transfer = trip.ready_hours - trip.unload_end_hours
            update["ready_hours"] = cast("float", update["unload_end_hours"]) + transfer
        left.append(trip.model_copy(update=update))
    return tuple(left), tuple(still)


def _shifted(
    case: Case, before: Case, trip: Departed, load_start_hours: float
) -> dict[str, object]:
    """Hours of a trip whose loading started at another hour, maybe on other roads.

    ``case`` is the one in force at that hour, ``before`` the one that the trip was planned by.
    """
    drive = trip.arrive_hours - trip.depart_hours
    back = trip.return_hours - trip.unload_end_hours
    (vehicle,) = (row for row in case.vehicles if row.fleet == trip.fleet)
    if vehicle.mode == "road" and isinstance(trip, Trip):
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
    }
    if isinstance(trip, Trip):
        hours["latest_load_start"] = max(0.0, deadline - (end - load_start_hours))
    update: dict[str, object] = {f"{name}_hours": value for name, value in hours.items()}
    for name in ("load_start", "depart", "unload_end"):
        update[f"{name}_time"] = clock_text(case, trip.scenario, hours[name])
    return update


def _late(case: Case, trip: Departed, end_hours: float, unload_hours: float) -> dict[str, object]:
    """Hours of a trip that is unloaded at another hour."""
    back = trip.return_hours - trip.unload_end_hours
    return {
        "state": "late",
        "arrive_hours": end_hours - unload_hours,
        "unload_end_hours": end_hours,
        "return_hours": end_hours + back,
        "unload_end_time": clock_text(case, trip.scenario, end_hours),
    }


def hours_as_planned(case: Case, trip: Departed, vehicle: Vehicle) -> dict[str, object]:
    """Hours a trip was planned with, also if it was told to be late.

    Parameters
    ----------
    case, trip, vehicle
        A trip that has left, and its kind of vehicle.
    """
    back = drive = trip.return_hours - trip.unload_end_hours
    if isinstance(trip, LegTrip):
        # Nothing that changes is about how long a leg takes.
        drive = _leg_hours(case, trip)
    elif vehicle.is_one_way or is_limited(vehicle):
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


def _leg_hours(case: Case, leg: LegTrip) -> float:
    """Driving time of a leg, one way. [h]"""
    way = leg.warehouse, leg.hub, leg.fleet
    said = (row for row in case.legs if (row.warehouse, row.hub, row.fleet) == way)
    return next(row.drive_hours for row in said if row.drive_hours is not None)
