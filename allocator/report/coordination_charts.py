"""Native charts of coordination: waterfall of the delay cost, Gantt of the sign-offs, wheels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from openpyxl.chart import BarChart
from openpyxl.worksheet.worksheet import Worksheet

from allocator.report.chart_tables import ChartTable
from allocator.report.charts import Maker, Placed, bar_chart
from allocator.report.coordination_figures import PHASES, sign_off_bars, waterfall, wheels_bars
from allocator.report.coordination_words import say
from allocator.report.figures.style import PHASE_COLOURS
from allocator.report.words import Language
from allocator.tables import TableSet

__all__ = ["COORDINATION_MAKERS", "CRITICAL_COLOUR", "coordination_chart_tables"]

CRITICAL_COLOUR = "#bd2c2c"
PLAIN_COLOUR = "#8fb8de"
SLACK_COLOUR = "#e5e7eb"
END_COLOUR = "#5f6b73"
SHARE_COLOUR = "#d95f02"
UNSEEN = "#ffffff"


def coordination_chart_tables(tables: TableSet, lang: Language) -> Iterator[ChartTable]:
    """Yield the figures of all charts; a table without rows has nothing to show.

    Parameters
    ----------
    tables
        Sheets of coordination.
    lang
        Language of titles.
    """
    falls = waterfall(tables, lang)
    # Bars begin at the loss at the limits, or shares of a per mille could not be seen.
    ground = min((fall.share_cny for fall in falls if fall.is_end), default=0.0)
    yield ChartTable(
        name="waterfall",
        title=say("waterfall", lang),
        note=say("waterfall_note", lang),
        header=("", say("before", lang), say("share", lang)),
        rows=tuple(
            (fall.name, fall.base_cny - ground, fall.share_cny) for fall in falls if not fall.is_end
        ),
        number_format="#,##0",
    )
    yield ChartTable(
        name="sign_offs",
        title=say("gantt", lang),
        note=say("gantt_note", lang),
        header=("", *(say(key, lang) for key in ("begin", "critical", "plain", "slack"))),
        rows=tuple(
            (
                bar.name,
                bar.begin_hours,
                bar.duration_hours if bar.is_critical else 0.0,
                0.0 if bar.is_critical else bar.duration_hours,
                bar.slack_hours,
            )
            for bar in sign_off_bars(tables)
        ),
        number_format="0.0",
    )
    yield ChartTable(
        name="wheels",
        title=say("wheels", lang),
        note=say("wheels_note", lang),
        header=("", *(say(phase, lang) for phase in PHASES)),
        rows=tuple((bar.name, *bar.hours) for bar in wheels_bars(tables, lang)),
        number_format="0.0",
    )


def _waterfall_chart(data: Worksheet, entry: Placed, lang: Language) -> BarChart:
    chart = bar_chart(data, entry, say("loss", lang), (UNSEEN, SHARE_COLOUR))
    _hide_first(chart)
    return chart


def _sign_off_chart(data: Worksheet, entry: Placed, lang: Language) -> BarChart:
    colours = (UNSEEN, CRITICAL_COLOUR, PLAIN_COLOUR, SLACK_COLOUR)
    chart = bar_chart(data, entry, say("hours", lang), colours)
    _hide_first(chart)
    return chart


def _wheels_chart(data: Worksheet, entry: Placed, lang: Language) -> BarChart:
    colours = [PHASE_COLOURS[phase.removesuffix("_hours")] for phase in PHASES]
    return bar_chart(data, entry, say("hours", lang), colours)


def _hide_first(chart: BarChart) -> None:
    """Let the first series only hold the others up."""
    looks = chart.series[0].graphicalProperties
    looks.solidFill, looks.noFill = None, True


COORDINATION_MAKERS: Mapping[str, Maker] = {
    "waterfall": _waterfall_chart,
    "sign_offs": _sign_off_chart,
    "wheels": _wheels_chart,
}
"""What makes the chart of each table."""
