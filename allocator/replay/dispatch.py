"""All trips of one scenario together: vehicles, docks, receiving, stock, need.

What trips share is checked revision by revision, with what was known then; what earlier trips
already exceed is no fault of later ones. A plan without changes is one revision.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from allocator.replay.history import History
from allocator.replay.ledger import check_ledger
from allocator.replay.legs import LegDelivery
from allocator.replay.network import Network
from allocator.replay.tolerances import FIGURE, HOURS, WHOLE, limit_room
from allocator.replay.trips import PERIOD_HOURS, Delivery
from allocator.schema.legs import LegTrip

__all__ = ["check_dispatch"]

Pair = tuple[str, str]


def check_dispatch(
    history: History,
    network: Network,
    deliveries: Sequence[Delivery],
    legs: Sequence[LegDelivery] = (),
) -> None:
    """Check what the trips of one scenario share.

    Parameters
    ----------
    history
        The dispatch, with the case of every revision.
    network
        The warehouses and the stock dispatched from.
    deliveries, legs
        Its trips to districts and to hubs.
    """
    every: list[Delivery | LegDelivery] = [*deliveries, *legs]
    for revision in range(len(history.revisions)):
        before = [each for each in deliveries if each.is_before(revision)]
        out = [each for each in every if each.is_before(revision)]
        own = [each for each in deliveries if each.is_planned_in(revision)]
        driving = [each for each in every if each.is_planned_in(revision)]
        _check_vehicles(history, revision, out, driving)
        _check_receiving(history, revision, before, own)
        _check_need(history, revision, before, own)
    _check_docks(history, network, every)
    _check_convoys(history, every)
    check_ledger(history, network, every)


def _check_vehicles(
    history: History,
    revision: int,
    before: Sequence[Delivery | LegDelivery],
    own: Sequence[Delivery | LegDelivery],
) -> None:
    """Sweep over load starts and returns: never more vehicles out than are there by then.

    Before the hour of the revision only trips from before it are out, and those are no fault.
    """
    events: dict[Pair, list[tuple[float, int, bool]]] = defaultdict(list)
    driving: tuple[tuple[bool, Sequence[Delivery | LegDelivery]], ...]
    driving = (False, before), (True, own)
    for is_own, deliveries in driving:
        for delivery in deliveries:
            pool = events[delivery.trip.warehouse, delivery.trip.fleet]
            pool.append((delivery.journey.load_start_hours, 1, is_own))
            pool.append((delivery.known(revision).free_hours - HOURS, -1, is_own))
    facts = history.grounds[revision].facts
    for (warehouse, fleet), changes in events.items():
        here = facts.fleets[warehouse].get(fleet)
        if here is None:
            continue
        out, already, worst = 0, 0, (0, 0.0, 0, 0)
        for at, change, is_own in sorted(changes):
            out += change
            already += 0 if is_own else change
            count = here.vehicles_count(at)
            if count is not None and out - max(count, already) > worst[0]:
                worst = (out - max(count, already), at, out, count)
        over, hour, out, count = worst
        if over > 0:
            fact = f"{out} vehicles are out at hour {hour:g}, vehicles_count is {count}"
            hint = "a trip was moved or its fleet changed by hand"
            where = f"{history.where(revision)}, warehouse {warehouse}, fleet {fleet}"
            history.ground.findings.add("fleet_vehicles", where, over, fact, hint)


def _check_docks(
    history: History, network: Network, deliveries: Sequence[Delivery | LegDelivery]
) -> None:
    """Count load starts by warehouse and period, as the docks were when it began."""
    starts: dict[tuple[str, int], int] = defaultdict(int)
    for delivery in deliveries:
        if delivery.told_left is None:
            period = math.floor(delivery.journey.load_start_hours / PERIOD_HOURS + HOURS)
            starts[delivery.trip.warehouse, period] += 1
    for (warehouse, period), count in starts.items():
        begin = period * PERIOD_HOURS
        limit = _dock_limit(history, network, warehouse, begin)
        if limit is None:
            continue
        if count > limit:
            where = f"scenario {history.scenario}, warehouse {warehouse}, hour {begin:g}"
            fact = f"{count} vehicles start loading, the docks take {limit}"
            hint = "a load start was changed by hand, or the warehouse's size class was"
            history.ground.findings.add("warehouse_docks", where, count - limit, fact, hint)


def _dock_limit(history: History, network: Network, warehouse: str, begin: float) -> int | None:
    """Load starts of a period, as they were known when it began; None without a limit."""
    ground = history.grounds[history.revision_at(begin)]
    told = ground.hours.docks(history.scenario, warehouse, begin)
    if told is not None:
        return told
    facts = ground.facts
    docks_per_hour = facts.warehouses[warehouse].docks_per_hour
    size_class = facts.size_classes.get(network.size_class.get(warehouse) or "")
    if docks_per_hour is None and size_class is not None:
        docks_per_hour = size_class.docks_per_hour
    if docks_per_hour is None:
        return None
    return max(1, math.floor(docks_per_hour * PERIOD_HOURS + WHOLE))


def _check_convoys(history: History, deliveries: Sequence[Delivery | LegDelivery]) -> None:
    """Count the vehicles that set off together; what has left needs no company and gives none.

    To hubs a rule that names no kind is about vehicles on the road.
    """
    last = len(history.revisions) - 1
    ground, scenario = history.grounds[last], history.scenario
    setting_off: dict[tuple[str, str, str, int], list[Delivery | LegDelivery]] = defaultdict(list)
    for each in deliveries:
        if each.is_planned_in(last):
            moment = round(each.planned.depart_hours / HOURS)
            trip = each.trip
            end = ("hub", trip.hub) if isinstance(trip, LegTrip) else ("district", trip.district)
            setting_off[trip.warehouse, *end, moment].append(each)
    for (warehouse, kind_of_end, end_code, _), together in setting_off.items():
        depart, is_leg = together[0].planned.depart_hours, kind_of_end == "hub"
        district = None if is_leg else end_code
        asked = ground.hours.company(scenario, warehouse, district, depart)
        for fleet, least in asked.items():
            on_road = [each for each in together if ground.facts.is_on_road(each.trip.fleet)]
            company = on_road if is_leg else together
            if fleet is not None:
                company = [each for each in together if each.trip.fleet == fleet]
            if 0 < len(company) < least:
                kind = "" if fleet is None else f" of fleet {fleet}"
                where = f"{history.where(last)}, warehouse {warehouse}, {kind_of_end} {end_code}"
                fact = (
                    f"{len(company)} vehicles{kind} set off at hour {depart:g}, "
                    f"a convoy is {least} at least"
                )
                hint = "send them together, or at another hour"
                ground.findings.add("convoy_company", where, least - len(company), fact, hint)


def _volumes(deliveries: Sequence[Delivery], revision: int) -> dict[tuple[str, int], float]:
    """Cargo that is unloaded in each hour ``(k, k + 1]`` of each district. [m3]"""
    volumes: dict[tuple[str, int], float] = defaultdict(float)
    for delivery in deliveries:
        end = delivery.known(revision).unload_end_hours
        if math.isfinite(end):
            volumes[delivery.trip.district, math.ceil(end - HOURS)] += delivery.volume_m3
    return volumes


def _check_receiving(
    history: History, revision: int, before: Sequence[Delivery], own: Sequence[Delivery]
) -> None:
    """Check what is unloaded in each hour of each district."""
    ground = history.grounds[revision]
    already = _volumes(before, revision)
    for (district, hour), volume in _volumes(own, revision).items():
        limit = ground.hours.receiving(history.scenario, district, hour - 1)
        if limit is None:
            limit = ground.facts.districts[district].receive_m3_per_hour
        brought = already.get((district, hour), 0.0)
        if limit is not None:
            limit = max(limit, brought)
            history.ground.findings.within(
                "district_receiving",
                f"{history.where(revision)}, district {district}, hour {hour - 1} to {hour}",
                "cargo unloaded [m3]",
                brought + volume,
                limit,
                hint="a trip was moved or loaded by hand",
                room=limit_room(limit),
            )


def _check_need(
    history: History, revision: int, before: Sequence[Delivery], own: Sequence[Delivery]
) -> None:
    """Check that no district gets more of an item than it needs."""
    facts = history.grounds[revision].facts
    deadline = facts.deadline_hours(history.scenario)
    already = _brought(before, revision, deadline)
    for (district, item), units in _brought(own, revision, math.inf).items():
        brought = already.get((district, item), 0.0)
        need = facts.demand_units[history.scenario].get((district, item), 0.0)
        history.ground.findings.within(
            "demand_delivered",
            f"{history.where(revision)}, district {district}, item {item}",
            "delivered [units]",
            brought + units,
            max(need, brought),
            hint="the trip's district was changed or a load was raised by hand",
            room=FIGURE,
        )


def _brought(deliveries: Sequence[Delivery], revision: int, deadline: float) -> dict[Pair, float]:
    """Units in hand by the deadline, by district and item."""
    found: dict[Pair, float] = defaultdict(float)
    for delivery in deliveries:
        if delivery.known(revision).unload_end_hours <= deadline + HOURS:
            for item, units in delivery.load_units.items():
                found[delivery.trip.district, item] += units
    return found
