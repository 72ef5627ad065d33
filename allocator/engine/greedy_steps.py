"""The steps a greedy plan may take next, with what they cost and what they may bring at most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.placement_data import PlacementData
from models.valuation import FirstStagePlan, annual_cost_cny, one_off_cost_cny

__all__ = ["Slopes", "Step", "buy", "greedy_steps", "money_left", "purchase_share"]

Floats = NDArray[np.float64]

_FILLING_LOTS = 4.0
"""A new or larger warehouse begins with so many lots of each item that pays, if they fit."""


@dataclass(frozen=True)
class Slopes:
    """What steps may bring at most, scaled.

    Parameters
    ----------
    unit
        A unit in stock, shape (warehouse, item).
    opening
        An open warehouse that was shut, shape (warehouse,).
    cny
        A CNY a year, taken off.
    """

    unit: Floats
    opening: Floats
    cny: float


@dataclass(frozen=True)
class Step:
    """A plan one step ahead.

    Parameters
    ----------
    plan
        The plan after the step.
    warehouse
        Where the step is taken.
    bought
        Units bought, shape (item,).
    at_most
        The step brings no more than this, scaled.
    budget_share
        Part of both budgets that it takes, > 0.
    """

    plan: FirstStagePlan
    warehouse: int
    bought: Floats
    at_most: float
    budget_share: float

    @property
    def promise(self) -> float:
        """What it may bring for its budget."""
        return self.at_most / self.budget_share


def money_left(data: PlacementData, plan: FirstStagePlan) -> tuple[float, float]:
    """Return what is left of the capital [CNY] and the annual budget [CNY/year]."""
    first = data.first_stage
    return (
        first.capital_budget_cny - one_off_cost_cny(data, plan),
        first.annual_budget_cny - annual_cost_cny(data, plan),
    )


def buy(
    data: PlacementData,
    plan: FirstStagePlan,
    warehouse: int,
    wanted: Sequence[tuple[int, float]],
    money: tuple[float, float],
) -> Floats:
    """Return how much of each item fits and can be paid for, in the order wanted.

    Parameters
    ----------
    data
        The placement problem.
    plan
        Before buying.
    warehouse
        Where it shall lie.
    wanted
        Item and units.
    money
        What may be spent: capital [CNY] and annual [CNY/year].

    Returns
    -------
    Array
        Whole units, shape (item,).
    """
    first = data.first_stage
    bought = np.zeros(first.item_count)
    room = float(
        first.option_volume_m3[plan.option[warehouse]]
        - plan.stock_units[warehouse] @ first.unit_volume_m3
    )
    capital, annual = money
    for i, units in wanted:
        most = units
        for left, each in (
            (room, float(first.unit_volume_m3[i])),
            (capital, float(first.price_cny[i])),
            (annual, float(first.keeping_cny[i])),
        ):
            most = min(most, left / each) if each > 0 else most
        bought[i] = max(0.0, float(np.floor(most + 1e-9)))
        room -= bought[i] * float(first.unit_volume_m3[i])
        capital -= bought[i] * float(first.price_cny[i])
        annual -= bought[i] * float(first.keeping_cny[i])
    return bought


def greedy_steps(
    data: PlacementData, plan: FirstStagePlan, slopes: Slopes, lot_units: Floats
) -> list[Step]:
    """Return all steps that fit, can be paid for, and may bring something.

    Parameters
    ----------
    data
        The placement problem.
    plan
        Where the steps begin.
    slopes
        What they may bring.
    lot_units
        A lot of each item, shape (item,). [units]
    """
    first = data.first_stage
    left = money_left(data, plan)
    found = []
    for w in np.flatnonzero(first.is_decided).tolist():
        current = int(plan.option[w])
        for o in first.options_of[w]:
            if o == current:
                if first.option_is_open[o]:
                    found += list(_lots(data, plan, w, slopes, lot_units, left))
            elif first.option_is_open[o] and _is_larger(data, o, current):
                step = _enlarged(data, plan, (w, o), slopes, lot_units, left)
                found += [] if step is None else [step]
    return [step for step in found if step.at_most > 0.0]


def _is_larger(data: PlacementData, option: int, current: int) -> bool:
    """Whether an option has more room than the current one."""
    volume = data.first_stage.option_volume_m3
    return bool(volume[option] > volume[current] + 1e-9)


def _lots(
    data: PlacementData,
    plan: FirstStagePlan,
    warehouse: int,
    slopes: Slopes,
    lot_units: Floats,
    left: tuple[float, float],
) -> Iterator[Step]:
    """Buy a lot of one item for an open warehouse."""
    for i in np.flatnonzero((lot_units > 0) & (slopes.unit[warehouse] > 0)).tolist():
        bought = buy(data, plan, warehouse, [(i, float(lot_units[i]))], left)
        if bought[i] > 0:
            yield _step(data, plan, (warehouse, int(plan.option[warehouse])), bought, slopes)


def _enlarged(
    data: PlacementData,
    plan: FirstStagePlan,
    place: tuple[int, int],
    slopes: Slopes,
    lot_units: Floats,
    left: tuple[float, float],
) -> Step | None:
    """Open or enlarge a warehouse with a first filling; None if it cannot be paid for."""
    first, (warehouse, option) = data.first_stage, place
    current = int(plan.option[warehouse])
    money = (
        left[0] - float(first.option_one_off_cny[option] - first.option_one_off_cny[current]),
        left[1] - float(first.option_annual_cny[option] - first.option_annual_cny[current]),
    )
    if min(money) < 0.0:
        return None
    unit = slopes.unit[warehouse]
    rate = unit / np.maximum(first.price_cny + first.keeping_cny, 1e-9)
    items = np.flatnonzero((lot_units > 0) & (unit > 0)).tolist()
    wanted = [
        (i, _FILLING_LOTS * float(lot_units[i])) for i in sorted(items, key=lambda i: -rate[i])
    ]
    larger = FirstStagePlan(_chosen(plan, warehouse, option), plan.stock_units)
    bought = buy(data, larger, warehouse, wanted, money)
    return _step(data, plan, place, bought, slopes) if bought.any() else None


def _chosen(plan: FirstStagePlan, warehouse: int, option: int) -> NDArray[np.int64]:
    """Options of a plan with another one for one warehouse."""
    changed = plan.option.copy()
    changed[warehouse] = option
    return changed


def _step(
    data: PlacementData,
    plan: FirstStagePlan,
    place: tuple[int, int],
    bought: Floats,
    slopes: Slopes,
) -> Step:
    """Put a step together: its cost, and what it brings at most."""
    first, (warehouse, option) = data.first_stage, place
    current = int(plan.option[warehouse])
    one_off = float(
        first.option_one_off_cny[option]
        - first.option_one_off_cny[current]
        + bought @ first.price_cny
    )
    annual = float(
        first.option_annual_cny[option]
        - first.option_annual_cny[current]
        + bought @ first.keeping_cny
    )
    opened = 0.0 if first.option_is_open[current] else float(slopes.opening[warehouse])
    yearly = annual + one_off / first.amortisation_years
    stock = plan.stock_units.copy()
    stock[warehouse] += bought
    is_chosen = plan.option[warehouse] == option
    choice = plan.option if is_chosen else _chosen(plan, warehouse, option)
    return Step(
        plan=FirstStagePlan(choice, stock),
        warehouse=warehouse,
        bought=bought,
        at_most=opened + float(slopes.unit[warehouse] @ bought) - slopes.cny * yearly,
        budget_share=_budget_share(data, one_off, annual),
    )


def purchase_share(data: PlacementData, bought: Floats) -> float:
    """Part of both budgets that a purchase takes.

    Parameters
    ----------
    data
        The placement problem.
    bought
        Shape (item,). [units]
    """
    first = data.first_stage
    one_off, annual = float(bought @ first.price_cny), float(bought @ first.keeping_cny)
    return _budget_share(data, one_off, annual)


def _budget_share(data: PlacementData, one_off_cny: float, annual_cny: float) -> float:
    """Part of both budgets that a step takes; without budgets, its yearly cost."""
    first = data.first_stage
    share = max(0.0, one_off_cny) / first.capital_budget_cny
    share += max(0.0, annual_cny) / first.annual_budget_cny
    if np.isinf(first.capital_budget_cny) and np.isinf(first.annual_budget_cny):
        share = max(0.0, annual_cny) + max(0.0, one_off_cny) / first.amortisation_years
    return max(share, 1e-12)
