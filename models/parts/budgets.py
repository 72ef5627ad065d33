"""What the plan costs before any disaster, and the two budgets.

Needs size_choice, stock_balance and coverage.
"""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo

from models.parts.linear import linear
from models.parts.stock_balance import bought_units
from models.placement_data import PlacementData

__all__ = ["MILLION", "add_budgets"]

MILLION = 1e6
"""Money in the models is in million CNY, so that coefficients stay near 1."""


def add_budgets(model: pyo.ConcreteModel, data: PlacementData) -> None:
    """Add ``one_off_cost``, ``annual_cost``, ``yearly_cost`` and the budgets. [million CNY]

    ``one_off_cost = sum option_one_off_cny x choose_option + sum price_cny x bought units``
    ``annual_cost = sum option_annual_cny x choose_option + sum keeping_cny x stock_units``
    ``one_off_cost <= capital_budget``, ``annual_cost <= annual_budget`` (Balcik and Beamon 2008:
    one budget before, one a year). ``yearly_cost = annual_cost + shortfalls at their price +
    one_off_cost / amortisation_years`` is what the stages ``cost`` and ``social`` count.
    ``budget_excess`` is nil; the search for a repair lets it grow.

    Parameters
    ----------
    model
        Gets the components.
    data
        The placement problem.
    """
    first = data.first_stage
    options = list(model.choose_option.values())
    pairs = [(w, i) for w, i in model.stock_units if first.is_decided[w]]
    buy = [bought_units(model, pair) for pair in pairs]
    stock = [model.stock_units[pair] for pair in pairs]
    items = np.array([i for _, i in pairs], dtype=np.int64)

    def total(per_option: np.ndarray, per_unit: np.ndarray, units: list[object]) -> object:
        coefficients = np.concatenate([per_option, per_unit[items]]) / MILLION
        return linear(coefficients.tolist(), [*options, *units])

    model.one_off_cost = pyo.Var(domain=pyo.NonNegativeReals)
    model.annual_cost = pyo.Var(domain=pyo.NonNegativeReals)
    model.yearly_cost = pyo.Var(domain=pyo.NonNegativeReals)
    model.one_off_total = pyo.Constraint(
        expr=total(first.option_one_off_cny, first.price_cny, buy) - model.one_off_cost == 0
    )
    model.annual_total = pyo.Constraint(
        expr=total(first.option_annual_cny, first.keeping_cny, stock) - model.annual_cost == 0
    )
    coverage = first.coverage
    short = {c: v for c, v in model.shortfall_units.items() if not coverage.is_hard[c]}
    price = [float(coverage.shortfall_price_cny[c]) / MILLION for c in short]
    model.yearly_total = pyo.Constraint(
        expr=linear(
            [1.0, 1.0 / first.amortisation_years, *price, -1.0],
            [model.annual_cost, model.one_off_cost, *short.values(), model.yearly_cost],
        )
        == 0
    )
    model.budget_excess = pyo.Var(["capital", "annual"], bounds=(0, 0))
    if np.isfinite(first.capital_budget_cny):
        model.capital_budget = pyo.Constraint(
            expr=model.one_off_cost - model.budget_excess["capital"]
            <= first.capital_budget_cny / MILLION
        )
    if np.isfinite(first.annual_budget_cny):
        model.annual_budget = pyo.Constraint(
            expr=model.annual_cost - model.budget_excess["annual"]
            <= first.annual_budget_cny / MILLION
        )
