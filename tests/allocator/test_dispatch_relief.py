"""Relief: idle vehicles take over what late ones carry, and nothing gets worse."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allocator.engine.dispatch_draft import draft_value, empty_draft
from allocator.engine.dispatch_filling import add_vehicles
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem, stage_prices
from allocator.engine.dispatch_relief import relieve
from allocator.engine.dispatch_vehicles import VehiclePlan, whole_vehicles
from models.dispatch_values import dispatch_values
from tests.models.dispatch_cases import keeps_all_rules, regional_data, single_lane


def late_plan(problem: DispatchProblem) -> VehiclePlan:
    """Plan in which every vehicle leaves as late as it may."""
    prices = stage_prices(problem.data, "waiting", unmet_extra=problem.data.deadline_hours)
    late_first = replace(prices, late=-prices.late)
    plan = whole_vehicles(problem, late_first, empty_draft(problem))
    add_vehicles(plan)
    return VehiclePlan(problem, prices, plan.trip, plan.load)


def value(problem: DispatchProblem, plan: VehiclePlan) -> float:
    """What the plan charges."""
    return float(draft_value(problem, plan.prices, plan.draft()))


@pytest.mark.parametrize("seed", range(6))
def test_late_vehicles_are_relieved_and_all_rules_are_kept(seed: int) -> None:
    """Waiting falls by what the plan's own value says, deliveries stay the same."""
    data = regional_data(seed)
    problem = dispatch_problem(data)
    plan = late_plan(problem)
    before = dispatch_values(data, problem.table, plan.result())
    charged = value(problem, plan)
    assert relieve(plan) > 0
    after = dispatch_values(data, problem.table, plan.result())
    assert after["waiting"] < before["waiting"]
    assert after["unmet"] == pytest.approx(before["unmet"])
    assert charged - value(problem, plan) == pytest.approx(
        before["waiting"] - after["waiting"], rel=1e-6
    )
    table, result = problem.table, plan.result()
    vehicles = [
        (int(table.lane[t]), int(table.fleet[t]), int(table.start_period[t]), load.tolist())
        for t, load in zip(result.trip, result.load_units, strict=True)
    ]
    assert keeps_all_rules(data, vehicles)
    # Vehicles that were left empty free their docks, so that a further pass may find more; it ends.
    assert any(relieve(plan) == 0 for _ in range(20))


def test_without_an_earlier_departure_nothing_changes() -> None:
    """A plan that already leaves first thing is left alone."""
    problem = dispatch_problem(single_lane())
    prices = stage_prices(problem.data, "waiting", unmet_extra=problem.data.deadline_hours)
    plan = whole_vehicles(problem, prices, empty_draft(problem))
    add_vehicles(plan)
    first = np.sort(plan.trip)
    assert relieve(plan) == 0
    assert np.array_equal(np.sort(plan.trip), first)
