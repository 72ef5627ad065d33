"""Rows of a master that come and go, found by what they say, and the units it is solved in.

HiGHS numbers rows through; whoever deletes some moves all behind them. The rows of the first stage
stand first and stay.

HiGHS keeps rows to an absolute tolerance. In units of an item a warehouse holds up to millions, of
which a ten-millionth of one cannot be kept: the simplex method then goes on for ten times as long
as the program takes. What it sees are shares of a full warehouse, and rows that are as large as
their largest coefficient.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from allocator.solver import (
    CompiledModel,
    LinearProgram,
    NarrowedSession,
    Session,
    SolveResult,
    powers_of_two,
)
from models.placement_data import PlacementData

__all__ = ["MasterRows", "MasterUnits", "PromiseRows", "priced_promises"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


class MasterUnits:
    """The units a master is solved in, powers of two.

    Parameters
    ----------
    program
        The master as it is written.
    sizes
        About how large each column may become, shape (column,); 0 or infinite where unknown.
    """

    def __init__(self, program: LinearProgram, sizes: Floats) -> None:
        self.column = powers_of_two(np.where(program.integer, 1.0, sizes))
        """How much of each column is 1 in the solver, shape (column,)."""
        self._row = _row_units(sparse.csr_array(program.matrix), self.column)
        self.program = program.scaled(self.column, self._row)
        """What the solver sees."""

    def seen(self, solved: SolveResult) -> SolveResult:
        """Return an answer of the solver in the units of the master as it is written.

        Duals of rows that came later stay as they are: nobody asks for more than their sign.
        """
        if solved.values is None:
            return solved
        duals, own = solved.row_duals, len(self._row)
        if duals is not None:
            duals = np.concatenate([duals[:own] / self._row, duals[own:]])
        return replace(solved, values=solved.values * self.column, row_duals=duals)


def _row_units(matrix: sparse.csr_array, column_unit: Floats) -> Floats:
    """Units in which no coefficient of a row is much larger than 1, shape (row,)."""
    size = np.abs(matrix.data) * column_unit[matrix.indices]
    has_any = np.diff(matrix.indptr) > 0
    largest = np.zeros(matrix.shape[0])
    if len(size):
        largest[has_any] = np.maximum.reduceat(size, matrix.indptr[:-1][has_any])
    return powers_of_two(largest)


class MasterRows:
    """The rows of a session that were added to it, by kind and in the order of adding.

    Parameters
    ----------
    session
        Gets the rows.
    kinds
        What rows may say.
    column_unit
        Units of the session's columns, shape (column,).
    """

    def __init__(
        self, session: Session | NarrowedSession, kinds: tuple[str, ...], column_unit: Floats
    ) -> None:
        self.session, self._column_unit = session, column_unit
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
        rows = sparse.csr_array(matrix, copy=True)
        unit = _row_units(rows, self._column_unit)
        rows.data *= self._column_unit[rows.indices] / np.repeat(unit, np.diff(rows.indptr))
        added = self.session.add_rows(np.asarray(lower) / unit, np.asarray(upper) / unit, rows)
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
        """Set the bounds of all rows of a kind that counts, shapes (row of the kind,)."""
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
