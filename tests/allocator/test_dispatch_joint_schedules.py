"""Two vehicles with one dock: against a search, as a bound of every plan, and as an ascent."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from allocator.engine.dispatch_bounding import BoundingHere, RelaxationRequest
from allocator.engine.dispatch_columns import UnmetCap
from allocator.engine.dispatch_draft import empty_draft, residual, startable
from allocator.engine.dispatch_joint_schedules import JointSchedules
from allocator.engine.dispatch_prices import Climb, first_prices
from allocator.engine.dispatch_pricing import Pricing
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem, stage_prices
from allocator.engine.dispatch_relaxation import Relaxation
from allocator.engine.dispatch_restricted import restricted_program
from allocator.engine.dispatch_schedules import Schedules
from allocator.engine.dispatch_vertices import vertex_loads
from allocator.solver import Session, SolveOptions
from models.dispatch_data import DispatchData
from tests.models.dispatch_cases import random_problems, regional_data, single_lane

Floats = NDArray[np.float64]


def small_yards(seed: int) -> DispatchData:
    """Warehouses with one dock each and two vehicles: two of a kind, or one of each of two."""
    data = regional_data(seed)
    rng = np.random.default_rng(seed)
    vehicles = np.zeros_like(data.vehicles_count)
    for row in vehicles:
        kinds = rng.integers(0, len(row), 2)
        np.add.at(row, kinds, 1.0)
    docks = np.ones_like(data.docks)
    return replace(data, docks=docks, vehicles_count=vehicles, deadline_hours=9.0)


def searched(problem: DispatchProblem, gain: Floats, warehouse: int) -> float:
    """Most that the two vehicles of a warehouse gain, by trying every next trip of either."""
    fleets = problem.data.fleet_count
    pools = np.repeat(
        np.arange(fleets),
        problem.pool_limit[warehouse * fleets : (warehouse + 1) * fleets, -1].astype(int),
    )
    one, other = (warehouse * fleets + pools).tolist()
    start, until = problem.table.start_period, problem.until
    trips = {pool: np.flatnonzero(problem.pool == pool).tolist() for pool in {one, other}}

    @cache
    def best(free: int, free_other: int, dock_from: int, *, is_swapped: bool) -> float:
        pool = other if is_swapped else one
        # Departures are chosen in the order of their hours; a dock that was used is shut since.
        found = [0.0]
        for trip in trips[pool]:
            if start[trip] >= max(free, dock_from) and until[trip] > start[trip]:
                now, then = int(start[trip]), int(until[trip])
                follow = (
                    best(then, free_other, now + 1, is_swapped=is_swapped),
                    best(free_other, then, now + 1, is_swapped=not is_swapped),
                )
                found.append(gain[trip] + max(follow))
        return max(found)

    return max(best(0, 0, 0, is_swapped=False), best(0, 0, 0, is_swapped=True))


@pytest.mark.parametrize("seed", range(6))
def test_values_are_those_of_trying_every_pair_of_sequences(seed: int) -> None:
    """The trips named add up to the value, and no two of a warehouse begin in one hour."""
    problem = dispatch_problem(small_yards(seed))
    gain = np.maximum(np.random.default_rng(seed).uniform(-5, 10, problem.trip_count), 0.0)
    joint = JointSchedules(problem)
    assert len(joint) == problem.data.warehouse_count
    worth = joint.values(gain)
    wanted = sum(searched(problem, gain, int(w)) for w in joint.warehouses)
    assert joint.total(worth) == pytest.approx(wanted)
    trips = joint.driven(gain, worth)
    assert gain[trips].sum() == pytest.approx(wanted)
    starts = np.zeros(problem.dock_limit.shape)
    np.add.at(starts, (problem.warehouse[trips], problem.table.start_period[trips]), 1.0)
    assert starts.max() == 1.0
    assert (problem.under_way(trips, np.ones(len(trips))) <= problem.pool_limit).all()
    alone = Schedules(problem)
    each = alone.values(gain)[:, 0] @ problem.pool_limit[:, -1]
    assert joint.total(worth) <= each + 1e-9


def test_the_dock_is_used_by_one_at_a_time() -> None:
    """Two vehicles, one departure each that pays, in the same hour: only the better one goes."""
    problem = dispatch_problem(small_yards(1))
    joint = JointSchedules(problem)
    is_first = np.zeros(problem.trip_count, dtype=bool)
    for w in joint.warehouses:
        own = joint.trips[problem.warehouse[joint.trips] == w]
        is_first[own[problem.table.start_period[own] == problem.table.start_period[own].min()]] = 1
    gain = np.where(is_first, 1.0 + np.arange(problem.trip_count), 0.0)
    wanted = sum(
        gain[is_first & (problem.warehouse == w)].max(initial=0.0) for w in joint.warehouses
    )
    assert joint.total(joint.values(gain)) == pytest.approx(wanted)


def test_a_vehicle_that_comes_later_does_not_drive_before() -> None:
    """Nobody drives before he is there, and who is there alone has the dock for himself."""
    data = small_yards(2)
    late = dispatch_problem(data)
    limit = late.pool_limit.copy()
    limit[:, :4] = 0.0
    # `pool_limit` is worked out once and kept: it is what every step reads.
    late.__dict__["pool_limit"] = limit
    joint = JointSchedules(late)
    gain = np.ones(late.trip_count)
    trips = joint.driven(gain, joint.values(gain))
    assert len(joint) == data.warehouse_count
    assert len(trips)
    assert late.table.start_period[trips].min() >= 4


def test_larger_yards_are_left_to_prices() -> None:
    """Three vehicles, two docks, and vehicles without number are not looked at."""
    data = small_yards(3)
    for changed in (
        replace(data, docks=data.docks + 1.0),
        replace(data, vehicles_count=data.vehicles_count + 1.0),
        replace(data, vehicles_count=np.full_like(data.vehicles_count, np.inf)),
        replace(data, docks=np.full_like(data.docks, np.inf)),
    ):
        joint = JointSchedules(dispatch_problem(changed))
        assert len(joint) == 0
        gain = np.ones(dispatch_problem(changed).trip_count)
        assert joint.total(joint.values(gain)) == 0.0
        assert len(joint.driven(gain, joint.values(gain))) == 0


@pytest.mark.parametrize("block", range(2))
def test_no_plan_is_below_what_joint_schedules_prove(block: int) -> None:
    """Steps with exact docks prove no more than the best of all plans, also within a limit."""
    yards = 0
    for _, data, best in random_problems(51_000 + 1000 * block, 60):
        problem = dispatch_problem(data)
        prices = stage_prices(data, "waiting")
        pricing = Pricing(problem, prices, vertex_loads(data))
        if not pricing.has_schedules or problem.trip_count == 0 or not len(pricing.joint):
            continue
        yards += len(pricing.joint)
        climb = Climb(pricing, first_prices(pricing), 0.0)
        for _ in range(20):
            climb.step()
        climb.prove_jointly()
        assert climb.go_on_jointly()
        assert not climb.go_on_jointly()
        for _ in range(20):
            climb.step()
        assert climb.outcome().proofs[:, 0].max() <= best.each["waiting"] + 1e-6
        least = best.each["unmet"]
        capped = Climb(pricing, first_prices(pricing), 0.0, UnmetCap(least, 100.0))
        capped.go_on_jointly()
        for _ in range(30):
            capped.step()
        assert capped.bound <= best.least("waiting", unmet=least + 1e-9) + 1e-6
    assert yards >= 3, "hardly a yard of two vehicles and one dock was drawn"


def shared_dock() -> DispatchProblem:
    """One dock, a vehicle that is back after two hours and one after three, need for all of it."""
    data = single_lane(
        deadline_hours=10.0,
        payload_kg=np.array([2.0, 3.0]),
        vehicle_volume_m3=np.array([2.0, 3.0]),
        load_hours=np.array([0.5, 0.5]),
        unload_hours=np.array([0.5, 0.5]),
        is_one_way=np.array([False, False]),
        drive_hours=np.array([[0.5, 1.0]]),
        trip_cost_cny=np.array([[10.0, 10.0]]),
        vehicles_count=np.array([[1.0, 1.0]]),
        docks=np.array([1.0]),
        stock_units=np.array([[40]]),
        outside_units=np.array([[40]]),
        need_units=np.array([40.0]),
    )
    return dispatch_problem(data)


@pytest.mark.parametrize("by_prices", [False, True])
def test_a_relaxation_ends_with_what_exact_docks_prove(*, by_prices: bool) -> None:
    """Both ways of bounding prove more than the program over parts of vehicles, and what is so."""
    problem = shared_dock()
    prices = stage_prices(problem.data, "waiting")
    left, trips = residual(problem, empty_draft(problem)), np.arange(problem.trip_count)
    most = startable(problem, left, trips)
    value = {}
    for whole in (False, True):
        program = restricted_program(problem, prices, left, trips, most, whole=whole).program
        objective = Session(program).solve(SolveOptions(gap=1e-9)).objective
        assert objective is not None
        value[whole] = objective
    heard: list[Relaxation] = []
    bounding = BoundingHere(problem, SolveOptions(), heard.append)
    bounding.ask(RelaxationRequest("waiting", np.inf, 1e-6, by_prices=by_prices))
    found = bounding.answer()
    assert found is not None
    assert heard[-1] is found
    assert value[False] * (1 + 1e-3) < found.bound() <= value[True] * (1 + 1e-9)
