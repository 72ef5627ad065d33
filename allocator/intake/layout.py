"""How a declared sheet is laid out in a workbook: header, units, help, drop-downs, rows."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from allocator.draft import shown
from allocator.intake.headers import EXAMPLE_MARKS, NOTE_HEADERS, SETTING_HEADERS, VALUE_HEADERS
from allocator.intake.plain import Language, header_text, plain_value
from allocator.schema.help_zh import help_zh
from allocator.schema.row import Column, Row, columns

__all__ = [
    "BLUE",
    "FIRST_ROW",
    "FONT",
    "GREEN",
    "GREY",
    "checked_text",
    "needs_quoting",
    "plain_rows",
    "sheet_cell",
    "write_rows",
    "write_vertical",
]

FIRST_ROW = 3
"""First data row: below the header and the units."""

BLUE, GREY, GREEN = "DDEBF7", "EDEDED", "E2EFDA"
FONT = "Calibri"
_HEADER_FONT = Font(name=FONT, bold=True)
_UNIT_FONT = Font(name=FONT, italic=True, color="808080")
_WRAP = Alignment(wrap_text=True, vertical="top")
_AUTHOR = "allocator"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_LONGEST_TEXT = 32767
_COMMENT_WORDS = {
    "en": ("Unit", "Rule", "One of", "A value of", "Empty means", "For instance", "Required"),
    "zh": ("单位", "规则", "可选", "取自", "留空即", "示例", "必填"),
}


def sheet_cell(sheet: Any, value: object) -> Any:
    """Value or cell to append to a sheet, such that text stays text and numbers stay exact.

    Parameters
    ----------
    sheet
        openpyxl worksheet, also a write-only one.
    value
        None, text, number, truth value, date or time.

    Raises
    ------
    ValueError
        If a number is not finite, or a text cannot stand in a cell.
    """
    if isinstance(value, str):
        return _text_cell(sheet, value)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, float)):
        if not math.isfinite(value):
            raise ValueError(f"a cell cannot hold the number {value}")
        written = f"{value:.16g}"
        if isinstance(value, float) and float(written) == value:
            return value
        if isinstance(value, int) and abs(value) < 10**15:
            return value
        cell: Any = WriteOnlyCell(sheet, value)
        cell._value = repr(value)  # openpyxl writes numbers with 16 digits, which is one short
        return cell
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.isoformat()
    if isinstance(value, date) and value.year < 1901:
        return value.isoformat()
    if isinstance(value, (date, time, timedelta)):
        return value
    return _text_cell(sheet, str(value))


def _text_cell(sheet: Any, text: str) -> Any:
    """Text that is never taken for a formula, an error or an escape."""
    checked = checked_text(text)
    if not needs_quoting(text):
        return checked
    cell = WriteOnlyCell(sheet, checked)
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell


def needs_quoting(text: str) -> bool:
    """Whether a spreadsheet would take a text for a formula or an error."""
    return text.startswith((*_FORMULA_STARTS, "#"))


def checked_text(text: str) -> str:
    """Text as it must be stored, so that it is read as what it is.

    Raises
    ------
    ValueError
        If it cannot stand in a cell.
    """
    if _ILLEGAL.search(text):
        raise ValueError(f"a cell cannot hold the text {text[:40]!r}")
    if len(text) > _LONGEST_TEXT:
        raise ValueError(f"a cell cannot hold {len(text)} characters ({text[:40]!r}...)")
    return _ESCAPED.sub("_x005F_", text) if "_x" in text else text


def _width(text: str) -> int:
    """Width of a text in characters, Chinese ones counted twice."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def help_text(column: Column, lang: Language, kind: type[Row] | None = None) -> str:
    """Comment of a header: meaning, unit, rule, choices, default, example.

    Parameters
    ----------
    column
        Declaration of the column.
    lang
        Language of the comment.
    kind
        Row class of the sheet; with it the meaning is told in Chinese too, where that is known.
    """
    unit, rule, one_of, value_of, empty, example, required = _COMMENT_WORDS[lang]
    about = help_zh(kind.sheet, column.field) if kind and lang == "zh" else ""
    lines = [about or column.help]
    if column.unit:
        lines.append(f"{unit}: {column.unit}")
    if column.bounds:
        lines.append(f"{rule}: {', '.join(column.bounds)}")
    if column.choices:
        words = [str(plain_value(choice, column, lang)) for choice in column.choices]
        lines.append(f"{one_of}: {', '.join(words)}")
    if column.refers_to:
        lines.append(f"{value_of}: {column.refers_to}")
    if column.is_required:
        lines.append(required)
    elif column.default not in (None, ""):
        lines.append(f"{empty}: {shown(plain_value(column.default, column, lang))}")
    if column.example not in (None, ""):
        lines.append(f"{example}: {shown(plain_value(column.example, column, lang))}")
    return "\n".join(lines)


def _header_cell(sheet: Any, kind: type[Row], column: Column, lang: Language, fill: str) -> Any:
    """Header of one column with its colour and its help."""
    cell = WriteOnlyCell(sheet, header_text(column, lang))
    cell.font = _HEADER_FONT
    cell.fill = PatternFill("solid", fgColor=fill)
    cell.alignment = _WRAP
    comment = Comment(help_text(column, lang, kind), _AUTHOR, height=150, width=300)
    cell.comment = comment
    return cell


def _styled(sheet: Any, text: str | None, font: Font) -> Any:
    cell = WriteOnlyCell(sheet, text)
    cell.font = font
    return cell


def write_rows(
    sheet: Any,
    kind: type[Row],
    rows: Iterable[Row],
    *,
    lang: Language = "en",
    extras: Mapping[str, Sequence[object]] | None = None,
    fill: str = "",
    example: bool = False,
) -> None:
    """Write a declared sheet: header, units, data.

    Parameters
    ----------
    sheet
        Empty openpyxl worksheet, also a write-only one.
    kind
        Row class of the sheet.
    rows
        Its rows.
    lang
        Language of headers and choices.
    extras
        The user's own columns, one value per row.
    fill
        Colour of the header; by default blue for required columns and grey for optional ones.
    example
        Whether an example row is written first, marked so that the reader leaves it out.

    Raises
    ------
    ValueError
        If a number is not finite, or a text cannot stand in a cell.
    """
    declared = columns(kind)
    own = dict(extras or {})
    for k, column in enumerate(declared):
        longest = max(_width(header_text(column, lang)), _width(column.unit) + 2, 10)
        dimension = sheet.column_dimensions[get_column_letter(k + 1)]
        dimension.width = min(longest + 2, 30)
        if column.kind == "text":
            dimension.number_format = "@"
    sheet.freeze_panes = f"A{FIRST_ROW}"
    head = [
        _header_cell(sheet, kind, column, lang, fill or (BLUE if column.is_required else GREY))
        for column in declared
    ]
    sheet.append([*head, *(_styled(sheet, name, _HEADER_FONT) for name in own)])
    units = [f"[{column.unit}]" if column.unit else None for column in declared]
    sheet.append([_styled(sheet, unit, _UNIT_FONT) for unit in units])
    if example:
        sheet.append(_example_row(sheet, declared, lang))
    for line in plain_rows(kind, rows, own, lang):
        sheet.append([sheet_cell(sheet, value) for value in line])


def plain_rows(
    kind: type[Row],
    rows: Iterable[Row],
    extras: Mapping[str, Sequence[object]],
    lang: Language,
) -> Iterator[list[object]]:
    """Yield the plain values of each row, the user's own columns behind the declared ones.

    Parameters
    ----------
    kind
        Row class of the sheet.
    rows
        Its rows.
    extras
        The user's own columns, one value per row.
    lang
        Language of choices.
    """
    declared = [(column.field, column) for column in columns(kind)]
    for k, row in enumerate(rows):
        line = [plain_value(getattr(row, name), column, lang) for name, column in declared]
        yield [*line, *(plain_value(values[k], None, lang) for values in extras.values())]


def _example_row(sheet: Any, declared: Sequence[Column], lang: Language) -> list[Any]:
    """The marked example row of a template."""
    cells = []
    for k, column in enumerate(declared):
        value = plain_value(column.example, column, lang)
        if k == 0:
            value = f"{EXAMPLE_MARKS[lang]}{shown(value)}".strip()
        cells.append(_styled(sheet, value if value is None else shown(value), _UNIT_FONT))
    return cells


def write_vertical(
    sheet: Any,
    kind: type[Row],
    row: Row | None,
    *,
    lang: Language = "en",
    extras: Mapping[str, Sequence[object]] | None = None,
) -> None:
    """Write a sheet with one line per field: name, value, unit, meaning.

    Parameters
    ----------
    sheet
        Empty openpyxl worksheet, also a write-only one.
    kind
        Row class of the sheet.
    row
        Its row; None leaves all values empty.
    lang
        Language of names and choices.
    extras
        The user's own lines, one value each.
    """
    for letter, width in zip("ABCD", (26, 30, 12, 90), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    heads = (SETTING_HEADERS[lang], VALUE_HEADERS[lang], *NOTE_HEADERS[lang])
    sheet.append([_styled(sheet, text, _HEADER_FONT) for text in heads])
    for column in columns(kind):
        name = WriteOnlyCell(sheet, header_text(column, lang))
        name.fill = PatternFill("solid", fgColor=GREY)
        value = None if row is None else plain_value(getattr(row, column.field), column, lang)
        about = help_text(column, lang, kind).replace("\n", "  ")
        sheet.append([name, sheet_cell(sheet, value), column.unit or None, about])
    for own, values in (extras or {}).items():
        sheet.append([sheet_cell(sheet, own), *(sheet_cell(sheet, v) for v in values)])
