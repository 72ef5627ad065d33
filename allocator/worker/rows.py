"""Rows of result sheets as the database keeps them: one record each, and what people filter by."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from allocator.case import Case
from allocator.plan import Plan
from allocator.schema.legs import LegTrip
from allocator.schema.records import JourneyFacts, SignOffRow
from allocator.schema.results import LoadingLine, Trip
from allocator.schema.row import Row
from allocator.store.scope import province_of
from allocator.tables import TableSet
from allocator.worker.journeys import Journeys, journeys_of

__all__ = ["row_records"]

_FROM_HOURS = ("load_start_hours", "unload_end_hours", "due_hours", "hour")
_TO_HOURS = ("unload_end_hours", "load_start_hours", "due_hours", "hour")

_NOTHING: Mapping[type[Row], Mapping[str, Any]] = {
    row: {name: JourneyFacts.model_fields[name].default for name in JourneyFacts.model_fields}
    | {name: ""}
    for row, name in ((Trip, "district_name"), (LegTrip, "hub_name"))
}
"""What the record of a trip has beside its row when nothing more is known, by its class."""


def row_records(case: Case, tables: TableSet) -> Iterator[dict[str, Any]]:
    """Make the records of all sheets of a result, and of the sign-offs that its trips wait for.

    The record of a trip is a ``TripRecord`` or ``LegRecord``; a line of a load list has the places
    of its trip, so that it is found, and seen, like the trip.

    Parameters
    ----------
    case
        Says in which province a warehouse is; as it was before any change.
    tables
        A plan, or the answers of an explanation.
    """
    home = _homes(case)
    journeys = journeys_of(case, tables) if isinstance(tables, Plan) else Journeys()
    trips: dict[str, Row] = {row.trip: row for row in tables.rows(Trip)}
    trips |= {row.trip: row for row in tables.rows(LegTrip)}
    sheets = {**tables.tables, SignOffRow.sheet: tuple(journeys.sign_offs)}
    for sheet, rows in sheets.items():
        for position, row in enumerate(rows):
            record = row.model_dump(mode="json")
            places = trips.get(row.trip, row) if isinstance(row, LoadingLine) else row
            if isinstance(row, (Trip, LegTrip)):
                record |= journeys.facts.get(row.trip, _NOTHING[type(row)])
            yield {
                "sheet": sheet,
                "position": position,
                **_columns(row, places, home),
                "record": json.dumps(record, ensure_ascii=False, separators=(",", ":")),
            }


def _homes(case: Case) -> dict[str, str]:
    """Where each warehouse is: its district, else one of its province, else nothing."""
    named = {row.province: row.district for row in case.districts}
    return {row.warehouse: row.district or named.get(row.province, "") for row in case.warehouses}


def _columns(row: Row, places: Row, home: Mapping[str, str]) -> dict[str, Any]:
    """Values of the columns that people filter by; absent ones are None.

    What goes to a hub has it in the place of a district, and belongs to the hub's province.
    """
    warehouse = getattr(places, "warehouse", None)
    district = getattr(places, "district", None) or getattr(places, "hub", None)
    to = home.get(district, district) if district else ""
    return {
        "scenario": getattr(row, "scenario", None),
        "warehouse": warehouse,
        "district": district,
        "item": getattr(row, "item", None),
        "fleet": getattr(places, "fleet", None),
        "trip": getattr(row, "trip", None),
        "state": getattr(row, "state", None),
        "from_hours": _first(places, _FROM_HOURS),
        "to_hours": _first(places, _TO_HOURS),
        "warehouse_province": province_of(home.get(warehouse or "", "")) or None,
        "district_province": province_of(to) or None,
    }


def _first(row: Row, names: tuple[str, ...]) -> float | None:
    for name in names:
        value = getattr(row, name, None)
        if value is not None:
            return float(value)
    return None
