"""Lots: which of them may be sent, and which one each load is taken from, first expired first.

The rules are in ``docs/model.md`` ("Lots"). A load may be of any lot that is good when it is
unloaded; no more is sent late than ``Holdings`` says that lasts, so that there always is one.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case
from allocator.clock_text import SHANGHAI, in_shanghai
from allocator.schema.disaster import Scenario
from allocator.schema.legs import LegTrip
from allocator.schema.network import FOUND_LOT, NEW_LOT
from allocator.schema.results import LoadingLine, Trip

__all__ = [
    "Lot",
    "LotBook",
    "expiries",
    "expiry_hours",
    "good_lots",
    "lasting_units",
    "whole_lots",
    "with_lots",
]

Place = tuple[int, int]
"""Positions of a warehouse and an item in the case."""

_NOISE = 1e-6
"""Units, and hours, closer than this are the same."""


@dataclass(frozen=True)
class Lot:
    """What lies together and expires together.

    Parameters
    ----------
    code
        Number of the lot.
    expiry
        Last day on which it is good; None for ever.
    units
        How much of it. [units]
    """

    code: str
    expiry: date | None
    units: float

    @property
    def order(self) -> tuple[date, str]:
        """Which lot goes first."""
        return self.expiry or date.max, self.code


def expiry_hours(case: Case, scenario: Scenario, expiry: date | None) -> float:
    """Hour of the event at which the last good day ends in Shanghai.

    Infinite where nothing expires, or where no event time says when the event is. [h]
    """
    start = case.event_time(scenario)
    if expiry is None or expiry == date.max or start is None:
        return math.inf
    end = datetime.combine(expiry + timedelta(days=1), time(), SHANGHAI)
    return (end - in_shanghai(start)).total_seconds() / 3600


def good_lots(
    case: Case, scenario: Scenario, stock_units: NDArray[np.float64]
) -> dict[Place, tuple[Lot, ...]]:
    """Lots of a stock that are good when the event begins, first expired first.

    Parameters
    ----------
    case, scenario
        Today's lots, and the event.
    stock_units
        What lies there, today's or a placement's, shape (case warehouse, item). What is more than
        today's lots is new and does not expire; what is less is taken off those that expire first.
    """
    warehouse, item = case.warehouse_index(), case.item_index()
    today: dict[Place, list[Lot]] = defaultdict(list)
    for row in case.stock:
        place = warehouse[row.warehouse], item[row.item]
        today[place].append(Lot(row.lot, row.expiry_date, row.stock_units))
    found: dict[Place, tuple[Lot, ...]] = {}
    for w, i in np.argwhere(stock_units > 0).tolist():
        lots = sorted(today[w, i], key=lambda lot: lot.order)
        more = float(stock_units[w, i]) - sum(lot.units for lot in lots)
        if more > _NOISE:
            lots = sorted([*lots, Lot(NEW_LOT, None, more)], key=lambda lot: lot.order)
        elif more < -_NOISE:
            lots = _without_first(lots, -more)
        found[w, i] = tuple(
            lot
            for lot in lots
            if lot.units > 0 and expiry_hours(case, scenario, lot.expiry) > _NOISE
        )
    return found


def expiries(case: Case, scenario: Scenario, lots: Iterable[Lot]) -> list[float]:
    """Hours before the deadline at which some of the lots expire, ascending. [h]"""
    deadline = case.deadline_hours(scenario)
    hours = {expiry_hours(case, scenario, lot.expiry) for lot in lots}
    return sorted(each for each in hours if each < deadline - _NOISE)


def lasting_units(case: Case, scenario: Scenario, lots: Iterable[Lot], hours: float) -> float:
    """Units of the lots that are good after an hour. [units]"""
    return sum(
        lot.units for lot in lots if expiry_hours(case, scenario, lot.expiry) > hours + _NOISE
    )


def _without_first(lots: Iterable[Lot], units: float) -> list[Lot]:
    """Take units off the first lots."""
    found = []
    for lot in lots:
        taken = min(units, lot.units)
        units -= taken
        found.append(replace(lot, units=lot.units - taken))
    return found


def whole_lots(lots: Sequence[Lot], share: float) -> tuple[Lot, ...]:
    """Whole units of each lot that a disaster leaves; together as many as of their sum.

    Parameters
    ----------
    lots
        First expired first.
    share
        Part that is left of each.
    """
    found, before, total = [], 0, 0.0
    for lot in lots:
        total += lot.units
        usable = math.floor(share * total + _NOISE)
        found.append(replace(lot, units=float(usable - before)))
        before = usable
    return tuple(lot for lot in found if lot.units > 0)


class LotBook:
    """Whole units of lots that are left, by warehouse and item.

    Parameters
    ----------
    lots
        What there is in the beginning.
    """

    def __init__(self, lots: Mapping[Place, Sequence[Lot]]) -> None:
        self._left = {
            place: sorted(each, key=lambda lot: lot.order) for place, each in lots.items()
        }

    def left(self) -> dict[Place, tuple[Lot, ...]]:
        """What is left, first expired first."""
        return {place: tuple(lots) for place, lots in self._left.items()}

    def take(self, place: Place, code: str, units: float) -> None:
        """Take units of a lot; what it has not, and where none is named, first expired first."""
        lots = self._left.get(place, [])
        for k, lot in enumerate(lots):
            if lot.code == code:
                taken = min(units, lot.units)
                lots[k] = replace(lot, units=lot.units - taken)
                units -= taken
        self.lose(place, units)

    def lose(self, place: Place, units: float) -> None:
        """Take units off what expires first."""
        lots = _without_first(self._left.get(place, []), units)
        self._left[place] = [lot for lot in lots if lot.units > 0]

    def find(self, place: Place, units: float) -> None:
        """Add units of which nobody knows when they expire."""
        lots = [*self._left.get(place, []), Lot(FOUND_LOT, None, units)]
        self._left[place] = sorted(lots, key=lambda lot: lot.order)

    def clear(self, warehouse: int) -> None:
        """Lose all of a warehouse."""
        for place in self._left:
            if place[0] == warehouse:
                self._left[place] = []


def with_lots(
    case: Case,
    lots: Mapping[Place, Sequence[Lot]],
    trips: Iterable[Trip | LegTrip],
    lines: Sequence[LoadingLine],
) -> tuple[LoadingLine, ...]:
    """Say which lot each load is of: what is loaded first is of what expires first and lasts.

    Parameters
    ----------
    case, lots
        The case, and what lies there for these trips.
    trips
        Trips with the load lists.
    lines
        Load lists, one line for each trip and item; a line of several lots becomes several.
    """
    warehouse, item = case.warehouse_index(), case.item_index()
    trip_of = {trip.trip: trip for trip in trips}
    left = {place: list(each) for place, each in lots.items()}
    ordered = sorted(
        range(len(lines)),
        key=lambda k: (trip_of[lines[k].trip].load_start_hours, lines[k].trip, k),
    )
    parts: list[list[LoadingLine]] = [[] for _ in lines]
    for k in ordered:
        line, trip = lines[k], trip_of[lines[k].trip]
        scenario = case.scenario(trip.scenario)
        is_leg = isinstance(trip, LegTrip)
        until = case.deadline_hours(scenario) if is_leg else trip.unload_end_hours
        shelf = left.get((warehouse[trip.warehouse], item[line.item]), [])
        missing = line.load_units
        for place, lot in enumerate(shelf):
            units = min(missing, lot.units)
            lasts = expiry_hours(case, scenario, lot.expiry) >= until - _NOISE
            if units > _NOISE and lasts:
                parts[k].append(_part(line, lot.code, units))
                missing -= units
                shelf[place] = replace(lot, units=lot.units - units)
        if missing > _NOISE:
            raise ValueError(f"trip {line.trip} loads {missing:g} {line.item} more than there is.")
    return tuple(part for each in parts for part in each)


def _part(line: LoadingLine, lot: str, units: float) -> LoadingLine:
    """Line of one lot."""
    share = units / line.load_units
    return line.model_copy(
        update={
            "lot": lot,
            "load_units": units,
            "weight_kg": line.weight_kg * share,
            "volume_m3": line.volume_m3 * share,
        }
    )
