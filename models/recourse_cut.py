"""What prices of need prove about the recourse of one item: a cut in closed form.

For given prices of need the best price of every warehouse's stock follows at once, for all lanes
and whether or not the warehouse has stock today. Every cut is therefore a bound of the full model,
for any prices, however they were found.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.placement_data import FirstStageData
from models.recourse import UnitValues
from models.recourse_network import RecourseNetwork

__all__ = ["RecourseCut", "StockPrices", "recourse_cut", "stock_prices"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class StockPrices:
    """Shadow prices of usable stock under given prices of need.

    Parameters
    ----------
    anywhere
        Of a unit that may go to any district, shape (source,), >= 0.
    abroad
        Of the right to send a unit to another province, shape (source,), >= 0.
    """

    anywhere: Floats
    abroad: Floats


def stock_prices(worth: Floats, is_abroad: Flags, has_reserve: Flags) -> StockPrices:
    """Return the cheapest prices of stock that no lane can beat.

    For each lane ``anywhere[s] + abroad[s] (if the lane leaves the province) >= worth[s,d]``. Among
    all such prices these minimise the worth of any stock that is at least the home reserve: what
    ``anywhere`` must cover at home is fixed, the rest is put on ``abroad``, which meets the smaller
    amount.

    Parameters
    ----------
    worth
        Price of need less the value of a shipped unit, minus infinity without lane, shape (source,
        sink).
    is_abroad
        Shape (source, sink).
    has_reserve
        Whether part of the stock may not leave the province, shape (source,).
    """
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
    first: FirstStageData,
    network: RecourseNetwork,
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
    first
        Sizes and stock.
    network
        The item in the scenario.
    values
        Combined unit values, shapes (source, sink) and (sink,); those of unmet units may include a
        price of the served-share floor.
    need_price
        Shape (sink,).
    full_units
        Usable stock each warehouse would have if it were open, shape (warehouse,), >= 0. [units]
    """
    price = np.minimum(need_price, values.unmet)
    worth = price - values.ship
    only_abroad = network.holds_back & ~network.has_home
    prices = stock_prices(worth, network.is_abroad | only_abroad[:, None], network.holds_back)
    market = max(0.0, float((price - values.purchase).max(initial=0.0)))
    usable, reserve, source = network.usable_share, network.reserve_units, network.source
    stock, opened = np.zeros(len(source)), np.zeros(len(source))
    known = np.flatnonzero(source >= 0)
    own = source[known]
    stock[known] = usable[known] * (prices.anywhere + prices.abroad)[own]
    opened[known] = usable[known] * prices.abroad[own] * reserve[known]
    is_lifted = first.is_decided[known] & (reserve[known] <= 0.0) & (prices.anywhere[own] > 0.0)
    lifted = known[is_lifted]
    on_stock, on_open = _split_worth(
        np.maximum(worth, 0.0), network.sink_units, source[lifted], full_units[lifted]
    )
    stock[lifted] = usable[lifted] * on_stock
    opened[lifted] = -on_open
    constant = float(network.sink_units @ price) - market * network.market_units
    return RecourseCut(constant, stock, opened)


def _split_worth(
    gain: Floats, need_units: Floats, source: NDArray[np.int64], full_units: Floats
) -> tuple[Floats, Floats]:
    """Split the worth of warehouses between their stock and their being open.

    For a price ``a`` of stock the other part is ``sum_d need x max(0, gain - a)``; the split that
    is tight for a given stock takes the gain of the sink at which the stock runs out.

    Parameters
    ----------
    gain
        Of a unit by lane, shape (source, sink), >= 0.
    need_units
        Shape (sink,), > 0. [units]
    source, full_units
        Source and stock of each warehouse, shape (warehouse,). [units]

    Returns
    -------
    tuple
        Price of stock and worth of being open, each of shape (warehouse,).
    """
    order = np.argsort(-gain, axis=1)
    ranked = np.take_along_axis(gain, order, axis=1)
    served = np.cumsum(need_units[order], axis=1)
    earned = np.cumsum(ranked * need_units[order], axis=1)
    last = (served[source] <= full_units[:, None] * (1.0 + 1e-9)).sum(axis=1)
    has_rest = last < gain.shape[1]
    on_stock = np.where(has_rest, ranked[source, np.minimum(last, gain.shape[1] - 1)], 0.0)
    before = np.maximum(last - 1, 0)
    on_open = earned[source, before] - on_stock * served[source, before]
    return on_stock, np.where(last > 0, np.maximum(on_open, 0.0), 0.0)
