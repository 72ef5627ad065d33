"""Rows of result sheets as the database keeps them: one record each, and what people filter by."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from allocator.case import Case
from allocator.plan import Plan
from allocator.schema.results import LoadingLine, Trip
from allocator.schema.row import Row
from allocator.store.scope import province_of
from allocator.tables import TableSet

__all__ = ["row_records"]

_FROM_HOURS = ("load_start_hours", "unload_end_hours", "hour")
_TO_HOURS = ("unload_end_hours", "hour")


def row_records(case: Case, tables: TableSet) -> Iterator[dict[str, Any]]:
    """Make the records of all sheets of a result.

    A trip's record has its cargo; a line of a load list has the places of its trip, so that it is
    found, and seen, like the trip.

    Parameters
    ----------
    case
        Says in which province a warehouse is.
    tables
        A plan, or the answers of an explanation.
    """
    home = {row.warehouse: row.district or "" for row in case.warehouses}
    trips = {row.trip: row for row in tables.rows(Trip)}
    cargo = _cargo(tables)
    for sheet, rows in tables.tables.items():
        for position, row in enumerate(rows):
            record = row.model_dump(mode="json")
            places: Row = row
            if isinstance(row, LoadingLine):
                places = trips.get(row.trip, row)
            if isinstance(row, Trip):
                record["cargo"] = cargo.get(row.trip, [])
            yield {
                "sheet": sheet,
                "position": position,
                **_columns(row, places, home),
                "record": json.dumps(record, ensure_ascii=False, separators=(",", ":")),
            }


def _cargo(tables: TableSet) -> Mapping[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    if not isinstance(tables, Plan):
        return found
    for line in tables.loading_lines:
        found.setdefault(line.trip, []).append(
            {
                "item": line.item,
                "lot": line.lot,
                "load_units": line.load_units,
                "weight_kg": line.weight_kg,
                "volume_m3": line.volume_m3,
            }
        )
    return found


def _columns(row: Row, places: Row, home: Mapping[str, str]) -> dict[str, Any]:
    """Values of the columns that people filter by; absent ones are None."""
    warehouse = getattr(places, "warehouse", None)
    district = getattr(places, "district", None)
    return {
        "scenario": getattr(row, "scenario", None),
        "warehouse": warehouse,
        "district": district,
        "item": getattr(row, "item", None),
        "trip": getattr(row, "trip", None),
        "state": getattr(row, "state", None),
        "from_hours": _first(places, _FROM_HOURS),
        "to_hours": _first(places, _TO_HOURS),
        "warehouse_province": province_of(home.get(warehouse or "", "")) or None,
        "district_province": province_of(district) if district else None,
    }


def _first(row: Row, names: tuple[str, ...]) -> float | None:
    for name in names:
        value = getattr(row, name, None)
        if value is not None:
            return float(value)
    return None
