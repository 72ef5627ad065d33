"""Re-plan: what has left stays, the rest is planned anew from an hour on."""

from __future__ import annotations

import time
from dataclasses import replace

from allocator.case import Case
from allocator.engine.dispatch import Asked, DispatchReport, plan_trips
from allocator.engine.dispatch_data import DispatchInputs
from allocator.engine.dispatch_former import FormerTrips, former_trips
from allocator.engine.dispatch_memory import Memory
from allocator.engine.first_replan import replan_inputs
from allocator.plan import Plan, loads_by_trip
from allocator.schema.legs import LegTrip
from allocator.schema.results import Trip
from allocator.solver import SolveOptions

__all__ = ["replan"]


def replan(
    case: Case,
    plan: Plan,
    scenario_code: str,
    *,
    report: DispatchReport,
    placement: Plan | None = None,
    options: SolveOptions | None = None,
    workers: int = 1,
    move_price: float | None = None,
    memory: Memory | None = None,
    first: Plan | None = None,
) -> Plan:
    """Plan the trips of one scenario anew.

    Parameters
    ----------
    case
        As it was before any change; its settings name the objective.
    plan
        The plan as it was, with all changes: those of this re-plan are the last ones.
    scenario_code
        Scenario that the plan dispatches.
    report
        Hears progress and better plans; the first one has the trips that can still go.
    placement
        Plan whose stock and open warehouses hold; None means today's stock.
    options
        Gap, time limit, threads, seed; None takes gap and seed from the settings.
    workers
        Processes that may work side by side.
    move_price
        What a departure costs that the plan had not, in the unit of the headline stage; None for a
        hundredth of what an open trip is worth.
    memory
        Prices that the plan ended with; None where they are not known.
    first
        What ``first_replan`` found, to begin with; None to find it here.

    Returns
    -------
    Plan
        All trips, those that have left too, with what has changed and the stages.

    Raises
    ------
    ValueError
        If a change cannot be made.
    """
    begun = time.monotonic()
    inputs, former = replan_inputs(case, plan, scenario_code, placement, move_price)
    if first is not None:
        former = replace(former, first=_planned(inputs, first))
    asked = Asked(begun, options, workers=workers)
    return plan_trips(inputs, asked, report, former, memory)


def _planned(inputs: DispatchInputs, plan: Plan) -> FormerTrips:
    """Trips of a plan that have not left."""
    every: list[Trip | LegTrip] = [*plan.trips, *plan.leg_trips]
    trips = [trip for trip in every if trip.state == "planned"]
    return former_trips(inputs, trips, loads_by_trip(plan.loading_lines), 0.0)
