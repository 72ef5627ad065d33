"""Rows of a comparison in a reader's language; the codes stay in the JSON document."""

from __future__ import annotations

from collections.abc import Sequence

from allocator.report.words import WORDS, Language, word
from allocator.report.worth import unit_words
from allocator.schema import CASE_SHEETS, RESULT_SHEETS
from allocator.schema.comparison import InputChange, Kpi, ShortageChange
from allocator.schema.row import Row, columns
from allocator.tables import TableSet

__all__ = ["told_rows"]

_KINDS = {**RESULT_SHEETS, **CASE_SHEETS}


def told_rows(kind: type[Row], tables: TableSet, most: int, lang: Language) -> Sequence[Row]:
    """Return the first rows of a sheet, in Chinese with Chinese words for what are codes.

    Parameters
    ----------
    kind
        Row class of the sheet.
    tables
        The comparison.
    most
        How many rows.
    lang
        ``en`` or ``zh``.
    """
    rows: tuple[Row, ...] = tables.rows(kind)[:most]
    return rows if lang == "en" else [_in_chinese(row) for row in rows]


def _in_chinese(row: Row) -> Row:
    """A row with its words in Chinese."""
    if isinstance(row, Kpi):
        return row.model_copy(update={"unit": unit_words(row.unit, "zh")})
    if isinstance(row, InputChange):
        return row.model_copy(update=_named_in_chinese(row))
    if isinstance(row, ShortageChange):
        told = {"base_reason": _reason(row.base_reason), "other_reason": _reason(row.other_reason)}
        return row.model_copy(update=told)
    return row


def _named_in_chinese(row: InputChange) -> dict[str, str]:
    """Chinese names of a sheet and its column."""
    kind = _KINDS.get(row.table)
    if kind is None:
        return {}
    headers = {column.field: column.zh for column in columns(kind)}
    return {"table": kind.sheet_zh, "field": headers.get(row.field, row.field)}


def _reason(reason: str) -> str:
    """Chinese word of a shortage's reason."""
    return word(reason, "zh") if reason in WORDS else reason
