"""Hubs and legs: the example of the docs by hand, and random cases against the exact model."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from allocator.case import Case
from allocator.engine import dispatch_hubs
from allocator.engine.dispatch import dispatch
from allocator.engine.dispatch_data import build_dispatch_inputs
from allocator.engine.dispatch_exact import LEXICOGRAPHIC, solve_exact
from allocator.engine.dispatch_hubs import HubMethod
from allocator.engine.dispatch_legs import build_legs
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_problem import dispatch_problem
from allocator.engine.dispatch_tables import dispatch_plan
from allocator.engine.hub_service import served_by_hubs
from allocator.engine.objectives import STAGES
from allocator.engine.placement import place
from allocator.plan import Plan
from allocator.replay import verify
from allocator.schema.legs import Leg
from allocator.solver import SolveOptions
from models.dispatch_index import dispatch_index
from models.dispatch_values import dispatch_values
from tests.hub_cases import hand_tables, random_hub_case
from tests.tiny import Tables, build_case

EXACT = SolveOptions(gap=LEXICOGRAPHIC, time_limit_seconds=30.0)
QUICK = SolveOptions(gap=1e-3, time_limit_seconds=0.6)


def planned(tables: Tables) -> Plan:
    """The best plan of small tables, certified."""
    case = build_case(tables)
    plan = dispatch(case, "flood", options=EXACT)
    assert verify(case, plan).violations == ()
    return plan


def values(plan: Plan) -> dict[str, float]:
    """Objectives by stage."""
    return {row.stage: row.objective for row in plan.stages}


def edited(sheet: str, place: int, **changes: Any) -> Tables:
    """The example of the docs with one row changed."""
    tables = hand_tables()
    tables[sheet][place] = {**tables[sheet][place], **changes}
    return tables


def test_the_example_of_the_docs() -> None:
    """A train of 10 tents, ready at 6, and a truck of 6 that goes twice: 6 x 10 + 4 x 16."""
    plan = planned(hand_tables())
    assert values(plan) == pytest.approx({"unmet": 0, "waiting": 2 * 124, "cost": 2160})
    assert [row.floor for row in plan.stages] == [None, 2 * 100, None]
    (leg,) = plan.leg_trips
    assert (leg.load_start_hours, leg.unload_end_hours, leg.ready_hours) == (0, 5, 6)
    assert (leg.distance_km, leg.cost_cny, leg.weight_kg) == (500, 1000, 600)
    assert [(t.warehouse, t.load_start_hours, t.unload_end_hours) for t in plan.trips] == [
        ("H", 6, 10),
        ("H", 12, 16),
    ]
    loads = [(line.trip[-5:], line.lot, line.load_units) for line in plan.loading_lines]
    assert loads == [("L0001", "A", 10), ("-0001", "", 6), ("-0002", "", 4)]


@pytest.mark.parametrize(
    ("edit", "waiting", "unmet"),
    [
        # Goods are ready an hour later, or a half, which the grid makes an hour.
        (("Warehouses", 1, {"transfer_hours": 2}), 6 * 11 + 4 * 17, 0),
        (("Warehouses", 1, {"transfer_hours": 1.5}), 6 * 11 + 4 * 17, 0),
        # Two trucks go side by side.
        (("Fleets", 1, {"vehicles_count": 2}), 10 * 10, 0),
        # A train of 5 tents goes again at 8: its tents are ready at 14, the truck is back at 12.
        (("Vehicles", 0, {"payload_kg": 300}), 5 * 10 + 5 * 18, 0),
        # The hub takes in 1 m3 an hour, which is 5 tents, so that the train goes twice.
        (("Warehouses", 1, {"receive_m3_per_hour": 1}), 5 * 10 + 5 * 18, 0),
        # A closure until hour 5 lets the train leave at 5: all is four hours later.
        (("Legs", 0, {"closed_from_hours": 0, "closed_to_hours": 5}), 6 * 14 + 4 * 20, 0),
        # One hour more and the second load comes too late.
        (("Legs", 0, {"closed_from_hours": 0, "closed_to_hours": 6}), 6 * 15 + 4 * 20, 4),
        # The train is there from hour 3 on.
        (("Fleets", 0, {"available_from_hours": 3}), 6 * 13 + 4 * 19, 0),
        # A hub in another province changes nothing where nothing is reserved.
        (("Warehouses", 1, {"province": "广东省"}), 6 * 10 + 4 * 16, 0),
    ],
)
def test_each_rule_binds_by_hand(
    edit: tuple[str, int, dict[str, Any]], waiting: float, unmet: float
) -> None:
    """Every rule of a leg moves the example to what is worked out by hand, tents counting twice."""
    sheet, place, changes = edit
    found = values(planned(edited(sheet, place, **changes)))
    assert (found["unmet"], found["waiting"]) == pytest.approx((2 * unmet, 2 * waiting))


def test_the_home_reserve_stays_where_the_hub_lies_abroad() -> None:
    """Of 10 tents 4 are reserved: 6 go where the hub is abroad, all where it is not."""
    tables = edited("Stock", 0, home_reserve_units=4)
    assert values(planned(tables))["unmet"] == 0
    tables["Warehouses"][1]["province"] = "广东省"
    assert values(planned(tables))["unmet"] == 2 * 4


def test_a_leg_waits_for_the_sign_offs_of_all_whom_the_hub_serves() -> None:
    """A second district in another province makes the train wait, though nobody sends there."""
    tables = hand_tables()
    tables["Approval_Steps"] = [
        {
            "procedure": "P",
            "step": "1",
            "name": "a",
            "department": "CITY_DEM",
            "duration_hours": 2,
            "join": "START",
        }
    ]
    tables["Approval_Rules"] = [
        {
            "warehouse_level": "any",
            "receiver": "other_province",
            "item_group": "any",
            "procedure": "P",
            "release_step": "1",
        }
    ]
    assert planned(tables).leg_trips[0].load_start_hours == 0
    far = {**tables["Districts"][0], "district": "440101", "province": "广东省", "lat": 20.0}
    tables["Districts"].append(far)
    need = {**tables["Scenario_Demand"][0], "district": "440101", "demand_units": 0.5}
    tables["Scenario_Demand"].append(need)
    (leg,) = planned(tables).leg_trips
    assert (leg.release_hours, leg.load_start_hours) == (2, 2)
    assert leg.approvals == "P: 1 a"


def test_goods_may_go_over_two_hubs() -> None:
    """A truck brings goods to a loading station, the train takes them on to the railhead.

    The station's docks are the train's load starts. Ready there at 3 + 0, at the railhead at 9.
    """
    tables = hand_tables()
    station = {**tables["Warehouses"][1], "warehouse": "S", "name": "装车站", "transfer_hours": 0}
    tables["Warehouses"].append(station)
    tables["Fleets"] = [
        {"warehouse": "W", "fleet": "TRUCK", "vehicles_count": 2},
        {"warehouse": "S", "fleet": "TRAIN", "vehicles_count": 1},
        {"warehouse": "H", "fleet": "TRUCK", "vehicles_count": 2},
    ]
    way = {"distance_km": 60, "drive_hours": 1}
    tables["Legs"] = [
        {"warehouse": "W", "hub": "S", "fleet": "TRUCK", **way},
        {"warehouse": "S", "hub": "H", "fleet": "TRAIN", "distance_km": 500, "drive_hours": 3},
    ]
    tables["Lanes"].append({"warehouse": "W", "district": "450101", "drive_hours": 30})
    tables["Lanes"].append({"warehouse": "S", "district": "450101", "drive_hours": 30})
    plan = planned(tables)
    assert values(plan)["waiting"] == 2 * 10 * 13
    hops = [(leg.warehouse, leg.hub, leg.load_start_hours) for leg in plan.leg_trips]
    assert hops == [("W", "S", 0), ("W", "S", 0), ("S", "H", 3)]
    assert {line.lot for line in plan.loading_lines if "-L0003" in line.trip} == {""}


def test_legs_share_vehicles_and_docks_with_trips() -> None:
    """The one truck of a warehouse that also has a lane drives there or to the hub, not both."""
    tables = hand_tables()
    tables["Fleets"][0] = {"warehouse": "W", "fleet": "TRUCK", "vehicles_count": 1}
    tables["Legs"][0] = {**tables["Legs"][0], "fleet": "TRUCK", "drive_hours": 1}
    tables["Lanes"].append({"warehouse": "W", "district": "450101", "drive_hours": 8})
    # 6 by truck to the hub, ready at 4, in hand at 8; home at 4, with 4 again: ready at 8, the
    # hub's truck is back at 10 and unloads at 14. By the road itself 6 would come at 10.
    assert values(planned(tables))["waiting"] == 2 * (6 * 8 + 4 * 14)


def random_outcome(case: Case, objective: str) -> tuple[DispatchOutcome, DispatchOutcome | None]:
    """What the method finds, certified, and the best plan where the case is small."""
    inputs = build_dispatch_inputs(case, "flood")
    problem = dispatch_problem(inputs.data)
    told: list[DispatchOutcome] = []
    method = HubMethod(problem, STAGES[objective], QUICK, lambda _: None, told.append)
    outcome = method.run()
    for each in (*told, outcome):
        assert verify(case, dispatch_plan(inputs, problem, each, 1e-3)).violations == ()
    exact = solve_exact(problem, outcome, EXACT, time.monotonic() + 30)
    if exact is not None:
        assert verify(case, dispatch_plan(inputs, problem, exact, 1e-3)).violations == ()
    return outcome, exact


def test_goods_that_pass_a_hub_are_counted_once_in_the_bound() -> None:
    """Of 15 tents 10 are there: no plan leaves fewer than 5 unmet; no limit ended the search."""
    tables = edited("Scenario_Demand", 0, demand_units=15)
    problem = dispatch_problem(build_dispatch_inputs(build_case(tables), "flood").data)
    options = SolveOptions(gap=1e-3, time_limit_seconds=60)
    outcome = HubMethod(problem, STAGES["lives"], options, lambda _: None, lambda _: None).run()
    unmet = outcome.stages[0]
    assert (unmet.stage, unmet.objective, unmet.bound) == ("unmet", 10, pytest.approx(10))
    assert outcome.is_stalled


@pytest.mark.parametrize(
    ("objective", "seeds", "most_trips"),
    [("lives", 4, 30_000), ("lives", 4, 0), ("social", 3, 30_000), ("cost", 3, 0)],
)
def test_bounds_and_plans_of_random_cases_hold(
    objective: str, seeds: int, most_trips: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bound <= best <= plan of the method in the first stage, and every plan is certified.

    Under lives no plan that leaves no more unmet than the method's waits less than its bound says.
    With no trips allowed in the program with legs, the relaxation without legs stands in for it.
    """
    monkeypatch.setattr(dispatch_hubs, "_MOST_TRIPS", most_trips)
    used = compared = 0
    for seed in range(seeds):
        case = random_hub_case(seed, objective=objective)
        outcome, exact = random_outcome(case, objective)
        if exact is None:
            continue
        compared += 1
        first, best = outcome.stages[0], exact.stages[0]
        assert first.bound <= best.objective * (1 + 1e-6) + 1e-6, seed
        assert best.objective <= first.objective * (1 + 2 * LEXICOGRAPHIC) + 1e-6, seed
        data = build_dispatch_inputs(case, "flood").data
        if objective == "lives":
            waits = dispatch_values(data, exact.table, exact.result)["waiting"]
            assert outcome.stages[1].bound <= waits * (1 + 1e-6) + 1e-6, seed
        used += bool((data.lane_hub[exact.table.lane[exact.result.trip]] >= 0).any())
    assert compared >= 0.7 * seeds
    assert used >= 1


def test_without_legs_nothing_changes() -> None:
    """A hub that no leg leads to, and legs without vehicles, leave the arrays as they were."""
    tables = edited("Fleets", 0, vehicles_count=0)
    case = build_case(tables)
    assert build_dispatch_inputs(case, "flood").legs is None
    bare = case.replace(Leg, ())
    one, other = (build_dispatch_inputs(each, "flood").data for each in (case, bare))
    for name in ("lane_warehouse", "stock_units", "release_hours", "hub_warehouse"):
        assert (getattr(one, name) == getattr(other, name)).all()


def test_taking_a_leg_away_never_lowers_the_bound() -> None:
    """Fewer ways leave no more to be hoped for."""
    tables = hand_tables()
    tables["Stock"].append({"warehouse": "W", "item": "TENT", "lot": "B", "stock_units": 3})
    tables["Scenario_Demand"][0]["demand_units"] = 13
    second = {**tables["Legs"][0], "fleet": "TRUCK", "drive_hours": 2, "distance_km": 100}
    tables["Legs"].append(second)
    tables["Fleets"].append({"warehouse": "W", "fleet": "TRUCK", "vehicles_count": 1})
    both = planned(tables).stages[1]
    tables["Legs"].pop()
    one = planned(tables).stages[1]
    assert both.bound is not None
    assert one.bound is not None
    assert both.bound <= one.bound + 1e-6


def test_whom_a_hub_serves() -> None:
    """Districts with a need into which its fleets, or those of hubs beyond, have a lane."""
    tables = hand_tables()
    case = build_case(tables)
    inputs = build_dispatch_inputs(case, "flood")
    assert served_by_hubs(case, inputs.scenario, inputs.district) == {1: {0}}
    tables["Scenario_Damage"] = [{"scenario": "flood", "district": "450101", "is_cut_off": True}]
    cut = build_case(tables)
    assert served_by_hubs(cut, inputs.scenario, inputs.district) == {1: set()}
    rules = inputs.lanes.release
    assert build_legs(cut, inputs.scenario, inputs.held, {1: set()}, rules) is None


def test_what_can_only_come_through_a_hub_says_so() -> None:
    """Tents that the truck has no time to carry on from the hub are told to depend on it."""
    plan = planned(edited("Settings", 0, horizon_hours=9))
    (row,) = plan.shortages
    assert row.unmet_units == 10
    assert row.reason == "through_hub"
    assert "can only come through a hub" in row.sentence


def test_the_exact_model_knows_what_is_at_the_hub() -> None:
    """A case of the size of the example is small enough for the exact model."""
    data = build_dispatch_inputs(build_case(hand_tables()), "flood").data
    index = dispatch_index(data)
    assert len(index.slot_trip) > 0
    assert (data.lane_hub == [-1, 0]).all()
    assert data.release_hours[0].tolist() == [6]
    more = replace(data, hub_transfer_hours=np.array([3.0]))
    assert more.hub_count == 1


class _Deaf:
    """Hears nothing."""

    def __call__(self, news: object) -> None:
        """Forget it."""

    def best(self, plan: object) -> None:
        """Forget it."""


def test_placement_leaves_hubs_out() -> None:
    """A hub is no row of the placement's decisions, and changes nothing in them."""
    tables = hand_tables()
    tables["Warehouses"][0] |= {"state": "existing", "size_class": "L"}
    with_hub = place(build_case(tables), EXACT, _Deaf())
    tables["Warehouses"].pop()
    tables["Fleets"].pop()
    tables["Lanes"], tables["Legs"] = [], []
    without = place(build_case(tables), EXACT, _Deaf())
    assert [row.warehouse for row in with_hub.open_warehouses] == ["W"]
    assert with_hub.open_warehouses == without.open_warehouses
