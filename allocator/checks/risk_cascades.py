"""Hazards that follow from others: they exist, and their losses are not counted in a circle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from allocator.checks.procedures import split_codes
from allocator.checks.references import known_codes, nearest_code
from allocator.draft import Draft
from allocator.schema.risks import Hazard, RiskElement

__all__ = ["check_cascades", "reached"]

Follows = dict[str, list[str]]


def check_cascades(draft: Draft) -> None:
    """Check ``secondary_hazards``: classes exist, and circles that records run into are named.

    A flood may bring landslides and a landslide a flood: such a circle does no harm as long as
    only one of them has records, because a secondary loss is a share of a direct one and goes no
    further. Where two classes of a circle have records in one scenario, the loss of each may
    stand there a second time as the secondary loss of the other.
    """
    table = draft.table(Hazard)
    known = {str(code) for code in known_codes(draft, "Hazards.hazard") or set()}
    follows: Follows = {}
    positions: dict[str, int] = {}
    for position, row in draft.rows(Hazard):
        positions[row.hazard] = position
        follows[row.hazard] = []
        for code in split_codes(row.secondary_hazards):
            if code == row.hazard:
                _report(draft, position, row, f"names {code} as following from itself", "")
            elif code in known:
                follows[row.hazard].append(code)
            else:
                like = nearest_code(code, known)
                rule = f"names {code!r}, which is not in sheet {table.name}"
                _report(draft, position, row, rule, like)
    rows = {row.hazard: row for _, row in draft.rows(Hazard)}
    for first, other in _double_counts(draft, follows):
        rule = (
            f"makes {first} follow from {other} and {other} from {first}, and a scenario has "
            "records of both; secondary losses may be counted twice"
        )
        _report(draft, positions[first], rows[first], rule, "")


def _report(draft: Draft, position: int, row: Hazard, rule: str, like: str) -> None:
    """Report a cell of secondary hazards."""
    hint = f"Maybe {like!r} is meant." if like else "Maybe delete one of them."
    place = (draft.table(Hazard), position, "secondary_hazards")
    draft.report("secondary_hazard", place, row.secondary_hazards, rule, hint)


def _double_counts(draft: Draft, follows: Follows) -> list[tuple[str, str]]:
    """Pairs of classes that follow from each other and have records in one scenario."""
    together: dict[str, set[str]] = {}
    for _, row in draft.rows(RiskElement):
        together.setdefault(row.scenario, set()).add(row.hazard)
    far = {code: reached(code, follows) for code in follows}
    found: dict[tuple[str, str], None] = {}
    for classes in together.values():
        ordered = sorted(classes & follows.keys())
        for k, first in enumerate(ordered):
            for other in ordered[k + 1 :]:
                if other in far[first] and first in far[other]:
                    found[first, other] = None
    return list(found)


def reached(first: str, follows: Mapping[str, Sequence[str]]) -> set[str]:
    """Classes that follow from one, at once or by way of others.

    Parameters
    ----------
    first
        Class to begin with.
    follows
        Classes that follow at once, by class.
    """
    found: set[str] = set()
    left = [first]
    while left:
        for code in follows.get(left.pop(), ()):
            if code not in found:
                found.add(code)
                left.append(code)
    return found
