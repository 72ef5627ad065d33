"""Waiting that no plan avoids, found anew: the earliest arrival of each need.

Written from ``docs/model.md`` ("Dispatch of one scenario" and "Re-plan"), one warehouse after the
other, the nearest first.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence

from allocator.replay.clock import Journey
from allocator.replay.facts import Pulse
from allocator.replay.ground import Ground
from allocator.replay.history import History
from allocator.replay.hub_stock import goods_hours, ready_hours
from allocator.replay.ledger import Ledger, ledger_after
from allocator.replay.legs import LegDelivery
from allocator.replay.network import Network
from allocator.replay.service import backlog_hours
from allocator.replay.tolerances import HOURS, WHOLE
from allocator.replay.trips import PERIOD_HOURS, Delivery

__all__ = ["least_waiting"]


def least_waiting(
    history: History,
    network: Network,
    deliveries: Sequence[Delivery],
    legs: Sequence[LegDelivery],
    least_unmet: float,
) -> float:
    """Return the waiting of a plan that has unlimited stock, vehicles, docks and receiving.

    Parameters
    ----------
    history, network
        The dispatch, and the stock it begins with.
    deliveries, legs
        Its trips to districts and hubs; those that have left bring what they bring.
    least_unmet
        Proven bound of the unmet stage; it waits until the deadline. [weighted units]
    """
    facts, scenario = history.ground.facts, history.scenario
    deadline = facts.deadline_hours(scenario)
    gone = [each for each in deliveries if _has_left(history, each)]
    brought: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for each in gone:
        if each.end.unload_end_hours <= deadline + HOURS:
            for item, units in each.load_units.items():
                brought[each.trip.district, item].append((each.end.unload_end_hours, units))
    gone_legs = [each for each in legs if _has_left(history, each)]
    ledger = ledger_after(history, network, [*gone, *gone_legs])
    ready: dict[str, dict[str, float]] = {}
    total = 0.0
    steps: list[tuple[float, float]] = []
    for (district, item), pulses in facts.pulses[scenario].items():
        batches = brought.get((district, item), [])
        came = sum(units for _, units in batches)
        is_whole = math.floor(sum(pulse.units for pulse in pulses) - came + WHOLE) >= 1
        if item not in ready:
            there = goods_hours(history, gone, gone_legs, item)
            ready[item] = ready_hours(history, ledger, item, there)
        first = math.inf
        if is_whole:
            first = _first_hours(history, ledger, (district, item), ready[item])
        first = min(first, deadline)
        weight = facts.weight(district, item)
        total += weight * backlog_hours(pulses, batches, first)
        for since, units in _stays(history, pulses, came):
            steps.append((max(0.0, deadline - max(first, since)), weight * units))
    left = least_unmet
    for hours, weighted in sorted(steps):
        total += hours * min(left, weighted)
        left = max(0.0, left - weighted)
    return total


def _has_left(history: History, delivery: Delivery | LegDelivery) -> bool:
    """Whether a trip can no longer be changed."""
    start = delivery.trip.load_start_hours
    return delivery.told_left is not None or start < history.at_hours - HOURS


def _stays(history: History, pulses: Sequence[Pulse], brought: float) -> list[tuple[float, float]]:
    """Need that may stay unmet: hour from which it surely waits [h], and how much [units]."""
    if not history.is_replanned:
        return [(pulse.from_hours, pulse.units) for pulse in pulses]
    # What has left may serve any of the needs, so that only the latest hour is sure.
    need = sum(pulse.units for pulse in pulses)
    return [(max(pulse.from_hours for pulse in pulses), max(0.0, need - brought))]


def _first_hours(
    history: History, ledger: Ledger, wanted: tuple[str, str], ready: Mapping[str, float]
) -> float:
    """Earliest end of unloading of an item by the deadline, infinite for never. [h]

    Parameters
    ----------
    history, ledger
        The dispatch, and what is left.
    wanted
        District and item.
    ready
        Hour from which the item can be at each hub. [h]
    """
    district, item = wanted
    reach = history.ground.reach
    facts = history.ground.facts
    nearest = reach.door_hours(district)
    soonest, best = max(0.0, history.at_hours), math.inf
    for place in nearest.argsort(kind="stable").tolist():
        if nearest[place] + soonest >= best:
            break
        warehouse = reach.codes[place]
        if warehouse in ready:
            here = (warehouse, district, item)
            lost_from = ledger.lost_from(warehouse)
            best = min(best, _arrival_hours(history, here, lost_from, ready[warehouse]))
            continue
        units = ledger.left(warehouse, item)
        if facts.is_abroad(warehouse, district):
            units = ledger.leaving(warehouse, item)
        if units >= 1:
            lost_from = ledger.lost_from(warehouse)
            best = min(best, _arrival_hours(history, (warehouse, district, item), lost_from))
    return best


def _arrival_hours(
    history: History, wanted: tuple[str, str, str], lost_from: float, ready: float = 0.0
) -> float:
    """Earliest end of unloading by any kind of vehicle that takes a unit, infinite for none. [h]

    Parameters
    ----------
    history
        The dispatch.
    wanted
        Warehouse, district and item.
    lost_from, ready
        Hours between which goods are there. [h]
    """
    warehouse, district, item = wanted
    ground, scenario = history.ground, history.scenario
    clock = ground.clock
    deadline = ground.facts.deadline_hours(scenario)
    release = ground.sign_offs.release_hours(scenario, warehouse, district, item)
    best = math.inf
    for fleet, here in ground.facts.fleets[warehouse].items():
        if not clock.has_lane(warehouse, district, fleet, scenario):
            continue
        earliest = max(release, ready, here.available_from_hours, history.at_hours)
        if math.isinf(earliest):
            continue
        period = math.ceil(earliest / PERIOD_HOURS - HOURS)
        while True:
            start = period * PERIOD_HOURS
            journey = clock.journey(scenario, warehouse, district, fleet, start)
            is_late = journey.unload_end_hours > min(deadline + HOURS, best)
            if is_late or start >= lost_from - HOURS:
                break
            if _is_open(ground, scenario, (warehouse, district, fleet), journey):
                best = journey.unload_end_hours
                break
            period += 1
    return best


def _is_open(ground: Ground, scenario: str, lane: tuple[str, str, str], journey: Journey) -> bool:
    """Whether a vehicle may be loaded, set off and be unloaded at its hours."""
    warehouse, district, _ = lane
    hours = ground.hours
    arrives = math.ceil(journey.unload_end_hours - HOURS) - 1
    return not (
        ground.clock.is_closed(*lane, journey.depart_hours)
        or hours.is_barred(scenario, *lane, journey.depart_hours)
        or hours.docks(scenario, warehouse, journey.load_start_hours) == 0
        or hours.receiving(scenario, district, arrives) == 0
    )
