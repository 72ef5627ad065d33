"""What a solve says about itself: status, objective, proven bound and gap."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.errors import SolveError

__all__ = [
    "OPTIMAL_GAP",
    "IncumbentCallback",
    "Progress",
    "ProgressCallback",
    "SolveResult",
    "Status",
    "checked_bound",
    "relative_gap",
    "stage_gap",
    "status_of_gap",
]

FloatArray = NDArray[np.float64]

#: A proven gap up to this is reported as optimal, above it as within the gap.
OPTIMAL_GAP = 1e-6

#: Objectives below this in absolute value count as zero in the gap's denominator.
_TINY = 1e-10

#: Difference of bound and objective that counts as none.
_NOISE = 1e-12

#: The same for values that were added up over flows.
_STAGE_NOISE = 1e-9

#: How far a bound may pass the objective (tolerances of the solver) before it is an error.
_BOUND_TOLERANCE = 1e-6


class Status(StrEnum):
    """How a solve ended; the words are those of the JSON contract."""

    OPTIMAL = "optimal"
    WITHIN_GAP = "within_gap"
    TIME_LIMIT = "time_limit"
    NO_PLAN = "no_plan"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    NUMERICAL = "numerical"
    FAILED = "failed"

    @property
    def has_plan(self) -> bool:
        """Whether values come with this status."""
        return self in (Status.OPTIMAL, Status.WITHIN_GAP, Status.TIME_LIMIT)


@dataclass(frozen=True)
class Progress:
    """One line of news from a running solve.

    Parameters
    ----------
    stage
        What is being solved, as given by the caller.
    seconds
        Time since the solve began. [s]
    incumbent, bound, gap
        Best plan's objective, proven bound, relative gap; None where unknown yet.
    note
        Something else that happened, a sentence that the reader should keep; mostly empty.
    """

    stage: str
    seconds: float
    incumbent: float | None
    bound: float | None
    gap: float | None
    note: str = ""


ProgressCallback = Callable[[Progress], None]

#: Called with objective and column values of each better plan found on the way.
IncumbentCallback = Callable[[float, FloatArray], None]


@dataclass(frozen=True)
class SolveResult:
    """Outcome of one solve.

    Parameters
    ----------
    status
        How it ended. Values are there exactly if ``status.has_plan``.
    objective, bound, gap
        In the sense of the program (a bound from above when it maximises).
    seconds
        Wall time of the solve. [s]
    values
        Column values, shape (column,); integers are exact.
    row_duals, reduced_costs
        Change of the objective per unit of row bound / column bound, shape (row,) and (column,);
        None for programs with integers.
    nodes
        Branch and bound nodes.
    message
        Why, where the status alone does not say it.
    duals
        Row duals by Pyomo constraint, set by ``solve_model`` for linear programs.
    """

    status: Status
    objective: float | None = None
    bound: float | None = None
    gap: float | None = None
    seconds: float = 0.0
    values: FloatArray | None = None
    row_duals: FloatArray | None = None
    reduced_costs: FloatArray | None = None
    nodes: int = 0
    message: str = ""
    duals: Mapping[Any, float] | None = field(default=None, compare=False, repr=False)


def relative_gap(objective: float | None, bound: float | None) -> float | None:
    """Return the share by which a plan may still be improved.

    ``|objective - bound| / |objective|``; 0 where both are 0. None where either is unknown.

    Parameters
    ----------
    objective, bound
        Of the plan and the proof; the caller has checked that they are on the right sides.

    Returns
    -------
    float | None
        Gap, >= 0, finite.
    """
    if objective is None or bound is None:
        return None
    difference = abs(objective - bound)
    if difference <= _NOISE:
        return 0.0
    return difference / max(abs(objective), _TINY)


def stage_gap(objective: float, bound: float, floor: float = 0.0) -> float:
    """Return the gap of a stage as it is published, and as the replay computes it.

    Parameters
    ----------
    objective, bound
        Of the plan and the proof; the caller has checked that they are on the right sides.
    floor
        Part of the objective that no plan could do without.

    Returns
    -------
    float
        ``|objective - bound| / (objective - floor)``; 0 where the difference is noise of sums.
    """
    off = abs(objective - bound)
    whole = objective - floor if floor else abs(objective)
    return 0.0 if off <= _STAGE_NOISE else off / max(whole, _TINY)


def status_of_gap(gap: float | None, asked: float) -> Status:
    """Return the status of a plan by what is proven about it.

    Parameters
    ----------
    gap
        Proven relative gap, None where there is no bound.
    asked
        Gap at which the caller is content.
    """
    if gap is not None and gap <= OPTIMAL_GAP:
        return Status.OPTIMAL
    if gap is not None and gap <= asked:
        return Status.WITHIN_GAP
    return Status.TIME_LIMIT


def checked_bound(
    objective: float | None, bound: float | None, *, maximise: bool = False
) -> float | None:
    """Return the bound, moved onto the objective where it passes it by rounding only.

    Raises
    ------
    SolveError
        If the bound contradicts the objective by more than the solver's tolerances.
    """
    if bound is None or not math.isfinite(bound):
        return None
    if objective is None:
        return bound
    excess = objective - bound if maximise else bound - objective
    if excess <= 0.0:
        return bound
    if excess > _BOUND_TOLERANCE * max(1.0, abs(objective)):
        raise SolveError(
            f"the proven bound ({bound!r}) passes the objective of the plan ({objective!r}). "
            "Maybe a coefficient is so large that the solver's tolerances no longer hold."
        )
    return objective
