"""The coordination degree and its interval, against many losses that are possible."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.coordination.degree import degree_of
from allocator.coordination.ranges import Range

chains = st.lists(st.integers(0, 20), min_size=3, max_size=3).map(sorted)


@given(chains, chains, st.data())
def test_interval_is_least_and_largest_of_all_possible_losses(
    one: list[int], other: list[int], data: st.DataObject
) -> None:
    """Every three losses within the ends that rise have their degree within; the ends are met."""
    low = [min(pair) for pair in zip(one, other, strict=True)]
    high = [max(pair) for pair in zip(one, other, strict=True)]
    value = [data.draw(st.integers(a, b)) for a, b in zip(low, high, strict=True)]
    value = [max(value[: k + 1]) for k in range(3)]
    found = degree_of(*(Range(*ends) for ends in zip(value, low, high, strict=True)))
    possible = []
    grid = [[a + (b - a) * k / 6 for k in range(7)] for a, b in zip(low, high, strict=True)]
    for ideal, actual, worst in itertools.product(*grid):
        if ideal <= actual <= worst:
            whole = worst - ideal
            possible.append((worst - actual) / whole if whole > 0 else 1.0)
    assert min(possible) >= found.low - 1e-9
    assert max(possible) <= found.high + 1e-9
    assert 0.0 <= found.low <= found.value <= found.high <= 1.0
    if low[1] < low[2] and high[1] < low[2] and high[0] < low[1]:
        assert min(possible) == pytest.approx(found.low)
        assert max(possible) == pytest.approx(found.high)


def test_degree_is_one_where_coordination_can_save_nothing() -> None:
    """Equal losses at all speeds: nothing is lost by anybody's fault."""
    same = Range(5.0, 5.0, 5.0)
    assert degree_of(same, same, same) == Range(1.0, 1.0, 1.0)
