"""Which figures of a case are assumptions, so that the result says so as well."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from allocator.case import Case
from allocator.report.words import Language, word
from allocator.schema import CASE_SHEETS, columns
from allocator.schema.procedure import Figure, Source
from allocator.schema.row import Row

__all__ = ["AssumptionLine", "assumed_rows", "assumption_lines"]

UNSURE = ("assumption", "mixed")
MOST_KEYS = 8


@dataclass(frozen=True)
class AssumptionLine:
    """Figures of one sheet that share standing and source.

    Parameters
    ----------
    table
        Sheet of the case.
    field
        Column, or words for all of them.
    rows_count
        How many rows it is about; nothing if a whole column.
    row_key
        Keys of the rows, as many as can be read.
    status, source, note
        Standing, where the figure comes from, how it was arrived at.
    """

    table: str
    field: str
    rows_count: int | None
    row_key: str
    status: str
    source: str
    note: str


def assumed_rows(case: Case) -> dict[str, int]:
    """Rows that are assumptions wholly or in part, by sheet."""
    counts = {}
    for sheet in CASE_SHEETS:
        if sheet == Figure.sheet:
            continue
        count = sum(getattr(row, "status", "") in UNSURE for row in case.tables.get(sheet, ()))
        if count:
            counts[sheet] = count
    return counts


def assumption_lines(case: Case, lang: Language) -> tuple[AssumptionLine, ...]:
    """Return the lines of the Assumptions sheet: groups of rows, then single figures."""
    titles = {row.source_code: row.title for row in case.rows(Source)}
    lines = []
    for sheet in assumed_rows(case):
        groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in case.tables[sheet]:
            status = getattr(row, "status", "")
            if status in UNSURE:
                groups[status, getattr(row, "source", "")].append(row)
        for (status, source), rows in groups.items():
            lines.append(
                AssumptionLine(
                    table=_sheet_name(sheet, lang),
                    field=word("assumption.all_figures", lang),
                    rows_count=len(rows),
                    row_key=_keys(rows),
                    status=word(f"status.{status}", lang),
                    source=_source(source, titles),
                    note="",
                )
            )
    lines += [
        AssumptionLine(
            table=_sheet_name(figure.table, lang),
            field=_field_name(figure.table, figure.field, lang),
            rows_count=1 if figure.row_key else None,
            row_key=figure.row_key or word("assumption.all_rows", lang),
            status=word(f"status.{figure.status}", lang),
            source=_source(figure.source, titles),
            note=figure.note,
        )
        for figure in case.rows(Figure)
        if figure.status in UNSURE
    ]
    return tuple(lines)


def _keys(rows: list[Row]) -> str:
    texts = [
        "|".join(
            str(getattr(row, name)) for name in type(row).key if getattr(row, name) is not None
        )
        for row in rows[:MOST_KEYS]
    ]
    return "; ".join(texts + ["…"] * (len(rows) > MOST_KEYS))


def _source(source: str, titles: dict[str, str]) -> str:
    parts = [part.strip() for part in source.split(";") if part.strip()]
    return "; ".join(f"{part} {titles[part]}" if part in titles else part for part in parts)


def _sheet_name(sheet: str, lang: Language) -> str:
    row = CASE_SHEETS.get(sheet)
    return row.sheet_zh if row is not None and lang == "zh" else sheet


def _field_name(sheet: str, field: str, lang: Language) -> str:
    row = CASE_SHEETS.get(sheet)
    if row is None or lang == "en":
        return field
    return next((column.zh for column in columns(row) if column.field == field), field)
