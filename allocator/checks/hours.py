"""Rows of Hours must say for what, and in which hours, and have a clock where they need one."""

from __future__ import annotations

from allocator.checks.disasters import chosen_scenarios, settings_of
from allocator.draft import Draft
from allocator.schema.dispatch_rules import HourRule

__all__ = ["check_hours"]

_NEEDED = {
    "docks": ("warehouse", "amount"),
    "receiving": ("district", "amount"),
    "no_departure": (),
    "convoy": ("amount",),
}
"""What each kind must fill in."""

_EMPTY = {
    "docks": ("district", "fleet"),
    "receiving": ("warehouse", "fleet"),
    "no_departure": ("amount",),
    "convoy": (),
}
"""What each kind must leave empty."""


def check_hours(draft: Draft) -> None:
    """Check the Hours sheet."""
    _check_targets(draft)
    _check_spans(draft)
    _check_clock(draft)


def _check_targets(draft: Draft) -> None:
    """A row names what its kind is about, and nothing else."""
    table = draft.table(HourRule)
    for position, row in draft.rows(HourRule):
        for field in _NEEDED[row.kind]:
            if getattr(row, field) is None:
                rule = f"must be filled in (kind {row.kind})"
                hint = "Maybe the kind is no_departure."
                if field == "amount":
                    hint = "Maybe 2." if row.kind == "convoy" else "Maybe 0: closed."
                draft.report("hours_target", (table, position, field), None, rule, hint)
        for field in _EMPTY[row.kind]:
            value = getattr(row, field)
            if value is not None:
                rule = f"must be empty (kind {row.kind})"
                hint = "Maybe the kind is another one, or the cell is to be cleared."
                draft.report("hours_target", (table, position, field), value, rule, hint)


def _check_spans(draft: Draft) -> None:
    """A row has times of the day, or hours of the event, that end after they begin."""
    table = draft.table(HourRule)
    for position, row in draft.rows(HourRule):
        if row.from_clock is None and row.to_clock is None:
            if row.kind == "convoy" and row.from_hours is None and row.to_hours is None:
                continue
            if row.from_hours is None:
                hint = "Maybe 0, or from_clock and to_clock are meant."
                place = (table, position, "from_hours")
                draft.report("hours_span", place, None, "or from_clock must be filled in", hint)
            elif row.to_hours is not None and row.to_hours <= row.from_hours:
                rule = f"must be later than from_hours ({row.from_hours:g})"
                hint = "Maybe the two are swapped, or times of the day are meant."
                draft.report("hours_span", (table, position, "to_hours"), row.to_hours, rule, hint)
            continue
        for field in ("from_clock", "to_clock"):
            if getattr(row, field) is None:
                rule = "must be filled in where the other time of the day is"
                hint = "Maybe 00:00 or 24:00."
                draft.report("hours_span", (table, position, field), None, rule, hint)
        if row.from_clock is not None and row.from_clock == row.to_clock:
            rule = f"must differ from from_clock ({row.from_clock})"
            hint = "For all hours fill in from_hours 0 instead."
            draft.report("hours_span", (table, position, "to_clock"), row.to_clock, rule, hint)
        for field in ("from_hours", "to_hours"):
            value = getattr(row, field)
            if value is not None:
                rule = "must be empty where times of the day are given"
                hint = "Maybe split the row in two."
                draft.report("hours_span", (table, position, field), value, rule, hint)


def _check_clock(draft: Draft) -> None:
    """Times of the day need to know at which of them the event was."""
    if settings_of(draft).event_time is not None:
        return
    without = [row.scenario for _, row in chosen_scenarios(draft) if row.event_time is None]
    if not without:
        return
    table = draft.table(HourRule)
    for position, row in draft.rows(HourRule):
        if row.from_clock is not None:
            more = f" and {len(without) - 1} more" if len(without) > 1 else ""
            rule = f"is a time of the day, and scenario {without[0]}{more} has no event_time"
            hint = "Maybe fill in event_time in Scenarios or Settings, or use from_hours."
            draft.report("hours_clock", (table, position, "from_clock"), row.from_clock, rule, hint)
