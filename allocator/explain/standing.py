"""A plan of one scenario as the engine sees it, and a plan in which something is forced."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_data import DispatchInputs
from allocator.engine.dispatch_draft import Draft
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_problem import (
    DispatchProblem,
    StagePrices,
    dispatch_problem,
    stage_prices,
)
from allocator.engine.dispatch_service import deliveries
from allocator.engine.dispatch_stages import whole_values
from allocator.engine.dispatch_vehicles import result_draft
from allocator.explain.leftovers import trip_ends
from allocator.explain.present import PresentTrips
from models.dispatch_values import (
    DISPATCH_STAGES,
    DispatchResult,
    delivered_units,
    dispatch_values,
)

__all__ = ["Rearranged", "Standing"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_EXTRA_DEADLINES = 10.0
"""Price of unmet need on top of its waiting under ``lives``, in deadlines of waiting: unmet need
counts first."""


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
        to = trip_ends(inputs, problem, present)
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
        """Units that come under the plan, shape (district, item), without hubs. [units]."""
        return self.delivered_by(self.result)

    def delivered_by(self, result: DispatchResult) -> Floats:
        """Units that come under some plan, shape (district, item), without hubs. [units]."""
        units = delivered_units(self.problem.data, self.problem.table, result)
        return units[: len(self.inputs.district)]

    def is_leg(self, trip: Integers) -> NDArray[np.bool_]:
        """Whether each of some trips leads to a hub, shape (chosen trip,)."""
        data = self.problem.data
        return np.asarray(data.lane_hub[self.problem.table.lane[trip]] >= 0)

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
        data, table, is_leg = self.problem.data, self.problem.table, self.is_leg(result.trip)
        legs = result.trip[is_leg]
        legs_cny = float(data.trip_cost_cny[table.lane[legs], table.fleet[legs]].sum())
        own = DispatchResult(result.trip[~is_leg], result.load_units[~is_leg])
        outcome = DispatchOutcome(table, own, ())
        brought = deliveries(self.inputs, outcome)
        return whole_values(self.inputs, outcome, brought, before, legs_cny)

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
