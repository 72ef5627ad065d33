"""Relaxations of a master that get the time they usually take, and are begun again beyond it.

Now and then the simplex method loses its way among the costs it has perturbed, and takes ten times
as long as before and after; begun again at the same basis without that it does not.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import replace

from allocator.engine.master import Master
from allocator.solver import SolveOptions, SolveResult, Status

__all__ = ["PATIENT", "Pace"]

PATIENT = 2
"""Patience under which a relaxation is solved for as long as there is time."""

_SOLVES, _TIMES, _SECONDS = 12, 2.0, 1.0
"""A relaxation that takes so many times as long as the longest of so many last ones, and more than
so many seconds, has lost its way."""

_STEADIED_TIMES = 4.0
"""How many times as long as the first attempt the second one may take."""

_LEAST_SECONDS = 1.0
"""What one relaxation may take once the time is up."""

_ENDS = (Status.OPTIMAL, Status.INFEASIBLE)


class Pace:
    """Solves the relaxations of a master and knows how long they took.

    Parameters
    ----------
    master
        The master.
    deadline
        End on the clock of ``time.monotonic``.
    """

    def __init__(self, master: Master, deadline: float) -> None:
        self._master, self._deadline = master, deadline
        self._took: deque[float] = deque(maxlen=_SOLVES)

    def solve(self, options: SolveOptions, patience: int = PATIENT) -> SolveResult:
        """Solve the master as it stands.

        Parameters
        ----------
        options
            The simplex method to use.
        patience
            How often a relaxation that takes longer than usual is begun again before it is given
            up; ``PATIENT`` for one that is not given up.
        """
        before, most = self._master.session.basis(), self._most_seconds()
        solved = None
        for attempt in (options, _steadied(options))[: patience + 1]:
            if before is None or most >= self._seconds_left():
                break
            solved = self._timed(attempt, most)
            if solved.status in _ENDS:
                return solved
            self._master.go_back_to(before)
            most *= _STEADIED_TIMES
        if solved is not None and patience < PATIENT:
            return solved
        left = self._seconds_left()
        return self._timed(options, left if left < float("inf") else None)

    def _most_seconds(self) -> float:
        """What the next one may take, infinite while nothing is known. [s]"""
        return max(_SECONDS, _TIMES * max(self._took)) if self._took else float("inf")

    def _seconds_left(self) -> float:
        """What a relaxation may take. [s]"""
        return max(_LEAST_SECONDS, self._deadline - time.monotonic())

    def _timed(self, options: SolveOptions, limit: float | None) -> SolveResult:
        """Solve the master and note how long it took if it came to its end."""
        solved = self._master.solve(replace(options, time_limit_seconds=limit))
        if solved.status is Status.OPTIMAL:
            self._took.append(solved.seconds)
        return solved


def _steadied(options: SolveOptions) -> SolveOptions:
    """Return options under which the simplex method does not perturb costs."""
    return replace(
        options, highs={**options.highs, "dual_simplex_cost_perturbation_multiplier": 0.0}
    )
