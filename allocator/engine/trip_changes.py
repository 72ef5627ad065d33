"""What a re-plan makes of the trips that had not left: names, differences, reasons."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TypeVar

import numpy as np

from allocator.engine.dispatch_data import DispatchInputs
from allocator.engine.dispatch_periods import HOUR_NOISE
from allocator.engine.underway import Underway
from allocator.plan import loads_by_trip
from allocator.schema.changes import TripChange
from allocator.schema.legs import LegTrip
from allocator.schema.results import LoadingLine, Trip

__all__ = ["with_old_leg_names", "with_old_names"]

Each = TypeVar("Each", Trip, LegTrip)
Renamed = tuple[tuple[Each, ...], tuple[LoadingLine, ...], tuple[TripChange, ...]]

Loads = Mapping[str, float]
Key = tuple[object, ...]
Kind = Literal["cancelled", "new", "retimed", "reloaded", "left", "late", "lost"]

_NUMBER = re.compile(r"(\d+)$")
_TOLD = ("left", "late", "lost")


def with_old_names(
    inputs: DispatchInputs, trips: Sequence[Trip], lines: Sequence[LoadingLine]
) -> Renamed[Trip]:
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
        All trips in the order of their load starts; the load lists of those planned; what has
        changed now.

    Raises
    ------
    ValueError
        If nothing has left before.
    """
    before = _before(inputs)
    return _renamed(inputs, (before.trips, before.open_trips), trips, lines)


def with_old_leg_names(
    inputs: DispatchInputs, legs: Sequence[LegTrip], lines: Sequence[LoadingLine]
) -> Renamed[LegTrip]:
    """Do the same for trips to hubs.

    Parameters
    ----------
    inputs, legs, lines
        As for ``with_old_names``.
    """
    before = _before(inputs)
    return _renamed(inputs, (before.legs, before.open_legs), legs, lines)


def _before(inputs: DispatchInputs) -> Underway:
    """What had left."""
    if inputs.before is None:
        raise ValueError("trips have old names only where they are planned anew")
    return inputs.before


def _renamed(
    inputs: DispatchInputs,
    former: tuple[Sequence[Each], Sequence[Each]],
    planned: Sequence[Each],
    lines: Sequence[LoadingLine],
) -> Renamed[Each]:
    """Match trips of one kind, name them, and say what has changed."""
    before = _before(inputs)
    loads = loads_by_trip(lines)
    old_of = _matched(before, former[1], planned, loads)
    names = _names(inputs, former, planned, old_of)
    renamed: list[Each] = [trip.model_copy(update={"trip": names[trip.trip]}) for trip in planned]
    every = list(former[0])
    every.extend(renamed)
    every.sort(key=lambda trip: (trip.load_start_hours, trip.trip))
    own = tuple(line.model_copy(update={"trip": names[line.trip]}) for line in lines)
    changes = _changes(inputs, former, planned, (loads, old_of, names))
    return tuple(every), own, changes


def _end(trip: Trip | LegTrip) -> str:
    """District or hub to which a trip goes."""
    return trip.hub if isinstance(trip, LegTrip) else trip.district


def _matched(
    before: Underway,
    former: Sequence[Each],
    trips: Sequence[Each],
    loads: Mapping[str, Loads],
) -> dict[str, Each]:
    """Open trip of the old plan that each planned trip stands for, by the new name."""

    def lane(trip: Each) -> Key:
        return trip.warehouse, _end(trip), trip.fleet

    def start(trip: Each) -> Key:
        return *lane(trip), round(trip.load_start_hours, 6)

    def whole(trip: Each, load: Loads) -> Key:
        return *start(trip), tuple(sorted(load.items()))

    found: dict[str, Each] = {}
    open_trips, new = list(former), list(trips)
    steps: tuple[Callable[[Each, Loads], Key], ...] = (
        whole,
        lambda trip, _: start(trip),
        lambda trip, _: lane(trip),
    )
    for step in steps:
        waiting: dict[Key, list[Each]] = defaultdict(list)
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
    inputs: DispatchInputs,
    former: tuple[Sequence[Each], Sequence[Each]],
    trips: Sequence[Each],
    old_of: Mapping[str, Each],
) -> dict[str, str]:
    """Final name of each planned trip; new ones are numbered on, no number is used again."""
    is_leg = any(isinstance(trip, LegTrip) for trip in trips)
    known = [trip.trip for each in former for trip in each]
    known += [row.trip for row in _before(inputs).earlier if (row.hub is not None) == is_leg]
    numbers = [int(match[1]) for name in known if (match := _NUMBER.search(name))]
    last, width = max(numbers, default=0), max(4, len(str(max(numbers, default=0))))
    mark = "L" if is_leg else ""
    names = {}
    for trip in trips:
        old = old_of.get(trip.trip)
        if old is None:
            last += 1
            names[trip.trip] = f"{inputs.scenario.scenario}-{mark}{last:0{width}d}"
        else:
            names[trip.trip] = old.trip
    return names


def _shown(load: Loads) -> str:
    """Load in words: ``QUILT 40; TENT12S 12``."""
    return "; ".join(f"{item} {units:.10g}" for item, units in sorted(load.items()))


def _changes(
    inputs: DispatchInputs,
    former: tuple[Sequence[Each], Sequence[Each]],
    trips: Sequence[Each],
    matched: tuple[Mapping[str, Loads], Mapping[str, Each], Mapping[str, str]],
) -> tuple[TripChange, ...]:
    """Rows of what has changed: what was told first, then by name."""
    loads, old_of, names = matched
    before = _before(inputs)
    rows: list[TripChange] = [
        _row(before, trip, trip.state, "told", (before.as_planned[trip.trip], load), (trip, load))
        for trip in former[0]
        if trip.trip in before.told and trip.state in _TOLD
        for load in (before.loads[trip.trip],)
    ]
    why = _Obstacles(inputs, before)
    planned: list[TripChange] = []
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
    for old in former[1]:
        if old.trip not in stands:
            was = before.loads[old.trip]
            planned.append(_row(before, old, "cancelled", why.of(old, was), (old, was), None))
    return (*rows, *sorted(planned, key=lambda row: row.trip))


def _row(
    before: Underway,
    trip: Trip | LegTrip,
    kind: str,
    reason: str,
    was: tuple[Trip | LegTrip, Loads] | None,
    now: tuple[Trip | LegTrip, Loads] | None,
) -> TripChange:
    """Each of one trip."""
    return TripChange.model_validate(
        {
            "at_hours": before.at_hours,
            "trip": trip.trip,
            "change": kind,
            "warehouse": trip.warehouse,
            "district": None if isinstance(trip, LegTrip) else trip.district,
            "hub": trip.hub if isinstance(trip, LegTrip) else None,
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
        self._hubs = {row.warehouse for row in case.warehouses if row.state == "hub"}
        told = {
            change.trip for change in before.revision.of_kind("trip_held", "trip_late", "trip_lost")
        }
        legs = (*before.legs, *before.open_legs)
        self._short = {leg.hub for leg in legs if leg.trip in told}
        self._short |= {change.warehouse or "" for change in before.revision.of_kind("stock_lost")}

    def of(self, trip: Trip | LegTrip, load: Loads) -> str:
        """Reason why a trip is not as it was."""
        if trip.warehouse in self._gone or _end(trip) in self._gone:
            return "warehouse_lost"
        if isinstance(trip, LegTrip):
            return self._of_leg(trip, load)
        warehouse, district = self._warehouse[trip.warehouse], self._district[trip.district]
        items = [self._item[code] for code in load]
        if self._is_closed(trip, (warehouse, district)):
            return "road_closed"
        lane = self._lane.get((warehouse, district))
        if trip.warehouse in self._hubs:
            if trip.warehouse in self._short:
                return "hub_goods"
        elif lane is not None:
            groups = self._inputs.lanes.release.item_group[items]
            release = self._inputs.lanes.release_hours[lane, groups]
            if (release > trip.load_start_hours + HOUR_NOISE).any():
                return "signature_late"
        if self._is_taken(trip, load):
            return "stock_lost"
        if (trip.warehouse, trip.fleet) in self._lost:
            return "vehicle_lost"
        residual = self._inputs.residual
        left = [residual.get((district, item)) for item in items]
        if all(each is None or not each.pulses for each in left):
            return "demand"
        return "whole"

    def _is_taken(self, trip: Trip | LegTrip, load: Loads) -> bool:
        """Whether a warehouse has less than a load; what comes to hubs is not known beforehand."""
        if trip.warehouse in self._hubs:
            return False
        items = [self._item[code] for code in load]
        held = self._before.held.usable_units[self._warehouse[trip.warehouse], items]
        return bool((held < np.array(list(load.values())) - HOUR_NOISE).any())

    def _of_leg(self, leg: LegTrip, load: Loads) -> str:
        """Reason why a trip to a hub is not as it was."""
        legs, fleet = self._inputs.legs, self._fleet[leg.fleet]
        is_lost = (leg.warehouse, leg.fleet) in self._lost
        ends = self._warehouse[leg.warehouse], self._warehouse[leg.hub]
        if legs is None:
            return "vehicle_lost" if is_lost else "whole"
        own = np.flatnonzero((legs.warehouse == ends[0]) & (legs.hub == ends[1]))
        if len(own) == 0:
            return "vehicle_lost" if is_lost else "whole"
        leg_at = int(own[0])
        depart = leg.depart_hours
        for way, kind, since, until in legs.closures:
            if (way, kind) == (leg_at, fleet) and since <= depart + HOUR_NOISE < until:
                return "road_closed"
        items = [self._item[code] for code in load]
        if (legs.release_hours[leg_at, items] > leg.load_start_hours + HOUR_NOISE).any():
            return "signature_late"
        if leg.warehouse in self._hubs and leg.warehouse in self._short:
            return "hub_goods"
        if self._is_taken(leg, load):
            return "stock_lost"
        return "vehicle_lost" if is_lost else "whole"

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
