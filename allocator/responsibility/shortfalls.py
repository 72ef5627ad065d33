"""Shortages, shared out over the places where their causes bind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from allocator.responsibility.causes import AT_WAREHOUSE, CAUSES, PAPER
from allocator.responsibility.dispatched import Dispatched
from allocator.schema.results import Shortage
from allocator.travel import Lanes

__all__ = ["Missing", "missing_parts", "reasons_of"]

Floats = NDArray[np.float64]

_WHOLE = 1.0 - 1e-6


@dataclass(frozen=True)
class Missing:
    """A part of a shortage with one cause and one place.

    Parameters
    ----------
    district, item
        Codes.
    units
        How many. [units]
    cause
        Why.
    subject
        Step, warehouse or district where it binds.
    """

    district: str
    item: str
    units: float
    cause: str
    subject: str


def reasons_of(
    shortage: Shortage, explained: Mapping[tuple[str, str, str], str]
) -> tuple[str, ...]:
    """Causes of a shortage: those that were proven, else that which the plan gives.

    Words that are no cause count as ``other``.

    Parameters
    ----------
    shortage
        The shortage.
    explained
        Reasons of explanations by scenario, district and item.
    """
    key = shortage.scenario, shortage.district, shortage.item
    reason = explained.get(key) or shortage.reason or "other"
    parts = (part.strip() for part in reason.split("+"))
    return tuple(dict.fromkeys(part if part in CAUSES else "other" for part in parts))


def missing_parts(
    now: Dispatched, shortages: Iterable[tuple[Shortage, tuple[str, ...]]]
) -> Iterator[Missing]:
    """Share shortages out over causes and places; the parts of one add up to it.

    Causes that are only enough together get equal parts. Where a cause binds at warehouses, or at
    the sign-offs of their goods, the missing units are looked for in the warehouses that have
    goods left, those that would arrive first before others; what none of them has is added to the
    first.

    Parameters
    ----------
    now
        The scenario.
    shortages
        With their causes.
    """
    for shortage, causes in shortages:
        ends = [shortage.unmet_units * k / len(causes) for k in range(len(causes) + 1)]
        for cause, (begin, end) in zip(causes, pairwise(ends), strict=True):
            parts: dict[str, float] = {}
            for subject, units in _places(now, shortage, cause, end - begin):
                parts[subject] = parts.get(subject, 0.0) + units
            for subject, units in parts.items():
                yield Missing(shortage.district, shortage.item, units, cause, subject)


def _places(
    now: Dispatched, shortage: Shortage, cause: str, units: float
) -> list[tuple[str, float]]:
    """Where a cause binds, with the units it holds back there."""
    if cause != PAPER and cause not in AT_WAREHOUSE:
        return [(shortage.district, units)]
    district = now.case.district_index()[shortage.district]
    item = now.case.item_index()[shortage.item]
    found: list[tuple[str, float]] = []
    missing = units
    for home, spare in _held_back(now, district, item, cause):
        if missing <= 0:
            break
        subject = now.case.warehouses[home].warehouse
        if cause == PAPER:
            subject = now.step_of(home, district, int(now.release.item_group[item]))
        found.append((subject, min(spare, missing)))
        missing -= found[-1][1]
    if not found:
        return [(shortage.district, units)]
    if missing > 0:
        found[0] = found[0][0], found[0][1] + missing
    return found


def _held_back(now: Dispatched, district: int, item: int, cause: str) -> list[tuple[int, float]]:
    """Warehouses with goods left by the hour at which they would arrive, with the units.

    For sign-offs those whose goods come in time only without them; the others where there is none
    of these, since an earlier signature may free vehicles and docks for them.
    """
    is_paper = cause == PAPER
    lanes = now.unsigned_lanes if is_paper else now.lanes
    arrival = _arrivals(now, lanes, district, item)
    signed = _arrivals(now, now.lanes, district, item) if is_paper else {}
    ranked = []
    for home, hours in arrival.items():
        spare = _spare(now, home, district, item, cause)
        if spare < _WHOLE:
            continue
        if is_paper and not now.step_of(home, district, int(now.release.item_group[item])):
            continue
        ranked.append((home in signed, hours, home, spare))
    ranked.sort()
    return [(home, spare) for kept, _, home, spare in ranked if kept == ranked[0][0]]


def _arrivals(now: Dispatched, lanes: Lanes, district: int, item: int) -> dict[int, float]:
    """Earliest hour in hand from each warehouse that arrives in time. [h]."""
    here = np.flatnonzero(lanes.district == district)
    hours = now.arrival_hours(lanes)[here, now.release.item_group[item]]
    in_time = hours <= lanes.deadline_hours + 1e-6
    homes = lanes.warehouse[here][in_time].tolist()
    return dict(zip(homes, hours[in_time].tolist(), strict=True))


def _spare(now: Dispatched, home: int, district: int, item: int, cause: str) -> float:
    """Units that a warehouse has left for a district; of a home reserve those it keeps. [units]."""
    sent, abroad = now.sent_units
    spare = float(now.held.usable_units[home, item] - sent[home, item])
    rules = now.release
    leaves = rules.warehouse_province[home] != rules.district_province[district]
    free = float(now.held.outside_units[home, item] - abroad[home, item])
    if cause == "home_reserve":
        return spare - max(0.0, free) if leaves else 0.0
    return min(spare, free) if leaves else spare
