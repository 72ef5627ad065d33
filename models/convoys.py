"""Convoys: departures of one lane at one time that a rule asks company of.

The rule is in ``docs/model.md`` ("Hours"). A departure belongs to at most two groups: that of all
vehicles which set off with it, and that of those of its own kind.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.convoy_rules import ANY_FLEET, ConvoyRules
from models.dispatch_data import HOUR_TOLERANCE, DispatchData
from models.trip_table import TripTable, trip_table

__all__ = ["ConvoyGroups", "convoy_groups", "possible_trips"]

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_DECIMALS = 6
"""Departures of the same hour to so many decimals set off together."""


@dataclass(frozen=True)
class ConvoyGroups:
    """Departures that set off together or not at all.

    Parameters
    ----------
    of_trip
        Groups of each departure, that of all kinds and that of its own, -1 for none, shape
        (trip, 2).
    least
        Vehicles of a group: none, or so many at least, shape (group,). [vehicles]
    """

    of_trip: Integers
    least: Integers

    def __len__(self) -> int:
        return len(self.least)

    def trips(self, group: int) -> Integers:
        """Departures of a group, shape (trip,)."""
        entry, ends = self._by_group
        return entry[ends[group] : ends[group + 1]]

    @cached_property
    def _by_group(self) -> tuple[Integers, Integers]:
        """Departures in the order of their groups, and where each group begins."""
        entry, group = self.entries(np.arange(len(self.of_trip)))
        order = np.argsort(group, kind="stable")
        return entry[order], np.searchsorted(group[order], np.arange(len(self) + 1))

    def entries(self, trip: Integers) -> tuple[Integers, Integers]:
        """Position in ``trip`` and group of each membership, shape (entry,)."""
        place, side = np.nonzero(self.of_trip[trip] >= 0)
        return place, self.of_trip[trip[place], side]

    def company(self, trip: Integers) -> Integers:
        """Vehicles of each group, where ``trip`` has the departure of each, shape (group,)."""
        _, group = self.entries(trip)
        return np.bincount(group, minlength=len(self.least))

    def short(self, trip: Integers) -> Integers:
        """Groups in which some vehicles set off, and too few."""
        count = self.company(trip)
        return np.flatnonzero((count > 0) & (count < self.least))


def convoy_groups(data: DispatchData, table: TripTable) -> ConvoyGroups:
    """Put departures together that a rule asks company of.

    Parameters
    ----------
    data, table
        The dispatch problem and its departures; one that is listed twice is so in its groups.
    """
    of_trip = np.full((len(table), 2), -1, dtype=np.int64)
    rules = data.convoys
    if rules is None or len(rules.fleet) == 0 or len(table) == 0:
        return ConvoyGroups(of_trip, np.zeros(0, dtype=np.int64))
    depart = table.start_period * data.period_hours + data.load_hours[table.fleet]
    _, hour = np.unique(np.round(depart, _DECIMALS), return_inverse=True)
    hour = hour.reshape(-1)
    parts: list[Integers] = []
    count = 0
    for side in (0, 1):
        least = _asked(rules, table, depart, is_own=bool(side))
        asked = np.flatnonzero(least > 1)
        kind = table.fleet[asked] if side else 0
        key = (table.lane[asked] * data.fleet_count + kind) * (hour.max() + 1) + hour[asked]
        keys, first, group = np.unique(key, return_index=True, return_inverse=True)
        of_trip[asked, side] = count + group.reshape(-1)
        parts.append(least[asked[first]])
        count += len(keys)
    return ConvoyGroups(of_trip, np.concatenate(parts))


def _asked(rules: ConvoyRules, table: TripTable, depart: Floats, *, is_own: bool) -> Integers:
    """Most vehicles that a rule asks of each departure, by its own kind or all, shape (trip,)."""
    least = np.zeros(len(table), dtype=np.int64)
    for k in np.flatnonzero((rules.fleet != ANY_FLEET) == is_own).tolist():
        holds = rules.lanes[k][table.lane]
        holds &= depart >= rules.from_hours[k] - HOUR_TOLERANCE
        holds &= depart < rules.to_hours[k] - HOUR_TOLERANCE
        if is_own:
            holds &= table.fleet == rules.fleet[k]
        if rules.kinds is not None:
            holds &= rules.kinds[k][table.fleet]
        least = np.where(holds, np.maximum(least, rules.vehicles[k]), least)
    return least


def possible_trips(data: DispatchData) -> TripTable:
    """List every possible departure; without those that can never have the company they need.

    Vehicles, docks, receiving, stock and need are counted as if nothing else used them.
    """
    table = trip_table(data)
    if data.convoys is None:
        return table
    while True:
        groups = convoy_groups(data, table)
        hopeless = _most_company(data, table, groups) < groups.least
        is_out = np.append(hopeless, False)[groups.of_trip].any(axis=1)
        if not is_out.any():
            return table
        columns = {each.name: getattr(table, each.name)[~is_out] for each in fields(TripTable)}
        table = replace(table, **columns)


def _most_company(data: DispatchData, table: TripTable, groups: ConvoyGroups) -> Floats:
    """Most vehicles that can set off in each group with a unit on each, shape (group,)."""
    warehouse, start = data.lane_warehouse[table.lane], table.start_period
    dock = data.docks_by_period[warehouse, start]
    most = np.minimum(dock, data.vehicles_by_period[warehouse, table.fleet, start])
    entry, group = groups.entries(np.arange(len(table)))
    loads = table.carries & _fits(data)[table.fleet]
    least_m3 = np.where(loads, data.item_volume_m3, np.inf).min(axis=1, initial=np.inf)
    is_some = loads.any(axis=1)
    taken_in = data.receive_m3_by_hour[data.lane_district[table.lane], table.receive_hour]
    unloaded = np.floor(taken_in / np.where(is_some, least_m3, 1.0) + HOUR_TOLERANCE)
    most = np.where(is_some, most, 0.0)
    by_pool = np.bincount(group, most[entry], minlength=len(groups))
    # Kinds that take as long to load share the docks of one period, and so for unloading.
    by_dock = _by_hour(group, start[entry], dock[entry], len(groups))
    by_receiving = _by_hour(group, table.receive_hour[entry], unloaded[entry], len(groups))
    by_item = [np.bincount(group, each, minlength=len(groups)) for each in loads[entry].T]
    on_board = np.array(by_item).T > 0
    lane = np.zeros(len(groups), dtype=np.int64)
    lane[group] = table.lane[entry]
    by_units = np.where(on_board, _units_to_send(data)[lane], 0.0).sum(axis=1)
    return np.asarray(np.minimum.reduce([by_pool, by_dock, by_receiving, by_units]))


def _by_hour(group: Integers, hour: Integers, most: Floats, count: int) -> Floats:
    """Vehicles that the hours of each group allow, each the most of its departures, (group,)."""
    width = int(hour.max(initial=0)) + 1
    keys, at = np.unique(group * width + hour, return_inverse=True)
    allowed = np.zeros(len(keys))
    np.maximum.at(allowed, at.reshape(-1), most)
    return np.bincount(keys // width, allowed, minlength=count).astype(float)


def _fits(data: DispatchData) -> Flags:
    """Whether one unit fits a vehicle, shape (fleet, item)."""
    return np.asarray(
        (data.item_weight_kg <= data.payload_kg[:, None] + HOUR_TOLERANCE)
        & (data.item_volume_m3 <= data.vehicle_volume_m3[:, None] + HOUR_TOLERANCE)
    )


def _units_to_send(data: DispatchData) -> Floats:
    """Most units that there are to send on each lane, shape (lane, item). [units]

    To a hub more may go than anybody needs.
    """
    leaves = data.leaves_province[:, None]
    outside, stock = (each[data.lane_warehouse] for each in (data.outside_units, data.stock_units))
    wanted = np.where(
        data.lane_hub[:, None] >= 0, np.inf, data.whole_demand_units[data.lane_district]
    )
    return np.asarray(np.minimum(np.where(leaves, np.minimum(outside, stock), stock), wanted))
