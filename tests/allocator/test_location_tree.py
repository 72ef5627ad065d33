"""The tree over open warehouses against one whole program, with lanes missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allocator.engine.location import capacitated, median
from allocator.engine.location_question import LocationQuestion, Search
from allocator.engine.location_root import StrongRelaxation
from allocator.errors import InfeasibleError
from allocator.solver import SolveOptions, Status, solve_program
from benchmarks.formats import Instance
from benchmarks.opponents import whole_formulation
from models.location_data import LocationData, location_data

OPTIONS = SolveOptions(gap=1e-7, threads=1)


def scattered(
    seed: int, *, sites: int = 12, districts: int = 25, missing: float = 0.5
) -> LocationData:
    """Sites and districts on a square, half of the lanes missing, capacities tight."""
    rng = np.random.default_rng(seed)
    here, there = rng.uniform(0, 100, (sites, 2)), rng.uniform(0, 100, (districts, 2))
    distance = np.rint(np.linalg.norm(here[:, None] - there[None], axis=2))
    distance[rng.random(distance.shape) < missing] = np.inf
    demand = rng.integers(1, 20, districts).astype(float)
    room = rng.integers(20, 60, sites) * demand.sum() / (40.0 * sites) * rng.uniform(1.1, 2.5)
    return location_data(
        distance,
        demand_units=demand,
        capacity_units=np.floor(room),
        opening_cost=rng.integers(20, 200, sites).astype(float),
        fixed_open=rng.random(sites) < 0.05,
    )


def whole(data: LocationData, count: int | None = None) -> tuple[Status, float | None]:
    """Status and optimum of the strong formulation, by HiGHS alone."""
    program = whole_formulation(Instance("t", data, count), "cpmp" if count else "cflp")
    integer = program.integer.copy()
    integer[data.warehouse_count :] = False
    lower = program.column_lower.copy()
    lower[: data.warehouse_count] = data.fixed_open
    answer = solve_program(replace(program, integer=integer, column_lower=lower), OPTIONS)
    return answer.status, answer.objective


@pytest.mark.parametrize("seed", range(40))
def test_several_sources_as_the_whole_program(seed: int) -> None:
    """Value, or that there is none; every third case asks for a number of warehouses."""
    data = scattered(seed)
    count = 7 if seed % 3 == 0 else None
    status, value = whole(data, count)
    try:
        found = (
            median(data, count, options=OPTIONS) if count else capacitated(data, options=OPTIONS)
        )
    except InfeasibleError:
        assert status is Status.INFEASIBLE
        return
    assert value is not None
    assert found.objective == pytest.approx(value, rel=1e-6)
    assert found.bound == pytest.approx(value, rel=1e-6)


def test_the_cases_above_hold_all_kinds() -> None:
    """Some of them have no plan, most have one."""
    states = [whole(scattered(seed), 7 if seed % 3 == 0 else None)[0] for seed in range(40)]
    assert 3 <= sum(status is Status.INFEASIBLE for status in states) <= 25


@pytest.mark.parametrize("seed", range(6))
def test_bounds_of_parts_equal_those_of_all_lanes(seed: int) -> None:
    """Under random limits one session gives what the whole relaxation gives."""
    data = scattered(seed, sites=20, districts=60, missing=0.0)
    rng = np.random.default_rng(seed)
    relaxation = StrongRelaxation(data, Search(LocationQuestion("capacitated"), OPTIONS))
    program = whole_formulation(Instance("t", data), "cflp")
    sites = data.warehouse_count
    for _ in range(6):
        lower, upper = data.fixed_open.astype(float), np.ones(sites)
        upper[(rng.random(sites) < 0.3) & (lower == 0.0)] = 0.0
        point = relaxation.solve(lower, upper)
        columns = program.column_upper.copy()
        columns[:sites] = upper
        low = program.column_lower.copy()
        low[:sites] = lower
        relaxed = replace(
            program,
            integer=np.zeros_like(program.integer),
            column_upper=columns,
            column_lower=low,
        )
        answer = solve_program(relaxed, OPTIONS)
        if answer.status is Status.INFEASIBLE:
            assert point.status is Status.INFEASIBLE or point.escaped > 1e-7
            continue
        assert answer.objective is not None
        # The two rows on room and number may lift it above the plain relaxation, never below.
        assert point.objective >= answer.objective * (1.0 - 1e-7)
        tried = relaxation.try_out(lower, upper)
        assert tried is None or tried <= point.objective * (1.0 + 1e-7)
