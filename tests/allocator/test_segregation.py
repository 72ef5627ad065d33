"""Items that must not travel together, from the sheet to the certified plan."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allocator.case import Case
from allocator.engine.dispatch import dispatch
from allocator.engine.dispatch_data import build_dispatch_inputs
from allocator.engine.dispatch_exact import LEXICOGRAPHIC
from allocator.engine.dispatch_method import Method
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_problem import dispatch_problem
from allocator.engine.dispatch_vertices import vertex_loads
from allocator.engine.plan_parts import merge_plans
from allocator.engine.replan import replan
from allocator.explain.grounds import Grounds
from allocator.explain.present import present_trips
from allocator.explain.standing import Standing
from allocator.explain.ways import way_to
from allocator.plan import Plan
from allocator.replay import verify
from allocator.schema.changes import Change
from allocator.schema.dispatch_rules import Segregation
from allocator.solver import SolveOptions
from models.dispatch_data import DispatchData
from tests.allocator.test_hours import ROUGH, Silence
from tests.models.dispatch_cases import brute_force, keeps_all_rules, regional_data
from tests.random_cases import random_dispatch_case
from tests.tiny import build_case

EXACT = SolveOptions(gap=LEXICOGRAPHIC, time_limit_seconds=60.0)
QUICK = SolveOptions(gap=0.05, time_limit_seconds=1.0)
LIVES = ("unmet", "waiting", "cost")


def apart(case: Case) -> Case:
    """The case with tents and water apart."""
    return case.replace(Segregation, [Segregation(item="WATER", other_item="TENT")])


def mixed(plan: Plan) -> set[str]:
    """Trips that carry more than one item."""
    items: dict[str, set[str]] = {}
    for line in plan.loading_lines:
        items.setdefault(line.trip, set()).add(line.item)
    return {trip for trip, on_board in items.items() if len(on_board) > 1}


def method(data: DispatchData, gap: float = 0.02) -> DispatchOutcome:
    """Plan by the scalable method."""
    options = SolveOptions(gap=gap, time_limit_seconds=1.5)
    return Method(dispatch_problem(data), LIVES, options, lambda _: None, lambda _: None).run()


def test_whole_cases_equal_the_best_of_all_plans() -> None:
    """In 4 cases in which the pair binds, unmet and waiting are the best; the replay agrees."""
    found, seed = 0, 110_000
    while found < 4:
        seed += 1
        plain = random_dispatch_case(seed, objective="lives")
        case = apart(plain)
        best = brute_force(build_dispatch_inputs(case, "flood").data)
        free = brute_force(build_dispatch_inputs(plain, "flood").data)
        if best is None or free is None or best.lives == free.lives:
            continue
        found += 1
        plan = merge_plans([dispatch(case, "flood", options=EXACT)])
        limits: dict[str, float] = {}
        for row in plan.stages[:2]:
            least = best.least(row.stage, **limits)
            assert row.objective == pytest.approx(least, rel=2 * LEXICOGRAPHIC, abs=1e-5), seed
            limits[row.stage] = row.objective * (1 + LEXICOGRAPHIC) + 1e-6
        assert verify(case, plan).violations == (), seed


@pytest.mark.parametrize("seed", range(2))
def test_the_scalable_method_keeps_pairs_apart_and_its_bound_holds(seed: int) -> None:
    """Three items, two pairs: no vehicle breaks the rule, and the bound without it holds."""
    plain = regional_data(seed)
    pairs = np.zeros((3, 3), dtype=bool)
    pairs[0, 1] = pairs[1, 0] = pairs[1, 2] = pairs[2, 1] = True
    data = replace(plain, segregated=pairs)
    found, free = method(data), method(plain)
    table = found.table
    vehicles = [
        (int(table.lane[t]), int(table.fleet[t]), int(table.start_period[t]), load.tolist())
        for t, load in zip(found.result.trip, found.result.load_units, strict=True)
    ]
    assert keeps_all_rules(data, vehicles)
    waiting, wide = found.stages[1], free.stages[1]
    assert wide.bound <= waiting.objective * (1 + 1e-9)
    assert waiting.bound <= waiting.objective
    assert waiting.gap < 0.25


def test_vertex_loads_leave_forbidden_mixes_out() -> None:
    """A heavy and a bulky item fill a truck together; apart each fills it alone."""
    plain = replace(regional_data(0))
    pairs = np.zeros((3, 3), dtype=bool)
    pairs[0, 2] = pairs[2, 0] = True
    kept = vertex_loads(replace(plain, segregated=pairs))
    for all_, fewer in zip(vertex_loads(plain), kept, strict=True):
        is_mix = (all_[:, 0] > 0) & (all_[:, 2] > 0)
        assert is_mix.any()
        assert fewer.tolist() == all_[~is_mix].tolist()


def test_a_plan_that_mixes_is_refused_though_it_is_better() -> None:
    """The free plan of the tiny case mixes, waits less, and breaks the rule on those trips."""
    case = build_case()
    free = merge_plans([dispatch(case, "flood", options=QUICK)])
    assert mixed(free)
    broken = [v for v in verify(apart(case), free).violations if v.rule == "vehicle_segregation"]
    assert len(broken) == len(mixed(free))
    kept = merge_plans([dispatch(apart(case), "flood", options=QUICK)])
    assert verify(apart(case), kept).violations == ()
    assert not mixed(kept)
    assert kept.stages[1].objective >= free.stages[1].objective - 1e-6
    assert verify(case, kept).violations == ()


def test_a_replan_keeps_what_has_left_and_keeps_pairs_apart() -> None:
    """Water is needed more from hour 3 on: old trips are found again, no new one mixes."""
    case = apart(build_case())
    plan = merge_plans([dispatch(case, "flood", options=ROUGH)])
    change = Change.model_validate(
        {"at_hours": 3.0, "kind": "demand", "district": "450101", "item": "WATER", "amount": 700}
    )
    former = plan.replace(Change, [change])
    again = merge_plans([replan(case, former, "flood", report=Silence(), options=ROUGH)])
    assert verify(case, again).violations == ()
    assert not mixed(again)


def test_explanations_put_nothing_beside_what_it_must_not_travel_with() -> None:
    """Room on a vehicle with tents is none for water; the plan is found among all mixes."""
    plain = build_case()
    plan = merge_plans([dispatch(apart(plain), "flood", options=ROUGH)])
    for case in (plain, apart(plain)):
        present = present_trips(case, plan, "flood")
        needs = {(row.district, row.item) for row in case.scenario_demand}
        grounds = Grounds(case, None, "flood", needs, present)
        standing = Standing.of(grounds.true, present, "lives")
        assert standing.values["unmet"] == pytest.approx(plan.stages[0].objective)
        ways = [
            way_to(grounds.get(), present, district, item, ("vehicles",))
            for district in range(3)
            for item in range(2)
        ]
        rooms = [(way, v) for way in ways for v in way.rooms.vehicle.tolist()]
        beside = [v for way, v in rooms if present.load_units[v, 1 - way.item] > 0]
        assert bool(beside) == (case is plain)
        for way in ways:
            key = way.ground.problem.departure_key[way.trip]
            assert len(key) == len(np.unique(key))
