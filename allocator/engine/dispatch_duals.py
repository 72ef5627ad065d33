"""Prices of the resources of a dispatch, and what schedules ask for at them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_problem import DispatchProblem

__all__ = ["Asked", "Duals", "asked_by", "mixed_duals", "resource_price", "vehicle_price"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Duals:
    """Prices of the resources, all >= 0.

    Parameters
    ----------
    need
        Worth of a delivered unit, shape (need,).
    stock, outside
        Price of a unit of stock, and of leave to take it out of the province, shape
        (warehouse, item).
    dock
        Of a load start, shape (warehouse, period).
    vehicle
        Of a vehicle for one period, shape (pool, period).
    receive
        Of a cubic metre, shape (district, receiving hour).
    unmet
        Of a weighted unit of unmet need, on top of what the stage charges.
    """

    need: Floats
    stock: Floats
    outside: Floats
    dock: Floats
    vehicle: Floats
    receive: Floats
    unmet: float = 0.0


def mixed_duals(one: Duals, other: Duals, share: float) -> Duals:
    """Return ``share x one + (1 - share) x other``."""
    names = ("need", "stock", "outside", "dock", "vehicle", "receive", "unmet")
    mixed = (share * getattr(one, name) + (1 - share) * getattr(other, name) for name in names)
    return Duals(*mixed)


@dataclass(frozen=True)
class Asked:
    """What schedules ask for.

    Parameters
    ----------
    delivered
        Shape (need,). [units]
    stock, outside
        Taken, and taken out of the province, shape (warehouse, item). [units]
    dock
        Load starts, shape (warehouse, period).
    receive
        Shape (district, receiving hour). [m3]
    """

    delivered: Floats
    stock: Floats
    outside: Floats
    dock: Floats
    receive: Floats

    def parts(self) -> tuple[Floats, ...]:
        """All of it, one after the other."""
        return self.delivered, self.stock, self.outside, self.dock, self.receive

    def mixed(self, other: Asked, share: float) -> Asked:
        """Return the mean with others, in which they have a share."""
        pairs = zip(self.parts(), other.parts(), strict=True)
        return Asked(*((1 - share) * own + share * new for own, new in pairs))


def asked_by(
    problem: DispatchProblem,
    trips: Integers,
    vehicles: Floats,
    loads: tuple[Integers, Integers, Floats],
) -> Asked:
    """Add up what trips ask for.

    Parameters
    ----------
    problem
        The problem.
    trips, vehicles
        Departures, and how many vehicles drive each, shape (departure,).
    loads
        Position of the departure, need and units of everything on board, each of shape (load,).
    """
    data = problem.data
    position, need, units = loads
    trip = trips[position]
    shelf = problem.warehouse[trip], data.need_item[need]
    stock, outside = np.zeros(data.stock_units.shape), np.zeros(data.stock_units.shape)
    np.add.at(stock, shelf, units)
    np.add.at(outside, shelf, np.where(problem.leaves[trip], units, 0.0))
    dock = np.zeros((data.warehouse_count, problem.period_count))
    np.add.at(dock, (problem.warehouse[trips], problem.table.start_period[trips]), vehicles)
    receive = np.zeros((data.district_count, problem.receive_count))
    hour = problem.district[trip], problem.table.receive_hour[trip]
    np.add.at(receive, hour, units * problem.volume_m3[need])
    delivered = np.zeros(data.need_count)
    np.add.at(delivered, need, units)
    return Asked(delivered, stock, outside, dock, receive)


def resource_price(problem: DispatchProblem, duals: Duals) -> Floats:
    """Price of dock and vehicle of every trip, shape (trip,)."""
    dock = duals.dock[problem.warehouse, problem.table.start_period]
    return np.asarray(dock + vehicle_price(problem, duals.vehicle))


def vehicle_price(problem: DispatchProblem, vehicle: Floats) -> Floats:
    """Price of the vehicle of every trip, shape (trip,), from that of each period."""
    total = np.zeros((len(vehicle), problem.period_count + 1))
    np.cumsum(vehicle, axis=1, out=total[:, 1:])
    start = problem.table.start_period
    return np.asarray(total[problem.pool, problem.until] - total[problem.pool, start])
