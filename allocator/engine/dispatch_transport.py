"""Dispatch without vehicles, docks and hours: a transport problem over all lanes.

Its value is a lower bound of every stage, nearly always reached by the unmet stage; its flows and
prices are where the relaxation of the hourly problem starts from.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from allocator.engine.dispatch_floor import first_hours
from allocator.engine.dispatch_problem import DispatchProblem, StagePrices
from allocator.solver import LinearProgram, SolveOptions, solve_program

__all__ = ["Transport", "busy_share", "solve_transport"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Transport:
    """Flows of the transport problem.

    Parameters
    ----------
    bound
        Lower bound of the stage; 0 where the solve failed.
    lane, need
        Of each flow, shape (flow,).
    units
        Shape (flow,). [units]
    """

    bound: float
    lane: Integers
    need: Integers
    units: Floats


def solve_transport(
    problem: DispatchProblem,
    prices: StagePrices,
    options: SolveOptions,
    carriage: Floats | None = None,
) -> Transport:
    """Solve the transport problem of a stage; trips cost nothing in it.

    Parameters
    ----------
    problem, prices
        The problem and what the stage charges.
    options
        Limit and seed.
    carriage
        Price of bringing one unit, in place of that of trips, shape (lane, item); None for none.
    """
    data = problem.data
    first = first_hours(problem)
    reach = np.isfinite(first[:, data.need_item]) & (
        data.lane_district[:, None] == data.need_district
    )
    lane, need = np.nonzero(reach & (problem.need_units > 0))
    item = data.need_item[need]
    shelf = data.lane_warehouse[lane] * data.item_count + item
    flows, needs, shelves = len(lane), data.need_count, data.stock_units.size
    out = np.flatnonzero(data.leaves_province[lane] & problem.outside_binds.ravel()[shelf])
    rows = np.concatenate([need, needs + shelf, needs + shelves + shelf[out], np.arange(needs)])
    columns = np.concatenate([np.arange(flows), np.arange(flows), out, flows + np.arange(needs)])
    count = needs + 2 * shelves
    matrix = sparse.csc_array((np.ones(len(rows)), (rows, columns)), shape=(count, flows + needs))
    hours = np.maximum(first[lane, item] - data.need_from_hours[need], 0.0)
    limits = np.concatenate([data.stock_units.ravel(), data.outside_units.ravel()]).astype(float)
    brought = prices.late[need] * hours
    if carriage is not None:
        brought += carriage[lane, item]
    program = LinearProgram(
        cost=np.concatenate([brought, prices.lost]),
        offset=problem.rest_price(prices),
        column_lower=np.zeros(flows + needs),
        column_upper=np.full(flows + needs, np.inf),
        integer=np.zeros(flows + needs, dtype=bool),
        matrix=matrix,
        row_lower=np.concatenate([problem.need_units, np.full(2 * shelves, -np.inf)]),
        row_upper=np.concatenate([np.full(needs, np.inf), limits]),
    )
    result = solve_program(program, options)
    if result.values is None or result.bound is None:
        nothing = np.zeros(0, dtype=np.int64)
        return Transport(0.0, nothing, nothing, np.zeros(0))
    units = result.values[:flows]
    used = np.flatnonzero(units > 1e-9)
    return Transport(max(0.0, result.bound), lane[used], need[used], units[used])


def busy_share(problem: DispatchProblem, transport: Transport) -> float:
    """Return the part of all vehicle hours that the flows would take, by the best kind for each.

    Parameters
    ----------
    problem, transport
        The problem, and flows of its transport problem.

    Returns
    -------
    float
        0 where vehicles are unlimited; may pass 1.
    """
    data = problem.data
    begin = np.arange(problem.period_count) * data.period_hours
    hours = np.clip(data.deadline_hours - begin, 0.0, data.period_hours)
    have = float((problem.pool_limit[:, hours > 0] * hours[hours > 0]).sum())
    if not np.isfinite(have) or have <= 0.0:
        return 0.0
    item, home = data.need_item[transport.need], data.lane_warehouse[transport.lane]
    share = np.maximum(
        data.item_weight_kg / data.payload_kg[:, None],
        data.item_volume_m3 / data.vehicle_volume_m3[:, None],
    )
    there, back = data.drive_hours[transport.lane], data.back_hours[transport.lane]
    door = data.load_hours + there + data.unload_hours + back
    # One that makes a single trip is taken for good.
    door = np.where(data.is_one_way, np.maximum(door, data.deadline_hours), door)
    has_vehicles = np.asarray((data.vehicles_by_period >= 1).any(axis=2))
    is_there = np.isfinite(door) & has_vehicles[home]
    vehicles = transport.units[:, None] * share[:, item].T
    hours = np.where(is_there, vehicles * np.where(is_there, door, 0.0), np.inf)
    least = hours.min(axis=1, initial=np.inf)
    return float(least[np.isfinite(least)].sum()) / have
