"""The largest share that a large case can promise under losses, by cuts into a warm master.

The part of the share that is given up is a column; the relaxation of the sizes bounds it within
seconds, which settles most questions. Whole sizes are asked for only where the answer is no.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from allocator.engine.loss_program import NEGLIGIBLE, LossAnswer
from allocator.engine.losses import LossCut, LossGuard
from allocator.engine.master import Master, Point
from allocator.engine.placement_data import PlacementProblem
from allocator.solver import SolveOptions, SolveResult, Status
from models.valuation import FirstStagePlan

__all__ = ["LossMaster"]

_RELAXED = SolveOptions(highs={"presolve": "off", "solver": "simplex"})
_LEAST_SECONDS = 1.0
_GAP = 1e-3
_RELAXED_SHARE = 0.5


class LossMaster:
    """Sizes and stock under the hard rules, with the promise as cuts.

    Parameters
    ----------
    problem
        The placement problem.
    guard
        The promise.
    options
        Threads and seed.
    end
        When to stop, on the clock of ``time.monotonic``.
    """

    def __init__(
        self, problem: PlacementProblem, guard: LossGuard, options: SolveOptions, end: float
    ) -> None:
        self._guard, self._options, self.end = guard, options, end
        self.is_refuted = False
        """Whether the other hard rules alone have no plan, by the relaxation."""
        self.bound = 0.0
        """Proven: no less of the share has to be given up."""
        self._master = master = Master(problem.data, [0], ["unmet"])
        self._column = int(master.value_column[0, 0])
        cost = np.zeros(master.session.column_count)
        cost[self._column] = 1.0
        master.session.change_costs(np.arange(len(cost)), cost)
        master.session.change_column_bounds(
            np.array([self._column]), np.zeros(1), np.array([guard.served_share])
        )
        master.free_bounds()

    def relax(self) -> bool:
        """Cut the relaxation until it keeps the promise; return whether that was in time.

        Once something is proven to be given up, half of the time is left for whole sizes.
        """
        now = time.monotonic()
        half = now + _RELAXED_SHARE * (self.end - now)
        while time.monotonic() < (half if self.bound > NEGLIGIBLE else self.end):
            solved = self._solve(_RELAXED)
            self.is_refuted = solved.status is Status.INFEASIBLE
            if solved.status is not Status.OPTIMAL or solved.values is None:
                return False
            self.bound = max(self.bound, float(solved.objective or 0.0))
            point = self._master.point(solved.values)
            if not self._add(point):
                return True
        return False

    def largest_share(self) -> LossAnswer | None:
        """Find whole sizes that give up least of the share; the best found by the end."""
        best: LossAnswer | None = None
        columns = self._master.option_column[self._master.free_options]
        self._master.session.set_integer(columns, True)
        try:
            while time.monotonic() < self.end:
                solved = self._solve(replace(self._options, gap=_GAP))
                if solved.values is None:
                    break
                self.bound = max(self.bound, solved.bound or 0.0)
                point = self._master.point(solved.values)
                found = self._answer(point)
                if best is None or found.value < best.value:
                    best = found
                if not self._add(point):
                    break
        finally:
            self._master.session.set_integer(columns, False)
        return None if best is None else replace(best, bound=min(self.bound, best.value))

    def _solve(self, options: SolveOptions) -> SolveResult:
        left = max(_LEAST_SECONDS, self.end - time.monotonic())
        limit = left if np.isfinite(left) else None
        return self._master.solve(replace(options, time_limit_seconds=limit))

    def _add(self, point: Point) -> bool:
        """Add the cuts that a point breaks; return whether there were any."""
        promised = self._guard.served_share
        given_up = float(point.block_values[0, 0])
        broken = self._guard.broken(point.stock_units, point.is_open, promised - given_up)[0]
        self._master.add_cuts(
            [
                replace(
                    own.cut,
                    weights={"unmet": own.need},
                    constant=own.cut.constant - (1.0 - promised) * own.need,
                )
                for own in broken
            ]
        )
        return bool(broken)

    def _answer(self, point: Point) -> LossAnswer:
        """Return what a point with whole choices really serves."""
        is_open = np.rint(point.is_open)
        worst: LossCut | None = self._guard.worst(point.stock_units, is_open)
        share = 1.0 if worst is None else worst.share
        given_up = max(0.0, self._guard.served_share - share)
        plan = FirstStagePlan(self._master.options(point.choice), point.stock_units)
        value = 0.0 if given_up <= NEGLIGIBLE else given_up
        return LossAnswer(plan, value, self.bound, worst)
