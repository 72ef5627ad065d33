"""The plan re-arranged around one district where goods go through hubs.

What drives to hubs stays as planned, with its loads; trips to districts, those from hubs too, may
be told otherwise. Every rule is kept, of hubs hour by hour.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from allocator.engine.dispatch_draft import Draft, Residual, residual, startable
from allocator.engine.dispatch_restricted import Restricted, restricted_program
from allocator.engine.dispatch_vehicles import result_draft
from allocator.engine.hub_plans import forward
from allocator.engine.hub_room import Room
from allocator.explain.standing import Rearranged, Standing
from allocator.solver import LinearProgram, SolveOptions, solve_program
from models.dispatch_values import DispatchResult
from models.trip_table import ready_period

__all__ = ["rearrange_beside_legs"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class _Kept:
    """Trips that stay.

    Parameters
    ----------
    legs
        To hubs.
    trips
        To districts.
    """

    legs: DispatchResult
    trips: DispatchResult

    def left(self, standing: Standing) -> Residual:
        """What they leave of everything but what hubs hold."""
        problem, legs = standing.problem, self.legs
        left = residual(problem, result_draft(problem, self.trips))
        stock, outside, dock = left.stock.copy(), left.outside.copy(), left.dock.copy()
        home = problem.warehouse[legs.trip]
        np.subtract.at(stock, home, legs.load_units)
        leaves = problem.leaves[legs.trip]
        np.subtract.at(outside, home[leaves], legs.load_units[leaves])
        np.subtract.at(dock, (home, problem.table.start_period[legs.trip]), 1.0)
        stock[problem.data.hub_warehouse] = np.inf
        outside[problem.data.hub_warehouse] = np.inf
        vehicle = left.vehicle - problem.under_way(legs.trip, np.ones(len(legs)))
        return replace(left, stock=stock, outside=outside, dock=dock, vehicle=vehicle)

    def held(self, standing: Standing) -> Floats:
        """What they leave at hubs after each period, shape (hub, item, period). [units]."""
        problem, data = standing.problem, standing.problem.data
        held = data.hub_goods.astype(float)
        into = data.lane_hub[problem.table.lane[self.legs.trip]]
        ready = ready_period(data, problem.table, self.legs.trip)
        for hub, period, load in zip(into, ready, self.legs.load_units, strict=True):
            held[hub, :, period:] += load[:, None]
        hub_at = np.full(data.warehouse_count, -1, dtype=np.int64)
        hub_at[data.hub_warehouse] = np.arange(data.hub_count)
        for part in (self.legs, self.trips):
            source = hub_at[problem.warehouse[part.trip]]
            start = problem.table.start_period[part.trip]
            for k in np.flatnonzero(source >= 0).tolist():
                held[source[k], :, start[k] :] -= part.load_units[k][:, None]
        return held


def rearrange_beside_legs(
    standing: Standing,
    warehouses: Integers,
    offered: Integers,
    force: Callable[[Restricted], LinearProgram],
    seconds: float,
) -> Rearranged | None:
    """Plan the vehicles of some places anew with something forced, trips to hubs kept.

    Parameters
    ----------
    standing
        The plan.
    warehouses
        Warehouses and hubs whose vehicles are free, as positions in the problem.
    offered
        Departures to districts offered besides those of the plan.
    force
        What is forced.
    seconds
        Time limit. [s]

    Returns
    -------
    Rearranged | None
        None if nothing was found that fulfils what is forced.
    """
    problem, result = standing.problem, standing.result
    is_leg = standing.is_leg(result.trip)
    is_free = np.isin(problem.warehouse[result.trip], warehouses) & ~is_leg
    legs, outside, present = (
        DispatchResult(result.trip[chosen], result.load_units[chosen])
        for chosen in (is_leg, ~is_leg & ~is_free, is_free)
    )
    kept = _Kept(legs, outside)
    left = kept.left(standing)
    trip = np.union1d(present.trip, offered[~standing.is_leg(offered)])
    most = startable(problem, left, trip)
    trip, most = trip[most > 0], most[most > 0]
    if len(trip) == 0:
        return None
    restricted = restricted_program(problem, standing.prices, left, trip, most, whole=True)
    program = _with_hubs(standing, restricted, force(restricted), kept.held(standing))
    solved = solve_program(program, SolveOptions(gap=1e-3, time_limit_seconds=seconds))
    if solved.values is None:
        return None
    found = _single_vehicles(standing, restricted.draft(problem, solved.values))
    plan = _sent(standing, kept, found)
    change = standing.delivered_by(plan) - standing.delivered
    return Rearranged(plan, standing.values_of(plan), change)


def _with_hubs(
    standing: Standing, restricted: Restricted, program: LinearProgram, held: Floats
) -> LinearProgram:
    """Add that what leaves a hub has come to it, and that loads are whole."""
    problem, data = standing.problem, standing.problem.data
    vehicles, loads = len(restricted.trip), len(restricted.load_trip)
    integer = program.integer.copy()
    integer[vehicles : vehicles + loads] = True
    trip = restricted.trip[restricted.load_trip]
    item = restricted.load_slot // problem.need_of.shape[2]
    start = problem.table.start_period[trip]
    rows, columns = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    limits: list[float] = []
    for hub, home in enumerate(data.hub_warehouse.tolist()):
        for kind in range(data.item_count):
            own = np.flatnonzero((problem.warehouse[trip] == home) & (item == kind))
            for period in np.unique(start[own]).tolist():
                gone = own[start[own] <= period]
                rows.append(np.full(len(gone), len(limits)))
                columns.append(vehicles + gone)
                # What goes at a later hour counts there, too.
                limits.append(max(0.0, float(held[hub, kind, period:].min())))
    row, column = np.concatenate(rows), np.concatenate(columns)
    more = sparse.csc_array(
        (np.ones(len(row)), (row, column)), shape=(len(limits), len(program.cost))
    )
    return replace(
        program,
        integer=integer,
        matrix=sparse.vstack([program.matrix, more], format="csc"),
        row_lower=np.append(program.row_lower, np.full(len(limits), -np.inf)),
        row_upper=np.append(program.row_upper, limits),
    )


def _single_vehicles(standing: Standing, draft: Draft) -> list[tuple[int, Integers]]:
    """Trip and load of each vehicle: what departures carry is shared out, bulky units first."""
    problem, data = standing.problem, standing.problem.data
    item_of_slot = np.repeat(np.arange(data.item_count), problem.need_of.shape[2])
    found = []
    for trip, vehicles, slots in zip(draft.trip.tolist(), draft.vehicles, draft.load, strict=True):
        fleet = int(problem.table.fleet[trip])
        kg, m3 = float(data.payload_kg[fleet]), float(data.vehicle_volume_m3[fleet])
        rest = np.rint(np.bincount(item_of_slot, slots, data.item_count)).astype(np.int64)
        share = np.maximum(data.item_weight_kg / kg, data.item_volume_m3 / m3)
        for _ in range(round(vehicles)):
            load, room_kg, room_m3 = np.zeros_like(rest), kg, m3
            for item in np.argsort(-share, kind="stable").tolist():
                of_kg, of_m3 = float(data.item_weight_kg[item]), float(data.item_volume_m3[item])
                load[item] = min(rest[item], int(min(room_kg / of_kg, room_m3 / of_m3) + 1e-6))
                room_kg, room_m3 = room_kg - load[item] * of_kg, room_m3 - load[item] * of_m3
            rest -= load
            if load.any():
                found.append((trip, load))
    return found


def _sent(standing: Standing, kept: _Kept, found: list[tuple[int, Integers]]) -> DispatchResult:
    """The plan of trips that stay and trips found, each as far as hubs have its goods by then."""
    room = Room(standing.problem)
    every = [
        (int(trip), load)
        for part in (kept.legs, kept.trips)
        for trip, load in zip(part.trip, part.load_units, strict=True)
    ]
    every += found
    later = [(trip, load) for trip, load in every if room.source[trip] >= 0]
    for trip, load in every:
        if room.source[trip] < 0:
            room.take(trip, load)
    forward(room, later, -np.inf)
    return room.result()
