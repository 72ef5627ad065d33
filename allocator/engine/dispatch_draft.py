"""Drafts: vehicles by departure with loads that may still be fractions of units.

The loads of a draft are by slot: the needs of a district in the order item, rank of the hour they
arise; ``slot_needs`` gives the need of each. What a draft leaves over of every resource is its
``Residual``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_problem import DispatchProblem, StagePrices

__all__ = [
    "Draft",
    "Ready",
    "Residual",
    "draft_value",
    "empty_draft",
    "join_drafts",
    "residual",
    "slot_needs",
    "startable",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Draft:
    """Departures with vehicles and loads; no departure twice.

    Parameters
    ----------
    trip
        Position in the trip table, shape (departure,), ascending.
    vehicles
        How many drive, shape (departure,), whole.
    load
        What they carry together, shape (departure, slot). [units]
    """

    trip: Integers
    vehicles: Floats
    load: Floats

    def departures(self) -> Integers:
        """Departure of each vehicle, shape (vehicle,)."""
        return np.repeat(self.trip, self.vehicles.astype(np.int64))

    def only(self, chosen: Flags) -> Draft:
        """Return some of the departures."""
        return Draft(self.trip[chosen], self.vehicles[chosen], self.load[chosen])


def slot_needs(problem: DispatchProblem, trip: Integers) -> Integers:
    """Need of each slot of a trip's district, -1 where none, shape (trip, slot)."""
    table = problem.need_of.reshape(problem.data.district_count, problem.slot_count)
    return table[problem.district[trip]]


def empty_draft(problem: DispatchProblem) -> Draft:
    """Return a draft in which nobody drives."""
    return Draft(np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros((0, problem.slot_count)))


def join_drafts(one: Draft, other: Draft) -> Draft:
    """Put two drafts without common departures together."""
    trip = np.concatenate([one.trip, other.trip])
    order = np.argsort(trip, kind="stable")
    return Draft(
        trip[order],
        np.concatenate([one.vehicles, other.vehicles])[order],
        np.concatenate([one.load, other.load])[order],
    )


def loaded(problem: DispatchProblem, draft: Draft) -> tuple[Integers, Integers, Floats]:
    """Departure, need and units of everything on board, shape (entry,)."""
    departure, slot = np.nonzero(draft.load > 0)
    need = slot_needs(problem, draft.trip)[departure, slot]
    return departure, need, draft.load[departure, slot]


def draft_value(problem: DispatchProblem, prices: StagePrices, draft: Draft) -> float:
    """Value of a draft in a stage."""
    departure, need, units = loaded(problem, draft)
    missing = problem.need_units - np.bincount(need, units, minlength=problem.data.need_count)
    late = prices.late[need] * problem.wait_hours(draft.trip[departure], need) * units
    driving = problem.trip_price(prices, draft.trip) * draft.vehicles
    lost = prices.lost * np.maximum(missing, 0.0)
    return float(late.sum() + driving.sum() + lost.sum()) + problem.rest_price(prices)


class Ready(Protocol):
    """Docks and vehicles that are left; ``Residual`` is one."""

    @property
    def dock(self) -> Floats:
        """Load starts, shape (warehouse, period). [vehicles]."""

    @property
    def vehicle(self) -> Floats:
        """Shape (pool, period). [vehicles]."""


@dataclass(frozen=True)
class Residual:
    """What is left of every resource.

    Parameters
    ----------
    need
        Shape (need,). [units]
    stock, outside
        Shape (warehouse, item). [units]
    dock
        Load starts, shape (warehouse, period).
    vehicle
        Shape (pool, period).
    receive
        Shape (district, receiving hour). [m3]
    lasting
        What may still be unloaded after goods have expired, shape (lasting,). [units]
    """

    need: Floats
    stock: Floats
    outside: Floats
    dock: Floats
    vehicle: Floats
    receive: Floats
    lasting: Floats


def residual(problem: DispatchProblem, draft: Draft) -> Residual:
    """Return what a draft leaves over."""
    data, table = problem.data, problem.table
    trip = draft.trip
    departure, need, units = loaded(problem, draft)
    warehouse, item = problem.warehouse[trip[departure]], data.need_item[need]
    stock, outside = data.stock_units.astype(float), data.outside_units.astype(float)
    np.subtract.at(stock, (warehouse, item), units)
    out = problem.leaves[trip[departure]]
    np.subtract.at(outside, (warehouse[out], item[out]), units[out])
    lasting = data.lasting.units.astype(float)
    load, drawn = problem.lasting_drawn(trip[departure], item)
    np.subtract.at(lasting, drawn, units[load])
    dock = problem.dock_limit.copy()
    np.subtract.at(dock, (problem.warehouse[trip], table.start_period[trip]), draft.vehicles)
    receive = problem.receive_limit.copy()
    place = problem.district[trip[departure]], table.receive_hour[trip[departure]]
    np.subtract.at(receive, place, units * problem.volume_m3[need])
    return Residual(
        need=problem.need_units - np.bincount(need, units, minlength=data.need_count),
        stock=stock,
        outside=outside,
        dock=dock,
        vehicle=problem.pool_limit - problem.under_way(trip, draft.vehicles),
        receive=receive,
        lasting=lasting,
    )


def startable(problem: DispatchProblem, left: Ready, trip: Integers) -> Floats:
    """Vehicles that docks and pools leave for each departure, shape (departure,), whole."""
    start = problem.table.start_period[trip]
    dock = left.dock[problem.warehouse[trip], start]
    pool = problem.pool[trip]
    most = np.minimum(dock, problem.pool_limit[pool, start])
    # Where some period is full no vehicle can leave; counting full periods is enough for that.
    full = np.zeros((left.vehicle.shape[0], left.vehicle.shape[1] + 1))
    np.cumsum(left.vehicle < 1 - 1e-6, axis=1, out=full[:, 1:])
    is_blocked = full[pool, problem.until[trip]] > full[pool, start]
    return np.where(is_blocked, 0.0, np.floor(np.maximum(most, 0.0) + 1e-6))
