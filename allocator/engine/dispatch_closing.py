"""The whole of a middling problem as one program, once nothing else betters the plan.

All departures with whole vehicles, beginning with the plan: it finds better ones that no part of
the plan shows, and its bound knows that vehicles are whole. Where there are more departures its
first relaxation takes all the time that is left.
"""

from __future__ import annotations

import time

import numpy as np

from allocator.engine.dispatch_draft import draft_value, empty_draft, residual, startable
from allocator.engine.dispatch_planning import Planning
from allocator.engine.dispatch_restricted import restricted_program
from allocator.solver import SolveOptions, solve_program

__all__ = ["close_exactly"]

_MOST_DEPARTURES = 6_000
"""Possible trips of a middling problem."""

_LEAST_SECONDS = 2.0
"""Time below which it is not worth beginning. [s]"""

_GAP_SHARE = 0.5
"""Gap of the program as a share of the one asked for: whole units cost a little on top."""


def close_exactly(planning: Planning, part: float) -> None:
    """Better the plan and its bound by one program, where it is small enough.

    Parameters
    ----------
    planning
        The plan and the clock; there is a plan.
    part
        Part of the time by which to end.
    """
    until, problem = planning.by(part), planning.problem
    is_late = until - time.monotonic() < _LEAST_SECONDS
    if is_late or problem.trip_count > _MOST_DEPARTURES or planning.is_good_enough():
        return
    if planning.is_lives:
        # Nothing may be left unmet for the sake of waiting.
        planning.insist_on_need()
    prices = planning.prices()
    draft = planning.standing.plan(prices).draft()
    left, trips = residual(problem, empty_draft(problem)), np.arange(problem.trip_count)
    most = startable(problem, left, trips)
    whole = restricted_program(problem, prices, left, trips, most, whole=True)
    options = SolveOptions(
        gap=max(_GAP_SHARE * planning.options.gap, 1e-4),
        time_limit_seconds=max(0.1, until - time.monotonic()),
        threads=planning.plain.threads,
        seed=planning.plain.seed,
    )
    start = whole.start(problem, draft, left.need)
    found = solve_program(whole.program, options, start=start)
    if found.bound is not None and prices.departure is None:
        value = draft_value(problem, prices, draft)
        proven = min(found.bound + problem.rest_price(prices), value)
        planning.proofs.add_lines(np.array([[proven, 0.0]]), planning.standing.extra)
    if found.values is not None:
        planning.completed(prices, whole.draft(problem, found.values))
