"""A case, or any set of tables, out again: workbook, CSV folder, JSON document."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from allocator.case import Case
from allocator.errors import ConflictError
from allocator.intake.bulk import BulkRows, with_rows
from allocator.intake.document import matching_extras, tables_document
from allocator.intake.folder import quoted
from allocator.intake.headers import SETTING_HEADERS, VALUE_HEADERS
from allocator.intake.layout import (
    FIRST_ROW,
    GREEN,
    plain_rows,
    sheet_cell,
    write_rows,
    write_vertical,
)
from allocator.intake.plain import Language, header_text, plain_value, sheet_title
from allocator.intake.template import add_agenda, checked_language
from allocator.intake.validations import add_names, add_validations
from allocator.schema import CASE_SHEETS
from allocator.schema.row import Row, columns
from allocator.tables import TableSet

__all__ = ["csv_text", "write_case", "write_tables"]


def write_case(case: Case, path: str | Path, lang: str = "en") -> None:
    """Write a case so that reading it gives an equal case.

    Parameters
    ----------
    case
        The case.
    path
        ``.xlsx`` makes a workbook, ``.json`` a JSON document, no suffix a folder of CSV files.
    lang
        ``en`` or ``zh``: language of sheets, headers and lists (a JSON document is English).

    Raises
    ------
    ConflictError
        If the suffix is another one, or the folder holds CSV files of another case.
    ValueError
        If the language is another one, or a value cannot be written.
    """
    chosen = checked_language(lang)
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    suffix = "" if target.is_dir() else target.suffix.lower()
    if suffix == ".xlsx":
        _write_workbook(case, target, chosen)
    elif suffix == ".json":
        text = json.dumps(tables_document(case), ensure_ascii=False, indent=1, default=_as_text)
        target.write_text(text + "\n", encoding="utf-8")
    elif not suffix:
        _write_folder(case, target, chosen)
    else:
        raise ConflictError(
            f"cannot write a case as {suffix!r}. Maybe use .xlsx, .json or a folder."
        )


def write_tables(
    book: Any, tables: TableSet, kinds: Mapping[str, type[Row]], lang: str = "en"
) -> None:
    """Add one plain sheet per declared table to a workbook: header, units, rows.

    Text is never taken for a formula and numbers keep all their digits. Empty tables get a
    sheet as well.

    Parameters
    ----------
    book
        openpyxl workbook; the sheets are added behind those it has.
    tables
        A plan or a case.
    kinds
        Row classes by sheet name, for instance ``RESULT_SHEETS``.
    lang
        ``en`` or ``zh``: language of sheets, headers and lists. The reader takes both.

    Raises
    ------
    ValueError
        If a number is not finite, or a text cannot stand in a cell.
    """
    chosen = checked_language(lang)
    for name, kind in kinds.items():
        sheet = book.create_sheet(sheet_title(kind, chosen))
        write_rows(sheet, kind, tables.tables.get(name, ()), lang=chosen, fill=GREEN)


def _write_workbook(case: Case, target: Path, lang: Language) -> None:
    """Write all sheets of a case with help and drop-downs, and the user's own ones."""
    book = Workbook(write_only=True)
    add_agenda(book, lang)
    bulk: dict[str, BulkRows] = {}
    largest = 0
    for name, kind in CASE_SHEETS.items():
        rows = case.tables.get(name, ())
        largest = max(largest, len(rows))
        extras = matching_extras(case, name, len(rows))
        sheet = book.create_sheet(sheet_title(kind, lang))
        if kind.vertical:
            row = rows[0] if rows else kind()
            write_vertical(sheet, kind, row, lang=lang, extras=extras)
            add_validations(sheet, kind, 2, 0, lang)
        else:
            write_rows(sheet, kind, (), lang=lang, extras=extras)
            add_validations(sheet, kind, FIRST_ROW, len(rows), lang)
            lines = plain_rows(kind, rows, extras, lang)
            part = f"xl/worksheets/sheet{len(book.worksheets)}.xml"
            bulk[part] = BulkRows(sheet, lines, FIRST_ROW)
    for name, own in _own_sheets(case):
        sheet = book.create_sheet(name)
        for line in _lines(own):
            sheet.append([sheet_cell(sheet, value) for value in line])
    add_names(book, CASE_SHEETS, FIRST_ROW, largest, lang)
    buffer = io.BytesIO()
    book.save(buffer)
    target.write_bytes(with_rows(buffer.getvalue(), bulk))


def _own_sheets(case: Case) -> Iterable[tuple[str, Mapping[str, tuple[object, ...]]]]:
    """Sheets that only the user knows."""
    return ((name, own) for name, own in case.extras.items() if name not in CASE_SHEETS)


def _lines(own: Mapping[str, tuple[object, ...]]) -> Iterable[list[object]]:
    """Header and rows of a user's own sheet."""
    yield list(own)
    for k in range(max((len(cells) for cells in own.values()), default=0)):
        yield [cells[k] if k < len(cells) else None for cells in own.values()]


def _write_folder(case: Case, folder: Path, lang: Language) -> None:
    """Write one CSV file per sheet that has rows."""
    contents: dict[str, str] = {}
    for name, kind in CASE_SHEETS.items():
        rows = case.tables.get(name, ())
        if rows:
            extras = matching_extras(case, name, len(rows))
            lines = _vertical_lines if kind.vertical else _row_lines
            contents[sheet_title(kind, lang)] = csv_text(lines(kind, rows, extras, lang))
    for name, own in _own_sheets(case):
        contents[name] = csv_text(_lines(own))
    folder.mkdir(exist_ok=True)
    others = [path.name for path in folder.glob("*.csv") if path.stem not in contents]
    if others:
        raise ConflictError(
            f"folder {folder.name!r} holds {', '.join(sorted(others)[:5])}, which would be read as "
            "part of the case. Maybe choose an empty folder."
        )
    for name, text in contents.items():
        (folder / f"{name}.csv").write_bytes(text.encode("utf-8-sig"))


def _row_lines(
    kind: type[Row],
    rows: Iterable[Row],
    extras: Mapping[str, tuple[object, ...]],
    lang: Language,
) -> Iterable[list[object]]:
    yield [*(header_text(column, lang) for column in columns(kind)), *extras]
    yield from plain_rows(kind, rows, extras, lang)


def _vertical_lines(
    kind: type[Row],
    rows: Iterable[Row],
    extras: Mapping[str, tuple[object, ...]],
    lang: Language,
) -> Iterable[list[object]]:
    yield [SETTING_HEADERS[lang], VALUE_HEADERS[lang]]
    for row in rows:
        for column in columns(kind):
            name = header_text(column, lang)
            yield [name, plain_value(getattr(row, column.field), column, lang)]
    for name, values in extras.items():
        yield [name, *values]


def csv_text(lines: Iterable[list[object]]) -> str:
    """CSV text of lines of plain values."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    for line in lines:
        writer.writerow([_csv_cell(value) for value in line])
    return buffer.getvalue()


def _csv_cell(value: object) -> str:
    """Text of a CSV cell: numbers with all digits, text that no program takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"a cell cannot hold the number {value}")
        return repr(value).removesuffix(".0")
    return _as_text(value)


def _as_text(value: object) -> str:
    """Text of a date, time or anything else that a user's own column held."""
    if isinstance(value, (date, datetime, time)):
        return value.isoformat()
    return str(value)
