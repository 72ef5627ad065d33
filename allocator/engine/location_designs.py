"""One source per district: which warehouses are open first, which district goes where after that.

With several sources allowed the problem is a relaxation whose optimum lies within a few tenths of
a percent, and few choices of open warehouses (designs) cost less there than the best plan does.
They are taken in the order of that relaxation; each is barred once taken, and its districts are
assigned by a generalised assignment problem. When the next design costs as much as the best plan,
what is left are the assignments that are not closed yet.

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
    core_of,
    offer_assignment,
    plan_of,
    scale_of,
    solve_by_cores,
    solve_core,
    wider_threshold,
)
from allocator.engine.location_question import Proof
from allocator.engine.location_root import Root
from allocator.engine.location_rows import LocationRows, rooms_of
from allocator.solver import SolveOptions, SolveResult, Status, solve_program
from models.location_data import LaneList

__all__ = ["solve_by_designs"]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]

#: First threshold of designs and of assignments, as a share of the relaxation.
_FIRST_DESIGNS = 0.03
_FIRST_LANES = 0.002

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


def solve_by_designs(state: CapacityState, root: Root) -> Proof:
    """Solve the problem with one source per district.

    Parameters
    ----------
    state
        Problem, question and what is known so far.
    root
        Its relaxation.

    Returns
    -------
    Proof
        Plan and proven bound; status infeasible where there is none.
    """
    return _Designs(state, root).solve()


class _Designs:
    """The designs seen so far, and how far the others are proven to be."""

    def __init__(self, state: CapacityState, root: Root) -> None:
        self.state, self.root = state, root
        self.seen: list[BoolArray] = []
        self.open: list[_Design] = []
        self.next_bound = root.objective
        self.assigned = False

    def solve(self) -> Proof:
        """Take designs until the next one is too expensive, then close the assignments."""
        state = self.state
        threshold = _FIRST_DESIGNS * scale_of(self.root)
        while not state.is_over and self.next_bound < state.cutoff:
            threshold = min(threshold, max(state.cost - self.root.objective, 0.0))
            core = core_of(state.data, self.root, threshold, state.search, None)
            answer = solve_core(state, core, whole_lanes=False, barred=self._barred(core.rows))
            if answer.status is Status.INFEASIBLE:
                self.next_bound = core.proven_below
                threshold = wider_threshold(threshold, self.root)
                continue
            if answer.bound is not None:
                self.next_bound = max(self.next_bound, min(answer.bound, core.proven_below))
            self._raise()
            if answer.values is None or self.next_bound >= state.cutoff:
                break
            self._take(core.rows, answer)
            if len(self.seen) >= _MOST_WITHOUT_PLAN and not math.isfinite(state.cost):
                return solve_by_cores(state, self.root, everything=True)
            if float(answer.objective or 0.0) >= core.proven_below:
                threshold = wider_threshold(threshold, self.root)
        self._close()
        if self.next_bound == math.inf and not self.open and not math.isfinite(state.cost):
            return Proof(Status.INFEASIBLE)
        return state.proof()

    def _barred(self, rows: LocationRows) -> list[BoolArray]:
        """Return the designs that lie within the warehouses at hand; others cannot come again."""
        there = np.zeros(self.state.data.warehouse_count, dtype=np.bool_)
        there[rows.warehouses] = True
        return [design for design in self.seen if not (design & ~there).any()]

    def _take(self, rows: LocationRows, answer: SolveResult) -> None:
        """Bar a design and assign its districts, in part of the time."""
        opened = np.zeros(self.state.data.warehouse_count, dtype=np.bool_)
        flags = np.asarray(answer.values)[: rows.warehouses.size] > 0.5
        opened[rows.warehouses[flags]] = True
        self.seen.append(opened)
        offer_assignment(self.state, opened)
        design = _Design(opened, float(answer.bound or self.root.objective))
        left = self.state.search.remaining_seconds
        if self.assigned:
            left = min(_FIRST_SECONDS, _FIRST_SHARE * left)
        self._assign(design, left)

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
        left = min([self.next_bound, *(design.bound for design in self.open)])
        self.state.raise_bound(left)

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
                self.assigned = True
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
