"""Reasons of random re-plans, by the exact model and by the replay of what they promise."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from allocator.case import Case
from allocator.engine.dispatch_data import DispatchInputs, build_dispatch_inputs
from allocator.engine.dispatch_outcome import DispatchOutcome, StageOutcome
from allocator.engine.dispatch_tables import dispatch_plan
from allocator.engine.first_replan import replan_inputs
from allocator.engine.plan_parts import merge_plans, placement_part
from allocator.engine.replan import replan
from allocator.engine.underway import Underway, gathered
from allocator.explain.grounds import Grounds
from allocator.explain.least_amount import most_units
from allocator.explain.reasons import shortfalls
from allocator.explain.situation import situation_of
from allocator.explain.standing import Standing
from allocator.explain.undone import Undone, change_code
from allocator.explain.ways import Brought, Rooms, Way, way_to
from allocator.plan import Plan
from allocator.replay import verify
from allocator.revisions import revised_cases, revisions
from allocator.schema.changes import Change
from allocator.schema.disaster import Fleet
from allocator.schema.network import District, Warehouse
from allocator.schema.procedure import ApprovalRule, Settings
from allocator.solver import SolveOptions, solve_model
from models.dispatch import build_dispatch
from models.dispatch_data import DispatchData
from models.dispatch_values import DispatchResult
from tests.allocator.explain_cases import QUICK
from tests.allocator.random_changes import valid_changes
from tests.allocator.test_replan import Silence
from tests.allocator.test_replan_random import planned as planned_at_random

SEEDS = range(70_000, 70_012)
FAST = SolveOptions(gap=1e-3, time_limit_seconds=2.0)


@cache
def _at_random(seed: int, folder: Path) -> tuple[Case, Plan, DispatchInputs] | None:
    """A random case planned anew at hour 1, with shortages."""
    case, plan, placement = planned_at_random(seed, is_free=True)
    changes = valid_changes(seed, case, plan, 1.0, folder)
    if changes is None:
        return None
    former = plan.replace(Change, changes.changes)
    given = (case, former, "flood")
    found = replan(*given, report=Silence(), placement=placement, options=FAST, move_price=0.0)
    base = [] if placement is None else [placement_part(placement)]
    asked, _ = replan_inputs(*given, placement, 0.0)
    return case, merge_plans([*base, found]), asked


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Case, Plan, DispatchInputs]]:
    """Random re-plans, with what they were made from."""
    folder = tmp_path_factory.mktemp("changes")
    made = (_at_random(seed, folder) for seed in SEEDS)
    return [each for each in made if each is not None]


@pytest.fixture(scope="module")
def replans(asked: list[tuple[Case, Plan, DispatchInputs]]) -> list[tuple[Case, Plan]]:
    """Random re-plans."""
    return [each[:2] for each in asked]


def test_what_a_result_leaves_is_what_its_re_plan_was_made_from(
    asked: list[tuple[Case, Plan, DispatchInputs]],
) -> None:
    """Read off the result, all that is left to plan is as it was before planning."""
    for case, plan, inputs in asked:
        found = situation_of(case, plan, "flood").inputs
        for part in fields(DispatchData):
            one, other = (getattr(each.data, part.name) for each in (inputs, found))
            assert _same(one, other), part.name
        assert found.residual == inputs.residual


def _same(one: object, other: object) -> bool:
    """Whether arrays, or all arrays of a part, are equal."""
    if is_dataclass(one) and is_dataclass(other):
        return all(_same(getattr(one, f.name), getattr(other, f.name)) for f in fields(one))
    return np.array_equal(np.asarray(one), np.asarray(other))


def _all_left(case: Case, plan: Plan) -> Underway:
    """What is left of everything when all trips of the plan are as they are."""
    found = revisions(plan.changes)
    cases = revised_cases(case, "flood", found)
    placement = plan if plan.has_placement else None
    return gathered(cases, plan, "flood", placement, found, (plan.trips, ()))


def _wide(case: Case, thing: str) -> Case:
    """A case with one thing plentiful, written apart from the code that is tested."""
    if thing == "vehicles":
        rows = [
            Fleet(warehouse=w.warehouse, fleet=v.fleet, vehicles_count=99)
            for w in case.warehouses
            for v in case.vehicles
        ]
        return case.replace(Fleet, rows)
    if thing == "docks":
        wide = [row.model_copy(update={"docks_per_hour": 99}) for row in case.warehouses]
        return case.replace(Warehouse, wide)
    if thing == "receiving":
        free = [row.model_copy(update={"receive_m3_per_hour": None}) for row in case.districts]
        return case.replace(District, free)
    if thing == "paper":
        return case.replace(ApprovalRule, ())
    if thing == "reach":
        hours = case.settings.horizon_hours + 48
        later = case.settings.model_copy(update={"horizon_hours": hours})
        return case.replace(Settings, (later,))
    return case


def _exact_units(
    before: Underway, placement: Plan | None, pair: tuple[int, int], thing: str
) -> float:
    """Units that still come to one need by the exact model, all trips as they are."""
    case = _wide(before.case, thing)
    then = before.under(case)
    if thing == "vehicles":
        then = replace(then, vehicles_out=np.zeros_like(then.vehicles_out))
    if thing == "receiving":
        then = replace(then, received_m3=np.zeros_like(then.received_m3))
    if thing == "home_reserve":
        held = then.held
        then = replace(then, held=replace(held, outside_units=held.usable_units))
    inputs = build_dispatch_inputs(case, "flood", placement, then)
    docks = inputs.data.docks_by_period.copy()
    for trip in (row for row in before.trips if row.state == "planned"):
        home = np.flatnonzero(inputs.warehouse == case.warehouse_index()[trip.warehouse])
        docks[home, round(trip.load_start_hours)] -= 1
    district = int(np.searchsorted(inputs.district, pair[0]))
    data = _only(replace(inputs.data, docks=docks), district, pair[1])
    left = float(data.need_units.sum())
    if data.lane_count == 0 or data.need_count == 0:
        return 0.0
    solved = solve_model(build_dispatch(data, "unmet"), QUICK, stage="unmet")
    assert solved.objective is not None
    return left - float(solved.objective) / float(data.need_weight[0])


def _only(data: DispatchData, district: int, item: int) -> DispatchData:
    """One need only."""
    mine = (data.need_district == district) & (data.need_item == item)
    names = ("district", "item", "from_hours", "units", "weight", "waiting_cny", "unmet_cny")
    return replace(data, **{f"need_{name}": getattr(data, f"need_{name}")[mine] for name in names})


def _without_rooms(way: Way) -> Way:
    """Ways of further trips only."""
    none = np.zeros(0, dtype=np.int64)
    return replace(way, rooms=Rooms(none, none, none, np.zeros(0), np.zeros(0)))


EXACT = ("", "vehicles", "docks", "receiving", "paper", "home_reserve", "reach")
"""Things whose relaxation moves no trip of the plan."""


@pytest.mark.parametrize("thing", EXACT)
def test_as_much_comes_by_further_trips_as_the_exact_model_brings(
    replans: list[tuple[Case, Plan]], thing: str
) -> None:
    """From the hour of the re-plan on, around what has left and what is planned."""
    binds = 0
    for case, plan in replans:
        now, before = situation_of(case, plan, "flood"), _all_left(case, plan)
        wanted = [each for each in shortfalls(case, plan, "flood") if each.units >= 1]
        needs = {(case.districts[w.district].district, case.items[w.item].item) for w in wanted}
        grounds = Grounds(now.case, now.placement, "flood", needs, now.present, now.before)
        for each in wanted:
            things = (thing,) if thing else ()
            place = each.district, each.item
            way = way_to(grounds.get(things), grounds.present, *place, things)
            late = way.comes_late(each.units)[0]
            units = most_units(_without_rooms(way), each.units, 5.0).units
            exact = _exact_units(before, now.placement, place, thing)
            # What comes too late under the true deadline is no need that is left under a later one.
            assert units == pytest.approx(min(each.units, np.floor(exact + 1e-6) + late)), thing
            binds += 0 < units < each.units or (units == 0 and not thing)
    assert binds or thing


def _with_trips(
    inputs: DispatchInputs, plan: Plan, standing: Standing, result: DispatchResult
) -> Plan:
    """The re-plan with other trips from now on, with all its tables."""
    stages = [StageOutcome(row.stage, 0.0, 0.0, 0.0) for row in plan.stages if row.part == "flood"]
    named = [
        replace(each, stage="served_cost") if standing.objective == "cost" else each
        for each in stages
    ]
    table = standing.problem.table
    outcome = DispatchOutcome.of(inputs.data, table, result, named)
    made = dispatch_plan(inputs, standing.problem, outcome, 0.0, with_reasons=False)
    base = [placement_part(plan)] if plan.has_placement else []
    return merge_plans([*base, made])


def _true_trip(grounds: Grounds, way: Way, trip: int, standing: Standing) -> int:
    """Position among the true departures of one under no relaxation."""
    wide, table = way.ground, way.ground.problem.table
    lane = int(table.lane[trip])
    home = int(wide.inputs.warehouse[wide.problem.data.lane_warehouse[lane]])
    to = int(wide.inputs.district[wide.problem.data.lane_district[lane]])
    true, data = standing.problem.table, grounds.true.data
    (found,) = np.flatnonzero(
        (grounds.true.warehouse[data.lane_warehouse[true.lane]] == home)
        & (grounds.true.district[data.lane_district[true.lane]] == to)
        & (true.fleet == table.fleet[trip])
        & (true.start_period == table.start_period[trip])
    )
    return int(found)


def _added(grounds: Grounds, way: Way, brought: Brought, standing: Standing) -> DispatchResult:
    """Trips with what still comes on board."""
    few = standing.result
    load = few.load_units.copy()
    # The trips of the present are in the order of the plan, as are those of the result.
    for vehicle, units in zip(way.rooms.vehicle, brought.room, strict=True):
        load[vehicle, way.item] += round(units)
    trips, loads = [few.trip], [load]
    for trip, count, units in zip(brought.trip, brought.vehicles, brought.load, strict=True):
        for k in range(round(count)):
            more = np.zeros((1, load.shape[1]), dtype=np.int64)
            more[0, way.item] = int(units * (k + 1) // count) - int(units * k // count)
            trips.append(np.array([_true_trip(grounds, way, int(trip), standing)]))
            loads.append(more)
    return DispatchResult(np.concatenate(trips), np.concatenate(loads))


def test_replay_certifies_what_is_told_to_come_with_nothing_relaxed(
    asked: list[tuple[Case, Plan, DispatchInputs]],
) -> None:
    """Trips left out of a re-plan: what could still come is added, and no rule is broken."""
    came = 0.0
    for case, plan, inputs in asked:
        whole = situation_of(case, plan, "flood")
        all_of = Standing.of(whole.inputs, whole.present, whole.objective)
        few = DispatchResult(all_of.result.trip[1::2], all_of.result.load_units[1::2])
        thin = _with_trips(inputs, plan, all_of, few)
        assert verify(case, thin).violations == ()
        now = situation_of(case, thin, "flood")
        standing = Standing.of(now.inputs, now.present, now.objective)
        wanted = [each for each in shortfalls(case, thin, "flood") if each.units >= 1]
        needs = {(case.districts[w.district].district, case.items[w.item].item) for w in wanted}
        grounds = Grounds(now.case, now.placement, "flood", needs, now.present, now.before)
        old = {(row.district, row.item): row.unmet_units for row in thin.shortages}
        for each in wanted:
            way = way_to(grounds.get(), grounds.present, each.district, each.item, ())
            brought = most_units(way, each.units, 5.0)
            result = _added(grounds, way, brought, standing)
            after = _with_trips(inputs, plan, standing, result)
            assert verify(case, after).violations == ()
            short = {(row.district, row.item): row.unmet_units for row in after.shortages}
            place = case.districts[each.district].district, case.items[each.item].item
            assert old[place] - short.get(place, 0.0) == pytest.approx(brought.units)
            came += brought.units
    assert came > 0


def test_named_changes_are_those_whose_absence_the_exact_model_finds_enough(
    replans: list[tuple[Case, Plan]],
) -> None:
    """Each change taken back by itself: named where all units come by further trips."""
    named = 0
    for case, plan in replans:
        placement = plan if plan.has_placement else None
        for each in (one for one in shortfalls(case, plan, "flood") if one.units >= 1):
            pair = each.district, each.item
            needs = {(case.districts[pair[0]].district, case.items[pair[1]].item)}
            undone = Undone(case, plan, "flood", needs)
            told = undone.causes(each)
            for k, change in enumerate(plan.changes):
                if change.kind not in ("demand", "stock_lost", "warehouse_lost", "road_closed"):
                    continue
                bare = told_again(plan, k)
                left = _all_left(case, bare)
                rest = build_dispatch_inputs(left.case, "flood", placement, left).residual.get(pair)
                missing = np.floor(sum(u for _, u in rest.pulses) + 1e-6) if rest else 0.0
                is_enough = missing < 1 or _exact_units(left, placement, pair, "") >= missing - 0.5
                if is_enough:
                    named += 1
                    assert change_code(change) in told, (change, told)
    assert named


def told_again(plan: Plan, taken_back: int) -> Plan:
    """The plan with one change never told."""
    rows = [
        Change(at_hours=row.at_hours, kind="no_change") if k == taken_back else row
        for k, row in enumerate(plan.changes)
    ]
    return plan.replace(Change, rows)
