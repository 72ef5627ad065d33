"""Several sources per district: once the open warehouses are known, a transport problem is left."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from allocator.engine.location_cores import CapacityState, cost_of, solve_by_cores
from allocator.engine.location_question import Proof
from allocator.engine.location_root import Root, StrongRelaxation
from allocator.engine.location_tree import WarehouseTree
from allocator.solver import Status
from models.location import LocationPlan
from models.location_data import LaneList, LocationData

__all__ = ["solve_by_transports"]

BoolArray = NDArray[np.bool_]

#: Designs without any plan after which the problem is taken as a whole: it may have none.
_MOST_WITHOUT_PLAN = 20

#: Sum of shares served by nobody that is noise.
_ESCAPED = 1e-7

#: Shares below this are noise of the solver.
_LEAST_SHARE = 1e-9


def solve_by_transports(state: CapacityState, relaxation: StrongRelaxation, root: Root) -> Proof:
    """Solve the problem with several sources per district.

    Parameters
    ----------
    state
        Problem, question and what is known so far.
    relaxation, root
        Its relaxation, and the solution of that.

    Returns
    -------
    Proof
        Plan and proven bound; status infeasible where there is none.
    """
    if root.is_whole and root.escaped <= _ESCAPED:
        _offer(state, root)
        return state.proof()
    designs = _Transports(state, relaxation)
    left = WarehouseTree(state, relaxation, root, designs).search()
    if designs.is_enough:
        return solve_by_cores(state, root, everything=True)
    if left == math.inf and not math.isfinite(state.cost):
        return Proof(Status.INFEASIBLE)
    state.raise_bound(left)
    return state.proof()


class _Transports:
    """Visitor of the tree: the relaxation of a whole design is its transport problem."""

    def __init__(self, state: CapacityState, relaxation: StrongRelaxation) -> None:
        self.state, self.relaxation = state, relaxation
        self.without_plan = 0

    @property
    def is_enough(self) -> bool:
        """Whether so many designs had no plan that there may be none."""
        return self.without_plan >= _MOST_WITHOUT_PLAN and not math.isfinite(self.state.cost)

    def raise_bound(self, bound: float) -> None:
        """Hear the bound of the designs that are still to come."""
        self.state.raise_bound(bound)

    def round(self, opened: BoolArray) -> None:
        """Offer the plan of a design that was made by rounding, shape (warehouse,)."""
        limits = opened.astype(np.float64)
        point = self.relaxation.solve(limits, limits, self.state.cutoff)
        if point.status is Status.OPTIMAL and point.objective < self.state.cutoff:
            self.take(point)

    def take(self, point: Root) -> bool:
        """Offer the plan of a design; say whether it serves everybody."""
        if point.escaped > _ESCAPED:
            self.without_plan += 1
            return False
        _offer(self.state, point)
        return True


def _offer(state: CapacityState, point: Root) -> None:
    """Offer the plan that a whole point is."""
    plan = _plan_of(state.data, point)
    state.offer(cost_of(state.data, plan), plan)


def _plan_of(data: LocationData, point: Root) -> LocationPlan:
    """Return the plan of a whole point."""
    lanes, share = point.lanes, np.asarray(point.lane_share)
    assert lanes is not None
    used = np.flatnonzero(share > _LEAST_SHARE)
    served = np.bincount(lanes.district[used], share[used], data.district_count)
    return LocationPlan(
        np.flatnonzero(point.opened),
        LaneList(lanes.warehouse[used], lanes.district[used]),
        np.minimum(share[used] / served[lanes.district[used]], 1.0),
    )
