"""Shapley values against orders counted one by one, by hand, and in what must hold of any split."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.shapley import (
    draw_orders,
    exact_shares,
    marginals,
    member_table,
    sampled_shares,
    settled,
    share_weights,
)

Floats = NDArray[np.float64]

amounts = st.floats(-1e9, 1e9, allow_nan=False).map(lambda value: round(value, 3))


@st.composite
def games(draw: st.DrawFn, least: int = 1, most: int = 5) -> Floats:
    """Coalition values of up to five players."""
    count = draw(st.integers(least, most))
    return np.array(draw(st.lists(amounts, min_size=2**count, max_size=2**count)))


@st.composite
def rising_games(draw: st.DrawFn) -> Floats:
    """Games in which nobody ever lowers the value."""
    values = draw(games())
    members = member_table(int(values.size).bit_length() - 1)
    contains = (members[None, :, :] <= members[:, None, :]).all(axis=2)
    found: Floats = np.where(contains, values[None, :], -np.inf).max(axis=1)
    return found


def by_orders(values: Floats) -> Floats:
    """Mean of what each player adds over all orders, counted one by one."""
    count = int(values.size).bit_length() - 1
    added: list[list[float]] = [[] for _ in range(count)]
    for order in itertools.permutations(range(count)):
        coalition = 0
        for player in order:
            added[player].append(values[coalition | 1 << player] - values[coalition])
            coalition |= 1 << player
    return np.array([math.fsum(each) / len(each) for each in added])


def chains(orders: NDArray[np.int64], values: Floats) -> Floats:
    """Values of the growing coalitions of each order."""
    grown = np.concatenate(
        [np.zeros((len(orders), 1), dtype=np.int64), np.cumsum(1 << orders, axis=1)], axis=1
    )
    found: Floats = values[grown]
    return found


@given(games())
def test_shares_are_those_counted_over_all_orders(values: Floats) -> None:
    """The formula by coalitions and the definition by orders agree."""
    scale = np.abs(values).max() + 1.0
    assert exact_shares(values) == pytest.approx(by_orders(values), abs=1e-9 * scale)


@given(rising_games())
def test_shares_add_up_to_the_last_digit(values: Floats) -> None:
    """No residue of rounding is left where nobody lowers the value, and nobody gets less than 0."""
    shares = exact_shares(values)
    assert math.fsum(shares) == values[-1] - values[0]
    assert (shares >= -1e-6).all()


@given(games())
def test_shares_of_any_game_add_up_but_for_rounding(values: Floats) -> None:
    """Where players lower the value the shares may have coarser digits than the total."""
    scale = np.abs(values).max() + 1.0
    assert math.fsum(exact_shares(values)) == pytest.approx(
        values[-1] - values[0], abs=1e-14 * scale
    )


@given(games(), games(), st.floats(0, 1))
def test_shares_add_up_over_games(first: Floats, second: Floats, weight: float) -> None:
    """The share in a mean of two games is the mean of the shares."""
    size = min(first.size, second.size)
    one, two = first[:size], second[:size]
    mean = weight * one + (1 - weight) * two
    expected = weight * exact_shares(one) + (1 - weight) * exact_shares(two)
    scale = np.abs(one).max() + np.abs(two).max() + 1.0
    assert exact_shares(mean) == pytest.approx(expected, abs=1e-9 * scale)


@given(games(least=2), st.data())
def test_a_player_who_changes_nothing_has_exactly_nothing(
    values: Floats, data: st.DataObject
) -> None:
    """A null player's share is 0 and not a small number."""
    count = int(values.size).bit_length() - 1
    player = data.draw(st.integers(0, count - 1))
    alike = values[np.arange(values.size) & ~(1 << player)]
    assert exact_shares(alike)[player] == 0.0


@given(games(least=2))
def test_players_who_are_alike_get_alike(values: Floats) -> None:
    """Where the value knows only how many take part, all get the same."""
    count = int(values.size).bit_length() - 1
    alike = values[member_table(count).sum(axis=1)]
    scale = np.abs(values).max() + 1.0
    expected = np.full(count, (alike[-1] - alike[0]) / count)
    assert exact_shares(alike) == pytest.approx(expected, abs=1e-9 * scale)


def test_shares_of_a_game_done_by_hand() -> None:
    """Glove game: two left, one right; the right hand gets 4/6, each left 1/6."""
    values = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0])
    assert exact_shares(values) == pytest.approx([1 / 6, 1 / 6, 4 / 6])


def test_weights_give_the_shares_as_one_product() -> None:
    """The linear form that the intervals use is the same value."""
    values = np.random.default_rng(3).normal(size=16)
    assert share_weights(4) @ values == pytest.approx(exact_shares(values))
    assert share_weights(4).sum(axis=1) == pytest.approx(np.zeros(4))


def test_a_game_of_nobody_splits_nothing() -> None:
    """Without players there are no shares."""
    assert exact_shares(np.array([7.0])).shape == (0,)


def test_values_that_are_no_power_of_two_are_refused() -> None:
    """Three values belong to no number of players."""
    with pytest.raises(ValueError, match="power of two"):
        exact_shares(np.zeros(3))


def test_shares_that_miss_the_total_are_not_mended() -> None:
    """Settling is for rounding, not for errors."""
    with pytest.raises(ValueError, match="not to"):
        settled(np.array([1.0, 2.0]), 4.0)


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=40))
def test_settled_shares_add_up_and_hardly_move(shares: list[float]) -> None:
    """The residue is of the size of rounding, and shares of 0 stay 0."""
    given_shares = np.array(shares)
    total = float(given_shares.sum())
    found = settled(given_shares, total)
    assert math.fsum(found) == total
    assert np.abs(found - given_shares).max() <= 1e-12 * (total + 1.0)
    assert not found[given_shares == 0.0].any()


def test_orders_come_in_pairs_and_more_of_them_only_add() -> None:
    """Each order is followed by its reverse; a seed draws the same ones again."""
    orders = draw_orders(6, 5, seed=4)
    assert (np.sort(orders, axis=1) == np.arange(6)).all()
    assert (orders[1::2] == orders[0::2, ::-1]).all()
    assert (draw_orders(6, 9, seed=4)[:10] == orders).all()


@given(rising_games(), st.integers(0, 99))
def test_drawn_shares_add_up_to_the_last_digit(values: Floats, seed: int) -> None:
    """What the players add telescopes in each order, so that sampling loses nothing."""
    count = int(values.size).bit_length() - 1
    orders = draw_orders(count, 3, seed)
    assert math.fsum(sampled_shares(orders, chains(orders, values)).shares) == (
        values[-1] - values[0]
    )


def test_all_orders_give_the_exact_shares() -> None:
    """Where every order is drawn once, with its reverse, nothing is left to chance."""
    values = np.random.default_rng(8).normal(size=16)
    half = [order for order in itertools.permutations(range(4)) if order < order[::-1]]
    orders = np.array([each for order in half for each in (order, order[::-1])])
    assert marginals(orders, chains(orders, values)).mean(axis=0) == pytest.approx(
        exact_shares(values)
    )
    assert sampled_shares(orders, chains(orders, values)).shares == pytest.approx(
        exact_shares(values)
    )


def test_one_pair_knows_no_spread() -> None:
    """A confidence interval needs two pairs."""
    values = np.arange(8.0) ** 2
    orders = draw_orders(3, 1, seed=0)
    assert np.isinf(sampled_shares(orders, chains(orders, values)).half_width).all()


def test_confidence_intervals_hold_the_exact_shares() -> None:
    """Of 200 seeds, at least 90 in 100 intervals of every player hold the exact share."""
    hours = np.array([3.0, 1.0, 4.0, 1.5, 5.0, 2.0])
    members = member_table(6)
    longest = np.where(members, hours, 0.0).max(axis=1)
    values = longest**2 + np.where(members[:, :2].all(axis=1), 7.0, 0.0)
    exact = exact_shares(values)
    held = np.zeros(6)
    for seed in range(200):
        orders = draw_orders(6, 40, seed)
        found = sampled_shares(orders, chains(orders, values))
        held += np.abs(found.shares - exact) <= found.half_width
    assert (held >= 0.9 * 200).all()
