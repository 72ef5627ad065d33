"""The workbook of a comparison: sentences, native charts, a sheet for each kind of difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl.worksheet.worksheet import Worksheet

from allocator.compare import Compared
from allocator.intake.plain import sheet_title
from allocator.report.charts import add_charts
from allocator.report.comparison_charts import COMPARISON_MAKERS, comparison_tables
from allocator.report.comparison_names import Names
from allocator.report.comparison_rows import told_rows
from allocator.report.comparison_words import say
from allocator.report.sheet_columns import SheetColumn, SheetTable, sheet_table
from allocator.report.sheet_rows import (
    FIRST_DATA_ROW,
    Line,
    filled_by_kind,
    filled_sheets,
    line_height,
    save_with_sheets,
)
from allocator.report.sheets import dress_summary, lay_out, new_workbook, wrapped_widths
from allocator.report.words import Language, word
from allocator.schema import COMPARISON_SHEETS
from allocator.schema.comparison import Kpi, PlanCompared
from allocator.schema.results import SummaryLine
from allocator.schema.row import Row
from allocator.tables import TableSet

__all__ = ["MOST_SHEET_ROWS", "write_comparison_workbook"]

MOST_SHEET_ROWS = 20_000
"""Rows that a person may still scroll through; the JSON document has all."""

KPI_FORMATS = ("#,##0.00", "#,##0", "0.00%")
"""Number formats of key figures: of anything, of what is counted or paid, of shares."""

_WHOLE_UNITS = frozenset({"trips", "warehouses", "people", "CNY", "CNY/year", "km"})
_KPI_VALUES = ("base", "other", "difference", "base_bound", "other_bound")


def write_comparison_workbook(
    everyone: Sequence[Compared], tables: TableSet, names: Names, path: Path, lang: Language
) -> None:
    """Write a comparison as a workbook.

    Parameters
    ----------
    everyone
        The base and the others, whose curves are drawn.
    tables
        The comparison with its sentences.
    names
        Names of the codes.
    path
        ``.xlsx`` file to write.
    lang
        Language of sheet names, headers and sentences.
    """
    workbook = new_workbook()
    figures = [table for table in comparison_tables(everyone, tables, names, lang) if table.rows]
    rows: dict[int, list[list[object]]] = {}
    wrapped: dict[int, dict[int, float]] = {}
    kpis: dict[int, SheetTable] = {}
    for kind in COMPARISON_SHEETS.values():
        sheet = workbook.create_sheet(sheet_title(kind, lang))
        place = len(workbook.worksheets)
        table = sheet_table(kind, _shown(kind, tables, lang), names, lang)
        lay_out(sheet, table, lang)
        rows[place], wrapped[place] = table.rows, wrapped_widths(sheet, table)
        if kind is SummaryLine:
            is_replayed = all(row.is_replayed for row in tables.rows(PlanCompared))
            wrapped[place] = dress_summary(sheet, table, is_replayed)
            if figures:
                charts = workbook.create_sheet(word("sheet.charts", lang))
        elif kind is Kpi and table.rows:
            _add_formats(sheet, table.columns)
            kpis[place] = table
            del rows[place]
    if figures:
        data = workbook.create_sheet(word("sheet.chart_data", lang))
        add_charts(charts, data, figures, lang, COMPARISON_MAKERS)
    held = BytesIO()
    workbook.save(held)
    sheets = filled_sheets(held.getvalue(), rows, wrapped)
    lines = {
        place: _kpi_lines(tables.rows(Kpi)[:MOST_SHEET_ROWS], table, wrapped[place])
        for place, table in kpis.items()
    }
    sheets |= filled_by_kind(held.getvalue(), FIRST_DATA_ROW, len(KPI_FORMATS), lines)
    save_with_sheets(held.getvalue(), sheets, path)


def _shown(kind: type[Row], tables: TableSet, lang: Language) -> Sequence[Row]:
    """Rows of a sheet that are written; the Summary says how many are left out of the others."""
    rows = told_rows(kind, tables, MOST_SHEET_ROWS, lang)
    if kind is not SummaryLine:
        return rows
    left_out = [
        SummaryLine(
            topic=say("left_out", lang),
            sentence=say(
                "rows_left_out",
                lang,
                sheet=sheet_title(other, lang),
                shown=MOST_SHEET_ROWS,
                total=len(tables.rows(other)),
            ),
        )
        for other in COMPARISON_SHEETS.values()
        if len(tables.rows(other)) > MOST_SHEET_ROWS
    ]
    return [*rows, *left_out]


def _add_formats(sheet: Worksheet, columns: Iterable[SheetColumn]) -> None:
    """Give the sheet of key figures model rows for each of its number formats."""
    for k, column in enumerate(columns, start=1):
        for quoted in range(2):
            model: Any = sheet.cell(row=FIRST_DATA_ROW + quoted, column=k)
            for number, value_format in enumerate(KPI_FORMATS):
                cell: Any = sheet.cell(row=FIRST_DATA_ROW + 2 * number + quoted, column=k)
                cell._style = copy(model._style)
                if column.field in _KPI_VALUES:
                    cell.number_format = value_format


def _kpi_lines(
    rows: Sequence[Kpi], table: SheetTable, wrapped: Mapping[int, float]
) -> Iterable[Line]:
    """Rows of the sheet of key figures, each in the format of its unit."""
    for row, cells in zip(rows, table.rows, strict=True):
        number = 2 if row.unit == "share" else 1 if row.unit in _WHOLE_UNITS else 0
        height = line_height((cells[k], width) for k, width in wrapped.items())
        yield Line(number, cells, height)
