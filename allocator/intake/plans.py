"""Result workbooks back in: the same reader, other sheets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from allocator.draft import Draft
from allocator.errors import DataError, NotFoundError
from allocator.intake.limits import LOCAL_LIMITS, Limits
from allocator.intake.reader import read_book, read_tables_draft
from allocator.plan import Plan
from allocator.schema import RESULT_SHEETS
from allocator.schema.row import Row
from allocator.tables import TableSet

__all__ = ["draft_tables", "read_plan", "read_tables"]

T = TypeVar("T", bound=TableSet)


def read_tables(
    path: str | Path,
    kinds: Mapping[str, type[Row]],
    into: type[T] = TableSet,  # type: ignore[assignment]
    limits: Limits = LOCAL_LIMITS,
) -> T:
    """Read declared sheets from a workbook, CSV folder or JSON document; others are left alone.

    Parameters
    ----------
    path
        File or folder.
    kinds
        Row classes by sheet name, for instance ``RESULT_SHEETS``.
    into
        Class of the tables returned.
    limits
        How large the source may be.

    Raises
    ------
    DataError
        If any cell, row or key has a fault, or if none of the sheets is there.
    NotFoundError
        If there is no such file.
    """
    draft = draft_tables(path, kinds, limits)
    if draft.has_faults:
        raise DataError(draft.sorted_issues())
    found = ((sheet, draft.tables.get(sheet)) for sheet in kinds)
    return into({sheet: tuple(table.rows) for sheet, table in found if table and table.rows})


def draft_tables(
    path: str | Path, kinds: Mapping[str, type[Row]], limits: Limits = LOCAL_LIMITS
) -> Draft:
    """Read declared sheets with their faults, so that more can be checked in the same pass.

    Parameters
    ----------
    path, kinds, limits
        As for ``read_tables``.

    Raises
    ------
    DataError
        If the file cannot be read at all.
    NotFoundError
        If there is no such file.
    """
    place = Path(path)
    if not place.exists():
        raise NotFoundError(f"{str(path)!r} does not exist. Maybe the path is mistyped.")
    try:
        book = read_book(place, limits)
    except DataError as error:
        raise DataError([replace(issue, sheet=place.name) for issue in error.issues]) from error
    draft = read_tables_draft(book, kinds, keeps_others=False)
    if not draft.tables:
        names = ", ".join(list(kinds)[:4])
        draft.note(
            "missing_sheet",
            place.name,
            "the file has none of the expected sheets.",
            f"Maybe another file is meant; the sheets are {names} ...",
        )
    return draft


def read_plan(path: str | Path, limits: Limits = LOCAL_LIMITS) -> Plan:
    """Read a plan from its result workbook (or CSV folder, or JSON document).

    Parameters
    ----------
    path
        File or folder.
    limits
        How large it may be.

    Raises
    ------
    DataError
        If any cell, row or key has a fault, or if it is no result at all.
    NotFoundError
        If there is no such file.
    """
    return read_tables(path, RESULT_SHEETS, Plan, limits)
