"""Stock that is left when a dispatch is planned anew: a ledger of trips and changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case
from allocator.engine.dispatch_lots import LotBook
from allocator.engine.dispatch_periods import HOUR_NOISE
from allocator.engine.dispatch_stock import Holdings, LastingBook, holdings
from allocator.plan import Plan
from allocator.revisions import Revision
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
    case: Case,
    scenario: str,
    placement: Plan | None,
    found: tuple[Revision, ...],
    left: tuple[Iterable[Trip], Iterable[LoadingLine]],
) -> Holdings:
    """Stock that is left: what trips took and changes made of it, revision by revision."""
    lines: dict[str, list[LoadingLine]] = defaultdict(list)
    for line in left[1]:
        lines[line.trip].append(line)
    first = holdings(case, case.scenario(scenario), placement)
    usable, outside = first.usable_units.copy(), first.outside_units.copy()
    lots, lasting = LotBook(first.lots), LastingBook(first.limits)
    warehouse, item = case.warehouse_index(), case.item_index()
    province = _leaves_province(case)
    told_left = {
        change.trip: number
        for number, one in enumerate(found, start=1)
        for change in one.of_kind("trip_left")
    }
    told, planned = defaultdict[int, list[Trip]](list), defaultdict[int, list[Trip]](list)
    for trip in left[0]:
        if trip.trip in told_left:
            told[told_left[trip.trip]].append(trip)
        else:
            planned[revision_at(found, trip.load_start_hours)].append(trip)

    def take(trips: Iterable[Trip]) -> None:
        for trip in trips:
            w = warehouse[trip.warehouse]
            for line in lines[trip.trip]:
                i, units = item[line.item], round(line.load_units)
                lots.take((w, i), line.lot, units)
                usable[w, i] -= units
                if province(trip):
                    outside[w, i] -= units
                    lasting.take((w, i), _planned_end(case, trip), units)

    for number in range(len(found) + 1):
        # Whoever counted stock before a trip was told to have left saw its goods.
        take(told[number])
        if number:
            _change_stock(found[number - 1], (usable, outside, lots, lasting), (warehouse, item))
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


def _planned_end(case: Case, trip: Trip) -> float:
    """When a trip was to be unloaded; of one that is late the latest start tells. [h]"""
    if trip.state != "late":
        return trip.unload_end_hours
    deadline = case.deadline_hours(case.scenario(trip.scenario))
    return trip.load_start_hours + deadline - trip.latest_load_start_hours


def _leaves_province(case: Case) -> Callable[[Trip], bool]:
    """Say of a trip whether it leads to another province."""
    districts = {row.district: row.province for row in case.districts}
    home = {
        row.warehouse: row.province or districts.get(row.district or "", "")
        for row in case.warehouses
    }
    return lambda trip: home[trip.warehouse] != districts[trip.district]


def _change_stock(
    revision: Revision,
    stock: tuple[Integers, Integers, LotBook, LastingBook],
    index: tuple[Mapping[str, int], Mapping[str, int]],
) -> None:
    """Make the changes of a revision that are about what a warehouse holds."""
    warehouse, item = index
    usable, outside, lots, lasting = stock
    for change in revision.of_kind("stock_lost", "stock_found"):
        w = warehouse[change.warehouse or ""]
        i, units = item[change.item or ""], round(change.amount or 0.0)
        sign = 1 if change.kind == "stock_found" else -1
        if sign > 0:
            lots.find((w, i), float(units))
        else:
            lots.lose((w, i), float(units))
        usable[w, i] = max(0, usable[w, i] + sign * units)
        outside[w, i] = max(0, outside[w, i] + sign * units)
        lasting.change((w, i), sign * units)
