"""Small cases: the whole hourly model, solved stage by stage."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from pyomo.environ import ConcreteModel

from allocator.engine.dispatch_outcome import DispatchOutcome, StageOutcome
from allocator.engine.dispatch_problem import DispatchProblem
from allocator.solver import SolveOptions, SolveResult, Status, relative_gap, solve_model
from models.dispatch import build_dispatch, read_dispatch, write_dispatch
from models.dispatch_index import DispatchIndex, dispatch_index
from models.dispatch_values import DispatchResult, dispatch_values

__all__ = ["LEXICOGRAPHIC", "is_small", "solve_exact"]

LEXICOGRAPHIC = 1e-4
"""A stage may give up this share of its value for the next one."""

_MOST_SLOTS = 600
_MOST_LOADS = 1_500
_GOOD = (Status.OPTIMAL, Status.WITHIN_GAP)


def is_small(index: DispatchIndex) -> bool:
    """Whether the exact model is worth building."""
    return len(index.slot_trip) <= _MOST_SLOTS and len(index.load_slot) <= _MOST_LOADS


def solve_exact(
    problem: DispatchProblem,
    start: DispatchOutcome,
    options: SolveOptions,
    until: float,
    *,
    gap: float = LEXICOGRAPHIC,
) -> DispatchOutcome | None:
    """Solve a small case with the model that tells vehicles apart.

    Parameters
    ----------
    problem
        The dispatch problem.
    start
        A plan of the scalable method, with its stages; what it proved is not proved again.
    options
        Gap, threads, seed.
    until
        Reading of ``time.monotonic`` at which to give up. [s]
    gap
        Relative gap of each stage.

    Returns
    -------
    DispatchOutcome | None
        None if the case is too large or the time too short.
    """
    data = problem.data
    index = dispatch_index(data)
    if not is_small(index):
        return None
    limits: dict[str, float] = {}
    found: list[StageOutcome] = []
    result = _among(index, problem, start.result)
    for each in start.stages:
        begun = time.monotonic()
        reached = dispatch_values(data, index.table, result)[each.stage]
        bound = each.bound
        if (relative_gap(reached, bound) or 0.0) > gap:
            model = build_dispatch(data, each.stage, limits, index=index)
            has_start = write_dispatch(model, index, result)
            asked = SolveOptions(gap=gap, threads=options.threads, seed=options.seed)
            solved = _solved(model, each.stage, asked, until, has_start=has_start)
            if solved.status not in _GOOD or solved.bound is None:
                return None
            result = read_dispatch(model, data, index)
            reached = dispatch_values(data, index.table, result)[each.stage]
            bound = solved.bound
        limits[each.stage] = reached * (1 + LEXICOGRAPHIC) + 1e-7
        seconds = each.seconds + time.monotonic() - begun
        found.append(StageOutcome(each.stage, reached, bound, seconds))
    table, trip = index.table, result.trip
    is_on = result.load_units > 0
    own = problem.departures(table.lane[trip], table.fleet[trip], table.start_period[trip], is_on)
    back = DispatchResult(own, result.load_units)
    return DispatchOutcome.of(data, problem.table, back, found)


def _solved(
    model: ConcreteModel, stage: str, asked: SolveOptions, until: float, *, has_start: bool
) -> SolveResult:
    """Solve one stage; anew without the start where HiGHS stops at it long before the limit."""
    left = max(0.0, until - time.monotonic())
    limited = replace(asked, time_limit_seconds=left)
    solved = solve_model(model, limited, stage=stage, warm_start=has_start)
    left = until - time.monotonic()
    if solved.status in _GOOD or not has_start or left <= 0:
        return solved
    return solve_model(model, replace(asked, time_limit_seconds=left), stage=stage)


def _among(
    index: DispatchIndex, problem: DispatchProblem, result: DispatchResult
) -> DispatchResult:
    """The vehicles of a result by the departures of the exact model, where each is once."""
    table, key = index.table, problem.departure_key
    way = table.lane * problem.data.fleet_count + table.fleet
    plain = way * (problem.period_count + 1) + table.start_period
    return DispatchResult(np.searchsorted(plain, key[result.trip]), result.load_units)
