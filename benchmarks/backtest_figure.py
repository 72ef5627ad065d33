"""The picture of the back-test: share in hand by hour, from the event and from the order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from allocator.report.figures.style import PALETTE, Figure, Trace, layout
from benchmarks.backtest import PlanRun, band_of
from benchmarks.backtest_variants import CENTRAL
from benchmarks.dispatch_record import DispatchRecord

__all__ = ["LAST_HOUR", "backtest_figure"]

LAST_HOUR = 72
"""Both panels end here: the record's last count is ten hours earlier. [h]"""

PLAN, PAPER, RECORD, GREY = PALETTE[0], PALETTE[2], PALETTE[1], "#6b7280"

WIDE, NARROW = "rgba(31,111,180,0.13)", "rgba(31,111,180,0.30)"

DEADLINE_HOURS = 48.0


def backtest_figure(runs: Mapping[str, PlanRun], record: DispatchRecord, first: float) -> Figure:
    """Draw plan, band and record.

    Parameters
    ----------
    runs
        By name, the central plan among them.
    record
        What had arrived.
    first
        Hour of the first central order, from the event. [h]
    """
    ordered = sum(record.ordered(record.home).values())
    central = sum(record.central(record.home).values())
    plan = runs[CENTRAL.name]
    traces = [
        *_band(runs, "home", ordered, ""),
        _line("ordered (known then)", plan.ordered, ordered, GREY, "solid", "", shape="hv"),
        *_what_if(runs, ordered),
        _line("plan", plan.home, ordered, PLAN, "solid", "", width=3.0),
        *_record_from_event(record, ordered),
        *_band(runs, "since_order", central, "2"),
        _line("plan", plan.since_order, central, PLAN, "solid", "2", width=3.0),
        *_record_from_order(record, first, central),
    ]
    return {"data": traces, "layout": _layout()}


def _line(
    name: str,
    values: Sequence[float],
    whole: float,
    colour: str,
    dash: str,
    panel: str,
    *,
    width: float = 1.8,
    shape: str = "linear",
) -> Trace:
    """Return a curve in percent; the legend has those of the first panel."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": list(range(LAST_HOUR + 1)),
        "y": [100.0 * value / whole for value in values[: LAST_HOUR + 1]],
        "line": {"color": colour, "dash": dash, "width": width, "shape": shape},
        "xaxis": f"x{panel}",
        "yaxis": f"y{panel}",
        "showlegend": not panel,
    }


def _band(runs: Mapping[str, PlanRun], curve: str, whole: float, panel: str) -> list[Trace]:
    """Return the area between least and most: everything at once, then one thing at a time."""
    traces: list[Trace] = []
    for is_together, name, colour in (
        (True, "roads, vehicles, loading, receiving at once", WIDE),
        (False, "one assumption at a time", NARROW),
    ):
        for values, fill in zip(
            band_of(runs, curve, is_together=is_together), ("none", "tonexty"), strict=True
        ):
            trace = _line(name, list(values), whole, colour, "solid", panel, width=0.0)
            is_shown = fill != "none" and not panel
            traces.append({**trace, "fill": fill, "fillcolor": colour, "showlegend": is_shown})
    return traces


def _what_if(runs: Mapping[str, PlanRun], whole: float) -> list[Trace]:
    """Return what the plan would have been without paper, and without waiting for anything."""
    shown = (
        ("no-paper", "plan, everything ordered at hour 0", PAPER, "dash"),
        ("paper-and-wheels", "orders as they were, only driving", PALETTE[3], "dot"),
    )
    return [
        _line(words, runs[name].home, whole, colour, dash, "")
        for name, words, colour, dash in shown
        if name in runs
    ]


def _marks(
    name: str, x: list[float], y: list[float], symbol: str, words: list[str], place: str
) -> Trace:
    """Return points of the record with words beside them."""
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": name,
        "x": x,
        "y": y,
        "text": words,
        "textposition": place,
        "textfont": {"color": RECORD, "size": 13},
        "marker": {"symbol": symbol, "size": 13, "color": RECORD, "line": {"width": 2}},
        "cliponaxis": False,
    }


def _record_from_event(record: DispatchRecord, whole: float) -> list[Trace]:
    """Return what is known by hours from the event."""
    arrived = 100.0 * sum(record.arrived(record.home).values()) / whole
    return [
        _marks(
            "record: goods for Gansu",
            [record.first_arrival_hours, record.arrived_hours],
            [0.0, arrived],
            "diamond",
            ["", f" {arrived:.0f} %"],
            "bottom right",
        ),
        _marks(
            "record: all central goods",
            [record.central_arrived_hours],
            [100.0],
            "diamond-open",
            ["all central "],
            "bottom left",
        ),
    ]


def _record_from_order(record: DispatchRecord, first: float, whole: float) -> list[Trace]:
    """Return what is known by hours from the order: between the first order and the last."""
    last = max(batch.order_hours or first for batch in record.batches)
    least, most = (100.0 * x / whole for x in record.central_arrived_range(record.home))
    traces: list[Trace] = []
    for hour, share, words in (
        (record.arrived_hours, 0.5 * (least + most), f"{least:.0f} to {most:.0f} %"),
        (record.central_arrived_hours, 100.0, "all central"),
    ):
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers+text",
                "name": "record: between last and first order",
                "x": [hour - last, hour - first],
                "y": [share, share],
                "text": ["", words],
                "textposition": "bottom center",
                "textfont": {"color": RECORD, "size": 13},
                "line": {"color": RECORD, "width": 4},
                "marker": {"symbol": "line-ns-open", "size": 14, "line": {"width": 3}},
                "xaxis": "x2",
                "yaxis": "y2",
                "cliponaxis": False,
                "showlegend": not traces,
            }
        )
    return traces


def _layout() -> dict[str, Any]:
    """Return two panels side by side, each with the 48-hour line."""
    return layout(
        width=1180,
        height=600,
        font={"family": "Arial, sans-serif", "size": 14, "color": "#1f2937"},
        margin={"l": 65, "r": 25, "t": 50, "b": 175},
        legend={"orientation": "h", "x": 0.0, "y": -0.2, "yanchor": "top", "traceorder": "normal"},
        xaxis=_axis("hours from the event", [0.0, 0.48], "y"),
        xaxis2=_axis("hours from each batch's own order", [0.54, 1.0], "y2"),
        yaxis={**_shares("in hand [% of pieces]"), "anchor": "x"},
        yaxis2={**_shares(""), "anchor": "x2"},
        shapes=[_deadline(""), _deadline("2")],
        annotations=[
            _title("All goods ordered for Gansu", 0.0),
            _title("Central goods for Gansu", 0.54),
            {"x": DEADLINE_HOURS, "y": 4, "text": "48 h", "showarrow": False, "xanchor": "right"},
            {
                "x": DEADLINE_HOURS,
                "y": 4,
                "xref": "x2",
                "yref": "y2",
                "text": "48 h",
                "showarrow": False,
                "xanchor": "right",
            },
        ],
    )


def _title(text: str, x: float) -> dict[str, Any]:
    return {
        "text": f"<b>{text}</b>",
        "x": x,
        "y": 1.08,
        "xref": "paper",
        "yref": "paper",
        "showarrow": False,
        "xanchor": "left",
    }


def _axis(title: str, domain: list[float], anchor: str) -> dict[str, Any]:
    return {
        "title": {"text": title},
        "domain": domain,
        "anchor": anchor,
        "range": [0, LAST_HOUR],
        "tickvals": list(range(0, LAST_HOUR + 1, 6)),
        "gridcolor": "#eef0f3",
        "linecolor": "#9ca3af",
        "ticks": "outside",
        "zeroline": False,
    }


def _shares(title: str) -> dict[str, Any]:
    return {
        "title": {"text": title},
        "range": [0, 104],
        "tickvals": list(range(0, 101, 20)),
        "gridcolor": "#e5e7eb",
        "linecolor": "#9ca3af",
        "ticks": "outside",
        "zeroline": False,
    }


def _deadline(panel: str) -> dict[str, Any]:
    return {
        "type": "line",
        "xref": f"x{panel}",
        "yref": f"y{panel}",
        "x0": DEADLINE_HOURS,
        "x1": DEADLINE_HOURS,
        "y0": 0,
        "y1": 104,
        "line": {"color": "#374151", "width": 1.5, "dash": "dash"},
    }
