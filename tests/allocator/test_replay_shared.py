"""What the trips of several re-plans share: who answers for what, worked out by hand."""

from __future__ import annotations

import pytest

from allocator.replay import verify
from tests.allocator.replan_edits import (
    also,
    amounts,
    certify,
    moved,
    told,
    trip,
    untold,
    violations,
)
from tests.allocator.replan_example import B, C, replan_case, replan_results
from tests.allocator.replay_example import build_plan, build_results, example_case, row
from tests.allocator.result_edits import Change, append, both, edit, find


def test_the_ledger_is_carried_from_revision_to_revision() -> None:
    """40 tents are left at hour 6, and with a larger home reserve 10 of them may go abroad."""
    assert violations("warehouse_stock", told("stock_found", amount=5)) == []
    assert amounts(violations("warehouse_stock", told("stock_found", amount=4))) == [1]
    lost = also("stock_lost", 6, warehouse="W1", item="TENT", amount=5)
    reserve = edit("Stock", home_reserve_units=80)
    assert violations("home_reserve_loads", lost, reserve) == []
    assert violations("warehouse_stock", lost, reserve) == []
    lost = also("stock_lost", 6, warehouse="W1", item="TENT", amount=6)
    found = violations("home_reserve_loads", lost, reserve)
    assert amounts(found) == [1]
    assert found[0].where == "scenario flood, re-plan at hour 6, warehouse W1, item TENT"


def test_what_may_go_abroad_does_not_fall_below_zero() -> None:
    """With 100 kept at home nothing goes abroad; a loss before a find takes nothing off that."""
    keep = edit("Stock", home_reserve_units=80)
    lost_first = both(
        told("stock_lost", item="TENT", amount=5),
        also("stock_found", 6, warehouse="W1", item="TENT", amount=5),
        edit("Changes", {"kind": "stock_found"}, amount=0),
    )
    assert amounts(violations("home_reserve_loads", lost_first, keep)) == []
    tighter = edit("Stock", home_reserve_units=81)
    # 19 may go at first, T3 takes 20 (one too many), 0 are left, 5 lost, 5 found: T10 has its 5.
    assert amounts(violations("home_reserve_loads", lost_first, tighter)) == [1]


def test_earlier_trips_may_exceed_what_holds_later() -> None:
    """Three trucks are out when two are left, T6 brings 4 m3: no fault of the later trips."""
    found = violations("district_receiving", told("receiving", amount=3))
    assert [violation.where.rpartition(", ")[2] for violation in found] == ["hour 11 to 12"]
    # With one truck left both T7 and T8 find none; the three of the first plan are no fault.
    found = violations("fleet_vehicles", told("vehicle_lost", amount=2))
    assert [violation.where.split(", ")[1] for violation in found] == ["re-plan at hour 6"]
    # 30 are on their way to 440101 when only 25 are needed: the 5 of T10 are too many.
    lower = edit("Changes", {"kind": "demand", "district": C}, amount=25)
    assert amounts(violations("demand_delivered", lower)) == [5]


def test_trips_may_not_add_to_what_is_exceeded_already() -> None:
    """T2 comes late with 6.5 m3 into the hour of T7, whose 5 m3 are all too much."""
    found = violations("district_receiving", also("trip_late", 6, trip="T2", amount=12))
    assert amounts(found) == pytest.approx([5])


def test_a_revision_is_judged_by_what_was_known() -> None:
    """T6 may use the truck of T4 as long as nobody knows that T4 is lost."""
    no_truck = untold("vehicle_added")
    assert violations("fleet_vehicles", both(no_truck, moved("T6", 5))) != []
    late_news = both(no_truck, moved("T6", 5), told("trip_lost", at_hours=6))
    assert violations("fleet_vehicles", late_news) == []
    # Nor that T5 has left.
    assert violations("fleet_vehicles", no_truck) != []
    assert violations("fleet_vehicles", both(no_truck, told("trip_left", at_hours=6))) == []


def test_no_plan_answers_for_what_left_without_it() -> None:
    """With one truck at W2 the first plan sends T4 only; T5 left all the same."""
    one_truck = edit("Fleets", {"warehouse": "W2"}, vehicles_count=1)
    assert certify(told("vehicle_added", amount=2), one_truck).violations == ()


def test_the_vehicle_of_a_lost_trip_never_returns() -> None:
    """W2 has its third truck from hour 13 on, when T4 would long be back: T6 finds none at 5."""
    later = told("vehicle_added", from_hours=13)
    assert violations("fleet_vehicles", both(later, moved("T6", 5))) != []
    returned = both(later, moved("T6", 5), untold("trip_lost"))
    assert violations("fleet_vehicles", returned) == []


def test_a_late_trip_keeps_its_vehicle_for_longer() -> None:
    """T8 loads as T3 returns at 12; an hour later still is an hour too late for it."""
    assert amounts(violations("fleet_vehicles", told("trip_late", amount=9.5))) == [1]


def test_a_late_trip_past_the_deadline_delivers_nothing() -> None:
    """Its goods do not count, break no deadline, and may be sent once more."""
    hours = {"arrive_hours": 24, "unload_end_hours": 25, "return_hours": 28}
    past = both(told("trip_late", amount=25), trip("T3", **hours))
    assert violations("trip_deadline", past) == []
    more = both(past, edit("Loading_List", {"trip": "T10"}, load_units=25))
    assert violations("demand_delivered", more) == []
    more = both(past, edit("Loading_List", {"trip": "T10"}, load_units=26))
    assert amounts(violations("demand_delivered", more)) == [1]


def test_a_warehouse_may_load_until_it_is_lost() -> None:
    """W1 is lost from hour 16 on, and its last trip loads at 15."""
    assert certify(also("warehouse_lost", 6, warehouse="W1", from_hours=16)).violations == ()


def test_trips_that_left_early_are_not_held_to_the_rules_of_planning() -> None:
    """T5 left at 2.5, no whole hour, without a signature, on a closed road; its hours add up."""
    assert certify(trip("T5", release_hours=7)).violations == ()
    closed = edit("Lanes", {"warehouse": "W2", "district": C}, closed_from_hours=0)
    assert certify(case=closed).violations == ()
    assert violations("trip_closure", untold("trip_left"), closed) != []
    found = {each.rule for each in certify(trip("T5", depart_hours=3)).violations}
    assert found == {"trip_depart"}


def test_trips_that_left_keep_the_rules_of_their_own_revision() -> None:
    """A road said to be closed since hour 2 is no fault of T2, which departed then."""
    assert certify(told("road_closed", from_hours=2)).violations == ()


def floor(plan: Change | None = None) -> list[float]:
    """What the replay finds for the floor, if none of the need is proven to stay unmet."""
    bare = both(
        edit("Stages", {"stage": "unmet"}, bound=0),
        edit("Stages", {"stage": "waiting"}, floor=0),
    )
    return amounts(violations("stage_floor", both(plan, bare) if plan else bare))


def test_the_floor_counts_from_the_earliest_arrival_that_is_left() -> None:
    """6,490 for the example: 240, then 2,160 and 3,400 in 450102, 690 in 440101."""
    assert floor() == pytest.approx([240 + 2160 + 3400 + 690])
    # Nothing reaches 440101: its 5 tents wait until 24.
    assert floor(also("road_closed", 6, warehouse="W1", district=C)) == pytest.approx([6490 + 80])
    assert floor(also("warehouse_lost", 6, warehouse="W1", from_hours=10)) == pytest.approx(
        [6490 + 80]
    )
    # No tent is left, though 10 more than there are might go abroad.
    gone = also("stock_lost", 6, warehouse="W1", item="TENT", amount=40)
    assert floor(gone) == pytest.approx([240 + 4 * (390 + 30 * 17) + 3400 + 690 + 80])
    # Half a tent is no load.
    half = edit("Changes", {"kind": "demand", "district": C}, amount=30.5)
    waited = 30.5 * 8.5 + 20.5 * 0.5 + 0.5 * 15
    assert floor(half) == pytest.approx([240 + 2160 + 3400 + 2 * waited])
    # T10 left at the very hour, so that nothing is missing in 440101.
    left = both(also("trip_left", 6, trip="T10", from_hours=6), moved("T10", 6))
    waited = 35 * 8.5 + 25 * 0.5 + 5 * 2
    assert floor(left) == pytest.approx([240 + 2160 + 3400 + 2 * waited])


def test_a_trip_that_left_has_its_goods_from_before_the_loss() -> None:
    """W2 is lost at 3 as T5 leaves it: only T6, planned to load at 4, finds nothing."""
    lost = both(
        told("trip_left", from_hours=None), moved("T5", 3), told("warehouse_lost", at_hours=3)
    )
    assert amounts(violations("warehouse_stock", lost)) == [20]
    found = violations("change_warehouse_lost", lost)
    assert [violation.where for violation in found] == ["scenario flood, trip T6"]


def test_a_loss_that_was_foretold_has_happened_by_its_hour() -> None:
    """W2 was to be lost at 5, told at 3: at 6 nothing of its stock is left to be lost."""
    foretold = told("warehouse_lost", at_hours=3, from_hours=5)
    assert certify(foretold).violations == ()
    for item, more in (("TENT", 70), ("WATER", 10)):
        stocked = append("Stock", warehouse="W2", item=item, stock_units=more)
        once_more = both(foretold, also("stock_lost", 6, warehouse="W2", item=item, amount=1))
        assert amounts(violations("change_stock", once_more, stocked)) == [1]


def test_a_plan_without_changes_has_planned_trips_only() -> None:
    """Without Changes every trip must be planned, whenever it starts."""
    results = replan_results()
    results["Changes"] = []
    verdict = verify(replan_case(), build_plan(results))
    states = {each.where for each in verdict.violations if each.rule == "trip_state"}
    assert states == {f"scenario flood, trip T{k}" for k in range(1, 7)}


def test_delivered_goods_beyond_a_need_that_fell_do_not_count() -> None:
    """Of the 40 tents that left for 450102 only 30 are needed in the end: share and stages."""
    results = replan_results()
    results["Changes"].append(row("at_hours kind district item amount", 6, "demand", B, "TENT", 30))
    for code in ("T7", "T8"):
        line = find(results, "Loading_List", {"trip": code, "item": "TENT"})
        results["Loading_List"].remove(line)
        bare = find(results, "Dispatch_Trips", {"trip": code})
        bare["weight_kg"] -= line["weight_kg"]
        bare["volume_m3"] -= line["volume_m3"]
    results["Arrivals"] = [
        line
        for line in results["Arrivals"]
        if (line["district"], line["item"]) != (B, "TENT") or line["unload_end_hours"] < 12
    ]
    # Weighted 810 - 160 = 650; T6's second ten count no more.
    curve = {0: 0, 4: 60, 5: 340, 7: 380, 9: 440, 12: 520, 17: 540, 20: 550}
    for line in results["Served_By_Hour"]:
        line["served_share"] = max(w for h, w in curve.items() if h <= line["hour"]) / 650
    # Need of 30 from hour 0 on: 20 wait 5 h, 10 wait 7 h.
    waiting = 8030 - 4 * 590 + 4 * (100 + 70)
    for line in results["Stages"]:
        if line["stage"] == "waiting":
            line.update(objective=waiting, bound=None, gap=None, controllable_gap=None)
            coming = 240 + 4 * (30 * 5 + 10 * 2) + 3400 + 690
            line.update(floor=coming + 8 * 10 + 12 * 90, status="time_limit")
    verdict = verify(replan_case(), build_plan(results))
    assert verdict.violations == ()


def test_trips_that_left_early_take_no_dock() -> None:
    """W2 has one dock; T5 leaving in the hour of T4 is no fault of anybody's plan."""
    one_dock = edit("Warehouses", {"warehouse": "W2"}, docks_per_hour=1)
    early = both(moved("T5", 1.5), told("trip_left", from_hours=1.5))
    assert violations("warehouse_docks", early, one_dock) == []
    assert violations("warehouse_docks", both(early, untold("trip_left")), one_dock) != []


def test_a_replan_may_stand_beside_a_placement() -> None:
    """The quake of the other example, planned anew at hour 6 because of nothing."""
    results = build_results()
    for sheet in ("Dispatch_Trips", "Loading_List", "Arrivals", "Served_By_Hour", "Shortages"):
        results[sheet] = [line for line in results[sheet] if line["scenario"] == "quake"]
    results["Stages"] = [line for line in results["Stages"] if line["part"] != "flood"]
    for line in results["Dispatch_Trips"]:
        line["state"] = "planned" if line["trip"] == "Q3" else "left"
    unmet = find(results, "Stages", {"part": "quake", "stage": "unmet"})
    unmet.update(bound=10, gap=0.5, controllable_gap=0.5, status="within_gap")
    waiting = find(results, "Stages", {"part": "quake", "stage": "waiting"})
    # 50 tents and all water are on their way, at 7 and 8.5 h; 200 boxes are needed from 6 h on. W2
    # has ten tents more for each district: its truck can be unloaded in 450102 at
    # 6 + 1 + 4.5 + 1, in 450201 at 6 + 1 + 1/6 + 1 h; of the need that is proven to stay unmet 10
    # wait from then on until 48.
    tents, water = 60 * 7 + 30 * 1.5 + 10 * 4, 400 * 6 + 600 * 1 + 150 * 1.5
    quake = 2 * tents + water + 4 * 10 * 49 / 6 + 10 * 35.5
    waiting["floor"] = quake
    reached = waiting["objective"]
    waiting["controllable_gap"] = (reached - 5500) / (reached - quake)
    results["Changes"] = [row("at_hours kind", 6, "no_change")]
    verdict = verify(example_case(), build_plan(results))
    assert verdict.violations == ()
