"""What a placement plan is worth, computed from its quantities alone.

The same sums score what a Pyomo model or the decomposition returns and what is exported, so that
an objective is never taken from a solver. Sizes as in ``models.placement_data``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.placement_data import Criterion, PlacementData, RiskData, StageRule
from models.recourse import unit_values

__all__ = [
    "FirstStagePlan",
    "PlacementResult",
    "ScenarioFlows",
    "annual_cost_cny",
    "conditional_value_at_risk",
    "one_off_cost_cny",
    "risk_value",
    "scenario_values",
    "shortfall_units",
    "stage_value",
    "yearly_cost_cny",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class FirstStagePlan:
    """Sizes and stock.

    Parameters
    ----------
    option
        Option taken by each warehouse, shape (warehouse,).
    stock_units
        Shape (warehouse, item), >= 0. [units]
    """

    option: Integers
    stock_units: Floats


@dataclass(frozen=True)
class ScenarioFlows:
    """Who gets what from where under one scenario.

    Parameters
    ----------
    warehouse, district, item
        Positions, the district among those in need, shape (flow,).
    ship_units
        Shape (flow,), > 0. [units]
    purchase_units, unmet_units
        Shape (district, item), >= 0. [units]
    """

    warehouse: Integers
    district: Integers
    item: Integers
    ship_units: Floats
    purchase_units: Floats
    unmet_units: Floats


@dataclass(frozen=True)
class PlacementResult:
    """A placement plan: first stage and the flows of every scenario."""

    first_stage: FirstStagePlan
    scenarios: tuple[ScenarioFlows, ...]


def _flow_values(
    data: PlacementData, scenario: int, flows: ScenarioFlows, criterion: Criterion
) -> float:
    """Value of one scenario's flows under a criterion."""
    total = 0.0
    for item in range(data.first_stage.item_count):
        values = unit_values(data, scenario, item, criterion)
        own = flows.item == item
        total += float(
            flows.ship_units[own] @ values.ship[flows.warehouse[own], flows.district[own]]
        )
        bought = flows.purchase_units[:, item]
        total += float(bought[bought > 0] @ values.purchase[bought > 0])
        total += float(flows.unmet_units[:, item] @ values.unmet)
    return total


def _floor_value(data: PlacementData, scenario: int, flows: ScenarioFlows) -> float:
    """Weighted units missing to the minimum served share."""
    weight = data.weights(scenario)
    need = (weight * data.scenarios[scenario].demand_units).sum(axis=1)
    unmet = (weight * flows.unmet_units).sum(axis=1)
    return float(np.maximum(0.0, unmet - (1.0 - data.risk.min_served_share) * need).sum())


def scenario_values(data: PlacementData, result: PlacementResult, criterion: Criterion) -> Floats:
    """Value of each scenario under a criterion, shape (scenario,)."""
    if criterion == "floor":
        return np.array([_floor_value(data, s, flows) for s, flows in enumerate(result.scenarios)])
    return np.array(
        [_flow_values(data, s, flows, criterion) for s, flows in enumerate(result.scenarios)]
    )


def conditional_value_at_risk(values: Floats, probability: Floats, alpha: float) -> float:
    """Mean of the worst ``1 - alpha`` of a discrete distribution.

    Rockafellar and Uryasev (2000): the least of ``eta + sum p max(0, Q - eta) / (1 - alpha)``,
    which is reached at one of the values.

    Parameters
    ----------
    values, probability
        Shape (scenario,).
    alpha
        0 to below 1.
    """
    excess = np.maximum(values[None, :] - values[:, None], 0.0)
    return float((values + excess @ probability / (1.0 - alpha)).min())


def risk_value(values: Floats, probability: Floats, risk: RiskData) -> float:
    """Join scenario values: ``(1 - cvar_weight) mean + cvar_weight CVaR``.

    Parameters
    ----------
    values, probability
        Shape (scenario,).
    risk
        Level and weight of the tail.
    """
    mean = float(probability @ values)
    if risk.cvar_weight == 0.0:
        return mean
    tail = conditional_value_at_risk(values, probability, risk.cvar_alpha)
    return (1.0 - risk.cvar_weight) * mean + risk.cvar_weight * tail


def one_off_cost_cny(data: PlacementData, plan: FirstStagePlan) -> float:
    """Opening, resizing, closing and buying. [CNY]"""
    first = data.first_stage
    bought = np.maximum(plan.stock_units - first.today_units, 0.0)[first.is_decided]
    return float(first.option_one_off_cny[plan.option].sum() + (bought @ first.price_cny).sum())


def annual_cost_cny(data: PlacementData, plan: FirstStagePlan) -> float:
    """Running, keeping and writing off. [CNY/year]"""
    first = data.first_stage
    kept = plan.stock_units[first.is_decided] @ first.keeping_cny
    return float(first.option_annual_cny[plan.option].sum() + kept.sum())


def shortfall_units(data: PlacementData, plan: FirstStagePlan) -> Floats:
    """Units missing to each promise, shape (promise,). [units]"""
    coverage = data.first_stage.coverage
    return np.maximum(coverage.required_units - coverage.reachable_units(plan.stock_units), 0.0)


def yearly_cost_cny(data: PlacementData, plan: FirstStagePlan) -> float:
    """Yearly cost, priced shortfalls and the year's share of the one-off cost. [CNY/year]"""
    coverage = data.first_stage.coverage
    price = np.where(coverage.is_hard, 0.0, coverage.shortfall_price_cny)
    return (
        annual_cost_cny(data, plan)
        + float(price @ shortfall_units(data, plan))
        + one_off_cost_cny(data, plan) / data.first_stage.amortisation_years
    )


def stage_value(data: PlacementData, result: PlacementResult, rule: StageRule) -> float:
    """Objective of a stage for a plan."""
    values = scenario_values(data, result, rule.criterion)
    joined = risk_value(values, data.probability, data.risk)
    if not rule.counts_first_stage:
        return joined
    yearly = yearly_cost_cny(data, result.first_stage)
    return yearly + data.first_stage.disasters_per_year * joined
