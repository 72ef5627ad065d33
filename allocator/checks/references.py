"""Codes must exist in the sheets they refer to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from allocator.draft import Draft, Table
from allocator.schema import CASE_SHEETS
from allocator.schema.network import District
from allocator.schema.procedure import Department
from allocator.schema.row import Column, columns

__all__ = ["check_references", "known_codes", "nearest_code"]

_LOOKED_UP = 200
"""Distinct unknown codes of a column for which the nearest known code is searched."""


_MARKS = re.compile(r"[;；,，、/|+&\n]")
"""What people put between codes."""


def check_references(draft: Draft) -> None:
    """Report every code that the sheet it refers to does not have."""
    for kind in CASE_SHEETS.values():
        table = draft.table(kind)
        for column in columns(kind):
            if column.refers_to and column.field in table.values:
                _check_column(draft, table, column, column.refers_to)
    _check_districts(draft)


def known_codes(draft: Draft, target: str) -> set[object] | None:
    """Values of a key column such as ``Items.item``; None if a missing column hides them.

    Parameters
    ----------
    draft
        The tables as read.
    target
        Sheet and field, joined by a point.
    """
    sheet, field = target.split(".")
    table = draft.table(CASE_SHEETS[sheet])
    if field in table.values:
        return set(table.values[field]) - {None}
    is_reported = table.lines or table.kind.required
    return None if is_reported else set()


def nearest_code(code: object, known: Iterable[object]) -> str:
    """Known code most like an unknown one, or nothing."""
    text = str(code)
    by_folded = {str(one).casefold(): str(one) for one in known}
    found = get_close_matches(text.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else ""


def _check_column(draft: Draft, table: Table, column: Column, target: str) -> None:
    """Check one column against the sheet it refers to."""
    known = known_codes(draft, target)
    if known is None:
        return
    values = table.values[column.field]
    unknown = set(values) - known - {None}
    if not unknown:
        return
    sheet = target.partition(".")[0]
    hints: dict[object, str] = {}
    for position, value in enumerate(values):
        if value not in unknown:
            continue
        if _is_several(value, target):
            _report_several(draft, (table, position, column.field), str(value))
            continue
        is_first = value not in hints
        if is_first:
            hints[value] = _hint(value, known, sheet, len(hints))
        if is_first or known:
            place = (table, position, column.field)
            draft.report("unknown_code", place, value, f"is not in sheet {sheet}", hints[value])


def _is_several(value: object, target: str) -> bool:
    """Whether a cell for one department holds several."""
    is_department = target == f"{Department.sheet}.department"
    return is_department and len(_parted(str(value))) > 1


def _parted(text: str) -> list[str]:
    """Codes of a cell that should hold one."""
    return [part for part in (piece.strip() for piece in _MARKS.split(text)) if part]


def _report_several(draft: Draft, place: tuple[Table, int, str], text: str) -> None:
    """Report a cell that names more than one department for one role."""
    codes = _parted(text)
    draft.report(
        "two_departments",
        place,
        text,
        f"names {len(codes)} departments ({', '.join(codes)}) where exactly one must stand",
        f"Maybe {codes[0]!r} alone; of a step, who else signs goes to cosigners.",
    )


def _hint(code: object, known: set[object], sheet: str, looked_up: int) -> str:
    """What may be meant by an unknown code."""
    if not known:
        return f"Maybe the sheet {sheet} is missing or empty."
    if sheet == District.sheet and str(code).endswith("00"):
        return "Maybe this is a province or prefecture; county-level codes are needed."
    like = nearest_code(code, known) if looked_up < _LOOKED_UP else ""
    return f"Maybe {like!r} is meant." if like else f"Maybe add it to {sheet}."


def _check_districts(draft: Draft) -> None:
    """Report provinces that were entered as districts."""
    table = draft.table(District)
    for position, row in draft.rows(District):
        if row.district.endswith("0000"):
            draft.report(
                "province_code",
                (table, position, "district"),
                row.district,
                "is the code of a province, not of a county-level district",
                "Maybe enter its districts.",
            )
