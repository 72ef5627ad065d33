"""Random cases small enough to be enumerated, made from the tables of the tiny case."""

from __future__ import annotations

from typing import Any

import numpy as np

from allocator.case import Case
from tests.tiny import build_case, build_tables

__all__ = ["random_case"]


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
