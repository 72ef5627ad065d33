"""Needs that are left where goods are on their way already.

What is under way comes at hours of its own, and waits for nobody. With ``A(h)`` the need that has
arisen by h and ``P(h)`` what has come by then of what is under way, ``max(0, A - P)`` is left for
others; it falls again where goods come. What others bring by h is of use to the end only up to
``E(h) = min over g >= h of max(0, A - P)(g)``, which rises: its steps are the needs that are left.

Waiting is ``integral of max(0, A - P - N)`` with ``N`` what others bring. It is
``integral of (max(0, A - P) - E) + integral of max(0, E - N)`` wherever ``N <= E``: a constant and
the waiting of the needs that are left. Where needs arise after goods have come, others may bring
for a while what is needed later only, which is worth ``slack`` at most: what is proven of the needs
that are left is proven of all within it. With needs that arise once the slack is nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["ResidualNeed", "backlog_unit_hours", "residual_need"]

Batch = tuple[float, float]

_NOISE = 1e-9


@dataclass(frozen=True)
class ResidualNeed:
    """What is left of the need for one item in one district.

    Parameters
    ----------
    pulses
        Hour and units of each need that is left. [h], [units]
    fixed_unit_hours
        Waiting that is added to that of the needs that are left. [unit-hours]
    slack_unit_hours
        By how much less may be waited than that sum. [unit-hours]
    """

    pulses: tuple[Batch, ...]
    fixed_unit_hours: float
    slack_unit_hours: float


def residual_need(
    pulses: Sequence[Batch], coming: Sequence[Batch], at_hours: float, deadline_hours: float
) -> ResidualNeed:
    """Work out what is left of a need.

    Parameters
    ----------
    pulses
        Hour and units of each need. [h], [units]
    coming
        Hour and units of what is under way. [h], [units]
    at_hours
        Nothing else comes before this hour. [h]
    deadline_hours
        What comes later does not count. [h]
    """
    changes = [(min(max(hour, 0.0), deadline_hours), units) for hour, units in pulses]
    changes += [(hour, -units) for hour, units in coming if hour <= deadline_hours + 1e-6]
    hours = sorted({0.0, *(hour for hour, _ in changes)})
    left, balance = [], 0.0
    for hour in hours:
        balance += sum(units for when, units in changes if when == hour)
        left.append(max(0.0, balance))
    least = left.copy()
    for k in range(len(least) - 2, -1, -1):
        least[k] = min(least[k], least[k + 1])
    steps, before = [], 0.0
    fixed = slack = 0.0
    ends = [*hours[1:], deadline_hours]
    for hour, end, value, low in zip(hours, ends, left, least, strict=True):
        if low > before + _NOISE:
            steps.append((hour, low - before))
            before = low
        fixed += (value - low) * max(0.0, end - hour)
        over = max(0.0, min(value, least[-1]) - low)
        slack += over * max(0.0, end - max(hour, at_hours))
    return ResidualNeed(tuple(steps), fixed, slack)


def backlog_unit_hours(
    pulses: Sequence[Batch], coming: Sequence[Batch], deadline_hours: float
) -> float:
    """Integral of ``max(0, need arisen - brought)`` from 0 to the deadline. [unit-hours]

    Parameters
    ----------
    pulses, coming
        Hour and units of needs, and of what is brought. [h], [units]
    deadline_hours
        End of the integral. [h]
    """
    changes = [*pulses, *((hour, -units) for hour, units in coming)]
    total = balance = last = 0.0
    for hour, units in sorted(changes):
        now = min(max(hour, 0.0), deadline_hours)
        total += max(0.0, balance) * (now - last)
        balance += units
        last = now
    return total + max(0.0, balance) * (deadline_hours - last)
