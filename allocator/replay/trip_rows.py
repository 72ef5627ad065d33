"""What is checked alike of every row of a trip, whether it goes to a district or to a hub."""

from __future__ import annotations

from collections.abc import Mapping

from allocator.replay.clock import clock_fault
from allocator.replay.ground import Ground
from allocator.replay.tolerances import HOURS, WHOLE, limit_room
from allocator.schema.legs import LegTrip
from allocator.schema.results import Trip

__all__ = ["EDITED", "PERIOD_HOURS", "check_clock", "check_load", "check_there", "where_of"]

PERIOD_HOURS = 1.0
"""Grain of the load starts. [h]"""

EDITED = "it was changed by hand, or the case changed since"
"""What may be the matter with a figure."""


def where_of(trip: Trip | LegTrip) -> str:
    """Name a trip."""
    return f"scenario {trip.scenario}, trip {trip.trip}"


def check_there(ground: Ground, trip: Trip | LegTrip) -> None:
    """Check that the vehicles are there, and that loading starts on the grid of periods."""
    facts, findings = ground.facts, ground.findings
    where, start = where_of(trip), trip.load_start_hours
    here = facts.fleets[trip.warehouse].get(trip.fleet)
    if here is None:
        fact = f"warehouse {trip.warehouse} has no vehicles of fleet ({trip.fleet})"
        findings.add("trip_fleet", where, 1.0, fact, "fleet or warehouse was changed by hand")
    elif start < here.available_from_hours - HOURS:
        fact = (
            f"load_start_hours ({start:g}) is before the vehicles are there "
            f"({here.available_from_hours:g} h)"
        )
        early = here.available_from_hours - start
        findings.add("trip_available", where, early, fact, "it was changed by hand")
    periods = start / PERIOD_HOURS
    off = abs(periods - round(periods)) * PERIOD_HOURS
    if off > HOURS:
        fact = f"load_start_hours ({start:g}) must be a multiple of {PERIOD_HOURS:g}"
        findings.add("trip_load_start_grid", where, off, fact, "it was changed by hand")


def check_load(
    ground: Ground, trip: Trip | LegTrip, load_units: Mapping[str, float], volume_m3: float
) -> None:
    """Check the weight and volume told, and that they fit the vehicle.

    Parameters
    ----------
    ground, trip
        The case, and the row.
    load_units, volume_m3
        What is on board by item, and its volume. [units], [m3]
    """
    facts, findings = ground.facts, ground.findings
    where = where_of(trip)
    vehicle = facts.vehicles[trip.fleet]
    weight = sum(facts.items[code].weight_kg * units for code, units in load_units.items())
    findings.same("trip_weight", where, "weight_kg", trip.weight_kg, weight, hint=EDITED)
    findings.same("trip_volume", where, "volume_m3", trip.volume_m3, volume_m3, hint=EDITED)
    hint = "take units off, or send a second vehicle"
    for rule, name, used, limit in (
        ("vehicle_payload", "cargo [kg]", weight, vehicle.payload_kg),
        ("vehicle_volume", "cargo [m3]", volume_m3, vehicle.volume_m3),
    ):
        findings.within(rule, where, name, used, limit, hint=hint, room=limit_room(limit))
    on_board = {code for code, units in load_units.items() if units > WHOLE}
    for pair in facts.segregated:
        if on_board.issuperset(pair):
            fact = f"{' and '.join(pair)} must not travel together (Segregation)"
            amount = min(load_units[code] for code in pair)
            findings.add("vehicle_segregation", where, amount, fact, "give each a vehicle")


def check_clock(ground: Ground, trip: Trip | LegTrip) -> None:
    """Check that the clock texts say the same as the hours."""
    facts = ground.facts
    event_time = facts.event_time(trip.scenario)
    for name, text, hours in (
        ("load_start_time", trip.load_start_time, trip.load_start_hours),
        ("depart_time", trip.depart_time, trip.depart_hours),
        ("unload_end_time", trip.unload_end_time, trip.unload_end_hours),
    ):
        off = clock_fault(text, event_time, hours)
        if off is not None:
            wanted = "empty" if event_time is None else f"{hours:g} h after {event_time}"
            fact = f"{name} ({text}) must be {wanted}"
            hint = "the text was changed by hand, or the event time changed since"
            ground.findings.add("trip_clock", where_of(trip), off, fact, hint)
