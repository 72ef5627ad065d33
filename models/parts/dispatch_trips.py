"""Vehicles that depart. Release, closures and deadline are in the trip table: no other exist."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo

from models.dispatch_index import DispatchIndex

__all__ = ["add_trips"]


def add_trips(model: pyo.ConcreteModel, index: DispatchIndex) -> None:
    """Add ``departs[s]``, 1 if the vehicle of slot s drives, and ``load_units[l]``.

    ``departs[s] >= departs[s + 1]`` for slots of the same departure: they are alike, so the first
    drives first.

    Parameters
    ----------
    model
        Gets the components.
    index
        Slots and loads.
    """
    model.departs = pyo.Var(range(len(index.slot_trip)), domain=pyo.Binary)
    model.load_units = pyo.Var(range(len(index.load_slot)), domain=pyo.NonNegativeIntegers)
    alike = np.flatnonzero(index.slot_trip[1:] == index.slot_trip[:-1])

    def alike_vehicles_order(model: pyo.ConcreteModel, s: int) -> object:
        return model.departs[s] >= model.departs[s + 1]

    model.alike_vehicles_order = pyo.Constraint(alike.tolist(), rule=alike_vehicles_order)
