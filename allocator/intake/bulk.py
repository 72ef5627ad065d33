"""Rows of large sheets straight as XML: ten times faster than cell by cell, and exact.

openpyxl makes the workbook with headers, help and drop-downs; the rows are put into its sheets
afterwards. Numbers are written with all their digits, text can never be taken for a formula.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape

from openpyxl.cell import WriteOnlyCell
from openpyxl.utils.datetime import to_excel

from allocator.draft import column_letter
from allocator.intake.layout import checked_text, needs_quoting

__all__ = ["BulkRows", "with_rows"]

_DAY_ZERO = date(1899, 12, 30)
_FIRST_MOMENT = datetime(1901, 1, 1)  # noqa: DTZ001  spreadsheets have no time zones


class BulkRows:
    """XML of the rows of one sheet.

    Parameters
    ----------
    sheet
        openpyxl worksheet the rows will be put into; its workbook gets the styles they need.
    lines
        Plain values, one sequence per row: None, text, truth values, finite numbers, dates.
    first_row
        Line of the first row.

    Raises
    ------
    ValueError
        If a number is not finite, or a text cannot stand in a cell.
    """

    def __init__(self, sheet: Any, lines: Iterable[Sequence[object]], first_row: int) -> None:
        self._date_style = _style(sheet, _FIRST_MOMENT.date())
        self._moment_style = _style(sheet, _FIRST_MOMENT)
        self._quoted_style = _style(sheet, "", quotePrefix=True)
        self._texts: dict[str, str] = {}
        self.xml = "".join(
            self._row(number, line) for number, line in enumerate(lines, start=first_row)
        ).encode("utf-8")

    def _row(self, number: int, line: Sequence[object]) -> str:
        """One row."""
        cells = [
            f'<c r="{column_letter(place)}{number}"{self._inside(value)}</c>'
            for place, value in enumerate(line)
            if value is not None
        ]
        return f'<row r="{number}">{"".join(cells)}</row>'

    def _inside(self, value: object) -> str:
        """Rest of a cell behind its address."""
        if isinstance(value, str):
            known = self._texts.get(value)
            if known is None:
                known = self._texts[value] = self._text(value)
            return known
        if isinstance(value, bool):
            return f' t="b"><v>{int(value)}</v>'
        if isinstance(value, (int, float)):
            if not math.isfinite(value):
                raise ValueError(f"a cell cannot hold the number {value}")
            return f"><v>{value!r}</v>"
        if isinstance(value, datetime):
            if value.tzinfo is None and value >= _FIRST_MOMENT:
                number = to_excel(value)  # type: ignore[no-untyped-call]
                return f' s="{self._moment_style}"><v>{number!r}</v>'
            return self._text(value.isoformat())
        if isinstance(value, date):
            if value >= _FIRST_MOMENT.date():
                return f' s="{self._date_style}"><v>{(value - _DAY_ZERO).days}</v>'
            return self._text(value.isoformat())
        return self._text(str(value))

    def _text(self, text: str) -> str:
        style = f' s="{self._quoted_style}"' if needs_quoting(text) else ""
        inside = escape(checked_text(text))
        space = ' xml:space="preserve"' if text != text.strip() or "\n" in text else ""
        return f'{style} t="inlineStr"><is><t{space}>{inside}</t></is>'


def _style(sheet: Any, value: Any, **attributes: object) -> int:
    """Number of the style that openpyxl gives to such a value."""
    cell = WriteOnlyCell(sheet, value)
    for name, setting in attributes.items():
        setattr(cell, name, setting)
    return int(cell.style_id)


def with_rows(data: bytes, rows: Mapping[str, BulkRows]) -> bytes:
    """Put rows behind those that the sheets of a saved workbook have already.

    Parameters
    ----------
    data
        Saved workbook.
    rows
        Rows by the path of the sheet's part, such as ``xl/worksheets/sheet2.xml``.
    """
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            part = source.read(entry)
            more = rows.get(entry.filename)
            if more is not None:
                head, end, tail = part.rpartition(b"</sheetData>")
                part = head + more.xml + end + tail
            target.writestr(entry, part, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
