"""The page of a comparison: one file without any script that opens without a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from allocator.compare import Compared
from allocator.intake.plain import sheet_title
from allocator.report.comparison_curves import served_curves
from allocator.report.comparison_drawing import curve_drawings
from allocator.report.comparison_names import Names
from allocator.report.comparison_rows import told_rows
from allocator.report.comparison_words import kpi_word, say, signed, value_words
from allocator.report.page_parts import asset, filled_template
from allocator.report.plain_tables import (
    NAMED,
    PageTable,
    cell_text,
    head_words,
    plain_words,
)
from allocator.report.sheet_columns import SheetTable, sheet_table
from allocator.report.words import Language
from allocator.schema.comparison import (
    InputChange,
    Kpi,
    PlanCompared,
    ShortageChange,
    StockMove,
    TripDifference,
    WarehouseChange,
)
from allocator.schema.results import SummaryLine
from allocator.schema.row import Row, columns
from allocator.tables import TableSet

__all__ = ["MOST_PAGE_ROWS", "write_comparison_page"]

MOST_PAGE_ROWS = 200
"""Rows of a table that the page shows; the workbook has them all."""

BAR_END = 0.5
"""Relative difference whose bar reaches the end of its track."""

_TABLES: tuple[type[Row], ...] = (WarehouseChange, StockMove, TripDifference, ShortageChange)


@dataclass(frozen=True)
class KpiLine:
    """A key figure as the page shows it; the bar is its relative difference from -1 to 1."""

    plan: str
    part: str
    name: str
    base: str
    other: str
    difference: str
    bar: float
    note: str
    sentence: str


def write_comparison_page(
    everyone: Sequence[Compared], tables: TableSet, names: Names, path: Path, lang: Language
) -> None:
    """Write the page of a comparison.

    Parameters
    ----------
    everyone
        The base and the others, whose curves are drawn.
    tables
        The comparison with its sentences.
    names
        Names of the codes.
    path
        HTML file to write.
    lang
        Language of the page.
    """
    plans = tables.rows(PlanCompared)
    is_one = len(plans) == 2
    curves, total = served_curves(everyone)
    text = filled_template(
        "comparison.html.j2",
        lang=lang,
        title=say("title", lang),
        subtitle=tables.rows(SummaryLine)[0].figure,
        is_good=all(row.is_replayed for row in plans),
        summary=tables.rows(SummaryLine),
        inputs=_table(InputChange, tables, names, lang, is_one=is_one),
        no_inputs=_no_inputs(plans, lang),
        kpi_title=say("kpis", lang),
        kpi_heads=_kpi_heads(lang, is_one=is_one),
        kpis=_kpi_lines(tables, names, lang),
        is_one=is_one,
        curves=curve_drawings(curves, [row.plan for row in plans], names, lang),
        curves_title=say("curves", lang),
        curves_note=""
        if len(curves) >= total
        else say("curves_note", lang, shown=len(curves), total=total),
        tables=[_table(kind, tables, names, lang, is_one=is_one) for kind in _TABLES],
        no_rows=say("no_rows", lang),
        plans=_table(PlanCompared, tables, names, lang, is_one=False),
        foot=say("foot", lang),
        style=asset("page.css") + asset("comparison.css"),
    )
    path.write_text(text, encoding="utf-8")


def _no_inputs(plans: Sequence[PlanCompared], lang: Language) -> str:
    """What is said where no row tells of a difference of inputs."""
    standings = {row.inputs for row in plans if not row.is_base}
    if any(row.changed_count is None for row in plans if not row.is_base):
        return say("inputs_unread" if standings == {"changed"} else "inputs_unknown", lang)
    return say("no_inputs", lang)


def _kpi_heads(lang: Language, *, is_one: bool) -> list[tuple[str, bool]]:
    """Words at the head of the table of key figures."""
    fields = ["plan", "part", "name", "base", "other", "difference", "is_distinguishable"]
    known = {column.field: column for column in columns(Kpi)}
    words = [known[field].zh if lang == "zh" else plain_words(field) for field in fields]
    sides = [field in ("base", "other", "difference") for field in fields]
    heads = list(zip(words, sides, strict=True))
    return heads[1:] if is_one else heads


def _kpi_lines(tables: TableSet, names: Names, lang: Language) -> list[KpiLine]:
    """Key figures, those that both plans have."""
    return [
        KpiLine(
            plan=row.plan,
            part=names.part_name(row.part, lang),
            name=kpi_word(row.name, lang),
            base=value_words(row.base, row.unit, lang),
            other=value_words(row.other, row.unit, lang),
            difference=signed(row, lang),
            bar=max(-1.0, min(1.0, (row.difference_share or 0.0) / BAR_END)),
            note=row.note,
            sentence=row.sentence,
        )
        for row in tables.rows(Kpi)
    ]


def _table(
    kind: type[Row], tables: TableSet, names: Names, lang: Language, *, is_one: bool
) -> PageTable:
    """A sheet as a table of the page: names instead of codes, no column without values."""
    total = len(tables.rows(kind))
    table = sheet_table(kind, told_rows(kind, tables, MOST_PAGE_ROWS, lang), names, lang)
    shown = _shown_columns(table, is_one=is_one)
    cells = tuple(tuple(cell_text(line[k], table.columns[k]) for k in shown) for line in table.rows)
    if kind is StockMove:
        # The first column of a stock without warehouse says that it is all of it.
        place = 0 if is_one else 1
        cells = tuple(
            (*line[:place], line[place] or say("all", lang), *line[place + 1 :]) for line in cells
        )
    note = ""
    if total > MOST_PAGE_ROWS:
        note = say("page_rows", lang, shown=MOST_PAGE_ROWS, total=total)
    heads = tuple((head_words(table.columns[k], lang), table.columns[k].is_number) for k in shown)
    title = sheet_title(kind, lang).replace("_", " ")
    return PageTable(kind.sheet.lower(), title, heads, cells, note)


def _shown_columns(table: SheetTable, *, is_one: bool) -> list[int]:
    """Places of the columns that are shown: a name in the place of its code."""
    fields = [column.field for column in table.columns]
    return [
        k
        for k, column in enumerate(table.columns)
        if not column.is_blank
        and f"{column.field}{NAMED}" not in fields
        and not (is_one and column.field == "plan")
        and not column.field.endswith("_digest")
    ]
