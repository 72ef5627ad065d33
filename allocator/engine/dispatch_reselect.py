"""Which vehicles of some warehouses drive, chosen anew by a small integer program.

A dive rounds vehicle by vehicle and never takes back what it rounded. Here the linear program over
many departures of a few like warehouses only says which are worth a look: those it uses, and those
of the draft. Among these an integer program chooses, from the draft on, so that it ends no worse.
Vehicles of other warehouses to the same districts stay, with whatever loads are best then; all the
rest stays as it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_dive import dive
from allocator.engine.dispatch_draft import Draft, draft_value, join_drafts, residual, startable
from allocator.engine.dispatch_neighbourhoods import Attention, Ranking, gap_by_warehouse
from allocator.engine.dispatch_problem import DispatchProblem, StagePrices
from allocator.engine.dispatch_relaxation import Relaxation
from allocator.engine.dispatch_restricted import Restricted, restricted_program
from allocator.solver import SolveOptions, SolveResult, solve_program

__all__ = ["reselect"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_WAREHOUSES = (4, 5, 3)
"""Warehouses freed in one turn, in turn."""

_TRIPS = 150
"""Departures offered for each of them besides those that the relaxation uses."""

_CHANCE = 0.3
"""Noise in how alike two warehouses are, so that the same one has other company each time."""

_USED = 1e-6
"""Vehicles by which the linear program must use a departure for it to be chosen from."""

_CLOSED, _NOTHING = 0.05, 1e-5
"""Share of the region's own gap at which an integer program ends; share of the value up to which
that gap is not worth one."""

_DEAR, _DEAR_LARGE, _LARGE = 1.0, 0.05, 600
"""Share of that gap from which on a load is left out, in small drafts and in large ones, from how
many departures on: by the linear program a vehicle full of it costs at least so much. At 1 nothing
is left out that could better the draft. At 0.05 the program takes half as long, which pays on a
large draft; on a small one the search ends at a quarter of the gain."""

_SECONDS, _NODES = 3.0, 500
"""Limits of one integer program. [s]"""

_TURNS, _PATIENCE, _WORTHWHILE = 1000, 20, 1e-4
"""Most turns; turns after which a gain of less than this share of the value ends the search."""

_LEAN = {
    "mip_allow_restart": False,
    "mip_detect_symmetry": False,
    "mip_heuristic_run_feasibility_jump": False,
    "mip_heuristic_run_rens": False,
    "mip_heuristic_run_rins": False,
    "mip_heuristic_run_root_reduced_cost": False,
    "mip_heuristic_run_zi_round": False,
}
"""What HiGHS leaves out: on programs as small as these, reduced and started as they are, its own
searches for a first plan take three quarters of the time and find what branching finds."""


@dataclass(frozen=True)
class _Region:
    """Part of a draft that is chosen anew.

    Parameters
    ----------
    outside
        Vehicles that stay with the loads they have.
    kept
        Vehicles that drive in any case, with whatever loads are best then.
    present
        Vehicles that are chosen anew.
    trip
        Departures of the program, ascending: those kept and those offered.
    """

    outside: Draft
    kept: Draft
    present: Draft
    trip: Integers


def reselect(
    problem: DispatchProblem,
    prices: StagePrices,
    draft: Draft,
    relaxation: Relaxation,
    *,
    target: float,
    until: float,
    options: SolveOptions,
    warehouses: Flags | None = None,
    on_better: Callable[[float], None] | None = None,
) -> Draft:
    """Improve a draft, some like warehouses at a time.

    Parameters
    ----------
    problem, prices
        The problem and what the stage charges.
    draft
        Where to start.
    relaxation
        Guide to the departures worth looking at.
    target
        Value at which the draft is good enough.
    until
        Reading of ``time.monotonic`` at which to stop. [s]
    options
        Threads and seed; another seed chooses other warehouses.
    warehouses
        Those whose vehicles may be chosen anew, and no others', shape (warehouse,); None for all.
    on_better
        Hears the value of each better draft.
    """
    value = draft_value(problem, prices, draft)
    is_barred = problem.trip_count == 0 or (warehouses is not None and not warehouses.any())
    if is_barred or value <= target:
        return draft
    draft, value = _loosened(problem, prices, draft, until, options)
    gap = gap_by_warehouse(problem, prices, draft, relaxation.duals)
    attention = Attention(gap, options.seed, warehouses)
    regions = _Regions(problem, relaxation, warehouses, attention.random)
    values = [value]
    for turn in range(_TURNS):
        is_slow = turn >= _PATIENCE and values[-1 - _PATIENCE] - value < _WORTHWHILE * abs(value)
        is_over = is_slow or attention.is_exhausted or time.monotonic() > until
        if value <= target or is_over:
            break
        centre = attention.choose(1)
        region = regions.around(draft, int(centre[0]), _WAREHOUSES[turn % len(_WAREHOUSES)])
        found = _chosen(problem, prices, region, until, replace(options, seed=options.seed + turn))
        new_value = np.inf if found is None else draft_value(problem, prices, found)
        is_better = new_value < value - 1e-9 * abs(value)
        attention.learn(centre, is_better=is_better)
        if found is not None and is_better:
            draft, value = found, new_value
            attention.weigh(gap_by_warehouse(problem, prices, draft, relaxation.duals))
            if on_better is not None:
                on_better(value)
        values.append(value)
    return draft


def _loosened(
    problem: DispatchProblem, prices: StagePrices, draft: Draft, until: float, options: SolveOptions
) -> tuple[Draft, float]:
    """Return a draft with the best loads in parts of units, and its value.

    Without that a turn would count as a success that only makes some loads so.
    """
    value = draft_value(problem, prices, draft)
    loose = dive(problem, prices, draft.trip[:0], options, until, kept=draft, together=False)
    if loose is None or draft_value(problem, prices, loose) >= value:
        return draft, value
    return loose, draft_value(problem, prices, loose)


def _chosen(
    problem: DispatchProblem,
    prices: StagePrices,
    region: _Region,
    until: float,
    options: SolveOptions,
) -> Draft | None:
    """Choose the vehicles of a region anew; None where there is nothing to gain, or no time."""
    left = residual(problem, region.outside)
    inside = join_drafts(region.kept, region.present)
    loose = _program(problem, prices, region, region.trip, whole=False)
    value = float(loose.program.cost @ loose.start(problem, inside, left.need))
    # Nothing to begin with: the interior-point method is several times as quick.
    quick = SolveOptions(
        threads=options.threads,
        seed=options.seed,
        time_limit_seconds=max(0.1, until - time.monotonic()),
        highs={"solver": "ipm"},
    )
    relaxed = solve_program(loose.program, quick)
    if relaxed.values is None or relaxed.objective is None:
        return None
    gap, seconds = value - relaxed.objective, min(_SECONDS, until - time.monotonic())
    if gap <= _NOTHING * abs(value) or seconds <= 0:
        return None
    used = region.trip[relaxed.values[: len(region.trip)] > _USED]
    choice = _program(problem, prices, region, np.union1d(used, inside.trip), whole=True)
    start = choice.start(problem, inside, left.need)
    is_large = len(region.outside.trip) + len(inside.trip) > _LARGE
    worth = gap * (_DEAR_LARGE if is_large else _DEAR)
    choice = _with_few_loads(problem, choice, start, _dear_loads(problem, loose, relaxed, worth))
    small = SolveOptions(
        gap=0.0,
        time_limit_seconds=seconds,
        threads=options.threads,
        seed=options.seed,
        highs={**_LEAN, "mip_abs_gap": _CLOSED * gap, "mip_max_nodes": _NODES},
    )
    result = solve_program(choice.program, small, start=start)
    if result.values is None:
        return None
    return join_drafts(region.outside, choice.draft(problem, result.values))


def _dear_loads(
    problem: DispatchProblem, loose: Restricted, relaxed: SolveResult, worth: float
) -> Integers:
    """Loads of which a full vehicle costs more than it is worth, as trip x slots + slot."""
    if relaxed.values is None or relaxed.reduced_costs is None:
        return np.zeros(0, dtype=np.int64)
    data = problem.data
    loads = slice(len(loose.trip), len(loose.trip) + len(loose.load_trip))
    trip, slot = loose.trip[loose.load_trip], loose.load_slot
    fleet, item = problem.table.fleet[trip], slot // problem.rank_count
    full = np.minimum(
        data.payload_kg[fleet] / data.item_weight_kg[item],
        data.vehicle_volume_m3[fleet] / data.item_volume_m3[item],
    )
    is_dear = relaxed.reduced_costs[loads] * full > worth
    return np.asarray((trip * problem.slot_count + slot)[is_dear])


def _with_few_loads(
    problem: DispatchProblem, choice: Restricted, start: Floats, dear: Integers
) -> Restricted:
    """Return a program in which nobody carries dear loads, but for those of the start."""
    first = len(choice.trip)
    key = choice.trip[choice.load_trip] * problem.slot_count + choice.load_slot
    is_unused = start[first : first + len(key)] <= 0.0
    upper = choice.program.column_upper.copy()
    upper[first + np.flatnonzero(np.isin(key, dear) & is_unused)] = 0.0
    return replace(choice, program=replace(choice.program, column_upper=upper))


def _program(
    problem: DispatchProblem, prices: StagePrices, region: _Region, trip: Integers, *, whole: bool
) -> Restricted:
    """Program over some departures of a region, in which the kept vehicles drive."""
    left = residual(problem, region.outside)
    free = residual(problem, join_drafts(region.outside, region.kept))
    place = np.searchsorted(trip, region.kept.trip)
    fixed = np.zeros(len(trip))
    fixed[place] = region.kept.vehicles
    most = np.where(fixed > 0, fixed, startable(problem, free, trip))
    restricted = restricted_program(problem, prices, left, trip, most, whole=whole)
    lower = restricted.program.column_lower.copy()
    lower[place] = region.kept.vehicles
    return replace(restricted, program=replace(restricted.program, column_lower=lower))


class _Regions:
    """Like warehouses, and the departures offered for them.

    Parameters
    ----------
    problem, relaxation
        The problem and the guide to its departures.
    allowed
        Warehouses that may be chosen, shape (warehouse,); None for all.
    random
        Whom a warehouse goes with.
    """

    def __init__(
        self,
        problem: DispatchProblem,
        relaxation: Relaxation,
        allowed: Flags | None,
        random: np.random.Generator,
    ) -> None:
        self._problem, self._random = problem, random
        order = np.argsort(relaxation.reduced, kind="stable")
        count = problem.data.warehouse_count
        self._ranking = Ranking(problem.warehouse, count, order)
        self._allowed = np.ones(count, dtype=bool) if allowed is None else allowed
        self._used = np.unique(relaxation.columns.trip[relaxation.use > 1e-3])
        self._sent = np.zeros((count, problem.data.district_count))
        self._note(self._sent, relaxation.columns.trip, relaxation.use)

    def _note(self, sent: Floats, trip: Integers, vehicles: Floats) -> None:
        """Add vehicles by warehouse and district."""
        np.add.at(sent, (self._problem.warehouse[trip], self._problem.district[trip]), vehicles)

    def _like(self, draft: Draft, centre: int, count: int) -> Integers:
        """Warehouses that send to the same districts, more or less, the first one among them."""
        sent = self._sent.copy()
        self._note(sent, draft.trip, draft.vehicles)
        size = np.linalg.norm(sent, axis=1)
        likeness = sent @ sent[centre] / np.maximum(size * size[centre], 1e-9)
        likeness += self._random.uniform(0.0, _CHANCE, len(likeness))
        likeness[~self._allowed | (size == 0)] = -np.inf
        likeness[centre] = np.inf
        chosen = np.argsort(-likeness, kind="stable")[:count]
        return np.sort(chosen[likeness[chosen] > -np.inf])

    def around(self, draft: Draft, centre: int, count: int) -> _Region:
        """Part of a draft that a warehouse and some like it serve."""
        problem = self._problem
        home, to = problem.warehouse, problem.district
        chosen = self._like(draft, centre, count)
        is_free = np.isin(home[draft.trip], chosen)
        offered = np.union1d(
            self._ranking.of(chosen, _TRIPS), self._used[np.isin(home[self._used], chosen)]
        )
        # Where nobody drives yet there is no district to keep to.
        districts = np.unique(to[draft.trip[is_free]] if is_free.any() else to[offered])
        offered = offered[np.isin(to[offered], districts)]
        is_inside = is_free | np.isin(to[draft.trip], districts)
        outside, kept = draft.only(~is_inside), draft.only(is_inside & ~is_free)
        present = draft.only(is_free)
        free = residual(problem, join_drafts(outside, kept))
        offered = np.union1d(offered[startable(problem, free, offered) > 0], present.trip)
        return _Region(outside, kept, present, np.union1d(offered, kept.trip))
