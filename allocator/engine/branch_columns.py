"""What a search for whole choices branches on: counts of options in regions, then options."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from models.placement_data import FirstStageData
from models.regions import Region, option_regions, region_matrix

__all__ = ["BranchColumns", "branch_columns"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class BranchColumns:
    """What must be whole: counts of options in regions first, then single options.

    Parameters
    ----------
    upper
        Largest value, shape (whole column,).
    weight
        How much a decision on the column is thought to settle, shape (whole column,).
    kind
        Columns of options of equal volume and cost, shape (whole column,), whole numbers.
    group
        Columns of one kind and size of region, shape (whole column,), whole numbers.
    total
        Columns that count a kind over the whole map, shape (whole column,).
    changes
        Columns of options that cost something at once, shape (whole column,).
    option
        Option of the column, -1 for a count, shape (whole column,).
    around
        Options of the next larger region, whose counts a decision on the column moves, or of the
        region itself if it is the whole map, by whole column.
    members
        Ones for the options of each region, sparse, shape (region, option).
    """

    upper: Floats
    weight: Floats
    kind: Integers
    group: Integers
    total: Flags
    changes: Flags
    option: Integers
    around: tuple[Integers, ...]
    members: sparse.csr_array

    def same_kind(self, column: int) -> Flags:
        """Whole columns of the kind of one of them, shape (whole column,)."""
        return np.asarray(self.kind == self.kind[column])


def branch_columns(first: FirstStageData, free: Integers) -> BranchColumns:
    """Name what must be whole.

    Parameters
    ----------
    first
        Sizes and stock.
    free
        Options that leave a choice, shape (free option,).
    """
    regions = option_regions(first)
    figures = np.stack(
        [first.option_volume_m3, first.option_one_off_cny, first.option_annual_cny], axis=1
    )
    weight = (figures / np.maximum(figures.max(axis=0, initial=0.0), 1e-9)).sum(axis=1)
    lead = np.array([region.options[0] for region in regions], dtype=np.int64)
    level = np.array([region.level for region in regions], dtype=np.int64)
    depth = int(level.max(initial=0)) + 1
    size = np.array([len(region.options) for region in regions], dtype=np.float64)
    kinds = figures[np.concatenate([lead, free])]
    levels = np.concatenate([level, np.full(len(free), depth)])
    keys = np.concatenate([kinds, levels[:, None]], axis=1)
    _, group = np.unique(keys, axis=0, return_inverse=True)
    _, kind = np.unique(kinds, axis=0, return_inverse=True)
    return BranchColumns(
        upper=np.concatenate([size, np.ones(len(free))]),
        weight=np.concatenate([weight[lead], weight[free]]) * 0.5**levels,
        kind=kind.reshape(-1),
        group=group.reshape(-1),
        total=levels == 0,
        changes=kinds[:, 1] > 0,
        option=np.concatenate([np.full(len(regions), -1), free]),
        around=_around(regions, free),
        members=region_matrix(regions, len(first.option_warehouse)),
    )


def _around(regions: Sequence[Region], free: Integers) -> tuple[Integers, ...]:
    """Options of the region around each region, then around each free option."""
    members = [np.array(region.options, dtype=np.int64) for region in regions]
    found: list[Integers] = []
    outer: list[int] = []
    smallest: dict[int, int] = {}
    for k, region in enumerate(regions):
        # A region comes before its halves.
        outer = [r for r in outer if regions[r].level < region.level]
        found.append(members[outer[-1]] if outer else members[k])
        outer.append(k)
        smallest |= dict.fromkeys(region.options, k)
    alone = (np.array([o]) if o not in smallest else members[smallest[o]] for o in free.tolist())
    return (*found, *alone)
