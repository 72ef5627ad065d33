"""What keeps a warehouse from sending anything, or more than it does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_problem import dispatch_problem
from allocator.explain.grounds import Grounds
from allocator.explain.least_amount import comes_all
from allocator.explain.repairs import Shortfall
from allocator.explain.things import CONVOY, THROUGH_HUB, Thing
from allocator.explain.ways import Way, some_of, way_to
from allocator.travel import fleet_counts

__all__ = ["no_more", "obstacles"]

Integers = NDArray[np.int64]

_MOST_ASKED = 12
"""Shortages that are looked at, the largest first."""

_SOLVE_SECONDS = 0.3
"""Time limit of one of the small solves. [s]"""


def no_more(grounds: Grounds, warehouse: int, shortages: Sequence[Shortfall]) -> tuple[str, ...]:
    """Say why a warehouse sends no more than it does.

    Parameters
    ----------
    grounds
        The plan, and what it leaves.
    warehouse
        Position in the case.
    shortages
        What is missing.

    Returns
    -------
    tuple
        ``all_sent``: nothing is left there; ``no_need``: nothing that is left there is missing
        anywhere; ``within_gap``: more could come with nothing relaxed; else things whose relaxation
        alone lets a unit more of it come; ``out_of_reach`` where none does.
    """
    present = grounds.present
    sent = present.load_units[present.warehouse == warehouse].sum(axis=0)
    rest = grounds.true.held.usable_units[warehouse] - sent
    if grounds.case.warehouses[warehouse].state == "hub":
        # Whatever any warehouse has left may come there first.
        used = present.load_units[present.district >= 0].sum(axis=0)
        rest = grounds.true.held.usable_units.sum(axis=0) - used
    if (rest < 1).all():
        return ("all_sent",)
    wanted = [each for each in shortages if each.units >= 1 and rest[each.item] >= 1]
    if not wanted:
        return ("no_need",)
    asked = sorted(wanted, key=lambda each: -each.units)[:_MOST_ASKED]
    if any(_comes(grounds, warehouse, each, ()) for each in asked):
        return ("within_gap",)
    found = [
        thing
        for thing in grounds.things
        if thing != "stock" and any(_comes(grounds, warehouse, each, (thing,)) for each in asked)
    ]
    return tuple(found) or ("reach",)


def _comes(
    grounds: Grounds, warehouse: int, shortfall: Shortfall, relaxed: tuple[Thing, ...]
) -> bool:
    """Whether a unit of what is missing can come from there."""
    ground = grounds.get(relaxed)
    home = int(ground.warehouse_place[warehouse])
    if home < 0 or ground.district_place[shortfall.district] < 0:
        return False
    way = way_to(ground, grounds.present, shortfall.district, shortfall.item, relaxed)
    return comes_all(_only_from(way, home), 1.0, _SOLVE_SECONDS)


def _only_from(way: Way, home: int) -> Way:
    """Ways from one warehouse, on from hubs wherever it sends goods."""
    problem, hubs = way.ground.problem, way.ground.hubs
    is_own = problem.warehouse[way.trip] == home
    own = way.rooms.warehouse == home
    through = way.hubs
    if through is None or hubs is None:
        return replace(some_of(way, is_own), rooms=way.rooms.only(own), late=())
    if hubs.docks[home]:
        # All that goes to hubs, and on from this one.
        is_own |= ~way.is_last
        own |= ~way.is_last_room
    else:
        is_own |= hubs.source(way.trip) >= 0
        own |= hubs.hub_at[way.rooms.warehouse] >= 0
        # What the plan leaves at hubs is not of this warehouse.
        through = replace(through, held=np.minimum(through.held, 0.0))
    return replace(some_of(way, is_own), rooms=way.rooms.only(own), late=(), hubs=through)


def obstacles(grounds: Grounds, warehouse: int, districts: Integers) -> tuple[Thing, ...]:
    """Things whose relaxation alone makes a trip possible that the true rules do not allow.

    Parameters
    ----------
    grounds
        The plan, and what it leaves.
    warehouse, districts
        From where, and to any of which districts, as positions in the case.
    """
    found = []
    before = grounds.before
    code = grounds.case.warehouses[warehouse].warehouse
    if before is not None and before.lost_from.get(code, np.inf) <= before.at_hours:
        return ("warehouse_lost",)
    if _is_kept_by_convoys(grounds, warehouse, districts):
        return (CONVOY,)
    held = grounds.true.held
    is_hub = grounds.case.warehouses[warehouse].state == "hub"
    for thing in grounds.things:
        if thing == CONVOY:
            continue
        ground = grounds.get((thing,))
        home = ground.warehouse_place[warehouse]
        places = ground.district_place[districts]
        if home < 0 or (places < 0).all():
            continue
        problem = ground.problem
        trips = np.flatnonzero((problem.warehouse == home) & np.isin(problem.district, places))
        # Anything may come to a hub; the trips are those from when it can be there.
        there = (held.usable_units[warehouse] > 0) | is_hub
        stock = np.broadcast_to(there, (len(trips), len(held.stock_units[0])))
        if thing != "home_reserve":
            may_leave = (held.outside_units[warehouse] > 0) | is_hub
            stock = stock & (may_leave | ~problem.leaves[trips][:, None])
        fleet = np.asarray(fleet_counts(grounds.case)[0][warehouse] >= 1)
        if thing == "stock":
            stock = np.ones_like(stock)
        if thing == "vehicles" and not is_hub:
            fleet = np.ones_like(fleet)
        if thing == THROUGH_HUB and is_hub and grounds.reach is not None:
            fleet = grounds.reach.may_have[warehouse]
        carries = (problem.table.carries[trips] & stock).any(axis=1)
        if (carries & fleet[problem.table.fleet[trips]]).any():
            found.append(thing)
    return tuple(found)


def _is_kept_by_convoys(grounds: Grounds, warehouse: int, districts: Integers) -> bool:
    """Whether there would be a trip if nobody needed company."""
    true = grounds.true
    if true.data.convoys is None or warehouse not in true.warehouse:
        return False
    home = int(np.searchsorted(true.warehouse, warehouse))
    places = np.flatnonzero(np.isin(true.district, districts))
    alone = dispatch_problem(replace(true.data, convoys=None))
    return bool(((alone.warehouse == home) & np.isin(alone.district, places)).any())
