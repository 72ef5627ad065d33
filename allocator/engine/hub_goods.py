"""Goods at hubs when a dispatch is planned anew: what has come, is on its way, was lost and found.

The rules are in ``docs/model.md`` ("Re-plan", hubs). What is told of legs can contradict what has
left a hub already; ``first_gap`` finds it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from allocator.case import Case
from allocator.engine.dispatch_periods import HOUR_NOISE
from allocator.revisions import Revision
from allocator.schema.legs import LegTrip
from allocator.schema.results import Trip

__all__ = ["HubEvent", "HubGap", "first_gap", "goods_at_hubs", "hub_events"]

Place = tuple[int, int]
"""Positions of hub and item in the case."""

Batch = tuple[float, float]

_WHOLE = 1e-6


@dataclass(frozen=True, order=True)
class HubEvent:
    """Units that come to a hub, or leave it.

    Parameters
    ----------
    hours
        When they can be loaded, or loading starts. [h]
    is_out
        Whether they leave: of one hour what comes is first.
    units
        Above zero for what comes. [units]
    trip
        Trip that they leave with; empty for what comes or is lost.
    """

    hours: float
    is_out: bool
    units: float
    trip: str = ""


@dataclass(frozen=True)
class HubGap:
    """Goods that have left a hub without having come to it.

    Parameters
    ----------
    hub, item
        Codes.
    hours
        When it shows. [h]
    missing
        How many. [units]
    trip
        Trip that left with them; empty where they are told to be lost.
    """

    hub: str
    item: str
    hours: float
    missing: float
    trip: str


def hub_events(
    case: Case,
    found: Iterable[Revision],
    left: Iterable[Trip | LegTrip],
    loads: Mapping[str, Mapping[str, float]],
) -> dict[Place, list[HubEvent]]:
    """What has come to hubs and left them, in order, as it is known last.

    Parameters
    ----------
    case
        The case; its hubs are those before any change.
    found
        The revisions, which may tell of stock that was lost or found.
    left, loads
        Trips that have left, and what is on board by trip and item. [units]
    """
    warehouse, item = case.warehouse_index(), case.item_index()
    hubs = {row.warehouse: row for row in case.warehouses if row.state == "hub"}
    events: dict[Place, list[HubEvent]] = defaultdict(list)
    for trip in left:
        for code, units in loads[trip.trip].items():
            if isinstance(trip, LegTrip) and trip.state != "lost":
                ready = trip.unload_end_hours + hubs[trip.hub].transfer_hours
                place = warehouse[trip.hub], item[code]
                events[place].append(HubEvent(ready - HOUR_NOISE, False, units))
            if trip.warehouse in hubs:
                place = warehouse[trip.warehouse], item[code]
                events[place].append(HubEvent(trip.load_start_hours, True, -units, trip.trip))
    for one in found:
        for change in one.of_kind("stock_lost", "stock_found"):
            if change.warehouse in hubs:
                is_lost = change.kind == "stock_lost"
                units = round(change.amount or 0.0) * (-1.0 if is_lost else 1.0)
                place = warehouse[change.warehouse or ""], item[change.item or ""]
                hours = one.at_hours if is_lost else one.at_hours - HOUR_NOISE
                events[place].append(HubEvent(hours, is_lost, units))
    return {place: sorted(each) for place, each in events.items()}


def goods_at_hubs(
    events: Mapping[Place, Sequence[HubEvent]], at_hours: float
) -> dict[Place, tuple[Batch, ...]]:
    """What can still be loaded at hubs: hour from which, and units.

    Parameters
    ----------
    events
        What has come and left.
    at_hours
        Nothing else is loaded before this hour. [h]
    """
    found: dict[Place, tuple[Batch, ...]] = {}
    for place, each in events.items():
        there = sum(event.units for event in each if event.hours <= at_hours + HOUR_NOISE)
        batches = [(at_hours, there)] if there > _WHOLE else []
        owed = min(there, 0.0)
        for event in each:
            if event.hours > at_hours + HOUR_NOISE:
                owed += event.units
                if owed > _WHOLE:
                    batches.append((event.hours, owed))
                    owed = 0.0
        if batches:
            found[place] = tuple(batches)
    return found


def first_gap(case: Case, events: Mapping[Place, Sequence[HubEvent]]) -> HubGap | None:
    """Find where more has left a hub than had come to it; None where nothing has.

    Parameters
    ----------
    case, events
        The case, and what has come and left.
    """
    gaps = []
    for (hub, item), each in events.items():
        there = 0.0
        for event in each:
            there += event.units
            if there < -_WHOLE:
                codes = case.warehouses[hub].warehouse, case.items[item].item
                gaps.append(HubGap(*codes, event.hours, -there, event.trip))
                break
    return min(gaps, key=lambda gap: gap.hours, default=None)
