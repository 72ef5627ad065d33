"""Capacitated location by cores: what a threshold above the relaxation leaves of the problem.

1. Reduced costs against a threshold leave out warehouses, hold others open and, where lanes are
   whole, leave out lanes: a plan that does otherwise costs more than the relaxation plus the
   threshold. The rest goes to HiGHS. A plan within the threshold is proven; else the threshold
   grows, at most to the distance of the best plan from the relaxation.
2. Where lanes may be used in part, reduced costs say nothing on a small part of a lane. There the
   lanes that cost more than a district's price are replaced by its escape (``location_rows``),
   and come back where a plan escapes.

Sources: fixing by reduced costs, Beasley, European Journal of Operational Research 33 (1988)
314-325; kernels of promising columns, Guastaroba, Speranza, European Journal of Operational
Research 238 (2014) 438-450.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.location_question import Proof, Search
from allocator.engine.location_root import Root
from allocator.engine.location_rows import LocationRows
from allocator.solver import LinearProgram, SolveResult, Status, relative_gap, solve_program
from models.location import LocationPlan
from models.location_data import LaneList, LocationData
from models.parts.assignment_exchange import assign_whole, improve_assignment

__all__ = [
    "BROKEN",
    "CapacityState",
    "Core",
    "core_of",
    "cost_of",
    "offer_assignment",
    "offer_transport",
    "plan_by",
    "plan_of",
    "scale_of",
    "solve_by_cores",
    "solve_core",
    "wider_threshold",
]

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
IndexArray = NDArray[np.intp]

#: Up to so many warehouses none is left out on a guess.
_FEW_WAREHOUSES = 60

#: First threshold, as a share of the relaxation.
_FIRST_THRESHOLD = 0.006

#: A plan that near to the relaxation, as a share of it, sets the first threshold.
_NEAR_PLAN = 0.08

#: First lanes: those that cost at most the district's price and this share of it.
_FIRST_MARGIN = 0.05
_WIDE_MARGIN = 1.0

#: Factor by which a threshold or margin that was too small grows.
_GROWTH = 4.0

#: Threshold, as a share of the costs, beyond which nothing is left out any more.
_WIDEST = 100.0

#: Shares below this are noise of the solver.
_LEAST_SHARE = 1e-9

#: Rounding noise of a cost, relative.
_NOISE = 1e-9

#: What another solver status says about the search.
BROKEN = (Status.UNBOUNDED, Status.NUMERICAL, Status.FAILED)


@dataclass
class CapacityState:
    """Where the search stands.

    Parameters
    ----------
    data, search
        What is solved.
    cost, bound
        Of the best plan, ``inf`` while there is none, and of the proof.
    plan
        Best plan.
    step
        Least difference of two plans' costs that is known: 1 where all costs are whole and each
        district has one source.
    left_out
        Bound of the plans that the data do not hold any more.
    """

    data: LocationData
    search: Search
    step: float
    cost: float = math.inf
    bound: float = -math.inf
    plan: LocationPlan | None = None
    left_out: float = math.inf

    def offer(self, cost: float, plan: LocationPlan) -> None:
        """Keep a plan if it is better."""
        if cost < self.cost:
            self.cost, self.plan = cost, plan
            self.report()

    def raise_bound(self, bound: float) -> None:
        """Take a bound if it is better, but never one beyond the plan."""
        if self.step and math.isfinite(bound):
            bound = max(bound, float(math.ceil(bound - 1e-6 * max(1.0, abs(bound) * 1e-3))))
        self.bound = max(self.bound, min(bound, self.left_out, self.cost))
        self.report()

    @property
    def cutoff(self) -> float:
        """Bound from which on no plan is better than the one at hand by enough."""
        if not math.isfinite(self.cost):
            return math.inf
        worth = max(self.search.options.gap, _NOISE) * abs(self.cost)
        return self.cost - max(worth, self.step * (1.0 - 1e-6))

    @property
    def is_over(self) -> bool:
        """Whether the gap asked for is proven or the time is up."""
        if self.search.is_over:
            return True
        status = self.search.status(*self.figures)
        return status in (Status.OPTIMAL, Status.WITHIN_GAP)

    @property
    def figures(self) -> tuple[float | None, float | None]:
        """Cost and bound, None where there is none."""
        cost = self.cost if math.isfinite(self.cost) else None
        return cost, self.bound if math.isfinite(self.bound) else None

    def report(self) -> None:
        """Tell the listener."""
        self.search.report(*self.figures)

    def proof(self) -> Proof:
        """Return what is found and proven."""
        cost, bound = self.figures
        if cost is None or self.plan is None:
            return Proof(Status.NO_PLAN, bound=bound)
        if bound is not None and relative_gap(cost, bound) == 0.0:
            bound = cost
        return Proof(self.search.status(cost, bound), cost, bound, self.plan)


@dataclass(frozen=True)
class Core:
    """What is left of a problem under a threshold.

    Parameters
    ----------
    rows
        Warehouses and lanes that are left.
    forced
        Warehouses that must be open, shape (warehouse,).
    escape_cost
        Of the lanes left out although the threshold allows them, shape (district,).
    proven_below
        Plans cheaper than this are all in the core.
    """

    rows: LocationRows
    forced: BoolArray
    escape_cost: FloatArray
    proven_below: float


def solve_by_cores(state: CapacityState, root: Root, *, everything: bool = False) -> Proof:
    """Solve cores under growing thresholds until a plan is within its threshold.

    Parameters
    ----------
    state, root
        Problem, question, what is known, and the relaxation.
    everything
        Whether to begin with the whole problem.
    """
    single = state.search.question.single_source
    few = int(state.data.allowed.sum()) <= _FEW_WAREHOUSES and not single
    threshold = math.inf if few or everything else _FIRST_THRESHOLD * scale_of(root)
    if single and state.cost - root.objective <= _NEAR_PLAN * scale_of(root):
        threshold = state.cost - root.objective + _NOISE * abs(state.cost)
    margin = _WIDE_MARGIN if few else _FIRST_MARGIN
    while not state.is_over:
        core = core_of(state.data, root, threshold, state.search, None if single else margin)
        answer = solve_core(state, core, whole_lanes=single)
        if answer.status in BROKEN:
            return Proof(answer.status)
        is_all = core.proven_below == math.inf
        if answer.status is Status.INFEASIBLE:
            if is_all:
                return Proof(Status.INFEASIBLE)
            state.raise_bound(core.proven_below)
            threshold = wider_threshold(threshold, root)
            continue
        if answer.bound is not None:
            state.raise_bound(min(answer.bound, core.proven_below))
        if answer.values is None:
            break
        objective = float(answer.objective or 0.0)
        escaped = _escapes(core, answer)
        if escaped:
            margin *= _GROWTH
            _offer_design(state, core, answer)
        else:
            state.offer(objective, plan_of(core.rows, answer.values))
            if objective <= core.proven_below:
                break
        # A wider threshold than the best plan's distance leaves nothing better out.
        grown = threshold if escaped else wider_threshold(threshold, root)
        wider = max(grown, objective - root.objective)
        most = state.cost - root.objective + _NOISE * abs(state.cost)
        threshold = min(wider, most) if math.isfinite(threshold) else threshold
    return state.proof()


def scale_of(root: Root) -> float:
    """Return the size of the costs that thresholds are measured by, > 0."""
    return max(abs(root.objective), float(np.abs(np.asarray(root.price)).max(initial=0.0)), 1.0)


def wider_threshold(threshold: float, root: Root) -> float:
    """Return the threshold that follows one that was too small: ``inf`` in the end."""
    wider = _GROWTH * threshold
    return math.inf if wider > _WIDEST * scale_of(root) else wider


def core_of(
    data: LocationData, root: Root, threshold: float, search: Search, margin: float | None
) -> Core:
    """Return what a threshold leaves of the problem.

    Parameters
    ----------
    data, root, search
        Problem, its relaxation, its question.
    threshold
        Distance from the relaxation within which plans are wanted.
    margin
        With lanes used in part: share above a district's price up to which lanes are kept, the
        others giving way to escapes. None with whole lanes, which the threshold sorts out.
    """
    share, opening = np.asarray(root.share), np.asarray(root.open_reduced_cost)
    reduced, price = np.asarray(root.lane_reduced_cost), np.asarray(root.price)
    kept = data.allowed & ~((share < 1e-7) & (opening > threshold))
    forced = data.fixed_open | (data.allowed & (share > 1.0 - 1e-7) & (-opening > threshold))
    usable = np.isfinite(reduced) & kept[:, None]
    escape = np.full(data.district_count, np.inf)
    if margin is None:
        usable &= reduced <= threshold
    else:
        cost = data.lane_cost
        near = cost <= price * (1.0 + margin) + _NOISE
        out = np.where(usable & ~near, cost, np.inf)
        escape = out.min(axis=0)
        usable &= near
    district, warehouse = np.nonzero(usable.T)
    rows = LocationRows(
        data, search.question.count, np.flatnonzero(kept), LaneList(warehouse, district)
    )
    return Core(rows, forced, escape, root.objective + threshold)


def solve_core(
    state: CapacityState,
    core: Core,
    *,
    whole_lanes: bool,
    barred: list[BoolArray] | None = None,
) -> SolveResult:
    """Solve a core with HiGHS in the time that is left."""
    program = core.rows.program(
        whole=True,
        whole_lanes=whole_lanes,
        forced=core.forced,
        escape_cost=core.escape_cost,
        barred=barred,
        surrogates=core.rows.warehouses.size > _FEW_WAREHOUSES,
    )
    search = state.search
    return solve_program(program, search.solve_options(), stage=search.question.kind)


def _escapes(core: Core, answer: SolveResult) -> bool:
    """Whether a plan uses an escape."""
    lanes = core.rows.warehouses.size + core.rows.lanes.warehouse.size
    return bool((np.asarray(answer.values)[lanes:] > 1e-7).any())


def _offer_design(state: CapacityState, core: Core, answer: SolveResult) -> None:
    """Offer the plan that serves all districts from the warehouses that an answer opens."""
    opened = np.zeros(state.data.warehouse_count, dtype=np.bool_)
    flags = np.asarray(answer.values)[: core.rows.warehouses.size] > 0.5
    opened[core.rows.warehouses[flags]] = True
    offer_transport(state, opened)


def offer_transport(state: CapacityState, opened: BoolArray) -> None:
    """Offer the cheapest plan with several sources from some warehouses, shape (warehouse,)."""
    numbers = np.flatnonzero(opened)
    district, number = np.nonzero(np.isfinite(state.data.lane_cost[numbers]).T)
    rows = LocationRows(
        state.data, state.search.question.count, numbers, LaneList(numbers[number], district)
    )
    answer = solve_program(_opened(rows), state.search.solve_options())
    if answer.status is Status.OPTIMAL and answer.values is not None:
        state.offer(float(answer.objective or 0.0), plan_of(rows, answer.values))


def _opened(rows: LocationRows) -> LinearProgram:
    """Return the transport problem of warehouses that are all open."""
    unlinked = np.zeros(rows.lanes.warehouse.size, dtype=np.bool_)
    forced = np.ones(rows.data.warehouse_count, dtype=np.bool_)
    program = rows.program(linked=unlinked, forced=forced)
    return replace(program, integer=np.zeros_like(program.integer))


def plan_of(rows: LocationRows, values: FloatArray) -> LocationPlan:
    """Return the plan of column values, shape (column,)."""
    sites, lanes = rows.warehouses.size, rows.lanes.warehouse.size
    share = values[sites : sites + lanes]
    used = np.flatnonzero(share > _LEAST_SHARE)
    return LocationPlan(
        rows.warehouses[values[:sites] > 0.5],
        LaneList(rows.lanes.warehouse[used], rows.lanes.district[used]),
        np.minimum(share[used], 1.0),
    )


def plan_by(data: LocationData, assigned: IndexArray) -> LocationPlan:
    """Return the plan of an assignment: what is used or fixed open is open."""
    opened = data.fixed_open.copy()
    opened[assigned] = True
    districts = np.arange(data.district_count)
    return LocationPlan(
        np.flatnonzero(opened), LaneList(assigned, districts), np.ones(districts.size)
    )


def cost_of(data: LocationData, plan: LocationPlan) -> float:
    """Return opening cost plus weighted distance of a plan."""
    lanes = data.lane_cost[plan.lanes.warehouse, plan.lanes.district]
    return float(data.opening_cost[plan.open_warehouses].sum() + lanes @ plan.serve_share)


def offer_assignment(state: CapacityState, opened: BoolArray) -> None:
    """Offer a plan with one source from some warehouses, shape (warehouse,), found by exchanges."""
    data = state.data
    room = np.where(opened, data.capacity_units, 0.0)
    # Without room there is still room for districts without demand.
    cost = np.where(opened[:, None], data.lane_cost, np.inf)
    assigned = assign_whole(cost, data.demand_units, room, np.zeros(room.size))
    if assigned is not None:
        assigned = improve_assignment(cost, data.demand_units, room, assigned)
        plan = plan_by(data, assigned)
        if state.search.question.count is not None:
            plan = replace(plan, open_warehouses=np.flatnonzero(opened))
        state.offer(cost_of(data, plan), plan)
