"""Every rule of the replay, broken once and caught by its name."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pytest

from allocator.replay import RULES, Verdict, plan_digest, verify
from tests.allocator.replay_example import Tables, build_plan, build_results
from tests.allocator.result_edits import Change, append, delete, edit, find
from tests.tiny import build_case, build_tables


@dataclass(frozen=True)
class Breach:
    """A change of the case, of the plan, or of both that breaks a rule."""

    rule: str
    plan: Change | None = None
    case: Change | None = None

    def verdict(self) -> Verdict:
        """What the replay says of the changed pair."""
        tables, results = build_tables(), build_results()
        results["Run_Info"] = []
        if self.case:
            self.case(tables)
        if self.plan:
            self.plan(results)
        return verify(build_case(tables), build_plan(results))


W1_STAYS = {"warehouse": "W1"}
W2_SHUT = edit(
    "Open_Warehouses",
    {"warehouse": "W2"},
    decision="keep",
    is_open=False,
    size_class=None,
    volume_m3=0,
    one_off_cost_cny=0,
    annual_cost_cny=0,
)
FIRST_FLOW = {"scenario": "flood", "warehouse": "W1", "district": "450101", "item": "TENT"}
ROADS_CUT = edit("Scenario_Damage", {"district": "450102"}, is_cut_off=True)
RESERVE_198 = edit("Stock", {"warehouse": "W3"}, home_reserve_units=198)
W3_EXPIRES = edit("Stock", {"warehouse": "W3"}, expiry_date="2026-07-01")
WAITING = {"part": "placement", "stage": "waiting"}


def no_departures(tables: Tables) -> None:
    """Let nothing set off in the flood's first two hours."""
    tables["Hours"] = [{"kind": "no_departure", "from_hours": 0, "to_hours": 2}]


def in_company(tables: Tables) -> None:
    """Let nothing leave W1 for its own district alone."""
    tables["Hours"] = [
        {"kind": "convoy", "amount": 2, "warehouse": "W1", "district": "450101", "to_hours": 2},
    ]


def nothing_with_tents(tables: Tables) -> None:
    """Let tents and water travel apart only."""
    tables["Segregation"] = [{"item": "WATER", "other_item": "TENT"}]


F1_TENTS = {"trip": "F1", "item": "TENT"}


def one_unit_of_a(tables: Tables) -> None:
    """Move the tents of lot A to lot B, but one."""
    find(tables, "Stock", {"lot": "A"})["stock_units"] = 1
    find(tables, "Stock", {"lot": "B"})["stock_units"] = 49


def trip(code: str, **cells: Any) -> Change:
    """Change cells of a trip."""
    return edit("Dispatch_Trips", {"trip": code}, **cells)


def moved(code: str, load_start_hours: float) -> Change:
    """Move a trip with all its hours, its clock texts apart."""

    def change(results: Tables) -> None:
        line = find(results, "Dispatch_Trips", {"trip": code})
        shift = load_start_hours - line["load_start_hours"]
        for name in ("load_start", "depart", "arrive", "unload_end", "return"):
            line[f"{name}_hours"] += shift

    return change


def emptied(results: Tables) -> None:
    """Take all lines out of all sheets."""
    for lines in results.values():
        lines.clear()


TABLE_BREACHES = [
    Breach("cell_missing", edit("Allocation", FIRST_FLOW, ship_units=None)),
    Breach("cell_kind", edit("Allocation", FIRST_FLOW, ship_units="many")),
    Breach("cell_kind", edit("Allocation", FIRST_FLOW, ship_units=True)),
    Breach("cell_kind", edit("Open_Warehouses", W1_STAYS, is_open="yes")),
    Breach("cell_kind", edit("Open_Warehouses", W1_STAYS, warehouse=1)),
    Breach("cell_kind", edit("Served_By_Hour", {"hour": 4}, hour=4.5)),
    Breach("cell_number", edit("Allocation", FIRST_FLOW, ship_units=math.nan)),
    Breach("cell_number", edit("Stages", WAITING, bound=-math.inf)),
    Breach("cell_range", edit("Allocation", FIRST_FLOW, ship_units=-3)),
    Breach("cell_range", edit("Loading_List", {"trip": "F1"}, load_units=0)),
    Breach("cell_range", edit("Served_By_Hour", {"hour": 4}, served_share=1.5)),
    Breach("cell_choice", edit("Open_Warehouses", W1_STAYS, decision="sell")),
    Breach("code_known", edit("Allocation", FIRST_FLOW, warehouse="W9")),
    Breach("code_known", edit("Dispatch_Trips", {"trip": "F1"}, district="459999")),
    Breach("row_unique", append("Allocation", **FIRST_FLOW, ship_units=0)),
    Breach("plan_empty", emptied),
    Breach("case_digest", append("Run_Info", name="case_digest", text="0" * 64)),
]

PLACEMENT_BREACHES = [
    Breach("warehouse_listed", delete("Open_Warehouses", warehouse="W1")),
    Breach("warehouse_decision", edit("Open_Warehouses", W1_STAYS, decision="open")),
    Breach(
        "warehouse_decision",
        edit("Open_Warehouses", W1_STAYS, decision="close", is_open=False),
        edit("Warehouses", {"warehouse": "W1"}, can_close=False),
    ),
    Breach("warehouse_open_flag", edit("Open_Warehouses", {"warehouse": "W2"}, is_open=False)),
    Breach("warehouse_open_flag", edit("Open_Warehouses", {"warehouse": "W3"}, is_open=False)),
    Breach("warehouse_size_class", edit("Open_Warehouses", W1_STAYS, size_class="L")),
    Breach("warehouse_size_class", edit("Open_Warehouses", W1_STAYS, decision="resize")),
    Breach("warehouse_size_class", edit("Open_Warehouses", {"warehouse": "W2"}, size_class=None)),
    Breach(
        "warehouse_size_class",
        case=edit("Size_Classes", {"size_class": "S"}, is_buildable=False),
    ),
    Breach(
        "warehouse_size_class",
        edit("Open_Warehouses", {"warehouse": "W2"}, size_class="L", volume_m3=300),
        edit("Warehouses", {"warehouse": "W2"}, max_size_class="S"),
    ),
    Breach("warehouse_one_off_cost", edit("Open_Warehouses", W1_STAYS, one_off_cost_cny=1)),
    Breach("warehouse_annual_cost", edit("Open_Warehouses", W1_STAYS, annual_cost_cny=1)),
    Breach("warehouse_volume_told", edit("Open_Warehouses", W1_STAYS, volume_m3=101)),
    Breach("warehouse_volume_used", edit("Open_Warehouses", W1_STAYS, used_m3=34)),
    Breach("warehouse_volume", case=edit("Warehouses", {"warehouse": "W1"}, volume_m3=34)),
    Breach("stock_listed", delete("Stock_Plan", warehouse="W1", item="WATER")),
    Breach("stock_today", edit("Stock_Plan", {"item": "TENT"}, today_units=51)),
    Breach("stock_today", case=edit("Stock", {"lot": "A"}, stock_units=31)),
    Breach("stock_balance", edit("Stock_Plan", {"item": "TENT"}, stock_units=61)),
    Breach(
        "stock_external",
        edit("Stock_Plan", {"warehouse": "W3"}, buy_units=5, stock_units=205),
    ),
    Breach("stock_closed", W2_SHUT),
    Breach("capital_budget", case=edit("Settings", capital_budget_cny=265999)),
    Breach("annual_budget", case=edit("Settings", annual_budget_cny=82519)),
    Breach("home_reserve_stock", case=edit("Stock", {"lot": "A"}, home_reserve_units=61)),
    Breach("home_reserve_shipments", case=RESERVE_198),
    Breach("allocation_warehouse_open", W2_SHUT),
    Breach("allocation_lane", case=ROADS_CUT),
    Breach("allocation_lane", case=edit("Lanes", {"warehouse": "W3"}, closed_to_hours=None)),
    Breach("allocation_arrival", case=edit("Settings", horizon_hours=24.4)),
    Breach("warehouse_supply", case=edit("Scenario_Damage", {"warehouse": "W1"}, usable_share=0.4)),
    Breach("purchase_possible", case=edit("Items", {"item": "TENT"}, purchase_price_cny=None)),
    Breach("purchase_arrival", case=edit("Items", {"item": "TENT"}, purchase_hours=48.5)),
    Breach("purchase_limit", edit("Purchases", purchase_units=5.5)),
    Breach("demand_balance", edit("Allocation", FIRST_FLOW, ship_units=20.1)),
    Breach("demand_balance", edit("Allocation", FIRST_FLOW, scenario="quake")),
    Breach("served_share_floor", case=edit("Settings", min_served_share=0.95)),
    Breach("single_sourcing", case=edit("Settings", is_single_sourced=True)),
    Breach("coverage_promise", edit("Coverage_Result", target_hours=9)),
    Breach("coverage_listed", delete("Coverage_Result", item="WATER")),
    Breach("coverage_required", edit("Coverage_Result", required_units=11)),
    Breach("coverage_reachable", edit("Coverage_Result", reachable_units=99)),
    Breach("coverage_short", edit("Coverage_Result", short_units=1)),
    Breach("coverage_hard", case=edit("Coverage", {"item": "WATER"}, units_per_1000_people=86)),
]

STAGE_BREACHES = [
    Breach("stage_part", edit("Stages", WAITING, part="storm")),
    Breach("stage_set", delete("Stages", part="flood", stage="waiting")),
    Breach("stage_known", edit("Stages", WAITING, stage="hope")),
    Breach("stage_objective", edit("Stages", WAITING, objective=17941)),
    Breach("stage_objective", edit("Stages", {"part": "flood", "stage": "cost"}, objective=11821)),
    Breach("stage_bound", edit("Stages", WAITING, bound=17941)),
    Breach("stage_gap", edit("Stages", WAITING, gap=0.05)),
    Breach("stage_gap", edit("Stages", WAITING, gap=None)),
    Breach("stage_gap", edit("Stages", WAITING, bound=None)),
    Breach("stage_gap", edit("Stages", WAITING, bound=16000)),
    Breach("stage_floor", edit("Stages", WAITING, floor=5761)),
    Breach("stage_floor", edit("Stages", WAITING, floor=None)),
    Breach("stage_floor", edit("Stages", {"part": "flood", "stage": "waiting"}, floor=11182)),
    Breach("stage_floor", edit("Stages", {"part": "flood", "stage": "unmet"}, floor=1)),
    Breach("stage_controllable_gap", edit("Stages", WAITING, controllable_gap=0.07)),
    Breach(
        "stage_controllable_gap",
        edit("Stages", {"part": "quake", "stage": "cost"}, controllable_gap=0.07),
    ),
    Breach("stage_status", edit("Stages", WAITING, status="infeasible")),
    Breach("stage_status", edit("Stages", WAITING, status="optimal")),
]

DISPATCH_BREACHES = [
    Breach("trip_warehouse_open", W2_SHUT),
    Breach("trip_fleet", trip("F4", fleet="VAN")),
    Breach("trip_available", moved("F7", 5)),
    Breach("trip_lane", case=ROADS_CUT),
    Breach("trip_lane", case=edit("Vehicles", {"fleet": "VAN"}, mode="air")),
    Breach("trip_closure", moved("F7", 6)),
    Breach("trip_departure_hours", case=no_departures),
    Breach("vehicle_segregation", case=nothing_with_tents),
    Breach("convoy_company", case=in_company),
    Breach("trip_depart", trip("F1", depart_hours=2)),
    Breach("trip_arrive", trip("F1", arrive_hours=2)),
    Breach("trip_unload_end", trip("F1", unload_end_hours=2)),
    Breach("trip_return", trip("F1", return_hours=2)),
    Breach("trip_latest_load_start", trip("F1", latest_load_start_hours=46)),
    Breach("trip_load_start_grid", moved("F5", 4.5)),
    Breach("trip_deadline", case=edit("Settings", horizon_hours=24)),
    Breach("trip_deadline", moved("F6", 42)),
    Breach("trip_distance", trip("F1", distance_km=11)),
    Breach("trip_cost", trip("F1", cost_cny=91)),
    Breach("trip_weight", trip("F1", weight_kg=1201)),
    Breach("trip_volume", trip("F1", volume_m3=4.1)),
    Breach("vehicle_payload", case=edit("Vehicles", {"fleet": "TRUCK"}, payload_kg=6299)),
    Breach("vehicle_volume", case=edit("Vehicles", {"fleet": "TRUCK"}, volume_m3=17.3)),
    Breach("trip_state", trip("F1", state="left")),
    Breach("trip_load_list", delete("Loading_List", trip="F1")),
    Breach("loading_trip", delete("Dispatch_Trips", trip="F1")),
    Breach("loading_scenario", edit("Loading_List", {"trip": "F1"}, scenario="quake")),
    Breach("loading_whole_units", edit("Loading_List", {"trip": "F1"}, load_units=19.5)),
    Breach("loading_weight", edit("Loading_List", {"trip": "F1"}, weight_kg=1199)),
    Breach("loading_volume", edit("Loading_List", {"trip": "F1"}, volume_m3=3.9)),
    Breach("trip_release_told", trip("F1", release_hours=0.4)),
    Breach("trip_release", moved("F3", 1)),
    Breach("trip_release", case=edit("Approval_Steps", {"step": "1"}, duration_hours=1.5)),
    Breach("trip_clock", trip("F1", depart_time="2026-07-01 09:31")),
    Breach("trip_clock", trip("F1", depart_time="")),
    Breach("trip_clock", trip("F1", depart_time="soon")),
    Breach("trip_clock", trip("F1", depart_time="2026-7-1 09:30")),
    Breach("fleet_vehicles", moved("Q3", 12)),
    Breach("fleet_vehicles", case=edit("Fleets", {"warehouse": "W1"}, vehicles_count=1)),
    Breach("lot_told", edit("Loading_List", F1_TENTS, lot="A")),
    Breach("lot_known", edit("Loading_List", F1_TENTS, lot="Z")),
    Breach("lot_units", edit("Loading_List", F1_TENTS, lot="A"), one_unit_of_a),
    Breach("lot_good", edit("Loading_List", {"trip": "F7"}, lot="1"), W3_EXPIRES),
    Breach("lasting_stock", case=W3_EXPIRES),
    Breach("lot_order", edit("Loading_List", F1_TENTS, lot="B")),
    Breach("warehouse_docks", moved("F3", 1)),
    Breach("warehouse_docks", case=edit("Warehouses", {"warehouse": "W1"}, docks_per_hour=1.9)),
    Breach(
        "district_receiving",
        case=edit("Districts", {"district": "450201"}, receive_m3_per_hour=17.3),
    ),
    Breach("warehouse_stock", case=edit("Scenario_Damage", {"warehouse": "W1"}, usable_share=0.49)),
    Breach("home_reserve_loads", case=RESERVE_198),
    Breach("demand_delivered", edit("Loading_List", {"trip": "F3"}, load_units=31)),
    Breach("arrival_units", edit("Arrivals", arrive_units=21)),
    Breach("arrival_units", delete("Arrivals", item="WATER")),
    Breach(
        "arrival_trip",
        append(
            "Arrivals",
            scenario="flood",
            district="450102",
            item="WATER",
            unload_end_hours=9,
            arrive_units=0,
        ),
    ),
    Breach("served_hour", delete("Served_By_Hour", scenario="quake", hour=48)),
    Breach("served_share", edit("Served_By_Hour", {"hour": 9}, served_share=0.9)),
    Breach("served_share", edit("Served_By_Hour", {"hour": 48}, hour=49, served_share=1)),
    Breach("shortage_listed", delete("Shortages", scenario="quake")),
    Breach(
        "shortage_need",
        append(
            "Shortages",
            scenario="quake",
            district="450101",
            item="TENT",
            demand_units=0,
            served_units=0,
            unmet_units=0,
        ),
    ),
    Breach("shortage_demand", edit("Shortages", demand_units=801)),
    Breach("shortage_served", edit("Shortages", served_units=751)),
    Breach("shortage_unmet", edit("Shortages", unmet_units=49)),
]

BREACHES = TABLE_BREACHES + PLACEMENT_BREACHES + STAGE_BREACHES + DISPATCH_BREACHES


@pytest.mark.parametrize(
    "breach", [pytest.param(each, id=f"{k}-{each.rule}") for k, each in enumerate(BREACHES)]
)
def test_each_broken_rule_is_caught_by_its_name(breach: Breach) -> None:
    """A change that breaks a rule yields a violation of that rule, in words with a way out."""
    verdict = breach.verdict()
    assert not verdict.certified
    found = [violation for violation in verdict.violations if violation.rule == breach.rule]
    assert found, [violation.rule for violation in verdict.violations]
    for violation in found:
        assert violation.amount >= 0
        assert violation.message.startswith(f"{violation.where}: ")
        assert ". Maybe " in violation.message
        assert violation.message.endswith(".")


def test_a_row_of_another_sheet_is_caught() -> None:
    """A row that belongs to another sheet is a violation, not a traceback."""
    plan = build_plan()
    tables = {**plan.tables, "Purchases": plan.tables["Stages"]}
    verdict = verify(build_case(), type(plan)(tables))
    assert "table_rows" in {violation.rule for violation in verdict.violations}


def test_the_plan_digest_catches_what_the_tolerances_let_pass() -> None:
    """A stock figure off by a millionth passes the sums but not the digest."""
    results = build_results()
    results["Run_Info"].append({"name": "plan_digest", "text": plan_digest(build_plan(results))})
    assert verify(build_case(), build_plan(results)).certified
    find(results, "Allocation", FIRST_FLOW)["ship_units"] -= 1e-7
    verdict = verify(build_case(), build_plan(results))
    assert [violation.rule for violation in verdict.violations] == ["plan_digest"]


def test_every_rule_has_a_breach() -> None:
    """Each rule is broken by some test above; those with a prefix below have their own."""
    special = {"table_rows", "plan_digest"}
    elsewhere = ("location_", "responsible_", "loss_", "worth_", "change_", "trip_change_")
    elsewhere += ("hub_", "leg_", "account_")
    others = {rule for rule in RULES if rule.startswith(elsewhere)}
    assert {breach.rule for breach in BREACHES} | special == set(RULES) - others


def test_every_violation_has_a_known_rule() -> None:
    """All breaches together yield only rules that are described."""
    names = {violation.rule for breach in BREACHES for violation in breach.verdict().violations}
    assert names <= set(RULES)
