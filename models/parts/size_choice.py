"""Which size a warehouse has: one option each. Needs no other part."""

from __future__ import annotations

import pyomo.environ as pyo

from models.parts.linear import linear
from models.placement_data import PlacementData

__all__ = ["add_size_choice"]


def add_size_choice(model: pyo.ConcreteModel, data: PlacementData) -> None:
    """Add ``choose_option[o]`` and ``open_warehouse[w]``.

    ``sum over the options o of w: choose_option[o] = 1`` (Rawls and Turnquist 2010: at most one
    facility size a node; staying shut is an option here, so that the sum is 1). A warehouse with
    one option has nothing to choose: its variable is fixed.

    Parameters
    ----------
    model
        Gets the components.
    data
        The placement problem.
    """
    first = data.first_stage
    model.choose_option = pyo.Var(range(len(first.option_warehouse)), domain=pyo.Binary)
    for options in first.options_of:
        if len(options) == 1:
            model.choose_option[options[0]].fix(1)
    free = [w for w, options in enumerate(first.options_of) if len(options) > 1]

    def one_option(model: pyo.ConcreteModel, w: int) -> object:
        chosen = [model.choose_option[o] for o in first.options_of[w]]
        return linear([1.0] * len(chosen), chosen) == 1

    model.one_option = pyo.Constraint(free, rule=one_option)

    def open_warehouse(model: pyo.ConcreteModel, w: int) -> object:
        is_open = [o for o in first.options_of[w] if first.option_is_open[o]]
        return linear([1.0] * len(is_open), [model.choose_option[o] for o in is_open])

    model.open_warehouse = pyo.Expression(range(first.warehouse_count), rule=open_warehouse)
