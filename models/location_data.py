"""What the classical location questions are asked about: lanes, weights, capacities, costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["LaneList", "LocationData", "lanes_within", "location_data"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IndexArray = NDArray[np.intp]


@dataclass(frozen=True)
class LocationData:
    """Checked data of a location question; made by ``location_data``.

    Parameters
    ----------
    lane_distance
        Distance, time or cost of each lane, shape (warehouse, district), >= 0, ``inf`` where
        there is no lane. [km, h or cny: the caller's choice, the same throughout]
    district_weight
        Importance of each district (people, units), shape (district,), >= 0.
    demand_units
        What each district takes of a warehouse's capacity, shape (district,), >= 0. [units]
    capacity_units
        What each warehouse can give, shape (warehouse,), >= 0, ``inf`` for no limit. [units]
    opening_cost
        Cost of each open warehouse, shape (warehouse,), >= 0. [unit of weight x distance]
    fixed_open, fixed_closed
        Warehouses that stay open, or may not open, shape (warehouse,).
    warehouse_codes, district_codes
        Names for messages.
    """

    lane_distance: FloatArray
    district_weight: FloatArray
    demand_units: FloatArray
    capacity_units: FloatArray
    opening_cost: FloatArray
    fixed_open: BoolArray
    fixed_closed: BoolArray
    warehouse_codes: tuple[str, ...]
    district_codes: tuple[str, ...]

    @property
    def warehouse_count(self) -> int:
        """Number of warehouses, candidates included."""
        return int(self.lane_distance.shape[0])

    @property
    def district_count(self) -> int:
        """Number of districts."""
        return int(self.lane_distance.shape[1])

    @property
    def allowed(self) -> BoolArray:
        """Warehouses that may be open, shape (warehouse,)."""
        return ~self.fixed_closed

    @property
    def is_capacitated(self) -> bool:
        """Whether any warehouse has a finite capacity."""
        return bool(np.isfinite(self.capacity_units[self.allowed]).any())

    @property
    def lane_cost(self) -> FloatArray:
        """Weight times distance, shape (warehouse, district), ``inf`` where there is no lane."""
        cost = np.full(self.lane_distance.shape, np.inf)
        there = np.isfinite(self.lane_distance)
        np.multiply(self.lane_distance, self.district_weight, out=cost, where=there)
        return cost


def location_data(
    lane_distance: ArrayLike,
    *,
    district_weight: ArrayLike | None = None,
    demand_units: ArrayLike | None = None,
    capacity_units: ArrayLike | None = None,
    opening_cost: ArrayLike | None = None,
    fixed_open: ArrayLike | None = None,
    fixed_closed: ArrayLike | None = None,
    warehouse_codes: Sequence[str] | None = None,
    district_codes: Sequence[str] | None = None,
) -> LocationData:
    """Check the data of a location question and fill in what is left out.

    Parameters
    ----------
    lane_distance, district_weight, demand_units, capacity_units, opening_cost
        As in ``LocationData``. Left out: weights 1, demand as the weights, no limits, no costs.
    fixed_open, fixed_closed
        Shape (warehouse,); none if left out.
    warehouse_codes, district_codes
        Names; numbers if left out.

    Raises
    ------
    ValueError
        If a shape does not fit, a number is negative or not one, there is no district, or a
        warehouse is both fixed open and fixed closed.
    """
    distance = np.array(lane_distance, dtype=np.float64)
    if distance.ndim != 2 or distance.shape[1] == 0:
        raise ValueError(
            f"lane_distance has shape {distance.shape}, must be (warehouse, district)."
        )
    if np.isnan(distance).any() or (distance < 0).any():
        raise ValueError("lane_distance must be >= 0, and inf where there is no lane.")
    warehouses, districts = distance.shape
    weight = _vector(district_weight, districts, 1.0, "district_weight")
    names = (
        _codes(warehouse_codes, warehouses, "warehouse_codes"),
        _codes(district_codes, districts, "district_codes"),
    )
    kept = _flags(fixed_open, warehouses, "fixed_open")
    closed = _flags(fixed_closed, warehouses, "fixed_closed")
    if (kept & closed).any():
        both = names[0][int(np.flatnonzero(kept & closed)[0])]
        raise ValueError(f"warehouse {both!r} is both fixed open and fixed closed.")
    return LocationData(
        distance,
        weight,
        weight.copy()
        if demand_units is None
        else _vector(demand_units, districts, 0.0, "demand_units"),
        _vector(capacity_units, warehouses, np.inf, "capacity_units", may_be_infinite=True),
        _vector(opening_cost, warehouses, 0.0, "opening_cost"),
        kept,
        closed,
        *names,
    )


@dataclass(frozen=True)
class LaneList:
    """Lanes as two columns, sorted by district, then by warehouse.

    Parameters
    ----------
    warehouse, district
        Ends of each lane, shape (lane,).
    """

    warehouse: IndexArray
    district: IndexArray

    def by_district(self, district_count: int) -> list[IndexArray]:
        """Return the numbers of each district's lanes."""
        cuts = np.searchsorted(self.district, np.arange(1, district_count))
        return np.split(np.arange(self.district.size), cuts)

    def by_warehouse(self, warehouse_count: int) -> list[IndexArray]:
        """Return the numbers of each warehouse's lanes."""
        order = np.argsort(self.warehouse, kind="stable")
        cuts = np.searchsorted(self.warehouse[order], np.arange(1, warehouse_count))
        return np.split(order, cuts)


def lanes_within(data: LocationData, radius: float = np.inf) -> LaneList:
    """Return the lanes of allowed warehouses that are there and no longer than the radius.

    Parameters
    ----------
    data
        The question's data.
    radius
        Longest lane, in the unit of ``lane_distance``.
    """
    usable = (data.lane_distance <= radius) & np.isfinite(data.lane_distance)
    usable &= data.allowed[:, None]
    district, warehouse = np.nonzero(usable.T)
    return LaneList(warehouse, district)


def _vector(
    values: ArrayLike | None, length: int, default: float, name: str, may_be_infinite: bool = False
) -> FloatArray:
    """Return a checked vector of numbers >= 0."""
    if values is None:
        return np.full(length, default)
    vector = np.array(values, dtype=np.float64)
    if vector.shape != (length,):
        raise ValueError(f"{name} has shape {vector.shape}, must be ({length},).")
    if np.isnan(vector).any() or (vector < 0).any():
        raise ValueError(f"{name} must be >= 0.")
    if not may_be_infinite and np.isinf(vector).any():
        raise ValueError(f"{name} must be finite.")
    return vector


def _flags(values: ArrayLike | None, length: int, name: str) -> BoolArray:
    """Return a checked vector of flags."""
    if values is None:
        return np.zeros(length, dtype=np.bool_)
    flags = np.array(values, dtype=np.bool_)
    if flags.shape != (length,):
        raise ValueError(f"{name} has shape {flags.shape}, must be ({length},).")
    return flags


def _codes(values: Sequence[str] | None, length: int, name: str) -> tuple[str, ...]:
    """Return checked names, numbers where there are none."""
    codes = tuple(str(number) for number in range(length)) if values is None else tuple(values)
    if len(codes) != length:
        raise ValueError(f"{name} has {len(codes)} names, must be {length}.")
    return codes
