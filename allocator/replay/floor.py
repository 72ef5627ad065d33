"""Waiting that no plan avoids, found anew: the earliest arrival of each need.

Written from ``docs/model.md`` ("Dispatch of one scenario"), one warehouse after the other, the
nearest first.
"""

from __future__ import annotations

import math

from allocator.replay.ground import Ground
from allocator.replay.network import Network
from allocator.replay.tolerances import HOURS, WHOLE
from allocator.replay.trips import PERIOD_HOURS

__all__ = ["least_waiting"]


def least_waiting(ground: Ground, network: Network, scenario: str, least_unmet: float) -> float:
    """Return the waiting of a plan that has unlimited stock, vehicles, docks and receiving.

    Parameters
    ----------
    ground, network
        The case, and the stock dispatched from.
    scenario
        Its code.
    least_unmet
        Proven bound of the unmet stage; it waits until the deadline. [weighted units]
    """
    facts = ground.facts
    deadline = facts.deadline_hours(scenario)
    total = 0.0
    steps: list[tuple[float, float]] = []
    for (district, item), pulses in facts.pulses[scenario].items():
        need = sum(pulse.units for pulse in pulses)
        is_whole = math.floor(need + WHOLE) >= 1
        first = _first_hours(ground, network, scenario, district, item) if is_whole else math.inf
        weight = facts.weight(district, item)
        for pulse in pulses:
            most = max(0.0, deadline - pulse.from_hours)
            least = min(max(0.0, first - pulse.from_hours), most)
            total += weight * pulse.units * least
            steps.append((most - least, weight * pulse.units))
    left = least_unmet
    for hours, weighted in sorted(steps):
        total += hours * min(left, weighted)
        left = max(0.0, left - weighted)
    return total


def _first_hours(
    ground: Ground, network: Network, scenario: str, district: str, item: str
) -> float:
    """Earliest end of unloading of an item by the deadline, infinite for never. [h]"""
    reach = ground.reach
    nearest = reach.door_hours(district)
    best = math.inf
    for place in nearest.argsort(kind="stable").tolist():
        if nearest[place] >= best:
            break
        warehouse = reach.codes[place]
        if _has(ground, network, scenario, warehouse, district, item):
            best = min(best, _arrival_hours(ground, scenario, warehouse, district, item))
    return best


def _has(
    ground: Ground, network: Network, scenario: str, warehouse: str, district: str, item: str
) -> bool:
    """Whether a warehouse has a whole unit that may go to a district."""
    facts = ground.facts
    share = facts.usable_share(scenario, warehouse)
    stock = network.stock_units.get((warehouse, item), 0.0)
    if facts.is_abroad(warehouse, district):
        stock = min(stock, max(0.0, stock - facts.home_reserve_units.get((warehouse, item), 0.0)))
    return math.floor(share * stock + WHOLE) >= 1


def _arrival_hours(
    ground: Ground, scenario: str, warehouse: str, district: str, item: str
) -> float:
    """Earliest end of unloading by any kind of vehicle that takes a unit, infinite for none. [h]"""
    facts, clock = ground.facts, ground.clock
    deadline = facts.deadline_hours(scenario)
    release = ground.sign_offs.release_hours(warehouse, district, item)
    best = math.inf
    for fleet, here in facts.fleets[warehouse].items():
        if not clock.has_lane(warehouse, district, fleet, scenario):
            continue
        earliest = max(release, here.available_from_hours)
        period = math.ceil(earliest / PERIOD_HOURS - HOURS)
        while True:
            start = period * PERIOD_HOURS
            journey = clock.journey(scenario, warehouse, district, fleet, start)
            if journey.unload_end_hours > min(deadline + HOURS, best):
                break
            if not clock.is_closed(warehouse, district, fleet, journey.depart_hours):
                best = journey.unload_end_hours
                break
            period += 1
    return best
