"""Branch and cut over the choices of sizes, with the recourse asked while branching.

HiGHS takes no cuts while it branches, so the tree is kept here and HiGHS solves the relaxations,
each warm from the one before. Branching decides how many options of a kind a region takes, large
regions and large options first; below that on single options.
"""

from __future__ import annotations

import heapq
import itertools
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["WHOLE", "Branch", "PseudoCosts", "Tree"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

WHOLE = 1e-6
"""Distance from a whole number that counts as none."""

_RELIABLE = 1
"""Trials after which a group is known."""


@dataclass(frozen=True)
class Branch:
    """Part of the choices.

    Parameters
    ----------
    bound
        No plan in this part is better.
    lower, upper
        Bounds of the whole columns, shape (whole column,).
    depth
        Decisions taken.
    """

    bound: float
    lower: Floats
    upper: Floats
    depth: int


class PseudoCosts:
    """What branching on a column of a group has gained so far, downwards and upwards.

    Achterberg, Koch and Martin (2005): try out what is not known yet, then trust the mean of what
    was seen. Columns of a group (one kind of option, regions of one size) share what is known.

    Parameters
    ----------
    group
        Shape (whole column,), whole numbers.
    weight
        How much a decision on a column is thought to settle, shape (whole column,).
    tried
        Columns worth trying out, shape (whole column,).
    """

    def __init__(self, group: Integers, weight: Floats, tried: NDArray[np.bool_]) -> None:
        self._group, self._weight, self._tried = group, weight, tried
        count = int(group.max(initial=-1)) + 1
        self._sum = np.zeros((2, count))
        self._count = np.zeros((2, count))

    def unknown(self, values: Floats, limit: int) -> list[int]:
        """Return fractional columns of groups that should be tried out, the weightiest first.

        Parameters
        ----------
        values
            Of the whole columns, shape (whole column,).
        limit
            How many at most.
        """
        distance = np.abs(values - np.rint(values))
        known = self._count.min(axis=0) >= _RELIABLE
        is_new = (distance > WHOLE) & ~known[self._group] & self._tried
        worth = np.where(is_new, distance * self._weight, 0.0)
        best = np.argsort(-worth, kind="stable")[:limit]
        return [int(column) for column in best if worth[column] > 0.0]

    def learn(self, column: int, distance: float, gain: float, *, upwards: bool) -> None:
        """Note that moving a column by a distance has raised the bound by a gain."""
        if distance > WHOLE and np.isfinite(gain):
            place = int(upwards), int(self._group[column])
            self._sum[place] += max(gain, 0.0) / distance
            self._count[place] += 1

    def best(self, values: Floats, *, counts_first: bool = False) -> int:
        """Return the fractional column that promises most.

        Parameters
        ----------
        values
            Of the whole columns, shape (whole column,).
        counts_first
            Whether columns worth trying out go before all others.
        """
        open_ones = np.flatnonzero(np.abs(values - np.rint(values)) > WHOLE)
        if counts_first and self._tried[open_ones].any():
            open_ones = open_ones[self._tried[open_ones]]
        rate = self._sum / np.maximum(self._count, 1.0)
        known = (self._count > 0)[:, self._group[open_ones]]
        rate = rate[:, self._group[open_ones]]
        for side in range(2):
            # What is not known is judged by its weight against what is.
            seen = self._weight[open_ones][known[side]].sum()
            unit = rate[side][known[side]].sum() / seen if seen > 0 else 1.0
            rate[side] = np.where(known[side], rate[side], unit * self._weight[open_ones])
        down = (values - np.floor(values))[open_ones]
        gain = np.maximum(rate[0] * down, 1e-9) * np.maximum(rate[1] * (1.0 - down), 1e-9)
        tie = self._weight[open_ones] * np.minimum(down, 1.0 - down)
        return int(open_ones[np.lexsort((tie, gain))[-1]])


@dataclass
class Tree:
    """Open branches, best bound first, and the least bound among those that were closed."""

    closed: float = np.inf
    _open: list[tuple[float, int, Branch]] = field(default_factory=list)
    _number: itertools.count[int] = field(default_factory=itertools.count)

    def push(self, branch: Branch) -> None:
        """Keep a branch for later."""
        heapq.heappush(self._open, (branch.bound, next(self._number), branch))

    def pop(self) -> Branch | None:
        """Take the open branch with the least bound."""
        return heapq.heappop(self._open)[2] if self._open else None

    def close(self, bound: float) -> None:
        """Note that nothing below a bound is left in a branch."""
        self.closed = min(self.closed, bound)

    def bound(self, current: Branch | None) -> float:
        """Least bound over everything that is open or closed."""
        parts = [self.closed]
        if self._open:
            parts.append(self._open[0][0])
        if current is not None:
            parts.append(current.bound)
        return min(parts)

    @staticmethod
    def split(branch: Branch, column: int, value: float, bound: float) -> tuple[Branch, Branch]:
        """Split a branch at a fractional value into the part below and the part above."""
        below, above = branch.upper.copy(), branch.lower.copy()
        below[column], above[column] = np.floor(value), np.ceil(value)
        low = Branch(bound, branch.lower, below, branch.depth + 1)
        high = Branch(bound, above, branch.upper, branch.depth + 1)
        return low, high
