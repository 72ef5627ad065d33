"""Items that must not travel together, vehicle by vehicle. Needs dispatch_trips."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo

from models.dispatch_data import DispatchData
from models.dispatch_index import DispatchIndex

__all__ = ["add_segregation", "write_segregation"]


def add_segregation(model: pyo.ConcreteModel, data: DispatchData, index: DispatchIndex) -> None:
    """Add ``carries_item[l]`` for loads of segregated items, and what follows from it.

    ``load_units[l] <= most x carries_item[l]``, and for two loads of one vehicle whose items must
    not travel together ``carries_item[l] + carries_item[m] <= departs[s]``.

    Parameters
    ----------
    model
        Gets the components.
    data
        The dispatch problem.
    index
        Slots and loads.
    """
    loads, pairs = _told_apart(data, index)
    model.carries_item = pyo.Var(loads, domain=pyo.Binary)
    fleet = index.table.fleet[index.slot_trip[index.load_slot]]
    most = np.floor(
        np.minimum(
            data.payload_kg[fleet] / data.item_weight_kg[index.load_item],
            data.vehicle_volume_m3[fleet] / data.item_volume_m3[index.load_item],
        )
        + 1e-6
    )

    def carries_what_is_loaded(model: pyo.ConcreteModel, k: int) -> object:
        return model.load_units[k] <= float(most[k]) * model.carries_item[k]

    def travels_apart(model: pyo.ConcreteModel, k: int, other: int) -> object:
        slot = int(index.load_slot[k])
        return model.carries_item[k] + model.carries_item[other] <= model.departs[slot]

    model.carries_what_is_loaded = pyo.Constraint(loads, rule=carries_what_is_loaded)
    model.travels_apart = pyo.Constraint(pairs, rule=travels_apart)


def _told_apart(
    data: DispatchData, index: DispatchIndex
) -> tuple[list[int], list[tuple[int, int]]]:
    """Loads of segregated items, and pairs of them that must not be on one vehicle."""
    if data.segregated is None:
        return [], []
    is_apart = np.asarray(data.segregated.any(axis=1))
    loads = np.flatnonzero(is_apart[index.load_item])
    place = {
        (slot, item): k
        for k, slot, item in zip(
            loads.tolist(),
            index.load_slot[loads].tolist(),
            index.load_item[loads].tolist(),
            strict=True,
        )
    }
    pairs = [
        (k, place[slot, int(other)])
        for (slot, item), k in place.items()
        for other in np.flatnonzero(data.segregated[item])
        if other > item and (slot, int(other)) in place
    ]
    return loads.tolist(), pairs


def write_segregation(model: pyo.ConcreteModel) -> None:
    """Write what the values of ``load_units`` mean into ``carries_item``."""
    for k in model.carries_item:
        model.carries_item[k].set_value(int((model.load_units[k].value or 0) > 0))
