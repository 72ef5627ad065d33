"""What gaps leave open of a share, against every corner of what is possible."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from allocator.coordination.intervals import (
    Boxes,
    closed,
    drawn_intervals,
    order_of,
    points,
    share_intervals,
)
from allocator.errors import SolveError
from models.shapley import draw_orders, exact_shares, member_table, sampled_shares, share_weights

Floats = NDArray[np.float64]


def lattice(player_count: int) -> NDArray[np.bool_]:
    """Order of coalitions by who is in them."""
    return order_of(member_table(player_count).astype(float))


@st.composite
def known_games(draw: st.DrawFn, most: int = 3) -> tuple[int, Boxes, Floats]:
    """Players, boxes around the values of a game that rises, and those values."""
    count = draw(st.integers(2, most))
    whole = st.integers(0, 12)
    drawn = np.array(draw(st.lists(whole, min_size=2**count, max_size=2**count)), dtype=float)
    values = np.where(lattice(count), drawn[:, None], -np.inf).max(axis=0)
    widths = st.lists(st.integers(0, 6), min_size=2**count, max_size=2**count)
    low, high = values - np.array(draw(widths)), values + np.array(draw(widths))
    return count, Boxes(low, high), values


def corner_shares(count: int, boxes: Boxes) -> Floats:
    """Shares at every set of values that takes an end of some box everywhere and rises.

    A linear form is least at a corner, and at a corner every value equals an end of a box.
    """
    ends = sorted({*boxes.low, *boxes.high})
    order = lattice(count)
    before, after = np.nonzero(order & ~np.eye(2**count, dtype=bool))
    choices = [
        [end for end in ends if boxes.low[k] <= end <= boxes.high[k]] for k in range(2**count)
    ]
    found = [
        exact_shares(values)
        for values in map(np.array, itertools.product(*choices))
        if (values[before] <= values[after]).all()
    ]
    return np.array(found)


@settings(max_examples=40)
@given(known_games(most=2))
def test_interval_is_least_and_largest_over_all_corners(
    game: tuple[int, Boxes, Floats],
) -> None:
    """Two players: the program finds what trying every corner finds."""
    count, boxes, _ = game
    tight = closed(boxes, lattice(count))
    found = share_intervals(share_weights(count), tight, lattice(count))
    corners = corner_shares(count, boxes)
    assert found.low == pytest.approx(corners.min(axis=0), abs=1e-6)
    assert found.high == pytest.approx(corners.max(axis=0), abs=1e-6)


def test_interval_of_three_players_is_that_of_all_corners() -> None:
    """Three players, three boxes with a width, the rest known."""
    low = np.array([0.0, 0.0, 2.0, 2.0, 1.0, 4.0, 3.0, 9.0])
    high = np.array([0.0, 3.0, 2.0, 6.0, 4.0, 7.0, 8.0, 9.0])
    boxes = Boxes(low, high)
    found = share_intervals(share_weights(3), closed(boxes, lattice(3)), lattice(3))
    corners = corner_shares(3, boxes)
    assert found.low == pytest.approx(corners.min(axis=0), abs=1e-6)
    assert found.high == pytest.approx(corners.max(axis=0), abs=1e-6)


@given(known_games())
def test_interval_holds_the_true_share_and_no_wider_one_is_needed(
    game: tuple[int, Boxes, Floats],
) -> None:
    """The share of the values that the boxes were drawn around lies within."""
    count, boxes, values = game
    tight = closed(boxes, lattice(count))
    found = share_intervals(share_weights(count), tight, lattice(count))
    true = exact_shares(values)
    assert (found.low <= true + 1e-6).all()
    assert (true <= found.high + 1e-6).all()
    assert (found.low >= -1e-6).all()


@given(known_games(), st.integers(0, 50))
def test_interval_of_drawn_orders_holds_what_true_values_give(
    game: tuple[int, Boxes, Floats], seed: int
) -> None:
    """The estimate from the true values lies in the interval of the estimate."""
    count, boxes, values = game
    tight = closed(boxes, lattice(count))
    orders = draw_orders(count, 3, seed)
    grown = np.concatenate(
        [np.zeros((len(orders), 1), dtype=np.int64), np.cumsum(1 << orders, axis=1)], axis=1
    )
    found = drawn_intervals(orders, Boxes(tight.low[grown], tight.high[grown]))
    true = sampled_shares(orders, values[grown]).shares
    assert (found.low <= true + 1e-9).all()
    assert (true <= found.high + 1e-9).all()


@given(known_games())
def test_chosen_values_rise_and_lie_in_their_boxes(game: tuple[int, Boxes, Floats]) -> None:
    """With and without a relaxation the value taken is a possible one."""
    count, boxes, values = game
    order = lattice(count)
    tight = closed(boxes, order)
    noise = np.random.default_rng(1).normal(size=values.size)
    for chosen in (points(tight, order), points(tight, order, values + noise)):
        assert (tight.low <= chosen).all()
        assert (chosen <= tight.high).all()
        assert (np.where(order, chosen[:, None], -np.inf).max(axis=0) == chosen).all()


def test_what_is_known_of_one_table_tightens_others() -> None:
    """A plan for later releases serves earlier ones; a bound for earlier ones holds for later."""
    order = order_of(np.array([[0.0], [1.0], [2.0]]))
    tight = closed(Boxes(np.array([5.0, 0.0, 0.0]), np.array([9.0, 12.0, 8.0])), order)
    assert tight.low.tolist() == [5.0, 5.0, 5.0]
    assert tight.high.tolist() == [8.0, 8.0, 8.0]


def test_bounds_that_contradict_plans_are_refused() -> None:
    """A bound above a plan for later releases is an error of the solver."""
    order = order_of(np.array([[0.0], [1.0]]))
    with pytest.raises(SolveError, match="is proven where a plan for later releases"):
        closed(Boxes(np.array([5.0, 0.0]), np.array([6.0, 4.0])), order)


def test_known_values_leave_no_interval() -> None:
    """Without gaps both ends are the share."""
    values = np.array([0.0, 1.0, 2.0, 5.0])
    found = share_intervals(share_weights(2), Boxes(values, values), lattice(2))
    assert found.low == pytest.approx([2.0, 3.0])
    assert found.high == pytest.approx([2.0, 3.0])
