"""Scenario reduction by hand, against all subsets, and what must never change."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from models.scenario_reduction import pairwise_distances, reduce_sample, select_forward

Floats = NDArray[np.float64]
NONE = np.zeros(0, dtype=np.int64)


def sample(seed: int, count: int, width: int = 3) -> tuple[Floats, Floats]:
    """Distances and probabilities of random points."""
    rng = np.random.default_rng(seed)
    probability = rng.uniform(0.2, 1.0, count)
    return pairwise_distances(rng.gamma(1.0, 10.0, (count, width))), probability / probability.sum()


def error_of(distances: Floats, probability: Floats, chosen: tuple[int, ...]) -> float:
    """Transport of the probability to the nearest chosen scenario, in plain words."""
    return sum(
        float(p) * min(float(distances[s, k]) for k in chosen) for s, p in enumerate(probability)
    )


def test_three_scenarios_on_a_line() -> None:
    """Points 0, 1, 10 with 0.5, 0.3, 0.2: one kept errs by 2.3, two (0 and 10) by 0.3."""
    distances = pairwise_distances(np.array([[0.0], [1.0], [10.0]]))
    assert distances.tolist() == [[0, 1, 10], [1, 0, 9], [10, 9, 0]]
    probability = np.array([0.5, 0.3, 0.2])
    one = reduce_sample(distances, probability, NONE, 1)
    # Kept 0: 0.3 x 1 + 0.2 x 10 = 2.3; kept 1: 0.5 x 1 + 0.2 x 9 = 2.3; kept 10: 7.7.
    assert one.error == pytest.approx(2.3)
    assert one.kept[0] in (0, 1)
    two = reduce_sample(distances, probability, NONE, 2)
    assert two.kept.tolist() == [0, 2]
    assert two.represented_by.tolist() == [0, 0, 2]
    assert two.probability.tolist() == pytest.approx([0.8, 0.0, 0.2])
    assert two.error == pytest.approx(0.3)
    # Two draws: 2 (0.5 x 0.3 x 1 + 0.5 x 0.2 x 10 + 0.3 x 0.2 x 9) = 3.38.
    assert two.mean_distance == pytest.approx(3.38)
    assert two.relative_error == pytest.approx(0.3 / 3.38)


def test_a_fixed_scenario_stays_at_a_price() -> None:
    """The middle of the line must stay: the far end is kept with it, the error is 0.5 x 1."""
    distances = pairwise_distances(np.array([[0.0], [1.0], [10.0]]))
    found = reduce_sample(distances, np.array([0.5, 0.3, 0.2]), np.array([1]), 2)
    assert found.kept.tolist() == [1, 2]
    assert found.error == pytest.approx(0.5)


def test_distances_are_sums_of_absolute_differences() -> None:
    """Columns mostly empty, full or negative count as they are; equal rows are at 0."""
    rng = np.random.default_rng(5)
    features = rng.normal(0.0, 10.0, (300, 12))
    features[:, :8] *= rng.random((300, 8)) < 0.1
    features[7] = features[280]
    plain = np.array([np.abs(features - row).sum(axis=1) for row in features])
    found = pairwise_distances(features)
    assert found == pytest.approx(plain, abs=1e-9)
    assert (found == found.T).all()
    assert found[7, 280] == 0.0


def against_all_subsets(seed: int) -> float:
    """Check one random sample against every choice; return the error over the least error."""
    distances, probability = sample(seed, 10)
    count = 2 + seed % 4
    fixed = np.array([seed % 10])
    chosen = [c for c in itertools.combinations(range(10), count) if int(fixed[0]) in c]
    best = min(error_of(distances, probability, c) for c in chosen)
    begin = error_of(distances, probability, (int(fixed[0]),))
    forward = select_forward(distances, probability, fixed, count)
    reached = error_of(distances, probability, tuple(forward.tolist()))
    assert begin - reached >= (1 - 1 / math.e) * (begin - best) - 1e-9
    found = reduce_sample(distances, probability, fixed, count)
    assert found.error == pytest.approx(
        error_of(distances, probability, tuple(found.kept.tolist()))
    )
    assert best - 1e-9 <= found.error <= reached + 1e-9
    return found.error / best


def test_against_all_subsets() -> None:
    """Forward selection keeps its guarantee; with exchanges the mean error is 2 % off the best.

    Arya et al. (2004) prove a factor of 5 for exchanges one by one.
    """
    ratios = [against_all_subsets(seed) for seed in range(60)]
    assert max(ratios) <= 5.0
    assert np.mean(ratios) <= 1.02
    assert np.mean(np.array(ratios) <= 1.0 + 1e-9) >= 0.8


def test_no_single_exchange_helps() -> None:
    """The end of the search is a local optimum over exchanges, also across blocks."""
    distances, probability = sample(7, 300)
    found = reduce_sample(distances, probability, np.array([3, 290]), 6)
    kept = set(found.kept.tolist())
    assert {3, 290} <= kept
    for old in kept - {3, 290}:
        stay = sorted(kept - {old})
        nearest = distances[stay].min(axis=0)
        errors = np.minimum(distances, nearest) @ probability
        assert errors.min() >= found.error * (1 - 1e-8)


def test_lazy_forward_selection_is_the_plain_one() -> None:
    """Skipping savings that cannot be the largest changes no choice."""
    distances, probability = sample(11, 60)
    chosen = [int(np.argmin(distances @ probability))]
    while len(chosen) < 12:
        nearest = distances[chosen].min(axis=0)
        errors = np.minimum(distances, nearest) @ probability
        errors[chosen] = np.inf
        chosen.append(int(np.argmin(errors)))
    assert select_forward(distances, probability, NONE, 12).tolist() == sorted(chosen)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(1, 14), fixed=st.integers(0, 3))
def test_what_always_holds(seed: int, count: int, fixed: int) -> None:
    """Probabilities add up, fixed ones stay, each is represented by its nearest kept scenario."""
    distances, probability = sample(seed, 14)
    stay = np.arange(min(fixed, count))
    found = reduce_sample(distances, probability, stay, count)
    assert len(found.kept) == count
    assert set(stay.tolist()) <= set(found.kept.tolist())
    assert found.probability.sum() == pytest.approx(1.0)
    assert (found.probability > 0).sum() == count
    assert found.represented_by[found.kept].tolist() == found.kept.tolist()
    nearest = distances[:, found.kept].min(axis=1)
    assert found.distance == pytest.approx(nearest)
    if count == 14:
        assert found.error == 0.0
        assert found.probability == pytest.approx(probability)
    # More scenarios kept never do worse than those plus any other one.
    if count > 1:
        fewer = reduce_sample(distances, probability, stay[: count - 1], count - 1)
        assert found.error <= fewer.error * 1.5 + 1e-9


def test_scenarios_that_are_alike_are_no_trouble() -> None:
    """Where nothing differs the error is 0, the kept number is as asked, and each keeps itself."""
    found = reduce_sample(np.zeros((5, 5)), np.full(5, 0.2), NONE, 3)
    assert len(found.kept) == 3
    assert found.error == found.relative_error == 0.0
    assert found.probability.sum() == pytest.approx(1.0)
    assert (found.probability[found.kept] >= 0.2 - 1e-12).all()


@pytest.mark.parametrize("count", [0, 1, 5])
def test_numbers_that_do_not_fit_are_refused(count: int) -> None:
    """Fewer than the fixed scenarios, or more than there are, is an error."""
    distances, probability = sample(1, 4)
    with pytest.raises(ValueError, match="must be from 2 to 4"):
        reduce_sample(distances, probability, np.array([0, 1]), count)
