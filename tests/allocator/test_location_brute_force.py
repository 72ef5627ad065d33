"""Location questions equal brute force on tiny instances, by code shared with no model."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from allocator.engine.location import (
    LocationResult,
    capacitated,
    center,
    cover_all,
    cover_most,
    median,
)
from allocator.errors import InfeasibleError
from allocator.solver import SolveOptions
from models.location_data import LocationData, location_data

EXACT = SolveOptions(gap=0.0)
RADIUS = 6.0


def random_data(seed: int, *, limited: bool = False, costs: bool = False) -> LocationData:
    """Return up to 5 warehouses and 5 districts with some lanes missing, some flags set."""
    rng = np.random.default_rng(seed)
    warehouses, districts = int(rng.integers(2, 6)), int(rng.integers(2, 6))
    distance = rng.integers(0, 12, (warehouses, districts)).astype(float)
    if seed % 2:
        distance += np.round(rng.random(distance.shape), 2)
    distance[rng.random(distance.shape) < 0.12] = np.inf
    flag = rng.random(warehouses)
    return location_data(
        distance,
        district_weight=rng.integers(0, 9, districts).astype(float),
        demand_units=rng.integers(1, 4, districts).astype(float),
        capacity_units=rng.integers(1, 9, warehouses).astype(float) if limited else None,
        opening_cost=rng.integers(0, 30, warehouses).astype(float) if costs else None,
        fixed_open=flag < 0.15,
        fixed_closed=flag > 0.9,
    )


def open_sets(data: LocationData, count: int | None, at_most: bool) -> Iterator[list[int]]:
    """Yield every set of warehouses that may be open together."""
    kept = set(np.flatnonzero(data.fixed_open).tolist())
    free = [w for w in np.flatnonzero(data.allowed).tolist() if w not in kept]
    for size in range(len(free) + 1):
        total = size + len(kept)
        if total == 0 or (count is not None and (total > count if at_most else total != count)):
            continue
        for chosen in itertools.combinations(free, size):
            yield sorted([*kept, *chosen])


@dataclass(frozen=True)
class Served:
    """What an open set can do at best: is everything served, at which cost, how much weight."""

    whole: bool
    cost: float
    weight: float


def serve(data: LocationData, opened: list[int], radius: float, single: bool) -> Served:
    """Serve districts from an open set, by enumeration or unit by unit with the Hungarian method.

    Shares no code with the models: in the single-source case every assignment is tried, in the
    other each unit of demand is matched with a unit of capacity (all are whole numbers here).
    """
    distance = np.where(data.lane_distance <= radius, data.lane_distance, np.inf)[opened]
    if not data.is_capacitated:
        nearest = distance.min(axis=0)
        reached = np.isfinite(nearest)
        cost = float((np.where(reached, nearest, 0.0) * data.district_weight).sum())
        return Served(bool(reached.all()), cost, float(data.district_weight[reached].sum()))
    return (_serve_single if single else _serve_split)(data, distance, opened)


def _serve_single(data: LocationData, distance: np.ndarray, opened: list[int]) -> Served:
    cost, weight = math.inf, 0.0
    for choice in itertools.product(range(-1, len(opened)), repeat=data.district_count):
        load = np.zeros(len(opened))
        lanes = [(w, d) for d, w in enumerate(choice) if w >= 0]
        if any(math.isinf(distance[w, d]) for w, d in lanes):
            continue
        for w, d in lanes:
            load[w] += data.demand_units[d]
        if (load > data.capacity_units[opened]).any():
            continue
        weight = max(weight, sum(data.district_weight[d] for _, d in lanes))
        if len(lanes) == data.district_count:
            cost = min(cost, sum(distance[w, d] * data.district_weight[d] for w, d in lanes))
    return Served(math.isfinite(cost), cost, float(weight))


def _serve_split(data: LocationData, distance: np.ndarray, opened: list[int]) -> Served:
    units = np.repeat(np.arange(data.district_count), data.demand_units.astype(int))
    slots = np.repeat(np.arange(len(opened)), data.capacity_units[opened].astype(int))
    share = (data.district_weight / data.demand_units)[units]
    length = distance[np.ix_(slots, units)].T
    there = np.isfinite(length)
    # One slot more for each unit, to stay unserved in: dear for the cost, worthless for the weight.
    unserved, forbidden = 1e6, 1e9
    cost_table = np.full((units.size, slots.size + units.size), forbidden)
    cost_table[:, : slots.size][there] = (np.where(there, length, 0.0) * share[:, None])[there]
    np.fill_diagonal(cost_table[:, slots.size :], unserved)
    gain_table = np.zeros(cost_table.shape)
    gain_table[:, : slots.size] = np.where(there, share[:, None], 0.0)
    rows, columns = linear_sum_assignment(cost_table)
    cost = float(cost_table[rows, columns].sum())
    rows, columns = linear_sum_assignment(gain_table, maximize=True)
    return Served(cost < unserved, cost, float(gain_table[rows, columns].sum()))


def check_plan(data: LocationData, result: LocationResult, radius: float, single: bool) -> None:
    """Recompute the invariants of a plan from the plan alone."""
    plan = result.plan
    assert plan is not None
    opened = set(result.open_warehouses.tolist())
    assert set(np.flatnonzero(data.fixed_open).tolist()) <= opened
    assert not opened & set(np.flatnonzero(data.fixed_closed).tolist())
    assert set(plan.lanes.warehouse.tolist()) <= opened
    assert (data.lane_distance[plan.lanes.warehouse, plan.lanes.district] <= radius).all()
    assert (result.served_share <= 1.0 + 1e-9).all()
    load = np.bincount(
        plan.lanes.warehouse,
        weights=plan.serve_share * data.demand_units[plan.lanes.district],
        minlength=data.warehouse_count,
    )
    assert (load <= data.capacity_units + 1e-6).all()
    if single:
        assert np.unique(plan.lanes.district).size == plan.lanes.district.size
    assert result.bound is not None
    assert result.gap == pytest.approx(0.0, abs=1e-6)


CASES = [(seed, limited, single) for seed in range(24) for limited, single in
         ((False, False), (True, False), (True, True))]  # fmt: skip


@pytest.mark.parametrize(("seed", "limited", "single"), CASES)
def test_cover_all_equals_brute_force(seed: int, limited: bool, single: bool) -> None:
    """The fewest warehouses within the radius, or the error where none suffice."""
    data = random_data(seed, limited=limited)
    sizes = [
        len(opened)
        for opened in open_sets(data, None, True)
        if serve(data, opened, RADIUS, single).whole
    ]
    if not sizes:
        with pytest.raises(InfeasibleError):
            cover_all(data, RADIUS, single_source=single, options=EXACT)
        return
    result = cover_all(data, RADIUS, single_source=single, options=EXACT)
    assert result.objective == min(sizes) == result.open_warehouses.size
    assert result.covered.all()
    check_plan(data, result, RADIUS, single)


@pytest.mark.parametrize(("seed", "limited", "single"), CASES)
def test_cover_most_equals_brute_force(seed: int, limited: bool, single: bool) -> None:
    """The most weight within the radius of so many warehouses."""
    data = random_data(seed + 100, limited=limited)
    count = 1 + seed % 3
    weights = [
        serve(data, opened, RADIUS, single).weight for opened in open_sets(data, count, False)
    ]
    if not weights:
        with pytest.raises(InfeasibleError, match="count"):
            cover_most(data, RADIUS, count, single_source=single, options=EXACT)
        return
    result = cover_most(data, RADIUS, count, single_source=single, options=EXACT)
    assert result.objective == pytest.approx(max(weights))
    assert result.served_share @ data.district_weight == pytest.approx(max(weights))
    assert result.open_warehouses.size == count
    check_plan(data, result, RADIUS, single)


@pytest.mark.parametrize(("seed", "limited", "single"), CASES)
def test_median_equals_brute_force(seed: int, limited: bool, single: bool) -> None:
    """The least weighted distance to so many warehouses, with and without whole numbers."""
    data = random_data(seed + 200, limited=limited)
    count = 1 + seed % 3
    served = [serve(data, opened, np.inf, single) for opened in open_sets(data, count, False)]
    costs = [each.cost for each in served if each.whole]
    if not costs:
        with pytest.raises(InfeasibleError):
            median(data, count, single_source=single, options=EXACT)
        return
    result = median(data, count, single_source=single, options=EXACT)
    assert result.objective == pytest.approx(min(costs))
    assert result.open_warehouses.size == count
    check_plan(data, result, np.inf, single)


@pytest.mark.parametrize(("seed", "limited", "single"), CASES)
def test_capacitated_equals_brute_force(seed: int, limited: bool, single: bool) -> None:
    """The least opening and lane cost, with and without capacities and a longest lane."""
    data = random_data(seed + 300, limited=limited, costs=True)
    radius = RADIUS if seed % 3 == 0 else np.inf
    costs = []
    for opened in open_sets(data, None, True):
        served = serve(data, opened, radius, single)
        if served.whole:
            costs.append(served.cost + float(data.opening_cost[opened].sum()))
    limit = radius if math.isfinite(radius) else None
    if not costs:
        with pytest.raises(InfeasibleError):
            capacitated(data, radius=limit, single_source=single, options=EXACT)
        return
    result = capacitated(data, radius=limit, single_source=single, options=EXACT)
    assert result.objective == pytest.approx(min(costs))
    check_plan(data, result, radius, single)


@pytest.mark.parametrize(("seed", "limited", "single"), CASES)
def test_center_equals_brute_force(seed: int, limited: bool, single: bool) -> None:
    """The least longest distance of at most so many warehouses."""
    data = random_data(seed + 400, limited=limited)
    count = 1 + seed % 3
    rungs = np.unique(data.lane_distance[np.isfinite(data.lane_distance)])
    sets = list(open_sets(data, count, True))
    possible = [
        radius
        for radius in rungs.tolist()
        if any(serve(data, opened, radius, single).whole for opened in sets)
    ]
    if not possible:
        with pytest.raises(InfeasibleError):
            center(data, count, single_source=single, options=EXACT)
        return
    result = center(data, count, single_source=single, options=EXACT)
    assert result.objective == min(possible)
    assert result.open_warehouses.size <= count
    check_plan(data, result, min(possible), single)
