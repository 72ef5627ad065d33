"""Lanes: which warehouse reaches which district, how far, how long, from when.

Great-circle distance times circuity over speed, with the drivers' rests, or the user's own
``Lanes`` rows, which win. Only lanes that can arrive by the deadline exist. The rules are in
``docs/model.md``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.approvals import Release, release
from allocator.case import Case
from allocator.crews import is_limited, long_rests
from allocator.lanes import Lanes
from allocator.schema.disaster import Scenario

__all__ = [
    "EARTH_RADIUS_KM",
    "Lanes",
    "build_lanes",
    "drive_hours",
    "fleet_counts",
    "great_circle_km",
]

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the earth (IUGG)."""

_PAIRS_AT_ONCE = 100_000
"""Pairs whose distance is found in one go: enough to be quick, and little memory."""

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def great_circle_km(lon_a: Floats, lat_a: Floats, lon_b: Floats, lat_b: Floats) -> Floats:
    """Great-circle distance by the haversine formula.

    Parameters
    ----------
    lon_a, lat_a, lon_b, lat_b
        Points, shapes that broadcast. [degree]

    Returns
    -------
    Array
        Distance, broadcast shape. [km]
    """
    half_lat = np.radians(lat_b - lat_a) / 2
    half_lon = np.radians(lon_b - lon_a) / 2
    inner = (
        np.sin(half_lat) ** 2
        + np.cos(np.radians(lat_a)) * np.cos(np.radians(lat_b)) * np.sin(half_lon) ** 2
    )
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(inner, 1.0))))


def drive_hours(wheel_hours: Floats, block_hours: Floats, rest_hours: Floats) -> Floats:
    """Driving time with a rest after each full block that is followed by more driving.

    Parameters
    ----------
    wheel_hours
        Time with turning wheels, >= 0. [h]
    block_hours
        Driving after which a rest is due; 0 means no rests. [h]
    rest_hours
        Length of a rest. [h]

    Returns
    -------
    Array
        Driving and rests, broadcast shape. [h]
    """
    safe = np.where(block_hours > 0, block_hours, 1.0)
    blocks = np.ceil(wheel_hours / safe - 1e-9) - 1
    rests = np.where(block_hours > 0, np.maximum(0.0, blocks), 0.0)
    return np.asarray(wheel_hours + rests * rest_hours)


def fleet_counts(case: Case) -> tuple[Floats, Floats]:
    """Vehicles at the call of each warehouse, and from when the first of them.

    Returns
    -------
    tuple
        ``vehicles_count`` and ``available_from_hours`` [h], shapes (warehouse, fleet). Without any
        ``Fleets`` row the counts are infinite.
    """
    shape = (len(case.warehouses), len(case.vehicles))
    if not case.fleets:
        return np.full(shape, np.inf), np.zeros(shape)
    warehouse, fleet = case.warehouse_index(), {v.fleet: k for k, v in enumerate(case.vehicles)}
    counts, available = np.zeros(shape), np.full(shape, np.inf)
    for row in case.fleets:
        if row.vehicles_count > 0:
            place = warehouse[row.warehouse], fleet[row.fleet]
            counts[place] += row.vehicles_count
            available[place] = min(available[place], row.available_from_hours)
    return counts, np.where(counts > 0, available, 0.0)


def _positions(case: Case) -> tuple[Floats, Floats]:
    """Points of the warehouses, shape (warehouse, 2), and districts, shape (district, 2)."""
    point = {row.district: (row.lon, row.lat) for row in case.districts}
    district = np.array(list(point.values()), dtype=float).reshape(-1, 2)
    warehouse = np.array(
        [
            (
                point[row.district or ""][0] if row.lon is None else row.lon,
                point[row.district or ""][1] if row.lat is None else row.lat,
            )
            for row in case.warehouses
        ],
        dtype=float,
    ).reshape(-1, 2)
    return warehouse, district


def road_factor(case: Case, scenario: Scenario | None) -> Floats:
    """Driving-time factor by district, infinite where roads are cut, shape (district,).

    Parameters
    ----------
    case
        The case.
    scenario
        Scenario whose damage counts; None means normal roads.
    """
    factor = np.ones(len(case.districts))
    if scenario is None:
        return factor
    index = case.district_index()
    for row in case.scenario_damage:
        if row.scenario == scenario.scenario and row.district is not None:
            factor[index[row.district]] = np.inf if row.is_cut_off else row.road_time_factor
    return factor


def _slowed(hours: Floats, factor: Floats) -> Floats:
    """Driving hours on slow or cut roads; broadcast shape. [h]."""
    # A way of no hours on a road that is cut is no way: 0 times infinity must not be asked.
    is_cut = np.isinf(factor)
    return np.asarray(np.where(is_cut, np.inf, hours * np.where(is_cut, 1.0, factor)))


@dataclass
class _Table:
    """Distances and hours while the user's rows are being written over them.

    ``wheels`` is driving without rests, 0 where the user tells the hours with all rests in them.
    """

    distance_km: Floats
    wheels: Floats
    hours: Floats
    closures: list[tuple[int, int, float, float]]


def _user_rows(case: Case, keys: Integers, table: _Table, is_listed: NDArray[np.bool_]) -> None:
    """Write the user's ``Lanes`` rows over the computed lanes; they win."""
    warehouse, district = case.warehouse_index(), case.district_index()
    fleet = {row.fleet: k for k, row in enumerate(case.vehicles)}
    every = np.arange(len(fleet))
    speed = np.array([row.speed_kmh for row in case.vehicles])
    block = np.array([row.driving_block_hours for row in case.vehicles])
    rest = np.array([row.rest_hours for row in case.vehicles])
    for row in sorted(case.lanes, key=lambda lane: lane.fleet is not None):
        key = warehouse[row.warehouse] * len(case.districts) + district[row.district]
        p = int(np.searchsorted(keys, key))
        if p == len(keys) or keys[p] != key:
            continue
        kinds = every if row.fleet is None else np.array([fleet[row.fleet]])
        if row.fleet is not None:
            is_listed[p, kinds] = True
        if row.distance_km is not None:
            table.distance_km[p, kinds] = row.distance_km
            wheels = row.distance_km / speed[kinds]
            table.wheels[p, kinds] = wheels
            table.hours[p, kinds] = drive_hours(wheels, block[kinds], rest[kinds])
        if row.drive_hours is not None:
            table.wheels[p, kinds], table.hours[p, kinds] = 0.0, row.drive_hours
        if row.closed_from_hours is not None:
            until = np.inf if row.closed_to_hours is None else row.closed_to_hours
            table.closures += [(p, int(k), row.closed_from_hours, until) for k in kinds]


def _candidate_pairs(
    case: Case, districts: Integers, deadline_hours: float
) -> tuple[Integers, Integers, Floats]:
    """Pairs that an unhindered fastest vehicle could serve, or that the user lists.

    Returns the warehouse and district positions and the road distance [km], sorted by pair.
    """
    point_w, point_d = _positions(case)
    settings = case.settings
    circuity = np.array([row.circuity or settings.circuity for row in case.districts])[districts]
    lon, lat = point_d[districts].T
    road = [row for row in case.vehicles if row.mode == "road"]
    fastest = max((row.speed_kmh for row in road), default=0.0)
    handling = min((row.load_hours + row.unload_hours for row in road), default=np.inf)
    reach_km = (deadline_hours - handling) * fastest if road else -1.0
    listed = np.zeros((len(point_w), len(point_d)), dtype=bool)
    index_w, index_d = case.warehouse_index(), case.district_index()
    for row in case.lanes:
        listed[index_w[row.warehouse], index_d[row.district]] = True
    warehouse, near = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
    distance = [np.zeros(0)]
    some = max(1, _PAIRS_AT_ONCE // max(1, len(districts)))
    for begin in range(0, len(point_w), some):
        part = point_w[begin : begin + some]
        km = circuity * great_circle_km(part[:, :1], part[:, 1:], lon, lat)
        km = np.maximum(km, settings.local_distance_km)
        w, d = np.nonzero((km <= reach_km) | listed[begin : begin + some, districts])
        warehouse.append(begin + w)
        near.append(d)
        distance.append(km[w, d])
    return np.concatenate(warehouse), districts[np.concatenate(near)], np.concatenate(distance)


def _distances(case: Case, keys: Integers, km: Floats) -> tuple[_Table, NDArray[np.bool_]]:
    """Distances and wheel times on normal roads, the user's rows written over them.

    Returns also which lane and fleet the user lists, shape (lane, fleet).
    """
    vehicles = case.vehicles
    speed = np.array([row.speed_kmh for row in vehicles])
    block = np.array([row.driving_block_hours for row in vehicles])
    rest = np.array([row.rest_hours for row in vehicles])
    distance = np.repeat(km[:, None], len(vehicles), axis=1)
    wheels = distance / speed
    hours = drive_hours(wheels, block, rest)
    table = _Table(distance_km=distance, wheels=wheels, hours=hours, closures=[])
    is_listed = np.zeros(distance.shape, dtype=bool)
    _user_rows(case, keys, table, is_listed)
    return table, is_listed


def _driving(
    case: Case, table: _Table, factor: Floats, there: tuple[NDArray[np.bool_], NDArray[np.bool_]]
) -> tuple[Floats, Floats]:
    """Driving hours to each district and back, infinite where nothing drives.

    Parameters
    ----------
    case, table
        The case, and what normal roads give.
    factor
        What damage makes of the driving time, shape (lane, 1).
    there
        Whether the warehouse has the kind of vehicle, and whether the user lists the lane for it,
        shapes (lane, fleet).

    Returns
    -------
    tuple
        Shapes (lane, fleet), the same array where the way back takes as long. [h]
    """
    has_vehicles, is_listed = there
    is_road = np.array([row.mode == "road" for row in case.vehicles])
    hours = np.where(is_road, _slowed(table.hours, factor), table.hours)
    hours[~has_vehicles | ~(is_road | is_listed)] = np.inf
    if not any(is_limited(row) for row in case.vehicles):
        return hours, hours
    driving = np.where(is_road, _slowed(table.wheels, factor), table.wheels)
    rests, home = long_rests(driving, case.vehicles)
    return hours + rests, hours + home


def build_lanes(
    case: Case,
    scenario: Scenario | None = None,
    *,
    districts: Integers | None = None,
    rules: Release | None = None,
) -> Lanes:
    """Lanes of a case, under one scenario's roads or under normal ones.

    Parameters
    ----------
    case
        The case.
    scenario
        Scenario whose damage slows or cuts the roads; None means normal roads and the horizon of
        the settings.
    districts
        Positions of the districts wanted, ascending; None means all.
    rules
        When sign-offs release goods, if that is at hand or another than planned.

    Returns
    -------
    Lanes
        Lanes on which at least one fleet can arrive by the deadline.
    """
    rules = release(case, scenario) if rules is None else rules
    deadline = case.deadline_hours(scenario) if scenario else case.settings.horizon_hours
    wanted = np.arange(len(case.districts)) if districts is None else np.asarray(districts)
    w, d, km = _candidate_pairs(case, wanted, deadline)
    table, is_listed = _distances(case, w * len(case.districts) + d, km)
    factor = road_factor(case, scenario)[d][:, None]
    counts, available = fleet_counts(case)
    hours, back = _driving(case, table, factor, (counts[w] > 0, is_listed))
    is_hub = np.array([row.state == "hub" for row in case.warehouses], dtype=bool)
    closed = np.array(table.closures, dtype=float).reshape(-1, 4)
    lanes = Lanes(
        warehouse=w,
        district=d,
        distance_km=table.distance_km,
        drive_hours=hours,
        drive_back_hours=back,
        available_from_hours=available[w],
        load_hours=np.array([row.load_hours for row in case.vehicles]),
        unload_hours=np.array([row.unload_hours for row in case.vehicles]),
        release_hours=np.where(is_hub[w][:, None], 0.0, rules.lane_hours(w, d)),
        closure_lane=closed[:, 0].astype(np.int64),
        closure_fleet=closed[:, 1].astype(np.int64),
        closure_from_hours=closed[:, 2],
        closure_to_hours=closed[:, 3],
        deadline_hours=deadline,
        release=rules,
    )
    in_time = np.asarray((lanes.arrival_hours() <= deadline + 1e-9).any(axis=1))
    return lanes.only(in_time)
