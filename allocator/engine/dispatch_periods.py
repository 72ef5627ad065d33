"""The grid of hours on which a dispatch is planned."""

from __future__ import annotations

import math

__all__ = ["HOUR_NOISE", "PERIOD_HOURS", "period_after", "period_before", "period_count"]

PERIOD_HOURS = 1.0
"""Loading starts at whole hours."""

HOUR_NOISE = 1e-6
"""Hours closer than this are the same hour. [h]"""


def period_after(hours: float) -> int:
    """First period that begins at or after an hour."""
    return math.ceil(hours / PERIOD_HOURS - HOUR_NOISE)


def period_before(hours: float) -> int:
    """Period in which an hour lies."""
    return math.floor(hours / PERIOD_HOURS + HOUR_NOISE)


def period_count(deadline_hours: float) -> int:
    """Periods in which loading may start."""
    return period_before(deadline_hours) + 1
