"""The picture of the back-test of sign-off hours: arrivals by hour, two disasters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allocator.report.figures.style import PALETTE, Figure, Trace, layout
from benchmarks.dispatch_record import DispatchRecord
from benchmarks.sign_off_backtest import SignOffRuns
from benchmarks.wenchuan_case import ARRIVALS, ORDERS

__all__ = ["sign_off_figure"]

PLAN, RECORD, NETWORK, ROAD, GREY = (*PALETTE[:4], "#6b7280")

BAND = "rgba(31,111,180,0.20)"

LAST_HOURS = (72, 120)
"""Where the panels end. [h]"""


def sign_off_figure(runs: SignOffRuns, record: DispatchRecord) -> Figure:
    """Draw plans and records.

    Parameters
    ----------
    runs
        What was planned.
    record
        What had arrived at Jishishan.
    """
    whole = sum(record.ordered(record.home).values())
    home = {name: [100 * n / whole for n in run.home] for name, run in runs.jishishan.items()}
    hours: Sequence[float] = range(LAST_HOURS[0] + 1)
    half: Sequence[float] = [k / 2 for k in range(2 * LAST_HOURS[1] + 1)]
    tents = {name: run.tents for name, run in runs.wenchuan.items()}
    arrived = 100 * sum(record.arrived(record.home).values()) / whole
    traces = [
        *_band(hours, home["network-p90"], home["network-p10"], "network, 80 % of courses", ""),
        _line(hours, home["network-actual"], "network, usual delays", NETWORK, "dash", ""),
        _line(hours, home["recorded"], "real order hours", PLAN, "solid", ""),
        _points([(record.first_arrival_hours, 0.0), (record.arrived_hours, arrived)], ""),
        *_band(half, tents["rail-slow"], tents["rail"], "mostly by rail: slow to as assumed", "2"),
        _line(half, tents["road-plenty"], "by road, lorries enough", ROAD, "dot", "2"),
        _line(half, tents["road"], "by road, lorries of the shipped cases", PLAN, "solid", "2"),
        _line(*_ordered(), "ordered", GREY, "solid", "2", shape="hv"),
        _points([(hour, float(n)) for hour, n in ARRIVALS], "2"),
    ]
    return {"data": traces, "layout": _layout()}


def _ordered() -> tuple[list[float], list[float]]:
    """Hours of Wenchuan's orders, and tents ordered by then."""
    marks = sorted({order.hours for order in ORDERS})
    sums = [float(sum(o.tents for o in ORDERS if o.hours <= mark)) for mark in marks]
    return [0.0, *marks, float(LAST_HOURS[1])], [0.0, *sums, sums[-1]]


def _line(
    hours: Sequence[float],
    values: Sequence[float],
    name: str,
    colour: str,
    dash: str,
    panel: str,
    **line: Any,
) -> Trace:
    """Return a curve."""
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": list(hours),
        "y": list(values[: len(hours)]),
        "line": {"color": colour, "dash": dash, "width": 2.2, **line},
        "xaxis": f"x{panel}",
        "yaxis": f"y{panel}",
    }


def _band(
    hours: Sequence[float], least: Sequence[float], most: Sequence[float], name: str, panel: str
) -> list[Trace]:
    """Return the area between two curves."""
    low = _line(hours, least, name, BAND, "solid", panel, width=0)
    high = _line(hours, most, name, BAND, "solid", panel, width=0)
    return [{**low, "showlegend": False}, {**high, "fill": "tonexty", "fillcolor": BAND}]


def _points(marks: Sequence[tuple[float, float]], panel: str) -> Trace:
    """Return what had really arrived."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "record",
        "x": [hour for hour, _ in marks],
        "y": [value for _, value in marks],
        "marker": {"symbol": "diamond", "size": 13, "color": RECORD},
        "xaxis": f"x{panel}",
        "yaxis": f"y{panel}",
        "cliponaxis": False,
        "showlegend": not panel,
    }


def _layout() -> dict[str, Any]:
    """Return two panels side by side."""
    return layout(
        width=1180,
        height=560,
        font={"family": "Arial, sans-serif", "size": 14, "color": "#1f2937"},
        margin={"l": 65, "r": 25, "t": 50, "b": 150},
        legend={"orientation": "h", "x": 0.0, "y": -0.2, "yanchor": "top", "traceorder": "normal"},
        xaxis=_hours(LAST_HOURS[0], [0.0, 0.46], "y", 6),
        xaxis2=_hours(LAST_HOURS[1], [0.56, 1.0], "y2", 12),
        yaxis={**_amounts("in hand [% of Gansu's pieces]", 104), "anchor": "x"},
        yaxis2={**_amounts("tents in hand", 105_000), "anchor": "x2"},
        annotations=[_title("Jishishan 2023", 0.0), _title("Wenchuan 2008", 0.56)],
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


def _hours(last: int, domain: list[float], anchor: str, step: int) -> dict[str, Any]:
    return {
        "title": {"text": "hours from the event"},
        "domain": domain,
        "anchor": anchor,
        "range": [0, last],
        "tickvals": list(range(0, last + 1, step)),
        "gridcolor": "#eef0f3",
        "linecolor": "#9ca3af",
        "ticks": "outside",
        "zeroline": False,
    }


def _amounts(title: str, most: float) -> dict[str, Any]:
    return {
        "title": {"text": title},
        "range": [0, most],
        "gridcolor": "#e5e7eb",
        "linecolor": "#9ca3af",
        "ticks": "outside",
        "zeroline": False,
    }
