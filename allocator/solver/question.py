"""What a solve is asked: a program in HiGHS, its columns beside it, options and who hears."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from allocator.errors import SolveError
from allocator.solver.loading import give_start, load_program
from allocator.solver.options import SolveOptions
from allocator.solver.programs import LinearProgram
from allocator.solver.runs import RunListener, empty_highs

__all__ = ["ColumnData", "Question"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

#: A run with integers is left behind after this silence, longer by so much for each coefficient:
#: a great program may be presolved, or solved as a linear one, without a word for minutes. [s]
_PATIENCE_SECONDS = 5.0
_PATIENCE_SECONDS_EACH = 1e-3


@dataclass
class ColumnData:
    """Columns of a program, kept beside HiGHS so that answers can be checked without it.

    Each of shape (column,).
    """

    cost: FloatArray
    lower: FloatArray
    upper: FloatArray
    integer: BoolArray

    def joined(self, other: ColumnData) -> ColumnData:
        """Return these columns followed by the other ones."""
        return ColumnData(
            np.concatenate([self.cost, other.cost]),
            np.concatenate([self.lower, other.lower]),
            np.concatenate([self.upper, other.upper]),
            np.concatenate([self.integer, other.integer]),
        )

    def without(self, where: NDArray[np.int32]) -> ColumnData:
        """Return these columns without some."""
        return ColumnData(
            np.delete(self.cost, where),
            np.delete(self.lower, where),
            np.delete(self.upper, where),
            np.delete(self.integer, where),
        )


@dataclass
class Question:
    """Everything that one solve needs.

    Parameters
    ----------
    highs
        HiGHS object with the program; another one after a run that was left behind.
    columns
        Its columns.
    row_lower, row_upper
        Its row bounds, shape (row,).
    offset, maximise
        Constant and sense of the objective.
    options, listener
        How to solve, and who hears about it.
    start
        Plan that HiGHS was given, shape (column,), NaN where unknown.
    """

    highs: Any
    columns: ColumnData
    row_lower: FloatArray
    row_upper: FloatArray
    offset: float
    maximise: bool
    options: SolveOptions
    listener: RunListener
    start: FloatArray | None = None

    @property
    def is_mip(self) -> bool:
        """Whether a column must be whole."""
        return bool(self.columns.integer.any())

    @property
    def seconds(self) -> float:
        """Time since the solve began. [s]"""
        return time.perf_counter() - self.listener.started

    @property
    def remaining_seconds(self) -> float:
        """Time until the limit, ``inf`` without one. [s]"""
        limit = self.options.time_limit_seconds
        return math.inf if limit is None else max(0.0, limit - self.seconds)

    @property
    def patience_seconds(self) -> float | None:
        """Silence after which a run counts as hung, None for one that is waited for. [s]"""
        if not self.is_mip:
            return None
        return _PATIENCE_SECONDS + _PATIENCE_SECONDS_EACH * int(self.highs.getNumNz())

    def begin_anew(self) -> None:
        """Leave the HiGHS object behind for another one with the same program and start."""
        left = self.program()
        self.highs = empty_highs()
        load_program(self.highs, replace(left, matrix=sparse.csc_array(left.matrix)))
        give_start(self.highs, self.start)

    def objective_of(self, values: FloatArray) -> float:
        """Return the objective of column values, shape (column,)."""
        return float(self.columns.cost @ values) + self.offset

    def program(self) -> LinearProgram:
        """Return the program as HiGHS holds it now."""
        count = self.row_lower.size
        shape = (count, self.columns.cost.size)
        if count == 0:
            matrix: Any = sparse.csc_array(shape)
        else:
            everything = np.arange(count, dtype=np.int32)
            status, starts, indices, data = self.highs.getRowsEntries(count, everything)
            if status != highspy.HighsStatus.kOk:
                raise SolveError("HiGHS does not hand out its rows.")
            pointer = np.append(starts, len(data)).astype(np.int32)
            matrix = sparse.csr_array((data, indices, pointer), shape=shape)
        columns = self.columns
        return LinearProgram(
            columns.cost,
            self.offset,
            columns.lower,
            columns.upper,
            columns.integer,
            matrix,
            self.row_lower,
            self.row_upper,
            self.maximise,
        )
