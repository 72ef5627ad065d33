"""Location models: data checks, valid cuts, safe reductions, constraints that bind."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pyomo.environ as pyo
import pytest

from allocator.solver import SolveOptions, Status, solve_model
from models.location import (
    assign_nearest,
    build_assignment,
    build_cover_all,
    build_cover_most,
    read_location,
)
from models.location_data import LocationData, lanes_within, location_data
from models.parts.cover_dominance import undominated
from models.parts.location_coverage import greedy_cover
from models.parts.median_cuts import nearest_first, violated_cuts
from models.parts.median_exchange import exchange, greedy_plan, plan_cost

EXACT = SolveOptions(gap=0.0)


def line_of_three() -> LocationData:
    """Return warehouses A, B, C on a line at districts X, Y, Z, five apart, ten units each."""
    place = np.array([0.0, 5.0, 10.0])
    return location_data(np.abs(place[:, None] - place[None, :]), demand_units=np.full(3, 10.0))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"lane_distance": [[-1.0]]}, "lane_distance"),
        ({"lane_distance": [[np.nan]]}, "lane_distance"),
        ({"lane_distance": [1.0]}, "shape"),
        ({"lane_distance": np.zeros((1, 0))}, "shape"),
        ({"district_weight": [-1.0]}, "district_weight"),
        ({"district_weight": [np.inf]}, "district_weight"),
        ({"demand_units": [1.0, 2.0]}, "demand_units"),
        ({"capacity_units": [np.nan]}, "capacity_units"),
        ({"opening_cost": [-2.0]}, "opening_cost"),
        ({"fixed_open": [True, False]}, "fixed_open"),
        ({"fixed_open": [True], "fixed_closed": [True]}, "both fixed open and fixed closed"),
        ({"warehouse_codes": ["A", "B"]}, "warehouse_codes"),
    ],
)
def test_wrong_data_is_refused_by_name(changes: dict[str, object], word: str) -> None:
    """Shapes, signs and flags are checked when the data is made."""
    settings = {"lane_distance": [[1.0]], **changes}
    with pytest.raises(ValueError, match=word):
        location_data(settings.pop("lane_distance"), **settings)  # type: ignore[arg-type]


def test_what_is_left_out_is_filled_in() -> None:
    """Weights 1, demand as weights, no capacities, no costs, nothing fixed, numbers as names."""
    data = location_data([[1.0, 2.0]], district_weight=[3.0, 4.0])
    assert data.demand_units.tolist() == [3.0, 4.0]
    assert not data.is_capacitated
    assert data.opening_cost.tolist() == [0.0]
    assert data.district_codes == ("0", "1")
    assert data.allowed.all()


def test_lanes_are_sorted_and_within_the_radius() -> None:
    """Only lanes of allowed warehouses up to the radius, by district, then by warehouse."""
    data = replace(line_of_three(), fixed_closed=np.array([False, False, True]))
    lanes = lanes_within(data, 5.0)
    assert lanes.district.tolist() == [0, 0, 1, 1, 2]
    assert lanes.warehouse.tolist() == [0, 1, 0, 1, 1]
    assert [group.tolist() for group in lanes.by_district(3)] == [[0, 1], [2, 3], [4]]
    assert [group.tolist() for group in lanes.by_warehouse(3)] == [[0, 2], [1, 3, 4], []]


def test_lane_groups_include_districts_without_lanes() -> None:
    """A district that nothing reaches has an empty group, and the others keep theirs."""
    data = location_data([[np.inf, 1.0, np.inf]])
    groups = lanes_within(data).by_district(3)
    assert [group.tolist() for group in groups] == [[], [0], []]


def test_cover_all_binds_and_breaking_it_would_pay() -> None:
    """Within 5 km B alone covers all; within 4 km each district needs its own warehouse."""
    for radius, expected in ((5.0, [1]), (4.0, [0, 1, 2])):
        model = build_cover_all(line_of_three(), radius)
        result = solve_model(model, EXACT)
        assert result.objective == len(expected)
        plan = read_location(model, line_of_three(), radius)
        assert plan.open_warehouses.tolist() == expected


def test_cover_all_with_a_count_too_small_is_infeasible() -> None:
    """Two warehouses cannot do the work of three."""
    assert solve_model(build_cover_all(line_of_three(), 4.0, count=2), EXACT).status is (
        Status.INFEASIBLE
    )


def test_cover_most_counts_weight_not_districts() -> None:
    """One warehouse within 1 km goes to the heaviest district."""
    data = replace(line_of_three(), district_weight=np.array([1.0, 1.0, 7.0]))
    model = build_cover_most(data, 1.0, 1)
    assert solve_model(model, EXACT).objective == 7.0
    assert read_location(model, data, 1.0).open_warehouses.tolist() == [2]


def test_links_keep_closed_warehouses_from_serving() -> None:
    """With one warehouse for opening cost 100 each, its two neighbours are served from it."""
    data = replace(line_of_three(), opening_cost=np.full(3, 100.0))
    model = build_assignment(data)
    assert solve_model(model, EXACT).objective == pytest.approx(110.0)
    plan = read_location(model, data)
    assert plan.open_warehouses.tolist() == [1]
    assert plan.assignment(3).tolist() == [1, 1, 1]


def test_capacity_splits_a_district_unless_it_has_one_warehouse() -> None:
    """A holds 15 units, C the rest: Y is split, or goes to C as a whole."""
    data = replace(
        line_of_three(),
        capacity_units=np.array([15.0, 0.0, 20.0]),
        fixed_closed=np.array([False, True, False]),
    )
    model = build_assignment(data)
    result = solve_model(model, EXACT)
    assert result.objective == pytest.approx(5.0)
    plan = read_location(model, data)
    assert plan.served_share(3).tolist() == pytest.approx([1.0, 1.0, 1.0])
    whole = build_assignment(data, single_source=True)
    assert solve_model(whole, EXACT).status is Status.OPTIMAL
    assert read_location(whole, data).assignment(3).tolist() == [0, 2, 2]


def test_relaxation_of_linked_model_is_strong() -> None:
    """With lane links the relaxed median of the line is already whole; without, it is not."""
    data = line_of_three()
    model = build_assignment(data, count=1)
    for variable in model.open_warehouse.values():
        variable.domain = pyo.UnitInterval
    assert solve_model(model, EXACT).objective == pytest.approx(10.0)
    model.lane_link.deactivate()
    weak = solve_model(model, EXACT).objective
    assert weak is not None
    assert weak < 9.0


def test_nearest_assignment_leaves_out_what_is_too_far() -> None:
    """Beyond the radius, or without a lane, a district is not served; nobody open serves none."""
    data = line_of_three()
    plan = assign_nearest(data, np.array([0]), radius=5.0)
    assert plan.assignment(3).tolist() == [0, 0, -1]
    assert assign_nearest(data, np.zeros(0, dtype=np.intp)).assignment(3).tolist() == [-1] * 3


@pytest.mark.parametrize("seed", range(10))
def test_cuts_hold_at_every_plan_and_are_tight_at_their_own(seed: int) -> None:
    """Closed-form Benders cuts never exceed the true cost, and reach it where they were made."""
    rng = np.random.default_rng(seed)
    cost = rng.integers(0, 20, (5, 6)).astype(float)
    cost[rng.random(cost.shape) < 0.1] = np.inf
    order = nearest_first(cost)
    fractional = np.minimum(rng.dirichlet(np.ones(5)) * 2, 1.0)
    for at in (fractional, np.eye(5)[seed % 5] + np.eye(5)[(seed + 1) % 5]):
        cuts = violated_cuts(order, np.zeros(5), np.full(6, -1.0), at, tolerance=1e-9)
        for opened in itertools.product([0.0, 1.0], repeat=5):
            plan = np.array(opened)
            if not plan.any():
                continue
            true = cost[plan > 0].min(axis=0)
            left = np.bincount(
                cuts.row,
                weights=cuts.coefficient * plan[cuts.warehouse],
                minlength=cuts.level.size,
            )
            bound = cuts.level - left
            assert (bound <= true[cuts.district] + 1e-9).all()
            if (plan == at).all():
                assert bound == pytest.approx(true[cuts.district])


def test_satisfied_cuts_are_not_returned() -> None:
    """With the true costs as theta nothing is violated."""
    cost = np.array([[1.0, 4.0], [3.0, 2.0]])
    opened = np.array([1.0, 0.0])
    cuts = violated_cuts(nearest_first(cost), opened, np.array([1.0, 4.0]), opened, tolerance=0.0)
    assert cuts.level.size == 0


@pytest.mark.parametrize("seed", range(15))
def test_dominated_warehouses_and_districts_change_no_answer(seed: int) -> None:
    """The reduced cover is as small as the whole one and covers everything."""
    rng = np.random.default_rng(seed)
    reach = rng.random((7, 8)) < 0.4
    reach[rng.integers(0, 7, 8), np.arange(8)] = True
    warehouses, districts = undominated(reach)

    def covers(rows: np.ndarray, columns: np.ndarray) -> tuple[int, list[tuple[int, ...]]]:
        for size in range(1, 8):
            found = [
                chosen
                for chosen in itertools.combinations(rows.tolist(), size)
                if reach[list(chosen)][:, columns].any(axis=0).all()
            ]
            if found:
                return size, found
        raise AssertionError("no cover at all")

    whole, _ = covers(np.arange(7), np.arange(8))
    reduced, found = covers(warehouses, districts)
    assert reduced == whole
    assert all(reach[list(chosen)].any(axis=0).all() for chosen in found)


def test_equal_rows_keep_one_of_each() -> None:
    """Three equal warehouses and districts shrink to one."""
    warehouses, districts = undominated(np.ones((3, 3), dtype=bool))
    assert (warehouses.tolist(), districts.tolist()) == ([0], [0])


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("fixed_count", [True, False])
def test_exchange_improves_and_keeps_the_rules(seed: int, fixed_count: bool) -> None:
    """Never worse, unmovable warehouses stay, the number stays if it must, no swap is left."""
    rng = np.random.default_rng(seed)
    cost = rng.integers(1, 50, (8, 12)).astype(float)
    opening = rng.integers(0, 20, 8).astype(float)
    fixed = np.arange(8) == seed % 8
    start = greedy_plan(cost, opening, fixed, 3 if fixed_count else None)
    assert start[fixed].all()
    plan = exchange(cost, opening, start, ~fixed, fixed_count=fixed_count)
    best = plan_cost(cost, opening, plan)
    assert best <= plan_cost(cost, opening, start)
    assert plan[fixed].all()
    if fixed_count:
        assert plan.sum() == 3
    for leaving in np.flatnonzero(plan & ~fixed):
        for entering in np.flatnonzero(~plan):
            other = plan.copy()
            other[leaving], other[entering] = False, True
            assert plan_cost(cost, opening, other) >= best - 1e-9
    if not fixed_count:
        for warehouse in np.flatnonzero(~fixed):
            other = plan.copy()
            other[warehouse] ^= True
            assert plan_cost(cost, opening, other) >= best - 1e-9


def test_cost_of_no_warehouse_is_infinite() -> None:
    """Nothing open serves nobody."""
    assert plan_cost(np.ones((2, 2)), np.zeros(2), np.zeros(2, dtype=bool)) == np.inf


def test_greedy_cover_keeps_the_count_or_gives_up() -> None:
    """Within 5 km one warehouse does; within 4 km two are too few."""
    data = line_of_three()
    opened = greedy_cover(data, 5.0, 1)
    assert opened is not None
    assert opened.tolist() == [1]
    assert greedy_cover(data, 4.0, 2) is None
    kept = replace(data, fixed_open=np.array([True, False, False]))
    both = greedy_cover(kept, 5.0, 2)
    assert both is not None
    assert 0 in both.tolist()
