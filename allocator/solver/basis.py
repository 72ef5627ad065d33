"""Where columns and rows stand after a solve of a linear program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

__all__ = ["AT_LOWER", "AT_UPPER", "BASIC", "Basis", "give_basis", "read_basis"]

AT_LOWER, BASIC, AT_UPPER = 0, 1, 2
"""HiGHS' numbers for a column at its lower bound, in the basis, and at its upper bound."""

_STATUSES = {int(s): s for s in highspy.HighsBasisStatus.__members__.values()}


@dataclass(frozen=True)
class Basis:
    """Where columns and rows stand, in HiGHS' numbers.

    Parameters
    ----------
    columns, rows
        Shapes (column,) and (row,).
    """

    columns: NDArray[np.int8]
    rows: NDArray[np.int8]

    def with_rows(self, count: int) -> Basis:
        """Return the basis of a program that has got rows at its end, ``count`` in all."""
        added = np.full(count - len(self.rows), BASIC, dtype=np.int8)
        return Basis(self.columns, np.concatenate([self.rows, added]))


def read_basis(highs: Any) -> Basis | None:
    """Return the basis of the last solve of a HiGHS object, None if there is none."""
    held = highs.getBasis()
    if not held.valid:
        return None
    columns, rows = ([int(s) for s in own] for own in (held.col_status, held.row_status))
    return Basis(np.array(columns, dtype=np.int8), np.array(rows, dtype=np.int8))


def give_basis(highs: Any, basis: Basis) -> None:
    """Have a HiGHS object begin at a basis, which may have gaps."""
    held = highspy.HighsBasis()
    held.col_status = [_STATUSES[k] for k in basis.columns.tolist()]
    held.row_status = [_STATUSES[k] for k in basis.rows.tolist()]
    held.valid = held.alien = True
    highs.setBasis(held)
