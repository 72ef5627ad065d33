"""What comes to a hub and goes on from it: stock by the hour, and what it takes in.

Written from ``docs/model.md`` ("Hubs and legs").
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from allocator.replay.history import History
from allocator.replay.ledger import Ledger
from allocator.replay.legs import LegDelivery
from allocator.replay.tolerances import FIGURE, HOURS, limit_room
from allocator.replay.trips import PERIOD_HOURS, Delivery

__all__ = ["check_hubs", "goods_hours", "ready_hours"]


Event = tuple[float, int, float]
"""Hour, 1 for what leaves, and units that come (or leave, below zero): of one hour what comes is
first. [h], [units]"""


def check_hubs(
    history: History, deliveries: Sequence[Delivery], legs: Sequence[LegDelivery]
) -> None:
    """Check that nothing leaves a hub before it is there, and what the hub takes in.

    Parameters
    ----------
    history
        The dispatch.
    deliveries, legs
        Its trips to districts and to hubs.
    """
    for (hub, item), changes in _events(history, deliveries, legs).items():
        left, worst = 0.0, (0.0, 0.0)
        for at, _, units in sorted(changes):
            left += units
            worst = min(worst, (left, at))
        if worst[0] < -FIGURE:
            where = f"scenario {history.scenario}, warehouse {hub}, item {item}"
            fact = f"{-worst[0]:g} units more are loaded by hour {worst[1]:g} than have come there"
            hint = "a load or load start at the hub, or a leg to it, was changed by hand"
            history.ground.findings.add("hub_stock", where, -worst[0], fact, hint)
    for revision in range(len(history.revisions)):
        _check_receiving(history, revision, legs)


def _events(
    history: History, deliveries: Sequence[Delivery], legs: Sequence[LegDelivery]
) -> dict[tuple[str, str], list[Event]]:
    """What comes to hubs and leaves them, is found and lost there, as it is known last."""
    facts = history.ground.facts
    events: dict[tuple[str, str], list[Event]] = defaultdict(list)
    for leg in legs:
        if math.isfinite(leg.end.unload_end_hours):
            for item, units in leg.load_units.items():
                # What is ready at an hour can be loaded at that hour.
                events[leg.trip.hub, item].append((leg.ready_hours - HOURS, 0, units))
    starting: list[Delivery | LegDelivery] = [*deliveries, *legs]
    for each in starting:
        if facts.is_hub(each.trip.warehouse):
            for item, units in each.load_units.items():
                events[each.trip.warehouse, item].append((each.journey.load_start_hours, 1, -units))
    for revision in history.revisions:
        for change in revision.of_kind("stock_lost", "stock_found"):
            if change.warehouse is None or change.item is None:
                continue
            if facts.is_hub(change.warehouse):
                place, units = (change.warehouse, change.item), change.amount or 0.0
                if change.kind == "stock_lost":
                    events[place].append((revision.at_hours, 1, -units))
                else:
                    events[place].append((revision.at_hours - HOURS, 0, units))
    return events


def _check_receiving(history: History, revision: int, legs: Sequence[LegDelivery]) -> None:
    """Check what is unloaded in each hour at each hub, as it was known in a revision."""
    before: dict[tuple[str, int], float] = defaultdict(float)
    own: dict[tuple[str, int], float] = defaultdict(float)
    for leg in legs:
        end = leg.known(revision).unload_end_hours
        if math.isfinite(end):
            place = leg.trip.hub, math.ceil(end - HOURS)
            if leg.is_planned_in(revision):
                own[place] += leg.volume_m3
            elif leg.is_before(revision):
                before[place] += leg.volume_m3
    facts = history.grounds[revision].facts
    for (hub, hour), volume in own.items():
        limit = facts.warehouses[hub].receive_m3_per_hour
        if limit is not None:
            already = before.get((hub, hour), 0.0)
            most = max(limit, already)
            history.ground.findings.within(
                "hub_receiving",
                f"{history.where(revision)}, warehouse {hub}, hour {hour - 1} to {hour}",
                "cargo unloaded [m3]",
                already + volume,
                most,
                hint="a leg was moved or loaded by hand",
                room=limit_room(most),
            )


def goods_hours(
    history: History, deliveries: Sequence[Delivery], legs: Sequence[LegDelivery], item: str
) -> dict[str, float]:
    """Hour from which a unit of what has left can be loaded at each hub, not before now. [h]

    Parameters
    ----------
    history
        The dispatch.
    deliveries, legs
        Trips that have left.
    item
        Its code.
    """
    found: dict[str, float] = {}
    if not history.is_replanned:
        return found
    for (hub, code), changes in _events(history, deliveries, legs).items():
        left = 0.0
        for at, _, units in sorted(changes) if code == item else ():
            if left >= 1 - FIGURE and at > history.at_hours + HOURS:
                break
            left += units
            hours = max(at + HOURS, history.at_hours)
            if left >= 1 - FIGURE:
                found[hub] = hours
            else:
                found.pop(hub, None)
    return found


def ready_hours(
    history: History, ledger: Ledger, item: str, there: Mapping[str, float]
) -> dict[str, float]:
    """Earliest hour at which an item can be loaded at each hub that it can reach. [h]

    Parameters
    ----------
    history, ledger
        The dispatch, and what is left in its warehouses.
    item
        Its code.
    there
        Hour from which a unit is there without any further leg, by hub. [h]
    """
    ground, scenario = history.ground, history.scenario
    found = dict(there)
    for _ in ground.hubs.figures:
        before = dict(found)
        for warehouse, hub, fleet in ground.hubs.figures:
            if not ground.hubs.served(scenario, hub):
                continue
            if ground.facts.is_hub(warehouse):
                earliest = found.get(warehouse, math.inf)
            elif _units(history, ledger, (warehouse, hub), item) >= 1:
                earliest = ground.hubs.release_hours(scenario, warehouse, hub, item)
            else:
                continue
            lost_from = ledger.lost_from(warehouse)
            ready = _first_ready(history, (warehouse, hub, fleet), earliest, lost_from)
            if ready < found.get(hub, math.inf):
                found[hub] = ready
        if found == before:
            break
    return found


def _units(history: History, ledger: Ledger, ends: tuple[str, str], item: str) -> float:
    """Whole units that a leg may take. [units]"""
    warehouse, hub = ends
    if history.ground.hubs.is_abroad(history.scenario, warehouse, hub):
        return ledger.leaving(warehouse, item)
    return ledger.left(warehouse, item)


def _first_ready(
    history: History, way: tuple[str, str, str], earliest: float, lost_from: float
) -> float:
    """Hour at which the first goods of a leg can be loaded again; infinite for never. [h]"""
    ground, scenario = history.ground, history.scenario
    warehouse, hub, fleet = way
    here = ground.facts.fleets[warehouse].get(fleet)
    if here is None or math.isinf(earliest):
        return math.inf
    deadline = ground.facts.deadline_hours(scenario)
    earliest = max(earliest, here.available_from_hours, history.at_hours)
    period = math.ceil(earliest / PERIOD_HOURS - HOURS)
    while True:
        journey = ground.hubs.journey(way, period * PERIOD_HOURS)
        is_lost = journey.load_start_hours >= lost_from - HOURS
        if is_lost or journey.unload_end_hours > deadline + HOURS:
            return math.inf
        is_shut = (
            ground.hubs.is_closed(way, journey.depart_hours)
            or ground.hours.is_barred(scenario, warehouse, "", fleet, journey.depart_hours)
            or ground.hours.docks(scenario, warehouse, journey.load_start_hours) == 0
        )
        if not is_shut:
            return journey.unload_end_hours + ground.facts.warehouses[hub].transfer_hours
        period += 1
