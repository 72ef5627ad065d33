"""A whole plan for the tiny case of ``tests.tiny``, worked out by hand.

W1 keeps class S, buys 10 tents and gives up 100 boxes of water; W2 opens at class S with 40 tents
and 800 boxes; W3 is external. Costs: 200,000 for W2 and 66,000 of goods once; 60,000 a year to run
both, 130 a tent (3 % + 12/120) and 5.6 a box (3 % + 12/24 - 25 %) to keep.

Placement, weighted (tents 2, water 1, district 450201 twice): unmet 104 in the flood and 12 in the
quake, 67.2 expected; waiting 24,776 and 7,688, 17,940.8 expected; transport with purchases
26,380/9 and 1,672; cost 82,520 + 266,000/20 + 0.6 x 26,380/9 + 0.4 x 1,672.

Dispatch: in the flood seven trips leave 50 boxes short; in the quake three trips leave 10 tents
short, because only half of W1's stock is usable.
"""

from __future__ import annotations

from typing import Any

from allocator.case import Case
from allocator.plan import Plan
from allocator.schema import RESULT_SHEETS
from tests.tiny import build_case

__all__ = ["Tables", "build_plan", "build_results", "example_case"]

Tables = dict[str, list[dict[str, Any]]]


def example_case() -> Case:
    """The tiny case."""
    return build_case()


def row(names: str, *values: object) -> dict[str, Any]:
    """One line of a table from its column names and values."""
    return dict(zip(names.split(), values, strict=True))


def placement() -> Tables:
    """Warehouses, stock, promises, flows and purchases."""
    decided = (
        "warehouse name decision is_open size_class volume_m3 used_m3 "
        "one_off_cost_cny annual_cost_cny"
    )
    stocked = "warehouse item today_units stock_units buy_units withdraw_units"
    covered = "district item target_hours required_units reachable_units short_units"
    sent = "scenario warehouse district item ship_units"
    return {
        "Open_Warehouses": [
            row(decided, "W1", "甲区储备库", "keep", True, "S", 100, 34.5, 0, 30000),
            row(decided, "W2", "丙县候选库", "open", True, "S", 100, 28, 200000, 30000),
            row(decided, "W3", "邻省储备库", "external", True, None, 0, 40, 0, 0),
        ],
        "Stock_Plan": [
            row(stocked, "W1", "TENT", 50, 60, 10, 0),
            row(stocked, "W1", "WATER", 1000, 900, 0, 100),
            row(stocked, "W2", "TENT", 0, 40, 40, 0),
            row(stocked, "W2", "WATER", 0, 800, 800, 0),
            row(stocked, "W3", "TENT", 200, 200, 0, 0),
        ],
        "Coverage_Result": [
            row(covered, "450101", "TENT", 10, 10, 100, 0),
            row(covered, "450102", "TENT", 10, 5, 100, 0),
            row(covered, "450201", "TENT", 10, 20, 100, 0),
            row(covered, "450201", "WATER", 10, 200, 1700, 0),
        ],
        "Allocation": [
            row(sent, "flood", "W1", "450101", "TENT", 20),
            row(sent, "flood", "W1", "450101", "WATER", 400),
            row(sent, "flood", "W1", "450102", "TENT", 30),
            row(sent, "flood", "W1", "450201", "WATER", 50),
            row(sent, "flood", "W2", "450201", "TENT", 35),
            row(sent, "flood", "W2", "450201", "WATER", 700),
            row(sent, "flood", "W3", "450201", "TENT", 3),
            row(sent, "quake", "W1", "450102", "TENT", 30),
            row(sent, "quake", "W1", "450102", "WATER", 450),
            row(sent, "quake", "W2", "450102", "TENT", 20),
            row(sent, "quake", "W2", "450102", "WATER", 150),
            row(sent, "quake", "W2", "450201", "TENT", 10),
            row(sent, "quake", "W3", "450102", "TENT", 4),
        ],
        "Purchases": [
            row("scenario district item purchase_units", "flood", "450201", "TENT", 1),
        ],
    }


TRIP_COLUMNS = (
    "trip scenario warehouse district fleet release_hours load_start_hours depart_hours "
    "arrive_hours unload_end_hours return_hours load_start_time depart_time unload_end_time "
    "latest_load_start_hours distance_km cost_cny weight_kg volume_m3 approvals"
)


def trips() -> list[dict[str, Any]]:
    """Seven trips in the flood, three in the quake."""
    flood = [
        # 1.125 h door to door; 20 tents
        ("F1", "W1", "450101", "VAN", 0.5, 1, 1.5, 1.625, 2.125, 2.25)
        + ("2026-07-01 09:00", "2026-07-01 09:30", "2026-07-01 10:08")
        + (46.875, 10, 90, 1200, 4, "LOCAL 1"),
        # 1 + 1/6 + 1 h; 400 boxes
        ("F2", "W1", "450101", "TRUCK", 0.5, 1, 2, 13 / 6, 19 / 6, 20 / 6)
        + ("2026-07-01 09:00", "2026-07-01 10:00", "2026-07-01 11:10")
        + (275 / 6, 10, 200, 4000, 10, "LOCAL 1"),
        # 1 + 2 + 1 h; 30 tents
        ("F3", "W1", "450102", "TRUCK", 1.5, 2, 3, 5, 6, 8)
        + ("2026-07-01 10:00", "2026-07-01 11:00", "2026-07-01 14:00")
        + (44, 120, 1300, 1800, 6, "LOCAL 1-2"),
        # 37 tents, 400 boxes
        ("F4", "W2", "450201", "TRUCK", 0.5, 1, 2, 13 / 6, 19 / 6, 20 / 6)
        + ("2026-07-01 09:00", "2026-07-01 10:00", "2026-07-01 11:10")
        + (275 / 6, 10, 200, 6220, 17.4, "LOCAL 1"),
        # 300 boxes, the same truck again
        ("F5", "W2", "450201", "TRUCK", 0.5, 4, 5, 31 / 6, 37 / 6, 38 / 6)
        + ("2026-07-01 12:00", "2026-07-01 13:00", "2026-07-01 14:10")
        + (275 / 6, 10, 200, 3000, 7.5, "LOCAL 1"),
        # 0.5 + 6 (told in Lanes) + 0.5 h; 50 boxes
        ("F6", "W1", "450201", "VAN", 1.5, 3, 3.5, 9.5, 10, 16)
        + ("2026-07-01 11:00", "2026-07-01 11:30", "2026-07-01 18:00")
        + (41, 320, 1330, 500, 1.25, "LOCAL 1-2"),
        # 1 + 15.5 + 1 h; leaves as the lane opens; 3 tents
        ("F7", "W3", "450201", "TRUCK", 5, 7, 8, 23.5, 24.5, 40)
        + ("2026-07-01 15:00", "2026-07-01 16:00", "2026-07-02 08:30")
        + (30.5, 840, 8500, 180, 0.6, "CROSS 1-3"),
    ]
    quake = [
        # 1 + 2 x 1.5 + 1 h; 30 tents, 450 boxes
        ("Q1", "W1", "450102", "TRUCK", 1.5, 2, 3, 6, 7, 10)
        + ("2026-01-11 01:30", "2026-01-11 02:30", "2026-01-11 06:30")
        + (43, 120, 1300, 6300, 17.25, "LOCAL 1-2"),
        # 1 + 3 x 1.5 + 1 h; 20 tents, 150 boxes
        ("Q2", "W2", "450102", "TRUCK", 1.5, 2, 3, 7.5, 8.5, 13)
        + ("2026-01-11 01:30", "2026-01-11 02:30", "2026-01-11 08:00")
        + (41.5, 180, 1900, 2700, 7.75, "LOCAL 1-2"),
        # 10 tents with the same truck as soon as it is back
        ("Q3", "W2", "450201", "TRUCK", 0.5, 13, 14, 85 / 6, 91 / 6, 92 / 6)
        + ("2026-01-11 12:30", "2026-01-11 13:30", "2026-01-11 14:40")
        + (275 / 6, 10, 200, 600, 2, "LOCAL 1"),
    ]
    return [
        row(TRIP_COLUMNS, code, scenario, *rest)
        for scenario, lines in (("flood", flood), ("quake", quake))
        for code, *rest in lines
    ]


def dispatch() -> Tables:
    """Trips, loads, and what the districts get from them."""
    loaded = "scenario trip item load_units weight_kg volume_m3"
    arrived = "scenario district item unload_end_hours arrive_units"
    missed = "scenario district item demand_units served_units unmet_units reason sentence"
    # Weighted units in hand from an hour on: of 2,260 in the flood, of 760 in the quake.
    curves = {
        "flood": (2260, {3: 40, 4: 1388, 6: 1448, 7: 2048, 10: 2148, 25: 2160}),
        "quake": (760, {7: 510, 9: 700, 16: 740}),
    }
    return {
        "Dispatch_Trips": trips(),
        "Loading_List": [
            row(loaded, "flood", "F1", "TENT", 20, 1200, 4),
            row(loaded, "flood", "F2", "WATER", 400, 4000, 10),
            row(loaded, "flood", "F3", "TENT", 30, 1800, 6),
            row(loaded, "flood", "F4", "TENT", 37, 2220, 7.4),
            row(loaded, "flood", "F4", "WATER", 400, 4000, 10),
            row(loaded, "flood", "F5", "WATER", 300, 3000, 7.5),
            row(loaded, "flood", "F6", "WATER", 50, 500, 1.25),
            row(loaded, "flood", "F7", "TENT", 3, 180, 0.6),
            row(loaded, "quake", "Q1", "TENT", 30, 1800, 6),
            row(loaded, "quake", "Q1", "WATER", 450, 4500, 11.25),
            row(loaded, "quake", "Q2", "TENT", 20, 1200, 4),
            row(loaded, "quake", "Q2", "WATER", 150, 1500, 3.75),
            row(loaded, "quake", "Q3", "TENT", 10, 600, 2),
        ],
        "Arrivals": [
            row(arrived, "flood", "450101", "TENT", 2.125, 20),
            row(arrived, "flood", "450101", "WATER", 19 / 6, 400),
            row(arrived, "flood", "450102", "TENT", 6, 30),
            row(arrived, "flood", "450201", "TENT", 19 / 6, 37),
            row(arrived, "flood", "450201", "TENT", 24.5, 3),
            row(arrived, "flood", "450201", "WATER", 19 / 6, 400),
            row(arrived, "flood", "450201", "WATER", 37 / 6, 300),
            row(arrived, "flood", "450201", "WATER", 10, 50),
            row(arrived, "quake", "450102", "TENT", 7, 30),
            row(arrived, "quake", "450102", "TENT", 8.5, 20),
            row(arrived, "quake", "450102", "WATER", 7, 450),
            row(arrived, "quake", "450102", "WATER", 8.5, 150),
            row(arrived, "quake", "450201", "TENT", 91 / 6, 10),
        ],
        "Served_By_Hour": [
            row(
                "scenario hour served_share",
                scenario,
                hour,
                max((units for since, units in steps.items() if since <= hour), default=0) / total,
            )
            for scenario, (total, steps) in curves.items()
            for hour in range(49)
        ],
        "Shortages": [
            row(missed, "flood", "450201", "WATER", 800, 750, 50, "other", "50 boxes."),
            row(missed, "quake", "450102", "TENT", 60, 50, 10, "no_stock", "10 tents."),
        ],
    }


def stages() -> list[dict[str, Any]]:
    """Objectives with bounds that are merely plausible: the replay cannot prove them."""
    cost = 82520 + 266000 / 20 + 0.6 * 26380 / 9 + 0.4 * 1672
    flood = 85 + 400 * 19 / 6 + 360 + 4 * (37 * 19 / 6 + 73.5)
    flood += 2 * (400 * 19 / 6 + 300 * 37 / 6 + 500 + 50 * 48)
    quake = 2 * (210 + 170 + 480) + 450 * 5 + 150 * 6.5 + 40 * 91 / 6
    # What even the first arrivals cannot avoid: the van reaches 450101 at 2.125 h and 450102 at
    # 4.5 h (5.25 h on slow roads), W2's truck 450201 at 19/6 h; the rest of the 48 h for what stays
    # unmet, 100 of the flood (60 of it in 450102) and 20 of the quake.
    flood_floor = 40 * 2.125 + 400 * 2.125 + 60 * 4.5 + 1760 * 19 / 6
    flood_floor += 60 * (48 - 4.5) + 40 * (48 - 19 / 6)
    quake_floor = 120 * 5.25 + 600 * (5.25 - 2) + 40 * 19 / 6 + 20 * (48 - 5.25)
    reached = [
        # part, stage, objective, bound, floor
        ("placement", "unmet", 67.2, 60, None),
        ("placement", "waiting", 17940.8, 17000, 60 * 96),
        ("placement", "cost", cost, 90000, None),
        ("flood", "unmet", 100, 100, None),
        ("flood", "waiting", flood, 14000, flood_floor),
        ("flood", "cost", 11820, 11000, None),
        ("quake", "unmet", 20, 20, None),
        ("quake", "waiting", quake, 5500, quake_floor),
        ("quake", "cost", 3400, None, None),
    ]
    rows = []
    for part, stage, objective, bound, floor in reached:
        gap = None if bound is None else (objective - bound) / objective
        rows.append(
            {
                "part": part,
                "stage": stage,
                "objective": objective,
                "bound": bound,
                "gap": gap,
                "controllable_gap": floor and (objective - bound) / (objective - floor),
                "floor": floor,
                "status": "optimal" if gap == 0 else "time_limit" if gap is None else "within_gap",
                "seconds": 0.5,
            }
        )
    return rows


def build_results() -> Tables:
    """Raw values of the example plan by sheet, fresh each time, to be changed at will."""
    raw = {
        **placement(),
        **dispatch(),
        "Stages": stages(),
        "Summary": [row("topic figure sentence", "unmet", "67.2", "by hand")],
        "Run_Info": [row("name text", "case_digest", example_case().digest)],
    }
    return {sheet: raw.get(sheet, []) for sheet in RESULT_SHEETS}


def build_plan(results: Tables | None = None) -> Plan:
    """The example plan, or a plan of these tables, whose cells may hold anything.

    Rows are made without validation, as a hand-made or damaged file might have them.
    """
    chosen = build_results() if results is None else results
    return Plan(
        {
            sheet: tuple(kind.model_construct(**line) for line in chosen[sheet])
            for sheet, kind in RESULT_SHEETS.items()
            if chosen.get(sheet)
        }
    )
