"""What a unit shipped, bought or left unmet is worth in a scenario, by criterion.

Sizes as in ``models.placement_data``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.placement_data import Criterion, PlacementData

__all__ = [
    "UnitValues",
    "combined_values",
    "unit_values",
    "value_scale",
]

Floats = NDArray[np.float64]


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


def value_scale(data: PlacementData, criterion: Criterion) -> float:
    """Return the unit in which models count a criterion, so that their numbers are near 1.

    A million CNY for money; else a thousandth of the expected value of serving nobody.
    """
    if criterion not in ("unmet", "waiting", "floor"):
        return 1e6
    hours = data.values.unmet_hours if criterion == "waiting" else 1.0
    return max(data.weighted_need() * hours / 1000.0, 1e-9)
