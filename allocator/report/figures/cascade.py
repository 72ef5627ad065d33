"""The curves of a drill: part of every sector's output that is lost, hour by hour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocator.report.drill_words import say_of_drill
from allocator.report.figures.style import PALETTE, Figure, Trace, layout, plain
from allocator.report.words import Language, word

if TYPE_CHECKING:
    from allocator.report.chart_tables import ChartTable  # it reads curves from this package

__all__ = ["cascade_figure"]


def cascade_figure(table: ChartTable, lang: Language) -> Figure:
    """Draw the curves of one drill, a line for each sector.

    Parameters
    ----------
    table
        Hours and a column for each sector, as ``allocator.report.drills.curve_tables`` makes it.
    lang
        Language of the words.
    """
    hours = [row[0] for row in table.rows]
    data: list[Trace] = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": hours,
            "y": [round(float(str(row[k])), 5) for row in table.rows],
            # A failure holds for its whole hour.
            "line": {"shape": "hv", "width": 2.2, "color": PALETTE[(k - 1) % len(PALETTE)]},
            "name": plain(str(table.header[k])),
            "hovertemplate": word("figure.hover_served", lang),
        }
        for k in range(1, len(table.header))
    ]
    return {
        "data": data,
        "layout": layout(
            height=420,
            title={"text": plain(table.title), "font": {"size": 15}},
            xaxis={
                "title": {"text": word("figure.hours_axis", lang)},
                "range": [0, max((int(str(hour)) for hour in hours), default=0)],
                "dtick": 6,
                "gridcolor": "#e5e7eb",
                "zeroline": False,
            },
            yaxis={
                "title": {"text": say_of_drill("chart.lost", lang)},
                "range": [0, 1.03],
                "tickformat": ".0%",
                "gridcolor": "#e5e7eb",
                "zeroline": False,
            },
            legend={"orientation": "v", "x": 1.01, "xanchor": "left", "y": 1},
            margin={"l": 70, "r": 20, "t": 48, "b": 55},
            hovermode="closest",
        ),
    }
