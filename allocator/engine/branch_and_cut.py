"""Branch and cut over the choices of sizes, with the recourse asked while branching."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.branching import WHOLE, Branch, PseudoCosts, Tree
from allocator.engine.decomposition import StageSearch
from allocator.engine.master import Point
from allocator.engine.polishing import polish
from allocator.engine.rounding import Rounding
from allocator.engine.site_moves import SiteMoves

__all__ = ["BranchAndCut"]


Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_TRIALS = 6
"""Columns tried out at a branch while little is known."""

_HARVESTS = 3
"""Rounds of cuts at a branch while they help."""

_HELPFUL = 0.15
"""Share of the way to the cutoff that a round of cuts must gain to be followed by another."""

_PURGE_EVERY = 8
_PATIENCE = 12
"""A cut that had no price for so many relaxations is dropped, looked at every so many branches."""

_DIVE_SHARE, _LIMITED_DIVE_SHARE = 0.4, 0.75
"""Part of the time for finding good plans before the tree is searched, without and with limits of
earlier stages, under which a stage starts from a plan that was made for something else."""

_KNOWN_SHARE = 0.25
"""Part of the time that rounding in large cases leaves to a plan that is known, if it fails."""

_POLISHES = 3
"""Times a whole choice is polished while its branch still leads to it."""

_NEAR = 0.1
"""Gap below which the tree goes on with the least bound instead of looking for plans."""

_LARGE_COLUMNS = 2000
"""From so many branching columns on plans come from rounding alone: a look at every column, or at
the neighbours of a plan, takes too long."""


class BranchAndCut:
    """Search over the choices of one stage.

    Parameters
    ----------
    search
        The stage, relaxed.
    """

    def __init__(self, search: StageSearch) -> None:
        self._search, self._master = search, search.master
        columns = search.master.branching
        self._rounding = Rounding(search)
        self._costs = PseudoCosts(columns.group, columns.weight, columns.total)
        self._root = Branch(search.bound, np.zeros(len(columns.upper)), columns.upper.copy(), 0)
        self._polished: dict[bytes, int] = {}
        self.nodes = 0

    def run(self) -> None:
        """Close the gap or use up the time."""
        search = self._search
        if not search.is_over():
            now = time.monotonic()
            share = _LIMITED_DIVE_SHARE if search.limits else _DIVE_SHARE
            self._improve(now + share * (search.deadline - now))
        self._search_tree()
        self._master.free_bounds()

    # --- good plans -------------------------------------------------------------------------

    def _improve(self, end: float) -> None:
        """Find a first plan, then move the sites of the best one as long as it helps."""
        search, is_large = self._search, len(self._root.upper) >= _LARGE_COLUMNS
        if search.best is not None and search.limits:
            # Limits leave little room: the plan that keeps them is the better start, but it was
            # made for something else. Rounding leaves it quickly.
            known = search.best.priced.point
            if is_large:
                self._improve_large(known, end)
            else:
                self._rounding.run(self._neighbours(known.choice, None), -np.inf)
            if is_large and not search.is_over():
                # Time was short for the bound before there was a plan.
                search.relax(None)
            if search.relaxed is not None and not search.is_over():
                self._drop_stray_cuts(_PATIENCE)
                SiteMoves(search, search.relaxed.choice).run(end)
            return
        basis = self._master.session.basis()
        self._rounding.run(self._root, -np.inf)
        if is_large:
            # Nothing is settled any more: what the solver knew before that is the better start.
            self._master.go_back_to(basis)
            # The tree seldom finds a plan here: what the way down told of the bound may do, else
            # turning back is the better use of the time.
            self._drop_stray_cuts(_PATIENCE)
            if not search.is_over():
                self._rounding.run(self._root, end)
            return
        if search.best is not None and not search.is_over():
            self._dive(self._neighbours(search.best.priced.point.choice, None))
        self._move_kinds(end)

    def _improve_large(self, known: Point, end: float) -> None:
        """Round, or else have the stock follow in the plan that keeps the limits.

        Parameters
        ----------
        known
            That plan.
        end
            When to begin no more.
        """
        search, before = self._search, self._search.ceiling()
        now = time.monotonic()
        # The last cuts tell something of the bound, and the basis is to be taken along.
        solved = search.solve()
        if solved is not None:
            search.raise_bound(float(solved.objective or 0.0))
        basis = self._master.session.basis()
        self._master.set_limits(search.inner_limits(1.0))
        with self._master.narrowed(self._between(search)):
            until = search.deadline - _KNOWN_SHARE * (search.deadline - now)
            self._rounding.run(self._root, end, until)
        self._master.set_limits(search.limits)
        if search.ceiling() >= before:
            self._master.go_back_to(basis)
            polish(search, np.rint(known.choice), known)

    @staticmethod
    def _between(search: StageSearch) -> list[Point]:
        """Points between which rounding in large cases stays: best plan and relaxation."""
        points = [search.best.priced.point] if search.best is not None else []
        return [*points, *(p for p in (search.relaxed, search.held) if p is not None)]

    def _move_kinds(self, end: float) -> None:
        """Move the sites of the best plan, one kind of option after the other."""
        search = self._search
        tried: set[int] = set()
        while search.best is not None and time.monotonic() < end and not search.is_over():
            choice = search.best.priced.point.choice
            moves = [kind for kind in self._changed_kinds(choice) if kind not in tried]
            if not moves:
                break
            before = search.ceiling()
            tried.add(moves[0])
            self._dive(self._neighbours(choice, moves[0]))
            if search.ceiling() < before:
                tried = {moves[0]}

    def _changed_kinds(self, choice: Floats) -> list[int]:
        """Kinds of option by which a plan changes sites, as total columns, largest first."""
        columns = self._master.branching
        counts = self._master.counts(np.rint(choice))
        taken = np.flatnonzero(columns.total & columns.changes & (counts > 0))
        return [int(k) for k in taken[np.argsort(-columns.weight[taken], kind="stable")]]

    def _neighbours(self, choice: Floats, kind: int | None) -> Branch:
        """Plans with as many of each kind as a given one, at other sites.

        Parameters
        ----------
        choice
            Shape (option,), whole.
        kind
            Total column of the only kind whose sites may move; None for all kinds.
        """
        columns = self._master.branching
        counts = self._master.counts(np.rint(choice))
        lower, upper = np.zeros(len(columns.upper)), columns.upper.copy()
        moves = columns.changes if kind is None else columns.same_kind(kind)
        # What costs nothing at once, keeping a site as it is or shut, follows from the rest.
        fixed = columns.changes & (~moves | columns.total)
        lower[fixed] = upper[fixed] = counts[fixed]
        return Branch(-np.inf, lower, upper, 0)

    def _weightiest_fraction(self, values: Floats) -> tuple[int, float] | None:
        """Branching column of most weight that is not whole, and its value; None if all are."""
        found = self._master.fractions(values)
        if not len(found):
            return None
        return int(found[0]), float(self._master.whole_values(values)[found[0]])

    def _dive(self, root: Branch) -> None:
        """Settle one column after the other, the weightiest first, and polish the end.

        Both halves of a branch are looked at, and the better one is gone into.
        """
        search, columns = self._search, self._master.branching
        node = root
        for step in range(len(columns.upper)):
            if search.is_over():
                return
            self._master.set_bounds(node.lower, node.upper)
            solved = search.solve()
            if solved is not None and step % 2 == 1 and search.cut_off(solved):
                solved = search.solve()
            if solved is None or solved.values is None:
                return
            bound = float(solved.objective or 0.0)
            if bound >= search.ceiling():
                return
            fractional = self._weightiest_fraction(solved.values)
            if fractional is None:
                polish(search, np.rint(self._master.point(solved.values).choice))
                return
            column, value = fractional
            low, high = self._try_out(node, column, value, bound)
            below, above = Tree.split(node, column, value, bound)
            if min(low, high) == np.inf:
                return
            is_tie = abs(low - high) <= 1e-9 * abs(bound)
            goes_up = value - np.floor(value) >= 0.5 if is_tie else high < low
            node = above if goes_up else below

    # --- the tree ---------------------------------------------------------------------------

    def _search_tree(self) -> None:
        """Search the tree; raises the bound of the stage."""
        search, tree = self._search, Tree()
        if not search.is_over():
            self._drop_stray_cuts(1)
        node: Branch | None = self._root
        while not search.is_over():
            if node is None:
                node = tree.pop()
            if node is None:
                break
            node = self._explore(tree, node)
            search.raise_bound(tree.bound(node))
            search.tell()

    def _drop_stray_cuts(self, patience: int) -> None:
        """Drop cuts that say nothing about the whole and were idle for more than ``patience``."""
        self._master.free_bounds()
        solved = self._search.solve()
        if solved is not None:
            self._search.raise_bound(float(solved.objective or 0.0))
        self._master.purge_cuts(patience)

    def _explore(self, tree: Tree, node: Branch) -> Branch | None:
        """Solve a branch; return the half to go on with, None where there is nothing left."""
        search = self._search
        if node.bound >= search.cutoff():
            tree.close(node.bound)
            return None
        self._master.set_bounds(node.lower, node.upper)
        self.nodes += 1
        if self.nodes % _PURGE_EVERY == 0:
            self._master.purge_cuts(_PATIENCE)
        bound, before = node.bound, -np.inf
        for attempt in range(_HARVESTS + 1):
            if search.is_over():
                return replace(node, bound=bound)
            solved = search.solve()
            if solved is None or solved.values is None:
                if not search.is_refuted:
                    tree.close(bound)
                return None
            before, bound = bound, max(bound, float(solved.objective or 0.0))
            if bound >= search.cutoff():
                tree.close(bound)
                return None
            point, values = solved.values, self._master.whole_values(solved.values)
            is_slow = attempt > 0 and bound - before < _HELPFUL * (search.cutoff() - bound)
            if attempt == _HARVESTS or is_slow or not search.cut_off(solved):
                break
        if (np.abs(values - np.rint(values)) <= WHOLE).all():
            return self._settle(tree, node, np.rint(self._master.point(point).choice), bound)
        return self._split(tree, node, values, bound)

    def _settle(self, tree: Tree, node: Branch, choice: Floats, bound: float) -> Branch | None:
        """Polish a whole choice; return its branch, where other choices may be better now.

        What polishing proves holds for the choice alone. Its cuts hold for the branch, which is
        looked at again, and closed at what the relaxation says once the choice comes back.
        """
        key = choice.tobytes()
        self._polished[key] = self._polished.get(key, 0) + 1
        if self._polished[key] > _POLISHES:
            tree.close(bound)
            return None
        polish(self._search, choice)
        return replace(node, bound=bound)

    def _split(self, tree: Tree, node: Branch, values: Floats, bound: float) -> Branch | None:
        """Choose a column, split the branch there and return the half to go on with."""
        cutoff = self._search.cutoff()
        # With a good plan at hand the bound counts, and how many of a kind there are moves it most.
        raises_bound = self._search.ceiling() - bound <= _NEAR * abs(self._search.ceiling())
        halves: dict[int, tuple[float, float]] = {}
        column = -1
        for tried in self._costs.unknown(values, _TRIALS):
            if self._search.is_over():
                break
            halves[tried] = self._try_out(node, tried, float(values[tried]), bound)
            if max(halves[tried]) >= cutoff:
                column = tried
                break
        if column < 0:
            column = self._costs.best(values, counts_first=raises_bound)
        value = float(values[column])
        low, high = halves.get(column, (bound, bound))
        below, above = tree.split(node, column, value, bound)
        below, above = replace(below, bound=low), replace(above, bound=high)
        first, second = (above, below) if value - np.floor(value) >= 0.5 else (below, above)
        if first.bound >= cutoff:
            first, second = second, first
        tree.push(second)
        if raises_bound and self._master.branching.total[column]:
            tree.push(first)
            return None
        return first

    def _try_out(
        self, node: Branch, column: int, value: float, bound: float
    ) -> tuple[float, float]:
        """Bounds of both halves of a branch at one column."""
        found = []
        for upwards in (False, True):
            lower, upper = node.lower.copy(), node.upper.copy()
            if upwards:
                lower[column] = np.ceil(value)
            else:
                upper[column] = np.floor(value)
            self._master.set_bounds(lower, upper)
            solved = self._search.solve()
            half = bound if solved is None else max(bound, float(solved.objective or 0.0))
            if solved is None and self._search.is_refuted:
                half = np.inf
            distance = np.ceil(value) - value if upwards else value - np.floor(value)
            self._costs.learn(column, float(distance), half - bound, upwards=upwards)
            found.append(half)
        return found[0], found[1]
