"""A small made-up case for the report tests: 6 warehouses, 10 districts, 2 scenarios.

Places are real (seats of Guangxi districts), all quantities are invented.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta, timezone

from allocator.case import Case
from allocator.schema.disaster import Fleet, Scenario, ScenarioDamage, ScenarioDemand, Vehicle
from allocator.schema.network import District, Item, SizeClass, Stock, Warehouse
from allocator.schema.procedure import ApprovalStep, Department, Figure, Settings, Source
from allocator.schema.row import Row

__all__ = ["NASTY", "example_case", "needs", "tables"]

NASTY = ("=1+1", "+cmd|' /C calc'!A0", "@SUM(A1:A2)", "-2+3", "</script><b>x</b>")
"""Names that a spreadsheet or a browser must take as plain text."""

CHINA = timezone(timedelta(hours=8))
EVENT = datetime(2014, 7, 19, 7, 10, tzinfo=CHINA)

DISTRICTS = (
    ("450103", "青秀区", "南宁市", 108.49402, 22.78588, 1119000),
    ("450181", "横州市", "南宁市", 109.26138, 22.67993, 886000),
    ("450205", "柳北区", "柳州市", 109.40205, 24.36269, 512000),
    ("450304", "象山区", "桂林市", 110.28108, 25.26169, 300000),
    ("450403", "万秀区", "梧州市", 111.32052, 23.47299, 320000),
    ("450521", "合浦县", "北海市", 109.20734, 21.66094, 868000),
    ("450602", "港口区", "防城港市", 108.38014, 21.64338, 189000),
    ("450681", "东兴市", "防城港市", 107.97183, 21.54782, 216000),
    ("450702", "钦南区", "钦州市", 108.65721, 21.93886, 593000),
    ("451002", "右江区", "百色市", 106.61822, 23.90097, 400000),
)

ITEMS = (
    ("TENT12S", "12平方米单帐篷", 60.0, 0.22, 1300.0, 96.0, 3.5),
    ("QUILT", "棉被", 3.0, 0.03, 120.0, 96.0, 1.0),
    ("WATER", "饮用水(箱)", 12.5, 0.015, 30.0, 12.0, 2.0),
)

WAREHOUSES = (
    ("W450103", "自治区南宁库", "existing", "province", "450103"),
    ("W450205", "柳州市库", "existing", "city", "450205"),
    ("W450702", "钦州市库", "candidate", "city", "450702"),
    ("W450602", "港口区库", "candidate", "county", "450602"),
    ("W451002", "百色市库", "existing", "city", "451002"),
    ("WC4301", "中央长沙库", "external", "central", None),
)

STOCK_UNITS = {
    "W450103": {"TENT12S": 2600, "QUILT": 18000, "WATER": 9000},
    "W450205": {"TENT12S": 700, "QUILT": 6000, "WATER": 2000},
    "W450702": {"TENT12S": 900, "QUILT": 5000, "WATER": 3500},
    "W450602": {"TENT12S": 300, "QUILT": 1800, "WATER": 1500},
    "WC4301": {"TENT12S": 4000, "QUILT": 20000},
}

NEEDS = {
    "rammasun2014": {
        "450602": 5200, "450681": 3900, "450702": 6900, "450521": 8300, "450103": 2100,
        "450181": 1500, "451002": 500,
    },
    "nesat2011": {"450521": 2600, "450702": 1800, "450403": 700, "450304": 400},
}  # fmt: skip
"""Sheltered people by scenario and district."""

FLEET = Vehicle(
    fleet="MT68",
    name="6.8米厢式货车",
    payload_kg=9000,
    volume_m3=38,
    speed_kmh=62,
    cost_cny_per_km=4.5,
    dispatch_cost_cny=300,
)

VEHICLES_COUNT = {"W450103": 10, "W450205": 4, "W450702": 4, "W450602": 2, "WC4301": 12}


def example_case(names: tuple[str, ...] = ()) -> Case:
    """Return the case; ``names`` replace the first warehouses' names."""
    return Case(
        tables([*_place_rows(names), *_stock_rows(), *_scenario_rows(), *_procedure_rows()])
    )


def _place_rows(names: tuple[str, ...]) -> list[Row]:
    return [
        Settings(plan_name="示例", event_time=EVENT, capital_budget_cny=2e7),
        *(
            District(
                district=code,
                name=name,
                province="广西壮族自治区",
                prefecture=prefecture,
                lon=lon,
                lat=lat,
                population_people=people,
                status="sourced",
            )
            for code, name, prefecture, lon, lat, people in DISTRICTS
        ),
        *(
            Warehouse(
                warehouse=code,
                name=names[k] if k < len(names) else name,
                state=state,
                level=level,
                district=district,
                province="" if district else "湖南省",
                lon=None if district else 113.0,
                lat=None if district else 28.2,
                size_class="D1" if state == "existing" else None,
                status="assumption" if state == "candidate" else "sourced",
            )
            for k, (code, name, state, level, district) in enumerate(WAREHOUSES)
        ),
        *(
            SizeClass(
                size_class=code,
                volume_m3=volume,
                opening_cost_cny=2000 * volume,
                annual_cost_cny=190 * volume,
                docks_per_hour=4,
                status="assumption",
            )
            for code, volume in (("D1", 1500.0), ("D3", 3200.0), ("P1", 6000.0))
        ),
    ]


def _stock_rows() -> list[Row]:
    return [
        *(
            Item(
                item=code,
                name=name,
                weight_kg=kg,
                volume_m3=m3,
                price_cny=price,
                shelf_life_months=months,
                rotation_share=0.05,
                priority_weight=weight,
                status="assumption",
            )
            for code, name, kg, m3, price, months, weight in ITEMS
        ),
        *(
            Stock(warehouse=code, item=item, stock_units=units, status="user")
            for code in ("W450103", "W450205", "WC4301")
            for item, units in STOCK_UNITS[code].items()
        ),
    ]


def _scenario_rows() -> list[Row]:
    return [
        Scenario(scenario="rammasun2014", name="超强台风威马逊", probability=0.4, event_time=EVENT),
        Scenario(scenario="nesat2011", name="强台风纳沙", probability=0.6, status="derived"),
        *(
            ScenarioDemand(scenario=scenario, district=district, item=item, demand_units=units)
            for scenario in NEEDS
            for (district, item), units in needs(scenario).items()
        ),
        ScenarioDamage(scenario="rammasun2014", warehouse="W450602", usable_share=0.5),
        ScenarioDamage(scenario="rammasun2014", district="450681", road_time_factor=2.0),
    ]


def _procedure_rows() -> list[Row]:
    return [
        FLEET,
        *(
            Fleet(warehouse=code, fleet="MT68", vehicles_count=count, status="assumption")
            for code, count in VEHICLES_COUNT.items()
        ),
        Department(department="PROV_DEM", name="自治区应急管理厅"),
        ApprovalStep(
            procedure="PROV", step="1", name="签批", department="PROV_DEM", duration_hours=2.5
        ),
        Figure(
            table="Items",
            field="price_cny",
            status="assumption",
            source="S90;S91",
            note="市场询价前的估计",
        ),
        Source(source_code="S90", title="示例来源"),
    ]


def needs(scenario: str) -> dict[tuple[str, str], float]:
    """Need by district and item. [units]"""
    share = {"TENT12S": 1 / 3.5, "QUILT": 1.0, "WATER": 0.6}
    return {
        (district, item): float(round(people * share[item]))
        for district, people in NEEDS[scenario].items()
        for item in share
    }


def tables(rows: list[Row]) -> dict[str, tuple[Row, ...]]:
    """Sort rows into tables by sheet."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.sheet].append(row)
    return {sheet: tuple(members) for sheet, members in found.items()}
