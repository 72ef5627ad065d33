"""One source per district: which warehouses are open first, which district goes where after that.

With several sources allowed the problem is a relaxation whose optimum lies within a few tenths of
a percent, and few choices of open warehouses (designs) cost less there than the best plan does.
The tree of ``location_tree`` comes to them in the order of that relaxation, and the districts of
each are assigned by a generalised assignment problem. When the next design costs as much as the
best plan, what is left are the assignments that are not closed yet.

Source of the idea: cut-and-solve, Yang, Chu, Chen, European Journal of Operational Research 221
(2012) 521-532.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.location_assignment import screen
from allocator.engine.location_cores import (
    CapacityState,
    offer_assignment,
    plan_of,
    solve_by_cores,
)
from allocator.engine.location_question import Proof
from allocator.engine.location_root import Root, StrongRelaxation
from allocator.engine.location_rows import LocationRows, rooms_of
from allocator.engine.location_tree import WarehouseTree
from allocator.solver import SolveOptions, SolveResult, Status, solve_program
from models.location_data import LaneList

__all__ = ["Designs"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

#: First threshold of designs and of assignments, as a share of the relaxation.
_FIRST_DESIGNS = 0.03
_FIRST_LANES = 0.0004

#: Designs without any plan after which the problem is taken as a whole: it may have none.
_MOST_WITHOUT_PLAN = 20

#: Factor by which a threshold that was too small grows.
_GROWTH = 4.0

#: Lanes of a part, as a share of all that can matter, from which on these are taken at once.
_NEARLY_ALL = 0.85

#: Share of the time left that an assignment may take before the other designs are looked at, and
#: most of it. [s]
_FIRST_SHARE = 0.15
_FIRST_SECONDS = 5.0


@dataclass
class _Design:
    """A choice of open warehouses, with the bound of all plans that have it."""

    opened: BoolArray
    bound: float
    first: float = _FIRST_LANES


class Designs:
    """The designs that the tree has come to, and how far the others are proven to be.

    Parameters
    ----------
    state
        Problem, question and what is known so far.
    relaxation, root
        Its relaxation, and the solution of that.
    """

    def __init__(self, state: CapacityState, relaxation: StrongRelaxation, root: Root) -> None:
        self.state, self.root = state, root
        self.tree = WarehouseTree(state, relaxation, root, self)
        self.seen: set[bytes] = set()
        self.open: list[_Design] = []
        self.next_bound = root.objective
        self.until = math.inf

    @property
    def bound(self) -> float:
        """Bound of the designs to come, and of those not closed."""
        return min([self.next_bound, *(design.bound for design in self.open)])

    @property
    def is_closed(self) -> bool:
        """Whether no design can hold a better plan."""
        return self.bound >= self.state.cutoff

    def search(self, seconds: float) -> None:
        """Take designs until the next one is too expensive, or for so many seconds."""
        self.until = self.state.search.seconds + seconds
        self.next_bound = max(self.next_bound, self.tree.search())
        self._raise()

    def finish(self) -> Proof:
        """Close the assignments; return what is found and proven."""
        state = self.state
        if self._has_no_plan:
            return solve_by_cores(state, self.root, everything=True)
        self._close()
        if self.next_bound == math.inf and not self.open and not math.isfinite(state.cost):
            return Proof(Status.INFEASIBLE)
        return state.proof()

    def raise_bound(self, bound: float) -> None:
        """Hear the bound of the designs that are still to come."""
        self.next_bound = max(self.next_bound, bound)
        self._raise()

    def round(self, opened: BoolArray) -> None:
        """Offer a plan of a design by exchanges, shape (warehouse,)."""
        offer_assignment(self.state, opened)

    def take(self, point: Root) -> bool:
        """Assign the districts of a design, in part of the time; what is left comes back later."""
        opened = point.opened
        if opened.tobytes() in self.seen:
            return False
        self.seen.add(opened.tobytes())
        offer_assignment(self.state, opened)
        search = self.state.search
        left = search.remaining_seconds
        if math.isfinite(self.state.cost):
            left = min(_FIRST_SECONDS, _FIRST_SHARE * left)
        self._assign(_Design(opened, point.objective), min(left, self.until - search.seconds))
        return False

    @property
    def is_enough(self) -> bool:
        """Whether the time for now is over, or so many designs had no plan that none may have."""
        return self.state.search.seconds >= self.until or self._has_no_plan

    @property
    def _has_no_plan(self) -> bool:
        return len(self.seen) >= _MOST_WITHOUT_PLAN and not math.isfinite(self.state.cost)

    def _close(self) -> None:
        """Come back to the assignments that are not closed, cheapest bound first."""
        state = self.state
        self._raise()
        while self.open and not state.is_over:
            self.open.sort(key=lambda design: design.bound)
            design = self.open.pop(0)
            if design.bound < state.cutoff:
                self._assign(design, state.search.remaining_seconds)
            self._raise()

    def _raise(self) -> None:
        """Tell the bound: that of the designs to come, and of those not closed."""
        self.state.raise_bound(self.bound)

    def _assign(self, design: _Design, seconds: float) -> None:
        """Assign the districts of a design; what is not closed goes to the open ones."""
        state = self.state
        until = state.search.seconds + seconds
        numbers = np.flatnonzero(design.opened)
        lanes = _lanes_of(state.data.lane_cost, numbers)
        rows = LocationRows(state.data, None, numbers, lanes)
        unlinked = np.zeros(lanes.warehouse.size, dtype=np.bool_)
        relaxed = solve_program(
            rows.program(linked=unlinked, forced=design.opened), state.search.solve_options()
        )
        if relaxed.status is Status.INFEASIBLE:
            return
        if relaxed.objective is not None and relaxed.objective >= state.cutoff:
            return
        if relaxed.status is not Status.OPTIMAL or relaxed.reduced_costs is None:
            self.open.append(design)
            return
        self._branch(design, rows, relaxed, until)
        if design.bound < state.cutoff:
            self.open.append(design)

    def _lane_bounds(self, design: _Design, rows: LocationRows, relaxed: SolveResult) -> FloatArray:
        """Return a bound on the plans that use a lane, shape (lane,)."""
        data, state = self.state.data, self.state
        base = float(relaxed.objective or 0.0)
        design.bound = max(design.bound, base)
        bounds = base + np.asarray(relaxed.reduced_costs)[rows.warehouses.size :]
        target = state.cost if math.isfinite(state.cost) else base * (1.0 + _FIRST_DESIGNS)
        screening = screen(
            data.lane_cost[rows.warehouses],
            data.demand_units,
            rooms_of(data)[rows.warehouses],
            float(data.opening_cost[rows.warehouses].sum()),
            np.asarray(relaxed.row_duals)[: data.district_count],
            target,
            state.cutoff,
        )
        if screening is None:
            return np.asarray(bounds)
        design.bound = max(design.bound, screening.bound)
        number = np.searchsorted(rows.warehouses, rows.lanes.warehouse)
        return np.maximum(bounds, screening.lane_bound[number, rows.lanes.district])

    def _branch(
        self, design: _Design, rows: LocationRows, relaxed: SolveResult, until: float
    ) -> None:
        """Solve parts of an assignment with growing lists of lanes until it is closed."""
        state = self.state
        bounds = self._lane_bounds(design, rows, relaxed)
        limit = design.bound + design.first * abs(design.bound)
        while design.bound < state.cutoff and state.search.seconds < until:
            # No plan with a lane beyond the cutoff is better than the one at hand.
            limit = min(limit, state.cutoff)
            if (bounds <= limit).sum() >= _NEARLY_ALL * (bounds <= state.cutoff).sum():
                limit = state.cutoff
            kept = bounds <= limit
            lanes = LaneList(rows.lanes.warehouse[kept], rows.lanes.district[kept])
            part = LocationRows(state.data, None, rows.warehouses, lanes)
            program = part.program(
                linked=np.zeros(int(kept.sum()), dtype=np.bool_),
                whole_lanes=True,
                forced=design.opened,
            )
            options = _within(state.search.solve_options(), until - state.search.seconds)
            answer = solve_program(program, options, stage="assignment")
            is_all = limit >= state.cutoff or bool(kept.all())
            beyond = math.inf if is_all else limit
            if answer.values is not None:
                state.offer(float(answer.objective or 0.0), plan_of(part, answer.values))
            if answer.status is Status.INFEASIBLE:
                design.bound = max(design.bound, beyond)
                limit = design.bound + _GROWTH * max(
                    limit - float(relaxed.objective or 0.0), _FIRST_LANES * abs(limit)
                )
                continue
            if answer.bound is not None:
                design.bound = max(design.bound, min(answer.bound, beyond))
            if answer.values is None or answer.status is Status.TIME_LIMIT or is_all:
                return
            limit = state.cost


def _lanes_of(cost: FloatArray, warehouses: NDArray[np.intp]) -> LaneList:
    """Return all lanes of some warehouses."""
    district, number = np.nonzero(np.isfinite(cost[warehouses]).T)
    return LaneList(warehouses[number], district)


def _within(options: SolveOptions, seconds: float) -> SolveOptions:
    """Return options with at most so many seconds."""
    limit = options.time_limit_seconds
    least = max(0.0, seconds if limit is None else min(limit, seconds))
    return replace(options, time_limit_seconds=least if math.isfinite(least) else None)
