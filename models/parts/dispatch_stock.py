"""What leaves a warehouse is there, and the home reserve stays. Needs dispatch_trips."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from models.dispatch_data import DispatchData
from models.dispatch_index import DispatchIndex
from models.parts.linear import grouped, linear

__all__ = ["add_dispatch_stock"]


def add_dispatch_stock(model: pyo.ConcreteModel, data: DispatchData, index: DispatchIndex) -> None:
    """Add ``usable_stock[w,i]``, ``home_reserve[w,i]`` and ``lasting_stock[k]``.

    ``sum load_units <= stock_units`` over all vehicles of a warehouse, and
    ``sum load_units <= outside_units`` over those that leave the province; of stock of
    which a part expires ``sum load_units <= lasting.units`` over those unloaded after that hour.

    Parameters
    ----------
    model
        Gets the components.
    data
        The dispatch problem.
    index
        Slots and loads.
    """
    lane = index.table.lane[index.slot_trip[index.load_slot]]
    shelf = data.lane_warehouse[lane] * data.item_count + index.load_item
    everything = np.arange(len(shelf))

    def limited(name: str, chosen: NDArray[np.int64], limit: NDArray[np.int64]) -> None:
        keys, group = np.unique(shelf[chosen], return_inverse=True)
        members = grouped(group.reshape(-1), len(keys))
        named = {divmod(int(key), data.item_count): k for k, key in enumerate(keys)}

        def rule(model: pyo.ConcreteModel, w: int, i: int) -> object:
            loads = [model.load_units[int(k)] for k in chosen[members[named[w, i]]]]
            return linear([1.0] * len(loads), loads) <= float(limit[w, i])

        setattr(model, name, pyo.Constraint(list(named), rule=rule))

    limited("usable_stock", everything, data.stock_units)
    limited("home_reserve", everything[data.leaves_province[lane]], data.outside_units)
    _add_lasting(model, data, index)


def _add_lasting(model: pyo.ConcreteModel, data: DispatchData, index: DispatchIndex) -> None:
    trip = index.slot_trip[index.load_slot]
    lane = index.table.lane[trip]
    load, limit = data.lasting.drawn(
        data.lane_warehouse[lane],
        index.load_item,
        data.leaves_province[lane],
        index.table.unload_end_hours[trip],
    )
    drawn, group = np.unique(limit, return_inverse=True)
    members = grouped(group.reshape(-1), len(drawn))
    named = {int(k): place for place, k in enumerate(drawn)}

    def rule(model: pyo.ConcreteModel, k: int) -> object:
        loads = [model.load_units[int(entry)] for entry in load[members[named[k]]]]
        return linear([1.0] * len(loads), loads) <= float(data.lasting.units[k])

    model.lasting_stock = pyo.Constraint(list(named), rule=rule)
