"""Roads, hours and clock times, one lane at a time.

Written from ``docs/model.md`` ("Time and lanes"); shares nothing with ``allocator.travel``.
"""

from __future__ import annotations

import math
from collections import defaultdict
from copy import copy
from datetime import datetime, timedelta, timezone
from functools import lru_cache

from allocator.replay.facts import Facts
from allocator.replay.tolerances import CLOCK_SECONDS, HOURS
from allocator.schema.disaster import Lane

__all__ = ["Clock", "Journey", "clock_fault"]

EARTH_RADIUS_KM = 6371.0088
SHANGHAI = timezone(timedelta(hours=8))
"""Asia/Shanghai, which has kept +08:00 without summer time since 1992."""


class Journey:
    """The hours of one trip.

    Parameters
    ----------
    load_start_hours
        When loading starts. [h]
    load_hours, drive_hours, unload_hours
        How long each part takes. [h]
    back_hours
        How long the way back takes; 0 for a vehicle that is gone when it is unloaded. [h]
    """

    def __init__(
        self,
        load_start_hours: float,
        load_hours: float,
        drive_hours: float,
        unload_hours: float,
        back_hours: float,
    ) -> None:
        self.load_start_hours = load_start_hours
        self.depart_hours = load_start_hours + load_hours
        self.arrive_hours = self.depart_hours + drive_hours
        self.unload_end_hours = self.arrive_hours + unload_hours
        self._back_hours = back_hours
        self.return_hours = self.unload_end_hours + self._back_hours
        self._unload_hours = unload_hours

    def ending(self, unload_end_hours: float) -> Journey:
        """Return the same trip, but with the end of unloading that was told."""
        told = copy(self)
        told.arrive_hours = unload_end_hours - self._unload_hours
        told.unload_end_hours = unload_end_hours
        told.return_hours = unload_end_hours + self._back_hours
        return told


class Clock:
    """Distances and hours between warehouses and districts.

    Parameters
    ----------
    facts
        The case.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._lanes: dict[tuple[str, str], list[Lane]] = defaultdict(list)
        for row in facts.case.lanes:
            self._lanes[row.warehouse, row.district].append(row)
        self._base: dict[tuple[str, str, str], tuple[float, float, float]] = {}

    def told_lanes(self, warehouse: str, district: str) -> list[Lane]:
        """Rows of the Lanes sheet between a warehouse and a district."""
        return self._lanes.get((warehouse, district), [])

    def _told(
        self, warehouse: str, district: str, named: str | None
    ) -> tuple[float | None, float | None]:
        """Distance [km] and driving time [h] of the Lanes rows that name a fleet, or name none."""
        distance_km = drive_hours = None
        for row in self.told_lanes(warehouse, district):
            if row.fleet == named:
                distance_km = row.distance_km if distance_km is None else distance_km
                drive_hours = row.drive_hours if drive_hours is None else drive_hours
        return distance_km, drive_hours

    def great_circle_km(self, warehouse: str, district: str) -> float:
        """Haversine distance between a warehouse's and a district's point. [km]"""
        lon, lat = (math.radians(degree) for degree in self._facts.point[warehouse])
        place = self._facts.districts[district]
        to_lon, to_lat = math.radians(place.lon), math.radians(place.lat)
        half = (
            math.sin((to_lat - lat) / 2) ** 2
            + math.cos(lat) * math.cos(to_lat) * math.sin((to_lon - lon) / 2) ** 2
        )
        return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))

    def _measure(self, warehouse: str, district: str, fleet: str) -> tuple[float, float, float]:
        """Distance [km], and driving on whole roads with short rests and without any [h].

        Where the driving time is told, all rests are in it: it counts as no driving without any.
        """
        key = (warehouse, district, fleet)
        if key not in self._base:
            distance_km, drive_hours = self._told(warehouse, district, None)
            own_km, own_hours = self._told(warehouse, district, fleet)
            if own_km is not None:
                # A row with a fleet beats one without: its distance gives the hours, too.
                distance_km, drive_hours = own_km, None
            if own_hours is not None:
                drive_hours = own_hours
            if distance_km is None:
                distance_km = self._road_km(warehouse, district)
            wheels = 0.0
            if drive_hours is None:
                wheels = distance_km / self._facts.vehicles[fleet].speed_kmh
                drive_hours = self._with_rests(fleet, wheels)
            self._base[key] = (distance_km, drive_hours, wheels)
        return self._base[key]

    def _road_km(self, warehouse: str, district: str) -> float:
        """Great circle times circuity, never below the local distance. [km]"""
        settings = self._facts.settings
        own = self._facts.districts[district].circuity
        circuity = settings.circuity if own is None else own
        straight = self.great_circle_km(warehouse, district)
        return max(circuity * straight, settings.local_distance_km)

    def _with_rests(self, fleet: str, wheels: float) -> float:
        vehicle = self._facts.vehicles[fleet]
        if vehicle.driving_block_hours <= 0:
            return wheels
        blocks = math.ceil(wheels / vehicle.driving_block_hours - HOURS)
        return wheels + vehicle.rest_hours * max(0, blocks - 1)

    def distance_km(self, warehouse: str, district: str, fleet: str) -> float:
        """Road distance, one way. [km]"""
        return self._measure(warehouse, district, fleet)[0]

    def drive_hours(
        self, warehouse: str, district: str, fleet: str, scenario: str | None = None
    ) -> float:
        """Driving time with rests, way there; on whole roads without a scenario. [h]

        Damaged roads slow what goes by road, not rail, air or water.
        """
        return self._ways(warehouse, district, fleet, scenario)[0]

    def back_hours(self, warehouse: str, district: str, fleet: str, scenario: str) -> float:
        """Driving time with rests, way back. [h]"""
        return self._ways(warehouse, district, fleet, scenario)[1]

    def _ways(
        self, warehouse: str, district: str, fleet: str, scenario: str | None
    ) -> tuple[float, float]:
        """Way there and way back with all rests. [h]"""
        vehicle = self._facts.vehicles[fleet]
        _, hours, wheels = self._measure(warehouse, district, fleet)
        if scenario is not None and vehicle.mode == "road":
            factor = self._facts.road_time_factor(scenario, district)
            hours, wheels = hours * factor, wheels * factor
        if vehicle.drivers != 1 or vehicle.daily_driving_hours <= 0:
            return hours, hours
        there = self._full_days(vehicle.daily_driving_hours, wheels)
        back = there
        if vehicle.unload_hours < vehicle.daily_rest_hours:
            # The day goes on where the way there ended: rests of the whole round, less those had.
            back = self._full_days(vehicle.daily_driving_hours, 2 * wheels) - there
        rest = vehicle.daily_rest_hours
        return hours + there * rest, hours + back * rest

    @staticmethod
    def _full_days(day_hours: float, wheels: float) -> int:
        """Days of driving that are used up and followed by more."""
        return max(0, math.ceil(wheels / day_hours - HOURS) - 1)

    def has_lane(
        self, warehouse: str, district: str, fleet: str, scenario: str | None = None
    ) -> bool:
        """Whether a kind of vehicle can go there at all."""
        if self._facts.vehicles[fleet].mode != "road":
            rows = self.told_lanes(warehouse, district)
            return any(row.fleet == fleet for row in rows)
        return scenario is None or not self._facts.is_cut_off(scenario, district)

    def closures(self, warehouse: str, district: str, fleet: str) -> list[tuple[float, float]]:
        """Hours ``[from, to)`` in which no vehicle of the kind may depart, by their start."""
        found = []
        for row in self.told_lanes(warehouse, district):
            if row.closed_from_hours is not None and row.fleet in {fleet, None}:
                end = math.inf if row.closed_to_hours is None else row.closed_to_hours
                found.append((row.closed_from_hours, end))
        return sorted(found)

    def is_closed(self, warehouse: str, district: str, fleet: str, depart_hours: float) -> bool:
        """Whether a departure falls into a closure."""
        return any(
            start - HOURS <= depart_hours < end - HOURS
            for start, end in self.closures(warehouse, district, fleet)
        )

    def door_hours(self, warehouse: str, district: str, fleet: str) -> float:
        """Loading, driving on whole roads and unloading. [h]"""
        vehicle = self._facts.vehicles[fleet]
        drive_hours = self.drive_hours(warehouse, district, fleet)
        return vehicle.load_hours + drive_hours + vehicle.unload_hours

    def journey(
        self, scenario: str, warehouse: str, district: str, fleet: str, load_start_hours: float
    ) -> Journey:
        """Hours of a trip that starts loading at an hour."""
        vehicle = self._facts.vehicles[fleet]
        drive = self.drive_hours(warehouse, district, fleet, scenario)
        return Journey(
            load_start_hours,
            vehicle.load_hours,
            drive,
            vehicle.unload_hours,
            0.0 if vehicle.is_one_way else self.back_hours(warehouse, district, fleet, scenario),
        )

    def arrival_hours(
        self, scenario: str, warehouse: str, district: str, fleet: str, release_hours: float
    ) -> float:
        """Hour at which the first goods can be in hand by one kind of vehicle. [h]

        Infinite where the kind has no lane or its lane stays closed.
        """
        here = self._facts.fleets[warehouse].get(fleet)
        if here is None or not self.has_lane(warehouse, district, fleet, scenario):
            return math.inf
        vehicle = self._facts.vehicles[fleet]
        depart = max(release_hours, here.available_from_hours) + vehicle.load_hours
        # A vehicle may be loaded while the lane is closed, and leave as it opens.
        for _, end in self.closures(warehouse, district, fleet):
            if self.is_closed(warehouse, district, fleet, depart):
                depart = max(depart, end)
        drive_hours = self.drive_hours(warehouse, district, fleet, scenario)
        return depart + drive_hours + vehicle.unload_hours

    def unit_transport_cny(self, scenario: str, warehouse: str, district: str, item: str) -> float:
        """Cost of moving one unit by the cheapest kind of vehicle that has the lane. [CNY]"""
        goods = self._facts.items[item]
        best = math.inf
        for fleet in self._facts.fleets[warehouse]:
            if self.has_lane(warehouse, district, fleet, scenario):
                vehicle = self._facts.vehicles[fleet]
                share = max(
                    goods.weight_kg / vehicle.payload_kg, goods.volume_m3 / vehicle.volume_m3
                )
                best = min(best, share * self.trip_cny(warehouse, district, fleet))
        return best

    def trip_cny(self, warehouse: str, district: str, fleet: str) -> float:
        """Cost of one trip, out and back, or one way. [CNY]"""
        vehicle = self._facts.vehicles[fleet]
        distance_km = self.distance_km(warehouse, district, fleet)
        driven_km = distance_km if vehicle.is_one_way else 2 * distance_km
        return vehicle.dispatch_cost_cny + driven_km * vehicle.cost_cny_per_km


def clock_fault(text: str, event_time: datetime | None, hours: float) -> float | None:
    """Return by how many seconds a clock text is wrong, or nothing if it is right.

    Parameters
    ----------
    text
        The plan's text, as in ``2026-07-01 08:00``.
    event_time
        Start of the clock, read as +08:00 without an offset; None: the text must be empty.
    hours
        Hour from the event. [h]
    """
    if event_time is None:
        return None if text == "" else 1.0
    told = _moment(text)
    if told is None:
        return math.inf
    start = event_time.replace(tzinfo=SHANGHAI) if event_time.tzinfo is None else event_time
    off = abs((told - start).total_seconds() - hours * 3600)
    return off if off > CLOCK_SECONDS else None


@lru_cache(maxsize=10_000)
def _moment(text: str) -> datetime | None:
    """Return what a clock text says, None if it is none; trips share their full hours."""
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        return None
    if told.tzinfo is not None or told.isoformat(" ", "minutes") != text:
        return None
    return told.replace(tzinfo=SHANGHAI)
