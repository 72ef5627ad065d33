"""Load starts of a warehouse in one period. Needs dispatch_trips."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo

from models.dispatch_data import DispatchData
from models.dispatch_index import DispatchIndex
from models.parts.linear import grouped, linear

__all__ = ["add_docks"]


def add_docks(model: pyo.ConcreteModel, data: DispatchData, index: DispatchIndex) -> None:
    """Add ``dock_limit[w,t]``: ``sum departs <= docks`` over vehicles that start loading in t.

    Parameters
    ----------
    model
        Gets the components.
    data
        The dispatch problem.
    index
        Slots.
    """
    table = index.table
    warehouse = data.lane_warehouse[table.lane[index.slot_trip]]
    key = warehouse * data.period_count + table.start_period[index.slot_trip]
    keys, group = np.unique(key, return_inverse=True)
    members = grouped(group.reshape(-1), len(keys))
    named = {divmod(int(k), data.period_count): n for n, k in enumerate(keys)}
    docks = data.docks_by_period
    limited = [(w, t) for w, t in named if np.isfinite(docks[w, t])]

    def dock_limit(model: pyo.ConcreteModel, w: int, t: int) -> object:
        starts = [model.departs[int(s)] for s in members[named[w, t]]]
        return linear([1.0] * len(starts), starts) <= float(docks[w, t])

    model.dock_limit = pyo.Constraint(limited, rule=dock_limit)
