"""Door-to-door hours from all warehouses to a district at once."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from allocator.replay.clock import EARTH_RADIUS_KM, Clock
from allocator.replay.facts import Facts
from allocator.replay.tolerances import HOURS

__all__ = ["FloatArray", "Reach"]

FloatArray = NDArray[np.float64]


_MOST_KNOWN = 256
"""Districts whose hours are kept: a district is asked about once for each item."""


class Reach:
    """Loading, driving and unloading on whole roads by the quickest kind of vehicle.

    Whole rows are computed at once because a country has millions of pairs; warehouses with a
    ``Lanes`` row to the district are put right with the scalar clock.

    Parameters
    ----------
    facts, clock
        The case and its hours.
    """

    def __init__(self, facts: Facts, clock: Clock) -> None:
        self._facts = facts
        self._clock = clock
        self.codes = list(facts.warehouses)
        self.position = {code: k for k, code in enumerate(self.codes)}
        points = np.radians(np.array([facts.point[code] for code in self.codes]).reshape(-1, 2))
        self._lon, self._lat = points[:, 0], points[:, 1]
        self._has = {
            fleet: np.array([fleet in facts.fleets[code] for code in self.codes], dtype=bool)
            for fleet in facts.vehicles
        }
        self._known: dict[str, FloatArray] = {}
        self._told: dict[str, set[str]] = defaultdict(set)
        for row in facts.case.lanes:
            self._told[row.district].add(row.warehouse)

    def door_hours(self, district: str) -> FloatArray:
        """Hours to a district, shape (warehouse,), infinite where nothing goes there. [h]"""
        known = self._known.get(district)
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[district] = self._door_hours(district)
            known.flags.writeable = False
        return known

    def _door_hours(self, district: str) -> FloatArray:
        place = self._facts.districts[district]
        lon, lat = np.radians(place.lon), np.radians(place.lat)
        half = (
            np.sin((lat - self._lat) / 2) ** 2
            + np.cos(self._lat) * np.cos(lat) * np.sin((lon - self._lon) / 2) ** 2
        )
        straight = 2 * EARTH_RADIUS_KM * np.arcsin(np.minimum(1.0, np.sqrt(half)))
        settings = self._facts.settings
        circuity = settings.circuity if place.circuity is None else place.circuity
        distance = np.maximum(circuity * straight, settings.local_distance_km)
        best: FloatArray = np.full(len(self.codes), np.inf)
        for code, vehicle in self._facts.vehicles.items():
            if vehicle.mode != "road" or not self._has[code].any():
                continue
            wheels = distance / vehicle.speed_kmh
            hours = wheels + vehicle.load_hours + vehicle.unload_hours
            if vehicle.driving_block_hours > 0:
                blocks = np.ceil(wheels / vehicle.driving_block_hours - HOURS)
                hours = hours + vehicle.rest_hours * np.maximum(0.0, blocks - 1)
            if vehicle.drivers == 1 and vehicle.daily_driving_hours > 0:
                days = np.ceil(wheels / vehicle.daily_driving_hours - HOURS)
                hours = hours + vehicle.daily_rest_hours * np.maximum(0.0, days - 1)
            best = np.where(self._has[code], np.minimum(best, hours), best)
        for warehouse in self._told.get(district, ()):
            best[self.position[warehouse]] = self._told_door_hours(warehouse, district)
        return best

    def _told_door_hours(self, warehouse: str, district: str) -> float:
        hours = [
            self._clock.door_hours(warehouse, district, fleet)
            for fleet in self._facts.fleets[warehouse]
            if self._clock.has_lane(warehouse, district, fleet)
        ]
        return min(hours, default=float("inf"))
