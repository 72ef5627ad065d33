"""Gathers the orders of a certified plan."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from math import floor

from allocator.approvals import release
from allocator.case import Case
from allocator.plan import Plan
from allocator.report.facts import Facts
from allocator.report.order_docks import PERIOD_HOURS, WHOLE_NOISE
from allocator.report.order_hubs import districts_behind
from allocator.report.orders import Load, OrderBook, SignOff, SignOffChain, TripOrder
from allocator.schema.procedure import ApprovalRule
from allocator.schema.results import Trip

__all__ = ["order_books"]


def order_books(case: Case, plan: Plan, scenarios: Sequence[str]) -> tuple[OrderBook, ...]:
    """Gather the orders of some scenarios.

    Parameters
    ----------
    case, plan
        The plan is certified for this case; for a re-plan it is the case with its changes. Trips
        that are lost are left out: they neither come nor go.
    scenarios
        Codes of scenarios of the case.

    Raises
    ------
    NotFoundError
        If the case has no such scenario.
    """
    facts = Facts(case, plan)
    maker = _Maker(facts)
    for code in scenarios:
        case.scenario(code)
    return tuple(
        OrderBook(
            facts,
            code,
            maker.orders(code),
        )
        for code in scenarios
    )


class _Maker:
    """Looks up what belongs to a trip.

    Parameters
    ----------
    facts
        The case and its plan.
    """

    def __init__(self, facts: Facts) -> None:
        case = facts.case
        self._facts = facts
        self._warehouses = case.warehouse_index()
        self._districts = case.district_index()
        self._items = case.item_index()
        self._departments = {row.department: row.name for row in case.departments}
        self._chains: dict[tuple[str, str], SignOffChain] = {}
        self._lane_chains: dict[tuple[str, str, int], SignOffChain | None] = {}
        self._behind: dict[str, tuple[str, ...]] = {}
        self._loads: dict[str, list[Load]] = defaultdict(list)
        for line in facts.plan.loading_lines:
            goods = facts.items[line.item]
            load = Load(goods, line.load_units, line.weight_kg, line.volume_m3, line.lot)
            self._loads[line.trip].append(load)

    def orders(self, scenario: str) -> tuple[TripOrder, ...]:
        """Orders by warehouse, load start, slack and code; numbered within their hour."""
        case = self._facts.case
        self._release = release(case, case.scenario(scenario))
        self._chains.clear()
        self._lane_chains.clear()
        self._behind = districts_behind(case, scenario)
        trips = [trip for trip in self._facts.journeys(scenario) if trip.state != "lost"]
        found = []
        started: dict[tuple[str, float], int] = defaultdict(int)
        for trip in sorted(
            trips,
            key=lambda row: (
                row.warehouse, row.load_start_hours, row.latest_load_start_hours, row.trip
            ),
        ):  # fmt: skip
            hour = floor(trip.load_start_hours / PERIOD_HOURS + WHOLE_NOISE)
            started[trip.warehouse, hour] += 1
            found.append(self._order(trip, started[trip.warehouse, hour]))
        return tuple(found)

    def _order(self, trip: Trip, dock_order: int) -> TripOrder:
        facts = self._facts
        loads = sorted(self._loads[trip.trip], key=lambda load: self._items[load.item.item])
        groups = sorted({int(self._release.item_group[self._items[x.item.item]]) for x in loads})
        chains = (
            self._chain(trip.warehouse, district, group)
            for group in groups
            for district in self._behind.get(trip.district, (trip.district,))
            if trip.warehouse not in self._behind
        )
        return TripOrder(
            trip=trip,
            warehouse_name=facts.warehouse_name(trip.warehouse),
            district_name=facts.district_name(trip.district),
            fleet_name=facts.fleet_name(trip.fleet),
            drivers=facts.vehicles[trip.fleet].drivers,
            dock_order=dock_order,
            loads=tuple(loads),
            chains=tuple(dict.fromkeys(chain for chain in chains if chain is not None)),
        )

    def _chain(self, warehouse: str, district: str, group: int) -> SignOffChain | None:
        """Chain of a lane for a group of items; None if released at once."""
        key = warehouse, district, group
        if key not in self._lane_chains:
            lane = self._warehouses[warehouse], self._districts[district]
            rule = self._release.rule(*lane, group)
            self._lane_chains[key] = None if rule is None else self._of_rule(rule)
        return self._lane_chains[key]

    def _of_rule(self, rule: ApprovalRule) -> SignOffChain:
        key = rule.procedure, rule.release_step
        if key not in self._chains:
            finish = self._release.step_finish_hours
            steps = tuple(
                SignOff(
                    step.step,
                    step.name,
                    self._departments.get(step.department, step.department),
                    finish[step.procedure, step.step],
                    step.is_verbal_allowed,
                )
                for step in self._release.steps_waited_for(rule)
            )
            self._chains[key] = SignOffChain(*key, finish[key], steps)
        return self._chains[key]
