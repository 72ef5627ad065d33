"""What is proven so far about the stages of a dispatch."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from allocator.solver import relative_gap

__all__ = ["LEXICOGRAPHIC", "Proofs"]

Floats = NDArray[np.float64]

LEXICOGRAPHIC = 1e-4
"""A stage may give up this share of its value for the next one."""


class Proofs:
    """Bounds of the stages; that of the headline may depend on how much need is left unmet.

    Parameters
    ----------
    stages
        In the order in which they count.
    headline
        The stage that counts most for a reader.
    """

    def __init__(self, stages: Iterable[str], headline: str) -> None:
        self.headline = headline
        self.bounds = dict.fromkeys(stages, 0.0)
        self._is_lives = "waiting" in self.bounds
        self._lines = np.zeros((1, 2))

    def raise_bound(self, stage: str, bound: float) -> None:
        """Take a bound of a stage that holds for every plan."""
        self.bounds[stage] = max(self.bounds[stage], bound)

    def add_lines(self, lines: Floats, extra_price: float) -> None:
        """Take proofs that headline plus a price times unmet need is at least a value.

        Parameters
        ----------
        lines
            Value and price, shape (proof, 2).
        extra_price
            Price that was there besides.
        """
        self._lines = np.concatenate([self._lines, lines + np.array([0.0, extra_price])])

    def headline_bound(self, unmet: float | None) -> float:
        """Bound of the headline stage for plans that leave no more unmet than a given one.

        Parameters
        ----------
        unmet
            Of the best plan; None without a plan. [weighted units]
        """
        most = unmet * (1 + LEXICOGRAPHIC) if self._is_lives and unmet is not None else 0.0
        proven = float((self._lines[:, 0] - self._lines[:, 1] * most).max())
        return max(proven, self.bounds[self.headline])

    def unmet_gap(self, unmet: float | None) -> float:
        """Relative gap of the unmet stage; 0 where it is none."""
        if not self._is_lives or unmet is None:
            return 0.0
        return relative_gap(unmet, self.bounds["unmet"]) or 0.0
