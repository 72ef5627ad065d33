"""The stock that is left, revision by revision: what was lost and found, and what trips took.

Written from ``docs/model.md`` ("Dispatch of one scenario" and "Re-plan").
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

from allocator.replay.changes import change_where
from allocator.replay.facts import Facts
from allocator.replay.findings import Findings
from allocator.replay.history import History
from allocator.replay.legs import LegDelivery
from allocator.replay.lots import LotShelves
from allocator.replay.network import Network
from allocator.replay.tolerances import FIGURE, HOURS, WHOLE
from allocator.replay.trips import Delivery
from allocator.revisions import Revision
from allocator.schema.changes import Change

__all__ = ["Ledger", "check_ledger", "ledger_after"]

Pair = tuple[str, str]


class Ledger:
    """Whole units by warehouse and item that are left, and that may leave the province.

    Parameters
    ----------
    facts, network
        The case before any change, and the stock dispatched from.
    scenario
        Its code.
    """

    def __init__(self, facts: Facts, network: Network, scenario: str) -> None:
        self._facts = facts
        self._scenario = scenario
        self._left: dict[Pair, float] = {}
        self._leaving: dict[Pair, float] = {}
        self._lasting: dict[Pair, dict[float, float]] = {}
        self._lost_from: dict[str, float] = {}
        self._gone: set[str] = set()
        self.lots = LotShelves(facts, network.stock_units, scenario)

    def left(self, warehouse: str, item: str) -> float:
        """What is left. [units]"""
        key = (warehouse, item)
        if key not in self._left:
            share = self._facts.usable_share(self._scenario, warehouse)
            stock = 0.0
            if warehouse not in self._gone:
                stock = self.lots.good_units(warehouse, item)
            reserve = self._facts.home_reserve_units.get(key, 0.0)
            self._left[key] = math.floor(share * stock + WHOLE)
            self._leaving[key] = math.floor(max(0.0, share * (stock - reserve)) + WHOLE)
            self._lasting[key] = {}
            for hours in self.lots.expiries(warehouse, item):
                lasting = self.lots.good_units(warehouse, item, hours)
                free = 0.0 if warehouse in self._gone else share * (lasting - reserve)
                self._lasting[key][hours] = math.floor(max(0.0, free) + WHOLE)
        return self._left[key]

    def leaving(self, warehouse: str, item: str) -> float:
        """What of it may go to other provinces. [units]"""
        left = self.left(warehouse, item)
        return min(left, self._leaving[warehouse, item])

    def leaving_after(self, warehouse: str, item: str) -> dict[float, float]:
        """What of it may go there by the hour after which it is unloaded. [h], [units]"""
        self.left(warehouse, item)
        return dict(self._lasting[warehouse, item])

    def lost_from(self, warehouse: str) -> float:
        """Hour from which nothing is loaded at a warehouse; infinite for never. [h]"""
        return self._lost_from.get(warehouse, math.inf)

    def _set(self, warehouse: str, item: str, left: float, leaving: float) -> None:
        self._left[warehouse, item] = max(0.0, left)
        self._leaving[warehouse, item] = max(0.0, leaving)

    def recount(self, revision: Revision, findings: Findings) -> None:
        """Make known what was lost and found, one after the other.

        Parameters
        ----------
        revision
            With its changes.
        findings
            Where losses of more than is left are noted.
        """
        for warehouse, hours in self._lost_from.items():
            if hours <= revision.at_hours + HOURS:
                self._lose_all(warehouse)
        for change in revision.of_kind("stock_lost", "stock_found"):
            if change.warehouse is None or change.item is None:
                continue
            if not self._facts.is_hub(change.warehouse):
                self._move(change, change.warehouse, change.item, findings)

    def lose(self, revision: Revision) -> None:
        """Make known which warehouses were lost, or will be."""
        for change in revision.of_kind("warehouse_lost"):
            if change.warehouse is not None:
                since = revision.since(change)
                lost_from = min(since, self.lost_from(change.warehouse))
                self._lost_from[change.warehouse] = lost_from
                if since <= revision.at_hours + HOURS:
                    self._lose_all(change.warehouse)

    def _move_lasting(self, warehouse: str, item: str, units: float) -> None:
        """Add to what may leave the province later, or take off it."""
        lasting = self._lasting[warehouse, item]
        for hours in lasting:
            lasting[hours] = max(0.0, lasting[hours] + units)

    def _lose_all(self, warehouse: str) -> None:
        self._gone.add(warehouse)
        for key, lasting in self._lasting.items():
            if key[0] == warehouse:
                self._lasting[key] = dict.fromkeys(lasting, 0.0)
        for key in self._left:
            if key[0] == warehouse:
                self._left[key] = self._leaving[key] = 0.0
        self.lots.lose_all(warehouse)

    def _move(self, change: Change, warehouse: str, item: str, findings: Findings) -> None:
        """Add what was found, or take off what was lost."""
        units = change.amount or 0.0
        left, leaving = self.left(warehouse, item), self.leaving(warehouse, item)
        if change.kind == "stock_found":
            self._set(warehouse, item, left + units, leaving + units)
            self._move_lasting(warehouse, item, units)
            self.lots.find(warehouse, item, units)
            return
        findings.within(
            "change_stock",
            change_where(change),
            "amount that is lost [units]",
            units,
            left,
            hint="it was changed by hand, or trips took more than before",
            room=FIGURE,
        )
        self._set(warehouse, item, left - units, leaving - units)
        self._move_lasting(warehouse, item, -units)
        self.lots.lose(warehouse, item, units)

    def take(
        self, where: str, deliveries: Iterable[Delivery | LegDelivery], findings: Findings
    ) -> None:
        """Take off what trips load, no more than is left.

        Parameters
        ----------
        where
            The dispatch as it was planned in a revision.
        deliveries
            The trips.
        findings
            Where loads of more than is left are noted.
        """
        deliveries = list(deliveries)
        self._take_lasting(where, deliveries, findings)
        loaded: dict[Pair, float] = defaultdict(float)
        abroad: dict[Pair, float] = defaultdict(float)
        for delivery in deliveries:
            trip = delivery.trip
            is_abroad = self._is_abroad(delivery)
            for item, units in delivery.load_units.items():
                loaded[trip.warehouse, item] += units
                if is_abroad:
                    abroad[trip.warehouse, item] += units
        for (warehouse, item), units in loaded.items():
            here = f"{where}, warehouse {warehouse}, item {item}"
            left, leaving = self.left(warehouse, item), self.leaving(warehouse, item)
            leave = abroad.get((warehouse, item), 0.0)
            hint = "a load was raised or the stock lowered by hand"
            findings.within(
                "warehouse_stock", here, "loaded [units]", units, left, hint=hint, room=FIGURE
            )
            findings.within(
                "home_reserve_loads",
                here,
                "loaded for other provinces [units]",
                leave,
                leaving,
                hint="the home reserve must stay; serve the other province from elsewhere",
                room=FIGURE,
            )
            self._set(warehouse, item, left - units, leaving - leave)

    def _is_abroad(self, delivery: Delivery | LegDelivery) -> bool:
        """Whether a trip counts as leaving the province."""
        if isinstance(delivery, LegDelivery):
            return delivery.is_abroad
        return self._facts.is_abroad(delivery.trip.warehouse, delivery.trip.district)

    def _take_lasting(
        self, where: str, deliveries: Sequence[Delivery | LegDelivery], findings: Findings
    ) -> None:
        """Check what is unloaded after a part of its stock has expired; take off what leaves.

        What was told to have left is a fact, and no fault of the plan.
        """
        late: dict[tuple[str, str, float], float] = defaultdict(float)
        abroad: dict[tuple[str, str, float], float] = defaultdict(float)
        for delivery in deliveries:
            trip, end = delivery.trip, self.lots.wanted_hours(delivery)
            for item, units in delivery.load_units.items():
                self.left(trip.warehouse, item)
                for hours, leaving in self._lasting[trip.warehouse, item].items():
                    if end <= hours + HOURS:
                        continue
                    key = (trip.warehouse, item, hours)
                    planned = units if delivery.told_left is None else 0.0
                    late[key] += planned
                    if self._is_abroad(delivery):
                        abroad[key] += planned
                        self._lasting[trip.warehouse, item][hours] = leaving - units
        for (warehouse, item, hours), units in late.items():
            here = f"{where}, warehouse {warehouse}, item {item}"
            leaving = self._lasting[warehouse, item][hours]
            leave = abroad.get((warehouse, item, hours), 0.0)
            for name, used, limit in (
                ("unloaded", units, self.lots.lasting_units(warehouse, item, hours)),
                ("unloaded in other provinces", leave, max(0.0, leaving + leave)),
            ):
                findings.within(
                    "lasting_stock",
                    here,
                    f"{name} after hour {hours:g}, when a part has expired [units]",
                    used,
                    limit,
                    hint="a later trip was loaded by hand; load earlier, or elsewhere",
                    room=FIGURE,
                )


def check_ledger(
    history: History, network: Network, deliveries: Sequence[Delivery | LegDelivery]
) -> None:
    """Check that no warehouse sends more whole units than are left, at all and abroad.

    Parameters
    ----------
    history, network
        The dispatch, and the stock it begins with.
    deliveries
        Its trips, to districts and to hubs; at hubs only that nothing is loaded once they are lost.
    """
    _book(history, network, deliveries, history.ground.findings)


def ledger_after(
    history: History, network: Network, deliveries: Sequence[Delivery | LegDelivery]
) -> Ledger:
    """Return what is left once all changes are made and some trips are loaded.

    Parameters
    ----------
    history, network
        The dispatch, and the stock it begins with.
    deliveries
        The trips.
    """
    return _book(history, network, deliveries, Findings())


def _book(
    history: History,
    network: Network,
    deliveries: Sequence[Delivery | LegDelivery],
    findings: Findings,
) -> Ledger:
    """Book revision after revision: what had left, what was counted, what was lost, what goes."""
    facts = history.grounds[0].facts
    ledger = Ledger(facts, network, history.scenario)
    stocked = [each for each in deliveries if not facts.is_hub(each.trip.warehouse)]
    for place, revision in enumerate(history.revisions):
        planned = [each for each in stocked if each.is_planned_in(place)]
        where = history.where(place)
        # What was told to have left did so with its goods, before stock was counted or lost.
        # Whoever counted before it was told saw them, so that they go now, not at the trip's hour.
        told = [each for each in stocked if each.told_left == place]
        ledger.take(where, told, findings)
        ledger.lots.load(told, findings, is_last=False)
        ledger.recount(revision, findings)
        ledger.lose(revision)
        for each in deliveries:
            if each.is_planned_in(place):
                _check_lost(ledger, each, findings)
        ledger.take(where, planned, findings)
        ledger.lots.load(planned, findings, is_last=place == len(history.revisions) - 1)
    return ledger


def _check_lost(ledger: Ledger, delivery: Delivery | LegDelivery, findings: Findings) -> None:
    """Check that a trip was not loaded at a warehouse that was lost by then."""
    trip = delivery.trip
    since = ledger.lost_from(trip.warehouse)
    if trip.load_start_hours >= since - HOURS:
        fact = (
            f"load_start_hours ({trip.load_start_hours:g}) is not before warehouse "
            f"{trip.warehouse} was lost ({since:g} h)"
        )
        where = f"scenario {trip.scenario}, trip {trip.trip}"
        late = max(0.0, trip.load_start_hours - since)
        findings.add("change_warehouse_lost", where, late, fact, "send it from elsewhere")
