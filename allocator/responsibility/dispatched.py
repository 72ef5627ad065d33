"""One scenario of a plan as the search for owners sees it: goods left, lanes, what is taken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocator.approvals import Release, planned_hours, step_hours
from allocator.case import Case
from allocator.engine.dispatch_data import Limits, limits_there
from allocator.engine.dispatch_hours import with_hours
from allocator.engine.dispatch_periods import period_after
from allocator.engine.dispatch_stock import Holdings, holdings
from allocator.explain.situation import situation_of
from allocator.plan import Plan, loads_by_trip
from allocator.responsibility.binding import Binding, binding_step
from allocator.schema.disaster import Scenario
from allocator.schema.legs import LegTrip
from allocator.schema.results import Trip
from allocator.travel import Lanes, build_lanes
from models.dispatch_data import by_hour

__all__ = ["Dispatched", "Taken"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Taken:
    """What the trips of a scenario take of vehicles, docks and receiving, with the limits.

    Parameters
    ----------
    limits
        What there is.
    vehicles
        Vehicles out, shape (case warehouse, fleet, period). [vehicles]
    docks
        Load starts, shape (case warehouse, period). [vehicles]
    received_m3
        Cargo unloaded in ``(k, k + 1]``, shape (case district, hour). [m3]
    """

    limits: Limits
    vehicles: Floats
    docks: Floats
    received_m3: Floats


@dataclass(frozen=True)
class Dispatched:
    """A scenario of a certified plan.

    Parameters
    ----------
    case
        Of the last revision.
    scenario
        The scenario.
    plan
        The plan.
    placement
        Plan whose stock holds; None for today's stock.
    """

    case: Case
    scenario: Scenario
    plan: Plan
    placement: Plan | None

    @classmethod
    def of(cls, case: Case, plan: Plan, scenario: str) -> Dispatched:
        """Read a scenario off a plan, maybe planned anew."""
        now = situation_of(case, plan, scenario) if plan.changes else None
        placement = plan if plan.has_placement else None
        return cls(now.case if now else case, case.scenario(scenario), plan, placement)

    @cached_property
    def trips(self) -> tuple[Trip, ...]:
        """Trips to districts that arrive."""
        return tuple(
            row
            for row in self.plan.trips
            if row.scenario == self.scenario.scenario and row.state != "lost"
        )

    @cached_property
    def leg_trips(self) -> tuple[LegTrip, ...]:
        """Trips to hubs."""
        return tuple(row for row in self.plan.leg_trips if row.scenario == self.scenario.scenario)

    @cached_property
    def loads(self) -> Mapping[str, dict[str, float]]:
        """Units on board by trip and item. [units]."""
        code = self.scenario.scenario
        return loads_by_trip(row for row in self.plan.loading_lines if row.scenario == code)

    @cached_property
    def districts(self) -> Integers:
        """Positions of the districts in need, ascending."""
        index, code = self.case.district_index(), self.scenario.scenario
        needing = {index[row.district] for row in self.case.scenario_demand if row.scenario == code}
        return np.array(sorted(needing), dtype=np.int64)

    @cached_property
    def lanes(self) -> Lanes:
        """Lanes on which goods arrive in time."""
        found = build_lanes(self.case, self.scenario, districts=self.districts)
        return with_hours(self.case, self.scenario, found)

    @cached_property
    def unsigned_lanes(self) -> Lanes:
        """Lanes on which they would if nothing had to be signed."""
        rules = self.lanes.release.at_once()
        return build_lanes(self.case, self.scenario, districts=self.districts, rules=rules)

    def arrival_hours(self, lanes: Lanes) -> Floats:
        """Earliest end of unloading on lanes, kept, shape (lane, group). [h]."""
        if id(lanes) not in self._arrivals:
            self._arrivals[id(lanes)] = lanes.arrival_hours()
        return self._arrivals[id(lanes)]

    @cached_property
    def _arrivals(self) -> dict[int, Floats]:
        return {}

    @property
    def release(self) -> Release:
        """When sign-offs release goods."""
        return self.lanes.release

    @cached_property
    def held(self) -> Holdings:
        """Stock of every warehouse after the disaster."""
        return holdings(self.case, self.scenario, self.placement)

    @cached_property
    def sent_units(self) -> tuple[Floats, Floats]:
        """Units sent, and of them to other provinces, shape (case warehouse, item). [units]."""
        home, item = self.case.warehouse_index(), self.case.item_index()
        district = self.case.district_index()
        every = np.zeros(self.held.usable_units.shape)
        abroad = np.zeros_like(every)
        rules = self.release
        trips: list[Trip | LegTrip] = [*self.plan.trips, *self.plan.leg_trips]
        for trip in trips:
            if trip.scenario != self.scenario.scenario:
                continue
            w = home[trip.warehouse]
            leaves = isinstance(trip, Trip) and (
                rules.warehouse_province[w] != rules.district_province[district[trip.district]]
            )
            for code, units in self.loads.get(trip.trip, {}).items():
                every[w, item[code]] += units
                abroad[w, item[code]] += units if leaves else 0.0
        return every, abroad

    @cached_property
    def taken(self) -> Taken:
        """What the trips take of vehicles, docks and receiving."""
        limits = limits_there(self.case, self.scenario, self.placement, None)
        shape = limits.vehicles_count.shape
        taken = Taken(
            limits,
            np.zeros(shape),
            np.zeros((shape[0], shape[2])),
            np.zeros((len(self.case.districts), shape[2] + 1)),
        )
        trips: list[Trip | LegTrip] = [*self.trips, *self.leg_trips]
        for trip in trips:
            self.add(taken, trip, 1.0)
        return taken

    def add(self, taken: Taken, trip: Trip | LegTrip, sign: float) -> None:
        """Count a trip in what is taken, or take it out again.

        Parameters
        ----------
        taken
            Changed in place.
        trip
            The trip.
        sign
            1 to count it, -1 to take it out.
        """
        w, f = self.case.warehouse_index()[trip.warehouse], self.fleet_place[trip.fleet]
        first, until = self.span(trip)
        taken.vehicles[w, f, first:until] += sign
        if first < taken.docks.shape[1]:
            taken.docks[w, first] += sign
        if isinstance(trip, Trip):
            hour = period_after(trip.unload_end_hours) - 1
            if 0 <= hour < taken.received_m3.shape[1]:
                d = self.case.district_index()[trip.district]
                taken.received_m3[d, hour] += sign * trip.volume_m3

    def span(self, trip: Trip | LegTrip) -> tuple[int, int | None]:
        """Periods in which a trip has its vehicle; one way: to the end."""
        first = period_after(trip.load_start_hours)
        one_way = self.case.vehicles[self.fleet_place[trip.fleet]].is_one_way
        return first, None if one_way else max(first + 1, period_after(trip.return_hours))

    @cached_property
    def fleet_place(self) -> dict[str, int]:
        """Position of each kind of vehicle."""
        return {row.fleet: k for k, row in enumerate(self.case.vehicles)}

    @cached_property
    def docks(self) -> Floats:
        """Load starts that there are, shape (case warehouse, period). [vehicles]."""
        return by_hour(self.taken.limits.docks, 1, self.taken.docks.shape[1])

    @cached_property
    def receiving(self) -> Floats:
        """What districts take in, shape (case district, hour). [m3/h]."""
        return by_hour(self.taken.limits.receive_m3_per_hour, 1, self.taken.received_m3.shape[1])

    @cached_property
    def _bindings(self) -> dict[tuple[str, str], Binding | None]:
        return {}

    def binding(self, procedure: str, release_step: str) -> Binding | None:
        """Step that binds a release; None where it takes no time."""
        key = procedure, release_step
        if key not in self._bindings:
            network = self.release.networks[procedure]
            hours, limits = self._hours_and_limits
            own = {code: hours[procedure, code] for code in network.codes}
            bounds = {code: limits[procedure, code] for code in network.codes}
            self._bindings[key] = binding_step(network, release_step, own, bounds)
        return self._bindings[key]

    def step_of(self, warehouse: int, district: int, group: int) -> str:
        """Step that binds a lane, as ``PROCEDURE/STEP``; empty where it is released at once.

        Parameters
        ----------
        warehouse, district, group
            Positions in the case, and of the item group.
        """
        rule = self.release.rule(warehouse, district, group)
        found = None if rule is None else self.binding(rule.procedure, rule.release_step)
        return "" if found is None else f"{found.procedure}/{found.step}"

    @cached_property
    def _hours_and_limits(
        self,
    ) -> tuple[Mapping[tuple[str, str], float], Mapping[tuple[str, str], float]]:
        """Durations as the dispatch counts them, and limits, by procedure and step. [h]."""
        hours = step_hours(self.case, self.scenario.scenario, "planned")
        limits = {
            (row.procedure, row.step): planned_hours(row, self.case.settings)
            if row.limit_hours is None
            else row.limit_hours
            for row in self.case.approval_steps
        }
        return hours, limits
