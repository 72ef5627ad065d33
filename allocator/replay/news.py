"""What was told of trips, held against the trips and against what else was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from allocator.replay.history import History, News
from allocator.replay.tolerances import HOURS
from allocator.schema.legs import LegTrip
from allocator.schema.results import Trip

__all__ = ["check_news", "check_state"]

_EXCLUSIVE = (
    frozenset({"trip_left", "trip_held"}),
    frozenset({"trip_held", "trip_late", "trip_lost"}),
)
"""Kinds of which one re-plan can tell a trip one only."""

_TOLD = "one of the rows was changed by hand, or two reports were mixed up"


def check_news(history: History, trips: Mapping[str, Trip | LegTrip]) -> None:
    """Check that what was told of trips can be so.

    Parameters
    ----------
    history
        The dispatch, with what was told.
    trips
        Its trips by number.
    """
    for code, told in history.news.items():
        _check_once(history, code, told)
        trip = trips.get(code)
        for news in told:
            if trip is not None:
                _check_one(history, trip, news)
            elif news.kind != "trip_held":
                fact = f"trip ({code}) is not in the plan"
                hint = "its row was deleted, or its number was changed"
                history.ground.findings.add("change_trip", news.where, 1.0, fact, hint)


def _check_once(history: History, code: str, told: Sequence[News]) -> None:
    """Check that no trip is told two things that cannot both be."""
    for place, news in enumerate(told):
        for before in told[:place]:
            if _contradict(before, news):
                fact = f"{news.kind} of trip {code} contradicts {before.kind} ({before.where})"
                history.ground.findings.add("change_once", news.where, 1.0, fact, _TOLD)
                break


def _contradict(before: News, after: News) -> bool:
    """Whether two things told of one trip cannot both be."""
    kinds = {before.kind, after.kind}
    is_other = before.kind != after.kind or abs(before.hours - after.hours) > HOURS
    if before.revision == after.revision:
        return is_other and any(kinds <= group for group in _EXCLUSIVE)
    if kinds == {"trip_left"}:
        return is_other
    return before.kind == "trip_lost" and after.kind == "trip_late"


def _check_one(history: History, trip: Trip | LegTrip, news: News) -> None:
    """Check one thing told against the trip's load start."""
    findings = history.ground.findings
    at_hours = history.revisions[news.revision].at_hours
    start = trip.load_start_hours
    has_left = start < at_hours - HOURS
    hint = "the hour was changed by hand, or the trip's load start was"
    if news.kind == "trip_left":
        if news.hours > at_hours + HOURS:
            fact = f"from_hours ({news.hours:g}) is after the re-plan"
            findings.add("change_left", news.where, news.hours - at_hours, fact, hint)
        if abs(start - news.hours) > HOURS:
            fact = f"load_start_hours ({start:g}) of the trip must be {news.hours:g}"
            findings.add("change_left", news.where, abs(start - news.hours), fact, hint)
    elif news.kind == "trip_held":
        if has_left:
            fact = f"load_start_hours ({start:g}) of a trip that was held is before the re-plan"
            findings.add("change_held", news.where, at_hours - start, fact, hint)
    elif not has_left:
        left = history.told(trip.trip, "trip_left")
        if not any(each.revision <= news.revision for each in left):
            fact = f"the trip has not left: its load_start_hours is {start:g}"
            early = max(0.0, start - at_hours)
            findings.add("change_has_left", news.where, early, fact, hint)


def check_state(history: History, trip: Trip | LegTrip) -> None:
    """Check that the state says whether a trip has left, and what was told of it last.

    Parameters
    ----------
    history
        The dispatch, with what was told.
    trip
        Its row.
    """
    state = "planned"
    if trip.load_start_hours < history.at_hours - HOURS or history.told(trip.trip, "trip_left"):
        state = "left"
    for kind, word in (("trip_late", "late"), ("trip_lost", "lost")):
        if history.told(trip.trip, kind):
            state = word
    if trip.state != state:
        where = f"scenario {trip.scenario}, trip {trip.trip}"
        fact = f"state ({trip.state}) must be {state}"
        hint = "it was changed by hand, or load_start_hours or a row of Changes was"
        history.ground.findings.add("trip_state", where, 1.0, fact, hint)
