"""Rows of a sheet as a plain table of a page: heads in words, cells as text."""

from __future__ import annotations

from dataclasses import dataclass

from allocator.report.sheet_columns import SheetColumn
from allocator.report.sheets import number_format
from allocator.report.words import Language

__all__ = ["NAMED", "PageTable", "cell_text", "head_words", "plain_words"]

NAMED = "_name"
"""Ending of a column that names the codes of another."""

_UNIT_ENDINGS = ("_m3", "_units", "_hours", "_weighted", "_cny")
_DECIMALS = {"#,##0": 0, "#,##0.0": 1, "#,##0.00": 2}


@dataclass(frozen=True)
class PageTable:
    """A table as the page shows it.

    Parameters
    ----------
    name, title
        For links, and as its head.
    heads
        Words at the head of each column, and whether it holds numbers.
    rows
        Cells as text.
    note
        How many rows are left out; empty for none.
    """

    name: str
    title: str
    heads: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str, ...], ...]
    note: str


def head_words(column: SheetColumn, lang: Language) -> str:
    """Words at the head of a column, with its unit."""
    words = column.header
    if lang == "en":
        words = plain_words(column.field.removesuffix(NAMED))
    elif column.field.endswith(NAMED):
        words = words.removesuffix("名称")
    return f"{words} [{column.unit}]" if column.unit else words


def plain_words(field: str) -> str:
    """Name of a column in words: its unit is told beside it."""
    for ending in _UNIT_ENDINGS:
        field = field.removesuffix(ending)
    return field.removeprefix("is_").replace("_", " ")


def cell_text(value: object, column: SheetColumn) -> str:
    """A cell as text."""
    if value is None:
        return ""
    if isinstance(value, bool | str) or column.declared is None:
        return str(value)
    if isinstance(value, int | float):
        return f"{value:,.{_DECIMALS.get(number_format(column.declared), 2)}f}"
    return str(value)
