"""The recourse of one scenario in closed form: unit values, shadow prices, cut coefficients.

For given prices of need the best price of every warehouse's stock follows at once, for all lanes
and whether or not the warehouse has stock today. Every cut is therefore a bound of the full model,
for any prices, however they were found. Sizes as in ``models.placement_data``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.placement_data import Criterion, PlacementData

__all__ = [
    "RecourseCut",
    "StockPrices",
    "UnitValues",
    "combined_values",
    "recourse_cut",
    "stock_prices",
    "unit_values",
    "value_scale",
]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class UnitValues:
    """Value of one unit of an item in a scenario, by what becomes of it.

    Parameters
    ----------
    ship
        Infinite where there is no lane, shape (warehouse, district).
    purchase
        Infinite where it cannot be bought in time, shape (district,).
    unmet
        Shape (district,).
    """

    ship: Floats
    purchase: Floats
    unmet: Floats


def unit_values(data: PlacementData, scenario: int, item: int, criterion: Criterion) -> UnitValues:
    """Return what a unit shipped, purchased or left unmet adds to a criterion.

    Parameters
    ----------
    data
        The placement problem.
    scenario, item
        Positions.
    criterion
        One of ``CRITERIA``; ``floor`` has no value by unit and gives zeros.
    """
    disaster, worth = data.scenarios[scenario], data.values
    band = disaster.band_hours[worth.item_group[item]]
    has_lane = np.isfinite(band)
    bought_band = float(disaster.purchase_band_hours[item])
    price = float(worth.purchase_price_cny[item])
    can_buy = np.isfinite(bought_band) and np.isfinite(price)
    weight = worth.weight[disaster.district, item]
    zeros = np.zeros(len(disaster.district))
    ship, purchase, unmet = np.zeros(band.shape), zeros, zeros
    if criterion == "unmet":
        unmet = weight
    elif criterion == "waiting":
        ship = weight * np.where(has_lane, band, 0.0)
        purchase = weight * (bought_band if can_buy else 0.0)
        unmet = weight * worth.unmet_hours
    elif criterion != "floor":
        ship = _transport_cny(data, scenario, item)
        purchase = zeros + (price if can_buy else 0.0)
    if criterion == "social":
        hourly = worth.waiting_cny_per_hour[item] * worth.district_weight[disaster.district]
        ship = ship + hourly * np.where(has_lane, band, 0.0)
        purchase = purchase + hourly * (bought_band if can_buy else 0.0)
    if criterion in ("social", "delivery_and_unmet"):
        unmet = worth.unmet_cny[item] * worth.district_weight[disaster.district]
    return UnitValues(
        ship=np.where(has_lane, ship, np.inf),
        purchase=purchase if can_buy else zeros + np.inf,
        unmet=unmet,
    )


def _transport_cny(data: PlacementData, scenario: int, item: int) -> Floats:
    """Transport of one unit by the cheapest fleet, shape (warehouse, district). [CNY/unit]"""
    trips = data.scenarios[scenario].trip_cost_cny
    shares = data.values.trip_share[:, item]
    best = np.full(trips.shape[1:], np.inf)
    for fleet, share in enumerate(shares.tolist()):
        np.minimum(best, trips[fleet] * share, out=best)
    return best


def combined_values(
    parts: Mapping[Criterion, UnitValues], weights: Mapping[Criterion, float]
) -> UnitValues:
    """Weighted sum of unit values under several criteria, weights >= 0."""
    first = next(iter(parts.values()))
    has_lane = np.isfinite(first.ship)
    can_buy = np.isfinite(first.purchase)
    ship, purchase = np.zeros(first.ship.shape), np.zeros(first.purchase.shape)
    unmet = np.zeros(first.unmet.shape)
    for criterion, part in parts.items():
        factor = weights.get(criterion, 0.0)
        if factor:
            ship += factor * np.where(has_lane, part.ship, 0.0)
            purchase += factor * np.where(can_buy, part.purchase, 0.0)
            unmet += factor * part.unmet
    return UnitValues(
        ship=np.where(has_lane, ship, np.inf),
        purchase=np.where(can_buy, purchase, np.inf),
        unmet=unmet,
    )


@dataclass(frozen=True)
class StockPrices:
    """Shadow prices of usable stock under given prices of need.

    Parameters
    ----------
    anywhere
        Of a unit that may go to any district, shape (warehouse,), >= 0.
    abroad
        Of the right to send a unit to another province, shape (warehouse,), >= 0.
    """

    anywhere: Floats
    abroad: Floats


def stock_prices(
    ship: Floats, need_price: Floats, is_abroad: Flags, has_reserve: Flags
) -> StockPrices:
    """Return the cheapest prices of stock that no lane can beat.

    For each lane ``anywhere[w] + abroad[w] (if the lane leaves the province) >= need_price[d] -
    ship[w,d]``. Among all such prices these minimise the worth of any stock that is at least the
    home reserve: what ``anywhere`` must cover at home is fixed, the rest is put on ``abroad``,
    which meets the smaller amount.

    Parameters
    ----------
    ship
        Value of a shipped unit, infinite without lane, shape (warehouse, district).
    need_price
        Shape (district,).
    is_abroad
        Shape (warehouse, district).
    has_reserve
        Whether part of the stock may not leave the province, shape (warehouse,).
    """
    worth = need_price - ship
    highest = np.maximum(worth.max(axis=1, initial=0.0), 0.0)
    if not has_reserve.any():
        return StockPrices(highest, np.zeros_like(highest))
    at_home = np.where(is_abroad, -np.inf, worth)
    home = np.maximum(at_home.max(axis=1, initial=0.0), 0.0)
    anywhere = np.where(has_reserve, home, highest)
    return StockPrices(anywhere, highest - anywhere)


@dataclass(frozen=True)
class RecourseCut:
    """Lower bound of a combined recourse value, linear in the first stage.

    ``value >= constant - sum stock_units[w] x stock[w] + sum open[w] x open_warehouse[w]``.

    Parameters
    ----------
    constant
        Value without any stock.
    stock
        Worth of a unit in stock, shape (warehouse,), >= 0.
    open
        Worth of the reserve that an open warehouse may not send abroad, less what a warehouse is
        worth by being open, shape (warehouse,).
    """

    constant: float
    stock: Floats
    open: Floats


def recourse_cut(
    data: PlacementData,
    scenario: int,
    item: int,
    values: UnitValues,
    need_price: Floats,
    full_units: Floats,
) -> RecourseCut:
    """Return the bound that prices of need prove for one item of a scenario.

    Weak duality of the transport program: prices of need are cut down to the value of an unmet
    unit, then every other price follows in closed form.

    The program may have the rows ``ship_units[w,d] <= demand_units[d] x open_warehouse[w]``, which
    change nothing for whole choices and much for fractional ones. Their prices let part of a
    warehouse's worth stand on its being open instead of on its stock; the split is the one that
    is tight for the stock given.

    Parameters
    ----------
    data
        The placement problem.
    scenario, item
        Positions.
    values
        Combined unit values; those of unmet units may include a price of the served-share floor.
    need_price
        Shape (district,).
    full_units
        Usable stock each warehouse would have if it were open, shape (warehouse,), >= 0. [units]
    """
    disaster, first = data.scenarios[scenario], data.first_stage
    demand = disaster.demand_units[:, item]
    price = np.where(demand > 0, np.minimum(need_price, values.unmet), -np.inf)
    reserve = first.reserve_units[:, item]
    prices = stock_prices(values.ship, price, disaster.is_abroad, reserve > 0)
    market = max(0.0, float((price - values.purchase).max(initial=0.0)))
    bought = market * float(data.values.purchase_available_units[item])
    usable = disaster.usable_share
    lifted = np.flatnonzero(first.is_decided & (reserve <= 0.0) & (prices.anywhere > 0.0))
    near = demand > 0
    gain = np.maximum(price[near] - values.ship[np.ix_(lifted, near)], 0.0)
    on_stock, on_open = _split_worth(gain, demand[near], full_units[lifted])
    stock = usable * (prices.anywhere + prices.abroad)
    opened = usable * prices.abroad * reserve
    stock[lifted] = usable[lifted] * on_stock
    opened[lifted] = -on_open
    return RecourseCut(
        constant=float(demand @ np.where(near, price, 0.0)) - bought, stock=stock, open=opened
    )


def _split_worth(gain: Floats, demand: Floats, full_units: Floats) -> tuple[Floats, Floats]:
    """Split the worth of warehouses between their stock and their being open.

    For a price ``a`` of stock the other part is ``sum_d demand x max(0, gain - a)``; the split that
    is tight for a given stock takes the gain of the district at which the stock runs out.

    Parameters
    ----------
    gain
        Of a unit by lane, shape (warehouse, district), >= 0.
    demand
        Shape (district,), > 0. [units]
    full_units
        Shape (warehouse,), >= 0. [units]

    Returns
    -------
    tuple
        Price of stock and worth of being open, each of shape (warehouse,).
    """
    order = np.argsort(-gain, axis=1)
    ranked = np.take_along_axis(gain, order, axis=1)
    served = np.cumsum(demand[order], axis=1)
    last = (served <= full_units[:, None] * (1.0 + 1e-9)).sum(axis=1)
    has_rest = last < gain.shape[1]
    place = np.minimum(last, gain.shape[1] - 1)
    edge = np.take_along_axis(ranked, place[:, None], axis=1)[:, 0]
    on_stock = np.where(has_rest, edge, 0.0)
    on_open = (np.maximum(gain - on_stock[:, None], 0.0) * demand).sum(axis=1)
    return on_stock, on_open


def value_scale(data: PlacementData, criterion: Criterion) -> float:
    """Return the unit in which models count a criterion, so that their numbers are near 1.

    A million CNY for money; else a thousandth of the expected value of serving nobody.
    """
    if criterion not in ("unmet", "waiting", "floor"):
        return 1e6
    hours = data.values.unmet_hours if criterion == "waiting" else 1.0
    return max(data.weighted_need() * hours / 1000.0, 1e-9)
