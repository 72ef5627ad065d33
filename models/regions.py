"""Regions in which options of a kind are counted: a tree of halves for each kind.

Sites that are alike make a search repeat itself: closing one moves the same warehouse next door.
Deciding how many of a kind a whole region has, then its halves, does not. That a count is whole is
implied by whole choices; to branch on it settles at once what branching on sites repeats.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.parts.linear import grouped
from models.placement_data import FirstStageData

__all__ = ["Region", "option_regions", "region_matrix"]

Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Region:
    """Options of equal volume and cost in one part of the map.

    Parameters
    ----------
    options
        Two or more.
    level
        0 for the whole map, 1 for its halves, and so on.
    """

    options: tuple[int, ...]
    level: int


def _halves(first: FirstStageData, options: Integers, level: int) -> list[Region]:
    """Return the options as a region, and its halves across its longer side."""
    if len(options) < 2:
        return []
    place = first.position[first.option_warehouse[options]]
    side = int(np.argmax(np.ptp(place, axis=0)))
    order = options[np.argsort(place[:, side], kind="stable")]
    half = len(order) // 2
    return [
        Region(tuple(options.tolist()), level),
        *_halves(first, order[:half], level + 1),
        *_halves(first, order[half:], level + 1),
    ]


def option_regions(first: FirstStageData) -> list[Region]:
    """Return the regions of all kinds of options that leave a choice.

    Parameters
    ----------
    first
        Sizes and stock.
    """
    sizes = np.array([len(first.options_of[w]) for w in first.option_warehouse.tolist()])
    free = np.flatnonzero(sizes > 1)
    figures = (first.option_volume_m3, first.option_one_off_cny, first.option_annual_cny)
    table = np.stack([figure[free] for figure in figures], axis=1)
    kinds, kind = np.unique(table, axis=0, return_inverse=True)
    found = []
    for members in grouped(kind.reshape(-1), len(kinds)):
        found += _halves(first, free[members], 0)
    return found


def region_matrix(regions: Sequence[Region], options: int) -> sparse.csr_array:
    """Return the matrix that counts options taken, shape (region, option): ones for members.

    Parameters
    ----------
    regions
        As made by ``option_regions``.
    options
        Number of options.
    """
    sizes = [len(region.options) for region in regions]
    row = np.repeat(np.arange(len(regions)), sizes)
    column = np.array([o for region in regions for o in region.options], dtype=np.int64)
    places = (row, column)
    return sparse.csr_array((np.ones(len(column)), places), shape=(len(regions), options))
