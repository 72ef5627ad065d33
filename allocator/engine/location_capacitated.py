"""The capacitated location problem, with several sources or one, and a number or none.

A cheap plan, the strong relaxation over all lanes (``location_root``), and where that is not the
answer yet, cores (``location_cores``) or, with one source and any number, designs
(``location_designs``).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from allocator.engine.location_cores import BROKEN, CapacityState, plan_of, solve_by_cores
from allocator.engine.location_designs import solve_by_designs
from allocator.engine.location_question import Proof, Search
from allocator.engine.location_root import solve_root
from allocator.engine.location_rows import LocationRows
from allocator.solver import Status
from models.location import LocationPlan
from models.location_data import LaneList, LocationData

__all__ = ["solve_capacitated"]


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
        first = cheap_plan(data)
        if first is not None:
            state.offer(_cost_of(data, first), first)
    root = solve_root(data, search)
    if root.status is Status.INFEASIBLE or root.status in BROKEN:
        return Proof(root.status)
    if root.status is not Status.OPTIMAL:
        return state.proof()
    state.raise_bound(root.objective)
    if root.is_whole and not single and root.lanes is not None:
        values = np.concatenate([np.asarray(root.share), np.asarray(root.lane_share)])
        every = np.arange(data.warehouse_count)
        rows = LocationRows(data, search.question.count, every, root.lanes)
        state.offer(root.objective, plan_of(rows, values))
        return state.proof()
    if single and search.question.count is None:
        return solve_by_designs(state, root)
    return solve_by_cores(state, root)


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


def cheap_plan(data: LocationData) -> LocationPlan | None:
    """Return a plan by giving each district, largest first, the cheapest warehouse with room.

    A warehouse that is not open yet costs its opening as well, by the share that is used. None
    where a district finds no room that way.
    """
    cost, room = data.lane_cost, np.where(data.allowed, data.capacity_units, 0.0)
    per_unit = data.opening_cost / np.maximum(np.minimum(room, data.demand_units.sum()), 1e-12)
    opened = data.fixed_open.copy()
    assigned = np.full(data.district_count, -1, dtype=np.intp)
    for district in np.argsort(-data.demand_units, kind="stable").tolist():
        need = float(data.demand_units[district])
        asked = cost[:, district] + np.where(opened, 0.0, per_unit * need)
        asked[(room < need) | ~data.allowed] = np.inf
        best = int(np.argmin(asked))
        if not np.isfinite(asked[best]):
            return None
        opened[best] = True
        room[best] -= need
        assigned[district] = best
    districts = np.arange(data.district_count)
    return LocationPlan(
        np.flatnonzero(opened), LaneList(assigned, districts), np.ones(districts.size)
    )


def _cost_of(data: LocationData, plan: LocationPlan) -> float:
    """Return opening cost plus weighted distance of a plan."""
    lanes = data.lane_cost[plan.lanes.warehouse, plan.lanes.district]
    return float(data.opening_cost[plan.open_warehouses].sum() + lanes @ plan.serve_share)
