"""Districts with their risk, and where the seats of cities and provinces are."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from allocator.schema.network import District
from scripts.dataset_parts.geometry import great_circle_km
from scripts.dataset_parts.inputs import Inputs
from scripts.dataset_parts.quakes import intensity
from scripts.dataset_parts.storms import local_wind_kt

__all__ = ["circuity_of", "counties_of", "district_rows", "risk_levels", "seat_codes"]

Array = NDArray[np.float64]
RiskLevel = Literal["low", "medium", "high", "very_high"]

MOUNTAIN_CIRCUITY = 1.45
MOUNTAIN_PROVINCES = frozenset({"500000", "510000", "520000", "530000", "540000", "620000"})
MOUNTAIN_PREFECTURES = frozenset({"450300", "451000", "451200", "431200", "433100", "422800"})
"""Mountain areas by the compiler's judgement; domain.md, section 6 gives 1.3 and 1.45."""


def counties_of(inputs: Inputs, provinces: tuple[str, ...]) -> pd.DataFrame:
    """Return the county-level units of some provinces, by code; no province means all."""
    frame = inputs.counties
    if provinces:
        frame = frame[frame["province_adcode"].isin(provinces)]
    return frame.reset_index(drop=True)


def circuity_of(counties: pd.DataFrame) -> list[float | None]:
    """Detour factor of each unit; None in plains, where the setting holds."""
    is_mountain = counties["province_adcode"].isin(MOUNTAIN_PROVINCES) | counties[
        "prefecture_adcode"
    ].isin(MOUNTAIN_PREFECTURES)
    return [MOUNTAIN_CIRCUITY if mountain else None for mountain in is_mountain]


def exposure(inputs: Inputs, counties: pd.DataFrame) -> Array:
    """Damaging hours of the record: storms since 1980 and earthquakes since 1900.

    Returns
    -------
    Array
        Sum over the storms of the local wind above 40 kt in tens of knots, and over the
        earthquakes of the intensity above 6, three points a degree; shape (units,).
    """
    wind = local_wind_kt(inputs, counties)
    shaking = np.column_stack(
        [intensity(row, counties) for _, row in inputs.quakes.iterrows()] or [np.zeros(0)]
    )
    storms = np.clip(wind - 40.0, 0.0, None).sum(axis=1) / 10.0
    quakes = np.clip(shaking - 6.0, 0.0, None).sum(axis=1) * 3.0
    return np.asarray(storms + quakes)


def risk_levels(inputs: Inputs, counties: pd.DataFrame) -> list[RiskLevel]:
    """Rank units by exposure: the upper 10 % very high, the next 23 % high, then 37 % medium."""
    score = exposure(inputs, counties)
    order = np.argsort(-score, kind="stable")
    share = np.empty(len(score))
    share[order] = (np.arange(len(score)) + 1) / len(score)
    levels: list[RiskLevel] = []
    for value in share:
        if value <= 0.10:
            levels.append("very_high")
        elif value <= 0.33:
            levels.append("high")
        elif value <= 0.70:
            levels.append("medium")
        else:
            levels.append("low")
    return levels


def receive_m3_per_hour(people: float) -> float:
    """Handling at the receiving end by population: 30 m3/h and 0.15 m3/h a thousand people."""
    return float(np.clip(round((30 + 0.15 * people / 1000) / 5) * 5, 30, 200))


def district_rows(counties: pd.DataFrame, levels: list[RiskLevel]) -> list[District]:
    """Return one district per county-level unit."""
    units = zip(counties.itertuples(), levels, circuity_of(counties), strict=True)
    return [
        District(
            district=unit.adcode,
            name=unit.name,
            province=unit.province,
            prefecture=unit.prefecture,
            lon=unit.lon,
            lat=unit.lat,
            population_people=float(unit.pop2020),
            risk_level=level,
            receive_m3_per_hour=receive_m3_per_hour(float(unit.pop2020)),
            circuity=circuity,
            source="GEO",
            status="mixed",
        )
        for unit, level, circuity in units
    ]


def seat_codes(inputs: Inputs, counties: pd.DataFrame) -> dict[str, str]:
    """Return the unit nearest to each prefecture's seat, by prefecture code."""
    places = inputs.prefectures.set_index("adcode")
    seats = {}
    for code, group in counties.groupby("prefecture_adcode", sort=True):
        if code not in places.index:
            continue
        seat = places.loc[code]
        away = great_circle_km(seat["lon"], seat["lat"], group["lon"], group["lat"])[0]
        seats[str(code)] = str(group["adcode"].iloc[int(np.argmin(away))])
    return seats
