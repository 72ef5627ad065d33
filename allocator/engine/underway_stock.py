"""Stock that is left when a dispatch is planned anew: a ledger of trips and changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case
from allocator.engine.dispatch_lots import LotBook
from allocator.engine.dispatch_periods import HOUR_NOISE
from allocator.engine.dispatch_stock import Holdings, LastingBook, holdings
from allocator.engine.hub_provinces import leg_provinces
from allocator.plan import Plan
from allocator.revisions import Revision
from allocator.schema.legs import LegTrip
from allocator.schema.results import LoadingLine, Trip

__all__ = ["lost_from", "revision_at", "stock_left"]

Integers = NDArray[np.int64]


def lost_from(found: Iterable[Revision]) -> dict[str, float]:
    """Warehouses that are lost, with the earliest hour that was told. [h]"""
    lost: dict[str, float] = {}
    for one in found:
        for change in one.of_kind("warehouse_lost"):
            code = change.warehouse or ""
            lost[code] = min(one.since(change), lost.get(code, np.inf))
    return lost


def revision_at(found: tuple[Revision, ...], hours: float) -> int:
    """Position of the case in force at an hour; 0 is the case before any change."""
    return sum(one.at_hours <= hours + HOUR_NOISE for one in found)


def stock_left(
    cases: tuple[Case, ...],
    scenario: str,
    placement: Plan | None,
    found: tuple[Revision, ...],
    left: tuple[Iterable[Trip | LegTrip], Iterable[LoadingLine]],
) -> Holdings:
    """Stock that is left: what trips took and changes made of it, revision by revision.

    At hubs nothing is kept: what is there for a while is in ``hub_goods``.
    """
    case = cases[0]
    lines: dict[str, list[LoadingLine]] = defaultdict(list)
    for line in left[1]:
        lines[line.trip].append(line)
    first = holdings(case, case.scenario(scenario), placement)
    usable, outside = first.usable_units.copy(), first.outside_units.copy()
    lots, lasting = LotBook(first.lots), LastingBook(first.limits)
    warehouse, item = case.warehouse_index(), case.item_index()
    hubs = {row.warehouse for row in case.warehouses if row.state == "hub"}
    leaves = _leaves_province(cases, scenario, found)
    told, planned = _by_revision(found, left[0], hubs)

    def take(trips: Iterable[Trip | LegTrip]) -> None:
        for trip in trips:
            w = warehouse[trip.warehouse]
            for line in lines[trip.trip]:
                i, units = item[line.item], round(line.load_units)
                lots.take((w, i), line.lot, units)
                usable[w, i] -= units
                if leaves(trip):
                    outside[w, i] -= units
                    lasting.take((w, i), _planned_end(case, trip), units)

    for number in range(len(found) + 1):
        # Whoever counted stock before a trip was told to have left saw its goods.
        take(told[number])
        if number:
            stock = usable, outside, lots, lasting
            _change_stock(found[number - 1], stock, (warehouse, item), {warehouse[h] for h in hubs})
        take(planned[number])
        for code, hours in lost_from(found[:number]).items():
            if hours <= found[number - 1].at_hours + HOUR_NOISE:
                usable[warehouse[code]] = 0
                lots.clear(warehouse[code])
                lasting.clear(warehouse[code])
        np.maximum(usable, 0, out=usable)
        np.clip(outside, 0, usable, out=outside)
    shelves = lots.left()
    limits = lasting.left(case, case.scenario(scenario), shelves)
    return Holdings(first.stock_units, usable, outside, shelves, limits)


def _by_revision(
    found: tuple[Revision, ...], left: Iterable[Trip | LegTrip], hubs: Collection[str]
) -> tuple[dict[int, list[Trip | LegTrip]], dict[int, list[Trip | LegTrip]]]:
    """Trips from warehouses by the revision that told that they left, and that they left in."""
    told_left = {
        change.trip: number
        for number, one in enumerate(found, start=1)
        for change in one.of_kind("trip_left")
    }
    told = defaultdict[int, list[Trip | LegTrip]](list)
    planned = defaultdict[int, list[Trip | LegTrip]](list)
    for trip in left:
        if trip.warehouse in hubs:
            continue
        if trip.trip in told_left:
            told[told_left[trip.trip]].append(trip)
        else:
            planned[revision_at(found, trip.load_start_hours)].append(trip)
    return told, planned


def _planned_end(case: Case, trip: Trip | LegTrip) -> float:
    """When a trip was to be unloaded; of one that is late the latest start tells. [h]

    What a leg brings goes on, so that it has to last to the deadline.
    """
    deadline = case.deadline_hours(case.scenario(trip.scenario))
    if isinstance(trip, LegTrip):
        return deadline
    if trip.state != "late":
        return trip.unload_end_hours
    return trip.load_start_hours + deadline - trip.latest_load_start_hours


def _leaves_province(
    cases: tuple[Case, ...], scenario: str, found: tuple[Revision, ...]
) -> Callable[[Trip | LegTrip], bool]:
    """Say of a trip whether it leads to another province, on to whom a hub serves."""
    case = cases[0]
    districts = {row.district: row.province for row in case.districts}
    home = {
        row.warehouse: row.province or districts.get(row.district or "", "")
        for row in case.warehouses
    }
    reached: dict[int, Mapping[str, frozenset[str]]] = {}

    def leaves(trip: Trip | LegTrip) -> bool:
        if isinstance(trip, Trip):
            return home[trip.warehouse] != districts[trip.district]
        number = revision_at(found, trip.load_start_hours)
        if number not in reached:
            reached[number] = leg_provinces(cases[number], scenario)
        return bool(reached[number][trip.hub] - {home[trip.warehouse]})

    return leaves


def _change_stock(
    revision: Revision,
    stock: tuple[Integers, Integers, LotBook, LastingBook],
    index: tuple[Mapping[str, int], Mapping[str, int]],
    hubs: Collection[int],
) -> None:
    """Make the changes of a revision that are about what a warehouse holds, hubs left aside."""
    warehouse, item = index
    usable, outside, lots, lasting = stock
    for change in revision.of_kind("stock_lost", "stock_found"):
        w = warehouse[change.warehouse or ""]
        if w in hubs:
            continue
        i, units = item[change.item or ""], round(change.amount or 0.0)
        sign = 1 if change.kind == "stock_found" else -1
        if sign > 0:
            lots.find((w, i), float(units))
        else:
            lots.lose((w, i), float(units))
        usable[w, i] = max(0, usable[w, i] + sign * units)
        outside[w, i] = max(0, outside[w, i] + sign * units)
        lasting.change((w, i), sign * units)
