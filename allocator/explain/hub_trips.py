"""Further trips by which an item may come to a district, straight or through hubs."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.explain.grounds import Ground

__all__ = ["trips_through_hubs"]

Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]


def trips_through_hubs(
    ground: Ground, district: tuple[int, int], item: int
) -> tuple[Integers, Flags]:
    """Gather trips to a district, and to the hubs from which goods can go there in time.

    Parameters
    ----------
    ground
        With hubs.
    district
        Position in the case and in the ground.
    item
        Position in the case.

    Returns
    -------
    tuple
        The trips, ascending; and whether each trip of the problem leaves the province, shape
        (problem trip,).

    Raises
    ------
    ValueError
        If the ground has no hubs.
    """
    hubs = ground.hubs
    if hubs is None:
        raise ValueError("this ground has no hubs.")
    may, leaves = hubs.rules_towards(district[0], item)
    problem = ground.problem
    every = np.arange(problem.trip_count)
    source, end, ready = hubs.source(every), hubs.end(every), hubs.ready(every)
    start = problem.table.start_period
    keep = may & (problem.district == district[1])
    # Last period in which anything of use leaves each hub; -1 for never.
    last = np.full(problem.data.hub_count, -1, dtype=np.int64)
    for _ in range(problem.data.hub_count + 1):
        out = keep & (source >= 0)
        np.maximum.at(last, source[out], start[out])
        keep |= may & (end >= 0) & (ready <= last[end])
    return np.flatnonzero(keep), leaves
