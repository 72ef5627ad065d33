"""A middling problem as one program: its bound holds, it closes what parts of the plan do not."""

from __future__ import annotations

from typing import Any

import pytest

import allocator.engine.dispatch_closing as closing
from allocator.engine.dispatch_method import Method
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem
from allocator.solver import SolveOptions, SolveResult, solve_program
from tests.allocator.test_dispatch_prices import regional
from tests.models.dispatch_cases import random_problems

STAGES = ("unmet", "waiting", "cost")


def planned(problem: DispatchProblem, stages: tuple[str, ...] = STAGES) -> DispatchOutcome:
    """Outcome of the scalable method alone, asked for nearly no gap."""
    options = SolveOptions(gap=1e-4, time_limit_seconds=8.0)
    return Method(problem, stages, options, lambda _: None, lambda _: None).run()


@pytest.mark.parametrize("seed", [13])
def test_one_program_closes_what_parts_leave_open(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four vehicles at one dock: bound and plan are better, and no more is left unmet."""
    problem = regional(seed, 6.0)
    now = {stage.stage: stage for stage in planned(problem).stages}
    monkeypatch.setattr(closing, "_MOST_DEPARTURES", 0)
    before = {stage.stage: stage for stage in planned(problem).stages}
    assert now["unmet"].objective <= before["unmet"].objective + 1e-9
    assert now["waiting"].bound > before["waiting"].bound * (1 + 0.01)
    assert now["waiting"].objective <= before["waiting"].objective + 1e-9
    assert now["waiting"].bound <= before["waiting"].objective + 1e-9


def test_no_plan_is_below_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of plans that leave no more unmet none waits less than is proven."""
    solved: list[float | None] = []

    def noted(*given: Any, **named: Any) -> SolveResult:
        result = solve_program(*given, **named)
        solved.append(result.bound)
        return result

    monkeypatch.setattr(closing, "solve_program", noted)
    for _, data, best in random_problems(83_000, 6):
        found = {stage.stage: stage for stage in planned(dispatch_problem(data)).stages}
        unmet, waiting = found["unmet"], found["waiting"]
        least = best.least("waiting", unmet=unmet.objective + 1e-9)
        assert waiting.bound <= least + 1e-6
        assert waiting.objective >= least - 1e-6
    assert sum(bound is not None for bound in solved) >= 3
