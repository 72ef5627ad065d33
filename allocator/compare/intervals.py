"""Whether two figures differ by more than what is not known about them."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from allocator.schema.comparison import KpiNote

__all__ = ["SLACK", "Figure", "told_apart"]

SLACK = 1e-6
"""Share of a value within which another is the same."""


@dataclass(frozen=True)
class Figure:
    """A figure of a plan, with where that of the best plan of its case can lie.

    Parameters
    ----------
    value
        Of the plan.
    unit
        As the sheets say it.
    low, high
        The best plan's figure is not below, not above; infinite where nothing is known.
    earlier
        Values of the stages that come before it: the interval is that of the plans that keep them.
    measure
        Figures of another measure have the same name and are something else.
    """

    value: float
    unit: str = ""
    low: float = -inf
    high: float = inf
    earlier: tuple[float, ...] = ()
    measure: str = ""

    @property
    def bound(self) -> float | None:
        """Where the interval ends on the side that no plan passes; None where that is not known."""
        ends = [end for end in (self.low, self.high) if abs(end) < inf]
        if not ends:
            return None
        farthest = max(ends, key=lambda end: abs(end - self.value))
        return farthest if len(ends) == 2 or farthest != self.value else None


def told_apart(base: Figure, other: Figure) -> tuple[bool | None, KpiNote]:
    """Say whether better solves could undo the difference of two figures.

    Parameters
    ----------
    base, other
        Figures of one name.

    Returns
    -------
    tuple
        True if no best plans can be alike, False if they can (or there is no difference), None if
        that is not known; and why.
    """
    if base.measure != other.measure:
        return None, "objectives_differ"
    slack = SLACK * max(1.0, abs(base.value), abs(other.value))
    if abs(base.value - other.value) <= slack:
        return False, "same"
    if base.high + slack < other.low:
        return _unless_traded(base, other)
    if other.high + slack < base.low:
        return _unless_traded(other, base)
    is_known = all(abs(end) < inf for figure in (base, other) for end in (figure.low, figure.high))
    return (False, "within_gaps") if is_known else (None, "no_bound")


def _unless_traded(less: Figure, more: Figure) -> tuple[bool | None, KpiNote]:
    """Two figures apart, unless the lesser is bought with an earlier stage.

    The bound of ``more`` holds for plans whose earlier stages are no worse than its own. Where
    those of ``less`` are no worse than that, its figure is out of reach of the other case with the
    earlier stages of either plan.
    """
    for kept, reached in zip(less.earlier, more.earlier, strict=True):
        if kept > reached + SLACK * max(1.0, abs(reached)):
            return None, "trade"
    return True, "apart"
