"""Items that must not travel together: which mixes there are, and the exact model."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from models.dispatch_data import DispatchData
from models.item_mixes import largest_mixes, split_by_mix
from models.trip_table import trip_table
from tests.models.dispatch_cases import brute_force, random_data, single_lane
from tests.models.test_dispatch import STAGES, best, solve

APART = np.array([[False, True], [True, False]])


def two_items(**changes: object) -> DispatchData:
    """The single lane with two units of need of each of two items."""
    both = {
        "item_weight_kg": np.ones(2),
        "item_volume_m3": np.ones(2),
        "release_hours": np.zeros((1, 2)),
        "stock_units": np.array([[3, 3]]),
        "outside_units": np.array([[3, 3]]),
        "need_district": np.zeros(2, dtype=np.int64),
        "need_item": np.array([0, 1]),
        "need_from_hours": np.zeros(2),
        "need_units": np.ones(2),
        "need_weight": np.ones(2),
        "need_waiting_cny": np.ones(2),
        "need_unmet_cny": np.full(2, 100.0),
    }
    return single_lane(**both | changes)


def test_largest_mixes_are_all_that_can_be_found() -> None:
    """On random pairs they are the sets without a pair that no further item fits into."""
    for seed in range(40):
        rng = np.random.default_rng(seed)
        count = int(rng.integers(0, 6))
        upper = np.triu(rng.random((count, count)) < 0.4, 1)
        apart = upper | upper.T
        sets = [set(c) for n in range(count + 1) for c in combinations(range(count), n)]
        free = [s for s in sets if not any(apart[i, j] for i in s for j in s)]
        wanted = [s for s in free if not any(s < other for other in free)]
        assert sorted(map(sorted, largest_mixes(apart))) == sorted(map(sorted, wanted))


def test_a_departure_is_split_only_where_both_items_may_be_on_it() -> None:
    """Two mixes of each departure; one where the second item is released later, or not there."""
    data = two_items(segregated=APART)
    table = trip_table(data)
    split = split_by_mix(data, table)
    assert split.start_period.tolist() == [0, 0, 1, 1, 2, 2]
    assert split.carries.tolist() == [[True, False], [False, True]] * 3
    later = replace(data, release_hours=np.array([[0.0, 2.0]]))
    assert split_by_mix(later, trip_table(later)).start_period.tolist() == [0, 1, 2, 2]
    gone = replace(data, stock_units=np.array([[3, 0]]))
    assert split_by_mix(gone, trip_table(gone)).start_period.tolist() == [0, 1, 2]
    plain = two_items()
    assert split_by_mix(plain, table) is table


def test_two_items_apart_take_two_vehicles() -> None:
    """A unit of each shares a truck for 10 CNY; apart it takes two, or one waits for the next."""
    together, apart = two_items(), two_items(segregated=APART)
    assert solve(together, "cost", {"unmet": 0.0})[0] == pytest.approx(10)
    assert solve(apart, "cost", {"unmet": 0.0})[0] == pytest.approx(20)
    one = np.ones((1, 1))
    # Unloaded at 2; the one truck is back at 3, too late for a second trip.
    assert best(replace(together, vehicles_count=one)) == pytest.approx(4)
    assert best(replace(apart, vehicles_count=one)) == pytest.approx(2 + 4)


def test_random_problems_with_a_pair_equal_brute_force() -> None:
    """On 40 random problems of two items apart the model finds the best; in some the pair binds."""
    found = binding = 0
    seed = 20_000
    while found < 40:
        seed += 1
        plain = random_data(seed)
        if plain.item_count < 2:
            continue
        data = replace(plain, segregated=APART)
        expected, free = brute_force(data), brute_force(plain)
        if expected is None or free is None:
            continue
        stage = STAGES[seed % len(STAGES)]
        assert solve(data, stage)[0] == pytest.approx(expected.each[stage], abs=1e-6), seed
        found += 1
        binding += expected.lives != free.lives
    assert binding >= 3


def test_a_table_of_pairs_must_fit_the_items() -> None:
    """One item and pairs of two are no problem."""
    with pytest.raises(ValueError, match="segregated"):
        single_lane(segregated=APART)
