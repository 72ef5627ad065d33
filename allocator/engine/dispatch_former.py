"""Trips of an earlier plan: where a new one begins, and what leaving them costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_convoys import keep_convoys
from allocator.engine.dispatch_data import DispatchInputs
from allocator.engine.dispatch_draft import empty_draft, startable
from allocator.engine.dispatch_filling import complete
from allocator.engine.dispatch_periods import period_after
from allocator.engine.dispatch_problem import DispatchProblem, StagePrices
from allocator.engine.dispatch_vehicles import VehiclePlan, whole_vehicles
from allocator.schema.legs import LegTrip
from allocator.schema.results import Trip

__all__ = ["FormerTrips", "former_trips"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_KEEP_SHARE, _KEEP_PER_TRIP = 0.15, 4e-3
"""Most of the time for going back to a former plan, and what each of its trips takes. [s]"""


@dataclass(frozen=True)
class FormerTrips:
    """Trips of an earlier plan, as a problem sees them, in the order of their load starts.

    Parameters
    ----------
    lane, fleet, period
        Of each trip, shape (trip,); the lane is -1 where there is none any more.
    load_units
        Shape (trip, item). [units]
    move_price
        What a departure costs that the earlier plan had not, and one that it had with another load.
        [weighted unit-hours or CNY]
    first
        Trips that were made of them already, with which planning begins; None to make them.
    """

    lane: Integers
    fleet: Integers
    period: Integers
    load_units: Floats
    move_price: float
    first: FormerTrips | None = None

    def keep_seconds(self, limit_seconds: float) -> float:
        """Part of a time limit that is for going back to these trips at the end. [s]"""
        return min(_KEEP_SHARE * limit_seconds, _KEEP_PER_TRIP * len(self.lane))

    def departures(self, problem: DispatchProblem) -> Integers:
        """Position of each trip in the trip table, -1 where it cannot leave any more."""
        return problem.departures(self.lane, self.fleet, self.period, self.load_units > 0)

    def departure_prices(self, problem: DispatchProblem) -> Floats | None:
        """What each departure costs besides, shape (trip,); None for nothing."""
        if self.move_price <= 0:
            return None
        found = np.full(problem.trip_count, self.move_price)
        departures = self.departures(problem)
        known = problem.departure_key[departures[departures >= 0]]
        found[np.isin(problem.departure_key, known)] = 0.0
        return found

    def resumed(self, problem: DispatchProblem, prices: StagePrices) -> VehiclePlan:
        """Plan with all trips that can still go, as they were or later on their lane, and more.

        Parameters
        ----------
        problem, prices
            The problem and what the stage charges.
        """
        plan = whole_vehicles(problem, prices, empty_draft(problem))
        departures = self.departures(problem)
        for trip, load in zip(departures.tolist(), self.load_units, strict=True):
            if trip >= 0 and _may_start(plan, trip):
                _send(plan, trip, load)
        for number in np.flatnonzero((departures < 0) & (self.lane >= 0)).tolist():
            later = self._later(problem, number)
            later = later[startable(problem, plan.left, later) > 0]
            if len(later):
                _send(plan, int(later[0]), self.load_units[number])
        plan.drop_empty()
        complete(plan)
        keep_convoys(plan)
        return plan

    def begun(self, problem: DispatchProblem, prices: StagePrices) -> VehiclePlan:
        """Plan to begin with: what was made of the trips already, else what can be.

        Parameters
        ----------
        problem, prices
            The problem and what the stage charges.
        """
        if self.first is None:
            return self.resumed(problem, prices)
        plan = whole_vehicles(problem, prices, empty_draft(problem))
        departures = self.first.departures(problem)
        for trip, load in zip(departures.tolist(), self.first.load_units, strict=True):
            if trip >= 0 and _may_start(plan, trip):
                _send(plan, trip, load)
        return plan

    def _later(self, problem: DispatchProblem, number: int) -> Integers:
        """Departures of a trip's lane and kind after its own, ascending."""
        table = problem.table
        first, last = np.searchsorted(table.lane, [self.lane[number], self.lane[number] + 1])
        trips = np.arange(first, last)
        is_later = table.start_period[trips] > self.period[number]
        return np.asarray(trips[(table.fleet[trips] == self.fleet[number]) & is_later])


def _may_start(plan: VehiclePlan, trip: int) -> bool:
    """Whether a dock and a vehicle are free for one more of a departure."""
    problem, left = plan.problem, plan.left
    start, until = int(problem.table.start_period[trip]), int(problem.until[trip])
    if left.dock[problem.warehouse[trip], start] < 1 - 1e-6:
        return False
    return bool(left.vehicle[problem.pool[trip], start:until].min(initial=1.0) >= 1 - 1e-6)


def _send(plan: VehiclePlan, trip: int, load: Floats) -> None:
    """Send a vehicle with what is still needed and there of a load."""
    plan.add_vehicle(trip, np.zeros(plan.load.shape[1]))
    vehicle = len(plan.trip) - 1
    needs = plan.needs(vehicle)
    for item in np.flatnonzero(load > 0).tolist():
        units = float(load[item])
        for slot in np.flatnonzero((plan.item_of_slot == item) & (needs >= 0)).tolist():
            missing = np.floor(plan.left.need[needs[slot]] + 1e-6)
            put = min(units, missing, plan.units_that_fit(vehicle, slot))
            if put > 0:
                plan.put(vehicle, slot, put)
                units -= put
    if not plan.load[vehicle].any():
        plan.drop_empty()


def former_trips(
    inputs: DispatchInputs,
    trips: Sequence[Trip | LegTrip],
    loads: Mapping[str, Mapping[str, float]],
    move_price: float,
) -> FormerTrips:
    """Read trips of an earlier plan.

    Parameters
    ----------
    inputs
        The scenario as it is now.
    trips, loads
        The trips, and the units on board by trip and item.
    move_price
        What a departure costs that is not among them.
    """
    case, data = inputs.case, inputs.data
    warehouse, district = case.warehouse_index(), case.district_index()
    item = case.item_index()
    fleet = {row.fleet: k for k, row in enumerate(case.vehicles)}
    # Hubs stand behind the districts, told apart by their sign.
    ends = np.append(inputs.district, -1 - inputs.warehouse[data.hub_warehouse])
    starts = inputs.warehouse[data.lane_warehouse].tolist()
    pairs = zip(starts, ends[data.lane_district].tolist(), strict=True)
    lane = {pair: k for k, pair in enumerate(pairs)}

    def way(trip: Trip | LegTrip) -> int:
        end = -1 - warehouse[trip.hub] if isinstance(trip, LegTrip) else district[trip.district]
        return lane.get((warehouse[trip.warehouse], end), -1)

    ordered = sorted(trips, key=lambda trip: trip.load_start_hours)
    units = np.zeros((len(ordered), data.item_count))
    for number, trip in enumerate(ordered):
        for code, amount in loads[trip.trip].items():
            units[number, item[code]] = amount
    return FormerTrips(
        np.array([way(trip) for trip in ordered], dtype=np.int64),
        np.array([fleet[t.fleet] for t in ordered], dtype=np.int64),
        np.array([period_after(t.load_start_hours) for t in ordered], dtype=np.int64),
        units,
        move_price,
    )
