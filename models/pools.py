"""Warehouses that reach the same districts, taken together.

Where only the amounts matter that reach a district, not what the way costs, warehouses with the
same lanes are one supply: flows from the pool can be shared out among its members, because each
member may send to any district of the pool.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.placement_data import PlacementData

__all__ = ["Pool", "supply_pools"]

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Pool:
    """Warehouses that reach the same districts with an item of a scenario.

    Parameters
    ----------
    scenario, item
        Positions.
    warehouse
        Members, shape (member,).
    district
        Districts in reach that need the item, among those in need, shape (district,).
    is_abroad
        Whether the district lies in another province than all the members, shape (district,).
    """

    scenario: int
    item: int
    warehouse: Integers
    district: Integers
    is_abroad: Flags


def supply_pools(data: PlacementData) -> tuple[Pool, ...]:
    """Group the warehouses by the districts they reach, for each scenario and item.

    Parameters
    ----------
    data
        The placement problem.
    """
    pools: list[Pool] = []
    for s, scenario in enumerate(data.scenarios):
        for i in range(data.first_stage.item_count):
            need = np.flatnonzero(scenario.demand_units[:, i] > 0)
            reached = np.isfinite(scenario.band_hours[data.values.item_group[i]][:, need])
            abroad = reached & scenario.is_abroad[:, need]
            pattern = np.concatenate([reached, abroad], axis=1)
            kinds, member = np.unique(pattern, axis=0, return_inverse=True)
            for k, kind in enumerate(kinds):
                near = np.flatnonzero(kind[: len(need)])
                if len(near):
                    warehouse = np.flatnonzero(member.reshape(-1) == k)
                    away = kind[len(need) :][near]
                    pools.append(Pool(s, i, warehouse, need[near], away))
    return tuple(pools)
