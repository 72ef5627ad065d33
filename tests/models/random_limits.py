"""Limits of random dispatch problems: vehicles that come later, rests, and stock that expires."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.lasting_stock import LastingStock

__all__ = ["lasting", "vehicles_later", "way_back"]

Floats = NDArray[np.float64]


def vehicles_later(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Draw vehicles of which some come an hour later, shape (warehouse, fleet, 2 periods)."""
    first = rng.choice([1.0, 1.0, 1.0, 2.0, np.inf], shape)
    is_late = rng.choice([0.0, 0.0, 0.5], shape) > 0
    now = np.where(is_late, np.where(first == 2.0, 1.0, 0.0), first)
    return np.stack([now, first], axis=2)


def way_back(seed: int, drive_hours: Floats) -> Floats | None:
    """Rests on the way back, in every third case."""
    rng = np.random.default_rng([seed, 2])
    if rng.random() > 0.33:
        return None
    return np.asarray(drive_hours + rng.choice([0.0, 1.0, 2.0], drive_hours.shape))


def lasting(seed: int, stock: NDArray[np.int64], outside: NDArray[np.int64]) -> LastingStock:
    """Stock that expires in two steps, in every third case."""
    rng = np.random.default_rng([seed, 3])
    if rng.random() > 0.33:
        return LastingStock()
    rows = []
    for (w, i), units in np.ndenumerate(stock):
        left = int(units)
        for hours in sorted(rng.choice([1.5, 2.0, 2.5, 3.0], 2, replace=False)):
            left = int(rng.integers(0, left + 1))
            rows.append((w, i, hours, left, False))
            rows.append((w, i, hours, min(left, int(outside[w, i])), True))
    where, item, hours, most, leaves = (np.array(column) for column in zip(*rows, strict=True))
    return LastingStock(where, item, hours, most.astype(float), leaves)
