"""From an outcome to the tables of a plan, with what had left before."""

from __future__ import annotations

from allocator.engine.dispatch_data import DispatchInputs
from allocator.engine.dispatch_leg_rows import LegRows, hub_parts
from allocator.engine.dispatch_lots import with_lots
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_problem import DispatchProblem
from allocator.engine.dispatch_reasons import ShortageReasons
from allocator.engine.dispatch_service import arrivals, deliveries, served_by_hour, shortages
from allocator.engine.dispatch_stages import stage_rows
from allocator.engine.dispatch_trips import TripRows
from allocator.engine.trip_changes import with_old_leg_names, with_old_names
from allocator.plan import Plan
from allocator.risks import account_rows
from allocator.schema.changes import Change, TripChange
from allocator.schema.legs import LegTrip
from allocator.schema.results import (
    Arrival,
    LoadingLine,
    ServedByHour,
    Shortage,
    Stage,
    Trip,
)
from allocator.schema.risks import LossAccount

__all__ = ["dispatch_plan"]


def dispatch_plan(
    inputs: DispatchInputs,
    problem: DispatchProblem,
    outcome: DispatchOutcome,
    gap: float,
    *,
    with_reasons: bool = True,
) -> Plan:
    """Write the tables of one scenario.

    Parameters
    ----------
    inputs, problem, outcome
        The scenario and its plan.
    gap
        Relative gap that was asked for.
    with_reasons
        Whether shortages are explained; preliminary plans need not be.
    """
    leg_trips: tuple[LegTrip, ...] = ()
    leg_lines: tuple[LoadingLine, ...] = ()
    legs_cny = 0.0
    if inputs.legs is not None:
        legs, parts = LegRows(inputs, outcome), hub_parts(inputs, outcome)
        leg_trips, leg_lines = legs.trips(), legs.loading_lines()
        legs_cny = sum(leg.cost_cny for leg in leg_trips)
        inputs, problem, outcome = parts.inputs, parts.problem, parts.outcome
    rows = TripRows(inputs, problem, outcome)
    trips, lines = rows.trips(), rows.loading_lines()
    told: tuple[Change, ...] = ()
    changes: tuple[TripChange, ...] = ()
    if inputs.before is not None:
        told = inputs.before.changes
        trips, lines, changes = with_old_names(inputs, trips, lines)
        leg_trips, leg_lines, leg_changes = with_old_leg_names(inputs, leg_trips, leg_lines)
        changes = (*inputs.before.earlier, *changes, *leg_changes)
        lines = (*inputs.before.left_lines, *lines)
    lines = _with_lots(inputs, (*leg_trips, *trips), (*leg_lines, *lines))
    brought = deliveries(inputs, outcome)
    reasons = ShortageReasons(inputs, problem, outcome) if with_reasons else None
    return Plan(
        {
            Change.sheet: told,
            TripChange.sheet: changes,
            Trip.sheet: trips,
            LegTrip.sheet: leg_trips,
            LoadingLine.sheet: lines,
            Arrival.sheet: arrivals(inputs, brought),
            ServedByHour.sheet: served_by_hour(inputs, brought),
            Shortage.sheet: shortages(inputs, brought, reasons),
            LossAccount.sheet: account_rows(inputs.case, [inputs.scenario.scenario]),
            Stage.sheet: stage_rows(inputs, problem, outcome, brought, gap, legs_cny),
        }
    )


def _with_lots(
    inputs: DispatchInputs, trips: tuple[Trip | LegTrip, ...], lines: tuple[LoadingLine, ...]
) -> tuple[LoadingLine, ...]:
    """Load lists with lots; what has left keeps those it was loaded with.

    At hubs lots are not kept apart.
    """
    before = inputs.before
    has_left = set() if before is None else {trip.trip for trip in before.departed}
    kept = tuple(line for line in lines if line.trip in has_left)
    hubs = {row.warehouse for row in inputs.case.warehouses if row.state == "hub"}
    from_hub = {trip.trip for trip in trips if trip.warehouse in hubs}
    if any(not line.lot for line in kept if line.trip not in from_hub):
        return lines  # a plan that tells no lots goes on without
    own = [line for line in lines if line.trip not in has_left | from_hub]
    onward = [line for line in lines if line.trip in from_hub - has_left]
    return (*kept, *with_lots(inputs.case, inputs.held.lots, trips, own), *onward)
