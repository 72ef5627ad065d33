"""Items that must not share a vehicle, and the largest sets of items that may.

A vehicle's load lies within one such set, so a departure is offered once for each: what it may
carry then says it all, and whatever fills, trims or joins loads cannot break the rule.
"""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from models.dispatch_data import DispatchData
from models.trip_table import TripTable

__all__ = ["largest_mixes", "split_by_mix"]

Flags = NDArray[np.bool_]


def largest_mixes(segregated: Flags) -> list[frozenset[int]]:
    """Sets of items that may share a vehicle and to which no other item can be added.

    Parameters
    ----------
    segregated
        Whether two items must not share a vehicle, symmetric, shape (item, item).

    Returns
    -------
    list
        In the order of their items; one empty set where there is no item.
    """
    found: list[frozenset[int]] = []

    def extend(chosen: frozenset[int], open_: frozenset[int], done: frozenset[int]) -> None:
        if not open_ and not done:
            found.append(chosen)
            return
        for item in sorted(open_):
            friends = frozenset(np.flatnonzero(~segregated[item]).tolist()) - {item}
            extend(chosen | {item}, open_ & friends, done & friends)
            open_, done = open_ - {item}, done | {item}

    extend(frozenset(), frozenset(range(len(segregated))), frozenset())
    return sorted(found, key=sorted)


def split_by_mix(data: DispatchData, table: TripTable) -> TripTable:
    """Offer each departure once for each largest set of items that it may carry together.

    Parameters
    ----------
    data
        The dispatch problem.
    table
        Every departure once.

    Returns
    -------
    TripTable
        In the same order, those of one departure next to each other; ``table`` itself where every
        item may travel with every other.
    """
    segregated = data.segregated
    if segregated is None or not segregated.any() or len(table) == 0:
        return table
    lane = table.lane
    there = (data.stock_units[data.lane_warehouse] > 0) & (
        data.wanted_units[data.lane_district] > 0
    )
    there &= ~(data.leaves_province[:, None] & (data.outside_units[data.lane_warehouse] <= 0))
    useful = table.carries & there[lane] & segregated.any(axis=1)
    patterns, pattern = np.unique(useful, axis=0, return_inverse=True)
    pattern = pattern.reshape(-1)
    mixes = [_mixes_of(each, segregated) for each in patterns]
    count = np.array([len(each) for each in mixes])[pattern]
    trip = np.repeat(np.arange(len(table)), count)
    rank = np.arange(len(trip)) - np.repeat(np.cumsum(count) - count, count)
    first = np.cumsum([0, *(len(each) for each in mixes)])[:-1]
    allowed = np.concatenate(mixes)[first[pattern[trip]] + rank]
    columns = {field.name: getattr(table, field.name)[trip] for field in fields(TripTable)}
    return replace(table, **columns | {"carries": table.carries[trip] & allowed})


def _mixes_of(useful: Flags, segregated: Flags) -> Flags:
    """Items allowed in each mix of some items that are told apart, shape (mix, item)."""
    items = np.flatnonzero(useful)
    mixes = largest_mixes(segregated[np.ix_(items, items)])
    allowed = np.tile(~segregated.any(axis=1), (len(mixes), 1))
    for row, mix in zip(allowed, mixes, strict=True):
        row[items[sorted(mix)]] = True
    return allowed
