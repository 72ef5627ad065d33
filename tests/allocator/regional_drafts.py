"""Drafts and relaxations of small regional problems, for tests of what betters drafts."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from allocator.engine.dispatch_dive import candidate_trips, dive
from allocator.engine.dispatch_draft import Draft, residual
from allocator.engine.dispatch_pricing import Pricing
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem, stage_prices
from allocator.engine.dispatch_relaxation import (
    Relaxation,
    RelaxationLimits,
    first_program,
    relax,
)
from allocator.engine.dispatch_transport import solve_transport
from allocator.engine.dispatch_vertices import vertex_loads
from allocator.solver import SolveOptions
from tests.models.dispatch_cases import regional_data

__all__ = ["SEEDS", "dived", "no_resource_is_overdrawn", "regional", "relaxed"]

SEEDS = (3, 5, 10, 11)
"""Seeds whose docks keep need from being met that stock would meet."""


def regional(seed: int) -> DispatchProblem:
    """Problem of a few warehouses and districts with one dock each and little time."""
    data = regional_data(seed)
    return dispatch_problem(replace(data, docks=np.ones_like(data.docks), deadline_hours=5.0))


def relaxed(problem: DispatchProblem) -> Relaxation:
    """Relaxation of the waiting stage."""
    prices = stage_prices(problem.data, "waiting")
    start = first_program(problem, solve_transport(problem, prices, SolveOptions()))
    pricing = Pricing(problem, prices, vertex_loads(problem.data))
    found = relax(pricing, start, RelaxationLimits(gap=1e-4), SolveOptions())
    assert found is not None
    return found


def dived(problem: DispatchProblem, relaxation: Relaxation, kept: Draft | None = None) -> Draft:
    """Draft of a dive over all the relaxation uses."""
    prices = stage_prices(problem.data, "waiting")
    trips = candidate_trips(relaxation, 50)
    until = time.monotonic() + 60
    found = dive(problem, prices, trips, SolveOptions(), until, kept=kept)
    assert found is not None
    return found


def no_resource_is_overdrawn(problem: DispatchProblem, draft: Draft) -> bool:
    """Whether a draft keeps to stock, docks, vehicles and receiving."""
    left = residual(problem, draft)
    parts = (left.need, left.stock, left.outside, left.dock, left.vehicle, left.receive)
    return all(float(part.min(initial=0.0)) >= -1e-6 for part in parts)
