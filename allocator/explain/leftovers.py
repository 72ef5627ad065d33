"""What the trips of a plan leave of every limit of a case."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_data import DispatchInputs, Limits
from allocator.engine.dispatch_draft import Residual, empty_draft, residual
from allocator.engine.dispatch_problem import DispatchProblem
from allocator.engine.dispatch_stock import Holdings
from allocator.explain.present import PresentTrips
from models.dispatch_data import by_hour

__all__ = ["leftovers", "places_of", "trip_ends"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

_HOURS = 1e-7
"""Hours closer than this are the same. [h]"""


def places_of(chosen: Integers, count: int) -> Integers:
    """Position of each of so many among some chosen, -1 for none, shape (count,).

    Parameters
    ----------
    chosen, count
        Positions of those chosen, and how many there are.
    """
    place = np.full(count, -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    return place


def leftovers(
    true: DispatchInputs,
    inputs: DispatchInputs,
    problem: DispatchProblem,
    limits: Limits,
    taken: tuple[PresentTrips, Floats | None],
) -> Residual:
    """Limits of a case less what a plan takes; what hubs hold is left out.

    Parameters
    ----------
    true
        The scenario under its true rules, whose stock it is.
    inputs, problem
        Whose warehouses, districts and hours are meant; its own limits mean nothing.
    limits
        Vehicles, docks and receiving that there are.
    taken
        Trips of the plan, and when their vehicles come back if not as planned (None). [h]
    """
    present, back = taken
    whole = residual(problem, empty_draft(problem))
    data = problem.data
    home = places_of(inputs.warehouse, len(inputs.case.warehouses))[present.warehouse]
    start = np.rint(present.start_hours / data.period_hours).astype(np.int64)
    stock = true.held.usable_units[inputs.warehouse].astype(float)
    outside = np.minimum(true.held.outside_units, true.held.usable_units)
    outside = outside[inputs.warehouse].astype(float)
    here = np.flatnonzero(home >= 0)
    np.subtract.at(stock, home[here], present.load_units[here])
    abroad = _leave_province(true, present)
    gone = here[abroad[here]]
    np.subtract.at(outside, home[gone], present.load_units[gone])
    _keep_lasting((true.held, inputs.warehouse), present, (home, abroad), (stock, outside))
    dock = by_hour(limits.docks[inputs.warehouse], 1, problem.period_count).copy()
    np.subtract.at(dock, (home[here], start[here]), 1.0)
    receive = by_hour(_receiving(inputs, problem, limits), 1, data.receive_count).copy()
    there = trip_ends(inputs, problem, present)
    volume = present.load_units @ data.item_volume_m3
    hour = np.ceil(present.unload_end_hours - _HOURS).astype(np.int64) - 1
    arrived = np.flatnonzero(there >= 0)
    np.subtract.at(receive, (there[arrived], hour[arrived]), volume[arrived])
    idle = limits.vehicles_count[inputs.warehouse]
    vehicle = _vehicles_left(problem, idle, present, (home, start, back))
    return Residual(whole.need, stock, outside, dock, vehicle, receive, whole.lasting)


def _leave_province(true: DispatchInputs, present: PresentTrips) -> Flags:
    """Whether what each trip carries leaves its province, shape (vehicle,)."""
    rules = true.lanes.release
    home = rules.warehouse_province[present.warehouse]
    abroad = np.zeros(len(present), dtype=bool)
    to = present.district >= 0
    abroad[to] = home[to] != rules.district_province[present.district[to]]
    if true.legs is not None:
        ways = zip(true.legs.warehouse.tolist(), true.legs.hub.tolist(), strict=True)
        leaves = dict(zip(ways, true.legs.leaves_province.tolist(), strict=True))
        for k in np.flatnonzero(~to).tolist():
            abroad[k] = leaves.get((int(present.warehouse[k]), int(present.hub[k])), False)
    return abroad


def _receiving(inputs: DispatchInputs, problem: DispatchProblem, limits: Limits) -> Floats:
    """What districts take in, and after them hubs, by hour where any of it is. [m3]."""
    taken_in = limits.receive_m3_per_hour[inputs.district]
    if inputs.legs is None:
        return taken_in
    hours = problem.data.receive_count
    rows = [inputs.case.warehouses[hub] for hub in inputs.legs.hubs.tolist()]
    own = np.array([row.receive_m3_per_hour or np.inf for row in rows])[:, None]
    hubs = np.repeat(own, hours, axis=1)
    if inputs.before is not None:
        received = by_hour(inputs.before.hub_received_m3[inputs.legs.hubs], 1, hours)
        hubs = np.maximum(hubs - received, 0.0)
    return np.concatenate([by_hour(taken_in, 1, hours), hubs])


def trip_ends(inputs: DispatchInputs, problem: DispatchProblem, present: PresentTrips) -> Integers:
    """District of a problem at which each trip ends, hubs the last ones; -1 for none.

    Parameters
    ----------
    inputs, problem
        Whose districts and hubs are meant.
    present
        The trips.
    """
    there = np.full(len(present), -1, dtype=np.int64)
    to = present.district >= 0
    there[to] = places_of(inputs.district, len(inputs.case.districts))[present.district[to]]
    if inputs.legs is not None:
        hub = places_of(inputs.legs.hubs, len(inputs.case.warehouses))[present.hub[~to]]
        first = problem.data.district_count - problem.data.hub_count
        there[~to] = np.where(hub >= 0, first + hub, -1)
    return there


def _keep_lasting(
    stocked: tuple[Holdings, Integers],
    present: PresentTrips,
    sent: tuple[Integers, Flags],
    left: tuple[Floats, Floats],
) -> None:
    """Leave of goods that expire before the deadline only what lasts: it can come any hour."""
    (held, warehouse), (home, abroad), (stock, outside) = stocked, sent, left
    for each in held.limits:
        for place in np.flatnonzero(warehouse == each.warehouse).tolist():
            late = (home == place) & (present.unload_end_hours > each.from_hours + _HOURS)
            units, leaving = (
                present.load_units[late & which, each.item].sum() for which in (True, abroad)
            )
            key = place, each.item
            stock[key] = min(stock[key], each.units - units)
            outside[key] = min(outside[key], each.outside_units - leaving)


def _vehicles_left(
    problem: DispatchProblem,
    there: Floats,
    present: PresentTrips,
    taken: tuple[Integers, Integers, Floats | None],
) -> Floats:
    """Vehicles that stand idle, shape (pool, period)."""
    home, start, back = taken
    period = problem.data.period_hours
    idle = there.reshape(-1, problem.period_count)
    back = present.free_hours if back is None else back
    until = np.minimum(np.ceil(back / period - _HOURS), problem.period_count).astype(np.int64)
    fleets = there.shape[1]
    for k in np.flatnonzero(home >= 0).tolist():
        pool = home[k] * fleets + present.fleet[k]
        idle[pool, start[k] : until[k]] -= 1.0
    return np.asarray(idle)
