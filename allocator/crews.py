"""Long rests of crews with one driver, who may drive so many hours in a day.

Two drivers relieve each other, so that their vehicle only makes the short stops of
``allocator.travel``. The rule is in ``docs/model.md`` ("Time and lanes").
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from allocator.schema.disaster import Lane, Vehicle

__all__ = ["is_limited", "is_told", "long_rests", "long_rests_of_trip"]

Floats = NDArray[np.float64]

_NOISE = 1e-6
"""Days of driving closer than this are the same: distances carry rounding noise."""


def is_limited(vehicle: Vehicle) -> bool:
    """Whether one driver alone must take long rests."""
    return vehicle.drivers == 1 and vehicle.daily_driving_hours > 0


def long_rests(driving_hours: Floats, vehicles: Sequence[Vehicle]) -> tuple[Floats, Floats]:
    """Hours of long rests on the way there and on the way back.

    A rest is due after each full day of driving that is followed by more. The same driver drives
    back, with what is left of the day, unless unloading lasts as long as a rest.

    Parameters
    ----------
    driving_hours
        Driving one way, without any rest, shape (..., fleet), >= 0, may be infinite. [h]
    vehicles
        The kinds, in the order of the last axis.

    Returns
    -------
    tuple
        Both of the shape given; 0 where driving is infinite. [h]
    """
    limited = np.array([is_limited(row) for row in vehicles], dtype=bool)
    day = np.array([row.daily_driving_hours if is_limited(row) else 1.0 for row in vehicles])
    rest = np.array([row.daily_rest_hours for row in vehicles])
    is_rested = np.array([row.unload_hours >= row.daily_rest_hours for row in vehicles])
    days = np.where(limited & np.isfinite(driving_hours), driving_hours / day, 0.0)
    there = _rests_in(days)
    back = np.where(is_rested, there, _rests_in(2 * days) - there)
    return np.asarray(there * rest), np.asarray(back * rest)


def _rests_in(days: Floats) -> Floats:
    """How many rests part so many days of driving."""
    return np.asarray(np.maximum(0.0, np.ceil(days - _NOISE) - 1))


def long_rests_of_trip(vehicle: Vehicle, driving_hours: float) -> tuple[float, float]:
    """Hours of long rests of one trip on the way there and on the way back. [h]

    Parameters
    ----------
    vehicle
        Kind of vehicle.
    driving_hours
        Driving one way, without any rest. [h]
    """
    there, back = long_rests(np.array([driving_hours]), (vehicle,))
    return float(there[0]), float(back[0])


def is_told(lanes: Iterable[Lane], fleet: str) -> bool:
    """Whether rows of ``Lanes`` tell the driving time of a kind of vehicle, with all rests in it.

    Parameters
    ----------
    lanes
        Rows of one warehouse and district.
    fleet
        Code of the kind.
    """
    rows = list(lanes)
    own = [row for row in rows if row.fleet == fleet]
    if any(row.drive_hours is not None for row in own):
        return True
    if any(row.distance_km is not None for row in own):
        return False
    return any(row.drive_hours is not None for row in rows if row.fleet is None)
