"""Waiting that no plan avoids: the earliest arrival of every need, all others left aside."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem
from models.dispatch_data import unmet_hours

__all__ = ["first_hours", "waiting_floor"]

Floats = NDArray[np.float64]


def first_hours(problem: DispatchProblem) -> Floats:
    """Earliest end of unloading that still carries the item, shape (lane, item). [h]."""
    data, table = problem.data, problem.table
    first = np.full((data.lane_count, data.item_count), np.inf)
    for item in range(data.item_count):
        trips = np.flatnonzero(table.carries[:, item])
        np.minimum.at(first[:, item], table.lane[trips], table.unload_end_hours[trips])
    return first


def waiting_floor(problem: DispatchProblem, least_unmet: float) -> float:
    """Return the waiting that is left with unlimited stock, vehicles, docks and receiving.

    Convoys are left aside, too.

    Parameters
    ----------
    problem
        The problem.
    least_unmet
        Need that no plan can meet, proven: it waits until the deadline, and counts where that adds
        least. [weighted units]

    Returns
    -------
    float
        Lower bound of the stage ``waiting``. [weighted unit-hours]
    """
    data = problem.data
    if data.convoys is not None:
        problem = dispatch_problem(replace(data, convoys=None, segregated=None))
    first = np.full((data.district_count, data.item_count), np.inf)
    np.minimum.at(first, data.lane_district, first_hours(problem))
    most = unmet_hours(data)
    arrive = first[data.need_district, data.need_item]
    least = np.clip(arrive - data.need_from_hours, 0.0, most)
    weighted = data.need_weight * data.need_units
    added = most - least
    order = np.argsort(added, kind="stable")
    before = np.cumsum(weighted[order]) - weighted[order]
    unmet = np.clip(least_unmet - before, 0.0, weighted[order])
    return float((weighted * least).sum() + (unmet * added[order]).sum())
