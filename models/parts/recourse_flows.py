"""What is shipped, bought and left unmet in each scenario. Needs stock_balance."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo

from models.flows import FlowIndex
from models.parts.linear import grouped, linear
from models.placement_data import PlacementData

__all__ = ["add_recourse_flows"]


def add_recourse_flows(model: pyo.ConcreteModel, data: PlacementData, flows: FlowIndex) -> None:
    """Add ``ship_units[f]``, ``purchase_units[n]``, ``unmet_units[n]`` and their balances.

    ``sum ship_units + purchase_units + unmet_units = demand_units`` for each need n;
    ``sum_d ship_units <= usable_share x stock_units`` for each scenario, warehouse and item
    (Rawls and Turnquist 2010, damage to stock); ``sum_d purchase_units <=
    purchase_available_units`` for each scenario and item.

    Parameters
    ----------
    model
        Gets the components.
    data
        The placement problem.
    flows
        Lanes with a need.
    """
    needs = range(len(flows.need_scenario))
    bought = [n for n in needs if _can_buy(data, flows, n)]
    model.ship_units = pyo.Var(range(len(flows.warehouse)), domain=pyo.NonNegativeReals)
    model.purchase_units = pyo.Var(bought, domain=pyo.NonNegativeReals)
    model.unmet_units = pyo.Var(needs, domain=pyo.NonNegativeReals)
    arriving = grouped(flows.need, len(needs))

    def demand_balance(model: pyo.ConcreteModel, n: int) -> object:
        parts = [model.ship_units[f] for f in arriving[n].tolist()]
        if n in model.purchase_units:
            parts.append(model.purchase_units[n])
        parts.append(model.unmet_units[n])
        return linear([1.0] * len(parts), parts) == demand_of(data, flows, n)

    model.demand_balance = pyo.Constraint(needs, rule=demand_balance)
    _add_supply(model, data, flows)
    _add_purchase_limit(model, data, flows, bought)


def demand_of(data: PlacementData, flows: FlowIndex, need: int) -> float:
    """Units of a need."""
    scenario = data.scenarios[int(flows.need_scenario[need])]
    return float(scenario.demand_units[flows.need_district[need], flows.need_item[need]])


def _can_buy(data: PlacementData, flows: FlowIndex, need: int) -> bool:
    """Whether the need may be met by an emergency purchase in time."""
    s, i = int(flows.need_scenario[need]), int(flows.need_item[need])
    values = data.values
    return bool(
        np.isfinite(data.scenarios[s].purchase_band_hours[i])
        and np.isfinite(values.purchase_price_cny[i])
        and values.purchase_available_units[i] > 0
    )


def _add_supply(model: pyo.ConcreteModel, data: PlacementData, flows: FlowIndex) -> None:
    """Add ``usable_stock[k]`` for each scenario, warehouse and item with lanes."""
    keys, group = np.unique(flows.source_key, return_inverse=True)
    members = grouped(group.reshape(-1), len(keys))

    def usable_stock(model: pyo.ConcreteModel, k: int) -> object:
        f = int(members[k][0])
        s, w, i = int(flows.scenario[f]), int(flows.warehouse[f]), int(flows.item[f])
        usable = float(data.scenarios[s].usable_share[w])
        shipped = [model.ship_units[f] for f in members[k].tolist()]
        return linear([1.0] * len(shipped) + [-usable], [*shipped, model.stock_units[w, i]]) <= 0

    model.usable_stock = pyo.Constraint(range(len(keys)), rule=usable_stock)


def _add_purchase_limit(
    model: pyo.ConcreteModel, data: PlacementData, flows: FlowIndex, bought: list[int]
) -> None:
    """Add ``purchase_limit[s,i]``."""
    by_market: dict[tuple[int, int], list[int]] = {}
    for n in bought:
        market = int(flows.need_scenario[n]), int(flows.need_item[n])
        by_market.setdefault(market, []).append(n)

    def purchase_limit(model: pyo.ConcreteModel, s: int, i: int) -> object:
        units = [model.purchase_units[n] for n in by_market[s, i]]
        available = float(data.values.purchase_available_units[i])
        return linear([1.0] * len(units), units) <= available

    model.purchase_limit = pyo.Constraint(list(by_market), rule=purchase_limit)
