"""Colours, fonts and the common layout of every figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from allocator.report.words import Language, word

__all__ = [
    "DECISION_COLOURS",
    "FONT",
    "PALETTE",
    "PHASE_COLOURS",
    "SHORT_CLASSES",
    "Figure",
    "Trace",
    "labelled",
    "layout",
    "line_trace",
    "plain",
    "short_class",
]

Trace = dict[str, Any]
"""A Plotly trace as JSON."""

Figure = dict[str, Any]
"""A Plotly figure as JSON: data and layout; ``plotly.graph_objects.Figure(figure)`` shows it."""

FONT = (
    '"Noto Sans CJK SC","Noto Sans SC","Microsoft YaHei","PingFang SC","Hiragino Sans GB",'
    '"Source Han Sans SC",Arial,sans-serif'
)

PALETTE = (
    "#1f6fb4", "#d95f02", "#1b9e77", "#7b5ea7", "#c2337b",
    "#7a9a01", "#b8860b", "#5f6b73", "#17a2b8", "#a0522d",
)  # fmt: skip

DECISION_COLOURS = {
    "keep": "#1f5fa8",
    "open": "#12835b",
    "resize": "#7b3fa0",
    "external": "#6b7280",
    "hub": "#c2410c",
    "close": "#111827",
    "shut": "#9ca3af",
}

PHASE_COLOURS = {
    "paper": "#f6d08a",
    "wait": "#eceff3",
    "load": "#8a5fb0",
    "drive": "#2f7fc1",
    "unload": "#1b9e77",
    "return": "#b9cfe2",
}

SHORT_CLASSES = (
    ("figure.need_met", 0.0, "#cfe8d5"),
    ("figure.short_5", 0.05, "#fde9a9"),
    ("figure.short_20", 0.20, "#fbb862"),
    ("figure.short_50", 0.50, "#ee7b4c"),
    ("figure.short_more", 1.0, "#bd2c2c"),
)
"""Key, largest unmet share and colour of every class of shading."""

NO_NEED_COLOUR = "#ffffff"

NEGLIGIBLE_SHARE = 1e-4
"""Unmet share that is shown as none: rounding of whole units and solver tolerances."""


def short_class(served_share: float | None) -> int | None:
    """Return the position in ``SHORT_CLASSES``, or nothing where there is no need."""
    if served_share is None:
        return None
    unmet = 1.0 - served_share
    for k, (_, limit, _) in enumerate(SHORT_CLASSES):
        if unmet <= max(limit, NEGLIGIBLE_SHARE):
            return k
    return len(SHORT_CLASSES) - 1


def labelled(
    trace: Trace, lang: Language, *, name: str = "", hover: str = "", group: str = ""
) -> Trace:
    """Give a trace its words, and the keys by which the page says them in the other language.

    Parameters
    ----------
    trace
        The trace, changed in place.
    name, hover, group
        Keys in ``WORDS`` of the legend entry, the hover template and the legend group's title.
    """
    keys = {}
    if name:
        keys["name"] = name
        trace["name"] = word(name, lang)
    if hover:
        keys["hover"] = hover
        trace["hovertemplate"] = word(hover, lang)
    if group:
        keys["group"] = group
        trace["legendgroup"] = group
        trace["legendgrouptitle"] = {"text": word(group, lang)}
    if keys:
        trace["meta"] = {**trace.get("meta", {}), "keys": keys}
    return trace


def plain(text: str) -> str:
    """Take the meaning from what Plotly would read as markup in a name."""
    return text.replace("&", "&amp;").replace("<", "&lt;")


def line_trace(
    shape: Mapping[str, Sequence[float | None]], colour: str, width: float, order: int
) -> Trace:
    """Return a line or border that does not answer to the pointer; ``order`` is its height."""
    return {
        "type": "scatter",
        "mode": "lines",
        **shape,
        "line": {"color": colour, "width": width},
        "hoverinfo": "skip",
        "showlegend": False,
        "zorder": order,
    }


def layout(**changes: Any) -> dict[str, Any]:
    """Return the common layout with changes."""
    return {
        "font": {"family": FONT, "size": 12, "color": "#1f2937"},
        "paper_bgcolor": "#ffffff",
        "plot_bgcolor": "#ffffff",
        "margin": {"l": 60, "r": 20, "t": 20, "b": 50},
        "hoverlabel": {"font": {"family": FONT, "size": 12}, "align": "left"},
        "colorway": list(PALETTE),
        **changes,
    }
