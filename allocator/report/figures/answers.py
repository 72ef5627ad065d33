"""The answer to a location question on the map: who answers for which district."""

from __future__ import annotations

from allocator.report.facts import Facts
from allocator.report.figures.style import SHORT_CLASSES, Trace, labelled, line_trace
from allocator.report.words import Language

__all__ = ["answer_traces"]

COVERED_COLOUR = SHORT_CLASSES[0][2]
UNCOVERED_COLOUR = SHORT_CLASSES[2][2]
LINE_COLOUR = "#33475b"


def answer_traces(facts: Facts, drawn: set[str], lang: Language) -> list[Trace]:
    """Shade the districts by whether they are covered, and join each with its warehouse.

    Parameters
    ----------
    facts
        Case and plan; a plan that answers no such question gives nothing.
    drawn
        Districts that have a polygon.
    lang
        Language of the words.
    """
    rows = facts.plan.responsible
    traces = []
    for rank, (key, colour, is_covered) in enumerate(
        (("figure.covered", COVERED_COLOUR, True), ("figure.uncovered", UNCOVERED_COLOUR, False))
    ):
        codes = [row.district for row in rows if row.is_covered == is_covered]
        if codes:
            trace = line_trace({"x": [], "y": []}, "#c4c8cd", 0.6, 2)
            trace |= {"fill": "toself", "fillcolor": colour, "uid": key}
            trace |= {"showlegend": True, "legendrank": 100 + rank}
            trace["meta"] = {"shapes": [code for code in codes if code in drawn]}
            traces.append(labelled(trace, lang, name=key, group="figure.answers"))
    places = {row.warehouse: (row.lon, row.lat) for row in facts.warehouses}
    xs: list[float | None] = []
    ys: list[float | None] = []
    for row in rows:
        district = facts.case_districts.get(row.district)
        if row.warehouse in places and district is not None:
            lon, lat = places[row.warehouse]
            xs += [round(lon, 3), round(district.lon, 3), None]
            ys += [round(lat, 3), round(district.lat, 3), None]
    if xs:
        line = line_trace({"x": xs, "y": ys}, LINE_COLOUR, 1.1, 5)
        line |= {"showlegend": True, "legendrank": 102, "opacity": 0.7, "uid": "answers"}
        traces.append(labelled(line, lang, name="figure.answers_for", group="figure.answers"))
    return traces
