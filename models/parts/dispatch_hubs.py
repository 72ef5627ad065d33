"""What leaves a hub has come in by then. Needs dispatch_trips."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo

from models.dispatch_data import DispatchData
from models.dispatch_index import DispatchIndex
from models.parts.linear import linear
from models.trip_table import ready_period

__all__ = ["add_hubs"]


def add_hubs(model: pyo.ConcreteModel, data: DispatchData, index: DispatchIndex) -> None:
    """Add ``hub_balance[h,i,t]``.

    ``sum load_units out of the hub, loaded in periods <= t, <= hub_goods_units + sum load_units
    brought by legs that are ready in periods <= t``, for each hub, item and period in which
    something can be loaded.

    Parameters
    ----------
    model
        Gets the components.
    data
        The dispatch problem.
    index
        Slots and loads.
    """
    trip = index.slot_trip[index.load_slot]
    lane, start = index.table.lane[trip], index.table.start_period[trip]
    ready = np.zeros(len(trip), dtype=np.int64)
    leg = np.flatnonzero(data.lane_hub[lane] >= 0)
    ready[leg] = ready_period(data, index.table, trip[leg])
    keys: list[tuple[int, int, int]] = []
    out: dict[tuple[int, int], np.ndarray] = {}
    into: dict[tuple[int, int], np.ndarray] = {}
    for h, w in enumerate(data.hub_warehouse.tolist()):
        for i in range(data.item_count):
            is_item = index.load_item == i
            out[h, i] = np.flatnonzero(is_item & (data.lane_warehouse[lane] == w))
            into[h, i] = np.flatnonzero(is_item & (data.lane_hub[lane] == h))
            keys += [(h, i, int(t)) for t in np.unique(start[out[h, i]])]

    def hub_balance(model: pyo.ConcreteModel, h: int, i: int, t: int) -> object:
        gone = out[h, i][start[out[h, i]] <= t].tolist()
        come = into[h, i][ready[into[h, i]] <= t].tolist()
        loads = [model.load_units[k] for k in (*gone, *come)]
        there = float(data.hub_goods[h, i, t])
        return linear([1.0] * len(gone) + [-1.0] * len(come), loads) <= there

    model.hub_balance = pyo.Constraint(keys, rule=hub_balance)
