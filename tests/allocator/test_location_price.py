"""Branch and price over packings, against brute force over all assignments of tiny instances."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from allocator.engine import location_ascent
from allocator.engine.location_capacitated import step_of
from allocator.engine.location_cores import CapacityState, cost_of
from allocator.engine.location_price import can_price, solve_by_packings
from allocator.engine.location_question import LocationQuestion, Proof, Search
from allocator.engine.location_root import Root, StrongRelaxation
from allocator.solver import SolveOptions, Status
from models.location_data import LocationData, location_data
from models.parts.assignment_balance import balance_assignment
from models.parts.location_knapsacks import entry_losses, forced_losses, packings


def random_data(seed: int) -> LocationData:
    """Return 3 or 4 warehouses and 5 to 7 districts, tight, some lanes missing, some fixed."""
    rng = np.random.default_rng(seed)
    warehouses, districts = int(rng.integers(3, 5)), int(rng.integers(5, 8))
    demand = rng.integers(0 if seed % 7 == 0 else 1, 9, districts).astype(float)
    share = rng.dirichlet(np.full(warehouses, 3.0))
    capacity = np.ceil(share * demand.sum() * rng.uniform(0.9, 2.2)) + rng.integers(0, 3)
    whole = seed % 3 > 0
    distance = rng.integers(1, 40, (warehouses, districts)).astype(float)
    opening = rng.integers(0, 60, warehouses).astype(float)
    if not whole:
        distance, opening = distance * 1.37, opening * 0.71
    distance[rng.random(distance.shape) < 0.15] = np.inf
    fixed = rng.random(warehouses) < (0.25 if seed % 2 else 0.0)
    closed = ~fixed & (rng.random(warehouses) < 0.1)
    return location_data(
        distance,
        district_weight=np.ones(districts),
        demand_units=demand,
        capacity_units=capacity,
        opening_cost=opening,
        fixed_open=fixed,
        fixed_closed=closed,
    )


def least_cost(data: LocationData, count: int | None) -> float:
    """Return the least cost over all assignments, ``inf`` where none is allowed."""
    best, cost = np.inf, data.lane_cost
    allowed = np.flatnonzero(data.allowed)
    for assigned in product(allowed.tolist(), repeat=data.district_count):
        homes = np.array(assigned)
        lanes = cost[homes, np.arange(homes.size)].sum()
        load = np.bincount(homes, data.demand_units, data.warehouse_count)
        if not np.isfinite(lanes) or (load > data.capacity_units).any():
            continue
        opened = data.fixed_open.copy()
        opened[homes] = True
        best = min(best, lanes + least_opening(data, opened, count))
    return float(best)


def least_opening(data: LocationData, opened: NDArray[np.bool_], count: int | None) -> float:
    """Return the cost of the warehouses in use and the cheapest idle ones up to the count."""
    paid = float(data.opening_cost[opened].sum())
    if count is None:
        return paid
    missing = count - int(opened.sum())
    idle = np.sort(data.opening_cost[data.allowed & ~opened])
    if missing < 0 or idle.size < missing:
        return np.inf
    return paid + float(idle[:missing].sum())


def solved(data: LocationData, count: int | None, gap: float = 0.0) -> Proof:
    """Return the proof without any plan to begin with."""
    search = Search(
        LocationQuestion("capacitated", count=count, single_source=True), SolveOptions(gap=gap)
    )
    state = CapacityState(data, search, step_of(data, single_source=True))
    root = StrongRelaxation(data, search).solve()
    if root.status is not Status.OPTIMAL:
        price = np.zeros(data.district_count)
        root = Root(Status.OPTIMAL, 0.0, price=price)
    return solve_by_packings(state, root)


@pytest.mark.parametrize("count", [None, 2, 3])
@pytest.mark.parametrize("seed", range(30))
def test_value_and_status_equal_brute_force(seed: int, count: int | None) -> None:
    """Tight, infeasible, fixed and missing ones: the value, its bound, and the plan's own cost."""
    data = random_data(seed)
    best = least_cost(data, count)
    proof = solved(data, count)
    if best == np.inf:
        assert proof.status is Status.INFEASIBLE
        return
    assert proof.status is Status.OPTIMAL
    assert proof.objective == pytest.approx(best)
    assert proof.bound == pytest.approx(best)
    assert proof.plan is not None
    assert cost_of(data, proof.plan) == pytest.approx(best)
    homes = proof.plan.assignment(data.district_count)
    load = np.bincount(homes, data.demand_units, data.warehouse_count)
    assert (load <= data.capacity_units).all()
    assert data.fixed_open[~np.isin(np.arange(load.size), proof.plan.open_warehouses)].sum() == 0
    if count is not None:
        assert proof.plan.open_warehouses.size == count


@pytest.mark.parametrize("seed", range(10))
def test_the_bound_never_passes_the_value_when_a_gap_is_allowed(seed: int) -> None:
    """With 5 percent allowed the bound is below, the plan above the least cost."""
    data = random_data(100 + seed)
    best = least_cost(data, None)
    proof = solved(data, None, gap=0.05)
    if best == np.inf:
        assert proof.status is Status.INFEASIBLE
        return
    assert proof.objective is not None
    assert proof.bound is not None
    assert proof.bound <= best + 1e-6
    assert best - 1e-6 <= proof.objective <= proof.bound * (1.0 + 0.05 / 0.95) + 1e-6


def test_no_time_leaves_a_bound_and_no_plan() -> None:
    """A limit of zero seconds ends at once with what the relaxation proves."""
    data = random_data(1)
    search = Search(
        LocationQuestion("capacitated", single_source=True), SolveOptions(time_limit_seconds=0.0)
    )
    state = CapacityState(data, search, 1.0)
    proof = solve_by_packings(state, Root(Status.OPTIMAL, 5.0, price=np.zeros(data.district_count)))
    assert proof.status is Status.NO_PLAN
    assert proof.bound is None or proof.bound <= least_cost(data, None) + 1e-6


def test_demands_that_are_not_whole_cannot_be_priced() -> None:
    """Knapsack tables need whole units; capacities are rounded down."""
    half = location_data([[1.0, 2.0]], demand_units=[0.5, 1.0], capacity_units=[4.0])
    whole = location_data([[1.0, 2.0]], demand_units=[2.0, 1.0], capacity_units=[4.5])
    assert not can_price(half)
    assert can_price(whole)


@pytest.mark.parametrize("seed", range(20))
def test_compact_packings_equal_brute_force(seed: int) -> None:
    """Warehouses of different rooms, sizes of zero, districts that never fit."""
    rng = np.random.default_rng(seed)
    warehouses, districts = int(rng.integers(1, 5)), int(rng.integers(1, 8))
    gain = rng.normal(1, 4, (warehouses, districts))
    size, room = rng.integers(0, 6, districts), rng.integers(0, 12, warehouses)
    total, packed = packings(gain, size, room)
    choices = np.array(list(product([False, True], repeat=districts)))
    for warehouse in range(warehouses):
        values = choices[(choices @ size) <= room[warehouse]] @ gain[warehouse]
        assert total[warehouse] == pytest.approx(values.max())
        assert gain[warehouse] @ packed[warehouse] == pytest.approx(values.max())
        assert size @ packed[warehouse] <= room[warehouse]
    inside, _ = forced_losses(gain, size, room)
    assert entry_losses(gain, size, room) == pytest.approx(inside)


@pytest.mark.parametrize("seed", range(10))
def test_balanced_assignments_keep_the_capacities(seed: int) -> None:
    """From all districts at one warehouse; None only where no pair of loads fits."""
    rng = np.random.default_rng(seed)
    cost, size = rng.integers(1, 50, (3, 8)).astype(float), rng.integers(1, 6, 8).astype(float)
    room = np.full(3, np.ceil(size.sum() / 3.0) + 1.0)
    found = balance_assignment(cost, size, room, np.zeros(8, dtype=np.intp))
    assert found is not None
    assert (np.bincount(found, size, 3) <= room).all()
    tight = np.array([size.sum() - 1.0, 0.0, 0.0])
    assert balance_assignment(cost, size, tight, np.zeros(8, dtype=np.intp)) is None


def test_three_equal_districts_do_not_fit_two_and_two() -> None:
    """Room for one and a half each: enough in total, and yet infeasible."""
    data = location_data(np.ones((2, 3)), demand_units=[2.0] * 3, capacity_units=[3.0, 3.0])
    assert solved(data, None).status is Status.INFEASIBLE


@pytest.mark.parametrize("seed", [*range(6), 983])
def test_shares_of_warehouses_stand_in_for_a_knapsack_too_large(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With no table for the choice of warehouses the values are the same."""
    monkeypatch.setattr(location_ascent, "_MOST_ENTRIES", 0)
    data = random_data(200 + seed)
    best, proof = least_cost(data, None), solved(data, None)
    assert (proof.status is Status.INFEASIBLE) == (best == np.inf)
    if best < np.inf:
        assert proof.objective == pytest.approx(best)
        assert proof.bound == pytest.approx(best)
