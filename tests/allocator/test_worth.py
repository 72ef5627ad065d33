"""The worth of the model: values by hand, order of the bounds, budgets, held-back scenarios."""

from __future__ import annotations

from pathlib import Path

import pytest

from allocator.case import Case
from allocator.engine.baselines import today_plan
from allocator.engine.held_back import only_scenarios, split_scenarios
from allocator.engine.mean_value import mean_case
from allocator.engine.placement import place
from allocator.engine.placement_data import placement_problem
from allocator.engine.plan_pricing import first_stage_of, priced_tables
from allocator.engine.run_options import RunOptions
from allocator.engine.worth import HoldBack, run_worth
from allocator.engine.worth_table import (
    Foresight,
    Interval,
    PlanWorth,
    figures_of,
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
from allocator.schema.network import Coverage
from allocator.schema.worth import WorthLine
from allocator.solver import SolveOptions
from models.placement_data import OBJECTIVES
from models.valuation import FirstStagePlan
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


@pytest.mark.parametrize(("high", "is_said"), [(100.0, False), (90.0, True)])
def test_a_simpler_plan_that_is_better_is_not_passed_over(high: float, is_said: bool) -> None:
    """Where the model ran out of time, its own line says so."""
    line = WorthLine(
        plan="model_plan", unit="CNY/year", value=100.0, value_low=50.0, value_high=high
    )
    told = with_worth_sentences(Plan({"Worth": (line,)}), "en").worth[0].sentence
    assert ("Raise --time-limit" in told) == is_said


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
    "worst_value",
)

DERIVED_RULES = {"interval", "difference", "unit", "rules", "worst"}


def test_no_derived_figure_can_be_changed_by_hand(newsvendor: Plan) -> None:
    """Differences, intervals and flags follow from the values: each change is caught."""
    case = newsvendor_case()
    assert verify(case, newsvendor).certified
    seen: set[str] = set()
    for number, row in enumerate(newsvendor.worth):
        for field in DERIVED:
            told = getattr(row, field)
            if told is None:
                continue
            changed = {"unit": "CNY", "keeps_rules": not told, "worst_value": -1.0}
            other = changed[field] if field in changed else told + 3.0
            lines = list(newsvendor.worth)
            lines[number] = row.model_copy(update={field: other})
            verdict = verify(case, newsvendor.replace(WorthLine, lines))
            assert not verdict.certified, (row.plan, field)
            broken = {each.rule for each in verdict.violations if each.rule.startswith("worth_")}
            assert broken
            seen |= broken
    assert {f"worth_{rule}" for rule in DERIVED_RULES} <= seen


def test_the_line_of_the_model_is_that_of_its_placement(newsvendor: Plan) -> None:
    """A better value than the placement reaches is not certified, nor is a lost line."""
    case, lines = newsvendor_case(), newsvendor.worth
    model = lines[0].model_copy(update={"value": 29_000.0})
    changed = verify(case, newsvendor.replace(WorthLine, (model, *lines[1:])))
    assert "worth_model" in {each.rule for each in changed.violations}
    lost = verify(case, newsvendor.replace(WorthLine, lines[1:]))
    assert [each.rule for each in lost.violations] == ["worth_listed"]
