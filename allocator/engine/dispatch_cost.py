"""Lower bound on the cost of driving, given how much may be left unmet.

Every unit pays for its part of the cheapest vehicle, full, without hours, docks and numbers of
vehicles; what stays unmet has a price, of which as much is taken off again as the plan may leave
unmet (Lagrangian bound, Geoffrion 1974). How far off it is shows in the gap of the cost stage.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_problem import DispatchProblem, stage_prices
from allocator.engine.dispatch_transport import solve_transport
from allocator.solver import SolveOptions

__all__ = ["cost_bound"]

Floats = NDArray[np.float64]

_PRICES = (2.0, 0.5, 0.15)
"""Prices of what stays unmet, against the dearest unit on its cheapest lane; a high one is best
where nothing must stay unmet."""


def cost_bound(problem: DispatchProblem, unmet: float, options: SolveOptions) -> float:
    """Return a bound on the cost of any plan that leaves no more unmet.

    Parameters
    ----------
    problem
        The problem.
    unmet
        Largest value of the stage ``unmet``. [weighted units]
    options
        Threads and seed.

    Returns
    -------
    float
        Bound, >= 0. [CNY]
    """
    data = problem.data
    by_volume = _carriage(problem, data.item_volume_m3, data.vehicle_volume_m3)
    by_weight = _carriage(problem, data.item_weight_kg, data.payload_kg)
    shares = _PRICES if unmet > 0.0 else _PRICES[:1]
    tried = [(by_volume, share) for share in shares] + [(by_weight, shares[-1])]
    return max(0.0, *(_bound_at(problem, unmet, options, *choice) for choice in tried))


def _bound_at(
    problem: DispatchProblem, unmet: float, options: SolveOptions, carriage: Floats, share: float
) -> float:
    """Bound for one cost of carriage, shape (lane, item), and one price of what stays unmet."""
    data = problem.data
    dearest = _cheapest_lane(problem, carriage) / data.need_weight
    price = share * float(dearest[np.isfinite(dearest)].max(initial=0.0))
    prices = stage_prices(data, "cost", unmet_extra=price)
    reached = np.where(np.isfinite(carriage), carriage, 0.0)
    return solve_transport(problem, prices, options, reached).bound - price * unmet


def _carriage(problem: DispatchProblem, of_unit: Floats, of_vehicle: Floats) -> Floats:
    """Cost of one unit as its part of a full vehicle, the cheapest kind, shape (lane, item). [CNY].

    Infinite where nothing drives. A vehicle's cost is at least the sum over its load, since the
    parts of one measure (weight or volume) add up to 1 at most.
    """
    data, table = problem.data, problem.table
    has_trip = np.zeros((data.lane_count, data.fleet_count), dtype=bool)
    has_trip[table.lane, table.fleet] = True
    part = np.where(has_trip, data.trip_cost_cny / of_vehicle, np.inf).min(axis=1)
    return np.asarray(part[:, None] * of_unit)


def _cheapest_lane(problem: DispatchProblem, carriage: Floats) -> Floats:
    """Cost of bringing one unit on the cheapest lane to its district, shape (need,). [CNY]."""
    data = problem.data
    cheapest = np.full((data.district_count, data.item_count), np.inf)
    np.minimum.at(cheapest, data.lane_district, carriage)
    return np.asarray(cheapest[data.need_district, data.need_item])
