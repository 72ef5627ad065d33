"""Exact pricing of every possible trip, and the bound that any prices of the resources prove.

Given prices (dual values) of needs, stock, docks, vehicles and receiving, each trip's best load is
found among the vertex loads, for all trips at once. If every trip costs at least what its load is
worth, the value of the resources at these prices is a lower bound of the hourly problem with all
its lanes (weak duality). Prices of vehicles need not be given: what the others leave, a pool's best
sequence of trips is worth, and that makes the best of all prices of its vehicles. Where vehicles
are unlimited, or where that is cheaper, prices of the warehouse are raised until no trip is worth
more than it costs, in the cheapest of three ways; so any prices give a valid bound.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_columns import Columns, loaded_columns
from allocator.engine.dispatch_duals import Asked, Duals, vehicle_price
from allocator.engine.dispatch_joint_schedules import JointSchedules
from allocator.engine.dispatch_problem import DispatchProblem, StagePrices
from allocator.engine.dispatch_schedules import Schedules

__all__ = ["Pricing", "Quote"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Quote:
    """What pricing says about all trips.

    Parameters
    ----------
    duals
        The prices, those of vehicles as they prove the bound.
    reduced
        Price of the trip, at the prices asked for, less the worth of its best load, shape (trip,).
    sequences
        Trips of the best sequence of a vehicle, of the pools where it is worth more than vehicles
        cost at the prices asked for, shape (n,).
    bound
        Proven lower bound of the stage plus ``unmet`` times the unmet need.
    unmet
        Price of the unmet need in that sum.
    """

    duals: Duals
    reduced: Floats
    sequences: Integers
    bound: float
    unmet: float

    def bound_within(self, unmet_limit: float) -> float:
        """Bound of the stage for plans whose unmet need is within a limit."""
        return self.bound - self.unmet * unmet_limit


def _finite_cost(prices: Floats, amounts: Floats) -> float:
    """Sum of price times amount, unlimited amounts at no price left aside."""
    used = prices > 0
    return float((prices[used] * amounts[used]).sum())


_CHUNK = 4096
"""Trips priced at a time."""

_MOST_KEPT = 25_000_000
"""Trips times needs that each may serve, up to which what lateness costs is kept."""

_PAYS = 1e-6
"""Share of the price of a vehicle by which a sequence must be worth more to pay."""

_NOBODY: tuple[Integers, Floats] = np.zeros(0, dtype=np.int64), np.zeros(0)
"""No trips, and no vehicles that drive them."""

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

    def lateness(self, ranks: list[tuple[Floats, Floats]]) -> list[Floats]:
        """What its lateness takes off a unit of each item for each rank of needs, (item, n).

        What may not be on board loses more than anything is worth.
        """
        found = []
        for late, since in ranks:
            hours = np.maximum(self.end_hours - since[:, self.lane], 0.0)
            off = late[:, self.lane] * hours
            off[self.is_barred] = -_WORTHLESS
            found.append(off)
        return found

    def worth(self, ranks: list[Floats], lateness: list[Floats]) -> Floats:
        """Worth of a unit of each item on board, of several needs the dearest, (item, n)."""
        best: Floats | None = None
        for worth, off in zip(ranks, lateness, strict=True):
            unit = worth.take(self.lane, axis=1)
            unit -= off
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
        self._schedules = Schedules(problem)
        self._rest = problem.rest_price(prices)
        self._trip = problem.trip_price(prices, np.arange(problem.trip_count))
        self._chunks = [
            _Chunk.of(problem, fleet, trips)
            for fleet in range(problem.data.fleet_count)
            for trips in _in_chunks(np.flatnonzero(problem.table.fleet == fleet))
            if len(vertices[fleet])
        ]
        self._late = self._lane_lateness()
        entries = problem.trip_count * problem.slot_count
        # It is the same at all prices, and most of the work.
        self._lateness = (
            [chunk.lateness(self._late) for chunk in self._chunks]
            if entries <= _MOST_KEPT
            else None
        )

    @property
    def has_schedules(self) -> bool:
        """Whether every pool has a number of vehicles, and every trip takes a period at least."""
        return self._schedules.is_bounded and bool(np.isfinite(self.problem.pool_limit).all())

    @cached_property
    def joint(self) -> JointSchedules:
        """Warehouses whose vehicles share their dock without a price."""
        return JointSchedules(self.problem)

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
        alone = self._without_vehicles(duals)
        reduced = alone + vehicle_price(problem, duals.vehicle)
        rest = self._rest + extra * float((weight * problem.need_rest_units).sum())
        bound = self._base(duals) - self._repair(reduced)
        sequences = np.zeros(0, dtype=np.int64)
        if self._schedules.is_bounded:
            scheduled, vehicle, sequences = self._scheduled(duals, alone)
            if scheduled > bound:
                bound, duals = scheduled, replace(duals, vehicle=vehicle)
        return Quote(duals, reduced, sequences, bound + rest, extra)

    def _scheduled(self, duals: Duals, alone: Floats) -> tuple[float, Floats, Integers]:
        """Bound with the best prices of vehicles, these, and sequences that would pay.

        Parameters
        ----------
        duals
            Prices of the resources.
        alone
            Reduced price of each trip without its vehicle, shape (trip,).
        """
        problem = self.problem
        is_limited = np.asarray(np.isfinite(problem.pool_limit).all(axis=1))
        gain = np.where(is_limited[problem.pool], np.maximum(-alone, 0.0), 0.0)
        worth = self._schedules.values(gain)
        vehicle = worth[:, :-1] - worth[:, 1:]
        unlimited = np.where(is_limited[problem.pool], 0.0, alone)
        bound = self._base(replace(duals, vehicle=vehicle)) - self._repair(unlimited)
        asked = np.where(problem.pool_limit > 0, duals.vehicle, 0.0).sum(axis=1)
        pays = np.flatnonzero(worth[:, 0] > asked + _PAYS * (1.0 + asked))
        return bound, vehicle, self._schedules.best_trips(gain, worth, pays)

    def ask_schedules(
        self, duals: Duals, *, jointly: bool = False
    ) -> tuple[float, Asked, tuple[Columns, Floats]]:
        """Let every vehicle drive its pool's best schedule at given prices.

        Parameters
        ----------
        duals
            Prices; no need is worth more than its units cost that never come, so that dearer ones
            count as worth that.
        jointly
            Whether vehicles that share their warehouse's dock alone do so exactly, whatever its
            price: a better bound, for nearly twice the time.

        Returns
        -------
        tuple
            Bound with the best prices of vehicles; what is asked for; the trips with their loads,
            and how many vehicles drive each.
        """
        problem, data = self.problem, self.problem.data
        dearest = self.prices.lost + duals.unmet * data.need_weight
        duals = replace(duals, need=np.minimum(duals.need, dearest))
        if jointly:
            dock = duals.dock.copy()
            dock[self.joint.warehouses] = 0.0
            duals = replace(duals, dock=dock)
        gain = np.maximum(-self._without_vehicles(duals), 0.0)
        together, trips, count = self._together(gain) if jointly else (0.0, *_NOBODY)
        worth = self._schedules.values(gain)
        vehicle = worth[:, :-1] - worth[:, 1:]
        rest = float((data.need_weight * problem.need_rest_units).sum())
        bound = self._base(replace(duals, vehicle=vehicle)) + self._rest + duals.unmet * rest
        driven = self._schedules.driven(gain, worth)
        trips, count = np.append(trips, driven[0]), np.append(count, driven[1])
        loads = self.best_loads(duals, trips)
        columns = loaded_columns(problem, self.prices, duals.need, trips, loads)
        return bound - together, columns.asked(problem, count), (columns, count)

    def _together(self, gain: Floats) -> tuple[float, Integers, Floats]:
        """Let vehicles that share a dock drive, and leave nothing to gain for them.

        Returns
        -------
        tuple
            What they gain, their trips, and how many vehicles drive each.
        """
        worth = self.joint.values(gain)
        trips, count = np.unique(self.joint.driven(gain, worth), return_counts=True)
        gain[self.joint.trips] = 0.0
        return self.joint.total(worth), trips, count.astype(float)

    def best_loads(self, duals: Duals, trips: Integers) -> Floats:
        """Load of some trips that is worth most at given prices, shape (trip, item). [units]"""
        loads = np.zeros((len(trips), self.problem.data.item_count))
        ranks, receive = self._lane_worth(duals), duals.receive.ravel()
        fleet = self.problem.table.fleet[trips]
        for kind, vertices in enumerate(self.vertices):
            chosen = np.flatnonzero(fleet == kind)
            if len(chosen) and len(vertices):
                part = _Chunk.of(self.problem, kind, trips[chosen])
                late = part.lateness(self._late)
                worth = vertices @ self._unit_worth(part, ranks, late, receive)
                loads[chosen] = vertices[worth.argmax(axis=0)]
        return loads

    def _unit_worth(
        self, chunk: _Chunk, ranks: list[Floats], lateness: list[Floats], receive: Floats
    ) -> Floats:
        """Worth of a unit of each item on board, shape (item, n)."""
        unit = chunk.worth(ranks, lateness)
        unit -= self.problem.data.item_volume_m3[:, None] * receive.take(chunk.hour)
        return unit

    def _lane_lateness(self) -> list[tuple[Floats, Floats]]:
        """What an hour takes off a unit, and since when, by rank of the needs, (item, lane)."""
        problem, data = self.problem, self.problem.data
        # The last entry of each is that of no need at all, which has the number -1.
        late = np.append(self.prices.late, 0.0)
        since = np.append(data.need_from_hours, 0.0)
        needs = [problem.need_of[:, :, k][data.lane_district].T for k in range(problem.rank_count)]
        return [(late[need], since[need]) for need in needs]

    def _lane_worth(self, duals: Duals) -> list[Floats]:
        """Worth of a unit for each rank of the needs, shape (item, lane).

        Stock and leave to go out are paid for.
        """
        problem = self.problem
        data = problem.data
        price = duals.stock[data.lane_warehouse]
        price += np.where(data.leaves_province[:, None], duals.outside[data.lane_warehouse], 0.0)
        # The last entry of each is that of no need at all, which has the number -1.
        worth = np.append(duals.need, _WORTHLESS)
        needs = (problem.need_of[:, :, k][data.lane_district].T for k in range(problem.rank_count))
        return [worth[need] - price.T for need in needs]

    def _without_vehicles(self, duals: Duals) -> Floats:
        """Price of each trip without its vehicle less the worth of its best load, shape (trip,).

        Trips are taken some thousand at a time, so that the arrays of a chunk stay in the cache.
        """
        problem = self.problem
        own = self._trip + duals.dock[problem.warehouse, problem.table.start_period]
        ranks, receive = self._lane_worth(duals), duals.receive.ravel()
        for place, chunk in enumerate(self._chunks):
            kept = self._lateness
            late = chunk.lateness(self._late) if kept is None else kept[place]
            unit = self._unit_worth(chunk, ranks, late, receive)
            worth = (self.vertices[chunk.fleet] @ unit).max(axis=0)
            own[chunk.trip] -= np.maximum(worth, 0.0)
        return own

    def _base(self, duals: Duals) -> float:
        """Value of needs less that of the resources."""
        problem = self.problem
        data = problem.data
        value = float((duals.need * problem.need_units).sum())
        value -= float((duals.stock * data.stock_units).sum())
        value -= float((duals.outside * data.outside_units).sum())
        for prices, limit in (
            (duals.dock, problem.dock_limit),
            (duals.vehicle, problem.pool_limit),
            (duals.receive, problem.receive_limit),
        ):
            value -= _finite_cost(prices, limit)
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
            by_dock = np.nan_to_num(dock * problem.dock_limit, nan=0.0, posinf=np.inf).sum(axis=1)
            by_pool = np.nan_to_num(pool * problem.pool_limit, nan=0.0, posinf=np.inf).sum(axis=1)
        share = np.maximum(
            data.item_weight_kg / data.payload_kg[:, None],
            data.item_volume_m3 / data.vehicle_volume_m3[:, None],
        )
        by_stock = (most[:, :, None] * share).max(axis=1) * data.stock_units
        by_vehicle = by_pool.reshape(warehouses, fleets).sum(axis=1)
        ways = np.minimum(np.minimum(by_dock, by_vehicle), by_stock.sum(axis=1))
        return float(ways.sum())
