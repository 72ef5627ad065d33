"""Loads that fit each vehicle: weight and volume, vehicle by vehicle. Needs dispatch_trips."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray

from models.dispatch_data import DispatchData
from models.dispatch_index import DispatchIndex
from models.parts.linear import grouped, linear

__all__ = ["add_vehicle_loads"]


def add_vehicle_loads(model: pyo.ConcreteModel, data: DispatchData, index: DispatchIndex) -> None:
    """Add ``vehicle_payload[s]`` and ``vehicle_volume[s]``.

    ``sum_i weight_kg x load_units <= payload_kg x departs`` and the same with volume, for each
    vehicle on its own: sums over vehicles or kinds would allow loads that fit none of them.

    Parameters
    ----------
    model
        Gets the components.
    data
        The dispatch problem.
    index
        Slots and loads.
    """
    members = grouped(index.load_slot, len(index.slot_trip))
    fleet = index.table.fleet[index.slot_trip]

    def room(per_unit: NDArray[np.float64], capacity: NDArray[np.float64]) -> object:
        def rule(model: pyo.ConcreteModel, s: int) -> object:
            loads = members[s].tolist()
            coefficients = [float(per_unit[index.load_item[k]]) for k in loads]
            variables = [model.load_units[k] for k in loads]
            limit = -float(capacity[fleet[s]])
            return linear([*coefficients, limit], [*variables, model.departs[s]]) <= 0

        return rule

    slots = range(len(index.slot_trip))
    model.vehicle_payload = pyo.Constraint(slots, rule=room(data.item_weight_kg, data.payload_kg))
    model.vehicle_volume = pyo.Constraint(
        slots, rule=room(data.item_volume_m3, data.vehicle_volume_m3)
    )
