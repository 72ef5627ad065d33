"""What a re-plan makes of the trips that had not left: names, differences, reasons."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

import numpy as np

from allocator.engine.dispatch_data import DispatchInputs
from allocator.engine.dispatch_periods import HOUR_NOISE
from allocator.engine.underway import Underway
from allocator.plan import loads_by_trip
from allocator.schema.changes import TripChange
from allocator.schema.results import LoadingLine, Trip

__all__ = ["with_old_names"]

Loads = Mapping[str, float]
Key = tuple[object, ...]
Kind = Literal["cancelled", "new", "retimed", "reloaded", "left", "late", "lost"]

_NUMBER = re.compile(r"(\d+)$")
_TOLD = ("left", "late", "lost")


def with_old_names(
    inputs: DispatchInputs, trips: Sequence[Trip], lines: Sequence[LoadingLine]
) -> tuple[tuple[Trip, ...], tuple[LoadingLine, ...], tuple[TripChange, ...]]:
    """Give planned trips the names of those they stand for, put those that have left to them.

    A trip of the same lane and kind stands for one that had not left: with the same start and load,
    else the same start, else the nearest start.

    Parameters
    ----------
    inputs
        The scenario, with what has left before.
    trips, lines
        Trips as planned now, with their load lists.

    Returns
    -------
    tuple
        All trips in the order of their load starts; their load lists; what has changed, in earlier
        re-plans too.

    Raises
    ------
    ValueError
        If nothing has left before.
    """
    before = inputs.before
    if before is None:
        raise ValueError("trips have old names only where they are planned anew")
    loads = loads_by_trip(lines)
    old_of = _matched(before, trips, loads)
    names = _names(inputs, before, trips, old_of)
    renamed = [trip.model_copy(update={"trip": names[trip.trip]}) for trip in trips]
    every = sorted([*before.trips, *renamed], key=lambda trip: (trip.load_start_hours, trip.trip))
    own = [line.model_copy(update={"trip": names[line.trip]}) for line in lines]
    changes = _changes(inputs, before, trips, (loads, old_of, names))
    return tuple(every), (*before.left_lines, *own), (*before.earlier, *changes)


def _matched(
    before: Underway, trips: Sequence[Trip], loads: Mapping[str, Loads]
) -> dict[str, Trip]:
    """Open trip of the old plan that each planned trip stands for, by the new name."""

    def lane(trip: Trip) -> Key:
        return trip.warehouse, trip.district, trip.fleet

    def start(trip: Trip) -> Key:
        return *lane(trip), round(trip.load_start_hours, 6)

    def whole(trip: Trip, load: Loads) -> Key:
        return *start(trip), tuple(sorted(load.items()))

    found: dict[str, Trip] = {}
    open_trips, new = list(before.open_trips), list(trips)
    steps: tuple[Callable[[Trip, Loads], Key], ...] = (
        whole,
        lambda trip, _: start(trip),
        lambda trip, _: lane(trip),
    )
    for step in steps:
        waiting: dict[Key, list[Trip]] = defaultdict(list)
        for trip in open_trips:
            waiting[step(trip, before.loads[trip.trip])].append(trip)
        rest = []
        for trip in new:
            same = waiting[step(trip, loads[trip.trip])]
            if same:
                hours = trip.load_start_hours
                old = min(same, key=lambda one: abs(one.load_start_hours - hours))
                same.remove(old)
                found[trip.trip] = old
            else:
                rest.append(trip)
        new = rest
        open_trips = [trip for trips_left in waiting.values() for trip in trips_left]
    return found


def _names(
    inputs: DispatchInputs, before: Underway, trips: Iterable[Trip], old_of: Mapping[str, Trip]
) -> dict[str, str]:
    """Final name of each planned trip; new ones are numbered on, no number is used again."""
    known = [trip.trip for trip in (*before.trips, *before.open_trips)]
    known += [row.trip for row in before.earlier]
    numbers = [int(match[1]) for name in known if (match := _NUMBER.search(name))]
    last, width = max(numbers, default=0), max(4, len(str(max(numbers, default=0))))
    names = {}
    for trip in trips:
        old = old_of.get(trip.trip)
        if old is None:
            last += 1
            names[trip.trip] = f"{inputs.scenario.scenario}-{last:0{width}d}"
        else:
            names[trip.trip] = old.trip
    return names


def _shown(load: Loads) -> str:
    """Load in words: ``QUILT 40; TENT12S 12``."""
    return "; ".join(f"{item} {units:.10g}" for item, units in sorted(load.items()))


def _changes(
    inputs: DispatchInputs,
    before: Underway,
    trips: Sequence[Trip],
    matched: tuple[Mapping[str, Loads], Mapping[str, Trip], Mapping[str, str]],
) -> tuple[TripChange, ...]:
    """Rows of what has changed: what was told first, then by name."""
    loads, old_of, names = matched
    rows = [
        _row(before, trip, trip.state, "told", (before.as_planned[trip.trip], load), (trip, load))
        for trip in before.trips
        if trip.trip in before.told and trip.state in _TOLD
        for load in (before.loads[trip.trip],)
    ]
    why = _Obstacles(inputs, before)
    planned = []
    for trip in trips:
        old, load = old_of.get(trip.trip), loads[trip.trip]
        named = trip.model_copy(update={"trip": names[trip.trip]})
        if old is None:
            planned.append(_row(before, named, "new", "whole", None, (trip, load)))
            continue
        was = before.loads[old.trip]
        kind: Kind = "reloaded"
        if abs(old.load_start_hours - trip.load_start_hours) > HOUR_NOISE:
            kind = "retimed"
        elif dict(was) == dict(load):
            continue
        reason = why.of(old, was)
        planned.append(_row(before, named, kind, reason, (old, was), (trip, load)))
    stands = {old.trip for old in old_of.values()}
    for old in before.open_trips:
        if old.trip not in stands:
            was = before.loads[old.trip]
            planned.append(_row(before, old, "cancelled", why.of(old, was), (old, was), None))
    return (*rows, *sorted(planned, key=lambda row: row.trip))


def _row(
    before: Underway,
    trip: Trip,
    kind: str,
    reason: str,
    was: tuple[Trip, Loads] | None,
    now: tuple[Trip, Loads] | None,
) -> TripChange:
    """Row of one trip."""
    return TripChange.model_validate(
        {
            "at_hours": before.at_hours,
            "trip": trip.trip,
            "change": kind,
            "warehouse": trip.warehouse,
            "district": trip.district,
            "fleet": trip.fleet,
            "was_load_start_hours": None if was is None else was[0].load_start_hours,
            "load_start_hours": None if now is None else now[0].load_start_hours,
            "was_load": "" if was is None else _shown(was[1]),
            "load": "" if now is None else _shown(now[1]),
            "reason": reason,
        }
    )


class _Obstacles:
    """Says what keeps a trip from going as it was planned."""

    def __init__(self, inputs: DispatchInputs, before: Underway) -> None:
        self._inputs, self._before = inputs, before
        case, lanes = inputs.case, inputs.lanes
        self._warehouse, self._district = case.warehouse_index(), case.district_index()
        self._item = case.item_index()
        self._fleet = {row.fleet: k for k, row in enumerate(case.vehicles)}
        pairs = zip(lanes.warehouse.tolist(), lanes.district.tolist(), strict=True)
        self._lane = {pair: k for k, pair in enumerate(pairs)}
        self._lost = {
            (change.warehouse, change.fleet)
            for change in before.revision.of_kind("vehicle_lost", "trip_lost")
        }
        self._gone = {change.warehouse for change in before.revision.of_kind("warehouse_lost")}

    def of(self, trip: Trip, load: Loads) -> str:
        """Reason why a trip is not as it was."""
        if trip.warehouse in self._gone:
            return "warehouse_lost"
        warehouse, district = self._warehouse[trip.warehouse], self._district[trip.district]
        items = [self._item[code] for code in load]
        if self._is_closed(trip, (warehouse, district)):
            return "road_closed"
        lane = self._lane.get((warehouse, district))
        if lane is not None:
            groups = self._inputs.lanes.release.item_group[items]
            release = self._inputs.lanes.release_hours[lane, groups]
            if (release > trip.load_start_hours + HOUR_NOISE).any():
                return "signature_late"
        held = self._before.held.usable_units[warehouse, items]
        if (held < np.array(list(load.values())) - HOUR_NOISE).any():
            return "stock_lost"
        if (trip.warehouse, trip.fleet) in self._lost:
            return "vehicle_lost"
        residual = self._inputs.residual
        left = [residual.get((district, item)) for item in items]
        if all(each is None or not each.pulses for each in left):
            return "demand"
        return "whole"

    def _is_closed(self, trip: Trip, pair: tuple[int, int]) -> bool:
        """Whether a trip's departure falls into a closure, or its lane is gone."""
        lanes, lane = self._inputs.lanes, self._lane.get(pair)
        if lane is None:
            return True
        fleet = self._fleet[trip.fleet]
        own = (lanes.closure_lane == lane) & (lanes.closure_fleet == fleet)
        hours = trip.depart_hours
        shut = (lanes.closure_from_hours <= hours + HOUR_NOISE) & (
            hours < lanes.closure_to_hours - HOUR_NOISE
        )
        return bool((own & shut).any())
