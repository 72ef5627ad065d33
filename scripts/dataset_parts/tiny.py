"""A case small enough to check by hand, made up; the answer is in datasets/README.md."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from allocator.schema import CASE_SHEETS
from scripts.dataset_parts.folder import DataSet

__all__ = ["build_tiny"]

DEGREE_KM = math.pi * 6371.0088 / 180
LON = 110.0


def _lat(distance_km: float) -> float:
    """Latitude of the place so many kilometres north of 23 N on the meridian of the case."""
    return round(23.0 + distance_km / DEGREE_KM, 7)


def _places() -> dict[str, list[dict[str, Any]]]:
    """Return three districts on a meridian and three warehouses."""
    province = "广西壮族自治区"
    districts = (
        ("450101", "甲区", "南市", 0.0, 300_000, "medium"),
        ("450102", "乙县", "南市", 84.0, 400_000, "high"),
        ("450201", "丙县", "北市", 240.0, 500_000, "high"),
    )
    return {
        "Districts": [
            {
                "district": code,
                "name": name,
                "province": province,
                "prefecture": prefecture,
                "lon": LON,
                "lat": _lat(north_km),
                "population_people": people,
                "risk_level": risk,
            }
            for code, name, prefecture, north_km, people, risk in districts
        ],
        "Warehouses": [
            {
                "warehouse": "W1",
                "name": "甲区市级库",
                "state": "existing",
                "level": "city",
                "district": "450101",
                "size_class": "S",
                "can_close": False,
                "owner_department": "CITY",
            },
            {
                "warehouse": "W2",
                "name": "丙县候选库",
                "state": "candidate",
                "level": "county",
                "district": "450201",
                "owner_department": "COUNTY",
            },
            {
                "warehouse": "X1",
                "name": "邻省省级库",
                "state": "external",
                "level": "province",
                "province": "广东省",
                "prefecture": "邻市",
                "lon": LON,
                "lat": _lat(-300.0),
                "docks_per_hour": 1,
                "owner_department": "NEIGHBOUR",
            },
        ],
    }


def _goods() -> dict[str, list[dict[str, Any]]]:
    """Two sizes, two items, today's stock, waiting bands."""
    return {
        "Size_Classes": [
            {
                "size_class": "S",
                "name": "小型",
                "volume_m3": 100,
                "opening_cost_cny": 100_000,
                "annual_cost_cny": 10_000,
                "closing_cost_cny": 5_000,
                "docks_per_hour": 2,
            },
            {
                "size_class": "L",
                "name": "大型",
                "volume_m3": 300,
                "opening_cost_cny": 250_000,
                "annual_cost_cny": 20_000,
                "closing_cost_cny": 10_000,
                "docks_per_hour": 4,
            },
        ],
        "Items": [
            {
                "item": "TENT",
                "name": "帐篷",
                "item_group": "living",
                "weight_kg": 50,
                "volume_m3": 0.5,
                "price_cny": 1000,
                "shelf_life_months": 120,
                "priority_weight": 2,
                "waiting_cost_cny_per_hour": 20,
                "unmet_cost_cny": 10_000,
            },
            {
                "item": "WATER",
                "name": "瓶装水(箱)",
                "unit": "carton",
                "item_group": "food_water",
                "weight_kg": 10,
                "volume_m3": 0.05,
                "price_cny": 20,
                "shelf_life_months": 24,
                "priority_weight": 1,
                "waiting_cost_cny_per_hour": 10,
                "unmet_cost_cny": 5_000,
            },
        ],
        "Stock": [
            {"warehouse": "W1", "item": "TENT", "stock_units": 100},
            {"warehouse": "W1", "item": "WATER", "stock_units": 400},
            {"warehouse": "X1", "item": "TENT", "stock_units": 60, "home_reserve_units": 40},
        ],
        "Waiting_Bands": [
            {"up_to_hours": hours, "deprivation_hours": hours} for hours in (6, 12, 24, 48)
        ],
    }


def _disasters() -> dict[str, list[dict[str, Any]]]:
    """Two scenarios, two vehicle kinds, four vehicles."""
    return {
        "Scenarios": [
            {
                "scenario": "flood",
                "name": "甲乙洪水",
                "probability": 0.6,
                "event_time": datetime.fromisoformat("2026-07-01T08:00+08:00"),
            },
            {
                "scenario": "quake",
                "name": "丙县地震",
                "probability": 0.4,
                "event_time": datetime.fromisoformat("2026-12-01T08:00+08:00"),
            },
        ],
        "Scenario_Demand": [
            {"scenario": scenario, "district": district, "item": item, "demand_units": units}
            for scenario, district, item, units in (
                ("flood", "450101", "TENT", 40),
                ("flood", "450102", "TENT", 80),
                ("flood", "450102", "WATER", 400),
                ("quake", "450201", "TENT", 200),
                ("quake", "450201", "WATER", 400),
            )
        ],
        "Vehicles": [
            {
                "fleet": "TRUCK",
                "name": "卡车",
                "payload_kg": 4000,
                "volume_m3": 40,
                "speed_kmh": 60,
                "cost_cny_per_km": 4,
                "load_hours": 1,
                "unload_hours": 1,
                "driving_block_hours": 0,
            },
            {
                "fleet": "VAN",
                "name": "厢式小货车",
                "payload_kg": 1000,
                "volume_m3": 10,
                "speed_kmh": 80,
                "cost_cny_per_km": 2,
                "load_hours": 0.5,
                "unload_hours": 0.5,
                "drivers": 1,
                "driving_block_hours": 0,
            },
        ],
        "Fleets": [
            {"warehouse": "W1", "fleet": "TRUCK", "vehicles_count": 2},
            {"warehouse": "W2", "fleet": "TRUCK", "vehicles_count": 1},
            {"warehouse": "X1", "fleet": "VAN", "vehicles_count": 1},
        ],
    }


def _signatures() -> dict[str, list[dict[str, Any]]]:
    """Four procedures that end after 0.5, 0.8, 2.4 and 7.6 h, and three changes that may be tried.

    City and county side by side: 0.5 h; the province's request signed by a deputy: 1.4 h; the
    neighbour's spoken consent: 3.6 h.
    """
    departments = (
        ("COUNTY", "县应急管理局", "county"),
        ("CITY", "市应急管理局", "city"),
        ("PROVINCE", "省应急管理厅", "province"),
        ("NEIGHBOUR", "邻省应急管理厅", "province"),
        ("CENTRE", "国家委办公室", "national"),
    )
    steps = (
        ("OWN", "1", "县级动用", "COUNTY", "", "START", 0.5),
        ("CITY", "1", "县级申请", "COUNTY", "", "START", 0.3),
        ("CITY", "2", "市级批准", "CITY", "1", "AND", 0.5),
        ("PROVINCE", "1", "市级申请", "CITY", "", "START", 1.4),
        ("PROVINCE", "2", "省级批准", "PROVINCE", "1", "AND", 1.0),
        ("CROSS", "1", "本省请求", "PROVINCE", "", "START", 2.4),
        ("CROSS", "2", "邻省同意", "NEIGHBOUR", "1", "AND", 5.0),
        ("CROSS", "3", "中央协调", "CENTRE", "1", "AND", 6.0),
        ("CROSS", "4", "邻省下令", "NEIGHBOUR", "2;3", "OR", 0.2),
    )
    rules = (
        ("county", "own_district", "OWN", "1"),
        ("any", "own_district", "CITY", "2"),
        ("any", "same_prefecture", "CITY", "2"),
        ("any", "same_province", "PROVINCE", "2"),
        ("any", "other_province", "CROSS", "4"),
    )
    changes: dict[tuple[str, str], dict[str, Any]] = {
        ("CITY", "2"): {"reforms": "parallel"},
        ("PROVINCE", "1"): {"reforms": "delegate", "deputy": "COUNTY", "deputy_hours": 0.4},
        ("CROSS", "2"): {"reforms": "verbal", "is_verbal_allowed": True, "verbal_hours": 1.0},
    }
    return {
        "Departments": [
            {"department": code, "name": name, "level": level} for code, name, level in departments
        ],
        "Approval_Steps": [
            {
                "procedure": procedure,
                "step": step,
                "name": name,
                "initiator": department,
                "coordinator": department,
                "department": department,
                "predecessors": predecessors,
                "join": join,
                "duration_hours": hours,
                **changes.get((procedure, step), {}),
            }
            for procedure, step, name, department, predecessors, join, hours in steps
        ],
        "Approval_Rules": [
            {
                "warehouse_level": level,
                "receiver": receiver,
                "procedure": procedure,
                "release_step": step,
            }
            for level, receiver, procedure, step in rules
        ],
    }


def _described() -> dict[str, list[dict[str, Any]]]:
    """Settings and the one source."""
    return {
        "Settings": [
            {
                "plan_name": "手算小例",
                "circuity": 1.0,
                "capital_budget_cny": 208_000,
                "annual_budget_cny": 60_000,
                "gap": 0.0001,
            }
        ],
        "Sources": [
            {
                "source_code": "HAND",
                "title": "Made up so that the answer can be worked out by hand",
                "place": "datasets/README.md",
                "status": "assumption",
            }
        ],
    }


def build_tiny() -> DataSet:
    """Return the hand-checkable case."""
    data_set = DataSet(
        name="tiny",
        title="Three districts, worked out by hand",
        title_zh="三个区县,可手算核对",
        about="Made-up figures: a city warehouse, a candidate, a neighbour; two disasters.",
    )
    for part in (_described(), _places(), _goods(), _disasters(), _signatures()):
        for sheet, rows in part.items():
            kind = CASE_SHEETS[sheet]
            marks = {"source": "HAND", "status": "assumption"}
            extra = {name: marks[name] for name in marks if name in kind.model_fields}
            if sheet == "Sources":
                extra = {}
            data_set.add(kind(**{**extra, **row}) for row in rows)
    return data_set
