"""Plans of one scenario in which a warehouse may not send, or must."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from allocator.engine.dispatch import STAGES
from allocator.engine.dispatch_hubs import HubMethod
from allocator.engine.dispatch_legs import released
from allocator.engine.dispatch_method import Method
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_problem import dispatch_problem
from allocator.engine.dispatch_restricted import Restricted
from allocator.explain.rearranging import rearrange
from allocator.explain.standing import Rearranged, Standing
from allocator.solver import LinearProgram, Progress, SolveOptions
from models.dispatch_values import DispatchResult
from models.trip_table import TripTable

__all__ = ["Forced", "Forcing", "OnProgress", "forced"]

Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
OnProgress = Callable[[Progress], None]

_LOCAL_SHARE, _LOCAL_MOST = 0.4, 10.0
"""Part of the time for the plan re-arranged, and its most. [s]"""

_NEIGHBOURS, _OFFERED = 6, 600
"""Further warehouses whose vehicles are free, and departures offered, at most."""


@dataclass(frozen=True)
class Forcing:
    """What is forced of one warehouse.

    Parameters
    ----------
    home
        Position of the warehouse in the problem.
    places
        Districts that are asked about, as positions in the problem.
    least_units
        What must go from there to them, at least; None where nothing may. [units]
    """

    home: int
    places: Integers
    least_units: float | None


@dataclass(frozen=True)
class Forced:
    """Best forced plan, and what is proven about such plans, by stage."""

    result: DispatchResult | None
    values: dict[str, float]
    bounds: dict[str, float]


def forced(
    standing: Standing,
    forcing: Forcing,
    options: SolveOptions,
    on_progress: OnProgress = lambda _: None,
) -> Forced:
    """Find the best plan that does as forced.

    Parameters
    ----------
    standing
        The plan.
    forcing
        What is forced.
    options
        Gap, time limit, threads, seed.
    on_progress
        Hears how far it is.
    """
    problem = standing.problem
    seconds = options.time_limit_seconds or 0.0
    begun = time.monotonic()
    trips = _trips(standing, forcing)
    # Trips to hubs stay as planned where the plan is re-arranged.
    by_legs = _sent(standing.result, trips[standing.is_leg(trips)])
    free = _free_warehouses(standing, forcing)
    is_offered = np.isin(problem.district, forcing.places) & np.isin(problem.warehouse, free)
    offered, trips_offered = _spread(np.flatnonzero(is_offered)), _spread(trips)
    if forcing.least_units is None:
        offered = np.setdiff1d(offered, trips)
    else:
        offered = np.union1d(offered, trips_offered)

    def force(restricted: Restricted) -> LinearProgram:
        is_asked = np.isin(restricted.trip, trips)
        program = restricted.program
        if forcing.least_units is None:
            upper = program.column_upper.copy()
            upper[np.flatnonzero(is_asked)] = 0.0
            return replace(program, column_upper=upper)
        return _with_loads(restricted, is_asked, forcing.least_units - by_legs)

    local = min(_LOCAL_SHARE * seconds, _LOCAL_MOST)
    nothing = np.zeros(0, dtype=np.int64)
    near = None
    if forcing.least_units is not None or by_legs == 0:
        near = rearrange(standing, free, offered, nothing, force, local)
    if forcing.least_units is not None:
        if near is None or _sent(near.result, trips) < forcing.least_units - 0.5:
            return Forced(None, {}, {})
        return Forced(near.result, near.values, {})
    left = replace(options, time_limit_seconds=max(1.0, seconds - (time.monotonic() - begun)))
    return _without_lanes(standing, forcing, near, left, on_progress)


def _trips(standing: Standing, forcing: Forcing) -> Integers:
    """Departures that are asked about."""
    problem = standing.problem
    is_asked = (problem.warehouse == forcing.home) & np.isin(problem.district, forcing.places)
    return np.flatnonzero(is_asked)


def _spread(trips: Integers) -> Integers:
    """Some of many departures, evenly."""
    if len(trips) <= _OFFERED:
        return trips
    return trips[np.linspace(0, len(trips) - 1, _OFFERED).astype(np.int64)]


def _sent(result: DispatchResult, trips: Integers) -> float:
    """Units that go by some departures. [units]."""
    return float(result.load_units[np.isin(result.trip, trips)].sum())


def _with_loads(restricted: Restricted, is_asked: Flags, units: float) -> LinearProgram:
    """Add the row that at least so many units go by the trips asked for."""
    program = restricted.program
    count = len(restricted.trip)
    columns = count + np.flatnonzero(is_asked[restricted.load_trip])
    ones = np.ones(len(columns))
    shape = (1, len(program.cost))
    row = sparse.csc_array((ones, (np.zeros(len(columns), dtype=np.int64), columns)), shape=shape)
    return replace(
        program,
        matrix=sparse.vstack([program.matrix, row], format="csc"),
        row_lower=np.append(program.row_lower, units),
        row_upper=np.append(program.row_upper, np.inf),
    )


def _free_warehouses(standing: Standing, forcing: Forcing) -> Integers:
    """The warehouse asked about and those that can be at the districts first."""
    problem = standing.problem
    trips = np.flatnonzero(np.isin(problem.district, forcing.places))
    first = np.full(problem.data.warehouse_count, np.inf)
    np.minimum.at(first, problem.warehouse[trips], problem.table.unload_end_hours[trips])
    order = np.argsort(first, kind="stable")
    order = order[np.isfinite(first[order])]
    return np.union1d(order[:_NEIGHBOURS], [forcing.home])


def _without_lanes(
    standing: Standing,
    forcing: Forcing,
    near: Rearranged | None,
    options: SolveOptions,
    on_progress: OnProgress,
) -> Forced:
    """Plan anew without the lanes, and take the better of both plans."""
    data = standing.problem.data
    lane = (data.lane_warehouse == forcing.home) & np.isin(data.lane_district, forcing.places)
    drive = np.where(lane[:, None], np.inf, data.drive_hours)
    barred = replace(data, drive_hours=drive)
    problem = dispatch_problem(released(barred) if data.hub_count else barred)
    heard: list[DispatchOutcome] = []
    # Trips to hubs are planned anew, too, which only makes the bound one of more plans.
    planner = HubMethod if data.hub_count else Method
    method = planner(problem, STAGES[standing.objective], options, on_progress, heard.append)
    outcome = method.run()
    bounds = {each.stage: each.bound + standing.fixed[each.stage] for each in outcome.stages}
    result = DispatchResult(
        _same_trips(standing, problem.table, outcome.result.trip), outcome.result.load_units
    )
    values = standing.values_of(result)
    if near is not None and _is_better(standing, near.values, values):
        return Forced(near.result, near.values, bounds)
    return Forced(result, values, bounds)


def _same_trips(standing: Standing, table: TripTable, trip: Integers) -> Integers:
    """Positions in the problem of trips of one with fewer lanes."""
    fleets, periods = standing.problem.data.fleet_count, standing.problem.period_count

    def keys(of: TripTable) -> Integers:
        return (of.lane * fleets + of.fleet) * periods + of.start_period

    return np.searchsorted(keys(standing.problem.table), keys(table)[trip])


def _is_better(standing: Standing, one: dict[str, float], other: dict[str, float]) -> bool:
    """Whether one plan's values are better than another's, stage by stage."""
    for stage in STAGES[standing.objective]:
        if abs(one[stage] - other[stage]) > 1e-9 * max(1.0, abs(other[stage])):
            return one[stage] < other[stage]
    return False
