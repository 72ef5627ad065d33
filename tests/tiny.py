"""A case small enough to check by hand, shared by the tests of every package.

All places lie on the meridian 110 E. With circuity 1.2 the roads are:

======  =======  ======  =====================  ===================
from    to       road    truck 60 km/h (rest    van 80 km/h (no
                         0.5 h after each 4 h)  rests)
======  =======  ======  =====================  ===================
W1      450101   10 km   1/6 h (local distance) 1/8 h
W1      450102   120 km  2 h                    1.5 h
W1      450201   320 km  6 h by its Lanes row   6 h by its Lanes row
W2      450201   10 km   1/6 h                  (no van there)
W2      450102   180 km  3 h                    (no van there)
W2      450101   300 km  5 + 0.5 h              (no van there)
W3      450101   540 km  9 + 1 h                (no van there)
W3      450102   660 km  11 + 1 h               (no van there)
W3      450201   840 km  14 + 1.5 h             (no van there)
======  =======  ======  =====================  ===================

W3 may not leave for 450201 before hour 8 (a closure). Releases: 0.5 h into the own district, 1.5 h
within the province, 5 h from another province (3.5 h if the disabled bypass step is enabled).
Stock: W1 has 50 tents (10 of them home reserve) and 1,000 boxes of water, 35 of 100 m3; W3 has 200
tents, 100 of them home reserve. Need: 90 tents and 1,200 boxes in the flood (0.6), 70 tents and
600 boxes in the quake (0.4), in which half of W1's stock is lost and roads into 450102 take 1.5
times as long. Tents weigh twice as much as water, district 450201 twice as much as the others.
"""

from __future__ import annotations

import math
from typing import Any

from allocator.case import Case
from allocator.schema import CASE_SHEETS
from tests.tiny_sign_offs import sign_offs

__all__ = ["build_case", "build_tables"]

Rows = list[dict[str, Any]]
Tables = dict[str, Rows]

DEGREE_KM = math.pi * 6371.0088 / 180
"""Length of one degree on a sphere of radius 6371.0088 km."""


def at_km(distance_km: float) -> float:
    """Latitude of the place so many kilometres north of 23 N."""
    return 23.0 + distance_km / DEGREE_KM


def _districts() -> Rows:
    """Two districts of one prefecture and one of another."""
    return [
        {
            "district": "450101",
            "name": "甲区",
            "province": "广西壮族自治区",
            "prefecture": "南市",
            "lon": 110.0,
            "lat": at_km(0),
            "population_people": 10000,
        },
        {
            "district": "450102",
            "name": "乙县",
            "province": "广西壮族自治区",
            "prefecture": "南市",
            "lon": 110.0,
            "lat": at_km(100),
            "population_people": 5000,
        },
        {
            "district": "450201",
            "name": "丙县",
            "province": "广西壮族自治区",
            "prefecture": "北市",
            "lon": 110.0,
            "lat": at_km(250),
            "population_people": 20000,
            "risk_level": "high",
            "priority_weight": 2,
            "receive_m3_per_hour": 18,
        },
    ]


def _warehouses() -> Rows:
    """One that is there, one that may be built, one of the neighbours."""
    return [
        {
            "warehouse": "W1",
            "name": "甲区储备库",
            "state": "existing",
            "level": "city",
            "district": "450101",
            "size_class": "S",
            "owner_department": "CITY_DEM",
        },
        {
            "warehouse": "W2",
            "name": "丙县候选库",
            "state": "candidate",
            "level": "county",
            "district": "450201",
            "owner_department": "CITY_DEM",
        },
        {
            "warehouse": "W3",
            "name": "邻省储备库",
            "state": "external",
            "level": "province",
            "province": "广东省",
            "lon": 110.0,
            "lat": at_km(-450),
            "docks_per_hour": 3,
            "owner_department": "PROV_GOV",
        },
    ]


def _size_classes() -> Rows:
    """A small and a large class."""
    return [
        {
            "size_class": "S",
            "name": "小型",
            "volume_m3": 100,
            "opening_cost_cny": 200000,
            "annual_cost_cny": 30000,
            "closing_cost_cny": 10000,
            "docks_per_hour": 2,
        },
        {
            "size_class": "L",
            "name": "大型",
            "volume_m3": 300,
            "opening_cost_cny": 500000,
            "annual_cost_cny": 60000,
            "closing_cost_cny": 20000,
            "docks_per_hour": 4,
        },
    ]


def _items() -> Rows:
    """Tents and boxes of water."""
    return [
        {
            "item": "TENT",
            "name": "帐篷",
            "item_group": "living",
            "weight_kg": 60,
            "volume_m3": 0.2,
            "price_cny": 1000,
            "shelf_life_months": 120,
            "priority_weight": 2,
            "waiting_cost_cny_per_hour": 10,
            "unmet_cost_cny": 20000,
            "purchase_price_cny": 2000,
            "purchase_available_units": 5,
            "purchase_hours": 36,
        },
        {
            "item": "WATER",
            "name": "饮用水",
            "unit": "box",
            "item_group": "living",
            "weight_kg": 10,
            "volume_m3": 0.025,
            "price_cny": 20,
            "shelf_life_months": 24,
            "rotation_share": 0.25,
            "waiting_cost_cny_per_hour": 1,
            "unmet_cost_cny": 500,
        },
    ]


def _stock() -> Rows:
    """What lies at W1 and W3 today."""
    return [
        {
            "warehouse": "W1",
            "item": "TENT",
            "lot": "A",
            "stock_units": 30,
            "expiry_date": "2030-06-30",
            "home_reserve_units": 10,
        },
        {"warehouse": "W1", "item": "TENT", "lot": "B", "stock_units": 20},
        {"warehouse": "W1", "item": "WATER", "stock_units": 1000},
        {"warehouse": "W3", "item": "TENT", "stock_units": 200, "home_reserve_units": 100},
    ]


def _coverage() -> Rows:
    """A priced promise and a hard one."""
    return [
        {
            "risk_level": "any",
            "item": "TENT",
            "target_hours": 10,
            "units_per_1000_people": 1,
            "shortfall_cost_cny": 500,
        },
        {
            "risk_level": "high",
            "item": "WATER",
            "target_hours": 10,
            "units_per_1000_people": 10,
        },
    ]


def places() -> Tables:
    """Districts, warehouses and what is kept in them."""
    return {
        "Districts": _districts(),
        "Warehouses": _warehouses(),
        "Size_Classes": _size_classes(),
        "Items": _items(),
        "Stock": _stock(),
        "Coverage": _coverage(),
        "Waiting_Bands": [
            {"up_to_hours": 6, "deprivation_hours": 6},
            {"up_to_hours": 12, "deprivation_hours": 14},
            {"up_to_hours": 24, "deprivation_hours": 32},
            {"up_to_hours": 48, "deprivation_hours": 72},
        ],
    }


def _scenarios() -> Rows:
    """A flood and a quake."""
    return [
        {
            "scenario": "flood",
            "name": "洪水",
            "probability": 0.6,
            "hazard": "R02",
            "event_time": "2026-07-01T08:00:00+08:00",
        },
        {
            "scenario": "quake",
            "name": "地震",
            "probability": 0.4,
            "hazard": "R01",
            "event_time": "2026-01-10T23:30:00+08:00",
            "order_hours": 1,
        },
    ]


def _scenario_demand() -> Rows:
    """What both need."""
    return [
        {"scenario": "flood", "district": "450101", "item": "TENT", "demand_units": 20},
        {"scenario": "flood", "district": "450101", "item": "WATER", "demand_units": 400},
        {"scenario": "flood", "district": "450102", "item": "TENT", "demand_units": 30},
        {"scenario": "flood", "district": "450201", "item": "TENT", "demand_units": 40},
        {"scenario": "flood", "district": "450201", "item": "WATER", "demand_units": 800},
        {"scenario": "quake", "district": "450102", "item": "TENT", "demand_units": 60},
        {
            "scenario": "quake",
            "district": "450102",
            "item": "WATER",
            "demand_units": 600,
            "from_hours": 2,
        },
        {"scenario": "quake", "district": "450201", "item": "TENT", "demand_units": 10},
    ]


def _vehicles() -> Rows:
    """A truck that rests and a van that does not."""
    return [
        {
            "fleet": "TRUCK",
            "name": "厢式货车",
            "payload_kg": 9000,
            "volume_m3": 36,
            "speed_kmh": 60,
            "cost_cny_per_km": 5,
            "dispatch_cost_cny": 100,
            "rest_hours": 0.5,
        },
        {
            "fleet": "VAN",
            "name": "轻型货车",
            "payload_kg": 1500,
            "volume_m3": 9,
            "speed_kmh": 80,
            "cost_cny_per_km": 2,
            "dispatch_cost_cny": 50,
            "load_hours": 0.5,
            "unload_hours": 0.5,
            "driving_block_hours": 0,
        },
    ]


def _fleets() -> Rows:
    """Who has which vehicles."""
    return [
        {"warehouse": "W1", "fleet": "TRUCK", "vehicles_count": 2},
        {"warehouse": "W1", "fleet": "VAN", "vehicles_count": 1},
        {"warehouse": "W2", "fleet": "TRUCK", "vehicles_count": 1},
        {
            "warehouse": "W3",
            "fleet": "TRUCK",
            "vehicles_count": 3,
            "available_from_hours": 6,
        },
    ]


def disasters() -> Tables:
    """Two scenarios, two kinds of vehicles, and the ways that are known better."""
    return {
        "Scenarios": _scenarios(),
        "Scenario_Demand": _scenario_demand(),
        "Scenario_Damage": [
            {"scenario": "quake", "warehouse": "W1", "usable_share": 0.5},
            {"scenario": "quake", "district": "450102", "road_time_factor": 1.5},
        ],
        "Vehicles": _vehicles(),
        "Fleets": _fleets(),
        "Lanes": [
            {"warehouse": "W1", "district": "450201", "distance_km": 320, "drive_hours": 6},
            {
                "warehouse": "W3",
                "district": "450201",
                "closed_from_hours": 0,
                "closed_to_hours": 8,
            },
        ],
        "Hazards": [
            {"hazard": "R01", "name": "地震", "name_en": "Earthquake"},
            {"hazard": "R02", "name": "洪涝", "name_en": "Flood"},
        ],
    }


def build_tables() -> Tables:
    """Raw values of the tiny case by sheet, fresh each time, to be changed at will."""
    raw = {**places(), **disasters(), **sign_offs()}
    return {sheet: raw[sheet] for sheet in CASE_SHEETS if sheet in raw}


def build_case(tables: Tables | None = None) -> Case:
    """The tiny case, or a case of these tables, without the checks of the reader."""
    chosen = build_tables() if tables is None else tables
    return Case(
        {
            sheet: tuple(kind.model_validate(row) for row in chosen[sheet])
            for sheet, kind in CASE_SHEETS.items()
            if chosen.get(sheet)
        }
    )
