"""The Changes sheet: revisions of the case, as far as what was told can be so.

Written from ``docs/model.md`` ("Re-plan"). A change that cannot be made is noted and left out, so
that all faults are found in one pass.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from allocator.case import Case
from allocator.replay.findings import Findings
from allocator.replay.tolerances import WHOLE
from allocator.revisions import Revision, revised_cases
from allocator.schema.changes import CHANGE_KINDS, Change
from allocator.schema.row import columns

__all__ = ["BEFORE_ANY", "change_where", "read_revisions", "revise"]

BEFORE_ANY = Revision(-math.inf, ())
"""Revision 0: the case as it was."""

_OF_EVERY_KIND = frozenset({"at_hours", "kind", "note"})

_COLUMNS = tuple(column.field for column in columns(Change) if column.field not in _OF_EVERY_KIND)

_EDITED = "the row was changed by hand; export the plan again"


def change_where(change: Change) -> str:
    """Name a change by its hour, kind and codes."""
    names = ("warehouse", "district", "hub", "fleet", "item", "trip")
    codes = [getattr(change, name) for name in names]
    named = " ".join(str(code) for code in codes if code is not None)
    hour = "none" if change.at_hours is None else f"{change.at_hours:g}"
    return f"Changes, hour {hour}, {change.kind} {named}".rstrip()


def read_revisions(changes: Iterable[Change], findings: Findings) -> tuple[Revision, ...]:
    """Return revision 0 and those of the changes that are whole, by rising hours.

    Parameters
    ----------
    changes
        Sound rows of Changes, in their order.
    findings
        Where broken rules are noted.
    """
    by_hour: dict[float, list[Change]] = {}
    last = -math.inf
    for change in changes:
        where = change_where(change)
        if change.at_hours is None:
            fact = "at_hours is empty"
            hint = "the hour of the re-plan was deleted"
            findings.add("change_hours", where, 1.0, fact, hint)
            continue
        if change.at_hours < last:
            fact = f"at_hours ({change.at_hours:g}) is before that of the row above ({last:g})"
            hint = "rows were sorted or an hour was changed by hand"
            findings.add("change_hours", where, last - change.at_hours, fact, hint)
            continue
        last = change.at_hours
        told = by_hour.setdefault(last, [])
        if _is_whole(change, findings):
            told.append(change)
    found = (Revision(hours, tuple(rows)) for hours, rows in by_hour.items())
    return (BEFORE_ANY, *found)


def _is_whole(change: Change, findings: Findings) -> bool:
    """Check that a change has what its kind needs, and nothing that means nothing to it."""
    needed, allowed = CHANGE_KINDS[change.kind]
    is_whole = True
    for name in _COLUMNS:
        value = getattr(change, name)
        if name in needed and value is None:
            findings.add("change_columns", change_where(change), 1.0, f"it needs {name}", _EDITED)
            is_whole = False
        elif name not in needed | allowed and value is not None:
            fact = f"{name} ({value}) must be empty"
            findings.add("change_columns", change_where(change), 1.0, fact, _EDITED)
    if change.kind in {"stock_lost", "stock_found"} and change.amount is not None:
        off = abs(change.amount - round(change.amount))
        if off > WHOLE:
            fact = f"amount ({change.amount:g}) must be whole units"
            findings.add("change_units", change_where(change), off, fact, _EDITED)
    return is_whole


def revise(
    case: Case, scenario: str, revisions: Sequence[Revision], findings: Findings
) -> tuple[Case, ...]:
    """Return the case of every revision.

    Parameters
    ----------
    case
        As it was before any change.
    scenario
        The scenario that is dispatched.
    revisions
        Revision 0 first.
    findings
        Where changes that cannot be made are noted.
    """
    cases: list[Case] = []
    now = case
    for revision in revisions:
        for change in revision.changes:
            try:
                alone = Revision(revision.at_hours, (change,))
                _, now = revised_cases(now, scenario, (alone,))
            except ValueError as error:
                fact = " ".join(str(error).split()).partition(". Maybe")[0].rstrip(".")
                hint = "amount or code was changed by hand, or the plan is another case's"
                findings.add("change_made", change_where(change), 1.0, fact, hint)
        cases.append(now)
    return tuple(cases)
