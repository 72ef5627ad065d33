"""What can still come through hubs, against the exact model and the replay, in random cases."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from allocator.case import Case
from allocator.engine.dispatch import dispatch
from allocator.engine.dispatch_data import DispatchInputs, build_dispatch_inputs
from allocator.engine.dispatch_hours import without_hours_of
from allocator.engine.dispatch_outcome import DispatchOutcome, StageOutcome
from allocator.engine.dispatch_problem import dispatch_problem
from allocator.engine.dispatch_tables import dispatch_plan
from allocator.engine.first_replan import replan_inputs
from allocator.engine.objectives import STAGES
from allocator.engine.replan import replan
from allocator.explain.certificates import certificates
from allocator.explain.first_served import first_served
from allocator.explain.grounds import Grounds
from allocator.explain.hub_reach import HubReach
from allocator.explain.least_amount import most_units
from allocator.explain.present import present_trips
from allocator.explain.situation import situation_of
from allocator.explain.standing import Standing
from allocator.explain.ways import Brought, Way, way_to
from allocator.plan import Plan
from allocator.replay import verify
from allocator.schema.changes import Change
from allocator.schema.disaster import Fleet
from allocator.schema.legs import Leg
from allocator.schema.network import Stock, Warehouse
from allocator.schema.procedure import ApprovalRule
from allocator.solver import SolveOptions, solve_model
from models.dispatch import build_dispatch
from models.dispatch_data import DispatchData
from models.dispatch_values import DispatchResult
from tests.allocator.explain_cases import QUICK
from tests.allocator.random_changes import valid_changes
from tests.allocator.test_replan import Silence
from tests.hub_cases import random_hub_case

FAST = SolveOptions(gap=1e-3, time_limit_seconds=2.0)
SEEDS = range(8)


@cache
def case_of(seed: int) -> Case:
    """A random case with hubs."""
    return random_hub_case(seed)


def pairs(case: Case) -> list[tuple[str, str]]:
    """District and item of each need."""
    return sorted({(row.district, row.item) for row in case.scenario_demand})


def least_units(data: DispatchData) -> float:
    """Fewest units that any plan leaves missing, by the exact model."""
    if data.lane_count == 0 or data.need_count == 0:
        return float(data.need_units.sum())
    alike = replace(data, need_weight=np.ones(data.need_count))
    solved = solve_model(build_dispatch(alike, "unmet"), QUICK, stage="unmet")
    assert solved.objective is not None
    return float(solved.objective)


def only(data: DispatchData, district: int, item: int) -> DispatchData:
    """One need only; whom hubs serve stays as it is."""
    mine = (data.need_district == district) & (data.need_item == item)
    names = ("district", "item", "from_hours", "units", "weight", "waiting_cny", "unmet_cny")
    return replace(data, **{f"need_{name}": getattr(data, f"need_{name}")[mine] for name in names})


def test_most_that_can_come_alone_is_that_of_the_exact_model() -> None:
    """With nothing else sent, each need is met as far as the exact model meets it, by itself."""
    through = 0
    for seed in SEEDS:
        case = case_of(seed)
        data = build_dispatch_inputs(case, "flood").data
        nobody = present_trips(case, Plan({}), "flood")
        grounds = Grounds(case, None, "flood", pairs(case), nobody)
        for district, item in pairs(case):
            d, i = case.district_index()[district], case.item_index()[item]
            here = int(np.searchsorted(grounds.true.district, d))
            way = way_to(grounds.get(), nobody, d, i, ())
            brought = most_units(way, float(data.whole_demand_units[here, i]), 5.0)
            alone = only(data, here, i)
            exact = float(alone.need_units.sum()) - least_units(alone)
            assert brought.units == pytest.approx(np.floor(exact + 1e-6)), (seed, district, item)
            assert brought.most == brought.units
            hubs = way.ground.hubs
            through += hubs is not None and bool((hubs.source(brought.trip) >= 0).any())
    assert through


def wide(case: Case, thing: str, reach: HubReach) -> Case:
    """A case with one thing plentiful, written apart from the code that is tested."""
    hubs = {row.warehouse for row in case.warehouses if row.state == "hub"}
    if thing in ("vehicles", "through_hub"):
        more = [
            Fleet(warehouse=home.warehouse, fleet=kind.fleet, vehicles_count=99)
            for w, home in enumerate(case.warehouses)
            for k, kind in enumerate(case.vehicles)
            if (home.warehouse in hubs or kind.mode != "road") == (thing == "through_hub")
            and reach.may_have[w, k]
        ]
        case = case.replace(Fleet, (*case.fleets, *more))
    if thing in ("docks", "through_hub"):
        plenty = {"docks_per_hour": 99, "receive_m3_per_hour": None}
        is_hubs = thing == "through_hub"
        homes = (
            row.model_copy(update=plenty) if (row.warehouse in hubs) == is_hubs else row
            for row in case.warehouses
        )
        case = case.replace(Warehouse, homes)
    if thing == "through_hub":
        never = {"closed_from_hours": None, "closed_to_hours": None}
        case = case.replace(Leg, (row.model_copy(update=never) for row in case.legs))
        # Of these cases the one rule is about trains, the other about a hub.
        case = without_hours_of(case, "no_departure", "docks")
    if thing == "paper":
        case = case.replace(ApprovalRule, ())
    if thing == "home_reserve":
        free = (row.model_copy(update={"home_reserve_units": 0}) for row in case.stock)
        case = case.replace(Stock, free)
    return case


@pytest.mark.parametrize("thing", ["vehicles", "docks", "through_hub", "paper", "home_reserve"])
def test_as_much_comes_with_one_thing_relaxed_as_the_exact_model_brings(thing: str) -> None:
    """Each need by itself, with nothing else sent; whom hubs serve stays as it is."""
    compared = 0
    for seed in range(8):
        case = case_of(seed)
        nobody = present_trips(case, Plan({}), "flood")
        grounds = Grounds(case, None, "flood", pairs(case), nobody)
        reach = HubReach(case, case.scenario("flood"))
        there = wide(case, thing, reach)
        data = build_dispatch_inputs(there, "flood", served=reach.served([thing])).data
        for district, item in pairs(case):
            d, i = case.district_index()[district], case.item_index()[item]
            here = int(np.searchsorted(grounds.true.district, d))
            way = way_to(grounds.get([thing]), nobody, d, i, [thing])
            alone = only(data, here, i)
            exact = np.floor(float(alone.need_units.sum()) - least_units(alone) + 1e-6)
            whole = float(grounds.true.data.whole_demand_units[here, i])
            assert most_units(way, whole, 5.0).units == pytest.approx(exact), (seed, item)
            compared += 1
    assert compared > 10


def test_no_certificate_passes_what_some_plan_achieves() -> None:
    """Of all, and with all ways but those through hubs cut: never more than must be missing."""
    tight = set()
    for seed in range(12):
        inputs = build_dispatch_inputs(case_of(seed), "flood")
        data = inputs.data
        is_direct = ~np.isin(data.lane_warehouse, data.hub_warehouse) & (data.lane_hub < 0)
        cut = np.where(is_direct[:, None], np.inf, data.drive_hours)
        for each in (data, replace(data, drive_hours=cut)):
            least = least_units(each)
            for count in certificates(dispatch_problem(each), inputs.held.usable_units):
                assert count.short_units <= least + 1e-6, (seed, count)
                if count.short_units > 0:
                    tight.add(count.kind)
    assert tight >= {"supply", "reach", "docks", "fleet"}


Asked = tuple[Case, Plan, DispatchInputs]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> list[Asked]:
    """Plans, and plans made anew at hour 1, with what they were made from."""
    folder, found = tmp_path_factory.mktemp("changes"), []
    for seed in SEEDS:
        case = case_of(seed)
        plan = dispatch(case, "flood", options=FAST)
        found.append((case, plan, build_dispatch_inputs(case, "flood")))
        changes = valid_changes(seed, case, plan, 1.0, folder) if seed % 2 else None
        if changes is not None:
            former = plan.replace(Change, changes.changes)
            again = replan(case, former, "flood", report=Silence(), options=FAST, move_price=0.0)
            found.append((case, again, replan_inputs(case, former, "flood", None, 0.0)[0]))
    return found


def with_trips(inputs: DispatchInputs, standing: Standing, result: DispatchResult) -> Plan:
    """A plan of some trips with all its tables."""
    values = standing.values_of(result)
    names = STAGES[standing.objective]
    stages = [StageOutcome(name, values[name], 0.0, 0.0) for name in names]
    problem = standing.problem
    outcome = DispatchOutcome.of(inputs.data, problem.table, result, stages)
    return dispatch_plan(inputs, problem, outcome, 0.0, with_reasons=False)


def true_trip(way: Way, trip: int, standing: Standing) -> int:
    """Position among the true departures of one under no relaxation."""
    wide, table = way.ground, way.ground.problem.table
    lane = int(table.lane[trip])
    data, true = wide.problem.data, standing.problem.data
    home = wide.inputs.warehouse[data.lane_warehouse[lane]]
    is_home = standing.inputs.warehouse[true.lane_warehouse] == home
    if data.lane_hub[lane] >= 0:
        hub = wide.inputs.warehouse[data.hub_warehouse[data.lane_hub[lane]]]
        hubs = standing.inputs.warehouse[true.hub_warehouse]
        is_there = (true.lane_hub >= 0) & (hubs[true.lane_hub] == hub)
    else:
        district = wide.inputs.district[data.lane_district[lane]]
        own = np.append(standing.inputs.district, np.full(true.hub_count, -1))
        is_there = own[true.lane_district] == district
    (own_lane,) = np.flatnonzero(is_home & is_there)
    other = standing.problem.table
    (found,) = np.flatnonzero(
        (other.lane == own_lane)
        & (other.fleet == table.fleet[trip])
        & (other.start_period == table.start_period[trip])
    )
    return int(found)


def added(way: Way, brought: Brought, standing: Standing) -> DispatchResult:
    """Trips of the plan with what still comes on board, and further trips."""
    load = standing.result.load_units.astype(np.int64)
    for vehicle, units in zip(way.rooms.vehicle, brought.room, strict=True):
        load[vehicle, way.item] += round(units)
    trips, loads = [standing.result.trip], [load]
    for trip, count, units in zip(brought.trip, brought.vehicles, brought.load, strict=True):
        for k in range(round(count)):
            more = np.zeros((1, load.shape[1]), dtype=np.int64)
            more[0, way.item] = int(units * (k + 1) // count) - int(units * k // count)
            trips.append(np.array([true_trip(way, int(trip), standing)]))
            loads.append(more)
    return DispatchResult(np.concatenate(trips), np.concatenate(loads))


def test_replay_certifies_what_is_told_to_come_and_what_comes_first(asked: list[Asked]) -> None:
    """Half of the trips to districts left out: no rule is broken by what could still come.

    Nor by plans in which one need comes first; both bring what they say.
    """
    came = firsts = 0.0
    for case, plan, inputs in asked:
        now = situation_of(case, plan, "flood")
        whole = Standing.of(now.inputs, now.present, now.objective)
        kept = whole.is_leg(whole.result.trip) | (np.arange(len(whole.result)) % 2 == 0)
        few = DispatchResult(whole.result.trip[kept], whole.result.load_units[kept])
        thin = with_trips(inputs, whole, few)
        assert verify(case, thin).violations == ()
        then = situation_of(case, thin, "flood")
        grounds = Grounds(then.case, None, "flood", pairs(case), then.present, then.before)
        standing = Standing.of(grounds.true, then.present, then.objective)
        for row in thin.shortages:
            d, i = case.district_index()[row.district], case.item_index()[row.item]
            units = float(np.floor(row.unmet_units + 1e-6))
            if units < 1:
                continue
            way = way_to(grounds.get(), grounds.present, d, i, ())
            brought = most_units(way, units, 5.0)
            here = int(np.searchsorted(grounds.true.district, d))
            first = first_served(standing, here, i, units, 1.0)
            made = [(added(way, brought, standing), brought.units)]
            if first is not None:
                made.append((first.rearranged.result, first.units))
                firsts += 1
            for result, expected in made:
                after = with_trips(inputs, standing, result)
                assert verify(case, after).violations == ()
                short = {(s.district, s.item): s.unmet_units for s in after.shortages}
                left = short.get((row.district, row.item), 0.0)
                assert row.unmet_units - left == pytest.approx(expected)
            came += brought.units
    assert came > 0
    assert firsts > 0
