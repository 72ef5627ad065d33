"""What would happen if one district and item came first: could it be served, and who would lose."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_restricted import Restricted
from allocator.explain.rearranging import rearrange
from allocator.explain.standing import Rearranged, Standing
from allocator.solver import LinearProgram

__all__ = ["FirstServed", "first_served"]

Integers = NDArray[np.int64]

_FEWEST, _MOST = 2, (6, 15)
"""Warehouses whose vehicles are free; more where so few are not enough."""

_STOCK_TIMES = 2.0
"""Their stock, in units that are missing, where so many warehouses have it."""

_OFFERED = 400
"""Most further departures offered."""


@dataclass(frozen=True)
class FirstServed:
    """A plan in which one district and item comes first.

    Parameters
    ----------
    units
        How many of the missing units come then. [units]
    rearranged
        The plan.
    is_no_worse
        Whether that plan is at least as good as the one that is explained.
    """

    units: float
    rearranged: Rearranged
    is_no_worse: bool


def first_served(
    standing: Standing, district: int, item: int, missing: float, seconds: float
) -> FirstServed | None:
    """Serve one district and item first.

    Parameters
    ----------
    standing
        The plan.
    district, item
        Positions in the problem.
    missing
        Whole units that do not come. [units]
    seconds
        Time limit. [s]

    Returns
    -------
    FirstServed | None
        None if no plan was found in which all of them come.
    """
    until = time.monotonic() + seconds
    for most in _MOST:
        left = until - time.monotonic()
        if left > 0:
            found = _served_by(standing, (district, item), missing, most, left)
            if found is not None:
                return found
    return None


def _served_by(
    standing: Standing, place: tuple[int, int], missing: float, most: int, seconds: float
) -> FirstServed | None:
    """Serve one district and item first by some warehouses."""
    district, item = place
    problem = standing.problem
    trips = np.flatnonzero((problem.district == district) & problem.table.carries[:, item])
    warehouses = _givers(standing, trips, item, missing, most)
    trips = trips[np.isin(problem.warehouse[trips], warehouses)]
    if len(trips) == 0:
        return None
    if len(trips) > _OFFERED:
        trips = trips[np.linspace(0, len(trips) - 1, _OFFERED).astype(np.int64)]
    needs = problem.need_of[district, item]
    needs = needs[needs >= 0]

    def force(restricted: Restricted) -> LinearProgram:
        program = restricted.program
        upper, integer = program.column_upper.copy(), program.integer.copy()
        count, loads = len(restricted.trip), len(restricted.load_trip)
        upper[count + loads + np.flatnonzero(np.isin(restricted.need, needs))] = 0.0
        ranks = problem.need_of.shape[2]
        is_ours = (restricted.load_slot // ranks == item) & (
            problem.district[restricted.trip[restricted.load_trip]] == district
        )
        integer[count + np.flatnonzero(is_ours)] = True
        return replace(program, column_upper=upper, integer=integer)

    found = rearrange(standing, warehouses, trips, needs, force, seconds)
    if found is None:
        return None
    units = float(found.change_units[district, item])
    return FirstServed(units, found, standing.is_no_worse(found.values))


def _givers(standing: Standing, trips: Integers, item: int, missing: float, most: int) -> Integers:
    """Warehouses nearest in time that hold enough of the item before anything is sent."""
    problem, data = standing.problem, standing.problem.data
    home = problem.warehouse[trips]
    first = np.full(data.warehouse_count, np.inf)
    np.minimum.at(first, home, problem.table.unload_end_hours[trips])
    stock = data.stock_units[:, item].astype(float)
    leaves = np.zeros(data.warehouse_count, dtype=bool)
    leaves[home[problem.leaves[trips]]] = True
    stock = np.where(leaves, np.minimum(stock, data.outside_units[:, item]), stock)
    order = np.argsort(first, kind="stable")
    order = order[np.isfinite(first[order]) & (stock[order] >= 1)]
    enough = int(np.searchsorted(np.cumsum(stock[order]), _STOCK_TIMES * missing)) + 1
    return np.sort(order[: min(max(enough, _FEWEST), most)])
