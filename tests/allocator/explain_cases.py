"""Cases small enough to see why need stays unmet, one for each reason.

One lane of 120 km, two hours for a truck that carries 10 tents: loading an hour, unloading an
hour, so that a truck that loads at 0 is unloaded at 4 and back at 6. Deadline 6 h.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allocator.case import Case
from allocator.engine.dispatch import dispatch
from allocator.engine.dispatch_data import build_dispatch_inputs
from allocator.plan import Plan
from allocator.schema.explanations import Choice
from allocator.schema.results import LoadingLine, Shortage, Trip
from allocator.solver import SolveOptions, solve_model
from models.dispatch import build_dispatch
from tests.tiny import Tables, at_km, build_case
from tests.tiny_sign_offs import rule, step

__all__ = [
    "CLASSES",
    "emptied",
    "in_company",
    "least_unmet",
    "planned",
    "relaxed_by_hand",
    "stages_of",
    "tables",
    "within",
]

Changes = dict[str, Any]

QUICK = SolveOptions(gap=0.0, time_limit_seconds=20.0)


def _places(given: Changes) -> Tables:
    """Settings, two districts, a warehouse and its class."""
    district = {"province": "广西壮族自治区", "lon": 110.0, "population_people": 1000}
    return {
        "Settings": [{"plan_name": "why", "circuity": 1.2, "horizon_hours": given["horizon"]}],
        "Districts": [
            {"district": "450101", "name": "甲区", "lat": at_km(0), **district},
            {
                "district": "450102",
                "name": "乙县",
                "lat": at_km(given["km"]),
                "receive_m3_per_hour": given["receive"],
                **district,
            },
        ],
        "Warehouses": [
            {
                "warehouse": "W1",
                "name": "一库",
                "state": "existing",
                "level": "city",
                "district": "450101",
                "province": given["province"],
                "size_class": "S",
                "docks_per_hour": given["docks"],
            }
        ],
        "Size_Classes": [
            {
                "size_class": "S",
                "volume_m3": 1000,
                "opening_cost_cny": 1,
                "annual_cost_cny": 1,
                "docks_per_hour": 9,
            }
        ],
    }


def _goods(given: Changes) -> Tables:
    """What is kept, needed and driven."""
    return {
        "Items": [
            {"item": "TENT", "name": "帐篷", "weight_kg": 60, "volume_m3": 0.2, "price_cny": 1000}
        ],
        "Stock": [
            {
                "warehouse": "W1",
                "item": "TENT",
                "stock_units": given["stock"],
                "home_reserve_units": given["reserve"],
            }
        ],
        "Scenarios": [{"scenario": "s", "name": "s", "probability": 1.0}],
        "Scenario_Demand": [
            {"scenario": "s", "district": "450102", "item": "TENT", "demand_units": given["need"]}
        ],
        "Scenario_Damage": [],
        "Vehicles": [
            {
                "fleet": "TRUCK",
                "name": "货车",
                "payload_kg": 600,
                "volume_m3": 36,
                "speed_kmh": 60,
                "load_hours": 1,
                "unload_hours": 1,
                "driving_block_hours": 4,
                "rest_hours": 0.5,
                "dispatch_cost_cny": 100,
                "cost_cny_per_km": 5,
            }
        ],
        "Fleets": [{"warehouse": "W1", "fleet": "TRUCK", "vehicles_count": given["trucks"]}],
        "Departments": [{"department": "GOV", "name": "政府", "level": "city"}],
    }


def tables(**changes: Any) -> Tables:
    """The lane, with changes to single figures by name."""
    given: Changes = {
        "horizon": 6.0,
        "need": 20.0,
        "stock": 100.0,
        "reserve": 0.0,
        "trucks": 5,
        "docks": 2,
        "receive": None,
        "km": 100.0,
        "province": "广西壮族自治区",
        "sign_hours": 0.0,
        "cut": False,
        **changes,
    }
    raw: Tables = {**_places(given), **_goods(given)}
    if given["sign_hours"]:
        raw["Approval_Steps"] = [step("P", "1", "批准", "GOV", given["sign_hours"], join="START")]
        raw["Approval_Rules"] = [rule("any", "P", "1")]
    if given["cut"]:
        raw["Scenario_Damage"].append({"scenario": "s", "district": "450102", "is_cut_off": True})
    return raw


def in_company(raw: Tables, amount: int = 2) -> Tables:
    """The case with convoys of so many."""
    return raw | {"Hours": [{"kind": "convoy", "amount": amount}]}


def contested() -> Tables:
    """Ten tents for two districts, the heavier one first; ten more lie too far away."""
    raw = tables(need=10, stock=10)
    raw["Districts"][0]["priority_weight"] = 2
    raw["Scenario_Demand"].append(
        {"scenario": "s", "district": "450101", "item": "TENT", "demand_units": 10}
    )
    raw["Warehouses"].append(
        {
            "warehouse": "W2",
            "name": "二库",
            "state": "existing",
            "level": "city",
            "province": "广西壮族自治区",
            "lon": 110.0,
            "lat": at_km(-900),
            "size_class": "S",
        }
    )
    raw["Stock"].append({"warehouse": "W2", "item": "TENT", "stock_units": 10})
    raw["Fleets"].append({"warehouse": "W2", "fleet": "TRUCK", "vehicles_count": 5})
    return raw


CLASSES: dict[str, Tables] = {
    # One truck, out and back in 6 h: it loads once, at hour 0, 1 or 2.
    "vehicles": tables(trucks=1),
    # Only a truck that loads at hour 0 is unloaded by hour 4.
    "docks": tables(horizon=4, docks=1),
    # 300 km take 5 h and a rest of half an hour: 7.5 h from door to door.
    "drivers": tables(horizon=7.25, km=250),
    # 10 tents an hour, and all come in the one hour before the deadline.
    "receiving": tables(horizon=4, receive=2),
    # One tent is no load for two trucks, however many there are.
    "convoy": in_company(tables(need=1)),
    "paper": tables(horizon=4, sign_hours=2),
    "home_reserve": tables(province="广东省", stock=20, reserve=10),
    "roads": tables(cut=True),
    "out_of_reach": tables(horizon=3),
    "no_stock": tables(stock=10),
    "lower_priority": contested(),
    # One truck and one load start within the only useful hour: either alone is not enough.
    "vehicles+docks": tables(horizon=4, trucks=1, docks=1),
    "whole_units": tables(need=10.5),
}
"""Cases by the reason of their one shortage."""


def within(seconds: float) -> SolveOptions:
    """A time limit, at the gap at which a forced plan may stop."""
    return SolveOptions(gap=0.01, time_limit_seconds=seconds)


def stages_of(rows: Iterable[Choice]) -> dict[str, Choice]:
    """Answers by stage."""
    return {row.stage: row for row in rows}


def planned(raw: Tables) -> tuple[Case, Plan]:
    """The case and its plan, solved exactly."""
    case = build_case(raw)
    return case, dispatch(case, "s", options=QUICK)


def emptied(plan: Plan, need: float) -> Plan:
    """The plan without its trips, the only need unmet."""
    shortage = Shortage(
        scenario="s",
        district="450102",
        item="TENT",
        demand_units=need,
        served_units=0,
        unmet_units=need,
    )
    bare = plan.replace(Trip, ()).replace(LoadingLine, ())
    return bare.replace(Shortage, (shortage,))


def least_unmet(raw: Tables, scenario: str = "s") -> float:
    """Least weighted unmet need over all plans, by the exact model."""
    data = build_dispatch_inputs(build_case(raw), scenario).data
    if data.lane_count == 0:
        return float((data.need_weight * data.need_units).sum())
    solved = solve_model(build_dispatch(data, "unmet"), QUICK, stage="unmet")
    assert solved.objective is not None
    return float(solved.objective)


def relaxed_by_hand(raw: Tables, thing: str) -> Tables:
    """The tables with one thing plentiful, written apart from the code that is tested."""
    raw = {sheet: [dict(row) for row in rows] for sheet, rows in raw.items()}
    if thing == "vehicles":
        for row in raw["Fleets"]:
            row["vehicles_count"] = 99
    elif thing == "docks":
        for row in raw["Warehouses"]:
            row["docks_per_hour"] = 99
    elif thing == "drivers":
        raw["Vehicles"][0]["rest_hours"] = 0
    elif thing == "receiving":
        for row in raw["Districts"]:
            row["receive_m3_per_hour"] = None
    elif thing == "convoy":
        raw["Hours"] = []
    elif thing == "paper":
        raw["Approval_Rules"] = []
    elif thing == "home_reserve":
        for row in raw["Stock"]:
            row["home_reserve_units"] = 0
    elif thing == "roads":
        raw["Scenario_Damage"] = []
    elif thing == "out_of_reach":
        raw["Settings"][0]["horizon_hours"] += 48
    elif thing == "no_stock":
        for row in raw["Stock"]:
            row["stock_units"] += 1000
    return raw
