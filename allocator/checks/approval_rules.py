"""Rules of sign-offs must name what exists, and each must have a lane left to apply to."""

from __future__ import annotations

from collections.abc import Iterable

from allocator.checks.references import nearest_code
from allocator.draft import Draft, Table
from allocator.schema.network import District, Item, Warehouse
from allocator.schema.procedure import ApprovalRule, ApprovalStep

__all__ = ["Steps", "check_approval_rules", "few"]

Steps = dict[str, tuple[int, ApprovalStep]]
"""Steps of a procedure by code, with their positions."""


def check_approval_rules(
    draft: Draft, procedures: dict[str, Steps], names: dict[str, set[str]]
) -> None:
    """Check rules: release steps, groups, provinces, rows behind others.

    Parameters
    ----------
    draft
        The tables as read.
    procedures
        Steps with their positions, by procedure.
    names
        Codes of all steps, also of those with a fault in their row, by procedure.
    """
    table = draft.table(ApprovalRule)
    groups = {row.item_group for _, row in draft.rows(Item)} | {"any"}
    for position, row in draft.rows(ApprovalRule):
        _check_release_step(draft, table, position, row, (procedures, names))
        if len(groups) > 1 and row.item_group not in groups:
            draft.report(
                "unused_group",
                (table, position, "item_group"),
                row.item_group,
                "is not the group of any item, so the rule never applies",
                f"Maybe one of: {few(groups)}.",
            )
    _check_provinces(draft)
    _check_hidden(draft)


def few(names: Iterable[str]) -> str:
    """Return the first of some names, in their order, for a hint."""
    return ", ".join(sorted(names)[:8])


def _check_release_step(
    draft: Draft,
    table: Table,
    position: int,
    row: ApprovalRule,
    known: tuple[dict[str, Steps], dict[str, set[str]]],
) -> None:
    """A rule names a procedure, and a step of it that takes part."""
    procedures, names = known
    steps = names.get(row.procedure)
    if steps is None:
        like = nearest_code(row.procedure, names)
        draft.report(
            "unknown_step",
            (table, position, "procedure"),
            row.procedure,
            f"is not in sheet {draft.table(ApprovalStep).name}",
            f"Maybe {like!r} is meant." if like else "Maybe add its steps.",
        )
    elif row.release_step not in steps:
        like = nearest_code(row.release_step, steps)
        draft.report(
            "unknown_step",
            (table, position, "release_step"),
            row.release_step,
            f"is not a step of procedure {row.procedure}",
            f"Maybe {like!r} is meant." if like else f"Maybe one of: {few(steps)}.",
        )
    else:
        found = procedures.get(row.procedure, {}).get(row.release_step)
        if found and not found[1].is_enabled:
            draft.report(
                "unknown_step",
                (table, position, "release_step"),
                row.release_step,
                f"of procedure {row.procedure} is not enabled",
                "Maybe enable it, or name the step before it.",
            )


def _check_provinces(draft: Draft) -> None:
    """Provinces of rules are those of some warehouse, or district."""
    table = draft.table(ApprovalRule)
    homes = {row.district: row.province for _, row in draft.rows(District)}
    senders = {
        row.province or homes.get(row.district or "", "") for _, row in draft.rows(Warehouse)
    }
    known = {"from_province": senders - {""}, "to_province": set(homes.values()) - {""}}
    what = {"from_province": "warehouse", "to_province": "district"}
    for position, row in draft.rows(ApprovalRule):
        for field, provinces in known.items():
            value = getattr(row, field)
            if not value or value in provinces or not provinces:
                continue
            like = nearest_code(value, provinces)
            draft.report(
                "unused_province",
                (table, position, field),
                value,
                f"is the province of no {what[field]}, so the rule never applies",
                f"Maybe {like!r} is meant." if like else f"Maybe one of: {few(provinces)}.",
            )


def _check_hidden(draft: Draft) -> None:
    """No rule stands behind one that fits wherever it fits."""
    table = draft.table(ApprovalRule)
    above: list[tuple[int, ApprovalRule]] = []
    for position, row in draft.rows(ApprovalRule):
        first = next(((place, each) for place, each in above if _hides(each, row)), None)
        above.append((position, row))
        if first is None:
            continue
        place, earlier = first
        is_by_amount = row.min_request_units > earlier.min_request_units
        field = "min_request_units" if is_by_amount else "procedure"
        there = table.cell(place, field)
        draft.report(
            "hidden_rule",
            (table, position, field),
            getattr(row, field),
            f"is never asked for: the row{f' of {there}' if there else ' above'} always fits first",
            "Maybe move this row above it, or narrow that one.",
        )


def _hides(above: ApprovalRule, below: ApprovalRule) -> bool:
    """Whether a rule fits wherever another fits."""
    wide = (
        ("warehouse_level", "any"),
        ("receiver", "any"),
        ("from_province", ""),
        ("to_province", ""),
        ("item_group", "any"),
    )
    is_wide = all(getattr(above, field) in (every, getattr(below, field)) for field, every in wide)
    return is_wide and above.min_request_units <= below.min_request_units
