"""Figures behind the native charts: small tables worked out from a case and its plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from allocator.report.facts import Facts
from allocator.report.figures.served import expected_curve, served_curves
from allocator.report.words import Language, word
from allocator.report.worth import plan_word, unit_words
from allocator.schema.results import Trip

__all__ = ["ChartTable", "chart_tables"]

MOST_LINES = 12
MOST_WAREHOUSES = 25
MOST_GANTT_WAREHOUSES = 14
MOST_SCENARIOS = 30

PHASES = ("paper", "wait", "load", "drive", "unload", "return")


@dataclass(frozen=True)
class ChartTable:
    """A table with names in its first column and a series in each other.

    Parameters
    ----------
    name
        worth, served, stock, cost, gantt or unmet.
    title, note
        Words above it; the note says what is left out.
    header, rows
        Cells.
    number_format
        Of the figures.
    is_heat_map
        Whether its figures are shares to be coloured.
    """

    name: str
    title: str
    note: str
    header: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    number_format: str
    is_heat_map: bool = False


def chart_tables(facts: Facts, lang: Language) -> Iterator[ChartTable]:
    """Yield the tables of all charts; one without rows has nothing to show."""
    yield _worth(facts, lang)
    yield _served(facts, lang)
    yield _unmet(facts, lang)
    yield _stock(facts, lang)
    yield _cost(facts, lang)
    yield _gantt(facts, lang)


def _note(shown: int, total: int, sheet: str, lang: Language) -> str:
    if shown >= total:
        return ""
    return word("chart.note_rows", lang, shown=shown, total=total, sheet=sheet)


def _sheet(en: str, zh: str, lang: Language) -> str:
    return zh if lang == "zh" else en


def _worth(facts: Facts, lang: Language) -> ChartTable:
    """Values of the plans compared, on all scenarios and on those held back."""
    rows = [row for row in facts.plan.worth if row.value is not None]
    is_judged = any(row.held_back_value is not None for row in rows)
    names = ("chart.in_sample", "chart.held_back")[: 2 if is_judged else 1]
    is_money = any("CNY" in row.unit for row in rows)
    unit = rows[0].unit if rows else ""
    told = word("chart.money", lang) if is_money else unit_words(unit, lang)
    factor = 1e-4 if is_money else 1.0
    return ChartTable(
        name="worth",
        title=f"{word('chart.worth', lang)} [{told}]",
        note="",
        header=(word("chart.plan", lang), *(word(name, lang) for name in names)),
        rows=tuple(
            (
                plan_word(row.plan, lang),
                *(
                    None if value is None else factor * value
                    for value in (row.value, row.held_back_value)[: len(names)]
                ),
            )
            for row in rows
        ),
        number_format="#,##0",
    )


def _served(facts: Facts, lang: Language) -> ChartTable:
    curves = served_curves(facts)
    worst = sorted(curves, key=lambda code: facts.served_shares[code])[:MOST_LINES]
    kept = [code for code in curves if code in worst]
    hours = sorted({hour for code in kept for hour in curves[code][0]})
    columns = []
    for code in kept:
        known = dict(zip(*curves[code], strict=True))
        share, column = 0.0, []
        for hour in hours:
            share = known.get(hour, share)
            column.append(share)
        columns.append(column)
    names = [facts.scenario_name(code) for code in kept]
    if len(curves) > 1:
        ticks, shares = expected_curve(facts)
        known = dict(zip(ticks, shares, strict=True))
        columns.append([known[hour] for hour in hours])
        names.append(word("figure.expected", lang))
    return ChartTable(
        name="served",
        title=word("chart.served", lang),
        note=_note(len(kept), len(curves), _sheet("Served_By_Hour", "满足率曲线", lang), lang),
        header=(word("chart.hour", lang), *names),
        rows=tuple((hour, *(column[k] for column in columns)) for k, hour in enumerate(hours)),
        number_format="0.0%",
        is_heat_map=True,
    )


def _unmet(facts: Facts, lang: Language) -> ChartTable:
    shares = facts.served_shares
    worst = sorted(shares, key=lambda code: shares[code])[:MOST_SCENARIOS]
    return ChartTable(
        name="unmet",
        title=word("chart.unmet", lang),
        note=_note(len(worst), len(shares), _sheet("Shortages", "缺口", lang), lang),
        header=(word("chart.scenario", lang), word("unmet", lang)),
        rows=tuple((facts.scenario_name(code), max(0.0, 1 - shares[code])) for code in worst),
        number_format="0.0%",
    )


def _stock(facts: Facts, lang: Language) -> ChartTable:
    stocked = [row for row in facts.warehouses if row.holds_stock]
    shown = stocked[:MOST_WAREHOUSES]
    items = [
        item for item in facts.items if any(row.stock_units.get(item, 0.0) > 0 for row in shown)
    ]
    return ChartTable(
        name="stock",
        title=word("chart.stock", lang),
        note=_note(len(shown), len(stocked), _sheet("Stock_Plan", "库存方案", lang), lang),
        header=(word("chart.warehouse", lang), *(facts.item_name(item) for item in items)),
        rows=tuple(
            (
                row.name,
                *(facts.volume_m3({item: row.stock_units.get(item, 0.0)}) for item in items),
            )
            for row in shown
        ),
        number_format="#,##0",
    )


def _cost(facts: Facts, lang: Language) -> ChartTable:
    years = facts.case.settings.amortisation_years
    costs: list[tuple[str, tuple[float, ...]]] = []
    for row in facts.warehouses:
        if row.decision in ("external", "shut", "hub"):
            continue
        keeping = expiry = 0.0
        for item, units in row.stock_units.items():
            kind = facts.items[item]
            keeping += kind.price_cny * kind.keeping_share * units
            yearly = 0.0 if kind.shelf_life_months is None else 12 / kind.shelf_life_months
            expiry += kind.price_cny * max(0.0, yearly - kind.rotation_share) * units
        parts = (row.annual_cost_cny, keeping, expiry, row.one_off_cost_cny / years)
        if sum(parts) > 0:
            costs.append((row.name, tuple(part / 1e4 for part in parts)))
    costs.sort(key=lambda pair: -sum(pair[1]))
    keys = ("running", "keeping", "expiry", "one_off")
    return ChartTable(
        name="cost",
        title=word("chart.cost", lang),
        note=_note(
            min(len(costs), MOST_WAREHOUSES),
            len(costs),
            _sheet("Open_Warehouses", "储备库方案", lang),
            lang,
        ),
        header=(word("chart.warehouse", lang), *(word(f"chart.{key}", lang) for key in keys)),
        rows=tuple((name, *parts) for name, parts in costs[:MOST_WAREHOUSES]),
        number_format="#,##0.0",
    )


def _gantt(facts: Facts, lang: Language) -> ChartTable:
    shares = facts.served_shares
    dispatched = [code for code in shares if facts.trips(code)]
    scenario = min(dispatched, key=lambda code: (shares[code], code), default=None)
    groups = facts.trip_groups(scenario) if scenario else {}
    rows: list[tuple[object, ...]] = []
    for warehouse in list(groups)[:MOST_GANTT_WAREHOUSES]:
        trips = [group.first for group in groups[warehouse]]
        first, last = trips[0], trips[-1]
        name = facts.warehouse_name(warehouse)
        rows.append(_gantt_row(f"{name} {word('chart.first', lang)}", facts, first))
        if last.trip != first.trip:
            rows.append(_gantt_row(f"{name} {word('chart.last', lang)}", facts, last))
    title = word("chart.gantt", lang)
    if scenario:
        title = f"{title} · {facts.scenario_name(scenario)}"
    return ChartTable(
        name="gantt",
        title=title,
        note=_note(
            min(len(groups), MOST_GANTT_WAREHOUSES),
            len(groups),
            _sheet("Dispatch_Trips", "运输车次", lang),
            lang,
        ),
        header=(word("chart.trip", lang), *(word(f"chart.{phase}", lang) for phase in PHASES)),
        rows=tuple(rows),
        number_format="#,##0.0",
    )


def _gantt_row(label: str, facts: Facts, trip: Trip) -> tuple[object, ...]:
    ticks = (
        0.0,
        trip.release_hours,
        trip.load_start_hours,
        trip.depart_hours,
        trip.arrive_hours,
        trip.unload_end_hours,
        trip.return_hours,
    )
    lengths = (max(0.0, end - start) for start, end in pairwise(ticks))
    return (f"{label} → {facts.district_name(trip.district)}", *lengths)
