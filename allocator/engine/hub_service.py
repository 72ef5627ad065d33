"""Whom hubs serve, and the legs that have vehicles, read off a case.

The rules are in ``docs/model.md`` ("Hubs and legs").
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case
from allocator.schema.disaster import Scenario
from allocator.travel import fleet_counts, road_factor

__all__ = ["Way", "districts_in_need", "hubs_reached", "legs_driven", "served_by_hubs"]

Integers = NDArray[np.int64]

Way = tuple[int, int]
"""Positions of where a leg starts and of the hub it leads to."""


def legs_driven(case: Case) -> dict[Way, dict[int, tuple[float, float]]]:
    """Distance [km] and hours [h] by way and fleet, of legs that have vehicles.

    Parameters
    ----------
    case
        The case.
    """
    warehouse = case.warehouse_index()
    fleet = {row.fleet: k for k, row in enumerate(case.vehicles)}
    counts, _ = fleet_counts(case)
    found: dict[Way, dict[int, tuple[float, float]]] = defaultdict(dict)
    for row in case.legs:
        w, h, f = warehouse[row.warehouse], warehouse[row.hub], fleet[row.fleet]
        if row.distance_km is not None and row.drive_hours is not None and counts[w, f] > 0:
            found[w, h][f] = row.distance_km, row.drive_hours
    return found


def served_by_hubs(case: Case, scenario: Scenario, districts: Integers) -> dict[int, set[int]]:
    """Districts that each hub serves, however long that takes; positions in the case.

    Parameters
    ----------
    case, scenario
        Where roads and legs come from.
    districts
        Districts with a need.
    """
    counts, _ = fleet_counts(case)
    is_road = np.array([row.mode == "road" for row in case.vehicles], dtype=bool)
    passable = set(districts[np.isfinite(road_factor(case, scenario)[districts])].tolist())
    wanted = set(districts.tolist())
    served = {
        h: set(passable) if (counts[h, is_road] > 0).any() else set()
        for h, row in enumerate(case.warehouses)
        if row.state == "hub"
    }
    warehouse, district = case.warehouse_index(), case.district_index()
    fleet = {row.fleet: k for k, row in enumerate(case.vehicles)}
    for lane in case.lanes:
        h, d = warehouse[lane.warehouse], district[lane.district]
        if h in served and d in wanted and lane.fleet is not None:
            f = fleet[lane.fleet]
            if not is_road[f] and counts[h, f] > 0:
                served[h].add(d)
    ways = [(w, h) for w, h in legs_driven(case) if w in served]
    for _ in served:
        for w, h in ways:
            served[w] |= served[h]
    return served


def districts_in_need(case: Case, scenario: str) -> Integers:
    """Districts with a need of a scenario, as ascending positions in the case.

    Parameters
    ----------
    case
        The case.
    scenario
        Code of the scenario.
    """
    index = case.district_index()
    found = {
        index[row.district]
        for row in case.scenario_demand
        if row.scenario == scenario and row.demand_units > 0
    }
    return np.array(sorted(found), dtype=np.int64)


def hubs_reached(case: Case, scenario: str, at_hours: float) -> set[str]:
    """Hubs to which a vehicle may still depart, ignoring stock, sign-offs and hours of the day.

    Parameters
    ----------
    case
        The case.
    scenario
        Code of the scenario.
    at_hours
        Nothing starts before this hour. [h]
    """
    deadline = case.deadline_hours(case.scenario(scenario))
    closures: dict[tuple[int, int, int], list[tuple[float, float]]] = defaultdict(list)
    warehouse, fleet = case.warehouse_index(), {row.fleet: k for k, row in enumerate(case.vehicles)}
    for row in case.legs:
        if row.closed_from_hours is not None:
            until = np.inf if row.closed_to_hours is None else row.closed_to_hours
            key = warehouse[row.warehouse], warehouse[row.hub], fleet[row.fleet]
            closures[key].append((row.closed_from_hours, until))
    found = set()
    for (start, hub), kinds in legs_driven(case).items():
        for kind, (_, drive) in kinds.items():
            vehicle = case.vehicles[kind]
            depart = at_hours + vehicle.load_hours
            for since, until in sorted(closures.get((start, hub, kind), ())):
                depart = until if since <= depart < until else depart
            if depart + drive + vehicle.unload_hours <= deadline:
                found.add(case.warehouses[hub].warehouse)
    return found
