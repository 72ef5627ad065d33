"""Cases with hubs: one checked by hand, and random ones small enough for the exact model."""

from __future__ import annotations

from typing import Any

import numpy as np

from allocator.case import Case
from tests.tiny import Rows, Tables, build_case, build_tables

__all__ = [
    "hand_tables",
    "random_company_case",
    "random_company_tables",
    "random_hub_case",
    "random_hub_tables",
    "tiny_company_case",
]


def hand_tables() -> Tables:
    """The example of ``docs/model.md``: 10 tents by train to a hub, on by one truck of 6.

    The train loads 0-1, drives to 4, is unloaded at 5; tents are ready at 6. The truck loads 6 at
    6, is unloaded at 10 and back at 12, loads 4 at 12 and is unloaded at 16.
    """
    tables = build_tables()
    return {
        "Settings": [{**tables["Settings"][0], "horizon_hours": 20, "clock": "event"}],
        "Districts": tables["Districts"][:1],
        "Warehouses": _hand_warehouses(),
        "Size_Classes": tables["Size_Classes"],
        "Items": tables["Items"][:1],
        "Stock": [{"warehouse": "W", "item": "TENT", "lot": "A", "stock_units": 10}],
        "Scenarios": [{**tables["Scenarios"][0], "probability": 1, "hazard": "R02"}],
        "Hazards": tables["Hazards"],
        "Scenario_Demand": [
            {"scenario": "flood", "district": "450101", "item": "TENT", "demand_units": 10}
        ],
        **_hand_transport(),
    }


def _hand_warehouses() -> Rows:
    """One far away, and a hub."""
    return [
        {
            "warehouse": "W",
            "name": "远方库",
            "state": "external",
            "level": "city",
            "province": "广西壮族自治区",
            "lon": 110.0,
            "lat": 28.0,
        },
        {
            "warehouse": "H",
            "name": "铁路货场",
            "state": "hub",
            "level": "city",
            "province": "广西壮族自治区",
            "lon": 110.0,
            "lat": 24.0,
            "transfer_hours": 1,
        },
    ]


def _hand_transport() -> Tables:
    """The train and the truck, and their ways."""
    return {
        "Vehicles": [
            {
                "fleet": "TRAIN",
                "name": "货运列车",
                "mode": "rail",
                "payload_kg": 1200,
                "volume_m3": 100,
                "speed_kmh": 60,
                "cost_cny_per_km": 1,
            },
            {
                "fleet": "TRUCK",
                "name": "货车",
                "payload_kg": 360,
                "volume_m3": 100,
                "speed_kmh": 60,
                "cost_cny_per_km": 2,
                "dispatch_cost_cny": 100,
            },
        ],
        "Fleets": [
            {"warehouse": "W", "fleet": "TRAIN", "vehicles_count": 1},
            {"warehouse": "H", "fleet": "TRUCK", "vehicles_count": 1},
        ],
        "Lanes": [{"warehouse": "H", "district": "450101", "distance_km": 120, "drive_hours": 2}],
        "Legs": [
            {
                "warehouse": "W",
                "hub": "H",
                "fleet": "TRAIN",
                "distance_km": 500,
                "drive_hours": 3,
            }
        ],
    }


def random_hub_tables(seed: int, **settings: Any) -> Tables:
    """Tables of a case of one scenario with two hubs, maybe one behind the other.

    Parameters
    ----------
    seed
        Of the random numbers.
    settings
        Settings that are fixed; horizon and clock are drawn.
    """
    draw = np.random.default_rng([seed, 7])
    tables = build_tables()
    districts = ["450101", "450102", "450201"][: int(draw.integers(1, 3))]
    items = ["TENT", "WATER"][: int(draw.integers(1, 3))]
    tables["Settings"][0] |= {
        "horizon_hours": float(draw.integers(7, 11)),
        "clock": str(draw.choice(["event", "order"])),
        "order_hours": float(draw.choice([0.0, 0.5])),
        **settings,
    }
    name = tables["Scenarios"][0]["scenario"]
    tables["Scenarios"] = [{**tables["Scenarios"][0], "probability": 1}]
    tables["Scenario_Damage"] = []
    tables["Scenario_Demand"] = [
        {
            "scenario": name,
            "district": district,
            "item": item,
            "demand_units": int(draw.integers(1, 6)) + 0.5 * int(draw.random() < 0.2),
            "from_hours": int(draw.random() < 0.3),
        }
        for district in districts
        for item in items
    ]
    tables["Stock"] = [
        {
            "warehouse": warehouse,
            "item": item,
            "lot": lot,
            "stock_units": int(draw.integers(1, 4)),
            "home_reserve_units": int(draw.random() < 0.3),
            "expiry_date": expiry,
        }
        for warehouse in ("W1", "W3")
        for item in items
        for lot, expiry in (("A", "2027-01-01"), ("B", None))
        if draw.random() < 0.7
    ] or [{"warehouse": "W3", "item": "TENT", "stock_units": 2}]
    _draw_loads(draw, tables)
    _draw_hubs(draw, tables, districts)
    return tables


def _draw_loads(draw: np.random.Generator, tables: Tables) -> None:
    """Draw what a unit takes up and a vehicle holds, and add a train or a plane."""
    for row in tables["Items"]:
        row |= {"weight_kg": int(draw.choice([30, 60])), "volume_m3": float(draw.choice([1, 2]))}
    for row in tables["Vehicles"]:
        row |= {
            "payload_kg": int(draw.choice([60, 120])),
            "volume_m3": int(draw.choice([2, 3])),
            "load_hours": float(draw.choice([0.25, 0.5])),
            "unload_hours": float(draw.choice([0.25, 0.5])),
        }
    tables["Vehicles"].append(
        {
            "fleet": "TRAIN",
            "name": "列车",
            "mode": str(draw.choice(["rail", "air"])),
            "payload_kg": int(draw.choice([120, 300])),
            "volume_m3": int(draw.choice([4, 8])),
            "speed_kmh": 80,
            "cost_cny_per_km": 3,
            "is_one_way": bool(draw.random() < 0.3),
        }
    )


def _draw_hubs(draw: np.random.Generator, tables: Tables, districts: list[str]) -> None:
    """Draw hubs, legs, vehicles, docks, receiving, lanes and the time of sign-offs."""
    for code in ("H1", "H2"):
        tables["Warehouses"].append(
            {
                "warehouse": code,
                "name": code,
                "state": "hub",
                "level": "city",
                "province": str(draw.choice(["广西壮族自治区", "广东省"])),
                "lon": 110.0,
                "lat": 22.0,
                "transfer_hours": float(draw.choice([0.0, 0.5, 1.0])),
                "receive_m3_per_hour": [None, 3.0][int(draw.random() < 0.4)],
            }
        )
    for row in tables["Warehouses"]:
        row["docks_per_hour"] = int(draw.integers(1, 3))
    kept = _draw_legs(draw, tables)
    pools = {("W1", "TRUCK"), ("H1", "TRUCK"), ("H2", "VAN")} | {(s, f) for s, _, f in kept}
    tables["Fleets"] = [
        {
            "warehouse": warehouse,
            "fleet": fleet,
            "vehicles_count": int(draw.integers(1, 3)),
            "available_from_hours": float(draw.choice([0.0, 0.0, 0.5])),
        }
        for warehouse, fleet in sorted(pools)
    ]
    tables["Lanes"] = [
        {
            "warehouse": warehouse,
            "district": district,
            "distance_km": int(draw.integers(10, 60)),
            "drive_hours": float(draw.choice([0.25, 0.5, 1.0]))
            + (2.0 if warehouse in ("W1", "W3") else 0.0),
        }
        for warehouse in ("W1", "W3", "H1", "H2")
        for district in districts
    ]
    for row in tables["Districts"]:
        if draw.random() < 0.3:
            row["receive_m3_per_hour"] = int(draw.integers(2, 5))
    if draw.random() < 0.4:
        tables["Hours"] = [
            {"kind": "docks", "warehouse": "H1", "from_hours": 2, "to_hours": 4, "amount": 0},
            {"kind": "no_departure", "fleet": "TRAIN", "from_hours": 0, "to_hours": 1},
        ]
    for row in tables["Approval_Steps"]:
        row["duration_hours"] = float(draw.choice([0.0, 0.25, 0.5]))


def _draw_legs(draw: np.random.Generator, tables: Tables) -> list[tuple[str, str, str]]:
    """Draw legs, one maybe closed at first; return from where to where they lead, and by what."""
    ways = [("W3", "H1", "TRAIN"), ("W1", "H1", "TRUCK"), ("H1", "H2", "TRAIN")]
    ways += [("W3", "H2", "TRUCK")]
    kept = [way for way in ways if draw.random() < 0.7] or ways[:1]
    tables["Legs"] = [
        {
            "warehouse": start,
            "hub": hub,
            "fleet": fleet,
            "distance_km": int(draw.integers(10, 90)),
            "drive_hours": float(draw.choice([0.5, 1.0, 1.75])),
        }
        for start, hub, fleet in kept
    ]
    if draw.random() < 0.4:
        closed = {"closed_from_hours": 0, "closed_to_hours": float(draw.choice([1.0, 2.0]))}
        tables["Legs"][int(draw.integers(len(kept)))] |= closed
    return kept


def random_hub_case(seed: int, **settings: Any) -> Case:
    """A random case with hubs, see ``random_hub_tables``."""
    return build_case(random_hub_tables(seed, **settings))


def random_company_tables(seed: int, **settings: Any) -> Tables:
    """Tables of a random case with hubs, convoys, and items apart where there are two.

    More vehicles and docks than in ``random_hub_tables``, so that somebody can have company.
    """
    draw = np.random.default_rng([seed, 11])
    tables = random_hub_tables(seed, **settings)
    for row in tables["Fleets"]:
        row["vehicles_count"] += int(draw.integers(0, 3))
    for row in tables["Warehouses"]:
        row["docks_per_hour"] = int(draw.integers(2, 4))
    for row in tables["Stock"]:
        row["stock_units"] += int(draw.integers(1, 3))
    if len({row["item"] for row in tables["Scenario_Demand"]}) > 1 and draw.random() < 0.7:
        tables["Segregation"] = [{"item": "WATER", "other_item": "TENT"}]
    row: dict[str, Any] = {"kind": "convoy", "amount": int(draw.choice([2, 2, 3]))}
    for name, codes in (
        ("warehouse", ["W1", "W3", "H1", "H2"]),
        ("fleet", ["TRUCK", "TRUCK", "TRAIN"]),
    ):
        if draw.random() < 0.3:
            row[name] = str(draw.choice(codes))
    if draw.random() < 0.4:
        row |= {"from_hours": float(draw.choice([0, 2])), "to_hours": float(draw.choice([3, 5]))}
    tables["Hours"] = [*tables.get("Hours", []), row]
    return tables


def random_company_case(seed: int, **settings: Any) -> Case:
    """A random case with hubs and rules of company, see ``random_company_tables``."""
    return build_case(random_company_tables(seed, **settings))


def tiny_company_case(seed: int) -> Case:
    """A case with one hub so small that all plans can be tried, with rules of company."""
    draw = np.random.default_rng([seed, 13])
    tables = hand_tables()
    tables["Settings"][0] |= {"horizon_hours": float(draw.integers(8, 10)), "objective": "lives"}
    tent = tables["Items"][0] | {"weight_kg": 60, "volume_m3": 0.5}
    items = [tent, {**tent, "item": "WATER", "priority_weight": 1}][: int(draw.integers(1, 3))]
    tables["Items"] = items
    tables["Stock"] = [
        {"warehouse": "W", "item": row["item"], "stock_units": int(draw.integers(2, 5))}
        for row in items
    ]
    tables["Scenario_Demand"] = [
        {**tables["Scenario_Demand"][0], "item": row["item"], "demand_units": units}
        for row, units in zip(items, draw.integers(1, 4, 2).tolist(), strict=False)
    ]
    tables["Vehicles"][0]["payload_kg"] = 60 * int(draw.integers(2, 5))
    tables["Vehicles"][1]["payload_kg"] = 60 * int(draw.integers(1, 4))
    tables["Warehouses"][1]["transfer_hours"] = int(draw.integers(0, 2))
    tables["Fleets"][0]["vehicles_count"] = int(draw.integers(1, 4))
    tables["Fleets"][1] |= {
        "vehicles_count": int(draw.integers(2, 4)),
        "available_from_hours": int(draw.choice([0, 0, 4])),
    }
    tables["Lanes"][0]["drive_hours"] = 1
    kind = str(draw.choice(["TRAIN", "TRUCK"]))
    tables["Fleets"][0]["fleet"] = tables["Legs"][0]["fleet"] = kind
    tables["Legs"][0]["drive_hours"] = int(draw.integers(1, 3))
    if draw.random() < 0.4:
        tables["Lanes"].append({"warehouse": "W", "district": "450101", "drive_hours": 5})
        tables["Fleets"].append({"warehouse": "W", "fleet": "TRUCK", "vehicles_count": 1})
    if len(items) > 1:
        tables["Segregation"] = [{"item": "TENT", "other_item": "WATER"}]
    row: dict[str, Any] = {"kind": "convoy", "amount": int(draw.choice([2, 2, 3]))}
    if draw.random() < 0.5:
        row["warehouse"] = str(draw.choice(["W", "H"]))
    if draw.random() < 0.3:
        row["fleet"] = kind
    tables["Hours"] = [row]
    return build_case(tables)
