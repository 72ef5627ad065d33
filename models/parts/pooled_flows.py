"""What can be served at all in each scenario, from pooled supplies. Needs stock_balance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyomo.environ as pyo

from models.parts.linear import linear
from models.placement_data import PlacementData
from models.pools import Pool, supply_pools

__all__ = ["add_pooled_flows"]

Need = tuple[int, int, int]


def add_pooled_flows(
    model: pyo.ConcreteModel, data: PlacementData, target: Any | None = None
) -> None:
    """Add ``pooled_units[k,d]``, ``purchase_units[s,d,i]`` and ``unmet_units[s,d,i]``.

    ``sum_k pooled_units + purchase_units + unmet_units = demand_units`` for each need;
    ``sum_d pooled_units <= sum over the members w of k: usable_share x stock_units``; where a
    member keeps a home reserve also ``sum of pooled_units to other provinces <= sum_w
    usable_share x (stock_units - reserve_units x open_warehouse + reserve_missing)``; purchases
    of an item stay within what the market has. The amounts that can reach each district are
    those of ``recourse_flows``.

    Parameters
    ----------
    model
        Has the first stage.
    data
        The placement problem.
    target
        Block that gets the components; the model itself if None.
    """
    block = model if target is None else target
    pools = supply_pools(data)
    needs: list[Need] = [
        (s, int(d), int(i))
        for s, scenario in enumerate(data.scenarios)
        for d, i in np.argwhere(scenario.demand_units > 0)
    ]
    index = [(k, d) for k, pool in enumerate(pools) for d in pool.district.tolist()]
    block.pooled_units = pyo.Var(index, domain=pyo.NonNegativeReals)
    block.unmet_units = pyo.Var(needs, domain=pyo.NonNegativeReals)
    _add_purchases(block, data, needs)
    arriving: dict[Need, list[int]] = {}
    for k, d in index:
        arriving.setdefault((pools[k].scenario, d, pools[k].item), []).append(k)

    def demand_balance(block: Any, s: int, d: int, i: int) -> object:
        parts = [block.pooled_units[k, d] for k in arriving.get((s, d, i), [])]
        if (s, d, i) in block.purchase_units:
            parts.append(block.purchase_units[s, d, i])
        parts.append(block.unmet_units[s, d, i])
        return linear([1.0] * len(parts), parts) == float(data.scenarios[s].demand_units[d, i])

    block.demand_balance = pyo.Constraint(needs, rule=demand_balance)
    _add_supply(model, block, data, pools)


def _add_supply(
    model: pyo.ConcreteModel, block: Any, data: PlacementData, pools: Sequence[Pool]
) -> None:
    """Add ``usable_stock[k]`` and, where a member keeps a home reserve, ``abroad_limit[k]``."""

    def usable_stock(block: Any, k: int) -> object:
        shipped = [block.pooled_units[k, d] for d in pools[k].district.tolist()]
        held, coefficients = _held(model, data, pools[k])
        return linear([1.0] * len(shipped) + coefficients, [*shipped, *held]) <= 0

    block.usable_stock = pyo.Constraint(range(len(pools)), rule=usable_stock)
    reserve = data.first_stage.reserve_units
    limited = [
        k
        for k, pool in enumerate(pools)
        if pool.is_abroad.any() and (reserve[pool.warehouse, pool.item] > 0).any()
    ]

    def abroad_limit(block: Any, k: int) -> object:
        pool = pools[k]
        shipped = [block.pooled_units[k, d] for d in pool.district[pool.is_abroad].tolist()]
        held, coefficients = _held(model, data, pool)
        kept, amounts = _kept_at_home(model, data, pool)
        variables = [*shipped, *held, *kept]
        return linear([1.0] * len(shipped) + coefficients + amounts, variables) <= 0

    block.abroad_limit = pyo.Constraint(limited, rule=abroad_limit)


def _held(
    model: pyo.ConcreteModel, data: PlacementData, pool: Pool
) -> tuple[list[object], list[float]]:
    """Stock of a pool with coefficients for the left side of a supply row."""
    usable = data.scenarios[pool.scenario].usable_share[pool.warehouse]
    held = [model.stock_units[w, pool.item] for w in pool.warehouse.tolist()]
    return held, (-usable).tolist()


def _kept_at_home(
    model: pyo.ConcreteModel, data: PlacementData, pool: Pool
) -> tuple[list[object], list[float]]:
    """Choices under which a member keeps its reserve, what is missing to it, and usable amounts."""
    first = data.first_stage
    usable = data.scenarios[pool.scenario].usable_share
    chosen: list[object] = []
    amounts: list[float] = []
    for w in pool.warehouse.tolist():
        amount = float(usable[w] * first.reserve_units[w, pool.item])
        if amount > 0:
            is_open = [o for o in first.options_of[w] if first.option_is_open[o]]
            chosen += [model.choose_option[o] for o in is_open]
            amounts += [amount] * len(is_open)
            if (w, pool.item) in model.reserve_missing:
                chosen.append(model.reserve_missing[w, pool.item])
                amounts.append(-float(usable[w]))
    return chosen, amounts


def _add_purchases(block: Any, data: PlacementData, needs: list[Need]) -> None:
    """Add ``purchase_units[s,d,i]`` and ``purchase_limit[s,i]``."""
    values = data.values
    on_sale = np.isfinite(values.purchase_price_cny) & (values.purchase_available_units > 0)
    bought = [
        (s, d, i)
        for s, d, i in needs
        if on_sale[i] and np.isfinite(data.scenarios[s].purchase_band_hours[i])
    ]
    block.purchase_units = pyo.Var(bought, domain=pyo.NonNegativeReals)
    markets: dict[tuple[int, int], list[int]] = {}
    for s, d, i in bought:
        markets.setdefault((s, i), []).append(d)

    def purchase_limit(block: Any, s: int, i: int) -> object:
        units = [block.purchase_units[s, d, i] for d in markets[s, i]]
        available = float(values.purchase_available_units[i])
        return linear([1.0] * len(units), units) <= available

    block.purchase_limit = pyo.Constraint(list(markets), rule=purchase_limit)
