"""The plan re-arranged around one district so that something is forced, and who loses by that.

The vehicles of a few warehouses are free: each may stay at home, drive as planned with other goods
on board, or go to the district instead. All other trips stay with their loads. The answer is a
plan that keeps every rule; a better one may exist.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_convoys import mend_convoys
from allocator.engine.dispatch_data import DispatchInputs
from allocator.engine.dispatch_draft import Draft, join_drafts, residual, startable
from allocator.engine.dispatch_filling import add_vehicles, fill_room
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_problem import (
    DispatchProblem,
    StagePrices,
    dispatch_problem,
    stage_prices,
)
from allocator.engine.dispatch_restricted import Restricted, restricted_program
from allocator.engine.dispatch_service import deliveries
from allocator.engine.dispatch_stages import whole_values
from allocator.engine.dispatch_vehicles import result_draft, whole_vehicles
from allocator.explain.present import PresentTrips
from allocator.solver import LinearProgram, SolveOptions, solve_program
from models.dispatch_values import (
    DISPATCH_STAGES,
    DispatchResult,
    delivered_units,
    dispatch_values,
)

__all__ = ["Rearranged", "Standing", "rearrange"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_EXTRA_DEADLINES = 10.0
"""Price of unmet need on top of its waiting under ``lives``, in deadlines of waiting: unmet need
counts first."""

_FIRST = 1_000.0
"""How much dearer than all other need that of the district is while room is filled."""


@dataclass(frozen=True)
class Standing:
    """The plan of one scenario as the engine sees it.

    Parameters
    ----------
    inputs, problem
        The scenario under its true rules.
    objective
        ``lives``, ``social`` or ``cost``.
    result
        The plan's vehicles.
    """

    inputs: DispatchInputs
    problem: DispatchProblem
    objective: str
    result: DispatchResult

    @classmethod
    def of(cls, inputs: DispatchInputs, present: PresentTrips, objective: str) -> Standing:
        """Find the trips of a plan among those of the problem.

        Parameters
        ----------
        inputs
            The scenario.
        present
            Trips of a certified plan.
        objective
            What the plan was made for.
        """
        problem = dispatch_problem(inputs.data)
        data = inputs.data
        home = np.searchsorted(inputs.warehouse, present.warehouse)
        to = np.searchsorted(inputs.district, present.district)
        lane = np.full((data.warehouse_count, data.district_count), -1, dtype=np.int64)
        lane[data.lane_warehouse, data.lane_district] = np.arange(data.lane_count)
        start = np.rint(present.start_hours / data.period_hours).astype(np.int64)
        load = np.rint(present.load_units).astype(np.int64)
        trip = problem.departures(lane[home, to], present.fleet, start, load > 0)
        return cls(inputs, problem, objective, DispatchResult(trip, load))

    @cached_property
    def draft(self) -> Draft:
        """The plan's vehicles as a draft."""
        return result_draft(self.problem, self.result)

    @cached_property
    def values(self) -> dict[str, float]:
        """Values of the plan by stage."""
        return self.values_of(self.result)

    @cached_property
    def delivered(self) -> Floats:
        """Units that come under the plan, shape (district, item). [units]."""
        return delivered_units(self.problem.data, self.problem.table, self.result)

    def values_of(self, result: DispatchResult) -> dict[str, float]:
        """Values of some plan by stage, with what has left."""
        if self.inputs.before is None:
            return dispatch_values(self.problem.data, self.problem.table, result)
        return {stage: value for stage, (value, _) in self._whole(result).items()}

    @cached_property
    def fixed(self) -> dict[str, float]:
        """What is added to a bound of what is left to plan, by stage."""
        if self.inputs.before is None:
            return dict.fromkeys(DISPATCH_STAGES, 0.0)
        return {stage: more for stage, (_, more) in self._whole(self.result).items()}

    def _whole(self, result: DispatchResult) -> dict[str, tuple[float, float]]:
        """Values with what has left, and what of them is fixed."""
        before = self.inputs.before
        if before is None:
            raise ValueError("nothing has left before a first plan.")
        outcome = DispatchOutcome(self.problem.table, result, ())
        return whole_values(self.inputs, outcome, deliveries(self.inputs, outcome), before)

    @cached_property
    def prices(self) -> StagePrices:
        """What planning minimises: under ``lives`` unmet need first, then waiting."""
        data = self.problem.data
        if self.objective != "lives":
            stage = "served_cost" if self.objective == "cost" else self.objective
            return stage_prices(data, stage)
        extra = _EXTRA_DEADLINES * data.deadline_hours
        return stage_prices(data, "waiting", unmet_extra=extra)

    def is_no_worse(self, values: dict[str, float]) -> bool:
        """Whether a plan of these values is at least as good as the plan."""
        stages = {"lives": ("unmet", "waiting"), "cost": ("served_cost",)}
        for stage in stages.get(self.objective, (self.objective,)):
            before, after = self.values[stage], values[stage]
            slack = 1e-9 * max(1.0, abs(before))
            if abs(after - before) > slack:
                return after < before
        return True


@dataclass(frozen=True)
class Rearranged:
    """A plan in which something is forced.

    Parameters
    ----------
    result
        Its vehicles.
    values
        By stage.
    change_units
        Delivered there less delivered under the plan, shape (district, item). [units]
    """

    result: DispatchResult
    values: dict[str, float]
    change_units: Floats


Force = Callable[[Restricted], LinearProgram]
"""Takes the program over the free departures and returns it with something forced."""


def rearrange(
    standing: Standing,
    warehouses: Integers,
    offered: Integers,
    favoured: Integers,
    force: Force,
    seconds: float,
) -> Rearranged | None:
    """Plan the vehicles of some warehouses anew with something forced.

    Parameters
    ----------
    standing
        The plan.
    warehouses
        Whose vehicles are free, as positions in the problem.
    offered
        Departures offered besides those of the plan.
    favoured
        Needs that room is filled with first.
    force
        What is forced.
    seconds
        Time limit. [s]

    Returns
    -------
    Rearranged | None
        None if nothing was found that fulfils what is forced.
    """
    problem, draft = standing.problem, standing.draft
    is_free = np.isin(problem.warehouse[draft.trip], warehouses)
    outside, present = draft.only(~is_free), draft.only(is_free)
    left = residual(problem, outside)
    trip = np.union1d(present.trip, offered)
    most = startable(problem, left, trip)
    trip, most = trip[most > 0], most[most > 0]
    if len(trip) == 0:
        return None
    restricted = restricted_program(problem, standing.prices, left, trip, most, whole=True)
    options = SolveOptions(gap=1e-3, time_limit_seconds=seconds)
    solved = solve_program(force(restricted), options)
    if solved.values is None:
        return None
    found = restricted.draft(problem, solved.values)
    lost = standing.prices.lost.copy()
    lost[favoured] *= _FIRST
    plan = whole_vehicles(problem, replace(standing.prices, lost=lost), join_drafts(outside, found))
    fill_room(plan)
    if plan.left.need[favoured].max(initial=0.0) >= 1 - 1e-6:
        # Whole units on whole vehicles may leave one or the other behind: another vehicle for it.
        only = np.zeros_like(lost)
        only[favoured] = lost[favoured]
        nothing = np.zeros_like(lost)
        plan.prices = StagePrices(nothing, only, np.zeros_like(standing.prices.trip))
        add_vehicles(plan)
    plan.drop_empty()
    mend_convoys(plan)
    result = plan.result()
    after = delivered_units(problem.data, problem.table, result)
    return Rearranged(result, standing.values_of(result), after - standing.delivered)
