"""Stock that a dispatch may send: today's or a placement's, after damage and home reserves."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case
from allocator.engine.dispatch_lots import (
    Lot,
    expiries,
    good_lots,
    lasting_units,
    whole_lots,
)
from allocator.engine.dispatch_periods import HOUR_NOISE
from allocator.plan import Plan
from allocator.schema.disaster import Scenario

__all__ = ["WHOLE_NOISE", "Holdings", "Lasting", "LastingBook", "holdings", "lasting_only"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

WHOLE_NOISE = 1e-6
"""A product of a share and a stock this close below a whole number is that number. [units]"""


@dataclass(frozen=True)
class Lasting:
    """What of a stock may be unloaded after a part of it has expired.

    Parameters
    ----------
    warehouse, item
        Positions in the case.
    from_hours
        When that part expires. [h]
    units, outside_units
        Whole units that may be unloaded later, and that of them may leave the province. [units]
    """

    warehouse: int
    item: int
    from_hours: float
    units: int
    outside_units: int


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
    limits
        What lasts, where a part expires before the deadline.
    """

    stock_units: Floats
    usable_units: Integers
    outside_units: Integers
    lots: Mapping[tuple[int, int], tuple[Lot, ...]]
    limits: tuple[Lasting, ...] = ()


def lasting_only(held: Holdings) -> Holdings:
    """Return the stock without what expires before the deadline."""
    usable, outside = held.usable_units.copy(), held.outside_units.copy()
    for each in held.limits:
        place = each.warehouse, each.item
        usable[place] = min(usable[place], each.units)
        outside[place] = min(outside[place], each.outside_units)
    return replace(held, usable_units=usable, outside_units=outside, limits=())


class LastingBook:
    """What may leave the province after a part of a stock has expired, as trips take it.

    Parameters
    ----------
    limits
        What lasts in the beginning.
    """

    def __init__(self, limits: Iterable[Lasting]) -> None:
        self._leaving: dict[tuple[int, int], dict[float, int]] = defaultdict(dict)
        for each in limits:
            self._leaving[each.warehouse, each.item][each.from_hours] = each.outside_units

    def take(self, place: tuple[int, int], unload_end_hours: float, units: int) -> None:
        """Take off what goes to another province and is unloaded then."""
        for hours in self._leaving.get(place, {}):
            if unload_end_hours > hours + HOUR_NOISE:
                self._leaving[place][hours] -= units

    def change(self, place: tuple[int, int], units: int) -> None:
        """Add what was found, or take off what was lost."""
        for hours, leaving in self._leaving.get(place, {}).items():
            self._leaving[place][hours] = max(0, leaving + units)

    def clear(self, warehouse: int) -> None:
        """Lose all of a warehouse."""
        for place in self._leaving:
            if place[0] == warehouse:
                self._leaving[place] = dict.fromkeys(self._leaving[place], 0)

    def left(
        self, case: Case, scenario: Scenario, lots: Mapping[tuple[int, int], tuple[Lot, ...]]
    ) -> tuple[Lasting, ...]:
        """What lasts of the lots that are left."""
        found = []
        for (w, i), by_hour in self._leaving.items():
            for hours, leaving in by_hour.items():
                units = round(lasting_units(case, scenario, lots.get((w, i), ()), hours))
                found.append(Lasting(w, i, hours, units, min(max(leaving, 0), units)))
        return tuple(found)


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
    good, lots, limits = np.zeros(stock.shape), {}, []
    for (w, i), each in good_lots(case, scenario, stock).items():
        good[w, i] = sum(lot.units for lot in each)
        lots[w, i] = whole_lots(each, float(share[w]))
        for hours in expiries(case, scenario, lots[w, i]):
            free = lasting_units(case, scenario, each, hours) - reserve[w, i]
            leaving = math.floor(share[w] * max(free, 0.0) + WHOLE_NOISE)
            units = round(lasting_units(case, scenario, lots[w, i], hours))
            limits.append(Lasting(w, i, hours, units, min(leaving, units)))
    free = share[:, None] * np.maximum(good - reserve, 0.0)
    usable = np.floor(share[:, None] * good + WHOLE_NOISE).astype(np.int64)
    outside = np.floor(free + WHOLE_NOISE).astype(np.int64)
    return Holdings(stock, usable, np.minimum(outside, usable), lots, tuple(limits))


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
