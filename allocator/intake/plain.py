"""Names and values in the reader's language, as they stand in cells."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from allocator.schema.row import Column, Row
from allocator.schema.words import CHOICES_ZH, YES_NO

__all__ = ["LANGUAGES", "Language", "header_text", "plain_value", "sheet_title"]

Language = Literal["en", "zh"]

LANGUAGES: tuple[Language, ...] = ("en", "zh")


def sheet_title(kind: type[Row], lang: Language) -> str:
    """Name of a sheet's tab."""
    return kind.sheet_zh if lang == "zh" else kind.sheet


def header_text(column: Column, lang: Language) -> str:
    """Header of a column."""
    return column.zh if lang == "zh" else column.field


def plain_value(value: object, column: Column | None, lang: Language) -> object:
    """Value of a row as a person reads it in a cell; None for an empty cell.

    Parameters
    ----------
    value
        Value of the row.
    column
        Its declaration; None for a user's own column, which is written as it was read.
    lang
        Language of choices and of yes and no.
    """
    if value is None or value == "":
        return None
    if column is None:
        return value
    if isinstance(value, bool):
        return YES_NO[lang][value]
    if isinstance(value, datetime):
        return value.isoformat()
    if column.choices and lang == "zh":
        return CHOICES_ZH.get(str(value), value)
    return value
