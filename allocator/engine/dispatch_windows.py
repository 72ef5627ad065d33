"""Windows of hours: limits on docks, vehicles and receiving, first added up, then split.

Adding up an hourly limit over a window gives a valid relaxation. A solution of the relaxation shows
where the hourly limits bind: there the windows are split.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Windows", "split_congested", "whole_horizon"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_SHARE, _NOISE = 1e-3, 1e-6
"""Use above a limit by less than this share of it is left to the bound's repair, and by how much
use of what is closed is noise."""


@dataclass(frozen=True)
class Windows:
    """Partition of the hours of some resources into windows.

    Parameters
    ----------
    limit
        Limit of each resource in each hour, infinite for none, shape (resource, hour).
    row
        Window of each hour, -1 where a resource has no limit at all, shape (resource, hour); the
        windows are numbered from 0 without gaps.
    """

    limit: Floats
    row: Integers

    def intervals(self) -> tuple[Integers, Integers, Integers]:
        """Resource, first hour and hour after the last one of each window, shape (window,)."""
        limited = np.flatnonzero(np.isfinite(self.limit).any(axis=1))
        is_first = np.ones((len(limited), self.row.shape[1]), dtype=bool)
        is_first[:, 1:] = np.diff(self.row[limited], axis=1) != 0
        place, begin = np.nonzero(is_first)
        last = np.append(place[1:] != place[:-1], True)[: len(place)]
        end = np.where(last, self.row.shape[1], np.append(begin[1:], 0)[: len(begin)])
        return limited[place], begin, end


def _numbered(cuts: NDArray[np.bool_], limit: Floats) -> Windows:
    """Windows that begin where there is a cut."""
    cuts = cuts.copy()
    cuts[:, 0] = True
    limited = np.isfinite(limit).any(axis=1)
    row = np.full(cuts.shape, -1, dtype=np.int64)
    row[limited] = (np.cumsum(cuts[limited].ravel()) - 1).reshape(-1, cuts.shape[1])
    return Windows(limit, row)


def whole_horizon(limit: Floats) -> Windows:
    """One window for all hours of each limited resource; hours without a limit stand apart.

    Parameters
    ----------
    limit
        Shape (resource, hour).
    """
    cuts = np.zeros(limit.shape, dtype=bool)
    cuts[:, 1:] = np.diff(np.isfinite(limit).astype(np.int8), axis=1) != 0
    return _numbered(cuts, limit)


def split_congested(
    windows: Windows, use: Floats, *, spread: bool, single_hours: int = 6
) -> tuple[Windows, int, float]:
    """Split windows in the hours that are over their limit or that the excess would spill into.

    What is above the limit in an hour is carried over to the next ones, as a queue would; every
    hour with a queue is cut off on its own.

    Parameters
    ----------
    windows
        The present ones.
    use
        Use by hour, shape (resource, hour).
    spread
        Whether long queues are cut in steps of two and four hours after ``single_hours``.
    single_hours
        Hours of a queue that are cut off one by one.

    Returns
    -------
    tuple
        New windows, number of cuts added, total excess over the hourly limits.
    """
    limit = windows.limit
    tolerance = np.where(np.isfinite(limit), _SHARE * limit + _NOISE, np.inf)
    over = np.maximum(use - limit, 0.0)
    over[over <= tolerance] = 0.0
    cuts = np.zeros((use.shape[0], use.shape[1] + 1), dtype=bool)
    cuts[:, 1:-1] = np.diff(windows.row, axis=1) != 0
    before = int(cuts.sum())
    queue = np.zeros(len(use))
    run = np.zeros(len(use), dtype=np.int64)
    for hour in range(use.shape[1]):
        queue = np.maximum(queue + use[:, hour] - limit[:, hour], 0.0)
        is_full = (queue > tolerance[:, hour]) | (over[:, hour] > 0)
        run = np.where(is_full, run + 1, 0)
        step = np.where(run <= single_hours, 1, np.where(run <= 2 * single_hours, 2, 4))
        chosen = is_full & (run % step == 0) if spread else is_full
        cuts[:, hour] |= chosen
        cuts[:, hour + 1] |= chosen
    cuts[:, 0] = False
    cuts[:, -1] = False
    refined = _numbered(cuts[:, :-1], windows.limit)
    return refined, int(cuts.sum()) - before, float(over.sum())
