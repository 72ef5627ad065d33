"""The largest share that a large case can promise under losses, by cuts into a warm master.

The part of the share that is given up is a column; the relaxation of the sizes bounds it within
seconds, which settles most questions. Whole sizes are asked for only where the answer is no.
"""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.loss_program import NEGLIGIBLE, LossAnswer
from allocator.engine.losses import LossCut, LossGuard
from allocator.engine.master import Master, Point
from allocator.engine.placement_data import PlacementProblem
from allocator.solver import SolveOptions, SolveResult, Status
from models.valuation import FirstStagePlan

__all__ = ["LossMaster"]

Floats = NDArray[np.float64]

_RELAXED = SolveOptions(highs={"presolve": "off", "solver": "simplex"})
_LEAST_SECONDS = 1.0
_MIP_SHARE = 0.6
"""Part of the time that is left which one search for whole sizes may take."""

_GAPS = (0.1, 0.02, 1e-3)
"""Gaps of the searches for whole sizes, one after the other."""

_WHOLE_SECONDS = 10.0
"""Whole sizes are looked for no longer: a planner waits for the refusal. [s]"""

_TURNS = 2
"""First decisions of a dive that are tried the other way as well."""

_TIE = 1e-6
"""Shares that differ by less are equal where a side is chosen."""

_POLISH_ROUNDS = 30

_STALL_ROUNDS, _STALL_SHARE = 6, 1e-3
"""Rounds of cuts in which the bound must rise by this part of itself."""

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
        self._last: Floats | None = None
        self._tried: set[bytes] = set()
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
        bounds: list[float] = []
        while time.monotonic() < (half if self.bound > NEGLIGIBLE else self.end):
            solved = self._solve(_RELAXED)
            self.is_refuted = solved.status is Status.INFEASIBLE
            if solved.status is not Status.OPTIMAL or solved.values is None:
                return False
            self.bound = max(self.bound, float(solved.objective or 0.0))
            bounds.append(self.bound)
            point = self._master.point(solved.values)
            if not self._add(point):
                return True
            if len(bounds) > _STALL_ROUNDS and self.bound > NEGLIGIBLE:
                risen = self.bound - bounds[-1 - _STALL_ROUNDS]
                if risen <= _STALL_SHARE * self.bound:
                    return False
        return False

    def largest_share(self) -> LossAnswer | None:
        """Find whole sizes that give up least of the share; the best found by the end."""
        self.end = min(self.end, time.monotonic() + _WHOLE_SECONDS)
        best = None
        for turned in range(-1, _TURNS):
            best = _better(best, self._dive(turned, np.inf if best is None else best.value))
        columns = self._master.option_column[self._master.free_options]
        gap = _GAPS[0]
        while time.monotonic() < self.end and not self._is_proven(best):
            self._master.free_bounds()
            self._master.session.set_integer(columns, True)
            left = _MIP_SHARE * (self.end - time.monotonic())
            solved = self._solve(replace(self._options, gap=gap), left, self._last)
            self._master.session.set_integer(columns, False)
            if solved.values is None:
                break
            self.bound = max(self.bound, solved.bound or 0.0)
            choice = np.rint(self._master.point(solved.values).choice)
            if choice.tobytes() in self._tried:
                # Only a closer look tells more.
                if gap == _GAPS[-1] or solved.status is Status.TIME_LIMIT:
                    break
                gap = _GAPS[_GAPS.index(gap) + 1]
            best = _better(best, self._polished(choice))
        return None if best is None else replace(best, bound=min(self.bound, best.value))

    def _is_proven(self, best: LossAnswer | None) -> bool:
        """Whether no plan gives up less than the best one by more than the last gap."""
        return best is not None and best.value - self.bound <= _GAPS[-1] * best.value

    def _dive(self, turned: int, value: float) -> LossAnswer | None:
        """Round one column after the other, the weightiest first, with cuts in between.

        Parameters
        ----------
        turned
            Decision that is taken the other way (Harvey and Ginsberg 1995); -1 for none.
        value
            What a plan must give up less of to be of use.
        """
        master, columns = self._master, self._master.branching
        lower, upper = np.zeros(len(columns.upper)), columns.upper.copy()
        step = 0
        while time.monotonic() < self.end:
            master.set_bounds(lower, upper)
            solved = self._solve(_RELAXED)
            if solved.values is not None and self._add(master.point(solved.values)):
                solved = self._solve(_RELAXED)
            if solved.status is not Status.OPTIMAL or solved.values is None:
                return None
            if float(solved.objective or 0.0) >= value:
                return None
            chosen, split = master.whole_values(solved.values), master.fractions(solved.values)
            if not len(split):
                return self._polished(np.rint(master.point(solved.values).choice))
            k = int(split[0])
            is_up = self._goes_up(lower, upper, k, float(chosen[k])) != (step == turned)
            if is_up:
                lower[k] = np.ceil(chosen[k])
            else:
                upper[k] = np.floor(chosen[k])
            step += 1
        return None

    def _goes_up(self, lower: Floats, upper: Floats, k: int, value: float) -> bool:
        """Whether the upper half of a branch at a column gives up less; of equal ones the nearer.

        Parameters
        ----------
        lower, upper
            Bounds of the whole columns, shape (whole column,).
        k, value
            The column, and its value.
        """
        given_up = []
        for is_up in (False, True):
            least, most = lower.copy(), upper.copy()
            if is_up:
                least[k] = np.ceil(value)
            else:
                most[k] = np.floor(value)
            self._master.set_bounds(least, most)
            solved = self._solve(_RELAXED)
            is_solved = solved.status is Status.OPTIMAL and solved.objective is not None
            given_up.append(float(solved.objective or 0.0) if is_solved else np.inf)
        below, above = given_up
        if abs(below - above) <= _TIE or below == above:
            return bool(value - np.floor(value) >= 0.5)
        return bool(above < below)

    def _polished(self, choice: Floats) -> LossAnswer | None:
        """Return the plan of choices, shape (option,), that gives up least, by cuts."""
        self._tried.add(choice.tobytes())
        best = None
        for _ in range(_POLISH_ROUNDS):
            self._master.fix_choice(choice)
            solved = self._solve(_RELAXED)
            if solved.status is not Status.OPTIMAL or solved.values is None:
                break
            self._last = solved.values
            point = self._master.point(solved.values)
            best = _better(best, self._answer(point))
            if not self._add(point) or time.monotonic() >= self.end:
                break
        self._master.free_bounds()
        return best

    def _solve(
        self, options: SolveOptions, seconds: float = np.inf, start: Floats | None = None
    ) -> SolveResult:
        left = max(_LEAST_SECONDS, min(seconds, self.end - time.monotonic()))
        limit = left if np.isfinite(left) else None
        return self._master.solve(replace(options, time_limit_seconds=limit), start=start)

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


def _better(best: LossAnswer | None, found: LossAnswer | None) -> LossAnswer | None:
    """Return the answer that gives up less."""
    if best is None or (found is not None and found.value < best.value):
        return found
    return best
