"""Ways to hubs, whom the hubs serve, and what that asks of a leg.

Written from ``docs/model.md`` ("Hubs and legs"); shares nothing with ``allocator.engine``.
"""

from __future__ import annotations

import math
from collections import defaultdict

from allocator.replay.clock import Clock, Journey
from allocator.replay.facts import Facts
from allocator.replay.signoffs import SignOffs
from allocator.replay.tolerances import HOURS

__all__ = ["Hubs", "Way"]

Way = tuple[str, str, str]
"""Where a leg starts, the hub it leads to, and the kind of vehicle."""


class Hubs:
    """Legs of a case, and the districts behind its hubs.

    Parameters
    ----------
    facts, clock, sign_offs
        The case, its hours and releases.
    """

    def __init__(self, facts: Facts, clock: Clock, sign_offs: SignOffs) -> None:
        self._facts, self._clock, self._sign_offs = facts, clock, sign_offs
        self.figures: dict[Way, tuple[float, float]] = {}
        self._closures: dict[Way, list[tuple[float, float]]] = defaultdict(list)
        for row in facts.case.legs:
            way = (row.warehouse, row.hub, row.fleet)
            if row.distance_km is not None and row.drive_hours is not None:
                self.figures[way] = row.distance_km, row.drive_hours
            if row.closed_from_hours is not None:
                end = math.inf if row.closed_to_hours is None else row.closed_to_hours
                self._closures[way].append((row.closed_from_hours, end))
        self._behind: dict[tuple[str, str], frozenset[str]] = {}

    def is_closed(self, way: Way, depart_hours: float) -> bool:
        """Whether a departure falls into a closure of the leg."""
        return any(
            start - HOURS <= depart_hours < end - HOURS
            for start, end in self._closures.get(way, ())
        )

    def journey(self, way: Way, load_start_hours: float) -> Journey:
        """Hours of a leg trip that starts loading at an hour."""
        vehicle = self._facts.vehicles[way[2]]
        return Journey(
            load_start_hours,
            vehicle.load_hours,
            self.figures[way][1],
            vehicle.unload_hours,
            0.0 if vehicle.is_one_way else self.figures[way][1],
        )

    def trip_cny(self, way: Way) -> float:
        """Cost of one leg trip, out and back, or one way. [CNY]"""
        vehicle = self._facts.vehicles[way[2]]
        km = self.figures[way][0] * (1 if vehicle.is_one_way else 2)
        return vehicle.dispatch_cost_cny + km * vehicle.cost_cny_per_km

    def served(self, scenario: str, hub: str) -> frozenset[str]:
        """Districts with a need that a hub, or a hub beyond it, has a lane into."""
        key = (scenario, hub)
        if key not in self._behind:
            found: set[str] = set()
            seen, ahead = {hub}, [hub]
            while ahead:
                here = ahead.pop()
                found |= self._own(scenario, here)
                for start, end, fleet in self.figures:
                    if start == here and end not in seen and fleet in self._facts.fleets[here]:
                        seen.add(end)
                        ahead.append(end)
            self._behind[key] = frozenset(found)
        return self._behind[key]

    def _own(self, scenario: str, hub: str) -> set[str]:
        """Districts with a need into which a fleet of this hub has a lane."""
        wanted = {district for district, _ in self._facts.demand_units[scenario]}
        return {
            district
            for district in wanted
            for fleet in self._facts.fleets[hub]
            if self._clock.has_lane(hub, district, fleet, scenario)
        }

    def release_hours(self, scenario: str, warehouse: str, hub: str, item: str) -> float:
        """Hour from which an item may be loaded for a hub: signed for whoever may get it. [h]"""
        hours = (
            self._sign_offs.release_hours(scenario, warehouse, district, item)
            for district in self.served(scenario, hub)
        )
        return max(hours, default=0.0)

    def is_abroad(self, scenario: str, warehouse: str, hub: str) -> bool:
        """Whether the hub, or a district behind it, lies in another province."""
        if self._facts.is_hub(warehouse):
            return False
        home = self._facts.province[warehouse]
        return self._facts.province[hub] != home or any(
            self._facts.is_abroad(warehouse, district) for district in self.served(scenario, hub)
        )
