"""A case in the making: rows with their places in the user's file, and the issues found so far."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from allocator.errors import Issue
from allocator.issue_codes import ISSUE_CODES
from allocator.schema.row import Row

__all__ = ["MAX_ISSUES_PER_COLUMN", "Draft", "Form", "Table", "column_letter", "shown"]

Form = Literal["workbook", "folder", "document"]

R = TypeVar("R", bound=Row)

MAX_ISSUES_PER_COLUMN = 100
"""Issues of one code in one column that are spelled out; the rest is counted."""

_SHOWN_CHARACTERS = 60


def column_letter(position: int) -> str:
    """Name a column as spreadsheets do: 0 is A, 25 is Z, 26 is AA."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def shown(value: object) -> str:
    """Value as it appears in messages: short, on one line, whole numbers without a point."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    text = " ".join(str(value).split()) if value is not None else ""
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 3] + "..."


@dataclass
class Table:
    """One sheet as read: every line's values, the valid rows, and where they stand.

    Parameters
    ----------
    kind
        Row class of the sheet.
    name
        The sheet's name in the user's file.
    form
        What kind of source it comes from; decides how cells are named.
    lines
        Line of each data row in the file, faulty rows included; 0 for what stands in no file.
    letters, labels
        Column letter and header of each field that the sheet has.
    values
        Typed values of each field that the sheet has, one per line; None where the cell is
        empty or faulty.
    rows, positions
        Valid rows, and their position among the lines.
    setting_lines
        Line of each setting, for a vertical sheet.
    extras
        Columns the schema does not know, as read, one value per line.
    """

    kind: type[Row]
    name: str
    form: Form = "workbook"
    lines: Sequence[int] = ()
    letters: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Sequence[object]] = field(default_factory=dict)
    rows: Sequence[Row] = ()
    positions: Sequence[int] = ()
    setting_lines: Mapping[str, int] = field(default_factory=dict)
    extras: Mapping[str, Sequence[object]] = field(default_factory=dict)

    def cell(self, position: int, column: str) -> str:
        """Address of a field in a row: ``C14``, or ``[12].demand_units`` in a JSON document."""
        if self.form == "document":
            return f"[{self.lines[position]}].{column}"
        if self.kind.vertical and self.setting_lines:
            line = self.setting_lines.get(column)
            return "" if line is None else f"{self.letters.get(column, 'B')}{line}"
        if not self.lines or self.lines[position] == 0:
            return ""
        return f"{self.letters.get(column, 'A')}{self.lines[position]}"

    def label(self, column: str) -> str:
        """Header of a field as the user wrote it."""
        return self.labels.get(column, column)


@dataclass
class Draft:
    """Tables by canonical sheet name, extras, and all issues found so far."""

    tables: dict[str, Table] = field(default_factory=dict)
    extras: dict[str, dict[str, tuple[object, ...]]] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)
    sheet_order: list[str] = field(default_factory=list)
    _counts: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def table(self, kind: type[Row]) -> Table:
        """Return the table of a sheet, an empty one where the sheet is absent."""
        found = self.tables.get(kind.sheet)
        return Table(kind, kind.sheet) if found is None else found

    def rows(self, kind: type[R]) -> Iterator[tuple[int, R]]:
        """Yield the valid rows of a sheet with their positions."""
        table = self.table(kind)
        for position, row in zip(table.positions, table.rows, strict=True):
            if isinstance(row, kind):
                yield position, row

    def note(
        self,
        code: str,
        sheet: str,
        message: str,
        hint: str = "",
        *,
        cell: str = "",
        column: str = "",
        value: object = "",
    ) -> None:
        """Add an issue about any place; the severity is the code's."""
        key = (code, sheet, column)
        self._counts[key] += 1
        if self._counts[key] <= MAX_ISSUES_PER_COLUMN:
            severity = ISSUE_CODES[code].severity
            self.issues.append(
                Issue(code, severity, sheet, cell, column, shown(value), message, hint)
            )

    def report(
        self, code: str, place: tuple[Table, int, str], value: object, rule: str, hint: str = ""
    ) -> None:
        """Add an issue about one cell: ``header (value) rule.``

        Parameters
        ----------
        code
            One of ``ISSUE_CODES``.
        place
            Table, position of the row in it, field.
        value, rule, hint
            What stands there, which rule it breaks (continues the sentence), how to repair it.
        """
        table, position, column = place
        text = shown(value)
        label = table.label(column)
        subject = f"{label} ({text})" if text else label
        cell = table.cell(position, column)
        message = f"{subject} {rule}."
        self.note(code, table.name, message, hint, cell=cell, column=column, value=value)

    @property
    def has_faults(self) -> bool:
        """Whether anything found so far stops the run."""
        return any(issue.severity == "error" for issue in self.issues)

    def sorted_issues(self) -> list[Issue]:
        """Return all issues by sheet, line and column, with the counted ones summed up."""
        order = {name: k for k, name in enumerate(self.sheet_order)}
        known = sorted(self.issues, key=lambda issue: (order.get(issue.sheet, -1), _place(issue)))
        for (code, sheet, column), count in self._counts.items():
            rest = count - MAX_ISSUES_PER_COLUMN
            if rest > 0:
                last = max(
                    k
                    for k, issue in enumerate(known)
                    if (issue.code, issue.sheet, issue.field) == (code, sheet, column)
                )
                severity = ISSUE_CODES[code].severity
                message = f"{column or sheet}: {rest} more of this kind ({code}) in the column."
                known.insert(last + 1, Issue(code, severity, sheet, "", column, "", message, ""))
        return known


_ADDRESS = re.compile(r"^([A-Z]+)(\d+)$")
_DOCUMENT_ADDRESS = re.compile(r"^\[(\d+)\]\.?(.*)$")


def _place(issue: Issue) -> tuple[int, int, str]:
    """Order of an issue within its sheet: line, then column."""
    match = _ADDRESS.match(issue.cell)
    if match:
        position = 0
        for letter in match.group(1):
            position = position * 26 + ord(letter) - 64
        return int(match.group(2)), position, issue.code
    match = _DOCUMENT_ADDRESS.match(issue.cell)
    if match:
        return int(match.group(1)), 0, match.group(2)
    return -1, 0, issue.code
