"""Trips of a scenario for a page that steps through the hours and re-plans by clicking."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

from allocator.clock_text import in_shanghai
from allocator.report.facts import Facts
from allocator.report.order_arrivals import share_steps
from allocator.schema.results import Trip

__all__ = ["TRIP_STATES", "view_changes", "view_places", "view_trips"]

HOUR_DIGITS = 3
SHARE_DIGITS = 4
DEGREE_DIGITS = 4
UNIT_DIGITS = 2

TRIP_STATES = ("planned", "left", "late", "lost")
"""States of trips; a group of trips names its state by the place in this list."""


def view_places(facts: Facts) -> dict[str, Any]:
    """Warehouses, districts, vehicle kinds, items and sign-offs by code, for words and choices."""
    case = facts.case
    return {
        "warehouses": [
            [row.warehouse, row.name, _degree(row.lon), _degree(row.lat), row.decision]
            for row in facts.warehouses
        ],
        "districts": [
            [row.district, row.name, _degree(row.lon), _degree(row.lat)] for row in case.districts
        ],
        "fleets": [[row.fleet, facts.fleet_name(row.fleet)] for row in case.vehicles],
        "items": [[row.item, row.name, row.unit] for row in case.items],
        "steps": [[row.procedure, row.step, row.name] for row in case.approval_steps],
    }


def view_trips(facts: Facts, scenario: str) -> dict[str, Any]:
    """Return the trips of a scenario by group, its clock, and what districts have by the hour.

    ``trips`` has a row for all trips that are equal but for their number: codes of warehouse,
    district (or hub) and fleet, place in ``TRIP_STATES``, hours of release, load start, departure,
    arrival, end of unloading and return, and the numbers of the trips. ``lane_units`` has a row
    for each lane: its two codes, and what goes there by item, also where nothing is dispatched.

    Parameters
    ----------
    facts
        Case and plan.
    scenario
        One that the plan answers.
    """
    row = facts.case.scenario(scenario)
    deadline = facts.case.deadline_hours(row)
    journeys = facts.journeys(scenario)
    event = facts.case.event_time(row)
    return {
        "event": None if event is None else in_shanghai(event).isoformat(),
        "order_hours": facts.case.order_hours(row),
        "deadline_hours": deadline,
        "last_hour": ceil(max([deadline, *(trip.return_hours for trip in journeys)])),
        "trips": _groups(journeys),
        "lane_units": _lane_units(facts, scenario, journeys),
        "steps": _steps(facts, scenario),
    }


def view_changes(facts: Facts) -> dict[str, Any]:
    """Changes that the last re-plan was told, and when."""
    told = facts.plan.changes
    at_hours = max((row.at_hours or 0.0 for row in told), default=None)
    return {
        "at_hours": at_hours,
        "told": [
            row.model_dump(mode="json", exclude_defaults=True)
            for row in told
            if (row.at_hours or 0.0) == at_hours
        ],
    }


def _degree(value: float) -> float:
    return round(value, DEGREE_DIGITS)


def _groups(journeys: Iterable[Trip]) -> list[list[Any]]:
    """Equal trips together, by warehouse and load start."""
    groups: dict[tuple[Any, ...], list[str]] = defaultdict(list)
    for trip in journeys:
        hours = (
            trip.release_hours,
            trip.load_start_hours,
            trip.depart_hours,
            trip.arrive_hours,
            trip.unload_end_hours,
            trip.return_hours,
        )
        way = (trip.warehouse, trip.district, trip.fleet, TRIP_STATES.index(trip.state))
        groups[(*way, *(round(hour, HOUR_DIGITS) for hour in hours))].append(trip.trip)
    ordered = sorted(groups.items(), key=lambda pair: (pair[0][0], pair[0][5], pair[1][0]))
    return [[*same, names] for same, names in ordered]


def _lane_units(facts: Facts, scenario: str, journeys: Iterable[Trip]) -> list[list[Any]]:
    """Units of each item by lane, in the order of their codes."""
    lanes: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    if facts.is_dispatched:
        ways = {trip.trip: (trip.warehouse, trip.district) for trip in journeys}
        for line in facts.plan.loading_lines:
            if line.trip in ways:
                lanes[ways[line.trip]][line.item] += line.load_units
    else:
        for row in facts.plan.allocations:
            if row.scenario == scenario and row.ship_units > 0:
                lanes[row.warehouse, row.district][row.item] += row.ship_units
    return [
        [*way, {item: round(units, UNIT_DIGITS) for item, units in sorted(goods.items())}]
        for way, goods in sorted(lanes.items())
    ]


def _steps(facts: Facts, scenario: str) -> dict[str, list[list[float]]]:
    """Hours and weighted shares of what each district with a need has from then on."""
    coming = [trip for trip in facts.trips(scenario) if trip.state != "lost"]
    ends = {trip.trip: trip for trip in coming}
    loads: Mapping[str, list[tuple[float, str, float]]] = defaultdict(list)
    for line in facts.plan.loading_lines:
        trip = ends.get(line.trip)
        if trip is not None:
            loads[trip.district].append((trip.unload_end_hours, line.item, line.load_units))
    return {
        district: [
            [round(hour, HOUR_DIGITS), round(share, SHARE_DIGITS)]
            for hour, share in share_steps(facts.items, need, sorted(loads[district]))
        ]
        for district, need in facts.need_units(scenario).items()
    }
