"""What a re-plan did with the trips, in a sentence for the summary."""

from __future__ import annotations

from collections import Counter

from allocator.clock_text import clock_text
from allocator.plan import Plan
from allocator.report.facts import Facts
from allocator.report.sentences import sentence
from allocator.report.words import Language, word
from allocator.schema.legs import LegTrip
from allocator.schema.results import SummaryLine, Trip
from allocator.schema.words import CHOICES_ZH

__all__ = ["replan_lines"]

_STATES = ("late", "lost")
_IN_ENGLISH = {"whole": "the plan as a whole", "hub_goods": "goods late at the hub"}
_CHANGES = ("retimed", "reloaded", "cancelled")
"""What may become of a trip that had not left, besides that it stays."""


def replan_lines(facts: Facts, lang: Language) -> list[SummaryLine]:
    """Say what the last re-plan did: what had left, what stays, what has changed and why.

    Parameters
    ----------
    facts
        The plan with its case.
    lang
        Language.

    Returns
    -------
    list
        One line; none for a plan that was not planned anew.
    """
    plan = facts.plan
    if not plan.changes:
        return []
    hour = max(row.at_hours or 0.0 for row in plan.changes)
    became: Counter[str] = Counter(row.change for row in plan.last_trip_changes)
    planned = _states(plan)["planned"]
    moved = became["retimed"] + became["reloaded"]
    stay = planned - moved - became["new"]
    others = stay + moved + became["cancelled"]
    parts = [
        _told(facts, hour, lang),
        sentence("replan_left", lang, left=_left(plan, lang)),
        sentence(
            "replan_all_stay" if stay == others and not became["new"] else "replan_others",
            lang,
            others=others,
            stay=stay,
            new=became["new"],
            **{name: became[name] for name in _CHANGES},
        ),
    ]
    reasons: Counter[str] = Counter(
        row.reason for row in plan.last_trip_changes if row.change in _CHANGES
    )
    if reasons:
        parts.append(sentence("replan_why", lang, reasons=_counted(reasons, lang)))
    return [
        SummaryLine(
            topic=word("replan", lang),
            figure=sentence("replan_figure", lang, hour=hour, stay=stay, others=others),
            sentence=("" if lang == "zh" else " ").join(parts),
        )
    ]


def _word(code: str, lang: Language) -> str:
    """A choice of the schema as people say it."""
    return CHOICES_ZH[code] if lang == "zh" else _IN_ENGLISH.get(code, code.replace("_", " "))


def _counted(counts: Counter[str], lang: Language) -> str:
    """Words with their numbers, the most frequent first."""
    return sentence("list", lang).join(
        sentence("reason", lang, word=_word(code, lang), number=f"{number:,}")
        for code, number in counts.most_common()
    )


def _told(facts: Facts, hour: float, lang: Language) -> str:
    """What had changed, by kind, and by when, where the event has a time."""
    changes = facts.plan.changes
    kinds: Counter[str] = Counter(row.kind for row in changes if row.at_hours == hour)
    # That nothing has changed is no change to be counted.
    del kinds["no_change"]
    told = _counted(kinds, lang)
    scenario = next(iter(facts.plan.dispatched_scenarios), None)
    clock = "" if scenario is None else clock_text(facts.case, scenario, hour)
    key = "replan_told" if told else "replan_nothing"
    if clock:
        return sentence(f"{key}_by", lang, clock=clock, told=told)
    return sentence(key, lang, told=told)


def _left(plan: Plan, lang: Language) -> str:
    """How many trips have left, and how many of them are late or lost."""
    states = _states(plan)
    del states["planned"]
    told = Counter({state: states[state] for state in _STATES if states[state]})
    number = sum(states.values())
    if not told:
        return f"{number:,}"
    return sentence("replan_some", lang, number=number, told=_counted(told, lang))


def _states(plan: Plan) -> Counter[str]:
    """Trips to districts and to hubs by their state."""
    every: list[Trip | LegTrip] = [*plan.trips, *plan.leg_trips]
    return Counter(trip.state for trip in every)
