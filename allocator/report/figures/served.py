"""The curve of the need served over time, for all scenarios."""

from __future__ import annotations

from collections import defaultdict

from allocator.report.facts import Facts
from allocator.report.figures.style import PALETTE, Figure, Trace, labelled, layout, plain
from allocator.report.words import Language, word

__all__ = ["served_curves", "served_figure"]

EXPECTED_COLOUR = "#111827"


def served_curves(facts: Facts) -> dict[str, tuple[list[int], list[float]]]:
    """Hours and served shares by scenario, in the order of the plan's scenarios."""
    points: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for row in facts.plan.served_by_hour:
        points[row.scenario].append((row.hour, row.served_share))
    curves = {}
    for scenario in [code for code in facts.scenarios if code in points]:
        pairs = sorted(points[scenario])
        curves[scenario] = ([hour for hour, _ in pairs], [share for _, share in pairs])
    return curves


def expected_curve(facts: Facts) -> tuple[list[int], list[float]]:
    """Served share by hour, weighted by the probabilities of the scenarios.

    A scenario's last share holds for later hours, since nothing is taken back.
    """
    curves = served_curves(facts)
    hours = sorted({hour for ticks, _ in curves.values() for hour in ticks})
    total = sum(facts.probabilities.get(scenario, 0.0) for scenario in curves) or 1.0
    sums = [0.0] * len(hours)
    for scenario, (ticks, shares) in curves.items():
        known = dict(zip(ticks, shares, strict=True))
        share = 0.0
        for k, hour in enumerate(hours):
            share = known.get(hour, share)
            sums[k] += facts.probabilities.get(scenario, 0.0) * share / total
    return hours, sums


def served_figure(facts: Facts, lang: Language) -> Figure:
    """Draw the weighted share of the need in hand by hour, a line for each scenario.

    Parameters
    ----------
    facts
        Case and plan.
    lang
        Language of the words.
    """
    curves = served_curves(facts)
    names = {code: facts.scenario_name(code) for code in curves}
    crowded = len(curves) > len(PALETTE)
    data: list[Trace] = []
    for k, (scenario, (hours, shares)) in enumerate(curves.items()):
        line = {"shape": "hv", "width": 1.8, "color": PALETTE[k % len(PALETTE)]}
        if crowded and (k // len(PALETTE)) % 2:
            line["dash"] = "dash"
        trace: Trace = {
            "type": "scatter",
            "mode": "lines",
            "x": hours,
            "y": [round(share, 5) for share in shares],
            "line": line,
            "opacity": 0.75 if crowded else 0.9,
            "name": plain(names[scenario]),
            "meta": {"scenario": scenario},
        }
        data.append(labelled(trace, lang, hover="figure.hover_served"))
    if len(curves) > 1:
        hours, shares = expected_curve(facts)
        trace = {
            "type": "scatter",
            "mode": "lines",
            "x": hours,
            "y": [round(share, 5) for share in shares],
            "line": {"shape": "hv", "width": 3.5, "color": EXPECTED_COLOUR},
        }
        data.append(labelled(trace, lang, name="figure.expected", hover="figure.hover_served"))
    return {"data": data, "layout": _layout(facts, lang, data)}


def _layout(facts: Facts, lang: Language, data: list[Trace]) -> dict[str, object]:
    horizon = facts.case.settings.horizon_hours
    deadlines = {facts.case.deadline_hours(row) for row in facts.case.scenarios}
    last = max([horizon, *deadlines, *(hour for trace in data for hour in trace["x"])])
    return layout(
        height=max(460, 130 + 19 * len(data)),
        xaxis={
            "title": {"text": word("figure.hours_axis", lang)},
            "range": [0, last],
            "dtick": 6,
            "gridcolor": "#e5e7eb",
            "zeroline": False,
        },
        yaxis={
            "title": {"text": word("figure.served_axis", lang)},
            "range": [0, 1.03],
            "tickformat": ".0%",
            "gridcolor": "#e5e7eb",
            "zeroline": False,
        },
        legend={"orientation": "v", "x": 1.01, "xanchor": "left", "y": 1, "font": {"size": 11}},
        margin={"l": 70, "r": 20, "t": 48, "b": 55},
        hovermode="closest",
        shapes=[
            {
                "type": "line",
                "x0": hours,
                "x1": hours,
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "line": {"color": "#bd2c2c", "width": 1.5, "dash": "dash"},
            }
            for hours in sorted({horizon, *deadlines})
        ],
        annotations=[
            {
                "x": horizon,
                "xanchor": "right",
                "xshift": -4,
                "yref": "paper",
                "y": 1.0,
                "yanchor": "bottom",
                "showarrow": False,
                "text": f"{word('figure.horizon', lang)} {horizon:g} h",
                "font": {"color": "#bd2c2c"},
            }
        ],
        meta={
            "keys": {
                "xaxis": "figure.hours_axis",
                "yaxis": "figure.served_axis",
                "annotations": [["figure.horizon", f" {horizon:g} h"]],
            }
        },
    )
