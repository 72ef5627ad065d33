"""Warehouses, what lies in them, and the vehicles they can call on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from allocator.schema.disaster import Fleet
from allocator.schema.network import Item, Level, State, Stock, Warehouse
from scripts.dataset_parts.catalogue import NEEDS
from scripts.dataset_parts.geometry import great_circle_km
from scripts.dataset_parts.inputs import Inputs
from scripts.dataset_parts.places import RiskLevel

__all__ = [
    "Holding",
    "central_warehouses",
    "county_warehouses",
    "external_cities",
    "fleet_rows",
    "prefecture_warehouses",
    "province_warehouse",
    "stock_rows",
    "with_measured_space",
]

OWNERS: dict[str, str] = {
    "county": "COUNTY_DRC",
    "city": "CITY_DRC",
    "province": "PROV_GRAIN",
    "central": "NFSRA",
}

CLASSES: dict[str, str] = {"county": "K", "city": "M", "province": "P", "central": "C-S"}

FLEETS: dict[str, tuple[tuple[str, int], ...]] = {
    "county": (("LT42", 4), ("MT68", 3)),
    "city": (("LT42", 8), ("MT68", 12), ("ST137", 4)),
    "province": (("LT42", 4), ("MT68", 15), ("ST137", 10)),
    "central": (("MT68", 15), ("ST137", 20)),
}
"""Vehicles at a warehouse's call by level; planning default, candidates have a county's."""

PEOPLE_PER_1000 = {"county": 2.8, "city": 0.9, "province": 0.2}
"""Evacuated people whose 48-hour need is in stock, a thousand residents of the unit.

County: 1,200 people at level II (S66) in a county of 450,000. City and province: defaults.
"""

CENTRAL_PEOPLE = 16_000.0
SHELTERED = 0.3
TENTS = 0.35

HOLDINGS: dict[str, dict[str, float]] = {
    "county": {"WATER24": 1.2, "RATION1D": 1.0, "GEN5": 0.6},
    "city": {"WATER24": 0.8, "RATION1D": 0.9},
    "province": {"WATER24": 0.3, "RATION1D": 0.6, "TENT12S": 1.5, "GEN5": 1.5},
    "central": {"WATER24": 0.0, "RATION1D": 0.25, "FAMKIT": 0.8},
}
"""How a level's stock departs from the mix of the need; 1 where an item is not named."""

HOME_RESERVE = {"city": 0.75, "province": 0.7, "central": 0.6}
"""Part of an external warehouse's stock that stays in its province."""

OWN_RESERVE = {"county": 1.0, "city": 0.75, "province": 0.6}
"""The same for existing warehouses, where a case has more than one province."""

SPACE_FACTOR = 1.1
"""Measured space over the volume of today's stock: the rest holds other goods."""


@dataclass(frozen=True)
class Holding:
    """A warehouse with the people it is meant to supply.

    Parameters
    ----------
    warehouse
        The row.
    people
        Evacuated people whose need for 48 hours lies there; 0 for candidates. [people]
    """

    warehouse: Warehouse
    people: float


def county_warehouses(
    counties: pd.DataFrame, levels: Sequence[RiskLevel], *, skip: frozenset[str] = frozenset()
) -> list[Holding]:
    """Return one county warehouse per unit: existing where the risk is high, else a candidate."""
    found = []
    for unit, level in zip(counties.itertuples(), levels, strict=True):
        if unit.adcode in skip:
            continue
        is_existing = level in ("high", "very_high")
        people = PEOPLE_PER_1000["county"] * float(unit.pop2020) / 1000 if is_existing else 0.0
        state: State = "existing" if is_existing else "candidate"
        found.append(
            Holding(
                Warehouse(
                    warehouse=f"W{unit.adcode}",
                    name=f"{unit.name}救灾物资储备库",
                    state=state,
                    level="county",
                    district=unit.adcode,
                    size_class="K" if is_existing else None,
                    max_size_class="K" if is_existing else "D3",
                    owner_department=OWNERS["county"],
                    source="S03;S10;GEO",
                    status="assumption",
                ),
                people,
            )
        )
    return found


def true_prefectures(inputs: Inputs) -> pd.DataFrame:
    """Prefecture-level units without municipalities and without counties run by the province."""
    codes = inputs.prefectures["adcode"]
    is_city = codes.str.endswith("00") & ~codes.str.endswith("0000")
    return inputs.prefectures[is_city]


def prefecture_warehouses(
    inputs: Inputs, seats: Mapping[str, str], provinces: tuple[str, ...]
) -> list[Holding]:
    """Return the city warehouse of each prefecture, standing in its seat district."""
    frame = true_prefectures(inputs)
    if provinces:
        frame = frame[frame["province_adcode"].isin(provinces)]
    found = []
    for unit in frame.itertuples():
        if unit.adcode not in seats:
            continue
        found.append(
            Holding(
                Warehouse(
                    warehouse=f"C{unit.adcode}",
                    name=f"{unit.name}救灾物资储备库",
                    state="existing",
                    level="city",
                    district=seats[unit.adcode],
                    size_class="M",
                    max_size_class="M",
                    can_close=False,
                    owner_department=OWNERS["city"],
                    source="S03;S10;GEO",
                    status="assumption",
                ),
                PEOPLE_PER_1000["city"] * float(unit.pop2020) / 1000,
            )
        )
    return found


def province_warehouse(
    inputs: Inputs, province: str, state: State, district: str | None
) -> Holding:
    """Return the provincial warehouse, in the capital's seat district or outside the case."""
    unit = inputs.provinces.set_index("adcode").loc[province]
    is_inside = district is not None
    return Holding(
        Warehouse(
            warehouse=f"P{province}",
            name=f"{unit['name']}省级救灾物资储备库",
            state=state,
            level="province",
            district=district,
            province="" if is_inside else str(unit["name"]),
            lon=None if is_inside else float(unit["lon"]),
            lat=None if is_inside else float(unit["lat"]),
            size_class="P",
            max_size_class="P" if state == "existing" else None,
            docks_per_hour=None,
            can_close=False,
            owner_department=OWNERS["province"] if state == "existing" else "NB_DEM",
            source="S03;S10;GEO",
            status="assumption",
        ),
        PEOPLE_PER_1000["province"] * float(unit["pop2020"]) / 1000,
    )


def external_cities(
    inputs: Inputs, counties: pd.DataFrame, provinces: tuple[str, ...], within_km: float
) -> list[Holding]:
    """Return the city warehouses of other provinces near the districts of the case."""
    frame = true_prefectures(inputs)
    frame = frame[frame["province_adcode"].isin(provinces)].reset_index(drop=True)
    away = great_circle_km(frame["lon"], frame["lat"], counties["lon"], counties["lat"])
    near = frame[np.asarray(away.min(axis=1) <= within_km)]
    return [
        Holding(
            Warehouse(
                warehouse=f"C{unit.adcode}",
                name=f"{unit.name}救灾物资储备库",
                state="external",
                level="city",
                province=unit.province,
                prefecture=unit.name,
                lon=unit.lon,
                lat=unit.lat,
                size_class="M",
                can_close=False,
                owner_department="NB_DEM",
                source="S03;S10;GEO",
                status="assumption",
            ),
            PEOPLE_PER_1000["city"] * float(unit.pop2020) / 1000,
        )
        for unit in near.itertuples()
    ]


def _full_province(inputs: Inputs, short: str) -> str:
    """Full name of a province from its short one."""
    return next(name for name in inputs.provinces["name"] if str(name).startswith(short))


def central_warehouses(inputs: Inputs, ids: Iterable[str], counties: pd.DataFrame) -> list[Holding]:
    """Return central warehouses; they are called on, never decided."""
    frame = inputs.central_warehouses.set_index("id")
    inside = set(counties["province"])
    found = []
    for code in ids:
        row = frame.loc[code]
        province = _full_province(inputs, str(row["province"]))
        units = inputs.counties
        away = great_circle_km(row["lon"], row["lat"], units["lon"], units["lat"])[0]
        nearest = units.iloc[int(np.argmin(away))]
        found.append(
            Holding(
                Warehouse(
                    warehouse=code,
                    name=f"中央救灾物资{row['city']}储备库",
                    state="external",
                    level="central",
                    district=str(nearest["adcode"]) if province in inside else None,
                    province=province,
                    prefecture=str(nearest["prefecture"]),
                    lon=float(row["lon"]),
                    lat=float(row["lat"]),
                    size_class="C-S",
                    can_close=False,
                    owner_department=OWNERS["central"],
                    source=str(row["source"]).split("; membership")[0].split("; coord")[0],
                    status="mixed",
                ),
                CENTRAL_PEOPLE,
            )
        )
    return found


def _units(item: str, people: float, level: Level) -> int:
    """Whole units of an item that a holding keeps."""
    need = NEEDS[item]
    count = people if need.people == "evacuated" else people * SHELTERED
    if need.has_building_discount:
        count *= TENTS
    factor = HOLDINGS[level].get(item, 1.0)
    return round(count * need.units_per_person * factor)


def stock_rows(
    holdings: Iterable[Holding], items: Sequence[str], *, has_own_reserve: bool
) -> list[Stock]:
    """Return today's stock.

    Parameters
    ----------
    holdings
        Warehouses with the people they supply.
    items
        Items of the case.
    has_own_reserve
        Whether the case's own warehouses keep stock back for their province, as external ones do.
    """
    rows = []
    for held in holdings:
        level = held.warehouse.level
        is_external = held.warehouse.state == "external"
        shares = HOME_RESERVE if is_external else OWN_RESERVE if has_own_reserve else {}
        share = shares.get(level, 0.0)
        for item in items:
            units = _units(item, held.people, level)
            if units <= 0:
                continue
            rows.append(
                Stock(
                    warehouse=held.warehouse.warehouse,
                    item=item,
                    lot="1",
                    stock_units=float(units),
                    home_reserve_units=float(math.ceil(share * units)),
                    source="S10;S66;DESIGN",
                    status="assumption",
                )
            )
    return rows


def with_measured_space(
    holdings: Iterable[Holding], stock: Iterable[Stock], items: Iterable[Item]
) -> list[Warehouse]:
    """Return the rows with the space that existing warehouses have for the case's items."""
    volumes = {item.item: item.volume_m3 for item in items}
    used: dict[str, float] = {}
    for lot in stock:
        used[lot.warehouse] = used.get(lot.warehouse, 0.0) + lot.stock_units * volumes[lot.item]
    rows = []
    for held in holdings:
        row = held.warehouse
        if row.state == "existing":
            space = max(20.0, math.ceil(SPACE_FACTOR * used.get(row.warehouse, 0.0) / 10) * 10)
            row = row.model_copy(update={"volume_m3": float(space)})
        rows.append(row)
    return rows


def fleet_rows(
    warehouses: Iterable[Warehouse],
    fleets: Iterable[str],
    counts: Mapping[str, tuple[tuple[str, int], ...]] = FLEETS,
) -> list[Fleet]:
    """Return the vehicles each warehouse can call on, by its level."""
    known = set(fleets)
    return [
        Fleet(
            warehouse=row.warehouse,
            fleet=fleet,
            vehicles_count=count,
            source="DESIGN",
            status="assumption",
        )
        for row in warehouses
        for fleet, count in counts[row.level]
        if fleet in known
    ]
