"""Native charts of a comparison: figures, curves, who is short of what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from openpyxl.chart import BarChart, LineChart
from openpyxl.worksheet.worksheet import Worksheet

from allocator.compare import Compared
from allocator.compare.figures import DISPATCH_PART
from allocator.compare.shortages import missing_by_district, scenarios_compared
from allocator.intake.plain import sheet_title
from allocator.report.chart_tables import ChartTable
from allocator.report.charts import LINE_HEIGHT_CM, Maker, Placed, bar_chart, begin_chart
from allocator.report.comparison_curves import served_curves
from allocator.report.comparison_names import Names
from allocator.report.comparison_words import kpi_word, say
from allocator.report.figures.style import PALETTE
from allocator.report.words import Language, word
from allocator.schema.comparison import Kpi, ShortageChange
from allocator.tables import TableSet

__all__ = ["COMPARISON_MAKERS", "comparison_tables"]

MOST_BARS = 24
BASE_COLOUR = "#8b98a5"
BAR_CM = 0.45
"""Further height of a row of bars for each further plan."""


def comparison_tables(
    everyone: Sequence[Compared], tables: TableSet, names: Names, lang: Language
) -> Iterator[ChartTable]:
    """Yield the figures of all charts; a table without rows has nothing to show.

    Parameters
    ----------
    everyone
        The base and the others.
    tables
        The comparison.
    names
        Names of the codes.
    lang
        Language of titles.
    """
    plans = [each.name for each in everyone]
    yield _differences(plans, tables, names, lang)
    yield _served(plans, tables, names, lang)
    yield _curves(everyone, names, lang)
    yield _shortages(everyone, tables, names, lang)


def _note(shown: int, total: int, sheet: str, lang: Language) -> str:
    if shown >= total:
        return ""
    return word("chart.note_rows", lang, shown=shown, total=total, sheet=sheet)


def _differences(
    plans: Sequence[str], tables: TableSet, names: Names, lang: Language
) -> ChartTable:
    """Relative differences of key figures, a series for each plan."""
    found: defaultdict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for row in tables.rows(Kpi):
        if row.difference_share:
            found[row.part, row.name][row.plan] = row.difference_share
    chosen = sorted(found, key=lambda key: -max(abs(share) for share in found[key].values()))
    chosen = [key for key in found if key in chosen[:MOST_BARS]]
    return ChartTable(
        name="differences",
        title=say("chart_kpis", lang, base=plans[0]),
        note=_note(len(chosen), len(found), sheet_title(Kpi, lang), lang),
        header=(say("chart_figure", lang), *plans[1:]),
        rows=tuple(
            (
                f"{names.part_name(part, lang)} · {kpi_word(name, lang)}",
                *(found[part, name].get(plan, 0.0) for plan in plans[1:]),
            )
            for part, name in chosen
        ),
        number_format="0.0%",
    )


def _served(plans: Sequence[str], tables: TableSet, names: Names, lang: Language) -> ChartTable:
    """Served share by scenario, a series for each plan."""
    found: defaultdict[str, dict[str, float | None]] = defaultdict(dict)
    for row in tables.rows(Kpi):
        if row.name == "served_share" and row.base is not None and row.other is not None:
            found[row.part][plans[0]] = row.base
            found[row.part][row.plan] = row.other
    shown = sorted(found, key=lambda part: part != DISPATCH_PART)[:MOST_BARS]
    return ChartTable(
        name="served",
        title=say("chart_served", lang),
        note=_note(len(shown), len(found), sheet_title(Kpi, lang), lang),
        header=(word("chart.scenario", lang), *plans),
        rows=tuple(
            (names.part_name(part, lang), *(found[part].get(plan) for plan in plans))
            for part in shown
        ),
        number_format="0.0%",
    )


def _curves(everyone: Sequence[Compared], names: Names, lang: Language) -> ChartTable:
    """Served share by hour, a line for each plan in each of a few scenarios."""
    found, total = served_curves(everyone)
    hours = sorted({hour for curves in found for hour in curves.hours})
    header, columns = [], []
    for curves in found:
        for plan, shares in curves.shares.items():
            known = dict(zip(curves.hours, shares, strict=True))
            header.append(f"{names.scenario_name(curves.scenario)} · {plan}")
            columns.append([known.get(hour, shares[-1]) for hour in hours])
    return ChartTable(
        name="curves",
        title=say("chart_curves", lang),
        note="" if len(found) >= total else say("curves_note", lang, shown=len(found), total=total),
        header=(word("chart.hour", lang), *header),
        rows=tuple((hour, *(column[k] for column in columns)) for k, hour in enumerate(hours)),
        number_format="0.0%",
        is_heat_map=True,
    )


def _shortages(
    everyone: Sequence[Compared], tables: TableSet, names: Names, lang: Language
) -> ChartTable:
    """What the districts whose shortages differ are short of, a series for each plan."""
    change: defaultdict[str, float] = defaultdict(float)
    for row in tables.rows(ShortageChange):
        change[row.district] += abs(row.difference_weighted or 0.0)
    ranked = sorted(change, key=lambda district: (-change[district], district))
    shown = [district for district in ranked if change[district] > 0][:MOST_BARS]
    common = [set(scenarios_compared(everyone[0], other)) for other in everyone[1:]]
    scenarios = set.intersection(*common) if common else set[str]()
    missing = {each.name: missing_by_district(each, scenarios) for each in everyone}
    return ChartTable(
        name="shortages",
        title=say("chart_shortages", lang),
        note=_note(len(shown), len(change), sheet_title(ShortageChange, lang), lang),
        header=(say("chart_district", lang), *(each.name for each in everyone)),
        rows=tuple(
            (
                names.district_name(district),
                *(missing[each.name].get(district, 0.0) for each in everyone),
            )
            for district in shown
        ),
        number_format="#,##0",
    )


def _clustered(data: Worksheet, entry: Placed, axis_title: str, colours: Sequence[str]) -> BarChart:
    """Bars side by side, one for each plan."""
    chart = bar_chart(data, entry, axis_title, colours)
    if len(entry.table.header) > 2:
        chart.grouping, chart.overlap = "clustered", 0
        chart.height += BAR_CM * len(entry.table.rows) * (len(entry.table.header) - 2)
    return chart


def _colours() -> list[str]:
    """The base in grey, the others in the colours of all charts."""
    return [BASE_COLOUR, *PALETTE]


def _difference_chart(data: Worksheet, entry: Placed, lang: Language) -> BarChart:
    chart = _clustered(data, entry, say("chart_share", lang), PALETTE)
    chart.y_axis.scaling.min = None
    for series in chart.series:
        # Else some programs paint the bars of negative figures white.
        series.invertIfNegative = False
    return chart


def _served_chart(data: Worksheet, entry: Placed, lang: Language) -> BarChart:
    chart = _clustered(data, entry, word("chart.share", lang), _colours())
    chart.y_axis.scaling.max = 1
    return chart


def _shortage_chart(data: Worksheet, entry: Placed, lang: Language) -> BarChart:
    return _clustered(data, entry, say("chart_weighted", lang), _colours())


def _curve_chart(data: Worksheet, entry: Placed, lang: Language) -> LineChart:
    """Lines in the colour of their scenario; the base of each is dashed."""
    chart = LineChart()
    begin_chart(chart, data, entry)
    chart.height = LINE_HEIGHT_CM
    chart.x_axis.title = word("chart.hours", lang)
    chart.y_axis.title = word("chart.share", lang)
    chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0, 1
    chart.y_axis.number_format = "0%"
    hours: Any = chart.x_axis
    hours.tickLblSkip = hours.tickMarkSkip = 6
    hours.tickLblPos = "low"
    scenarios: list[str] = []
    for series, title in zip(chart.series, entry.table.header[1:], strict=True):
        scenario = title.rpartition(" · ")[0]
        is_base = scenario not in scenarios
        if is_base:
            scenarios.append(scenario)
        line = series.graphicalProperties.line
        line.solidFill = PALETTE[scenarios.index(scenario) % len(PALETTE)].lstrip("#")
        line.width = 15000 if is_base else 26000
        line.dashStyle = "sysDash" if is_base else "solid"
        series.smooth = False
        series.marker.symbol = "none"
    return chart


COMPARISON_MAKERS: Mapping[str, Maker] = {
    "differences": _difference_chart,
    "served": _served_chart,
    "curves": _curve_chart,
    "shortages": _shortage_chart,
}
"""What makes the chart of each table."""
