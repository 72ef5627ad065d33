"""Every trip on its own: who drives, when, and what is on board."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from allocator.replay.clock import Journey
from allocator.replay.ground import Ground
from allocator.replay.history import History
from allocator.replay.network import Network
from allocator.replay.news import check_news, check_state
from allocator.replay.outings import Outing, journey_and_endings, told_left
from allocator.replay.reading import Tables
from allocator.replay.tolerances import HOURS, WHOLE
from allocator.replay.trip_rows import (
    EDITED,
    PERIOD_HOURS,
    check_clock,
    check_load,
    check_there,
    where_of,
)
from allocator.schema.legs import LegTrip
from allocator.schema.results import LoadingLine, Trip

__all__ = ["PERIOD_HOURS", "Delivery", "check_trips", "read_loads"]


@dataclass(frozen=True)
class Delivery(Outing):
    """A trip that the other checks can add up.

    Parameters
    ----------
    trip
        Its row.
    journey
        Its hours, recomputed from the load start and from what was told.
    planned
        The same without what was told.
    load_units
        What is on board, by item. [units]
    lot_units
        The same by item and lot; the lot is empty where none is told. [units]
    volume_m3
        Of what is on board. [m3]
    cost_cny
        Out and back. [CNY]
    """

    trip: Trip
    journey: Journey
    planned: Journey
    load_units: dict[str, float]
    lot_units: dict[tuple[str, str], float]
    volume_m3: float
    cost_cny: float


def check_trips(
    histories: Mapping[str, History],
    network: Network,
    tables: Tables,
    loads: Mapping[str, Sequence[LoadingLine]],
) -> dict[str, list[Delivery]]:
    """Check each trip; return the trips that can be added up, by scenario.

    Parameters
    ----------
    histories
        Dispatched scenarios, each with the case of every revision and what was told.
    network
        The warehouses dispatched from.
    tables
        Sound rows of the plan.
    loads
        Lines of the load lists, by trip.
    """
    found: dict[str, list[Delivery]] = defaultdict(list)
    every: list[Trip | LegTrip] = [*tables.trips, *tables.leg_trips]
    for scenario, history in histories.items():
        check_news(history, {row.trip: row for row in every if row.scenario == scenario})
    for trip in tables.trips:
        history = histories[trip.scenario]
        lines = loads.get(trip.trip, ())
        if not lines:
            fact = "it carries nothing"
            hint = "its lines in Loading_List were deleted, or its number was changed"
            history.ground.findings.add("trip_load_list", where_of(trip), 1.0, fact, hint)
        delivery = _deliver(history, trip, lines)
        ground = history.grounds[delivery.revision]
        _check_way(ground, network, delivery)
        _check_hours(ground, delivery)
        check_load(ground, trip, delivery.load_units, delivery.volume_m3)
        check_clock(ground, trip)
        check_state(history, trip)
        if delivery.told_left is None:
            # What was told to have happened breaks no rule of the planning.
            _check_start(ground, delivery)
            _check_release(ground, delivery)
        found[trip.scenario].append(delivery)
    return found


def read_loads(ground: Ground, tables: Tables) -> dict[str, list[LoadingLine]]:
    """Check the lines of the load lists; return them by trip.

    Parameters
    ----------
    ground
        The case before any change.
    tables
        Sound rows of the plan.
    """
    facts, findings = ground.facts, ground.findings
    trips: list[Trip | LegTrip] = [*tables.trips, *tables.leg_trips]
    scenario_of = {trip.trip: trip.scenario for trip in trips}
    from_hub = {trip.trip for trip in trips if facts.is_hub(trip.warehouse)}
    found: dict[str, list[LoadingLine]] = defaultdict(list)
    named = {line.scenario for line in tables.loading_lines if line.lot}
    for line in tables.loading_lines:
        where = f"scenario {line.scenario}, trip {line.trip}, item {line.item}"
        item = facts.items[line.item]
        expected = scenario_of.get(line.trip)
        if expected is None:
            fact = f"load_units ({line.load_units:g}) belong to no trip"
            hint = "the trip was deleted, or its number was changed"
            findings.add("loading_trip", where, line.load_units, fact, hint)
        elif expected != line.scenario:
            fact = f"scenario ({line.scenario}) is not the trip's ({expected})"
            findings.add("loading_scenario", where, 1.0, fact, "one of them was changed by hand")
        if line.lot and line.trip in from_hub:
            fact = f"lot ({line.lot}) is told of a load from a hub, where lots are not kept apart"
            findings.add("lot_told", where, line.load_units, fact, "it was filled in by hand")
        if not line.lot and line.scenario in named and line.trip not in from_hub:
            fact = "lot is empty, and other loads of the scenario say theirs"
            findings.add("lot_told", where, line.load_units, fact, "it was deleted by hand")
        off = abs(line.load_units - round(line.load_units))
        if off > WHOLE:
            fact = f"load_units ({line.load_units:g}) must be whole"
            findings.add("loading_whole_units", where, off, fact, "it was changed by hand")
        for rule, name, told, per_unit in (
            ("loading_weight", "weight_kg", line.weight_kg, item.weight_kg),
            ("loading_volume", "volume_m3", line.volume_m3, item.volume_m3),
        ):
            findings.same(rule, where, name, told, per_unit * line.load_units, hint=EDITED)
        found[line.trip].append(line)
    return found


def _deliver(history: History, trip: Trip, lines: Sequence[LoadingLine]) -> Delivery:
    """Recompute hours, load and cost of a trip."""
    lane = (trip.warehouse, trip.district, trip.fleet)
    load_units: dict[str, float] = defaultdict(float)
    lot_units: dict[tuple[str, str], float] = defaultdict(float)
    for line in lines:
        load_units[line.item] += line.load_units
        lot_units[line.item, line.lot] += line.load_units
    revision = history.revision_at(trip.load_start_hours)
    ground = history.grounds[revision]
    items = ground.facts.items
    planned = ground.clock.journey(trip.scenario, *lane, trip.load_start_hours)
    is_gone = ground.facts.vehicles[trip.fleet].is_one_way
    journey, endings = journey_and_endings(history, trip.trip, planned, is_gone=is_gone)
    return Delivery(
        trip=trip,
        journey=journey,
        planned=planned,
        load_units=dict(load_units),
        lot_units=dict(lot_units),
        volume_m3=sum(items[code].volume_m3 * units for code, units in load_units.items()),
        cost_cny=ground.clock.trip_cny(*lane),
        revision=revision,
        told_left=told_left(history, trip.trip),
        endings=endings,
    )


def _check_way(ground: Ground, network: Network, delivery: Delivery) -> None:
    """Check warehouse, lane, distance and cost of a trip."""
    clock, findings = ground.clock, ground.findings
    trip = delivery.trip
    where = where_of(trip)
    lane = (trip.warehouse, trip.district, trip.fleet)
    if not network.is_open(trip.warehouse) and not ground.facts.is_hub(trip.warehouse):
        fact = f"warehouse ({trip.warehouse}) is not open"
        hint = "its decision was changed by hand, or the trip's warehouse was"
        findings.add("trip_warehouse_open", where, 1.0, fact, hint)
    if not clock.has_lane(*lane, trip.scenario):
        fact = f"fleet {trip.fleet} has no lane from {trip.warehouse} to district {trip.district}"
        hint = "the road is cut off, or rail, air or water is not in the case's Lanes"
        findings.add("trip_lane", where, 1.0, fact, hint)
    for rule, name, told, value in (
        ("trip_distance", "distance_km", trip.distance_km, clock.distance_km(*lane)),
        ("trip_cost", "cost_cny", trip.cost_cny, delivery.cost_cny),
    ):
        findings.same(rule, where, name, told, value, hint=EDITED)


def _check_hours(ground: Ground, delivery: Delivery) -> None:
    """Check the hours told against the journey and what was told of it."""
    findings, trip, journey = ground.findings, delivery.trip, delivery.journey
    where = where_of(trip)
    for rule, name, told, value in (
        ("trip_depart", "depart_hours", trip.depart_hours, journey.depart_hours),
        ("trip_arrive", "arrive_hours", trip.arrive_hours, journey.arrive_hours),
        ("trip_unload_end", "unload_end_hours", trip.unload_end_hours, journey.unload_end_hours),
        ("trip_return", "return_hours", trip.return_hours, journey.return_hours),
    ):
        findings.same(rule, where, name, told, value, hint=EDITED, room=HOURS)
    planned = delivery.planned
    deadline = ground.facts.deadline_hours(trip.scenario)
    findings.same(
        "trip_latest_load_start",
        where,
        "latest_load_start_hours",
        trip.latest_load_start_hours,
        max(0.0, deadline - (planned.unload_end_hours - planned.load_start_hours)),
        hint=EDITED,
        room=HOURS,
    )


def _check_start(ground: Ground, delivery: Delivery) -> None:
    """Check that a trip could be planned: vehicles, grid, closures, and the deadline."""
    facts, findings, trip = ground.facts, ground.findings, delivery.trip
    where = where_of(trip)
    check_there(ground, trip)
    planned = delivery.planned
    lane = (trip.warehouse, trip.district, trip.fleet)
    if ground.clock.is_closed(*lane, planned.depart_hours):
        fact = f"depart_hours ({planned.depart_hours:g}) falls into a closure of the lane"
        findings.add("trip_closure", where, 1.0, fact, "load later, or send it another way")
    if ground.hours.is_barred(trip.scenario, *lane, planned.depart_hours):
        fact = f"depart_hours ({planned.depart_hours:g}) falls into hours without departures"
        findings.add("trip_departure_hours", where, 1.0, fact, "load earlier or later")
    told = trip.unload_end_hours if delivery.journey is planned else -math.inf
    deadline = facts.deadline_hours(trip.scenario)
    late = max(planned.unload_end_hours, told) - deadline
    if late > HOURS:
        fact = f"unload_end_hours ({trip.unload_end_hours:g}) is after the deadline ({deadline:g})"
        findings.add("trip_deadline", where, late, fact, "load earlier, or send it elsewhere")


def _check_release(ground: Ground, delivery: Delivery) -> None:
    """Check the release told, and that nothing is loaded before it."""
    findings, trip = ground.findings, delivery.trip
    where = where_of(trip)
    items = delivery.load_units or dict.fromkeys(ground.facts.items, 0.0)
    lane = (trip.warehouse, trip.district)
    release = max(ground.sign_offs.release_hours(trip.scenario, *lane, code) for code in items)
    hint = "it was changed by hand, or the sign-offs changed since"
    findings.same(
        "trip_release_told",
        where,
        "release_hours",
        trip.release_hours,
        release,
        hint=hint,
        room=HOURS,
    )
    if trip.load_start_hours < release - HOURS:
        fact = f"load_start_hours ({trip.load_start_hours:g}) is before the release ({release:g} h)"
        early = release - trip.load_start_hours
        findings.add("trip_release", where, early, fact, "load later, or shorten the sign-offs")
