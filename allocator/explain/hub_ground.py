"""What a plan leaves at hubs hour by hour, and which further trips may go through them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_data import DispatchInputs
from allocator.engine.dispatch_legs import released
from allocator.engine.dispatch_problem import DispatchProblem
from allocator.explain.hub_reach import HubReach
from allocator.explain.leftovers import places_of
from allocator.explain.present import PresentTrips
from allocator.explain.things import Thing
from models.dispatch_data import HOUR_TOLERANCE, DispatchData
from models.trip_table import ready_period

__all__ = ["HubGround", "hub_ground", "with_open_legs"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

_HOURS = 1e-7
"""Hours closer than this are the same. [h]"""


@dataclass(frozen=True)
class HubGround:
    """Hubs of a ground, in the order of its problem.

    Parameters
    ----------
    inputs, problem
        The ground's.
    present
        Trips of the plan.
    relaxed
        Ways that are relaxed.
    reach
        Whom hubs serve.
    held
        What the plan leaves at each hub after each period, shape (hub, item, period). [units]
    is_opened
        Legs that depart only because closures were lifted, shape (trip,).
    hub_at
        Hub of each warehouse of the problem, -1 for none, shape (warehouse,).
    """

    inputs: DispatchInputs
    problem: DispatchProblem
    present: PresentTrips
    relaxed: frozenset[Thing]
    reach: HubReach
    held: Floats
    is_opened: Flags
    hub_at: Integers

    def source(self, trip: Integers) -> Integers:
        """Hub at which each trip starts, -1 for a warehouse, shape (chosen trip,)."""
        return np.asarray(self.hub_at[self.problem.warehouse[trip]])

    def end(self, trip: Integers) -> Integers:
        """Hub to which each trip leads, -1 for a district, shape (chosen trip,)."""
        return np.asarray(self.problem.data.lane_hub[self.problem.table.lane[trip]])

    def ready(self, trip: Integers) -> Integers:
        """First period in which what a leg brings can be loaded; 0 for others, shape (trip,)."""
        found = np.zeros(len(trip), dtype=np.int64)
        legs = np.flatnonzero(self.end(trip) >= 0)
        found[legs] = ready_period(self.problem.data, self.problem.table, trip[legs])
        return found

    @cached_property
    def pools(self) -> Flags:
        """Whether a kind of vehicle at a warehouse is a hub's, or goes on legs alone, (pool,)."""
        case, homes = self.inputs.case, self.inputs.warehouse.tolist()
        flown = {(row.warehouse, row.fleet) for row in case.lanes if row.fleet is not None}
        found = np.zeros((len(homes), len(case.vehicles)), dtype=bool)
        for place, home in enumerate(homes):
            code = case.warehouses[home].warehouse
            for kind, row in enumerate(case.vehicles):
                found[place, kind] = row.mode != "road" and (code, row.fleet) not in flown
        return np.asarray(found | (self.hub_at >= 0)[:, None]).ravel()

    @cached_property
    def docks(self) -> Flags:
        """Whether each warehouse of the problem is a hub, shape (warehouse,)."""
        return self.hub_at >= 0

    @cached_property
    def takes_in(self) -> Flags:
        """Whether each district of the problem stands for a hub, shape (district,)."""
        data = self.problem.data
        return np.arange(data.district_count) >= data.district_count - data.hub_count

    def ends(self, present: PresentTrips, district: int) -> Integers:
        """Where each trip of the plan to a hub ends that may carry goods for a district.

        Parameters
        ----------
        present
            Trips of the plan.
        district
            Position in the case.

        Returns
        -------
        Array
            Position among the districts of the problem, -1 for others, shape (vehicle,).
        """
        data, served = self.problem.data, self.reach.served(self.relaxed)
        first = data.district_count - data.hub_count
        place = {int(h): first + k for k, h in enumerate(self.inputs.warehouse[data.hub_warehouse])}
        ends = (
            place.get(hub, -1) if district in served.get(hub, ()) else -1
            for hub in present.hub.tolist()
        )
        return np.fromiter(ends, dtype=np.int64, count=len(present))

    def rules_towards(self, district: int, item: int) -> tuple[Flags, Flags]:
        """Which trips may bring an item on its way to a district, and which leave the province.

        Parameters
        ----------
        district, item
            Positions in the case.

        Returns
        -------
        tuple
            Both of shape (trip,).
        """
        problem, rules = self.problem, self.inputs.lanes.release
        table, data, legs = problem.table, problem.data, self.inputs.legs
        may = table.carries[:, item].copy()
        leaves = problem.leaves.copy()
        barred = self.reach.barred(self.relaxed, district, self.present, rules)
        home = self.inputs.warehouse[problem.warehouse]
        may &= ~np.isin(home, np.array(sorted(barred), dtype=np.int64))
        may &= (self.hub_at[problem.warehouse] < 0) | self.reach.may_have[home, table.fleet]
        if legs is None:
            return may, leaves
        served = self.reach.served(self.relaxed)
        first, here = data.lane_count - len(legs), np.array([district])
        for leg, (start, hub) in enumerate(zip(legs.warehouse, legs.hub, strict=True)):
            if district in served[int(hub)] or int(start) in served:
                continue
            own = np.flatnonzero(table.lane == first + leg)
            signed = float(rules.lane_hours(np.array([start]), here)[0][rules.item_group[item]])
            may[own] &= table.start_period[own] * data.period_hours >= signed - _HOURS
            leaves[own] |= rules.district_province[district] != rules.warehouse_province[start]
        return may, leaves


def hub_ground(
    inputs: DispatchInputs,
    problem: DispatchProblem,
    present: PresentTrips,
    asked: tuple[Collection[Thing], HubReach],
) -> HubGround:
    """Work out what a plan leaves at the hubs of a problem.

    Parameters
    ----------
    inputs, problem
        The wide case, closures lifted in the problem alone.
    present
        Trips of the plan.
    asked
        What is relaxed, and whom hubs serve.
    """
    data = problem.data
    hub_at = np.full(data.warehouse_count, -1, dtype=np.int64)
    hub_at[data.hub_warehouse] = np.arange(data.hub_count)
    return HubGround(
        inputs,
        problem,
        present,
        frozenset(asked[0]),
        asked[1],
        _held(inputs, data, present),
        _opened(inputs.data, problem),
        hub_at,
    )


def _held(inputs: DispatchInputs, data: DispatchData, present: PresentTrips) -> Floats:
    """What is there, and what trips of the plan bring, less what they take."""
    held = data.hub_goods.astype(float)
    hubs = inputs.warehouse[data.hub_warehouse]
    at = places_of(hubs, len(inputs.case.warehouses))
    for k in range(len(present)):
        load = present.load_units[k][:, None]
        if at[present.warehouse[k]] >= 0:
            start = round(present.start_hours[k] / data.period_hours)
            held[at[present.warehouse[k]], :, start:] -= load
        to = at[present.hub[k]] if present.hub[k] >= 0 else -1
        if to >= 0:
            hours = present.unload_end_hours[k] + data.hub_transfer_hours[to]
            held[to, :, int(np.ceil(hours / data.period_hours - _HOURS)) :] += load
    return held


def _opened(closed: DispatchData, problem: DispatchProblem) -> Flags:
    """Legs whose departure is in a closure that the problem has not got any more."""
    table, found = problem.table, np.zeros(problem.trip_count, dtype=bool)
    if len(closed.closure_lane) == len(problem.data.closure_lane):
        return found
    depart = table.start_period * closed.period_hours + closed.load_hours[table.fleet]
    for k in np.flatnonzero(closed.lane_hub[closed.closure_lane] >= 0).tolist():
        found |= (
            (table.lane == closed.closure_lane[k])
            & (table.fleet == closed.closure_fleet[k])
            & (depart >= closed.closure_from_hours[k] - HOUR_TOLERANCE)
            & (depart < closed.closure_to_hours[k] - HOUR_TOLERANCE)
        )
    return found


def with_open_legs(data: DispatchData) -> DispatchData:
    """Take away the closures of legs, and what limits how much hubs take in.

    Parameters
    ----------
    data
        A dispatch, maybe with hubs.
    """
    if data.hub_count == 0:
        return data
    kept = data.lane_hub[data.closure_lane] < 0
    receive = data.receive_m3_per_hour.copy()
    receive[-data.hub_count :] = np.inf
    return released(
        replace(
            data,
            closure_lane=data.closure_lane[kept],
            closure_fleet=data.closure_fleet[kept],
            closure_from_hours=data.closure_from_hours[kept],
            closure_to_hours=data.closure_to_hours[kept],
            receive_m3_per_hour=receive,
        )
    )
