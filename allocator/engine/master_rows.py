"""Rows of a master that come and go, found by what they say.

HiGHS numbers rows through; whoever deletes some moves all behind them. The rows of the first stage
stand first and stay.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allocator.solver import Session

__all__ = ["MasterRows"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class MasterRows:
    """The rows of a session that were added to it, by kind and in the order of adding.

    Parameters
    ----------
    session
        Gets the rows.
    kinds
        What rows may say.
    """

    def __init__(self, session: Session, kinds: tuple[str, ...]) -> None:
        self._session = session
        self._of = {kind: np.zeros(0, dtype=np.int64) for kind in kinds}

    def count(self, kind: str) -> int:
        """Number of rows of a kind."""
        return len(self._of[kind])

    def numbers(self, kind: str) -> Integers:
        """Numbers of the rows of a kind in the session, shape (row of the kind,)."""
        return self._of[kind]

    def add(self, kind: str, lower: ArrayLike, upper: ArrayLike, matrix: Any) -> None:
        """Add rows.

        Parameters
        ----------
        kind
            What they say.
        lower, upper
            Bounds, shape (new row,).
        matrix
            Scipy sparse, shape (new row, column).
        """
        added = self._session.add_rows(lower, upper, matrix)
        self._of[kind] = np.concatenate([self._of[kind], np.arange(added.start, added.stop)])

    def delete(self, kind: str, positions: Integers) -> None:
        """Delete rows of a kind by their positions, shape (deleted row,)."""
        if not len(positions):
            return
        gone = np.sort(self._of[kind][positions])
        self._session.delete_rows(gone)
        self._of[kind] = np.delete(self._of[kind], positions)
        for own, numbers in self._of.items():
            self._of[own] = numbers - np.searchsorted(gone, numbers)

    def set_bounds(self, kind: str, lower: Floats, upper: Floats) -> None:
        """Set the bounds of all rows of a kind, shapes (row of the kind,)."""
        self._session.change_row_bounds(self._of[kind], lower, upper)
