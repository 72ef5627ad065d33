"""Cargo that a district can take in within an hour. Needs dispatch_trips."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo

from models.dispatch_data import DispatchData
from models.dispatch_index import DispatchIndex
from models.parts.linear import grouped, linear

__all__ = ["add_receiving"]


def add_receiving(model: pyo.ConcreteModel, data: DispatchData, index: DispatchIndex) -> None:
    """Add ``receiving_limit[d,k]``.

    ``sum volume_m3 x load_units <= receive_m3_per_hour`` over what is unloaded in ``(k, k + 1]``.

    Parameters
    ----------
    model
        Gets the components.
    data
        The dispatch problem.
    index
        Slots and loads.
    """
    table = index.table
    trip = index.slot_trip[index.load_slot]
    district, hour = data.lane_district[table.lane[trip]], table.receive_hour[trip]
    span = int(hour.max(initial=0)) + 2
    keys, group = np.unique(district * span + hour + 1, return_inverse=True)
    members = grouped(group.reshape(-1), len(keys))
    limits = data.receive_m3_by_hour
    named = {(int(key) // span, int(key) % span - 1): n for n, key in enumerate(keys)}
    limited = [(d, k) for d, k in named if np.isfinite(limits[d, k])]

    def receiving_limit(model: pyo.ConcreteModel, d: int, k: int) -> object:
        loads = members[named[d, k]].tolist()
        volumes = [float(data.item_volume_m3[index.load_item[n]]) for n in loads]
        variables = [model.load_units[n] for n in loads]
        return linear(volumes, variables) <= float(limits[d, k])

    model.receiving_limit = pyo.Constraint(limited, rule=receiving_limit)
