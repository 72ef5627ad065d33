"""Lower bound on the cost of driving, given how much may be left unmet.

Every unit pays for its part of the cheapest vehicle, full, without hours, docks and numbers of
vehicles; what stays unmet has a price, of which as much is taken off again as the plan may leave
unmet (Lagrangian bound, Geoffrion 1974). How far off it is shows in the gap of the cost stage.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_problem import DispatchProblem, stage_prices
from allocator.engine.dispatch_relaxation import Relaxation
from allocator.engine.dispatch_transport import solve_transport
from allocator.solver import SolveOptions

__all__ = ["CostBeside", "CostBound", "cost_bound", "cost_lines", "driving_cost"]

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
    return _of_lines(cost_lines(problem, options), unmet)


def _of_lines(lines: Floats, unmet: float) -> float:
    """Bound on the cost of plans that leave no more unmet, from what lines prove."""
    return max(0.0, float((lines[:, 0] - lines[:, 1] * unmet).max(initial=0.0)))


def cost_lines(problem: DispatchProblem, options: SolveOptions) -> Floats:
    """Return what cost plus a price times the unmet need comes to at least, for some prices.

    Parameters
    ----------
    problem, options
        As for ``cost_bound``.

    Returns
    -------
    ndarray
        Value [CNY] and price [CNY per weighted unit], shape (line, 2).
    """
    data = problem.data
    by_volume = _carriage(problem, data.item_volume_m3, data.vehicle_volume_m3)
    by_weight = _carriage(problem, data.item_weight_kg, data.payload_kg)
    tried = [(by_volume, share) for share in _PRICES]
    tried += [(by_weight, share) for share in (_PRICES[0], _PRICES[-1])]
    return np.array([_line_at(problem, options, *choice) for choice in tried])


def driving_cost(problem: DispatchProblem, relaxation: Relaxation) -> float:
    """Cost of what a relaxation drives. [CNY]"""
    trip, use = relaxation.columns.trip, relaxation.use
    lane, fleet = problem.table.lane[trip], problem.table.fleet[trip]
    return float((use * problem.data.trip_cost_cny[lane, fleet]).sum())


class CostBeside(Protocol):
    """A process that finds the lines while this one does something else."""

    def ask_cost(self, options: SolveOptions) -> None:
        """Ask for them; returns at once."""

    def cost(self) -> Floats:
        """Wait for them."""


class CostBound:
    """Lines of one problem, found once, by whom there is.

    Parameters
    ----------
    problem, options
        As for ``cost_bound``.
    """

    def __init__(self, problem: DispatchProblem, options: SolveOptions) -> None:
        self._problem, self._options = problem, options
        self._lines: Floats | None = None
        self._asked: CostBeside | None = None

    def prove(self) -> None:
        """Find the lines here, unless they are known."""
        if self._lines is None:
            self._lines = cost_lines(self._problem, self._options)

    def ask(self, beside: CostBeside | None) -> None:
        """Ask a process beside for the lines, unless there is none or they are known."""
        if self._lines is None and beside is not None:
            beside.ask_cost(self._options)
            self._asked = beside

    def take(self) -> None:
        """Wait for what was asked for; nothing where nothing was.

        Raises
        ------
        SolveError
            If the process beside is gone.
        """
        asked, self._asked = self._asked, None
        if asked is not None:
            self._lines = asked.cost()

    def bound(self, unmet: float) -> float:
        """Bound on the cost of any plan that leaves no more unmet. [CNY]"""
        self.prove()
        return 0.0 if self._lines is None else _of_lines(self._lines, unmet)


def _line_at(
    problem: DispatchProblem, options: SolveOptions, carriage: Floats, share: float
) -> tuple[float, float]:
    """Line for one cost of carriage, shape (lane, item), and one price of what stays unmet."""
    data = problem.data
    dearest = _cheapest_lane(problem, carriage) / data.need_weight
    price = share * float(dearest[np.isfinite(dearest)].max(initial=0.0))
    prices = stage_prices(data, "cost", unmet_extra=price)
    reached = np.where(np.isfinite(carriage), carriage, 0.0)
    return solve_transport(problem, prices, options, reached).bound, price


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
