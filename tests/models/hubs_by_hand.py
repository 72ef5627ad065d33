"""Every plan of a tiny problem with hubs, tried out with plain loops.

Written from ``docs/model.md``; shares nothing with the engine. Needs arise at hour 0.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from models.dispatch_data import DispatchData
from tests.models.together_by_hand import keeps_apart, keeps_convoys

__all__ = ["best_through_hubs"]


@dataclass(frozen=True)
class _Vehicle:
    """One vehicle that could drive with one load; ``hub`` is -1 where it goes to a district."""

    warehouse: int
    district: int
    fleet: int
    start: int
    end: float
    back: float
    load: tuple[int, ...]
    source: int
    hub: int


def _vehicles(data: DispatchData) -> list[_Vehicle]:
    """Every vehicle with every load that keeps the rules by itself, those to hubs first."""
    hubs = data.hub_warehouse.tolist()
    first_hub = data.district_count - len(hubs)
    found = []
    for p, f, start in itertools.product(
        range(data.lane_count), range(data.fleet_count), range(data.period_count)
    ):
        w, d = int(data.lane_warehouse[p]), int(data.lane_district[p])
        end = start + float(data.load_hours[f] + data.drive_hours[p, f] + data.unload_hours[f])
        if end > data.deadline_hours + 1e-9 or data.vehicles_by_period[w, f, start] < 1:
            continue
        hub, source = d - first_hub, hubs.index(w) if w in hubs else -1
        needed = data.demand_units.sum(axis=0) if hub >= 0 else data.demand_units[d]
        back = math.inf if data.is_one_way[f] else end + float(data.drive_hours[p, f])
        for load in itertools.product(*(range(int(units) + 1) for units in needed)):
            kg = float(np.dot(load, data.item_weight_kg))
            m3 = float(np.dot(load, data.item_volume_m3))
            fits = kg <= data.payload_kg[f] + 1e-9 and m3 <= data.vehicle_volume_m3[f] + 1e-9
            if any(load) and fits and keeps_apart(data, load):
                found.append(_Vehicle(w, d, f, start, end, back, load, source, max(hub, -1)))
    return sorted(found, key=lambda each: (each.hub < 0, each.source >= 0))


def _can_join(data: DispatchData, plan: list[_Vehicle]) -> bool:
    """Whether the last vehicle of a plan can be added to the ones before it."""
    new = plan[-1]
    pool = [o for o in plan if (o.warehouse, o.fleet) == (new.warehouse, new.fleet)]
    for moment in {o.start for o in pool}:
        out = sum(o.start <= moment < o.back for o in pool)
        if out > data.vehicles_by_period[new.warehouse, new.fleet, moment]:
            return False
    same = [o for o in plan if o.warehouse == new.warehouse]
    if sum(o.start == new.start for o in same) > data.docks_by_period[new.warehouse, new.start]:
        return False
    for i in range(data.item_count):
        into = sum(o.load[i] for o in plan if o.district == new.district)
        if new.hub < 0 and into > data.demand_units[new.district, i]:
            return False
        if new.source < 0:
            if sum(o.load[i] for o in same) > data.stock_units[new.warehouse, i]:
                return False
            continue
        for out in (o for o in same if o.load[i]):
            come = sum(
                o.load[i]
                for o in plan
                if o.hub == new.source
                and o.end + data.hub_transfer_hours[o.hub] <= out.start + 1e-9
            )
            if sum(o.load[i] for o in same if o.start <= out.start) > come:
                return False
    return True


def best_through_hubs(data: DispatchData, most_plans: int) -> tuple[float, float] | None:
    """Least unmet, and then waiting, of all plans; None if there are too many to try.

    Parameters
    ----------
    data
        Without release, closures, receiving or goods at hubs, and without ways between hubs.
    most_plans
        Plans that are tried.
    """
    vehicles = _vehicles(data)

    def extend(plan: list[_Vehicle], first: int) -> Iterator[list[_Vehicle]]:
        yield plan
        for k in range(first, len(vehicles)):
            if _can_join(data, longer := [*plan, vehicles[k]]):
                yield from extend(longer, k)

    best = math.inf, math.inf
    for tried, plan in enumerate(extend([], 0)):
        if tried > most_plans:
            return None
        if keeps_convoys(data, plan):
            best = min(best, _values(data, plan))
    return best


def _values(data: DispatchData, plan: list[_Vehicle]) -> tuple[float, float]:
    """Unmet and waiting of a plan."""
    unmet = waiting = 0.0
    for n in range(data.need_count):
        d, i, weight = data.need_district[n], data.need_item[n], float(data.need_weight[n])
        came = [(o.load[i], o.end) for o in plan if o.district == d]
        missing = float(data.need_units[n]) - sum(units for units, _ in came)
        unmet += weight * missing
        waiting += weight * (missing * data.deadline_hours + sum(u * end for u, end in came))
    return round(unmet, 6), round(waiting, 6)
