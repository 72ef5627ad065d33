"""Back to the former plan at the end: former departures, then former loads.

Planning anew makes all loads of a part of the plan anew, and of loads that are equally good any.
Vehicles on departures that the former plan had not go back to one that it had where that costs
less than its price; then all loads are made once more, as like the former ones as they can be
(``dispatch_reloading``).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_filling import add_vehicles
from allocator.engine.dispatch_former import FormerTrips
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_problem import DispatchProblem, stage_prices
from allocator.engine.dispatch_reloading import FormerLoads, reloaded_plan
from allocator.engine.dispatch_vehicles import VehiclePlan, result_loads

__all__ = [
    "differing",
    "former_loads",
    "gone_back",
    "items_on_board",
    "keep_departures",
    "keep_loads",
    "kept_outcome",
]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_TIE = 1e-6
"""Price of a new departure where another may not cost anything: it decides between equals."""


def kept_outcome(
    problem: DispatchProblem, outcome: DispatchOutcome, former: FormerTrips, until: float
) -> DispatchOutcome:
    """Return the best outcome there is as like the former plan as it can be at no loss.

    Parameters
    ----------
    problem, outcome
        The problem and its plan.
    former
        Trips of the former plan.
    until
        Reading of ``time.monotonic`` at which to stop. [s]
    """
    names = tuple(each.stage for each in outcome.stages)
    headline = "waiting" if "waiting" in names else names[0]
    departure = former.departure_prices(problem)
    if departure is not None:
        departure = np.where(departure > 0, _TIE, 0.0)
    prices = replace(stage_prices(problem.data, headline), departure=departure)
    loads = result_loads(problem, outcome.result)
    plan = VehiclePlan(problem, prices, outcome.result.trip, loads)
    keep_departures(plan, former)
    plan = keep_loads(plan, replace(former, move_price=0.0), names, until)
    return DispatchOutcome.of(problem.data, outcome.table, plan.result(), outcome.stages)


def gone_back(
    plan: VehiclePlan, former: FormerTrips, stages: tuple[str, ...], until: float
) -> tuple[VehiclePlan, float]:
    """Return a plan that is more like the former one, and what it saves in other loads.

    Parameters
    ----------
    plan
        Changed in place; its prices hold what a new departure costs.
    former, stages, until
        As for ``keep_loads``.
    """
    before = differing(plan, former)
    keep_departures(plan, former)
    plan = keep_loads(plan, former, stages, until)
    add_vehicles(plan)
    return plan, (former.move_price or _TIE) * (before - differing(plan, former))


def keep_loads(
    plan: VehiclePlan, former: FormerTrips, stages: tuple[str, ...], until: float
) -> VehiclePlan:
    """Return the plan with loads of which few differ from the former ones.

    Parameters
    ----------
    plan
        Its prices say what loads are made for. Vehicles and departures stay.
    former
        Trips of the former plan; a trip that is loaded otherwise costs their ``move_price``. Where
        that is nothing, no stage gets worse.
    stages
        Names of the stages.
    until
        Reading of ``time.monotonic`` at which to stop. [s]
    """
    if len(plan.problem.convoys):
        # A vehicle that is left empty is no company.
        return plan
    is_free = former.move_price <= 0
    was = FormerLoads(*former_loads(plan, former), 1.0 if is_free else former.move_price)
    charged = tuple(stage_prices(plan.problem.data, name) for name in stages)
    return reloaded_plan(plan, was, charged, None if is_free else plan.prices, until) or plan


def differing(plan: VehiclePlan, former: FormerTrips) -> int:
    """Vehicles that carry something else than the former trip they stand for."""
    was, is_known = former_loads(plan, former)
    return int((is_known & (np.abs(items_on_board(plan) - was) > 0.5).any(axis=1)).sum())


def keep_departures(plan: VehiclePlan, former: FormerTrips) -> int:
    """Let vehicles leave as others of their lane did in the former plan, where that is worth it.

    Parameters
    ----------
    plan
        Changed in place; its prices hold what a new departure costs.
    former
        Trips of the former plan.

    Returns
    -------
    int
        Vehicles that leave otherwise now.
    """
    problem, table = plan.problem, plan.problem.table
    if len(problem.convoys):
        # Who leaves otherwise may leave others without company.
        return 0
    departures = former.departures(problem)
    now = np.bincount(plan.trip, minlength=problem.trip_count)
    was = np.bincount(departures[departures >= 0], minlength=problem.trip_count)
    changed = 0
    for trip in np.repeat(np.arange(len(now)), np.maximum(was - now, 0)).tolist():
        vehicles = np.flatnonzero(table.lane[plan.trip] == table.lane[trip])
        vehicles = vehicles[now[plan.trip[vehicles]] > was[plan.trip[vehicles]]]
        gains = [_gain(plan, vehicle, trip) for vehicle in vehicles.tolist()]
        for place in np.argsort(-np.array(gains), kind="stable").tolist():
            vehicle = int(vehicles[place])
            if gains[place] <= 0:
                break
            if plan.may_exchange(vehicle, trip):
                now[[plan.trip[vehicle], trip]] += np.array([-1, 1])
                plan.exchange(vehicle, trip)
                changed += 1
                break
    return changed


def _gain(plan: VehiclePlan, vehicle: int, trip: int) -> float:
    """What it saves that a load leaves by another departure of its lane; negative if it may not."""
    problem, data = plan.problem, plan.problem.data
    load, old = plan.load[vehicle], int(plan.trip[vehicle])
    fleet = problem.table.fleet[trip]
    cost = data.trip_cost_cny[problem.table.lane[trip]]
    fits = cost[fleet] <= cost[problem.table.fleet[old]] + 1e-9
    fits &= load @ plan.unit_kg <= data.payload_kg[fleet] + 1e-9
    fits &= load @ plan.unit_m3 <= data.vehicle_volume_m3[fleet] + 1e-9
    if not fits or not problem.table.carries[trip, plan.item_of_slot[load > 0]].all():
        return -1.0
    on_board = np.flatnonzero(load > 0)
    need = plan.needs(vehicle)[on_board]
    both = np.array([old, trip])
    hours = problem.wait_hours(both[:, None], need[None, :])
    price = hours @ (plan.prices.late[need] * load[on_board])
    price = price + problem.trip_price(plan.prices, both)
    return float(price[0] - price[1])


def items_on_board(plan: VehiclePlan) -> Floats:
    """Units on board by item, shape (vehicle, item). [units]"""
    units = np.zeros((len(plan.trip), plan.problem.data.item_count))
    np.add.at(units.T, plan.item_of_slot, plan.load.T)
    return units


def former_loads(plan: VehiclePlan, former: FormerTrips) -> tuple[Floats, NDArray[np.bool_]]:
    """Load of a former trip with the same departure for each vehicle, and whether there is one.

    Vehicles of one departure differ in nothing, so that any will do for a former trip; those whose
    loads are most alike are put together.

    Returns
    -------
    tuple
        Shapes (vehicle, item) and (vehicle,). [units]
    """
    departures = former.departures(plan.problem)
    now = items_on_board(plan)
    was, has_former = np.zeros(now.shape), np.zeros(len(now), dtype=bool)
    by_trip = np.argsort(plan.trip, kind="stable")
    for trip in np.intersect1d(departures[departures >= 0], plan.trip).tolist():
        first, last = np.searchsorted(plan.trip[by_trip], [trip, trip + 1])
        vehicles, old = by_trip[first:last], former.load_units[departures == trip]
        apart = np.abs(now[vehicles][:, None, :] - old[None, :, :]).sum(axis=2)
        for _ in range(min(apart.shape)):
            a, b = np.unravel_index(int(apart.argmin()), apart.shape)
            was[vehicles[a]], has_former[vehicles[a]] = old[b], True
            apart[a, :] = apart[:, b] = np.inf
    return was, has_former
