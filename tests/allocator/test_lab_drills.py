"""A drill as a scenario: what it changes by hand, how it reads back, and that it dispatches."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from allocator.approvals import release
from allocator.case import Case
from allocator.engine.dispatch import dispatch
from allocator.engine.dispatch_hours import docks_by_hour, receiving_by_hour
from allocator.intake import read_case_with_issues, write_case
from allocator.lab import in_sample, run_cascade, with_drill
from allocator.lab.effects import MOST_PULSES
from allocator.lab.multipliers import shrunken_runs, worst_mean
from allocator.replay import verify
from allocator.replay.ground import Ground
from allocator.schema.disaster import Scenario, ScenarioDamage, ScenarioDemand
from allocator.schema.dispatch_rules import HourRule
from allocator.schema.sign_offs import ScenarioSignOff
from allocator.solver import SolveOptions
from tests.lab_cases import lab_case


@pytest.fixture(scope="module")
def drilled() -> Case:
    """The tiny case with its drill as a scenario of the chosen sample."""
    case = lab_case()
    return in_sample(with_drill(case, case.drills[0]), "outage")


def test_scenario_is_alone_in_its_sample(drilled: Case) -> None:
    """The drill has the code, the sample and the whole probability to itself."""
    (scenario,) = drilled.scenarios
    assert (scenario.scenario, scenario.sample, scenario.probability) == ("outage", "outage", 1.0)
    assert scenario.event_time == in_sample(drilled, "base").scenario("flood").event_time
    assert [row.probability for row in in_sample(drilled, "base").scenarios] == [0.6, 0.4]


def test_need_rises_at_once_by_hand(drilled: Case) -> None:
    """Power fails at hour 0: half as much water on top, from the first hour on."""
    water = {
        (row.district, row.from_hours): row.demand_units
        for row in drilled.scenario_demand
        if row.item == "WATER"
    }
    assert water == {("450101", 0.0): 600.0, ("450201", 0.0): 1200.0}


def test_need_that_rises_slowly_comes_in_few_parts(drilled: Case) -> None:
    """Finance fails slowly: whole tents on top, in few parts, none later than it arises."""
    case = lab_case()
    finance = run_cascade(case, case.drills[0]).inoperability[:48, 1]
    rows = [row for row in drilled.scenario_demand if row.item == "TENT"]
    rows = [row for row in rows if row.district == "450201"]
    risen = 40 * 0.5 * np.maximum.accumulate(finance)
    assert sum(row.demand_units for row in rows) == round(40 + risen[-1])
    assert 2 <= len(rows) <= 1 + MOST_PULSES
    for hour in range(48):
        told = sum(row.demand_units for row in rows if row.from_hours <= hour)
        assert told >= 40 + risen[hour] - 0.5 - 1e-9


def test_damage_by_hand(drilled: Case) -> None:
    """Roads into the prefecture named are slower; what the province keeps loses a tenth."""
    rows = [row for row in drilled.scenario_damage if row.scenario == "outage"]
    roads = {row.district: row.road_time_factor for row in rows if row.district}
    # The quickest drive takes less than an hour, so the worst hour counts.
    assert roads == {"450201": pytest.approx(1.5)}
    shares = {row.warehouse: row.usable_share for row in rows if row.warehouse}
    assert shares == {"W3": pytest.approx(0.9)}


def test_worst_mean_is_over_hours_in_a_row() -> None:
    """Of 1, 3, 2, 1 the worst two in a row are 3 and 2; all there are, if more are asked for."""
    values = np.array([1.0, 3.0, 2.0, 1.0])
    assert worst_mean(values, 1) == 3.0
    assert worst_mean(values, 2) == 2.5
    assert worst_mean(values, 9) == 1.75


def test_docks_and_receiving_shrink_by_hour(drilled: Case) -> None:
    """City docks go from 2 to 1 while power is down; receiving follows it by twentieths."""
    scenario = drilled.scenario("outage")
    docks = docks_by_hour(drilled, scenario, np.array([2.0, np.inf, 3.0]))
    power = [1, 1, 1, 1, 0.5, 0.25, 0.125, 0.0625]
    assert docks[0, :10].tolist() == [1, 1, 1, 1, 1, 1, 1, 1, 2, 2]
    assert docks[2].tolist() == [3.0] * docks.shape[1]
    receiving = receiving_by_hour(drilled, scenario, np.array([np.inf, np.inf, 18.0]))
    expected = [18 * np.rint(20 * (1 - q / 2)) / 20 for q in power]
    assert receiving[2, :8].tolist() == pytest.approx(expected)


def test_runs_are_whole_and_at_least_one() -> None:
    """A dock that is not closed starts a vehicle an hour; a full closure closes it."""
    left = np.array([0.0, 0.2, 0.99, 1.0])
    assert shrunken_runs(3, left, is_whole=True) == [(0, 1, 0.0), (1, 2, 1.0)]
    assert shrunken_runs(10, left, is_whole=False) == [(0, 1, 0.0), (1, 2, 2.0)]


def test_signatures_are_late_by_their_own_hours(drilled: Case) -> None:
    """The release of the saved scenario is that of the drill's course, step by step."""
    case = lab_case()
    course = run_cascade(case, case.drills[0])
    found = release(drilled, drilled.scenario("outage")).step_finish_hours
    for key, step in course.steps.items():
        assert found[key] == pytest.approx(step.end_hours)
    assert {row.scenario for row in drilled.rows(ScenarioSignOff)} == {"outage"}


def test_what_the_scenario_slows_already_is_slowed_on_top() -> None:
    """A factor of the base scenario stays in the drill's, and the release follows."""
    given = {"scenario": "flood", "procedure": "LOCAL", "step": "1", "duration_factor": 2}
    case = lab_case(Scenario_Sign_Offs=[given | {"added_hours": 0.5}])
    course = run_cascade(case, case.drills[0])
    # 0.5 h twice and half an hour more are 1.5 h of work, 3 h at half speed.
    assert course.steps["LOCAL", "1"].end_hours == pytest.approx(3.0)
    made = in_sample(with_drill(case, case.drills[0]), "outage")
    found = release(made, made.scenario("outage")).step_finish_hours
    assert found["LOCAL", "1"] == pytest.approx(3.0)


@pytest.mark.parametrize("name", ["case.xlsx", "case.json", "case"])
def test_saved_drill_reads_back(tmp_path: Path, name: str) -> None:
    """Written and read, the case is the same, without a fault, and is saved twice the same."""
    case = lab_case()
    made = with_drill(case, case.drills[0])
    write_case(made, tmp_path / name)
    again, issues = read_case_with_issues(str(tmp_path / name))
    assert again is not None, issues
    assert [issue for issue in issues if issue.severity == "error"] == []
    for kind in (Scenario, ScenarioDemand, ScenarioDamage, HourRule, ScenarioSignOff):
        assert again.rows(kind) == made.rows(kind)
    assert with_drill(again, again.drills[0]).digest == again.digest


def test_saved_drill_dispatches_and_is_certified(drilled: Case) -> None:
    """Engine and replay understand the scenario alike."""
    plan = dispatch(drilled, "outage", options=SolveOptions(gap=0.05, time_limit_seconds=5))
    assert verify(drilled, plan).certified
    assert plan.trips


def test_hours_of_one_scenario_hold_in_no_other() -> None:
    """Engine and replay look at the scenario that a row of Hours names."""
    rule = {"kind": "docks", "warehouse": "W1", "amount": 0, "from_hours": 0, "scenario": "quake"}
    case = lab_case(Hours=[rule])
    plain = np.array([2.0, np.inf, 3.0])
    flood = docks_by_hour(case, case.scenario("flood"), plain)
    quake = docks_by_hour(case, case.scenario("quake"), plain)
    assert (flood[0] == 2).all()
    assert (quake[0] == 0).all()
    hours = Ground(case).hours
    assert hours.docks("flood", "W1", 3.0) is None
    assert hours.docks("quake", "W1", 3.0) == 0
