"""What a covering question can leave out without changing its answer.

A warehouse that reaches no district beyond those another one reaches is never needed; a district
that is reached by every warehouse that reaches another one is covered with it.
Source: Toregas, ReVelle, Papers of the Regional Science Association 28 (1972) 133-144.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["undominated"]

BoolArray = NDArray[np.bool_]
IndexArray = NDArray[np.intp]


def undominated(reach: BoolArray) -> tuple[IndexArray, IndexArray]:
    """Return the warehouses and districts that decide a covering question.

    Parameters
    ----------
    reach
        Whether a warehouse reaches a district, shape (warehouse, district).

    Returns
    -------
    tuple
        Numbers of warehouses and of districts, each ascending. Covering these districts with
        these warehouses is as cheap as covering all with all, and does so.
    """
    warehouses, districts = np.arange(reach.shape[0]), np.arange(reach.shape[1])
    while True:
        kept_warehouses = _maximal(reach)
        reach = reach[kept_warehouses]
        kept_districts = _maximal(~reach.T)
        reach = reach[:, kept_districts]
        if kept_warehouses.size == warehouses.size and kept_districts.size == districts.size:
            return warehouses, districts
        warehouses, districts = warehouses[kept_warehouses], districts[kept_districts]


def _maximal(sets: BoolArray) -> IndexArray:
    """Return the sets that are contained in no other one; of equal sets the first.

    Parameters
    ----------
    sets
        Whether a set holds an element, shape (set, element).
    """
    members = sets.astype(np.float32)
    size = members.sum(axis=1)
    # Sums of 0 and 1 below 2**24 are exact in this type.
    contained = members @ members.T >= size[:, None]
    equal = contained & contained.T
    proper = contained & ~equal
    earlier_twin = np.tril(equal, -1).any(axis=1)
    return np.flatnonzero(~(proper.any(axis=1) | earlier_twin))
