"""Vehicles that set off together: which departures belong together, and the exact model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.convoy_rules import ANY_FLEET, ConvoyRules
from models.convoys import convoy_groups, possible_trips
from models.dispatch import build_dispatch, write_dispatch
from models.dispatch_data import DispatchData
from models.dispatch_index import dispatch_index
from models.trip_table import trip_table
from tests.models.dispatch_cases import brute_force, random_data, single_lane
from tests.models.test_dispatch import STAGES, best, solve

__all__ = ["convoys", "random_convoys"]


def convoys(data: DispatchData, *rules: tuple[Any, ...]) -> DispatchData:
    """The problem with rules of (fleet, from, to, vehicles) for all lanes."""
    fleet, begin, end, least = zip(*rules, strict=True)
    told = ConvoyRules(
        np.ones((len(rules), data.lane_count), dtype=bool),
        np.array(fleet, dtype=np.int64),
        np.array(begin, dtype=float),
        np.array(end, dtype=float),
        np.array(least, dtype=np.int64),
    )
    return replace(data, convoys=told)


def random_convoys(data: DispatchData, seed: int) -> DispatchData:
    """The problem with one or two rules drawn at random."""
    draw = np.random.default_rng([seed, 7])
    count = int(draw.integers(1, 3))
    since = draw.choice([0.0, 0.0, 1.0, 1.5], count)
    told = ConvoyRules(
        draw.random((count, data.lane_count)) < 0.8,
        draw.choice([ANY_FLEET, ANY_FLEET, *range(data.fleet_count)], count),
        since,
        since + draw.choice([1.0, 2.0, np.inf], count),
        draw.choice([2, 2, 3], count),
    )
    return replace(data, convoys=told)


def two_kinds(**changes: object) -> DispatchData:
    """The single lane with two kinds of vehicle, one of each, for two units of need."""
    alike = {
        "payload_kg": np.array([2.0, 2.0]),
        "vehicle_volume_m3": np.array([2.0, 2.0]),
        "load_hours": np.array([0.5, 0.5]),
        "unload_hours": np.array([0.5, 0.5]),
        "is_one_way": np.array([False, False]),
        "drive_hours": np.array([[1.0, 1.0]]),
        "trip_cost_cny": np.array([[10.0, 25.0]]),
        "vehicles_count": np.ones((1, 2)),
        "need_units": np.array([2.0]),
    }
    return single_lane(**alike | changes)


def test_vehicles_share_what_one_could_carry() -> None:
    """Two units fill one truck for 10 CNY; in convoy two vehicles take one each, for 35 CNY."""
    alone, together = two_kinds(), convoys(two_kinds(), (ANY_FLEET, 0, 9, 2))
    assert solve(alone, "cost", {"unmet": 0.0})[0] == pytest.approx(10)
    value, result = solve(together, "cost", {"unmet": 0.0})
    assert value == pytest.approx(35)
    assert result.load_units.tolist() == [[1], [1]]
    assert len(set(result.trip.tolist())) == 2


def test_nobody_goes_where_one_unit_is_needed_and_two_vehicles_must() -> None:
    """An empty vehicle is no company."""
    data = convoys(two_kinds(need_units=np.array([1.0])), (ANY_FLEET, 0, 9, 2))
    assert best(data, "unmet") == pytest.approx(1)


def test_departures_that_can_never_have_company_are_left_out() -> None:
    """Too few units there, needed, taken in, or let out of the province; or they fit no truck."""
    rule = (ANY_FLEET, 0, 9, 2)
    assert len(possible_trips(convoys(two_kinds(), rule))) > 0
    for changes in (
        {"stock_units": np.array([[1]])},
        {"need_units": np.array([1.9])},
        {"outside_units": np.array([[1]]), "leaves_province": np.array([True])},
        {"receive_m3_per_hour": np.array([1.9])},
        {"item_weight_kg": np.array([2.5])},
        {"payload_kg": np.array([2.0, 0.5])},
    ):
        assert len(possible_trips(convoys(two_kinds(**changes), rule))) == 0, changes
    inside = {"outside_units": np.array([[1]])}
    assert len(possible_trips(convoys(two_kinds(**inside), rule))) > 0


def test_hours_with_and_without_company() -> None:
    """One truck: alone at 0 it waits 2 x 2 h; with company until 1 h it starts at 1: 2 x 3 h."""
    data = two_kinds(vehicles_count=np.array([[1.0, 0.0]]))
    assert best(data) == pytest.approx(4)
    assert best(convoys(data, (ANY_FLEET, 0, 1, 2))) == pytest.approx(6)
    assert best(convoys(data, (ANY_FLEET, 1, 2, 2))) == pytest.approx(4)
    assert len(possible_trips(convoys(data, (ANY_FLEET, 0, 9, 2)))) == 0


def test_a_rule_of_one_kind_asks_and_counts_only_that_kind() -> None:
    """A second kind gives the first no company, needs none, and takes both units alone."""
    data = convoys(two_kinds(), (0, 0, 9, 2))
    assert solve(data, "cost", {"unmet": 0.0})[0] == pytest.approx(25)
    both = convoys(two_kinds(vehicles_count=np.array([[2.0, 1.0]])), (0, 0, 9, 2))
    assert solve(both, "cost", {"unmet": 0.0})[0] == pytest.approx(20)


def test_of_rules_about_the_same_vehicles_the_largest_holds() -> None:
    """Two and three: three."""
    data = convoys(two_kinds(), (ANY_FLEET, 0, 9, 3), (ANY_FLEET, 0, 9, 2))
    assert convoy_groups(data, trip_table(data)).least.tolist() == [3, 3, 3]
    assert len(possible_trips(data)) == 0


def test_kinds_that_load_as_long_share_docks_and_others_depart_with_them() -> None:
    """One dock: kinds that load 0.5 h and 0.5 h never, 0.5 h and 1.5 h do depart together."""
    data = convoys(two_kinds(docks=np.array([1.0])), (ANY_FLEET, 0, 9, 2))
    assert len(possible_trips(data)) == 0
    other = replace(data, load_hours=np.array([0.5, 1.5]))
    table = possible_trips(other)
    assert sorted(zip(table.fleet.tolist(), table.start_period.tolist(), strict=True)) == [
        (0, 1),
        (0, 2),
        (1, 0),
        (1, 1),
    ]
    assert len(possible_trips(replace(data, load_hours=np.array([0.5, 1.0])))) == 0


def test_random_problems_equal_brute_force() -> None:
    """On 20 random problems the model finds the best of all plans; in many the rule binds."""
    found = binding = 0
    seed = 30_000
    while found < 20:
        seed += 1
        plain = random_data(seed)
        data = random_convoys(plain, seed)
        expected, free = brute_force(data), brute_force(plain)
        if expected is None or free is None:
            continue
        stage = STAGES[seed % len(STAGES)]
        value, result = solve(data, stage)
        assert value == pytest.approx(expected.each[stage], abs=1e-6), seed
        index = dispatch_index(data)
        assert write_dispatch(build_dispatch(data, stage, index=index), index, result)
        found += 1
        binding += expected.lives != free.lives
    assert binding >= 7
