"""The median and the uncapacitated location problem, exactly, at sizes a whole model is slow at.

1. A plan by greedy opening and exchange.
2. The relaxation by Benders cuts in closed form, each round the most violated cut of each
   district, in a persistent HiGHS session.
3. Branch and cut on the open warehouses in the same session. HiGHS has no callback for cuts, and
   restarting its own branch and bound after each round of cuts took 6 to 25 times as long on
   OR-Library's pmed17, 27 and 31.
"""

from __future__ import annotations

import heapq
import itertools
import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from allocator.engine.location_market import (
    MedianState,
    first_plan,
    improved_plan,
    market_of,
    rounded_plan,
)
from allocator.engine.location_question import Proof, Search
from allocator.engine.location_relaxation import Relaxation, RelaxedPoint
from allocator.errors import InfeasibleError
from models.location_data import LocationData

__all__ = ["solve_median"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

#: Violation of a cut, relative to its level, below which it is not added: at whole points the
#: costs must be exact, at others they only steer.
_TOLERANCE_WHOLE = 1e-9
_TOLERANCE = 1e-5

#: Open share that far from 0 and 1 counts as fractional.
_FRACTION = 1e-6

#: Solves of the relaxation between two prunings of slack cuts.
_PRUNE_EVERY_ROOT = 5
_PRUNE_EVERY_NODE = 20


def solve_median(data: LocationData, search: Search) -> Proof:
    """Solve the median (with ``count``) or the uncapacitated location problem (without).

    Parameters
    ----------
    data
        Without capacities; every district has a lane, and ``count`` warehouses can be open.
    search
        Question, options, clock.

    Returns
    -------
    Proof
        Plan and proven bound.
    """
    market = market_of(data, search.question.count)
    state = MedianState(data, market, search, np.zeros(market.numbers.size, dtype=np.bool_))
    first = first_plan(market)
    state.offer(first)
    relaxation = Relaxation(market)
    _tighten(state, relaxation, first)
    if not state.is_over:
        state.offer(improved_plan(market, state.opened if state.opened.any() else first))
    if not state.is_over:
        _Tree(state, relaxation).search()
    return state.proof()


def _tighten(state: MedianState, relaxation: Relaxation, first: BoolArray) -> None:
    """Add cuts at the root until none is violated or the gap is closed."""
    middle = first.astype(np.float64)
    relaxation.cut_at(middle)
    last: RelaxedPoint | None = None
    for round_number in itertools.count(1):
        try:
            point = relaxation.solve(state.search.solve_options())
        except InfeasibleError:
            return
        if point is None or _is_stalled(point, last):
            return
        last = point
        state.raise_bound(point.objective)
        state.offer(rounded_plan(state.market, point.share))
        state.report()
        if state.is_over:
            return
        if round_number % _PRUNE_EVERY_ROOT == 0:
            relaxation.prune(point)
        # Cuts taken half-way to the points seen before cut deeper than those at the corner.
        middle = 0.5 * (middle + point.share)
        added = relaxation.cut(point, middle, _TOLERANCE)
        if added == 0 and relaxation.cut(point, point.share, _TOLERANCE) == 0:
            return


def _is_stalled(point: RelaxedPoint, last: RelaxedPoint | None) -> bool:
    """Whether cuts have moved nothing: the solver's tolerance is reached."""
    return last is not None and bool(np.array_equal(point.values, last.values))


@dataclass(order=True)
class _Node:
    """Part of the plans: the open shares lie between ``lower`` and ``upper``."""

    bound: float
    order: int
    lower: FloatArray = field(compare=False)
    upper: FloatArray = field(compare=False)


@dataclass
class _Tree:
    """Branch and cut, best bound first."""

    state: MedianState
    relaxation: Relaxation
    nodes: list[_Node] = field(default_factory=list)
    made: int = 0
    solves: int = 0
    given_up: float = math.inf

    def search(self) -> None:
        """Search until the gap is closed or the time is up."""
        state = self.state
        fixed = state.market.fixed_open.astype(np.float64)
        self._push(state.bound, fixed, np.ones(fixed.size))
        while self.nodes:
            node = heapq.heappop(self.nodes)
            state.raise_bound(min(node.bound, self.given_up))
            state.report()
            if state.is_over or node.bound >= state.cutoff:
                self._give_up(node.bound)
                break
            self._visit(node)
        # What is open or was given up may hold plans no better than its bound.
        open_bound = min((node.bound for node in self.nodes), default=math.inf)
        left = min(open_bound, self.given_up)
        state.raise_bound(left)
        state.is_infeasible = left == math.inf and state.cost == math.inf

    def _push(self, bound: float, lower: FloatArray, upper: FloatArray) -> None:
        # Of equal bounds the youngest first: it is deepest, and deep nodes bring plans.
        self.made += 1
        heapq.heappush(self.nodes, _Node(bound, -self.made, lower, upper))

    def _give_up(self, bound: float) -> None:
        """Leave a part unsearched; its bound stays with the proof."""
        self.given_up = min(self.given_up, bound)

    def _visit(self, node: _Node) -> None:
        """Solve a node with its cuts, then drop it or branch."""
        state, relaxation = self.state, self.relaxation
        relaxation.set_limits(node.lower, node.upper)
        bound = node.bound
        last: RelaxedPoint | None = None
        while True:
            self.solves += 1
            try:
                point = relaxation.solve(state.search.solve_options())
            except InfeasibleError:
                return
            if point is None:
                self._give_up(bound)
                return
            bound = max(bound, state.lifted(point.objective))
            state.offer(rounded_plan(state.market, point.share))
            if bound >= state.cutoff:
                self._give_up(bound)
                return
            distance = np.minimum(point.share, 1.0 - point.share)
            whole = bool(distance.max() < _FRACTION)
            at = np.rint(point.share) if whole else point.share
            added = relaxation.cut(point, at, _TOLERANCE_WHOLE if whole else _TOLERANCE)
            if added == 0 or _is_stalled(point, last):
                break
            last = point
        if self.solves % _PRUNE_EVERY_NODE == 0:
            relaxation.prune(point)
        if whole:
            self._give_up(bound)
            return
        self._branch(node, bound, point, int(np.argmax(distance)))

    def _branch(self, node: _Node, bound: float, point: RelaxedPoint, warehouse: int) -> None:
        """Split a node on one warehouse, open or shut; shut what its reduced cost rules out."""
        hopeless = (point.share < _FRACTION) & (
            point.objective + point.reduced_costs > self.state.cost
        )
        upper = np.where(hopeless, np.minimum(node.upper, node.lower), node.upper)
        shut = upper.copy()
        shut[warehouse] = 0.0
        opened = node.lower.copy()
        opened[warehouse] = 1.0
        self._push(bound, node.lower, shut)
        self._push(bound, opened, upper)
