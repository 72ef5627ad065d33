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

__all__ = ["Duals", "Pricing", "Quote", "mixed_duals", "resource_price"]

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
        That load, as a position among the fleet's vertices, where ``reduced`` is below 0, shape
        (trip,).
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


def resource_price(problem: DispatchProblem, duals: Duals) -> Floats:
    """Price of dock and vehicle of every trip, shape (trip,)."""
    start = problem.table.start_period
    total = np.zeros((len(duals.vehicle), problem.period_count + 1))
    np.cumsum(duals.vehicle, axis=1, out=total[:, 1:])
    busy = total[problem.pool, problem.until] - total[problem.pool, start]
    return np.asarray(duals.dock[problem.warehouse, start] + busy)


_CHUNK = 4096
"""Trips priced at a time."""

_WORTHLESS = -1e30
"""Worth of a unit that nobody needs or that may not be on board."""


def _in_chunks(trips: Integers) -> list[Integers]:
    """Cut trips into parts that are priced at a time."""
    return np.split(trips, np.arange(_CHUNK, len(trips), _CHUNK)) if len(trips) else []


@dataclass(frozen=True)
class _Chunk:
    """Some trips of one fleet, with what pricing needs of them.

    Parameters
    ----------
    fleet
        Their kind of vehicle.
    trip, lane, end_hours, hour
        Position in the trip table, lane, end of unloading, and district x receiving hour, shape
        (n,).
    is_barred
        Items that may not be on board, shape (item, n).
    """

    fleet: int
    trip: Integers
    lane: Integers
    end_hours: Floats
    hour: Integers
    is_barred: NDArray[np.bool_]

    @classmethod
    def of(cls, problem: DispatchProblem, fleet: int, trip: Integers) -> _Chunk:
        """Gather the arrays of some trips."""
        table = problem.table
        hour = problem.district[trip] * problem.receive_count + table.receive_hour[trip]
        barred = np.ascontiguousarray(~table.carries[trip].T)
        return cls(fleet, trip, table.lane[trip], table.unload_end_hours[trip], hour, barred)

    def worth(self, ranks: list[tuple[Floats, Floats, Floats]]) -> Floats:
        """Worth of a unit of each item on board, of several needs the dearest, (item, n)."""
        best: Floats | None = None
        for worth, late, since in ranks:
            hours = np.maximum(self.end_hours - since[:, self.lane], 0.0)
            unit = worth[:, self.lane] - late[:, self.lane] * hours
            best = unit if best is None else np.maximum(best, unit)
        if best is None:
            raise ValueError("a problem has at least one rank of needs")
        return best


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
        self._chunks = [
            _Chunk.of(problem, fleet, trips)
            for fleet in range(problem.data.fleet_count)
            for trips in _in_chunks(np.flatnonzero(problem.table.fleet == fleet))
            if len(vertices[fleet])
        ]

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
        reduced, vertex = self._reduced(duals)
        rest = self._rest + extra * float((weight * problem.need_rest_units).sum())
        bound = self._base(duals) - self._repair(reduced) + rest
        return Quote(reduced, vertex, bound, extra)

    def _lane_worth(self, duals: Duals) -> list[tuple[Floats, Floats, Floats]]:
        """Worth of a unit, what an hour takes off, and since when, for each rank of the needs.

        Each array has shape (item, lane); stock and leave to go out are paid for.
        """
        problem = self.problem
        data = problem.data
        price = duals.stock[data.lane_warehouse]
        price += np.where(data.leaves_province[:, None], duals.outside[data.lane_warehouse], 0.0)
        # The last entry of each is that of no need at all, which has the number -1.
        worth = np.append(duals.need, _WORTHLESS)
        late = np.append(self.prices.late, 0.0)
        since = np.append(data.need_from_hours, 0.0)
        ranks = []
        for rank in range(problem.need_of.shape[2]):
            need = problem.need_of[:, :, rank][data.lane_district].T
            ranks.append((worth[need] - price.T, late[need], since[need]))
        return ranks

    def _reduced(self, duals: Duals) -> tuple[Floats, Integers]:
        """Price of each trip less the worth of its best load, and the load where that is below 0.

        Trips are taken some thousand at a time, so that the arrays of a chunk stay in the cache.
        """
        own = self._trip + resource_price(self.problem, duals)
        vertex = np.zeros(self.problem.trip_count, dtype=np.int64)
        ranks = self._lane_worth(duals)
        volume = self.problem.data.item_volume_m3[:, None]
        receive = duals.receive.ravel()
        has_receive = bool(receive.any())
        for chunk in self._chunks:
            unit = chunk.worth(ranks)
            if has_receive:
                unit -= volume * receive[chunk.hour]
            unit[chunk.is_barred] = _WORTHLESS
            loads = self.vertices[chunk.fleet] @ unit
            worth = loads.max(axis=0)
            own[chunk.trip] -= np.maximum(worth, 0.0)
            paying = np.flatnonzero(own[chunk.trip] < 0)
            vertex[chunk.trip[paying]] = loads[:, paying].argmax(axis=0)
        return own, vertex

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
