"""The program of the relaxation: what grows step by step equals what is built at once."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allocator.engine.dispatch_columns import NO_CAP
from allocator.engine.dispatch_pricing import Pricing
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem, stage_prices
from allocator.engine.dispatch_program import RelaxationProgram
from allocator.engine.dispatch_relaxation import RelaxationLimits, first_program, relax
from allocator.engine.dispatch_transport import solve_transport
from allocator.engine.dispatch_vertices import vertex_loads
from allocator.engine.dispatch_windows import split_congested, whole_horizon
from allocator.solver import SolveOptions
from tests.models.dispatch_cases import regional_data


def regional(seed: int) -> DispatchProblem:
    """Problem of a few warehouses and districts with one dock each and little time."""
    data = regional_data(seed)
    return dispatch_problem(replace(data, docks=np.ones_like(data.docks), deadline_hours=5.0))


def grown(problem: DispatchProblem, limits: RelaxationLimits) -> tuple[RelaxationProgram, float]:
    """Program after a relaxation of the waiting stage, and its value."""
    prices = stage_prices(problem.data, "waiting")
    program = first_program(problem, solve_transport(problem, prices, SolveOptions()))
    pricing = Pricing(problem, prices, vertex_loads(problem.data))
    found = relax(pricing, program, limits, SolveOptions())
    assert found is not None
    return program, found.value


@pytest.mark.parametrize("seed", [0, 3, 5, 10])
def test_program_grown_in_steps_equals_one_built_at_once(seed: int) -> None:
    """The same trips and windows give the same value, however they came in."""
    problem = regional(seed)
    # Few columns are kept, so that some are deleted on the way.
    program, value = grown(problem, RelaxationLimits(gap=1e-6, columns=60, most_columns=400))
    anew = RelaxationProgram(problem, program.columns)
    for kind, other in zip(anew.kinds, program.kinds, strict=True):
        kind.windows = other.windows
    assert anew.add_window_rows() > 0, "windows must have been split, or the test says nothing"
    anew.charge(stage_prices(problem.data, "waiting"), NO_CAP)
    result = anew.solve(SolveOptions(), has_new_rows=True)
    assert result.objective == pytest.approx(value, rel=1e-7)


@pytest.mark.parametrize("seed", [3, 5])
def test_hourly_prices_add_up_to_the_value(seed: int) -> None:
    """Strong duality: prices times limits are the value, hour by hour."""
    problem = regional(seed)
    program, value = grown(problem, RelaxationLimits(gap=1e-6))
    result = program.solve(SolveOptions(), has_new_rows=False)
    assert result.row_duals is not None
    duals, data = program.duals(result.row_duals), problem.data
    total = float((duals.need * problem.need_units).sum())
    total += problem.rest_price(stage_prices(data, "waiting"))
    for price, limit in (
        (duals.stock, data.stock_units),
        (duals.outside, data.outside_units),
        (duals.dock, problem.dock_limit),
        (duals.vehicle, problem.pool_limit),
        (duals.receive, problem.receive_limit),
    ):
        finite = np.where(np.isfinite(limit), limit, 0.0)
        total -= float((price * finite).sum())
    assert total == pytest.approx(value, rel=1e-6)


def test_intervals_are_the_windows_in_order() -> None:
    """Each limited resource is covered from the first to the last hour, unlimited ones not."""
    limit = np.repeat(np.array([[1.0], [np.inf], [2.0]]), 6, axis=1)
    use = np.zeros((3, 6))
    use[0, 2] = 3.0
    use[2, 5] = 5.0
    windows, _, _ = split_congested(whole_horizon(limit), use, spread=False)
    resource, begin, end = windows.intervals()
    found = list(zip(resource.tolist(), begin.tolist(), end.tolist(), strict=True))
    # Three units in hour 2 keep one dock busy for hours 2, 3 and 4.
    assert found == [
        (0, 0, 2),
        (0, 2, 3),
        (0, 3, 4),
        (0, 4, 6),
        (2, 0, 5),
        (2, 5, 6),
    ]
    unlimited = whole_horizon(np.full((1, 4), np.inf)).intervals()
    assert [len(part) for part in unlimited] == [0, 0, 0]


def test_limits_that_change_with_the_hour() -> None:
    """Closed hours push what was to start in them on; hours without a limit stand apart."""
    limit = np.array([[0.0, 0.0, 2.0, 2.0, np.inf, np.inf]])
    assert [part.tolist() for part in whole_horizon(limit).intervals()] == [[0, 0], [0, 4], [4, 6]]
    use = np.array([[0.0, 1.0, 2.0, 0.0, 9.0, 9.0]])
    windows, _, excess = split_congested(whole_horizon(limit), use, spread=False)
    # The one of hour 1 spills into 2 and 3, where the queue ends.
    assert windows.intervals()[1].tolist() == [0, 1, 2, 3, 4]
    assert excess == 1.0
