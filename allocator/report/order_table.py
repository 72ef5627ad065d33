"""What a sheet of orders is made of: columns with their heads, lines of several kinds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from allocator.intake.layout import help_text
from allocator.intake.plain import header_text
from allocator.report.order_words import order_word
from allocator.report.sheet_rows import LINE_POINTS, Line, line_height, text_width
from allocator.report.words import Language
from allocator.schema.row import Column, Row, columns

__all__ = [
    "BLOCK",
    "CODE_ZH",
    "DATA",
    "FIRST",
    "HEAD",
    "KINDS",
    "SIGN",
    "SUM",
    "WIDEST",
    "OrderColumn",
    "OrderSheet",
    "added",
    "declared",
    "head_height",
    "serial",
]

KINDS = ("data", "first", "block", "head", "sum", "sign")
DATA, FIRST, BLOCK, HEAD, SUM, SIGN = range(len(KINDS))
"""Kinds of lines: plain, first of a group, title of a block, inner head, sum, signature."""

FORMATS = {
    "text": "@",
    "clock": "mm-dd hh:mm",
    "hours": "0.00",
    "units": "#,##0",
    "km": "#,##0.0",
    "m3": "#,##0.00",
    "share": "0%",
}
"""Number formats by form of a column."""

_SUFFIXES = ("_hours", "_km", "_kg", "_m3", "_units")
"""Endings that the row of units says instead."""

CODE_ZH = "代码"
"""Ending of a Chinese header that names a code."""

_EXCEL_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001
_NARROWEST, WIDEST = 5.0, 48.0
_SIGN_POINTS = 36.0


@dataclass(frozen=True)
class OrderColumn:
    """One column of a sheet of orders.

    Parameters
    ----------
    header, unit, about
        Words at its head; the last is a comment.
    form
        Key of ``FORMATS``.
    is_page_start
        Whether a new page begins at it, where the sheet is wider than one.
    """

    header: str
    unit: str
    about: str
    form: str
    is_page_start: bool = False


@dataclass
class OrderSheet:
    """One sheet of orders before it is written.

    Parameters
    ----------
    title
        Name of the sheet.
    columns
        Its columns.
    lines
        Its lines, in order.
    breaks
        How many lines stand before each page break.
    tight
        Place of a column, counted from 0, whose values below an hour are coloured.
    """

    title: str
    columns: tuple[OrderColumn, ...]
    lines: list[Line] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    tight: int | None = None

    def add(self, kind: int, *cells: object) -> None:
        """Add a line; clock times are turned into what a spreadsheet counts."""
        shown = tuple(serial(cell) if isinstance(cell, datetime) else cell for cell in cells)
        self.lines.append(Line(kind, shown, _SIGN_POINTS if kind == SIGN else None))

    def end_page(self) -> None:
        """Let what follows begin on a new page."""
        self.breaks.append(len(self.lines))

    def widths(self) -> list[float]:
        """Widths of the columns, from their heads and all their values. [characters]"""
        longest = [0] * len(self.columns)
        for line in self.lines:
            if line.kind in (BLOCK, SIGN, HEAD):
                continue
            bold = 1.1 if line.kind == SUM else 1.0
            for k, value in enumerate(line.cells):
                if value is not None:
                    width = _value_width(value, self.columns[k].form)
                    longest[k] = max(longest[k], ceil(bold * width))
        return [
            min(WIDEST, max(_NARROWEST, _head_width(column), width + _room(column)))
            for column, width in zip(self.columns, longest, strict=True)
        ]

    def fitted(self, widths: Sequence[float]) -> list[Line]:
        """Lines with the heights that their longest texts need."""
        place = {k: width - 1 for k, width in enumerate(widths) if width >= WIDEST}
        if not place:
            return self.lines
        return [self._fitted(line, place) for line in self.lines]

    def _fitted(self, line: Line, place: dict[int, float]) -> Line:
        if line.kind in (BLOCK, SIGN):
            return line
        texts = ((line.cells[k], width) for k, width in place.items() if k < len(line.cells))
        height = line_height(texts)
        return line if height <= LINE_POINTS else line._replace(height=height)


def _room(column: OrderColumn) -> float:
    """Room beside the longest value: an indented text needs more. [characters]"""
    return 2.5 if column.form == "text" else 1.5


def _value_width(value: object, form: str) -> int:
    """Width of a value in its form. [characters]"""
    if not isinstance(value, int | float):
        return text_width(str(value))
    if form == "clock":
        return len(FORMATS["clock"])
    if form == "share":
        return len(f"{value:.0%}") + 1
    digits = {"hours": 2, "km": 1, "m3": 2}.get(form, 0)
    return len(f"{value:,.{digits}f}")


def _head_width(column: OrderColumn) -> float:
    """Width that lets the header break between words, and the unit stand on two lines."""
    words = column.header.split()
    longest = max(map(text_width, words), default=0)
    if len(words) == 1 and not column.header.isascii():
        # Chinese breaks anywhere: two lines are enough.
        longest = ceil(longest / 2)
    unit = max(map(text_width, f"[{column.unit}]".split()), default=0) if column.unit else 0
    if not column.unit.isascii():
        unit = ceil(unit / 2) + 1
    return 1.15 * max(longest, unit) + _room(column) - 0.5


def head_height(texts: Iterable[tuple[str, float]]) -> float:
    """Height of a row of heads that break between words, or anywhere in Chinese. [point]"""
    lines = 1
    for text, width in texts:
        used, count = 0.0, 1
        for word in text.split():
            size = text_width(word)
            if used and used + 1 + size > width:
                used, count = 0.0, count + 1
            used += size + (used > 0)
            if not word.isascii():
                count += ceil(used / width) - 1
                used %= width
        lines = max(lines, count)
    return LINE_POINTS * lines


def serial(moment: datetime) -> float:
    """Day number by which a spreadsheet knows a clock time; the offset is left away."""
    return (moment.replace(tzinfo=None) - _EXCEL_EPOCH).total_seconds() / 86400


def _column_of(kind: type[Row], name: str) -> Column:
    return next(column for column in columns(kind) if column.field == name)


def _form(column: Column) -> str:
    if column.kind in ("text", "yes_no"):
        return "text"
    return {"h": "hours", "km": "km", "m3": "m3"}.get(column.unit, "units")


def declared(
    kind: type[Row],
    name: str,
    lang: Language,
    *,
    unit: str | None = None,
    form: str | None = None,
    is_name: bool = False,
    is_page_start: bool = False,
) -> OrderColumn:
    """Return a column whose head the schema declares.

    Parameters
    ----------
    kind, name
        Row class and field.
    lang
        Language of the head.
    unit
        Key of the words of another unit, such as ``unit.from_order``.
    form
        Another form of the values.
    is_name
        Whether the column holds the name of the code that the field holds.
    is_page_start
        Whether a new page begins at it.
    """
    column = _column_of(kind, name)
    told = header_text(column, lang)
    header = told
    if lang == "en":
        suffix = next((end for end in _SUFFIXES if name.endswith(end)), "")
        header = name.removesuffix(suffix).replace("_", " ")
    if is_name:
        header = f"{header.removesuffix(CODE_ZH)}名称" if lang == "zh" else f"{header} name"
    return OrderColumn(
        header=header,
        unit=column.unit if unit is None else order_word(unit, lang),
        about=f"{told}: {help_text(column, lang, kind)}",
        form="text" if is_name else form or _form(column),
        is_page_start=is_page_start,
    )


def added(key: str, lang: Language, form: str = "units", unit: str = "") -> OrderColumn:
    """Return a column that no sheet of case or plan has.

    Parameters
    ----------
    key
        Key of its words.
    lang
        Language of the head.
    form
        Form of its values.
    unit
        Its unit as printed.
    """
    return OrderColumn(order_word(key, lang), unit, order_word(f"{key}.about", lang), form)
