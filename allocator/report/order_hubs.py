"""Trips to hubs as orders: in a leg's order the hub stands where otherwise a district does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from allocator.case import Case
from allocator.engine.hub_service import districts_in_need, served_by_hubs
from allocator.plan import Plan, loads_by_trip
from allocator.schema.legs import LegTrip
from allocator.schema.results import Trip

__all__ = ["districts_behind", "hub_trips"]

_NOISE = 1e-6


def hub_trips(plan: Plan, scenario: str, deadline_hours: float) -> tuple[Trip, ...]:
    """Leg trips of a scenario as rows of trips, with the hub's code as their district.

    The latest load start is the last one at which all that leaves the hub still finds its goods.

    Parameters
    ----------
    plan
        The certified plan.
    scenario
        Code of the scenario.
    deadline_hours
        Hour by which unloading must end. [h]
    """
    legs = [leg for leg in plan.leg_trips if leg.scenario == scenario]
    if not legs:
        return ()
    loads = loads_by_trip(plan.loading_lines)
    leaving: dict[str, list[tuple[float, str]]] = defaultdict(list)
    trips = [trip for trip in plan.trips if trip.scenario == scenario]
    starting: list[Trip | LegTrip] = [*trips, *legs]
    for each in starting:
        leaving[each.warehouse].append((each.load_start_hours, each.trip))
    brought: dict[str, list[LegTrip]] = defaultdict(list)
    for leg in legs:
        brought[leg.hub].append(leg)
    return tuple(
        _as_trip(leg, _slack_hours(leg, brought[leg.hub], leaving[leg.hub], loads, deadline_hours))
        for leg in legs
    )


def _as_trip(leg: LegTrip, slack_hours: float) -> Trip:
    """A leg trip in the columns of a trip."""
    given = leg.model_dump(exclude={"hub", "ready_hours"})  # with its state
    # No district has such a code, so that the row cannot be taken for a trip to one.
    return Trip.model_construct(
        **given,
        district=leg.hub,
        latest_load_start_hours=leg.load_start_hours + slack_hours,
    )


def _slack_hours(
    leg: LegTrip,
    brought: Iterable[LegTrip],
    leaving: Iterable[tuple[float, str]],
    loads: Mapping[str, Mapping[str, float]],
    deadline_hours: float,
) -> float:
    """How much later a leg may start, all else as planned. [h]"""
    last = deadline_hours + leg.ready_hours - leg.unload_end_hours
    others = [each for each in brought if each.trip != leg.trip]
    for item in loads.get(leg.trip, {}):
        changes = [(each.ready_hours, loads[each.trip].get(item, 0.0)) for each in others]
        changes += [(hours, -loads[trip].get(item, 0.0)) for hours, trip in leaving]
        left = 0.0
        for hours, units in sorted(changes, key=lambda change: (change[0], -change[1])):
            left += units
            if left < -_NOISE and hours > leg.ready_hours - _NOISE:
                last = min(last, hours)
                break
    return max(0.0, last - leg.ready_hours)


def districts_behind(case: Case, scenario: str) -> dict[str, tuple[str, ...]]:
    """Districts with a need that each hub serves, by code.

    Parameters
    ----------
    case
        The case.
    scenario
        Code of the scenario.
    """
    if not case.legs:
        return {}
    wanted = districts_in_need(case, scenario)
    served = served_by_hubs(case, case.scenario(scenario), wanted)
    return {
        case.warehouses[hub].warehouse: tuple(case.districts[d].district for d in sorted(found))
        for hub, found in served.items()
    }
