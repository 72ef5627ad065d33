"""Simpler plans: budgets, what steps promise, and prices that the replay confirms."""

from __future__ import annotations

import numpy as np
import pytest

from allocator.case import Case
from allocator.engine.baselines import keeps_budgets, median_plan, own_open_count, today_plan
from allocator.engine.greedy import GreedySearch, greedy_plan
from allocator.engine.greedy_steps import greedy_steps
from allocator.engine.placement_data import placement_problem
from allocator.engine.plan_pricing import price_first_stage, priced_tables
from allocator.engine.question_kinds import Question
from allocator.engine.questions import answer_question
from allocator.engine.worth_table import (
    figures_of,
    judge,
)
from allocator.replay.placement_value import value_placement
from allocator.schema.procedure import Settings
from allocator.solver import SolveOptions
from models.placement_data import OBJECTIVES
from models.valuation import FirstStagePlan, stage_value
from tests.allocator.worth_cases import newsvendor_case
from tests.random_cases import random_case

EXACT = SolveOptions(gap=1e-7, time_limit_seconds=60)


@pytest.mark.parametrize("seed", range(620, 626))
@pytest.mark.parametrize("objective", ["social", "lives"])
def test_simple_plans_keep_the_budgets(seed: int, objective: str) -> None:
    """Greedy and p-median spend no more than both budgets, fit, and are no worse than today."""
    case = random_case(seed, objective=objective)
    problem = placement_problem(case)
    today = today_plan(problem.data)
    if not keeps_budgets(problem.data, today):
        pytest.skip("today's network is over budget, and so is what begins with it")
    answer = answer_question(case, Question("median", sites=2), EXACT)
    nearest = {row.district: row.warehouse for row in answer.responsible if row.warehouse}
    greedy = greedy_plan(problem.data, case.settings.objective)
    assert greedy.is_complete
    values = {}
    made = {"today": today, "greedy": greedy.plan, "median": median_plan(problem, nearest)}
    for name, plan in made.items():
        assert keeps_budgets(problem.data, plan), name
        replayed = value_placement(case, priced_tables(problem, plan, case.settings.objective))
        assert not replayed.faults, name
        assert replayed.broken_rules == (), name
        values[name] = judge(figures_of(replayed, case.settings), case.settings).value
    assert values["greedy"] <= values["today"] * (1 + 1e-9)


def test_greedy_takes_the_step_that_pays_most_first() -> None:
    """With money for 20 of 30 tents each of equal worth, all 20 are bought and none beyond."""
    case = newsvendor_case(capital_budget_cny=20_000.0)
    found = greedy_plan(placement_problem(case).data, "social")
    assert found.plan.stock_units.sum() == 20
    assert found.is_complete


@pytest.mark.parametrize("seed", range(630, 636))
def test_no_step_brings_more_than_its_prices_prove(seed: int) -> None:
    """What the last prices promise is never less than what the exact recourse then finds."""
    objective = ("social", "lives", "cost")[seed % 3]
    case = random_case(seed, objective=objective, cvar_weight=0.5 * (seed % 2), cvar_alpha=0.5)
    data = placement_problem(case).data
    search = GreedySearch(data, objective)  # type: ignore[arg-type]
    here = search.at(today_plan(data))
    lots = np.full(data.first_stage.item_count, 7.0)
    steps = greedy_steps(data, here.plan, search.slopes(here), lots)
    for step in steps:
        gain = here.value - search.at(step.plan, here).value
        assert gain <= step.at_most + 1e-6 * max(1.0, abs(here.value))
        assert search.at(step.plan).value == pytest.approx(here.value - gain)


def test_stock_of_the_median_is_scaled_to_the_budget() -> None:
    """The largest need is 30 tents; with money for 20 of them 20 are bought."""
    problem = placement_problem(newsvendor_case(capital_budget_cny=20_999.0))
    plan = median_plan(problem, {"450101": "W1", "450201": "W2"})
    assert plan.stock_units[:, 0].tolist() == [20.0, 0.0]


def test_a_new_site_that_cannot_be_paid_for_is_left_out(tiny_case: Case) -> None:
    """Opening costs 200,000 CNY: with less the p-median is today's network, with more it opens."""
    for budget, sites in ((150_000.0, 1), (450_000.0, 2)):
        settings = tiny_case.settings.model_copy(update={"capital_budget_cny": budget})
        problem = placement_problem(tiny_case.replace(Settings, (settings,)))
        nearest = {"450101": "W1", "450102": "W1", "450201": "W2"}
        plan = median_plan(problem, nearest)
        assert own_open_count(problem.data, plan) == sites
        assert keeps_budgets(problem.data, plan)


@pytest.mark.parametrize("objective", ["social", "lives"])
def test_pricing_agrees_with_the_replay(tiny_case: Case, objective: str) -> None:
    """The recourse of any first stage is worth what the replay finds, stage by stage."""
    case = tiny_case
    problem = placement_problem(case)
    today = today_plan(problem.data)
    result = price_first_stage(problem.data, today, objective)  # type: ignore[arg-type]
    replayed = value_placement(
        case,
        priced_tables(problem, today, objective),  # type: ignore[arg-type]
    )
    assert not replayed.violations
    probability = np.array([row.probability for row in replayed.scenarios.values()])
    unmet = probability @ np.array([row.unmet for row in replayed.scenarios.values()])
    waiting = probability @ np.array([row.waiting for row in replayed.scenarios.values()])
    rules = OBJECTIVES["lives"]
    assert stage_value(problem.data, result, rules[0]) == pytest.approx(unmet)
    assert stage_value(problem.data, result, rules[1]) == pytest.approx(waiting)


def test_a_plan_over_its_budget_is_named(tiny_case: Case) -> None:
    """Stock that nobody can pay for breaks the capital budget, and the replay says so."""
    problem = placement_problem(tiny_case)
    today = today_plan(problem.data)
    stock = today.stock_units.copy()
    stock[0, 1] += 1e5
    plan = FirstStagePlan(today.option, stock)
    replayed = value_placement(tiny_case, priced_tables(problem, plan, "social"))
    assert not replayed.faults
    assert {"capital_budget", "warehouse_volume"} <= set(replayed.broken_rules)
