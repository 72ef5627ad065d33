"""Earthquake disasters from the table of significant earthquakes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scripts.dataset_parts.disaster import Disaster
from scripts.dataset_parts.geometry import great_circle_km
from scripts.dataset_parts.inputs import Inputs

__all__ = ["affected_share", "intensity", "quake_disaster", "quake_disasters"]

Array = NDArray[np.float64]
SHANGHAI = timezone(timedelta(hours=8))
EVACUEE_SHARE = 0.33
FIRST_CLOCK_YEAR = 1980
"""Older shocks are replayed on the clock of the settings."""
SHARES = ((9.0, 0.5), (8.0, 0.35), (7.0, 0.08), (6.0, 0.015))
"""Affected people per resident by intensity; Jishishan 2023 (145,000 in Gansu) anchors 8."""


def intensity(quake: pd.Series, counties: pd.DataFrame) -> Array:
    """Intensity at each unit's seat, shape (units,).

    ``1.5 M - 3.5 log10(sqrt(d^2 + h^2)) + 3.0`` with depth 10 km where unknown or shallower; at
    most the reported maximum. A planning default, not a published relation of the region.
    """
    away = great_circle_km(quake["lon"], quake["lat"], counties["lon"], counties["lat"])[0]
    depth = 10.0 if pd.isna(quake["depth_km"]) else max(10.0, float(quake["depth_km"]))
    magnitude = 0.0 if pd.isna(quake["magnitude"]) else float(quake["magnitude"])
    felt = 1.5 * magnitude - 3.5 * np.log10(np.sqrt(away**2 + depth**2)) + 3.0
    limit = 12.0 if pd.isna(quake["mmi"]) else float(quake["mmi"])
    return np.asarray(np.clip(felt, 0.0, limit))


def affected_share(felt: Array) -> Array:
    """Affected people per resident at an intensity."""
    share = np.zeros(len(felt))
    for floor, value in reversed(SHARES):
        share = np.where(felt >= floor, value, share)
    return share


def _when(quake: pd.Series) -> datetime:
    """Clock time of the shock, Beijing time; noon where the hour is not known."""
    hour = 4 if pd.isna(quake["hour_utc"]) else int(quake["hour_utc"])
    minute = 0 if pd.isna(quake["minute_utc"]) else int(quake["minute_utc"])
    month, day = int(quake["month"]), int(quake["day"])
    moment = datetime(int(quake["year"]), month, day, hour, minute, tzinfo=UTC)
    return moment.astimezone(SHANGHAI)


def _evacuated(quake: pd.Series, counties: pd.DataFrame) -> tuple[Array, Array]:
    """Evacuated people and intensity at each unit."""
    felt = intensity(quake, counties)
    people = counties["pop2020"].to_numpy(dtype=float)
    evacuated = people * affected_share(felt) * EVACUEE_SHARE
    return np.where(evacuated >= 50.0, evacuated, 0.0), felt


def quake_disaster(
    code: str, name: str, quake: pd.Series, counties: pd.DataFrame, when: datetime | None
) -> Disaster:
    """Return one earthquake over the residents of some units.

    Parameters
    ----------
    code, name
        Scenario code and name.
    quake
        ``lon``, ``lat``, ``depth_km``, ``magnitude`` and ``mmi``, the last one empty if unknown.
    counties
        Units that it may hit.
    when
        Start of the clock.
    """
    evacuated, felt = _evacuated(quake, counties)
    pairs = list(zip(counties["adcode"], evacuated, felt, strict=True))
    return Disaster(
        code=code,
        name=name,
        hazard="R01",
        event_time=when,
        evacuated={c: float(x) for c, x, _ in pairs if x > 0},
        strength={c: float(f) for c, _, f in pairs if f >= 5.5},
        source="NOAA;GEO;DESIGN",
        status="assumption",
    )


def quake_disasters(
    inputs: Inputs,
    counties: pd.DataFrame,
    count: int,
    *,
    most_evacuated: float = np.inf,
) -> list[Disaster]:
    """Return the earthquakes of the record that would hit today's residents hardest.

    Parameters
    ----------
    inputs
        Shared tables.
    counties
        Units of the case.
    count
        How many; events with less than 2,000 evacuated people are left out.
    most_evacuated
        Events with more evacuated people are left out. [people]
    """
    table = inputs.quakes[inputs.quakes["day"].notna() & inputs.quakes["month"].notna()]
    scored: list[tuple[float, str, Disaster]] = []
    for _, quake in table.iterrows():
        evacuated, felt = _evacuated(quake, counties)
        total = float(evacuated.sum())
        if not 2_000.0 <= total <= most_evacuated:
            continue
        when = _when(quake)
        magnitude = float(quake["magnitude"])
        nearest = counties["name"].iloc[int(felt.argmax())]
        code = f"eq{when:%Y%m%d}"
        name = f"{when.year}年{nearest}{magnitude:.1f}级地震重演"
        clock = when if when.year >= FIRST_CLOCK_YEAR else None
        scored.append((-total, code, quake_disaster(code, name, quake, counties, clock)))
    unique: dict[str, Disaster] = {}
    for _, code, disaster in sorted(scored, key=lambda entry: entry[:2]):
        unique.setdefault(code, disaster)
    return sorted(list(unique.values())[:count], key=lambda one: one.code)
