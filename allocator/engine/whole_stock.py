"""Whole stock for a plan whose stock was found in parts, with the hard rules still kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.solver import SolveOptions, solve_model
from models.placement import read_first_stage
from models.placement_data import PlacementData
from models.repair import aim_at_stock, build_repair, hold_choice, keep_near, loosen

__all__ = ["whole_stock"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_OPTIONS = SolveOptions(
    gap=0.01,
    time_limit_seconds=5.0,
    highs={"primal_feasibility_tolerance": 1e-9, "mip_feasibility_tolerance": 1e-9},
)
"""Any whole stock near the plan will do. Money is in million CNY, hence the tolerances."""


def whole_stock(
    data: PlacementData, option: Integers, stock_units: Floats, rounded_units: Floats
) -> Floats:
    """Return stock in whole units that keeps promises, budgets and the minimum served share.

    Rounding down is enough where no promise needs the last unit; else the nearest whole stock
    that keeps the hard rules is looked for.

    Parameters
    ----------
    data
        The placement problem.
    option
        Option of each warehouse, shape (warehouse,).
    stock_units
        Stock in parts that keeps the hard rules, shape (warehouse, item). [units]
    rounded_units
        The same rounded down, same shape. [units]
    """
    coverage = data.first_stage.coverage
    reachable = coverage.reachable_units(rounded_units)
    is_short = coverage.is_hard & (reachable < coverage.required_units)
    if not is_short.any() and data.risk.min_served_share <= 0.0:
        return rounded_units
    model, slacks = build_repair(data)
    loosen(slacks, ())
    hold_choice(model, data, option)
    aim_at_stock(model, data, stock_units)
    for steps in (0, 2, None):
        keep_near(model, data, stock_units, steps)
        if solve_model(model, _OPTIONS).values is not None:
            found = read_first_stage(model, data).stock_units
            is_whole = data.first_stage.is_whole & data.first_stage.is_decided[:, None]
            return np.where(is_whole, np.rint(found), found)
    return rounded_units
