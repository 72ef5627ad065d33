"""All trips of one scenario together: vehicles, docks, receiving, stock, need."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from allocator.replay.facts import Facts
from allocator.replay.findings import Findings
from allocator.replay.network import Network
from allocator.replay.tolerances import FIGURE, HOURS, WHOLE, limit_room
from allocator.replay.trips import PERIOD_HOURS, Delivery

__all__ = ["check_dispatch"]

Pair = tuple[str, str]


def check_dispatch(
    facts: Facts,
    network: Network,
    scenario: str,
    deliveries: Sequence[Delivery],
    findings: Findings,
) -> None:
    """Check what the trips of one scenario share.

    Parameters
    ----------
    facts, network
        The case and the stock dispatched from.
    scenario
        Its code.
    deliveries
        Its trips.
    findings
        Where broken rules are noted.
    """
    _check_vehicles(facts, scenario, deliveries, findings)
    _check_docks(facts, network, scenario, deliveries, findings)
    _check_receiving(facts, scenario, deliveries, findings)
    _check_stock(facts, network, scenario, deliveries, findings)
    _check_need(facts, scenario, deliveries, findings)


def _check_vehicles(
    facts: Facts, scenario: str, deliveries: Sequence[Delivery], findings: Findings
) -> None:
    """Sweep over load starts and returns: never more vehicles out than are there by then."""
    events: dict[Pair, list[tuple[float, int]]] = defaultdict(list)
    for delivery in deliveries:
        key = (delivery.trip.warehouse, delivery.trip.fleet)
        events[key].append((delivery.journey.load_start_hours, 1))
        events[key].append((delivery.journey.return_hours - HOURS, -1))
    for (warehouse, fleet), changes in events.items():
        here = facts.fleets[warehouse].get(fleet)
        if here is None:
            continue
        out, worst = 0, (0, 0.0, 0)
        for at, change in sorted(changes):
            out += change
            count = here.vehicles_count(at)
            if count is not None and out - count > worst[0]:
                worst = (out - count, at, count)
        over, hour, count = worst
        if over > 0:
            fact = f"{count + over} vehicles are out at hour {hour:g}, vehicles_count is {count}"
            hint = "a trip was moved or its fleet changed by hand"
            where = f"scenario {scenario}, warehouse {warehouse}, fleet {fleet}"
            findings.add("fleet_vehicles", where, over, fact, hint)


def _check_docks(
    facts: Facts,
    network: Network,
    scenario: str,
    deliveries: Sequence[Delivery],
    findings: Findings,
) -> None:
    """Count load starts by warehouse and period."""
    starts: dict[tuple[str, int], int] = defaultdict(int)
    for delivery in deliveries:
        period = math.floor(delivery.journey.load_start_hours / PERIOD_HOURS + HOURS)
        starts[delivery.trip.warehouse, period] += 1
    for (warehouse, period), count in starts.items():
        docks_per_hour = facts.warehouses[warehouse].docks_per_hour
        size_class = facts.size_classes.get(network.size_class.get(warehouse) or "")
        if docks_per_hour is None and size_class is not None:
            docks_per_hour = size_class.docks_per_hour
        if docks_per_hour is None:
            continue
        limit = max(1, math.floor(docks_per_hour * PERIOD_HOURS + WHOLE))
        if count > limit:
            where = f"scenario {scenario}, warehouse {warehouse}, hour {period * PERIOD_HOURS:g}"
            fact = f"{count} vehicles start loading, the docks take {limit}"
            hint = "a load start was changed by hand, or the warehouse's size class was"
            findings.add("warehouse_docks", where, count - limit, fact, hint)


def _check_receiving(
    facts: Facts, scenario: str, deliveries: Sequence[Delivery], findings: Findings
) -> None:
    """Add up what is unloaded in each hour ``(k, k + 1]`` of each district."""
    volumes: dict[tuple[str, int], float] = defaultdict(float)
    for delivery in deliveries:
        hour = math.ceil(delivery.journey.unload_end_hours - HOURS)
        volumes[delivery.trip.district, hour] += delivery.volume_m3
    for (district, hour), volume in volumes.items():
        limit = facts.districts[district].receive_m3_per_hour
        if limit is not None:
            findings.within(
                "district_receiving",
                f"scenario {scenario}, district {district}, hour {hour - 1} to {hour}",
                "cargo unloaded [m3]",
                volume,
                limit,
                hint="a trip was moved or loaded by hand",
                room=limit_room(limit),
            )


def _check_stock(
    facts: Facts,
    network: Network,
    scenario: str,
    deliveries: Sequence[Delivery],
    findings: Findings,
) -> None:
    """Check that no warehouse sends more whole units than it can, at all and abroad."""
    sent: dict[Pair, float] = defaultdict(float)
    abroad: dict[Pair, float] = defaultdict(float)
    for delivery in deliveries:
        trip = delivery.trip
        for item, units in delivery.load_units.items():
            sent[trip.warehouse, item] += units
            if facts.is_abroad(trip.warehouse, trip.district):
                abroad[trip.warehouse, item] += units
    for (warehouse, item), units in sent.items():
        where = f"scenario {scenario}, warehouse {warehouse}, item {item}"
        share = facts.usable_share(scenario, warehouse)
        stock = network.stock_units.get((warehouse, item), 0.0)
        reserve = facts.home_reserve_units.get((warehouse, item), 0.0)
        usable = math.floor(share * stock + WHOLE)
        leaving = math.floor(max(0.0, share * (stock - reserve)) + WHOLE)
        hint = "a load was raised or the stock lowered by hand"
        findings.within(
            "warehouse_stock", where, "loaded [units]", units, usable, hint=hint, room=FIGURE
        )
        findings.within(
            "home_reserve_loads",
            where,
            "loaded for other provinces [units]",
            abroad.get((warehouse, item), 0.0),
            leaving,
            hint="the home reserve must stay; serve the other province from elsewhere",
            room=FIGURE,
        )


def _check_need(
    facts: Facts, scenario: str, deliveries: Sequence[Delivery], findings: Findings
) -> None:
    """Check that no district gets more of an item than it needs."""
    delivered: dict[Pair, float] = defaultdict(float)
    for delivery in deliveries:
        for item, units in delivery.load_units.items():
            delivered[delivery.trip.district, item] += units
    for (district, item), units in delivered.items():
        findings.within(
            "demand_delivered",
            f"scenario {scenario}, district {district}, item {item}",
            "delivered [units]",
            units,
            facts.demand_units[scenario].get((district, item), 0.0),
            hint="the trip's district was changed or a load was raised by hand",
            room=FIGURE,
        )
