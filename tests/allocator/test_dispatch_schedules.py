"""The best sequence of trips of one vehicle: against a search, and as a price of vehicles."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from allocator.engine.dispatch_duals import Duals
from allocator.engine.dispatch_pricing import Pricing
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem, stage_prices
from allocator.engine.dispatch_schedules import Schedules
from allocator.engine.dispatch_vertices import vertex_loads
from tests.models.dispatch_cases import random_problems, regional_data, single_lane


def searched(problem: DispatchProblem, gain: NDArray[np.float64], pool: int, period: int) -> float:
    """Most that one vehicle can gain from a period on, by trying every next trip."""
    trips = np.flatnonzero(problem.pool == pool).tolist()
    start, until = problem.table.start_period, problem.until

    @cache
    def best(now: int) -> float:
        after = [
            gain[t] + best(int(until[t])) for t in trips if start[t] >= now and until[t] > start[t]
        ]
        return max([0.0, *after])

    return best(period)


@pytest.mark.parametrize("seed", range(6))
def test_values_are_those_of_trying_every_sequence(seed: int) -> None:
    """From every period on, for every pool; the trips named add up to the value."""
    problem = dispatch_problem(regional_data(seed))
    gain = np.random.default_rng(seed).uniform(-5.0, 10.0, problem.trip_count)
    gain = np.maximum(gain, 0.0)
    schedules = Schedules(problem)
    worth = schedules.values(gain)
    for pool in range(len(problem.pool_limit)):
        for period in range(0, problem.period_count, 3):
            assert worth[pool, period] == pytest.approx(searched(problem, gain, pool, period))
        trips = schedules.best_trips(gain, worth, np.array([pool]))
        order = trips[np.argsort(problem.table.start_period[trips])]
        assert (problem.pool[order] == pool).all()
        assert (problem.table.start_period[order][1:] >= problem.until[order][:-1]).all()
        assert gain[order].sum() == pytest.approx(worth[pool, 0])


def test_a_vehicle_that_is_back_drives_again() -> None:
    """One lane, three hours a round: of the starts 0, 1, 2 and 3 the first and last go together."""
    problem = dispatch_problem(single_lane(deadline_hours=6.0))
    start = problem.table.start_period
    gain = np.select([start == 0, start == 1, start == 2, start == 3], [4.0, 6.0, 1.0, 5.0], 0.0)
    worth = Schedules(problem).values(gain)
    assert worth[0, 0] == 9.0
    assert worth[0, 1] == 6.0
    assert worth[0, 2] == 5.0
    assert worth[0, -1] == 0.0


@pytest.mark.parametrize("seed", range(5))
def test_without_prices_of_vehicles_the_bound_holds_and_no_trip_pays(seed: int) -> None:
    """Whatever the other prices, the vehicles' are found, and no plan is below the bound."""
    rng = np.random.default_rng(seed)
    for _, data, best in random_problems(70_000 + 100 * seed, 6):
        problem = dispatch_problem(data)
        prices = stage_prices(data, "waiting")
        pricing = Pricing(problem, prices, vertex_loads(data))
        duals = Duals(
            need=rng.uniform(0.0, 1.2, data.need_count) * prices.lost,
            stock=rng.uniform(0.0, 1.0, data.stock_units.shape),
            outside=np.zeros(data.stock_units.shape),
            dock=rng.uniform(0.0, 2.0, (data.warehouse_count, problem.period_count)),
            vehicle=np.zeros((len(problem.pool_limit), problem.period_count)),
            receive=np.zeros((data.district_count, problem.receive_count)),
        )
        quote = pricing.quote(duals)
        assert quote.bound <= best.each["waiting"] + 1e-6
        if np.isfinite(problem.pool_limit).all() and (quote.duals.vehicle > 0).any():
            again = pricing.quote(quote.duals)
            assert again.reduced.min(initial=0.0) >= -1e-9 * (1.0 + abs(quote.bound))
            assert again.bound == pytest.approx(quote.bound)


def test_unlimited_vehicles_still_have_a_bound() -> None:
    """Where a warehouse has no end of vehicles, prices of docks or stock do instead."""
    data = single_lane()
    limited = replace(data, vehicles_count=np.full_like(data.vehicles_count, 1.0))
    free = replace(data, vehicles_count=np.full_like(data.vehicles_count, np.inf))
    bounds = []
    for each in (limited, free):
        problem = dispatch_problem(each)
        prices = stage_prices(each, "waiting")
        duals = Duals(
            need=prices.lost,
            stock=np.zeros(each.stock_units.shape),
            outside=np.zeros(each.stock_units.shape),
            dock=np.zeros((each.warehouse_count, problem.period_count)),
            vehicle=np.zeros((len(problem.pool_limit), problem.period_count)),
            receive=np.zeros((each.district_count, problem.receive_count)),
        )
        pricing = Pricing(problem, prices, vertex_loads(each))
        bounds.append(pricing.quote(duals).bound)
    # 6 units at 4 an hour's wait each; one vehicle brings 2 at hour 2 and no more in 4 hours.
    assert bounds[0] == pytest.approx(6 * 4 - 2 * 2)
    assert bounds[1] <= 6 * 2
