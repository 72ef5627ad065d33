"""The Trip_Changes sheet against the trips: what a re-plan says it changed is in the plan."""

from __future__ import annotations

from collections.abc import Mapping

from allocator.replay.findings import Findings
from allocator.replay.history import History
from allocator.replay.reading import Tables
from allocator.replay.tolerances import HOURS
from allocator.schema.changes import TripChange
from allocator.schema.legs import LegTrip
from allocator.schema.results import Trip

__all__ = ["check_trip_changes"]

_EDITED = "it was changed by hand, or the trip was"


def check_trip_changes(
    tables: Tables, histories: Mapping[str, History], findings: Findings
) -> None:
    """Check each row; of a trip that was changed again and again the last one must be so.

    Parameters
    ----------
    tables
        Sound rows of the plan.
    histories
        Dispatched scenarios with their re-plans.
    findings
        Where broken rules are noted.
    """
    hours = [each.at_hours for history in histories.values() for each in history.revisions[1:]]
    last: dict[str, TripChange] = {}
    for row in tables.trip_changes:
        if not any(abs(row.at_hours - hour) <= HOURS for hour in hours):
            fact = f"at_hours ({row.at_hours:g}) is not the hour of a re-plan"
            findings.add("trip_change_hours", _where(row), 1.0, fact, _EDITED)
        if row.trip not in last or last[row.trip].at_hours < row.at_hours:
            last[row.trip] = row
    every: list[Trip | LegTrip] = [*tables.trips, *tables.leg_trips]
    trips = {trip.trip: trip for trip in every}
    for code, row in last.items():
        _check_row(row, trips.get(code), findings)


def _where(row: TripChange) -> str:
    return f"Trip_Changes, hour {row.at_hours:g}, trip {row.trip}, {row.change}"


def _check_row(row: TripChange, trip: Trip | LegTrip | None, findings: Findings) -> None:
    """Check what became of a trip last."""
    where = _where(row)
    if row.change == "cancelled":
        if trip is not None:
            hint = "the trip was added by hand, or the change was edited"
            findings.add("trip_change_cancelled", where, 1.0, "the trip is in the plan", hint)
        return
    if trip is None:
        hint = "its row was deleted, or its number was changed"
        findings.add("trip_change_trip", where, 1.0, "the trip is not in the plan", hint)
        return
    for name in ("warehouse", "district", "hub", "fleet"):
        # A trip leads to a district or to a hub; the other one is empty.
        told, found = getattr(row, name), getattr(trip, name, None)
        if told != found:
            fact = f"{name} ({told}) must be {found}"
            findings.add("trip_change_lane", where, 1.0, fact, _EDITED)
    start = row.load_start_hours
    if start is None or abs(start - trip.load_start_hours) > HOURS:
        told = "empty" if start is None else f"{start:g}"
        off = 1.0 if start is None else abs(start - trip.load_start_hours)
        fact = f"load_start_hours ({told}) must be {trip.load_start_hours:g}"
        findings.add("trip_change_start", where, off, fact, _EDITED)
