"""The workbook of drills: what they cost, curves with a native chart, sign-offs, hardening."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl.chart import LineChart
from openpyxl.worksheet.worksheet import Worksheet

from allocator.case import Case
from allocator.intake.plain import sheet_title
from allocator.plan import Plan
from allocator.report.chart_tables import ChartTable
from allocator.report.charts import LINE_HEIGHT_CM, Placed, add_charts, begin_chart
from allocator.report.drill_words import say_of_drill, subject_words
from allocator.report.facts import Facts
from allocator.report.figures.style import PALETTE
from allocator.report.sheet_columns import sheet_table
from allocator.report.sheet_rows import filled_sheets, save_with_sheets
from allocator.report.sheets import dress_summary, lay_out, new_workbook, wrapped_widths
from allocator.report.words import Language, word
from allocator.schema import DRILL_SHEETS
from allocator.schema.lab_results import DrillResult, Hardening, SectorCurve
from allocator.schema.results import SummaryLine
from allocator.schema.row import Row
from allocator.tables import TableSet

__all__ = ["curve_tables", "write_drills"]


def write_drills(case: Case, tables: TableSet, path: Path, lang: Language) -> None:
    """Write drills as a workbook.

    Parameters
    ----------
    case
        Where names are found.
    tables
        Rows of ``DRILL_SHEETS`` with their sentences.
    path
        ``.xlsx`` file to write.
    lang
        Language of sheet names and headers.
    """
    facts = Facts(case, Plan({}))
    workbook = new_workbook()
    rows: dict[int, list[list[object]]] = {}
    wrapped: dict[int, dict[int, float]] = {}
    charts: Worksheet | None = None
    for kind in DRILL_SHEETS.values():
        sheet = workbook.create_sheet(sheet_title(kind, lang))
        place = len(workbook.worksheets)
        table = sheet_table(kind, _shown(case, tables, kind, lang), facts, lang)
        lay_out(sheet, table, lang)
        rows[place], wrapped[place] = table.rows, wrapped_widths(sheet, table)
        if kind is SummaryLine:
            wrapped[place] = dress_summary(sheet, table, certified=True)
            charts = workbook.create_sheet(word("sheet.charts", lang))
    data = workbook.create_sheet(word("sheet.chart_data", lang))
    if charts is not None:
        figures = curve_tables(case, tables, lang)
        makers = {figure.name: _curve_chart for figure in figures}
        add_charts(charts, data, figures, lang, makers)
    held = BytesIO()
    workbook.save(held)
    save_with_sheets(held.getvalue(), filled_sheets(held.getvalue(), rows, wrapped), path)


def _shown(case: Case, tables: TableSet, kind: type[Row], lang: Language) -> tuple[Row, ...]:
    """Rows of a sheet; what is hardened in words of the language."""
    if kind is not Hardening:
        return tables.rows(kind)
    return tuple(
        row.model_copy(update={"subject": subject_words(row, case, lang)})
        for row in tables.rows(Hardening)
    )


def curve_tables(case: Case, tables: TableSet, lang: Language) -> list[ChartTable]:
    """Figures behind the curves, a table for each drill: hours, and a column for each sector.

    Parameters
    ----------
    case
        Where the names of sectors are.
    tables
        Rows of ``Drill_Results`` and ``Sector_Curves``.
    lang
        Language of titles.
    """
    names = {row.sector: row.name or row.sector for row in case.sectors}
    found = []
    for result in tables.rows(DrillResult):
        by_hour: dict[int, dict[str, float]] = {}
        for row in tables.rows(SectorCurve):
            if row.drill == result.drill:
                by_hour.setdefault(row.hour, {})[row.sector] = row.inoperability_share
        sectors = [code for code in names if any(code in each for each in by_hour.values())]
        found.append(
            ChartTable(
                name=f"cascade {result.drill}",
                title=say_of_drill("chart.cascade", lang, drill=result.name),
                note="",
                header=(say_of_drill("chart.hour", lang), *(names[code] for code in sectors)),
                rows=tuple(
                    (hour, *(each.get(code, 0.0) for code in sectors))
                    for hour, each in sorted(by_hour.items())
                ),
                number_format="0.0%",
            )
        )
    return found


def _curve_chart(data: Worksheet, entry: Placed, lang: Language) -> LineChart:
    """Native chart of the curves of one drill."""
    chart = LineChart()
    begin_chart(chart, data, entry)
    chart.height = LINE_HEIGHT_CM
    legend: Any = chart.legend
    legend.position = "r"
    chart.x_axis.title = word("chart.hours", lang)
    chart.y_axis.title = say_of_drill("chart.lost", lang)
    chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0, 1
    chart.y_axis.number_format = "0%"
    hours: Any = chart.x_axis
    hours.tickLblSkip = hours.tickMarkSkip = 6
    hours.tickLblPos = "low"
    for k, series in enumerate(chart.series):
        series.graphicalProperties.line.solidFill = PALETTE[k % len(PALETTE)].lstrip("#")
        series.graphicalProperties.line.width = 22000
        series.smooth = False
        series.marker.symbol = "none"
    return chart
