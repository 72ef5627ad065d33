"""Why a warehouse is open, and why not: placements with it held otherwise."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from allocator.case import Case
from allocator.engine import placement
from allocator.engine.placement import place
from allocator.engine.placement_data import placement_problem
from allocator.engine.placement_options import Allowed
from allocator.engine.plan_parts import merge_plans
from allocator.engine.run_options import RunOptions, with_run_info
from allocator.errors import ConflictError, InfeasibleError
from allocator.explain import Question, explain
from allocator.explain.placement_choices import answer_placement, by_district_of
from allocator.intake import read_tables
from allocator.plan import Plan
from allocator.replay import verify
from allocator.report.explanations import with_explanation_sentences, write_explanations
from allocator.schema import EXPLANATION_SHEETS
from allocator.schema.explanations import Choice
from allocator.schema.network import Warehouse
from allocator.schema.procedure import Settings
from allocator.solver import SolveOptions
from allocator.tables import TableSet
from tests.allocator.test_replan import Silence
from tests.random_cases import random_case
from tests.tiny import build_case, build_tables

EXACT = SolveOptions(gap=1e-6, time_limit_seconds=20.0)
OPTIONS = RunOptions(gap=1e-6, time_limit_seconds=20.0, workers=1)


def placed(case: Case, allowed: Allowed | None = None) -> Plan:
    """A placement, certified by the replay."""
    plan = merge_plans([place(case, EXACT, Silence(), allowed=allowed)])
    plan = with_run_info(case, plan, OPTIONS, "place", 0.0)
    assert verify(case, plan).violations == ()
    return plan


def first_value(plan: Plan) -> float:
    """Value of the first stage."""
    return plan.stages[0].objective


@pytest.mark.parametrize("objective", ["social", "lives"])
@pytest.mark.parametrize("seed", range(2))
def test_the_free_optimum_is_the_best_over_what_each_warehouse_is_held_to(
    seed: int, objective: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One option of a warehouse after the other: the best of them is the free plan, no less.

    The decomposition rounds stock, so that of its values only the intervals must agree.
    """
    is_decomposed = bool(seed % 2)
    if is_decomposed:
        monkeypatch.setattr(placement, "MONOLITH_FLOWS", 0)
    case = random_case(90 + seed, objective=objective)
    free = placed(case).stages[0]
    assert free.bound is not None
    problem = placement_problem(case)
    owner = problem.data.first_stage.option_warehouse.tolist()
    for w, row in enumerate(problem.warehouses):
        own = [one for k, one in zip(owner, problem.options, strict=True) if k == w]
        values, bounds = list[float](), list[float]()
        for one in own:
            held = {row.warehouse: frozenset([(one.decision, one.size_class)])}
            try:
                plan = placed(case, held)
            except InfeasibleError:
                continue
            found = {each.warehouse: each for each in plan.open_warehouses}.get(row.warehouse)
            decided = (None, None) if found is None else (found.decision, found.size_class)
            assert decided == (one.decision, one.size_class)
            values.append(first_value(plan))
            bounds.append(plan.stages[0].bound or 0.0)
        slack = 1e-4 * free.objective + 1e-3
        assert min(bounds) <= free.objective + slack
        assert min(values) >= free.bound - slack
        if not is_decomposed:
            assert min(values) == pytest.approx(free.objective, rel=1e-4, abs=1e-3)


def closing_case() -> Case:
    """A random case in which a candidate is opened."""
    for seed in itertools.count(100):
        case = random_case(seed, objective="lives")
        if any(row.decision == "open" for row in placed(case).open_warehouses):
            return case
    raise AssertionError


@pytest.fixture(scope="module")
def opened() -> tuple[Case, Plan, str]:
    """A case, its placement, and the candidate that is opened."""
    case = closing_case()
    plan = placed(case)
    return case, plan, next(r.warehouse for r in plan.open_warehouses if r.decision == "open")


def test_a_candidate_held_closed_is_as_one_that_is_not_there(
    opened: tuple[Case, Plan, str],
) -> None:
    """Values of the forced plan are those of the case in which the candidate is closed."""
    case, plan, code = opened
    rows = answer_placement(case, plan, "why", code, OPTIONS)
    shut = [
        row.model_copy(update={"state": "closed"}) if row.warehouse == code else row
        for row in case.warehouses
    ]
    expected = {row.stage: row for row in placed(case.replace(Warehouse, shut)).stages}
    closed = {row.stage: row for row in rows if row.alternative == "closed"}
    assert closed.keys() == expected.keys()
    first = closed["unmet"]
    assert first.forced_value == pytest.approx(expected["unmet"].objective, rel=1e-4, abs=1e-3)
    assert first.plan_value == plan.stages[0].objective
    assert first.difference == pytest.approx((first.forced_value or 0) - first.plan_value)
    worse = (first.difference or 0.0) > 1e-3 * max(1.0, first.plan_value)
    assert first.is_distinguishable is worse


def test_why_not_forces_it_open_and_losers_are_those_who_wait_longer(
    opened: tuple[Case, Plan, str],
) -> None:
    """A plan made without the candidate asks why not: open it serves more, at a price."""
    case, plan, code = opened
    bare = placed(case, {code: frozenset([(None, None)])})
    rows = {row.stage: row for row in answer_placement(case, bare, "why_not", code, OPTIONS)}
    assert {row.alternative for row in rows.values()} == {"open"}
    assert rows["unmet"].forced_value == pytest.approx(first_value(plan), rel=1e-4, abs=1e-3)
    # It may be better, but the bound of the plan says no such thing of it.
    assert rows["unmet"].is_distinguishable is False


def test_waiting_by_district_adds_up_to_that_of_the_plan(opened: tuple[Case, Plan, str]) -> None:
    """Where no tail counts more than the mean, all districts' unit-hours are the waiting stage."""
    case, plan, _ = opened
    settings = case.settings.model_copy(update={"cvar_weight": 0.0})
    case = case.replace(Settings, (settings,))
    plan = placed(case)
    by_district = by_district_of(case, plan)
    waiting = next(row.objective for row in plan.stages if row.stage == "waiting")
    assert sum(hours for _, hours in by_district.values()) == pytest.approx(waiting, rel=1e-6)
    sent = sum(row.ship_units * case.scenario(row.scenario).probability for row in plan.allocations)
    assert sum(units for units, _ in by_district.values()) == pytest.approx(sent)


def test_premises_are_checked(opened: tuple[Case, Plan, str]) -> None:
    """Why of an open one, why-not of one that is not, neither of what is not ours."""
    case, plan, code = opened
    bare = placed(case, {code: frozenset([(None, None)])})
    with pytest.raises(ConflictError, match=f"Maybe ask --why {code}"):
        answer_placement(case, plan, "why_not", code, OPTIONS)
    with pytest.raises(ConflictError, match=f"Maybe ask --why-not {code}"):
        answer_placement(case, bare, "why", code, OPTIONS)
    with pytest.raises(ConflictError, match="external, so nothing is decided"):
        answer_placement(case, plan, "why", "W3", OPTIONS)


def test_what_hard_rules_forbid_is_told_as_such(tmp_path: Path) -> None:
    """No budget for another warehouse: it cannot be open under any plan."""
    raw = build_tables()
    raw["Settings"][0] |= {"objective": "lives", "capital_budget_cny": 1.0}
    raw["Coverage"] = []
    case = build_case(raw)
    plan = placed(case)
    answers = explain(case, plan, Question(why_not="W2"), OPTIONS)
    told = with_explanation_sentences(TableSet(answers.tables), "en")
    (row,) = told.rows(Choice)
    assert (row.scenario, row.district, row.reason) == (None, None, "hard_rules")
    assert row.forced_value is None
    assert row.sentence == "No plan that keeps the hard promises and limits does so."
    path = tmp_path / "why.xlsx"
    write_explanations(case, plan, told, path, "en")
    assert read_tables(path, EXPLANATION_SHEETS).rows(Choice) == told.rows(Choice)
