"""The most units that can still come, and the least of a thing they take, by small programs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from allocator.explain.amounts import amounts_taken, worth_of
from allocator.explain.bringing import bring_greedily
from allocator.explain.things import THROUGH_HUB, Thing
from allocator.explain.way_program import LATE, WayProgram
from allocator.explain.ways import Brought, ThroughHubs, Way

__all__ = ["Least", "comes_all", "least_amount", "most_units"]

_MOST_TRIPS, _MOST_THROUGH_HUBS = 1_500, 6_000
"""Most trips offered where a least amount is looked for; where goods may go through hubs."""


@dataclass(frozen=True)
class Least:
    """The least of what is short that brings the missing units.

    Parameters
    ----------
    brought
        How they come then.
    amount
        By thing, and by the place of each: warehouse, or pool of vehicles.
    is_smallest
        Whether less is proven not to do.
    """

    brought: Brought
    amount: dict[Thing, dict[int, float]]
    is_smallest: bool


def most_units(way: Way, units: float, seconds: float) -> Brought:
    """Bring as much of what is missing as can come, the earlier the better.

    What comes first by whatever is unloaded first is the most there can be where it reaches the
    sum of what the warehouses may send, or all that is missing; only else a program is solved.

    Parameters
    ----------
    way
        The ways.
    units
        What is missing, whole. [units]
    seconds
        Time limit; what is found by then counts, and ``most`` says how much more there may be. [s]
    """
    greedy = bring_greedily(way, units)
    has_choice = len(way.trip) > 0 or way.hubs is not None
    if greedy.units >= greedy.most - 0.5 or not has_choice:
        return greedy
    program = WayProgram(way, units, ())
    values, bound = program.solve(units, seconds, greedy)
    if values is None:
        return greedy
    most = greedy.most if bound is None else program.most(bound, greedy.most)
    found = program.brought(values, most)
    return found if found.units >= greedy.units else greedy


def comes_all(way: Way, units: float, seconds: float) -> bool:
    """Say whether all that is missing can come; as ``most_units``, and quicker where it cannot.

    Parameters
    ----------
    way, units, seconds
        As for ``most_units``.
    """
    greedy = bring_greedily(way, units)
    if greedy.units >= units - 0.5:
        return True
    return greedy.most >= units - 0.5 and most_units(way, units, seconds).units >= units - 0.5


def least_amount(
    way: Way, limited: Way, units: float, things: Collection[Thing], seconds: float
) -> Least:
    """Find the least of what is short that brings so many units.

    Parameters
    ----------
    way
        The ways with these things relaxed; among them are the trips that are offered.
    limited
        The same without the things relaxed: its limits may be bought over.
    units
        What shall come; with everything relaxed it can. [units]
    things
        Amounts that are short.
    seconds
        Time limit. [s]
    """
    count = _MOST_TRIPS if way.hubs is None else _MOST_THROUGH_HUBS
    chosen = way.trip[:count]
    offered = replace(
        limited,
        ground=way.ground,
        trip=chosen,
        capacity=way.capacity[:count],
        rooms=way.rooms,
        lacking=way.lacking.among(len(chosen)),
        hubs=_with_held(way, limited),
    )
    reserve = np.maximum(way.stock - limited.stock, 0.0)
    if limited.hubs is not None:
        reserve = np.maximum(limited.stock - limited.hubs.outside, 0.0)
    program = WayProgram(offered, units, things, reserve)
    values, bound = program.solve(units, seconds)
    found = [bring_greedily(way, units)]
    if values is not None:
        found.append(program.brought(values, units))
    worth = worth_of(things, way, units)
    best, total = Least(found[0], {}, is_smallest=False), np.inf
    for brought in found:
        if brought.units < units - 0.5:
            continue
        amount = amounts_taken(way, limited, things, brought)
        asked = sum(
            worth(thing, place) * each
            for thing, places in amount.items()
            for place, each in places.items()
        )
        is_cheaper = brought.vehicles.sum() < best.brought.vehicles.sum()
        if asked < total - 1e-9 or (asked < total + 1e-9 and is_cheaper):
            best, total = Least(brought, amount, is_smallest=False), asked
    # Whole numbers of one thing: less by less than one is not less.
    is_whole = len(things) == 1 and not _has_fractions(way, things)
    step = 1.0 - 1e-6 if is_whole else 1e-3 * total
    least = -np.inf if bound is None else bound - LATE * float(best.brought.vehicles.sum())
    is_smallest = len(chosen) == len(way.trip) and bool(least >= total - step)
    return replace(best, is_smallest=is_smallest)


def _with_held(way: Way, limited: Way) -> ThroughHubs | None:
    """What hubs hold, and who leaves the province, among the ways; limits of those limited."""
    if way.hubs is None or limited.hubs is None:
        return way.hubs
    return replace(way.hubs, outside=limited.hubs.outside)


def _has_fractions(way: Way, things: Collection[Thing]) -> bool:
    """Whether some amount need not be whole."""
    hubs = way.ground.hubs
    if "receiving" in things:
        return True
    if THROUGH_HUB not in things or hubs is None:
        return False
    limits = way.ground.left.receive[hubs.takes_in]
    return bool(np.isfinite(limits).any())
