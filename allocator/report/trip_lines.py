"""Trips as lines on a map: a GeoJSON document (RFC 7946)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from allocator.report.order_columns import has_left
from allocator.report.order_rests import RestStop, RestStops
from allocator.report.order_words import order_word
from allocator.report.orders import OrderBook, TripOrder, sums_by_item
from allocator.report.words import Language

__all__ = ["trip_lines", "write_trip_lines"]

DEGREE_DIGITS = 6
"""Digits of longitude and latitude behind the point: a tenth of a metre."""

HOURS = (
    "release_hours",
    "load_start_hours",
    "depart_hours",
    "arrive_hours",
    "unload_end_hours",
    "return_hours",
    "latest_load_start_hours",
)
DIGITS = 6
"""Digits of hours and amounts behind the point."""


def trip_lines(book: OrderBook, lang: Language) -> dict[str, Any]:
    """Return the trips of a scenario as a feature collection, one straight line each.

    Parameters
    ----------
    book
        Facts of the scenario's trips.
    lang
        Language of the note.
    """
    places = {row.warehouse: book.facts.place(row) for row in book.case.warehouses}
    stops = RestStops(book.case, book.scenario)
    ends = places | {row.district: (row.lon, row.lat) for row in book.case.districts}
    return {
        "type": "FeatureCollection",
        "note": order_word("lines.points", lang),
        "plan": book.case.settings.plan_name,
        "scenario": book.scenario,
        "scenario_name": book.name,
        "event_time": None if book.event_time is None else book.event_time.isoformat(),
        "order_hours": book.order_hours,
        "features": [
            {
                "type": "Feature",
                "id": order.trip.trip,
                "geometry": _line(places[order.trip.warehouse], ends[order.trip.district]),
                "properties": _properties(book, order) | _crew(book, stops, order),
            }
            for order in book.trips
        ],
    }


def write_trip_lines(book: OrderBook, path: Path, lang: Language) -> None:
    """Write the trips of a scenario as GeoJSON, a line of text for each.

    Parameters
    ----------
    book
        Facts of the scenario's trips.
    path
        File to write.
    lang
        Language of the note.
    """
    document = trip_lines(book, lang)
    features = document.pop("features")
    head = json.dumps(document, ensure_ascii=False, allow_nan=False)[:-1]
    rows = ",\n".join(json.dumps(row, ensure_ascii=False, allow_nan=False) for row in features)
    path.write_text(f'{head}, "features": [\n{rows}\n]}}\n', encoding="utf-8")


def _line(
    start: tuple[float, float] | None, end: tuple[float, float] | None
) -> dict[str, Any] | None:
    """Line from point to point; nothing for a warehouse without a place."""
    if start is None or end is None:
        return None
    points = [[round(degree, DEGREE_DIGITS) for degree in point] for point in (start, end)]
    return {"type": "LineString", "coordinates": points}


def _properties(book: OrderBook, order: TripOrder) -> dict[str, Any]:
    trip = order.trip
    is_leg = trip.district in book.hubs
    hours = {name: float(getattr(trip, name)) for name in HOURS}
    clocks = {name: book.clock(value) for name, value in hours.items()}
    return {
        "trip": trip.trip,
        "warehouse": trip.warehouse,
        "warehouse_name": order.warehouse_name,
        "district": None if is_leg else trip.district,
        "district_name": None if is_leg else order.district_name,
        "hub": trip.district if is_leg else None,
        "hub_name": order.district_name if is_leg else None,
        "fleet": trip.fleet,
        "fleet_name": order.fleet_name,
        "dock_order": order.dock_order,
        "convoy": list(book.convoys.get(trip.trip, ())),
        **{name: round(value, DIGITS) for name, value in hours.items()},
        **{
            name.replace("_hours", "_time"): None if clock is None else clock.isoformat()
            for name, clock in clocks.items()
        },
        "load_units": {load.item.item: _number(load.load_units) for load in sums_by_item([order])},
        "lot_units": [
            {"item": load.item.item, "lot": load.lot, "load_units": _number(load.load_units)}
            for load in order.loads
            if load.lot
        ],
        "weight_kg": round(trip.weight_kg, DIGITS),
        "volume_m3": round(trip.volume_m3, DIGITS),
        "distance_km": round(trip.distance_km, DIGITS),
        "approvals": [chain.label for chain in order.chains],
    }


def _crew(book: OrderBook, stops: RestStops, order: TripOrder) -> dict[str, Any]:
    """How many drive, and where they rest; null where the rests cannot be told."""
    rests = None if has_left(order) else stops.of(order.trip)
    told = None if rests is None else [_stop(book, stop) for stop in rests]
    return {"drivers": order.drivers, "rest_stops": told}


def _stop(book: OrderBook, stop: RestStop) -> dict[str, Any]:
    clock = book.clock(stop.begin_hours)
    return {
        "begin_hours": round(stop.begin_hours, DIGITS),
        "end_hours": round(stop.end_hours, DIGITS),
        "begin_time": None if clock is None else clock.isoformat(),
        "is_back": stop.is_back,
    }


def _number(units: float) -> float | int:
    """Whole units without a point."""
    return int(units) if float(units).is_integer() else round(units, DIGITS)
