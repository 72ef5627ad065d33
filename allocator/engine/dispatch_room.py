"""What docks and pools leave while the vehicles of a dive are being fixed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_problem import DispatchProblem

__all__ = ["Room"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_WHOLE = 1e-6


@dataclass
class Room:
    """What docks and pools leave.

    Parameters
    ----------
    problem
        The problem.
    trip
        Departures that may be fixed, shape (departure,).
    dock, vehicle
        As in ``Residual``; taken from.
    """

    problem: DispatchProblem
    trip: Integers
    dock: Floats
    vehicle: Floats

    def take(self, position: int, wanted: float) -> float:
        """Book up to ``wanted`` vehicles of a departure; return how many there was room for."""
        problem, trip = self.problem, self.trip[position]
        start, until = problem.table.start_period[trip], problem.until[trip]
        warehouse, pool = problem.warehouse[trip], problem.pool[trip]
        free = min(wanted, np.floor(self.dock[warehouse, start] + _WHOLE))
        if until > start:
            free = min(free, np.floor(self.vehicle[pool, start:until].min() + _WHOLE))
        if free <= 0:
            return 0.0
        self._book(position, float(free))
        return float(free)

    def give(self, position: int, vehicles: float) -> None:
        """Give back what was taken."""
        self._book(position, -vehicles)

    def _book(self, position: int, vehicles: float) -> None:
        problem, trip = self.problem, self.trip[position]
        start, until = problem.table.start_period[trip], problem.until[trip]
        self.dock[problem.warehouse[trip], start] -= vehicles
        self.vehicle[problem.pool[trip], start:until] -= vehicles
