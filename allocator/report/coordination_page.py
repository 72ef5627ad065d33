"""The page of coordination: one file without any script that opens without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from allocator.case import Case
from allocator.coordination.delay_cost import NOT_ATTRIBUTABLE, TOTAL
from allocator.intake.plain import sheet_title
from allocator.plan import Plan
from allocator.report.coordination_drawing import (
    Drawing,
    draw_sign_offs,
    draw_waterfall,
    draw_wheels,
)
from allocator.report.coordination_figures import (
    chief_scenario,
    sign_off_bars,
    waterfall,
    wheels_bars,
)
from allocator.report.coordination_words import say
from allocator.report.facts import Facts
from allocator.report.page_parts import asset, filled_template
from allocator.report.plain_tables import NAMED, PageTable, cell_text, head_words
from allocator.report.sheet_columns import sheet_table
from allocator.report.words import Language
from allocator.report.worth import amount
from allocator.schema import COORDINATION_SHEETS
from allocator.schema.coordination import DelayCost
from allocator.schema.results import SummaryLine
from allocator.schema.row import Row
from allocator.tables import TableSet

__all__ = ["MOST_PAGE_ROWS", "coordination_fragment", "write_coordination_page"]

MOST_PAGE_ROWS = 200
"""Rows of a table that the page shows; the workbook has them all."""

_SUMS = (TOTAL, NOT_ATTRIBUTABLE)


@dataclass(frozen=True)
class Card:
    """Key figures of one department."""

    code: str
    name: str
    figures: tuple[tuple[str, str], ...]
    sentence: str


def write_coordination_page(case: Case, tables: TableSet, path: Path, lang: Language) -> None:
    """Write the page.

    Parameters
    ----------
    case
        Where names are found.
    tables
        Sheets of coordination, with sentences.
    path
        HTML file to write.
    lang
        Language of the page.
    """
    text = filled_template(
        "coordination.html.j2",
        lang=lang,
        title=say("title", lang),
        subtitle=case.settings.plan_name,
        style=asset("page.css") + asset("coordination.css"),
        foot=say("foot", lang),
        **_view(case, tables, lang),
    )
    path.write_text(text, encoding="utf-8")


def coordination_fragment(case: Case, tables: TableSet, lang: Language) -> str:
    """Return figures, cards and tables as markup that another page puts into itself.

    Parameters
    ----------
    case
        Where names are found.
    tables
        Sheets of coordination, with sentences.
    lang
        Language of the words.
    """
    return filled_template("coordination_view.html.j2", **_view(case, tables, lang))


def _view(case: Case, tables: TableSet, lang: Language) -> dict[str, object]:
    """What a page shows of coordination."""
    drawings: Sequence[Drawing | None] = (
        draw_waterfall(waterfall(tables, lang), lang),
        draw_sign_offs(sign_off_bars(tables), lang),
        draw_wheels(wheels_bars(tables, lang), lang),
    )
    facts = Facts(case, Plan({}))
    kinds = [kind for kind in COORDINATION_SHEETS.values() if kind is not SummaryLine]
    return {
        "summary": tables.rows(SummaryLine),
        "drawings": [drawing for drawing in drawings if drawing is not None],
        "cards": _cards(tables, lang),
        "cards_title": say("cards", lang),
        "cards_note": say("cards_note", lang),
        "tables": [_table(kind, tables, facts, lang) for kind in kinds if tables.rows(kind)],
    }


def _cards(tables: TableSet, lang: Language) -> list[Card]:
    """A card for each department of the chief scenario, those that cost most first."""
    code = chief_scenario(tables)
    rows = [row for row in tables.rows(DelayCost) if row.scenario == code]
    return [
        Card(row.department, row.name, _figures(row, lang), row.sentence)
        for row in rows
        if row.department not in _SUMS
    ]


def _figures(row: DelayCost, lang: Language) -> tuple[tuple[str, str], ...]:
    """Key figures of one department, with what is known of each."""
    hours = f"{row.overrun_hours:.3g} h"
    told: Mapping[str, str | None] = {
        "card_share": say("cny", lang, value=amount(row.share_cny)),
        "card_range": _range(row, lang),
        "card_hours": say("person_hours", lang, value=amount(row.share_person_hours)),
        "card_plus": _money(row.plus_one_hour_cny, lang),
        "card_minus": _money(row.minus_one_hour_cny, lang),
        "card_overrun": hours,
        "card_critical": None if row.criticality is None else f"{row.criticality:.0%}",
        "card_on_time": None if row.on_time_share is None else f"{row.on_time_share:.0%}",
    }
    return tuple((say(key, lang), text) for key, text in told.items() if text is not None)


def _range(row: DelayCost, lang: Language) -> str | None:
    """What the gaps leave open of a share; nothing where they leave nothing."""
    low, high = amount(row.share_low_cny), amount(row.share_high_cny)
    return None if low == high else say("cny", lang, value=f"{low} .. {high}")


def _money(value: float | None, lang: Language) -> str | None:
    return None if value is None else say("cny", lang, value=amount(value))


def _table(kind: type[Row], tables: TableSet, facts: Facts, lang: Language) -> PageTable:
    """A sheet as a table of the page: names instead of codes, no column without values."""
    rows = tables.rows(kind)
    table = sheet_table(kind, rows[:MOST_PAGE_ROWS], facts, lang)
    fields = [column.field for column in table.columns]
    shown = [
        k
        for k, column in enumerate(table.columns)
        if not column.is_blank and f"{column.field}{NAMED}" not in fields
    ]
    note = ""
    if len(rows) > MOST_PAGE_ROWS:
        note = say("left_out", lang, shown=MOST_PAGE_ROWS, total=len(rows))
    return PageTable(
        kind.sheet.lower(),
        sheet_title(kind, lang).replace("_", " "),
        tuple((head_words(table.columns[k], lang), table.columns[k].is_number) for k in shown),
        tuple(tuple(cell_text(line[k], table.columns[k]) for k in shown) for line in table.rows),
        note,
    )
