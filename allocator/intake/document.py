"""The JSON form of a case: ``{sheet: [row, ...]}`` with English names."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Final, NoReturn

from allocator.intake.grid import EMPTY, Book, Grid
from allocator.intake.limits import LOCAL_LIMITS, Limits
from allocator.intake.package import file_fault
from allocator.tables import TableSet

__all__ = ["read_document", "tables_document"]

MOST_COLUMNS: Final = 16_384
"""Of one sheet, as in a workbook."""


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
        raise _unreadable(
            "the document is not an object with a member for each sheet, "
            'such as {"Settings": [{...}], "Changes": [{...}, {...}]}'
        )
    if len(content) > limits.parts:
        raise _too_big(f"{len(content)} sheets", f"{limits.parts}")
    book = Book(name, "document")
    cells = 0
    for sheet, rows in content.items():
        listed = [rows] if isinstance(rows, dict) else rows
        if not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
            raise _unreadable(f"member {sheet[:60]!r} is not a list of rows")
        header = _header(listed)
        if len(header) > MOST_COLUMNS:
            raise _too_big(f"{len(header)} columns in {sheet[:60]!r}", f"{MOST_COLUMNS}")
        # Each row has a cell in each column that any row names: few names a row can be very many.
        cells += len(header) * len(listed)
        if cells > limits.grid_cells:
            raise _too_big(f"{cells} cells", f"{limits.grid_cells}")
        book.grids.append(_grid(sheet, header, listed))
    return book


def _too_big(what: str, most: str) -> Exception:
    return file_fault(
        "too_big", f"the file has {what}, more than {most}.", "Maybe leave out what is not needed."
    )


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _refuse_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Object of some members, none of which may come twice: one would be lost in silence."""
    members = dict(pairs)
    if len(members) < len(pairs):
        counts = Counter(name for name, _ in pairs)
        twice = next(name for name, count in counts.items() if count > 1)
        raise ValueError(f"member {twice[:60]!r} comes twice")
    return members


def _unreadable(what: str) -> Exception:
    return file_fault(
        "unreadable_text", f"{what}.", "Maybe compare with an exported case in JSON form."
    )


def _header(rows: list[dict[str, Any]]) -> list[str]:
    """All fields of some rows, in the order in which they first come."""
    return list(dict.fromkeys(key for row in rows for key in row))


def _grid(sheet: str, header: list[str], rows: list[dict[str, Any]]) -> Grid:
    """Lay rows out under a header; the lines count the rows from 0."""
    cells: list[list[object]] = [list[object](header)]
    for row in rows:
        given = [row.get(key) for key in header]
        cells.append([EMPTY if value is None else value for value in given])
    return Grid(sheet, cells, lines=range(-1, len(rows)), members=header)


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
