"""Rooms filled with shares of districts, and warehouses left out because of them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from allocator.engine import location_fillings
from allocator.engine.location import capacitated, median
from allocator.engine.location_ascent import first_part
from allocator.engine.location_cores import CapacityState
from allocator.engine.location_fillings import FillingPricing, leave_out
from allocator.engine.location_question import LocationQuestion, Search
from allocator.solver import SolveOptions
from models.location_data import LocationData, location_data
from models.parts.location_knapsacks import fillings

OPTIONS = SolveOptions(gap=1e-7, threads=1)


def clustered(seed: int, *, fixed: bool = False) -> LocationData:
    """40 sites and 60 districts on a square, rooms not whole."""
    rng = np.random.default_rng(seed)
    here, there = rng.uniform(0, 100, (40, 2)), rng.uniform(0, 100, (60, 2))
    return location_data(
        np.linalg.norm(here[:, None] - there[None], axis=2),
        demand_units=rng.integers(0, 20, 60).astype(float),
        capacity_units=rng.uniform(60, 200, 40),
        opening_cost=rng.uniform(100, 900, 40),
        fixed_open=(np.arange(40) == 3) & fixed,
    )


@pytest.mark.parametrize("seed", range(6))
def test_fillings_equal_linear_programs(seed: int) -> None:
    """Districts of no size, rooms of none, gains below zero: as scipy's linprog."""
    rng = np.random.default_rng(seed)
    gain, size, room = rng.normal(1, 4, (4, 9)), rng.integers(0, 6, 9), rng.integers(0, 15, 4)
    total, share = fillings(gain, size, room)
    for warehouse in range(4):
        best = linprog(-gain[warehouse], [size], [room[warehouse]], bounds=(0, 1))
        assert total[warehouse] == pytest.approx(-best.fun, abs=1e-9)
        assert gain[warehouse] @ share[warehouse] == pytest.approx(total[warehouse], abs=1e-9)
        assert size @ share[warehouse] <= room[warehouse] + 1e-9
        assert ((share[warehouse] >= 0.0) & (share[warehouse] <= 1.0)).all()


def test_nothing_that_pays_fills_nothing() -> None:
    """All gains below zero."""
    total, share = fillings(np.full((2, 3), -1.0), np.array([1, 2, 3]), np.array([5, 5]))
    assert not total.any()
    assert not share.any()


@pytest.mark.parametrize("seed", range(5))
def test_bounds_at_any_prices_stay_below_the_optimum(seed: int) -> None:
    """Random prices, some of them good."""
    data = clustered(seed)
    best = capacitated(data, options=OPTIONS)
    assert best.objective is not None
    pricing = FillingPricing(data, None)
    rng = np.random.default_rng(seed)
    for scale in (0.0, 10.0, 30.0, 60.0):
        price = rng.uniform(0.5, 1.0, 60) * scale
        part = first_part(pricing, price, -math.inf)
        assert pricing.evaluate(price, part).bound <= best.objective


@pytest.mark.parametrize("seed", range(8))
def test_what_is_left_out_is_in_no_better_plan(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The optimum is the same with and without, and something is left out."""
    data = clustered(seed, fixed=seed % 2 == 0)
    plain = capacitated(data, options=OPTIONS)
    state = CapacityState(data, Search(LocationQuestion("capacitated"), OPTIONS), 0.0)
    leave_out(state)
    assert plain.objective is not None
    assert state.bound <= plain.objective * (1.0 + 1e-9)
    assert state.data.allowed.sum() < data.allowed.sum()
    assert state.left_out >= min(state.cutoff, plain.objective) * (1.0 - 1e-9)
    if state.cost > plain.objective * (1.0 + 1e-6):
        assert state.data.allowed[plain.open_warehouses].all()
    monkeypatch.setattr(location_fillings, "_MANY_LANES", 0)
    found = capacitated(data, options=OPTIONS)
    assert found.objective == pytest.approx(plain.objective, rel=1e-6)
    assert found.bound == pytest.approx(plain.objective, rel=1e-6)


def test_a_number_of_warehouses_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a count, and lanes missing."""
    data = clustered(1)
    distance = data.lane_distance.copy()
    distance[distance > 60.0] = np.inf
    data = replace(data, lane_distance=distance)
    plain = median(data, 12, options=OPTIONS)
    monkeypatch.setattr(location_fillings, "_MANY_LANES", 0)
    found = median(data, 12, options=OPTIONS)
    assert found.objective == pytest.approx(plain.objective, rel=1e-6)
    assert found.open_warehouses.size == 12
