"""The capacitated location problem, with several sources or one, and a number or none.

A cheap plan, the strong relaxation over all lanes (``location_root``), then a tree over the open
warehouses whose designs are transport problems (``location_transports``) or, with one source, are
assigned (``location_designs``); with one source and a number, cores (``location_cores``).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allocator.engine.location_cores import (
    BROKEN,
    CapacityState,
    cost_of,
    offer_assignment,
    plan_by,
    solve_by_cores,
)
from allocator.engine.location_designs import solve_by_designs
from allocator.engine.location_question import Proof, Search
from allocator.engine.location_root import Root, StrongRelaxation
from allocator.engine.location_transports import solve_by_transports
from allocator.solver import Status
from models.location import LocationPlan
from models.location_data import LocationData
from models.parts.assignment_exchange import assign_whole

__all__ = ["solve_capacitated"]

#: Roundings of the relaxation that are tried, each with one warehouse more.
_ROUNDINGS = 5


def solve_capacitated(data: LocationData, search: Search) -> Proof:
    """Solve the capacitated problem of the question: count, one source or several.

    Parameters
    ----------
    data
        With a capacity; every district has a lane.
    search
        Question, options, clock.

    Returns
    -------
    Proof
        Plan and proven bound; status infeasible where there is none.
    """
    single = search.question.single_source
    if single:
        data = _whole_fits(data)
    state = CapacityState(data, search, step_of(data, single_source=single))
    if search.question.count is None:
        first = _first_plan(data)
        if first is not None:
            state.offer(cost_of(data, first), first)
    relaxation = StrongRelaxation(data, search)
    root = relaxation.solve()
    if root.status is Status.INFEASIBLE or root.status in BROKEN:
        return Proof(root.status)
    if root.status is not Status.OPTIMAL:
        return state.proof()
    state.raise_bound(root.objective)
    if single:
        _offer_rounded(state, root)
        if search.question.count is None:
            return solve_by_designs(state, relaxation, root)
        return solve_by_cores(state, root)
    return solve_by_transports(state, relaxation, root)


def step_of(data: LocationData, *, single_source: bool) -> float:
    """Return the least difference of two plans' costs that is known, 0 for none."""
    if not single_source:
        return 0.0
    lane_cost = data.lane_cost[data.allowed]
    figures = np.concatenate([lane_cost[np.isfinite(lane_cost)], data.opening_cost])
    return 1.0 if bool((figures == np.rint(figures)).all()) else 0.0


def _whole_fits(data: LocationData) -> LocationData:
    """Return the data without the lanes to districts that need more than the warehouse holds."""
    fits = data.demand_units <= data.capacity_units[:, None] * (1.0 + 1e-9)
    return replace(data, lane_distance=np.where(fits, data.lane_distance, np.inf))


def _first_plan(data: LocationData) -> LocationPlan | None:
    """Return a plan before anything is solved, None where none is found."""
    room = np.where(data.allowed, data.capacity_units, 0.0)
    assigned = assign_whole(data.lane_cost, data.demand_units, room, data.opening_cost)
    return None if assigned is None else plan_by(data, assigned)


def _offer_rounded(state: CapacityState, root: Root) -> None:
    """Offer plans with one source that open the warehouses most open in the relaxation."""
    data, share = state.data, np.asarray(root.share)
    rooms = np.where(data.allowed, data.capacity_units, 0.0)
    ranked = np.argsort(-(share + 2.0 * data.fixed_open), kind="stable")
    held = np.cumsum(rooms[ranked])
    first = int(np.searchsorted(held, float(data.demand_units.sum()))) + 1
    count = state.search.question.count
    numbers = range(first, first + _ROUNDINGS) if count is None else range(count, count + 1)
    for number in numbers:
        opened = np.zeros(rooms.size, dtype=np.bool_)
        opened[ranked[:number]] = True
        if not state.search.is_over:
            offer_assignment(state, opened & data.allowed)
