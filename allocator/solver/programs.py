"""A linear or mixed-integer program as plain arrays, with the checks that need no solver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from allocator.errors import SolveError

__all__ = ["LinearProgram", "dual_bound", "powers_of_two", "row_violation"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

#: Multiplier that counts as zero where the bound it would meet is infinite.
_NEGLIGIBLE_WEIGHT = 1e-9


@dataclass(frozen=True)
class LinearProgram:
    """Optimise ``cost @ x + offset`` over ``row_lower <= matrix @ x <= row_upper`` and bounds.

    Parameters
    ----------
    cost
        Objective coefficients, shape (column,), finite.
    offset
        Constant of the objective.
    column_lower, column_upper
        Bounds, shape (column,); ``-inf`` and ``inf`` where there is none.
    integer
        Which columns must be whole, shape (column,).
    matrix
        Coefficients, scipy sparse, shape (row, column), finite.
    row_lower, row_upper
        Bounds of the rows, shape (row,).
    maximise
        Sense of the objective.

    Raises
    ------
    SolveError
        If shapes do not fit or a number is not one. HiGHS itself would read past the end of a
        short array and call a program with NaN optimal.
    """

    cost: FloatArray
    offset: float
    column_lower: FloatArray
    column_upper: FloatArray
    integer: BoolArray
    matrix: Any
    row_lower: FloatArray
    row_upper: FloatArray
    maximise: bool = False

    def __post_init__(self) -> None:
        matrix = sparse.csc_array(self.matrix, dtype=np.float64)
        matrix.sum_duplicates()
        object.__setattr__(self, "matrix", matrix)
        rows, columns = matrix.shape
        for name, length in (
            ("cost", columns),
            ("column_lower", columns),
            ("column_upper", columns),
            ("row_lower", rows),
            ("row_upper", rows),
        ):
            object.__setattr__(self, name, as_vector(getattr(self, name), length, name))
        integer = np.ascontiguousarray(self.integer, dtype=np.bool_)
        if integer.shape != (columns,):
            raise SolveError(f"integer has shape {integer.shape}, must be ({columns},).")
        object.__setattr__(self, "integer", integer)
        object.__setattr__(self, "offset", float(self.offset))
        check_finite(self.cost, "cost")
        check_finite(matrix.data, "matrix")
        check_finite(np.array([self.offset]), "offset")

    def scaled(self, column_unit: FloatArray, row_unit: FloatArray) -> LinearProgram:
        """Return the program with columns and rows measured in other units.

        Parameters
        ----------
        column_unit
            How much of a column is 1 from now on, shape (column,), > 0.
        row_unit
            The same for rows, shape (row,); their duals are multiples of its inverse.
        """
        matrix = self.matrix.copy()
        matrix.data *= np.repeat(column_unit, np.diff(matrix.indptr)) / row_unit[matrix.indices]
        return LinearProgram(
            self.cost * column_unit,
            self.offset,
            self.column_lower / column_unit,
            self.column_upper / column_unit,
            self.integer,
            matrix,
            self.row_lower / row_unit,
            self.row_upper / row_unit,
            self.maximise,
        )

    @property
    def column_count(self) -> int:
        """Number of columns."""
        return int(self.cost.size)

    @property
    def row_count(self) -> int:
        """Number of rows."""
        return int(self.row_lower.size)


def as_vector(values: ArrayLike, length: int, name: str) -> FloatArray:
    """Return values as a contiguous float vector of the given length without NaN.

    Raises
    ------
    SolveError
        If the length differs or there is a NaN.
    """
    vector = np.ascontiguousarray(values, dtype=np.float64)
    if vector.ndim == 0:
        vector = np.full(length, float(vector))
    if vector.shape != (length,):
        raise SolveError(f"{name} has shape {vector.shape}, must be ({length},).")
    if np.isnan(vector).any():
        place = int(np.flatnonzero(np.isnan(vector))[0])
        raise SolveError(f"{name}[{place}] is not a number.")
    return vector


def check_finite(values: FloatArray, name: str) -> None:
    """Raise SolveError if a coefficient is NaN or infinite."""
    if not np.isfinite(values).all():
        place = int(np.flatnonzero(~np.isfinite(values))[0])
        raise SolveError(f"{name}[{place}] ({values[place]!r}) must be finite.")


def powers_of_two(sizes: FloatArray) -> FloatArray:
    """Return the powers of two next to sizes, 1 where a size is 0 or infinite.

    Units that are powers of two change no digit of a number.
    """
    is_size = (sizes > 0.0) & np.isfinite(sizes)
    return np.exp2(np.rint(np.log2(np.where(is_size, sizes, 1.0))))


def row_violation(
    matrix: Any, values: FloatArray, row_lower: FloatArray, row_upper: FloatArray
) -> tuple[float, float]:
    """Return by how much values break the rows: largest absolute and largest relative amount.

    The relative amount of a row is measured against the largest of 1, its finite bound and the
    sum of its terms' absolute values, so that it does not depend on the row's unit.

    Parameters
    ----------
    matrix
        Shape (row, column), scipy sparse.
    values
        Shape (column,).
    row_lower, row_upper
        Shape (row,).
    """
    if row_lower.size == 0:
        return 0.0, 0.0
    activity = matrix @ values
    magnitude = abs(matrix) @ np.abs(values)
    excess = np.maximum(np.maximum(row_lower - activity, activity - row_upper), 0.0)
    scale = np.maximum(magnitude, 1.0)
    for bound in (row_lower, row_upper):
        scale = np.maximum(scale, np.where(np.isfinite(bound), np.abs(bound), 0.0))
    return float(excess.max()), float((excess / scale).max())


def dual_bound(program: LinearProgram, row_duals: FloatArray) -> float | None:
    """Return the bound that a vector of row duals proves for the linear relaxation.

    Weak duality: for any ``y``, the minimum over the column bounds of ``(c - y A) x`` plus the
    best value of ``y r`` over the row bounds is a bound. Valid for every ``y``, so it does not
    rest on the solver's tolerances. Weights below 1e-9 against a missing bound count as zero.

    Parameters
    ----------
    program
        The program.
    row_duals
        Multipliers, shape (row,).

    Returns
    -------
    float | None
        The bound in the sense of the program; None where it is infinite.
    """
    sign = -1.0 if program.maximise else 1.0
    multipliers = sign * row_duals
    reduced = sign * program.cost - program.matrix.T @ multipliers
    total = sign * program.offset
    for weight, lower, upper in (
        (multipliers, program.row_lower, program.row_upper),
        (reduced, program.column_lower, program.column_upper),
    ):
        chosen = np.where(weight > 0.0, lower, upper)
        finite = np.isfinite(chosen)
        if (np.abs(weight[~finite]) > _NEGLIGIBLE_WEIGHT).any():
            return None
        total += float(weight[finite] @ chosen[finite])
    return sign * total
