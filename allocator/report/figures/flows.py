"""Flows on the map: lines by width class with arrow heads, and points that tell their hours."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import floor, inf, log10

from allocator.report.fact_rows import FlowFacts
from allocator.report.facts import Facts
from allocator.report.figures.style import Trace, labelled, plain
from allocator.report.words import Language

__all__ = ["flow_limits", "flow_traces"]

FLOW_COLOUR = "#33475b"
OUTSIDE_COLOUR = "#b08968"
OUTSIDE_WIDTH = 1.0
LEG_COLOUR = "#c2410c"
LEG_WIDTH = 1.8
WIDTHS = (0.7, 1.4, 2.4, 3.8)
"""Line widths of the classes, thin to thick. [px]"""


def flow_limits(volumes: Sequence[float]) -> tuple[float, ...]:
    """Round volumes that part the width classes, each about three times the last. [m3]"""
    largest = max(volumes, default=0.0)
    if largest <= 0:
        return ()
    limits = {_rounded(largest / 3**k) for k in range(1, len(WIDTHS))}
    return tuple(sorted(limits))


def flow_traces(
    facts: Facts, scenario: str, lang: Language, limits: Sequence[float] = ()
) -> list[Trace]:
    """Draw the flows of one scenario, and the legs by which goods come to hubs.

    Parameters
    ----------
    facts, scenario, lang
        What to draw, and the language.
    limits
        Volumes that part the width classes; by default from the scenario's own flows. [m3]
    """
    places = {row.warehouse: (row.lon, row.lat) for row in facts.warehouses}
    known = {*places, *facts.case_districts}
    flows = [flow for flow in facts.flows(scenario) if {flow.warehouse, flow.district} <= known]
    legs = [flow for flow in facts.leg_flows(scenario) if {flow.warehouse, flow.district} <= known]
    outside = {row.warehouse for row in facts.warehouses if row.decision == "external"}
    ours = [flow for flow in flows if flow.warehouse not in outside]
    edges = (0.0, *(limits or flow_limits([flow.volume_m3 for flow in ours])), inf)
    traces: list[Trace] = []
    for k, (low, high) in enumerate(pairwise(edges)):
        rows = [flow for flow in ours if low < flow.volume_m3 <= high]
        if rows:
            name = f"> {low:,.0f} m3" if high == inf else f"≤ {high:,.0f} m3"
            width = WIDTHS[min(k, len(WIDTHS) - 1)]
            trace = _lines(facts, rows, places, width)
            trace |= {"name": name, "legendrank": 300 + k, "uid": f"flow{k}"}
            traces.append(labelled(trace, lang, group="figure.flows"))
    # Long ways from afar would cover the map: one thin class, told apart by colour.
    rows = [flow for flow in flows if flow.warehouse in outside]
    if rows:
        trace = _lines(facts, rows, places, OUTSIDE_WIDTH)
        trace |= {"legendrank": 299, "uid": "flow-outside", "opacity": 0.55}
        trace["line"]["color"] = trace["marker"]["color"] = OUTSIDE_COLOUR
        traces.append(labelled(trace, lang, name="figure.from_outside", group="figure.flows"))
    if legs:
        trace = _lines(facts, legs, places, LEG_WIDTH)
        trace |= {"legendrank": 298, "uid": "flow-legs"}
        trace["line"] |= {"color": LEG_COLOUR, "dash": "dash"}
        trace["marker"]["color"] = LEG_COLOUR
        traces.append(labelled(trace, lang, name="figure.to_hubs", group="figure.flows"))
    if flows or legs:
        traces.append(_points(facts, [*flows, *legs], places, lang))
    return traces


def _rounded(value: float) -> float:
    """Nearest of 1, 2, 5 times a power of ten."""
    power = 10.0 ** floor(log10(value))
    return float(min((1, 2, 5, 10), key=lambda step: abs(step * power - value)) * power)


def _end(
    facts: Facts, flow: FlowFacts, places: dict[str, tuple[float, float]]
) -> tuple[float, float, str]:
    """Where a flow ends, and the name of that district or hub."""
    district = facts.case_districts.get(flow.district)
    if district is not None:
        return district.lon, district.lat, district.name
    return *places[flow.district], facts.warehouse_name(flow.district)


def _lines(
    facts: Facts,
    flows: Sequence[FlowFacts],
    places: dict[str, tuple[float, float]],
    width: float,
) -> Trace:
    xs: list[float | None] = []
    ys: list[float | None] = []
    lanes: list[tuple[str, str]] = []
    for flow in flows:
        start, (lon, lat, _) = places[flow.warehouse], _end(facts, flow, places)
        if abs(start[0] - lon) + abs(start[1] - lat) < 1e-6:
            continue
        xs += [round(start[0], 3), round(lon, 3), None]
        ys += [round(start[1], 3), round(lat, 3), None]
        lanes.append((flow.warehouse, flow.district))
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": xs,
        "y": ys,
        "line": {"color": FLOW_COLOUR, "width": width},
        "marker": {
            "symbol": "arrow",
            "angleref": "previous",
            "size": [0, round(7 + 1.4 * width, 1), 0] * len(lanes),
            "standoff": 5,
            "color": FLOW_COLOUR,
            "line": {"width": 0},
        },
        "opacity": 0.6,
        "hoverinfo": "skip",
        "zorder": 5,
        "meta": {"lanes": lanes},
    }


def _points(
    facts: Facts,
    flows: Sequence[FlowFacts],
    places: dict[str, tuple[float, float]],
    lang: Language,
) -> Trace:
    """Points to hover at, two thirds of the way: lines answer only at their ends."""
    xs, ys, texts = [], [], []
    lanes = [(flow.warehouse, flow.district) for flow in flows]
    for flow in flows:
        start, (lon, lat, name) = places[flow.warehouse], _end(facts, flow, places)
        xs.append(round(start[0] + 0.65 * (lon - start[0]), 3))
        ys.append(round(start[1] + 0.65 * (lat - start[1]), 3))
        hours = (flow.first_depart_hours, flow.first_hours, flow.last_hours)
        texts.append(
            [
                plain(facts.warehouse_name(flow.warehouse)),
                plain(name),
                flow.trips_count,
                f"{flow.volume_m3:,.0f}",
                f"{flow.weight_kg / 1000:,.1f}",
                *("-" if hour is None else f"{hour:.1f} h" for hour in hours),
            ]
        )
    trace: Trace = {
        "type": "scatter",
        "mode": "markers",
        "x": xs,
        "y": ys,
        "customdata": texts,
        "marker": {"size": 9, "color": "rgba(0,0,0,0)"},
        "showlegend": False,
        "zorder": 6,
        "uid": "flow-points",
        "meta": {"lanes": lanes},
    }
    hover = "figure.hover_flow" if facts.is_dispatched else "figure.hover_assigned"
    return labelled(trace, lang, hover=hover)
