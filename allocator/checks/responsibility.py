"""Exactly one initiator, coordinator and answerable department for each step and warehouse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import get_args

from allocator.checks.references import known_codes, nearest_code
from allocator.draft import Draft, Table
from allocator.responsibility.causes import (
    CAUSE_TRIGGER,
    CAUSES,
    NO_OWNER_CAUSES,
    PAPER,
    WAREHOUSE_TRIGGER,
)
from allocator.schema import CASE_SHEETS
from allocator.schema.network import Level, Warehouse
from allocator.schema.procedure import ApprovalRule, ApprovalStep, Department, Responsibility
from allocator.schema.row import columns

__all__ = ["check_responsibility"]

_LEVELS: tuple[str, ...] = get_args(Level)

_ROLES = ("initiator", "coordinator", "department")

_DEPARTMENTS = "Departments.department"

_ONE = "Maybe keep one of the two; who else signs goes to cosigners."


@dataclass
class _Named:
    """Rows of the list by what they are about, each with its position; departments there are."""

    departments: set[object]
    steps: dict[tuple[str, str], tuple[int, Responsibility]] = field(default_factory=dict)
    warehouses: dict[str, tuple[int, Responsibility]] = field(default_factory=dict)
    causes: dict[str, tuple[int, Responsibility]] = field(default_factory=dict)


def check_responsibility(draft: Draft) -> None:
    """Check who initiates, coordinates and answers: gaps, overlaps, orphans, time limits.

    Codes that are no department, several codes in one cell, rows told twice and steps that hand
    over in a circle are found by the checks of references, keys and procedures.
    """
    steps = _steps_by_procedure(draft)
    named = _named_rows(draft, steps)
    _check_steps(draft, named)
    _check_warehouses(draft, named)
    _check_causes(draft, named)
    _check_unused_departments(draft)
    _check_unused_procedures(draft, steps)


def _steps_by_procedure(draft: Draft) -> dict[str, set[str]]:
    """Steps of each procedure, those with other faults in their row included."""
    values = draft.table(ApprovalStep).values
    found: dict[str, set[str]] = {}
    pairs = zip(values.get("procedure", ()), values.get("step", ()), strict=False)
    for procedure, step in pairs:
        found.setdefault(str(procedure), set()).add(str(step))
    return found


def _named_rows(draft: Draft, steps: dict[str, set[str]]) -> _Named:
    """Sort the rows of the list; rows about what does not exist are reported and left out."""
    table = draft.table(Responsibility)
    named = _Named(known_codes(draft, _DEPARTMENTS) or set())
    warehouses = {str(code) for code in draft.table(Warehouse).values.get("warehouse", ())}
    for position, row in draft.rows(Responsibility):
        entry = position, row
        if row.trigger in steps:
            if row.subject in steps[row.trigger]:
                named.steps[row.trigger, row.subject] = entry
            else:
                what = f"is not a step of procedure {row.trigger}"
                _report_subject(draft, table, entry, what, steps[row.trigger])
        elif row.trigger == WAREHOUSE_TRIGGER:
            if row.subject in warehouses or row.subject in _LEVELS:
                named.warehouses[row.subject] = entry
            else:
                what = "is neither a warehouse nor a level of warehouses"
                _report_subject(draft, table, entry, what, {*warehouses, *_LEVELS}, _LEVELS)
        elif row.trigger == CAUSE_TRIGGER:
            if row.subject in CAUSES:
                named.causes[row.subject] = entry
            else:
                what = "is no cause of a shortage"
                _report_subject(draft, table, entry, what, set(CAUSES), CAUSES)
        else:
            known = [*steps, WAREHOUSE_TRIGGER, CAUSE_TRIGGER]
            like = nearest_code(row.trigger, known)
            draft.report(
                "unknown_subject",
                (table, position, "trigger"),
                row.trigger,
                "is neither a procedure of Approval_Steps nor warehouse nor cause",
                f"Maybe {like!r} is meant." if like else f"Maybe one of: {', '.join(known[:8])}.",
            )
    return named


def _report_subject(
    draft: Draft,
    table: Table,
    entry: tuple[int, Responsibility],
    what: str,
    known: set[str],
    listed: tuple[str, ...] = (),
) -> None:
    """Report a row about something that does not exist."""
    position, row = entry
    like = nearest_code(row.subject, known)
    few = ", ".join(listed or sorted(known)[:8])
    hint = f"Maybe {like!r} is meant." if like else f"Maybe one of: {few}."
    draft.report("unknown_subject", (table, position, "subject"), row.subject, what, hint)


def _check_steps(draft: Draft, named: _Named) -> None:
    """Steps name one department for each role, and the list says the same."""
    table, given = draft.table(ApprovalStep), draft.table(Responsibility)
    is_listed = bool(given.lines)
    for position, step in draft.rows(ApprovalStep):
        entry = named.steps.get((step.procedure, step.step))
        if entry is not None:
            _check_agreement(draft, named, (table, position, step), (given, *entry))
            continue
        for role in ("initiator", "coordinator"):
            if is_listed and getattr(step, role) is None:
                draft.report(
                    "responsibility_gap",
                    (table, position, role),
                    None,
                    f"is empty, and {given.name} has no row for step {step.step} of "
                    f"{step.procedure}",
                    f"Maybe {step.department} itself; else add the row.",
                )


def _check_agreement(
    draft: Draft,
    named: _Named,
    own: tuple[Table, int, ApprovalStep],
    listed: tuple[Table, int, Responsibility],
) -> None:
    """Both places name the same departments and the same time limit."""
    table, position, step = own
    given, place, row = listed
    for role in _ROLES:
        first, second = getattr(step, role), getattr(row, role)
        if first != second and {first, second} <= named.departments:
            draft.report(
                "two_departments",
                (given, place, role),
                second,
                f"is another than {_address(table, position, role)} names for step {step.step} "
                f"of {step.procedure} ({first})",
                _ONE,
            )
    if None not in (step.limit_hours, row.due_hours) and step.limit_hours != row.due_hours:
        draft.report(
            "due_differs",
            (given, place, "due_hours"),
            row.due_hours,
            f"is another limit than {_address(table, position, 'limit_hours')} sets for step "
            f"{step.step} of {step.procedure} ({step.limit_hours:g}), which counts",
            "Maybe correct one of the two.",
        )


def _address(table: Table, position: int, column: str) -> str:
    """Sheet and cell for a sentence; the header where no cell is known."""
    cell = table.cell(position, column)
    return f"{table.name}!{cell}" if cell else f"{column} of {table.name}"


def _check_warehouses(draft: Draft, named: _Named) -> None:
    """Warehouses have one answerable department, and the list says the same."""
    table, given = draft.table(Warehouse), draft.table(Responsibility)
    rows = [(position, row) for position, row in draft.rows(Warehouse) if row.state != "closed"]
    without: list[tuple[int, Warehouse]] = []
    unled: dict[str, list[int]] = {}
    for position, row in rows:
        entry = named.warehouses.get(row.warehouse) or named.warehouses.get(row.level)
        if entry is not None:
            _check_owner(draft, named, (table, position, row), (given, *entry))
        elif row.owner_department is None:
            without.append((position, row))
        else:
            unled.setdefault(row.level, []).append(position)
    if not given.lines:
        _note_without_owner(draft, table, without)
        return
    for position, row in without:
        draft.report(
            "responsibility_gap",
            (table, position, "owner_department"),
            None,
            f"is empty, and {given.name} has no row for warehouse {row.warehouse} or level "
            f"{row.level}: nobody initiates, coordinates or answers for it",
            f"Maybe add the row to {given.name}, or one for its level.",
        )
    for level, positions in unled.items():
        count = len(positions)
        draft.report(
            "responsibility_gap",
            (table, positions[0], "level"),
            level,
            f"has {count} warehouse{'s' * (count > 1)} without initiator and coordinator: "
            f"{given.name} has no row for level or warehouse",
            f"Maybe add a row with trigger warehouse and subject {level}.",
        )
    _check_idle_levels(draft, named, rows)


def _check_owner(
    draft: Draft,
    named: _Named,
    own: tuple[Table, int, Warehouse],
    listed: tuple[Table, int, Responsibility],
) -> None:
    """The list names the same answerable department as the warehouse itself."""
    table, position, row = own
    given, place, entry = listed
    parties = {row.owner_department, entry.department}
    if len(parties) == 1 or not parties <= named.departments:
        return
    is_own = entry.subject == row.warehouse
    about = f"warehouse {row.warehouse}" if is_own else f"all warehouses of level {row.level}"
    draft.report(
        "two_departments",
        (table, position, "owner_department"),
        row.owner_department,
        f"is another than {_address(given, place, 'department')} makes answerable for {about} "
        f"({entry.department})",
        "Maybe keep one of the two."
        if is_own
        else f"Maybe give {row.warehouse} a row of its own in {given.name}.",
    )


def _note_without_owner(draft: Draft, table: Table, without: list[tuple[int, Warehouse]]) -> None:
    """Sum up warehouses that nobody answers for, in a case without a list."""
    if not without or not draft.table(Department).lines:
        return
    position, first = without[0]
    others = f"; others without: {len(without) - 1}" if len(without) > 1 else ""
    draft.report(
        "responsibility_gap",
        (table, position, "owner_department"),
        None,
        f"is empty: warehouse {first.warehouse} has nobody who answers for it{others}",
        f"Maybe fill it in, or add sheet {Responsibility.sheet}.",
    )


def _check_idle_levels(draft: Draft, named: _Named, rows: list[tuple[int, Warehouse]]) -> None:
    """Rows about a level hold for some warehouse."""
    given = draft.table(Responsibility)
    used = {row.level for _, row in rows if row.warehouse not in named.warehouses}
    codes = {row.warehouse for _, row in draft.rows(Warehouse)}
    for subject, (position, _) in named.warehouses.items():
        if subject in _LEVELS and subject not in used and subject not in codes:
            draft.report(
                "idle_responsibility",
                (given, position, "subject"),
                subject,
                "is a level without a warehouse that has no row of its own",
                "Maybe delete the row.",
            )


def _check_causes(draft: Draft, named: _Named) -> None:
    """Rows about causes are about ones that somebody can be charged with."""
    given = draft.table(Responsibility)
    for cause, (position, _) in named.causes.items():
        place = (given, position, "subject")
        if cause == PAPER:
            what = "is charged to the step that binds, never to this row"
            draft.report("idle_responsibility", place, cause, what, "Maybe delete the row.")
        elif cause in NO_OWNER_CAUSES:
            what = "comes from how the plan was found: nobody is charged with it"
            draft.report("idle_responsibility", place, cause, what, "Maybe delete the row.")


def _codes_in_use(draft: Draft) -> Iterator[str]:
    """Every code that stands where a department may stand."""
    for kind in CASE_SHEETS.values():
        values = draft.table(kind).values
        for column in columns(kind):
            if column.field not in values:
                continue
            if column.refers_to == _DEPARTMENTS:
                yield from (str(value) for value in set(values[column.field]))
            elif column.is_list:
                for value in set(values[column.field]):
                    yield from (part.strip() for part in str(value).split(";"))


def _check_unused_departments(draft: Draft) -> None:
    """Departments are named somewhere."""
    table, used = draft.table(Department), set(_codes_in_use(draft))
    for position, row in draft.rows(Department):
        if row.department not in used:
            draft.report(
                "unused_department",
                (table, position, "department"),
                row.department,
                "is named by no step, warehouse or row of the responsibility list",
                "Maybe a step or a warehouse lacks it; else delete the row.",
            )


def _check_unused_procedures(draft: Draft, steps: dict[str, set[str]]) -> None:
    """Procedures are named by a rule or a drill."""
    used = {str(value) for value in draft.table(ApprovalRule).values.get("procedure", ())}
    drills = CASE_SHEETS.get("Drills")
    if drills is not None:
        for column, values in draft.table(drills).values.items():
            if "procedure" in column:
                used |= {part.strip() for value in values for part in str(value).split(";")}
    table = draft.table(ApprovalStep)
    first: dict[str, int] = {}
    counted: Counter[str] = Counter()
    for position, row in draft.rows(ApprovalStep):
        first.setdefault(row.procedure, position)
        counted[row.procedure] += 1
    for procedure in sorted(set(first) & set(steps) - used, key=first.__getitem__):
        draft.report(
            "unused_procedure",
            (table, first[procedure], "procedure"),
            procedure,
            f"is named by no row of {draft.table(ApprovalRule).name}: its "
            f"{counted[procedure]} steps hold up nothing",
            "Maybe a rule lacks it; else delete its steps.",
        )
