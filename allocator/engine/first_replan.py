"""What a re-plan begins with: the open trips that can still go, found without a solver."""

from __future__ import annotations

import numpy as np

from allocator.case import Case
from allocator.engine.dispatch_data import DispatchInputs, build_dispatch_inputs
from allocator.engine.dispatch_former import FormerTrips, former_trips
from allocator.engine.dispatch_outcome import DispatchOutcome, StageOutcome
from allocator.engine.dispatch_problem import dispatch_problem, stage_prices
from allocator.engine.dispatch_tables import dispatch_plan
from allocator.engine.hub_former import resumed_trips
from allocator.engine.objectives import STAGES
from allocator.engine.underway import Underway, underway
from allocator.plan import Plan

__all__ = ["FILL_SECONDS", "first_replan", "replan_inputs"]

FILL_SECONDS = 0.5
"""Time in which a first plan with hubs sends what the former trips leave missing. [s]"""

_MOVE_SHARE = 0.01
"""Price of a new departure where none is given, as a share of what the open trips are worth in the
mean: moving a trip must save that much."""


def first_replan(case: Case, plan: Plan, scenario_code: str, placement: Plan | None = None) -> Plan:
    """Return a plan at once: the open trips that can still go, and what vehicles can do besides.

    No solver is used and nothing is proven but by stock and reach of what is left.

    Parameters
    ----------
    case, plan, scenario_code, placement
        As for ``replan``.
    """
    inputs, former = replan_inputs(case, plan, scenario_code, placement, None)
    problem = dispatch_problem(inputs.data)
    stages = STAGES[inputs.case.settings.objective]
    prices = stage_prices(
        inputs.data,
        "waiting" if "waiting" in stages else stages[0],
        unmet_extra=inputs.data.deadline_hours,
    )
    if inputs.legs is None:
        result = former.resumed(problem, prices).result()
    else:
        result = resumed_trips(problem, former, FILL_SECONDS)
    found = [StageOutcome(stage, 0.0, 0.0, 0.0) for stage in stages]
    outcome = DispatchOutcome.of(inputs.data, problem.table, result, found)
    gap = inputs.case.settings.gap
    return dispatch_plan(inputs, problem, outcome, gap, with_reasons=False)


def replan_inputs(
    case: Case,
    plan: Plan,
    scenario_code: str,
    placement: Plan | None,
    move_price: float | None,
) -> tuple[DispatchInputs, FormerTrips]:
    """What is left to plan, and the trips to begin with."""
    before = underway(case, plan, scenario_code, placement)
    inputs = build_dispatch_inputs(before.case, scenario_code, placement, before)
    return inputs, _former(inputs, before, move_price)


def _former(inputs: DispatchInputs, before: Underway, move_price: float | None) -> FormerTrips:
    """Trips that had not left, and the price of others."""
    price = move_price
    if price is None:
        count = len(before.open_trips) + len(before.open_legs)
        price = _MOVE_SHARE * _worth(inputs) / max(1, count)
    return former_trips(inputs, (*before.open_trips, *before.open_legs), before.loads, price)


def _worth(inputs: DispatchInputs) -> float:
    """What it would cost to bring nothing of what is left, in the unit of the headline stage."""
    data = inputs.data
    hours = np.maximum(data.deadline_hours - np.maximum(data.need_from_hours, 0.0), 0.0)
    if "waiting" in STAGES[inputs.case.settings.objective]:
        return float((data.need_weight * data.need_units * hours).sum())
    return float((data.need_unmet_cny * data.need_units).sum())
