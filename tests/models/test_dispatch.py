"""The exact hourly model: brute force, each family of constraints, invariants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyomo.environ as pyo
import pytest

from allocator.solver import SolveOptions, Status, solve_model
from models.dispatch import build_dispatch, read_dispatch, write_dispatch
from models.dispatch_data import DispatchData
from models.dispatch_index import dispatch_index
from models.dispatch_values import DispatchResult, dispatch_values
from tests.models.dispatch_cases import random_data, random_problems, single_lane

STAGES = ("unmet", "waiting", "social", "served_cost")
EXACT = SolveOptions(gap=0.0)


def solve(
    data: DispatchData, stage: str, limits: dict[str, float] | None = None
) -> tuple[float, DispatchResult]:
    """Best value of a stage and a plan that reaches it."""
    index = dispatch_index(data)
    model = build_dispatch(data, stage, limits, index=index)
    solved = solve_model(model, EXACT)
    assert solved.status is Status.OPTIMAL
    assert solved.objective is not None
    return solved.objective, read_dispatch(model, data, index)


def best(data: DispatchData, stage: str = "waiting") -> float:
    """Best value of a stage."""
    return solve(data, stage)[0]


@pytest.mark.parametrize("block", range(8))
def test_random_problems_equal_brute_force(block: int) -> None:
    """On 160 random tiny problems the model finds the best of all plans, stage by stage."""
    for seed, data, expected in random_problems(1000 * block, 20):
        stage = STAGES[seed % len(STAGES)]
        value, result = solve(data, stage)
        assert value == pytest.approx(expected.each[stage], abs=1e-6), f"seed {seed}, {stage}"
        found = dispatch_values(data, dispatch_index(data).table, result)
        assert found[stage] == pytest.approx(value, abs=1e-6), f"seed {seed}, {stage}"


def test_stages_in_turn_equal_the_lexicographic_best_of_all_plans() -> None:
    """Unmet, then waiting, then cost, each kept, is the best triple of brute force."""
    for seed, data, expected in random_problems(9000, 10):
        limits: dict[str, float] = {}
        for stage, wanted in zip(("unmet", "waiting", "cost"), expected.lives, strict=True):
            value, _ = solve(data, stage, limits)
            assert value == pytest.approx(wanted, abs=1e-5), f"seed {seed}, {stage}"
            limits[stage] = value + 1e-7


def test_one_lane_by_hand() -> None:
    """Six units in three vehicles at once arrive at 2 h: 12 unit-hours of waiting, 30 CNY."""
    data = single_lane()
    assert best(data, "unmet") == pytest.approx(0)
    assert best(data, "waiting") == pytest.approx(12)
    assert best(data, "social") == pytest.approx(12 + 30)
    value, result = solve(data, "cost", {"unmet": 0.0, "waiting": 12.0})
    assert value == pytest.approx(30)
    assert result.load_units.ravel().tolist() == [2, 2, 2]


def test_stock_limits_what_is_sent() -> None:
    """With four units in stock two wait until the deadline: 4 x 2 + 2 x 4 unit-hours."""
    assert best(single_lane(stock_units=np.array([[4]]))) == pytest.approx(16)


def test_home_reserve_stays_only_on_lanes_that_leave_the_province() -> None:
    """Two units may go out: 2 x 2 + 4 x 4 unit-hours if the lane leaves the province, else 12."""
    kept = single_lane(outside_units=np.array([[2]]))
    assert best(kept) == pytest.approx(12)
    assert best(replace(kept, leaves_province=np.array([True]))) == pytest.approx(20)


def test_docks_spread_load_starts() -> None:
    """One load start an hour: two units each arrive at 2, 3 and 4 h."""
    assert best(single_lane(docks=np.array([1.0]))) == pytest.approx(2 * (2 + 3 + 4))


def test_fleet_is_away_until_it_returns() -> None:
    """Two vehicles, back at 3 h, cannot make a third trip by the deadline at 4 h."""
    fleet = single_lane(vehicles_count=np.array([[2.0]]))
    assert best(fleet) == pytest.approx(4 * 2 + 2 * 4)
    assert best(replace(fleet, deadline_hours=5.0)) == pytest.approx(4 * 2 + 2 * 5)


def test_vehicle_that_returns_on_the_hour_drives_again() -> None:
    """Back at 3 h sharp, the one vehicle starts again at 3 h and is unloaded at 5 h."""
    one = single_lane(vehicles_count=np.array([[1.0]]), deadline_hours=5.0)
    assert best(one) == pytest.approx(2 * 2 + 2 * 5 + 2 * 5)
    assert best(one, "unmet") == pytest.approx(2)


def test_receiving_spreads_arrivals() -> None:
    """Two cubic metres an hour: two units each arrive at 2, 3 and 4 h."""
    slow = single_lane(receive_m3_per_hour=np.array([2.0]))
    assert best(slow) == pytest.approx(2 * (2 + 3 + 4))


def test_release_delays_load_starts() -> None:
    """Signed at 0.5 h, loading starts at the next whole hour."""
    assert best(single_lane(release_hours=np.array([[0.5]]))) == pytest.approx(6 * 3)


def test_release_of_one_item_does_not_hold_back_the_other() -> None:
    """An item signed at 2 h arrives at 4 h; the other one arrives at 2 h all the same."""
    two = single_lane(
        item_weight_kg=np.ones(2),
        item_volume_m3=np.ones(2),
        release_hours=np.array([[0.0, 2.0]]),
        stock_units=np.array([[2, 2]]),
        outside_units=np.array([[2, 2]]),
        need_district=np.array([0, 0]),
        need_item=np.array([0, 1]),
        need_from_hours=np.zeros(2),
        need_units=np.array([2.0, 2.0]),
        need_weight=np.ones(2),
        need_waiting_cny=np.ones(2),
        need_unmet_cny=np.full(2, 100.0),
    )
    assert best(two) == pytest.approx(2 * 2 + 2 * 4)


def test_vehicles_that_come_later_start_later() -> None:
    """Vehicles that are there from period 1 on start loading at 1 h."""
    assert best(single_lane(vehicles_count=np.array([[[0.0, 9.0]]]))) == pytest.approx(6 * 3)


def test_further_vehicles_join_those_that_were_there() -> None:
    """One vehicle leaves at 0, the second one comes at 1: 2 units at 2 h, 2 at 3 h, 2 unmet."""
    some = single_lane(vehicles_count=np.array([[[1.0, 2.0]]]))
    assert best(some) == pytest.approx(2 * 2 + 2 * 3 + 2 * 4)


def test_docks_and_receiving_by_the_hour() -> None:
    """No dock in period 0, one in 1, two in 2; and 2 m3 in the hour until 4: 2 at 3 h, 2 at 4 h."""
    closed = single_lane(docks=np.array([[0.0, 1.0, 2.0]]))
    assert best(closed) == pytest.approx(2 * 3 + 4 * 4)
    receive = np.array([[np.inf, np.inf, np.inf, 2.0]])
    some = single_lane(docks=np.array([[0.0, 1.0, 2.0]]), receive_m3_per_hour=receive)
    assert best(some) == pytest.approx(2 * 3 + 2 * 4 + 2 * 4)


def test_closure_forbids_departures_not_loading() -> None:
    """Departures from 0 to 1.5 h are closed: loading starts at 1 h, wheels roll at 1.5 h."""
    closed = single_lane(
        closure_lane=np.array([0]),
        closure_fleet=np.array([0]),
        closure_from_hours=np.array([0.0]),
        closure_to_hours=np.array([1.5]),
    )
    assert best(closed) == pytest.approx(6 * 3)
    assert best(replace(closed, closure_to_hours=np.array([1.6]))) == pytest.approx(6 * 4)


def test_unloading_ends_at_the_deadline_or_before() -> None:
    """A deadline of 2 h is met exactly; one of 1.9 h leaves all six units unmet."""
    assert best(single_lane(deadline_hours=2.0), "unmet") == pytest.approx(0)
    assert best(single_lane(deadline_hours=1.9), "unmet") == pytest.approx(6)


def test_each_vehicle_is_filled_by_whole_units_of_its_own() -> None:
    """Units of 1.5 m3: three vehicles of 2 m3 carry one each, not 6 / 1.5 = 4 together."""
    bulky = single_lane(item_volume_m3=np.array([1.5]), vehicles_count=np.array([[3.0]]))
    assert best(bulky, "unmet") == pytest.approx(3)


def test_weight_and_volume_both_bind() -> None:
    """One vehicle of 2 kg and 2 m3 takes one heavy and no second unit, light or bulky."""
    mixed = single_lane(
        item_weight_kg=np.array([1.5, 0.5]),
        item_volume_m3=np.array([0.5, 1.5]),
        release_hours=np.zeros((1, 2)),
        vehicles_count=np.array([[1.0]]),
        stock_units=np.array([[2, 2]]),
        outside_units=np.array([[2, 2]]),
        need_district=np.array([0, 0]),
        need_item=np.array([0, 1]),
        need_from_hours=np.zeros(2),
        need_units=np.array([2.0, 2.0]),
        need_weight=np.ones(2),
        need_waiting_cny=np.ones(2),
        need_unmet_cny=np.full(2, 100.0),
    )
    value, result = solve(mixed, "unmet")
    assert value == pytest.approx(2)
    assert result.load_units.tolist() == [[1, 1]]


def test_need_that_arises_later_waits_from_then_on() -> None:
    """Three units needed at 0 h and three at 3 h: 3 x 2 + 0 unit-hours with early deliveries."""
    pulses = single_lane(
        need_district=np.array([0, 0]),
        need_item=np.array([0, 0]),
        need_from_hours=np.array([0.0, 3.0]),
        need_units=np.array([3.0, 3.0]),
        need_weight=np.ones(2),
        need_waiting_cny=np.ones(2),
        need_unmet_cny=np.full(2, 100.0),
    )
    assert best(pulses) == pytest.approx(6)


def test_no_more_than_the_need_is_delivered() -> None:
    """Of a need of 2.5 units two whole ones are delivered and half a unit stays unmet."""
    value, result = solve(single_lane(need_units=np.array([2.5])), "unmet")
    assert value == pytest.approx(0.5)
    assert result.load_units.sum() == 2


def test_more_vehicles_docks_or_stock_are_never_worse() -> None:
    """Loosening any limit of random problems leaves every stage as good or better."""
    for seed in range(400, 412):
        data = random_data(seed)
        stage = STAGES[seed % len(STAGES)]
        value = best(data, stage)
        looser = (
            replace(data, vehicles_count=data.vehicles_count + 1),
            replace(data, docks=data.docks + 1),
            replace(data, stock_units=data.stock_units + 1),
            replace(data, receive_m3_per_hour=data.receive_m3_per_hour + 1),
        )[seed % 4]
        assert best(looser, stage) <= value + 1e-6


def test_later_release_is_never_better() -> None:
    """An hour more of sign-offs never lowers the waiting of random problems."""
    for seed in range(420, 428):
        data = random_data(seed)
        later = replace(data, release_hours=data.release_hours + 1.0)
        assert best(later) >= best(data) - 1e-6


def test_units_of_measure_do_not_matter() -> None:
    """Weights in grams or volumes in litres, with rooms to match, give the same waiting."""
    for seed in (431, 432, 433):
        data = random_data(seed)
        scaled = replace(
            data,
            item_weight_kg=data.item_weight_kg * 1000,
            payload_kg=data.payload_kg * 1000,
            item_volume_m3=data.item_volume_m3 * 1000,
            vehicle_volume_m3=data.vehicle_volume_m3 * 1000,
            receive_m3_per_hour=data.receive_m3_per_hour * 1000,
        )
        assert best(scaled) == pytest.approx(best(data), abs=1e-6)


def test_a_plan_written_into_the_model_is_kept_by_it() -> None:
    """Vehicles and loads written as a start keep every rule of the model that they decide."""
    data = single_lane(docks=np.array([1.0]))
    index = dispatch_index(data)
    model = build_dispatch(data, "waiting", index=index)
    _, result = solve(data, "waiting")
    assert write_dispatch(model, index, result)
    for name in ("vehicle_payload", "vehicle_volume", "dock_limit", "usable_stock"):
        for row in getattr(model, name).values():
            assert pyo.value(row.body) <= pyo.value(row.upper) + 1e-9
    assert solve_model(model, EXACT, warm_start=True).objective == pytest.approx(18)


def test_unknown_stage_is_refused() -> None:
    """A misspelt stage or limit is an error that names the choices."""
    with pytest.raises(ValueError, match=r"stage \(waitng\) must be one of unmet, waiting"):
        build_dispatch(single_lane(), "waitng")
    with pytest.raises(ValueError, match=r"stage \(unmett\) must be one of"):
        build_dispatch(single_lane(), "waiting", {"unmett": 1.0})


def test_shapes_that_do_not_fit_are_refused() -> None:
    """An array of the wrong shape is an error that names the array."""
    with pytest.raises(ValueError, match=r"vehicles_count has shape \(1, 1\), must be \(2, 1\)"):
        single_lane(docks=np.ones(2))
