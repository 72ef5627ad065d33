"""The workbook of the orders of a scenario, laid out for A4 paper."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from allocator.report.order_columns import moment
from allocator.report.order_sheets import order_sheets
from allocator.report.order_table import (
    BLOCK,
    DATA,
    FIRST,
    FORMATS,
    HEAD,
    KINDS,
    SIGN,
    SUM,
    WIDEST,
    OrderColumn,
    OrderSheet,
    head_height,
)
from allocator.report.order_words import order_word
from allocator.report.orders import OrderBook
from allocator.report.sheet_rows import filled_by_kind, save_with_sheets
from allocator.report.sheets import (
    AMBER,
    HEADER_FILL,
    HEADER_FONT,
    LINE,
    RULES,
    UNIT_FILL,
    UNIT_FONT,
    font,
    put,
)
from allocator.report.words import Language

__all__ = ["FIRST_LINE", "write_order_workbook"]

FIRST_LINE = 4
"""Below the heading, the headers and the units, which every page repeats."""

CREATED = datetime(2000, 1, 1)  # noqa: DTZ001
"""Written as the file's date, so that equal plans give equal files."""

PAGE_PX = 780
"""Width of a landscape A4 page within its margins, where a third wider font stands in. [pixel]"""

CHARACTER_PX = 7
COLUMN_PX = 5
SMALLEST_SCALE, LARGEST_SCALE = 40, 100
MARGIN_INCHES = 0.4
MOST_BREAKS = 1000
"""Spreadsheets take no more than 1,023 page breaks in a sheet."""

TIGHT_HOURS = 1
"""Slack below this is coloured. [h]"""

_TOP = Border(top=Side(style="thin", color="8A949E"), bottom=LINE.bottom)
_BLOCK_FILL = PatternFill("solid", fgColor="DDEBF7")
_SUM_FILL = PatternFill("solid", fgColor="F2F2F2")


def write_order_workbook(book: OrderBook, path: Path, lang: Language) -> None:
    """Write the orders of one scenario.

    Every warehouse, district and chain of sign-offs begins on a new page of its sheet; trips and
    docks, for those who see to all of them, run on.

    Parameters
    ----------
    book
        Facts of the scenario's trips.
    path
        ``.xlsx`` file to write.
    lang
        Language of sheet names, headers and sentences.
    """
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    workbook.properties.creator = "reserve-allocator"
    workbook.properties.created = CREATED
    lines = {}
    for place, table in enumerate(order_sheets(book, lang), start=1):
        sheet = workbook.create_sheet(table.title)
        widths = table.widths()
        _lay_out(sheet, table, widths, _heading(book, table, lang))
        _set_up_pages(sheet, table, widths)
        _name_pages(sheet, book, table, lang)
        lines[place] = table.fitted(widths)
    held = BytesIO()
    workbook.save(held)
    content = held.getvalue()
    sheets = filled_by_kind(content, FIRST_LINE, len(KINDS), lines)
    save_with_sheets(content, sheets, path)


def _heading(book: OrderBook, table: OrderSheet, lang: Language) -> str:
    name = book.scenario if book.name == book.scenario else f"{book.scenario} {book.name}"
    event = "0 h" if book.event_time is None else f"{book.event_time:%Y-%m-%d %H:%M}"
    return order_word(
        "sheet.heading",
        lang,
        sheet=table.title,
        plan=book.case.settings.plan_name,
        scenario=name,
        event=event,
        order=moment(book, book.order_hours),
        deadline=moment(book, book.deadline_hours),
    )


def _lay_out(sheet: Worksheet, table: OrderSheet, widths: list[float], heading: str) -> None:
    """Make heading, headers, units and two model rows for each kind of line."""
    title = put(sheet, 1, 1, heading)
    title.font = Font(name=HEADER_FONT.name, size=13, bold=True)
    for k, (column, width) in enumerate(zip(table.columns, widths, strict=True), start=1):
        _head(sheet, k, column)
        sheet.column_dimensions[get_column_letter(k)].width = width
        for kind in range(len(KINDS)):
            for is_quoted in (False, True):
                model = sheet.cell(row=FIRST_LINE + 2 * kind + is_quoted, column=k)
                _dress(model, kind, column, k, is_wrapped=width >= WIDEST)
                model.quotePrefix = is_quoted
    sheet.row_dimensions[1].height = 22
    # Bold letters are wider.
    heads = [
        (column.header, width / 1.15) for column, width in zip(table.columns, widths, strict=True)
    ]
    units = [
        (f"[{column.unit}]", width) for column, width in zip(table.columns, widths, strict=True)
    ]
    sheet.row_dimensions[2].height = head_height(heads)
    sheet.row_dimensions[3].height = head_height(units)
    sheet.freeze_panes = f"B{FIRST_LINE}"
    if table.tight is not None and table.lines:
        letter = get_column_letter(table.tight + 1)
        span = f"{letter}{FIRST_LINE}:{letter}{FIRST_LINE + len(table.lines) - 1}"
        rule = RULES.CellIsRule(operator="lessThan", formula=[str(TIGHT_HOURS)], fill=AMBER)
        sheet.conditional_formatting.add(span, rule)


def _head(sheet: Worksheet, place: int, column: OrderColumn) -> None:
    side = _side(column)
    title = put(sheet, 2, place, column.header)
    title.fill, title.font = HEADER_FILL, HEADER_FONT
    indent = _indent(column, place)
    title.alignment = Alignment(horizontal=side, vertical="center", wrap_text=True, indent=indent)
    title.comment = Comment(column.about, "allocator", width=300, height=110)
    unit = put(sheet, 3, place, f"[{column.unit}]" if column.unit else "")
    unit.fill, unit.font = UNIT_FILL, UNIT_FONT
    unit.alignment = Alignment(horizontal=side, vertical="top", wrap_text=True, indent=indent)


def _side(column: OrderColumn) -> str:
    return {"text": "left", "clock": "center"}.get(column.form, "right")


def _indent(column: OrderColumn, place: int) -> int:
    """Room before a text, so that it does not touch the number on its left."""
    return 0 if column.form != "text" or place == 1 else 1


def _dress(cell: Any, kind: int, column: OrderColumn, place: int, *, is_wrapped: bool) -> None:
    """Give a model cell the look of its kind of line."""
    cell.number_format = FORMATS[column.form]
    is_text = kind in (BLOCK, SIGN)
    side = "left" if is_text else _side(column)
    cell.alignment = Alignment(
        horizontal=side,
        vertical="bottom" if kind == SIGN else "center" if is_text else "top",
        wrap_text=not is_text and is_wrapped,
        indent=_indent(column, place) if not is_text else 0,
    )
    cell.font = font(bold=kind in (BLOCK, SUM, HEAD))
    if kind in (DATA, FIRST, SUM):
        cell.border = LINE if kind == DATA else _TOP
    if kind == BLOCK:
        cell.fill = _BLOCK_FILL
    elif kind == HEAD:
        cell.fill = UNIT_FILL
    elif kind == SUM:
        cell.fill = _SUM_FILL
    if is_text and place == 1:
        cell.number_format = "@"


def _set_up_pages(sheet: Worksheet, table: OrderSheet, widths: list[float]) -> None:
    """Set paper, size, repeated rows and page breaks."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = "9"
    margins = sheet.page_margins
    margins.left = margins.right = MARGIN_INCHES
    margins.top = margins.bottom = 2 * MARGIN_INCHES
    margins.header = margins.footer = MARGIN_INCHES
    sheet.print_title_rows = f"1:{FIRST_LINE - 1}"
    starts = [k for k, column in enumerate(table.columns) if column.is_page_start]
    if starts:
        _set_up_scale(sheet, widths, starts)
    else:
        # One page wide and as many tall as need be: page breaks between rows still hold.
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    inner = [count for count in table.breaks if 0 < count < len(table.lines)]
    for count in inner[:MOST_BREAKS]:
        sheet.row_breaks.append(Break(id=FIRST_LINE - 1 + count))


def _set_up_scale(sheet: Worksheet, widths: list[float], starts: list[int]) -> None:
    """Fix the size of a sheet that is wider than a page: what is fitted takes no column breaks."""
    pixels = [CHARACTER_PX * width + COLUMN_PX for width in widths]
    spans = [
        sum(pixels[begin:end]) + (pixels[0] if begin else 0)
        for begin, end in zip([0, *starts], [*starts, len(pixels)], strict=True)
    ]
    scale = int(100 * PAGE_PX / max(spans))
    sheet.page_setup.scale = min(LARGEST_SCALE, max(SMALLEST_SCALE, scale))
    for k in starts:
        sheet.col_breaks.append(Break(id=k))
    sheet.print_title_cols = "A:A"
    sheet.page_setup.pageOrder = "overThenDown"


def _name_pages(sheet: Worksheet, book: OrderBook, table: OrderSheet, lang: Language) -> None:
    """Name plan, sheet and scenario above each page, and number the pages below."""
    head: Any = sheet.oddHeader
    head.left.text = _plain(book.case.settings.plan_name)
    head.center.text = _plain(table.title)
    head.right.text = _plain(book.name)
    foot: Any = sheet.oddFooter
    foot.center.text = order_word("page", lang)


def _plain(text: str) -> str:
    """Text for a header, in which an ampersand begins a code."""
    return text[:80].replace("&", "&&")
