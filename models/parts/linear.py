"""Linear expressions from arrays, without building a tree of sums."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyomo.core.expr.numeric_expr import LinearExpression

__all__ = ["grouped", "linear"]


def linear(
    coefficients: Iterable[float], variables: Sequence[Any], constant: float = 0.0
) -> LinearExpression:
    """Return ``constant + sum coefficients x variables``."""
    return LinearExpression(
        constant=constant, linear_coefs=list(coefficients), linear_vars=list(variables)
    )


def grouped(keys: NDArray[np.int64], count: int) -> list[NDArray[np.int64]]:
    """Return the positions of each key 0 to ``count - 1``, ascending.

    Parameters
    ----------
    keys
        Shape (entry,), whole numbers.
    count
        Number of keys.
    """
    order = np.argsort(keys, kind="stable")
    ends = np.cumsum(np.bincount(keys, minlength=count))
    return np.split(order, ends[:-1]) if count else []
