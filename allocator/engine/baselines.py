"""Plans made in simpler ways, to hold the model's plan against: today's network and p-median.

The p-median (Hakimi 1964) knows people and hours only. Its stock follows a simple rule: the
expected need of the districts nearest to a warehouse gives its part of each item, and all parts
are scaled by the one factor that both budgets and the volumes allow.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from allocator.engine.placement_data import PlacementProblem
from models.placement_data import PlacementData
from models.valuation import FirstStagePlan, annual_cost_cny, one_off_cost_cny

__all__ = ["keeps_budgets", "median_plan", "own_open_count", "today_plan"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_BISECTIONS = 40
_MONEY = 1e-9
"""Relative tolerance of a budget."""


def today_plan(data: PlacementData) -> FirstStagePlan:
    """Return today's network with today's stock.

    Parameters
    ----------
    data
        The placement problem.
    """
    option = np.array([options[0] for options in data.first_stage.options_of], dtype=np.int64)
    return FirstStagePlan(option, data.first_stage.today_units.copy())


def own_open_count(data: PlacementData, plan: FirstStagePlan) -> int:
    """Number of own warehouses that hold reserves under a plan."""
    first = data.first_stage
    return int((first.option_is_open[plan.option] & first.is_decided).sum())


def keeps_budgets(data: PlacementData, plan: FirstStagePlan) -> bool:
    """Whether a plan keeps both budgets."""
    first = data.first_stage
    return one_off_cost_cny(data, plan) <= first.capital_budget_cny * (
        1 + _MONEY
    ) and annual_cost_cny(data, plan) <= first.annual_budget_cny * (1 + _MONEY)


def median_plan(problem: PlacementProblem, nearest: Mapping[str, str]) -> FirstStagePlan:
    """Open the warehouses of a p-median and stock them by the simple rule.

    Warehouses that are opened anew are left out again, the one of the least people first, until
    the rest can be paid for.

    Parameters
    ----------
    problem
        The placement problem.
    nearest
        Responsible warehouse by district.
    """
    data, index = problem.data, {row.warehouse: w for w, row in enumerate(problem.warehouses)}
    places = np.array([index[row.warehouse] for row in problem.warehouses], dtype=np.int64)
    people = np.zeros(len(places))
    home = {}
    for d, district in enumerate(problem.case.districts):
        warehouse = nearest.get(district.district)
        if warehouse is not None:
            home[d] = index[warehouse]
            people[index[warehouse]] += district.population_people
    today = today_plan(data)
    is_new = ~data.first_stage.option_is_open[today.option]
    used = {w for w in home.values() if is_new[w]}
    opened = sorted(used, key=lambda w: -people[w])
    part = _parts(data, home)
    while True:
        plan = _stocked(data, today, opened, part)
        if plan is not None or not opened:
            return plan or today
        dropped = opened.pop()
        # Its districts turn to the warehouse that answers for the most people.
        heir = max(range(len(people)), key=lambda w: people[w] if w != dropped else -1.0)
        part[heir] += part[dropped]
        part[dropped] = 0.0


def _parts(data: PlacementData, home: Mapping[int, int]) -> Floats:
    """Stock that would be enough for the largest scenario, by expected need of the districts.

    Returns
    -------
    Array
        Shape (warehouse, item). [units]
    """
    first = data.first_stage
    expected = np.zeros((first.warehouse_count, first.item_count))
    for scenario in data.scenarios:
        for k, d in enumerate(scenario.district.tolist()):
            if d in home:
                expected[home[d]] += scenario.probability * scenario.demand_units[k]
    total = expected.sum(axis=0)
    largest = np.max([scenario.demand_units.sum(axis=0) for scenario in data.scenarios], axis=0)
    factor = np.divide(largest, total, out=np.zeros_like(total), where=total > 0)
    return np.asarray(expected * factor)


def _stocked(
    data: PlacementData, today: FirstStagePlan, opened: Collection[int], part: Floats
) -> FirstStagePlan | None:
    """Give each warehouse its part, as much as the budgets pay for; None if they pay for none."""
    plan = _scaled(data, today, opened, part, 0.0)
    if not keeps_budgets(data, plan):
        return None
    low, high = 0.0, 1.0
    whole = _scaled(data, today, opened, part, high)
    if keeps_budgets(data, whole):
        return whole
    for _ in range(_BISECTIONS):
        middle = 0.5 * (low + high)
        candidate = _scaled(data, today, opened, part, middle)
        if keeps_budgets(data, candidate):
            low, plan = middle, candidate
        else:
            high = middle
    return plan


def _scaled(
    data: PlacementData,
    today: FirstStagePlan,
    opened: Collection[int],
    part: Floats,
    factor: float,
) -> FirstStagePlan:
    """Today's stock, raised to a factor of each warehouse's part where there is room.

    New warehouses take the smallest class that holds their part, else the largest.
    """
    first = data.first_stage
    option, stock = today.option.copy(), today.stock_units.copy()
    for w in range(first.warehouse_count):
        if not first.is_decided[w] or not (first.option_is_open[option[w]] or w in opened):
            continue
        extra = np.maximum(factor * part[w] - stock[w], 0.0)
        need_m3 = float((stock[w] + extra) @ first.unit_volume_m3)
        if w in opened:
            option[w] = _class_for(data, w, need_m3)
        room = float(first.option_volume_m3[option[w]] - stock[w] @ first.unit_volume_m3)
        asked = float(extra @ first.unit_volume_m3)
        share = 1.0 if asked <= room else max(0.0, room) / asked
        bought = share * extra
        stock[w] += np.where(first.is_whole[w], np.floor(bought + 1e-9), bought)
        stock[w] = np.maximum(stock[w], first.reserve_units[w])
    return FirstStagePlan(option, stock)


def _class_for(data: PlacementData, warehouse: int, need_m3: float) -> int:
    """Smallest open option of a warehouse that holds a volume, else its largest."""
    first = data.first_stage
    choices = [o for o in first.options_of[warehouse] if first.option_is_open[o]]
    choices.sort(key=lambda o: float(first.option_volume_m3[o]))
    return next((o for o in choices if first.option_volume_m3[o] >= need_m3 - 1e-9), choices[-1])
