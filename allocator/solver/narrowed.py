"""A session with most of its columns held: solved without them, seen as if they were there.

Whoever holds columns of a large program for a while need not carry them through every step of the
simplex method. Columns, rows, values and duals keep the numbers of the whole program, and what is
changed here is changed there too, so that the whole one can be gone back to at any time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from allocator.solver.basis import AT_LOWER, AT_UPPER, BASIC, Basis
from allocator.solver.options import SolveOptions
from allocator.solver.programs import LinearProgram
from allocator.solver.results import ProgressCallback, SolveResult, Status
from allocator.solver.session import Session

__all__ = ["NarrowedSession"]

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

_TOLERANCE = 1e-6
"""By how much a held value may pass a bound."""


class NarrowedSession:
    """A linear program seen whole and solved without the columns that are held.

    Parameters
    ----------
    whole
        The program, itself narrowed or not; it hears of every change.
    is_held
        Columns to hold, shape (column,); those the given program holds stay held.
    values
        What they are held at, shape (column,); others are not looked at.
    group
        Columns that belong together, shape (column,), >= 0. Given these, columns are only held in
        groups without which the basis of the last solve is still one: a basis with gaps is repaired
        somehow, and that can undo all that the last solve has found.
    """

    def __init__(
        self,
        whole: Session | NarrowedSession,
        is_held: BoolArray,
        values: FloatArray,
        group: IndexArray | None = None,
    ) -> None:
        self._whole = whole
        program, basis = whole.program(), whole.basis()
        rows = sparse.csr_array(program.matrix)
        held: BoolArray = is_held.copy()
        if isinstance(whole, NarrowedSession):
            held |= whole.is_held
        if group is not None and basis is not None:
            held &= ~_unbalanced(rows, basis, held, group)[group]
        self._values = np.where(held, values, 0.0)
        if isinstance(whole, NarrowedSession):
            held |= whole.is_held
            self._values = np.where(whole.is_held, whole.held_values, self._values)
        self.is_held: BoolArray = held
        self._kept = np.flatnonzero(~held)
        self._column = np.full(len(held), -1)
        self._column[self._kept] = np.arange(len(self._kept))
        inner = rows[:, self._kept]
        self._held_part = rows @ self._values
        is_row = np.diff(inner.indptr) > 0
        self._row = np.where(is_row, np.cumsum(is_row) - 1, -1)
        self._lower, self._upper = program.column_lower, program.column_upper
        self._row_lower, self._row_upper = program.row_lower, program.row_upper
        self._cost, self._offset = program.cost, program.offset
        self._inner = Session(
            LinearProgram(
                cost=program.cost[self._kept],
                offset=program.offset + float(program.cost @ self._values),
                column_lower=program.column_lower[self._kept],
                column_upper=program.column_upper[self._kept],
                integer=program.integer[self._kept],
                matrix=inner[is_row],
                row_lower=(program.row_lower - self._held_part)[is_row],
                row_upper=(program.row_upper - self._held_part)[is_row],
                maximise=program.maximise,
            )
        )
        if basis is not None:
            self._inner.start_from(Basis(basis.columns[self._kept], basis.rows[is_row]))

    @property
    def held_values(self) -> FloatArray:
        """What held columns are held at, 0 for the others, shape (column,)."""
        return self._values

    @property
    def row_count(self) -> int:
        """Number of rows of the whole program."""
        return self._whole.row_count

    @property
    def column_count(self) -> int:
        """Number of columns of the whole program."""
        return self._whole.column_count

    def program(self) -> LinearProgram:
        """Return the whole program as it stands."""
        return self._whole.program()

    def basis(self) -> Basis | None:
        """Return the basis of the last solve in the whole program, None if there is none."""
        found = self._inner.basis()
        if found is None:
            return None
        is_high = np.isfinite(self._upper) & (self._values >= self._upper - _TOLERANCE)
        columns = np.where(is_high, AT_UPPER, AT_LOWER).astype(np.int8)
        rows = np.full(self.row_count, BASIC, dtype=np.int8)
        columns[self._kept] = found.columns
        rows[self._row >= 0] = found.rows
        return Basis(columns, rows)

    def start_from(self, basis: Basis) -> None:
        """Begin the next solve at a basis of the whole program."""
        self._inner.start_from(Basis(basis.columns[self._kept], basis.rows[self._row >= 0]))

    # --- changes ----------------------------------------------------------------------------

    def add_rows(self, lower: ArrayLike, upper: ArrayLike, matrix: Any) -> range:
        """Append rows and return their numbers; as ``Session.add_rows``."""
        added = self._whole.add_rows(lower, upper, matrix)
        rows = sparse.csr_array(matrix, dtype=np.float64)
        part = rows @ self._values
        low = np.broadcast_to(np.asarray(lower, dtype=np.float64), part.shape)
        high = np.broadcast_to(np.asarray(upper, dtype=np.float64), part.shape)
        own = self._inner.add_rows(low - part, high - part, rows[:, self._kept])
        self._row = np.concatenate([self._row, np.arange(own.start, own.stop)])
        self._held_part = np.concatenate([self._held_part, part])
        self._row_lower = np.concatenate([self._row_lower, low])
        self._row_upper = np.concatenate([self._row_upper, high])
        return added

    def delete_rows(self, indices: ArrayLike) -> None:
        """Delete rows."""
        self._whole.delete_rows(indices)
        gone = np.atleast_1d(np.asarray(indices, dtype=np.int64))
        own = self._row[gone]
        self._inner.delete_rows(own[own >= 0])
        for name in ("_row", "_held_part", "_row_lower", "_row_upper"):
            setattr(self, name, np.delete(getattr(self, name), gone))
        self._row[self._row >= 0] = np.arange(self._inner.row_count)

    def change_column_bounds(self, indices: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> None:
        """Set bounds of columns; a held one outside them leaves no plan."""
        self._whole.change_column_bounds(indices, lower, upper)
        where = np.atleast_1d(np.asarray(indices, dtype=np.int64))
        self._lower[where], self._upper[where] = lower, upper
        inside = where[~self.is_held[where]]
        self._inner.change_column_bounds(
            self._column[inside], self._lower[inside], self._upper[inside]
        )

    def change_row_bounds(self, indices: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> None:
        """Set bounds of rows."""
        self._whole.change_row_bounds(indices, lower, upper)
        where = np.atleast_1d(np.asarray(indices, dtype=np.int64))
        self._row_lower[where], self._row_upper[where] = lower, upper
        inside = where[self._row[where] >= 0]
        part = self._held_part[inside]
        self._inner.change_row_bounds(
            self._row[inside], self._row_lower[inside] - part, self._row_upper[inside] - part
        )

    def change_costs(self, indices: ArrayLike, cost: ArrayLike) -> None:
        """Set costs of columns."""
        self._whole.change_costs(indices, cost)
        where = np.atleast_1d(np.asarray(indices, dtype=np.int64))
        self._cost[where] = cost
        inside = where[~self.is_held[where]]
        self._inner.change_costs(self._column[inside], self._cost[inside])
        self._inner.change_offset(self._offset + float(self._cost @ self._values))

    def set_integer(self, indices: ArrayLike, integer: ArrayLike) -> None:
        """Set which columns must be whole; as ``Session.set_integer``."""
        self._whole.set_integer(indices, integer)
        where = np.atleast_1d(np.asarray(indices, dtype=np.int64))
        kinds = np.broadcast_to(np.asarray(integer, dtype=np.bool_), where.shape)
        is_inside = ~self.is_held[where]
        self._inner.set_integer(self._column[where[is_inside]], kinds[is_inside])

    def set_start(self, values: ArrayLike | None) -> None:
        """Give the next solve a plan to start from, shape (column,)."""
        self._inner.set_start(None if values is None else np.asarray(values)[self._kept])

    # --- solving ----------------------------------------------------------------------------

    def solve(
        self,
        options: SolveOptions,
        *,
        stage: str = "",
        progress: ProgressCallback | None = None,
    ) -> SolveResult:
        """Solve with the held columns at their values.

        Returns
        -------
        SolveResult
            Of the whole program; duals of rows without free columns are nil. What holds for it
            holds with these columns held: a bound or a missing plan says nothing of others.
        """
        if self._breaks_bounds():
            return SolveResult(Status.INFEASIBLE)
        found = self._inner.solve(options, stage=stage, progress=progress)
        if found.values is None:
            return found
        values = self._values.copy()
        values[self._kept] = found.values
        return replace(
            found,
            values=values,
            row_duals=self._spread(found.row_duals, self._row >= 0, self.row_count),
            reduced_costs=self._spread(found.reduced_costs, ~self.is_held, self.column_count),
        )

    def _breaks_bounds(self) -> bool:
        """Whether a held column, or a row of held columns alone, is outside its bounds."""
        held, at = self.is_held, self._values
        is_out = (at < self._lower - _TOLERANCE) | (at > self._upper + _TOLERANCE)
        alone = self._row < 0
        part, slack = self._held_part, _TOLERANCE * (1.0 + np.abs(self._held_part))
        is_broken = (part < self._row_lower - slack) | (part > self._row_upper + slack)
        return bool((is_out & held).any() or (is_broken & alone).any())

    @staticmethod
    def _spread(found: FloatArray | None, where: BoolArray, count: int) -> FloatArray | None:
        """Put what was found at its places among zeros."""
        if found is None:
            return None
        spread = np.zeros(count)
        spread[where] = found
        return spread


def _unbalanced(
    rows: sparse.csr_array, basis: Basis, is_held: BoolArray, group: IndexArray
) -> BoolArray:
    """Groups that hold more or less of the basis than they have rows of their own, shape (group,).

    A row is a group's own if all its columns are of that group and held.
    """
    count = int(group.max(initial=-1)) + 1
    where, column = rows.nonzero()
    low = np.full(rows.shape[0], count)
    high = np.full(rows.shape[0], -1)
    np.minimum.at(low, where, group[column])
    np.maximum.at(high, where, group[column])
    has_free = np.zeros(rows.shape[0], dtype=bool)
    has_free[where[~is_held[column]]] = True
    own = np.flatnonzero((low == high) & ~has_free)
    is_basic = basis.rows[own] == BASIC
    balance = np.bincount(low[own], weights=is_basic - 1.0, minlength=count)
    basic = is_held & (basis.columns == BASIC)
    return np.asarray(balance + np.bincount(group[basic], minlength=count) != 0.0)
