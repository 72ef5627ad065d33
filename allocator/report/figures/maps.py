"""The map: land, districts shaded by what they lack, warehouses by stock, flows, reach rings.

A map has a base, the same for every scenario, and the traces of one scenario. Traces carry their
``zorder``, so base and scenario may be joined in any order. Polygons are named by code in
``meta.shapes`` and filled in by ``expand_shapes`` (here) or by the page's script, so that a page
with many scenarios holds every outline once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import cos, radians
from typing import Any

from allocator.report.facts import Facts
from allocator.report.figures.answers import answer_traces
from allocator.report.figures.flows import flow_traces
from allocator.report.figures.rings import reach_rings, ring_centre, ring_traces
from allocator.report.figures.style import (
    NO_NEED_COLOUR,
    SHORT_CLASSES,
    Figure,
    Trace,
    labelled,
    layout,
    line_trace,
    plain,
    short_class,
)
from allocator.report.figures.warehouse_marks import (
    case_view,
    label_traces,
    units_text,
    warehouse_traces,
)
from allocator.report.outlines import Box, Outline, Outlines
from allocator.report.words import Language

__all__ = [
    "expand_shapes",
    "map_base",
    "map_figure",
    "map_scenario",
    "shapes",
]

LAND_COLOUR = "#f3f3f0"
BORDER_COLOUR = "#c4c8cd"
NATIONAL_PROVINCES = 16
"""A case with districts in more provinces than this is drawn as one of the whole country."""

PREFECTURE_COLOUR = "#8d949c"
LARGEST_DISTRICT_PX = 11
Shape = dict[str, list[float | None]]


def shapes(outlines: Outlines) -> dict[str, Shape]:
    """Polygons of the case's districts by code, rings parted by a gap."""
    return {outline.code: _joined([outline]) for outline in outlines.districts}


def expand_shapes(traces: Sequence[Trace], known: Mapping[str, Shape]) -> list[Trace]:
    """Return the traces with the polygons that ``meta.shapes`` names filled in."""
    drawn = []
    for trace in traces:
        codes = trace.get("meta", {}).get("shapes")
        if codes is None:
            drawn.append(trace)
            continue
        xs: list[float | None] = []
        ys: list[float | None] = []
        for code in codes:
            xs += [*known[code]["x"], None]
            ys += [*known[code]["y"], None]
        drawn.append({**trace, "x": xs or [None], "y": ys or [None]})
    return drawn


def map_figure(facts: Facts, outlines: Outlines, scenario: str | None, lang: Language) -> Figure:
    """Draw the whole map of one scenario, or of the stock alone.

    Parameters
    ----------
    facts
        Case and plan.
    outlines
        What to draw on.
    scenario
        Scenario whose flows and shortages are shown; none shows stock and reach only.
    lang
        Language of the words.
    """
    base = map_base(facts, outlines, lang)
    traces = [*base["data"]]
    if scenario is not None:
        traces += map_scenario(facts, outlines, scenario, lang)
    centre = ring_centre(facts)
    rings = reach_rings(facts).get(centre, {}) if centre else {}
    for trace in traces:
        hours = trace.get("meta", {}).get("ring_hours")
        if hours is not None and f"{hours:g}" in rings:
            trace["x"], trace["y"] = rings[f"{hours:g}"]
    return {"data": expand_shapes(traces, shapes(outlines)), "layout": base["layout"]}


def map_base(facts: Facts, outlines: Outlines, lang: Language) -> Figure:
    """Draw what all scenarios share: land, borders, warehouses, places of the rings, labels."""
    data: list[Trace] = []
    # The case's own provinces have the colour of districts: one without a polygon is no lake.
    # A case of the whole country has no neighbours: every province looks the same then.
    home = {row.district[:2] for row in facts.case.districts}
    is_national = len(home) > NATIONAL_PROVINCES
    own = [outline for outline in outlines.land if is_national or outline.code[:2] in home]
    others = [outline for outline in outlines.land if outline not in own]
    for group, colour in ((others, LAND_COLOUR), (own, NO_NEED_COLOUR)):
        if group:
            data.append(_fill(_joined(group), colour, BORDER_COLOUR, 1.0, 0))
    if outlines.districts:
        codes = [outline.code for outline in outlines.districts]
        plain = _fill({"x": [], "y": []}, NO_NEED_COLOUR, BORDER_COLOUR, 0.6, 1)
        plain["meta"] = {"shapes": codes}
        data.append(plain)
    for outline_group, colour, width in (
        (outlines.prefectures, PREFECTURE_COLOUR, 0.9 if len(outlines.prefectures) < 100 else 0.4),
        (outlines.lines, PREFECTURE_COLOUR, 1.6),
    ):
        if outline_group:
            data.append(line_trace(_joined(outline_group), colour, width, 3))
    data += answer_traces(facts, {outline.code for outline in outlines.districts}, lang)
    data.append(_places(facts))
    data += ring_traces(facts, lang)
    data += warehouse_traces(facts, lang)
    data += label_traces(facts, outlines)
    return {"data": data, "layout": _layout(facts, outlines)}


def map_scenario(
    facts: Facts, outlines: Outlines, scenario: str, lang: Language, limits: Sequence[float] = ()
) -> list[Trace]:
    """Draw one scenario: shading of the districts, their points, the flows.

    Parameters
    ----------
    facts, outlines, scenario, lang
        As in ``map_figure``.
    limits
        Volumes that part the width classes of the flows; by default this scenario's. [m3]
    """
    drawn = {outline.code for outline in outlines.districts}
    codes: dict[int, list[str]] = defaultdict(list)
    for row in facts.districts(scenario):
        found = short_class(row.served_share)
        if found is not None:
            codes[found].append(row.district)
    traces: list[Trace] = []
    for k, (key, _, colour) in enumerate(SHORT_CLASSES):
        if codes[k]:
            trace = _fill({"x": [], "y": []}, colour, BORDER_COLOUR, 0.6, 2)
            trace["meta"] = {"shapes": [code for code in codes[k] if code in drawn]}
            trace |= {"showlegend": True, "legendrank": 100 + k, "uid": f"short{k}"}
            traces.append(labelled(trace, lang, name=key, group="figure.shading"))
    traces.append(_district_points(facts, scenario, drawn, lang))
    return traces + flow_traces(facts, scenario, lang, limits)


def _joined(outlines: Sequence[Outline]) -> Shape:
    xs: list[float | None] = []
    ys: list[float | None] = []
    for outline in outlines:
        for lons, lats in outline.rings:
            xs += [*lons, None]
            ys += [*lats, None]
    return {"x": xs[:-1], "y": ys[:-1]}


def _fill(shape: Shape, colour: str, border: str, width: float, order: int) -> Trace:
    return {
        **line_trace(shape, border, width, order),
        "fill": "toself",
        "fillcolor": colour,
    }


def _places(facts: Facts) -> Trace:
    """Small points that tell the names of all districts."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [round(row.lon, 3) for row in facts.case.districts],
        "y": [round(row.lat, 3) for row in facts.case.districts],
        "text": [f"{plain(row.name)} {row.district}" for row in facts.case.districts],
        "hovertemplate": "%{text}<extra></extra>",
        "marker": {"size": 3, "color": "#9aa1a9"},
        "showlegend": False,
        "zorder": 4,
        "uid": "places",
    }


def _district_points(facts: Facts, scenario: str, drawn: set[str], lang: Language) -> Trace:
    rows = [row for row in facts.districts(scenario) if row.served_share is not None]
    largest = max((row.need_m3 for row in rows), default=0.0) or 1.0
    # Among shaded polygons, a district without one is shaded by a square of its own.
    mostly_drawn = 2 * len(drawn) >= len(facts.case.districts)
    sizes, colours, symbols, texts = [], [], [], []
    for row in rows:
        without_polygon = mostly_drawn and row.district not in drawn
        size = LARGEST_DISTRICT_PX * (row.need_m3 / largest) ** 0.5
        sizes.append(
            round(max(size, 13.0 if without_polygon else 4.0 if row.district in drawn else 6.0), 1)
        )
        symbols.append("square" if without_polygon else "circle")
        colours.append(SHORT_CLASSES[short_class(row.served_share) or 0][2])
        texts.append(
            [
                plain(row.name),
                row.district,
                f"{row.served_share:.1%}",
                "-" if row.first_hours is None else f"{row.first_hours:.1f} h",
                "-" if row.last_hours is None else f"{row.last_hours:.1f} h",
                units_text(facts, row.need_units),
                units_text(facts, row.unmet_units),
            ]
        )
    trace: Trace = {
        "type": "scatter",
        "mode": "markers",
        "x": [round(row.lon, 4) for row in rows],
        "y": [round(row.lat, 4) for row in rows],
        "customdata": texts,
        "marker": {
            "size": sizes,
            "color": colours,
            "symbol": symbols,
            "line": {"color": "#4b5563", "width": 0.8},
        },
        "showlegend": False,
        "zorder": 6,
        "uid": "districts",
    }
    return labelled(trace, lang, hover="figure.hover_district")


def _layout(facts: Facts, outlines: Outlines) -> dict[str, Any]:
    view = case_view(facts, outlines)
    everything = Box.around(
        [(view.west, view.south), (view.east, view.north)]
        + [(row.lon, row.lat) for row in facts.warehouses if row.holds_stock]
    ).widened(0.03, 0.1)
    axis = {"visible": False, "showgrid": False, "zeroline": False, "constrain": "domain"}
    middle = (view.south + view.north) / 2
    return layout(
        height=720,
        margin={"l": 5, "r": 5, "t": 32, "b": 5},
        plot_bgcolor="#e9eaec",
        xaxis={**axis, "range": [view.west, view.east]},
        yaxis={
            **axis,
            "range": [view.south, view.north],
            "scaleanchor": "x",
            "scaleratio": round(1 / cos(radians(middle)), 4),
        },
        legend={
            "x": 1.01,
            "xanchor": "left",
            "y": 1,
            "font": {"size": 11},
            "tracegroupgap": 6,
            "groupclick": "toggleitem",
        },
        hovermode="closest",
        dragmode="pan",
        meta={
            "all_view": [everything.west, everything.east, everything.south, everything.north],
            "case_view": [view.west, view.east, view.south, view.north],
        },
    )
