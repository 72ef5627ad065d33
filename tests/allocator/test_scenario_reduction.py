"""Placement on few scenarios: the choice, the value on all of them, and the bound."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from click.testing import CliRunner

from allocator.case import Case
from allocator.cli.program import main, program
from allocator.engine.placement import place
from allocator.engine.placement_data import placement_problem
from allocator.engine.reduced_placement import place_sample
from allocator.engine.scenario_reduction import choose_scenarios, scenario_features
from allocator.errors import DataError
from allocator.intake import read_case, read_plan, write_case
from allocator.plan import Plan
from allocator.replay import verify
from allocator.schema.disaster import Scenario, ScenarioDamage, ScenarioDemand
from allocator.solver import SolveOptions, Status, solve_model
from benchmarks.reduction import larger_sample, with_settings
from models.placement import build_placement
from models.placement_data import OBJECTIVES
from models.recourse import value_scale
from tests.random_cases import random_case
from tests.tiny import build_case, build_tables

EXACT = SolveOptions(gap=1e-6, time_limit_seconds=20)


class Silence:
    """A report that nobody hears."""

    def __call__(self, news: object) -> None:
        """Take news."""

    def best(self, plan: object) -> None:
        """Take a plan."""


def sampled(seed: int, count: int = 12, **settings: Any) -> Case:
    """A random small case with a sample made larger."""
    return larger_sample(random_case(seed, **settings), count, seed)


def solved(case: Case) -> Plan:
    """Place without a listener."""
    return place_sample(case, EXACT, Silence())


def shuffled(case: Case) -> Case:
    """The case with scenarios, need and damage in another order."""
    order = random.Random(3)
    for kind in (Scenario, ScenarioDemand, ScenarioDamage):
        rows = list(case.rows(kind))
        order.shuffle(rows)
        case = case.replace(kind, rows)
    return case


def test_distance_of_the_tiny_case_by_hand() -> None:
    """Flood and quake differ by need, roads and storage as worked out on paper."""
    tables = build_tables()
    names = [row["scenario"] for row in tables["Scenarios"]]
    assert names == ["flood", "quake"]
    tables["Settings"][0]["clock"] = "order"
    tables["Scenario_Demand"] = [
        # Prefecture of 450101 and 450102 is one, that of 450201 another. Tents weigh 2, water 1.
        {"scenario": "flood", "district": "450101", "item": "TENT", "demand_units": 10},
        {"scenario": "quake", "district": "450102", "item": "TENT", "demand_units": 10},
        {"scenario": "quake", "district": "450102", "item": "WATER", "demand_units": 4},
    ]
    tables["Scenario_Damage"] = [
        {"scenario": "quake", "district": "450102", "road_time_factor": 1.5}
    ]
    _, features = scenario_features(build_case(tables))
    # Tents move next door: nothing. Water is 4 more: 4. Roads lose 1/3 of (20 + 4): 8.
    assert np.abs(features[0] - features[1]).sum() == pytest.approx(4 + 8)


def test_need_that_moves_to_another_prefecture_counts_half() -> None:
    """Ten tents of weight 2 leave, and 5 arrive where each counts twice as much."""
    tables = build_tables()
    tables["Settings"][0]["clock"] = "order"
    tables["Scenario_Demand"] = [
        {"scenario": "flood", "district": "450101", "item": "TENT", "demand_units": 10},
        {"scenario": "quake", "district": "450201", "item": "TENT", "demand_units": 5},
    ]
    tables["Scenario_Damage"] = []
    _, features = scenario_features(build_case(tables))
    # 20 weighted units move: a quarter leaves one prefecture, a quarter arrives in the other.
    assert np.abs(features[0] - features[1]).sum() == pytest.approx(10)


def test_extremes_are_kept_and_told() -> None:
    """Largest need in all, by province, item and hazard stay, with the reason."""
    case = with_settings(read_case("guangxi"), reduce_to=8)
    choice = choose_scenarios(case)
    weight = {row.item: row.priority_weight for row in case.items}
    total: dict[str, float] = {}
    by_item: dict[tuple[str, str], float] = {}
    for row in case.scenario_demand:
        total[row.scenario] = total.get(row.scenario, 0) + weight[row.item] * row.demand_units
        key = row.item, row.scenario
        by_item[key] = by_item.get(key, 0) + row.demand_units
    kept = {choice.scenarios[k].scenario: choice.reasons.get(k, "") for k in choice.reduction.kept}
    assert len(kept) == 8
    assert "largest need;" in kept[max(total, key=lambda s: total[s])]
    for item in weight:
        most = max((k for k in by_item if k[0] == item), key=lambda k: by_item[k])[1]
        assert f"item {item}" in kept[most]
    for hazard in {row.hazard for row in case.scenarios}:
        own = [row.scenario for row in case.scenarios if row.hazard == hazard]
        assert f"hazard {hazard}" in kept[max(own, key=lambda s: total[s])]
    tail = choose_scenarios(with_settings(case, cvar_weight=0.5))
    assert any("tail" in reason for reason in tail.reasons.values())
    order = sorted(total, key=lambda s: -total[s])
    probability = {row.scenario: row.probability for row in case.scenarios}
    mass, expected = 0.0, []
    for s in order:
        if mass >= 0.1 - 1e-9:
            break
        expected.append(s)
        mass += probability[s]
    assert set(expected) <= {tail.scenarios[k].scenario for k in tail.reduction.kept}


def test_order_of_rows_changes_nothing() -> None:
    """Scenarios, need and damage in another order give the same choice."""
    case = with_settings(larger_sample(read_case("guangxi"), 60), reduce_to=10)
    one, other = choose_scenarios(case), choose_scenarios(shuffled(case))
    assert one.reduction.kept.tolist() == other.reduction.kept.tolist()
    assert one.reduction.represented_by.tolist() == other.reduction.represented_by.tolist()
    assert one.reduction.error == other.reduction.error
    assert one.reasons == other.reasons


@pytest.mark.parametrize("number", [2, 5, None])
def test_enough_scenarios_change_nothing(number: int | None) -> None:
    """As many scenarios as there are, or more, is the placement as it always was."""
    case = random_case(4)
    plan = solved(with_settings(case, reduce_to=number))
    plain = place(case, EXACT, Silence())
    for sheet, rows in plain.tables.items():
        if sheet != "Stages":
            assert plan.tables[sheet] == rows, sheet
    assert not plan.scenario_reduction
    assert [s.objective for s in plan.stages] == [s.objective for s in plain.stages]


def whole_model_values(case: Case, plan: Plan) -> dict[str, float]:
    """Stages of the whole model with sizes and stock of a plan fixed, one after the other."""
    problem = placement_problem(case)
    data, limits = problem.data, {}
    decided = {row.warehouse: (row.decision, row.size_class) for row in plan.open_warehouses}
    stock = {(row.warehouse, row.item): row.stock_units for row in plan.stock_plan}
    found = {}
    for rule in OBJECTIVES[case.settings.objective]:
        model = build_placement(data, rule, limits, whole=True)
        for o, variable in model.choose_option.items():
            w = int(data.first_stage.option_warehouse[o])
            option = problem.options[o]
            wanted = decided.get(problem.warehouses[w].warehouse, (None, None))
            variable.fix(float((option.decision, option.size_class) == wanted))
        for (w, i), variable in model.stock_units.items():
            key = problem.warehouses[w].warehouse, case.items[i].item
            variable.fix(stock.get(key, 0.0))
        answer = solve_model(model, EXACT)
        assert answer.status is Status.OPTIMAL
        scale = value_scale(data, rule.criterion)
        found[rule.stage] = float(answer.objective or 0.0) * scale
        limits[rule.criterion] = float(answer.objective or 0.0) * scale * (1 + 1e-6)
    return found


def relaxed_value(case: Case) -> float:
    """First stage of the whole model with choices and stock in parts."""
    data = placement_problem(case).data
    rule = OBJECTIVES[case.settings.objective][0]
    model = build_placement(data, rule, {}, whole=False)
    pyo.TransformationFactory("core.relax_integer_vars").apply_to(model)
    answer = solve_model(model, EXACT)
    assert answer.status is Status.OPTIMAL
    return float(answer.objective or 0.0) * value_scale(data, rule.criterion)


@pytest.mark.parametrize(
    ("seed", "objective", "cvar_weight"),
    [(3, "lives", 0.0), (21, "social", 0.0), (21, "lives", 0.5), (3, "cost", 0.7)],
)
def test_full_value_and_bound(seed: int, objective: str, cvar_weight: float) -> None:
    """The plan's value is that of the whole model on all scenarios; the bound is below the best."""
    case = sampled(seed, objective=objective, cvar_weight=cvar_weight)
    plan = solved(with_settings(case, reduce_to=6))
    assert verify(case, plan).certified
    told = {stage.stage: stage for stage in plan.stages}
    for stage, value in whole_model_values(case, plan).items():
        assert told[stage].objective == pytest.approx(value, rel=2e-3, abs=1.0), stage
    best = place(case, EXACT, Silence())
    for stage in best.stages[:2]:
        bound = told[stage.stage].bound
        assert bound is not None
        assert bound <= stage.objective * (1 + 1e-4) + 1e-6, stage.stage
        assert stage.objective <= told[stage.stage].objective * (1 + 1e-4) + 1e-6
    rule = OBJECTIVES[case.settings.objective][0]  # type: ignore[index]
    bound = told[rule.stage].bound
    assert bound is not None
    if cvar_weight == 0.0:
        # Cuts averaged over all scenarios reach the relaxation of the whole model.
        assert bound >= relaxed_value(case) * (1 - 1e-2) - 1e-6
    rows = plan.scenario_reduction
    assert [row.scenario for row in rows] == [row.scenario for row in case.scenarios]
    assert sum(row.is_kept for row in rows) == 6
    assert sum(row.probability_after for row in rows) == pytest.approx(1.0)
    assert all(bool(row.reason) == row.is_kept for row in rows)
    errors = {row.measure: row for row in plan.reduction_errors}
    moved = sum(row.probability_before * row.distance for row in rows)
    assert errors["kantorovich"].value == pytest.approx(moved)
    assert errors["kantorovich"].share == pytest.approx(moved / errors["kantorovich"].compared_to)
    for name, stage in told.items():
        assert errors[name].compared_to == stage.objective


def test_numbers_that_do_not_fit_are_refused() -> None:
    """Too few for the extremes, or a rule for every scenario: an error names the setting."""
    case = read_case("guangxi")
    with pytest.raises(DataError, match=r"Settings: reduce_to \(2\) must be >= 3") as caught:
        choose_scenarios(with_settings(case, reduce_to=2))
    issue = caught.value.issues[0]
    assert (issue.sheet, issue.field, issue.value) == ("Settings", "reduce_to", "2")
    every = {"min_served_share": 0.1, "is_single_sourced": True, "n1_served_share": 0.3}
    for rule, value in every.items():
        with pytest.raises(DataError, match=f"does not go with {rule}"):
            choose_scenarios(with_settings(case, reduce_to=8, **{rule: value}))


def test_a_promise_under_losses_does_not_go_with_fewer_scenarios(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command says so with the way out; losses that are only reported may stay."""
    source, target = tmp_path / "case.xlsx", tmp_path / "plan.xlsx"
    write_case(sampled(3), source)
    words = ["place", f"{source}?n1_served_share=0.3", "--reduce-to", "8", "-o", str(target)]
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert "reduce_to (8) does not go with n1_served_share" in told
    assert "Maybe leave reduce_to or n1_served_share empty" in told
    assert not target.exists()
    reported = with_settings(read_case("guangxi"), reduce_to=8, n1_served_share=0.0)
    assert int(choose_scenarios(reported).reduction.kept.size) == 8


def test_a_number_below_one_is_wrong_usage() -> None:
    """The command refuses 0 before it reads anything."""
    words = ["place", "guangxi", "-o", "x.xlsx", "--reduce-to", "0"]
    answer = CliRunner().invoke(program, words)
    assert answer.exit_code == 2
    assert "0 is not in the range x>=1" in answer.output


def test_from_the_command_line_to_a_certified_workbook(tmp_path: Path) -> None:
    """The workbook tells who was kept and the error; JSON and summary tell it too."""
    source, target = tmp_path / "case.xlsx", tmp_path / "plan.xlsx"
    write_case(sampled(3), source)
    words = ["place", str(source), "-o", str(target), "--reduce-to", "6", "--time-limit", "20"]
    answer = CliRunner().invoke(program, [*words, "--no-page", "--no-pictures", "--json"])
    assert answer.exit_code == 0, answer.output
    document = json.loads(answer.stdout)
    assert document["certified"]
    assert document["reduction"]["scenarios"] == 12
    assert len(document["reduction"]["kept"]) == 6
    plan = read_plan(target)
    assert {row.measure for row in plan.reduction_errors} == {
        "kantorovich",
        *(stage.stage for stage in plan.stages),
    }
    assert any(line.figure == "6 / 12" for line in plan.summary)
    assert plan.run_info["reduce_to"] == "6"
