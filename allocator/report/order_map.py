"""The trips of a scenario hour by hour, as map and Gantt in one HTML file that needs no network.

It draws with a script of its own and not with plotly.js, as the page does: vehicles move in every
frame, and a file that is sent to the field should be small.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import ceil
from pathlib import Path
from typing import Any

from allocator.report.fact_rows import WarehouseFacts
from allocator.report.figures.served import served_curves
from allocator.report.figures.style import NEGLIGIBLE_SHARE, NO_NEED_COLOUR, SHORT_CLASSES
from allocator.report.order_arrivals import served_steps
from allocator.report.order_convoys import NAMED, companies
from allocator.report.order_words import ORDER_WORDS
from allocator.report.orders import OrderBook
from allocator.report.outlines import Box, Outline, Outlines
from allocator.report.page_parts import asset, filled_template, in_script
from allocator.report.words import LANGUAGES, WORDS, Language
from allocator.schema.network import District

__all__ = ["SCRIPTS", "map_data", "write_order_map"]

DEGREE_DIGITS = 3
"""Digits of a degree behind the point: a hundred metres, less than a dot of the map."""

BARS = (("load", "#8a5fb0"), ("drive", "#1d5f9e"), ("unload", "#0f766e"), ("return", "#c9d9ea"))
"""What a bar of the Gantt shows, in the colours of the script."""

SCRIPTS = ("order_trips.js", "order_gantt.js", "order_map.js")
"""Parts of the one script, in the order in which they need each other."""

HOUR_DIGITS = 3
SHARE_DIGITS = 5


def write_order_map(book: OrderBook, outlines: Outlines, path: Path, lang: Language) -> None:
    """Write the map of one scenario.

    Parameters
    ----------
    book
        Facts of the scenario's trips.
    outlines
        What to draw on.
    path
        HTML file to write.
    lang
        Language it opens in; a button switches.
    """
    data = map_data(book, outlines, lang)
    text = filled_template(
        "order_map.html.j2",
        lang=lang,
        plan_name=book.case.settings.plan_name,
        scenario=book.name,
        words={key: texts[lang] for key, texts in data["words"].items()},
        classes=data["classes"],
        no_need=NO_NEED_COLOUR,
        digest=book.digest,
        data_json=in_script(data),
        bars=BARS,
        has_hubs=bool(book.hubs),
        has_convoys=bool(data["convoys"]),
        style=asset("page.css") + asset("order_map.css") + asset("order_gantt.css"),
        script="".join(map(asset, SCRIPTS)),
    )
    path.write_text(text, encoding="utf-8")


def map_data(book: OrderBook, outlines: Outlines, lang: Language) -> dict[str, Any]:
    """Return what the script draws.

    Parameters
    ----------
    book, outlines, lang
        As in ``write_order_map``.
    """
    facts = book.facts
    warehouses = [row for row in facts.warehouses if row.warehouse in book.by_warehouse]
    needed = [row for row in book.case.districts if row.district in book.by_district]
    hubs = [row for row in facts.warehouses if row.warehouse in book.hubs]
    hours = (order.trip.return_hours for order in book.trips)
    classes = [
        {"key": key, "limit": max(limit, NEGLIGIBLE_SHARE), "colour": colour}
        for key, limit, colour in SHORT_CLASSES
    ]
    return {
        "lang": lang,
        "words": _words(),
        "event": None if book.event_time is None else book.event_time.isoformat(),
        "order_hours": book.order_hours,
        "deadline_hours": book.deadline_hours,
        "last_hour": ceil(max([book.deadline_hours, *hours])),
        "views": _views(warehouses, needed, outlines),
        "classes": classes,
        "no_need": NO_NEED_COLOUR,
        "land": _rings(outlines.land),
        "borders": _rings([*outlines.prefectures, *outlines.lines]),
        "served": _served(book),
        "warehouses": [
            {"code": row.warehouse, "name": row.name, "at": _point(row.lon, row.lat)}
            for row in warehouses
        ],
        "fleets": [facts.fleet_name(row.fleet) for row in book.case.vehicles],
        "districts": [
            {
                "code": row.district,
                "name": row.name,
                "at": _point(row.lon, row.lat),
                "has_need": row.district in book.need_units,
                "is_hub": False,
                "steps": [
                    [round(hour, HOUR_DIGITS), round(share, SHARE_DIGITS)]
                    for hour, share in served_steps(book, row.district)
                ],
                "rings": _rings([one for one in outlines.districts if one.code == row.district]),
            }
            for row in needed
        ]
        + [_hub(row) for row in hubs],
        "others": _rings([one for one in outlines.districts if one.code not in book.by_district]),
        "convoys": companies(book.convoys),
        "most_named": NAMED,
        "trips": _trips(
            book,
            [row.warehouse for row in warehouses],
            [*(row.district for row in needed), *(row.warehouse for row in hubs)],
        ),
    }


def _hub(row: WarehouseFacts) -> dict[str, Any]:
    """A hub where legs end: a place without a need."""
    place = {"code": row.warehouse, "name": row.name, "at": _point(row.lon, row.lat)}
    return {**place, "has_need": False, "is_hub": True, "steps": [], "rings": []}


def _views(
    warehouses: Sequence[WarehouseFacts], districts: Sequence[District], outlines: Outlines
) -> dict[str, list[float]]:
    """The part of the map with the districts, and that with the warehouses as well. [degree]"""
    codes = {row.district for row in districts}
    points = [(row.lon, row.lat) for row in districts]
    for outline in outlines.districts:
        if outline.code in codes:
            box = outline.box
            points += [(box.west, box.south), (box.east, box.north)]
    senders = [(row.lon, row.lat) for row in warehouses]
    return {
        name: [
            round(degree, DEGREE_DIGITS) for degree in (box.west, box.south, box.east, box.north)
        ]
        for name, box in (
            ("case", Box.around(points).widened(0.05, 0.05)),
            ("all", Box.around([*points, *senders]).widened(0.05, 0.05)),
        )
    }


def _words() -> dict[str, dict[str, str]]:
    """Words of the map, and those it shares with the page, by key and language."""
    keys = [key for key in ORDER_WORDS if key.startswith("map.")]
    shared = [*(key for key, _, _ in SHORT_CLASSES), "outline.note", "page.no_script"]
    texts = {key: ORDER_WORDS[key] for key in keys} | {key: WORDS[key] for key in shared}
    return {key: dict(zip(LANGUAGES, both, strict=True)) for key, both in texts.items()}


def _point(lon: float, lat: float) -> list[float]:
    return [round(lon, DEGREE_DIGITS), round(lat, DEGREE_DIGITS)]


def _rings(outlines: Iterable[Outline]) -> list[list[float]]:
    """Rings or lines, each as longitude and latitude in turn; points that fall together once."""
    found = []
    for outline in outlines:
        for lons, lats in outline.rings:
            flat: list[float] = []
            for lon, lat in zip(lons, lats, strict=True):
                point = _point(lon, lat)
                if flat[-2:] != point:
                    flat += point
            found.append(flat)
    return found


def _served(book: OrderBook) -> list[float]:
    """Served share of the scenario at each hour, as certified."""
    hours, shares = served_curves(book.facts).get(book.scenario, ([], []))
    known = dict(zip(hours, shares, strict=True))
    found, share = [], 0.0
    for hour in range(max(known, default=-1) + 1):
        share = known.get(hour, share)
        found.append(round(share, SHARE_DIGITS))
    return found


def _trips(book: OrderBook, warehouses: list[str], districts: list[str]) -> list[list[float]]:
    """Equal trips together: places of warehouse, district and fleet, how many, their hours.

    Behind them stands the place of the convoy, for trips that are in one. A trip from a warehouse
    without a place is counted all the same; its place is -1.
    """
    at = {code: k for k, code in enumerate(warehouses)}
    to = {code: k for k, code in enumerate(districts)}
    fleets = {row.fleet: k for k, row in enumerate(book.case.vehicles)}
    convoys = {code: k for k, codes in enumerate(companies(book.convoys)) for code in codes}
    groups = Counter(
        (
            at.get(trip.warehouse, -1),
            to[trip.district],
            fleets[trip.fleet],
            trip.load_start_hours,
            trip.depart_hours,
            trip.arrive_hours,
            trip.unload_end_hours,
            trip.return_hours,
            convoys.get(trip.trip, -1),
        )
        for trip in (order.trip for order in book.trips)
    )
    return [
        [*group[:3], count, *(round(hour, HOUR_DIGITS) for hour in group[3:8]),
         *(convoy for convoy in group[8:] if convoy >= 0)]
        for group, count in groups.items()
    ]  # fmt: skip
