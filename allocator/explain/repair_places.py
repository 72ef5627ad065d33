"""Where something more is needed: codes of places, and the signatures that are waited for."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from allocator.explain.grounds import Ground, Grounds
from allocator.explain.hub_places import HubPart, parted_place
from allocator.explain.things import Thing
from allocator.explain.ways import Brought

__all__ = ["HUB_UNITS", "early_hours", "hub_names", "place_names", "steps_waited_for"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

HUB_UNITS: Mapping[HubPart, str] = {
    "vehicles": "vehicles",
    "docks": "load starts/h",
    "receiving": "m3/h",
    "departures": "departures",
}
"""Unit of each part of ways through hubs."""


def place_names(
    grounds: Grounds, ground: Ground, district: int, places: Mapping[int, float], thing: Thing
) -> dict[str, float]:
    """Amounts by code of the place.

    Parameters
    ----------
    grounds, ground
        Where positions are looked up.
    district
        Position in the case.
    places
        Amount by warehouse, or pool of vehicles.
    thing
        What it is an amount of.
    """
    case, homes = grounds.case, ground.inputs.warehouse
    named = {}
    for place, amount in places.items():
        if thing == "vehicles":
            home, fleet = divmod(place, len(case.vehicles))
            code = f"{case.warehouses[homes[home]].warehouse} {case.vehicles[fleet].fleet}"
        elif thing == "receiving":
            code = case.districts[district].district
        elif thing in ("docks", "stock", "home_reserve"):
            code = case.warehouses[homes[place]].warehouse
        else:
            continue
        named[code] = amount
    return named


def hub_names(ground: Ground, places: Mapping[int, float]) -> tuple[str, dict[str, float]]:
    """Unit, and amounts by code of the place, of what is needed at hubs and on the way to them.

    Parameters
    ----------
    ground
        Where positions are looked up.
    places
        As made by ``hub_place``.

    Returns
    -------
    tuple
        Where several units are needed the unit is ``steps``, and each place tells its own.
    """
    case, data, homes = ground.inputs.case, ground.problem.data, ground.inputs.warehouse
    parts = {parted_place(number)[0] for number in places}
    first = data.district_count - data.hub_count
    named: dict[str, float] = {}
    for number, amount in places.items():
        part, place = parted_place(number)
        if part == "vehicles":
            home, fleet = divmod(place, len(case.vehicles))
            code = f"{case.warehouses[homes[home]].warehouse} {case.vehicles[fleet].fleet}"
        elif part == "departures":
            hub = data.hub_warehouse[data.lane_hub[place]]
            ends = case.warehouses[homes[data.lane_warehouse[place]]], case.warehouses[homes[hub]]
            code = f"{ends[0].warehouse} {ends[1].warehouse}"
        elif part == "receiving":
            code = case.warehouses[homes[data.hub_warehouse[place - first]]].warehouse
        else:
            code = case.warehouses[homes[place]].warehouse
        if len(parts) > 1:
            code = f"{code} {HUB_UNITS[part]}"
        named[code] = named.get(code, 0.0) + amount
    unit = HUB_UNITS[next(iter(parts))] if len(parts) == 1 else "steps"
    return unit, named


def _signed_for(grounds: Grounds, ground: Ground, trip: int, district: int) -> list[int]:
    """Districts whose sign-offs a trip waits for, as positions in the case; none from hubs."""
    data = ground.problem.data
    lane = ground.problem.table.lane[trip]
    if ground.hubs is None or grounds.reach is None:
        return [int(ground.inputs.district[data.lane_district[lane]])]
    if ground.hubs.hub_at[data.lane_warehouse[lane]] >= 0:
        return []
    hub = data.lane_hub[lane]
    if hub < 0:
        return [district]
    served = ground.hubs.reach.served(ground.hubs.relaxed)
    return sorted({district, *served[int(ground.inputs.warehouse[data.hub_warehouse[hub]])]})


def early_hours(
    grounds: Grounds, ground: Ground, district: int, item: int, trip: Integers
) -> Floats:
    """How much earlier than the sign-offs for an item each trip loads, shape (trip,). [h]

    Parameters
    ----------
    grounds, ground
        With the true sign-offs, and with the trips.
    district, item
        Positions in the case.
    trip
        The trips.
    """
    table, data = ground.problem.table, ground.problem.data
    rules = grounds.true.lanes.release
    lane = table.lane[trip]
    homes = ground.inputs.warehouse[data.lane_warehouse[lane]]
    hours = np.zeros(len(trip))
    if ground.hubs is None:
        to = ground.inputs.district[data.lane_district[lane]]
        hours = rules.lane_hours(homes, to)[:, rules.item_group[item]]
    else:
        _, first, which = np.unique(lane, return_index=True, return_inverse=True)
        by_lane = np.zeros(len(first))
        for k, place in enumerate(first.tolist()):
            there = np.array(_signed_for(grounds, ground, int(trip[place]), district), dtype=int)
            if len(there):
                found = rules.lane_hours(np.full(len(there), homes[place]), there)
                by_lane[k] = found[:, rules.item_group[item]].max()
        hours = by_lane[which.reshape(-1)]
    start = table.start_period[trip] * data.period_hours
    return np.asarray(np.maximum(hours - start, 0.0))


def steps_waited_for(
    grounds: Grounds, ground: Ground, district: int, item: int, early: tuple[Brought, Floats]
) -> dict[str, float]:
    """Hours by procedure, longest step on the way and its department.

    Parameters
    ----------
    grounds, ground, district, item
        As for ``early_hours``.
    early
        What is brought, and how much too early each of its trips loads. [h]
    """
    rules = grounds.true.lanes.release
    data, table = ground.problem.data, ground.problem.table
    group = int(rules.item_group[item])
    brought, hours_early = early
    found: dict[str, float] = {}
    for trip, hours in zip(brought.trip.tolist(), hours_early.tolist(), strict=True):
        if hours <= 0:
            continue
        home = int(ground.inputs.warehouse[data.lane_warehouse[table.lane[trip]]])
        there = _signed_for(grounds, ground, trip, district)
        waits = rules.lane_hours(np.full(len(there), home), np.array(there))[:, group]
        rule = rules.rule(home, there[int(np.argmax(waits))], group)
        if rule is None:
            continue
        steps = rules.steps_waited_for(rule)
        longest = max(steps, key=lambda step: step.duration_hours)
        name = f"{rule.procedure}/{longest.step} {longest.department}".strip()
        found[name] = max(found.get(name, 0.0), hours)
    return found
