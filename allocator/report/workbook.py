"""The result workbook: every result sheet, charts that can be edited, pictures, assumptions."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.drawing.image import Image
from openpyxl.styles import Alignment, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from allocator.case import Case
from allocator.intake.plain import sheet_title
from allocator.plan import Plan
from allocator.ready_child import ReadyChild
from allocator.report.assumptions import assumption_lines
from allocator.report.cell_styles import dressed
from allocator.report.chart_tables import chart_tables
from allocator.report.charts import add_charts
from allocator.report.facts import Facts
from allocator.report.painting import DRAWING
from allocator.report.pictures import (
    PicturesUnavailableError,
    find_browser,
    picture_figures,
    render_figures,
)
from allocator.report.sheet_columns import sheet_table
from allocator.report.sheet_rows import (
    FIRST_DATA_ROW,
    filled_sheets,
    line_height,
    save_with_sheets,
    text_width,
)
from allocator.report.sheets import (
    HEADER_FILL,
    HEADER_FONT,
    UNIT_FILL,
    UNIT_FONT,
    dress_summary,
    font,
    lay_out,
    new_workbook,
    print_wide,
    put,
    wrapped_widths,
)
from allocator.report.summary import is_certified, summarise
from allocator.report.words import Language, as_language, word
from allocator.schema import RESULT_SHEETS
from allocator.schema.results import SummaryLine

__all__ = ["BegunWorkbook", "begun_workbook", "write_workbook"]

PICTURE_SCALE = 1.5
PICTURE_SHOWN_PX = 1040
ROW_PX = 20
COUNTED = 3
WRAPPED = (4, 6, 7)
"""Columns of the Assumptions sheet: the one of numbers, and those broken into lines."""

PAGE_PX = 1450
"""Height of pictures that fits on a page when their width does."""


def write_workbook(
    case: Case,
    plan: Plan,
    path: Path,
    *,
    lang: str = "en",
    pictures: bool = True,
    outlines: Path | None = None,
) -> None:
    """Write the result workbook of a plan.

    The Summary sheet is made anew in the language of the workbook; every other result sheet
    holds the plan's rows unchanged, so the workbook reads back as the same plan.

    Parameters
    ----------
    case, plan
        What to write.
    path
        ``.xlsx`` file to write.
    lang
        Language of sheet names, headers and sentences, ``en`` or ``zh``.
    pictures
        Whether to draw map and trips as pictures where a browser is found; without one, a
        sentence says how to get them.
    outlines
        The user's own GeoJSON for the map instead of the shipped outlines.

    Raises
    ------
    DataError
        If the user's GeoJSON cannot be read.
    """
    with begun_workbook(case, plan, lang=lang, pictures=pictures, outlines=outlines) as begun:
        begun.write(path)


@contextlib.contextmanager
def begun_workbook(
    case: Case, plan: Plan, *, lang: str, pictures: bool, outlines: Path | None = None
) -> Iterator[BegunWorkbook]:
    """Write the rows of a result workbook while a browser, beside this process, draws pictures.

    Parameters
    ----------
    case, plan, lang, pictures, outlines
        As for ``write_workbook``.
    """
    language = as_language(lang)
    facts = Facts(case, plan)
    with ThreadPoolExecutor(max_workers=1) as beside:
        drawing = beside.submit(_drawn, facts, language, outlines) if pictures else None
        yield BegunWorkbook(facts, language, drawing)


class BegunWorkbook:
    """A result workbook whose rows are there, and whose pictures may still be drawn.

    Parameters
    ----------
    facts, lang
        What is written, and in which language.
    drawing
        Pictures to come; None for none.
    """

    def __init__(
        self, facts: Facts, lang: Language, drawing: Future[dict[str, bytes] | None] | None
    ) -> None:
        self._lang, self._drawing = lang, drawing
        self._workbook, self._picture_sheet, rows, wrapped = _laid_out(facts, lang)
        if drawing is None or drawing.done():
            _add_pictures(self._picture_sheet, lang, drawing)
            self._drawing = None
        self._saved = _saved(self._workbook)
        self._sheets = filled_sheets(self._saved, rows, wrapped)

    @property
    def waits_for_pictures(self) -> bool:
        """Whether pictures are still to come."""
        return self._drawing is not None

    def write_rows(self, path: Path) -> None:
        """Write the workbook as it is now; its sheet of pictures may be empty."""
        save_with_sheets(self._saved, self._sheets, path)

    def write(self, path: Path) -> None:
        """Write the workbook once the pictures are drawn.

        Raises
        ------
        DataError
            If the user's GeoJSON cannot be read.
        """
        if self._drawing is not None:
            _add_pictures(self._picture_sheet, self._lang, self._drawing)
            self._drawing, self._saved = None, _saved(self._workbook)
        self.write_rows(path)


def _saved(workbook: Workbook) -> bytes:
    held = BytesIO()
    workbook.save(held)
    return held.getvalue()


def _laid_out(
    facts: Facts, language: Language
) -> tuple[Workbook, Worksheet, dict[int, list[list[object]]], dict[int, dict[int, float]]]:
    """Workbook with model rows, its sheet for pictures, rows and wrapped widths by sheet."""
    shown = facts.plan.replace(SummaryLine, summarise(facts, language))
    workbook = new_workbook()
    rows: dict[int, list[list[object]]] = {}
    wrapped: dict[int, dict[int, float]] = {}
    for kind in RESULT_SHEETS.values():
        sheet = workbook.create_sheet(sheet_title(kind, language))
        found = shown.rows(kind)
        table = sheet_table(kind, found, facts, language)
        lay_out(sheet, table, language)
        place = len(workbook.worksheets)
        rows[place] = table.rows
        wrapped[place] = wrapped_widths(sheet, table)
        if kind is SummaryLine:
            wrapped[place] = dress_summary(sheet, table, is_certified(facts))
        if kind is SummaryLine:
            charts = workbook.create_sheet(word("sheet.charts", language))
            picture_sheet = workbook.create_sheet(word("sheet.pictures", language))
    assumptions = workbook.create_sheet(word("sheet.assumptions", language))
    _write_assumptions(assumptions, facts.case, language)
    chart_data = workbook.create_sheet(word("sheet.chart_data", language))
    add_charts(charts, chart_data, chart_tables(facts, language), language)
    return workbook, picture_sheet, rows, wrapped


def _beside(place: int, **more: Any) -> Alignment:
    """Alignment on the Assumptions sheet: its third column counts rows, the others are text."""
    side = "right" if place == COUNTED else "left"
    return Alignment(horizontal=side, vertical="top", indent=int(place != COUNTED), **more)


def _write_assumptions(sheet: Worksheet, case: Case, lang: Language) -> None:
    keys = ("table", "field", "rows", "row_key", "status", "source", "note")
    widths = [text_width(word(f"assumption.{key}", lang)) + 4 for key in keys]
    for k, key in enumerate(keys, start=1):
        title = put(sheet, 1, k, word(f"assumption.{key}", lang))
        title.fill, title.font = HEADER_FILL, HEADER_FONT
        title.alignment = _beside(k)
        unit = put(sheet, 2, k, word("assumption.rows_unit", lang) if key == "rows" else "")
        unit.fill, unit.font, unit.alignment = UNIT_FILL, UNIT_FONT, _beside(k)
    fill = PatternFill("solid", fgColor="FFF2CC")

    def dress(cell: Any) -> None:
        cell.alignment = _beside(cell.column, wrap_text=cell.column in WRAPPED)
        if cell.column == 5:
            cell.fill = fill

    last = 2
    for last, line in enumerate(assumption_lines(case, lang), start=FIRST_DATA_ROW):
        values = (
            line.table,
            line.field,
            line.rows_count,
            line.row_key,
            line.status,
            line.source,
            line.note,
        )
        for k, value in enumerate(values, start=1):
            cell = put(sheet, last, k, value)
            dressed(cell, ("assumption", k), dress)
            widths[k - 1] = min(48, max(widths[k - 1], text_width(str(value or "")) + 3))
    for k, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(k)].width = width
    for row in range(FIRST_DATA_ROW, last + 1):
        texts = [(sheet.cell(row=row, column=k).value, widths[k - 1] - 2) for k in WRAPPED]
        sheet.row_dimensions[row].height = line_height(texts)
    sheet.freeze_panes = f"A{FIRST_DATA_ROW}"
    sheet.auto_filter.ref = f"A2:{get_column_letter(len(keys))}{max(last, FIRST_DATA_ROW)}"
    sheet.print_title_rows = "1:2"
    print_wide(sheet)


class _Picture(Image):
    """A PNG for a sheet; the size is read from its head, which spares us an image library."""

    def __init__(self, content: bytes, shown_px: int) -> None:
        width = int.from_bytes(content[16:20], "big")
        height = int.from_bytes(content[20:24], "big")
        self.content = content
        self.ref = BytesIO(content)
        self.format = "png"
        self.width = shown_px
        self.height = round(shown_px * height / width)

    def _data(self) -> bytes:
        return self.content


def _drawn(facts: Facts, lang: Language, outlines: Path | None) -> dict[str, bytes] | None:
    """Pictures by name; None where there is no browser to draw them."""
    if find_browser() is None:
        return None
    # The process that draws starts while the figures are made.
    with ReadyChild(DRAWING) as ready:
        figures = picture_figures(facts, lang, outlines)
        return render_figures(figures, scale=PICTURE_SCALE, ready=ready)


def _add_pictures(
    sheet: Worksheet, lang: Language, drawing: Future[dict[str, bytes] | None] | None
) -> None:
    """Put pictures on their sheet once they are drawn, or say why there are none."""
    print_wide(sheet)
    sheet.page_setup.orientation = "portrait"
    sheet.column_dimensions["A"].width = 150
    if drawing is None:
        put(sheet, 1, 1, word("picture.left_out", lang))
        return
    try:
        drawn = drawing.result()
    except PicturesUnavailableError as error:
        text = word("picture.failed", lang, reason=error)
        put(sheet, 1, 1, text).alignment = Alignment(wrap_text=True)
        return
    if drawn is None:
        put(sheet, 1, 1, word("picture.absent", lang)).alignment = Alignment(wrap_text=True)
        return
    row, used_px = 1, 0
    for content in drawn.values():
        picture = _Picture(content, PICTURE_SHOWN_PX)
        if row > 1 and used_px + picture.height > PAGE_PX:
            sheet.row_breaks.append(Break(id=row - 1))
            used_px = 0
        sheet.add_image(picture, f"A{row}")
        rows = round(picture.height / ROW_PX) + 2
        row, used_px = row + rows, used_px + rows * ROW_PX
    sheet.print_area = f"A1:B{row}"
    put(sheet, row, 1, word("outline.note", lang)).font = font(italic=True, color="5B6770")
