"""The worth of the model: values by hand, order of the bounds, budgets, held-back scenarios."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from allocator.case import Case
from allocator.engine.baselines import keeps_budgets, median_plan, own_open_count, today_plan
from allocator.engine.greedy import GreedySearch, greedy_plan
from allocator.engine.greedy_steps import greedy_steps
from allocator.engine.held_back import only_scenarios, split_scenarios
from allocator.engine.mean_value import MEAN_SCENARIO, mean_case
from allocator.engine.placement import place
from allocator.engine.placement_data import placement_problem
from allocator.engine.plan_pricing import first_stage_of, price_first_stage, priced_tables
from allocator.engine.questions import Question, answer_question
from allocator.engine.runs import RunOptions
from allocator.engine.worth import HoldBack, run_worth
from allocator.engine.worth_table import (
    Foresight,
    Interval,
    PlanWorth,
    figures_of,
    judge,
    perfect_information,
    stochastic_solution,
    worth_lines,
)
from allocator.errors import AllocatorError, InfeasibleError
from allocator.plan import Plan
from allocator.publication import publish
from allocator.replay import verify
from allocator.replay.placement_value import value_placement
from allocator.report.worth import with_worth_sentences
from allocator.schema.disaster import ScenarioDemand
from allocator.schema.network import Coverage
from allocator.schema.procedure import Settings
from allocator.schema.worth import WorthLine
from allocator.solver import SolveOptions
from models.placement_data import OBJECTIVES
from models.valuation import FirstStagePlan, stage_value
from tests.allocator.worth_cases import newsvendor_case, two_towns_case
from tests.placement_oracle import Oracle
from tests.random_cases import random_case

EXACT = SolveOptions(gap=1e-7, time_limit_seconds=60)
OPTIONS = RunOptions(gap=1e-7, time_limit_seconds=60.0, workers=1)


class Silence:
    """A report that nobody hears."""

    def __call__(self, news: object) -> None:
        """Take news."""

    def best(self, plan: object) -> None:
        """Take a plan."""


def lines_of(plan: Plan) -> dict[str, WorthLine]:
    """Lines of the comparison by plan."""
    return {row.plan: row for row in plan.worth}


def solved(case: Case) -> Plan:
    """Place without a listener."""
    return place(case, EXACT, Silence())


def compared(case: Case) -> dict[str, WorthLine]:
    """Compare model and mean-value plan in this process."""
    problem = placement_problem(case)
    objective = case.settings.objective
    model = solved(case)
    mean = first_stage_of(problem, solved(mean_case(case)))
    foresight = {}
    for row in case.scenarios:
        alone = only_scenarios(case, [row.scenario])
        plan = place(alone, EXACT, Silence(), stage_count=1)
        figures = figures_of(value_placement(alone, plan), case.settings)
        foresight[row.scenario] = Foresight(
            figures[row.scenario].value, plan.stages[0].bound or 0.0
        )
    plans = []
    made = {"model_plan": first_stage_of(problem, model), "mean_value": mean}
    for name, first in made.items():
        replayed = value_placement(case, priced_tables(problem, first, objective))
        assert not replayed.faults
        plans.append(PlanWorth(name, replayed))  # type: ignore[arg-type]
    lines = worth_lines(case.settings, plans, foresight, model.stages[0].bound)
    return {line.plan: line for line in lines}


@pytest.fixture(scope="module")
def newsvendor() -> Plan:
    """Comparison of the newsvendor case, each scenario held back in turn."""
    return run_worth(newsvendor_case(), OPTIONS, HoldBack(folds=2))


def test_values_of_the_newsvendor_are_those_by_hand(newsvendor: Plan) -> None:
    """RP 30,000, EEV 35,000, WS 20,000: VSS 5,000 and EVPI 10,000, as closed intervals."""
    lines = lines_of(newsvendor)
    for plan, value in (
        ("model_plan", 30_000),
        ("today", 60_000),
        ("p_median", 30_000),
        ("greedy", 30_000),
        ("mean_value", 35_000),
    ):
        assert lines[plan].value == pytest.approx(value), plan
        assert lines[plan].difference == pytest.approx(value - 30_000), plan
        assert lines[plan].keeps_rules
    for plan, value in (("wait_and_see", 20_000), ("vss", 5_000), ("evpi", 10_000)):
        assert lines[plan].value is None
        assert lines[plan].value_low == pytest.approx(value, rel=1e-5), plan
        assert lines[plan].value_high == pytest.approx(value, rel=1e-5), plan
    assert lines["mean_value"].worst_value == pytest.approx(50_000)
    assert lines["mean_value"].worst_scenario == "high"


def test_held_back_values_of_the_newsvendor_are_those_by_hand(newsvendor: Plan) -> None:
    """Plans for one need meet the other: 70,000 or 30,000 where 10,000 or 30,000 were promised."""
    model = lines_of(newsvendor)["model_plan"]
    assert model.planned_value == pytest.approx(20_000)
    assert model.held_back_value == pytest.approx(50_000)
    assert model.optimism == pytest.approx(30_000)
    today = lines_of(newsvendor)["today"]
    assert today.held_back_value == pytest.approx(today.value)
    assert newsvendor.run_info["held back 1"] in ("low", "high")


def test_lives_compares_the_unmet_need_first() -> None:
    """Money for 20 tents in two towns: RP 5, EEV 7.5, WS 0, so VSS is 2.5 and EVPI 5."""
    lines = compared(two_towns_case())
    assert lines["model_plan"].unit == "weighted units"
    assert lines["model_plan"].value == pytest.approx(5)
    assert lines["mean_value"].value == pytest.approx(7.5)
    for plan, value in (("wait_and_see", 0.0), ("vss", 2.5), ("evpi", 5.0)):
        assert lines[plan].value_low == pytest.approx(value, abs=1e-4), plan
        assert lines[plan].value_high == pytest.approx(value, abs=1e-4), plan


def test_one_certain_disaster_leaves_nothing_to_know() -> None:
    """With one scenario the mean is the scenario: VSS and EVPI are 0."""
    case = only_scenarios(newsvendor_case(), ["high"])
    lines = compared(case)
    assert lines["model_plan"].value == pytest.approx(30_000)
    for plan in ("vss", "evpi"):
        assert lines[plan].value_low == 0.0
        assert lines[plan].value_high == pytest.approx(0.0, abs=1e-2)


def test_intervals_contain_what_gaps_leave_open_and_are_never_negative() -> None:
    """RP between 90 and 100: a mean-value plan at 95 saves 0 to 5; foresight 80 to 92."""
    best = Interval(90.0, 100.0)
    assert stochastic_solution(best, 95.0) == Interval(0.0, 5.0)
    assert stochastic_solution(best, 120.0) == Interval(20.0, 30.0)
    assert perfect_information(best, Interval(80.0, 92.0)) == Interval(0.0, 20.0)


@pytest.mark.parametrize(
    ("seed", "objective"),
    [(k, "social") for k in range(600, 605)] + [(k, "lives") for k in range(610, 613)],
)
def test_foresight_is_no_dearer_than_the_model_and_the_model_than_the_mean(
    seed: int, objective: str
) -> None:
    """WS <= RP <= EEV within the gaps, and RP is the best of all choices by enumeration."""
    case = random_case(seed, objective=objective, cvar_weight=0.4 * (seed % 2), cvar_alpha=0.5)
    lines = compared(case)
    model, free = lines["model_plan"], lines["wait_and_see"]
    assert model.value is not None
    assert free.value_low is not None
    assert free.value_high is not None
    room = 1e-4 * max(1.0, model.value)
    assert free.value_low <= free.value_high <= model.value + room
    mean = lines["mean_value"]
    if mean.keeps_rules:
        assert mean.value is not None
        assert mean.value >= model.value - room
        assert lines["vss"].value_low is not None
        assert 0.0 <= lines["vss"].value_low <= mean.value - model.value + room
    if case.settings.cvar_weight == 0.0:
        rule = OBJECTIVES[case.settings.objective][0]
        best = Oracle(placement_problem(case).data).best(rule, {})
        assert best is not None
        assert model.value_low is not None
        assert model.value_high is not None
        assert model.value_low - room <= best <= model.value_high + room


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


def test_vss_is_not_claimed_for_a_plan_that_breaks_a_rule(tiny_case: Case) -> None:
    """Without a mean-value plan that could be chosen there is no VSS."""
    problem = placement_problem(tiny_case)
    today = today_plan(problem.data)
    stock = today.stock_units.copy()
    stock[0, 1] += 1e5
    broken = priced_tables(problem, FirstStagePlan(today.option, stock), "social")
    plans = [
        PlanWorth(
            "model_plan", value_placement(tiny_case, priced_tables(problem, today, "social"))
        ),
        PlanWorth("mean_value", value_placement(tiny_case, broken)),
    ]
    settings = tiny_case.settings.model_copy(update={"objective": "social"})
    lines = {line.plan: line for line in worth_lines(settings, plans, {}, None)}
    assert lines["vss"].value_low is None
    assert "capital_budget" in lines["vss"].broken_rules
    assert lines["wait_and_see"].value_low == 0.0


def test_mean_scenario_has_mean_need_and_mean_damage(tiny_case: Case) -> None:
    """0.6 of the flood and 0.4 of the quake; roads count only where something is needed."""
    mean = mean_case(tiny_case)
    need = {(row.district, row.item): row.demand_units for row in mean.scenario_demand}
    assert need["450102", "TENT"] == pytest.approx(0.6 * 30 + 0.4 * 60)
    assert need["450101", "WATER"] == pytest.approx(0.6 * 400)
    damage = {row.warehouse or row.district: row for row in mean.scenario_damage}
    assert damage["W1"].usable_share == pytest.approx(0.6 + 0.4 * 0.5)
    assert damage["450102"].road_time_factor == pytest.approx(0.6 + 0.4 * 1.5)
    assert not damage["450102"].is_cut_off
    assert [row.scenario for row in mean.scenarios] == [MEAN_SCENARIO]
    assert mean.scenarios[0].order_hours == pytest.approx(
        0.6 * tiny_case.settings.order_hours + 0.4
    )


def test_a_held_back_scenario_leaves_nothing_in_what_is_planned(tiny_case: Case) -> None:
    """Need, damage and probability of the others are gone; the rest adds up to 1."""
    kept = only_scenarios(tiny_case, ["flood"])
    more = [
        row.model_copy(update={"demand_units": 9 * row.demand_units})
        if row.scenario == "quake"
        else row
        for row in tiny_case.scenario_demand
    ]
    changed = tiny_case.replace(ScenarioDemand, more)
    assert only_scenarios(changed, ["flood"]).digest == kept.digest
    assert changed.digest != tiny_case.digest
    assert [row.probability for row in kept.scenarios] == [1.0]
    assert not [row for row in kept.scenario_damage if row.scenario != "flood"]


def test_a_held_back_scenario_never_influences_a_plan() -> None:
    """Planned for 10 tents and judged on 50: every plan has just 10, and 40 are missing."""
    seed = next(
        k
        for k in range(20)
        if split_scenarios(["low", "high"], hold_back=0.5, folds=None, seed=k)[0].held_back
        == ("high",)
    )
    options = RunOptions(gap=1e-7, time_limit_seconds=60.0, seed=seed, workers=1)
    lines = lines_of(run_worth(newsvendor_case(50.0), options, HoldBack(share=0.5)))
    for plan in ("model_plan", "p_median", "greedy", "mean_value"):
        assert lines[plan].planned_value == pytest.approx(10_000), plan
        assert lines[plan].held_back_value == pytest.approx(10_000 + 40 * 3_000), plan
        assert lines[plan].value != pytest.approx(10_000), plan


@pytest.mark.parametrize("folds", [2, 3, 7])
def test_folds_hold_back_each_scenario_once(folds: int) -> None:
    """Every scenario is judged once, by a plan made without it."""
    codes = [f"s{k}" for k in range(7)]
    splits = split_scenarios(codes, hold_back=None, folds=folds, seed=3)
    assert sorted(code for split in splits for code in split.held_back) == codes
    for split in splits:
        assert sorted((*split.planned, *split.held_back)) == codes
        assert split.planned


@pytest.mark.parametrize(
    ("share", "folds", "words"),
    [
        (0.9, None, "leaves none to plan with"),
        (1.0, None, "must be > 0 and < 1"),
        (None, 1, "must be >= 2"),
        (None, 4, "number of scenarios"),
        (0.5, 2, "exclude each other"),
    ],
)
def test_splits_that_cannot_be_are_refused(
    share: float | None, folds: int | None, words: str
) -> None:
    """What cannot be held back is said, with what can."""
    with pytest.raises(AllocatorError, match=words):
        split_scenarios(["a", "b", "c"], hold_back=share, folds=folds, seed=0)


def test_a_case_that_cannot_be_is_refused_with_its_rules(tiny_case: Case) -> None:
    """A promise beyond every budget ends the comparison as it ends a placement."""
    promise = Coverage(
        risk_level="any", item="TENT", target_hours=1.5, units_per_1000_people=10_000
    )
    with pytest.raises(InfeasibleError, match="promise"):
        run_worth(tiny_case.replace(Coverage, (promise,)), OPTIONS)


def test_single_sourcing_is_refused_with_a_way_out() -> None:
    """Plans without responsible warehouses cannot be priced under single sourcing."""
    with pytest.raises(AllocatorError, match="set is_single_sourced to no"):
        run_worth(newsvendor_case(is_single_sourced=True), OPTIONS)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_workbook_holds_the_comparison(newsvendor: Plan, tmp_path: Path, lang: str) -> None:
    """The sheet reads back equal, with its sentences, a chart and a certificate."""
    told = with_worth_sentences(newsvendor, lang)  # type: ignore[arg-type]
    assert all(row.sentence for row in told.worth)
    path = tmp_path / "worth.xlsx"
    published = publish(
        newsvendor_case(), told, path, lang=lang, with_page=False, with_pictures=False
    )
    assert published.verdict.certified
    assert published.plan.worth == told.worth
    topics = [row.topic for row in published.plan.summary]
    assert (
        sum(("模型价值" if lang == "zh" else "Worth of the model") in each for each in topics) == 8
    )


DERIVED = (
    "value_low",
    "value_high",
    "difference",
    "difference_share",
    "optimism",
    "held_back_difference",
    "held_back_difference_share",
    "unit",
    "keeps_rules",
)


def test_no_derived_figure_can_be_changed_by_hand(newsvendor: Plan) -> None:
    """Differences, intervals and flags follow from the values: each change is caught."""
    case = newsvendor_case()
    assert verify(case, newsvendor).certified
    for number, row in enumerate(newsvendor.worth):
        for field in DERIVED:
            told = getattr(row, field)
            if told is None:
                continue
            other = "CNY" if field == "unit" else (not told if told is True else told + 3.0)
            lines = list(newsvendor.worth)
            lines[number] = row.model_copy(update={field: other})
            verdict = verify(case, newsvendor.replace(WorthLine, lines))
            assert not verdict.certified, (row.plan, field)
            assert any(each.rule.startswith("worth_") for each in verdict.violations)


def test_the_line_of_the_model_is_that_of_its_placement(newsvendor: Plan) -> None:
    """A better value than the placement reaches is not certified, nor is a lost line."""
    case, lines = newsvendor_case(), newsvendor.worth
    model = lines[0].model_copy(update={"value": 29_000.0})
    changed = verify(case, newsvendor.replace(WorthLine, (model, *lines[1:])))
    assert "worth_model" in {each.rule for each in changed.violations}
    lost = verify(case, newsvendor.replace(WorthLine, lines[1:]))
    assert [each.rule for each in lost.violations] == ["worth_listed"]
