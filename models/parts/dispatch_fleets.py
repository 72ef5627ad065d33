"""Vehicles under way, from load start to return. Needs dispatch_trips."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo

from models.dispatch_data import DispatchData
from models.dispatch_index import DispatchIndex
from models.parts.linear import linear

__all__ = ["add_fleets"]


def add_fleets(model: pyo.ConcreteModel, data: DispatchData, index: DispatchIndex) -> None:
    """Add ``fleet_limit[w,f,t]``: ``sum departs <= vehicles_count`` over vehicles under way in t.

    The number under way rises only when loading starts, so whole periods are enough.

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
    trip = index.slot_trip
    warehouse, fleet = data.lane_warehouse[table.lane[trip]], table.fleet[trip]
    vehicles_count = data.vehicles_by_period
    under_way: dict[tuple[int, int, int], list[int]] = {}
    for s, t in enumerate(trip.tolist()):
        until = min(int(table.busy_until_period[t]), data.period_count)
        for period in range(int(table.start_period[t]), until):
            if np.isfinite(vehicles_count[warehouse[s], fleet[s], period]):
                key = int(warehouse[s]), int(fleet[s]), period
                under_way.setdefault(key, []).append(s)

    def fleet_limit(model: pyo.ConcreteModel, w: int, f: int, t: int) -> object:
        vehicles = [model.departs[s] for s in under_way[w, f, t]]
        return linear([1.0] * len(vehicles), vehicles) <= float(vehicles_count[w, f, t])

    model.fleet_limit = pyo.Constraint(list(under_way), rule=fleet_limit)
