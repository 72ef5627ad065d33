"""All scenarios of a case in turn: the lightest first, shared time, second turns for the open."""

from __future__ import annotations

from typing import Any

import pytest

from allocator.engine import dispatch_turns as turns_module
from allocator.engine.dispatch import Turn
from allocator.engine.dispatch_memory import Memory
from allocator.engine.dispatch_turns import dispatch_all, shared_part
from allocator.intake import read_case
from allocator.plan import Plan
from allocator.replay.verify import verify
from allocator.schema.results import Stage
from allocator.solver import SolveOptions
from tests.tiny import build_case, build_tables


def test_all_scenarios_are_planned_in_child_processes() -> None:
    """Two scenarios side by side give two plans in the order of the case, with progress."""
    case = build_case()
    heard: list[str] = []
    prices: list[Memory] = []
    plans = dispatch_all(
        case,
        None,
        options=SolveOptions(gap=0.05, time_limit_seconds=20.0),
        report=lambda scenario, _: heard.append(scenario),
        workers=2,
        on_memory=prices.append,
    )
    assert [plan.stages[0].part for plan in plans] == ["flood", "quake"]
    assert set(heard) == {one.scenario for one in prices} == {"flood", "quake"}
    merged = Plan(
        {
            sheet: tuple(row for plan in plans for row in plan.tables[sheet])
            for sheet in plans[0].tables
        }
    )
    assert verify(case, merged).violations == ()


@pytest.mark.parametrize("heavy", ["flood", "quake"])
def test_lightest_scenario_is_planned_first(heavy: str) -> None:
    """With one process the scenario with less to bring goes first, whatever the case's order."""
    tables = build_tables()
    for row in tables["Scenario_Demand"]:
        row["demand_units"] = 200 if row["scenario"] == heavy else 1
    heard: list[str] = []
    plans = dispatch_all(
        build_case(tables),
        options=SolveOptions(gap=0.05, time_limit_seconds=10.0),
        report=lambda scenario, _: heard.append(scenario),
        workers=1,
    )
    assert heard[0] != heavy
    assert heard[-1] == heavy
    assert [plan.stages[0].part for plan in plans] == ["flood", "quake"]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_scenarios_that_share_the_time_leave_each_other_some(workers: int) -> None:
    """Each process that gives every scenario its whole part ends in time, and none gets nothing."""
    case = read_case("guangxi")
    options = SolveOptions(gap=0.02, time_limit_seconds=100.0)
    tasks = turns_module._queue(case, None, options, workers)
    assert sorted(task.scenario for task in tasks) == sorted(s.scenario for s in case.scenarios)
    for first in range(workers):
        left = 100.0
        for task in tasks[first::workers]:
            part = left * shared_part(task.share)
            assert part >= 1.0
            left -= part
        assert left == pytest.approx(0.0, abs=1e-9)


def staged_plan(scenario: str, unmet_gap: float, waiting_gap: float, unmet: float) -> Plan:
    """A plan of two stages that took 2 s."""
    figures = (("unmet", unmet, unmet_gap), ("waiting", 10.0 * unmet, waiting_gap))
    rows = tuple(
        Stage(
            part=scenario,
            stage=stage,
            objective=objective,
            bound=objective * (1.0 - gap),
            gap=gap,
            status="time_limit",
            seconds=1.0,
        )
        for stage, objective, gap in figures
    )
    return Plan({"Stages": rows})


FIRST = {
    "flood": staged_plan("flood", 0.0, 0.05, 100.0),
    "quake": staged_plan("quake", 0.03, 0.03, 100.0),
}
"""What the first turn finds."""


def second_turns(
    monkeypatch: pytest.MonkeyPatch,
    again: dict[str, Plan],
    first: dict[str, Plan] = FIRST,
    limit_seconds: float = 100.0,
) -> tuple[list[str], dict[str, Plan]]:
    """Who is planned again, in order, and the plans kept, where all is known beforehand."""
    turns: list[str] = []

    def planned(tasks: Any, _workers: int, *_: object) -> Any:
        for task in tasks:
            is_again = task.turn is Turn.AGAIN
            turns.extend([task.scenario] * is_again)
            yield task.scenario, (again if is_again else first)[task.scenario]

    monkeypatch.setattr(turns_module, "_planned", planned)
    options = SolveOptions(gap=0.01, time_limit_seconds=limit_seconds)
    plans = dispatch_all(build_case(), options=options, workers=1)
    return turns, {plan.stages[0].part: plan for plan in plans}


def test_what_is_left_goes_to_the_furthest_from_a_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the headline stage alone; better plans are kept, worse ones are not."""
    better, worse = staged_plan("flood", 0.0, 0.01, 99.0), staged_plan("quake", 0.0, 0.025, 101.0)
    turns, kept = second_turns(monkeypatch, {"flood": better, "quake": worse})
    assert turns == ["flood", "quake"]
    assert kept["flood"] is better
    assert kept["quake"].stages[0].objective == 100.0


def test_what_is_closed_is_not_planned_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The unmet stage by itself asks for no second turn."""
    closed = staged_plan("flood", 0.3, 0.02, 100.0)
    again = {"quake": FIRST["quake"]}
    turns, kept = second_turns(monkeypatch, again, {"flood": closed, "quake": FIRST["quake"]})
    assert turns == ["quake"]
    assert kept["flood"] is closed


def test_nothing_is_planned_again_without_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """2 s were not enough, and no more than 2 s are left."""
    turns, kept = second_turns(monkeypatch, {}, limit_seconds=2.0)
    assert turns == []
    assert kept["flood"].stages[1].gap == 0.05
