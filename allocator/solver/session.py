"""A program that lives in HiGHS, grows and shrinks, and is solved again from where it stood."""

from __future__ import annotations

import time
from typing import Any

import highspy
import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from allocator.errors import SolveError
from allocator.solver.answers import answer
from allocator.solver.basis import Basis, give_basis, read_basis
from allocator.solver.loading import accept, as_index, give_start, load_program
from allocator.solver.options import SolveOptions
from allocator.solver.programs import LinearProgram, as_vector, check_finite
from allocator.solver.question import ColumnData, Question
from allocator.solver.results import IncumbentCallback, ProgressCallback, SolveResult
from allocator.solver.runs import RunListener, empty_highs

__all__ = ["Session", "solve_program"]

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int32]


class Session:
    """Persistent HiGHS object for decomposition and column generation.

    Rows and columns are numbered as in HiGHS: new ones go to the end, deleting closes the ranks.
    A linear program is solved again from its last basis; a program with integers starts anew
    from the point given by ``set_start``.

    Parameters
    ----------
    program
        The first content; None for an empty minimisation.
    """

    def __init__(self, program: LinearProgram | None = None) -> None:
        self._highs: Any = empty_highs()
        self._start: FloatArray | None = None
        empty = np.zeros(0)
        self._columns = ColumnData(empty, empty, empty, np.zeros(0, dtype=np.bool_))
        self._row_lower: FloatArray = empty
        self._row_upper: FloatArray = empty
        self._offset = 0.0
        self._maximise = False
        if program is not None:
            self._load(program)

    def _load(self, program: LinearProgram) -> None:
        load_program(self._highs, program)
        self._columns = ColumnData(
            program.cost.copy(),
            program.column_lower.copy(),
            program.column_upper.copy(),
            program.integer.copy(),
        )
        self._row_lower = program.row_lower.copy()
        self._row_upper = program.row_upper.copy()
        self._offset = program.offset
        self._maximise = program.maximise

    @property
    def row_count(self) -> int:
        """Number of rows."""
        return int(self._row_lower.size)

    @property
    def column_count(self) -> int:
        """Number of columns."""
        return int(self._columns.cost.size)

    def program(self) -> LinearProgram:
        """Return the program as it stands."""
        matrix = self._highs.getLp().a_matrix_
        is_by_column = matrix.format_ == highspy.MatrixFormat.kColwise
        compressed = sparse.csc_array if is_by_column else sparse.csr_array
        parts = (np.asarray(matrix.value_), np.asarray(matrix.index_), np.asarray(matrix.start_))
        return LinearProgram(
            cost=self._columns.cost.copy(),
            offset=self._offset,
            column_lower=self._columns.lower.copy(),
            column_upper=self._columns.upper.copy(),
            integer=self._columns.integer.copy(),
            matrix=compressed(parts, shape=(self.row_count, self.column_count)),
            row_lower=self._row_lower.copy(),
            row_upper=self._row_upper.copy(),
            maximise=self._maximise,
        )

    def basis(self) -> Basis | None:
        """Return the basis of the last solve, None if there is none."""
        return read_basis(self._highs)

    def start_from(self, basis: Basis) -> None:
        """Begin the next solve of a linear program at a basis, which may have gaps."""
        give_basis(self._highs, basis)

    def add_rows(self, lower: ArrayLike, upper: ArrayLike, matrix: Any) -> range:
        """Append rows and return their numbers.

        Parameters
        ----------
        lower, upper
            Bounds, shape (new row,).
        matrix
            Coefficients, scipy sparse, shape (new row, column).

        Raises
        ------
        SolveError
            If shapes do not fit or a number is not one.
        """
        rows = sparse.csr_array(matrix, dtype=np.float64)
        rows.sum_duplicates()
        count = rows.shape[0]
        if rows.shape[1] != self.column_count:
            raise SolveError(f"new rows have {rows.shape[1]} columns, must be {self.column_count}.")
        low, high = as_vector(lower, count, "row_lower"), as_vector(upper, count, "row_upper")
        check_finite(rows.data, "matrix")
        first = self.row_count
        accepted = self._highs.addRows(
            count, low, high, int(rows.nnz), _starts(rows), as_index(rows.indices), rows.data
        )
        accept(accepted, "new rows")
        self._row_lower = np.concatenate([self._row_lower, low])
        self._row_upper = np.concatenate([self._row_upper, high])
        return range(first, first + count)

    def add_columns(
        self,
        cost: ArrayLike,
        lower: ArrayLike,
        upper: ArrayLike,
        matrix: Any,
        integer: ArrayLike | None = None,
    ) -> range:
        """Append columns and return their numbers.

        Parameters
        ----------
        cost, lower, upper
            Objective coefficients and bounds, shape (new column,).
        matrix
            Coefficients in the present rows, scipy sparse, shape (row, new column).
        integer
            Which new columns must be whole, shape (new column,); None for none.

        Raises
        ------
        SolveError
            If shapes do not fit or a number is not one.
        """
        columns = sparse.csc_array(matrix, dtype=np.float64)
        columns.sum_duplicates()
        count = columns.shape[1]
        if columns.shape[0] != self.row_count:
            raise SolveError(f"new columns have {columns.shape[0]} rows, must be {self.row_count}.")
        weights = as_vector(cost, count, "cost")
        low, high = as_vector(lower, count, "column_lower"), as_vector(upper, count, "column_upper")
        check_finite(weights, "cost")
        check_finite(columns.data, "matrix")
        whole = np.zeros(count, dtype=np.bool_)
        if integer is not None:
            whole |= np.asarray(integer, dtype=np.bool_)
        first = self.column_count
        accepted = self._highs.addCols(
            count,
            weights,
            low,
            high,
            int(columns.nnz),
            _starts(columns),
            as_index(columns.indices),
            columns.data,
        )
        accept(accepted, "new columns")
        self._columns = self._columns.joined(
            ColumnData(weights, low, high, np.zeros(count, dtype=np.bool_))
        )
        self._start = None
        if whole.any():
            self.set_integer(first + np.flatnonzero(whole), True)
        return range(first, first + count)

    def change_column_bounds(self, indices: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> None:
        """Set bounds of the columns ``indices``; shapes (changed column,)."""
        where = _indices(indices, self.column_count, "column")
        low = as_vector(lower, where.size, "column_lower")
        high = as_vector(upper, where.size, "column_upper")
        accept(self._highs.changeColsBounds(where.size, where, low, high), "column bounds")
        self._columns.lower[where] = low
        self._columns.upper[where] = high

    def change_row_bounds(self, indices: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> None:
        """Set bounds of the rows ``indices``; shapes (changed row,)."""
        where = _indices(indices, self.row_count, "row")
        low = as_vector(lower, where.size, "row_lower")
        high = as_vector(upper, where.size, "row_upper")
        accept(self._highs.changeRowsBounds(where.size, where, low, high), "row bounds")
        self._row_lower[where] = low
        self._row_upper[where] = high

    def change_costs(self, indices: ArrayLike, cost: ArrayLike) -> None:
        """Set objective coefficients of the columns ``indices``; shape (changed column,)."""
        where = _indices(indices, self.column_count, "column")
        weights = as_vector(cost, where.size, "cost")
        check_finite(weights, "cost")
        accept(self._highs.changeColsCost(where.size, where, weights), "costs")
        self._columns.cost[where] = weights

    def change_offset(self, offset: float) -> None:
        """Set the constant of the objective."""
        check_finite(np.array([offset], dtype=np.float64), "offset")
        accept(self._highs.changeObjectiveOffset(float(offset)), "the offset")
        self._offset = float(offset)

    def set_integer(self, indices: ArrayLike, integer: ArrayLike) -> None:
        """Make the columns ``indices`` whole (True) or continuous (False)."""
        where = _indices(indices, self.column_count, "column")
        flags = np.broadcast_to(np.asarray(integer, dtype=np.bool_), where.shape)
        kinds = flags.astype(np.uint8)
        accept(self._highs.changeColsIntegrality(where.size, where, kinds), "integrality")
        self._columns.integer[where] = flags

    def delete_rows(self, indices: ArrayLike) -> None:
        """Delete rows; those behind move up, and HiGHS is given back the basis it forgets."""
        # HiGHS refuses sets that are not sorted.
        where = np.sort(_indices(indices, self.row_count, "row"))
        basis = self.basis()
        accept(self._highs.deleteRows(where.size, where), "deleting rows")
        if basis is not None:
            self.start_from(Basis(basis.columns, np.delete(basis.rows, where)))
        self._row_lower = np.delete(self._row_lower, where)
        self._row_upper = np.delete(self._row_upper, where)

    def delete_columns(self, indices: ArrayLike) -> None:
        """Delete columns; those behind move up."""
        where = np.sort(_indices(indices, self.column_count, "column"))
        accept(self._highs.deleteCols(where.size, where), "deleting columns")
        self._columns = self._columns.without(where)
        if self._start is not None:
            self._start = np.delete(self._start, where)

    def set_start(self, values: ArrayLike | None) -> None:
        """Give the next solve a plan to start from, shape (column,); NaN where unknown.

        HiGHS completes a partial plan; a plan that breaks a row is passed over.
        """
        if values is None:
            self._start = None
            return
        start = np.array(values, dtype=np.float64)
        if start.shape != (self.column_count,):
            raise SolveError(f"start has shape {start.shape}, must be ({self.column_count},).")
        self._start = start

    def solve(
        self,
        options: SolveOptions,
        *,
        stage: str = "",
        progress: ProgressCallback | None = None,
        on_incumbent: IncumbentCallback | None = None,
    ) -> SolveResult:
        """Solve as the program stands.

        Parameters
        ----------
        options
            Gap, limits, threads, seed.
        stage
            Name for the progress reports.
        progress
            Hears incumbent, bound and gap now and then, and once at the end.
        on_incumbent
            Hears each better plan of a program with integers, values not yet rounded.

        Returns
        -------
        SolveResult
            Never raises only because there is no plan: see its status.

        Raises
        ------
        SolveError
            If an option is refused or the bound contradicts the plan.
        """
        listener = RunListener(stage, progress, on_incumbent, time.perf_counter())
        give_start(self._highs, self._start)
        question = Question(
            self._highs,
            self._columns,
            self._row_lower,
            self._row_upper,
            self._offset,
            self._maximise,
            options,
            listener,
            self._start,
        )
        try:
            result = answer(question)
        finally:
            self._highs = question.highs
        self._start = None
        listener.report(result.objective, result.bound)
        return result


def solve_program(
    program: LinearProgram,
    options: SolveOptions,
    *,
    stage: str = "",
    progress: ProgressCallback | None = None,
    start: FloatArray | None = None,
    on_incumbent: IncumbentCallback | None = None,
) -> SolveResult:
    """Solve a program once.

    Parameters
    ----------
    program
        What to solve.
    options
        Gap, limits, threads, seed.
    stage, progress, on_incumbent
        As in ``Session.solve``.
    start
        A plan to start from, shape (column,), NaN where unknown.

    Returns
    -------
    SolveResult
        With the column values if there is a plan.

    Raises
    ------
    SolveError
        If an option is refused or the bound contradicts the plan.
    """
    session = Session(program)
    session.set_start(start)
    return session.solve(options, stage=stage, progress=progress, on_incumbent=on_incumbent)


def _starts(matrix: Any) -> IndexArray:
    """Return where each row (or column) of a compressed matrix begins."""
    return as_index(matrix.indptr[:-1])


def _indices(indices: ArrayLike, count: int, what: str) -> IndexArray:
    """Return checked, distinct numbers of rows or columns.

    Raises
    ------
    SolveError
        If one is out of range or named twice.
    """
    where = np.atleast_1d(np.asarray(indices))
    if where.size == 0:
        return np.zeros(0, dtype=np.int32)
    if where.ndim != 1 or not np.issubdtype(where.dtype, np.integer):
        raise SolveError(f"{what} numbers must be a vector of whole numbers.")
    if where.min() < 0 or where.max() >= count:
        raise SolveError(f"{what} number out of range 0 to {count - 1}.")
    if np.unique(where).size != where.size:
        raise SolveError(f"a {what} is named twice.")
    return as_index(where)
