"""Who answers for what: the responsibility list of a case, by step, warehouse and cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from allocator.case import Case
from allocator.responsibility.causes import (
    CAUSE_TRIGGER,
    NO_OWNER_CAUSES,
    PAPER,
    WAREHOUSE_TRIGGER,
)
from allocator.schema.network import Warehouse
from allocator.schema.procedure import ApprovalStep, Responsibility

__all__ = ["Entry", "ResponsibilityList", "responsibility_list"]


@dataclass(frozen=True)
class Entry:
    """Who initiates, coordinates and answers for one thing.

    Parameters
    ----------
    trigger, subject
        As in the Responsibility sheet; of a warehouse that a row about its level is for, the level.
    kind
        What it is about.
    initiator, coordinator, department
        Departments; None where nobody is named.
    limit_hours
        Time it may take; None where nothing is said. [h]
    """

    trigger: str
    subject: str
    kind: Literal["step", "warehouse", "cause"]
    initiator: str | None
    coordinator: str | None
    department: str | None
    limit_hours: float | None


@dataclass(frozen=True)
class ResponsibilityList:
    """The list of a case.

    Parameters
    ----------
    steps
        By procedure and step, every step of the case.
    warehouses
        By code, every warehouse of the case that is not closed.
    causes
        By cause, those that somebody can be charged with.
    names
        Names of departments by code.
    """

    steps: Mapping[tuple[str, str], Entry]
    warehouses: Mapping[str, Entry]
    causes: Mapping[str, Entry]
    names: Mapping[str, str]

    @cached_property
    def warehouse_groups(self) -> Mapping[tuple[str, str, str], tuple[str, ...]]:
        """Warehouses that one row is about, by trigger, subject and answerable department."""
        found: dict[tuple[str, str, str], list[str]] = {}
        for code, entry in self.warehouses.items():
            key = entry.trigger, entry.subject, entry.department or ""
            found.setdefault(key, []).append(code)
        return {key: tuple(codes) for key, codes in found.items()}

    @cached_property
    def _by_step_name(self) -> Mapping[str, Entry]:
        return {"/".join(key): entry for key, entry in self.steps.items()}

    def step_named(self, subject: str) -> Entry | None:
        """Entry of a step told as ``PROCEDURE/STEP``; None where there is no such step."""
        return self._by_step_name.get(subject)

    def name(self, department: str) -> str:
        """Name of a department; empty where it has none."""
        return self.names.get(department, "")


def responsibility_list(case: Case) -> ResponsibilityList:
    """Resolve the responsibility list of a case.

    A step has the departments of its own columns, and takes what they leave empty from the row of
    the list about it. A warehouse takes its initiator, its coordinator and, where it has no
    ``owner_department``, who answers from the row about it, else from that about its level.

    Parameters
    ----------
    case
        A checked case: no two places name different departments for one role.
    """
    rows = {(row.trigger, row.subject): row for row in case.rows(Responsibility)}
    steps = {
        (step.procedure, step.step): _step_entry(step, rows.get((step.procedure, step.step)))
        for step in case.approval_steps
    }
    warehouses = {
        home.warehouse: _warehouse_entry(
            home,
            rows.get((WAREHOUSE_TRIGGER, home.warehouse)),
            rows.get((WAREHOUSE_TRIGGER, home.level)),
        )
        for home in case.warehouses
        if home.state != "closed"
    }
    causes = {
        row.subject: Entry(
            CAUSE_TRIGGER,
            row.subject,
            "cause",
            row.initiator,
            row.coordinator,
            row.department,
            row.due_hours,
        )
        for row in rows.values()
        if row.trigger == CAUSE_TRIGGER and row.subject not in {PAPER, *NO_OWNER_CAUSES}
    }
    names = {row.department: row.name for row in case.departments}
    return ResponsibilityList(steps, warehouses, causes, names)


def _step_entry(step: ApprovalStep, row: Responsibility | None) -> Entry:
    """Who answers for a step."""
    limit = step.limit_hours
    return Entry(
        trigger=step.procedure,
        subject=step.step,
        kind="step",
        initiator=step.initiator or (row.initiator if row else None),
        coordinator=step.coordinator or (row.coordinator if row else None),
        department=step.department,
        limit_hours=row.due_hours if limit is None and row else limit,
    )


def _warehouse_entry(
    home: Warehouse, own: Responsibility | None, of_level: Responsibility | None
) -> Entry:
    """Who answers for a warehouse."""
    row = own or of_level
    return Entry(
        trigger=WAREHOUSE_TRIGGER,
        subject=home.warehouse if row is None else row.subject,
        kind="warehouse",
        initiator=row.initiator if row else None,
        coordinator=row.coordinator if row else None,
        department=home.owner_department or (row.department if row else None),
        limit_hours=row.due_hours if row else None,
    )
