"""How much of what is short something takes, and the limits with so much more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allocator.explain.hub_ground import HubGround
from allocator.explain.hub_places import HubPart, hub_place, parted_place
from allocator.explain.things import THROUGH_HUB, Thing
from allocator.explain.ways import Brought, Way, some_of

__all__ = ["amounts_taken", "with_amounts", "worth_of"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def worth_of(things: Collection[Thing], way: Way, units: float) -> Callable[[Thing, int], float]:
    """Return what one of each amount counts for, by thing and place.

    Where several things are bought, all that is missing of goods, or their volume an hour, counts
    as much as one vehicle, or one more load start an hour.

    Parameters
    ----------
    things, way
        What is bought for which ways.
    units
        What is missing. [units]
    """
    most = max(1.0, units)
    one = {"stock": most, "home_reserve": most, "receiving": most * way.unit_m3}
    is_single = len(set(things)) < 2

    def worth(thing: Thing, place: int) -> float:
        if thing == THROUGH_HUB:
            return 1.0 / one.get(parted_place(place)[0], 1.0)
        return 1.0 if is_single else 1.0 / one.get(thing, 1.0)

    return worth


def amounts_taken(
    way: Way, limited: Way, things: Collection[Thing], brought: Brought
) -> dict[Thing, dict[int, float]]:
    """By how much what is brought passes the limits, by thing and place.

    Parameters
    ----------
    way, limited, things
        As for ``least_amount``.
    brought
        What comes with the things relaxed.
    """
    problem, table, left = way.ground.problem, way.ground.problem.table, limited.left
    trip, home = brought.trip, problem.warehouse[brought.trip]
    short, kept = _stock_taken(way, limited, brought)
    freed = np.zeros_like(short)
    if "home_reserve" in things:
        freed = np.minimum(kept, _reserve(way, limited))
    starts = np.zeros(left.dock.shape)
    np.add.at(starts, (home, table.start_period[trip]), brought.vehicles)
    volume = np.zeros(left.receive.shape)
    np.add.at(
        volume, (problem.district[trip], table.receive_hour[trip]), brought.load * way.unit_m3
    )
    there = np.full(len(way.rooms.hour), way.district)
    if way.hubs is not None:
        there = problem.data.lane_district[way.rooms.lane]
    np.add.at(volume, (there, way.rooms.hour), brought.room * way.unit_m3)
    out = problem.under_way(trip, brought.vehicles)
    over: dict[Thing, dict[int, float]] = {
        "home_reserve": _above(freed),
        "stock": _above(np.maximum(short, kept - freed)),
        THROUGH_HUB: {},
    }
    hubs = way.ground.hubs
    parts: tuple[tuple[HubPart, Floats, Floats, Flags | None], ...] = (
        ("vehicles", out, left.vehicle, None if hubs is None else hubs.pools),
        ("docks", starts, left.dock, None if hubs is None else hubs.docks),
        ("receiving", volume, left.receive, None if hubs is None else hubs.takes_in),
    )
    for part, used, limit, theirs in parts:
        excess = _above(_excess(used, limit))
        is_theirs = np.zeros(len(limit), dtype=bool) if theirs is None else theirs
        over[part] = {place: more for place, more in excess.items() if not is_theirs[place]}
        over[THROUGH_HUB] |= {
            hub_place(part, place): more for place, more in excess.items() if is_theirs[place]
        }
    if hubs is not None:
        over[THROUGH_HUB] |= _departures(hubs, brought)
    return {thing: over[thing] for thing in things if over[thing]}


def _stock_taken(way: Way, limited: Way, brought: Brought) -> tuple[Floats, Floats]:
    """What is sent beyond the stock, and beyond what may be sent of it, shape (warehouse,)."""
    problem, hubs = way.ground.problem, way.ground.hubs
    home = problem.warehouse[brought.trip]
    sent = np.zeros(len(limited.stock))
    np.add.at(sent, home, brought.load)
    np.add.at(sent, way.rooms.warehouse, brought.room)
    if way.hubs is None or limited.hubs is None or hubs is None:
        return np.zeros_like(sent), np.maximum(sent - limited.stock, 0.0)
    gone = np.zeros(len(limited.stock))
    leaves = way.hubs.leaves[brought.trip]
    np.add.at(gone, home[leaves], brought.load[leaves])
    leaves = problem.data.leaves_province[way.rooms.lane]
    np.add.at(gone, way.rooms.warehouse[leaves], brought.room[leaves])
    sent[hubs.docks] = gone[hubs.docks] = 0.0
    return (
        np.maximum(sent - limited.stock, 0.0),
        np.maximum(gone - limited.hubs.outside, 0.0),
    )


def _reserve(way: Way, limited: Way) -> Floats:
    """What home reserves hold back, shape (warehouse,). [units]."""
    if limited.hubs is not None:
        return np.maximum(limited.stock - limited.hubs.outside, 0.0)
    return np.maximum(way.stock - limited.stock, 0.0)


def _departures(hubs: HubGround, brought: Brought) -> dict[int, float]:
    """Vehicles that set off while their leg is closed, by leg."""
    found: dict[int, float] = {}
    for k in np.flatnonzero(hubs.is_opened[brought.trip]).tolist():
        place = hub_place("departures", int(hubs.problem.table.lane[brought.trip[k]]))
        found[place] = found.get(place, 0.0) + float(brought.vehicles[k])
    return found


def _above(amount: Floats) -> dict[int, float]:
    """What is more than nothing, by place."""
    return {int(k): float(amount[k]) for k in np.flatnonzero(amount > 1e-6)}


def _excess(used: Floats, limit: Floats) -> Floats:
    """Most by which a limit is passed in any hour in which it is used, shape (place,)."""
    over = np.where(used > 1e-9, used - np.maximum(limit, 0.0), 0.0)
    return np.asarray(np.maximum(over, 0.0).max(axis=1, initial=0.0))


def with_amounts(way: Way, limited: Way, amount: Mapping[Thing, Mapping[int, float]]) -> Way:
    """Return the ways with no more relaxed than some amounts.

    Parameters
    ----------
    way, limited
        As for ``least_amount``.
    amount
        By thing and place.
    """
    stock, left = limited.stock.copy(), limited.left
    limits = {"vehicles": left.vehicle, "docks": left.dock, "receiving": left.receive}
    limits = {thing: limit.copy() for thing, limit in limits.items()}
    outside = None if limited.hubs is None else limited.hubs.outside.copy()
    for thing, places in amount.items():
        for place, more in places.items():
            part, where = parted_place(place) if thing == THROUGH_HUB else (thing, place)
            if part in limits:
                limits[part][where] += more
            elif thing in ("stock", "home_reserve"):
                if outside is not None:
                    outside[place] += more
                if outside is None or thing == "stock":
                    stock[place] += more
    raised = replace(
        left, vehicle=limits["vehicles"], dock=limits["docks"], receive=limits["receiving"]
    )
    through, hubs = way.hubs, way.ground.hubs
    if through is None or outside is None or hubs is None:
        return replace(way, left=raised, stock=stock)
    opened = [parted_place(place) for place in amount.get(THROUGH_HUB, {})]
    lanes = [lane for part, lane in opened if part == "departures"]
    is_on = np.isin(way.ground.problem.table.lane[way.trip], lanes)
    way = some_of(way, is_on | ~hubs.is_opened[way.trip])
    return replace(way, left=raised, stock=stock, hubs=replace(through, outside=outside))
