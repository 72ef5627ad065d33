"""The dispatch problem as the scalable method sees it: trips with their resources, and prices.

Everything the relaxation, the dive and the search share. A *pool* is one kind of vehicle at one
warehouse. Sizes: trip T, need N, pool = warehouse x fleet, period H, receiving hour K.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.convoys import ConvoyGroups, convoy_groups, possible_trips
from models.dispatch_data import DispatchData, unmet_hours
from models.item_mixes import split_by_mix
from models.trip_table import TripTable

__all__ = ["DispatchProblem", "StagePrices", "dispatch_problem", "stage_prices"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class StagePrices:
    """What a stage charges.

    Parameters
    ----------
    late
        For one unit that comes one hour after its need arose, shape (need,).
    lost
        For one unit that never comes, its waiting until the deadline included, shape (need,).
    trip
        For driving, shape (lane, fleet).
    departure
        For each departure besides, shape (trip,); None for nothing.
    """

    late: Floats
    lost: Floats
    trip: Floats
    departure: Floats | None = None


def stage_prices(
    data: DispatchData, stage: str, *, unmet_extra: float = 0.0, cost_share: float = 0.0
) -> StagePrices:
    """Prices of a stage of ``models.dispatch_values.DISPATCH_STAGES``.

    Parameters
    ----------
    data
        The dispatch data.
    stage
        What is minimised.
    unmet_extra
        Added to the price of one weighted unit that never comes.
    cost_share
        Times the cost of the trips is added; a small one prefers the cheaper of equal plans.

    Raises
    ------
    ValueError
        If the stage is unknown.
    """
    nothing = np.zeros(data.need_count)
    hours = unmet_hours(data)
    late, lost, trips = {
        "unmet": (nothing, data.need_weight, 0.0),
        "waiting": (data.need_weight, data.need_weight * hours, 0.0),
        "cost": (nothing, nothing, 1.0),
        "social": (
            data.need_waiting_cny,
            data.need_unmet_cny + data.need_waiting_cny * hours,
            1.0,
        ),
        "served_cost": (nothing, data.need_unmet_cny, 1.0),
    }[stage]
    lost = lost + unmet_extra * data.need_weight
    return StagePrices(late, lost, (trips + cost_share) * data.trip_cost_cny)


@dataclass(frozen=True)
class DispatchProblem:
    """Dispatch data with the arrays that every step of the method needs.

    Parameters
    ----------
    data, table
        The data and every possible trip; a departure is there once for each mix of items that may
        travel together, next to each other.
    warehouse, district, pool
        Of each trip, shape (trip,); ``pool = warehouse x fleet_count + fleet``.
    leaves
        Whether the trip leaves the province, shape (trip,).
    until
        First period in which the vehicle is free again, at most H, shape (trip,).
    period_count, receive_count
        H and K.
    need_units
        Whole units that may be delivered, by need, shape (need,). [units]
    need_rest_units
        Fractions of a unit that cannot be delivered, shape (need,). [units]
    need_of
        Needs by district, item and rank of their hour, -1 where none, shape (district, item, rank).
    """

    data: DispatchData
    table: TripTable
    warehouse: Integers
    district: Integers
    pool: Integers
    leaves: Flags
    until: Integers
    period_count: int
    receive_count: int
    need_units: Floats
    need_rest_units: Floats
    need_of: Integers

    @property
    def trip_count(self) -> int:
        """Number of possible trips."""
        return len(self.table)

    @property
    def rank_count(self) -> int:
        """Most needs of one item in one district."""
        return int(self.need_of.shape[2])

    @property
    def slot_count(self) -> int:
        """Needs that a trip may serve: every item in every rank of its hours."""
        return int(self.need_of.shape[1] * self.need_of.shape[2])

    @cached_property
    def departure_key(self) -> Integers:
        """Lane, kind and start of each trip in one number, ascending, shape (trip,)."""
        way = self.table.lane * self.data.fleet_count + self.table.fleet
        return np.asarray(way * (self.period_count + 1) + self.table.start_period)

    def departures(
        self, lane: Integers, fleet: Integers, period: Integers, on_board: Flags
    ) -> Integers:
        """Trip of each of some departures, -1 where there is none, shape (departure,).

        Parameters
        ----------
        lane, fleet, period
            Lane (-1 for none), kind of vehicle and load start, shape (departure,).
        on_board
            What it is to carry, shape (departure, item): of several mixes that which carries most
            of it is taken.
        """
        wanted = (lane * self.data.fleet_count + fleet) * (self.period_count + 1) + period
        is_meant = (lane >= 0) & (period <= self.period_count)
        first = np.searchsorted(self.departure_key, wanted)
        last = np.searchsorted(self.departure_key, wanted, side="right")
        best = np.where(is_meant & (first < last), first, -1)
        carries = self.table.carries
        for rank in range(1, int((last - first)[best >= 0].max(initial=0))):
            other = np.flatnonzero((best >= 0) & (first + rank < last))
            here, there = best[other], first[other] + rank
            more = (carries[there] & on_board[other]).sum(axis=1)
            is_better = more > (carries[here] & on_board[other]).sum(axis=1)
            best[other[is_better]] = there[is_better]
        return np.asarray(best)

    @cached_property
    def convoys(self) -> ConvoyGroups:
        """Departures that set off together or not at all; none of them in most cases."""
        return convoy_groups(self.data, self.table)

    @cached_property
    def pool_limit(self) -> Floats:
        """Vehicles of each pool that are there, shape (pool, period)."""
        return self.data.vehicles_by_period.reshape(-1, self.period_count)

    @cached_property
    def dock_limit(self) -> Floats:
        """Load starts of each warehouse, shape (warehouse, period)."""
        return self.data.docks_by_period

    @cached_property
    def receive_limit(self) -> Floats:
        """What each district can take in, shape (district, receiving hour). [m3]."""
        return self.data.receive_m3_by_hour

    @cached_property
    def outside_binds(self) -> Flags:
        """Where the home reserve keeps goods from leaving, shape (warehouse, item)."""
        return self.data.outside_units < self.data.stock_units

    @cached_property
    def volume_m3(self) -> Floats:
        """Volume of one unit by need, shape (need,). [m3]."""
        return self.data.item_volume_m3[self.data.need_item]

    @cached_property
    def weight_kg(self) -> Floats:
        """Weight of one unit by need, shape (need,). [kg]."""
        return self.data.item_weight_kg[self.data.need_item]

    def wait_hours(self, trip: Integers, need: Integers) -> Floats:
        """Hours that a unit of a need on a trip is late, broadcast shape. [h]."""
        hours = self.table.unload_end_hours[trip] - self.data.need_from_hours[need]
        return np.maximum(hours, 0.0)

    def lasting_drawn(self, trip: Integers, item: Integers) -> tuple[Integers, Integers]:
        """Limits on stock that lasts which loads draw on.

        Parameters
        ----------
        trip, item
            Of each load, shape (load,).

        Returns
        -------
        tuple
            Position of the load and of the limit, each of shape (entry,).
        """
        ends = self.table.unload_end_hours[trip]
        return self.data.lasting.drawn(self.warehouse[trip], item, self.leaves[trip], ends)

    def lasting_left(self, left_units: Floats, trip: Integers, item: Integers) -> Floats:
        """Units that last until each trip is unloaded, infinite without a limit, shape (load,)."""
        found = np.full(len(trip), np.inf)
        load, limit = self.lasting_drawn(trip, item)
        np.minimum.at(found, load, left_units[limit])
        return found

    def trip_price(self, prices: StagePrices, trip: Integers) -> Floats:
        """Price of driving, shape (chosen trip,)."""
        driving = prices.trip[self.table.lane[trip], self.table.fleet[trip]]
        return driving if prices.departure is None else driving + prices.departure[trip]

    def rest_price(self, prices: StagePrices) -> float:
        """Price of the fractions of units that cannot be delivered."""
        return float((prices.lost * self.need_rest_units).sum())

    def spread(self, trip: Integers) -> tuple[Integers, Integers]:
        """Every period in which the vehicles are under way.

        Returns
        -------
        tuple
            Position in ``trip`` and period, each of shape (entry,).
        """
        start = self.table.start_period[trip]
        length = np.maximum(self.until[trip] - start, 0)
        position = np.repeat(np.arange(len(trip)), length)
        first = np.repeat(np.cumsum(length) - length, length)
        return position, np.arange(len(position)) - first + start[position]

    def under_way(self, trip: Integers, vehicles: Floats) -> Floats:
        """Vehicles under way, shape (pool, period).

        Parameters
        ----------
        trip, vehicles
            Departures and how many drive each, shape (chosen trip,).
        """
        change = np.zeros((len(self.pool_limit), self.period_count + 1))
        np.add.at(change, (self.pool[trip], self.table.start_period[trip]), vehicles)
        np.add.at(change, (self.pool[trip], self.until[trip]), -vehicles)
        return np.cumsum(change, axis=1)[:, :-1]


def dispatch_problem(data: DispatchData) -> DispatchProblem:
    """Work out trips and shared arrays."""
    table = split_by_mix(data, possible_trips(data))
    warehouse = data.lane_warehouse[table.lane]
    periods = data.period_count
    whole, rest = _whole_needs(data)
    return DispatchProblem(
        data=data,
        table=table,
        warehouse=warehouse,
        district=data.lane_district[table.lane],
        pool=warehouse * data.fleet_count + table.fleet,
        leaves=data.leaves_province[table.lane],
        until=np.minimum(table.busy_until_period, periods),
        period_count=periods,
        receive_count=data.receive_count,
        need_units=whole,
        need_rest_units=rest,
        need_of=_needs_by_pair(data),
    )


def _needs_by_pair(data: DispatchData) -> Integers:
    """Needs of each district and item in the order of their hour."""
    pair = data.need_district * data.item_count + data.need_item
    order = np.lexsort((data.need_from_hours, pair))
    counts = np.bincount(pair, minlength=data.district_count * data.item_count)
    ranks = int(counts.max(initial=0))
    table = np.full((len(counts), max(ranks, 1)), -1, dtype=np.int64)
    rank = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    table[pair[order], rank] = order
    return table.reshape(data.district_count, data.item_count, table.shape[1])


def _whole_needs(data: DispatchData) -> tuple[Floats, Floats]:
    """Needs in whole units, and what is left of them, each of shape (need,).

    The needs of one district and item are added up in the order of their hours and rounded down,
    so that fractions count from the next need on, the last one is left over. Less has arisen by
    any hour than in truth, so values computed with these needs stay lower bounds.
    """
    pair = data.need_district * data.item_count + data.need_item
    order = np.lexsort((data.need_from_hours, pair))
    whole, rest = np.zeros(data.need_count), np.zeros(data.need_count)
    before = total = 0.0
    for place, need in enumerate(order.tolist()):
        if place and pair[need] != pair[order[place - 1]]:
            before = total = 0.0
        total += float(data.need_units[need])
        reached = float(np.floor(total + 1e-6))
        whole[need] = reached - before
        before = reached
        if place + 1 == len(order) or pair[order[place + 1]] != pair[need]:
            rest[need] = max(total - reached, 0.0)
    return whole, rest
