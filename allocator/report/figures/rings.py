"""Reach rings: how far goods get from a warehouse within so many hours after sign-off."""

from __future__ import annotations

from allocator.report.fact_rows import WarehouseFacts
from allocator.report.facts import Facts
from allocator.report.figures.style import Trace, labelled, line_trace
from allocator.report.reach import fastest_vehicle, reach_km, ring, ring_hours
from allocator.report.words import Language

__all__ = ["reach_rings", "ring_centre", "ring_traces"]

MOST_RINGED = 60
"""Warehouses that rings can be drawn around."""

RING_COLOURS = ("#7c2d92", "#a44fb5", "#c07fcd", "#d7aee0")


def ring_centre(facts: Facts) -> str | None:
    """Warehouse the rings are drawn around at first: the largest stock that is ours."""
    rows = _ringed(facts)
    return rows[0].warehouse if rows else None


def _ringed(facts: Facts) -> list[WarehouseFacts]:
    stocked = [
        row for row in facts.warehouses if row.holds_stock or row.warehouse in facts.answering
    ]
    return sorted(stocked, key=lambda row: row.decision == "external")


def reach_rings(
    facts: Facts, most: int = MOST_RINGED
) -> dict[str, dict[str, tuple[list[float], list[float]]]]:
    """Longitudes and latitudes of the rings, by warehouse and hours.

    Parameters
    ----------
    facts
        Case and plan.
    most
        Warehouses that get rings: ours with the largest stock first, then outside sources.
    """
    vehicle = fastest_vehicle(facts.case)
    if vehicle is None:
        return {}
    circuity = facts.case.settings.circuity
    hours = ring_hours(facts.case)
    radii = {f"{value:g}": reach_km(vehicle, value, circuity) for value in hours}
    return {
        row.warehouse: {key: ring(row.lon, row.lat, km, points=48) for key, km in radii.items()}
        for row in _ringed(facts)[:most]
    }


def ring_traces(facts: Facts, lang: Language) -> list[Trace]:
    """Draw the rings of each hour without points; whoever shows the map fills them in."""
    if fastest_vehicle(facts.case) is None:
        return []
    traces = []
    for k, hours in enumerate(ring_hours(facts.case)):
        trace: Trace = {
            **line_trace({"x": [None], "y": [None]}, RING_COLOURS[k % len(RING_COLOURS)], 1.6, 5),
            "name": f"{hours:g} h",
            "showlegend": True,
            "legendrank": 400 + k,
            "uid": f"ring{k}",
            "meta": {"ring_hours": hours},
        }
        trace["line"]["dash"] = "dash"
        traces.append(labelled(trace, lang, group="figure.rings"))
    return traces
