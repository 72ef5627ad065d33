"""Coordination degree: how much of what coordination can save is saved."""

from __future__ import annotations

import numpy as np

from allocator.coordination.ranges import Range

__all__ = ["degree_of"]

_NOTHING = 1e-9
"""Share of a loss that counts as no loss at all."""


def degree_of(ideal: Range, actual: Range, uncoordinated: Range) -> Range:
    """Degree in [0, 1] from the losses at three speeds of sign-offs.

    ``K = (V(uncoordinated) - V(actual)) / (V(uncoordinated) - V(ideal))``, 1 where coordination
    can save nothing.

    K rises with ``V(ideal)`` and ``V(uncoordinated)`` and falls with ``V(actual)``, as long as
    ``V(ideal) <= V(actual) <= V(uncoordinated)``; so its ends lie at the ends of the losses, or at
    0 or 1 where those overlap.

    Parameters
    ----------
    ideal, actual, uncoordinated
        Losses; values, low ends and high ends each rise in this order. [CNY]
    """
    value = _share(ideal.value, actual.value, uncoordinated.value)
    most = 1.0
    if ideal.high < actual.low:
        most = _share(ideal.high, actual.low, uncoordinated.high)
    least = 0.0
    if actual.high < uncoordinated.low:
        least = _share(ideal.low, actual.high, uncoordinated.low)
    elif uncoordinated.high - ideal.low <= _NOTHING * max(1.0, uncoordinated.high):
        least = 1.0
    return Range(value, min(least, value), max(most, value))


def _share(ideal: float, actual: float, uncoordinated: float) -> float:
    """Degree of exact losses, within [0, 1]."""
    whole = uncoordinated - ideal
    if whole <= _NOTHING * max(1.0, abs(uncoordinated)):
        return 1.0
    return float(np.clip((uncoordinated - actual) / whole, 0.0, 1.0))
