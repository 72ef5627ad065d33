"""Placement's flows and purchases: allowed, supplied, in time, and what each scenario costs."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field

from allocator.replay.facts import Facts
from allocator.replay.findings import Findings
from allocator.replay.ground import Ground
from allocator.replay.network import Network
from allocator.replay.reading import Tables
from allocator.replay.scores import Tally
from allocator.replay.tolerances import FIGURE, HOURS
from allocator.schema.results import Allocation, Purchase

__all__ = ["Bands", "Outcome", "check_recourse"]

Pair = tuple[str, str]


@dataclass
class Outcome:
    """What placement's flows come to in one scenario.

    Parameters
    ----------
    shipped, purchased
        By district and item. [units]
    sent, sent_abroad
        By warehouse and item; abroad: to other provinces. [units]
    unmet, waiting
        Weighted units; weighted unit-hours.
    logistics_cny, waiting_cny, unmet_cny
        Transport with purchases, cost of waiting, cost of what never comes. [CNY]
    flows
        Rows added up by warehouse and item, or by district and item.
    """

    shipped: dict[Pair, float] = field(default_factory=lambda: defaultdict(float))
    purchased: dict[Pair, float] = field(default_factory=lambda: defaultdict(float))
    sent: dict[Pair, float] = field(default_factory=lambda: defaultdict(float))
    sent_abroad: dict[Pair, float] = field(default_factory=lambda: defaultdict(float))
    unmet: Tally = field(default_factory=Tally)
    waiting: Tally = field(default_factory=Tally)
    logistics_cny: Tally = field(default_factory=Tally)
    waiting_cny: Tally = field(default_factory=Tally)
    unmet_cny: Tally = field(default_factory=Tally)
    flows: dict[Pair, int] = field(default_factory=lambda: defaultdict(int))


class Bands:
    """Deprivation hours by hours of waiting."""

    def __init__(self, facts: Facts) -> None:
        rows = [(row.up_to_hours, row.deprivation_hours) for row in facts.case.waiting_bands]
        if not rows:
            hours = {6.0, 8.0, 10.0, 24.0, facts.settings.horizon_hours}
            rows = [(hour, hour) for hour in hours]
        self._rows = sorted(rows)

    def deprivation_hours(self, waited_hours: float) -> float:
        """Hours that a unit counts which arrives after so many hours. [h]"""
        for up_to, counted in self._rows:
            if waited_hours <= up_to + HOURS:
                return counted
        return self._rows[-1][1]


def check_recourse(ground: Ground, network: Network, tables: Tables) -> dict[str, Outcome]:
    """Check allocation and purchases of every scenario; return what they come to.

    Parameters
    ----------
    ground, network
        The case with its hours and releases, and the planned stock.
    tables
        Sound rows of the plan.
    """
    facts, findings = ground.facts, ground.findings
    outcomes = {code: Outcome() for code in facts.scenarios}
    recourse = _Recourse(ground, network)
    for flow in tables.allocations:
        if flow.ship_units > 0:
            recourse.add_flow(flow, outcomes[flow.scenario])
    for purchase in tables.purchases:
        if purchase.purchase_units > 0:
            recourse.add_purchase(purchase, outcomes[purchase.scenario])
    for code, outcome in outcomes.items():
        _check_supply(facts, network, code, outcome, findings)
        _check_purchases(facts, code, outcome, findings)
        _check_demand(facts, code, outcome, findings)
    if facts.settings.is_single_sourced:
        _check_single_source(tables.allocations, findings)
    return outcomes


class _Recourse:
    """Takes flows and purchases one by one: checks each, adds what it brings and costs."""

    def __init__(self, ground: Ground, network: Network) -> None:
        self._facts = ground.facts
        self._ground = ground
        self._network = network
        self._bands = Bands(ground.facts)

    def add_flow(self, flow: Allocation, outcome: Outcome) -> None:
        """Check one flow and add what it brings and costs."""
        warehouse, district, item = flow.warehouse, flow.district, flow.item
        units = flow.ship_units
        arrival = self._check_lane(flow)
        outcome.shipped[district, item] += units
        outcome.sent[warehouse, item] += units
        outcome.flows[district, item] += 1
        outcome.flows[warehouse, item] += 1
        if self._facts.is_abroad(warehouse, district):
            outcome.sent_abroad[warehouse, item] += units
        if math.isinf(arrival):
            return
        transport = self._ground.clock.unit_transport_cny(flow.scenario, warehouse, district, item)
        outcome.logistics_cny.add(transport, units)
        waited = arrival - self._facts.clock_start_hours(flow.scenario)
        self._add_waiting(outcome, (district, item), waited, units)

    def _check_lane(self, flow: Allocation) -> float:
        """Hour of arrival, infinite where there is no lane at all. [h]"""
        findings = self._ground.findings
        where = (
            f"scenario {flow.scenario}, warehouse {flow.warehouse}, "
            f"district {flow.district}, item {flow.item}"
        )
        if not self._network.is_open(flow.warehouse):
            fact = f"ship_units ({flow.ship_units:g}) come from a warehouse that is not open"
            hint = "its decision or the flow was changed by hand"
            findings.add("allocation_warehouse_open", where, flow.ship_units, fact, hint)
        arrival = self._arrival_hours(flow)
        deadline = self._facts.deadline_hours(flow.scenario)
        if math.isinf(arrival):
            fact = f"ship_units ({flow.ship_units:g}) have no lane"
            hint = "no vehicles are there, or the road is cut off or closed"
            findings.add("allocation_lane", where, flow.ship_units, fact, hint)
        elif arrival > deadline + HOURS:
            fact = f"goods are in hand at {arrival:.6g} h, after the deadline ({deadline:g} h)"
            hint = "serve the district from a nearer warehouse, or shorten the sign-offs"
            findings.add("allocation_arrival", where, arrival - deadline, fact, hint)
        return arrival

    def _arrival_hours(self, flow: Allocation) -> float:
        """Earliest hour at which a flow can be in hand by any kind of vehicle. [h]"""
        ground = self._ground
        lane = (flow.warehouse, flow.district)
        release = ground.sign_offs.release_hours(flow.scenario, *lane, flow.item)
        hours = (
            ground.clock.arrival_hours(flow.scenario, *lane, fleet, release)
            for fleet in self._facts.fleets[flow.warehouse]
        )
        return min(hours, default=math.inf)

    def _add_waiting(self, outcome: Outcome, pair: Pair, waited_hours: float, units: float) -> None:
        """Add the waiting of units that arrive."""
        counted = self._bands.deprivation_hours(waited_hours)
        district, item = pair
        outcome.waiting.add(self._facts.weight(district, item) * counted, units)
        hourly = self._facts.items[item].waiting_cost_cny_per_hour
        priority = self._facts.districts[district].priority_weight
        outcome.waiting_cny.add(hourly * priority * counted, units)

    def add_purchase(self, row: Purchase, outcome: Outcome) -> None:
        """Check one purchase and add what it brings and costs."""
        item = self._facts.items[row.item]
        findings = self._ground.findings
        where = f"scenario {row.scenario}, district {row.district}, item {row.item}"
        if item.purchase_price_cny is None:
            fact = f"purchase_units ({row.purchase_units:g}) of an item that cannot be bought"
            hint = "give the item a purchase_price_cny"
            findings.add("purchase_possible", where, row.purchase_units, fact, hint)
        late = item.purchase_hours - self._facts.deadline_hours(row.scenario)
        if late > HOURS:
            fact = f"purchases arrive at {item.purchase_hours:g} h, {late:g} h after the deadline"
            hint = "the purchase was entered by hand, or purchase_hours changed since"
            findings.add("purchase_arrival", where, late, fact, hint)
        pair = (row.district, row.item)
        outcome.purchased[pair] += row.purchase_units
        outcome.flows[pair] += 1
        outcome.logistics_cny.add(item.purchase_price_cny or 0.0, row.purchase_units)
        waited = item.purchase_hours - self._facts.clock_start_hours(row.scenario)
        self._add_waiting(outcome, pair, waited, row.purchase_units)


def _check_supply(
    facts: Facts, network: Network, scenario: str, outcome: Outcome, findings: Findings
) -> None:
    """Check that no warehouse sends more than it can, at all and to other provinces."""
    for (warehouse, item), units in outcome.sent.items():
        where = f"scenario {scenario}, warehouse {warehouse}, item {item}"
        share = facts.usable_share(scenario, warehouse)
        stock = network.stock_units.get((warehouse, item), 0.0)
        terms = outcome.flows[warehouse, item]
        findings.within(
            "warehouse_supply",
            where,
            "shipments [units]",
            units,
            share * stock,
            hint="a flow was raised or stock_units lowered by hand",
            terms=terms,
        )
        abroad = outcome.sent_abroad.get((warehouse, item), 0.0)
        reserve = facts.home_reserve_units.get((warehouse, item), 0.0)
        findings.within(
            "home_reserve_shipments",
            where,
            "shipments to other provinces [units]",
            abroad,
            share * max(0.0, stock - reserve),
            hint="the home reserve must stay; serve the other province from elsewhere",
            terms=terms,
        )


def _check_purchases(facts: Facts, scenario: str, outcome: Outcome, findings: Findings) -> None:
    """Check that no more is bought than the market has."""
    total: dict[str, float] = defaultdict(float)
    for (_, item), units in outcome.purchased.items():
        total[item] += units
    for item, units in total.items():
        findings.within(
            "purchase_limit",
            f"scenario {scenario}, item {item}",
            "purchases [units]",
            units,
            facts.items[item].purchase_available_units,
            hint="a purchase was raised by hand, or purchase_available_units lowered since",
            terms=len(outcome.purchased),
        )


def _check_demand(facts: Facts, scenario: str, outcome: Outcome, findings: Findings) -> None:
    """Derive what stays unmet, check that nothing is over-delivered, and the floor."""
    demand = facts.demand_units[scenario]
    settings = facts.settings
    wanted: dict[str, float] = defaultdict(float)
    missing: dict[str, float] = defaultdict(float)
    for pair in {**demand, **outcome.shipped, **outcome.purchased}:
        district, item = pair
        need = demand.get(pair, 0.0)
        served = outcome.shipped.get(pair, 0.0) + outcome.purchased.get(pair, 0.0)
        findings.within(
            "demand_balance",
            f"scenario {scenario}, district {district}, item {item}",
            "shipped and purchased [units]",
            served,
            need,
            hint="more is delivered than needed; a flow was raised by hand",
            terms=outcome.flows[pair],
        )
        unmet = max(0.0, need - served)
        weight = facts.weight(district, item)
        wanted[district] += weight * need
        missing[district] += weight * unmet
        outcome.unmet.add(weight, unmet)
        outcome.waiting.add(weight * settings.unmet_hours, unmet)
        priority = facts.districts[district].priority_weight
        outcome.unmet_cny.add(facts.items[item].unmet_cost_cny * priority, unmet)
    if settings.min_served_share is not None:
        for district, units in missing.items():
            findings.within(
                "served_share_floor",
                f"scenario {scenario}, district {district}",
                "weighted unmet need",
                units,
                (1 - settings.min_served_share) * wanted[district],
                hint="serve the district better, or lower min_served_share",
                terms=len(facts.items),
            )


def _check_single_source(flows: list[Allocation], findings: Findings) -> None:
    """Check that each district is served by one warehouse in all scenarios."""
    sources: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for flow in flows:
        if flow.ship_units > FIGURE:
            sources[flow.district][flow.warehouse] += flow.ship_units
    for district, units in sources.items():
        if len(units) > 1:
            named = ", ".join(sorted(units))
            fact = f"it is served by {len(units)} warehouses ({named}) instead of one"
            hint = "a warehouse code was changed by hand, or single sourcing was asked for since"
            spill = sum(units.values()) - max(units.values())
            findings.add("single_sourcing", f"district {district}", spill, fact, hint)
