"""What must travel apart or together, with plain loops, for plans tried out one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from models.dispatch_data import DispatchData

__all__ = ["keeps_apart", "keeps_convoys"]


def keeps_apart(data: DispatchData, load: Sequence[int]) -> bool:
    """Whether a vehicle's load has no two items that must not travel together."""
    items = range(data.item_count)
    return data.segregated is None or not any(
        data.segregated[i, j] and load[i] and load[j] for i in items for j in items
    )


def keeps_convoys(data: DispatchData, plan: Sequence[Any]) -> bool:
    """Whether nobody sets off without the company that some rule asks for.

    Vehicles tell their warehouse, district, fleet and start.
    """
    rules = data.convoys
    if rules is None:
        return True
    lanes = zip(data.lane_warehouse.tolist(), data.lane_district.tolist(), strict=True)
    lane = {pair: p for p, pair in enumerate(lanes)}
    for o in plan:
        hour = o.start + data.load_hours[o.fleet]
        for k in range(len(rules.fleet)):
            is_meant = rules.lanes[k, lane[o.warehouse, o.district]]
            is_meant &= rules.from_hours[k] <= hour < rules.to_hours[k]
            fleets = range(data.fleet_count) if rules.fleet[k] < 0 else [int(rules.fleet[k])]
            kinds = {f for f in fleets if rules.kinds is None or rules.kinds[k, f]}
            if not is_meant or o.fleet not in kinds:
                continue
            company = sum(
                (c.warehouse, c.district) == (o.warehouse, o.district)
                and c.start + data.load_hours[c.fleet] == hour
                and c.fleet in kinds
                for c in plan
            )
            if company < rules.vehicles[k]:
                return False
    return True
