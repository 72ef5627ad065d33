"""Trimming: fewer and cheaper vehicles for a plan that is otherwise good.

A vehicle is spared where others can take its load, or exchanged for a departure that costs less.
What that may cost in lateness is limited; what is delivered stays the same.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_problem import DispatchProblem, stage_prices
from allocator.engine.dispatch_vehicles import VehiclePlan, result_loads
from models.dispatch_values import DispatchResult

__all__ = ["Allowance", "trim", "trimmed_result"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass
class Allowance:
    """Which exchanges of lateness for money are allowed.

    Parameters
    ----------
    late
        Lateness that may still be added, in the price of the stage.
    late_share
        What a unit of lateness counts against a yuan saved: 0 under a lexicographic objective,
        1 where the stage's price is money.
    """

    late: float
    late_share: float

    def allows(self, saved: float, late: float) -> bool:
        """Whether to save money at this lateness."""
        return late <= self.late + 1e-9 and saved > self.late_share * late + 1e-9

    def use(self, late: float) -> None:
        """Take lateness off the allowance; earliness does not come back."""
        self.late -= max(late, 0.0)


def trimmed_result(
    problem: DispatchProblem,
    headline: str,
    result: DispatchResult,
    values: Mapping[str, float],
    share: float | None,
    until: float = float("inf"),
    departure: Floats | None = None,
) -> DispatchResult:
    """Return a plan with fewer and cheaper vehicles.

    Parameters
    ----------
    problem
        The problem.
    headline
        Stage whose prices count.
    result, values
        The plan, and its value by stage.
    share
        Part of the waiting that may be given up for money; None where the stage itself is money.
    until
        Reading of ``time.monotonic`` at which to stop. [s]
    departure
        What each departure costs besides, shape (trip,); no vehicle gets a dearer one.
    """
    prices = replace(stage_prices(problem.data, headline), departure=departure)
    plan = VehiclePlan(problem, prices, result.trip, result_loads(problem, result))
    late = np.inf if share is None else 0.99 * share * values["waiting"]
    allowance = Allowance(late, 1.0 if share is None else 0.0)
    trim(plan, allowance, problem.data.trip_cost_cny, until)
    return plan.result()


def trim(
    plan: VehiclePlan, allowance: Allowance, cost_cny: Floats, until: float = float("inf")
) -> None:
    """Spare and exchange vehicles, the least loaded first.

    Parameters
    ----------
    plan
        Changed in place.
    allowance
        Used up in place.
    cost_cny
        Cost of a trip, shape (lane, fleet). [CNY]
    until
        Reading of ``time.monotonic`` at which to stop. [s]
    """
    table = plan.problem.table
    fleet = table.fleet[plan.trip]
    volume = plan.problem.data.vehicle_volume_m3[fleet]
    filled = (plan.load @ plan.unit_m3) / volume
    for vehicle in np.argsort(filled, kind="stable").tolist():
        if time.monotonic() > until:
            break
        saved = float(cost_cny[table.lane[plan.trip[vehicle]], table.fleet[plan.trip[vehicle]]])
        _spare(plan, vehicle, saved, allowance)
    plan.drop_empty()
    for vehicle in range(len(plan.trip)):
        if time.monotonic() > until:
            break
        _exchange(plan, vehicle, allowance, cost_cny)


def _late(plan: VehiclePlan, vehicle: int, trip: int | None = None) -> Floats:
    """Price of lateness of one unit of each slot on a vehicle, shape (slot,)."""
    needs = plan.needs(vehicle)
    departure = np.full(len(needs), plan.trip[vehicle] if trip is None else trip)
    hours = plan.problem.wait_hours(departure, needs)
    return np.where(needs >= 0, plan.prices.late[needs] * hours, 0.0)


def _spare(plan: VehiclePlan, vehicle: int, saved: float, allowance: Allowance) -> None:
    """Share the load of a vehicle among others of its district, if that is worth it."""
    problem = plan.problem
    district = problem.district[plan.trip]
    others = np.flatnonzero((district == district[vehicle]) & plan.load.any(axis=1))
    others = others[others != vehicle]
    if len(others) == 0 or not plan.may_leave(vehicle):
        return
    room = plan.room_m3[others].sum()
    if room < plan.load[vehicle] @ plan.unit_m3:
        return
    others = others[np.argsort(problem.table.unload_end_hours[plan.trip[others]], kind="stable")]
    own, late = _late(plan, vehicle), 0.0
    moved: list[tuple[int, int, float]] = []
    is_spared = True
    for slot in np.flatnonzero(plan.load[vehicle] > 0).tolist():
        for other in others.tolist():
            carried = float(plan.load[vehicle, slot])
            if carried <= 0:
                break
            plan.put(vehicle, slot, -carried)
            units = min(carried, plan.units_that_fit(other, slot))
            if units > 0:
                plan.put(other, slot, units)
                moved.append((other, slot, units))
                late += units * float(_late(plan, other)[slot] - own[slot])
            if carried > units:
                plan.put(vehicle, slot, carried - units)
        if plan.load[vehicle, slot] > 0:
            is_spared = False
            break
    if is_spared and allowance.allows(saved, late):
        allowance.use(late)
        return
    for other, slot, units in reversed(moved):
        plan.put(other, slot, -units)
        plan.put(vehicle, slot, units)


def _exchange(plan: VehiclePlan, vehicle: int, allowance: Allowance, cost_cny: Floats) -> None:
    """Send a cheaper kind of vehicle on the same lane, if one can take the load in good time."""
    data, table = plan.problem.data, plan.problem.table
    trip = int(plan.trip[vehicle])
    lane = int(table.lane[trip])
    first, last = np.searchsorted(table.lane, [lane, lane + 1])
    choice = np.arange(first, last)
    saved = cost_cny[lane, table.fleet[trip]] - cost_cny[lane, table.fleet[choice]]
    load = plan.load[vehicle]
    weight, volume = float(load @ plan.unit_kg), float(load @ plan.unit_m3)
    fleet = table.fleet[choice]
    possible = (saved > 1e-9) & (weight <= data.payload_kg[fleet] + 1e-9)
    possible &= volume <= data.vehicle_volume_m3[fleet] + 1e-9
    possible &= table.carries[choice][:, plan.item_of_slot[load > 0]].all(axis=1)
    besides = plan.prices.departure
    if besides is not None:
        possible &= besides[choice] <= besides[trip]
    own = float(_late(plan, vehicle) @ load)
    for other in choice[possible].tolist():
        late = float(_late(plan, vehicle, other) @ load) - own
        gain = float(cost_cny[lane, table.fleet[trip]] - cost_cny[lane, table.fleet[other]])
        if allowance.allows(gain, late) and plan.may_exchange(vehicle, other):
            plan.exchange(vehicle, other)
            allowance.use(late)
            return
