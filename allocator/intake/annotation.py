"""A copy of the user's workbook with every issue at its cell and in a ``Problems`` sheet."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink

from allocator.draft import column_letter
from allocator.errors import DataError, Issue
from allocator.intake.grid import Book, fold
from allocator.intake.layout import FONT, sheet_cell
from allocator.intake.limits import LOCAL_LIMITS, Limits
from allocator.intake.package import open_package
from allocator.intake.reader import open_source, read_book

__all__ = ["annotate"]

PROBLEMS = "Problems"

_FILLS = {
    "error": PatternFill("solid", fgColor="FF7C80"),
    "warning": PatternFill("solid", fgColor="FFE699"),
}
_HEADS = ("severity", "sheet", "cell", "field", "value", "message", "hint", "code")
_WIDTHS = (10, 20, 14, 22, 24, 70, 60, 20)
_ADDRESS = re.compile(r"^[A-Z]{1,3}[0-9]{1,7}$")
_DOCUMENT_ADDRESS = re.compile(r"^\[(\d+)\]\.(.+)$")


def annotate(
    source: str | Path,
    issues: Sequence[Issue],
    path: str | Path,
    limits: Limits = LOCAL_LIMITS,
) -> None:
    """Write a copy with red (faults) and amber (warnings) cells, comments, and a list of all.

    Formulas and formats of a workbook are kept; charts and pictures are not. A CSV folder or JSON
    document becomes a workbook. A file that cannot be opened gives the list alone.

    Parameters
    ----------
    source
        What was checked, as for ``read_case``.
    issues
        What ``check_case`` returned.
    path
        Workbook to write.
    limits
        How large the source may be.

    Raises
    ------
    NotFoundError
        If there is no such source.
    """
    place, _ = open_source(source)
    book, raw = _copy(place, limits)
    by_name = {fold(sheet.title): sheet for sheet in book.worksheets}
    for issue in issues:
        sheet = by_name.get(fold(issue.sheet[:31]))
        if sheet is not None:
            _mark(sheet, _cell_address(issue, raw), issue)
    _add_problems(book, issues, by_name, raw)
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    book.save(target)


def _copy(place: Path, limits: Limits) -> tuple[Any, Book | None]:
    """The workbook to annotate, and the raw cells if it had to be made from another form."""
    try:
        if place.is_file() and place.suffix.lower() != ".json":
            package = open_package(place.read_bytes(), limits)
            return load_workbook(io.BytesIO(package.data)), None
        raw = read_book(place, limits)
    except (DataError, BadZipFile, KeyError, ValueError, TypeError, AttributeError):
        # What openpyxl cannot open although the cells could be read: the list alone still helps.
        book = Workbook()
        book.remove(book.worksheets[0])
        return book, None
    book = Workbook()
    book.remove(book.worksheets[0])
    for grid in raw.grids:
        sheet = book.create_sheet(grid.name[:31])
        line = 1
        for k, row in enumerate(grid.rows):
            wanted = k + 1 if raw.form == "document" else grid.line(k)
            while line < wanted:
                sheet.append([])
                line += 1
            sheet.append([sheet_cell(sheet, value) for value in row])
            line += 1
    return book, raw


def _cell_address(issue: Issue, raw: Book | None) -> str:
    """Address of an issue's cell in the copy; nothing for a whole sheet."""
    if _ADDRESS.match(issue.cell):
        return issue.cell
    match = _DOCUMENT_ADDRESS.match(issue.cell)
    if match and raw is not None:
        grid = next((grid for grid in raw.grids if grid.name == issue.sheet), None)
        if grid is not None and match.group(2) in grid.rows[0]:
            letter = column_letter(grid.rows[0].index(match.group(2)))
            return f"{letter}{int(match.group(1)) + 2}"
    return ""


def _mark(sheet: Any, address: str, issue: Issue) -> None:
    """Colour one cell and add what is wrong to its comment; faults win over warnings."""
    if not address:
        return
    cell = sheet[address]
    if type(cell).__name__ == "MergedCell":
        return
    text = f"{issue.message} {issue.hint}".strip()
    before = cell.comment.text if cell.comment is not None else ""
    if text not in before:
        text = f"{before}\n{text}".strip()
        cell.comment = Comment(text[:2000], "allocator", height=120, width=320)
    if issue.severity == "error" or cell.fill.fgColor.rgb != _FILLS["error"].fgColor.rgb:
        cell.fill = _FILLS[issue.severity]


def _add_problems(
    book: Any, issues: Sequence[Issue], by_name: dict[str, Any], raw: Book | None
) -> None:
    """List all issues on a first sheet with a link to each cell."""
    if PROBLEMS in book.sheetnames:
        book.remove(book[PROBLEMS])
    sheet = book.create_sheet(PROBLEMS, 0)
    sheet.freeze_panes = "A2"
    sheet.append(list(_HEADS))
    for cell in sheet[1]:
        cell.font = Font(name=FONT, bold=True)
    for letter, width in zip("ABCDEFGH", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    for line, issue in enumerate(issues, start=2):
        texts = issue.as_dict()
        sheet.append([sheet_cell(sheet, texts[head] or None) for head in _HEADS])
        sheet.cell(line, 1).fill = _FILLS[issue.severity]
        for cell in sheet[line]:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        found = by_name.get(fold(issue.sheet[:31]))
        if found is not None:
            address = _cell_address(issue, raw) or "A1"
            link = sheet.cell(line, 3)
            target = f"{quote_sheetname(found.title)}!{address}"
            link.hyperlink = Hyperlink(ref=link.coordinate, location=target)
            link.font = Font(name=FONT, underline="single", color="0563C1")
    if not issues:
        sheet.append([None] * 5 + ["No problems were found."])
    sheet.auto_filter.ref = f"A1:H{max(2, len(issues) + 1)}"
    book.active = 0
