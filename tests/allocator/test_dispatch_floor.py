"""Waiting that no plan avoids: by hand, against every plan, and against what is proven anyway."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allocator.engine.dispatch_floor import waiting_floor
from allocator.engine.dispatch_problem import dispatch_problem, stage_prices
from allocator.engine.dispatch_transport import busy_share, solve_transport
from allocator.solver import SolveOptions
from tests.models.dispatch_cases import random_problems, regional_data, single_lane


def test_one_lane_by_hand() -> None:
    """Six units wait two hours at least; one that never comes waits for all four."""
    problem = dispatch_problem(single_lane())
    assert waiting_floor(problem, 0.0) == pytest.approx(6 * 2)
    assert waiting_floor(problem, 1.0) == pytest.approx(6 * 2 + 2)
    # Never more than all units for all hours.
    assert waiting_floor(problem, 100.0) == pytest.approx(6 * 4)


def test_need_out_of_reach_waits_for_good() -> None:
    """Nobody arrives within an hour: all six units wait for that hour."""
    problem = dispatch_problem(single_lane(deadline_hours=1.0))
    assert problem.trip_count == 0
    assert waiting_floor(problem, 0.0) == pytest.approx(6 * 1)


@pytest.mark.parametrize("block", range(4))
def test_no_plan_waits_less(block: int) -> None:
    """Neither any plan, nor any that leaves as little unmet as possible."""
    is_tight = False
    for _, data, best in random_problems(30_000 + 1000 * block, 12):
        problem = dispatch_problem(data)
        floor = waiting_floor(problem, 0.0)
        assert floor <= best.each["waiting"] + 1e-6
        least = best.each["unmet"]
        within = waiting_floor(problem, least)
        assert within >= floor
        assert within <= best.least("waiting", unmet=least + 1e-9) + 1e-6
        is_tight = is_tight or within > 0.9 * best.least("waiting", unmet=least + 1e-9)
    assert is_tight, "a floor of nothing would pass as well"


@pytest.mark.parametrize("seed", range(5))
def test_stock_only_adds_to_it(seed: int) -> None:
    """The transport problem, which knows the stock, is never below."""
    data = regional_data(seed)
    problem = dispatch_problem(replace(data, docks=np.ones_like(data.docks)))
    bound = solve_transport(problem, stage_prices(data, "waiting"), SolveOptions()).bound
    assert waiting_floor(problem, 0.0) <= bound + 1e-6


def test_part_of_the_vehicle_hours_by_hand() -> None:
    """Three loads of two units, three hours out and back each, of one vehicle's four hours."""
    data = single_lane()
    problem = dispatch_problem(replace(data, vehicles_count=np.ones_like(data.vehicles_count)))
    flows = solve_transport(problem, stage_prices(problem.data, "waiting"), SolveOptions())
    assert busy_share(problem, flows) == pytest.approx(3 * 3 / 4)
    free = replace(data, vehicles_count=np.full_like(data.vehicles_count, np.inf))
    assert busy_share(dispatch_problem(free), flows) == 0.0
