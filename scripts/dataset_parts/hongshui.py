"""A great earthquake on the Hongshui river: fifty districts hit, two hundred warehouses to call on.

The case for dispatch in depth. The earthquake is assumed; places, people, distances and classes of
warehouses are those of the other cases.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pandas as pd

from allocator.schema.network import Stock, Warehouse
from allocator.schema.procedure import Figure
from scripts.dataset_parts import catalogue, warehouses
from scripts.dataset_parts.disaster import Disaster
from scripts.dataset_parts.ferry import ferry_lanes
from scripts.dataset_parts.figures import figure_rows
from scripts.dataset_parts.folder import DataSet
from scripts.dataset_parts.geometry import great_circle_km
from scripts.dataset_parts.inputs import Inputs
from scripts.dataset_parts.places import counties_of, district_rows, risk_levels, seat_codes
from scripts.dataset_parts.quakes import quake_disaster
from scripts.dataset_parts.region import (
    BUILDABLE,
    SIZE_CLASSES,
    add_procedures,
    settings_row,
    waiting_bands,
)
from scripts.dataset_parts.scenarios import damage_rows, demand_rows, scenario_rows
from scripts.dataset_parts.warehouses import Holding

__all__ = ["build_hongshui"]

SCENARIO = "hongshui"
EPICENTRE = (108.6, 23.6)
MAGNITUDE, DEPTH_KM = 7.5, 10.0
EVENT_TIME = datetime.fromisoformat("2026-07-01T08:00+08:00")

HOME = "450000"
PROVINCES = (HOME, "440000", "430000", "520000", "530000", "460000", "360000", "500000")
CENTRAL = ("CR09", "CR10", "CR12", "CR13")
ITEMS = ("TENT12S", "QUILT", "BED", "WATER24", "RATION1D")
FLEETS = ("LT42", "MT68", "ST137")
DISTRICTS, WAREHOUSES = 50, 200

VEHICLES: dict[str, tuple[tuple[str, int], ...]] = {
    "county": (("LT42", 1), ("MT68", 1)),
    "city": (("LT42", 1), ("MT68", 2), ("ST137", 1)),
    "province": (("LT42", 2), ("MT68", 3), ("ST137", 2)),
    "central": (("MT68", 4), ("ST137", 4)),
}
"""Vehicles that can be had in the first hours; the others are wanted where they are."""

PEOPLE_FACTOR = 6.0
"""Stock over that of the other cases, so that vehicles and docks bind, not stock."""

EXTRA_FIGURES = (
    (
        "Scenarios",
        "name",
        "assumption",
        "DESIGN",
        "An earthquake of 7.5 at 108.6 E 23.6 N, 10 km deep: assumed, larger than any on record.",
    ),
    ("Scenarios", "event_time", "assumption", "DESIGN", "Any morning."),
    (
        "Stock",
        "stock_units",
        "assumption",
        "S66;DESIGN",
        "Six times the stock of the other cases, so that vehicles and docks bind, not stock.",
    ),
    (
        "Fleets",
        "vehicles_count",
        "assumption",
        "DESIGN",
        "What can be had in the first hours: county 2, city 4, province 7, central 8.",
    ),
    ("Warehouses", "state", "assumption", "S10", "Every county and city has its warehouse."),
)


def _nearest(frame: pd.DataFrame, count: int) -> pd.DataFrame:
    """Units nearest to the epicentre, by code."""
    away = great_circle_km(*EPICENTRE, frame["lon"], frame["lat"])[0]
    chosen = np.sort(np.argsort(away, kind="stable")[:count])
    return frame.iloc[chosen].reset_index(drop=True)


def _inhabited(counties: pd.DataFrame) -> pd.DataFrame:
    """Units with residents."""
    return counties[counties["pop2020"] > 0].reset_index(drop=True)


def _holdings(inputs: Inputs, counties: pd.DataFrame) -> list[Holding]:
    """Two hundred warehouses: central, provincial, every city's, the nearest counties'."""
    seats = seat_codes(inputs, counties)
    capital = inputs.provinces.set_index("adcode").loc[HOME]
    away = great_circle_km(capital["lon"], capital["lat"], counties["lon"], counties["lat"])[0]
    seat = str(counties["adcode"].iloc[int(np.argmin(away))])
    held = warehouses.central_warehouses(inputs, CENTRAL, counties)
    held.append(warehouses.province_warehouse(inputs, HOME, "existing", seat))
    held += [
        warehouses.province_warehouse(inputs, province, "external", None)
        for province in PROVINCES[1:]
    ]
    held += warehouses.prefecture_warehouses(inputs, seats, (HOME,))
    held += warehouses.external_cities(inputs, counties, PROVINCES[1:], np.inf)
    near = _nearest(_inhabited(counties), WAREHOUSES - len(held))
    held += warehouses.county_warehouses(near, ["high"] * len(near))
    return [Holding(one.warehouse, PEOPLE_FACTOR * one.people) for one in held]


def _disaster(counties: pd.DataFrame) -> Disaster:
    """Return the earthquake over the districts nearest to it."""
    lon, lat = EPICENTRE
    quake = pd.Series(
        {"lon": lon, "lat": lat, "depth_km": DEPTH_KM, "magnitude": MAGNITUDE, "mmi": np.nan}
    )
    hit = _nearest(_inhabited(counties), DISTRICTS)
    return quake_disaster(SCENARIO, "红水河7.5级地震(设定)", quake, hit, EVENT_TIME)


def _figures() -> list[Figure]:
    """Notes on columns, with those of this case in place of the general ones."""
    own = {(table, field) for table, field, *_ in EXTRA_FIGURES}
    general = [row for row in figure_rows() if (row.table, row.field) not in own]
    return [row for row in general if row.table != "Coverage"] + [
        Figure(table=table, field=field, status=status, source=source, note=note)  # type: ignore[arg-type]
        for table, field, status, source, note in EXTRA_FIGURES
    ]


def build_hongshui(inputs: Inputs) -> DataSet:
    """Return the case of a great earthquake in the middle of Guangxi."""
    data_set = DataSet(
        name="hongshui",
        title="Great earthquake on the Hongshui river, 50 districts hit, 200 warehouses",
        title_zh="红水河强震(设定),50个受灾区县,八省区200座储备库",
        about=(
            "An assumed earthquake of 7.5 in the middle of Guangxi: a million trips that could be "
            "driven from two hundred warehouses in eight provinces; the case for dispatch in depth."
        ),
    )
    counties = counties_of(inputs, (HOME,))
    data_set.add(
        [
            settings_row(
                plan_name="红水河强震四十八小时调运",
                event_time=EVENT_TIME,
                order_hours=2.0,
                gap=0.02,
            )
        ]
    )
    data_set.add(district_rows(counties, risk_levels(inputs, counties)))
    held = _holdings(inputs, counties)
    stock: list[Stock] = warehouses.stock_rows(held, ITEMS, has_own_reserve=False)
    rows: list[Warehouse] = warehouses.with_measured_space(
        held, stock, catalogue.item_rows(inputs, ITEMS)
    )
    disaster = _disaster(counties)
    data_set.add(rows)
    data_set.add(catalogue.size_class_rows(inputs, SIZE_CLASSES, BUILDABLE))
    data_set.add(catalogue.item_rows(inputs, ITEMS))
    data_set.add(stock)
    data_set.add(waiting_bands())
    data_set.add(scenario_rows([disaster], "base"))
    data_set.add(demand_rows(inputs, disaster, ITEMS))
    data_set.add(damage_rows(disaster, rows))
    data_set.add(catalogue.vehicle_rows(inputs, FLEETS))
    data_set.add(warehouses.fleet_rows(rows, FLEETS, VEHICLES))
    data_set.add(ferry_lanes(rows, counties))
    add_procedures(data_set, inputs, is_bypass_enabled=True)
    data_set.add(_figures())
    return data_set
