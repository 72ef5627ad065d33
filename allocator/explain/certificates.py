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
    count = data.lane_count
    total = np.zeros((data.district_count, data.item_count))
    may_leave = np.where(
        data.leaves_province[:, None],
        np.minimum(data.outside_units, data.stock_units)[data.lane_warehouse],
        data.stock_units[data.lane_warehouse],
    )
    for item in range(data.item_count):
        on_time = np.zeros(count, dtype=bool)
        on_time[table.lane[table.carries[:, item]]] = True
        np.add.at(total[:, item], data.lane_district, np.where(on_time, may_leave[:, item], 0))
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
    for district in np.flatnonzero(np.isfinite(left.receive).all(axis=1)).tolist():
        trips = problem.district == district
        hours = np.unique(table.receive_hour[trips])
        have = float(left.receive[district, hours].sum())
        items = np.flatnonzero(data.demand_units[district] > 0)
        short = float(volume[district]) - have
        units = _fewest_units(problem, short, data.item_volume_m3, items)
        found.append(Count("receiving", district, None, have, float(volume[district]), "m3", units))
    return found


def _leaving(problem: DispatchProblem, left: Residual) -> list[Count]:
    """What can leave all warehouses in time, by docks and by vehicles, in weight and volume."""
    data = problem.data
    items = np.flatnonzero(data.demand_units.any(axis=0))
    docks, fleet = _dock_starts(problem, left), _round_trips(problem, left)
    found = []
    for unit, room, name in (
        (data.item_weight_kg, data.payload_kg, "kg"),
        (data.item_volume_m3, data.vehicle_volume_m3, "m3"),
    ):
        need = float((data.demand_units @ unit).sum())
        stock = data.stock_units @ unit
        largest = np.where(fleet > 0, room, 0.0).max(axis=1, initial=0.0)
        # Unlimited starts of a vehicle that there is not are none.
        carried = np.where((docks > 0) & (largest > 0), docks, 0.0) * np.maximum(largest, _NOISE)
        driven = (np.where(fleet > 0, fleet, 0.0) * room).sum(axis=1)
        for kind, most in (("docks", carried), ("fleet", driven)):
            have = float(np.minimum(stock, most).sum())
            units = _fewest_units(problem, need - have, unit, items)
            found.append(Count(kind, None, None, have, need, name, units))
    return found


def _dock_starts(problem: DispatchProblem, left: Residual) -> Floats:
    """Load starts from which goods still arrive in time, shape (warehouse,)."""
    start = problem.table.start_period
    is_useful = np.zeros(left.dock.shape, dtype=bool)
    is_useful[problem.warehouse, start] = True
    return np.asarray(np.where(is_useful, left.dock, 0.0).sum(axis=1))


def _round_trips(problem: DispatchProblem, left: Residual) -> Floats:
    """Most trips that vehicles can make in time, shape (warehouse, fleet).

    A vehicle is away for at least the periods of its pool's shortest trip, so that a start blocks
    as many of the periods between the first and the last useful start and what follows it. One that
    does not come back makes one trip.
    """
    data, table = problem.data, problem.table
    pools = data.warehouse_count * data.fleet_count
    length = np.full(pools, np.iinfo(np.int64).max)
    returns = ~data.is_one_way[table.fleet]
    away_periods = table.busy_until_period - table.start_period
    np.minimum.at(length, problem.pool[returns], away_periods[returns])
    first, last = np.full(pools, np.iinfo(np.int64).max), np.full(pools, -1)
    np.minimum.at(first, problem.pool, table.start_period)
    np.maximum.at(last, problem.pool, table.start_period)
    most = np.zeros(pools)
    for pool in np.flatnonzero(last >= 0).tolist():
        away, span = int(length[pool]), int(last[pool] - first[pool])
        idle = float(left.vehicle[pool, first[pool] : last[pool] + 1].max(initial=0.0))
        most[pool] = np.inf if away <= 0 and idle > 0 else idle * (span // max(away, 1) + 1)
    return most.reshape(data.warehouse_count, data.fleet_count)
