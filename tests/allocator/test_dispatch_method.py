"""The scalable method: plans that keep all rules, bounds that hold, against brute force and MIP."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from allocator.engine.dispatch_method import Method
from allocator.engine.dispatch_outcome import DispatchOutcome, StageOutcome
from allocator.engine.dispatch_problem import dispatch_problem
from allocator.solver import Progress, SolveOptions, Status, solve_model
from models.dispatch import build_dispatch
from models.dispatch_data import DispatchData
from models.dispatch_values import dispatch_values
from tests.models.dispatch_cases import (
    keeps_all_rules,
    random_data,
    random_problems,
    regional_data,
    single_lane,
)

LIVES = ("unmet", "waiting", "cost")
QUICK = SolveOptions(gap=0.01, time_limit_seconds=1.0)


def plan(
    data: DispatchData, stages: tuple[str, ...] = LIVES, options: SolveOptions = QUICK
) -> DispatchOutcome:
    """Run the method."""
    return Method(dispatch_problem(data), stages, options, lambda _: None, lambda _: None).run()


def vehicles(outcome: DispatchOutcome) -> list[tuple[int, int, int, list[int]]]:
    """Lane, fleet, start period and units by item of every vehicle."""
    table, result = outcome.table, outcome.result
    return [
        (
            int(table.lane[trip]),
            int(table.fleet[trip]),
            int(table.start_period[trip]),
            load.tolist(),
        )
        for trip, load in zip(result.trip, result.load_units, strict=True)
    ]


def by_stage(outcome: DispatchOutcome) -> dict[str, StageOutcome]:
    """Stages by name."""
    return {each.stage: each for each in outcome.stages}


@pytest.mark.parametrize("block", range(8))
def test_lives_plans_of_random_problems_stand_between_bound_and_best(block: int) -> None:
    """On 80 problems the plan keeps all rules and no bound passes the best of all plans."""
    for seed, data, best in random_problems(20_000 + 1000 * block, 10):
        outcome = plan(data)
        assert keeps_all_rules(data, vehicles(outcome)), f"seed {seed}"
        values = dispatch_values(data, outcome.table, outcome.result)
        found = by_stage(outcome)
        limits: dict[str, float] = {}
        for stage in LIVES:
            least = best.least(stage, **limits)
            assert found[stage].objective == pytest.approx(values[stage])
            assert found[stage].bound <= least + 1e-6, f"seed {seed}, {stage}"
            assert found[stage].objective >= best.least(stage, **limits) - 1e-6
            limits[stage] = found[stage].objective * (1 + 1e-4) + 1e-9


@pytest.mark.parametrize("stage", ["social", "served_cost"])
@pytest.mark.parametrize("block", range(2))
def test_money_plans_of_random_problems_stand_between_bound_and_best(
    stage: str, block: int
) -> None:
    """On 40 problems the bound is at most the best of all plans, the plan at least that."""
    for seed, data, best in random_problems(40_000 + 1000 * block, 10):
        outcome = plan(data, (stage,))
        assert keeps_all_rules(data, vehicles(outcome)), f"seed {seed}"
        (found,) = outcome.stages
        assert found.bound <= best.each[stage] + 1e-6, f"seed {seed}"
        assert found.objective >= best.each[stage] - 1e-6, f"seed {seed}"


@pytest.mark.parametrize(("seed", "stage"), [(1, "waiting"), (2, "waiting"), (2, "unmet")])
def test_bounds_hold_against_the_exact_model_on_regional_problems(seed: int, stage: str) -> None:
    """The bound is below the exact model's plan, the plan within a few percent of it."""
    data = regional_data(seed)
    outcome = plan(data)
    assert keeps_all_rules(data, vehicles(outcome))
    found = by_stage(outcome)
    limits = {"unmet": found["unmet"].objective} if stage == "waiting" else {}
    exact = solve_model(
        build_dispatch(data, stage, limits), SolveOptions(gap=0.02, time_limit_seconds=4.0)
    )
    assert exact.objective is not None
    assert exact.bound is not None
    assert found[stage].bound <= exact.objective + 1e-6
    assert exact.bound <= found[stage].objective * (1 + 1e-4) + 1e-6
    assert found[stage].objective <= 1.06 * exact.objective + 1e-6


def test_zero_need_means_zero_trips() -> None:
    """Where nothing is needed nobody drives and every value is zero."""
    data = single_lane(
        **{
            name: getattr(single_lane(), name)[:0]
            for name in (
                "need_district",
                "need_item",
                "need_from_hours",
                "need_units",
                "need_weight",
                "need_waiting_cny",
                "need_unmet_cny",
            )
        }
    )
    outcome = plan(data)
    assert len(outcome.result) == 0
    assert [(each.objective, each.bound) for each in outcome.stages] == [(0.0, 0.0)] * 3


def test_no_lane_means_all_need_unmet_and_proven() -> None:
    """Where nobody can go everything is unmet, and that is proven to be the best."""
    data = single_lane(drive_hours=np.array([[np.inf]]))
    outcome = plan(data)
    assert len(outcome.result) == 0
    assert [(each.objective, each.bound) for each in outcome.stages] == [
        (6.0, 6.0),
        (24.0, 24.0),
        (0.0, 0.0),
    ]


def test_single_lane_is_planned_to_the_optimum() -> None:
    """Docks of one an hour: two units at 2, 3 and 4 h, proven, at three trips' cost."""
    outcome = plan(single_lane(docks=np.array([1.0])))
    assert [(each.objective, each.bound) for each in outcome.stages] == [
        (0.0, 0.0),
        (pytest.approx(18.0), pytest.approx(18.0)),
        (pytest.approx(30.0), pytest.approx(30.0)),
    ]


def test_part_loads_share_a_vehicle_when_waiting_is_the_same() -> None:
    """Two units that fit one vehicle do not take two, which cost more for the same waiting."""
    data = single_lane(need_units=np.array([2.0]))
    assert len(plan(data).result) == 1


def test_more_of_anything_never_raises_the_bound() -> None:
    """Looser limits leave the bound of the relaxation as low or lower."""
    tight = SolveOptions(gap=1e-4, time_limit_seconds=2.0)
    for seed in (500, 501, 502, 503):
        data = random_data(seed)
        base = by_stage(plan(data, options=tight))["unmet"].bound
        more = replace(data, stock_units=data.stock_units + 1)
        assert by_stage(plan(more, options=tight))["unmet"].bound <= base + 1e-6


def test_scaling_the_prices_scales_the_social_stage() -> None:
    """Prices in fen instead of yuan give a hundred times the bound."""
    data = regional_data(7)
    scaled = replace(
        data,
        trip_cost_cny=data.trip_cost_cny * 100,
        need_waiting_cny=data.need_waiting_cny * 100,
        need_unmet_cny=data.need_unmet_cny * 100,
    )
    one, hundred = (plan(each, ("social",)).stages[0].bound for each in (data, scaled))
    assert hundred == pytest.approx(100 * one, rel=0.02)


def test_same_input_gives_the_same_plan() -> None:
    """Two runs with one seed give the same vehicles with the same loads."""
    options = SolveOptions(gap=0.2, time_limit_seconds=60.0)
    first, second = (plan(regional_data(3), options=options) for _ in range(2))
    assert vehicles(first) == vehicles(second)


def test_progress_and_plans_are_reported_on_the_way() -> None:
    """The first plan is reported before the relaxation is done; bounds never pass values."""
    news: list[Progress] = []
    plans: list[DispatchOutcome] = []
    problem = dispatch_problem(regional_data(1))
    Method(problem, LIVES, QUICK, news.append, plans.append).run()
    assert news
    assert len(plans) >= 2
    assert all(line.stage == "waiting" for line in news)
    known = [line for line in news if line.incumbent is not None and line.bound is not None]
    assert all(line.bound <= line.incumbent + 1e-6 for line in known)  # type: ignore[operator]
    totals = [each.stages[1].objective + 10.0 * each.stages[0].objective for each in plans]
    assert totals == sorted(totals, reverse=True)


def test_status_of_the_exact_model_is_known() -> None:
    """The exact model of the smallest problem ends optimal, so that comparisons mean something."""
    solved = solve_model(build_dispatch(single_lane(), "waiting"), SolveOptions(gap=0.0))
    assert solved.status is Status.OPTIMAL


def test_a_closed_headline_ends_the_plan_where_others_wait() -> None:
    """Past half of its time a scenario goes on only while its headline stage is open."""
    options = SolveOptions(gap=0.05, time_limit_seconds=20.0)
    for _, data, _ in random_problems(40, 6):
        begun = time.monotonic()
        method = Method(
            dispatch_problem(data), LIVES, options, lambda _: None, lambda _: None, is_sharing=True
        )
        waiting = method.run().stages[1]
        if waiting.objective - waiting.bound <= 0.05 * waiting.objective + 1e-9:
            assert time.monotonic() - begun < 0.7 * 20.0


def test_there_is_a_plan_even_without_any_time() -> None:
    """Where others wait no first plan is made, but one without any trip is not the answer."""
    options = SolveOptions(gap=0.05, time_limit_seconds=1e-3)
    for _, data, _ in random_problems(40, 6):
        problem = dispatch_problem(data)
        asked = Method(problem, LIVES, options, lambda _: None, lambda _: None, is_sharing=True)
        first = Method(problem, LIVES, options, lambda _: None, lambda _: None)
        assert (
            asked.run().stages[0].objective <= first.run().stages[0].objective * (1 + 1e-6) + 1e-6
        )
