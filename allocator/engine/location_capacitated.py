"""The capacitated location problem, with several sources or one, and a number or none.

A cheap plan, the strong relaxation over all lanes (``location_root``), then a tree over the open
warehouses whose designs are transport problems (``location_transports``) or, with one source, are
assigned (``location_designs``); where that is far, branch and price (``location_price``).
"""

from __future__ import annotations

import math
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
from allocator.engine.location_designs import Designs
from allocator.engine.location_fillings import can_fill, leave_out
from allocator.engine.location_price import PackingSearch, can_price, solve_by_packings
from allocator.engine.location_question import Proof, Search
from allocator.engine.location_root import Root, StrongRelaxation
from allocator.engine.location_transports import solve_by_transports
from allocator.solver import Status
from models.location import LocationPlan
from models.location_data import LocationData
from models.parts.assignment_exchange import assign_whole

__all__ = ["solve_capacitated"]

#: First time for designs, as a multiple of the time up to the relaxation.
_TRIAL = 6.0

#: Districts of an open warehouse up to which packings are tried.
_FEW_DISTRICTS = 13.0

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
    if not single and can_fill(data):
        leave_out(state)
        if state.is_over:
            return state.proof()
    relaxation = StrongRelaxation(state.data, search)
    root = relaxation.solve()
    if root.status is Status.INFEASIBLE and np.isfinite(state.left_out):
        # What was left out is all there is: the best plan is the answer.
        state.raise_bound(state.left_out)
        return state.proof()
    if root.status is Status.INFEASIBLE or root.status in BROKEN:
        return Proof(root.status)
    if root.status is not Status.OPTIMAL:
        return state.proof()
    state.raise_bound(root.objective)
    if single:
        _offer_rounded(state, root)
        return _solve_single(state, relaxation, root)
    return solve_by_transports(state, relaxation, root)


def _solve_single(state: CapacityState, relaxation: StrongRelaxation, root: Root) -> Proof:
    """Solve the problem with one source per district, by the way whose bound is better.

    Where warehouses are large, designs are few and the relaxation is close; where they hold a few
    districts only, packings are.
    """
    data, search = state.data, state.search
    if search.question.count is not None:
        solve = solve_by_packings if can_price(data) else solve_by_cores
        return solve(state, root)
    designs = Designs(state, relaxation, root)
    each = data.district_count / max(1.0, float(np.asarray(root.share).sum()))
    if each <= _FEW_DISTRICTS and can_price(data):
        designs.search(_TRIAL * search.seconds)
        if not designs.is_closed and not state.is_over:
            packings = PackingSearch(state, root)
            if packings.begin() > designs.bound or state.is_over:
                return packings.solve()
    designs.search(math.inf)
    return designs.finish()


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
