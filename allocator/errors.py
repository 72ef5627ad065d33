"""Every error the product raises, in one tree.

::

    AllocatorError
    ├── DataError         the input has faults; carries all of them as issues
    ├── InfeasibleError   no plan can keep all rules; carries the rules in conflict
    ├── SolveError        the solver failed, or its answer did not pass a check
    ├── NoPlanError       a limit was reached before there was any plan
    ├── ReplayError       a plan did not survive the replay; carries the violations
    ├── NotFoundError     a name (case, scenario, file) that does not exist
    └── ConflictError     two things that cannot both hold (file exists, option clash)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

__all__ = [
    "AllocatorError",
    "Change",
    "ConflictError",
    "DataError",
    "InfeasibleError",
    "Issue",
    "NoPlanError",
    "NotFoundError",
    "Repair",
    "ReplayError",
    "Severity",
    "SolveError",
    "Violation",
]

Severity = Literal["error", "warning"]


@dataclass(frozen=True, order=True)
class Issue:
    """One thing that is wrong with the input, where it is, and how to mend it.

    Parameters
    ----------
    code
        Stable machine word, such as ``unknown_code``.
    severity
        ``error`` stops the run, ``warning`` does not.
    sheet, cell
        Place in the workbook (``Demand``, ``C14``); cell is empty for a whole sheet.
    field
        Column name in the vocabulary of the schema.
    value
        The offending value as text.
    message
        What breaks which rule.
    hint
        How to repair it.
    """

    code: str
    severity: Severity
    sheet: str
    cell: str
    field: str
    value: str
    message: str
    hint: str

    def sentence(self) -> str:
        """Return the issue as one line.

        For instance ``Demand!C14: demand_units (-3) must be >= 0. Maybe the sign is wrong.``
        """
        # A row of a JSON document stands behind its sheet as an index does, a cell as in Excel.
        mark = "" if self.cell.startswith("[") else "!"
        place = f"{self.sheet}{mark}{self.cell}" if self.cell else self.sheet
        return f"{place}: {self.message} {self.hint}".strip()

    def as_dict(self) -> dict[str, str]:
        """Return the issue with the keys of the JSON contract."""
        return {
            "code": self.code,
            "severity": self.severity,
            "sheet": self.sheet,
            "cell": self.cell,
            "field": self.field,
            "value": self.value,
            "message": self.message,
            "hint": self.hint,
        }


@dataclass(frozen=True)
class Violation:
    """One rule that a plan breaks, found by the replay.

    Parameters
    ----------
    rule
        Subject then rule, such as ``warehouse_volume``.
    where
        The codes concerned, such as ``scenario S01, warehouse W07``.
    amount
        By how much, in the unit named in the message.
    message
        A sentence with names and values.
    """

    rule: str
    where: str
    amount: float
    message: str

    def as_dict(self) -> dict[str, Any]:
        """Return the violation with the keys of the JSON contract."""
        return {
            "rule": self.rule,
            "where": self.where,
            "amount": self.amount,
            "message": self.message,
        }


@dataclass(frozen=True)
class Change:
    """One change of the case, as a line of the ``Cases`` sheet would make it.

    Parameters
    ----------
    table, row_key, field
        Sheet, key of the row (parts joined by ``|``) and column.
    old_value, new_value
        As text.
    message
        The change in a sentence, with units.
    """

    table: str
    row_key: str
    field: str
    old_value: str
    new_value: str
    message: str

    def as_dict(self) -> dict[str, str]:
        """Return the change with the keys of the JSON contract."""
        return {
            "table": self.table,
            "row_key": self.row_key,
            "field": self.field,
            "operation": "set",
            "old_value": self.old_value,
            "new_value": self.new_value,
            "message": self.message,
        }


@dataclass(frozen=True)
class Repair:
    """Changes of the case that together make a plan possible.

    Parameters
    ----------
    kind
        What is changed before anything else, such as ``budgets``.
    gap
        Share by which a smaller change of this kind may exist; 0 if it is proven the smallest.
    changes
        The changes, all of them needed.
    limits
        What can be promised to single districts under the repair, in sentences.
    """

    kind: str
    gap: float
    changes: tuple[Change, ...]
    limits: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the repair with the keys of the JSON contract."""
        return {
            "kind": self.kind,
            "is_smallest": self.gap == 0.0,
            "gap": self.gap,
            "changes": [change.as_dict() for change in self.changes],
            "limits": list(self.limits),
        }


class AllocatorError(Exception):
    """Root of every error that the product raises on purpose."""


class DataError(AllocatorError):
    """The input has faults; ``issues`` holds all of them, sorted by place."""

    def __init__(self, issues: Sequence[Issue]) -> None:
        self.issues: tuple[Issue, ...] = tuple(issues)
        faults = [issue for issue in self.issues if issue.severity == "error"]
        lines = [issue.sentence() for issue in faults[:20]]
        if len(faults) > len(lines):
            lines.append(f"... and {len(faults) - len(lines)} more")
        super().__init__("\n".join(lines))

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive the way from a child process to its parent."""
        return type(self), (self.issues,)


class InfeasibleError(AllocatorError):
    """No plan can keep all rules.

    ``rules`` names those in conflict, in words; ``repairs`` are ways out, one of them is enough.
    """

    def __init__(
        self, message: str, rules: Sequence[str] = (), repairs: Sequence[Repair] = ()
    ) -> None:
        self.message = message
        self.rules: tuple[str, ...] = tuple(rules)
        self.repairs: tuple[Repair, ...] = tuple(repairs)
        super().__init__(message)

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive the way from a child process to its parent."""
        return type(self), (self.message, self.rules, self.repairs)


class SolveError(AllocatorError):
    """The solver failed, refused an option, or returned what fails a check."""


class NoPlanError(AllocatorError):
    """A limit was reached before there was any plan."""


class ReplayError(AllocatorError):
    """A plan did not survive the replay; ``violations`` says where."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        self.violations: tuple[Violation, ...] = tuple(violations)
        super().__init__("\n".join(violation.message for violation in self.violations[:20]))

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive the way from a child process to its parent."""
        return type(self), (self.violations,)


class NotFoundError(AllocatorError):
    """A case, scenario, file or name that does not exist."""


class ConflictError(AllocatorError):
    """Two things that cannot both hold."""
