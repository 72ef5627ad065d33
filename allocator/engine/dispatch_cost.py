"""Lower bound on the cost of driving, given how much must be delivered.

Vehicles and loads by lane without hours: fractions of vehicles, weight and volume added up over
the kinds, every unit at its earliest. All that only relaxes the hourly problem, so the value is a
bound for it; how far off it is shows in the gap of the cost stage.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from allocator.engine.dispatch_problem import DispatchProblem, stage_prices
from allocator.engine.dispatch_transport import first_hours
from allocator.solver import LinearProgram, SolveOptions, solve_program

__all__ = ["cost_bound"]

Floats = NDArray[np.float64]

_TON_KG = 1000.0
_THOUSAND = 1000.0


def cost_bound(
    problem: DispatchProblem, limits: Mapping[str, float], options: SolveOptions
) -> float:
    """Return a bound on the cost of any plan that keeps these values of unmet and waiting.

    Parameters
    ----------
    problem
        The problem.
    limits
        Largest values of the stages ``unmet`` and ``waiting``.
    options
        Threads and seed.

    Returns
    -------
    float
        Bound, >= 0. [CNY]
    """
    data = problem.data
    lane, fleet = np.nonzero(_has_trip(problem))
    first = first_hours(problem)
    reach = np.isfinite(first[:, data.need_item]) & (
        data.lane_district[:, None] == data.need_district
    )
    load_lane, need = np.nonzero(reach & (problem.need_units > 0))
    item = data.need_item[need]
    trips, loads, needs = len(lane), len(load_lane), data.need_count
    shelf = data.lane_warehouse[load_lane] * data.item_count + item
    load = trips + np.arange(loads)
    unmet = trips + loads + np.arange(needs)
    hours = np.maximum(first[load_lane, item] - data.need_from_hours[need], 0.0)
    waiting = stage_prices(data, "waiting")
    lanes, shelves = data.lane_count, data.stock_units.size
    balance, stock, outside = 2 * lanes, 2 * lanes + needs, 2 * lanes + needs + shelves
    kept = outside + shelves
    out = data.leaves_province[load_lane]
    each, vehicle = np.ones(loads), np.arange(trips)
    # By row, column and value: weight and volume of each lane, needs, stock, what is kept.
    parts = (
        (load_lane, load, data.item_weight_kg[item] / _TON_KG),
        (lane, vehicle, -data.payload_kg[fleet] / _TON_KG),
        (lanes + load_lane, load, data.item_volume_m3[item]),
        (lanes + lane, vehicle, -data.vehicle_volume_m3[fleet]),
        (balance + need, load, each),
        (balance + np.arange(needs), unmet, np.ones(needs)),
        (stock + shelf, load, each),
        (outside + shelf[out], load[out], each[out]),
        (np.full(needs, kept), unmet, data.need_weight / _THOUSAND),
        (np.full(loads, kept + 1), load, waiting.late[need] * hours / _THOUSAND),
        (np.full(needs, kept + 1), unmet, waiting.lost / _THOUSAND),
    )
    row, column, value = (np.concatenate([part[k] for part in parts]) for k in range(3))
    count = trips + loads + needs
    matrix = sparse.csc_array((value, (row, column)), shape=(kept + 2, count))
    kept_values = [
        (limits[stage] - problem.rest_price(stage_prices(data, stage))) / _THOUSAND
        for stage in ("unmet", "waiting")
    ]
    nothing = np.full(2 * lanes, -np.inf)
    program = LinearProgram(
        cost=np.concatenate([data.trip_cost_cny[lane, fleet], np.zeros(loads + needs)]),
        offset=0.0,
        column_lower=np.zeros(count),
        column_upper=np.full(count, np.inf),
        integer=np.zeros(count, dtype=bool),
        matrix=matrix,
        row_lower=np.concatenate([nothing, problem.need_units, np.full(2 * shelves + 2, -np.inf)]),
        row_upper=np.concatenate(
            [
                np.zeros(2 * lanes),
                problem.need_units,
                data.stock_units.ravel(),
                data.outside_units.ravel(),
                kept_values,
            ]
        ),
    )
    result = solve_program(program, options)
    return 0.0 if result.bound is None else max(0.0, result.bound)


def _has_trip(problem: DispatchProblem) -> NDArray[np.bool_]:
    """Whether a kind of vehicle can make some trip on a lane, shape (lane, fleet)."""
    has = np.zeros((problem.data.lane_count, problem.data.fleet_count), dtype=bool)
    has[problem.table.lane, problem.table.fleet] = True
    return has
