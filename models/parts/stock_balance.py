"""Stock under the plan: today's, plus what is bought, less what is taken away.

Needs size_choice.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyomo.environ as pyo

from models.parts.linear import linear
from models.placement_data import PlacementData

__all__ = ["add_stock_balance", "bought_units"]


def add_stock_balance(model: pyo.ConcreteModel, data: PlacementData, *, whole: bool) -> None:
    """Add ``stock_units[w,i]`` and, where there is stock today, ``buy_units[w,i]``.

    Where there is none today all stock is bought (see ``bought_units``); elsewhere
    ``stock_units = today_units + buy_units - withdraw_units``: withdrawing costs nothing and is
    limited by the stock alone, so that ``stock_units - buy_units <= today_units`` says the same.
    What is kept of today's stock moreover needs room under the option taken, and a closed warehouse
    keeps none: ``stock_units - buy_units <= sum_o min(today_units, room for it under o) x
    choose_option[o]``. For whole choices the volume rule implies that; for fractional ones it does
    not, and a warehouse kept in part would keep all of its stock. Stock that is not ours to decide
    is fixed.

    Parameters
    ----------
    model
        Gets the components.
    data
        The placement problem.
    whole
        Whether stock is in whole units where the data ask for it.
    """
    first = data.first_stage
    index = [(w, i) for w in range(first.warehouse_count) for i in range(first.item_count)]
    model.stock_units = pyo.Var(index, domain=pyo.NonNegativeReals)
    decided = [(w, i) for w, i in index if first.is_decided[w]]
    stocked = [(w, i) for w, i in decided if first.today_units[w, i] > 0]
    model.buy_units = pyo.Var(stocked, domain=pyo.NonNegativeReals)
    for w, i in index:
        if not first.is_decided[w]:
            model.stock_units[w, i].fix(float(first.today_units[w, i]))
    if whole:
        for w, i in decided:
            if first.is_whole[w, i]:
                model.stock_units[w, i].domain = pyo.NonNegativeIntegers

    def stock_balance(model: pyo.ConcreteModel, w: int, i: int) -> object:
        today, unit = float(first.today_units[w, i]), float(first.unit_volume_m3[i])
        own = list(first.options_of[w])
        volume = first.option_volume_m3[own]
        kept = np.where(unit * today <= volume, today, volume / unit if unit > 0 else today)
        variables = [model.stock_units[w, i], model.buy_units[w, i]]
        choice = [model.choose_option[o] for o in own]
        return linear([1.0, -1.0, *(-kept).tolist()], [*variables, *choice]) <= 0

    model.stock_balance = pyo.Constraint(stocked, rule=stock_balance)
    room = np.zeros(first.warehouse_count)
    np.maximum.at(room, first.option_warehouse, first.option_volume_m3)
    for w, i in decided:
        # The volume rule implies this bound; branching and cuts are the better for it.
        if first.unit_volume_m3[i] > 0:
            model.stock_units[w, i].setub(float(room[w] / first.unit_volume_m3[i]))


def bought_units(model: pyo.ConcreteModel, pair: tuple[int, int]) -> Any:
    """Variable that says how much of an item is bought for a warehouse. [units]

    Parameters
    ----------
    model
        With the components of this part.
    pair
        Warehouse and item.
    """
    return model.buy_units[pair] if pair in model.buy_units else model.stock_units[pair]
