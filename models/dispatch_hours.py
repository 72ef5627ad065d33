"""Hours of a dispatch: when two are the same, and limits written out hour by hour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["HOUR_TOLERANCE", "by_hour", "whole_up"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

HOUR_TOLERANCE = 1e-7
"""Hours closer than this are the same hour: sums of driving times carry rounding noise. [h]"""


def by_hour(limit: Floats, dimensions: int, count: int) -> Floats:
    """Write out a limit hour by hour; what is given once, or last, holds on.

    Parameters
    ----------
    limit
        Shape (...), or (..., hour).
    dimensions
        Dimensions of a limit that is given once.
    count
        Hours wanted.

    Returns
    -------
    Array
        Shape (..., hour).
    """
    if limit.ndim == dimensions:
        limit = limit[..., None]
    return limit[..., np.minimum(np.arange(count), limit.shape[-1] - 1)]


def whole_up(values: Floats) -> Integers:
    """Smallest whole number at or above, noise left aside."""
    return np.ceil(values - HOUR_TOLERANCE).astype(np.int64)
