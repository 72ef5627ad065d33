"""An .xlsx workbook, brought to grids of raw cells."""

from __future__ import annotations

import io
from typing import Any

from python_calamine import CalamineError, load_workbook

from allocator.draft import column_letter
from allocator.errors import Issue
from allocator.intake.grid import Book, Grid
from allocator.intake.limits import LOCAL_LIMITS, Limits
from allocator.intake.package import Package, SheetPart, file_fault, open_package
from allocator.issue_codes import ISSUE_CODES

__all__ = ["read_workbook"]


def read_workbook(data: bytes, name: str, limits: Limits = LOCAL_LIMITS) -> Book:
    """Read all sheets of a workbook as grids.

    Parameters
    ----------
    data
        Content of the file.
    name
        Name of the file, for messages.
    limits
        How large it may be.

    Raises
    ------
    DataError
        If the file is not a workbook, damaged, protected, too big, or hostile.
    """
    package = open_package(data, limits)
    book = Book(name, "workbook")
    reader = _open_reader(package)
    for sheet in package.sheets:
        if sheet.facts is None or sheet.name not in reader.sheet_names:
            book.issues.append(
                _issue(
                    "missing_part",
                    sheet.name,
                    "",
                    "the workbook lists this sheet, but its part is not in the file.",
                    "Maybe open the workbook in a spreadsheet program and save it again.",
                )
            )
            continue
        book.grids.append(_read_grid(reader, sheet))
        if sheet.strays:
            book.issues.append(_stray_issue(sheet))
    return book


def _open_reader(package: Package) -> Any:
    """Hand the checked bytes to the cell reader, whose own panics become faults."""
    return _guarded(lambda: load_workbook(io.BytesIO(package.data)))


def _read_grid(reader: Any, sheet: SheetPart) -> Grid:
    """Read the cells of one sheet, from A1 on."""
    facts = sheet.facts
    if facts is None or not facts.cells:
        return Grid(sheet.name, [], is_hidden=sheet.is_hidden)

    def cells() -> tuple[list[list[object]], list[Any]]:
        found = reader.get_sheet_by_name(sheet.name)
        return found.to_python(skip_empty_area=False), found.merged_cell_ranges or []

    rows, merged = _guarded(cells)
    for (line, column), (_, text) in facts.faulty.items():
        # A row whose only cells are errors must not look empty.
        if line < len(rows) and column < len(rows[line]) and rows[line][column] in ("", None):
            rows[line][column] = text
    return Grid(
        sheet.name,
        rows,
        faulty=facts.faulty,
        merged=merged,
        hidden_rows=facts.hidden_rows,
        hidden_columns=facts.hidden_columns,
        is_hidden=sheet.is_hidden,
    )


def _guarded(call: Any) -> Any:
    """Call into the cell reader; whatever goes wrong there is a fault of the file."""
    try:
        return call()
    except (CalamineError, ValueError, OSError, OverflowError) as error:
        raise _damaged(str(error)) from error
    except BaseException as error:
        # The reader is written in Rust; its panics are no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged("the cells cannot be read") from error


def _damaged(reason: str) -> Exception:
    first = (reason or "no reason given").splitlines()[0][:120]
    return file_fault(
        "damaged",
        f"the file is damaged ({first}).",
        "Maybe open it in a spreadsheet program and save it again.",
    )


def _stray_issue(sheet: SheetPart) -> Issue:
    """Say which cells far outside the table were left out."""
    (line, column), text = sheet.strays[0]
    others = f" and {len(sheet.strays) - 1} more" if len(sheet.strays) > 1 else ""
    return _issue(
        "stray_cells",
        sheet.name,
        f"{column_letter(column)}{line + 1}",
        f"a cell ({text[:40]}){others} far outside the table is not read.",
        "Maybe delete it.",
    )


def _issue(code: str, sheet: str, cell: str, message: str, hint: str) -> Issue:
    return Issue(code, ISSUE_CODES[code].severity, sheet, cell, "", "", message, hint)
