"""What comes out of a back-test, in sentences, and what page and sentences have in common."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from benchmarks.backtest import PlanRun, band_of
from benchmarks.backtest_variants import BAND, CENTRAL, TOGETHER
from benchmarks.dispatch_record import DispatchRecord

__all__ = [
    "Known",
    "findings",
    "hour_of",
    "hour_words",
    "range_words",
    "share_words",
    "wrapped",
]

WIDTH = 100

ASSUMPTION_WORDS = {
    "depots": "the depots",
    "roads": "roads",
    "loading": "loading and mustering",
    "receiving": "receiving",
    "own": "the hour of Gansu's own order",
    "vehicles": "the number of vehicles",
}
"""What a variant of the band is about, by the first word of its name."""


def hour_of(curve: Sequence[float], units: float) -> int | None:
    """Return the first whole hour at which so many pieces are in hand, None if never. [h]."""
    return next((hour for hour, there in enumerate(curve) if there >= units - 1e-6), None)


@dataclass(frozen=True)
class Known:
    """Plans by name, the record, and what is often asked of both.

    Parameters
    ----------
    runs
        By name, the central plan among them.
    record
        What was ordered and had arrived.
    first
        Hour of the first central order, from the event. [h]
    """

    runs: Mapping[str, PlanRun]
    record: DispatchRecord
    first: float

    @property
    def plan(self) -> PlanRun:
        """The central plan."""
        return self.runs[CENTRAL.name]

    @property
    def hour(self) -> int:
        """Hour of the record's count. [h]."""
        return int(self.record.arrived_hours)

    @cached_property
    def whole(self) -> float:
        """Pieces ordered for Gansu. [units]."""
        return sum(self.record.ordered(self.record.home).values())

    @cached_property
    def arrived(self) -> float:
        """Pieces that had arrived in Gansu. [units]."""
        return sum(self.record.arrived(self.record.home).values())

    @cached_property
    def central(self) -> float:
        """Central pieces for Gansu. [units]."""
        return sum(self.record.central(self.record.home).values())

    @cached_property
    def every(self) -> float:
        """Central pieces for all. [units]."""
        return sum(batch.pieces for batch in self.record.batches)

    @cached_property
    def last(self) -> float:
        """Hour of the last order. [h]."""
        return max(batch.order_hours or self.first for batch in self.record.batches)

    @cached_property
    def has_band(self) -> bool:
        """Whether every variant of the band was planned; a part of it says nothing."""
        return all(one.name in self.runs for one in BAND)

    def bands(self, curve: str, hour: int, whole: float) -> list[str]:
        """Return both ranges of a curve at an hour, in percent; nothing to tell without a band."""
        if not self.has_band:
            return ["-", "-"]
        found = []
        for is_together in (False, True):
            low, high = band_of(self.runs, curve, is_together=is_together)
            found.append(range_words(low[hour], high[hour], whole))
        return found

    def some(self, names: Sequence[str]) -> list[PlanRun]:
        """Return the plans of these names that there are."""
        return [self.runs[name] for name in names if name in self.runs]


def share_words(units: float, whole: float) -> str:
    """Return a share in whole percent."""
    return f"{100 * units / whole:.0f} %"


def range_words(low: float, high: float, whole: float) -> str:
    """Return two shares in whole percent."""
    return f"{100 * low / whole:.0f} to {100 * high / whole:.0f} %"


def hour_words(hour: int | None) -> str:
    """Return an hour in words."""
    return "later" if hour is None else f"{hour} h"


def _point(text: str) -> list[str]:
    """Return a point of a list, wrapped."""
    return wrapped(text, "- ", "  ")


def wrapped(text: str, first: str = "", rest: str = "") -> list[str]:
    """Return lines of a paragraph; a percent sign stays with its number."""
    kept = text.replace(" %", "\0%")
    lines = textwrap.wrap(kept, WIDTH, initial_indent=first, subsequent_indent=rest)
    return [line.replace("\0%", " %") for line in lines]


def findings(known: Known) -> list[str]:
    """Say what comes out, with its figures."""
    plan, hour, whole = known.plan, known.hour, known.whole
    delay, total = plan.delay, sum(plan.delay.values())
    return [
        *_point(
            f"**{hour} h after the event** {known.arrived:,.0f} of {whole:,.0f} pieces for Gansu "
            f"were in the area ({share_words(known.arrived, whole)}); the plan has "
            f"{plan.home[hour]:,.0f} "
            f"({share_words(plan.home[hour], whole)}).{_place_in_band(known)}"
        ),
        *_point(
            f"**First goods** at about {known.record.first_arrival_hours:g} h in the record, at "
            f"{hour_words(hour_of(plan.home, 1.0))} in the plan, from the prefecture's warehouse."
        ),
        *_point(
            f"**All central goods** by {known.record.central_arrived_hours:g} h in the record. The "
            f"plan has {share_words(plan.central[48], known.every)} of them 48 h after the event "
            f"and 99 % at {hour_words(hour_of(plan.central, 0.99 * known.every))}; of Gansu's "
            f"{share_words(plan.since_order[48], known.central)} 48 h after the order of each."
            f"{_tail(known)}"
        ),
        *_point(
            f"**Paper and wheels**: of the {total:.1f} h that a piece of the plan needs on "
            f"average, {delay['ordered']:.1f} h pass before its order "
            f"({share_words(delay['ordered'], total)}), "
            f"{delay['driving']:.1f} h on the road ({share_words(delay['driving'], total)}), "
            f"{delay['held']:.1f} h waiting for a vehicle, a dock or room where it goes "
            f"({share_words(delay['held'], total)}), the rest is loading and unloading."
        ),
        *_without_paper(known),
        *_deciding(known),
    ]


def _place_in_band(known: Known) -> str:
    """Say whether the record lies in the band, where the whole of it was planned."""
    if not known.has_band:
        return ""
    low, high = band_of(known.runs, "home", is_together=False)
    where = "inside" if low[known.hour] <= known.arrived <= high[known.hour] else "outside"
    near, far = known.bands("home", known.hour, known.whole)
    return (
        f" The record lies {where} the band of single assumptions ({near}); with roads, vehicles, "
        f"loading and receiving moved at once it is {far}."
    )


def _tail(known: Known) -> str:
    """Say that the record contradicts what districts are assumed to receive, where it does."""
    found, asked = known.some(["receiving-double"]), 0.99 * known.every
    late, soon = hour_of(known.plan.central, asked), None
    if found:
        soon = hour_of(found[0].central, asked)
    if late is None or soon is None or not soon < known.record.central_arrived_hours < late:
        return ""
    return (
        f" The plan's tail waits to be received: if districts received twice as much it would be "
        f"{soon} h, so they received more than is assumed, or the goods took less room or were "
        "spread otherwise."
    )


def _without_paper(known: Known) -> list[str]:
    """Say what orders at hour 0 would have changed, and vehicles alone."""
    found = known.some(["no-paper", "vehicles-double", "more-receiving"])
    if len(found) < 3:
        return []
    mean = sum(known.plan.delay.values())
    # Adding 0 takes the sign from a zero.
    less = [round(mean - sum(run.delay.values()), 1) + 0.0 for run in found]
    then, now = (share_words(run.home[24], known.whole) for run in (found[0], known.plan))
    return _point(
        f"**Had everything been ordered at hour 0**, {then} instead of {now} would be there 24 h "
        f"after the event, a piece {less[0]:.1f} h earlier on average. Twice the vehicles alone: "
        f"{less[1]:.1f} h; no limit to receiving alone: {less[2]:.1f} h."
    )


def _deciding(known: Known) -> list[str]:
    """Say how far each assumption moves the plan at the record's hour."""
    if not known.has_band:
        return []
    spans: dict[str, list[float]] = {}
    for run in known.some([one.name for one in BAND if one.name not in TOGETHER]):
        name = ASSUMPTION_WORDS[run.name.partition("-")[0]]
        spans.setdefault(name, [known.plan.home[known.hour]]).append(run.home[known.hour])
    widest = sorted(spans, key=lambda name: min(spans[name]) - max(spans[name]))
    words = [
        f"{name} {range_words(min(spans[name]), max(spans[name]), known.whole)}" for name in widest
    ]
    return _point(f"**What decides**, {known.hour} h after the event: {', '.join(words)}.")
