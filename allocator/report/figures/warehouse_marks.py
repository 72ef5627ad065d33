"""Warehouses on the map, by decision and with an area by stock, and the names on the map."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from allocator.report.facts import Facts
from allocator.report.figures.style import DECISION_COLOURS, Trace, labelled, plain
from allocator.report.outlines import Box, Outlines
from allocator.report.words import Language

__all__ = ["case_view", "label_traces", "units_text", "warehouse_traces"]

LARGEST_PX = 34
SMALLEST_PX = 7
MANY = 90
"""With more warehouses than this their marks are smaller."""

LABELS = 9
"""Warehouses that are labelled; the others say their name when pointed at."""


def warehouse_traces(facts: Facts, lang: Language) -> list[Trace]:
    """Draw every warehouse, a trace for each decision; the area is the stock."""
    largest = max((row.used_m3 for row in facts.warehouses), default=0.0) or 1.0
    stocked = sum(row.holds_stock for row in facts.warehouses)
    least = largest * (SMALLEST_PX / LARGEST_PX) ** 2
    shrink = min(1.0, max(0.35, (MANY / max(stocked, 1)) ** 0.5))
    traces = []
    for k, (decision, colour) in enumerate(DECISION_COLOURS.items()):
        # Small ones are drawn last, so that they are not hidden.
        rows = [row for row in facts.warehouses if row.decision == decision]
        if not rows:
            continue
        hollow = decision in ("shut", "close")
        trace: Trace = {
            "type": "scatter",
            "mode": "markers",
            "x": [round(row.lon, 4) for row in rows],
            "y": [round(row.lat, 4) for row in rows],
            "customdata": [
                [
                    plain(row.name),
                    row.warehouse,
                    row.size_class or "-",
                    f"{row.used_m3:,.0f}",
                    f"{row.volume_m3:,.0f}" if row.volume_m3 else "-",
                    units_text(facts, row.stock_units),
                ]
                for row in rows
            ],
            "marker": {
                "size": [round(max(row.used_m3, least), 1) for row in rows],
                "sizemode": "area",
                "sizeref": 2 * largest / (shrink * LARGEST_PX) ** 2,
                "color": colour,
                "opacity": 0.85,
                "line": {"color": "#ffffff", "width": round(1.2 * shrink, 2)},
            },
            "zorder": 8,
            "legendrank": 200 + k,
            "uid": decision,
        }
        if hollow:
            trace["marker"] |= {"size": 6, "symbol": "x-thin" if decision == "close" else "circle"}
            trace["marker"]["symbol"] += "-open"
            trace["marker"]["line"] = {"color": colour, "width": 1.2}
            trace["zorder"] = 7
            if decision == "shut":
                trace["visible"] = "legendonly"
        key = f"figure.{decision}"
        traces.append(
            labelled(
                trace, lang, name=key, hover="figure.hover_warehouse", group="figure.warehouses"
            )
        )
    return traces


def units_text(facts: Facts, units: Mapping[str, float], most: int = 8) -> str:
    """Return quantities by item as one text, most voluminous first."""
    rows = sorted(
        ((item, value) for item, value in units.items() if value > 1e-6),
        key=lambda pair: -facts.volume_m3({pair[0]: pair[1]}),
    )
    parts = [f"{plain(facts.item_name(item))} {value:,.0f}" for item, value in rows[:most]]
    return "; ".join(parts + ["…"] * (len(rows) > most)) or "0"


def label_traces(facts: Facts, outlines: Outlines) -> list[Trace]:
    """Write names of large warehouses and, faint, of prefectures, where there is room."""
    view = case_view(facts, outlines)
    taken: list[tuple[float, float]] = []

    def has_room(lon: float, lat: float) -> bool:
        free = all(
            abs(lon - other[0]) > 0.12 * (view.east - view.west)
            or abs(lat - other[1]) > 0.035 * (view.north - view.south)
            for other in taken
        )
        if free:
            taken.append((lon, lat))
        return free

    warehouses = [
        row
        for row in facts.warehouses
        if (row.holds_stock or row.warehouse in facts.answering)
        and view.meets(Box(row.lon, row.lat, row.lon, row.lat))
        and has_room(row.lon, row.lat)
    ][:LABELS]
    groups: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for row in facts.case.districts:
        if row.prefecture:
            groups[row.prefecture].append((row.lon, row.lat))
    prefectures = []
    if len(groups) <= 25:
        for name, points in groups.items():
            lon = sum(point[0] for point in points) / len(points)
            lat = sum(point[1] for point in points) / len(points)
            if has_room(lon, lat):
                prefectures.append((lon, lat, name))
    return [
        _text(prefectures, 10, "#6b7280", 4, lifted=False),
        _text([(r.lon, r.lat, r.name) for r in warehouses], 11, "#111827", 9, lifted=True),
    ]


def _text(
    places: Sequence[tuple[float, float, str]], size: int, colour: str, order: int, lifted: bool
) -> Trace:
    return {
        "type": "scatter",
        "mode": "text",
        "x": [round(lon, 4) for lon, _, _ in places],
        "y": [round(lat, 4) for _, lat, _ in places],
        "text": [plain(name) + "<br>" * lifted for _, _, name in places],
        "textposition": "top center" if lifted else "middle center",
        "textfont": {"size": size, "color": colour, "shadow": "auto"},
        "hoverinfo": "skip",
        "showlegend": False,
        "zorder": order,
    }


def case_view(facts: Facts, outlines: Outlines) -> Box:
    """Return the part of the map that holds the districts and their polygons, with a margin."""
    points = [(row.lon, row.lat) for row in facts.case.districts]
    for outline in outlines.districts:
        box = outline.box
        points += [(box.west, box.south), (box.east, box.north)]
    return Box.around(points).widened(0.02, 0.05).shaped(0.9, 2.2)
