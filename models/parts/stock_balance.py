"""Stock under the plan: today's, plus what is bought, less what is taken away."""

from __future__ import annotations

import numpy as np
import pyomo.environ as pyo

from models.placement_data import PlacementData

__all__ = ["add_stock_balance"]


def add_stock_balance(model: pyo.ConcreteModel, data: PlacementData, *, whole: bool) -> None:
    """Add ``stock_units[w,i]`` and ``buy_units[w,i]``.

    ``stock_units = today_units + buy_units - withdraw_units``: withdrawing costs nothing and is
    limited by the stock alone, so that ``stock_units - buy_units <= today_units`` says the same.
    Stock that is not ours to decide is fixed.

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
    model.buy_units = pyo.Var(decided, domain=pyo.NonNegativeReals)
    for w, i in index:
        if not first.is_decided[w]:
            model.stock_units[w, i].fix(float(first.today_units[w, i]))
    if whole:
        for w, i in decided:
            if first.is_whole[w, i]:
                model.stock_units[w, i].domain = pyo.NonNegativeIntegers

    def stock_balance(model: pyo.ConcreteModel, w: int, i: int) -> object:
        today = float(first.today_units[w, i])
        return model.stock_units[w, i] - model.buy_units[w, i] <= today

    model.stock_balance = pyo.Constraint(decided, rule=stock_balance)
    room = np.zeros(first.warehouse_count)
    np.maximum.at(room, first.option_warehouse, first.option_volume_m3)
    for w, i in decided:
        # The volume rule implies this bound; branching and cuts are the better for it.
        if first.unit_volume_m3[i] > 0:
            model.stock_units[w, i].setub(float(room[w] / first.unit_volume_m3[i]))
