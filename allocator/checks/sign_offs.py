"""What belongs to a step must go together: spread, spoken consent, reforms, log, scenarios."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from allocator.checks.approval_rules import few
from allocator.checks.disasters import settings_of
from allocator.checks.references import nearest_code
from allocator.draft import Draft, Table
from allocator.schema.procedure import ApprovalStep
from allocator.schema.sign_offs import ApprovalRecord, ReformKind, ScenarioSignOff, Variant

__all__ = ["check_sign_offs"]

REFORMS: tuple[str, ...] = get_args(ReformKind)

Steps = Mapping[str, Mapping[str, ApprovalStep | None]]
"""Steps by procedure and code; None for one with a fault in its row."""


def check_sign_offs(draft: Draft) -> None:
    """Check columns of steps that need each other, and the sheets that name steps."""
    table = draft.table(ApprovalStep)
    logged = {(row.procedure, row.step) for _, row in draft.rows(ApprovalRecord)}
    for position, row in draft.rows(ApprovalStep):
        _check_spread(draft, table, position, row)
        _check_log(draft, table, position, row, logged)
        _check_spoken(draft, table, position, row)
        _check_reforms(draft, table, position, row)
    steps = _known_steps(draft)
    for kind in (ApprovalRecord, ScenarioSignOff, Variant):
        _check_named_steps(draft, kind, steps)
    _check_variants(draft, steps)


def _known_steps(draft: Draft) -> Steps:
    """All steps that the sheet names, those with other faults in their row included."""
    table = draft.table(ApprovalStep)
    found: dict[str, dict[str, ApprovalStep | None]] = {}
    if {"procedure", "step"} <= set(table.values):
        for pair in zip(table.values["procedure"], table.values["step"], strict=True):
            found.setdefault(str(pair[0]), {})[str(pair[1])] = None
    for _, row in draft.rows(ApprovalStep):
        found.setdefault(row.procedure, {})[row.step] = row
    return found


def _check_spread(draft: Draft, table: Table, position: int, row: ApprovalStep) -> None:
    """A distribution that was asked for has both of its ends."""
    ends = {
        "duration_min_hours": row.duration_min_hours,
        "duration_max_hours": row.duration_max_hours,
    }
    missing = [field for field, hours in ends.items() if hours is None]
    if row.distribution not in ("triangular", "pert") or not missing:
        return
    # PERT is what an empty cell stands for, and what an export writes: no ends ask for none.
    if row.distribution == "triangular" or len(missing) == 1:
        draft.report(
            "distribution_ends",
            (table, position, missing[0] if missing[0] in table.values else "distribution"),
            None,
            f"lacks an end of the distribution {row.distribution}, so that simulated courses take "
            f"duration_hours ({row.duration_hours:g}) as fixed",
            "Maybe fill in duration_min_hours and duration_max_hours, or choose fixed.",
        )


def _check_log(
    draft: Draft, table: Table, position: int, row: ApprovalStep, logged: set[tuple[str, str]]
) -> None:
    """A step that is resampled from the log has rows there."""
    if row.distribution == "log" and (row.procedure, row.step) not in logged:
        draft.report(
            "no_log_rows",
            (table, position, "distribution"),
            row.distribution,
            f"needs rows of procedure {row.procedure}, step {row.step} in sheet "
            f"{draft.table(ApprovalRecord).name}",
            "Maybe add them, or choose pert.",
        )


def _check_spoken(draft: Draft, table: Table, position: int, row: ApprovalStep) -> None:
    """Hours of a spoken consent go with its being allowed; paper follows as the settings ask."""
    if row.verbal_hours is not None and not row.is_verbal_allowed:
        draft.report(
            "verbal_not_allowed",
            (table, position, "verbal_hours"),
            row.verbal_hours,
            "must be empty where is_verbal_allowed is no",
            "Maybe allow it, or delete the hours.",
        )
    longest, within = settings_of(draft).paper_within_hours, row.formalise_within_hours
    if within is not None and within > longest:
        draft.report(
            "paper_late",
            (table, position, "formalise_within_hours"),
            within,
            f"is more than paper_within_hours of the settings ({longest:g}), which holds",
            "Maybe shorten it, or raise the setting.",
        )


def _check_reforms(draft: Draft, table: Table, position: int, row: ApprovalStep) -> None:
    """Words of the list are reforms, and each has the figures that it needs."""
    words = [part.strip() for part in row.reforms.split(";") if part.strip()]
    for word in words:
        if word not in REFORMS:
            like = nearest_code(word, REFORMS)
            draft.report(
                "unknown_reform",
                (table, position, "reforms"),
                row.reforms,
                f"names {word!r}, which is none of {', '.join(REFORMS)}",
                f"Maybe {like!r} is meant." if like else "Maybe delete it.",
            )
    needed: dict[str, object] = {}
    if "delegate" in words:
        needed |= {"deputy": row.deputy}
    if row.deputy is not None:
        needed |= {"deputy_hours": row.deputy_hours}
    if "verbal" in words:
        needed |= {"verbal_hours": row.verbal_hours}
    for field, value in needed.items():
        if value is None:
            # A column that is not there has no cell: the reason for asking has one.
            given = field if field in table.values else _REASONS[field][0]
            must = "must be filled in" if given == field else f"needs {field}"
            draft.report(
                "reform_figures",
                (table, position, given),
                None if given == field else getattr(row, given),
                f"{must}: {_REASONS[field][1]}",
                "Maybe it was forgotten, or the reform is not meant.",
            )


_REASONS = {
    "deputy": ("reforms", "a step that may be delegated names who signs"),
    "deputy_hours": ("deputy", "a deputy takes some time"),
    "verbal_hours": ("reforms", "a spoken consent takes some time"),
}
"""Column that makes each figure needed, and why."""


def _check_named_steps(
    draft: Draft, kind: type[ApprovalRecord | ScenarioSignOff | Variant], steps: Steps
) -> None:
    """Rows about steps name ones that exist."""
    table = draft.table(kind)
    faults: dict[tuple[str, str], tuple[str, str, str] | None] = {}
    for position, row in draft.rows(kind):
        named = row.procedure, row.step
        # A log may have thousands of rows about a few steps.
        if named not in faults:
            faults[named] = _naming_fault(draft, *named, steps)
        fault = faults[named]
        if fault is not None:
            field, rule, hint = fault
            draft.report("unknown_step", (table, position, field), getattr(row, field), rule, hint)


def _naming_fault(
    draft: Draft, procedure: str, step: str, steps: Steps
) -> tuple[str, str, str] | None:
    """Field that names what does not exist, the rule it breaks, and what may be meant."""
    known = steps.get(procedure)
    if known is None:
        like = nearest_code(procedure, steps)
        rule = f"is not in sheet {draft.table(ApprovalStep).name}"
        return "procedure", rule, f"Maybe {like!r} is meant." if like else "Maybe add its steps."
    if step in known:
        return None
    like = nearest_code(step, known)
    rule = f"is not a step of procedure {procedure}"
    return "step", rule, f"Maybe {like!r} is meant." if like else f"Maybe one of: {few(known)}."


def _check_variants(draft: Draft, steps: Steps) -> None:
    """Variants change steps in ways that their rows allow."""
    table = draft.table(Variant)
    for position, row in draft.rows(Variant):
        step = steps.get(row.procedure, {}).get(row.step)
        if step is None:
            continue
        allowed = [part.strip() for part in step.reforms.split(";") if part.strip()]
        if row.reform not in allowed:
            draft.report(
                "reform_not_allowed",
                (table, position, "reform"),
                row.reform,
                f"is not among the reforms of procedure {row.procedure}, step {row.step}: "
                f"{', '.join(allowed) or 'none'}",
                "Maybe add it there, or choose another.",
            )
