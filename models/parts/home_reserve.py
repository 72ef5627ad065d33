"""Stock that may not leave the province.

Needs size_choice, stock_balance and, for the shipments, recourse_flows.
"""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo

from models.flows import FlowIndex
from models.parts.linear import grouped, linear
from models.placement_data import PlacementData

__all__ = ["add_abroad_limit", "add_home_reserve"]


def add_home_reserve(model: pyo.ConcreteModel, data: PlacementData) -> None:
    """Add ``reserve_held[w,i]``.

    ``stock_units + reserve_missing >= reserve_units x open_warehouse``; what is missing is nil, the
    search for a repair lets it grow.

    Parameters
    ----------
    model
        Gets the constraint.
    data
        The placement problem.
    """
    first = data.first_stage
    held = np.argwhere((first.reserve_units > 0) & first.is_decided[:, None])
    pairs = [(int(w), int(i)) for w, i in held]
    model.reserve_missing = pyo.Var(pairs, bounds=(0, 0))

    def reserve_held(model: pyo.ConcreteModel, w: int, i: int) -> object:
        reserve = float(first.reserve_units[w, i])
        is_open = [o for o in first.options_of[w] if first.option_is_open[o]]
        choice = [model.choose_option[o] for o in is_open]
        coefficients = [1.0, 1.0] + [-reserve] * len(choice)
        held = [model.stock_units[w, i], model.reserve_missing[w, i]]
        return linear(coefficients, [*held, *choice]) >= 0

    model.reserve_held = pyo.Constraint(pairs, rule=reserve_held)


def add_abroad_limit(model: pyo.ConcreteModel, data: PlacementData, flows: FlowIndex) -> None:
    """Add ``abroad_limit[s,w,i]`` where a home reserve is held and a lane leaves the province.

    ``sum of ship_units to other provinces <= usable_share[s,w] x (stock_units - reserve_units x
    open_warehouse)``: linear, and possible even if nothing is usable. Stock beyond our decision
    that is below its reserve sends nothing abroad.

    Parameters
    ----------
    model
        Gets the constraint.
    data
        The placement problem.
    flows
        Lanes with a need.
    """
    first = data.first_stage
    reserve = first.reserve_units[flows.warehouse, flows.item]
    limited = np.flatnonzero(flows.is_abroad & (reserve > 0))
    keys, group = np.unique(flows.source_key[limited], return_inverse=True)
    members = [limited[k] for k in grouped(group.reshape(-1), len(keys))]

    def abroad_limit(model: pyo.ConcreteModel, k: int) -> object:
        f = int(members[k][0])
        s, w, i = int(flows.scenario[f]), int(flows.warehouse[f]), int(flows.item[f])
        usable = float(data.scenarios[s].usable_share[w])
        shipped = [model.ship_units[f] for f in members[k].tolist()]
        held = float(first.reserve_units[w, i])
        if not first.is_decided[w]:
            free = max(0.0, float(first.today_units[w, i]) - held)
            return linear([1.0] * len(shipped), shipped) <= usable * free
        is_open = [model.choose_option[o] for o in first.options_of[w] if first.option_is_open[o]]
        coefficients = [1.0] * len(shipped) + [-usable, -usable] + [usable * held] * len(is_open)
        own = [model.stock_units[w, i], model.reserve_missing[w, i]]
        return linear(coefficients, [*shipped, *own, *is_open]) <= 0

    model.abroad_limit = pyo.Constraint(range(len(keys)), rule=abroad_limit)
