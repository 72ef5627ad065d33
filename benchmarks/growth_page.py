"""The page and the pictures of ``benchmarks/run.py growth``."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from allocator.report.figures.style import PALETTE, Figure, layout
from benchmarks.growth import (
    ASKED_EXPONENT,
    GAPS,
    LARGE_LANES,
    MEASURES,
    SERIES,
    GrowthRow,
    PowerLaw,
    laws_of,
    read_growth,
)
from benchmarks.machine import machine_lines
from benchmarks.placement import COMPARED

__all__ = ["growth_figures", "growth_page"]

_SHOWN = (
    ("time to 10 %", lambda row: row.time_to(0.1)),
    ("time to 5 %", lambda row: row.time_to(0.05)),
    ("time to 1 %", lambda row: row.time_to(0.01)),
    ("one round of cuts", lambda row: row.round_seconds),
    ("one evaluation", lambda row: row.evaluation_seconds),
    ("building", lambda row: row.building_seconds),
)
"""Lines of the pictures of time."""

_AXES = {
    "districts": "districts",
    "scenarios": "scenarios",
    "lanes": "lanes (warehouse, district, item, scenario)",
}

Value = Callable[[GrowthRow], float | None]


def growth_page(documents: Sequence[Mapping[str, Any]], pictures: Mapping[str, str]) -> str:
    """Return the page with tables, exponents, pictures, machine, versions and date.

    Parameters
    ----------
    documents
        Of ``benchmarks.growth.growth_document``; one, or some whose rows belong together.
    pictures
        File names of the pictures by name, as ``growth_figures`` has them; empty without.
    """
    rows = [row for document in documents for row in read_growth(document)]
    gap = max(document["gap"] for document in documents)
    lines = [
        "# Growth",
        "",
        "Written by `python benchmarks/run.py growth`; do not edit. How time and memory of a",
        "placement grow, so that a larger case can be reckoned beforehand. Each row is one whole",
        "command `allocator place CASE` that solves the two headline stages, unmet and waiting.",
        "",
        *(line for document in documents for line in _measured(document)),
        *_tables(rows, gap),
        *_pictures(pictures),
        *_laws(rows, gap),
        *_WORDS,
    ]
    return "\n".join([*lines, ""])


_WORDS = (
    "## How to read it",
    "",
    "`part:CODES` is the part of a case whose district codes begin so, with the warehouses that",
    "lie in them; `@N` takes N of its scenarios, in one fixed random order. Lanes are counted for",
    "each scenario and item with a need, as the models have them.",
    "Times to a gap are seconds of the whole command, Python's start and reading included, at",
    "which both stages had come down to it. While a stage is searched its gap is the search's own,",
    "before stock is rounded to whole units; `unmet` and `waiting` are gaps of the plan. `>`: not",
    "reached when the search ended, at that second.",
    "`building` is spent in the solving process on arrays, models, programs and handing them to",
    "the solver (`benchmarks/building.py` lists the functions; only the outermost counts).",
    "`evaluation` is all blocks of the recourse solved once, `round` that with the cuts given to",
    "the master, `master` the master solved once: medians while the stages' relaxations are",
    "solved, so that one more step there takes `round` and `master` together. They exist where",
    "no gap was closed, too; not where a case is small enough to be solved as one model (`-`).",
    "Memory is that of the largest process, then what the solving process took beyond what it had",
    "when its work began. A second process evaluates part of the scenarios of larger cases.",
)


def _measured(document: Mapping[str, Any]) -> list[str]:
    """Return how and on what one document was measured."""
    return [
        f"Command: `{document['words']}`. Limit {document['time_limit_seconds']:g} s, gap "
        f"{document['gap']:g}.",
        *machine_lines(document["machine"]),
        "",
    ]


def _tables(rows: Sequence[GrowthRow], gap: float) -> list[str]:
    """Return a table for each series."""
    about = {series.name: series.about for series in SERIES}
    lines: list[str] = []
    for name in dict.fromkeys(row.series for row in rows):
        times = " | ".join(f"{100 * one:g} % [s]" for one in GAPS)
        lines += [
            f"## {name.capitalize()}",
            "",
            about.get(name, "Cases given on the command line."),
            "",
            "| case | districts | warehouses | scenarios | lanes | "
            f"{times} | unmet | waiting | building [s] | evaluation [s] | round [s] "
            "| master [s] | command [s] | largest [GB] | solving [GB] |",
            "|" + "---|" * (14 + len(GAPS)),
            *(_line(row) for row in rows if row.series == name),
            "",
        ]
        ended = [row for row in rows if row.series == name]
        closed = sum(row.is_closed(max(gap, GAPS[-1])) for row in ended)
        lines += [f"{closed} of {len(ended)} runs closed both stages.", ""]
    return lines


def _line(row: GrowthRow) -> str:
    """Return one line of a table."""
    sizes = (row.districts, row.warehouses, row.scenarios, row.lanes)
    cells = [f"`{row.case}`", *("-" if size is None else f"{size:,}" for size in sizes)]
    for gap in GAPS:
        reached = row.time_to(gap)
        cells.append(f"> {row.ended_seconds:.0f}" if reached is None else f"{reached:.1f}")
    if row.error:
        cells += [row.error, ""]
    else:
        gaps = [row.gaps.get(stage) for stage in COMPARED]
        cells += ["none" if gap is None else f"{100 * gap:.2f} %" for gap in gaps]
    seconds = (row.building_seconds, row.evaluation_seconds, row.round_seconds, row.master_seconds)
    cells += ["-" if value is None else f"{value:.3g}" for value in seconds]
    added = "-" if row.added_memory_gb is None else f"{row.added_memory_gb:.2f}"
    cells += [f"{row.seconds:.0f}", f"{row.memory_gb:.2f}", added]
    return f"| {' | '.join(cells)} |"


def _pictures(pictures: Mapping[str, str]) -> list[str]:
    """Return the lines that show the pictures."""
    if not pictures:
        return []
    shown = [f"![{name}]({path})" for name, path in pictures.items()]
    return ["## Pictures", "", *(line for one in shown for line in (one, ""))]


def _laws(rows: Sequence[GrowthRow], gap: float) -> list[str]:
    """Return the table of the exponents."""
    lines = [
        "## Exponents",
        "",
        "`value = scale x (lanes / 1,000,000) ^ exponent`, least squares of logarithms over the",
        f"runs of this page, with the standard error. The runs from {LARGE_LANES:,} lanes on are",
        "fitted for themselves, too, and decide: small cases flatten the line. `-`: fewer than 3",
        "runs. A search runs from the beginning of the work in the solving process (building",
        "included) to the gap; the runs that did not reach it are left out, and they are the",
        "hardest, so the exponent is the least it can be.",
        "",
        "| what | runs | exponent | at a million lanes | runs, large | exponent | "
        "at a million lanes | asked at most | kept |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    large = sum((row.lanes or 0) >= LARGE_LANES for row in rows)
    for measure in MEASURES:
        laws = laws_of(rows, measure, gap)
        cells = [cell for law in laws for cell in _law(law, measure.unit)]
        lines.append(
            f"| {measure.name} | {' | '.join(cells)} | {measure.asked:g} | "
            f"{_verdict(laws[1], measure.asked, large)} |"
        )
    return [*lines, ""]


def _law(law: PowerLaw, unit: str) -> list[str]:
    """Return runs, exponent with its standard error, and scale in words."""
    if law.exponent is None:
        return [str(law.runs), "-", "-"]
    return [str(law.runs), f"{law.exponent:.2f} ± {law.error:.2f}", f"{law.scale:.3g} {unit}"]


def _verdict(law: PowerLaw, asked: float, large: int) -> str:
    """Say whether an exponent over the large runs is as asked; no more than they can tell."""
    if law.exponent is None:
        return "too few large runs"
    if law.exponent > asked:
        return "no"
    missing = large - law.runs
    return f"as far as it goes: {missing} of {large} large runs have none" if missing else "yes"


def growth_figures(documents: Sequence[Mapping[str, Any]]) -> dict[str, Figure]:
    """Return pictures of time against districts, scenarios and lanes, and of memory.

    Parameters
    ----------
    documents
        As for ``growth_page``.

    Returns
    -------
    dict
        By name: ``districts`` and ``scenarios`` as far as such a series was measured, ``lanes``.
    """
    rows = [row for document in documents for row in read_growth(document)]
    rows = [row for row in rows if row.lanes]
    axes = {series.name: series.axis for series in SERIES}
    figures: dict[str, Figure] = {}
    for axis in ("districts", "scenarios"):
        mine = [row for row in rows if axes.get(row.series) == axis]
        if mine:
            figures[axis] = _figure(mine, axis)
    if rows:
        figures["lanes"] = _figure(rows, "lanes")
        figures["memory"] = _memory_figure(rows)
    return figures


def _figure(rows: Sequence[GrowthRow], axis: str) -> Figure:
    """Draw times against one axis, with what would grow like lanes to the power asked."""
    rows = sorted(rows, key=lambda row: (getattr(row, axis), row.lanes))
    traces = []
    for (name, value), colour in zip(_SHOWN, PALETTE, strict=False):
        traces += _line_traces(rows, axis, name, value, colour)
    late = [row for row in rows if row.time_to(GAPS[-1]) is None]
    if late:
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": "ended above 1 %",
                "x": [getattr(row, axis) for row in late],
                "y": [row.ended_seconds for row in late],
                "marker": {"symbol": "triangle-up-open", "size": 11, "color": PALETTE[2]},
            }
        )
    traces += _guide(rows, axis, lambda row: row.round_seconds, ASKED_EXPONENT)
    return _drawn(traces, _AXES[axis], "seconds [s]", f"Time against {axis}")


def _memory_figure(rows: Sequence[GrowthRow]) -> Figure:
    """Draw memory against lanes."""
    rows = sorted(rows, key=lambda row: row.lanes or 0)
    added: Value = lambda row: row.added_memory_gb  # noqa: E731
    traces = _line_traces(rows, "lanes", "largest process", lambda row: row.memory_gb, PALETTE[0])
    traces += _line_traces(rows, "lanes", "added by solving", added, PALETTE[1])
    traces += _guide(rows, "lanes", added, 1.0)
    return _drawn(traces, _AXES["lanes"], "memory [GB]", "Memory against lanes")


def _line_traces(
    rows: Sequence[GrowthRow], axis: str, name: str, value: Value, colour: str
) -> list[dict[str, Any]]:
    """Return markers, nothing where no row has the value; joined where one thing grows."""
    points = [(getattr(row, axis), value(row)) for row in rows]
    points = [(x, y) for x, y in points if y]
    if not points:
        return []
    return [
        {
            "type": "scatter",
            "mode": "markers" if axis == "lanes" else "lines+markers",
            "name": name,
            "x": [x for x, _ in points],
            "y": [y for _, y in points],
            "line": {"color": colour, "width": 2},
            "marker": {"size": 8, "color": colour},
        }
    ]


def _guide(
    rows: Sequence[GrowthRow], axis: str, value: Value, power: float
) -> list[dict[str, Any]]:
    """Return what a value would be if it grew from its first row like a power of the lanes."""
    known = [row for row in rows if row.lanes and value(row)]
    if len(known) < 2:
        return []
    first = known[0]
    start = value(first) or 0.0
    sizes = [(row.lanes or 0) / (first.lanes or 1) for row in known]
    name = "linear in lanes" if power == 1.0 else f"lanes ^ {power:g}, from the first round"
    return [
        {
            "type": "scatter",
            "mode": "lines",
            "name": name,
            "x": [getattr(row, axis) for row in known],
            "y": [start * size**power for size in sizes],
            "line": {"color": "#6b7280", "width": 1.5, "dash": "dash"},
        }
    ]


def _drawn(traces: list[dict[str, Any]], x: str, y: str, title: str) -> Figure:
    """Return a figure with two logarithmic axes."""
    return {
        "data": traces,
        "layout": layout(
            width=960,
            height=580,
            font={"family": "Arial, sans-serif", "size": 14, "color": "#1f2937"},
            title={"text": title, "x": 0.03, "y": 0.97, "yanchor": "top"},
            margin={"l": 80, "r": 20, "t": 55, "b": 85},
            legend={"x": 1.02, "y": 1.0, "xanchor": "left"},
            xaxis=_axis(x, [value for trace in traces for value in trace["x"]]),
            yaxis=_axis(y, [value for trace in traces for value in trace["y"]]),
        ),
    }


def _axis(title: str, values: Sequence[float]) -> dict[str, Any]:
    """Return a logarithmic axis with ticks at 1, 2 and 5 of each power of ten, written out."""
    low, high = math.log10(min(values)), math.log10(max(values))
    low, high = low - 0.04 * (high - low) - 0.05, high + 0.04 * (high - low) + 0.05
    steps = (1, 2, 5) if high - low < 2.4 else (1,)
    ticks = [
        step * 10.0**power
        for power in range(math.floor(low), math.ceil(high) + 1)
        for step in steps
        if low <= math.log10(step * 10.0**power) <= high
    ]
    return {
        "type": "log",
        "range": [low, high],
        "title": {"text": title, "standoff": 15},
        "tickangle": 0,
        "tickvals": ticks,
        "ticktext": [f"{tick:,.0f}" if tick >= 1 else f"{tick:.6g}" for tick in ticks],
        "gridcolor": "#e5e7eb",
        "linecolor": "#9ca3af",
        "ticks": "outside",
    }
