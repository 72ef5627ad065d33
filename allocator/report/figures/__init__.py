"""The one place that makes Plotly figures: for the page, the pictures and notebooks.

Every function returns a figure as JSON (data and layout), fit for
``plotly.graph_objects.Figure(figure)`` and for plotly.js alike.
"""

from __future__ import annotations

from allocator.report.figures.cascade import cascade_figure
from allocator.report.figures.flows import flow_limits
from allocator.report.figures.gantt import gantt_figure
from allocator.report.figures.maps import (
    expand_shapes,
    map_base,
    map_figure,
    map_scenario,
    shapes,
)
from allocator.report.figures.rings import reach_rings, ring_centre
from allocator.report.figures.served import served_figure

__all__ = [
    "cascade_figure",
    "expand_shapes",
    "flow_limits",
    "gantt_figure",
    "map_base",
    "map_figure",
    "map_scenario",
    "reach_rings",
    "ring_centre",
    "served_figure",
    "shapes",
]
