"""What unmet need costs while planning, and the limits on it under which waiting is bounded."""

from __future__ import annotations

import math

from allocator.engine.dispatch_columns import UnmetCap
from allocator.engine.dispatch_problem import DispatchProblem
from allocator.engine.dispatch_relaxation import Relaxation

__all__ = ["cap_at", "dearer_need", "is_amiss", "left_unmet", "likely_cap"]

_PRICE = 10.0
"""Price of passing a limit on the unmet need, and of unmet need where it counts much more than
waiting, in deadlines of waiting."""

_LIKELY = 1.1
"""Unmet need that plans of great cases come to, against what stock and reach alone leave."""

_AMISS = 5e-4
"""Share of a bound that it may lose by a limit on the unmet need that is not quite what is reached.
"""


def cap_at(unmet: float, deadline_hours: float) -> UnmetCap:
    """Limit for plans that leave no more unmet. [weighted units]"""
    return UnmetCap(unmet, _PRICE * deadline_hours)


def likely_cap(least: float, deadline_hours: float) -> UnmetCap:
    """Limit at what plans will leave unmet, where no plan is there yet.

    Parameters
    ----------
    least
        What is proven to stay unmet. [weighted units]
    deadline_hours
        End of the horizon. [h]
    """
    return cap_at(_LIKELY * least, deadline_hours)


def is_amiss(cap: UnmetCap, found: Relaxation | None, unmet: float | None) -> bool:
    """Whether a bound under a limit says little of a plan with another unmet need.

    Parameters
    ----------
    cap, found
        The limit, and the relaxation under it; None where there is none.
    unmet
        Of the plan; None without one. [weighted units]
    """
    if found is None or unmet is None or not math.isfinite(cap.limit):
        return True
    return found.duals.unmet * abs(unmet - cap.limit) > _AMISS * found.value


def left_unmet(problem: DispatchProblem, found: Relaxation) -> float:
    """Unmet need of a relaxation. [weighted units]"""
    units = found.unmet_units + problem.need_rest_units
    return float((problem.data.need_weight * units).sum())


def dearer_need(extra: float, deadline_hours: float, in_steps: bool) -> float:
    """Price of unmet need, on top of its waiting, at which it counts much more.

    In two steps what costs the least waiting is brought first, and a plan waits 0.2 % less in the
    end.

    Parameters
    ----------
    extra
        The price so far. [h]
    deadline_hours
        End of the horizon. [h]
    in_steps
        Whether the first time goes but half of the way, as factors go.
    """
    most = _PRICE * deadline_hours
    is_first = in_steps and extra <= deadline_hours
    return math.sqrt(deadline_hours * most) if is_first else most
