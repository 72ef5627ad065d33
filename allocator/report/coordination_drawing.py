"""Figures of coordination as SVG: places worked out here, drawn by the template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

from allocator.report.coordination_charts import (
    CRITICAL_COLOUR,
    END_COLOUR,
    PLAIN_COLOUR,
    SHARE_COLOUR,
    SLACK_COLOUR,
)
from allocator.report.coordination_figures import PHASES, Fall, SignOffBar, WheelsBar
from allocator.report.coordination_words import say
from allocator.report.figures.style import PHASE_COLOURS
from allocator.report.sheet_rows import text_width
from allocator.report.words import Language
from allocator.report.worth import amount

__all__ = ["Drawing", "draw_sign_offs", "draw_waterfall", "draw_wheels"]

WIDTH = 960.0
LEFT, RIGHT, TOP, BOTTOM = 330.0, 90.0, 8.0, 40.0
ROW, BAR = 24.0, 15.0
"""Height of a line, and of its bar."""

LONGEST_NAME = 46

_SLIM = 0.02
"""Shares below this part of the losses make the axis begin near the loss at the limits."""


@dataclass(frozen=True)
class Box:
    """One piece of a bar."""

    x: float
    width: float
    colour: str
    title: str


@dataclass(frozen=True)
class Line:
    """One row: its name, its pieces, thin marks over them, words behind it."""

    name: str
    title: str
    y: float
    boxes: tuple[Box, ...]
    whisker: tuple[float, float] | None = None
    tick: float | None = None
    text: str = ""
    text_x: float = 0.0


@dataclass(frozen=True)
class Drawing:
    """All that the template needs to draw one figure."""

    title: str
    note: str
    lines: tuple[Line, ...]
    ticks: tuple[tuple[float, str], ...]
    axis: str
    legend: tuple[tuple[str, str], ...] = ()
    width: float = WIDTH
    left: float = LEFT
    right: float = WIDTH - RIGHT
    bar: float = BAR
    top: float = TOP

    @property
    def bottom(self) -> float:
        """Lower end of the bars."""
        return TOP + ROW * len(self.lines)

    @property
    def height(self) -> float:
        """Height of the whole figure."""
        return self.bottom + BOTTOM


class _Scale:
    """Places along the axis.

    Parameters
    ----------
    low, high
        Values at both ends.
    """

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high if high > low else low + 1.0

    def at(self, value: float) -> float:
        """Place of a value."""
        part = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(LEFT + (WIDTH - LEFT - RIGHT) * part, 1)

    def box(self, begin: float, length: float, colour: str, title: str) -> Box:
        """A piece of a bar."""
        x = self.at(begin)
        return Box(x, round(max(self.at(begin + length) - x, 0.0), 1), colour, title)

    def ticks(self, most: int = 8) -> list[float]:
        """Round values within both ends."""
        rough = (self.high - self.low) / most
        power = 10.0 ** floor(log10(rough))
        step = next(k * power for k in (1.0, 2.0, 2.5, 5.0, 10.0) if k * power >= rough * 0.999)
        first = ceil(self.low / step - 1e-9)
        return [k * step for k in range(first, floor(self.high / step + 1e-9) + 1)]


def _short(name: str) -> str:
    """A name that fits beside the bars; Chinese letters are twice as wide."""
    if text_width(name) <= LONGEST_NAME:
        return name
    while text_width(name) >= LONGEST_NAME:
        name = name[:-1]
    return name + "…"


def _y(row: int) -> float:
    return TOP + ROW * row


def draw_waterfall(falls: Sequence[Fall], lang: Language) -> Drawing | None:
    """Draw the steps from the loss at the limits to the actual loss; None without any.

    Parameters
    ----------
    falls
        Both ends, and the shares between them.
    lang
        Language of the words.
    """
    if not falls:
        return None
    shares = [fall for fall in falls if not fall.is_end]
    high = max(fall.base_cny + max(fall.share_cny, fall.high_cny) for fall in falls)
    ground = min(fall.share_cny for fall in falls if fall.is_end)
    added = sum(fall.share_cny for fall in shares)
    is_slim = added < _SLIM * high
    if is_slim:
        high = max(
            [ground + added, *(fall.base_cny + fall.high_cny for fall in shares)], default=high
        )
        high = min(high, ground + 2.0 * added) if added > 0 else ground * (1 + _SLIM)
    low = max(0.0, ground - 0.25 * (high - ground)) if is_slim else 0.0
    scale = _Scale(low, high + 0.02 * (high - low))
    lines = [_fall_line(k, fall, scale) for k, fall in enumerate(falls)]
    return Drawing(
        title=say("waterfall", lang),
        note=say("waterfall_note", lang),
        lines=tuple(lines),
        ticks=tuple((scale.at(value), amount(value)) for value in scale.ticks(5)),
        axis=say("loss", lang),
    )


def _fall_line(row: int, fall: Fall, scale: _Scale) -> Line:
    begin = scale.low if fall.is_end else fall.base_cny
    length = fall.share_cny - begin if fall.is_end else fall.share_cny
    colour = END_COLOUR if fall.is_end else SHARE_COLOUR
    interval = f"{amount(fall.low_cny)} .. {amount(fall.high_cny)}"
    box = scale.box(begin, length, colour, f"{fall.name}: {amount(fall.share_cny)} ({interval})")
    ends = scale.at(fall.base_cny + fall.low_cny), scale.at(fall.base_cny + fall.high_cny)
    is_open = ends[1] - ends[0] > 1.0
    behind = max(box.x + box.width, ends[1] if is_open else 0.0)
    sign = "" if fall.is_end else "+"
    return Line(
        name=_short(fall.name),
        title=fall.name,
        y=_y(row),
        boxes=(box,),
        whisker=ends if is_open else None,
        text=f"{sign}{amount(fall.share_cny)}",
        text_x=min(behind + 5, WIDTH - RIGHT + 4),
    )


def draw_sign_offs(bars: Sequence[SignOffBar], lang: Language) -> Drawing | None:
    """Draw the Gantt of the sign-offs towards one release; None without any.

    Parameters
    ----------
    bars
        Steps in the order of their begin.
    lang
        Language of the words.
    """
    if not bars:
        return None
    last = max(bar.begin_hours + bar.duration_hours + bar.slack_hours for bar in bars)
    scale = _Scale(0.0, last * 1.02)
    lines = []
    for k, bar in enumerate(bars):
        end = bar.begin_hours + bar.duration_hours
        colour = CRITICAL_COLOUR if bar.is_critical else PLAIN_COLOUR
        told = f"{bar.begin_hours:.1f}-{end:.1f} h, {bar.criticality:.0%}"
        boxes = [scale.box(bar.begin_hours, bar.duration_hours, colour, f"{bar.name}: {told}")]
        if bar.slack_hours > 0:
            slack = f"{say('slack', lang)} {bar.slack_hours:.1f} h"
            boxes.append(scale.box(end, bar.slack_hours, SLACK_COLOUR, slack))
        latest = bar.latest_end_hours
        tick = scale.at(latest) if latest is not None and 0 <= latest <= scale.high else None
        behind = boxes[-1].x + boxes[-1].width
        lines.append(
            Line(
                _short(bar.name), bar.name, _y(k), tuple(boxes), None, tick,
                f"{end:.1f} h", behind + 5,
            )
        )  # fmt: skip
    return Drawing(
        title=say("gantt", lang),
        note=say("gantt_note", lang),
        lines=tuple(lines),
        ticks=tuple((scale.at(value), f"{value:g}") for value in scale.ticks()),
        axis=say("hours", lang),
        legend=(
            (CRITICAL_COLOUR, say("critical", lang)),
            (PLAIN_COLOUR, say("plain", lang)),
            (SLACK_COLOUR, say("slack", lang)),
        ),
    )


def draw_wheels(bars: Sequence[WheelsBar], lang: Language) -> Drawing | None:
    """Draw how the hours of each kind of lane are spent; None without any.

    Parameters
    ----------
    bars
        Kinds of lanes.
    lang
        Language of the words.
    """
    if not bars:
        return None
    scale = _Scale(0.0, max(sum(bar.hours) for bar in bars) * 1.02)
    colours = [PHASE_COLOURS[phase.removesuffix("_hours")] for phase in PHASES]
    lines = []
    for k, bar in enumerate(bars):
        boxes, begin = [], 0.0
        for phase, hours, colour in zip(PHASES, bar.hours, colours, strict=True):
            title = f"{bar.name}: {say(phase, lang)} {hours:.1f} h"
            boxes.append(scale.box(begin, hours, colour, title))
            begin += hours
        behind = boxes[-1].x + boxes[-1].width
        lines.append(
            Line(
                _short(bar.name), bar.name, _y(k), tuple(boxes), text=f"{begin:.1f} h",
                text_x=behind + 5,
            )
        )  # fmt: skip
    return Drawing(
        title=say("wheels", lang),
        note=say("wheels_note", lang),
        lines=tuple(lines),
        ticks=tuple((scale.at(value), f"{value:g}") for value in scale.ticks()),
        axis=say("hours", lang),
        legend=tuple(
            (colour, say(phase, lang)) for phase, colour in zip(PHASES, colours, strict=True)
        ),
    )
