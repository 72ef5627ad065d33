"""How a result sheet looks: header, units, widths, number formats, colours, printing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import ceil, inf
from typing import Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.formatting import rule as openpyxl_rules
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from allocator.intake.layout import FONT
from allocator.intake.plain import plain_value
from allocator.report.cell_styles import dressed
from allocator.report.sheet_columns import SheetColumn, SheetTable
from allocator.report.sheet_rows import (
    FIRST_DATA_ROW,
    clean_text,
    looks_like_formula,
    text_width,
)
from allocator.report.words import Language
from allocator.schema.row import Column, columns

__all__ = [
    "RULES",
    "dress_summary",
    "font",
    "lay_out",
    "new_workbook",
    "number_format",
    "print_wide",
    "put",
    "wrapped_widths",
]

RULES: Any = openpyxl_rules
"""Conditional formats; openpyxl leaves their makers untyped."""

HEADER_FILL = PatternFill("solid", fgColor="C9DFBE")
FONT_SIZE = 11
HEADER_FONT = Font(name=FONT, size=FONT_SIZE, bold=True)
UNIT_FILL = PatternFill("solid", fgColor="E2EFDA")
UNIT_FONT = Font(name=FONT, size=FONT_SIZE, italic=True, color="5B6770")
LINE = Border(bottom=Side(style="thin", color="D9DEE3"))
RED = PatternFill("solid", bgColor="F4C7C3")
RED_FONT = Font(color="9C0006", bold=True)
AMBER = PatternFill("solid", bgColor="FCE8B2")
GREEN = PatternFill("solid", bgColor="C6E7CF")
BLUE = PatternFill("solid", bgColor="CFE2F3")
GREY = PatternFill("solid", bgColor="E5E7EB")

WIDEST = {
    "approvals": 30,
    "text": 70,
    "case_digest": 18,
    "plan_digest": 18,
    "scenarios": 40,
    "scenarios_only_here": 40,
    "scenarios_only_base": 40,
}
"""Widest a column may get where that is not 60. [characters]"""

NARROWEST = 8
PAGE_CHARS = 250
"""Characters in a line of a landscape page that can still be read."""

SAMPLED_ROWS = 300

THIN_ROW_POINTS = 4.0

CREATED = datetime(2000, 1, 1)  # noqa: DTZ001
"""Written as the file's date, so that equal plans give equal files; Run_Info has the real one."""

SERVED_SHARES = ("served_share", "share_without_loss", "promised_share")
SHARES = (
    *SERVED_SHARES,
    "gap",
    "controllable_gap",
    "difference_share",
    "held_back_difference_share",
    "probability_before",
    "probability_after",
    "share",
    "inoperability_share",
    "shock_share",
    "peak_share",
    "added_need_share",
    "served_without_share",
    "served_with_share",
)
"""Columns shown as percentages."""

CLIPPED = ("approvals", "case_digest", "plan_digest")
"""Columns of long text that is cut off at one line: a neighbour cell or the paper would pay."""

WRAPPED = ("sentence", "reason", "text")
"""Columns whose text is broken into lines; their rows get the height for it."""


def number_format(column: Column) -> str:
    """Return the number format of a column, by its kind, name and unit."""
    if column.kind in ("text", "yes_no"):
        return "@" if column.kind == "text" else "General"
    if column.field in SHARES:
        return "0.0%" if column.field in SERVED_SHARES else "0.00%"
    if column.kind == "integer":
        return "#,##0"
    if column.unit in ("units", "CNY", "CNY/year", "kg"):
        return "#,##0"
    if column.unit in ("m3", "km", "s"):
        return "#,##0.0"
    return "#,##0.00"


def put(sheet: Worksheet, row: int, column: int, value: object) -> Any:
    """Write one cell, text always as text, and return it."""
    cell = sheet.cell(row=row, column=column)
    if isinstance(value, str):
        cell.value = clean_text(value)
        cell.data_type = "s"
        cell.quotePrefix = looks_like_formula(value)
    else:
        cell.value = value  # type: ignore[assignment]
    return cell


def lay_out(sheet: Worksheet, table: SheetTable, lang: Language) -> None:
    """Make everything of a result sheet but its data rows.

    Leaves two model rows for ``filled_sheets``. A sheet without rows is hidden, and so is a column
    without values: what does not apply to this plan is out of the way.

    Parameters
    ----------
    sheet
        Empty sheet.
    table
        Its columns and rows; the rows decide widths and ranges.
    lang
        Language of the choices that are coloured.
    """
    sample = table.rows[:SAMPLED_ROWS]
    shown_width = 0.0
    for k, column in enumerate(table.columns, start=1):
        _head(sheet, k, column)
        place = sheet.column_dimensions[get_column_letter(k)]
        place.width = _width(column, [values[k - 1] for values in sample])
        place.hidden = bool(table.rows) and column.is_blank
        if place.hidden:
            # LibreOffice lets a hidden unit run over into the empty one beside it, unless it wraps.
            unit = sheet.cell(row=2, column=k)
            unit.alignment = unit.alignment + Alignment(wrap_text=True)
        shown_width += 0.0 if place.hidden else place.width
        for row in (FIRST_DATA_ROW, FIRST_DATA_ROW + 1):
            model = sheet.cell(row=row, column=k)
            model.quotePrefix = row > FIRST_DATA_ROW
            _dress_model(model, column, _indent(column, k))
    last_row = max(FIRST_DATA_ROW, FIRST_DATA_ROW + len(table.rows) - 1)
    last = get_column_letter(len(table.columns))
    sheet.freeze_panes = f"B{FIRST_DATA_ROW}"
    # The filter stands on the row of units: on the header, sorting would carry the units along.
    sheet.auto_filter.ref = f"A2:{last}{last_row}"
    sheet.print_title_rows = "1:2"
    print_wide(sheet, pages=ceil(shown_width / PAGE_CHARS))
    if table.rows:
        _colour(sheet, table, last_row, lang)
    else:
        sheet.sheet_state = "hidden"


def _dress_model(model: Any, column: SheetColumn, indent: int) -> None:
    """Show on a model cell how the values of its column look."""
    number_format = _format(column)
    side = "right" if column.is_number else "left"
    is_broken = column.field in (*WRAPPED, *CLIPPED)

    def dress(cell: Any) -> None:
        cell.number_format = number_format
        cell.border = LINE
        cell.alignment = Alignment(
            horizontal=side, vertical="top", wrap_text=is_broken, indent=indent
        )

    dressed(model, ("model", number_format, side, is_broken, indent), dress)


def wrapped_widths(sheet: Worksheet, table: SheetTable) -> dict[int, float]:
    """Widths of the columns that are broken into lines, by place counted from 0. [characters]

    One that is cut off at a line counts as endless.
    """
    return {
        k: inf
        if column.field in CLIPPED
        else float(sheet.column_dimensions[get_column_letter(k + 1)].width) - 1
        for k, column in enumerate(table.columns)
        if column.field in (*WRAPPED, *CLIPPED)
    }


def new_workbook() -> Workbook:
    """Make a workbook without sheets that says who made it, and no date of its own."""
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    workbook.properties.creator = "reserve-allocator"
    workbook.properties.created = CREATED
    return workbook


def dress_summary(sheet: Worksheet, table: SheetTable, certified: bool) -> dict[int, float]:
    """Wide sentences, bold figures, the verdict in its colour; return the widths of the text.

    A summary is read, not filtered, and has no units: their row is made thin.
    """
    widths: dict[int, float] = {}
    for k, (least, most) in enumerate(((20, 46), (16, 38), (110, 110))):
        texts = [str(line[k] or "") for line in table.rows]
        widest = max((text_width(text) for text in texts), default=0)
        # Bold letters are a tenth wider.
        width = float(min(most, max(least, ceil(1.1 * widest) + 2)))
        sheet.column_dimensions[get_column_letter(k + 1)].width = width
        widths[k] = (width - 2) / (1.1 if k < 2 else 1.0)
        for row in (FIRST_DATA_ROW, FIRST_DATA_ROW + 1):
            model = sheet.cell(row=row, column=k + 1)
            model.font = font(bold=k < 2)
            model.alignment = Alignment(
                horizontal="left", vertical="top", wrap_text=True, indent=int(k > 0)
            )
    sheet.auto_filter.ref = None
    sheet.row_dimensions[2].height = THIN_ROW_POINTS
    sheet.sheet_properties.tabColor = "C6E7CF" if certified else "F4C7C3"
    return widths


def print_wide(sheet: Worksheet, pages: int = 1) -> None:
    """Print a sheet landscape, as wide as so many pages; the first column stands on each."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = "9"
    sheet.page_setup.fitToWidth = pages
    sheet.page_setup.fitToHeight = 0
    if pages > 1:
        sheet.print_title_cols = "A:A"
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    footer: Any = sheet.oddFooter
    footer.center.text = "&A  &P / &N"


def font(**look: Any) -> Font:
    """Font of the body with another look; without a name some programs take one with serifs."""
    return Font(name=FONT, size=FONT_SIZE, **look)


def _indent(column: SheetColumn, place: int) -> int:
    """Room before a text, so that it does not touch the number on its left."""
    return 0 if column.is_number or place == 1 else 1


def _format(column: SheetColumn) -> str:
    return "@" if column.declared is None else number_format(column.declared)


def _head(sheet: Worksheet, place: int, column: SheetColumn) -> None:
    side = "right" if column.is_number else "left"
    indent = _indent(column, place)
    title = put(sheet, 1, place, column.header)
    title.comment = Comment(column.about, "allocator", width=300, height=110)
    unit = put(sheet, 2, place, f"[{column.unit}]" if column.unit else "")

    def dress_title(cell: Any) -> None:
        cell.fill, cell.font = HEADER_FILL, HEADER_FONT
        cell.alignment = Alignment(
            horizontal=side, vertical="center", wrap_text=True, indent=indent
        )

    def dress_unit(cell: Any) -> None:
        cell.fill, cell.font = UNIT_FILL, UNIT_FONT
        cell.alignment = Alignment(horizontal=side, indent=indent)

    dressed(title, ("title", side, indent), dress_title)
    dressed(unit, ("unit", side, indent), dress_unit)


def _width(column: SheetColumn, values: Sequence[object]) -> float:
    texts = [f"[{column.unit}]"]
    for value in values:
        if isinstance(value, bool | str):
            texts.append(str(value))
        elif isinstance(value, int | float):
            texts.append("-100.00%" if column.field in SHARES else f"{value:,.2f}")
    # Bold letters are wider, and an indent takes room as well.
    widest = max(ceil(1.15 * text_width(column.header)), *map(text_width, texts))
    return float(min(WIDEST.get(column.field, 60), max(NARROWEST, widest + 4)))


def _colour(sheet: Worksheet, table: SheetTable, last_row: int, lang: Language) -> None:
    """Conditional formats: bars for amounts, scales for shares, red for what is short."""
    kind = table.kind
    letters = {
        column.field: get_column_letter(k) for k, column in enumerate(table.columns, start=1)
    }

    def span(field: str) -> str:
        return f"{letters[field]}{FIRST_DATA_ROW}:{letters[field]}{last_row}"

    rules = sheet.conditional_formatting
    for field, colour in BARS.get(kind.sheet, {}).items():
        rules.add(
            span(field),
            RULES.DataBarRule(
                start_type="num", start_value=0, end_type="max", color=colour, minLength=0
            ),
        )
    for field, (low, middle, high) in SCALES.get(kind.sheet, {}).items():
        rules.add(span(field), _scale(field, low, middle, high))
    for field in SHORT.get(kind.sheet, ()):
        rules.add(
            span(field),
            RULES.CellIsRule(operator="greaterThan", formula=["0"], font=RED_FONT),
        )
    for field, fills in TEXT_FILLS.get(kind.sheet, {}).items():
        column = next(column for column in columns(kind) if column.field == field)
        for value, fill in fills.items():
            text = plain_value(value, column, lang)
            rules.add(
                span(field), RULES.CellIsRule(operator="equal", formula=[f'"{text}"'], fill=fill)
            )
    if kind.sheet == "Dispatch_Trips":
        start, latest = letters["load_start_hours"], letters["latest_load_start_hours"]
        tight = f"${start}{FIRST_DATA_ROW}>${latest}{FIRST_DATA_ROW}-1"
        rules.add(span("load_start_hours"), RULES.FormulaRule(formula=[tight], fill=AMBER))


def _scale(field: str, low: str, middle: str, high: str) -> Any:
    if field in SHARES:
        ends = {"start_type": "num", "start_value": 0, "end_type": "num", "end_value": 1}
        return RULES.ColorScaleRule(
            **ends, mid_type="num", mid_value=0.5,
            start_color=low, mid_color=middle, end_color=high,
        )  # fmt: skip
    return RULES.ColorScaleRule(
        start_type="num", start_value=0, mid_type="percentile", mid_value=50, end_type="max",
        start_color=low, mid_color=middle, end_color=high,
    )  # fmt: skip


BARS = {
    "Open_Warehouses": {"used_m3": "6FA8DC", "one_off_cost_cny": "F6B26B"},
    "Stock_Plan": {"buy_units": "93C47D", "withdraw_units": "E06666"},
    "Dispatch_Trips": {"volume_m3": "9FC5E8"},
    "Arrivals": {"arrive_units": "93C47D"},
    "Allocation": {"ship_units": "9FC5E8"},
    "Purchases": {"purchase_units": "F6B26B"},
    "Shortages": {"unmet_units": "F4A7A3"},
    "Coverage_Result": {"short_units": "F4A7A3"},
    "Loss_Result": {"expected_added_unmet": "F4A7A3", "added_unmet": "F4A7A3"},
}
SCALES = {
    "Stock_Plan": {"stock_units": ("FFFFFF", "D6E6F5", "5B9BD5")},
    "Served_By_Hour": {"served_share": ("F8696B", "FFEB84", "63BE7B")},
    "Loss_Result": {"served_share": ("F8696B", "FFEB84", "63BE7B")},
}
SHORT = {"Coverage_Result": ("short_units",), "Shortages": ("unmet_units",)}
"""Columns whose figures are red where they are not zero."""
TEXT_FILLS: Mapping[str, Mapping[str, Mapping[str | bool, PatternFill]]] = {
    "Open_Warehouses": {
        "decision": {"open": GREEN, "resize": BLUE, "close": RED, "external": GREY}
    },
    "Stages": {
        "status": {"optimal": GREEN, "within_gap": GREEN, "time_limit": AMBER, "stalled": AMBER}
    },
    "Inputs_Changed": {"change": {"added": GREEN, "removed": RED, "changed": AMBER}},
    "KPIs": {"is_distinguishable": {True: GREEN, False: GREY}},
    "Warehouses_Changed": {"change": {"opened": GREEN, "closed": RED, "resized": BLUE}},
    "Trips_Changed": {
        "change": {"added": GREEN, "dropped": RED, "retimed": AMBER, "reloaded": BLUE}
    },
    "Shortages_Changed": {
        "change": {"gained": RED, "larger": RED, "ended": GREEN, "smaller": GREEN}
    },
}
