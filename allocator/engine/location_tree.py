"""Branch and bound on which warehouses are open, over the strong relaxation.

HiGHS solves the relaxations of one session, each from the basis of the one before; lanes and links
come as they are needed. A whole program of HiGHS has all links from the beginning: on Holmberg's
p57 it takes 40 times as long.

The tree ends in designs: choices of open warehouses. What a design costs is the visitor's
business. Where it costs more than the relaxation says (one source per district, for example), the
other designs of that part are searched on.

Sources: branching by trial, Achterberg, Koch, Martin, Operations Research Letters 33 (2005) 42-54;
strong relaxation, Balinski 1965; fixing by reduced costs, Beasley, European Journal of Operational
Research 33 (1988) 314-325.
"""

from __future__ import annotations

import heapq
import itertools
import math
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from allocator.engine.branching import PseudoCosts
from allocator.engine.location_cores import CapacityState
from allocator.engine.location_root import Root, StrongRelaxation
from allocator.engine.location_rows import rooms_of
from allocator.solver import Status

__all__ = ["Visitor", "WarehouseTree"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

#: Share that far from 0 and 1 counts as whole.
_WHOLE = 1e-6

#: Warehouses tried out before one is branched on, as long as they are not known.
_TRIALS = 8

#: Parts taken between two roundings.
_ROUND_EVERY = 5


class Visitor(Protocol):
    """Who finds out what designs cost."""

    def take(self, point: Root) -> bool:
        """Find plans of a design that the relaxation has come to.

        Parameters
        ----------
        point
            With whole open shares.

        Returns
        -------
        bool
            Whether the plan found costs as little as the relaxation, so that no other plan of
            this part is better.
        """

    def round(self, opened: BoolArray) -> None:
        """Find a plan of a design that was made by rounding, shape (warehouse,)."""

    def raise_bound(self, bound: float) -> None:
        """Hear the bound of all designs that are still to come."""

    @property
    def is_enough(self) -> bool:
        """Whether no more designs are wanted."""


@dataclass(order=True)
class _Part:
    """Designs between two limits; not solved yet while there is no point."""

    bound: float
    order: int
    lower: FloatArray = field(compare=False)
    upper: FloatArray = field(compare=False)
    point: Root | None = field(compare=False, default=None)


class WarehouseTree:
    """The parts of the designs that are open, best bound first.

    Parameters
    ----------
    state
        Problem, question and what is known so far.
    relaxation
        Solved at the root.
    root
        Its solution.
    visitor
        Finds out what designs cost.
    """

    def __init__(
        self, state: CapacityState, relaxation: StrongRelaxation, root: Root, visitor: Visitor
    ) -> None:
        self.state, self.relaxation, self.visitor = state, relaxation, visitor
        sites = state.data.warehouse_count
        some = np.ones(sites, dtype=np.bool_)
        self.costs = PseudoCosts(np.arange(sites), np.ones(sites), some)
        self.order = itertools.count()
        self.rounded: set[bytes] = set()
        self.given_up = math.inf
        self.parts: list[_Part] = []
        data = state.data
        self._push(data.fixed_open.astype(float), data.allowed.astype(float), root.objective, root)

    def search(self) -> float:
        """Search until no part is better than the best plan, or enough; go on if called again.

        Returns
        -------
        float
            Bound of the designs that were not taken; ``inf`` if there are none.
        """
        for number in itertools.count():
            if not self.parts:
                break
            part = heapq.heappop(self.parts)
            self.visitor.raise_bound(min(part.bound, self.given_up))
            if self._is_over or part.bound >= self.state.cutoff:
                heapq.heappush(self.parts, part)
                break
            if part.point is None:
                self._solve(part)
                continue
            if number % _ROUND_EVERY == 0:
                self._round(part.point)
            self._branch(part, part.point)
        left = min((part.bound for part in self.parts), default=math.inf)
        return min(left, self.given_up)

    @property
    def _is_over(self) -> bool:
        return self.state.is_over or self.visitor.is_enough

    def _push(
        self, lower: FloatArray, upper: FloatArray, bound: float, point: Root | None = None
    ) -> None:
        # Of equal bounds the youngest first: it is deepest, and deep parts bring plans.
        heapq.heappush(self.parts, _Part(bound, -next(self.order), lower, upper, point))

    def _give_up(self, bound: float) -> None:
        """Leave a part unsearched; its bound stays with the proof."""
        self.given_up = min(self.given_up, bound)

    def _solve(self, part: _Part) -> float | None:
        """Solve a part, keep what is left of it; return its bound, None if it has no plan."""
        if not self._has_room(part.upper):
            return None
        point = self.relaxation.solve(part.lower, part.upper, self.state.cutoff)
        if point.status is Status.INFEASIBLE:
            return None
        if point.status is not Status.OPTIMAL:
            self._give_up(part.bound)
            return part.bound
        bound = max(part.bound, point.objective)
        if bound >= self.state.cutoff:
            self._give_up(bound)
            return bound
        share = np.asarray(point.share)
        if float(np.minimum(share, 1.0 - share).max()) > _WHOLE:
            self._push(*self._fixed(part.lower, part.upper, point), bound, point)
        elif not self.visitor.take(point):
            self._split(part, point, bound)
        return bound

    def _has_room(self, upper: FloatArray) -> bool:
        """Whether the warehouses that are not shut can hold the demand."""
        demand = float(self.state.data.demand_units.sum())
        return float(rooms_of(self.state.data)[upper > 0.5].sum()) >= demand * (1.0 - 1e-9)

    def _fixed(
        self, lower: FloatArray, upper: FloatArray, point: Root
    ) -> tuple[FloatArray, FloatArray]:
        """Return limits without what reduced costs rule out."""
        share, reduced = np.asarray(point.share), np.asarray(point.open_reduced_cost)
        over = np.abs(reduced) > self.state.cutoff - point.objective
        shut = over & (share < _WHOLE) & (reduced > 0.0)
        held = over & (share > 1.0 - _WHOLE) & (reduced < 0.0)
        return np.where(held, upper, lower), np.where(shut, lower, upper)

    def _split(self, part: _Part, point: Root, bound: float) -> None:
        """Keep the designs of a part other than the one its relaxation has come to."""
        share, reduced = np.rint(np.asarray(point.share)), np.asarray(point.open_reduced_cost)
        lower, upper = part.lower.copy(), part.upper.copy()
        free = np.flatnonzero(lower < upper)
        # What costs most to change is settled first: those parts are mostly beyond the cutoff.
        for warehouse in free[np.argsort(-np.abs(reduced[free]), kind="stable")].tolist():
            other = bound + abs(float(reduced[warehouse]))
            if other < self.state.cutoff:
                low, high = lower.copy(), upper.copy()
                low[warehouse] = high[warehouse] = 1.0 - share[warehouse]
                self._push(low, high, other)
            else:
                self._give_up(other)
            lower[warehouse] = upper[warehouse] = share[warehouse]

    def _branch(self, part: _Part, point: Root) -> None:
        """Split a part on the warehouse that promises most, shut or open."""
        lower, upper = self._fixed(part.lower, part.upper, point)
        share = np.where(lower < upper, np.asarray(point.share), lower)
        if float(np.minimum(share, 1.0 - share).max()) <= _WHOLE:
            # A better plan has settled the rest since.
            self._solve(_Part(part.bound, 0, lower, upper))
            return
        for warehouse in self.costs.unknown(share, _TRIALS):
            for side in (0, 1):
                tried = self.relaxation.try_out(*_limits(lower, upper, warehouse, side))
                if tried is not None:
                    self._learn(warehouse, share, tried - part.bound, side)
        warehouse = self.costs.best(share)
        for side in (0, 1):
            low, high = _limits(lower, upper, warehouse, side)
            bound = self._solve(_Part(part.bound, 0, low, high))
            self._learn(warehouse, share, math.inf if bound is None else bound - part.bound, side)

    def _learn(self, warehouse: int, share: FloatArray, gain: float, side: int) -> None:
        """Note what a branch has gained: at most the distance to the best plan."""
        most = self.state.cutoff - self.state.bound
        distance = 1.0 - share[warehouse] if side else share[warehouse]
        self.costs.learn(warehouse, float(distance), min(gain, most), upwards=bool(side))

    def _round(self, point: Root) -> None:
        """Offer the design of the warehouses most open, as many as hold the demand."""
        data, share = self.state.data, np.asarray(point.share)
        ranked = np.argsort(-share, kind="stable")
        held = np.cumsum(rooms_of(data)[ranked])
        least = int(np.searchsorted(held, float(data.demand_units.sum()) * (1.0 - 1e-12))) + 1
        count = self.state.search.question.count
        opened = np.zeros(share.size, dtype=np.bool_)
        opened[ranked[: count or max(least, int((share > 0.5).sum()))]] = True
        opened |= data.fixed_open
        if opened.tobytes() not in self.rounded and (opened <= data.allowed).all():
            self.rounded.add(opened.tobytes())
            self.visitor.round(opened)


def _limits(
    lower: FloatArray, upper: FloatArray, warehouse: int, side: int
) -> tuple[FloatArray, FloatArray]:
    """Return limits with a warehouse shut (side 0) or open (side 1)."""
    low, high = lower.copy(), upper.copy()
    low[warehouse] = high[warehouse] = float(side)
    return low, high
