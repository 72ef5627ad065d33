"""A figure with the interval that is known to hold it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

__all__ = ["NOTHING", "Range", "mean_range"]


@dataclass(frozen=True)
class Range:
    """A figure and where it lies.

    Parameters
    ----------
    value
        The figure that is told.
    low, high
        The true one is not below, not above.
    """

    value: float
    low: float
    high: float


NOTHING = Range(0.0, 0.0, 0.0)
"""Nothing, for sure."""


def mean_range(ranges: Sequence[Range], weights: Sequence[float]) -> Range:
    """Weighted mean of figures; their intervals add up as they do.

    Parameters
    ----------
    ranges, weights
        As many of each; weights are >= 0.
    """
    pairs = list(zip(ranges, weights, strict=True))
    return Range(
        fsum(weight * one.value for one, weight in pairs),
        fsum(weight * one.low for one, weight in pairs),
        fsum(weight * one.high for one, weight in pairs),
    )
