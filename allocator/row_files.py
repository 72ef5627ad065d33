"""Rows of a result as people take them away: CSV lines, a workbook, lines on a map."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from openpyxl import Workbook

from allocator.intake.bulk import BulkRows, with_rows
from allocator.intake.export import csv_text
from allocator.intake.layout import FIRST_ROW, GREEN, write_rows
from allocator.intake.plain import Language, header_text, plain_value, sheet_title
from allocator.schema.row import Column, Row, columns

__all__ = ["csv_head", "csv_lines", "feature_lines", "rows_workbook"]

_LINE: Final = "line"
"""Column that holds both ends of a journey."""


def _cell(value: object, column: Column, lang: Language) -> object:
    """Value of a record as it stands in a cell; parts of a list are parted by semicolons."""
    if isinstance(value, list):
        return "; ".join(_part(part) for part in value) or None
    return plain_value(value, column, lang)


def _part(part: Any) -> str:
    """One part of a list in a few words: cargo, sign-offs, a rest, a place, a code."""
    if isinstance(part, list):
        return " ".join(f"{degrees:.10g}" for degrees in part)
    if not isinstance(part, Mapping):
        return str(part)
    if "load_units" in part:
        lot = f" [{part['lot']}]" if part["lot"] else ""
        return f"{part['item']}{lot} {part['load_units']:g}"
    if "release_step" in part:
        return f"{part['procedure']} {part['release_step']} {part['release_hours']:.2f} h"
    return f"{part['begin_hours']:.2f}-{part['end_hours']:.2f} h"


def _plain(kind: type[Row], records: Iterable[str], lang: Language) -> Iterator[list[object]]:
    shown = columns(kind)
    for text in records:
        record: dict[str, Any] = json.loads(text)
        yield [_cell(record.get(column.field), column, lang) for column in shown]


def csv_head(kind: type[Row], lang: Language) -> str:
    """Header of a CSV file, behind the mark by which spreadsheets know UTF-8."""
    head: list[object] = [header_text(column, lang) for column in columns(kind)]
    return "\ufeff" + csv_text([head])


def csv_lines(kind: type[Row], records: Iterable[str], lang: Language) -> str:
    """Lines of a CSV file; no text is taken for a formula.

    Parameters
    ----------
    kind
        Row class of the records.
    records
        JSON texts.
    lang
        Language of choices.
    """
    return csv_text(_plain(kind, records, lang))


def rows_workbook(kind: type[Row], records: Sequence[str], lang: Language) -> bytes:
    """Return a workbook of one sheet: header, units, rows; text stays text.

    Parameters
    ----------
    kind
        Row class of the records.
    records
        JSON texts.
    lang
        Language of sheet, headers and choices.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(sheet_title(kind, lang))
    write_rows(sheet, kind, (), lang=lang, fill=GREEN)
    rows = BulkRows(sheet, _plain(kind, records, lang), FIRST_ROW)
    held = io.BytesIO()
    book.save(held)
    return with_rows(held.getvalue(), {"xl/worksheets/sheet1.xml": rows})


def feature_lines(records: Iterable[str]) -> Iterator[str]:
    """Yield trips as GeoJSON features (RFC 7946): a line from end to end, null without places.

    Parameters
    ----------
    records
        JSON texts of ``TripRecord`` or ``LegRecord``.
    """
    for text in records:
        record: dict[str, Any] = json.loads(text)
        line = record.pop(_LINE, None)
        geometry = None if line is None else {"type": "LineString", "coordinates": line}
        feature = {
            "type": "Feature",
            "id": record["trip"],
            "geometry": geometry,
            "properties": record,
        }
        yield json.dumps(feature, ensure_ascii=False, separators=(",", ":"))
