"""Counting certificates: how much there is against how much is needed, without any solve.

Each bounds from above what can come under any plan. Where it is less than the need, at least so
many units are missing whoever plans.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_draft import Residual, empty_draft, residual
from allocator.engine.dispatch_problem import DispatchProblem
from allocator.explain.hub_counts import ways_through_hubs

__all__ = ["Count", "certificates"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_NOISE = 1e-6


@dataclass(frozen=True)
class Count:
    """One count.

    Parameters
    ----------
    kind
        ``supply``, ``reach``, ``docks``, ``fleet`` or ``receiving``.
    district, item
        Positions in the problem; None for all.
    have, need, unit
        What can come at most and what is needed, in units, kg or m3.
    short_units
        Units that are missing under every plan. [units]
    """

    kind: str
    district: int | None
    item: int | None
    have: float
    need: float
    unit: str
    short_units: float


@dataclass(frozen=True)
class Departures:
    """Trips by whose number what can come is bounded.

    Parameters
    ----------
    trip
        The trips; all that is delivered goes by one of them, but for ``more_units``.
    stock_units
        Most that they can carry from each place, shape (warehouse, item). [units]
    more_units
        What comes without any of them, shape (item,). [units]
    """

    trip: Integers
    stock_units: Integers
    more_units: Floats


def certificates(problem: DispatchProblem, usable_units: Floats) -> list[Count]:
    """Count what can come of each item, to each district, and altogether.

    Parameters
    ----------
    problem
        The problem.
    usable_units
        Usable stock anywhere, shape (any warehouse, item). [units]

    Returns
    -------
    list
        Supply by item, reach by district and item where need may be short, receiving by district
        with a limit, docks and vehicles by weight and by volume.
    """
    data = problem.data
    need = data.demand_units
    stock = usable_units.sum(axis=0)
    found = [
        _units("supply", None, i, float(stock[i]), float(need[:, i].sum()))
        for i in np.flatnonzero(need.any(axis=0)).tolist()
    ]
    reached = _reached_units(problem)
    found += [
        _units("reach", d, i, float(reached[d, i]), float(need[d, i]))
        for d, i in np.argwhere(need > _NOISE).tolist()
        if reached[d, i] < need[d, i] - _NOISE
    ]
    left = residual(problem, empty_draft(problem))
    found += _receiving(problem, left)
    return found + _leaving(problem, left)


def _units(kind: str, district: int | None, item: int | None, have: float, need: float) -> Count:
    """Count in units of one item."""
    short = max(0.0, need - have)
    return Count(kind, district, item, have, need, "units", short if short > _NOISE else 0.0)


def _reached_units(problem: DispatchProblem) -> Floats:
    """Units that could be there in time, each district by itself, shape (district, item)."""
    data, table = problem.data, problem.table
    total = np.zeros((data.district_count, data.item_count))
    outside = np.minimum(data.outside_units, data.stock_units)
    shape = (data.warehouse_count, data.district_count)
    for item in range(data.item_count):
        on_time = np.unique(table.lane[table.carries[:, item]])
        home, to = data.lane_warehouse[on_time], data.lane_district[on_time]
        is_way, stays = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        is_way[home, to] = True
        stays[home, to] = ~data.leaves_province[on_time]
        if data.hub_count:
            hubs = ways_through_hubs(problem, item)
            is_way, stays = is_way | hubs.is_way, stays | hubs.stays
            is_way[data.hub_warehouse] = False
            total[:, item] += hubs.there_units
        stock = np.where(stays, data.stock_units[:, [item]], outside[:, [item]])
        total[:, item] += np.where(is_way, stock, 0).sum(axis=0)
    return total


def _fewest_units(problem: DispatchProblem, short: float, unit: Floats, items: Integers) -> float:
    """Fewest units that amount to what is short, the bulkiest item alone missing."""
    most = float(unit[items].max(initial=0.0))
    if short <= _NOISE or most <= 0:
        return 0.0
    fewest = short / most
    # Whole units are delivered: of a need in whole units, whole units are missing.
    is_whole = not (problem.need_rest_units > _NOISE).any()
    return float(np.ceil(fewest - _NOISE)) if is_whole else fewest


def _receiving(problem: DispatchProblem, left: Residual) -> list[Count]:
    """What districts with a limit can take in the hours in which anything can arrive."""
    data, table = problem.data, problem.table
    volume = data.demand_units @ data.item_volume_m3
    found = []
    districts = slice(data.district_count - data.hub_count)
    for district in np.flatnonzero(np.isfinite(left.receive[districts]).all(axis=1)).tolist():
        trips = problem.district == district
        hours = np.unique(table.receive_hour[trips])
        have = float(left.receive[district, hours].sum())
        items = np.flatnonzero(data.demand_units[district] > 0)
        short = float(volume[district]) - have
        units = _fewest_units(problem, short, data.item_volume_m3, items)
        found.append(Count("receiving", district, None, have, float(volume[district]), "m3", units))
    return found


def _leaving(problem: DispatchProblem, left: Residual) -> list[Count]:
    """What can leave all warehouses in time, by docks and by vehicles, in weight and volume.

    Where goods go through hubs they leave twice, where they lay and the last place: the less of
    both counts.
    """
    data = problem.data
    items = np.flatnonzero(data.demand_units.any(axis=0))
    found = []
    for unit, room, name in (
        (data.item_weight_kg, data.payload_kg, "kg"),
        (data.item_volume_m3, data.vehicle_volume_m3, "m3"),
    ):
        need = float((data.demand_units @ unit).sum())
        most = [_carried(problem, left, chosen, (unit, room)) for chosen in _departures(problem)]
        for kind, amounts in zip(("docks", "fleet"), zip(*most, strict=True), strict=True):
            have = min(amounts)
            units = _fewest_units(problem, need - have, unit, items)
            found.append(Count(kind, None, None, have, need, name, units))
    return found


def _departures(problem: DispatchProblem) -> list[Departures]:
    """Of which trips what leaves is counted, and of which places."""
    data = problem.data
    every = np.arange(problem.trip_count)
    if data.hub_count == 0:
        return [Departures(every, data.stock_units, 0 * data.item_weight_kg)]
    is_hub = np.isin(np.arange(data.warehouse_count), data.hub_warehouse)
    own = np.where(is_hub[:, None], 0, data.stock_units)
    first = every[~is_hub[problem.warehouse]]
    last = every[data.lane_hub[problem.table.lane] < 0]
    goods = data.hub_goods[:, :, -1].sum(axis=0).astype(float)
    return [
        Departures(first, own, goods),
        Departures(last, data.stock_units, 0.0 * goods),
    ]


def _carried(
    problem: DispatchProblem, left: Residual, chosen: Departures, sizes: tuple[Floats, Floats]
) -> tuple[float, float]:
    """What some trips can carry away, by docks and by vehicles, in kg or m3."""
    unit, room = sizes
    docks, fleet = (count(problem, left, chosen.trip) for count in (_dock_starts, _round_trips))
    stock, more = chosen.stock_units @ unit, float(chosen.more_units @ unit)
    largest = np.where(fleet > 0, room, 0.0).max(axis=1, initial=0.0)
    # Unlimited starts of a vehicle that there is not are none.
    by_docks = np.where((docks > 0) & (largest > 0), docks, 0.0) * np.maximum(largest, _NOISE)
    by_fleet = (np.where(fleet > 0, fleet, 0.0) * room).sum(axis=1)
    return (
        more + float(np.minimum(stock, by_docks).sum()),
        more + float(np.minimum(stock, by_fleet).sum()),
    )


def _dock_starts(problem: DispatchProblem, left: Residual, trip: Integers) -> Floats:
    """Load starts from which goods still arrive in time, shape (warehouse,)."""
    is_useful = np.zeros(left.dock.shape, dtype=bool)
    is_useful[problem.warehouse[trip], problem.table.start_period[trip]] = True
    return np.asarray(np.where(is_useful, left.dock, 0.0).sum(axis=1))


def _round_trips(problem: DispatchProblem, left: Residual, trip: Integers) -> Floats:
    """Most of some trips that vehicles can make in time, shape (warehouse, fleet).

    A vehicle is away for at least the periods of its pool's shortest trip, so that a start blocks
    as many of the periods between the first and the last useful start and what follows it. One that
    does not come back makes one trip.
    """
    data, table = problem.data, problem.table
    pools = data.warehouse_count * data.fleet_count
    length = np.full(pools, np.iinfo(np.int64).max)
    returns = trip[~data.is_one_way[table.fleet[trip]]]
    away_periods = table.busy_until_period[returns] - table.start_period[returns]
    np.minimum.at(length, problem.pool[returns], away_periods)
    first, last = np.full(pools, np.iinfo(np.int64).max), np.full(pools, -1)
    np.minimum.at(first, problem.pool[trip], table.start_period[trip])
    np.maximum.at(last, problem.pool[trip], table.start_period[trip])
    most = np.zeros(pools)
    for pool in np.flatnonzero(last >= 0).tolist():
        away, span = int(length[pool]), int(last[pool] - first[pool])
        idle = float(left.vehicle[pool, first[pool] : last[pool] + 1].max(initial=0.0))
        most[pool] = np.inf if away <= 0 and idle > 0 else idle * (span // max(away, 1) + 1)
    return most.reshape(data.warehouse_count, data.fleet_count)
