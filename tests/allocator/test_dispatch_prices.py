"""Prices by ascent: every bound holds, and with time they come close to the linear program's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allocator.engine.dispatch_bounding import relaxation_of
from allocator.engine.dispatch_columns import UnmetCap, distinct_columns, join_columns
from allocator.engine.dispatch_prices import Climb, first_prices
from allocator.engine.dispatch_pricing import Pricing
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem, stage_prices
from allocator.engine.dispatch_relaxation import RelaxationLimits, first_program, relax
from allocator.engine.dispatch_transport import solve_transport
from allocator.engine.dispatch_vertices import vertex_loads
from allocator.solver import SolveOptions
from tests.models.dispatch_cases import random_problems, regional_data

SEEDS = (3, 5, 10, 11)


def regional(seed: int, deadline_hours: float = 9.0) -> DispatchProblem:
    """Problem of a few warehouses and districts with one dock each, two vehicles of a kind."""
    data = regional_data(seed)
    docks = np.ones_like(data.docks)
    vehicles = np.full_like(data.vehicles_count, 2.0)
    changed = replace(data, docks=docks, vehicles_count=vehicles, deadline_hours=deadline_hours)
    return dispatch_problem(changed)


def pricing_of(problem: DispatchProblem, extra: float = 0.0) -> Pricing:
    """Pricing of the waiting stage."""
    prices = stage_prices(problem.data, "waiting", unmet_extra=extra)
    return Pricing(problem, prices, vertex_loads(problem.data))


def climbed(pricing: Pricing, steps: int, cap: UnmetCap | None = None) -> Climb:
    """An ascent after some steps."""
    start = first_prices(pricing)
    climb = Climb(pricing, start, 0.0) if cap is None else Climb(pricing, start, 0.0, cap)
    for _ in range(steps):
        climb.step()
    return climb


@pytest.mark.parametrize("seed", SEEDS)
def test_the_ascent_comes_close_to_the_linear_program(seed: int) -> None:
    """Within 3 % of the relaxation's value and never above it; pricing proves the same bound."""
    problem = regional(seed)
    pricing = pricing_of(problem)
    start = first_program(problem, solve_transport(problem, pricing.prices, SolveOptions()))
    exact = relax(pricing, start, RelaxationLimits(gap=1e-6), SolveOptions())
    assert exact is not None
    climb = climbed(pricing, 600)
    assert climb.bound <= exact.value * (1 + 1e-9)
    assert climb.bound >= 0.97 * exact.value
    found = climb.outcome()
    assert pricing.quote(found.duals).bound >= found.bound - 1e-6 * abs(found.bound)


@pytest.mark.parametrize("block", range(4))
def test_no_step_proves_too_much(block: int) -> None:
    """Whatever the prices on the way, no bound passes the best of all plans."""
    for _, data, best in random_problems(50_000 + 1000 * block, 8):
        problem = dispatch_problem(data)
        pricing = pricing_of(problem)
        if not pricing.has_schedules or problem.trip_count == 0:
            continue
        found = climbed(pricing, 40).outcome()
        assert found.proofs[:, 0].max() <= best.each["waiting"] + 1e-6


@pytest.mark.parametrize("block", range(2))
def test_a_limit_on_the_unmet_need_finds_its_price(block: int) -> None:
    """With a limit the bound is for plans within it: no such plan is below, whatever the price."""
    has_price = False
    for _, data, best in random_problems(62_000 + 1000 * block, 10):
        problem = dispatch_problem(data)
        pricing = pricing_of(problem)
        if not pricing.has_schedules or problem.trip_count == 0:
            continue
        least = best.each["unmet"]
        climb = climbed(pricing, 60, UnmetCap(least, 100.0))
        assert climb.bound <= best.least("waiting", unmet=least + 1e-9) + 1e-6
        found = climb.outcome()
        values = found.proofs[:, 0] - found.proofs[:, 1] * least
        # What is better by less than a millionth does not count as a better bound.
        assert climb.bound <= values.max() + 1e-9
        assert values.max() == pytest.approx(climb.bound, rel=2e-6, abs=1e-9)
        has_price = has_price or bool((found.proofs[:, 1] > 0).any())
    assert has_price, "no price was ever tried, so nothing was tested"


@pytest.mark.parametrize("block", range(2))
def test_prices_of_a_stage_that_charges_more_prove_no_more_than_is_true(block: int) -> None:
    """A climb may begin where unmet need cost more: every line it notes holds for every plan."""
    has_dearer = False
    for _, data, best in random_problems(64_000 + 1000 * block, 10):
        problem = dispatch_problem(data)
        dear, pricing = pricing_of(problem, 50.0), pricing_of(problem)
        if not pricing.has_schedules or problem.trip_count == 0:
            continue
        start = climbed(dear, 30).outcome().duals
        has_dearer = has_dearer or bool((start.need > pricing.prices.lost + 1e-6).any())
        least = best.each["unmet"]
        climb = Climb(pricing, start, 0.0, UnmetCap(least, 100.0))
        for _ in range(5):
            climb.step()
        top = best.least("waiting", unmet=least + 1e-9)
        for bound, price in climb.outcome().proofs:
            assert bound - price * least <= top + 1e-6
        assert pricing.ask_schedules(start)[0] <= top + 1e-6
    assert has_dearer, "no need was worth more than it may be, so nothing was tested"


def test_an_ascent_reads_as_a_relaxation() -> None:
    """Vehicles have prices, no trip pays at them, equal columns are counted, not repeated."""
    problem = regional(5)
    pricing = pricing_of(problem, extra=9.0)
    ascent = climbed(pricing, 50).outcome()
    found = relaxation_of(pricing, ascent)
    assert found.bound() == pytest.approx(ascent.bound)
    assert found.reduced.min() >= -1e-9 * abs(ascent.bound)
    assert (found.duals.vehicle >= 0).all()
    assert found.duals.vehicle.any()
    twice = join_columns([ascent.columns, ascent.columns])
    columns, count = distinct_columns(twice, np.ones(len(twice.trip)))
    assert count.sum() == len(twice)
    assert count.min() >= 2.0
    assert len(distinct_columns(columns, count)[0]) == len(columns)


def test_an_ascent_that_stands_still_is_slow() -> None:
    """After a hundred steps without a better bound there is no use in going on."""
    problem = regional(3)
    climb = climbed(pricing_of(problem), 10)
    assert not climb.is_slow()
    for _ in range(2_000):
        climb.step()
        if climb.is_slow():
            break
    assert climb.is_slow()
