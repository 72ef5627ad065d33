"""What the districts get, and when: arrivals, served share, shortages, objectives of a dispatch."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from allocator.replay.facts import Facts, Pulse
from allocator.replay.findings import Findings
from allocator.replay.scores import Score
from allocator.replay.tolerances import HOURS, ROUNDING
from allocator.replay.trips import Delivery
from allocator.schema.results import Arrival, ServedByHour, Shortage

__all__ = [
    "Service",
    "backlog_hours",
    "check_arrivals",
    "check_served",
    "check_shortages",
    "serve",
]

Pair = tuple[str, str]
Batch = tuple[float, float]

_EDITED = "it was changed by hand, or a trip or load was"


@dataclass
class Service:
    """What one scenario's trips bring.

    Parameters
    ----------
    batches
        Hour in hand [h] and quantity [units] by district and item, in order of hours; only what
        is in hand by the deadline.
    unmet_units
        By district and item. [units]
    total_weight
        Weighted need.
    scores
        Objectives by stage.
    """

    batches: dict[Pair, list[Batch]] = field(default_factory=lambda: defaultdict(list))
    unmet_units: dict[Pair, float] = field(default_factory=dict)
    total_weight: float = 0.0
    scores: dict[str, Score] = field(default_factory=dict)


def serve(
    facts: Facts,
    scenario: str,
    deliveries: Sequence[Delivery],
    objective: str,
    legs_cny: Sequence[float] = (),
) -> Service:
    """Add up what the trips bring and what that is worth.

    Parameters
    ----------
    facts
        The case, as it was known last.
    scenario
        Its code.
    deliveries
        Its trips.
    objective
        ``lives``, ``social`` or ``cost``: the last one's cost contains the unmet need.
    legs_cny
        Cost of each trip to a hub. [CNY]
    """
    service = Service()
    deadline = facts.deadline_hours(scenario)
    for delivery in sorted(deliveries, key=lambda each: each.end.unload_end_hours):
        hour = delivery.end.unload_end_hours
        if hour <= deadline + HOURS:
            for item, units in delivery.load_units.items():
                service.batches[delivery.trip.district, item].append((hour, units))
    unmet = waiting = waiting_cny = unmet_cny = 0.0
    hours_room = hours_room_cny = 0.0
    for pair, need in facts.demand_units[scenario].items():
        district, item = pair
        batches = service.batches.get(pair, [])
        missing = max(0.0, need - sum(units for _, units in batches))
        backlog = backlog_hours(facts.pulses[scenario][pair], batches, deadline)
        weight = facts.weight(district, item)
        priority = facts.districts[district].priority_weight
        service.unmet_units[pair] = missing
        service.total_weight += weight * need
        unmet += weight * missing
        waiting += weight * backlog
        hourly_cny = facts.items[item].waiting_cost_cny_per_hour * priority
        waiting_cny += hourly_cny * backlog
        hours_room += weight * need * HOURS
        hours_room_cny += hourly_cny * need * HOURS
        unmet_cny += facts.items[item].unmet_cost_cny * priority * missing
    costs = [*(delivery.cost_cny for delivery in deliveries), *legs_cny]
    cost = Score(sum(costs), len(costs) * ROUNDING)
    if objective == "lives":
        waited = Score(waiting, hours_room)
        service.scores = {"unmet": Score(unmet), "waiting": waited, "cost": cost}
    elif objective == "social":
        lost = Score(waiting_cny + unmet_cny, hours_room_cny)
        service.scores = {"social": cost + lost}
    else:
        service.scores = {"cost": cost + Score(unmet_cny)}
    return service


def backlog_hours(pulses: Iterable[Pulse], batches: Iterable[Batch], deadline: float) -> float:
    """Integral of ``max(0, need arisen - delivered)`` from 0 to the deadline. [unit-hours]"""
    changes = [(pulse.from_hours, pulse.units) for pulse in pulses]
    changes += [(hour, -units) for hour, units in batches]
    total = balance = last = 0.0
    for hour, units in sorted(changes):
        now = min(max(hour, 0.0), deadline)
        total += max(0.0, balance) * (now - last)
        balance += units
        last = now
    return total + max(0.0, balance) * (deadline - last)


def check_arrivals(
    scenario: str,
    deliveries: Sequence[Delivery],
    told: Iterable[Arrival],
    findings: Findings,
) -> None:
    """Check that the Arrivals table is the sum of the loads by the end of unloading.

    Parameters
    ----------
    scenario
        Its code.
    deliveries
        Its trips.
    told
        Its rows.
    findings
        Where broken rules are noted.
    """
    loads: dict[Pair, list[tuple[float, float, float]]] = defaultdict(list)
    for delivery in deliveries:
        hour = delivery.end.unload_end_hours
        if math.isinf(hour):
            continue
        for item, units in delivery.load_units.items():
            loads[delivery.trip.district, item].append((hour, units, 0.0))
    for row in told:
        loads[row.district, row.item].append((row.unload_end_hours, 0.0, row.arrive_units))
    for (district, item), entries in loads.items():
        for hour, brought, listed, is_listed in _clusters(entries):
            where = f"scenario {scenario}, district {district}, item {item}, hour {hour:g}"
            findings.same("arrival_units", where, "arrive_units", listed, brought, hint=_EDITED)
            if is_listed and brought <= 0:
                fact = "no trip is unloaded then"
                findings.add("arrival_trip", where, listed, fact, _EDITED)


def _clusters(
    entries: list[tuple[float, float, float]],
) -> Iterable[tuple[float, float, float, bool]]:
    """Sum entries whose hours are the same; an entry is hour, brought, listed."""
    sums: list[tuple[float, float, float, bool]] = []
    for hour, brought, listed in sorted(entries):
        is_listed = brought <= 0
        if sums and hour - sums[-1][0] <= 2 * HOURS:
            first, before, told, was_listed = sums[-1]
            sums[-1] = (first, before + brought, told + listed, was_listed or is_listed)
        else:
            sums.append((hour, brought, listed, is_listed))
    return sums


def check_served(
    facts: Facts,
    scenario: str,
    service: Service,
    told: Iterable[ServedByHour],
    findings: Findings,
) -> None:
    """Check the served share of every hour listed, and that no hour is missing.

    Parameters
    ----------
    facts
        The case.
    scenario, service
        Its code and what its trips bring.
    told
        Its rows.
    findings
        Where broken rules are noted.
    """
    weighted = sorted(
        step
        for (district, item), batches in service.batches.items()
        for step in _served_steps(
            batches,
            facts.demand_units[scenario].get((district, item), 0.0),
            facts.weight(district, item),
        )
    )
    rows = {row.hour: row for row in told}
    last = math.floor(facts.deadline_hours(scenario) + HOURS)
    brought = 0.0
    position = 0
    for hour in sorted({*rows, *range(last + 1)}):
        while position < len(weighted) and weighted[position][0] <= hour + HOURS:
            brought += weighted[position][1]
            position += 1
        share = brought / service.total_weight if service.total_weight > 0 else 1.0
        where = f"scenario {scenario}, hour {hour}"
        row = rows.get(hour)
        if row is None:
            fact = "the hour must be listed in Served_By_Hour"
            hint = "the row was deleted, or its hour was changed"
            findings.add("served_hour", where, 1.0, fact, hint)
        else:
            name = "served_share"
            findings.same("served_share", where, name, row.served_share, share, hint=_EDITED)


def _served_steps(batches: Iterable[Batch], need: float, weight: float) -> Iterable[Batch]:
    """Hour and weighted units of each batch, of which no more than the need counts."""
    open_units = need
    for hour, units in batches:
        counted = min(units, open_units)
        open_units -= counted
        yield hour, weight * counted


def check_shortages(
    facts: Facts,
    scenario: str,
    service: Service,
    told: Iterable[Shortage],
    findings: Findings,
) -> None:
    """Check that every unmet need is listed with the right figures.

    Parameters
    ----------
    facts
        The case.
    scenario, service
        Its code and what its trips bring.
    told
        Its rows.
    findings
        Where broken rules are noted.
    """
    demand = facts.demand_units[scenario]
    rows = {(row.district, row.item): row for row in told}
    for pair in {**demand, **rows}:
        district, item = pair
        where = f"scenario {scenario}, district {district}, item {item}"
        need = demand.get(pair, 0.0)
        unmet = service.unmet_units.get(pair, 0.0)
        served = sum(units for _, units in service.batches.get(pair, []))
        row = rows.get(pair)
        if row is None:
            if unmet > HOURS:
                fact = f"unmet need ({unmet:g} units) must be listed in Shortages"
                hint = "the row was deleted or its code was changed"
                findings.add("shortage_listed", where, unmet, fact, hint)
            continue
        if need <= 0:
            fact = "nothing is needed there"
            findings.add("shortage_need", where, row.demand_units, fact, "a code was changed")
        for rule, name, figure, found in (
            ("shortage_demand", "demand_units", row.demand_units, need),
            ("shortage_served", "served_units", row.served_units, served),
            ("shortage_unmet", "unmet_units", row.unmet_units, unmet),
        ):
            findings.same(rule, where, name, figure, found, hint=_EDITED)
