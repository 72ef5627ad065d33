"""The JSON form of a case: ``{sheet: [row, ...]}`` with English names."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from allocator.intake.grid import EMPTY, Book, Grid
from allocator.intake.limits import LOCAL_LIMITS, Limits
from allocator.intake.package import file_fault
from allocator.tables import TableSet

__all__ = ["read_document", "tables_document"]


def read_document(data: bytes, name: str, limits: Limits = LOCAL_LIMITS) -> Book:
    """Read a JSON document as grids.

    Parameters
    ----------
    data
        UTF-8 text of one object; each member is a sheet: a list of rows (objects by field), or
        one row.
    name
        Name of the file, for messages.
    limits
        How large it may be.

    Raises
    ------
    DataError
        If the text is too big, no JSON, or not of that form.
    """
    if len(data) > limits.unpacked_bytes:
        raise file_fault(
            "too_big",
            f"the file has {len(data) / 1e6:.0f} MB, "
            f"more than {limits.unpacked_bytes / 1e6:.0f} MB.",
            "Maybe leave out scenarios that are not needed.",
        )
    try:
        content = json.loads(
            data.decode("utf-8-sig"),
            parse_constant=_refuse_constant,
            object_pairs_hook=_refuse_repeats,
        )
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError, ValueError) as error:
        raise _unreadable(f"the file is not JSON ({str(error)[:120]})") from error
    if not isinstance(content, dict):
        raise _unreadable("the document is not an object with a member for each sheet")
    book = Book(name, "document")
    for sheet, rows in content.items():
        listed = [rows] if isinstance(rows, dict) else rows
        if not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
            raise _unreadable(f"member {sheet[:60]!r} is not a list of rows")
        book.grids.append(_grid(sheet, listed))
    return book


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Object of some members, none of which may come twice: one would be lost in silence."""
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"member {twice[:60]!r} comes twice")
    return members


def _unreadable(what: str) -> Exception:
    return file_fault(
        "unreadable_text", f"{what}.", "Maybe compare with an exported case in JSON form."
    )


def _grid(sheet: str, rows: list[dict[str, Any]]) -> Grid:
    """Lay rows out under a header of all their fields; the lines count the rows from 0."""
    header: dict[str, int] = {}
    for row in rows:
        for key in row:
            header.setdefault(key, len(header))
    cells: list[list[object]] = [list(header)]
    for row in rows:
        given = [row.get(key) for key in header]
        cells.append([EMPTY if value is None else value for value in given])
    return Grid(sheet, cells, lines=range(-1, len(rows)))


def tables_document(tables: TableSet) -> dict[str, Any]:
    """Lay tables out as one JSON document; empty cells and empty sheets are left out.

    Parameters
    ----------
    tables
        A case or a plan.
    """
    document: dict[str, Any] = {}
    for sheet, rows in tables.tables.items():
        if not rows:
            continue
        extra = matching_extras(tables, sheet, len(rows))
        lines = []
        for k, row in enumerate(rows):
            line = row.model_dump(mode="json", exclude_none=True)
            line.update({name: cells[k] for name, cells in extra.items() if cells[k] != EMPTY})
            lines.append(line)
        document[sheet] = lines[0] if type(rows[0]).vertical else lines
    for sheet, own in tables.extras.items():
        if sheet not in tables.tables:
            count = max((len(cells) for cells in own.values()), default=0)
            document[sheet] = [
                {name: cells[k] for name, cells in own.items()} for k in range(count)
            ]
    return document


def matching_extras(tables: TableSet, sheet: str, count: int) -> dict[str, tuple[object, ...]]:
    """User's own columns of a declared sheet, where they still belong to its rows.

    Rows may have been exchanged since the case was read; then nothing says which value belongs to
    which row, and the columns are left out.
    """
    return {
        name: cells for name, cells in tables.extras.get(sheet, {}).items() if len(cells) == count
    }
