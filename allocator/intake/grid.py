"""What every kind of source is brought to first: named grids of raw cells."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from allocator.draft import Form, column_letter
from allocator.errors import Issue

__all__ = ["EMPTY", "Book", "Grid", "fold", "is_blank"]

EMPTY = ""
"""How an empty cell appears in a grid."""


@dataclass
class Grid:
    """One sheet as it was found.

    Parameters
    ----------
    name
        The sheet's name in the source.
    rows
        Cells from the first line on; ``EMPTY`` where nothing stands. Rows may differ in length.
    lines
        Line of each row in the file; by default 1, 2, 3 ...
    faulty
        Cells that have no usable value, ``{(row, column): (code, what stands there)}``, counted
        from 0.
    merged
        Merged areas, ``((row, column), (row, column))`` of the corners, counted from 0.
    hidden_rows, hidden_columns
        Counted from 0.
    is_hidden
        Whether the whole sheet is hidden.
    members
        Names of the columns in a JSON document, whose cells have no letters; its first row holds
        them.
    """

    name: str
    rows: list[list[object]]
    lines: Sequence[int] = ()
    faulty: Mapping[tuple[int, int], tuple[str, str]] = field(default_factory=dict)
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]] = ()
    hidden_rows: Sequence[int] = ()
    hidden_columns: Sequence[int] = ()
    is_hidden: bool = False
    members: Sequence[str] = ()

    def line(self, row: int) -> int:
        """Line of a row in the file."""
        return self.lines[row] if self.lines else row + 1

    def cell(self, row: int, column: int) -> str:
        """Address of a cell, such as ``C14``, or ``[12].demand_units`` in a JSON document."""
        if self.members:
            named = (k for k in range(1, len(self.rows)) if self.rows[k][column] != EMPTY)
            return f"[{self.line(row or next(named, 1))}].{self.members[column]}"
        return f"{column_letter(column)}{self.line(row)}"


@dataclass
class Book:
    """All grids of a source, and what was noticed while opening it."""

    name: str
    form: Form
    grids: list[Grid] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)


def fold(name: str) -> str:
    """Bring a name to the form in which names are compared: width, case, spaces do not count."""
    wide = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in wide if c not in " \t\r\n_-\u200b\ufeff\xa0")


def is_blank(row: Sequence[object]) -> bool:
    """Whether nothing but space stands in a row."""
    return all(v is None or (isinstance(v, str) and not v.strip()) for v in row)
