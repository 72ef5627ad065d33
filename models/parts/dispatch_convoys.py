"""Vehicles that set off together or not at all. Needs dispatch_trips."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo

from models.convoys import convoy_groups
from models.dispatch_data import DispatchData
from models.dispatch_index import DispatchIndex
from models.parts.linear import grouped, linear

__all__ = ["add_convoys", "write_convoys"]


def add_convoys(model: pyo.ConcreteModel, data: DispatchData, index: DispatchIndex) -> None:
    """Add ``sets_off[g]``, 1 if the convoy of group g sets off, and what follows from it.

    ``sum departs >= least x sets_off`` over the slots of a group, ``departs[s] <= sets_off[g]``,
    and ``sum load_units >= departs[s]``: an empty vehicle is no company.

    Parameters
    ----------
    model
        Gets the components.
    data
        The dispatch problem.
    index
        Slots and loads.
    """
    groups = convoy_groups(data, index.table)
    slot, group = groups.entries(index.slot_trip)
    members = grouped(group, len(groups))
    some = [g for g in range(len(groups)) if len(members[g])]
    model.sets_off = pyo.Var(some, domain=pyo.Binary)
    model.convoy_slots = {g: slot[members[g]].tolist() for g in some}
    pairs = list(zip(slot.tolist(), group.tolist(), strict=True))
    loads = grouped(index.load_slot, len(index.slot_trip))

    def convoy_company(model: pyo.ConcreteModel, g: int) -> object:
        vehicles = [model.departs[s] for s in model.convoy_slots[g]]
        least = -float(groups.least[g])
        return linear([*[1.0] * len(vehicles), least], [*vehicles, model.sets_off[g]]) >= 0

    def convoy_departure(model: pyo.ConcreteModel, s: int, g: int) -> object:
        return model.departs[s] <= model.sets_off[g]

    def convoy_load(model: pyo.ConcreteModel, s: int) -> object:
        units = [model.load_units[int(k)] for k in loads[s]]
        return linear([*[1.0] * len(units), -1.0], [*units, model.departs[s]]) >= 0

    model.convoy_company = pyo.Constraint(some, rule=convoy_company)
    model.convoy_departure = pyo.Constraint(pairs, rule=convoy_departure)
    model.convoy_load = pyo.Constraint(np.unique(slot).tolist(), rule=convoy_load)


def write_convoys(model: pyo.ConcreteModel) -> None:
    """Write what the values of ``departs`` mean into ``sets_off``."""
    for g, slots in model.convoy_slots.items():
        model.sets_off[g].set_value(int(any(model.departs[s].value for s in slots)))
