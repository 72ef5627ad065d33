"""Exact pricing of every possible trip, and the bound that any prices of the resources prove.

Given prices (dual values) of needs, stock, docks, vehicles and receiving, each trip's best load is
found among the vertex loads, for all trips at once. If every trip costs at least what its load is
worth, the value of the resources at these prices is a lower bound of the hourly problem with all
its lanes (weak duality). Where a trip is worth more, prices of its warehouse are raised until it is
not, in the cheapest of three ways; so any prices give a valid bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_problem import DispatchProblem, StagePrices

__all__ = ["Duals", "Pricing", "Quote", "mixed_duals"]

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
class Quote:
    """What pricing says about all trips.

    Parameters
    ----------
    reduced
        Price of the trip less the worth of its best load, shape (trip,).
    vertex
        That load, as a position among the fleet's vertices, shape (trip,).
    bound
        Proven lower bound of the stage plus ``unmet`` times the unmet need.
    unmet
        Price of the unmet need in that sum.
    """

    reduced: Floats
    vertex: Integers
    bound: float
    unmet: float

    def bound_within(self, unmet_limit: float) -> float:
        """Bound of the stage for plans whose unmet need is within a limit."""
        return self.bound - self.unmet * unmet_limit


def _finite_cost(prices: Floats, amounts: Floats) -> float:
    """Sum of price times amount, unlimited amounts at no price left aside."""
    used = prices > 0
    return float((prices[used] * amounts[used]).sum())


class Pricing:
    """Prices the trips of one problem and stage.

    Parameters
    ----------
    problem
        The problem.
    prices
        What the stage charges.
    vertices
        Vertex loads by fleet.
    """

    def __init__(
        self, problem: DispatchProblem, prices: StagePrices, vertices: list[Floats]
    ) -> None:
        self.problem = problem
        self.prices = prices
        self.vertices = vertices
        self._rest = problem.rest_price(prices)
        self._trip = problem.trip_price(prices, np.arange(problem.trip_count))
        fleets = range(problem.data.fleet_count)
        self._of_fleet = [np.flatnonzero(problem.table.fleet == fleet) for fleet in fleets]

    def quote(self, duals: Duals) -> Quote:
        """Price every trip and prove a bound.

        Parameters
        ----------
        duals
            Prices of the resources; need not be consistent in any way.
        """
        problem = self.problem
        extra = max(duals.unmet, 0.0)
        weight = problem.data.need_weight
        duals = Duals(
            need=np.clip(duals.need, 0.0, self.prices.lost + extra * weight),
            stock=np.maximum(duals.stock, 0.0),
            outside=np.maximum(duals.outside, 0.0),
            dock=np.maximum(duals.dock, 0.0),
            vehicle=np.maximum(duals.vehicle, 0.0),
            receive=np.maximum(duals.receive, 0.0),
            unmet=extra,
        )
        own = self._own(duals)
        worth, vertex = self._best_loads(duals)
        reduced = own - worth
        # Single precision picks the load; what may break the bound is computed again in double.
        near = np.flatnonzero(reduced < self._single_noise(duals) + 1e-5 * np.abs(own))
        if len(near):
            exact, chosen = self._best_loads_of(duals, near)
            reduced[near] = own[near] - exact
            vertex[near] = chosen
        rest = self._rest + extra * float((weight * problem.need_rest_units).sum())
        bound = self._base(duals) - self._repair(reduced) + rest
        return Quote(reduced, vertex, bound, extra)

    def _single_noise(self, duals: Duals) -> float:
        """Largest error that single precision may make in the worth of a load."""
        data = self.problem.data
        unit = np.zeros(data.item_count)
        np.maximum.at(unit, data.need_item, duals.need)
        loads = [load.max(axis=0) for load in self.vertices if len(load)]
        return 1e-6 * float((np.array(loads) * unit).max(initial=0.0))

    def _own(self, duals: Duals) -> Floats:
        """What a trip costs before its load: driving, dock, vehicle, shape (trip,)."""
        problem = self.problem
        start = problem.table.start_period
        total = np.zeros((len(duals.vehicle), problem.period_count + 1))
        np.cumsum(duals.vehicle, axis=1, out=total[:, 1:])
        busy = total[problem.pool, problem.until] - total[problem.pool, start]
        return self._trip + duals.dock[problem.warehouse, start] + busy

    def _unit_worth(self, duals: Duals, trip: Integers, kind: type[np.floating]) -> Floats:
        """Worth of one unit of each item on board, shape (chosen trip, item)."""
        problem = self.problem
        data, table = problem.data, problem.table
        district, warehouse = problem.district[trip], problem.warehouse[trip]
        end = table.unload_end_hours[trip].astype(kind)[:, None]
        shape = (len(trip), data.item_count)
        best = np.full(shape, -np.inf, dtype=kind)
        for rank in range(problem.need_of.shape[2]):
            need = problem.need_of[:, :, rank]
            known = need >= 0
            worth = np.where(known, duals.need[need], -np.inf).astype(kind)[district]
            late = np.where(known, self.prices.late[need], 0.0).astype(kind)
            since = np.where(known, data.need_from_hours[need], 0.0).astype(kind)
            if late.any():
                worth -= late[district] * np.maximum(end - since[district], 0)
            np.maximum(best, worth, out=best)
        best -= duals.stock.astype(kind)[warehouse]
        if duals.outside.any():
            best -= np.where(
                problem.leaves[trip, None], duals.outside.astype(kind)[warehouse], 0
            ).astype(kind)
        if duals.receive.any():
            price = duals.receive[district, table.receive_hour[trip]].astype(kind)
            best -= price[:, None] * data.item_volume_m3.astype(kind)
        best[~table.carries[trip]] = -np.inf
        # Items without worth would turn infinities into NaN in the product with zero loads.
        return np.maximum(best, kind(-1e30))

    def _best_loads(self, duals: Duals) -> tuple[Floats, Integers]:
        """Worth of the best load and the load, in single precision, shape (trip,)."""
        worth = np.zeros(self.problem.trip_count)
        vertex = np.zeros(self.problem.trip_count, dtype=np.int64)
        for fleet, trips in enumerate(self._of_fleet):
            if len(trips) and len(self.vertices[fleet]):
                unit = self._unit_worth(duals, trips, np.float32)
                values = unit @ self.vertices[fleet].T.astype(np.float32)
                vertex[trips] = values.argmax(axis=1)
                worth[trips] = np.maximum(values.max(axis=1), 0.0)
        return worth, vertex

    def _best_loads_of(self, duals: Duals, trip: Integers) -> tuple[Floats, Integers]:
        """Worth of the best load and the load of some trips, in double precision."""
        worth = np.zeros(len(trip))
        vertex = np.zeros(len(trip), dtype=np.int64)
        fleet_of = self.problem.table.fleet[trip]
        for fleet, loads in enumerate(self.vertices):
            chosen = np.flatnonzero(fleet_of == fleet)
            if len(chosen) and len(loads):
                values = self._unit_worth(duals, trip[chosen], np.float64) @ loads.T
                vertex[chosen] = values.argmax(axis=1)
                worth[chosen] = np.maximum(values.max(axis=1), 0.0)
        return worth, vertex

    def _base(self, duals: Duals) -> float:
        """Value of needs less that of the resources."""
        problem = self.problem
        data = problem.data
        value = float((duals.need * problem.need_units).sum())
        value -= float((duals.stock * data.stock_units).sum())
        value -= float((duals.outside * data.outside_units).sum())
        for prices, limit in (
            (duals.dock, data.docks),
            (duals.vehicle, problem.pool_limit),
            (duals.receive, data.receive_m3_per_hour),
        ):
            value -= _finite_cost(prices.sum(axis=1), limit)
        return value

    def _repair(self, reduced: Floats) -> float:
        """Least that raising prices costs until no trip is worth more than it costs.

        For each warehouse the cheapest of: dock prices, vehicle prices at the start, or stock
        prices by the share of a vehicle that a unit takes (a vertex load fills the vehicle by
        weight or by volume, so its shares add up to one at least).
        """
        problem = self.problem
        data, start = problem.data, problem.table.start_period
        bad = np.flatnonzero(reduced < 0)
        if len(bad) == 0:
            return 0.0
        short = -reduced[bad]
        warehouses, fleets = data.warehouse_count, data.fleet_count
        dock = np.zeros((warehouses, problem.period_count))
        np.maximum.at(dock, (problem.warehouse[bad], start[bad]), short)
        pool = np.zeros((warehouses * fleets, problem.period_count))
        np.maximum.at(pool, (problem.pool[bad], start[bad]), short)
        most = pool.max(axis=1).reshape(warehouses, fleets)
        with np.errstate(invalid="ignore"):
            by_dock = np.nan_to_num(dock.sum(axis=1) * data.docks, nan=0.0, posinf=np.inf)
            by_pool = np.nan_to_num(pool.sum(axis=1) * problem.pool_limit, nan=0.0, posinf=np.inf)
        share = np.maximum(
            data.item_weight_kg / data.payload_kg[:, None],
            data.item_volume_m3 / data.vehicle_volume_m3[:, None],
        )
        by_stock = (most[:, :, None] * share).max(axis=1) * data.stock_units
        by_vehicle = by_pool.reshape(warehouses, fleets).sum(axis=1)
        ways = np.minimum(np.minimum(by_dock, by_vehicle), by_stock.sum(axis=1))
        return float(ways.sum())
