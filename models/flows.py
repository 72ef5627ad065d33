"""Positions of every need and every lane with a need, over all scenarios."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.placement_data import PlacementData

__all__ = ["FlowIndex", "flow_index"]

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class FlowIndex:
    """Needs and flows as parallel arrays; the district is a position among those in need.

    Parameters
    ----------
    need_scenario, need_district, need_item
        Who lacks what where, shape (need,), sorted.
    scenario, warehouse, district, item
        Shape (flow,), sorted by scenario, item, warehouse, district.
    need
        Position of the flow's need, shape (flow,).
    is_abroad
        Whether the flow leaves the province, shape (flow,).
    source_key
        One number for each scenario, warehouse and item, shape (flow,).
    """

    need_scenario: Integers
    need_district: Integers
    need_item: Integers
    scenario: Integers
    warehouse: Integers
    district: Integers
    item: Integers
    need: Integers
    is_abroad: Flags
    source_key: Integers


def flow_index(data: PlacementData) -> FlowIndex:
    """List the needs and the lanes that can serve them."""
    W, count = data.first_stage.warehouse_count, data.first_stage.item_count
    needs: list[Integers] = []
    flows: list[Integers] = []
    abroad: list[Flags] = []
    total = 0
    for s, scenario in enumerate(data.scenarios):
        for i in range(count):
            place = np.flatnonzero(scenario.demand_units[:, i] > 0)
            has_lane = np.isfinite(scenario.band_hours[data.values.item_group[i]][:, place])
            w, k = np.nonzero(has_lane)
            needs.append(np.array([np.full_like(place, s), place, np.full_like(place, i)]))
            flows.append(np.array([np.full_like(w, s), w, place[k], np.full_like(w, i), total + k]))
            abroad.append(scenario.is_abroad[w, place[k]])
            total += len(place)
    need = np.concatenate(needs, axis=1) if needs else np.zeros((3, 0), dtype=np.int64)
    flow = np.concatenate(flows, axis=1) if flows else np.zeros((5, 0), dtype=np.int64)
    return FlowIndex(
        need_scenario=need[0],
        need_district=need[1],
        need_item=need[2],
        scenario=flow[0],
        warehouse=flow[1],
        district=flow[2],
        item=flow[3],
        need=flow[4],
        is_abroad=np.concatenate(abroad) if abroad else np.zeros(0, dtype=bool),
        source_key=(flow[0] * W + flow[1]) * count + flow[3],
    )
