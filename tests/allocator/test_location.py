"""Location questions keep what must be kept, prove what they say, explain what cannot be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from allocator.engine.location import (
    LocationQuestion,
    LocationResult,
    capacitated,
    center,
    cover_all,
    cover_most,
    median,
    solve_location,
)
from allocator.errors import ConflictError, InfeasibleError
from allocator.solver import Progress, SolveOptions, Status, solve_model
from models.location import build_assignment
from models.location_data import LocationData, location_data

EXACT = SolveOptions(gap=0.0)
RADIUS = 6.0


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("count", [None, 3, 8])
def test_median_by_cuts_equals_the_whole_model(seed: int, count: int | None) -> None:
    """Two formulations that share nothing but the data agree on 40 x 60."""
    rng = np.random.default_rng(seed)
    points = rng.random((100, 2)) * 100
    distance = np.hypot(*(points[:40, None] - points[None, 40:]).transpose(2, 0, 1))
    distance[rng.random(distance.shape) < 0.1] = np.inf
    data = location_data(
        np.rint(distance) if seed % 2 else distance,
        district_weight=rng.integers(1, 5, 60).astype(float),
        opening_cost=rng.integers(20, 90, 40).astype(float),
        fixed_open=np.arange(40) < seed % 3,
        fixed_closed=np.arange(40) > 37,
    )
    whole = solve_model(build_assignment(data, count=count), EXACT)
    if count is None:
        result = capacitated(data, options=EXACT)
    else:
        result = median(data, count, options=EXACT)
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(whole.objective)


def hard_median() -> LocationData:
    """Return random distances without geometry: relaxations of these are weak."""
    rng = np.random.default_rng(0)
    return location_data(rng.integers(1, 1000, (60, 60)).astype(float))


def test_median_within_a_wide_gap_stops_early_and_says_so() -> None:
    """A plan at 20 % is within the gap, and the true optimum lies between bound and plan."""
    exact = median(hard_median(), 8, options=EXACT)
    loose = median(hard_median(), 8, options=SolveOptions(gap=0.2))
    assert exact.objective is not None
    assert loose.objective is not None
    assert loose.bound is not None
    assert loose.bound <= exact.objective <= loose.objective
    assert loose.gap is not None
    assert loose.gap <= 0.2
    assert exact.status is Status.OPTIMAL


@pytest.mark.parametrize("kind", ["median", "center"])
def test_time_limit_keeps_a_plan_and_a_valid_bound(kind: str) -> None:
    """Stopped almost at once, plan and bound still bracket the optimum."""
    data = hard_median()
    question = LocationQuestion("median" if kind == "median" else "center", count=8)
    best = solve_location(data, question, EXACT).objective
    stopped = solve_location(data, question, SolveOptions(gap=0.0, time_limit_seconds=0.02))
    assert best is not None
    assert stopped.status in (Status.TIME_LIMIT, Status.OPTIMAL, Status.NO_PLAN)
    assert stopped.objective is None or stopped.objective >= best
    assert stopped.bound is None or stopped.bound <= best


@pytest.mark.parametrize("ask", [median, center])
def test_no_time_and_no_plan_is_not_called_infeasible(
    ask: Callable[..., LocationResult],
) -> None:
    """Where nothing was found and nothing proven, the status says just that."""
    data = location_data(np.where(np.eye(3, dtype=bool), 1.0, np.inf))
    result = ask(data, 2, options=SolveOptions(time_limit_seconds=0.0))
    assert result.status is Status.NO_PLAN
    assert result.objective is None
    assert result.open_warehouses.size == 0
    assert result.assignment.tolist() == [-1, -1, -1]


@pytest.mark.parametrize("kind", ["cover-all", "cover-most", "median", "center", "capacitated"])
def test_progress_ends_with_the_answer(kind: str) -> None:
    """Every question tells how it gets on, the last line is the answer."""
    lines: list[Progress] = []
    data = three_by_three()
    question = LocationQuestion(
        kind,  # type: ignore[arg-type]
        radius=12.0 if kind.startswith("cover") else None,
        count=2 if kind in ("cover-most", "median", "center") else None,
    )
    result = solve_location(data, question, EXACT, lines.append)
    assert lines[-1].incumbent == result.objective
    assert lines[-1].bound == result.bound


def three_by_three(**changes: object) -> LocationData:
    """Return warehouses A, B, C at 1, 5, 9 km of districts X, Y, Z and crosswise."""
    settings: dict[str, object] = {
        "warehouse_codes": ["A", "B", "C"],
        "district_codes": ["X", "Y", "Z"],
        "demand_units": [10.0, 10.0, 10.0],
        **changes,
    }
    distance = [[1.0, 5.0, 9.0], [5.0, 1.0, 5.0], [9.0, 5.0, 1.0]]
    return location_data(distance, **settings)  # type: ignore[arg-type]


def test_by_hand() -> None:
    """One warehouse: B is median (11) and center (5); within 1 km it takes all three."""
    data = three_by_three()
    assert median(data, 1).objective == 11.0
    assert median(data, 1).open_warehouses.tolist() == [1]
    assert center(data, 1).objective == 5.0
    assert cover_all(data, 1.0).objective == 3.0
    assert cover_all(data, 5.0).objective == 1.0
    assert cover_most(data, 1.0, 2).objective == 2.0
    assert median(data, 1).assignment.tolist() == [1, 1, 1]
    kept = replace(data, fixed_open=np.array([True, False, False]))
    assert median(kept, 1).objective == 15.0
    closed = replace(data, fixed_closed=np.array([False, True, False]))
    assert median(closed, 1).objective == 15.0


def test_weights_move_the_median() -> None:
    """A heavy district draws the warehouse; the center does not care."""
    data = three_by_three(district_weight=[100.0, 1.0, 1.0])
    assert median(data, 1).open_warehouses.tolist() == [0]
    assert center(data, 1).open_warehouses.tolist() == [1]


def test_capacity_binds_and_breaking_it_would_pay() -> None:
    """B could serve all for 11 alone, but holds two districts only."""
    free = three_by_three(district_weight=[1.0, 1.0, 1.0], opening_cost=[10.0, 10.0, 10.0])
    assert capacitated(free).objective == 21.0
    tight = replace(free, capacity_units=np.array([20.0, 20.0, 20.0]))
    assert capacitated(tight).objective == 27.0
    assert capacitated(tight).open_warehouses.size == 2


def test_single_sourcing_costs_more_when_it_binds() -> None:
    """Capacity 15 at each of three: split needs two warehouses, whole districts three."""
    data = three_by_three(capacity_units=[15.0, 15.0, 15.0])
    assert cover_all(data, 9.0).objective == 2.0
    assert cover_all(data, 9.0, single_source=True).objective == 3.0


@pytest.mark.parametrize(
    ("changes", "question", "words"),
    [
        ({}, LocationQuestion("cover-all", 0.5), ["'X'", "0.5", "'A' at 1"]),
        ({"fixed_closed": [True, True, True]}, LocationQuestion("capacitated"), ["may open"]),
        ({}, LocationQuestion("median", count=4), ["count (4)", "3"]),
        ({}, LocationQuestion("median", count=0), ["count (0)"]),
        ({"fixed_open": [True, True, False]}, LocationQuestion("center", count=1), ["2", "stay"]),
        ({}, LocationQuestion("cover-all", -1.0), ["radius (-1.0)"]),
        (
            {"capacity_units": [5.0, 5.0, 5.0]},
            LocationQuestion("capacitated"),
            ["hold 15", "need 30", "short by 15"],
        ),
        (
            {"capacity_units": [50.0, 5.0, 50.0]},
            LocationQuestion("cover-all", 1.0),
            ["5 units stay unserved", "'Y' (5 of 10"],
        ),
        (
            {"capacity_units": [10.0, 10.0, 10.0]},
            LocationQuestion("median", count=2),
            ["2 warehouses", "at least 3"],
        ),
        (
            {"capacity_units": [15.0, 15.0, 0.0]},
            LocationQuestion("capacitated", single_source=True),
            ["several warehouses"],
        ),
    ],
)
def test_what_cannot_be_is_explained(
    changes: dict[str, object], question: LocationQuestion, words: list[str]
) -> None:
    """The message names the district, the number or the capacity that is short."""
    with pytest.raises(InfeasibleError) as caught:
        solve_location(three_by_three(**changes), question)
    for word in words:
        assert word in str(caught.value)


def test_a_lane_that_is_missing_is_named() -> None:
    """A district without any lane is told apart from one that is too far."""
    data = three_by_three()
    distance = data.lane_distance.copy()
    distance[:, 2] = np.inf
    with pytest.raises(InfeasibleError, match="'Z' \\(no lane at all\\)"):
        median(replace(data, lane_distance=distance), 1)


def test_too_few_warehouses_for_the_lanes_are_counted() -> None:
    """Without lanes across, one warehouse cannot reach three districts: it takes three."""
    data = location_data(np.where(np.eye(3, dtype=bool), 1.0, np.inf))
    for ask in (median, center):
        with pytest.raises(InfeasibleError, match="at least 3"):
            ask(data, 2)


@pytest.mark.parametrize(
    "question",
    [
        LocationQuestion("cover-all"),
        LocationQuestion("cover-most", 3.0),
        LocationQuestion("median"),
        LocationQuestion("center", 3.0, 1),
        LocationQuestion("cover-all", 3.0, 2),
    ],
)
def test_settings_that_do_not_fit_the_question_are_refused(question: LocationQuestion) -> None:
    """No silent default for a missing radius or count, and none is passed over."""
    with pytest.raises(ConflictError, match=question.kind):
        solve_location(three_by_three(), question)


@pytest.mark.parametrize("factor", [1e-6, 1e-3, 1e3, 1e6])
@pytest.mark.parametrize("count", [None, 6])
def test_unit_of_the_costs_does_not_matter(factor: float, count: int | None) -> None:
    """Distances in any unit give the same warehouses at the scaled objective, proven optimal."""
    rng = np.random.default_rng(2)
    points = rng.random((50, 2))
    distance = np.hypot(*(points[:, None] - points[None, :]).transpose(2, 0, 1))
    base = location_data(distance, opening_cost=np.full(50, 0.5))
    other = location_data(factor * distance, opening_cost=np.full(50, factor * 0.5))
    question = LocationQuestion("capacitated" if count is None else "median", count=count)
    one, two = (solve_location(data, question, EXACT) for data in (base, other))
    assert one.objective is not None
    assert two.objective == pytest.approx(factor * one.objective)
    assert two.status is Status.OPTIMAL
    assert two.open_warehouses.tolist() == one.open_warehouses.tolist()


def test_permuting_and_scaling_changes_nothing() -> None:
    """Shuffled warehouses and districts give the same objective; scaled ones scale it."""
    rng = np.random.default_rng(1)
    data = location_data(
        rng.random((6, 9)) * 20,
        district_weight=rng.integers(1, 9, 9).astype(float),
        demand_units=rng.integers(1, 5, 9).astype(float),
        capacity_units=rng.integers(6, 12, 6).astype(float),
        opening_cost=rng.integers(1, 30, 6).astype(float),
        fixed_open=np.arange(6) == 1,
        fixed_closed=np.arange(6) == 4,
    )
    base = capacitated(data, options=EXACT).objective
    rows = rng.permutation(data.warehouse_count)
    columns = rng.permutation(data.district_count)
    shuffled = location_data(
        1000.0 * data.lane_distance[np.ix_(rows, columns)],
        district_weight=data.district_weight[columns],
        demand_units=data.demand_units[columns],
        capacity_units=data.capacity_units[rows],
        opening_cost=1000.0 * data.opening_cost[rows],
        fixed_open=data.fixed_open[rows],
        fixed_closed=data.fixed_closed[rows],
    )
    other = capacitated(shuffled, options=EXACT).objective
    assert base is not None
    assert other == pytest.approx(1000.0 * base)
