"""How much of what is short something takes, and the limits with so much more."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allocator.explain.bringing import Brought, Way
from allocator.explain.things import Thing

__all__ = ["amounts_taken", "weights", "with_amounts"]

Floats = NDArray[np.float64]


def weights(things: Collection[Thing], way: Way, units: float) -> dict[Thing, float]:
    """What one of each amount counts for.

    Where several things are bought, all that is missing of goods, or their volume an hour, counts
    as much as one vehicle, or one more load start an hour.

    Parameters
    ----------
    things, way
        What is bought for which ways.
    units
        What is missing. [units]
    """
    if len(set(things)) < 2:
        return dict.fromkeys(things, 1.0)
    most = max(1.0, units)
    one = {"stock": most, "home_reserve": most, "receiving": most * way.unit_m3}
    return {thing: 1.0 / one.get(thing, 1.0) for thing in things}


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
    sent = np.zeros(len(limited.stock))
    np.add.at(sent, home, brought.load)
    np.add.at(sent, way.rooms.warehouse, brought.room)
    short = np.maximum(sent - limited.stock, 0.0)
    freed = np.zeros_like(short)
    if "home_reserve" in things:
        freed = np.minimum(short, np.maximum(way.stock - limited.stock, 0.0))
    starts = np.zeros(left.dock.shape)
    np.add.at(starts, (home, table.start_period[trip]), brought.vehicles)
    volume = np.zeros(left.receive.shape[1])
    np.add.at(volume, table.receive_hour[trip], brought.load * way.unit_m3)
    np.add.at(volume, way.rooms.hour, brought.room * way.unit_m3)
    out = problem.under_way(trip, brought.vehicles)
    over = {
        "home_reserve": freed,
        "stock": short - freed,
        "vehicles": _excess(out, left.vehicle),
        "docks": _excess(starts, left.dock),
        "receiving": _excess(volume[None, :], left.receive[way.district][None, :]),
    }
    return {
        thing: {int(k): float(over[thing][k]) for k in np.flatnonzero(over[thing] > 1e-6)}
        for thing in things
        if (over[thing] > 1e-6).any()
    }


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
    for thing, places in amount.items():
        for place, more in places.items():
            if thing in limits:
                limits[thing][way.district if thing == "receiving" else place] += more
            else:
                stock[place] += more
    raised = replace(
        left, vehicle=limits["vehicles"], dock=limits["docks"], receive=limits["receiving"]
    )
    return replace(way, left=raised, stock=stock)
