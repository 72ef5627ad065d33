"""Stock must fit the warehouse. Needs size_choice and stock_balance."""

from __future__ import annotations

import pyomo.environ as pyo

from models.parts.linear import linear
from models.placement_data import PlacementData

__all__ = ["add_storage_volume"]


def add_storage_volume(model: pyo.ConcreteModel, data: PlacementData) -> None:
    """Add ``warehouse_volume[w]`` for every warehouse that is ours to decide.

    ``sum_i unit_volume_m3[i] x stock_units[w,i] <= sum_o option_volume_m3[o] x choose_option[o]``
    (Rawls and Turnquist 2010, capacity by size class). A closed warehouse therefore holds nothing.

    Parameters
    ----------
    model
        Gets the constraint.
    data
        The placement problem.
    """
    first = data.first_stage

    def warehouse_volume(model: pyo.ConcreteModel, w: int) -> object:
        options = [o for o in first.options_of[w] if first.option_volume_m3[o] > 0]
        stock = [model.stock_units[w, i] for i in range(first.item_count)]
        choice = [model.choose_option[o] for o in options]
        room = [-float(first.option_volume_m3[o]) for o in options]
        return linear([*first.unit_volume_m3.tolist(), *room], [*stock, *choice]) <= 0

    decided = [w for w in range(first.warehouse_count) if first.is_decided[w]]
    model.warehouse_volume = pyo.Constraint(decided, rule=warehouse_volume)
