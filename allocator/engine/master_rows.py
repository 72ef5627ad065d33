"""Rows of a master that come and go, found by what they say.

HiGHS numbers rows through; whoever deletes some moves all behind them. The rows of the first stage
stand first and stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from allocator.solver import CompiledModel, NarrowedSession, Session
from models.placement_data import PlacementData

__all__ = ["MasterRows", "PromiseRows", "priced_promises"]

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

    def __init__(self, session: Session | NarrowedSession, kinds: tuple[str, ...]) -> None:
        self.session = session
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
        added = self.session.add_rows(lower, upper, matrix)
        self._of[kind] = np.concatenate([self._of[kind], np.arange(added.start, added.stop)])

    def delete(self, kind: str, positions: Integers) -> None:
        """Delete rows of a kind by their positions, shape (deleted row,)."""
        if not len(positions):
            return
        gone = np.sort(self._of[kind][positions])
        self.session.delete_rows(gone)
        self._of[kind] = np.delete(self._of[kind], positions)
        for own, numbers in self._of.items():
            self._of[own] = numbers - np.searchsorted(gone, numbers)

    def set_bounds(self, kind: str, lower: Floats, upper: Floats) -> None:
        """Set the bounds of all rows of a kind, shapes (row of the kind,)."""
        self.session.change_row_bounds(self._of[kind], lower, upper)


@dataclass(frozen=True)
class PromiseRows:
    """Rows of promises whose shortfall has a price, as they stand in the compiled model."""

    row: Integers
    lower: Floats
    upper: Floats
    matrix: sparse.csr_array


def priced_promises(model: Any, compiled: CompiledModel, data: PlacementData) -> PromiseRows:
    """Find the rows of promises whose shortfall has a price."""
    is_hard = data.first_stage.coverage.is_hard
    priced = {id(row) for c, row in model.promise_kept.items() if not is_hard[c]}
    found = [k for k, row in enumerate(compiled.constraints) if id(row) in priced]
    rows, program = np.array(found, dtype=np.int64), compiled.program
    matrix = sparse.csr_array(program.matrix)[rows]
    return PromiseRows(rows, program.row_lower[rows], program.row_upper[rows], matrix)
