"""What has left already when a dispatch is planned anew, and what that leaves of everything."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case
from allocator.engine.dispatch_periods import (
    HOUR_NOISE,
    period_after,
    period_before,
    period_count,
)
from allocator.engine.dispatch_stock import Holdings
from allocator.engine.hub_goods import HubGap, first_gap, goods_at_hubs, hub_events
from allocator.engine.underway_stock import lost_from, stock_left
from allocator.engine.underway_trips import Departed, parted
from allocator.plan import Plan, loads_by_trip
from allocator.revisions import Revision, revised_cases, revisions
from allocator.schema.changes import Change, TripChange
from allocator.schema.legs import LegTrip
from allocator.schema.results import LoadingLine, Trip

__all__ = ["Underway", "gathered", "underway"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Underway:
    """What is fixed when a scenario's dispatch is planned anew.

    Parameters
    ----------
    case
        The case of the last revision.
    scenario
        Code of the scenario.
    changes
        All changes, those of earlier re-plans first.
    revision
        What became known last; nothing else starts before its hour.
    trips, left_lines
        Trips that have left, as they are now known, and their load lists.
    as_planned
        All trips as the plan had them, by name.
    loads
        Units on board by trip and item. [units]
    open_trips
        Trips of the plan that had not left.
    earlier
        What earlier re-plans made of trips.
    held
        What warehouses hold for trips that have not left, by case warehouse and item.
    vehicles_out
        Vehicles that are out, shape (case warehouse, fleet, period).
    received_m3
        What comes in ``(k, k + 1]``, shape (case district, k). [m3]
    coming
        Hour and units of what comes by the deadline, by positions of district and item.
    lost_from
        Hour from which nothing is loaded, by warehouses that are lost or are to be. [h]
    legs, open_legs
        Trips to hubs that have left, as they are now known, and those that had not.
    hub_goods
        Hour and units of what can be loaded at hubs without further legs, by positions of hub and
        item. [h], [units]
    hub_received_m3
        What comes in at hubs in ``(k, k + 1]``, shape (case warehouse, k). [m3]
    hub_gap
        Where more has left a hub than had come to it; None where nothing has.
    """

    case: Case
    scenario: str
    changes: tuple[Change, ...]
    revision: Revision
    trips: tuple[Trip, ...]
    left_lines: tuple[LoadingLine, ...]
    as_planned: Mapping[str, Departed]
    loads: Mapping[str, Mapping[str, float]]
    open_trips: tuple[Trip, ...]
    earlier: tuple[TripChange, ...]
    held: Holdings
    vehicles_out: Floats
    received_m3: Floats
    coming: Mapping[tuple[int, int], tuple[tuple[float, float], ...]]
    lost_from: Mapping[str, float]
    legs: tuple[LegTrip, ...]
    open_legs: tuple[LegTrip, ...]
    hub_goods: Mapping[tuple[int, int], tuple[tuple[float, float], ...]]
    hub_received_m3: Floats
    hub_gap: HubGap | None

    @property
    def at_hours(self) -> float:
        """Nothing else starts before this hour. [h]."""
        return self.revision.at_hours

    @property
    def departed(self) -> tuple[Departed, ...]:
        """Trips that have left, to districts and to hubs."""
        return (*self.trips, *self.legs)

    @property
    def told(self) -> frozenset[str]:
        """Trips that the last changes name."""
        return frozenset(change.trip for change in self.revision.changes if change.trip)

    def under(self, case: Case) -> Underway:
        """Return the same under a case with another deadline."""
        trips = case, self.scenario, self.trips
        return replace(
            self,
            case=case,
            vehicles_out=_vehicles_out(case, self.scenario, self.departed),
            received_m3=_received(*trips, self.loads, case.district_index()),
            coming=_coming(*trips, self.loads),
            hub_received_m3=_received(
                case, self.scenario, self.legs, self.loads, case.warehouse_index()
            ),
        )

    def without_limits(self, case: Case, held: Holdings) -> Underway:
        """Return only from when on, and from where, trips may start; nothing is taken already."""
        wide = self.under(case)
        return replace(
            wide,
            held=held,
            vehicles_out=np.zeros_like(wide.vehicles_out),
            received_m3=np.zeros_like(wide.received_m3),
            coming={},
        )


def underway(case: Case, plan: Plan, scenario: str, placement: Plan | None) -> Underway:
    """Read what has left off a plan whose changes are complete.

    Parameters
    ----------
    case
        As it was before any change.
    plan
        The plan as it was, with all its changes: those of the new re-plan are the last ones.
    scenario
        Code of the scenario.
    placement
        Plan whose stock holds; None means today's stock.

    Raises
    ------
    ValueError
        If a change cannot be made.
    """
    found = revisions(plan.changes)
    cases = revised_cases(case, scenario, found)
    every: list[Departed] = [*plan.trips, *plan.leg_trips]
    own = [trip for trip in every if trip.scenario == scenario]
    return gathered(cases, plan, scenario, placement, found, parted(cases, own, found))


def gathered(
    cases: tuple[Case, ...],
    plan: Plan,
    scenario: str,
    placement: Plan | None,
    found: tuple[Revision, ...],
    parts: tuple[tuple[Departed, ...], tuple[Departed, ...]],
) -> Underway:
    """Work out what trips that have left leave of everything.

    Parameters
    ----------
    cases
        Case of every revision, the case before any change first.
    plan
        With the loads of all trips.
    scenario, placement
        As for ``underway``.
    found
        The revisions.
    parts
        Trips that have left, as they are now known, and those that have not, to districts and hubs.
    """
    left, still = parts
    now = cases[-1]
    lines = [line for line in plan.loading_lines if line.scenario == scenario]
    loads = loads_by_trip(lines)
    every: list[Departed] = [*plan.trips, *plan.leg_trips]
    has_left = {trip.trip for trip in left}
    left_lines = tuple(line for line in lines if line.trip in has_left)
    held = stock_left(cases, scenario, placement, found, (left, left_lines))
    events = hub_events(cases[0], found, left, loads)
    goods = goods_at_hubs(events, found[-1].at_hours)
    for place, batches in goods.items():
        whole = round(sum(units for _, units in batches))
        held.usable_units[place] = held.outside_units[place] = whole
    trips, legs = _by_end(left)
    return Underway(
        now,
        scenario,
        plan.changes,
        found[-1],
        trips,
        left_lines,
        {trip.trip: trip for trip in every if trip.scenario == scenario},
        loads,
        _by_end(still)[0],
        plan.trip_changes,
        held,
        _vehicles_out(now, scenario, left),
        _received(now, scenario, trips, loads, now.district_index()),
        _coming(now, scenario, trips, loads),
        lost_from(found),
        legs,
        _by_end(still)[1],
        goods,
        _received(now, scenario, legs, loads, now.warehouse_index()),
        first_gap(cases[0], events),
    )


def _by_end(trips: Iterable[Departed]) -> tuple[tuple[Trip, ...], tuple[LegTrip, ...]]:
    """Trips to districts, and to hubs."""
    every = tuple(trips)
    return (
        tuple(trip for trip in every if isinstance(trip, Trip)),
        tuple(trip for trip in every if isinstance(trip, LegTrip)),
    )


def _vehicles_out(case: Case, scenario: str, left: Iterable[Departed]) -> Floats:
    """Vehicles that are out by period."""
    deadline = case.deadline_hours(case.scenario(scenario))
    periods = period_count(deadline)
    fleet = {row.fleet: k for k, row in enumerate(case.vehicles)}
    one_way = {row.fleet for row in case.vehicles if row.is_one_way}
    warehouse = case.warehouse_index()
    out = np.zeros((len(warehouse), len(fleet), periods))
    for trip in left:
        first = period_before(trip.load_start_hours)
        is_gone = trip.state == "lost" or trip.fleet in one_way
        last = periods if is_gone else period_after(trip.return_hours)
        out[warehouse[trip.warehouse], fleet[trip.fleet], first:last] += 1
    return out


def _received(
    case: Case,
    scenario: str,
    left: Iterable[Departed],
    loads: Mapping[str, Mapping[str, float]],
    place: Mapping[str, int],
) -> Floats:
    """What comes in by receiving hour at places: districts, or hubs."""
    deadline = case.deadline_hours(case.scenario(scenario))
    hours = int(np.ceil(deadline)) + 1
    volume = {row.item: row.volume_m3 for row in case.items}
    received = np.zeros((len(place), hours))
    for trip in left:
        end = trip.hub if isinstance(trip, LegTrip) else trip.district
        hour = max(0, int(np.ceil(trip.unload_end_hours - HOUR_NOISE)) - 1)
        if trip.state != "lost" and hour < hours:
            units = loads[trip.trip].items()
            received[place[end], hour] += sum(volume[i] * u for i, u in units)
    return received


def _coming(
    case: Case, scenario: str, left: Iterable[Trip], loads: Mapping[str, Mapping[str, float]]
) -> dict[tuple[int, int], tuple[tuple[float, float], ...]]:
    """What comes by the deadline, by district and item."""
    deadline = case.deadline_hours(case.scenario(scenario))
    district, item = case.district_index(), case.item_index()
    found: dict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)
    for trip in left:
        if trip.state != "lost" and trip.unload_end_hours <= deadline + HOUR_NOISE:
            for code, units in loads[trip.trip].items():
                pair = district[trip.district], item[code]
                found[pair].append((trip.unload_end_hours, units))
    return {pair: tuple(sorted(batches)) for pair, batches in found.items()}
