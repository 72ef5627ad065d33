"""Flood disasters by basin: no extents are public, so shares and draws are planning defaults."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from scripts.dataset_parts.disaster import Disaster
from scripts.dataset_parts.geometry import great_circle_km
from scripts.dataset_parts.inputs import Inputs

__all__ = ["Basin", "drawn_floods", "flood_disaster", "zhengzhou_flood"]

EVACUEE_SHARE = 0.10
VARIATION = 0.4
"""Coefficient of variation of the lognormal factor by district (domain.md, section 8)."""


@dataclass(frozen=True)
class Basin:
    """A flood over the units of some prefectures.

    Parameters
    ----------
    code, name
        Scenario code and name.
    prefectures
        Codes of the prefectures along the river.
    affected_share
        Affected people per resident in the basin; 0.15 in Henan 2021 (S45).
    wet_share
        Part of the basin's districts that is hit.
    cut_off
        Districts no road leads into.
    weight
        Relative chance among the floods.
    """

    code: str
    name: str
    prefectures: tuple[str, ...]
    affected_share: float
    wet_share: float = 0.8
    cut_off: tuple[str, ...] = ()
    weight: float = 1.0


def flood_disaster(basin: Basin, counties: pd.DataFrame) -> Disaster:
    """Return one flood: a fixed draw decides which districts are hit, and how hard."""
    inside = counties[counties["prefecture_adcode"].isin(basin.prefectures)]
    draws = np.random.default_rng(zlib.crc32(basin.code.encode()))
    deviation = np.sqrt(np.log(1 + VARIATION**2))
    factor = draws.lognormal(-(deviation**2) / 2, deviation, len(inside))
    is_wet = draws.random(len(inside)) < basin.wet_share
    is_wet |= inside["adcode"].isin(basin.cut_off).to_numpy()
    share = np.clip(basin.affected_share * factor, 0.0, 0.6) * is_wet
    people = inside["pop2020"].to_numpy(dtype=float) * share * EVACUEE_SHARE
    codes = inside["adcode"].to_list()
    return Disaster(
        code=basin.code,
        name=basin.name,
        hazard="R02",
        event_time=None,
        evacuated={c: float(x) for c, x in zip(codes, people, strict=True) if x >= 50.0},
        strength={c: float(100 * x) for c, x in zip(codes, share, strict=True) if x > 0},
        source="S45;GEO;DESIGN",
        status="assumption",
        cut_off=basin.cut_off,
        weight=basin.weight,
    )


FLOOD_PROVINCES = (
    "130000",
    "210000",
    "220000",
    "230000",
    "320000",
    "340000",
    "350000",
    "360000",
    "410000",
    "420000",
    "430000",
    "440000",
    "450000",
    "500000",
    "510000",
    "520000",
    "610000",
)
REACH_KM = 130.0


def drawn_floods(inputs: Inputs, counties: pd.DataFrame, count: int) -> list[Disaster]:
    """Return floods around cities drawn by population with a fixed seed.

    Each hits the prefectures whose seats lie within 130 km of the drawn one.
    """
    cities = inputs.prefectures
    cities = cities[cities["province_adcode"].isin(FLOOD_PROVINCES)].reset_index(drop=True)
    draws = np.random.default_rng(20211117)
    people = cities["pop2020"].to_numpy(dtype=float)
    centres = draws.choice(len(cities), size=count, replace=False, p=people / people.sum())
    shares = draws.uniform(0.08, 0.2, size=count)
    found = []
    for centre, share in zip(centres, shares, strict=True):
        city = cities.iloc[int(centre)]
        away = great_circle_km(city["lon"], city["lat"], cities["lon"], cities["lat"])[0]
        near = tuple(cities["adcode"][away <= REACH_KM])
        basin = Basin(
            f"flood_{city['adcode']}", f"{city['name']}及周边洪涝", near, round(float(share), 3)
        )
        found.append(flood_disaster(basin, counties))
    return found


HENAN_RAIN_MM = {"410600": 589.0, "410100": 534.0, "410700": 512.0}
HENAN_OTHERS = ("410200", "410300", "410400", "410500", "410800", "411000", "411100", "411600")
HENAN_EVACUATED = 1_470_800.0


def zhengzhou_flood(counties: pd.DataFrame) -> Disaster:
    """Return the Henan flood of July 2021: 1,470,800 people relocated by 29 July.

    They are spread by population and areal rainfall of 17 to 23 July; 250 mm is assumed for
    prefectures without a figure.
    """
    rain = {**dict.fromkeys(HENAN_OTHERS, 250.0), **HENAN_RAIN_MM}
    inside = counties[counties["prefecture_adcode"].isin(rain)]
    wet = inside["prefecture_adcode"].map(rain).to_numpy(dtype=float)
    weight = inside["pop2020"].to_numpy(dtype=float) * wet
    people = HENAN_EVACUATED * weight / weight.sum()
    codes = inside["adcode"].to_list()
    return Disaster(
        code="zhengzhou2021",
        name="2021年河南7·20特大暴雨",
        hazard="R02",
        event_time=datetime.fromisoformat("2021-07-20T18:00+08:00"),
        evacuated={c: float(x) for c, x in zip(codes, people, strict=True) if x >= 50.0},
        strength={c: float(mm / 20) for c, mm in zip(codes, wet, strict=True)},
        source="EVENTS;GEO",
        status="derived",
    )
