"""Where a scenario stands when it is asked about: its case, its trips, and what has left.

For a re-plan that is the last revision: its case, the trips that had not left, and what those that
had left of everything. A change can be taken back: all as it is, but that this was never told.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import cast

from allocator.case import Case
from allocator.engine.dispatch_data import DispatchInputs, build_dispatch_inputs
from allocator.engine.underway import Underway, gathered
from allocator.engine.underway_trips import Departed, hours_as_planned
from allocator.explain.present import PresentTrips, present_trips
from allocator.plan import Plan
from allocator.revisions import revised_cases, revisions
from allocator.schema.changes import Change
from allocator.schema.legs import LegTrip

__all__ = ["Situation", "situation_of", "without_changes"]


@dataclass(frozen=True)
class Situation:
    """One scenario of a plan.

    Parameters
    ----------
    case
        Of the last revision.
    scenario
        Code of the scenario.
    placement
        Plan whose stock holds; None for today's stock.
    present
        Trips that may be told otherwise: those that have not left.
    objective
        What the plan was made for.
    before
        What has left; None for a first plan.
    """

    case: Case
    scenario: str
    placement: Plan | None
    present: PresentTrips
    objective: str
    before: Underway | None = None

    @cached_property
    def inputs(self) -> DispatchInputs:
        """What is left to plan, under the true rules."""
        return build_dispatch_inputs(self.case, self.scenario, self.placement, self.before)


def situation_of(case: Case, plan: Plan, scenario: str) -> Situation:
    """Read off a plan where a scenario stands.

    Parameters
    ----------
    case
        As it was before any change.
    plan
        A certified plan of it, maybe planned anew.
    scenario
        Code of the scenario.
    """
    return _situation(case, plan, scenario, plan.changes)


def without_changes(
    case: Case, plan: Plan, scenario: str, taken_back: Collection[int]
) -> Situation | None:
    """Read off where a scenario would stand had some things not been told; None if nowhere.

    Parameters
    ----------
    case, plan, scenario
        As for ``situation_of``.
    taken_back
        Positions among the changes. What was lost or late comes as it was planned.
    """
    told = [
        Change(at_hours=row.at_hours, kind="no_change") if k in taken_back else row
        for k, row in enumerate(plan.changes)
    ]
    again = {
        plan.changes[k].trip
        for k in taken_back
        if plan.changes[k].kind in ("trip_lost", "trip_late")
    }
    try:
        return _situation(case, plan, scenario, told, again)
    except ValueError:
        # A later change needs it: vehicles that are lost, say, were added by this one.
        return None


def _situation(
    case: Case,
    plan: Plan,
    scenario: str,
    changes: Collection[Change],
    as_planned: Collection[str | None] = (),
) -> Situation:
    """Where a scenario stands after some changes."""
    placement = plan if plan.has_placement else None
    present = present_trips(case, plan, scenario)
    objective = plan.run_info.get("objective", case.settings.objective)
    if not changes:
        return Situation(case, scenario, placement, present, objective)
    told = plan.replace(Change, changes)
    found = revisions(told.changes)
    cases = revised_cases(case, scenario, found)
    vehicles = {row.fleet: row for row in case.vehicles}
    left: list[Departed] = []
    still: list[Departed] = []
    every: list[Departed] = [*plan.trips, *plan.leg_trips]
    for trip in (row for row in every if row.scenario == scenario):
        if trip.state == "planned":
            still.append(trip)
        elif trip.trip in as_planned:
            hours = hours_as_planned(cases[-1], trip, vehicles[trip.fleet])
            if isinstance(trip, LegTrip):
                end = cast("float", hours["unload_end_hours"])
                hours["ready_hours"] = end + trip.ready_hours - trip.unload_end_hours
            left.append(trip.model_copy(update={**hours, "state": "left"}))
        else:
            left.append(trip)
    before = gathered(cases, told, scenario, placement, found, (tuple(left), tuple(still)))
    return Situation(cases[-1], scenario, placement, present, objective, before)
