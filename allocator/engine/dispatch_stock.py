"""Stock that a dispatch may send: today's or a placement's, after damage and home reserves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case
from allocator.engine.dispatch_lots import Lot, good_lots, whole_lots
from allocator.plan import Plan
from allocator.schema.disaster import Scenario

__all__ = ["WHOLE_NOISE", "Holdings", "holdings"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

WHOLE_NOISE = 1e-6
"""A product of a share and a stock this close below a whole number is that number. [units]"""


@dataclass(frozen=True)
class Holdings:
    """What every warehouse of the case holds, shape (case warehouse, item).

    Parameters
    ----------
    stock_units
        Before damage, expired lots included. [units]
    usable_units, outside_units
        Whole units that may be sent, and that may leave the province. [units]
    lots
        Whole units of each lot that may be sent, first expired first, by positions of warehouse
        and item.
    """

    stock_units: Floats
    usable_units: Integers
    outside_units: Integers
    lots: Mapping[tuple[int, int], tuple[Lot, ...]]


def holdings(case: Case, scenario: Scenario, placement: Plan | None) -> Holdings:
    """Return the stock of a dispatch.

    Parameters
    ----------
    case, scenario
        The case, and the scenario whose damage counts.
    placement
        Plan whose stock and open warehouses hold; None means today's stock.
    """
    stock, reserve = _stock(case, placement)
    share = _usable_share(case, scenario)
    good, lots = np.zeros(stock.shape), {}
    for (w, i), each in good_lots(case, scenario, stock).items():
        good[w, i] = sum(lot.units for lot in each)
        lots[w, i] = whole_lots(each, float(share[w]))
    free = share[:, None] * np.maximum(good - reserve, 0.0)
    usable = np.floor(share[:, None] * good + WHOLE_NOISE).astype(np.int64)
    outside = np.floor(free + WHOLE_NOISE).astype(np.int64)
    return Holdings(stock, usable, np.minimum(outside, usable), lots)


def _stock(case: Case, placement: Plan | None) -> tuple[Floats, Floats]:
    """Stock under the plan, else today's, and home reserve, shape (case warehouse, item)."""
    warehouse, item = case.warehouse_index(), case.item_index()
    shape = (len(warehouse), len(item))
    stock, reserve = np.zeros(shape), np.zeros(shape)
    for lot in case.stock:
        place = warehouse[lot.warehouse], item[lot.item]
        stock[place] += lot.stock_units
        reserve[place] += lot.home_reserve_units
    is_external = np.array([row.state == "external" for row in case.warehouses], dtype=bool)
    is_existing = np.array([row.state == "existing" for row in case.warehouses], dtype=bool)
    if placement is None:
        stock[~(is_external | is_existing)] = 0.0
        return stock, reserve
    planned = np.where(is_external[:, None], stock, 0.0)
    for row in placement.stock_plan:
        planned[warehouse[row.warehouse], item[row.item]] = row.stock_units
    for opened in placement.open_warehouses:
        if not opened.is_open:
            planned[warehouse[opened.warehouse]] = 0.0
    return planned, reserve


def _usable_share(case: Case, scenario: Scenario) -> Floats:
    """Share of the stock that the disaster leaves, shape (case warehouse,)."""
    index = case.warehouse_index()
    share = np.ones(len(index))
    for row in case.scenario_damage:
        if row.scenario == scenario.scenario and row.warehouse is not None:
            share[index[row.warehouse]] = row.usable_share
    return share
