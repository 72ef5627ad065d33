"""The center question: a search over the distances, each asked as a covering question.

The answer is one of the lane distances. A binary search finds the least distance at which the
linear relaxation of covering needs no more warehouses than allowed; from there upwards whole
covering models are solved, again halving, until the distance below is proven too short.
Source: Minieka, SIAM Review 12 (1970) 138-139; the relaxation first: Ilhan, Pinar, "An efficient
exact algorithm for the vertex p-center problem", Bilkent University (2001).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.location_question import Proof, Search
from allocator.solver import Status, compile_model, solve_program
from models.location import LocationPlan, assign_nearest, build_cover_all, read_location
from models.location_data import LocationData
from models.parts.location_coverage import greedy_cover

__all__ = ["solve_center"]

FloatArray = NDArray[np.float64]

#: Number of warehouses by which a relaxation must exceed the count to prove it too small.
_COUNT_NOISE = 1e-6

#: Any plan will do: the first one found stops the solve.
_ANY_PLAN_GAP = 1e9


def solve_center(data: LocationData, search: Search, count: int) -> Proof:
    """Find the least longest distance at which ``count`` warehouses serve every district.

    Parameters
    ----------
    data
        Every district has a lane.
    search
        Question, options, clock.
    count
        Most warehouses open.

    Returns
    -------
    Proof
        Status infeasible where not even all lanes suffice.
    """
    ladder = _ladder(data, search.question.reach)
    hunt = _Hunt(data, search, count, ladder, high=ladder.size)
    hunt.try_greedy()
    hunt.search_relaxed()
    hunt.search_whole()
    return hunt.proof()


def _ladder(data: LocationData, reach: float) -> FloatArray:
    """Return the distances that the answer can be, ascending.

    None is below the distance of the district that is farthest from its nearest warehouse.
    """
    distance = data.lane_distance[data.allowed]
    least = float(distance.min(axis=0).max())
    usable = distance[np.isfinite(distance) & (distance <= reach) & (distance >= least)]
    return np.unique(usable)


@dataclass
class _Hunt:
    """Narrows the rung: all below ``low`` are too short, ``high`` has a plan if there is one.

    Parameters
    ----------
    data, search, count
        What is asked.
    ladder
        Candidate distances, ascending.
    low, high
        Numbers of rungs; ``high`` beyond the ladder while there is no plan.
    plan
        At rung ``high``.
    """

    data: LocationData
    search: Search
    count: int
    ladder: FloatArray
    high: int
    low: int = 0
    plan: LocationPlan | None = field(default=None)

    @property
    def is_over(self) -> bool:
        """Whether the gap asked for is proven or the time is up."""
        if self.search.is_over or self.low >= self.high:
            return True
        if self.plan is None:
            return False
        return self.search.status(*self._figures()) in (Status.OPTIMAL, Status.WITHIN_GAP)

    def _figures(self) -> tuple[float | None, float | None]:
        """Return objective and bound."""
        objective = None if self.plan is None else float(self.ladder[self.high])
        bound = float(self.ladder[self.low]) if self.low < self.ladder.size else None
        return objective, bound

    def _keep(self, plan: LocationPlan) -> None:
        """Keep a plan: its own longest lane says at which rung it stands."""
        used = self.data.lane_distance[plan.lanes.warehouse, plan.lanes.district]
        self.high = min(self.high, int(np.searchsorted(self.ladder, used.max())))
        self.plan = plan
        self.search.report(*self._figures())

    def try_greedy(self) -> None:
        """Look for a first plan by greedy covering, without capacities only."""
        if self.data.is_capacitated:
            return
        low, high = self.low, self.high
        while low < high and not self.search.is_over:
            middle = (low + high) // 2
            opened = greedy_cover(self.data, float(self.ladder[middle]), self.count)
            if opened is None:
                low = middle + 1
            else:
                self._keep(assign_nearest(self.data, opened))
                high = middle

    def search_relaxed(self) -> None:
        """Raise ``low`` as far as the linear relaxation proves."""
        low, high = self.low, min(self.high, self.ladder.size)
        while low < high and not self.search.is_over:
            middle = (low + high) // 2
            proven = self._too_short_relaxed(float(self.ladder[middle]))
            if proven is None:
                return
            if proven:
                low = middle + 1
                self.low = low
                self.search.report(*self._figures())
            else:
                high = middle

    def _too_short_relaxed(self, radius: float) -> bool | None:
        """Whether even the relaxation needs more warehouses; None if it was not answered."""
        program = compile_model(self._model(radius, limited=False)).program
        relaxed = replace(program, integer=np.zeros(program.column_count, dtype=np.bool_))
        answer = solve_program(relaxed, self.search.solve_options())
        if answer.status is Status.INFEASIBLE:
            return True
        if answer.status is not Status.OPTIMAL or answer.objective is None:
            return None
        return answer.objective > self.count + _COUNT_NOISE

    def search_whole(self) -> None:
        """Close in on the answer with whole models, from ``low`` upwards in growing steps."""
        stride = 1
        while not self.is_over:
            # The relaxation is seldom far off: look near it first, farther after each failure.
            middle = min(self.low + stride - 1, (self.low + self.high) // 2, self.ladder.size - 1)
            found = self._try_whole(float(self.ladder[middle]))
            if found is None:
                return
            if not found:
                self.low = middle + 1
                stride *= 2
            self.search.report(*self._figures())

    def _try_whole(self, radius: float) -> bool | None:
        """Whether a plan keeps the radius; None if that was not settled in time."""
        model = self._model(radius, limited=True)
        compiled = compile_model(model)
        answer = solve_program(
            compiled.program, self.search.solve_options(_ANY_PLAN_GAP), stage="center: cover"
        )
        if answer.status is Status.INFEASIBLE:
            return False
        if answer.values is None:
            return None
        compiled.load(answer.values)
        self._keep(read_location(model, self.data, radius))
        return True

    def _model(self, radius: float, *, limited: bool) -> object:
        """Return the covering model at a radius."""
        return build_cover_all(
            self.data,
            radius,
            single_source=self.search.question.single_source,
            count=self.count if limited else None,
        )

    def proof(self) -> Proof:
        """Return plan and bound."""
        if self.plan is None and self.low >= self.ladder.size:
            return Proof(Status.INFEASIBLE)
        objective, bound = self._figures()
        if objective is not None and bound is not None:
            bound = min(bound, objective)
        if not self.ladder.size or (bound is not None and not math.isfinite(bound)):
            bound = None
        return Proof(self.search.status(objective, bound), objective, bound, self.plan)
