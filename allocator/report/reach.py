"""How far goods get within so many hours, and the ring that shows it on a map."""

from __future__ import annotations

from math import asin, atan2, ceil, cos, degrees, radians, sin

from allocator.case import Case
from allocator.crews import is_limited
from allocator.schema.disaster import Vehicle

__all__ = ["REACH_HOURS", "fastest_vehicle", "reach_km", "ring", "ring_hours"]

REACH_HOURS = (6.0, 8.0, 10.0)
"""Official targets for goods of a county, a city, a province after the order. [h]"""

EARTH_KM = 6371.0088
"""Mean radius of the Earth, as in ``docs/model.md``. [km]"""


def ring_hours(case: Case) -> tuple[float, ...]:
    """Hours of the rings: the official targets and the case's horizon. [h]"""
    return tuple(sorted({*REACH_HOURS, case.settings.horizon_hours}))


def fastest_vehicle(case: Case) -> Vehicle | None:
    """Road vehicle that gets farthest within the horizon; nothing if the case has none."""
    used = {row.fleet for row in case.fleets if row.vehicles_count > 0}
    road = [row for row in case.vehicles if row.mode == "road"]
    candidates = [row for row in road if row.fleet in used] or road
    hours = case.settings.horizon_hours
    return max(candidates, key=lambda row: reach_km(row, hours, 1.0), default=None)


def reach_km(vehicle: Vehicle, hours: float, circuity: float) -> float:
    """Great-circle distance within reach when loading starts at hour 0.

    The longest driving w with ``w + rest (max(0, ceil(w / block) - 1)) <= hours - load - unload``,
    times the speed, over the circuity; with the long rests of one driver.

    Parameters
    ----------
    vehicle
        Kind of vehicle with its speed, rests and handling times.
    hours
        From the start of loading to the end of unloading, >= 0. [h]
    circuity
        Road over great-circle distance, >= 1.
    """
    available = hours - vehicle.load_hours - vehicle.unload_hours
    wheels = _wheels(vehicle, available)
    if is_limited(vehicle):
        # Within n days of driving there are n - 1 long rests; the last day may be cut short.
        day, rest = vehicle.daily_driving_hours, vehicle.daily_rest_hours
        days = 1 + ceil(max(0.0, available) / day)
        options = (
            min(n * day, _wheels(vehicle, available - (n - 1) * rest)) for n in range(1, days + 1)
        )
        wheels = max(options)
    return wheels * vehicle.speed_kmh / circuity


def _wheels(vehicle: Vehicle, available: float) -> float:
    """Longest driving with short rests within so many hours. [h]"""
    if available <= 0:
        return 0.0
    block, rest = vehicle.driving_block_hours, vehicle.rest_hours
    wheels = available
    if block > 0:
        # Within n blocks of driving there are n - 1 rests; the last block may be cut short,
        # and hours that would fall into a rest add no driving.
        rounds = ceil(available / (block + rest)) if block + rest > 0 else 1
        options = (min(n * block, available - (n - 1) * rest) for n in range(1, rounds + 2))
        wheels = max(0.0, *options)
    return wheels


def ring(
    lon: float, lat: float, radius_km: float, *, points: int = 60
) -> tuple[list[float], list[float]]:
    """Return the points at a great-circle distance around a place, closed, to 0.01 degree.

    Parameters
    ----------
    lon, lat
        Centre. [degree]
    radius_km
        Distance, >= 0. [km]
    points
        Number of sides.
    """
    angle = radius_km / EARTH_KM
    north, east = radians(lat), radians(lon)
    lons, lats = [], []
    for k in range(points):
        bearing = radians(360.0 * k / points)
        sine = sin(north) * cos(angle) + cos(north) * sin(angle) * cos(bearing)
        turn = atan2(sin(bearing) * sin(angle) * cos(north), cos(angle) - sin(north) * sine)
        lons.append(round(degrees(east + turn), 2))
        lats.append(round(degrees(asin(max(-1.0, min(1.0, sine)))), 2))
    return [*lons, lons[0]], [*lats, lats[0]]
