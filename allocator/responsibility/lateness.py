"""Goods that come after the target hours of their district, and what made them late."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.engine.dispatch_periods import HOUR_NOISE, period_after, period_before
from allocator.responsibility.causes import PAPER
from allocator.responsibility.dispatched import Dispatched
from allocator.schema.results import Trip

__all__ = ["Late", "late_arrivals", "promised_hours"]

Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Late:
    """Units of one trip that come late.

    Parameters
    ----------
    district, item
        Codes.
    units
        How many. [units]
    late_hours
        By how much. [h]
    cause
        What made them late.
    subject
        Step, warehouse or district where it binds.
    """

    district: str
    item: str
    units: float
    late_hours: float
    cause: str
    subject: str


@dataclass(frozen=True)
class _Target:
    """When goods of one item are promised in one district.

    Parameters
    ----------
    begin_hours
        From when the promise counts: the order, or the hour the need arises. [h]
    hours
        Hours promised. [h]
    """

    begin_hours: float
    hours: float

    @property
    def end_hours(self) -> float:
        """Hour by which goods are promised. [h]."""
        return self.begin_hours + self.hours


def promised_hours(now: Dispatched) -> dict[tuple[str, str], float]:
    """Tightest promise of Coverage by district and item, in hours after the order. [h].

    Parameters
    ----------
    now
        The scenario.
    """
    tightest: dict[tuple[str, str], float] = {}
    for row in now.case.coverage:
        key = row.risk_level, row.item
        tightest[key] = min(row.target_hours, tightest.get(key, np.inf))
    found: dict[tuple[str, str], float] = {}
    for place in now.districts.tolist():
        district = now.case.districts[place]
        for item in now.case.items:
            levels = ("any", district.risk_level)
            hours = min(tightest.get((level, item.item), np.inf) for level in levels)
            if np.isfinite(hours):
                found[district.district, item.item] = hours
    return found


def _targets(now: Dispatched) -> dict[tuple[str, str], _Target]:
    """When goods are promised, by district and item."""
    order = now.case.order_hours(now.scenario)
    arises: dict[tuple[str, str], float] = {}
    for row in now.case.scenario_demand:
        if row.scenario == now.scenario.scenario and row.demand_units > 0:
            key = row.district, row.item
            arises[key] = min(row.from_hours, arises.get(key, np.inf))
    return {
        key: _Target(max(order, arises.get(key, 0.0)), hours)
        for key, hours in promised_hours(now).items()
    }


def late_arrivals(now: Dispatched) -> Iterator[Late]:
    """Yield what comes late within the horizon, trip by trip.

    Parameters
    ----------
    now
        The scenario. What comes after the deadline is a shortage, not a late arrival.
    """
    targets = _targets(now)
    deadline = now.case.deadline_hours(now.scenario)
    for trip in now.trips:
        if trip.unload_end_hours > deadline + HOUR_NOISE:
            continue
        for item, units in sorted(now.loads.get(trip.trip, {}).items()):
            target = targets.get((trip.district, item))
            if target is None:
                continue
            late = trip.unload_end_hours - target.end_hours
            if late > HOUR_NOISE:
                cause, subject = _cause(now, trip, target)
                yield Late(trip.district, item, units, late, cause, subject)


def _cause(now: Dispatched, trip: Trip, target: _Target) -> tuple[str, str]:
    """What made a trip late, and where it binds.

    The way itself, then the sign-offs, then what the vehicle waited for after them.
    """
    warehouse = now.case.warehouses[now.case.warehouse_index()[trip.warehouse]]
    if warehouse.state == "hub":
        return "through_hub", trip.warehouse
    if trip.state == "late":
        return "roads", trip.district
    way = trip.unload_end_hours - trip.load_start_hours
    if way > target.hours + HOUR_NOISE:
        is_slow = way - _slowed_hours(now, trip) <= target.hours + HOUR_NOISE
        return ("roads" if is_slow else "out_of_reach"), trip.district
    last = period_before(target.end_hours - way)
    first = period_after(trip.release_hours)
    if first > last:
        return PAPER, _step(now, trip)
    return _waited_for(now, trip, np.arange(first, last + 1))


def _slowed_hours(now: Dispatched, trip: Trip) -> float:
    """Driving hours that whole roads would save. [h]."""
    if now.case.vehicles[now.fleet_place[trip.fleet]].mode != "road":
        return 0.0
    factors = (
        row.road_time_factor
        for row in now.case.scenario_damage
        if row.scenario == now.scenario.scenario and row.district == trip.district
    )
    factor = max([1.0, *factors])
    return (trip.arrive_hours - trip.depart_hours) * (1.0 - 1.0 / factor)


def _step(now: Dispatched, trip: Trip) -> str:
    """Step that binds the release of a trip, as ``PROCEDURE/STEP``."""
    home = now.case.warehouse_index()[trip.warehouse]
    district = now.case.district_index()[trip.district]
    groups = {
        int(now.release.item_group[now.case.item_index()[item]])
        for item in now.loads.get(trip.trip, {})
    }
    hours = now.release.lane_hours(np.array([home]), np.array([district]))[0]
    last = max(sorted(groups), key=lambda group: float(hours[group]))
    return now.step_of(home, district, last)


def _waited_for(now: Dispatched, trip: Trip, starts: Integers) -> tuple[str, str]:
    """What kept a vehicle from loading at hours that would have been in time.

    Parameters
    ----------
    now, trip
        The scenario and the trip.
    starts
        Whole hours from the release to the last start in time.
    """
    taken = now.taken
    now.add(taken, trip, -1.0)
    home = now.case.warehouse_index()[trip.warehouse]
    fleet = now.fleet_place[trip.fleet]
    district = now.case.district_index()[trip.district]
    begin, end = now.span(trip)
    there = taken.limits.vehicles_count[home, fleet] - taken.vehicles[home, fleet]
    room = now.receiving[district] - taken.received_m3[district]
    now.add(taken, trip, 1.0)
    dock = now.docks[home, starts] - taken.docks[home, starts] >= 1 - 1e-6
    length = len(there) if end is None else end - begin
    vehicle = np.array([there[k : k + length].min() >= 1 - 1e-6 for k in starts.tolist()])
    way = trip.unload_end_hours - trip.load_start_hours
    hours = [period_after(k + way) - 1 for k in starts.tolist()]
    least = min(now.case.items[now.case.item_index()[i]].volume_m3 for i in now.loads[trip.trip])
    receiving = np.array([room[hour] >= least - 1e-9 for hour in hours])
    road = _is_open(
        now, (home, district, fleet), starts + trip.depart_hours - trip.load_start_hours
    )
    limits: tuple[tuple[str, str, Flags], ...] = (
        ("vehicles", trip.warehouse, dock & receiving & road),
        ("docks", trip.warehouse, vehicle & receiving & road),
        ("receiving", trip.district, vehicle & dock & road),
        ("roads", trip.district, vehicle & dock & receiving),
    )
    if (vehicle & dock & receiving & road).any():
        needs_company = any(row.kind == "convoy" for row in now.case.hour_rules)
        return ("convoy", trip.warehouse) if needs_company else ("within_gap", trip.district)
    for cause, subject, others in limits:
        if others.any():
            return cause, subject
    return "vehicles" if not vehicle.any() else "docks", trip.warehouse


def _is_open(
    now: Dispatched, lane: tuple[int, int, int], depart_hours: NDArray[np.floating[Any]]
) -> Flags:
    """Whether a lane is open at some departures, shape (departure,)."""
    home, district, fleet = lane
    lanes = now.lanes
    place = np.flatnonzero((lanes.warehouse == home) & (lanes.district == district))
    shut = np.isin(lanes.closure_lane, place) & (lanes.closure_fleet == fleet)
    begins, ends = lanes.closure_from_hours[shut], lanes.closure_to_hours[shut]
    hours = depart_hours[:, None]
    return ~np.asarray(((hours >= begins) & (hours < ends)).any(axis=1))
