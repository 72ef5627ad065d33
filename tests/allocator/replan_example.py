"""A dispatch that was planned anew at hours 3 and 6, worked out by hand.

Loading and unloading take an hour each, driving what ``LANES`` says; in hand by hour 24. Weights:
450101 tents 2; 450102 tents 4, water 2; 440101 (another province) tents 2; 810 in all at the end.

First plan: T1 to T4, and T5 for later. At hour 3: W1 to 450102 is closed for departures in [3, 8),
450102 needs 70 tents instead of 50, W1 loses one of three trucks and finds 10 tents, W2 gets one
more from hour 4, T3 will be late, T4 is lost, T5 left at 2.5. So T6 goes. At hour 6 (T1 to T6 have
left): roads into 450102 take half as long again and it takes 5 m3 an hour, one dock, sign-offs
a quarter of an hour shorter at home and 9 h longer abroad, 350 boxes are lost, all of W2 is lost,
440101 needs 35 tents instead of 40, T9 was held.

Tents of W1: 100 - 30 - 20 - 20 + 10 = 40 at hour 6, all of which may go abroad
(100 - 40 - 20 + 10 = 50); water 500 - 100 - 350 = 50. W2: 60 - 30 - 10 - 20 = 0.

Unmet: 50 boxes x 2 = 100. Waiting: 2 x 120 (450101), 4 x (100 + 140 + 240 + 170 - 60) and
2 x (500 + 480 + 170 + 1200) (450102), 2 x (180 + 85 + 100) (440101): 8,030. Cost: the lost T4 too.

Floor: T1 to T6 come as they do. A truck of W1 can be unloaded in 450102 at hour 12 (leaves as the
road opens, slow), in 440101 at 16 (signed at 11): 2 x 120 (450101), 4 x (50 x 3 + 70 x 2 + 50 x 2 +
30 x 5) and 2 x (200 x 5 + 100 x 7) (450102), 2 x (35 x 8.5 + 25 x 0.5 + 5 x 7) (440101): 6,490. Of
the 100 that stay unmet, 10 wait 8 h more (440101) and 90 wait 12 h more: 1,160. Together 7,650.
"""

from __future__ import annotations

from typing import Any

from allocator.case import Case
from allocator.schema import RESULT_SHEETS
from tests.allocator.replay_example import Tables, row
from tests.tiny import build_case
from tests.tiny_sign_offs import step

__all__ = ["A", "B", "C", "case_tables", "replan_case", "replan_results"]

A, B, C = "450101", "450102", "440101"

LANES = {
    ("W1", A): (60, 1),
    ("W1", B): (120, 2),
    ("W1", C): (180, 3),
    ("W2", A): (120, 2),
    ("W2", B): (60, 1),
    ("W2", C): (240, 4),
}
"""Distance [km] and driving time [h]."""


def _places() -> Tables:
    """Three districts, two warehouses, tents and water."""
    home = {"lon": 110.0, "lat": 23.0, "population_people": 1000, "prefecture": "南市"}
    home["province"] = "广西壮族自治区"
    abroad = {**home, "province": "广东省", "prefecture": "东市"}
    sent = {"state": "existing", "level": "city", "docks_per_hour": 2}
    return {
        "Districts": [
            {"district": A, "name": "甲区", **home},
            {"district": B, "name": "乙县", "priority_weight": 2, **home},
            {"district": C, "name": "丙县", **abroad},
        ],
        "Warehouses": [
            {"warehouse": "W1", "name": "一库", "district": A, **sent},
            {"warehouse": "W2", "name": "二库", "district": B, **sent},
        ],
        "Items": [
            row(
                "item name item_group weight_kg volume_m3 price_cny priority_weight",
                *("TENT", "帐篷", "living", 60, 0.2, 1000, 2),
            ),
            row(
                "item name item_group weight_kg volume_m3 price_cny",
                *("WATER", "饮用水", "living", 10, 0.025, 20),
            ),
        ],
        "Stock": [
            row("warehouse item stock_units home_reserve_units", "W1", "TENT", 100, 40),
            row("warehouse item stock_units", "W1", "WATER", 500),
            row("warehouse item stock_units", "W2", "TENT", 60),
        ],
    }


def case_tables() -> Tables:
    """Raw values of the case by sheet, fresh each time, to be changed at will."""
    need = "scenario district item demand_units"
    applies = "warehouse_level receiver procedure release_step"
    return {
        **_places(),
        "Settings": [{"plan_name": "replan", "horizon_hours": 24}],
        "Scenarios": [
            {"scenario": "flood", "name": "洪水", "probability": 0.5},
            {"scenario": "quake", "name": "地震", "probability": 0.5},
        ],
        "Scenario_Demand": [
            row(need, "flood", A, "TENT", 30),
            row(need, "flood", B, "TENT", 50),
            row(need, "flood", B, "WATER", 200),
            row(need, "flood", C, "TENT", 40),
        ],
        "Vehicles": [
            {
                "fleet": "TRUCK",
                "name": "货车",
                "payload_kg": 6000,
                "volume_m3": 36,
                "speed_kmh": 60,
                "cost_cny_per_km": 1,
                "dispatch_cost_cny": 100,
            }
        ],
        "Fleets": [
            row("warehouse fleet vehicles_count", "W1", "TRUCK", 3),
            row("warehouse fleet vehicles_count", "W2", "TRUCK", 2),
        ],
        "Lanes": [
            row("warehouse district distance_km drive_hours", *lane, *measures)
            for lane, measures in LANES.items()
        ],
        "Departments": [{"department": "DEM", "name": "应急管理局", "level": "city"}],
        "Approval_Steps": [
            step("LOCAL", "1", "批准", "DEM", 0.5, join="START"),
            step("CROSS", "1", "签发", "DEM", 2, join="START"),
        ],
        "Approval_Rules": [
            row(applies, "any", "other_province", "CROSS", "1"),
            row(applies, "any", "any", "LOCAL", "1"),
        ],
    }


def replan_case() -> Case:
    """The case before any change."""
    return build_case(case_tables())


def _changes() -> list[dict[str, Any]]:
    """Every kind of change, by the hour at which it became known."""
    return [
        {
            "at_hours": 3,
            "kind": "road_closed",
            "warehouse": "W1",
            "district": B,
            "to_hours": 8,
            "note": "bridge",
        },
        row("at_hours kind district item amount", 3, "demand", B, "TENT", 70),
        row("at_hours kind warehouse fleet amount", 3, "vehicle_lost", "W1", "TRUCK", 1),
        {
            **row("at_hours kind warehouse fleet", 3, "vehicle_added", "W2", "TRUCK"),
            "amount": 1,
            "from_hours": 4,
        },
        row("at_hours kind warehouse item amount", 3, "stock_found", "W1", "TENT", 10),
        row("at_hours kind trip amount", 3, "trip_late", "T3", 9),
        row("at_hours kind trip", 3, "trip_lost", "T4"),
        row("at_hours kind trip from_hours", 3, "trip_left", "T5", 2.5),
        row("at_hours kind", 6, "no_change"),
        row("at_hours kind district amount", 6, "road_slow", B, 1.5),
        row("at_hours kind district amount", 6, "receiving", B, 5),
        row("at_hours kind warehouse amount", 6, "docks", "W1", 1),
        row("at_hours kind procedure step amount", 6, "signature_early", "LOCAL", "1", 0.25),
        row("at_hours kind procedure step amount", 6, "signature_late", "CROSS", "1", 9),
        row("at_hours kind warehouse item amount", 6, "stock_lost", "W1", "WATER", 350),
        row("at_hours kind warehouse", 6, "warehouse_lost", "W2"),
        row("at_hours kind district item amount", 6, "demand", C, "TENT", 35),
        row("at_hours kind trip", 6, "trip_held", "T9"),
    ]


def _trip_changes() -> list[dict[str, Any]]:
    """What became of trips; what hour 3 says of T7 is out of date since hour 6."""
    names = "at_hours trip change warehouse district fleet load_start_hours"
    rows = [
        row(names, 3, "T3", "late", "W1", C, "TRUCK", 2),
        row(names, 3, "T4", "lost", "W2", B, "TRUCK", 1),
        row(names, 3, "T5", "left", "W2", C, "TRUCK", 2.5),
        row(names, 3, "T6", "new", "W2", B, "TRUCK", 4),
        row(names, 3, "T7", "retimed", "W1", B, "TRUCK", 8),
        row(names, 6, "T7", "reloaded", "W1", B, "TRUCK", 7),
        row(names, 6, "T8", "new", "W1", B, "TRUCK", 12),
        row(names, 6, "T9", "cancelled", "W1", A, "TRUCK", None),
        row(names, 6, "T10", "retimed", "W1", C, "TRUCK", 15),
    ]
    for line in rows:
        line["reason"] = "told" if line["change"] in {"late", "lost", "left"} else "whole"
    return rows


def _trips() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Trips and their loads."""
    told = [
        # trip, lane, release, load start, driving, ends at, cost, state, tents, boxes
        ("T1", "W1", A, 0.5, 1, 1, 4, 220, "left", 30, 0),
        ("T2", "W1", B, 0.5, 1, 2, 5, 340, "left", 20, 100),
        ("T3", "W1", C, 2, 2, 3, 9, 460, "late", 20, 0),
        ("T4", "W2", B, 0.5, 1, 1, 4, 220, "lost", 30, 0),
        ("T5", "W2", C, 2, 2.5, 4, 8.5, 580, "left", 10, 0),
        ("T6", "W2", B, 0.5, 4, 1, 7, 220, "left", 20, 0),
        ("T7", "W1", B, 0.25, 7, 3, 12, 340, "planned", 20, 40),
        ("T8", "W1", B, 0.25, 12, 3, 17, 340, "planned", 10, 10),
        ("T10", "W1", C, 11, 15, 3, 20, 460, "planned", 5, 0),
    ]
    trips, loads = [], []
    for code, warehouse, district, release, start, drive, end, cost, state, *units in told:
        weight = volume = 0.0
        sizes = (("TENT", 60, 0.2), ("WATER", 10, 0.025))
        for (item, kg, m3), count in zip(sizes, units, strict=True):
            if count:
                load = row("scenario trip item load_units", "flood", code, item, count)
                loads.append({**load, "weight_kg": kg * count, "volume_m3": m3 * count})
                weight, volume = weight + kg * count, volume + m3 * count
        trips.append(
            {
                **row("trip scenario warehouse district", code, "flood", warehouse, district),
                "fleet": "TRUCK",
                "release_hours": release,
                "load_start_hours": start,
                "depart_hours": start + 1,
                "arrive_hours": end - 1,
                "unload_end_hours": end,
                "return_hours": end + drive,
                "latest_load_start_hours": 24 - (drive + 2),
                "distance_km": LANES[warehouse, district][0],
                "cost_cny": cost,
                "weight_kg": weight,
                "volume_m3": volume,
                "state": state,
            }
        )
    return trips, loads


def _stages() -> list[dict[str, Any]]:
    """Objectives, with bounds that are merely plausible."""
    names = "part stage objective bound floor controllable_gap"
    rows = [
        row(names, "flood", "unmet", 100, 100, None, None),
        row(names, "flood", "waiting", 8030, 7800, 7650, 230 / 380),
        row(names, "flood", "cost", 3180, None, None, None),
    ]
    ends = ((0.0, "optimal"), (230 / 8030, "within_gap"), (None, "time_limit"))
    for line, (gap, status) in zip(rows, ends, strict=True):
        line.update(gap=gap, status=status, seconds=1)
    return rows


def replan_results() -> Tables:
    """Raw values of the result by sheet, fresh each time, to be changed at will."""
    arrived = "scenario district item unload_end_hours arrive_units"
    trips, loads = _trips()
    curve = {0: 0, 4: 60, 5: 340, 7: 420, 9: 480, 12: 640, 17: 700, 20: 710}
    raw: Tables = {
        "Changes": _changes(),
        "Trip_Changes": _trip_changes(),
        "Dispatch_Trips": trips,
        "Loading_List": loads,
        "Arrivals": [
            row(arrived, "flood", A, "TENT", 4, 30),
            row(arrived, "flood", B, "TENT", 5, 20),
            row(arrived, "flood", B, "TENT", 7, 20),
            row(arrived, "flood", B, "TENT", 12, 20),
            row(arrived, "flood", B, "TENT", 17, 10),
            row(arrived, "flood", B, "WATER", 5, 100),
            row(arrived, "flood", B, "WATER", 12, 40),
            row(arrived, "flood", B, "WATER", 17, 10),
            row(arrived, "flood", C, "TENT", 8.5, 10),
            row(arrived, "flood", C, "TENT", 9, 20),
            row(arrived, "flood", C, "TENT", 20, 5),
        ],
        "Served_By_Hour": [
            row(
                "scenario hour served_share",
                "flood",
                hour,
                max(units for since, units in curve.items() if since <= hour) / 810,
            )
            for hour in range(25)
        ],
        "Shortages": [
            row(
                "scenario district item demand_units served_units unmet_units",
                *("flood", B, "WATER", 200, 150, 50),
            )
        ],
        "Stages": _stages(),
        "Run_Info": [row("name text", "case_digest", replan_case().digest)],
    }
    return {sheet: raw.get(sheet, []) for sheet in RESULT_SHEETS}
