"""Every trip to a hub on its own: who drives, when, and what is on board.

Written from ``docs/model.md`` ("Hubs and legs").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from allocator.replay.clock import Journey
from allocator.replay.ground import Ground
from allocator.replay.history import History
from allocator.replay.hubs import Way
from allocator.replay.network import Network
from allocator.replay.news import check_state
from allocator.replay.outings import Outing, journey_and_endings, told_left
from allocator.replay.tolerances import HOURS
from allocator.replay.trip_rows import EDITED, check_clock, check_load, check_there, where_of
from allocator.schema.legs import LegTrip
from allocator.schema.results import LoadingLine

__all__ = ["LegDelivery", "check_legs"]


@dataclass(frozen=True)
class LegDelivery(Outing):
    """A trip to a hub that the other checks can add up.

    Parameters
    ----------
    trip
        Its row.
    journey
        Its hours, recomputed from the load start and from what was told.
    planned
        The same without what was told.
    ready_hours
        When its goods can be loaded again, recomputed. [h]
    load_units
        What is on board, by item. [units]
    lot_units
        The same by item and lot. [units]
    volume_m3
        Of what is on board. [m3]
    cost_cny
        Out and back, or one way. [CNY]
    is_abroad
        Whether it counts as leaving the province.
    """

    trip: LegTrip
    journey: Journey
    planned: Journey
    ready_hours: float
    load_units: dict[str, float]
    lot_units: dict[tuple[str, str], float]
    volume_m3: float
    cost_cny: float
    is_abroad: bool


def check_legs(
    histories: Mapping[str, History],
    network: Network,
    trips: Sequence[LegTrip],
    loads: Mapping[str, Sequence[LoadingLine]],
) -> dict[str, list[LegDelivery]]:
    """Check each trip to a hub; return those that can be added up, by scenario.

    Parameters
    ----------
    histories
        Dispatched scenarios.
    network
        The warehouses dispatched from.
    trips
        Sound rows of ``Leg_Trips``.
    loads
        Lines of the load lists, by trip.
    """
    found: dict[str, list[LegDelivery]] = defaultdict(list)
    for trip in trips:
        history = histories[trip.scenario]
        ground = history.grounds[history.revision_at(trip.load_start_hours)]
        findings, where = ground.findings, where_of(trip)
        way: Way = (trip.warehouse, trip.hub, trip.fleet)
        if way not in ground.hubs.figures:
            fact = f"fleet {trip.fleet} has no leg from {trip.warehouse} to {trip.hub}"
            findings.add("leg_listed", where, 1.0, fact, "only what the case's Legs list exists")
            continue
        lines = loads.get(trip.trip, ())
        if not lines:
            fact = "it carries nothing"
            hint = "its lines in Loading_List were deleted, or its number was changed"
            findings.add("trip_load_list", where, 1.0, fact, hint)
        delivery = _deliver(history, trip, lines)
        _check_figures(ground, network, delivery)
        check_load(ground, trip, delivery.load_units, delivery.volume_m3)
        check_clock(ground, trip)
        check_state(history, trip)
        if delivery.told_left is None:
            # What was told to have happened breaks no rule of the planning.
            _check_start(ground, delivery)
            _check_release(ground, delivery)
        found[trip.scenario].append(delivery)
    return found


def _deliver(history: History, trip: LegTrip, lines: Sequence[LoadingLine]) -> LegDelivery:
    """Recompute hours, load and cost of a leg trip."""
    revision = history.revision_at(trip.load_start_hours)
    facts, hubs = history.grounds[revision].facts, history.grounds[revision].hubs
    way: Way = (trip.warehouse, trip.hub, trip.fleet)
    load_units: dict[str, float] = defaultdict(float)
    lot_units: dict[tuple[str, str], float] = defaultdict(float)
    for line in lines:
        load_units[line.item] += line.load_units
        lot_units[line.item, line.lot] += line.load_units
    planned = hubs.journey(way, trip.load_start_hours)
    is_gone = facts.vehicles[trip.fleet].is_one_way
    journey, endings = journey_and_endings(history, trip.trip, planned, is_gone=is_gone)
    return LegDelivery(
        trip=trip,
        journey=journey,
        planned=planned,
        ready_hours=journey.unload_end_hours + facts.warehouses[trip.hub].transfer_hours,
        load_units=dict(load_units),
        lot_units=dict(lot_units),
        volume_m3=sum(facts.items[code].volume_m3 * units for code, units in load_units.items()),
        cost_cny=hubs.trip_cny(way),
        is_abroad=hubs.is_abroad(trip.scenario, trip.warehouse, trip.hub),
        revision=revision,
        told_left=told_left(history, trip.trip),
        endings=endings,
    )


def _check_figures(ground: Ground, network: Network, delivery: LegDelivery) -> None:
    """Check warehouse, distance, cost and the hours told."""
    findings, trip, journey = ground.findings, delivery.trip, delivery.journey
    where = where_of(trip)
    if not network.is_open(trip.warehouse) and not ground.facts.is_hub(trip.warehouse):
        fact = f"warehouse ({trip.warehouse}) is not open"
        hint = "its decision was changed by hand, or the trip's warehouse was"
        findings.add("trip_warehouse_open", where, 1.0, fact, hint)
    km = ground.hubs.figures[trip.warehouse, trip.hub, trip.fleet][0]
    for rule, name, told, value in (
        ("trip_distance", "distance_km", trip.distance_km, km),
        ("trip_cost", "cost_cny", trip.cost_cny, delivery.cost_cny),
    ):
        findings.same(rule, where, name, told, value, hint=EDITED)
    for rule, name, told, value in (
        ("trip_depart", "depart_hours", trip.depart_hours, journey.depart_hours),
        ("trip_arrive", "arrive_hours", trip.arrive_hours, journey.arrive_hours),
        ("trip_unload_end", "unload_end_hours", trip.unload_end_hours, journey.unload_end_hours),
        ("leg_ready", "ready_hours", trip.ready_hours, delivery.ready_hours),
        ("trip_return", "return_hours", trip.return_hours, journey.return_hours),
    ):
        findings.same(rule, where, name, told, value, hint=EDITED, room=HOURS)


def _check_start(ground: Ground, delivery: LegDelivery) -> None:
    """Check vehicles, grid, closures, hours without departures, and the deadline."""
    findings, trip = ground.findings, delivery.trip
    where, depart = where_of(trip), delivery.planned.depart_hours
    check_there(ground, trip)
    if ground.hubs.is_closed((trip.warehouse, trip.hub, trip.fleet), depart):
        fact = f"depart_hours ({depart:g}) falls into a closure of the leg"
        findings.add("trip_closure", where, 1.0, fact, "load later, or send it another way")
    # No district: rows of Hours that name one are about other ways.
    if ground.hours.is_barred(trip.scenario, trip.warehouse, "", trip.fleet, depart):
        fact = f"depart_hours ({depart:g}) falls into hours without departures"
        findings.add("trip_departure_hours", where, 1.0, fact, "load earlier or later")
    deadline = ground.facts.deadline_hours(trip.scenario)
    late = delivery.planned.unload_end_hours - deadline
    if late > HOURS:
        fact = f"unload_end_hours ({trip.unload_end_hours:g}) is after the deadline ({deadline:g})"
        findings.add("trip_deadline", where, late, fact, "load earlier, or send it elsewhere")


def _check_release(ground: Ground, delivery: LegDelivery) -> None:
    """Check the release told, towards all whom the hub serves, and that nothing is before it."""
    findings, trip = ground.findings, delivery.trip
    where = where_of(trip)
    items = delivery.load_units or dict.fromkeys(ground.facts.items, 0.0)
    release = max(
        ground.hubs.release_hours(trip.scenario, trip.warehouse, trip.hub, code) for code in items
    )
    findings.same(
        "trip_release_told",
        where,
        "release_hours",
        trip.release_hours,
        release,
        hint="it was changed by hand, or the sign-offs changed since",
        room=HOURS,
    )
    if trip.load_start_hours < release - HOURS:
        fact = f"load_start_hours ({trip.load_start_hours:g}) is before the release ({release:g} h)"
        early = release - trip.load_start_hours
        findings.add("trip_release", where, early, fact, "load later, or shorten the sign-offs")
