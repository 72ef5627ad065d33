"""Objective, bound and gap of every stage of a dispatch, with what had left before."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_data import DispatchInputs
from allocator.engine.dispatch_floor import waiting_floor
from allocator.engine.dispatch_legs import without_legs
from allocator.engine.dispatch_outcome import DispatchOutcome, StageOutcome
from allocator.engine.dispatch_problem import DispatchProblem, dispatch_problem
from allocator.engine.dispatch_service import Deliveries
from allocator.engine.residual_needs import backlog_unit_hours
from allocator.engine.underway import Underway
from allocator.engine.underway_floor import underway_floor
from allocator.schema.results import Stage
from allocator.solver import stage_gap

__all__ = ["stage_rows", "whole_values"]

Floats = NDArray[np.float64]

_OPTIMAL_GAP = 1e-6


def stage_rows(
    inputs: DispatchInputs,
    problem: DispatchProblem,
    outcome: DispatchOutcome,
    brought: Deliveries,
    gap: float,
    legs_cny: float = 0.0,
) -> tuple[Stage, ...]:
    """Rows of ``Stages`` for one scenario.

    Parameters
    ----------
    inputs, problem, outcome
        The scenario and its plan.
    brought
        What its trips bring, and what had left before.
    gap
        Relative gap that was asked for.
    legs_cny
        Cost of the trips to hubs, which the outcome leaves out. [CNY]
    """
    found = {each.stage: each for each in outcome.stages}
    if inputs.before is not None:
        found = _whole(inputs, outcome, brought, inputs.before, legs_cny)
    rows = []
    for each in found.values():
        difference = stage_gap(each.objective, each.bound)
        floor = None
        if each.stage == "waiting" and "unmet" in found:
            floor = _floor(inputs, problem, found["unmet"].bound)
        status = "stalled" if outcome.is_stalled else "time_limit"
        if difference <= max(gap, _OPTIMAL_GAP):
            status = "optimal" if difference <= _OPTIMAL_GAP else "within_gap"
        rows.append(
            Stage(
                part=inputs.scenario.scenario,
                stage="cost" if each.stage == "served_cost" else each.stage,
                objective=each.objective,
                bound=each.bound,
                gap=difference,
                controllable_gap=stage_gap(each.objective, each.bound, floor or 0.0),
                floor=floor,
                status=status,
                seconds=each.seconds,
            )
        )
    return tuple(rows)


def _floor(inputs: DispatchInputs, problem: DispatchProblem, least_unmet: float) -> float:
    """Waiting that no plan avoids. [weighted unit-hours]"""
    if inputs.before is not None:
        return underway_floor(inputs, least_unmet)
    data = inputs.data
    if inputs.legs is not None and data.convoys is not None:
        # Worked out anew: the problem has the stock that legs leave, and too few departures of it.
        problem = dispatch_problem(without_legs(replace(data, convoys=None, segregated=None)))
    return waiting_floor(problem, least_unmet)


def _whole(
    inputs: DispatchInputs,
    outcome: DispatchOutcome,
    brought: Deliveries,
    before: Underway,
    legs_cny: float,
) -> dict[str, StageOutcome]:
    """Stages of all trips from those of the needs that were left."""
    values = whole_values(inputs, outcome, brought, before, legs_cny)
    return {
        each.stage: replace(
            each,
            objective=values[each.stage][0],
            bound=min(each.bound + values[each.stage][1], values[each.stage][0]),
        )
        for each in outcome.stages
    }


def whole_values(
    inputs: DispatchInputs,
    outcome: DispatchOutcome,
    brought: Deliveries,
    before: Underway,
    legs_cny: float = 0.0,
) -> dict[str, tuple[float, float]]:
    """Value of every stage over all trips, and what is added to a bound of the needs left.

    Parameters
    ----------
    inputs, outcome, brought
        As for ``stage_rows``.
    before
        What had left.
    legs_cny
        As for ``stage_rows``.
    """
    data, trip, table = inputs.data, outcome.result.trip, outcome.table
    waited, proven = _waited(inputs, brought)
    served = np.zeros(inputs.demand_units.shape)
    within = brought.within(inputs.demand_units, data.deadline_hours)
    np.add.at(served, (brought.district, brought.item), within)
    missing = np.maximum(inputs.demand_units - served, 0.0)
    left = sum(one.cost_cny for one in before.departed)
    cost = left + legs_cny + float(data.trip_cost_cny[table.lane[trip], table.fleet[trip]].sum())
    unmet_cny = float((inputs.cny("unmet_cost_cny") * missing).sum())
    hourly = inputs.cny("waiting_cost_cny_per_hour")
    return {
        "unmet": (float((inputs.weight * missing).sum()), 0.0),
        "waiting": (
            float((inputs.weight * waited).sum()),
            float((inputs.weight * proven).sum()),
        ),
        "cost": (cost, left),
        "social": (
            cost + float((hourly * waited).sum()) + unmet_cny,
            left + float((hourly * proven).sum()),
        ),
        "served_cost": (cost + unmet_cny, left),
    }


def _waited(inputs: DispatchInputs, brought: Deliveries) -> tuple[Floats, Floats]:
    """Waiting of all, and the part that is proven besides that of the needs left. [unit-hours]

    Each of shape (case district, item).
    """
    batches: dict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)
    rows = (brought.district, brought.item, brought.hours, brought.units)
    for d, i, hours, units in zip(*(part.tolist() for part in rows), strict=True):
        batches[d, i].append((hours, units))
    waited, proven = np.zeros(inputs.demand_units.shape), np.zeros(inputs.demand_units.shape)
    deadline = inputs.data.deadline_hours
    for pair, pulses in inputs.pulses.items():
        waited[pair] = backlog_unit_hours(pulses, batches[pair], deadline)
        rest = inputs.residual[pair]
        proven[pair] = rest.fixed_unit_hours - rest.slack_unit_hours
    return waited, proven
