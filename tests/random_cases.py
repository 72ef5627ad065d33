"""Random cases small enough to be enumerated, made from the tables of the tiny case."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np

from allocator.case import Case
from allocator.schema.disaster import Scenario
from allocator.schema.network import Stock
from tests.tiny import Tables, build_case, build_tables

__all__ = ["random_case", "random_dispatch_case", "with_random_lots"]


def random_case(seed: int, **settings: Any) -> Case:
    """Vary stock, need, damage, prices and budgets of the tiny case.

    Parameters
    ----------
    seed
        Of the random numbers.
    settings
        Settings that are fixed; the budgets are drawn.
    """
    draw = np.random.default_rng(seed)
    tables = build_tables()
    tables["Scenario_Demand"] = [
        {
            "scenario": scenario,
            "district": district,
            "item": item,
            "demand_units": float(draw.integers(1, 90) * (10 if item == "WATER" else 1)),
        }
        for scenario in ("flood", "quake")
        for district in ("450101", "450102", "450201")
        for item in ("TENT", "WATER")
        if draw.random() < 0.6
    ] or tables["Scenario_Demand"]
    named = {row["scenario"] for row in tables["Scenario_Demand"]}
    tables["Scenarios"] = [row for row in tables["Scenarios"] if row["scenario"] in named]
    for row in tables["Scenarios"]:
        row["probability"] = 1.0 / len(tables["Scenarios"])
    tables["Scenario_Damage"] = [
        row for row in tables["Scenario_Damage"] if row["scenario"] in named
    ]
    for row in tables["Stock"]:
        row["stock_units"] = float(draw.integers(0, 120) * (5 if row["item"] == "WATER" else 1))
        if "home_reserve_units" in row:
            row["home_reserve_units"] = float(draw.integers(0, 2) * row["stock_units"] // 2)
    for row in tables["Size_Classes"]:
        row["volume_m3"] = float(draw.integers(20, 60) * (1 if row["size_class"] == "S" else 2))
    for row in tables["Warehouses"]:
        row["can_close"] = bool(draw.random() < 0.5)
    today = {
        "TENT": sum(r["stock_units"] for r in tables["Stock"][:2]),
        "WATER": tables["Stock"][2]["stock_units"],
    }
    # The existing warehouse has room for what lies in it, as the checks would ask.
    tables["Warehouses"][0]["volume_m3"] = 1 + 0.2 * today["TENT"] + 0.025 * today["WATER"]
    tables["Coverage"] = []
    tables["Settings"][0] |= {
        "capital_budget_cny": float(draw.integers(20, 700) * 1000),
        "annual_budget_cny": float(draw.integers(60, 250) * 1000),
        **settings,
    }
    return build_case(tables)


def random_dispatch_case(seed: int, **settings: Any) -> Case:
    """A case of one scenario and a few vehicles, small enough to try out every plan of trips.

    Parameters
    ----------
    seed
        Of the random numbers.
    settings
        Settings that are fixed; horizon and clock are drawn.
    """
    draw = np.random.default_rng(seed)
    tables = build_tables()
    districts = ["450101", "450102"][: int(draw.integers(1, 3))]
    items = ["TENT", "WATER"][: int(draw.integers(1, 3))]
    tables["Settings"][0] |= {
        "horizon_hours": float(draw.choice([3.0, 3.5, 4.0])),
        "clock": str(draw.choice(["event", "order"])),
        "order_hours": float(draw.choice([0.0, 0.5, 1.0])),
        **settings,
    }
    name = tables["Scenarios"][0]["scenario"]
    tables["Scenarios"] = [{**tables["Scenarios"][0], "probability": 1}]
    tables["Scenario_Demand"] = [
        {
            "scenario": name,
            "district": district,
            "item": item,
            "demand_units": int(draw.integers(1, 4)) + 0.5 * int(draw.random() < 0.2),
            "from_hours": int(draw.random() < 0.3),
        }
        for district in districts
        for item in items
    ]
    tables["Scenario_Damage"] = [
        {"scenario": name, "warehouse": "W1", "usable_share": float(draw.choice([0.5, 0.8, 1.0]))}
    ]
    tables["Stock"] = [
        {
            "warehouse": warehouse,
            "item": item,
            "stock_units": int(draw.integers(1, 5)),
            "home_reserve_units": int(draw.integers(0, 2)),
        }
        for warehouse in ("W1", "W3")
        for item in items
        if draw.random() < 0.7
    ] or [{"warehouse": "W1", "item": "TENT", "stock_units": 2}]
    for row in tables["Items"]:
        row |= {"weight_kg": int(draw.choice([30, 60])), "volume_m3": float(draw.choice([1, 2]))}
    is_one_way = np.random.default_rng([seed, 2]).random(2) < 0.25
    for row, one_way in zip(tables["Vehicles"], is_one_way, strict=True):
        row |= {
            "is_one_way": bool(one_way),
            "payload_kg": int(draw.choice([60, 120])),
            "volume_m3": int(draw.choice([2, 3])),
            "load_hours": float(draw.choice([0.25, 0.5])),
            "unload_hours": float(draw.choice([0.25, 0.5])),
        }
    _draw_ways(draw, tables, districts)
    return build_case(tables)


def _draw_ways(draw: np.random.Generator, tables: Tables, districts: list[str]) -> None:
    """Draw fleets, docks, receiving, lanes, closures and the time of sign-offs."""
    fleets = ["TRUCK", "VAN"][: int(draw.integers(1, 3))]
    tables["Fleets"] = [
        {
            "warehouse": warehouse,
            "fleet": fleet,
            "vehicles_count": int(draw.integers(1, 3)),
            "available_from_hours": float(draw.choice([0.0, 0.0, 0.5])),
        }
        for warehouse in ("W1", "W3")
        for fleet in fleets
    ]
    late = [
        row
        for row in tables["Fleets"]
        if (row["vehicles_count"], row["available_from_hours"]) == (2, 0.5)
    ]
    for row in late:
        # One of the two is there from the beginning.
        row["vehicles_count"] = 1
        tables["Fleets"].append(row | {"available_from_hours": 0.0})
    for row in tables["Warehouses"]:
        row["docks_per_hour"] = int(draw.integers(1, 3))
    for row in tables["Districts"]:
        if draw.random() < 0.5:
            row["receive_m3_per_hour"] = int(draw.integers(2, 5))
    tables["Lanes"] = [
        {
            "warehouse": warehouse,
            "district": district,
            "distance_km": int(draw.integers(10, 60)),
            "drive_hours": float(draw.choice([0.25, 0.5, 0.75, 1.0])),
        }
        for warehouse in ("W1", "W3")
        for district in districts
    ]
    if draw.random() < 0.4:
        closed = {"closed_from_hours": 0, "closed_to_hours": float(draw.choice([1.0, 2.0]))}
        tables["Lanes"][int(draw.integers(len(tables["Lanes"])))] |= closed
    for row in tables["Approval_Steps"]:
        row["duration_hours"] = float(draw.choice([0.0, 0.25, 0.5]))


def with_random_lots(case: Case, draw: np.random.Generator) -> Case:
    """Part the stock of a case into lots that have expired, expire soon, or never.

    The flood is at 22:00 on 1 July 2026, so that its first lots go bad after two hours.
    """
    dates = [date(2026, 6, 30), date(2026, 7, 1), date(2026, 7, 10), date(2027, 1, 31), None]
    rows: list[Stock] = []
    for row in case.stock:
        for k in range(int(draw.integers(1, 4))):
            update = {
                "lot": f"L{len(rows)}",
                "stock_units": float(draw.integers(1, 5)),
                "expiry_date": dates[int(draw.integers(len(dates)))],
                "home_reserve_units": row.home_reserve_units if k == 0 else 0.0,
            }
            rows.append(row.model_copy(update=update))
    night = datetime.fromisoformat("2026-07-01T22:00:00+08:00")
    floods = (
        row.model_copy(update={"event_time": night} if row.scenario == "flood" else {})
        for row in case.scenarios
    )
    return case.replace(Stock, rows).replace(Scenario, floods)
