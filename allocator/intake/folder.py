"""A folder of CSV files, one per sheet, brought to grids of raw cells."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from allocator.errors import Issue
from allocator.intake.grid import Book, Grid
from allocator.intake.limits import LOCAL_LIMITS, Limits
from allocator.intake.package import file_fault
from allocator.issue_codes import ISSUE_CODES

__all__ = ["read_folder"]

_SEPARATORS = ",;\t"
_LONGEST_CELL = 1_000_000
_TRIGGERS = ("=", "+", "-", "@", "\t", "\r")


def read_folder(folder: Path, limits: Limits = LOCAL_LIMITS) -> Book:
    """Read all CSV files of a folder as grids; other files are left alone.

    Parameters
    ----------
    folder
        Folder with files such as ``Districts.csv``.
    limits
        How large all files together may be.

    Raises
    ------
    DataError
        If there is no CSV file, or all together are too big.
    """
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".csv")
    if not files:
        raise file_fault(
            "empty_folder",
            "the folder holds no .csv file.",
            "Maybe another folder is meant; each sheet is one file, such as Districts.csv.",
        )
    size = sum(path.stat().st_size for path in files)
    if size > limits.unpacked_bytes:
        raise file_fault(
            "too_big",
            f"the files have {size / 1e6:.0f} MB, more than {limits.unpacked_bytes / 1e6:.0f} MB.",
            "Maybe leave out scenarios that are not needed.",
        )
    book = Book(folder.name, "folder")
    for path in files:
        _add_file(book, path)
    return book


def _add_file(book: Book, path: Path) -> None:
    """Read one file into the book, or say why it cannot be read."""
    data = path.read_bytes()
    text, encoding = _decoded(data)
    if text is None:
        book.issues.append(
            _issue(
                "unreadable_text",
                path.stem,
                "the file is neither UTF-8 nor GB18030 text.",
                "Maybe save it as 'CSV UTF-8' from the spreadsheet program.",
            )
        )
        return
    if encoding != "utf-8":
        book.issues.append(
            _issue(
                "other_encoding",
                path.stem,
                "the file is not UTF-8; it was read as GB18030.",
                "Maybe save it as 'CSV UTF-8', so that no character can be mistaken.",
            )
        )
    try:
        rows, lines = _parsed(text)
    except csv.Error as error:
        book.issues.append(
            _issue(
                "unreadable_text",
                path.stem,
                f"the file is not CSV ({error}).",
                "Maybe a quotation mark is not closed.",
            )
        )
        return
    book.grids.append(Grid(path.stem, rows, lines=lines))


def _decoded(data: bytes) -> tuple[str | None, str]:
    """Text of a file and its encoding; None if it is no text we know."""
    if b"\x00" in data:
        return None, ""
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding).removeprefix("\ufeff"), encoding
        except UnicodeDecodeError:
            continue
    return None, ""


def _parsed(text: str) -> tuple[list[list[object]], list[int]]:
    """Cells of a CSV text, and the line of each row where quoted cells span lines."""
    first = text.split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first.count)
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: list[list[object]] = list(reader)  # type: ignore[arg-type]
    lines: list[int] = []
    if reader.line_num != len(rows):
        again = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        before = 0
        for _ in again:
            lines.append(before + 1)
            before = again.line_num
    if "'" in text:
        rows = [[_unquoted(cell) for cell in row] for row in rows]
    return rows, lines


def _unquoted(cell: object) -> object:
    """Take off the apostrophe that keeps a text from being taken for a formula."""
    if isinstance(cell, str) and cell.startswith("'"):
        bare = cell.lstrip("'")
        if bare.startswith(_TRIGGERS):
            return cell[1:]
    return cell


def quoted(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would take for a formula."""
    return "'" + text if text.lstrip("'").startswith(_TRIGGERS) else text


def _issue(code: str, sheet: str, message: str, hint: str) -> Issue:
    return Issue(code, ISSUE_CODES[code].severity, sheet, "", "", "", message, hint)
