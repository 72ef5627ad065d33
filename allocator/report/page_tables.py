"""Tables of the page as JSON: columns with their kind, rows as arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from allocator.plan import LOCATION_PART, PLACEMENT_PART
from allocator.report.facts import Facts
from allocator.report.sheet_columns import stage_unit
from allocator.report.summary import quality_words
from allocator.report.words import LANGUAGES, WORDS, word

__all__ = ["MOST_TABLE_ROWS", "page_tables", "shortage_rows", "trips_by_warehouse"]

MOST_TABLE_ROWS = 150
"""Rows of a table that the page shows; the workbook has them all."""

Table = dict[str, Any]


def page_tables(
    facts: Facts, shortages: Mapping[str, tuple[list[list[Any]], int]]
) -> dict[str, Table]:
    """Return the tables of the page by name.

    Each has ``columns`` (``key`` of a word or a ``title``, and a ``kind``: text, word, both, whole,
    share, fine) and ``rows``; the shortages have rows ``by_scenario``.

    Parameters
    ----------
    facts
        Case and plan.
    shortages
        ``shortage_rows`` of the scenarios the page holds.
    """
    tables = {
        "warehouses": _warehouses(facts),
        "stock": _stock(facts),
        "responsible": _responsible(facts),
        "shortages": _shortages(shortages),
        "quality": _quality(facts),
    }
    absent = set() if facts.plan.responsible else {"responsible"}
    if not facts.is_dispatched:
        absent.add("shortages")
    return {name: table for name, table in tables.items() if name not in absent}


def trips_by_warehouse(facts: Facts, scenarios: Sequence[str]) -> dict[str, dict[str, int]]:
    """Number of trips, also to hubs, by scenario and warehouse."""
    return {
        code: dict(Counter(trip.warehouse for trip in facts.journeys(code))) for code in scenarios
    }


def _columns(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "kind": kind} for key, kind in pairs]


def _warehouses(facts: Facts) -> Table:
    """The last cell is the code, for which the page puts the trips of the scenario."""
    rows = [
        [
            row.name,
            row.warehouse,
            f"figure.{row.decision}",
            row.size_class,
            round(row.volume_m3),
            round(row.used_m3),
            round(100 * row.used_m3 / row.volume_m3, 1) if row.volume_m3 > 0 else None,
            round(row.one_off_cost_cny / 1e4, 1),
            round(row.annual_cost_cny / 1e4, 1),
            row.warehouse,
        ]
        for row in facts.warehouses
        if row.decision != "shut"
    ]
    columns = _columns(
        ("table.warehouse", "text"),
        ("table.code", "text"),
        ("table.decision", "word"),
        ("table.size_class", "text"),
        ("table.volume_m3", "whole"),
        ("table.used_m3", "whole"),
        ("table.used_share", "share"),
        ("table.one_off", "share"),
        ("table.annual", "share"),
        ("table.trips", "whole"),
    )
    return {"columns": columns, "rows": rows}


def _stock(facts: Facts) -> Table:
    items = facts.case.items
    rows = [
        [
            row.name,
            row.warehouse,
            *(round(row.stock_units.get(item.item, 0.0)) for item in items),
            round(row.used_m3),
        ]
        for row in facts.warehouses
        if row.holds_stock
    ]
    units = [{"title": f"{item.name} [{item.unit}]", "kind": "whole"} for item in items]
    columns = [
        *_columns(("table.warehouse", "text"), ("table.code", "text")),
        *units,
        *_columns(("stock_m3", "whole")),
    ]
    return {"columns": columns, "rows": rows}


def shortage_rows(facts: Facts, scenario: str) -> tuple[list[list[Any]], int]:
    """Rows of the shortage table of a scenario, heaviest first, and how many there are in all."""
    found = sorted(
        facts.shortages(scenario),
        key=lambda row: -row.unmet_units * facts.items[row.item].priority_weight,
    )
    rows = [
        [
            facts.district_name(row.district),
            facts.item_name(row.item),
            round(row.demand_units),
            round(row.served_units),
            round(row.unmet_units),
            round(100 * row.unmet_units / row.demand_units, 1) if row.demand_units else None,
            row.reason if row.reason in WORDS else "other",
            row.sentence,
        ]
        for row in found[:MOST_TABLE_ROWS]
    ]
    return rows, len(found)


def _shortages(found: Mapping[str, tuple[list[list[Any]], int]]) -> Table:
    columns = _columns(
        ("table.district", "text"),
        ("table.item", "text"),
        ("table.need", "whole"),
        ("table.served", "whole"),
        ("table.short", "whole"),
        ("table.short_share", "share"),
        ("table.reason", "word"),
        ("table.sentence", "text"),
    )
    return {
        "columns": columns,
        "rows": {scenario: rows for scenario, (rows, _) in found.items()},
        "totals": {scenario: total for scenario, (_, total) in found.items()},
        "by_scenario": True,
    }


def _responsible(facts: Facts) -> Table:
    rows = [
        [
            facts.district_name(row.district),
            facts.warehouse_name(row.warehouse) if row.warehouse else "",
            None if row.reach_hours is None else round(row.reach_hours, 2),
            round(row.population_people),
            "figure.covered" if row.is_covered else "figure.uncovered",
        ]
        for row in facts.plan.responsible
    ]
    columns = _columns(
        ("table.district", "text"),
        ("table.warehouse", "text"),
        ("table.hours", "fine"),
        ("table.people", "whole"),
        ("table.covered", "word"),
    )
    return {"columns": columns, "rows": rows}


def _quality(facts: Facts) -> Table:
    rows = []
    for stage in facts.plan.stages:
        names = {
            lang: word(stage.part, lang)
            if stage.part in (PLACEMENT_PART, LOCATION_PART)
            else facts.scenario_name(stage.part)
            for lang in LANGUAGES
        }
        rows.append(
            [
                names,
                stage.stage,
                stage.objective,
                stage.bound,
                {lang: stage_unit(stage.part, stage.stage, lang) for lang in LANGUAGES},
                None if stage.gap is None else round(100 * stage.gap, 3),
                {lang: quality_words(stage, lang) for lang in LANGUAGES},
                round(stage.seconds, 1),
            ]
        )
    columns = _columns(
        ("table.part", "both"),
        ("table.stage", "word"),
        ("table.objective", "share"),
        ("table.bound", "share"),
        ("table.unit", "both"),
        ("table.gap", "fine"),
        ("table.words", "both"),
        ("table.seconds", "share"),
    )
    return {"columns": columns, "rows": rows}
