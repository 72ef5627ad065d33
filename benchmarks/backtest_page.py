"""The page of ``benchmarks/run.py backtest``."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from benchmarks.backtest import PARTS, read_runs
from benchmarks.backtest_findings import (
    Known,
    findings,
    hour_of,
    hour_words,
    range_words,
    share_words,
    wrapped,
)
from benchmarks.backtest_variants import BAND, CENTRAL, KNOWN_THEN, TOGETHER, WHAT_IF
from benchmarks.backtest_words import ITEM_WORDS, KNOWN, PART_WORDS, PICTURE_WORDS, READING
from benchmarks.dispatch_record import DispatchRecord
from benchmarks.machine import machine_lines

__all__ = ["backtest_page"]

HOURS = (6, 9, 12, 18, 24, 33, 36, 42, 48, 62, 72)
ORDER_HOURS = (6, 12, 16, 20, 24, 28, 36, 45, 48, 58)
KNOWN_HOURS = (8, 10, 12, 18, 24, 33, 48)
WHAT_IF_HOURS = (12, 24, 33, 48)


def backtest_page(
    document: Mapping[str, Any], record: DispatchRecord, first: float, picture: str | None
) -> str:
    """Return the page.

    Parameters
    ----------
    document
        Of ``benchmarks.backtest.backtest_document``, the central plan among its rows.
    record
        What was ordered and had arrived.
    first
        Hour of the first central order, from the event. [h]
    picture
        Where the picture lies, seen from the page; None without.
    """
    known = Known(read_runs(document), record, first)
    seconds = sum(run.seconds for run in known.runs.values())
    lines = [
        "# Back-test: the Jishishan earthquake of December 2023",
        "",
        "Written by `python benchmarks/run.py backtest`; do not edit. With the depots, orders and",
        "hours that were known then: what would the plan have delivered by hour, and what arrived?",
        "Each figure of a plan is that of a dispatch certified by the replay of its workbook.",
        "",
        *findings(known),
        "",
        *([] if picture is None else [f"![{PICTURE_WORDS[0]}]({picture})", *PICTURE_WORDS[1:]]),
        *_by_hour(known),
        *_by_order(known),
        *_by_item(known),
        *_delay(known),
        *_what_if(known),
        *_known_then(known),
        *_band(known),
        *KNOWN,
        *READING,
        "## Measured",
        "",
        f"Command: `{document['words']}`. Case `{document['case']}`, limit "
        f"{document['time_limit_seconds']:g} s for the solves of a plan; {seconds:.0f} s in all.",
        *machine_lines(document["machine"]),
    ]
    return "\n".join([*lines, ""])


def _row(*cells: object) -> str:
    """Return a line of a table."""
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _table(*heads: str) -> list[str]:
    """Return the head of a table."""
    return [_row(*heads), "|" + "---|" * len(heads)]


def _by_hour(known: Known) -> list[str]:
    """Return the table on the clock of the event."""
    plan, whole, record = known.plan, known.whole, known.record
    told = {
        int(record.first_arrival_hours): "first goods",
        known.hour: f"**{share_words(known.arrived, whole)}**",
        int(record.central_arrived_hours): "all central",
    }
    return [
        "## From the event",
        "",
        f"Share of the {whole:,.0f} pieces ordered for Gansu, the province's own among them; last",
        f"column: of the {known.every:,.0f} central pieces for Gansu and Qinghai.",
        "",
        *_table(
            *("hour", "ordered", "record", "plan", "one assumption at a time", "four at once"),
            "plan, all central",
        ),
        *(
            _row(
                hour,
                share_words(plan.ordered[hour], whole),
                told.get(hour, ""),
                f"**{share_words(plan.home[hour], whole)}**",
                *known.bands("home", hour, whole),
                share_words(plan.central[hour], known.every),
            )
            for hour in HOURS
        ),
        "",
    ]


def _by_order(known: Known) -> list[str]:
    """Return the table on the clock of the order."""
    record, whole, first, last = known.record, known.central, known.first, known.last
    least, most = record.central_arrived_range(record.home)
    counted, ended = record.arrived_hours, record.central_arrived_hours
    about = (
        f"Share of the {whole:,.0f} central pieces for Gansu, each counted from the order of its "
        f"own batch ({first:g} h by the sign-offs, then by the record). The record has "
        f"{range_words(least, most, whole)} of them {counted:g} h after the event (an item that "
        f"the province also sent leaves open whose came first): {counted - last:g} h after the "
        f"last order, {counted - first:.1f} h after the first. All were there {ended - last:g} h "
        f"after the last order, {ended - first:.1f} h after the first: counted from the order the "
        "last batch kept 48 h, counted from the event it did not; when the first one was "
        "complete, the record does not say."
    )
    return [
        "## From the order",
        "",
        *wrapped(about),
        "",
        *_table("hours from the order", "plan", "one assumption at a time", "four at once"),
        *(
            _row(
                hour,
                f"**{share_words(known.plan.since_order[hour], whole)}**",
                *known.bands("since_order", hour, whole),
            )
            for hour in ORDER_HOURS
        ),
        "",
    ]


def _by_item(known: Known) -> list[str]:
    """Return the table by item at the record's hour."""
    plan, record = known.plan, known.record
    arrived = record.arrived(record.home)
    single = [one.name for one in BAND if one.name not in TOGETHER]
    rows = []
    for item, units in record.ordered(record.home).items():
        values = [run.by_item[item] for run in (plan, *known.some(single))]
        span = range_words(min(values), max(values), units) if known.has_band else "-"
        there, planned = arrived.get(item, 0.0), plan.by_item[item]
        cells = [f"{n:,.0f}" for n in (units, there, planned)]
        rows.append(
            _row(
                *(
                    ITEM_WORDS.get(item, item),
                    cells[0],
                    cells[1],
                    share_words(there, units),
                    cells[2],
                ),
                *(share_words(planned, units), span),
            )
        )
    lorries, pieces = record.vehicles_arrived, plan.home[known.hour]
    about = (
        f"Lorries that had unloaded: {lorries:.0f} in the record ({known.arrived / lorries:,.0f} "
        f"pieces each), {plan.vehicles} trips in the plan "
        f"({pieces / max(1, plan.vehicles):,.0f} each)."
    )
    return [
        f"## By item, {record.arrived_hours:g} h after the event",
        "",
        *_table(
            *("item", "ordered for Gansu", "arrived", "share", "plan", "share"),
            "one assumption at a time",
        ),
        *rows,
        "",
        about,
        "",
    ]


def _delay(known: Known) -> list[str]:
    """Return the table of what hours are spent on."""
    runs = known.some([CENTRAL.name, "no-paper", "paper-and-wheels", "wheels"])
    return [
        "## Paper and wheels",
        "",
        "Mean hours of a piece from the event until it is in hand, all goods of both provinces.",
        "",
        *_table("what", *(f"`{run.name}`" for run in runs)),
        *(_row(PART_WORDS[part], *(f"{run.delay[part]:.1f}" for run in runs)) for part in PARTS),
        _row("all", *(f"**{sum(run.delay.values()):.1f}**" for run in runs)),
        "",
    ]


def _what_if(known: Known) -> list[str]:
    """Return the table of what might have been done otherwise."""
    whole = known.whole
    names = [CENTRAL.name, *(one.name for one in WHAT_IF), "vehicles-double", "receiving-double"]
    return [
        "## What would have helped",
        "",
        "Gansu's pieces in hand by hours from the event; mean hours of a piece of all goods.",
        "",
        *_table(
            *("plan", "what is different", *(f"{hour} h" for hour in WHAT_IF_HOURS)),
            *("half", "90 %", "mean [h]"),
        ),
        *(
            _row(
                *(f"`{run.name}`", run.about),
                *(share_words(run.home[hour], whole) for hour in WHAT_IF_HOURS),
                *(hour_words(hour_of(run.home, part * whole)) for part in (0.5, 0.9)),
                f"{sum(run.delay.values()):.1f}",
            )
            for run in known.some(names)
        ),
        "",
    ]


def _known_then(known: Known) -> list[str]:
    """Return the table that sets the plan beside plans of those who knew less."""
    rows = []
    for rank, one in enumerate(KNOWN_THEN):
        for run in known.some([one.name, CENTRAL.name] if one.name in known.runs else []):
            curve = run.early[rank]
            cells = (f"{curve[hour]:,.0f}" for hour in KNOWN_HOURS)
            rows.append(_row(f"`{run.name}`", f"{curve[-1]:,.0f}", *cells))
    if not rows:
        return []
    return [
        "## Hindsight",
        "",
        "Pieces in hand of what had been ordered before batch 2, then before batch 3: once by a",
        "plan that knows of nothing else, once by the plan of this page. Where they are alike, as",
        "far as the gaps of both tell, knowing the later orders has not made the plan look better.",
        "",
        *_table("plan", "pieces", *(f"{hour} h" for hour in KNOWN_HOURS)),
        *rows,
        "",
    ]


def _band(known: Known) -> list[str]:
    """Return the table of all plans, with how good they are."""
    names = [CENTRAL.name, *(one.name for one in (*BAND, *WHAT_IF))]
    rows = []
    for run in known.some(names):
        gap = "-" if run.gap is None or math.isnan(run.gap) else f"{100 * run.gap:.1f} %"
        apart = (run.home[known.hour] - known.arrived) / known.arrived
        rows.append(
            _row(
                *(f"`{run.name}`", run.about, share_words(run.home[known.hour], known.whole)),
                *(f"{apart:+.0%}", share_words(run.home[48], known.whole)),
                hour_words(hour_of(run.central, 0.99 * known.every)),
                *(run.trips, gap, f"{run.seconds:.0f}"),
            )
        )
    return [
        "## Every plan",
        "",
        "What the record does not say, moved one at a time, then four at once, then what might",
        "have been done otherwise. Gap: of waiting, the headline; a difference of two plans within",
        "their gaps says nothing. `later`: not within 96 h of the event.",
        "",
        *_table(
            *("plan", "what is different", f"{known.hour} h", "against the record", "48 h"),
            *("central 99 %", "trips", "gap", "seconds"),
        ),
        *rows,
        "",
    ]
