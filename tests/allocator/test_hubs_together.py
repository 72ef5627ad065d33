"""Items apart and convoys on ways through hubs: by hand, by brute force, and random cases."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from allocator.case import Case
from allocator.engine import dispatch_hubs
from allocator.engine.dispatch import dispatch
from allocator.engine.dispatch_data import build_dispatch_inputs
from allocator.engine.dispatch_exact import LEXICOGRAPHIC, solve_exact
from allocator.engine.dispatch_hubs import HubMethod
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_problem import dispatch_problem
from allocator.engine.dispatch_tables import dispatch_plan
from allocator.engine.objectives import STAGES
from allocator.plan import Plan
from allocator.replay import verify
from allocator.report.facts import Facts
from allocator.report.figures import gantt_figure
from allocator.report.order_books import order_books
from allocator.schema.legs import LegTrip
from allocator.schema.results import LoadingLine, Trip
from allocator.schema.row import Row
from allocator.solver import SolveOptions
from models.dispatch_values import dispatch_values
from tests.hub_cases import hand_tables, random_company_case, tiny_company_case
from tests.models.hubs_by_hand import best_through_hubs
from tests.tiny import Tables, build_case

EXACT = SolveOptions(gap=LEXICOGRAPHIC, time_limit_seconds=30.0)
QUICK = SolveOptions(gap=1e-3, time_limit_seconds=0.6)
OBJECTIVES = ("lives", "lives", "social", "cost")


def with_rules(tables: Tables, **cells: Any) -> Tables:
    """The tables with a row that asks for convoys of two."""
    return {**tables, "Hours": [{"kind": "convoy", "amount": 2, **cells}]}


def apart(tables: Tables) -> Tables:
    """The tables with tents and water apart."""
    return {**tables, "Segregation": [{"item": "TENT", "other_item": "WATER"}]}


def two_items(trains: int, trucks: int) -> Tables:
    """Four tents and four waters, that fill a train or a truck together, each of weight 2."""
    tables = hand_tables()
    tent = {**tables["Items"][0], "weight_kg": 60, "volume_m3": 1}
    tables["Items"] = [tent, {**tent, "item": "WATER", "name": "水"}]
    tables["Stock"] = [
        {"warehouse": "W", "item": item, "stock_units": 4} for item in ("TENT", "WATER")
    ]
    need = {**tables["Scenario_Demand"][0], "demand_units": 4}
    tables["Scenario_Demand"] = [need, {**need, "item": "WATER"}]
    for row in tables["Vehicles"]:
        row["payload_kg"] = 480
    tables["Fleets"][0]["vehicles_count"], tables["Fleets"][1]["vehicles_count"] = trains, trucks
    return tables


def trucks_to_the_hub() -> Tables:
    """Ten tents, and trucks of six on both legs: two of W's, one of them from hour 2 on."""
    tables = hand_tables()
    tables["Vehicles"][1]["payload_kg"] = 360
    truck = {"warehouse": "W", "fleet": "TRUCK", "vehicles_count": 1}
    tables["Fleets"] = [
        truck,
        {**truck, "available_from_hours": 2},
        {"warehouse": "H", "fleet": "TRUCK", "vehicles_count": 2},
    ]
    tables["Legs"][0]["fleet"] = "TRUCK"
    return tables


def planned(tables: Tables) -> Plan:
    """The best plan of small tables, certified."""
    case = build_case(tables)
    plan = dispatch(case, "flood", options=EXACT)
    assert verify(case, plan).violations == ()
    return plan


def values(plan: Plan) -> tuple[float, float]:
    """Units that never come, and unit-hours waited; a unit counts twice in the objective."""
    found = {row.stage: row.objective / 2 for row in plan.stages}
    return found["unmet"], found["waiting"]


def broken(tables: Tables, plan: Plan) -> set[str]:
    """Rules of tables that a plan breaks."""
    return {each.rule for each in verify(build_case(tables), plan).violations}


@pytest.mark.parametrize(
    ("trains", "trucks", "together", "alone", "starts"),
    [
        # One train: at 0 and, back at 8, at 8; its water is ready at 14, in hand at 18.
        (1, 2, 8 * 10, 4 * 10 + 4 * 18, [6, 14]),
        # One truck at the hub: at 6 and, back at 12, at 12.
        (2, 1, 8 * 10, 4 * 10 + 4 * 16, [6, 12]),
        # Enough of both: nothing is later, two of each drive.
        (2, 2, 8 * 10, 8 * 10, [6, 6]),
    ],
)
def test_items_apart_take_vehicles_of_their_own_on_both_ways(
    trains: int, trucks: int, together: float, alone: float, starts: list[float]
) -> None:
    """A pair that a train, and a truck, would carry at once takes two; mixing them would pay."""
    tables = two_items(trains, trucks)
    free, kept = planned(tables), planned(apart(tables))
    assert values(free) == pytest.approx((0, together))
    assert values(kept) == pytest.approx((0, alone))
    assert len(kept.leg_trips) == 2
    assert sorted(trip.load_start_hours for trip in kept.trips) == starts
    assert broken(apart(tables), free) == {"vehicle_segregation"}


def test_trucks_from_the_hub_wait_for_company() -> None:
    """One truck at 6 and one from 8 on: both go at 8, and not 6 tents at 6; alone nobody goes."""
    tables = hand_tables()
    tables["Fleets"].append({**tables["Fleets"][1], "available_from_hours": 8})
    free, kept = planned(tables), planned(with_rules(tables))
    assert values(free) == pytest.approx((0, 6 * 10 + 4 * 12))
    assert values(kept) == pytest.approx((0, 10 * 12))
    assert [trip.load_start_hours for trip in kept.trips] == [8, 8]
    assert broken(with_rules(tables), free) == {"convoy_company"}
    assert values(planned(with_rules(hand_tables()))) == pytest.approx((10, 200))


def test_trucks_to_the_hub_wait_for_company() -> None:
    """Of two trucks the second is there from 2 on: both go at 2, are ready at 8, in hand at 12."""
    tables = trucks_to_the_hub()
    free, kept = planned(tables), planned(with_rules(tables, warehouse="W"))
    assert values(free) == pytest.approx((0, 6 * 10 + 4 * 12))
    assert values(kept) == pytest.approx((0, 10 * 12))
    assert [leg.load_start_hours for leg in kept.leg_trips] == [2, 2]
    assert broken(with_rules(tables, warehouse="W"), free) == {"convoy_company"}


def test_a_vehicle_without_goods_for_the_district_may_be_company_to_the_hub() -> None:
    """One tent is needed: a second one goes to the hub along with it, else nobody would go."""
    tables = trucks_to_the_hub()
    tables["Scenario_Demand"][0]["demand_units"] = 1
    plan = planned(with_rules(tables, warehouse="W"))
    assert values(plan) == pytest.approx((0, 12))
    assert sum(line.load_units for line in plan.loading_lines if "-L" in line.trip) == 2


@pytest.mark.parametrize(
    ("cells", "unmet"),
    [
        # Two of all kinds: the train is not on the road, the trucks are two.
        ({}, 0),
        # Two trains: there is one.
        ({"fleet": "TRAIN"}, 10),
        # A row that names a district is about ways into it.
        ({"fleet": "TRAIN", "district": "450101"}, 0),
        ({"fleet": "TRAIN", "warehouse": "H"}, 0),
        ({"fleet": "TRAIN", "from_hours": 0, "to_hours": 4}, 0),
    ],
)
def test_which_rows_ask_company_of_a_leg(cells: dict[str, Any], unmet: float) -> None:
    """A train to the hub needs company if a row names trains, and no district or other place."""
    tables = hand_tables()
    tables["Fleets"][1]["vehicles_count"] = 2
    plan = planned(with_rules(tables, **cells))
    assert values(plan)[0] == pytest.approx(unmet)
    train = planned(tables)
    is_alone = {"convoy_company"} if unmet or "to_hours" in cells else set()
    assert broken(with_rules(tables, **cells), train) == is_alone


@pytest.mark.parametrize("kind", [LegTrip, Trip])
def test_a_convoy_that_is_parted_by_hand_is_refused(kind: type[Row]) -> None:
    """One of two trucks to the hub, or from it, told to leave an hour later breaks the rule."""
    tables = with_rules(trucks_to_the_hub())
    plan = planned(tables)
    rows = list(plan.rows(kind))
    hours = ("load_start", "depart", "arrive", "unload_end", "return", "ready")
    last = rows[-1].model_dump()
    later = {f"{name}_hours": last.get(f"{name}_hours", 0.0) + 1 for name in hours}
    rows[-1] = rows[-1].model_copy(update={k: v for k, v in later.items() if k in last})
    assert "convoy_company" not in broken(tables, plan)
    assert "convoy_company" in broken(tables, plan.replace(kind, rows))


def test_a_pair_put_onto_one_train_by_hand_is_refused() -> None:
    """The water of the second train told to be on the first one, beside the tents."""
    tables = apart(two_items(2, 2))
    plan = planned(tables)
    lines = [
        line.model_copy(update={"trip": "flood-L0001"}) if "-L" in line.trip else line
        for line in plan.loading_lines
    ]
    edited = plan.replace(LoadingLine, lines)
    (found,) = [
        each
        for each in verify(build_case(tables), edited).violations
        if each.rule == "vehicle_segregation"
    ]
    assert "flood-L0001" in found.where


def test_orders_say_with_whom_a_leg_leaves() -> None:
    """Both trucks to the hub name each other; a train beside them names nobody."""
    tables = with_rules(trucks_to_the_hub(), warehouse="W")
    case, plan = build_case(tables), planned(tables)
    (book,) = order_books(case, plan, ("flood",))
    assert book.convoys == {"flood-L0001": ("flood-L0002",), "flood-L0002": ("flood-L0001",)}
    bars = gantt_figure(Facts(case, plan), "flood", "en")["data"]
    told = {row[6] for trace in bars for row in trace.get("customdata", []) if len(row) > 6}
    assert told & {"flood-L0001, flood-L0002", "flood-L0002, flood-L0001"}
    tables = hand_tables()
    tables["Fleets"][1]["vehicles_count"] = 2
    tables = with_rules(tables)
    (book,) = order_books(build_case(tables), planned(tables), ("flood",))
    assert book.convoys == {"flood-0001": ("flood-0002",), "flood-0002": ("flood-0001",)}


def test_tiny_cases_equal_the_best_of_all_plans() -> None:
    """In ten cases the plan is the best of all, the bound holds, and in most the rules bind."""
    compared = binding = used = 0
    for seed in range(14):
        case = tiny_company_case(seed)
        inputs = build_dispatch_inputs(case, "flood")
        best = best_through_hubs(inputs.data, 6_000)
        free = best_through_hubs(replace(inputs.data, convoys=None, segregated=None), 6_000)
        if best is None or free is None:
            continue
        plan = dispatch(case, "flood", options=EXACT)
        assert verify(case, plan).violations == (), seed
        unmet, waiting = (row.objective for row in plan.stages[:2])
        assert unmet == pytest.approx(best[0], abs=1e-5), seed
        assert waiting == pytest.approx(best[1], rel=2 * LEXICOGRAPHIC), seed
        problem = dispatch_problem(inputs.data)
        found = HubMethod(problem, STAGES["lives"], QUICK, lambda _: None, lambda _: None).run()
        assert found.stages[0].bound <= best[0] + 1e-6, seed
        compared, binding = compared + 1, binding + (free != best)
        used += bool(plan.leg_trips and free != best)
    assert compared >= 10
    assert binding >= 5
    assert used >= 2


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


@pytest.mark.parametrize(("first", "most_trips"), [(4, 30_000), (21, 0)])
def test_bounds_and_plans_of_random_cases_hold(
    first: int, most_trips: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bound <= best <= plan of the method in the first stage, and every plan is certified.

    With no trips allowed in the program with legs, the relaxation without legs stands in for it.
    """
    monkeypatch.setattr(dispatch_hubs, "_MOST_TRIPS", most_trips)
    used = 0
    for seed in range(first + 1, first + 6):
        objective = OBJECTIVES[seed % 4]
        case = random_company_case(seed, objective=objective)
        outcome, exact = random_outcome(case, objective)
        if exact is None:
            continue
        one, best = outcome.stages[0], exact.stages[0]
        assert one.bound <= best.objective * (1 + 1e-6) + 1e-6, seed
        assert best.objective <= one.objective * (1 + 2 * LEXICOGRAPHIC) + 1e-6, seed
        data = build_dispatch_inputs(case, "flood").data
        if objective == "lives":
            waits = dispatch_values(data, exact.table, exact.result)["waiting"]
            assert outcome.stages[1].bound <= waits * (1 + 1e-6) + 1e-6, seed
        used += bool((data.lane_hub[exact.table.lane[exact.result.trip]] >= 0).any())
    assert used >= 2
