"""The Gantt chart of the trips: a band for each warehouse, its trips packed into rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from allocator.report.fact_rows import TripGroup
from allocator.report.facts import Facts
from allocator.report.figures.style import PHASE_COLOURS, Figure, Trace, labelled, layout, plain
from allocator.report.order_convoys import NAMED, convoys_of
from allocator.report.words import Language, word

__all__ = ["MOST_ROWS", "MOST_WAREHOUSES", "gantt_figure"]

MOST_WAREHOUSES = 25
"""Warehouses drawn, busiest first."""

MOST_ROWS = 6
"""Rows of trips in the band of one warehouse."""

ROW_PX = 9
BAND_GAP = 0.7
AFTER_HOURS = 3.0
"""Shown beyond the horizon, so that its line is not the frame; later returns are cut off. [h]"""
TOP_PX = 110
BOTTOM_PX = 30
PHASES = ("load", "drive", "unload", "return")


@dataclass(frozen=True)
class _Band:
    """One warehouse's part of the chart: its rows, and where they start."""

    warehouse: str
    rows: tuple[tuple[TripGroup, ...], ...]
    top: float

    @property
    def groups(self) -> list[TripGroup]:
        return [group for row in self.rows for group in row]

    @property
    def middle(self) -> float:
        return self.top + (len(self.rows) - 1) / 2


def gantt_figure(
    facts: Facts,
    scenario: str,
    lang: Language,
    *,
    most_warehouses: int = MOST_WAREHOUSES,
    most_rows: int = MOST_ROWS,
    compact: bool = False,
) -> Figure:
    """Draw who signs, loads, drives, unloads and returns when, in one scenario.

    Equal trips share a bar; the trips of a warehouse are packed into rows like vehicles. The
    figure's ``layout.meta`` says how many trips are drawn (``trips_shown``) of all
    (``trips_total``).

    Parameters
    ----------
    facts
        Case and plan.
    scenario
        A dispatched scenario.
    lang
        Language of the words.
    most_warehouses, most_rows
        What is drawn at most; the busiest warehouses and their first rows.
    compact
        Leave the hover texts in ``layout.meta.groups``, once for all bars of a group of trips;
        the page's script spells them out.
    """
    bands = _bands(facts, scenario, most_warehouses, most_rows)
    found = convoys_of(facts.case, scenario, facts.journeys(scenario))
    convoys = {trip: others for trip, others in found.items() if others}
    groups = _group_texts(facts, bands, convoys)
    hover = "figure.hover_convoy" if convoys else "figure.hover_trip"
    data = [_before(facts, bands, "paper", lang), _before(facts, bands, "wait", lang)]
    data += [_phase(bands, phase, lang, hover) for phase in PHASES]
    shown = sum(group.vehicles_count for band in bands for group in band.groups)
    figure: Figure = {
        "data": [trace for trace in data if trace["x"]],
        "layout": _layout(facts, scenario, bands, lang),
    }
    meta = {"trips_shown": shown, "trips_total": len(facts.journeys(scenario)), "groups": groups}
    figure["layout"]["meta"] |= meta
    return figure if compact else _expanded(figure)


def _expanded(figure: Figure) -> Figure:
    """Return the figure with the hover texts of the groups spelled out at every bar."""
    groups = figure["layout"]["meta"]["groups"]
    data = [
        {**trace, "customdata": [[*groups[k], length] for k, length in trace["customdata"]]}
        if trace.get("meta", {}).get("grouped")
        else trace
        for trace in figure["data"]
    ]
    return {**figure, "data": data}


def _bands(facts: Facts, scenario: str, most_warehouses: int, most_rows: int) -> list[_Band]:
    bands = []
    top = 0.0
    one_way = {code for code, row in facts.vehicles.items() if row.is_one_way}
    for warehouse, groups in list(facts.trip_groups(scenario).items())[:most_warehouses]:
        rows = _packed(groups, one_way)[:most_rows]
        bands.append(_Band(warehouse, tuple(tuple(row) for row in rows), top))
        top += len(rows) + BAND_GAP
    return bands


def _packed(groups: Sequence[TripGroup], one_way: Collection[str]) -> list[list[TripGroup]]:
    """Put each group into the first row that is free again when it loads."""
    rows: list[list[TripGroup]] = []
    for group in groups:
        start = group.first.load_start_hours
        free = (
            row
            for row in rows
            if row[-1].first.return_hours <= start + 1e-6 and row[-1].first.fleet not in one_way
        )
        row = next(free, None)
        if row is None:
            rows.append([group])
        else:
            row.append(group)
    return rows


def _before(facts: Facts, bands: Sequence[_Band], phase: str, lang: Language) -> Trace:
    """Paper and waiting to load: one bar behind all rows of a band."""
    bases, lengths, places, heights, texts = [], [], [], [], []
    for band in bands:
        release = min(group.first.release_hours for group in band.groups)
        start = min(group.first.load_start_hours for group in band.groups)
        base, end = (0.0, release) if phase == "paper" else (release, start)
        if end - base <= 1e-6:
            continue
        bases.append(round(base, 2))
        lengths.append(round(end - base, 2))
        places.append(round(band.middle, 2))
        heights.append(round(len(band.rows) - 0.1, 2))
        texts.append([plain(facts.warehouse_name(band.warehouse)), f"{end:.2f}"])
    return labelled(
        _bars(bases, lengths, places, texts, phase, heights=heights),
        lang,
        name=f"figure.{phase}",
        hover="figure.hover_paper",
    )


def _phase(bands: Sequence[_Band], phase: str, lang: Language, hover: str) -> Trace:
    bases, lengths, places = [], [], []
    texts: list[list[object]] = []
    for band in bands:
        for k, row in enumerate(band.rows):
            for group in row:
                trip = group.first
                ticks = (
                    trip.load_start_hours,
                    trip.depart_hours,
                    trip.arrive_hours,
                    trip.unload_end_hours,
                    trip.return_hours,
                )
                base, end = ticks[PHASES.index(phase)], ticks[PHASES.index(phase) + 1]
                bases.append(round(base, 2))
                lengths.append(round(end - base, 2))
                places.append(round(band.top + k, 2))
                texts.append([len(texts), f"{end - base:.2f}"])
    return labelled(
        {**_bars(bases, lengths, places, texts, phase), "meta": {"grouped": True}},
        lang,
        name=f"figure.{phase}",
        hover=hover,
    )


def _group_texts(
    facts: Facts, bands: Sequence[_Band], convoys: Mapping[str, Sequence[str]]
) -> list[list[object]]:
    """What the hover text of a group's bars says, in the order of the bars."""
    return [
        [
            plain(facts.warehouse_name(group.first.warehouse)),
            plain(facts.district_name(group.first.district)),
            group.vehicles_count,
            plain(facts.fleet_name(group.first.fleet)),
            f"{group.first.release_hours:.1f}",
            f"{group.first.unload_end_hours:.1f}",
            *([_convoy(convoys, group.first.trip)] if convoys else []),
        ]
        for band in bands
        for group in band.groups
    ]


def _convoy(convoys: Mapping[str, Sequence[str]], trip: str) -> str:
    """Numbers of the trips that set off together with one, its own first."""
    others = convoys.get(trip, ())
    if not others:
        return "-"
    more = f" +{len(others) - NAMED}" if len(others) > NAMED else ""
    return plain(", ".join([trip, *others[:NAMED]]) + more)


def _bars(
    bases: list[float],
    lengths: list[float],
    places: list[float],
    texts: list[list[object]] | list[list[str]],
    phase: str,
    *,
    heights: list[float] | float = 0.82,
) -> Trace:
    return {
        "type": "bar",
        "orientation": "h",
        "base": bases,
        "x": lengths,
        "y": places,
        "width": heights,
        "customdata": texts,
        "marker": {"color": PHASE_COLOURS[phase], "line": {"width": 0}},
    }


def _layout(
    facts: Facts, scenario: str, bands: Sequence[_Band], lang: Language
) -> dict[str, object]:
    row = facts.case.scenario(scenario)
    deadline = facts.case.deadline_hours(row)
    order = facts.case.order_hours(row)
    marks = [(deadline, "figure.horizon", "#bd2c2c")]
    if order > 0:
        marks.append((order, "figure.order", "#4b5563"))
    event = row.event_time or facts.case.settings.event_time
    ends = [group.first.unload_end_hours for band in bands for group in band.groups]
    bottom = (bands[-1].top + len(bands[-1].rows)) if bands else 1.0
    plot_px = 40 + ROW_PX * bottom
    return layout(
        height=round(TOP_PX + plot_px + BOTTOM_PX),
        barmode="overlay",
        bargap=0,
        xaxis=_hours_axis(max([deadline, *ends]) + AFTER_HOURS, event, lang),
        yaxis={
            "range": [bottom - 0.5, -0.8],
            "tickvals": [round(band.middle, 2) for band in bands],
            "ticktext": [plain(facts.warehouse_name(band.warehouse)) for band in bands],
            "automargin": True,
            "zeroline": False,
            "showgrid": False,
        },
        legend={
            "orientation": "h",
            "x": 0,
            "y": 1 + (TOP_PX - 38) / plot_px,
            "yanchor": "bottom",
            "traceorder": "normal",
        },
        margin={"l": 120, "r": 20, "t": TOP_PX, "b": BOTTOM_PX},
        hovermode="closest",
        shapes=[_mark_line(hours, colour) for hours, _, colour in marks],
        annotations=[
            {
                "x": hours,
                "yref": "paper",
                "y": 0,
                "yanchor": "top",
                "showarrow": False,
                "text": f"{word(key, lang)} {hours:g} h",
                "font": {"color": colour},
            }
            for hours, key, colour in marks
        ],
        meta={
            "keys": {
                "xaxis": "figure.hours_axis",
                "annotations": [[key, f" {hours:g} h"] for hours, key, _ in marks],
            }
        },
    )


def _hours_axis(last: float, event: datetime | None, lang: Language) -> dict[str, object]:
    """Hours from the event on top, with the clock where the time of the event is known."""
    ticks = list(range(0, int(last) + 1, 6))
    clocks = dict.fromkeys(ticks, "")
    if event is not None:
        clocks = {hour: f"{event + timedelta(hours=hour):%m-%d %H:%M}<br>" for hour in ticks}
    return {
        "title": {"text": word("figure.hours_axis", lang), "standoff": 8},
        "side": "top",
        "range": [0, last],
        "tickvals": ticks,
        "ticktext": [f"{clocks[hour]}{hour}" for hour in ticks],
        "gridcolor": "#e5e7eb",
        "zeroline": False,
    }


def _mark_line(hours: float, colour: str) -> dict[str, object]:
    return {
        "type": "line",
        "x0": hours,
        "x1": hours,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": colour, "width": 1.5, "dash": "dash"},
    }
