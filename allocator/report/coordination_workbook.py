"""The workbook of coordination: sentences, native charts, its sheets, one for each department."""

from __future__ import annotations

import re
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from allocator.case import Case
from allocator.intake.plain import sheet_title
from allocator.plan import Plan
from allocator.report.charts import add_charts
from allocator.report.coordination_charts import COORDINATION_MAKERS, coordination_chart_tables
from allocator.report.coordination_words import say
from allocator.report.facts import Facts
from allocator.report.sheet_columns import SheetTable, sheet_table
from allocator.report.sheet_rows import filled_sheets, save_with_sheets
from allocator.report.sheets import dress_summary, lay_out, new_workbook, wrapped_widths
from allocator.report.words import Language, word
from allocator.schema import COORDINATION_SHEETS
from allocator.schema.coordination import Duty
from allocator.schema.results import SummaryLine
from allocator.schema.row import Row
from allocator.tables import TableSet

__all__ = ["MOST_DEPARTMENTS", "write_coordination_workbook"]

MOST_DEPARTMENTS = 60
"""Departments with a sheet of their own; the sheet Duties has all of them."""

_LONGEST_TITLE = 31
"""Letters that a sheet's name may have."""

_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")


def write_coordination_workbook(case: Case, tables: TableSet, path: Path, lang: Language) -> None:
    """Write what is known of coordination as a workbook.

    Parameters
    ----------
    case
        Where names are found.
    tables
        Sheets of coordination, with sentences.
    path
        ``.xlsx`` file to write.
    lang
        Language of sheet names, headers and titles.
    """
    facts = Facts(case, Plan({}))
    workbook = new_workbook()
    figures = [table for table in coordination_chart_tables(tables, lang) if table.rows]
    book = _Book(workbook, lang)
    charts: Worksheet | None = None
    for kind in COORDINATION_SHEETS.values():
        rows = tables.rows(kind)
        if not rows and kind is not SummaryLine:
            continue
        table = sheet_table(kind, rows, facts, lang)
        sheet = book.add(sheet_title(kind, lang), table)
        if kind is SummaryLine:
            book.wrapped[1] = dress_summary(sheet, table, certified=True)
            charts = workbook.create_sheet(word("sheet.charts", lang)) if figures else None
    for department, duties in _by_department(tables.rows(Duty)):
        title = _title(say("of_department", lang, department=department), workbook.sheetnames)
        book.add(title, sheet_table(Duty, duties, facts, lang))
    if charts is not None:
        data = workbook.create_sheet(word("sheet.chart_data", lang))
        add_charts(charts, data, figures, lang, COORDINATION_MAKERS)
    held = BytesIO()
    workbook.save(held)
    save_with_sheets(held.getvalue(), filled_sheets(held.getvalue(), book.rows, book.wrapped), path)


class _Book:
    """Adds sheets to a workbook, and keeps the rows that are filled in at the end."""

    def __init__(self, workbook: Workbook, lang: Language) -> None:
        self._workbook, self._lang = workbook, lang
        self.rows: dict[int, list[list[object]]] = {}
        self.wrapped: dict[int, dict[int, float]] = {}

    def add(self, title: str, table: SheetTable) -> Worksheet:
        """Add a sheet."""
        sheet: Worksheet = self._workbook.create_sheet(title)
        place = len(self._workbook.worksheets)
        lay_out(sheet, table, self._lang)
        self.rows[place], self.wrapped[place] = table.rows, wrapped_widths(sheet, table)
        return sheet


def _by_department(duties: Iterable[Duty]) -> list[tuple[str, list[Row]]]:
    """Duties of each department, those with most duties first where there are too many."""
    found: dict[str, list[Row]] = {}
    for duty in duties:
        found.setdefault(duty.department, []).append(duty)
    if len(found) > MOST_DEPARTMENTS:
        chosen = set(sorted(found, key=lambda code: -len(found[code]))[:MOST_DEPARTMENTS])
        found = {code: rows for code, rows in found.items() if code in chosen}
    return list(found.items())


def _title(wanted: str, taken: Iterable[str]) -> str:
    """A name that a sheet may have and no other has."""
    others = {name.casefold() for name in taken}
    plain = _FORBIDDEN.sub("_", wanted).strip()[:_LONGEST_TITLE] or "_"
    title, number = plain, 1
    while title.casefold() in others:
        number += 1
        ending = f"_{number}"
        title = plain[: _LONGEST_TITLE - len(ending)] + ending
    return title
