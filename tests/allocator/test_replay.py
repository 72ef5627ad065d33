"""The replay certifies plans that are right, and says what they are worth."""

from __future__ import annotations

import math
from typing import Any

import pytest

from allocator.replay import Verdict, plan_digest, verify
from tests.allocator.replay_example import Tables, build_plan, build_results
from tests.tiny import build_case, build_tables

DISPATCH_SHEETS = (
    "Dispatch_Trips",
    "Loading_List",
    "Arrivals",
    "Served_By_Hour",
    "Shortages",
    "Stages",
)

WAITING_FLOOD = 85 + 400 * 19 / 6 + 360 + 4 * (37 * 19 / 6 + 73.5)
WAITING_FLOOD += 2 * (400 * 19 / 6 + 300 * 37 / 6 + 500 + 50 * 48)


def check(results: Tables, tables: Tables | None = None) -> Verdict:
    """What the replay says of changed tables; without the digest of the unchanged case."""
    results["Run_Info"] = []
    return verify(build_case(tables), build_plan(results))


def test_the_hand_made_plan_is_certified() -> None:
    """A legal plan passes, with the objectives that were worked out by hand."""
    verdict = verify(build_case(), build_plan())
    assert verdict.violations == ()
    assert verdict.certified
    assert verdict.objective == pytest.approx(17940.8)
    found = {(part, stage): value for part, stage, value in verdict.stages}
    assert found["placement", "unmet"] == pytest.approx(67.2)
    assert found["placement", "cost"] == pytest.approx(98247.46667)
    assert found["flood", "waiting"] == pytest.approx(WAITING_FLOOD)
    assert found["flood", "cost"] == pytest.approx(11820)
    assert found["quake", "unmet"] == pytest.approx(20)
    assert found["quake", "waiting"] == pytest.approx(5551.66667)
    assert len(found) == 9


def test_the_verdict_has_the_keys_of_the_json_contract() -> None:
    """``allocator verify --json`` prints certified, violations and the recomputed objective."""
    document = check(build_results(), None).as_dict()
    assert document["certified"] is True
    assert document["violations"] == []
    assert document["objective"] == pytest.approx(17940.8)
    results = build_results()
    results["Allocation"][0]["ship_units"] = 21
    document = check(results).as_dict()
    assert document["certified"] is False
    assert set(document["violations"][0]) == {"rule", "where", "amount", "message"}


def dispatch_only(scenario: str) -> Tables:
    """The example's dispatch of one scenario, without a placement."""
    results = build_results()
    for sheet in list(results):
        key = "part" if sheet == "Stages" else "scenario"
        lines = results[sheet] if sheet in DISPATCH_SHEETS else []
        results[sheet] = [line for line in lines if line[key] == scenario]
    return results


def from_today(results: Tables, *trips: str) -> None:
    """Keep only some trips."""
    for sheet in ("Dispatch_Trips", "Loading_List"):
        results[sheet] = [line for line in results[sheet] if line["trip"] in trips]


def test_without_a_placement_trips_leave_from_todays_stock() -> None:
    """W1 sends today's tents and water; the candidate W2 has nothing and stays shut."""
    results = dispatch_only("quake")
    from_today(results, "Q1")
    load = results["Loading_List"]
    # Half of today's 50 tents and 1,000 boxes.
    load[0].update(load_units=25, weight_kg=1500, volume_m3=5)
    load[1].update(load_units=500, weight_kg=5000, volume_m3=12.5)
    results["Dispatch_Trips"][0].update(weight_kg=6500, volume_m3=17.5)
    place = {"scenario": "quake", "district": "450102", "unload_end_hours": 7}
    results["Arrivals"] = [
        {**place, "item": "TENT", "arrive_units": 25},
        {**place, "item": "WATER", "arrive_units": 500},
    ]
    for line in results["Served_By_Hour"]:
        line["served_share"] = 550 / 760 if line["hour"] >= 7 else 0
    short = {"scenario": "quake", "district": "450102", "item": "TENT"}
    results["Shortages"] = [
        {**short, "demand_units": 60, "served_units": 25, "unmet_units": 35},
        {**short, "item": "WATER", "demand_units": 600, "served_units": 500, "unmet_units": 100},
        {
            **short,
            "district": "450201",
            "demand_units": 10,
            "served_units": 0,
            "unmet_units": 10,
        },
    ]
    waiting = 2 * (25 * 7 + 35 * 48) + 500 * 5 + 100 * 46 + 4 * 10 * 48
    reached = {"unmet": 2 * 35 + 100 + 4 * 10, "waiting": waiting, "cost": 1300}
    for line in results["Stages"]:
        line.update(objective=reached[line["stage"]], bound=None, gap=None, controllable_gap=None)
        line.update(status="time_limit", floor=None)
    verdict = check(results)
    assert verdict.violations == ()
    assert verdict.objective == pytest.approx(waiting)
    load[0]["load_units"] = 26
    assert "warehouse_stock" in {violation.rule for violation in check(results).violations}


def test_a_scenario_without_any_trip_can_be_certified() -> None:
    """Nothing sent is a plan with named shortages."""
    results = dispatch_only("quake")
    from_today(results)
    results["Arrivals"] = []
    for line in results["Served_By_Hour"]:
        line["served_share"] = 0
    needs = {("450102", "TENT"): 60, ("450102", "WATER"): 600, ("450201", "TENT"): 10}
    results["Shortages"] = [
        {
            "scenario": "quake",
            "district": district,
            "item": item,
            "demand_units": units,
            "served_units": 0,
            "unmet_units": units,
        }
        for (district, item), units in needs.items()
    ]
    waiting = 2 * 60 * 48 + 600 * 46 + 4 * 10 * 48
    for line, value in zip(results["Stages"], (760, waiting, 0), strict=True):
        line.update(objective=value, bound=value, gap=0, controllable_gap=None, status="optimal")
        line["floor"] = None
    assert check(results).violations == ()


def one_stage(results: Tables, part: str, stage: str, objective: float) -> None:
    """Replace a part's stages by one."""
    keep = [line for line in results["Stages"] if line["part"] != part]
    line: dict[str, Any] = {
        "part": part,
        "stage": stage,
        "objective": objective,
        "bound": None,
        "gap": None,
        "controllable_gap": None,
        "status": "time_limit",
        "seconds": 1,
    }
    results["Stages"] = [*keep, line]


# Hours of waiting and unmet units by item, worked out as in the example; priorities of districts
# count (450201 twice), those of items do not.
BAND_HOURS = {
    "flood": {
        "TENT": 6 * 20 + 6 * 30 + 2 * (6 * 35 + 72 * 3 + 72),
        "WATER": 6 * 400 + 2 * (6 * 700 + 14 * 50),
    },
    "quake": {"TENT": 6 * 30 + 14 * 20 + 2 * 6 * 10 + 72 * 4, "WATER": 6 * 450 + 14 * 150},
}
UNMET = {"flood": {"TENT": 2, "WATER": 100}, "quake": {"TENT": 6, "WATER": 0}}
COST = 82520 + 266000 / 20 + 0.6 * 26380 / 9 + 0.4 * 1672


def expected(by_scenario: dict[str, dict[str, int]], tent: float, water: float) -> float:
    """Probable value of units or hours at a price for each item."""
    flood, quake = by_scenario["flood"], by_scenario["quake"]
    return 0.6 * (tent * flood["TENT"] + water * flood["WATER"]) + 0.4 * (
        tent * quake["TENT"] + water * quake["WATER"]
    )


def test_objective_social_adds_waiting_and_unmet_need_in_money() -> None:
    """Social is the cost with waiting at 10 and 1 and unmet need at 20,000 and 500."""
    results = build_results()
    value = COST + expected(BAND_HOURS, 10, 1) + expected(UNMET, 20000, 500)
    one_stage(results, "placement", "social", value)
    verdict = check(results)
    assert verdict.violations == ()
    assert verdict.objective == pytest.approx(value)


def test_objective_cost_keeps_the_unmet_need_only() -> None:
    """The one stage cost leaves waiting out of social."""
    results = build_results()
    one_stage(results, "placement", "cost", COST + expected(UNMET, 20000, 500))
    assert check(results).violations == ()
    one_stage(results, "placement", "cost", COST)
    assert "stage_objective" in {violation.rule for violation in check(results).violations}


def test_dispatch_objectives_in_money() -> None:
    """Social and cost of a dispatch, from backlog hours and unmet units."""
    tents = 20 * 2.125 + 30 * 6 + 2 * (37 * 19 / 6 + 3 * 24.5)
    boxes = 400 * 19 / 6 + 2 * (400 * 19 / 6 + 300 * 37 / 6 + 50 * 10 + 50 * 48)
    unmet = 500 * 2 * 50
    for stage, value in (("social", 11820 + 10 * tents + boxes + unmet), ("cost", 11820 + unmet)):
        results = build_results()
        one_stage(results, "flood", stage, value)
        assert check(results).violations == (), stage


def test_the_tail_joins_scenarios_by_conditional_value_at_risk() -> None:
    """With alpha 0.5 and weight 0.25 the worst half is all flood."""
    tables = build_tables()
    tables["Settings"][0].update(cvar_alpha=0.5, cvar_weight=0.25)
    results = build_results()
    transport = 0.6 * 26380 / 9 + 0.4 * 1672
    joint = {
        "unmet": 0.75 * 67.2 + 0.25 * 104,
        "waiting": 0.75 * 17940.8 + 0.25 * 24776,
        "cost": COST - transport + 0.75 * transport + 0.25 * 26380 / 9,
    }
    for line in results["Stages"]:
        if line["part"] == "placement":
            line.update(objective=joint[line["stage"]], bound=None, gap=None)
            line.update(controllable_gap=None, floor=None, status="time_limit")
    assert check(results, tables).violations == ()


def test_waiting_counts_from_the_order_on_the_order_clock() -> None:
    """Moving the order to hour 2.7 brings the first loads of W2 into an earlier band."""
    tables = build_tables()
    tables["Settings"][0].update(clock="order", order_hours=2.7)
    for line in tables["Scenarios"]:
        line["order_hours"] = 2.7
    tables["Waiting_Bands"][0].update(up_to_hours=0.5, deprivation_hours=1)
    results = build_results()
    for sheet in DISPATCH_SHEETS[:-1]:
        results[sheet] = []
    results["Stages"] = results["Stages"][:3]
    verdict = check(results, tables)
    found = {stage: value for _, stage, value in verdict.stages}
    # In hand within half an hour of the order: what leaves W1 for 450101 and W2 for 450201.
    flood = 2 * 1 * 20 + 1 * 400 + 2 * 14 * 30 + 4 * 1 * 35 + 2 * 1 * 700 + 4 * 32 * 3
    flood += 2 * 14 * 50 + 4 * 72 * 1 + 96 * 104
    quake = 2 * 14 * 30 + 14 * 450 + 2 * 14 * 20 + 4 * 1 * 10 + 14 * 150 + 2 * 32 * 4 + 96 * 12
    assert found["waiting"] == pytest.approx(0.6 * flood + 0.4 * quake)
    assert [violation.rule for violation in verdict.violations] == ["stage_objective"]


def test_without_an_event_time_clock_texts_are_empty() -> None:
    """No event time in scenario or settings: the texts must be empty, and then pass."""
    tables = build_tables()
    tables["Settings"][0]["event_time"] = None
    for line in tables["Scenarios"]:
        line["event_time"] = None
    results = build_results()
    assert {violation.rule for violation in check(results, tables).violations} == {"trip_clock"}
    for line in results["Dispatch_Trips"]:
        line.update(load_start_time="", depart_time="", unload_end_time="")
    assert check(results, tables).violations == ()


def test_an_event_time_without_an_offset_is_read_as_china_standard_time() -> None:
    """08:00 without an offset and 00:00 UTC are the same start of the clock."""
    for text in ("2026-07-01T08:00:00", "2026-07-01T00:00:00+00:00"):
        tables = build_tables()
        tables["Scenarios"][0]["event_time"] = text
        assert check(build_results(), tables).violations == ()


def test_a_shut_candidate_need_not_be_listed() -> None:
    """Nothing is wrong with a candidate that is neither listed nor used."""
    results = build_results()
    tables = build_tables()
    tables["Warehouses"].append(
        {
            "warehouse": "W5",
            "name": "乙县候选库",
            "state": "candidate",
            "level": "county",
            "district": "450102",
        }
    )
    assert check(results, tables).violations == ()


def test_small_rounding_of_figures_is_no_violation() -> None:
    """Figures kept to six decimals still add up."""
    results = build_results()
    for lines in results.values():
        for line in lines:
            for name, cell in line.items():
                if isinstance(cell, float):
                    line[name] = round(cell, 6)
    assert check(results).violations == ()


def test_the_plan_digest_ignores_notes_and_order() -> None:
    """Equal content gives an equal digest; a changed figure gives another."""
    digest = plan_digest(build_plan())
    results = build_results()
    results["Allocation"].reverse()
    results["Shortages"][0]["sentence"] = "rewritten"
    results["Stages"][0]["seconds"] = 99.0
    results["Stock_Plan"][0]["stock_units"] = 60.0
    assert plan_digest(build_plan(results)) == digest
    results["Stock_Plan"][0]["stock_units"] = math.nextafter(60.0, 61.0)
    assert plan_digest(build_plan(results)) != digest
