"""The page of ``benchmarks/run.py sign-offs``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.backtest_findings import share_words, wrapped
from benchmarks.dispatch_record import DispatchRecord
from benchmarks.machine import machine_lines
from benchmarks.sign_off_backtest import SignOffRuns, read_sign_offs
from benchmarks.sign_off_words import KNOWN, PICTURE_WORDS, REASONS
from benchmarks.wenchuan_case import ARRIVALS, ORDERS

__all__ = ["sign_off_page"]

RELEASES = (
    ("CN_CENTRAL_DISPATCH 11", "central"),
    ("PROVINCE_OWN_DISPATCH 5", "province"),
    ("CITY_DISPATCH 4", "prefecture"),
)

SPEEDS = {
    "spoken": "as planned, spoken where that is allowed",
    "planned": "as planned",
    "actual": "usual delays of the departments",
    "p10": "simulated, quickest tenth",
    "p50": "simulated, half",
    "p90": "simulated, all but the slowest tenth",
}

SLOWEST, QUICKEST = "rail-slow", "rail"


def sign_off_page(
    document: Mapping[str, Any], record: DispatchRecord, picture: str | None = None
) -> str:
    """Return the page.

    Parameters
    ----------
    document
        Of ``benchmarks.sign_off_backtest.measure_sign_offs``.
    record
        What was ordered and had arrived at Jishishan.
    picture
        Where the picture lies, seen from the page; None without.
    """
    runs = read_sign_offs(document)
    seconds = sum(run.seconds for run in runs.jishishan.values())
    seconds += sum(run.seconds for run in runs.wenchuan.values())
    lines = [
        "# Back-test of sign-off hours: Jishishan 2023 and Wenchuan 2008",
        "",
        "Written by `python benchmarks/run.py sign-offs`; do not edit. How well does the arrival",
        "curve meet the real one with the hours that the sign-offs really took, and how well does",
        "the network of the shipped cases know those hours? Each plan is certified by the replay.",
        "",
        *_findings(runs, record),
        "",
        *([] if picture is None else [f"![{PICTURE_WORDS[0]}]({picture})", *PICTURE_WORDS[1:]]),
        *_hours(runs),
        *_jishishan(runs, record),
        *_wenchuan(runs),
        *REASONS,
        *KNOWN,
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


def _point(text: str) -> list[str]:
    """Return an item of a list."""
    first, *rest = wrapped(f"- {text}")
    return [first, *(f"  {line}" for line in rest)]


def _findings(runs: SignOffRuns, record: DispatchRecord) -> list[str]:
    """Return what comes out, in sentences."""
    whole = sum(record.ordered(record.home).values())
    arrived = sum(record.arrived(record.home).values())
    hour, end = int(record.arrived_hours), int(record.central_arrived_hours)
    every = sum(batch.pieces for batch in record.batches)
    plans = runs.jishishan
    told = plans["recorded"]
    band = [share_words(plans[f"network-{name}"].home[hour], whole) for name in ("p90", "p10")]
    points = [
        f"**Jishishan, orders as recorded**: {share_words(told.home[hour], whole)} of Gansu's "
        f"pieces in hand {hour} h after the event, against {share_words(arrived, whole)} in the "
        f"record ({_apart(told.home[hour], arrived)}); "
        f"{share_words(told.central[end], every)} of all central pieces at {end} h, "
        "against all of them.",
        f"**Jishishan, all signed at once by the network**: {band[0]} to {band[1]} at {hour} h "
        "(all but the slowest tenth, to the quickest tenth of simulated courses). The network "
        "knows how long one decision takes, not that more was asked for twice, at 9 and 17 h: its "
        "first order comes late, its last one early, and the two errors hide each other.",
    ]
    shares = ", ".join(
        f"{float(key):g} h: {100 * share:.0f} %" for key, share in runs.by_order.items()
    )
    central = RELEASES[0][0]
    spoken = runs.hours.get("spoken", {}).get(central)
    also = "" if spoken is None else f" ({spoken:.1f} h where everybody speaks first)"
    points.append(
        "**The network is slower than people were.** Share of simulated courses in which central "
        f"goods are released by the hour of a real order: {shares}. Wenchuan's first order came "
        "1.5 h after the event, Jishishan's first one before the second at 9 h. As planned the "
        f"network says {runs.hours['planned'][central]:.1f} h{also}, with the usual delays "
        f"{runs.hours['actual'][central]:.1f} h: all of them assumptions, and the delays look "
        "too long for great disasters, in which people speak first and write later."
    )
    points.append(_wenchuan_finding(runs))
    return [line for point in points for line in _point(point)]


def _wenchuan_finding(runs: SignOffRuns) -> str:
    """Return what comes out of Wenchuan."""
    least, most = runs.wenchuan[SLOWEST], runs.wenchuan[QUICKEST]
    plain = runs.wenchuan["road"]
    spans = "; ".join(
        f"{hour:g} h: {plain.by(hour):,.0f} by road ({_apart(plain.by(hour), tents)}), "
        f"{least.by(hour):,.0f} to {most.by(hour):,.0f} mostly by rail "
        f"({_apart(least.by(hour), tents)} to {_apart(most.by(hour), tents)}), {tents:,} in the "
        "record"
        for hour, tents in ARRIVALS
    )
    whole = sum(order.tents for order in ORDERS)
    return (
        f"**Wenchuan, real order hours**, tents in hand of the {whole:,} whose orders are known: "
        f"{spans}. The record counts later orders too (127,000 allocated by 49.5 h, 180,000 by "
        "118.5 h), whose hours nobody tells, so that the last count must be above all plans. "
        "Orders explain little of these curves, the way does: three quarters went by rail."
    )


def _apart(planned: float, told: float) -> str:
    """Return by how much a plan is above what was counted."""
    return f"{100 * (planned - told) / told:+.0f} %"


def _hours(runs: SignOffRuns) -> list[str]:
    """Return the table of release hours."""
    return [
        "## When goods are released by the network",
        "",
        "Hours from the event, of the shipped case `jishishan`; simulated: 2,000 courses.",
        "",
        *_table("speed", *(f"{name} stock" for _, name in RELEASES)),
        *(
            _row(words, *(f"{runs.hours[speed][key]:.1f}" for key, _ in RELEASES))
            for speed, words in SPEEDS.items()
            if speed in runs.hours
        ),
        _row("record", "batch 1 before 9 h (no hour told), 9 h, 17 h", "goods at about 6 h", ""),
        "",
    ]


def _jishishan(runs: SignOffRuns, record: DispatchRecord) -> list[str]:
    """Return the table of Jishishan."""
    whole = sum(record.ordered(record.home).values())
    every = sum(batch.pieces for batch in record.batches)
    arrived = sum(record.arrived(record.home).values())
    hour, end = int(record.arrived_hours), int(record.central_arrived_hours)
    rows = []
    for run in runs.jishishan.values():
        first = next((k for k, units in enumerate(run.home) if units > 0), None)
        here = [share_words(run.home[k], whole) for k in (12, 24, hour)]
        central = share_words(run.central[end], every)
        cells = (f"`{run.name}`", run.about, first, *here, central)
        rows.append(_row(*cells, f"{run.delay['ordered']:.1f}", f"{run.seconds:.0f}"))
    return [
        "## Jishishan",
        "",
        f"Share of the {whole:,.0f} pieces for Gansu in hand; first goods by whole hours; central:",
        f"share of the {every:,.0f} central pieces for both provinces; mean hours before an order.",
        "",
        *_table(
            *("plan", "what is different", "first", "12 h", "24 h", f"{hour} h"),
            *(f"central, {end} h", "paper [h]", "seconds"),
        ),
        _row(
            *("record", "", f"{record.first_arrival_hours:g}", "", ""),
            *(f"**{share_words(arrived, whole)}**", "**100 %**", "", ""),
        ),
        *rows,
        "",
    ]


def _wenchuan(runs: SignOffRuns) -> list[str]:
    """Return the table of Wenchuan."""
    hours: Sequence[float] = (24.5, *(hour for hour, _ in ARRIVALS))
    return [
        "## Wenchuan",
        "",
        "Orders at 1.5 h (5,000 tents), 6.5 h (45,650) and 12.5 h (10,600); tents in hand at",
        "Chengdu. The goods of an order are loaded from its hour on; nothing else is signed.",
        "",
        *_table("way", "what is assumed", "first", *(f"{hour:g} h" for hour in hours), "seconds"),
        _row("record", "", "about 24.5", "first", *(f"**{n:,}**" for _, n in ARRIVALS), ""),
        *(
            _row(
                *(f"`{run.name}`", run.about, f"{run.first_hours:.1f}"),
                *(f"{run.by(hour):,.0f}" for hour in hours),
                f"{run.seconds:.0f}",
            )
            for run in runs.wenchuan.values()
        ),
        "",
    ]
