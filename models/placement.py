"""The whole placement problem as one Pyomo model, for cases small enough, and as a test oracle.

Larger cases go through ``models.first_stage`` with the recourse decomposed; both are made of the
same parts.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyomo.environ as pyo

from models.flows import FlowIndex, flow_index
from models.parts.budgets import add_budgets
from models.parts.coverage import add_coverage
from models.parts.home_reserve import add_abroad_limit, add_home_reserve
from models.parts.linear import grouped, linear
from models.parts.loss_promise import add_loss_promise
from models.parts.recourse_flows import add_recourse_flows
from models.parts.served_share_floor import add_served_share_floor
from models.parts.single_sourcing import add_single_sourcing
from models.parts.size_choice import add_size_choice
from models.parts.stock_balance import add_stock_balance
from models.parts.storage_volume import add_storage_volume
from models.parts.tail_risk import add_tail_risk
from models.placement_data import Criterion, PlacementData, StageRule
from models.recourse import unit_values, value_scale
from models.valuation import FirstStagePlan, PlacementResult, ScenarioFlows

__all__ = ["add_first_stage", "build_placement", "read_first_stage", "read_placement"]


def add_first_stage(model: pyo.ConcreteModel, data: PlacementData, *, whole: bool) -> None:
    """Add everything that is decided before the disaster.

    Parameters
    ----------
    model
        Gets the components.
    data
        The placement problem.
    whole
        Whether stock is in whole units where the data ask for it.
    """
    add_size_choice(model, data)
    add_stock_balance(model, data, whole=whole)
    add_storage_volume(model, data)
    add_coverage(model, data)
    add_budgets(model, data)
    add_home_reserve(model, data)


def build_placement(
    data: PlacementData,
    rule: StageRule,
    limits: Mapping[Criterion, float] | None = None,
    *,
    whole: bool = False,
) -> pyo.ConcreteModel:
    """Build one stage of placement.

    Parameters
    ----------
    data
        The placement problem.
    rule
        What the stage minimises.
    limits
        Risk values that earlier stages reached and that must be kept, by criterion.
    whole
        Whether stock is in whole units where the data ask for it.

    Returns
    -------
    ConcreteModel
        Money in million CNY, other values in ``value_scale``; ask ``models.valuation`` what a plan
        is worth.
    """
    limits = limits or {}
    criteria = list(dict.fromkeys([rule.criterion, *limits]))
    flows = flow_index(data)
    model = pyo.ConcreteModel()
    add_first_stage(model, data, whole=whole)
    add_recourse_flows(model, data, flows)
    add_abroad_limit(model, data, flows)
    add_served_share_floor(model, data, flows, elastic=rule.criterion == "floor")
    add_single_sourcing(model, data, flows)
    add_loss_promise(model, data)
    _add_scenario_values(model, data, flows, criteria)
    add_tail_risk(model, data, criteria)
    for criterion, limit in limits.items():
        model.risk_value[criterion].setub(limit / value_scale(data, criterion))
    add_objective(model, data, rule)
    return model


def add_objective(model: pyo.ConcreteModel, data: PlacementData, rule: StageRule) -> None:
    """Add the objective of a stage; needs budgets and tail_risk.

    Parameters
    ----------
    model
        Gets the objective.
    data
        The placement problem.
    rule
        What the stage minimises.
    """
    joined = model.risk_value[rule.criterion]
    if rule.counts_first_stage:
        joined = model.yearly_cost + data.first_stage.disasters_per_year * joined
    model.objective = pyo.Objective(expr=joined, sense=pyo.minimize)


def _add_scenario_values(
    model: pyo.ConcreteModel,
    data: PlacementData,
    flows: FlowIndex,
    criteria: list[Criterion],
) -> None:
    """Add ``scenario_value[s,c]`` as the sum over its flows."""
    scenarios = range(len(data.scenarios))
    model.scenario_value = pyo.Var(scenarios, criteria, domain=pyo.NonNegativeReals)
    flows_of = grouped(flows.scenario, len(scenarios))
    needs_of = grouped(flows.need_scenario, len(scenarios))

    def value_total(model: pyo.ConcreteModel, s: int, c: Criterion) -> object:
        scale = value_scale(data, c)
        if c == "floor":
            missing = [v for (place, _), v in model.floor_missing.items() if place == s]
            weights = [1.0 / scale] * len(missing)
            return linear([*weights, -1.0], [*missing, model.scenario_value[s, c]]) == 0
        coefficients: list[float] = []
        variables: list[object] = []
        for i in range(data.first_stage.item_count):
            values = unit_values(data, s, i, c)
            f = flows_of[s][flows.item[flows_of[s]] == i]
            n = needs_of[s][flows.need_item[needs_of[s]] == i]
            bought = np.array([k for k in n.tolist() if k in model.purchase_units], dtype=np.int64)
            coefficients += (values.ship[flows.warehouse[f], flows.district[f]] / scale).tolist()
            coefficients += (values.purchase[flows.need_district[bought]] / scale).tolist()
            coefficients += (values.unmet[flows.need_district[n]] / scale).tolist()
            variables += [model.ship_units[k] for k in f.tolist()]
            variables += [model.purchase_units[k] for k in bought.tolist()]
            variables += [model.unmet_units[k] for k in n.tolist()]
        return linear([*coefficients, -1.0], [*variables, model.scenario_value[s, c]]) == 0

    model.value_total = pyo.Constraint(scenarios, criteria, rule=value_total)


def read_first_stage(model: pyo.ConcreteModel, data: PlacementData) -> FirstStagePlan:
    """Read sizes and stock from a solved model."""
    first = data.first_stage
    chosen = np.array([pyo.value(v) for v in model.choose_option.values()])
    option = np.array([max(options, key=lambda o: chosen[o]) for options in first.options_of])
    stock = np.array([pyo.value(v) for v in model.stock_units.values()])
    stock = stock.reshape(first.warehouse_count, first.item_count)
    return FirstStagePlan(option, np.maximum(stock, 0.0))


def read_placement(model: pyo.ConcreteModel, data: PlacementData) -> PlacementResult:
    """Read a whole plan from a solved model.

    Parameters
    ----------
    model
        As built by ``build_placement``, with values.
    data
        The data it was built from.
    """
    flows = flow_index(data)
    shipped = np.array([pyo.value(v) for v in model.ship_units.values()], dtype=float)
    bought = np.zeros(len(flows.need_scenario))
    for n, variable in model.purchase_units.items():
        bought[n] = pyo.value(variable)
    unmet = np.array([pyo.value(v) for v in model.unmet_units.values()], dtype=float)
    plans = []
    for s, scenario in enumerate(data.scenarios):
        f = np.flatnonzero((flows.scenario == s) & (shipped > 0))
        n = np.flatnonzero(flows.need_scenario == s)
        purchase = np.zeros(scenario.demand_units.shape)
        missing = np.zeros(scenario.demand_units.shape)
        purchase[flows.need_district[n], flows.need_item[n]] = np.maximum(bought[n], 0.0)
        missing[flows.need_district[n], flows.need_item[n]] = np.maximum(unmet[n], 0.0)
        plans.append(
            ScenarioFlows(
                warehouse=flows.warehouse[f],
                district=flows.district[f],
                item=flows.item[f],
                ship_units=shipped[f],
                purchase_units=purchase,
                unmet_units=missing,
            )
        )
    return PlacementResult(read_first_stage(model, data), tuple(plans))
