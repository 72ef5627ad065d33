"""What may be asked about locations, and what an answer holds."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from allocator.solver import (
    Progress,
    ProgressCallback,
    SolveOptions,
    Status,
    relative_gap,
    status_of_gap,
)
from models.location import LocationPlan
from models.location_data import LocationData

__all__ = ["LocationQuestion", "LocationResult", "Proof", "QuestionKind", "Search"]

QuestionKind = Literal["cover-all", "cover-most", "median", "center", "capacitated"]


@dataclass(frozen=True)
class LocationQuestion:
    """One classical location question.

    Parameters
    ----------
    kind
        ``cover-all`` (fewest warehouses within the radius), ``cover-most`` (most weight within
        the radius of ``count`` warehouses), ``median`` (least weighted distance to ``count``
        warehouses), ``center`` (least longest distance to at most ``count`` warehouses),
        ``capacitated`` (least opening cost plus weighted distance).
    radius
        Longest lane allowed, in the unit of ``lane_distance``; None for any.
    count
        Number of open warehouses, those fixed open included.
    single_source
        Whether each district has one responsible warehouse.
    """

    kind: QuestionKind
    radius: float | None = None
    count: int | None = None
    single_source: bool = False

    @property
    def reach(self) -> float:
        """Longest lane allowed, ``inf`` for any."""
        return math.inf if self.radius is None else self.radius


@dataclass(frozen=True)
class LocationResult:
    """Answer to a location question.

    Parameters
    ----------
    question
        What was asked.
    status
        How the search ended; a plan is there exactly if ``status.has_plan``.
    objective, bound, gap
        Of the question: warehouses, weight, weighted distance, distance, or cost.
    seconds
        Wall time. [s]
    open_warehouses
        Numbers of the open warehouses, ascending.
    assignment
        Warehouse that serves most of each district, -1 for none, shape (district,).
    served_share
        Share of each district's demand that is served, shape (district,), in [0, 1].
    plan
        Lanes and shares in full; None without a plan.
    """

    question: LocationQuestion
    status: Status
    objective: float | None
    bound: float | None
    gap: float | None
    seconds: float
    open_warehouses: NDArray[np.intp]
    assignment: NDArray[np.intp]
    served_share: NDArray[np.float64]
    plan: LocationPlan | None = field(default=None, compare=False)

    @property
    def covered(self) -> NDArray[np.bool_]:
        """Districts that are served in full, shape (district,)."""
        return self.served_share >= 1.0 - 1e-6


@dataclass(frozen=True)
class Proof:
    """A plan with what is proven about it, before it becomes a result.

    Parameters
    ----------
    status
        How the search ended.
    objective, bound
        Of the plan and the proof.
    plan
        None where there is none.
    """

    status: Status
    objective: float | None = None
    bound: float | None = None
    plan: LocationPlan | None = None

    def result(self, data: LocationData, search: Search) -> LocationResult:
        """Return the result that a caller sees."""
        plan = self.plan
        districts = data.district_count
        nobody = np.full(districts, -1, dtype=np.intp)
        return LocationResult(
            search.question,
            self.status,
            self.objective,
            self.bound,
            relative_gap(self.objective, self.bound),
            search.seconds,
            np.zeros(0, dtype=np.intp) if plan is None else plan.open_warehouses,
            nobody if plan is None else plan.assignment(districts),
            np.zeros(districts) if plan is None else plan.served_share(districts),
            plan,
        )


@dataclass
class Search:
    """Options, clock and listener of one question, which may take several solves.

    Parameters
    ----------
    question
        What is asked.
    options
        Gap, limits, threads, seed; the time limit is for all solves together.
    progress
        Hears about it; None for nobody.
    """

    question: LocationQuestion
    options: SolveOptions
    progress: ProgressCallback | None = None
    started: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        """Time since the beginning. [s]"""
        return time.perf_counter() - self.started

    @property
    def remaining_seconds(self) -> float:
        """Time until the limit, ``inf`` without one. [s]"""
        limit = self.options.time_limit_seconds
        return math.inf if limit is None else max(0.0, limit - self.seconds)

    @property
    def is_over(self) -> bool:
        """Whether the time limit has passed."""
        return self.remaining_seconds <= 0.0

    def solve_options(self, gap: float | None = None) -> SolveOptions:
        """Return the options for one of the solves, with the time that is left."""
        remaining = self.remaining_seconds
        return replace(
            self.options,
            gap=self.options.gap if gap is None else gap,
            time_limit_seconds=remaining if math.isfinite(remaining) else None,
        )

    def status(self, objective: float | None, bound: float | None) -> Status:
        """Return the status of a plan and a bound."""
        if objective is None:
            return Status.NO_PLAN
        return status_of_gap(relative_gap(objective, bound), self.options.gap)

    def report(self, objective: float | None, bound: float | None) -> None:
        """Tell the listener how the whole search stands."""
        if self.progress is not None:
            gap = relative_gap(objective, bound)
            self.progress(Progress(self.question.kind, self.seconds, objective, bound, gap))
