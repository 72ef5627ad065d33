"""Lots by the day on which they expire: what is left of each, and who may take it.

Written from ``docs/model.md`` ("Lots"); quantities are whole units.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from datetime import datetime as moment

from allocator.replay.clock import SHANGHAI
from allocator.replay.facts import Facts
from allocator.replay.findings import Findings
from allocator.replay.legs import LegDelivery
from allocator.replay.tolerances import FIGURE, HOURS, WHOLE
from allocator.replay.trips import Delivery
from allocator.schema.network import FOUND_LOT, NEW_LOT

__all__ = ["LotShelves"]

Pair = tuple[str, str]

_NEVER = date.max


class LotShelves:
    """What is left of each lot, by warehouse and item.

    Parameters
    ----------
    facts
        The case before any change.
    stock_units
        Stock dispatched from, by warehouse and item. [units]
    scenario
        Its code.
    """

    def __init__(self, facts: Facts, stock_units: Mapping[Pair, float], scenario: str) -> None:
        self._facts = facts
        self._stock = stock_units
        self._scenario = scenario
        self._expiry: dict[tuple[str, str, str], date] = {}
        self._good: dict[Pair, dict[str, float]] = {}
        self._left: dict[Pair, dict[str, float]] = {}
        self._gone: set[str] = set()

    def good_units(self, warehouse: str, item: str, after_hours: float = 0.0) -> float:
        """Stock of lots that are good after an hour of the event, before damage. [units]"""
        self._shelf(warehouse, item)
        return sum(
            units
            for lot, units in self._good[warehouse, item].items()
            if self._lasts(warehouse, item, lot) > after_hours + HOURS
        )

    def lasting_units(self, warehouse: str, item: str, after_hours: float) -> float:
        """Whole units left that are good after an hour. [units]"""
        return sum(
            units
            for lot, units in self._shelf(warehouse, item).items()
            if self._lasts(warehouse, item, lot) > after_hours + HOURS
        )

    def expiries(self, warehouse: str, item: str) -> list[float]:
        """Hours before the deadline at which lots of the stock expire. [h]"""
        self._shelf(warehouse, item)
        hours = {self._lasts(warehouse, item, lot) for lot in self._good[warehouse, item]}
        deadline = self._facts.deadline_hours(self._scenario)
        return sorted(each for each in hours if each < deadline - HOURS)

    def wanted_hours(self, delivery: Delivery | LegDelivery) -> float:
        """Hour to which what is on board must be good; what a leg brings goes on. [h]"""
        if isinstance(delivery, LegDelivery):
            return self._facts.deadline_hours(self._scenario)
        return delivery.planned.unload_end_hours

    def _shelf(self, warehouse: str, item: str) -> dict[str, float]:
        """Units left by lot, the first to expire first."""
        key = (warehouse, item)
        if key in self._left:
            return self._left[key]
        lying = {row.lot: row.stock_units for row in self._facts.lots.get(key, ())}
        for row in self._facts.lots.get(key, ()):
            self._expiry[warehouse, item, row.lot] = row.expiry_date or _NEVER
        self._expiry[warehouse, item, NEW_LOT] = self._expiry[warehouse, item, FOUND_LOT] = _NEVER
        change = self._stock.get(key, 0.0) - sum(lying.values())
        if change > FIGURE:
            lying[NEW_LOT] = change
        for lot in self._first_to_expire(key, lying):
            if change < -FIGURE:
                withdrawn = min(lying[lot], -change)
                lying[lot] -= withdrawn
                change += withdrawn
        shelf: dict[str, float] = {}
        lasting: dict[str, float] = {}
        good, whole = 0.0, 0
        share = self._facts.usable_share(self._scenario, warehouse)
        for lot in self._first_to_expire(key, lying):
            if self._lasts(warehouse, item, lot) > HOURS:
                lasting[lot] = lying[lot]
                good += lying[lot]
                usable = math.floor(share * good + WHOLE)
                shelf[lot], whole = usable - whole, usable
        self._good[key] = lasting
        self._left[key] = {} if warehouse in self._gone else shelf
        return self._left[key]

    def _first_to_expire(self, key: Pair, lots: Iterable[str]) -> list[str]:
        return sorted(lots, key=lambda lot: (self._expiry[(*key, lot)], lot))

    def _lasts(self, warehouse: str, item: str, lot: str) -> float:
        """Hour of the event to which a lot is good; infinite where it does not expire. [h]"""
        expiry = self._expiry[warehouse, item, lot]
        event = self._facts.event_time(self._scenario)
        if event is None or expiry == _NEVER:
            return math.inf
        start = event.replace(tzinfo=SHANGHAI) if event.tzinfo is None else event
        ends = moment(expiry.year, expiry.month, expiry.day, tzinfo=SHANGHAI) + timedelta(days=1)
        return (ends - start).total_seconds() / 3600

    def find(self, warehouse: str, item: str, units: float) -> None:
        """Add units of which nobody knows when they expire."""
        shelf = self._shelf(warehouse, item)
        shelf[FOUND_LOT] = shelf.get(FOUND_LOT, 0.0) + units

    def lose(self, warehouse: str, item: str, units: float) -> None:
        """Take off units, those first that expire first."""
        shelf = self._shelf(warehouse, item)
        for lot in self._first_to_expire((warehouse, item), shelf):
            off = min(shelf[lot], units)
            shelf[lot] -= off
            units -= off

    def lose_all(self, warehouse: str) -> None:
        """Empty a warehouse."""
        self._gone.add(warehouse)
        for key in self._left:
            if key[0] == warehouse:
                self._left[key] = {}

    def load(
        self, deliveries: Iterable[Delivery | LegDelivery], findings: Findings, *, is_last: bool
    ) -> None:
        """Take off what trips load, lot by lot, in the order of their load starts.

        Parameters
        ----------
        deliveries
            Trips of one revision.
        findings
            Where unknown lots, too much of a lot and a wrong order are noted.
        is_last
            Whether what expires first must go first.
        """
        by_place: dict[Pair, dict[float, list[tuple[Delivery | LegDelivery, str, float]]]] = (
            defaultdict(lambda: defaultdict(list))
        )
        for delivery in deliveries:
            start = round(delivery.journey.load_start_hours, 6)
            for (item, lot), units in delivery.lot_units.items():
                place = (delivery.trip.warehouse, item)
                by_place[place][start].append((delivery, lot, units))
        for place, by_start in by_place.items():
            for start in sorted(by_start):
                self._load_at(place, by_start[start], findings, is_last=is_last)

    def _load_at(
        self,
        place: Pair,
        loads: list[tuple[Delivery | LegDelivery, str, float]],
        findings: Findings,
        *,
        is_last: bool,
    ) -> None:
        """Take off the loads that start at one hour, and look at what they leave behind."""
        shelf = self._shelf(*place)
        named = [each for each in loads if each[1]]
        for delivery, lot, units in named:
            where = f"scenario {self._scenario}, trip {delivery.trip.trip}, item {place[1]}"
            if lot not in shelf:
                fact = f"lot ({lot}) does not lie in warehouse {place[0]}, or has expired"
                hint = "the lot was changed by hand, or its expiry date was"
                findings.add("lot_known", where, units, fact, hint)
                self.lose(*place, units)
                continue
            findings.within(
                "lot_units",
                where,
                f"loaded of lot {lot} [units]",
                units,
                shelf[lot],
                hint="the lot was changed by hand, or the stock was lowered",
                room=FIGURE,
            )
            shelf[lot] = max(0.0, shelf[lot] - units)
            late = self.wanted_hours(delivery) - self._lasts(*place, lot)
            if late > HOURS and delivery.told_left is None:
                fact = f"lot ({lot}) has expired when the trip is unloaded"
                hint = "load another lot, or load earlier"
                findings.add("lot_good", where, late, fact, hint)
        for _, lot, units in loads:
            if not lot:
                self.lose(*place, units)
        if is_last and named:
            self._check_order(place, named, findings)

    def _check_order(
        self,
        place: Pair,
        named: list[tuple[Delivery | LegDelivery, str, float]],
        findings: Findings,
    ) -> None:
        """Check that nothing is left that expires before what was taken, and would have done."""
        shelf = self._shelf(*place)
        for delivery, lot, units in named:
            if lot not in shelf:
                continue
            expiry = self._expiry[(*place, lot)]
            earlier = [
                each
                for each, left in shelf.items()
                if left > WHOLE
                and self._expiry[(*place, each)] < expiry
                and self._lasts(*place, each) >= self.wanted_hours(delivery) - HOURS
            ]
            if earlier:
                fact = f"lot ({lot}) is loaded while lot {earlier[0]} expires before it"
                hint = "the lot was changed by hand; what expires first goes first"
                where = f"scenario {self._scenario}, trip {delivery.trip.trip}, item {place[1]}"
                findings.add("lot_order", where, units, fact, hint)
