"""Whom hubs serve when something is relaxed, so that what is found stays true once it is done.

A hub that serves more districts makes the legs to it wait for more sign-offs. So whom a hub serves
stays as it is while ways are looked for: of vehicles only those kinds are added that change nothing
of that, but at hubs that serve nobody; and a district that a repaired road opens is served by a hub
only if the trips that lead there under the plan would be signed for it, too.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocator.approvals import Release
from allocator.case import Case
from allocator.engine.hub_service import districts_in_need, served_by_hubs
from allocator.explain.present import PresentTrips
from allocator.explain.things import ROADS, THROUGH_HUB, Thing, with_whole_roads
from allocator.schema.disaster import Fleet, Scenario
from allocator.travel import fleet_counts, road_factor

__all__ = ["HubReach"]

Flags = NDArray[np.bool_]
Served = dict[int, set[int]]

_HOURS = 1e-7
"""Hours closer than this are the same. [h]"""


@dataclass(frozen=True)
class HubReach:
    """Whom the hubs of a case serve in a scenario; all by position in the case.

    Parameters
    ----------
    case, scenario
        Under the true rules.
    """

    case: Case
    scenario: Scenario
    _known: dict[frozenset[Thing], Served] = field(default_factory=dict, compare=False)

    @cached_property
    def base(self) -> Served:
        """Districts that each hub serves in truth."""
        return self._with(self.case)

    def _with(self, case: Case) -> Served:
        needing = districts_in_need(self.case, self.scenario.scenario)
        return served_by_hubs(case, self.scenario, needing)

    def _equipped(self) -> Case:
        """The case with every kind of vehicle at the hubs that serve nobody."""
        if not self.case.fleets:
            return self.case
        more = [
            Fleet(warehouse=self.case.warehouses[hub].warehouse, fleet=kind.fleet, vehicles_count=1)
            for hub, served in self.base.items()
            for kind in self.case.vehicles
            if not served
        ]
        return self.case.replace(Fleet, (*self.case.fleets, *more))

    @cached_property
    def _if_equipped(self) -> Served:
        """Whom each hub serves once those that serve nobody have vehicles."""
        wide = self._with(self._equipped())
        return {hub: served or wide[hub] for hub, served in self.base.items()}

    def served(self, relaxed: Collection[Thing]) -> Served:
        """Districts for which the legs to each hub have to be signed.

        Parameters
        ----------
        relaxed
            What is relaxed; whom a hub serves that serves somebody stays as it is.
        """
        key = frozenset(relaxed) & {THROUGH_HUB, ROADS}
        if key not in self._known:
            self._known[key] = self._served(key)
        return self._known[key]

    def _served(self, relaxed: Collection[Thing]) -> Served:
        """Districts for which the legs to each hub have to be signed."""
        found = self._if_equipped if THROUGH_HUB in relaxed else self.base
        if ROADS not in relaxed:
            return found
        case = self._equipped() if THROUGH_HUB in relaxed else self.case
        wide = self._with(with_whole_roads(case, self.scenario))
        return {hub: served or wide[hub] for hub, served in found.items()}

    @cached_property
    def may_have(self) -> Flags:
        """Kinds of vehicles that may be added, shape (case warehouse, fleet)."""
        case = self.case
        found = np.ones((len(case.warehouses), len(case.vehicles)), dtype=bool)
        counts, _ = fleet_counts(case)
        is_road = np.array([row.mode == "road" for row in case.vehicles], dtype=bool)
        needing = districts_in_need(case, self.scenario.scenario)
        factor = road_factor(case, self.scenario)
        passable = {int(d) for d in needing if np.isfinite(factor[d])}
        for hub, served in self.base.items():
            if not served:
                continue
            for kind in np.flatnonzero(counts[hub] <= 0).tolist():
                own = passable if is_road[kind] else self._flown(hub, kind) & set(needing.tolist())
                found[hub, kind] = own | self._beyond(hub, kind) <= served
        return found

    def _flown(self, hub: int, kind: int) -> set[int]:
        """Districts into which a kind of vehicle has a lane of its own from a hub."""
        codes = self.case.warehouses[hub].warehouse, self.case.vehicles[kind].fleet
        index = self.case.district_index()
        return {
            index[row.district] for row in self.case.lanes if (row.warehouse, row.fleet) == codes
        }

    def _beyond(self, hub: int, kind: int) -> set[int]:
        """Districts served by the hubs to which a kind of vehicle has a leg from a hub."""
        codes = self.case.warehouses[hub].warehouse, self.case.vehicles[kind].fleet
        index = self.case.warehouse_index()
        found: set[int] = set()
        for row in self.case.legs:
            if (row.warehouse, row.fleet) == codes:
                found |= self._if_equipped[index[row.hub]]
        return found

    @cached_property
    def upstream(self) -> dict[int, set[int]]:
        """Hubs from which goods may come to each hub, itself included, vehicles apart."""
        index = self.case.warehouse_index()
        ways = {(index[row.warehouse], index[row.hub]) for row in self.case.legs}
        found = {hub: {hub} for hub in self.base}
        for _ in found:
            for start, hub in ways:
                if start in found:
                    found[hub] |= found[start]
        return found

    def barred(
        self, relaxed: Collection[Thing], district: int, present: PresentTrips, rules: Release
    ) -> set[int]:
        """Hubs that cannot serve a district without making trips of the plan break a rule.

        Parameters
        ----------
        relaxed
            What is relaxed.
        district
            Position in the case.
        present
            Trips of the plan.
        rules
            Sign-offs, with what is relaxed.
        """
        found: set[int] = set()
        if THROUGH_HUB in relaxed:
            for hub, served in self._if_equipped.items():
                if served and not self.base[hub]:
                    others = (self.base[u] for u in self.upstream[hub] - {hub})
                    if any(other and not served <= other for other in others):
                        found.add(hub)
        unsigned = self._unsigned(district, present, rules)
        served_ = self.served(relaxed)
        for hub, before in self.upstream.items():
            if any(district not in served_[u] for u in before & unsigned):
                found.add(hub)
        return found

    def _unsigned(self, district: int, present: PresentTrips, rules: Release) -> set[int]:
        """Hubs to which something drives under the plan that is not signed for a district."""
        found: set[int] = set()
        here = np.array([district])
        for k in np.flatnonzero(present.hub >= 0).tolist():
            home, hub = int(present.warehouse[k]), int(present.hub[k])
            if home in self.base:
                continue
            items = np.flatnonzero(present.load_units[k] > 0)
            hours = rules.lane_hours(np.array([home]), here)[0][rules.item_group[items]]
            is_late = hours.max(initial=0.0) > present.start_hours[k] + _HOURS
            is_abroad = rules.district_province[district] != rules.warehouse_province[home]
            stays = rules.warehouse_province[hub] == rules.warehouse_province[home] and not any(
                rules.district_province[d] != rules.warehouse_province[home] for d in self.base[hub]
            )
            if is_late or (is_abroad and stays):
                found.add(hub)
        return found
