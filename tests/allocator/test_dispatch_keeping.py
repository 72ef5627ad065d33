"""Back to the former plan: what is restored, what it may cost, and what stays as it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allocator.engine import dispatch_reloading
from allocator.engine.dispatch import dispatch
from allocator.engine.dispatch_data import build_dispatch_inputs
from allocator.engine.dispatch_filling import start_earlier
from allocator.engine.dispatch_former import FormerTrips, former_trips
from allocator.engine.dispatch_keeping import (
    differing,
    gone_back,
    items_on_board,
    keep_departures,
    kept_outcome,
)
from allocator.engine.dispatch_outcome import DispatchOutcome, StageOutcome
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem, stage_prices
from allocator.engine.dispatch_standing import Standing
from allocator.engine.dispatch_vehicles import VehiclePlan, result_loads
from allocator.engine.objectives import STAGES
from allocator.plan import loads_by_trip
from allocator.solver import SolveOptions
from models.dispatch_values import DispatchResult, dispatch_values
from tests.tiny import build_case, build_tables

EVER = 1e9
SEEDS = range(20)

Planned = tuple[DispatchProblem, FormerTrips]


@pytest.fixture(scope="module", params=sorted(STAGES))
def planned(request: pytest.FixtureRequest) -> Planned:
    """Trips of a greater flood as a former plan, under one objective: 13 under ``lives``."""
    tables = build_tables()
    tables["Settings"][0]["objective"] = request.param
    for sheet, column, factor in (
        ("Scenario_Demand", "demand_units", 4),
        ("Fleets", "vehicles_count", 3),
        ("Stock", "stock_units", 4),
    ):
        for row in tables[sheet]:
            row[column] *= factor
    case = build_case(tables)
    inputs = build_dispatch_inputs(case, "flood")
    plan = dispatch(case, "flood", options=SolveOptions(0.01, 1.0))
    former = former_trips(inputs, plan.trips, loads_by_trip(plan.loading_lines), 0.0)
    return dispatch_problem(inputs.data), former


@pytest.fixture
def objective(request: pytest.FixtureRequest) -> str:
    """Objective of the former plan."""
    return str(request.node.callspec.params["planned"])


lives = pytest.mark.parametrize("planned", ["lives"], indirect=True)


def as_plan(problem: DispatchProblem, former: FormerTrips, stage: str = "waiting") -> VehiclePlan:
    """The former plan itself."""
    trip = former.departures(problem)
    assert (trip >= 0).all()
    result = DispatchResult(trip, np.rint(former.load_units).astype(np.int64))
    departure = former.departure_prices(problem)
    prices = replace(stage_prices(problem.data, stage), departure=departure)
    return VehiclePlan(problem, prices, trip, result_loads(problem, result))


def scramble(plan: VehiclePlan, seed: int) -> None:
    """Move goods between vehicles to one district, and take some off."""
    draw = np.random.default_rng(seed)
    for _ in range(30):
        one, other = draw.integers(len(plan.trip), size=2).tolist()
        on_board = np.flatnonzero(plan.load[one] > 0)
        if one == other or not len(on_board):
            continue
        slot = int(draw.choice(on_board))
        units = float(draw.integers(1, plan.load[one, slot] + 1))
        plan.put(one, slot, -units)
        if plan.problem.district[plan.trip[one]] == plan.problem.district[plan.trip[other]]:
            put = min(units, plan.units_that_fit(other, slot))
            plan.put(other, slot, put)


Values = dict[str, float]


def kept(
    plan: VehiclePlan, former: FormerTrips, objective: str, *, is_exact: bool
) -> tuple[VehiclePlan, Values, Values]:
    """The plan brought back to the former one, and the values of both."""
    problem, stages = plan.problem, STAGES[objective]
    result = plan.result()
    if is_exact:
        named = [StageOutcome(stage, 0.0, 0.0, 0.0) for stage in stages]
        outcome = DispatchOutcome.of(problem.data, problem.table, result, named)
        found = kept_outcome(problem, outcome, former, EVER).result
        back = VehiclePlan(problem, plan.prices, found.trip, result_loads(problem, found))
    else:
        again = VehiclePlan(problem, plan.prices, plan.trip, plan.load)
        back, _ = gone_back(again, former, stages, EVER)
    values = [
        dispatch_values(problem.data, problem.table, each) for each in (result, back.result())
    ]
    return back, values[0], values[1]


@pytest.mark.parametrize("few", [400, 0], ids=["whole by a program", "rounded"])
def test_loads_that_were_as_good_come_back(
    planned: Planned, objective: str, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Goods were moved about and taken off at no gain: all former loads come back."""
    monkeypatch.setattr(dispatch_reloading, "_FEW", few)
    problem, former = planned
    before = dispatch_values(problem.data, problem.table, as_plan(problem, former).result())
    changed = 0
    for seed in SEEDS:
        plan = as_plan(problem, former)
        scramble(plan, seed)
        stays = plan.result()
        now = dispatch_values(problem.data, problem.table, stays)
        is_no_better = all(now[stage] >= before[stage] - 1e-9 for stage in STAGES[objective])
        if len(stays) < len(former.lane) or not is_no_better:
            continue
        changed += differing(plan, former) > 0
        back, was, found = kept(plan, former, objective, is_exact=True)
        assert differing(back, former) == 0, seed
        for stage in STAGES[objective]:
            assert found[stage] <= was[stage] * (1 + 1e-9) + 1e-6, (seed, stage)
    assert changed > 1


@pytest.mark.parametrize("is_exact", [True, False])
def test_no_stage_gets_worse_and_nothing_is_used_twice(
    planned: Planned, objective: str, *, is_exact: bool
) -> None:
    """Whatever the former plan was, and whatever another load costs."""
    problem, former = planned
    moved, extra = 0, problem.data.deadline_hours if objective == "lives" else 0.0
    headline = "waiting" if objective == "lives" else STAGES[objective][0]
    for seed in SEEDS:
        plan = as_plan(problem, former)
        draw = np.random.default_rng(seed)
        units = draw.permutation(former.load_units)
        other = replace(former, load_units=units, move_price=30.0)
        scramble(plan, seed)
        plan.drop_empty()
        then = differing(plan, other)
        back, was, found = kept(plan, other, objective, is_exact=is_exact)
        for stage in STAGES[objective]:
            is_cost_of_more = stage == "cost" and not is_exact
            assert is_cost_of_more or found[stage] <= was[stage] * (1 + 1e-9) + 1e-6, (seed, stage)
        left = back.left
        for rest in (left.need, left.stock, left.receive, back.room_kg, back.room_m3):
            assert rest.min(initial=0.0) >= -1e-6, seed
        assert left.outside[problem.outside_binds].min(initial=0.0) >= -1e-6, seed
        saved = was[headline] - found[headline] + extra * (was["unmet"] - found["unmet"])
        now = differing(back, other)
        assert now <= then if is_exact else saved + 30.0 * (then - now) >= -1e-6, seed
        moved += now != then
    assert moved


@lives
def test_a_load_that_saves_less_than_its_price_comes_back(planned: Planned) -> None:
    """A tent that comes an hour earlier is worth it where its trip costs less than that hour."""
    problem, former = planned
    plan = as_plan(problem, former)
    hours = problem.table.unload_end_hours[plan.trip]
    pairs = [
        (late, early, slot)
        for late in range(len(hours))
        for early in range(len(hours))
        for slot in np.flatnonzero(plan.load[late] > 0).tolist()
        if problem.district[plan.trip[late]] == problem.district[plan.trip[early]]
        and hours[late] > hours[early] + 0.5
        and plan.load[early, slot] >= 1
    ]
    assert pairs
    late, early, slot = pairs[0]
    # The former plan brought one unit later, so that two trips are loaded otherwise now.
    best, units = plan.load.copy(), plan.load.copy()
    plan.put(early, slot, -1.0)
    assert plan.units_that_fit(late, slot) >= 1
    units[[early, late], slot] += np.array([-1.0, 1.0])
    worth = float(plan.prices.late[plan.needs(late)[slot]] * (hours[late] - hours[early]))
    for share, other in ((0.4, 2), (0.6, 0)):
        before = VehiclePlan(problem, plan.prices, plan.trip, units)
        told = replace(former, load_units=items_on_board(before), move_price=share * worth)
        standing = Standing(problem, STAGES["lives"], 0.01)
        assert standing.offer(before)
        kept_it = standing.settle(*gone_back(before, told, STAGES["lives"], EVER))
        found = standing.plan(plan.prices)
        assert (kept_it, differing(found, told)) == (other > 0, other)
        now = VehiclePlan(problem, plan.prices, plan.trip, best)
        assert standing.offer(now) == (other == 0)
        assert not standing.settle(*gone_back(now, told, STAGES["lives"], EVER)), "it is the best"


def later_by_one(plan: VehiclePlan) -> tuple[int, int]:
    """A vehicle and a departure of its lane and kind an hour later that may be taken instead."""
    table = plan.problem.table
    for vehicle, trip in enumerate(plan.trip.tolist()):
        same = (table.lane == table.lane[trip]) & (table.fleet == table.fleet[trip])
        after = np.flatnonzero(same & (table.start_period == table.start_period[trip] + 1))
        if len(after) and plan.may_exchange(vehicle, int(after[0])):
            return vehicle, int(after[0])
    raise AssertionError("no vehicle can leave later")


@lives
@pytest.mark.parametrize(("factor", "stays"), [(0.9, False), (1.1, True)])
def test_a_former_departure_is_left_only_where_that_saves_its_price(
    planned: Planned, factor: float, *, stays: bool
) -> None:
    """A trip may go back by an hour where the hour costs less; nor does it start earlier then."""
    problem, former = planned
    plan = as_plan(problem, former)
    vehicle, later = later_by_one(plan)
    needs = plan.needs(vehicle)
    late = np.where(needs >= 0, plan.prices.late[needs], 0.0) @ plan.load[vehicle]
    # The former plan left an hour later; now it leaves an hour earlier.
    period = former.period + (np.arange(len(former.period)) == vehicle)
    told = replace(former, period=period, move_price=factor * float(late))
    prices = replace(plan.prices, departure=told.departure_prices(problem))
    now = VehiclePlan(problem, prices, plan.trip, plan.load)
    assert keep_departures(now, told) == stays
    assert (now.trip[vehicle] == later) == stays
    start_earlier(now)
    assert (now.trip[vehicle] == later) == stays
