"""What comes to a hub and goes on from it: stock by the hour, and what it takes in.

Written from ``docs/model.md`` ("Hubs and legs").
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from allocator.replay.history import History
from allocator.replay.ledger import Ledger
from allocator.replay.legs import LegDelivery
from allocator.replay.tolerances import FIGURE, HOURS, limit_room
from allocator.replay.trips import PERIOD_HOURS, Delivery

__all__ = ["check_hubs", "ready_hours"]


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
    facts, findings = history.ground.facts, history.ground.findings
    events: dict[tuple[str, str], list[tuple[float, int, float]]] = defaultdict(list)
    volumes: dict[tuple[str, int], float] = defaultdict(float)
    for leg in legs:
        hour = math.ceil(leg.journey.unload_end_hours - HOURS)
        volumes[leg.trip.hub, hour] += leg.volume_m3
        for item, units in leg.load_units.items():
            # What is ready at an hour can be loaded at that hour.
            events[leg.trip.hub, item].append((leg.ready_hours - HOURS, 0, units))
    starting: list[Delivery | LegDelivery] = [*deliveries, *legs]
    for each in starting:
        if facts.is_hub(each.trip.warehouse):
            for item, units in each.load_units.items():
                events[each.trip.warehouse, item].append((each.journey.load_start_hours, 1, -units))
    for (hub, item), changes in events.items():
        left, worst = 0.0, (0.0, 0.0)
        for at, _, units in sorted(changes):
            left += units
            worst = min(worst, (left, at))
        if worst[0] < -FIGURE:
            where = f"scenario {history.scenario}, warehouse {hub}, item {item}"
            fact = (
                f"{-worst[0]:g} units more are loaded by hour {worst[1]:g} than legs have brought"
            )
            hint = "a load or load start at the hub, or a leg to it, was changed by hand"
            findings.add("hub_stock", where, -worst[0], fact, hint)
    for (hub, hour), volume in volumes.items():
        limit = facts.warehouses[hub].receive_m3_per_hour
        if limit is not None:
            findings.within(
                "hub_receiving",
                f"scenario {history.scenario}, warehouse {hub}, hour {hour - 1} to {hour}",
                "cargo unloaded [m3]",
                volume,
                limit,
                hint="a leg was moved or loaded by hand",
                room=limit_room(limit),
            )


def ready_hours(history: History, ledger: Ledger, item: str) -> dict[str, float]:
    """Earliest hour at which an item can be loaded at each hub that it can reach. [h]

    Parameters
    ----------
    history, ledger
        The dispatch, and what is left in its warehouses.
    item
        Its code.
    """
    ground, scenario = history.ground, history.scenario
    found: dict[str, float] = {}
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
            ready = _first_ready(history, (warehouse, hub, fleet), earliest)
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


def _first_ready(history: History, way: tuple[str, str, str], earliest: float) -> float:
    """Hour at which the first goods of a leg can be loaded again; infinite for never. [h]"""
    ground, scenario = history.ground, history.scenario
    warehouse, hub, fleet = way
    here = ground.facts.fleets[warehouse].get(fleet)
    if here is None or math.isinf(earliest):
        return math.inf
    deadline = ground.facts.deadline_hours(scenario)
    period = math.ceil(max(earliest, here.available_from_hours) / PERIOD_HOURS - HOURS)
    while True:
        journey = ground.hubs.journey(way, period * PERIOD_HOURS)
        if journey.unload_end_hours > deadline + HOURS:
            return math.inf
        is_shut = (
            ground.hubs.is_closed(way, journey.depart_hours)
            or ground.hours.is_barred(scenario, warehouse, "", fleet, journey.depart_hours)
            or ground.hours.docks(scenario, warehouse, journey.load_start_hours) == 0
        )
        if not is_shut:
            return journey.unload_end_hours + ground.facts.warehouses[hub].transfer_hours
        period += 1
