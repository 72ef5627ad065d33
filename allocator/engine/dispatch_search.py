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
)
from allocator.engine.dispatch_pricing import Duals
from allocator.engine.dispatch_problem import DispatchProblem, StagePrices
from allocator.engine.dispatch_restricted import restricted_program, startable
from allocator.solver import SolveOptions, solve_program

__all__ = ["SearchLimits", "search"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


_PATIENCE = 0.6
"""Factor on the chance of a district that was tried in vain."""

_TRIES = 3
"""So often a district is tried in vain before the search may end."""


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


def _closeness(problem: DispatchProblem) -> Floats:
    """How unlike two districts are in who can reach them when, shape (district, district)."""
    data, table = problem.data, problem.table
    hours = np.full((data.warehouse_count, data.district_count), data.deadline_hours + 12.0)
    place = problem.warehouse, problem.district
    np.minimum.at(hours, place, table.unload_end_hours)
    square = (hours**2).sum(axis=0)
    return np.asarray(np.maximum(square[:, None] + square[None, :] - 2 * hours.T @ hours, 0.0))


def _idle_worth(price: Floats, left: Floats) -> Floats:
    """Worth of what lies idle by first index; what is unlimited is worth nothing."""
    finite = np.where(np.isfinite(left), left, 0.0)
    return np.asarray((np.maximum(price, 0.0) * finite).sum(axis=1))


def _gap_by_district(
    problem: DispatchProblem, draft: Draft, duals: Duals, reduced: Floats
) -> Floats:
    """Part of the gap that each district accounts for, shape (district,), >= 0.

    The gap is the reduced prices of the trips that drive plus the value of the resources that
    lie idle; what lies idle at a warehouse is shared among the districts it sends to.
    """
    left = residual(problem, draft)
    data = problem.data
    gap = np.zeros(data.district_count)
    district = problem.district[draft.trip]
    np.add.at(gap, district, np.maximum(reduced[draft.trip], 0.0) * draft.vehicles)
    idle = _idle_worth(duals.dock, left.dock)
    idle += _idle_worth(duals.vehicle, left.vehicle).reshape(data.warehouse_count, -1).sum(axis=1)
    idle += _idle_worth(duals.stock, left.stock)
    sent = np.zeros((data.warehouse_count, data.district_count))
    np.add.at(sent, (problem.warehouse[draft.trip], district), draft.vehicles)
    total = np.maximum(sent.sum(axis=1, keepdims=True), 1.0)
    return np.asarray(gap + (sent / total * idle[:, None]).sum(axis=0))


class _Neighbourhoods:
    """Chooses districts: costly ones first, those that were tried in vain less often."""

    def __init__(self, problem: DispatchProblem, weight: Floats, seed: int) -> None:
        self.random = np.random.default_rng(seed)
        self.distance = _closeness(problem)
        self.weight = weight + 0.02 * weight.sum() / max(len(weight), 1) + 1e-12
        self.patience = np.ones(len(weight))

    @property
    def is_exhausted(self) -> bool:
        """Whether every district was tried in vain a few times since the last success."""
        return bool(self.patience.max(initial=0.0) <= _PATIENCE**_TRIES + 1e-12)

    def next(self, count: int) -> Integers:
        """Districts of the next neighbourhood."""
        chance = self.weight * self.patience
        centre = int(self.random.choice(len(chance), p=chance / chance.sum()))
        distance = self.distance[centre]
        noise = self.random.uniform(0.0, 0.3, len(distance)) * np.median(distance)
        near = np.argsort(distance + noise, kind="stable")[:count]
        return np.union1d(near, [centre])

    def learn(self, districts: Integers, *, is_better: bool) -> None:
        """Remember how the last neighbourhood went."""
        if is_better:
            self.patience[:] = np.maximum(self.patience, _PATIENCE)
            self.patience[districts] = 1.0
        else:
            self.patience[districts] *= _PATIENCE


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
    places = _Neighbourhoods(
        problem, _gap_by_district(problem, draft, duals, reduced), options.seed
    )
    for _ in range(limits.turns):
        is_over = places.is_exhausted or time.monotonic() > limits.until
        if value <= limits.target or is_over:
            break
        districts = places.next(min(limits.districts, problem.data.district_count))
        is_free = np.isin(problem.district[draft.trip], districts)
        offer = np.unique(np.concatenate([offered[district] for district in districts]))
        found = _replan(problem, prices, draft, (is_free, offer), (limits, options, value))
        better = draft if found is None else join_drafts(draft.only(~is_free), found)
        new_value = draft_value(problem, prices, better)
        is_better = new_value < value - 1e-9 * abs(value)
        places.learn(districts, is_better=is_better)
        if is_better:
            draft, value = better, new_value
            if on_better is not None:
                on_better(value)
    return draft


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
