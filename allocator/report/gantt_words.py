"""What the Gantt chart of the trips says, in both languages; a part of ``words.WORDS``."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["GANTT_WORDS"]

GANTT_WORDS: Mapping[str, tuple[str, str]] = {
    "figure.paper": ("paper (sign-offs)", "审批"),
    "figure.wait": ("released, waiting to load", "待装"),
    "figure.load": ("load", "装车"),
    "figure.drive": ("drive with rests", "行驶（含休息）"),
    "figure.unload": ("unload", "卸车"),
    "figure.return": ("return", "返回"),
    "figure.hours_axis": ("hours from the event", "事件发生后小时"),
    "figure.horizon": ("horizon", "时限"),
    "figure.order": ("order", "下令"),
    "figure.hover_trip": (
        "<b>%{customdata[0]} → %{customdata[1]}</b><br>%{customdata[2]} x %{customdata[3]}"
        "<br>released %{customdata[4]} h, in hand %{customdata[5]} h"
        "<br>%{fullData.name}: %{base:.2f} h + %{customdata[6]} h<extra></extra>",
        "<b>%{customdata[0]} → %{customdata[1]}</b><br>%{customdata[2]} x %{customdata[3]}"
        "<br>放行 %{customdata[4]} h，到位 %{customdata[5]} h"
        "<br>%{fullData.name}：%{base:.2f} h + %{customdata[6]} h<extra></extra>",
    ),
    "figure.hover_convoy": (
        "<b>%{customdata[0]} → %{customdata[1]}</b><br>%{customdata[2]} x %{customdata[3]}"
        "<br>released %{customdata[4]} h, in hand %{customdata[5]} h"
        "<br>set off in convoy: %{customdata[6]}"
        "<br>%{fullData.name}: %{base:.2f} h + %{customdata[7]} h<extra></extra>",
        "<b>%{customdata[0]} → %{customdata[1]}</b><br>%{customdata[2]} x %{customdata[3]}"
        "<br>放行 %{customdata[4]} h，到位 %{customdata[5]} h"
        "<br>编队出发：%{customdata[6]}"
        "<br>%{fullData.name}：%{base:.2f} h + %{customdata[7]} h<extra></extra>",
    ),
    "figure.hover_paper": (
        "<b>%{customdata[0]}</b><br>%{fullData.name}: until %{customdata[1]} h<extra></extra>",
        "<b>%{customdata[0]}</b><br>%{fullData.name}：至 %{customdata[1]} h<extra></extra>",
    ),
}
"""By key, in the order of ``words.LANGUAGES``; ``hover_convoy`` stands for ``hover_trip`` where
some trips must not set off alone."""
