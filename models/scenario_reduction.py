"""Scenario reduction: few scenarios that stand for a large sample.

With the scenarios that are kept given, the best redistribution gives the probability of every other
one to its nearest kept one, and the Kantorovich (Wasserstein-1) distance between the two samples is
the sum of probability times that distance (Dupacova, Groewe-Kuska and Roemisch 2003, theorem 2).
Which to keep is a weighted k-median: fast forward selection (Heitsch and Roemisch 2003), then
exchanges of one kept scenario for another as long as one helps.

What forward selection saves over the fixed scenarios is at least ``1 - 1/e`` of what the best
choice saves (Nemhauser, Wolsey and Fisher 1978: savings are submodular). That also makes it quick:
a saving never grows later on, so that most of them need not be worked out again (Minoux 1978).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.spatial.distance import cdist

__all__ = ["Reduction", "pairwise_distances", "reduce_sample", "select_forward"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_BLOCK = 256
"""Scenarios looked at in one go."""

_SPARSE = 0.3
"""Columns with no more than this share of rows above the least value are taken pair by pair."""

_ROUNDING = 1e-13

_PASSES = 20
"""Looks at all scenarios for a helpful exchange, at most."""

_WORTHWHILE = 1e-9
"""Share of the error that an exchange must save; less is rounding."""


@dataclass(frozen=True)
class Reduction:
    """Which scenarios stay, and for whom they stand.

    Parameters
    ----------
    kept
        Positions of the scenarios that stay, ascending, shape (kept,).
    represented_by
        Position of the kept scenario that stands for each, shape (scenario,).
    distance
        From each scenario to the one that stands for it, shape (scenario,), >= 0.
    probability
        After redistribution, 0 where a scenario was dropped, shape (scenario,).
    error
        Kantorovich distance between the full and the reduced sample, in the unit of the distances.
    mean_distance
        Mean distance of two scenarios drawn apart from each other; what the error is compared to.
    """

    kept: Integers
    represented_by: Integers
    distance: Floats
    probability: Floats
    error: float
    mean_distance: float

    @property
    def relative_error(self) -> float:
        """Error as a share of the mean distance; 0 where all scenarios are alike."""
        return self.error / self.mean_distance if self.mean_distance > 0.0 else 0.0


def pairwise_distances(features: Floats) -> Floats:
    """Sum of absolute differences of every two rows, shape (scenario, scenario).

    Columns that most rows have at their least value, as need by place has, touch only the pairs of
    the other rows: ``|a - b| = a + b - 2 min(a, b)``, which is ``a + b`` where one of them is 0.
    Nothing larger than the result is held.

    Parameters
    ----------
    features
        Shape (scenario, feature).
    """
    count = len(features)
    raised = features - features.min(axis=0)
    is_sparse = (raised > 0.0).sum(axis=0) <= _SPARSE * count
    found = np.zeros((count, count))
    dense = np.ascontiguousarray(raised[:, ~is_sparse])
    for begin in range(0, count if dense.shape[1] else 0, _BLOCK):
        end = min(begin + _BLOCK, count)
        part = cdist(dense[begin:end], dense[begin:], metric="cityblock")
        found[begin:end, begin:] = part
        found[begin:, begin:end] = part.T
    rest = raised[:, is_sparse]
    total = rest.sum(axis=1)
    found += total[:, None]
    found += total[None, :]
    for column in rest.T:
        rows = np.flatnonzero(column)
        least = np.minimum.outer(column[rows], column[rows])
        found[rows[:, None], rows[None, :]] -= 2.0 * least
    np.fill_diagonal(found, 0.0)
    # What is left of equal sums is rounding.
    found[found <= _ROUNDING * max(float(total.max(initial=0.0)), 0.0)] = 0.0
    return found


def select_forward(distances: Floats, probability: Floats, fixed: Integers, count: int) -> Integers:
    """Choose scenarios one by one, each time the one that lowers the error most.

    Parameters
    ----------
    distances
        Shape (scenario, scenario), symmetric, >= 0.
    probability
        Shape (scenario,), > 0.
    fixed
        Positions that must be among the chosen ones.
    count
        How many to choose, with the fixed ones, at least 1.

    Returns
    -------
    Integers
        Chosen positions, ascending, shape (count,).

    Raises
    ------
    ValueError
        If there are more fixed scenarios than may be chosen, or fewer scenarios than wanted.
    """
    chosen = sorted(set(fixed.tolist()))
    if not max(1, len(chosen)) <= count <= len(probability):
        raise ValueError(
            f"count ({count}) must be from {max(1, len(chosen))} to {len(probability)}."
        )
    if not chosen:
        chosen = [int(np.argmin(probability @ distances))]
    nearest = distances[chosen].min(axis=0)
    saving = np.concatenate(
        [
            np.maximum(nearest - distances[begin : begin + _BLOCK], 0.0) @ probability
            for begin in range(0, len(probability), _BLOCK)
        ]
    )
    saving[chosen] = -np.inf
    while len(chosen) < count:
        # Savings are known from above: the largest is taken as soon as it is known exactly.
        lead = int(np.argmax(saving))
        known = saving[lead]
        saving[lead] = float(np.maximum(nearest - distances[lead], 0.0) @ probability)
        if saving[lead] < known and saving[lead] < saving.max():
            continue
        chosen.append(lead)
        nearest = np.minimum(nearest, distances[lead])
        saving[lead] = -np.inf
    return np.array(sorted(chosen), dtype=np.int64)


def _two_nearest(distances: Floats, chosen: Integers) -> tuple[Integers, Floats, Floats]:
    """Place of the nearest chosen scenario, its distance and that of the next, shapes (scenario,).

    A chosen scenario stands for itself, also where another one is just as near.
    """
    own = distances[:, chosen].copy()
    own[chosen, np.arange(len(chosen))] = -1.0
    place = np.argmin(own, axis=1)
    rows = np.arange(len(own))
    first = np.maximum(own[rows, place], 0.0)
    own[rows, place] = np.inf
    return place.astype(np.int64), first, own.min(axis=1)


def _exchange(
    distances: Floats, probability: Floats, fixed: Integers, chosen: Integers
) -> Integers:
    """Exchange one chosen scenario for another as long as that lowers the error.

    All exchanges of a block of scenarios are valued at once (Schubert and Rousseeuw 2019).
    """
    count, size = len(probability), len(chosen)
    is_fixed = np.isin(chosen, fixed)
    if size >= count or is_fixed.all():
        return chosen
    idle, begin = 0, 0
    blocks = -(-count // _BLOCK)
    place, first, second = _two_nearest(distances, chosen)
    for _ in range(_PASSES * blocks):
        if idle > blocks:
            break
        rows = distances[begin : begin + _BLOCK]
        near = np.minimum(rows, first)
        gained = (near - first) @ probability
        owner = sparse.csr_array((np.ones(count), (np.arange(count), place)), shape=(count, size))
        lost = ((np.minimum(rows, second) - near) * probability) @ owner
        change = gained[:, None] + lost
        change[:, is_fixed] = np.inf
        inside = chosen[(chosen >= begin) & (chosen < begin + _BLOCK)] - begin
        change[inside] = np.inf
        best = int(np.argmin(change))
        new, old = divmod(best, size)
        error = float(first @ probability)
        if change[new, old] < -_WORTHWHILE * error:
            chosen = chosen.copy()
            chosen[old] = begin + new
            place, first, second = _two_nearest(distances, chosen)
            idle = 0
            continue
        idle += 1
        begin = begin + _BLOCK if begin + _BLOCK < count else 0
    return np.sort(chosen)


def reduce_sample(distances: Floats, probability: Floats, fixed: Integers, count: int) -> Reduction:
    """Choose the scenarios to keep and give them the probability of the others.

    Parameters
    ----------
    distances
        Shape (scenario, scenario), symmetric, >= 0.
    probability
        Shape (scenario,), > 0.
    fixed
        Positions that must stay.
    count
        How many stay, with the fixed ones, at least 1.

    Raises
    ------
    ValueError
        If there are more fixed scenarios than may stay, or fewer scenarios than wanted.
    """
    chosen = select_forward(distances, probability, fixed, count)
    chosen = _exchange(distances, probability, fixed, chosen)
    place, nearest, _ = _two_nearest(distances, chosen)
    after = np.zeros(len(probability))
    np.add.at(after, chosen[place], probability)
    return Reduction(
        kept=chosen,
        represented_by=chosen[place],
        distance=nearest,
        probability=after,
        error=float(nearest @ probability),
        mean_distance=float(probability @ (distances @ probability)),
    )
