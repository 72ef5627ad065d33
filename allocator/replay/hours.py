"""What holds in some hours only, asked one hour at a time.

Written from ``docs/model.md`` ("Hours"): times of the day are compared on the dial of the clock, so
that nothing is written out over the days.
"""

from __future__ import annotations

import math
from collections import defaultdict

from allocator.replay.clock import SHANGHAI
from allocator.replay.facts import Facts
from allocator.replay.tolerances import HOURS, WHOLE
from allocator.schema.dispatch_rules import HourRule

__all__ = ["HourRules"]

_DAY = 24.0


class HourRules:
    """Rows of Hours by what they are about.

    Parameters
    ----------
    facts
        The case.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._docks: dict[str, list[HourRule]] = defaultdict(list)
        self._receiving: dict[str, list[HourRule]] = defaultdict(list)
        self._barring: list[HourRule] = []
        self._convoys: list[HourRule] = []
        for row in facts.case.hour_rules:
            if row.kind == "docks" and row.warehouse is not None:
                self._docks[row.warehouse].append(row)
            elif row.kind == "receiving" and row.district is not None:
                self._receiving[row.district].append(row)
            elif row.kind == "no_departure":
                self._barring.append(row)
            elif row.kind == "convoy":
                self._convoys.append(row)

    def _dial(self, scenario: str, row: HourRule, hours: float) -> tuple[float, float] | None:
        """Time since the row's daily hours began, on the dial, and how long they last. [h]

        None where the row is about hours of the event.
        """
        if row.from_clock is None or row.to_clock is None:
            return None
        event = self._facts.event_time(scenario)
        if event is None:
            # The intake refuses such a case; a row without a clock holds in no hour.
            return 0.0, 0.0
        local = event.replace(tzinfo=SHANGHAI) if event.tzinfo is None else event
        local = local.astimezone(SHANGHAI)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        clock = (local - midnight).total_seconds() / 3600 + hours
        begin, end = (_hour(text) for text in (row.from_clock, row.to_clock))
        return (clock - begin + HOURS) % _DAY, (end - begin) % _DAY or _DAY

    def _holds(self, scenario: str, row: HourRule, hours: float) -> bool:
        """Whether a row holds at an hour of the event."""
        if row.scenario is not None and row.scenario != scenario:
            return False
        dial = self._dial(scenario, row, hours)
        if dial is not None:
            return dial[0] < dial[1]
        begin, end = row.from_hours or 0.0, math.inf if row.to_hours is None else row.to_hours
        return begin - HOURS <= hours < end - HOURS

    def _begins(self, scenario: str, row: HourRule, after: float) -> bool:
        """Whether a row's hours begin within the hour after an hour of the event."""
        if row.scenario is not None and row.scenario != scenario:
            return False
        dial = self._dial(scenario, row, after)
        if dial is not None:
            return dial[0] + 1 - 2 * HOURS > _DAY
        return after < (row.from_hours or 0.0) < after + 1 - HOURS

    def docks(self, scenario: str, warehouse: str, hours: float) -> int | None:
        """Load starts at an hour of the event; None where no row says. [vehicles]"""
        told = [
            0 if not row.amount else max(1, math.floor(row.amount + WHOLE))
            for row in self._docks.get(warehouse, ())
            if self._holds(scenario, row, hours)
        ]
        return min(told, default=None)

    def receiving(self, scenario: str, district: str, hour: int) -> float | None:
        """What is taken in between ``hour`` and the next; None where no row says. [m3]"""
        told = [
            row.amount or 0.0
            for row in self._receiving.get(district, ())
            if self._holds(scenario, row, hour) or self._begins(scenario, row, hour)
        ]
        return min(told, default=None)

    def is_barred(
        self, scenario: str, warehouse: str, district: str, fleet: str, depart_hours: float
    ) -> bool:
        """Whether a vehicle may not set off at an hour of the event."""
        return any(
            row.warehouse in {None, warehouse}
            and row.district in {None, district}
            and row.fleet in {None, fleet}
            and self._holds(scenario, row, depart_hours)
            for row in self._barring
        )

    def company(
        self, scenario: str, warehouse: str, district: str | None, depart_hours: float
    ) -> dict[str | None, int]:
        """How many vehicles must set off together, by the kind that a row names. [vehicles]

        None stands for vehicles of all kinds together. Without a district the way leads to a hub,
        and rows that name a district are about other ways.
        """
        told: dict[str | None, int] = {}
        for row in self._convoys:
            is_meant = row.warehouse in {None, warehouse} and row.district in {None, district}
            if is_meant and self._holds(scenario, row, depart_hours):
                told[row.fleet] = max(told.get(row.fleet, 0), round(row.amount or 0))
        return told


def _hour(clock: str) -> float:
    """Hours since midnight. [h]"""
    return int(clock[:2]) + int(clock[3:]) / 60
