"""Distances on the sphere and storm tracks on an hourly clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

__all__ = ["Track", "great_circle_km", "hourly_track"]

EARTH_RADIUS_KM = 6371.0088
Array = NDArray[np.float64]


def great_circle_km(lon: ArrayLike, lat: ArrayLike, to_lon: ArrayLike, to_lat: ArrayLike) -> Array:
    """Great-circle distance between all first and all second points.

    Parameters
    ----------
    lon, lat
        First points, shape (n,). [degree]
    to_lon, to_lat
        Second points, shape (m,). [degree]

    Returns
    -------
    Array
        Distances, shape (n, m). [km]
    """
    a_lon, a_lat = (np.radians(np.atleast_1d(x).astype(float))[:, None] for x in (lon, lat))
    b_lon, b_lat = (np.radians(np.atleast_1d(x).astype(float))[None, :] for x in (to_lon, to_lat))
    half = (
        np.sin((b_lat - a_lat) / 2) ** 2
        + np.cos(a_lat) * np.cos(b_lat) * np.sin((b_lon - a_lon) / 2) ** 2
    )
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(half)))


@dataclass(frozen=True)
class Track:
    """A storm's path hour by hour.

    Parameters
    ----------
    track_id, name
        Identifier of the best track, and the storm's name if known.
    start
        Time of the first point, UTC.
    lon, lat, wind_kt
        Position and highest 1-minute wind of each hour, shape (hours,). [degree, kt]
    """

    track_id: str
    name: str
    start: datetime
    lon: Array
    lat: Array
    wind_kt: Array


def hourly_track(points: pd.DataFrame) -> Track:
    """Interpolate the six-hourly points of one storm to hours."""
    times = pd.to_datetime(points["time"], utc=True)
    hours = ((times - times.iloc[0]).dt.total_seconds() / 3600).to_numpy(dtype=float)
    grid = np.arange(0.0, hours[-1] + 0.5)
    wind = points["wind_kt_1min"].to_numpy(dtype=float)
    known = ~np.isnan(wind)
    name = points["name"].iloc[0]
    return Track(
        track_id=str(points["track_id"].iloc[0]),
        name=name if isinstance(name, str) else "",
        start=times.iloc[0].to_pydatetime(),
        lon=np.interp(grid, hours, points["lon"].to_numpy(dtype=float)),
        lat=np.interp(grid, hours, points["lat"].to_numpy(dtype=float)),
        wind_kt=(
            np.interp(grid, hours[known], wind[known]) if known.any() else np.zeros(len(grid))
        ),
    )
