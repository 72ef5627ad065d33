"""What would repair a shortage: how much of which thing, where, and what is known of its cost."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from allocator.explain.amounts import with_amounts
from allocator.explain.bringing import bring_greedily
from allocator.explain.grounds import Ground, Grounds
from allocator.explain.least_amount import Least, comes_all, least_amount, most_units
from allocator.explain.repair_places import (
    early_hours,
    hub_names,
    place_names,
    steps_waited_for,
)
from allocator.explain.things import AMOUNTS, THROUGH_HUB, Thing
from allocator.explain.ways import Brought, Way, some_of, way_to

__all__ = ["Repair", "Shortfall", "repairs_of"]

Floats = NDArray[np.float64]

_UNITS = {
    "vehicles": "vehicles",
    "docks": "load starts/h",
    "receiving": "m3/h",
    "home_reserve": "units",
    "stock": "units",
    "paper": "h",
    "drivers": "trips",
    "convoy": "trips",
    THROUGH_HUB: "steps",
    "roads": "trips",
    "reach": "h",
}
"""Unit of the amount of each thing; of ways through hubs, where several are needed."""

_RESTRAIN_SECONDS = 0.2
"""Time limit of a solve that keeps the hours of ways small. [s]"""

_MOST_PLACES = 6
"""Places named at most."""


@dataclass(frozen=True)
class Shortfall:
    """A need that is not met.

    Parameters
    ----------
    district, item
        Positions in the case.
    units
        Whole units missing. [units]
    """

    district: int
    item: int
    units: float


@dataclass(frozen=True)
class Repair:
    """How much of one thing brings the missing units.

    Parameters
    ----------
    thing
        What is relaxed.
    amount, unit
        How much of it.
    place
        Where, in codes with the amount at each.
    brought_units
        What then comes. [units]
    vehicles
        Further trips.
    last_hours
        When the last of it is unloaded. [h]
    cost_cny
        Trips, and goods bought, of all that is relaxed together. [CNY]
    is_smallest
        Whether less is proven not to do.
    """

    thing: Thing
    amount: float
    unit: str
    place: str
    brought_units: float
    vehicles: float
    last_hours: float
    cost_cny: float
    is_smallest: bool


def repairs_of(
    grounds: Grounds,
    shortfall: Shortfall,
    things: Collection[Thing],
    now_units: float,
    seconds: float,
) -> list[Repair]:
    """Say how much of each of some things, relaxed together, brings what is missing.

    Parameters
    ----------
    grounds
        Where units may come from.
    shortfall
        What is missing.
    things
        Relaxed together; with all of them relaxed, all of it comes.
    now_units
        What comes with nothing relaxed. [units]
    seconds
        Time limit. [s]
    """
    ground = grounds.get(things)
    place = shortfall.district, shortfall.item
    way = way_to(ground, grounds.present, *place, things)
    bought = [thing for thing in things if thing in AMOUNTS]
    ways = [thing for thing in things if thing not in AMOUNTS]
    if bought:
        limited = way_to(ground, grounds.present, *place, ways)
        least = _quick_least(way, limited, shortfall.units, things, now_units)
        if least is None:
            least = least_amount(way, limited, shortfall.units, bought, seconds)
        if ways:
            least = _restrained(
                grounds, with_amounts(way, limited, least.amount), shortfall, ways, least
            )
    elif len(ways) > 1:
        least = Least(most_units(way, shortfall.units, seconds), {}, is_smallest=False)
        least = _restrained(grounds, way, shortfall, ways, least)
    elif ways == ["paper"] and len(way.lacking.least) == 0 and way.hubs is None:
        least = Least(_least_early(grounds, way, shortfall.units), {}, is_smallest=False)
    else:
        least = Least(most_units(way, shortfall.units, seconds), {}, is_smallest=False)
        if way.hubs is not None:
            least = _restrained(grounds, way, shortfall, ways, least)
    price = grounds.case.items[shortfall.item].price_cny
    cost = _costs(ground, least.brought) + price * sum(least.amount.get("stock", {}).values())
    found = [_bought(grounds, ground, shortfall, thing, least) for thing in bought]
    found += [_way(grounds, ground, shortfall, thing, least) for thing in ways]
    return [replace(each, cost_cny=cost) for each in found]


def _restrained(
    grounds: Grounds, way: Way, shortfall: Shortfall, ways: Collection[Thing], least: Least
) -> Least:
    """Keep to trips that are as little late, and then signed as little earlier, as is enough."""
    table, units = way.ground.problem.table, shortfall.units
    deadline = grounds.true.data.deadline_hours
    for thing in ("reach", "paper"):
        if thing not in ways:
            continue
        hours = np.maximum(table.unload_end_hours[way.trip] - deadline, 0.0)
        if thing == "paper":
            hours = early_hours(grounds, way.ground, _district(way), way.item, way.trip)
        steps = np.unique(hours)
        low, high = 0, len(steps) - 1
        while low < high:
            middle = (low + high) // 2
            if comes_all(some_of(way, hours <= steps[middle] + 1e-9), units, _RESTRAIN_SECONDS):
                high = middle
            else:
                low = middle + 1
        if len(steps):
            way = some_of(way, hours <= steps[high] + 1e-9)
    brought = most_units(way, units, _RESTRAIN_SECONDS)
    if brought.units < units - 0.5:
        return least
    return replace(least, brought=brought)


def _quick_least(
    way: Way, limited: Way, units: float, things: Collection[Thing], now_units: float
) -> Least | None:
    """Least amount where a count shows it; None where a program has to be solved.

    A unit of stock, or of a home reserve, brings one unit at most, so that no less than what is
    missing will do. One more vehicle, or one more load start an hour, is the least there is.
    """
    is_quick = len(things) == 1 and len(way.lacking.least) == 0 and way.hubs is None
    (thing,) = things if is_quick else ("",)
    if thing in ("stock", "home_reserve"):
        brought = bring_greedily(way, units)
        trips = way.ground.problem.warehouse[brought.trip]
        sent = np.zeros(len(limited.stock))
        np.add.at(sent, trips, brought.load)
        np.add.at(sent, way.rooms.warehouse, brought.room)
        over = np.maximum(sent - limited.stock, 0.0)
        amount = {int(k): float(over[k]) for k in np.flatnonzero(over > 0.5)}
        is_smallest = bool(over.sum() <= units - now_units + 1e-6)
        return Least(brought, {thing: amount}, is_smallest=is_smallest)
    if thing not in ("vehicles", "docks"):
        return None
    best: Least | None = None
    problem = way.ground.problem
    place_of = problem.pool if thing == "vehicles" else problem.warehouse
    name = "vehicle" if thing == "vehicles" else "dock"
    for place in np.unique(place_of[way.trip]).tolist():
        more = getattr(limited.left, name).copy()
        more[place] += 1.0
        tried = replace(way, left=replace(limited.left, **{name: more}), stock=limited.stock)
        brought = bring_greedily(tried, units)
        if brought.units >= units - 0.5 and (
            best is None or brought.last_hours < best.brought.last_hours
        ):
            best = Least(brought, {thing: {place: 1.0}}, is_smallest=True)
    return best


def _costs(ground: Ground, brought: Brought) -> float:
    """What the further trips cost. [CNY]."""
    table, data = ground.problem.table, ground.problem.data
    prices = data.trip_cost_cny[table.lane[brought.trip], table.fleet[brought.trip]]
    return float((prices * brought.vehicles).sum())


def _bought(
    grounds: Grounds, ground: Ground, shortfall: Shortfall, thing: Thing, least: Least
) -> Repair:
    """Repair by an amount."""
    brought = least.brought
    places = least.amount.get(thing, {})
    unit, named = _UNITS[thing], place_names(grounds, ground, shortfall.district, places, thing)
    if thing == THROUGH_HUB:
        unit, named = hub_names(ground, places)
    amount = float(sum(places.values()))
    return Repair(
        thing,
        amount,
        unit,
        _listed(named),
        brought.units,
        float(brought.vehicles.sum()),
        brought.last_hours,
        0.0,
        least.is_smallest,
    )


def _listed(named: dict[str, float]) -> str:
    """Places with their amounts, the largest first."""
    ordered = sorted(named.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = [f"{code} {amount:,.6g}" for code, amount in ordered[:_MOST_PLACES]]
    more = len(ordered) - _MOST_PLACES
    return "; ".join([*shown, f"+{more}"] if more > 0 else shown)


def _way(
    grounds: Grounds, ground: Ground, shortfall: Shortfall, thing: Thing, least: Least
) -> Repair:
    """Repair by other ways: hours of signature, rests, roads, hours after the deadline."""
    brought = least.brought
    places: dict[str, float] = {}
    if thing == "reach":
        deadline = grounds.true.data.deadline_hours
        amount = max(0.0, brought.last_hours - deadline)
    elif thing == "paper":
        early = early_hours(grounds, ground, shortfall.district, shortfall.item, brought.trip)
        amount = float(early.max(initial=0.0))
        places = steps_waited_for(
            grounds, ground, shortfall.district, shortfall.item, (brought, early)
        )
    else:
        is_last = ground.problem.district[brought.trip] == ground.district_place[shortfall.district]
        amount = float(brought.vehicles[is_last].sum())
        code = [row.warehouse for row in grounds.case.warehouses]
        homes = ground.inputs.warehouse[ground.problem.warehouse[brought.trip]]
        for home, vehicles in zip(homes[is_last], brought.vehicles[is_last], strict=True):
            places[code[home]] = places.get(code[home], 0.0) + float(vehicles)
    return Repair(
        thing,
        amount,
        _UNITS[thing],
        _listed(places),
        brought.units,
        float(brought.vehicles.sum()),
        brought.last_hours,
        0.0,
        is_smallest=False,
    )


def _district(way: Way) -> int:
    """District of a way as a position in the case."""
    return int(way.ground.inputs.district[way.district])


def _least_early(grounds: Grounds, way: Way, units: float) -> Brought:
    """Bring what is missing with signatures as little earlier as whatever comes first allows."""
    early = early_hours(grounds, way.ground, _district(way), way.item, way.trip)
    steps = np.unique(early)
    low, high = 0, len(steps) - 1
    found = bring_greedily(way, units)
    while low < high:
        middle = (low + high) // 2
        keep = early <= steps[middle] + 1e-9
        tried = bring_greedily(some_of(way, keep), units)
        if tried.units >= units - 0.5:
            high, found = middle, tried
        else:
            low = middle + 1
    return found
