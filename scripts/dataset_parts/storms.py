"""Typhoon disasters from best tracks, scaled to official counts where there are any."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scripts.dataset_parts.disaster import Disaster
from scripts.dataset_parts.geometry import Track, great_circle_km, hourly_track
from scripts.dataset_parts.inputs import Inputs

__all__ = ["OFFICIAL", "Official", "evacuee_share", "local_wind_kt", "storm_disasters"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

DECAY_KM = 150.0
FAR_DEGREES = 8.0
"""Hours in which the centre is farther than this from all units are passed over: 5 decays."""

WIND_FLOOR_KT = 30.0
AFFECTED_SHARE_PER_KT = 0.005
"""Calibrated: 2.3 M people for Rammasun and 0.8 M for Mangkhut in Guangxi (official counts:
2.3 to 3.1 M and 0.64 M)."""
MOST_AFFECTED = 0.6
EVACUEE_SHARE = 0.15
SHANGHAI = timezone(timedelta(hours=8))
MOST_DISTRICTS = 48
FEWEST_PEOPLE = 50.0

NAMES = {
    "RAMMASUN": "威马逊",
    "MANGKHUT": "山竹",
    "NESAT": "纳沙",
    "YAGI": "摩羯",
    "MUJIGAE": "彩虹",
    "HATO": "天鸽",
    "KALMAEGI": "海鸥",
    "LEKIMA": "利奇马",
    "IN-FA": "烟花",
    "DOKSURI": "杜苏芮",
    "MERANTI": "莫兰蒂",
}


@dataclass(frozen=True)
class Official:
    """Official count of one storm in one province.

    Parameters
    ----------
    province
        Code of the province.
    evacuated
        People evacuated or resettled. [people]
    event
        Scenario whose list of counties says who was hit; None if there is no list.
    districts
        How many counties were hit, if only the number is known.
    """

    province: str
    evacuated: float
    event: str | None = None
    districts: int | None = None


OFFICIAL: dict[str, tuple[Official, ...]] = {
    "RAMMASUN": (
        Official("450000", 216_900.0, "rammasun2014"),
        Official("440000", 352_512.0),
    ),
    "MANGKHUT": (Official("450000", 126_100.0, "mangkhut2018"),),
    "NESAT": (Official("450000", 157_400.0, None, 41),),
    "YAGI": (
        Official("450000", 53_500.0),
        Official("440000", 729_954.0),
        Official("460000", 312_600.0),
    ),
}
"""Resettled in Guangxi (Yagi there: evacuated by 08:00 of 7 September 2024, an early count);
evacuated in Guangdong and Hainan. Source: ``scenario_timeline.csv``."""


@lru_cache(maxsize=2)
def _tracks(inputs: Inputs) -> tuple[Track, ...]:
    """All storms hour by hour, by track code."""
    groups = inputs.tracks.groupby("track_id", sort=True)
    return tuple(hourly_track(points) for _, points in groups)


@lru_cache(maxsize=4)
def _winds(inputs: Inputs, provinces: tuple[str, ...]) -> tuple[Array, tuple[int, ...]]:
    """Local wind of every storm, shape (units, storms), and each storm's worst hour."""
    counties = inputs.counties
    counties = counties[counties["province_adcode"].isin(provinces)]
    west, east = counties["lon"].min() - FAR_DEGREES, counties["lon"].max() + FAR_DEGREES
    south, north = counties["lat"].min() - FAR_DEGREES, counties["lat"].max() + FAR_DEGREES
    winds, hours = [], []
    for track in _tracks(inputs):
        near = (track.lon > west) & (track.lon < east) & (track.lat > south) & (track.lat < north)
        if not near.any():
            winds.append(np.zeros(len(counties)))
            hours.append(0)
            continue
        away = great_circle_km(counties["lon"], counties["lat"], track.lon[near], track.lat[near])
        wind = track.wind_kt[None, near] * np.exp(-away / DECAY_KM)
        winds.append(wind.max(axis=1))
        hours.append(int(np.flatnonzero(near)[wind.max(axis=0).argmax()]))
    return np.column_stack(winds), tuple(hours)


def local_wind_kt(inputs: Inputs, counties: pd.DataFrame) -> Array:
    """Local wind index of every storm, shape (units, storms). [kt]

    The storm's highest wind, fading by e for each 150 km from its centre.
    """
    provinces = _provinces(counties)
    units = inputs.counties
    codes = units.loc[units["province_adcode"].isin(provinces), "adcode"].to_numpy()
    rows = np.searchsorted(codes, counties["adcode"].to_numpy())
    return np.asarray(_winds(inputs, provinces)[0][rows])


def _provinces(counties: pd.DataFrame) -> tuple[str, ...]:
    """Codes of the provinces of a table."""
    return tuple(sorted(set(counties["province_adcode"])))


def evacuee_share(wind_kt: Array) -> Array:
    """Evacuated people per resident at a local wind index."""
    affected = np.clip(AFFECTED_SHARE_PER_KT * (wind_kt - WIND_FLOOR_KT), 0.0, MOST_AFFECTED)
    return np.asarray(EVACUEE_SHARE * affected)


def _title(track: Track, when: datetime) -> str:
    """Readable name of a storm."""
    name = NAMES.get(track.name, track.name.title())
    if name:
        return f"{when.year}年台风{name}"
    return f"{when.year}年{when.month}月{when.day}日台风({track.track_id})"


def _code(track: Track, when: datetime) -> str:
    """Scenario code of a storm: its name and year, else its date."""
    if track.name:
        return f"{track.name.lower().replace('-', '')}{when.year}"
    return f"ty{when:%Y%m%d}"


def _scaled(people: Array, total: float) -> Array:
    """People scaled to a total."""
    return np.asarray(people * (total / people.sum())) if people.sum() > 0 else people


def _biggest(people: Array, count: int) -> Array:
    """Keep the districts with the most people in need; a handful elsewhere is left out."""
    kept = np.where(people >= FEWEST_PEOPLE, people, 0.0)
    if (kept > 0).sum() > count:
        limit = np.sort(kept)[-count]
        kept = np.where(kept >= limit, kept, 0.0)
    return np.asarray(kept)


def _hit(
    inputs: Inputs, count: Official, counties: pd.DataFrame, wind: Array, inside: Flags
) -> Flags:
    """Units of a province that count as hit: the official list, else the strongest winds."""
    if count.event is not None:
        rows = inputs.scenario_units
        rows = rows[(rows["scenario_id"] == count.event)]
        listed = set(rows.loc[rows["attribute"].str.contains("affected"), "adcode"])
        return np.asarray(counties["adcode"].isin(listed).to_numpy() & inside)
    strongest = np.where(inside, wind, 0.0)
    number = min(count.districts or MOST_DISTRICTS, int(inside.sum()))
    chosen = inside & (wind >= np.sort(strongest)[-number])
    if count.districts is None:
        chosen &= wind > 0.35 * strongest.max()
    return np.asarray(chosen)


def _evacuated(
    inputs: Inputs, track: Track, counties: pd.DataFrame, wind: Array
) -> tuple[Array, bool]:
    """Evacuated people of each unit, and whether an official count is behind them."""
    people = counties["pop2020"].to_numpy(dtype=float)
    modelled = people * evacuee_share(wind)
    limit = MOST_DISTRICTS if len(counties) < 200 else 2 * MOST_DISTRICTS
    evacuated = _biggest(modelled, limit)
    is_official = False
    for count in OFFICIAL.get(track.name, ()):
        inside = (counties["province_adcode"] == count.province).to_numpy()
        if not inside.any():
            continue
        hit = _hit(inputs, count, counties, wind, inside)
        weight = np.where(hit, people * np.clip(wind, 5.0, None), 0.0)
        evacuated = np.where(inside, _scaled(weight, count.evacuated), evacuated)
        is_official = True
    return np.asarray(evacuated), is_official


def storm_disasters(
    inputs: Inputs, counties: pd.DataFrame, count: int, must: tuple[str, ...] = ()
) -> list[Disaster]:
    """Return the storms of the record that hit the units hardest, by scenario code.

    Parameters
    ----------
    inputs
        Shared tables.
    counties
        All units of the provinces of the case.
    count
        How many storms.
    must
        Names of storms taken in any case.
    """
    winds, hours = local_wind_kt(inputs, counties), _winds(inputs, _provinces(counties))[1]
    people = counties["pop2020"].to_numpy(dtype=float)
    scored = []
    for k, track in enumerate(_tracks(inputs)):
        hit = float((people * evacuee_share(winds[:, k])).sum())
        scored.append((track.name not in must, -hit, track.track_id, k))
    chosen = [entry[-1] for entry in sorted(scored)[:count]]
    found = []
    for k in chosen:
        track, wind = _tracks(inputs)[k], winds[:, k]
        evacuated, is_official = _evacuated(inputs, track, counties, wind)
        when = (track.start + timedelta(hours=hours[k])).astimezone(SHANGHAI)
        pairs = list(zip(counties["adcode"], evacuated, wind, strict=True))
        found.append(
            Disaster(
                code=_code(track, when),
                name=_title(track, when),
                hazard="R03",
                event_time=when,
                evacuated={code: float(x) for code, x, _ in pairs if x > 0},
                strength={code: float(v) for code, _, v in pairs if v > WIND_FLOOR_KT},
                source="EVENTS;IBTRACS;GEO" if is_official else "IBTRACS;GEO;DESIGN",
                status="derived" if is_official else "assumption",
            )
        )
    return sorted(found, key=lambda one: one.code)
