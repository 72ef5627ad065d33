"""The plan re-arranged around one district so that something is forced, and who loses by that.

The vehicles of a few warehouses are free: each may stay at home, drive as planned with other goods
on board, or go to the district instead. All other trips stay with their loads, and so do all trips
to hubs. The answer is a plan that keeps every rule; a better one may exist.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_convoys import mend_convoys
from allocator.engine.dispatch_draft import join_drafts, residual, startable
from allocator.engine.dispatch_filling import add_vehicles, fill_room
from allocator.engine.dispatch_problem import StagePrices
from allocator.engine.dispatch_restricted import Restricted, restricted_program
from allocator.engine.dispatch_vehicles import whole_vehicles
from allocator.explain.hub_rearranging import rearrange_beside_legs
from allocator.explain.standing import Rearranged, Standing
from allocator.solver import LinearProgram, SolveOptions, solve_program

__all__ = ["rearrange"]

Integers = NDArray[np.int64]

_FIRST = 1_000.0
"""How much dearer than all other need that of the district is while room is filled."""


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
    if standing.problem.data.hub_count:
        return rearrange_beside_legs(standing, warehouses, offered, force, seconds)
    return _rearrange_trips(standing, (warehouses, offered), favoured, force, seconds)


def _rearrange_trips(
    standing: Standing,
    free: tuple[Integers, Integers],
    favoured: Integers,
    force: Force,
    seconds: float,
) -> Rearranged | None:
    """Plan the vehicles of some warehouses anew where nothing goes through hubs."""
    warehouses, offered = free
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
    change = standing.delivered_by(result) - standing.delivered
    return Rearranged(result, standing.values_of(result), change)
