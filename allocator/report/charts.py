"""Native charts of the result workbook, and the sheet of figures behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from openpyxl.chart import BarChart, LineChart, Reference
from openpyxl.chart.layout import Layout, ManualLayout
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.drawing.line import LineProperties
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from allocator.report.chart_tables import ChartTable
from allocator.report.figures.style import PALETTE, PHASE_COLOURS
from allocator.report.sheet_rows import text_width
from allocator.report.sheets import RULES, font, print_wide, put
from allocator.report.words import Language, word

__all__ = ["LINE_HEIGHT_CM", "Maker", "Placed", "add_charts", "bar_chart", "begin_chart"]

CHART_WIDTH_CM = 30.0
LINE_HEIGHT_CM = 11.0
BAR_CM = 0.62
"""Height of one bar with its gap."""

LEGEND_CHARS = 100
"""Characters of a legend that stand in one line."""

ROW_CM = 0.53
PAGE_CM = 40.0
"""Height of charts that fits on a page when their width does."""


@dataclass(frozen=True)
class Placed:
    """A table of figures and where it stands on the data sheet."""

    table: ChartTable
    top: int

    @property
    def bottom(self) -> int:
        """Its last row."""
        return self.top + len(self.table.rows)


Maker = Callable[[Worksheet, Placed, Language], Any]
"""Makes the chart of a table on the data sheet."""


def add_charts(
    charts: Worksheet,
    data: Worksheet,
    tables: Iterable[ChartTable],
    lang: Language,
    makers: Mapping[str, Maker] | None = None,
) -> None:
    """Fill the sheet of charts and the sheet of their figures.

    Parameters
    ----------
    charts, data
        Empty sheets.
    tables
        Figures, a chart each; one without rows has nothing to show.
    lang
        Language of titles.
    makers
        What makes the chart of a table, by its name; None for those of a plan.
    """
    makers = _MAKERS if makers is None else makers
    placed = _write_data(data, charts.title, [table for table in tables if table.rows], lang)
    print_wide(charts)
    charts.page_setup.orientation = "portrait"
    anchor, used_cm = 1, 0.0
    for entry in placed:
        chart = makers[entry.table.name](data, entry, lang)
        height = float(chart.height)
        if used_cm > 0 and used_cm + height > PAGE_CM:
            # A row earlier: on the edge itself, the frame of the chart is drawn on both pages.
            charts.row_breaks.append(Break(id=anchor - 2))
            used_cm = 0.0
        charts.add_chart(chart, f"A{anchor}")
        rows = round(height / ROW_CM) + 2
        anchor, used_cm = anchor + rows, used_cm + rows * ROW_CM


def _write_data(
    data: Worksheet, charts_title: str, tables: Sequence[ChartTable], lang: Language
) -> list[Placed]:
    put(data, 1, 1, word("chart.note_first", lang, charts=charts_title)).font = font(italic=True)
    widths: dict[int, int] = {}
    placed = []
    row = 3
    for table in tables:
        put(data, row, 1, table.title).font = font(bold=True)
        if table.note:
            put(data, row + 1, 1, table.note).font = font(italic=True, color="5B6770")
        top = row + 2
        for offset, values in enumerate([table.header, *table.rows]):
            for k, value in enumerate(values):
                cell = put(data, top + offset, k + 1, value)
                if offset == 0:
                    cell.font = font(bold=True)
                    cell.alignment = Alignment(horizontal="right" if k else "left")
                    widths[k] = min(44, max(widths.get(k, 10), text_width(str(value)) + 4))
                elif k:
                    cell.number_format = table.number_format
                else:
                    widths[k] = min(40, max(widths.get(k, 10), text_width(str(value)) + 2))
        entry = Placed(table, top)
        if table.is_heat_map:
            last = f"{get_column_letter(len(table.header))}{entry.bottom}"
            scale = RULES.ColorScaleRule(
                start_type="num", start_value=0, start_color="F8696B",
                mid_type="num", mid_value=0.5, mid_color="FFEB84",
                end_type="num", end_value=1, end_color="63BE7B",
            )  # fmt: skip
            data.conditional_formatting.add(f"B{top + 1}:{last}", scale)
        placed.append(entry)
        row = entry.bottom + 3
    for k, width in widths.items():
        data.column_dimensions[get_column_letter(k + 1)].width = width
    print_wide(data)
    return placed


def _references(data: Worksheet, entry: Placed) -> tuple[Reference, Reference]:
    width = len(entry.table.header)
    values = Reference(data, min_col=2, max_col=width, min_row=entry.top, max_row=entry.bottom)
    names = Reference(data, min_col=1, min_row=entry.top + 1, max_row=entry.bottom)
    return values, names


def begin_chart(chart: Any, data: Worksheet, entry: Placed) -> None:
    """Give a chart its series, names, title and size.

    Parameters
    ----------
    chart
        A chart of openpyxl without anything.
    data
        Sheet of the figures.
    entry
        The table, and where it stands.
    """
    values, names = _references(data, entry)
    chart.add_data(values, titles_from_data=True)
    chart.set_categories(names)
    chart.title = entry.table.title
    chart.title.overlay = False
    chart.width = CHART_WIDTH_CM
    # openpyxl leaves these unsaid, and newer Excel then hides the axes.
    chart.x_axis.delete = False
    chart.y_axis.delete = False
    chart.y_axis.majorGridlines.spPr = GraphicalProperties(
        ln=LineProperties(solidFill="E5E7EB", w=6350)
    )
    chart.legend.position = "b"


def _served_chart(data: Worksheet, entry: Placed, lang: Language) -> LineChart:
    chart = LineChart()
    begin_chart(chart, data, entry)
    chart.height = LINE_HEIGHT_CM
    legend: Any = chart.legend
    legend.position = "r"
    chart.x_axis.title = word("chart.hours", lang)
    chart.y_axis.title = word("chart.share", lang)
    chart.y_axis.scaling.min, chart.y_axis.scaling.max = 0, 1
    chart.y_axis.number_format = "0%"
    hours: Any = chart.x_axis
    hours.tickLblSkip = hours.tickMarkSkip = 6
    hours.tickLblPos = "low"
    for k, series in enumerate(chart.series):
        expected = len(chart.series) > 1 and k == len(chart.series) - 1
        colour = "111827" if expected else PALETTE[k % len(PALETTE)].lstrip("#")
        series.graphicalProperties.line.solidFill = colour
        series.graphicalProperties.line.width = 34000 if expected else 19000
        series.smooth = False
        series.marker.symbol = "none"
    return chart


def bar_chart(data: Worksheet, entry: Placed, axis_title: str, colours: Sequence[str]) -> BarChart:
    """Make a chart of bars that lie, several series on top of each other.

    Parameters
    ----------
    data, entry
        The figures.
    axis_title
        What the bars show.
    colours
        Of the series.
    """
    chart = BarChart()
    chart.type = "bar"
    begin_chart(chart, data, entry)
    if len(entry.table.header) > 2:
        chart.grouping, chart.overlap = "stacked", 100
    else:
        chart.legend = None
    chart.gapWidth = 35
    chart.height = max(7.0, 4.6 + BAR_CM * len(entry.table.rows))
    # The first row on top, and the axis of values below.
    chart.x_axis.scaling.orientation = "maxMin"
    chart.x_axis.tickLblPos = "low"
    chart.x_axis.tickLblSkip = 1
    chart.y_axis.crosses = "max"
    chart.y_axis.title = axis_title
    chart.y_axis.number_format = entry.table.number_format
    chart.y_axis.scaling.min = 0
    longest = max(text_width(str(row[0])) for row in entry.table.rows)
    left = min(0.4, 0.05 + 0.0065 * longest)
    legend_rows = ceil(sum(text_width(name) + 6 for name in entry.table.header[1:]) / LEGEND_CHARS)
    below = 3.1 if chart.legend is None else 3.5 + 0.8 * legend_rows
    chart.height += max(0.0, below - 4.0)
    high = 1 - below / chart.height
    chart.layout = Layout(
        manualLayout=ManualLayout(
            layoutTarget="inner", xMode="edge", yMode="edge",
            x=left, y=1.7 / chart.height, w=0.96 - left, h=high,
        )
    )  # fmt: skip
    for k, series in enumerate(chart.series):
        series.graphicalProperties.solidFill = colours[k % len(colours)].lstrip("#")
        series.graphicalProperties.line.noFill = True
    return chart


def _stock_chart(data: Worksheet, entry: Placed, lang: Language) -> BarChart:
    return bar_chart(data, entry, word("chart.volume", lang), PALETTE)


def _cost_chart(data: Worksheet, entry: Placed, lang: Language) -> BarChart:
    return bar_chart(data, entry, word("chart.money", lang), PALETTE)


def _unmet_chart(data: Worksheet, entry: Placed, lang: Language) -> BarChart:
    return bar_chart(data, entry, word("chart.share", lang), ("#BD2C2C",))


def _gantt_chart(data: Worksheet, entry: Placed, lang: Language) -> BarChart:
    chart = bar_chart(data, entry, word("chart.hours", lang), list(PHASE_COLOURS.values()))
    chart.y_axis.majorUnit = 6
    chart.y_axis.number_format = "0"
    return chart


def _worth_chart(data: Worksheet, entry: Placed, lang: Language) -> BarChart:
    chart = bar_chart(data, entry, word("chart.value", lang), PALETTE)
    if len(entry.table.header) > 2:
        chart.grouping, chart.overlap = "clustered", 0
        chart.height += BAR_CM * len(entry.table.rows)
    return chart


_MAKERS: dict[str, Maker] = {
    "worth": _worth_chart,
    "served": _served_chart,
    "stock": _stock_chart,
    "cost": _cost_chart,
    "gantt": _gantt_chart,
    "unmet": _unmet_chart,
}
