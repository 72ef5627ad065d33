"""Cases with a hub small enough to see why need stays unmet, one for each reason.

The example of ``docs/model.md``: a train for 20 tents that is back at its warehouse after 8 h, so
that tents it loads at 0 can be loaded at the hub at 6; a truck of 6 tents that is unloaded 4 h
after it loads there, and back after 6 h. Ten tents are needed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.hub_cases import hand_tables
from tests.tiny import Tables, at_km
from tests.tiny_sign_offs import rule, step

__all__ = ["HUB_REASONS", "edited", "plentiful"]

Edit = Callable[[Tables], None]


def edited(horizon: float = 20.0, trucks: int = 5, *edits: Edit) -> Tables:
    """The example within a horizon, with so many trucks at the hub, and edits made to it."""
    raw = hand_tables()
    raw["Settings"][0]["horizon_hours"] = horizon
    raw["Fleets"][1]["vehicles_count"] = trucks
    for edit in edits:
        edit(raw)
    return raw


def _put(sheet: str, row: int, **cells: Any) -> Edit:
    """Set some cells of a row."""

    def edit(raw: Tables) -> None:
        raw[sheet][row] |= cells

    return edit


def _signed(hours: float) -> Edit:
    """A signature for everything that takes so long."""

    def edit(raw: Tables) -> None:
        raw["Departments"] = [{"department": "GOV", "name": "政府", "level": "city"}]
        raw["Approval_Steps"] = [step("P", "1", "批准", "GOV", hours, join="START")]
        raw["Approval_Rules"] = [rule("any", "P", "1")]

    return edit


def _own_truck(raw: Tables) -> None:
    """A truck at the warehouse, and a road of two hours from there to the district."""
    lane = {"warehouse": "W", "district": "450101", "distance_km": 120, "drive_hours": 2}
    raw["Lanes"].append(lane)
    raw["Fleets"].append({"warehouse": "W", "fleet": "TRUCK", "vehicles_count": 1})


def _no_truck(raw: Tables) -> None:
    """No vehicle goes on from the hub."""
    raw["Fleets"].pop(1)


def _contested(raw: Tables) -> None:
    """Another district that weighs more needs ten, too; ten more tents lie 2,000 km away."""
    raw["Districts"].append({**raw["Districts"][0], "district": "450102", "priority_weight": 3})
    raw["Lanes"].append({**raw["Lanes"][0], "district": "450102"})
    raw["Scenario_Demand"].append({**raw["Scenario_Demand"][0], "district": "450102"})
    far = {"warehouse": "V", "name": "更远库", "lat": at_km(-2000)}
    raw["Warehouses"].append({**raw["Warehouses"][0], **far})
    raw["Stock"].append({**raw["Stock"][0], "warehouse": "V"})


HUB_REASONS: dict[str, Tables] = {
    # Three trucks carry all that anybody has.
    "no_stock": edited(20, 5, _put("Scenario_Demand", 0, demand_units=13)),
    # Eight tents a train, which goes once in time.
    "leg_too_small": edited(14, 5, _put("Vehicles", 0, payload_kg=480)),
    # The train is there from 8 on: its tents are ready at 14, four hours before they are in hand.
    "leg_too_late": edited(14, 5, _put("Fleets", 0, available_from_hours=8)),
    # No train departs before 9.
    "leg_closed": edited(14, 5, _put("Legs", 0, closed_from_hours=0, closed_to_hours=9)),
    "hub_without_trucks": edited(20, 5, _no_truck),
    # Only what is loaded at 6 is in hand by 10.
    "hub_truck": edited(15, 1),
    "hub_docks": edited(10, 5, _put("Warehouses", 1, docks_per_hour=1)),
    # Five tents are a cubic metre.
    "hub_receiving": edited(10, 5, _put("Warehouses", 1, receive_m3_per_hour=1)),
    # One truck straight from the warehouse is in hand by 4; goods through the hub by 10.
    "vehicles": edited(5, 1, _own_truck),
    "out_of_reach": edited(9, 5),
    # Signed at 6, tents are ready at 12 and in hand at 16.
    "paper": edited(14, 5, _signed(6)),
    "lower_priority": edited(16, 5, _contested),
}
"""Cases by what is short; each has one shortage."""


def plentiful(raw: Tables, thing: str) -> Tables:
    """The tables with one thing plentiful, written apart from the code that is tested."""
    raw = {sheet: [dict(row) for row in rows] for sheet, rows in raw.items()}
    every = {row["warehouse"] for row in raw["Warehouses"]} - {"H"}
    if thing == "through_hub":
        for pool in [("H", "TRUCK"), ("W", "TRAIN")]:
            raw["Fleets"].append(_pool(*pool))
        for row in raw["Warehouses"]:
            if row["state"] == "hub":
                row |= {"docks_per_hour": 99, "receive_m3_per_hour": None}
        for row in raw["Legs"]:
            row |= {"closed_from_hours": None, "closed_to_hours": None}
    elif thing == "vehicles":
        raw["Fleets"] += [_pool(code, "TRUCK") for code in sorted(every)]
    elif thing == "paper":
        raw["Approval_Rules"] = []
    elif thing == "out_of_reach":
        raw["Settings"][0]["horizon_hours"] += 48
    elif thing == "no_stock":
        for row in raw["Stock"]:
            row["stock_units"] += 1000
    return raw


def _pool(warehouse: str, fleet: str) -> dict[str, Any]:
    """As many vehicles as anybody may want."""
    return {"warehouse": warehouse, "fleet": fleet, "vehicles_count": 99}
