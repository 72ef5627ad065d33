"""Whole choices from a relaxation by rounding in steps, turning back where the end is a poor one.

Counts of regions are settled first, then single options, near their values and as many at a time
as the time asks for; between the steps the relaxation is solved again, with the cuts
that its point breaks. What polishing a whole choice brings to light is known when part of the way
is gone again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.branching import Branch, Tree
from allocator.engine.decomposition import StageSearch
from allocator.engine.polishing import polish
from allocator.solver import Basis, SolveResult

__all__ = ["Rounding"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_STEEP, _FIRST_STEEP = 0.01, 0.003
"""Share by which a step may raise the bound without a look at others, if the gap is no wider; the
second one in a first stage, which is to be closed further and has no limits that cost something."""

_DEAD = 1.5
"""The same, for both sides of a column: then what was settled before is to blame."""

_SHARE, _LEAST_STEPS = 0.3, 6
"""Part of the time in which a way down should be through, and its least number of steps: as many
columns are settled at a time."""

_LATE_STEPS, _LATE_STEEP = 2, 0.05
"""Once that time is over: the least number of steps, and what one may cost as a share of what the
best plan lies above the bound. A plan counts more then than a way that costs little."""


_FREE = 0.1
"""Share of what would be much below which a step was free: the next one may be twice as long."""

_LIMIT_ROUNDS, _QUIET = 3, 0.02
"""Rounds of cuts for the limits of earlier stages where there is no time for others: a way that
leaves the limits would end without a plan. What raises the bound by less than this share of the gap
is not followed by another."""


@dataclass(frozen=True)
class _Step:
    """A step of rounding.

    Parameters
    ----------
    node, values, bound
        Where it began, with the relaxation's values, shape (column,), and bound.
    columns
        Branching columns that are not whole and do not touch each other, the weightiest first.
    count
        How many of them are settled.
    basis
        Basis of the relaxation.
    is_halved
        Whether more of them at a time cost too much.
    """

    node: Branch
    values: Floats
    columns: Integers
    count: int
    bound: float
    basis: Basis | None
    is_halved: bool = False


@dataclass(frozen=True)
class _Mark:
    """A branch gone through, with its bound then, and the basis it was left with."""

    node: Branch
    basis: Basis | None


class Rounding:
    """Rounding of the relaxation of a stage.

    Parameters
    ----------
    search
        The stage, relaxed.
    """

    def __init__(self, search: StageSearch) -> None:
        self._search, self._master = search, search.master
        self._is_late = self._is_quiet = False
        self._until = np.inf

    def run(self, root: Branch, end: float = np.inf, until: float = np.inf) -> None:
        """Round from a branch, and again from where its way still promises a better plan.

        Parameters
        ----------
        root
            Where to begin.
        end
            When to begin no more, on the clock of ``time.monotonic``; without a better plan than
            before the search goes on.
        until
            When to give up a way that has not come to its end.
        """
        self._until = min(until, self._search.deadline)
        search, before, turns = self._search, self._search.ceiling(), 0
        node: Branch | None = root
        while node is not None and not self._is_over():
            trail = self._descend(node)
            if search.ceiling() < before and time.monotonic() >= end:
                return
            turns += 1
            node = self._turn_back(trail, 2**turns)

    def _is_over(self) -> bool:
        """Whether there is no need, or no time, to go on."""
        return self._search.is_over() or time.monotonic() >= self._until

    def _descend(self, root: Branch) -> list[_Mark]:
        """Settle columns step by step and polish the end; return the branches gone through.

        Where a step costs much, or leaves no plan better than the best one, half as many columns
        are settled; of a single one the better side is taken.
        """
        search, steps, step, trail = self._search, 0, None, list[_Mark]()
        begun = time.monotonic()
        end = begun + _SHARE * (self._until - begun)
        totals = self._master.branching.total
        node = root
        for _ in range(2 * len(self._master.branching.upper)):
            if self._is_over():
                break
            is_late = self._is_late = time.monotonic() >= end
            is_total = step is not None and bool(totals[step.columns[0]])
            solved = self._relaxed_at(node, step, cuts=not is_late and not is_total)
            steps += 1
            if step is not None and self._is_poor(step, solved):
                if step.count > 1:
                    step = replace(step, count=step.count // 2, is_halved=True)
                    node = self._settle(step)
                    self._master.go_back_to(step.basis)
                    continue
                node, solved = self._better_side(step, node, solved)
                if self._bound(solved) - step.bound > _DEAD * self._steep(step.bound):
                    break
            if solved is None or solved.values is None or self._bound(solved) >= search.ceiling():
                break
            basis = self._master.session.basis()
            trail.append(_Mark(replace(node, bound=self._bound(solved)), basis))
            fractions = self._fractions(solved.values)
            if not len(fractions):
                polish(search, np.rint(self._master.point(solved.values).choice))
                break
            now = time.monotonic()
            affordable = (end - now) * steps / max(now - begun, 1e-9)
            least = _LATE_STEPS if is_late else _LEAST_STEPS
            count = int(np.ceil(len(fractions) / max(affordable, least)))
            if step is not None and step.is_halved:
                count = min(count, 2 * step.count)
            elif step is not None and self._was_free(step, solved):
                count = max(count, 2 * step.count)
            apart = fractions[:1] if totals[fractions[0]] else self.apart(fractions)
            step = _Step(
                node,
                solved.values,
                apart,
                min(count, len(apart)),
                self._bound(solved),
                basis,
            )
            node = self._settle(step)
        search.tell()
        return trail

    def _fractions(self, values: Floats) -> Integers:
        """Columns that are not whole, the weightiest first; those that cost something at once.

        Where all of these are whole, sites that stay as they are or shut mostly follow from them;
        settled side by side, the one could not go where the other has to.
        """
        found = self._master.fractions(values)
        changing = found[self._master.branching.changes[found]]
        return changing if len(changing) else found

    def _turn_back(self, trail: list[_Mark], least: int) -> Branch | None:
        """Return a branch of a trail that still promises a plan with the cuts known now.

        Parameters
        ----------
        trail
            Branches gone through, with their bounds then.
        least
            How many of them at least to go back.
        """
        search, back = self._search, least
        while back <= len(trail) and not self._is_over():
            node = trail[-back].node
            self._master.go_back_to(trail[-back].basis)
            bound = self._bound(self._relaxed_at(node))
            if bound < min(search.ceiling(), node.bound + self._steep(node.bound)):
                return node
            back *= 2
        return None

    def _steep(self, bound: float) -> float:
        """How much more than a bound is much."""
        least = _STEEP if self._search.limits else _FIRST_STEEP
        steep = max(least, self._search.gap) * abs(bound)
        above = self._search.ceiling() - bound
        return max(steep, _LATE_STEEP * above) if self._is_late else steep

    def _little(self, bound: float) -> float:
        """By how much cuts must raise a bound to be followed by others at once."""
        return _QUIET * self._search.gap * abs(bound)

    def _was_free(self, step: _Step, solved: SolveResult) -> bool:
        """Whether a step cost next to nothing."""
        return self._bound(solved) - step.bound <= _FREE * self._steep(step.bound)

    @staticmethod
    def _bound(solved: SolveResult | None) -> float:
        """Bound that a relaxation proves, infinite where it has no plan."""
        return np.inf if solved is None else float(solved.objective or 0.0)

    def _relaxed_at(
        self, node: Branch, step: _Step | None = None, *, cuts: bool = True
    ) -> SolveResult | None:
        """Solve the relaxation of a branch, once more with its cuts if it shall have any.

        Not where the step that led there is poor.
        """
        self._master.set_bounds(node.lower, node.upper)
        patience = 1 if step is None or step.count == 1 else 0
        solved = self._search.solve(patience=patience)
        if solved is None or (step is not None and self._is_poor(step, solved)):
            return solved
        if not cuts:
            return self._within_limits(solved)
        if self._is_quiet and step is not None and self._was_free(step, solved):
            self._is_quiet = False
            return solved
        before = self._bound(solved)
        solved = self._search.solve() if self._search.cut_off(solved) else solved
        self._is_quiet = self._bound(solved) - before <= self._little(before)
        return solved

    def _within_limits(self, solved: SolveResult | None) -> SolveResult | None:
        """Solve again with what its point says of the limits alone, which takes little time."""
        for _ in range(_LIMIT_ROUNDS):
            before = self._bound(solved)
            if solved is None or not self._search.cut_off_limits(solved):
                break
            solved = self._search.solve(patience=1)
            if self._bound(solved) - before <= self._little(before):
                break
        return solved

    def _is_poor(self, step: _Step, solved: SolveResult | None) -> bool:
        """Whether a step leaves no better plan or costs much."""
        search, bound = self._search, self._bound(solved)
        return bound >= search.ceiling() or bound - step.bound > self._steep(step.bound)

    def _better_side(
        self, step: _Step, node: Branch, solved: SolveResult | None
    ) -> tuple[Branch, SolveResult | None]:
        """Return the better side of the first column of a step, and its relaxation.

        Parameters
        ----------
        step
            The step, of one column.
        node, solved
            Its nearer side.
        """
        column = int(step.columns[0])
        value = float(self._master.whole_values(step.values)[column])
        below, above = Tree.split(step.node, column, value, step.bound)
        other = above if value - np.floor(value) < 0.5 else below
        self._master.go_back_to(step.basis)
        found = self._relaxed_at(other, cuts=False)
        return (other, found) if self._bound(found) < self._bound(solved) else (node, solved)

    def _settle(self, step: _Step) -> Branch:
        """Return the branch in which the columns of a step are settled.

        A single one is settled at the nearest whole number. Of several columns of a kind as many
        go up as keep their sum: one small share after the other rounded down would leave no room.
        """
        columns = step.columns[: step.count]
        chosen = self._master.whole_values(step.values)
        part = chosen - np.floor(chosen)
        kinds, near = self._master.branching.kind[columns], step.node
        for kind in np.unique(kinds):
            alike = columns[kinds == kind]
            alike = alike[np.argsort(-part[alike], kind="stable")]
            ups = int(np.floor(part[alike].sum() + 0.5))
            for rank, column in enumerate(alike.tolist()):
                below, above = Tree.split(near, column, float(chosen[column]), step.bound)
                near = above if rank < ups else below
        return near

    def apart(self, columns: Integers) -> Integers:
        """Columns that can be settled side by side: of a region and what it lies in, the first.

        Rounded together, the count of a region and those of its halves need not add up.
        """
        around = self._master.branching.around
        is_moved = np.zeros(len(self._search.data.first_stage.option_warehouse), dtype=bool)
        found = []
        for column in columns.tolist():
            if not is_moved[around[column]].any():
                is_moved[around[column]] = True
                found.append(column)
        return np.array(found, dtype=np.int64)
