"""From curves of failing sectors to what a value is multiplied by, hour by hour."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from allocator.lab.cascade import DrillCourse
from allocator.schema.lab import SectorLink

__all__ = ["GROWING", "SHRINK_STEPS", "multiplier", "shrunken_runs", "worst_mean"]

Floats = NDArray[np.float64]

GROWING = ("demand", "road_time", "sign_off_time")
"""What a failure makes larger; it makes the others smaller."""

SHRINK_STEPS = 20
"""What is left of docks and receiving is told in so many steps."""

_NOISE = 1e-9


def multiplier(course: DrillCourse, links: Iterable[SectorLink], hours: int) -> Floats:
    """Product of ``1 + effect x q`` or ``1 - effect x q`` over links of one kind.

    Parameters
    ----------
    course
        The drill.
    links
        Rows that act on the value.
    hours
        Number of hours wanted.

    Returns
    -------
    Array
        Shape (hour,): >= 1 for what grows, in [0, 1] for what shrinks.
    """
    found = np.ones(hours)
    for row in links:
        failing = course.inoperability[:hours, course.sectors.index(row.sector)]
        sign = 1.0 if row.acts_on in GROWING else -1.0
        found = found * np.maximum(0.0, 1.0 + sign * row.effect * failing)
    return np.asarray(found)


def worst_mean(values: Floats, length: int) -> float:
    """Largest mean over any run of hours of a length.

    Parameters
    ----------
    values
        Shape (hour,).
    length
        Hours in a row, at least 1; all there are if it is more.
    """
    length = min(max(1, length), len(values))
    sums = np.cumsum(np.concatenate([[0.0], values]))
    return float((sums[length:] - sums[:-length]).max() / length)


def shrunken_runs(plain: float, left: Floats, *, is_whole: bool) -> list[tuple[int, int, float]]:
    """Runs of hours in which less than the plain amount is there.

    Parameters
    ----------
    plain
        Amount in normal hours, > 0.
    left
        Part of it that is left, shape (hour,), in [0, 1]; taken to the nearest twentieth.
    is_whole
        Whether only whole amounts count: rounded down, but 1 at least while anything is left.

    Returns
    -------
    list
        First hour, hour after the last, amount.
    """
    amounts = plain * np.rint(left * SHRINK_STEPS) / SHRINK_STEPS
    full = plain
    if is_whole:
        amounts = np.where(amounts > 0, np.maximum(1.0, np.floor(amounts + _NOISE)), 0.0)
        full = max(1.0, float(np.floor(plain + _NOISE)))
    told = np.round(amounts, 6).tolist()
    cuts = [0, *(k for k in range(1, len(told)) if told[k] != told[k - 1]), len(told)]
    return [(a, b, told[a]) for a, b in pairwise(cuts) if b > a and told[a] < full - _NOISE]
