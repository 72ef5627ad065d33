"""Bounds on the cost of driving: every line holds for every plan, whoever finds it."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from allocator.engine.dispatch_cost import CostBound, cost_bound, cost_lines
from allocator.engine.dispatch_problem import dispatch_problem
from allocator.errors import SolveError
from allocator.solver import SolveOptions
from tests.models.dispatch_cases import random_problems

PLAIN = SolveOptions()


class Beside:
    """Stands for a process beside: answers with given lines, or is gone."""

    def __init__(self, lines: NDArray[np.float64] | None) -> None:
        self.lines = lines
        self.asked: list[SolveOptions] = []

    def ask_cost(self, options: SolveOptions) -> None:
        """Note what it is asked."""
        self.asked.append(options)

    def cost(self) -> NDArray[np.float64]:
        """Return the lines."""
        if self.lines is None:
            raise SolveError("the process is gone")
        return self.lines


@pytest.mark.parametrize("block", range(3))
def test_no_line_proves_too_much(block: int) -> None:
    """Cost plus the price times unmet need is at least the value, for each plan there is."""
    has_cost = False
    for _, data, best in random_problems(71_000 + 1000 * block, 8):
        problem = dispatch_problem(data)
        for value, price in cost_lines(problem, PLAIN):
            least = min(plan["cost"] + price * plan["unmet"] for plan in best.plans)
            assert value <= least + 1e-6 * (1 + least)
        unmet = best.each["unmet"]
        bound = cost_bound(problem, unmet, PLAIN)
        assert bound <= best.least("cost", unmet=unmet + 1e-9) * (1 + 1e-6) + 1e-6
        has_cost = has_cost or bound > 0
    assert has_cost, "no bound was above nothing, so nothing was tested"


def test_lines_come_from_the_process_beside() -> None:
    """It is asked once, and what it says counts; lines that are known are not asked for."""
    (_, data, _), *_ = random_problems(71_000, 1)
    found = CostBound(dispatch_problem(data), PLAIN)
    beside = Beside(np.array([[100.0, 2.0], [70.0, 0.5]]))
    found.ask(beside)
    found.take()
    assert found.bound(10.0) == 80.0
    assert found.bound(40.0) == 50.0
    assert found.bound(1000.0) == 0.0
    found.ask(beside)
    found.take()
    assert beside.asked == [PLAIN]


def test_a_process_that_is_gone_leaves_the_work_to_this_one() -> None:
    """It is told, and the bound is that of the lines found here."""
    (_, data, best), *_ = random_problems(71_000, 1)
    problem = dispatch_problem(data)
    found = CostBound(problem, PLAIN)
    found.ask(Beside(None))
    with pytest.raises(SolveError, match="gone"):
        found.take()
    unmet = best.each["unmet"]
    assert found.bound(unmet) == cost_bound(problem, unmet, PLAIN)
