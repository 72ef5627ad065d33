"""The inoperability model against paper, its invariants, and matrices that explode."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.inoperability import (
    SAFE_RADIUS,
    cascade,
    cycle_factor,
    dominant_cycle,
    next_hour,
    spectral_radius,
    steady_state,
)

A = np.array([[0.0, 0.0], [0.8, 0.0]])
"""Finance leans on power."""

K = np.array([0.5, 0.25])

SHARES = st.integers(0, 100).map(lambda part: part / 100)
SMALL = arrays(np.float64, (3, 3), elements=SHARES.map(lambda share: 0.3 * share))
RATES = arrays(np.float64, 3, elements=SHARES)
SHOCKS = arrays(np.float64, (6, 3), elements=SHARES)


def test_two_sectors_by_hand() -> None:
    """Power is hit for two hours: 0, 1/2, 3/4, 3/8; finance follows an hour later."""
    shock = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    expected = [[0, 0], [0.5, 0], [0.75, 0.1], [0.375, 0.225]]
    assert cascade(A, K, shock) == pytest.approx(np.array(expected))


def test_initial_failure_dies_away() -> None:
    """Without a shock what has failed is mended by its rate: the form of Haimes et al. 2005."""
    course = cascade(A, K, np.zeros((3, 2)), np.array([1.0, 0.0]))
    assert course[:, 0] == pytest.approx([1, 0.5, 0.25, 0.125])
    assert course[:3, 1] == pytest.approx([0, 0.2, 0.25])


def test_lasting_shock_ends_in_the_steady_state() -> None:
    """Where nothing is clipped the cascade comes to (I - A)^-1 c."""
    circle = np.array([[0.0, 0.2], [0.5, 0.1]])
    shock = np.array([0.3, 0.1])
    course = cascade(circle, K, np.tile(shock, (400, 1)))
    steady = steady_state(circle, shock)
    assert circle @ steady + shock == pytest.approx(steady)
    assert course[-1] == pytest.approx(steady)


@given(SMALL, RATES, SHOCKS)
def test_failure_stays_a_share(
    dependence: np.ndarray, recovery: np.ndarray, shock: np.ndarray
) -> None:
    """No sector loses less than nothing or more than all; no shock, no failure."""
    course = cascade(dependence, recovery, shock)
    assert ((course >= 0) & (course <= 1)).all()
    assert (cascade(dependence, recovery, np.zeros_like(shock)) == 0).all()


@given(SMALL, SMALL, RATES, SHOCKS, SHOCKS)
def test_failure_grows_with_shock_and_dependence(
    dependence: np.ndarray,
    more_dependence: np.ndarray,
    recovery: np.ndarray,
    shock: np.ndarray,
    more_shock: np.ndarray,
) -> None:
    """A larger shock, or leaning more on others, never makes any hour of any sector better."""
    course = cascade(dependence, recovery, shock)
    worse = cascade(dependence, recovery, np.minimum(1.0, shock + more_shock))
    leaning = cascade(dependence + more_dependence, recovery, shock)
    assert (worse >= course - 1e-12).all()
    assert (leaning >= course - 1e-12).all()


def test_many_at_once_are_each_alone() -> None:
    """Further axes in front are cases of their own."""
    states, shocks = np.array([[0.2, 0.4], [1.0, 0.0]]), np.array([[0.5, 0.0], [0.0, 1.0]])
    together = next_hour(states, shocks, A, K)
    alone = [next_hour(q, c, A, K) for q, c in zip(states, shocks, strict=True)]
    assert together == pytest.approx(np.array(alone))


def test_wrong_figures_are_refused() -> None:
    """Shapes that do not agree, and shares beyond 1, are errors."""
    with pytest.raises(ValueError, match="do not agree"):
        cascade(A, K, np.zeros((3, 1)))
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        cascade(A, K, np.full((1, 2), 1.5))
    with pytest.raises(ValueError, match="dependence must be >= 0"):
        cascade(-A, K, np.zeros((1, 2)))


def test_radius_of_a_circle_is_its_geometric_mean() -> None:
    """Two sectors that lean on each other by 0.5 and 0.72 pass on 0.6 in the mean."""
    assert spectral_radius(np.array([[0.0, 0.5], [0.72, 0.0]])) == pytest.approx(0.6)
    assert spectral_radius(np.zeros((0, 0))) == 0.0
    assert spectral_radius(A) == 0.0


def test_cycle_that_explodes_is_found_and_lowered() -> None:
    """Of two circles the stronger one is named; lowered by the factor the radius is safe."""
    shares = np.zeros((4, 4))
    shares[0, 1] = shares[1, 0] = 0.5
    shares[2, 3], shares[3, 2], shares[0, 2] = 1.0, 1.44, 0.1
    cycle = dominant_cycle(shares)
    assert set(cycle) == {2, 3}
    factor = cycle_factor(shares, cycle)
    assert factor == pytest.approx(SAFE_RADIUS / 1.2)
    lowered = shares.copy()
    lowered[[2, 3], [3, 2]] *= factor
    assert spectral_radius(lowered) == pytest.approx(SAFE_RADIUS)


def test_no_circle_is_no_cycle() -> None:
    """Where no failure comes back there is nothing to lower."""
    assert dominant_cycle(A) == ()
    assert dominant_cycle(np.zeros((0, 0))) == ()


def test_two_strong_circles_need_more_than_one_lowered() -> None:
    """Lowering one of two circles that explode is not enough, and that is told."""
    shares = np.zeros((4, 4))
    shares[0, 1] = shares[1, 0] = shares[2, 3] = shares[3, 2] = 1.0
    assert cycle_factor(shares, (0, 1)) is None
    assert cycle_factor(0.5 * shares, (0, 1)) == 1.0
