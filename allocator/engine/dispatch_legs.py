"""Ways to hubs of one scenario, and what they add to the arrays of a dispatch.

The rules are in ``docs/model.md`` ("Hubs and legs"). In the arrays a hub is a warehouse, and a
place that legs lead to: the last districts stand for the hubs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.approvals import Release
from allocator.case import Case
from allocator.engine.dispatch_hours import barred_on_legs
from allocator.engine.dispatch_periods import period_after
from allocator.engine.dispatch_stock import Holdings
from allocator.engine.hub_service import Way, legs_driven
from allocator.engine.underway import Underway
from allocator.schema.disaster import Scenario
from models.dispatch_data import DispatchData
from models.trip_table import trip_table

__all__ = [
    "Legs",
    "build_legs",
    "goods_hours",
    "released",
    "with_lanes",
    "with_legs",
    "without_legs",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

Goods = Mapping[tuple[int, int], tuple[tuple[float, float], ...]]


@dataclass(frozen=True)
class Legs:
    """Ways to hubs that serve somebody; positions are those of the case.

    Parameters
    ----------
    warehouse, hub
        Where each leg starts and ends, shape (leg,).
    distance_km, drive_hours
        One way, shape (leg, fleet); infinite where a fleet does not go. [km], [h]
    release_hours
        Sign-offs through, shape (leg, item). [h]
    leaves_province
        Shape (leg,).
    closures
        Leg, fleet, and hours ``[from, to)`` without departures. [h]
    hub_units
        Most that there can be at each hub, nothing at other warehouses, shape (case warehouse,
        item). [units]
    goods
        Hour and units of what can be loaded at hubs without any of these legs, by hub and item.
        [h], [units]
    received_m3
        What comes in at hubs already in ``(k, k + 1]``, shape (case warehouse, k); None for
        nothing. [m3]
    """

    warehouse: Integers
    hub: Integers
    distance_km: Floats
    drive_hours: Floats
    release_hours: Floats
    leaves_province: Flags
    closures: tuple[tuple[int, int, float, float], ...]
    hub_units: Integers
    goods: Goods
    received_m3: Floats | None

    def __len__(self) -> int:
        return len(self.warehouse)

    @property
    def hubs(self) -> Integers:
        """Hubs with legs to them or goods, ascending, shape (hub,)."""
        holding = np.array([hub for hub, _ in self.goods], dtype=np.int64)
        return np.unique(np.concatenate([self.hub, holding]))


def build_legs(
    case: Case,
    scenario: Scenario,
    held: Holdings,
    served: Mapping[int, set[int]],
    rules: Release,
    before: Underway | None = None,
) -> Legs | None:
    """Gather the legs of a scenario; None where nothing can go through a hub.

    Parameters
    ----------
    case, scenario
        The case and the scenario.
    held
        Stock of every warehouse.
    served
        Whom each hub serves, as positions in the case.
    rules
        Sign-offs.
    before
        What has left already; None where nothing has.
    """
    listed = legs_driven(case)
    ways = sorted(way for way in listed if served[way[1]])
    known = {} if before is None else before.hub_goods
    goods = {place: batches for place, batches in known.items() if served[place[0]]}
    if not ways and not goods:
        return None
    distance = np.full((len(ways), len(case.vehicles)), np.inf)
    hours, release = distance.copy(), np.zeros((len(ways), len(rules.groups)))
    leaves = np.zeros(len(ways), dtype=bool)
    for leg, (w, h) in enumerate(ways):
        for f, (km, drive) in listed[w, h].items():
            distance[leg, f], hours[leg, f] = km, drive
        if w not in served:
            there = np.array(sorted(served[h]), dtype=np.int64)
            release[leg] = rules.lane_hours(np.full(len(there), w), there).max(axis=0)
            home = rules.warehouse_province[w]
            leaves[leg] = rules.warehouse_province[h] != home
            leaves[leg] |= bool((rules.district_province[there] != home).any())
    return Legs(
        warehouse=np.array([w for w, _ in ways], dtype=np.int64),
        hub=np.array([h for _, h in ways], dtype=np.int64),
        distance_km=distance,
        drive_hours=hours,
        release_hours=release[:, rules.item_group],
        leaves_province=leaves,
        closures=_closures(case, scenario, ways, hours),
        hub_units=_hub_units(held, ways, leaves, set(served)),
        goods=goods,
        received_m3=None if before is None else before.hub_received_m3,
    )


def _closures(
    case: Case, scenario: Scenario, ways: list[Way], hours: Floats
) -> tuple[tuple[int, int, float, float], ...]:
    """Hours without departures of every leg and fleet."""
    place = {way: leg for leg, way in enumerate(ways)}
    warehouse = case.warehouse_index()
    fleet = {row.fleet: k for k, row in enumerate(case.vehicles)}
    found = []
    for row in case.legs:
        leg = place.get((warehouse[row.warehouse], warehouse[row.hub]))
        if leg is not None and row.closed_from_hours is not None:
            until = np.inf if row.closed_to_hours is None else row.closed_to_hours
            found.append((leg, fleet[row.fleet], row.closed_from_hours, until))
    for leg, f in np.argwhere(np.isfinite(hours)).tolist():
        code, kind = case.warehouses[ways[leg][0]].warehouse, case.vehicles[f].fleet
        found += [(leg, f, *span) for span in barred_on_legs(case, scenario, code, kind)]
    return tuple(found)


def _hub_units(held: Holdings, ways: list[Way], leaves: Flags, hubs: set[int]) -> Integers:
    """Stock at a hub and in all that have legs towards it, shape (case warehouse, item)."""
    sources: dict[int, dict[int, bool]] = {h: {h: False} for h in hubs}
    for _ in range(len(hubs) + 1):
        for leg, (w, h) in enumerate(ways):
            more = sources[w] if w in hubs else {w: bool(leaves[leg])}
            for source, is_abroad in more.items():
                sources[h][source] = sources[h].get(source, True) and is_abroad
    total = np.zeros_like(held.usable_units)
    for h, each in sources.items():
        for source, is_abroad in each.items():
            total[h] += (held.outside_units if is_abroad else held.usable_units)[source]
    return total


def with_legs(data: DispatchData, legs: Legs, case: Case, warehouse: Integers) -> DispatchData:
    """Add hubs and legs to a dispatch, and the hours from which goods can be at hubs.

    Parameters
    ----------
    data
        The dispatch with the warehouses and hubs, without legs.
    legs
        The ways to hubs.
    case
        The case.
    warehouse
        Positions in the case of the warehouses of ``data``, ascending, shape (warehouse,).
    """
    hubs = legs.hubs
    rows = [case.warehouses[h] for h in hubs.tolist()]
    fixed = np.array([row.dispatch_cost_cny for row in case.vehicles])
    per_km = np.array([row.cost_cny_per_km for row in case.vehicles])
    km = np.where(np.isfinite(legs.distance_km), legs.distance_km, 0.0)
    receive = data.receive_m3_per_hour
    own = np.array([row.receive_m3_per_hour or np.inf for row in rows], dtype=float)
    own = own if receive.ndim == 1 else np.repeat(own[:, None], receive.shape[1], axis=1)
    if legs.received_m3 is not None:
        own = np.maximum(own - legs.received_m3[hubs], 0.0)
    is_hub = np.isin(warehouse, hubs)
    stock = np.where(is_hub[:, None], legs.hub_units[warehouse], data.stock_units)
    lanes = data.lane_count
    closed = list(zip(*legs.closures, strict=True)) or [(), (), (), ()]
    full = replace(
        data,
        lane_warehouse=np.append(data.lane_warehouse, np.searchsorted(warehouse, legs.warehouse)),
        lane_district=np.append(
            data.lane_district, data.district_count + np.searchsorted(hubs, legs.hub)
        ),
        leaves_province=np.append(data.leaves_province, legs.leaves_province),
        drive_hours=np.concatenate([data.drive_hours, legs.drive_hours]),
        trip_cost_cny=np.concatenate(
            [data.trip_cost_cny, fixed + np.where(data.is_one_way, 1, 2) * km * per_km]
        ),
        drive_back_hours=np.concatenate([data.back_hours, legs.drive_hours]),
        release_hours=np.concatenate([data.release_hours, legs.release_hours]),
        closure_lane=np.append(data.closure_lane, lanes + np.array(closed[0], dtype=np.int64)),
        closure_fleet=np.append(data.closure_fleet, np.array(closed[1], dtype=np.int64)),
        closure_from_hours=np.append(data.closure_from_hours, np.array(closed[2], dtype=float)),
        closure_to_hours=np.append(data.closure_to_hours, np.array(closed[3], dtype=float)),
        stock_units=stock,
        outside_units=np.where(is_hub[:, None], stock, data.outside_units),
        receive_m3_per_hour=np.concatenate([receive, own]),
        hub_warehouse=np.searchsorted(warehouse, hubs),
        hub_transfer_hours=np.array([row.transfer_hours for row in rows], dtype=float),
        hub_goods_units=_by_period(data, legs),
    )
    return released(full)


def _by_period(data: DispatchData, legs: Legs) -> Integers | None:
    """Units that can be loaded at hubs by each period without legs, shape (hub, item, period)."""
    if not legs.goods:
        return None
    hubs = legs.hubs
    found = np.zeros((len(hubs), data.item_count, data.period_count), dtype=np.int64)
    for (hub, item), batches in legs.goods.items():
        for hours, units in batches:
            found[np.searchsorted(hubs, hub), item, period_after(hours) :] += round(units)
    return found


def goods_hours(data: DispatchData) -> Floats:
    """When there is a unit at each hub without any leg, infinite for never, shape (hub, item). [h]

    Parameters
    ----------
    data
        A dispatch with hubs.
    """
    is_there = data.hub_goods > 0
    first = is_there.argmax(axis=2) * data.period_hours
    return np.where(is_there.any(axis=2), first, np.inf)


def released(data: DispatchData) -> DispatchData:
    """Let ways from hubs begin when goods can be there: earliest end of any leg, and transfer.

    Parameters
    ----------
    data
        A dispatch with hubs.
    """
    release = data.release_hours.copy()
    from_hub = np.isin(data.lane_warehouse, data.hub_warehouse)
    hub_at = np.full(data.warehouse_count, -1, dtype=np.int64)
    hub_at[data.hub_warehouse] = np.arange(data.hub_count)
    ready = goods_hours(data)
    for _ in range(data.hub_count + 1):
        release[from_hub] = ready[hub_at[data.lane_warehouse[from_hub]]]
        legs = with_lanes(replace(data, release_hours=release), data.lane_hub >= 0)
        table = trip_table(legs)
        trip, item = np.nonzero(table.carries)
        hub = legs.lane_hub[table.lane[trip]]
        end = table.unload_end_hours[trip] + data.hub_transfer_hours[hub]
        np.minimum.at(ready, (hub, item), end)
    release[from_hub] = ready[hub_at[data.lane_warehouse[from_hub]]]
    return replace(data, release_hours=release)


def with_lanes(data: DispatchData, keep: Flags) -> DispatchData:
    """Keep some lanes, with the closures and convoys on them.

    Parameters
    ----------
    data
        A dispatch.
    keep
        Whether each lane is kept, shape (lane,).
    """
    place = np.cumsum(keep) - 1
    on_kept = keep[data.closure_lane]
    return replace(
        data,
        lane_warehouse=data.lane_warehouse[keep],
        lane_district=data.lane_district[keep],
        leaves_province=data.leaves_province[keep],
        drive_hours=data.drive_hours[keep],
        drive_back_hours=data.back_hours[keep],
        trip_cost_cny=data.trip_cost_cny[keep],
        release_hours=data.release_hours[keep],
        closure_lane=place[data.closure_lane[on_kept]],
        closure_fleet=data.closure_fleet[on_kept],
        closure_from_hours=data.closure_from_hours[on_kept],
        closure_to_hours=data.closure_to_hours[on_kept],
        convoys=None if data.convoys is None else data.convoys.on_lanes(keep),
    )


def without_legs(data: DispatchData) -> DispatchData:
    """Return the relaxation without legs: hubs hold the most that can come in.

    Its trips are the first ones of the trips of ``data``, in the same order.

    Parameters
    ----------
    data
        A dispatch with hubs.
    """
    kept = with_lanes(data, data.lane_hub < 0)
    return replace(
        kept,
        receive_m3_per_hour=data.receive_m3_per_hour[: data.district_count - data.hub_count],
        hub_warehouse=data.hub_warehouse[:0],
        hub_transfer_hours=data.hub_transfer_hours[:0],
        hub_goods_units=None,
    )
