"""The master problem of the decomposition: the first stage and the recourse as values of blocks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pyomo.environ as pyo

from models.parts.block_values import add_block_values
from models.parts.budgets import MILLION
from models.parts.size_choice import add_region_counts
from models.parts.tail_risk import add_tail_risk
from models.placement import add_first_stage
from models.placement_data import Criterion, PlacementData
from models.regions import option_regions

__all__ = ["Relaxed", "build_first_stage", "build_repair"]

Relaxed = Literal["promises", "budgets", "reserves"]
"""A family of rules that a repair may loosen."""


def build_first_stage(
    data: PlacementData, block_scenario: Sequence[int], criteria: Sequence[Criterion]
) -> pyo.ConcreteModel:
    """Build the master problem, without objective and without cuts.

    Parameters
    ----------
    data
        The placement problem.
    block_scenario
        Scenario of each block of recourse.
    criteria
        Values of a block.

    Returns
    -------
    ConcreteModel
        With ``choose_option``, ``stock_units``, ``yearly_cost`` [million CNY], ``block_value``
        and ``risk_value`` [``value_scale``].
    """
    model = pyo.ConcreteModel()
    add_first_stage(model, data, whole=False)
    add_region_counts(model, option_regions(data.first_stage))
    add_block_values(model, data, block_scenario, criteria)
    add_tail_risk(model, data, criteria)
    return model


def build_repair(data: PlacementData, relaxed: Sequence[Relaxed]) -> pyo.ConcreteModel:
    """Build the search for the smallest change that makes a first stage possible.

    Minimises the worth of what is missing to promises and reserves, at the items' prices, and the
    money by which budgets are exceeded. [million CNY]

    Parameters
    ----------
    data
        The placement problem.
    relaxed
        Families of rules that may be loosened.
    """
    first = data.first_stage
    model = pyo.ConcreteModel()
    add_first_stage(model, data, whole=False)
    worth = [max(price, 1.0) / MILLION for price in first.price_cny.tolist()]
    missing = []
    if "promises" in relaxed:
        for c, variable in model.shortfall_units.items():
            if first.coverage.is_hard[c]:
                variable.setub(None)
                missing.append(worth[int(first.coverage.item[c])] * variable)
    if "reserves" in relaxed:
        for (_, i), variable in model.reserve_missing.items():
            variable.setub(None)
            missing.append(worth[i] * variable)
    if "budgets" in relaxed:
        for variable in model.budget_excess.values():
            variable.setub(None)
            missing.append(variable)
    model.objective = pyo.Objective(expr=sum(missing), sense=pyo.minimize)
    return model
