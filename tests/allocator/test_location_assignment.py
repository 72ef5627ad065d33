"""One source for each district: knapsacks, exchanges and the whole search against brute force."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from allocator.solver import SolveOptions


def random_data(seed: int) -> Any:
    """Return sites and customers with tight capacities and whole costs."""
    from models.location_data import location_data

    rng = np.random.default_rng(seed)
    demand = rng.integers(1, 9, 14).astype(float)
    return location_data(
        rng.integers(1, 60, (7, 14)).astype(float),
        demand_units=demand,
        capacity_units=rng.integers(14, 30, 7).astype(float),
        opening_cost=rng.integers(20, 90, 7).astype(float),
    )


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("single", [False, True])
@pytest.mark.parametrize("count", [None, 5])
def test_capacitated_engine_equals_the_whole_pyomo_model(
    seed: int, single: bool, count: int | None
) -> None:
    """Relaxation, cores and designs against one model that shares only the data."""
    from allocator.engine.location import capacitated, median
    from allocator.errors import InfeasibleError
    from allocator.solver import Status, solve_model
    from models.location import build_assignment

    data, exact = random_data(seed), SolveOptions(gap=0.0)
    whole = solve_model(build_assignment(data, count=count, single_source=single), exact)
    try:
        if count is None:
            result = capacitated(data, single_source=single, options=exact)
        else:
            result = median(data, count, single_source=single, options=exact)
    except InfeasibleError:
        assert whole.status is Status.INFEASIBLE
        return
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(whole.objective)
    assert result.bound == pytest.approx(whole.objective)


@pytest.mark.parametrize("seed", range(4))
def test_knapsacks_and_their_losses_equal_brute_force(seed: int) -> None:
    """Every packing of 6 districts is tried, with each one forced in and out."""
    from itertools import product

    from models.parts.location_knapsacks import forced_losses, packings

    rng = np.random.default_rng(seed)
    gain, size = rng.normal(2, 4, (3, 6)), rng.integers(0, 5, 6)
    room = rng.integers(0, 9, 3)
    total, packed = packings(gain, size, room)
    inside, outside = forced_losses(gain, size, room)
    choices = np.array(list(product([False, True], repeat=6)))
    for warehouse in range(3):
        fits = choices[(choices @ size) <= room[warehouse]]
        values = fits @ gain[warehouse]
        assert total[warehouse] == pytest.approx(values.max())
        assert gain[warehouse] @ packed[warehouse] == pytest.approx(values.max())
        assert size @ packed[warehouse] <= room[warehouse]
        for district in range(6):
            with_it = values[fits[:, district]]
            lost = values.max() - with_it.max() if with_it.size else np.inf
            assert inside[warehouse, district] == pytest.approx(lost)
            without = values[~fits[:, district]].max()
            assert outside[warehouse, district] == pytest.approx(values.max() - without)


@pytest.mark.parametrize("seed", range(5))
def test_exchanges_keep_capacities_and_never_cost_more(seed: int) -> None:
    """No shift and no swap pays any more, found by trying each one."""
    from models.parts.assignment_exchange import assign_whole, improve_assignment

    rng = np.random.default_rng(seed)
    cost, size = rng.integers(1, 50, (4, 12)).astype(float), rng.integers(1, 6, 12).astype(float)
    room = np.full(4, 14.0)
    first = assign_whole(cost, size, room, np.zeros(4))
    assert first is not None
    last = improve_assignment(cost, size, room, first)
    districts = np.arange(12)

    def total(assigned: Any) -> float:
        load = np.bincount(assigned, weights=size, minlength=4)
        return float(cost[assigned, districts].sum()) if (load <= room).all() else np.inf

    assert total(last) <= total(first) < np.inf
    for district in range(12):
        for warehouse in range(4):
            shifted = last.copy()
            shifted[district] = warehouse
            assert total(shifted) >= total(last)
        for other in range(12):
            swapped = last.copy()
            swapped[[district, other]] = last[[other, district]]
            assert total(swapped) >= total(last)
