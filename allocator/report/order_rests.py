"""Where the drivers of a trip rest, and for how long, as the plan's hours have it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from allocator.case import Case
from allocator.crews import is_limited, is_told, long_rests_of_trip
from allocator.report.order_columns import has_left
from allocator.report.order_words import order_word
from allocator.report.orders import OrderBook, TripOrder
from allocator.report.words import Language
from allocator.schema.disaster import Lane, Vehicle
from allocator.schema.results import Trip
from allocator.travel import road_factor

__all__ = ["RestStop", "RestStops", "crew_words", "rest_words"]

_NOISE = 1e-6
"""Hours closer than this are the same. [h]"""


@dataclass(frozen=True)
class RestStop:
    """One rest on the way.

    Parameters
    ----------
    begin_hours, end_hours
        From the event. [h]
    is_back
        Whether it is on the way back.
    """

    begin_hours: float
    end_hours: float
    is_back: bool

    @property
    def minutes(self) -> int:
        """How long it is, to the minute. [min]"""
        return round((self.end_hours - self.begin_hours) * 60)


class RestStops:
    """Rests of the trips of one scenario.

    Parameters
    ----------
    case
        The case that the trips are planned by.
    scenario
        Code of the scenario.
    """

    def __init__(self, case: Case, scenario: str) -> None:
        self._case = case
        self._vehicles = {row.fleet: row for row in case.vehicles}
        self._district = case.district_index()
        self._factor = road_factor(case, case.scenario(scenario))
        told: dict[tuple[str, str], list[Lane]] = defaultdict(list)
        for row in case.lanes:
            told[row.warehouse, row.district].append(row)
        self._told = told

    def of(self, trip: Trip) -> tuple[RestStop, ...] | None:
        """Return the rests of a trip in order.

        None where they cannot be told: the user gives the driving time with all rests in it, or
        the trip has left on other roads; so it is of every leg.
        """
        vehicle = self._vehicles[trip.fleet]
        lanes = self._told.get((trip.warehouse, trip.district), ())
        is_leg = trip.district not in self._district
        if is_leg or (lanes and is_told(lanes, trip.fleet)):
            return None
        factor = float(self._factor[self._district[trip.district]])
        factor = factor if vehicle.mode == "road" else 1.0
        wheels = trip.distance_km / vehicle.speed_kmh
        there, _ = long_rests_of_trip(vehicle, wheels * factor)
        is_rested = vehicle.unload_hours >= vehicle.daily_rest_hours
        begun = 0.0
        if is_limited(vehicle) and not is_rested:
            begun = wheels * factor - vehicle.daily_driving_hours * _times(there, vehicle)
        ways = [(trip.depart_hours, trip.arrive_hours, 0.0, False)]
        if not vehicle.is_one_way:
            ways.append((trip.unload_end_hours, trip.return_hours, begun, True))
        found = []
        for begin, end, driven, is_back in ways:
            hours = begin
            at = 0.0
            for place, length in _rests(vehicle, wheels, factor, driven):
                hours += place - at
                found.append(RestStop(hours, hours + length, is_back))
                hours, at = hours + length, place
            if abs(hours + wheels * factor - at - end) > _NOISE:
                return None
        return tuple(found)


def _times(rest_hours: float, vehicle: Vehicle) -> float:
    """How many long rests so many hours are."""
    return round(rest_hours / vehicle.daily_rest_hours) if vehicle.daily_rest_hours else 0.0


def _rests(
    vehicle: Vehicle, wheels: float, factor: float, driven: float
) -> Iterator[tuple[float, float]]:
    """Yield the driving before each rest of one way, and its length; [h], [h].

    Parameters
    ----------
    vehicle
        Kind of vehicle.
    wheels, factor
        Driving on whole roads [h], and what the roads do to it.
    driven
        Driving of the driver's day before this way. [h]
    """
    lengths: dict[float, float] = defaultdict(float)
    block = vehicle.driving_block_hours
    if block > 0 and vehicle.rest_hours > 0:
        for k in range(1, max(1, ceil(wheels / block - 1e-9))):
            lengths[round(k * block * factor, 9)] += vehicle.rest_hours * factor
    if is_limited(vehicle) and vehicle.daily_rest_hours > 0:
        day = vehicle.daily_driving_hours
        place = day - driven
        while place < wheels * factor - _NOISE * day:
            lengths[round(max(0.0, place), 9)] += vehicle.daily_rest_hours
            place += day
    yield from sorted(lengths.items())


def crew_words(vehicle: Vehicle, lang: Language) -> str:
    """Say how many drive, and which rests are due after how much driving."""
    said = [order_word("crew.drivers", lang, drivers=vehicle.drivers)]
    if vehicle.driving_block_hours > 0 and vehicle.rest_hours > 0:
        minutes = round(vehicle.rest_hours * 60)
        hours = f"{vehicle.driving_block_hours:g}"
        said.append(order_word("crew.short", lang, minutes=minutes, hours=hours))
    if is_limited(vehicle):
        rest, hours = f"{vehicle.daily_rest_hours:g}", f"{vehicle.daily_driving_hours:g}"
        said.append(order_word("crew.long", lang, rest=rest, hours=hours))
    return ("，" if lang == "zh" else ", ").join(said)


def rest_words(book: OrderBook, stops: RestStops, order: TripOrder, lang: Language) -> str:
    """Say when each rest begins and how many minutes it has; empty where there is none."""
    if has_left(order):
        return ""
    rests = stops.of(order.trip)
    if rests is None:
        is_leg = order.trip.district in book.hubs
        return order_word("rests.told_in_legs" if is_leg else "rests.told", lang)
    there, back = (
        ", ".join(_stop_words(book, stop) for stop in rests if stop.is_back is is_back)
        for is_back in (False, True)
    )
    return f"{there} / {back}" if back else there


def _stop_words(book: OrderBook, stop: RestStop) -> str:
    clock = book.clock(stop.begin_hours)
    told = f"{stop.begin_hours:.2f} h" if clock is None else f"{clock:%m-%d %H:%M}"
    return f"{told} ({stop.minutes})"
