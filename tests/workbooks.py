"""Workbooks made by hand for the tests of the reader: any cell, any layout, any damage."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from allocator.intake.layout import sheet_cell
from allocator.schema import CASE_SHEETS
from allocator.schema.row import columns
from tests.tiny import Tables

__all__ = ["raw_sheets", "save_workbook", "with_parts"]

Sheets = dict[str, list[list[Any]]]


def raw_sheets(tables: Tables) -> Sheets:
    """Lay tables out as lines of cells: header in line 1, data from line 2."""
    sheets: Sheets = {}
    for name, rows in tables.items():
        kind = CASE_SHEETS[name]
        if kind.vertical:
            sheets[name] = [["setting", "value"], *([k, v] for k, v in rows[0].items())]
            continue
        used = {key for row in rows for key in row}
        fields = [c.field for c in columns(kind) if c.field in used or c.is_required]
        sheets[name] = [fields, *([row.get(field) for field in fields] for row in rows)]
    return sheets


def save_workbook(
    path: Path, sheets: Sheets, dress: Callable[[Workbook], None] | None = None
) -> Path:
    """Write lines of cells as a workbook; ``dress`` may change it before it is saved."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, lines in sheets.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append([sheet_cell(sheet, v) if isinstance(v, float) else v for v in line])
    if dress is not None:
        dress(book)
    book.save(path)
    return path


def with_parts(data: bytes, change: Callable[[str, bytes], bytes | None]) -> bytes:
    """Copy a package, each part changed or (None) left out."""
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            part = change(name, source.read(name))
            if part is not None:
                target.writestr(name, part)
    return buffer.getvalue()
