"""Which trips set off together because a rule asks them to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from allocator.case import Case
from allocator.engine.dispatch_hours import rule_spans
from allocator.engine.dispatch_periods import HOUR_NOISE
from allocator.report.order_words import order_word
from allocator.report.words import Language
from allocator.schema.results import Trip

__all__ = ["NAMED", "companies", "convoy_words", "convoys_of"]

NAMED = 6
"""So many of the other trips of a convoy are named in a line."""


def convoys_of(case: Case, scenario: str, trips: Sequence[Trip]) -> dict[str, tuple[str, ...]]:
    """Name the others with which each trip sets off, for trips that some rule asks company of.

    Parameters
    ----------
    case, scenario
        Where the rules come from.
    trips
        Trips of the scenario, those to hubs with the hub's code as their district; those that have
        left are in no convoy any more.
    """
    chosen, deadline = case.scenario(scenario), case.deadline_hours(case.scenario(scenario))
    rules = [
        (row, rule_spans(case, chosen, row, deadline))
        for row in case.hour_rules
        if row.kind == "convoy"
    ]
    if not rules:
        return {}
    together: dict[tuple[str, str, float], list[Trip]] = defaultdict(list)
    for trip in trips:
        if trip.state == "planned":
            together[trip.warehouse, trip.district, round(trip.depart_hours, 4)].append(trip)
    districts = case.district_index()
    on_road = {row.fleet for row in case.vehicles if row.mode == "road"}
    found: dict[str, tuple[str, ...]] = {}
    for each in together.values():
        # To hubs a rule that names no kind is about vehicles on the road.
        is_leg = each[0].district not in districts
        mixed = {one.fleet for one in each if one.fleet in on_road or not is_leg}
        kinds = {
            row.fleet
            for row, spans in rules
            if row.warehouse in {None, each[0].warehouse}
            and row.district in {None, each[0].district}
            and any(a - HOUR_NOISE <= each[0].depart_hours < b - HOUR_NOISE for a, b in spans)
        }
        for trip in each:
            needs_any = None in kinds and trip.fleet in mixed
            with_it = mixed if needs_any else {trip.fleet}
            company = [one.trip for one in each if one.fleet in with_it]
            if needs_any or trip.fleet in kinds:
                found[trip.trip] = tuple(code for code in company if code != trip.trip)
    return found


def companies(convoys: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Name the trips of each convoy, each convoy once, without those that set off alone.

    Parameters
    ----------
    convoys
        The others with which each trip sets off, as of ``convoys_of``.
    """
    return tuple(
        sorted({tuple(sorted((trip, *others))) for trip, others in convoys.items() if others})
    )


def convoy_words(convoys: Mapping[str, Sequence[str]], trip: str, lang: Language) -> str:
    """Say with which others a trip leaves; empty where it may leave alone."""
    others = convoys.get(trip, ())
    if not others:
        return ""
    named = ", ".join(others[:NAMED])
    if len(others) > NAMED:
        named += f" +{len(others) - NAMED}"
    return order_word("convoy.line", lang, count=len(others) + 1, trips=named)
