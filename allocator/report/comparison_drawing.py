"""Curves of a comparison as SVG: points and ticks worked out here, drawn by the template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allocator.report.comparison_curves import Curves
from allocator.report.comparison_names import Names
from allocator.report.figures.style import PALETTE
from allocator.report.words import Language, word

__all__ = ["Drawing", "DrawnLine", "Tick", "curve_drawings"]

WIDTH, HEIGHT = 560.0, 250.0
LEFT, TOP, RIGHT, BOTTOM = 48.0, 12.0, 14.0, 36.0
"""Room around the curves, for the figures at the axes."""

HOUR_STEPS = (1, 2, 3, 6, 12, 24, 48)
MOST_TICKS = 9
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)

BASE_COLOUR = "#6b7280"


@dataclass(frozen=True)
class Tick:
    """A figure at an axis: where, and what."""

    at: float
    text: str


@dataclass(frozen=True)
class DrawnLine:
    """The curve of one plan."""

    plan: str
    colour: str
    is_base: bool
    points: str


@dataclass(frozen=True)
class Drawing:
    """The curves of one scenario, with what the template needs to draw them."""

    title: str
    lines: tuple[DrawnLine, ...]
    hours: tuple[Tick, ...]
    shares: tuple[Tick, ...]
    hour_word: str
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    right: float = WIDTH - RIGHT
    top: float = TOP
    bottom: float = HEIGHT - BOTTOM


def curve_drawings(
    found: Sequence[Curves], plans: Sequence[str], names: Names, lang: Language
) -> list[Drawing]:
    """Return the drawings of some scenarios.

    Parameters
    ----------
    found
        Curves by scenario.
    plans
        Names of the plans, the base first: each has the same colour everywhere.
    names
        Names of the codes.
    lang
        Language of the words.
    """
    return [_drawing(curves, plans, names, lang) for curves in found]


def _drawing(curves: Curves, plans: Sequence[str], names: Names, lang: Language) -> Drawing:
    """Drawing of one scenario."""
    last = max(curves.hours[-1], 1)

    def across(hour: float) -> float:
        return round(LEFT + (WIDTH - LEFT - RIGHT) * hour / last, 1)

    def down(share: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share, 1)

    lines = tuple(
        DrawnLine(
            plan=plan,
            colour=BASE_COLOUR if k == 0 else PALETTE[(k - 1) % len(PALETTE)],
            is_base=k == 0,
            points=" ".join(
                f"{across(hour)},{down(share)}"
                for hour, share in zip(curves.hours, curves.shares[plan], strict=True)
            ),
        )
        for k, plan in enumerate(plans)
        if plan in curves.shares
    )
    step = next((step for step in HOUR_STEPS if last / step <= MOST_TICKS), HOUR_STEPS[-1])
    return Drawing(
        title=names.scenario_name(curves.scenario),
        lines=lines,
        hours=tuple(Tick(across(hour), str(hour)) for hour in range(0, last + 1, step)),
        shares=tuple(Tick(down(share), f"{share:.0%}") for share in SHARES),
        hour_word=word("chart.hours", lang),
    )
