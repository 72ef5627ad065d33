"""What differs between two cases, cell by cell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from allocator.compare.parties import Compared
from allocator.schema import CASE_SHEETS
from allocator.schema.changes import Change
from allocator.schema.comparison import InputChange
from allocator.schema.procedure import Settings
from allocator.schema.results import RunInfo
from allocator.schema.row import Column, Row, columns
from allocator.tables import TableSet

__all__ = ["CASE_TABLES", "input_changes", "table_changes"]

CASE_TABLES = frozenset(CASE_SHEETS)
"""Sheets of the case; changes of other tables are those of options and re-plans."""

RUN_OPTIONS = frozenset(
    {
        "kind",
        "objective",
        "sites",
        "within_hours",
        "clock",
        "scenario",
        "at_hours",
        "gap",
        "reduce_to",
        "seed",
        "threads",
        "time_limit_seconds",
    }
)
"""Lines of Run_Info that say how a plan was made, besides the versions."""

_VERSION = "version "
_TEXT_CHARACTERS = 2000

Key = tuple[object, ...]


def input_changes(base: Compared, other: Compared) -> list[InputChange]:
    """Return what differs in cases, options of the runs and changes told to re-plans.

    Parameters
    ----------
    base, other
        The plans; cases are compared only where both are at hand. The user's own sheets and
        columns are not compared.
    """
    name = other.name
    found: list[InputChange] = []
    if base.case is not None and other.case is not None:
        for kind in CASE_SHEETS.values():
            found += table_changes(name, kind, _rows(base.case, kind), _rows(other.case, kind))
    found += table_changes(name, RunInfo, _options(base), _options(other))
    return found + table_changes(name, Change, base.plan.changes, other.plan.changes)


def _rows(case: TableSet, kind: type[Row]) -> tuple[Row, ...]:
    """Rows of a sheet; settings that are not given are the defaults."""
    rows = case.rows(kind)
    return rows if rows or kind is not Settings else (Settings(),)


def _options(compared: Compared) -> tuple[RunInfo, ...]:
    """Lines of Run_Info about how the plan was made."""
    rows = compared.plan.rows(RunInfo)
    return tuple(row for row in rows if row.name in RUN_OPTIONS or row.name.startswith(_VERSION))


def table_changes(
    plan: str, kind: type[Row], base: Sequence[Row], other: Sequence[Row]
) -> list[InputChange]:
    """Return what differs between the rows of one sheet.

    Rows are paired by their key; of a sheet without key (and not vertical) equal rows are pairs.
    Several rows of one key are paired in their order.

    Parameters
    ----------
    plan
        Name of the plan that is held against the base.
    kind
        The sheet's row class.
    base, other
        Its rows in the two cases.
    """
    if len(base) == len(other) and all(
        ours.__dict__ == theirs.__dict__ for ours, theirs in zip(base, other, strict=True)
    ):
        return []
    table = _Table(plan, kind)
    before, after = table.by_key(base), table.by_key(other)
    found = []
    for key, (ours, number) in _numbered(before):
        theirs = after.get(key, [])
        if number < len(theirs):
            found += table.cells(key, number, ours, theirs[number])
        else:
            found.append(table.whole("removed", key, number, ours))
    for key, (theirs_row, number) in _numbered(after):
        if number >= len(before.get(key, [])):
            found.append(table.whole("added", key, number, theirs_row))
    if [key for key in before if key in after] != [key for key in after if key in before]:
        found.append(table.change("reordered"))
    return found


def _numbered(rows: dict[Key, list[Row]]) -> Iterable[tuple[Key, tuple[Row, int]]]:
    """Every row with its key and its number among those of that key."""
    return ((key, (row, k)) for key, group in rows.items() for k, row in enumerate(group))


class _Table:
    """One sheet: which of its columns are the key, and how its cells are told."""

    def __init__(self, plan: str, kind: type[Row]) -> None:
        self.plan, self.kind = plan, kind
        self.columns = columns(kind)
        is_keyless = not kind.key and not kind.vertical
        self.key = tuple(column.field for column in self.columns) if is_keyless else kind.key

    def by_key(self, rows: Iterable[Row]) -> dict[Key, list[Row]]:
        """Rows by key, in their order."""
        found: defaultdict[Key, list[Row]] = defaultdict(list)
        for row in rows:
            cells = row.__dict__
            found[tuple(cells[field] for field in self.key)].append(row)
        return dict(found)

    def cells(self, key: Key, number: int, base: Row, other: Row) -> list[InputChange]:
        """Cells that differ between two rows of a key."""
        ours, theirs = base.__dict__, other.__dict__
        if ours == theirs:
            return []
        return [
            self.change(
                "changed",
                row_key=self._told_key(key, number),
                field=column.field,
                unit=column.unit,
                base_value=_told(ours[column.field]),
                other_value=_told(theirs[column.field]),
                difference=_difference(ours[column.field], theirs[column.field]),
            )
            for column in self.columns
            if ours[column.field] != theirs[column.field]
        ]

    def whole(self, change: str, key: Key, number: int, row: Row) -> InputChange:
        """A row that only one of the cases has, with its cells that are not empty or default."""
        cells = row.__dict__
        rest = [
            f"{column.field}={_told(cells[column.field])}"
            for column in self.columns
            if column.field not in self.kind.key and _is_given(cells[column.field], column)
        ]
        side = "base_value" if change == "removed" else "other_value"
        told = "; ".join(rest)[:_TEXT_CHARACTERS]
        return self.change(change, row_key=self._told_key(key, number), **{side: told})

    def change(self, change: str, **told: object) -> InputChange:
        """Row of a change."""
        given = {"plan": self.plan, "table": self.kind.sheet, "change": change, **told}
        return InputChange.model_validate(given)

    def _told_key(self, key: Key, number: int) -> str:
        """Key as the sheet Cases writes it; rows of one key after the first have a number."""
        told = "|".join(_told(part) for part in key)
        if self.kind.key == () and not self.kind.vertical:
            told = told.rstrip("|")
        return (told if number == 0 else f"{told} #{number + 1}")[:_TEXT_CHARACTERS]


def _is_given(value: object, column: Column) -> bool:
    """Whether a cell holds anything but nothing, or what nothing stands for."""
    return value not in (None, "") and value != column.default


def _told(value: object) -> str:
    """Value of a cell as text, with all its digits."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)[:_TEXT_CHARACTERS]


def _difference(base: object, other: object) -> float | None:
    """Other less base, where both are numbers."""
    if isinstance(base, bool) or isinstance(other, bool):
        return None
    if isinstance(base, int | float) and isinstance(other, int | float):
        return float(other) - float(base)
    return None
