"""The columns of a result sheet as the workbook shows them, with those that explain others.

A plan's tables hold codes. Beside a code stands its name, beside a stage the unit of its values;
both are added to the workbook only and are nobody's data: the reader takes them for columns of the
user's own and leaves them out of the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from allocator.engine import summary
from allocator.intake.layout import help_text
from allocator.intake.plain import header_text, plain_value
from allocator.plan import LOCATION_PART, PLACEMENT_PART
from allocator.report.facts import Facts
from allocator.report.words import WORDS, Language, word
from allocator.report.worth import unit_words
from allocator.risks import EXPECTED
from allocator.schema.results import OpenWarehouse, Shortage, Stage
from allocator.schema.risks import LossAccount
from allocator.schema.row import Column, Row, columns

__all__ = ["SheetColumn", "SheetTable", "sheet_table", "stage_unit"]

_CODE_ZH = "代码"
"""Ending of the Chinese header of a code; that of its name is made from it."""


def stage_unit(part: str, stage: str, lang: Language) -> str:
    """Unit of a stage's objective and bound, in words; nothing for an unknown stage.

    Parameters
    ----------
    part, stage
        As in the sheet Stages: placement, location or the scenario of a dispatch; unmet and so on.
    lang
        Language of the words.
    """
    return unit_words(summary.stage_unit(part, stage), lang)


@dataclass(frozen=True)
class SheetColumn:
    """One column as it is shown.

    Parameters
    ----------
    field
        Name of the declared column, or of the one that is explained with ``_name`` behind it.
    header, unit, about
        Words at its head; the last is a comment.
    declared
        Its declaration; None for one that explains.
    is_blank
        Whether no row has a value in it.
    """

    field: str
    header: str
    unit: str
    about: str
    declared: Column | None
    is_blank: bool

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return self.declared is not None and self.declared.kind in ("number", "integer")


@dataclass(frozen=True)
class SheetTable:
    """A result sheet as it is shown: its columns, and its rows of cells in their order."""

    kind: type[Row]
    columns: tuple[SheetColumn, ...]
    rows: list[list[object]]


def sheet_table(kind: type[Row], rows: Sequence[Row], facts: Facts, lang: Language) -> SheetTable:
    """Lay the rows of a sheet out in columns, with names beside codes.

    Parameters
    ----------
    kind, rows
        Row class and rows.
    facts
        Where names are found.
    lang
        Language of headers, choices and names of units.
    """
    shown: list[SheetColumn] = []
    cells: list[list[object]] = []
    for column in columns(kind):
        values = [getattr(row, column.field) for row in rows]
        if column.choices or column.kind not in ("text", "number", "integer"):
            values = [plain_value(value, column, lang) for value in values]
        shown.append(_declared(column, values, lang))
        cells.append(values)
        extra = _explanation(kind, column, rows, facts, lang)
        if extra is not None:
            shown.append(extra[0])
            cells.append(extra[1])
    return SheetTable(kind, tuple(shown), [list(line) for line in zip(*cells, strict=True)])


def _declared(column: Column, values: Iterable[object], lang: Language) -> SheetColumn:
    """Return a declared column as it is shown."""
    return SheetColumn(
        field=column.field,
        header=header_text(column, lang),
        unit=column.unit,
        about=help_text(column, lang),
        declared=column,
        is_blank=all(value is None or value == "" for value in values),
    )


def _explanation(
    kind: type[Row], column: Column, rows: Sequence[Row], facts: Facts, lang: Language
) -> tuple[SheetColumn, list[object]] | None:
    """Return the column that explains another, with its cells; None if it would say nothing."""
    if kind is Stage and column.field == "stage":
        units: list[object] = [
            stage_unit(row.part, row.stage, lang) for row in rows if isinstance(row, Stage)
        ]
        about = word("column.unit_about", lang)
        head = SheetColumn("stage_unit", word("column.unit", lang), "", about, None, not rows)
        return head, units
    finders = _finders(facts, lang)
    if kind is LossAccount:
        finders["member"] = lambda member: _member_name(member, facts)
        finders["scenario"] = lambda code: (
            word("served_expected", lang) if code == EXPECTED else facts.scenario_name(code)
        )
    if kind is Shortage and lang == "zh":
        # The English reasons are words already.
        finders["reason"] = lambda reason: word(reason, lang) if reason in WORDS else reason
    find = None if kind is OpenWarehouse else finders.get(column.field)
    if find is None:
        return None
    codes = [getattr(row, column.field) for row in rows]
    known = {code: find(code) if code else "" for code in set(codes)}
    if all(code == name or not code for code, name in known.items()):
        return None
    header = header_text(column, lang)
    named = f"{header.removesuffix(_CODE_ZH)}名称" if lang == "zh" else f"{header}_name"
    about = word("column.name_about", lang, column=header)
    head = SheetColumn(f"{column.field}_name", named, "", about, None, is_blank=False)
    return head, [known[code] for code in codes]


def _member_name(member: str, facts: Facts) -> str:
    """Name of a class or a district in the loss accounts; other members are names themselves."""
    hazards = {row.hazard: row.name for row in facts.case.hazards}
    return hazards.get(member) or facts.district_name(member)


def _finders(facts: Facts, lang: Language) -> dict[str, Callable[[str], str]]:
    """How the name of a code is found, by the column that holds the code."""

    def part_name(part: str) -> str:
        named = part in (PLACEMENT_PART, LOCATION_PART)
        return word(part, lang) if named else facts.scenario_name(part)

    return {
        "scenario": facts.scenario_name,
        "worst_scenario": facts.scenario_name,
        "represented_by": facts.scenario_name,
        "warehouse": facts.warehouse_name,
        "hub": facts.warehouse_name,
        "district": facts.district_name,
        "item": facts.item_name,
        "fleet": facts.fleet_name,
        "part": part_name,
    }
