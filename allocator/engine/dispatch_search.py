"""Large neighbourhood search: the trips of some districts are planned anew by a small program.

The districts are chosen by how much of the gap between the draft and the bound they account for,
and by whom they share warehouses with; everything else stays as it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_draft import (
    Draft,
    draft_value,
    join_drafts,
    residual,
    startable,
)
from allocator.engine.dispatch_duals import Duals
from allocator.engine.dispatch_neighbourhoods import Attention, gap_by_district, unlikeness
from allocator.engine.dispatch_problem import DispatchProblem, StagePrices
from allocator.engine.dispatch_restricted import restricted_program
from allocator.solver import SolveOptions, solve_program

__all__ = ["SearchLimits", "search"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class SearchLimits:
    """When to stop, and how large the neighbourhoods are.

    Parameters
    ----------
    target
        Value at which the draft is good enough.
    until
        Reading of ``time.monotonic`` at which to stop. [s]
    turns
        Most neighbourhoods.
    districts
        Districts planned anew at a time.
    trips_per_district
        Departures offered for each of them.
    nodes
        Most branch and bound nodes of a small program.
    seconds
        Time limit of a small program. [s]
    """

    target: float
    until: float
    turns: int = 400
    districts: int = 4
    trips_per_district: int = 60
    nodes: int = 200
    seconds: float = 1.0


def search(
    problem: DispatchProblem,
    prices: StagePrices,
    draft: Draft,
    guide: tuple[Duals, Floats],
    *,
    limits: SearchLimits,
    options: SolveOptions,
    on_better: Callable[[float], None] | None = None,
) -> Draft:
    """Improve a draft.

    Parameters
    ----------
    problem, prices
        The problem and what the stage charges.
    draft
        Where to start.
    guide
        Prices of the resources and reduced price of every trip.
    limits, options
        When to stop; threads and seed.
    on_better
        Hears the value of each better draft.
    """
    duals, reduced = guide
    value = draft_value(problem, prices, draft)
    if problem.data.district_count == 0:
        return draft
    order = np.argsort(reduced, kind="stable")
    offered = [
        order[problem.district[order] == district][: limits.trips_per_district]
        for district in range(problem.data.district_count)
    ]
    attention = Attention(gap_by_district(problem, draft, duals, reduced), options.seed)
    distance = unlikeness(problem)
    for _ in range(limits.turns):
        is_over = attention.is_exhausted or time.monotonic() > limits.until
        if value <= limits.target or is_over:
            break
        districts = _around(attention, distance, limits.districts)
        is_free = np.isin(problem.district[draft.trip], districts)
        offer = np.unique(np.concatenate([offered[district] for district in districts]))
        found = _replan(problem, prices, draft, (is_free, offer), (limits, options, value))
        better = draft if found is None else join_drafts(draft.only(~is_free), found)
        new_value = draft_value(problem, prices, better)
        is_better = new_value < value - 1e-9 * abs(value)
        attention.learn(districts, is_better=is_better)
        if is_better:
            draft, value = better, new_value
            if on_better is not None:
                on_better(value)
    return draft


def _around(attention: Attention, distance: Floats, count: int) -> Integers:
    """Choose a district, and return it with those most like it, give or take some."""
    centre = int(attention.choose(1)[0])
    noise = attention.random.uniform(0.0, 0.3, len(distance)) * np.median(distance[centre])
    near = np.argsort(distance[centre] + noise, kind="stable")[:count]
    return np.union1d(near, [centre])


def _replan(
    problem: DispatchProblem,
    prices: StagePrices,
    draft: Draft,
    choice: tuple[NDArray[np.bool_], Integers],
    limits: tuple[SearchLimits, SolveOptions, float],
) -> Draft | None:
    """Plan some departures anew; None if nothing was found."""
    bounds, options, value = limits
    is_free, offer = choice
    present = draft.only(is_free)
    left = residual(problem, draft.only(~is_free))
    trip = np.union1d(present.trip, offer)
    most = startable(problem, left, trip)
    trip, most = trip[most > 0], most[most > 0]
    if len(trip) == 0 or not np.isin(present.trip, trip).all():
        return None
    restricted = restricted_program(problem, prices, left, trip, most, whole=True)
    seconds = min(bounds.seconds, max(0.1, bounds.until - time.monotonic()))
    small = SolveOptions(
        gap=1e-4,
        time_limit_seconds=seconds,
        threads=options.threads,
        seed=options.seed,
        highs={"mip_max_nodes": bounds.nodes, "mip_abs_gap": 1e-4 * abs(value)},
    )
    start = restricted.start(problem, present, left.need)
    result = solve_program(restricted.program, small, start=start)
    return None if result.values is None else restricted.draft(problem, result.values)
