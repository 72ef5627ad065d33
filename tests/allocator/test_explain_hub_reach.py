"""Whom hubs serve while ways are looked for: nothing that trips of the plan rely on changes."""

from __future__ import annotations

from allocator.engine.dispatch import dispatch
from allocator.explain.grounds import Grounds
from allocator.explain.hub_reach import HubReach
from allocator.explain.present import present_trips
from allocator.explain.reasons import Reasons, shortfalls
from tests.allocator.explain_cases import QUICK
from tests.allocator.hub_reason_cases import edited
from tests.tiny import Tables, build_case
from tests.tiny_sign_offs import rule, step


def two_districts(raw: Tables) -> None:
    """A second district with the same need, and no way to it but by road."""
    raw["Districts"].append({**raw["Districts"][0], "district": "450102"})
    raw["Lanes"].append({**raw["Lanes"][0], "district": "450102"})
    raw["Scenario_Demand"].append({**raw["Scenario_Demand"][0], "district": "450102"})


def flown(raw: Tables) -> None:
    """A helicopter at the hub instead of the truck; it flies to the first district only."""
    kind = {**raw["Vehicles"][1], "fleet": "HELI", "name": "直升机", "mode": "air"}
    raw["Vehicles"].append(kind)
    raw["Fleets"][1]["fleet"] = "HELI"
    raw["Lanes"][0]["fleet"] = "HELI"
    raw["Lanes"] = [row for row in raw["Lanes"] if row["district"] == "450101"]


def cut(raw: Tables) -> None:
    """The second district is cut off."""
    raw["Scenario_Damage"] = [{"scenario": "flood", "district": "450102", "is_cut_off": True}]


def signed_late(raw: Tables) -> None:
    """What goes to the second district is signed for at 5; to the first at once."""
    raw["Departments"] = [{"department": "GOV", "name": "政府", "level": "city"}]
    raw["Approval_Steps"] = [step("P", "1", "批准", "GOV", 5.0, join="START")]
    raw["Approval_Rules"] = [rule("other_province", "P", "1")]
    raw["Districts"][1]["province"] = "广东省"


def test_kinds_that_would_serve_more_districts_are_not_added() -> None:
    """A truck at a hub of helicopters would make legs wait for another district."""
    case = build_case(edited(20, 1, two_districts, flown))
    reach = HubReach(case, case.scenarios[0])
    assert reach.base == {1: {0}}
    assert reach.may_have[1].tolist() == [True, False, True]
    assert reach.may_have[0].all()


def test_a_hub_that_serves_nobody_may_have_every_kind() -> None:
    """Without vehicles it serves nobody; with them all whom its trucks reach."""

    def none_there(raw: Tables) -> None:
        raw["Fleets"].pop(1)

    case = build_case(edited(20, 1, two_districts, none_there))
    reach = HubReach(case, case.scenarios[0])
    assert (reach.base, reach.served(["through_hub"])) == ({1: set()}, {1: {0, 1}})
    assert reach.may_have.all()


def test_a_repaired_road_is_of_no_use_where_legs_of_the_plan_are_not_signed_for_it() -> None:
    """The train has left the warehouse before anything was signed for the district cut off."""
    for edit, is_repair in ((two_districts, True), (signed_late, False)):
        edits = (two_districts, cut) if edit is two_districts else (two_districts, cut, edit)
        raw = edited(30, 3, *edits)
        raw["Stock"][0]["stock_units"] = 20
        case = build_case(raw)
        plan = dispatch(case, "flood", options=QUICK)
        assert [leg.load_start_hours for leg in plan.leg_trips] == [0]
        (wanted,) = shortfalls(case, plan, "flood")
        present = present_trips(case, plan, "flood")
        grounds = Grounds(case, None, "flood", {("450102", "TENT")}, present)
        rules = grounds.get(["roads"]).inputs.lanes.release
        barred = HubReach(case, case.scenarios[0]).barred(["roads"], 1, present, rules)
        assert barred == (set() if is_repair else {1})
        reason = Reasons(case, plan, "flood", [wanted]).explain(wanted, 0.5)
        assert (reason.words == ("roads",)) == is_repair
