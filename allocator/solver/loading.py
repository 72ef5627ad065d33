"""Putting programs and starts into HiGHS objects."""

from __future__ import annotations

from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from allocator.errors import SolveError
from allocator.solver.programs import LinearProgram

__all__ = ["accept", "as_index", "give_start", "load_program"]

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.int32]


def load_program(highs: Any, program: LinearProgram) -> None:
    """Make a program the model of a HiGHS object.

    Raises
    ------
    SolveError
        If HiGHS refuses it.
    """
    matrix = program.matrix
    accepted = highs.passModel(
        program.column_count,
        program.row_count,
        int(matrix.nnz),
        int(highspy.MatrixFormat.kColwise),
        int(highspy.ObjSense.kMaximize if program.maximise else highspy.ObjSense.kMinimize),
        program.offset,
        program.cost,
        program.column_lower,
        program.column_upper,
        program.row_lower,
        program.row_upper,
        as_index(matrix.indptr),
        as_index(matrix.indices),
        np.ascontiguousarray(matrix.data, dtype=np.float64),
        program.integer.astype(np.int32),
    )
    accept(accepted, "the program")


def give_start(highs: Any, start: FloatArray | None) -> None:
    """Give the next run a plan to start from, shape (column,), NaN where unknown."""
    if start is None:
        return
    known = np.flatnonzero(np.isfinite(start)).astype(np.int32)
    if known.size:
        highs.setSolution(known.size, known, start[known])


def as_index(values: Any) -> IndexArray:
    """Return an index array as HiGHS wants it."""
    return np.ascontiguousarray(values, dtype=np.int32)


def accept(status: Any, what: str) -> None:
    """Raise SolveError if HiGHS refused data; a warning (tiny coefficients dropped) passes."""
    if status == highspy.HighsStatus.kError:
        raise SolveError(f"HiGHS refused {what}. Maybe a coefficient is 1e15 or larger.")
