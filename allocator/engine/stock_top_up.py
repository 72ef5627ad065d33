"""Whole units bought back where rounding stock down has taken them.

Rounded down, every warehouse loses a part of a unit of every item, and with it room and money. One
evaluation of the recourse says what a unit is worth where; as many units of an item as were lost
are put where they are worth most for their money.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.master import Point
from allocator.engine.recourse import Recourse
from models.placement_data import FirstStageData, PlacementData
from models.valuation import FirstStagePlan, annual_cost_cny, one_off_cost_cny

__all__ = ["top_up", "topped_up"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_ROUNDING = 1e-9
"""Room and money are sums of many numbers. [share]"""


def topped_up(recourse: Recourse, exact: Point, whole: Point) -> Point:
    """Return a point of whole stock with as many units as one in parts, as far as there is room.

    Parameters
    ----------
    recourse
        Says what a unit is worth; a few criteria will do.
    exact, whole
        The point in parts, and the same with less stock, in whole units.
    """
    data = recourse.data
    first = data.first_stage
    may_grow = first.is_decided[:, None] & first.is_whole
    lost = np.where(may_grow, exact.stock_units - whole.stock_units, 0.0).sum(axis=0)
    if (lost < 0.5).all():
        return whole
    value = np.where(may_grow, _unit_values(recourse, whole), 0.0)
    option = first.options_taken(whole.choice)
    return replace(whole, stock_units=top_up(data, option, whole.stock_units, lost, value))


def _unit_values(recourse: Recourse, point: Point) -> Floats:
    """What one unit more would save over all scenarios, scaled, shape (warehouse, item)."""
    data = recourse.data
    weights = [dict.fromkeys(recourse.criteria, 1.0)] * len(data.scenarios)
    value = np.zeros(point.stock_units.shape)
    blocks = len(recourse.block_scenario)
    # Cuts that follow those of the blocks are of promises and say nothing of a scenario.
    for cut in recourse.evaluate(point, weights).cuts[:blocks]:
        scenario = int(recourse.block_scenario[cut.block])
        value[:, list(cut.items)] += data.probability[scenario] * cut.stock.T
    return value


def top_up(
    data: PlacementData, option: Integers, stock_units: Floats, lost_units: Floats, value: Floats
) -> Floats:
    """Add whole units within room and budgets, those of most value for their price first.

    Parameters
    ----------
    data
        The placement problem.
    option
        Option of each warehouse, shape (warehouse,).
    stock_units
        Shape (warehouse, item), >= 0. [units]
    lost_units
        About how many units to add, shape (item,). [units]
    value
        Worth of one unit more, any scale, >= 0, 0 where none may be added, shape (warehouse, item).

    Returns
    -------
    Floats
        The stock, shape (warehouse, item). [units]
    """
    first = data.first_stage
    stock = stock_units.copy()
    plan = FirstStagePlan(option, stock)
    room = first.option_volume_m3[option] * (1 + _ROUNDING) - stock @ first.unit_volume_m3
    capital = first.capital_budget_cny * (1 - _ROUNDING) - one_off_cost_cny(data, plan)
    annual = first.annual_budget_cny * (1 - _ROUNDING) - annual_cost_cny(data, plan)
    left = np.ceil(lost_units - 0.5)
    for w, i in _ranked(first, value):
        if left[i] < 1.0:
            continue
        free = max(first.today_units[w, i] - stock[w, i], 0.0)
        most = min(
            left[i],
            _times(room[w], first.unit_volume_m3[i]),
            _times(annual, first.keeping_cny[i]),
            max(0.0, np.floor(free)) + _times(capital, first.price_cny[i]),
        )
        if most < 1.0:
            continue
        stock[w, i] += most
        left[i] -= most
        room[w] -= most * first.unit_volume_m3[i]
        annual -= most * first.keeping_cny[i]
        capital -= max(0.0, most - free) * first.price_cny[i]
        if (left < 1.0).all():
            break
    return stock


def _ranked(first: FirstStageData, value: Floats) -> list[tuple[int, int]]:
    """Warehouse and item of every unit that is worth something, the best for its price first."""
    warehouse, item = np.nonzero(value > 0.0)
    price = np.maximum(first.price_cny[item], 1e-9)
    order = np.argsort(-value[warehouse, item] / price, kind="stable")
    return list(zip(warehouse[order].tolist(), item[order].tolist(), strict=True))


def _times(amount: float, each: float) -> float:
    """How many whole times something fits into an amount, 0 or more."""
    if amount <= 0.0:
        return 0.0
    return float(np.floor(amount / each)) if each > 0.0 else float("inf")
