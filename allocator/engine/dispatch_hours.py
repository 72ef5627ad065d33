"""Limits that hold in some hours only, written out over the hours of one scenario.

The rules are in ``docs/model.md`` ("Hours"). What is given there wins over the plain columns.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case
from allocator.clock_text import in_shanghai
from allocator.engine.dispatch_periods import HOUR_NOISE, PERIOD_HOURS, period_count
from allocator.engine.dispatch_stock import WHOLE_NOISE
from allocator.schema.disaster import Scenario
from allocator.schema.dispatch_rules import HourRule
from allocator.travel import Lanes
from models.convoy_rules import ANY_FLEET, ConvoyRules

__all__ = [
    "barred_on_legs",
    "convoy_rules",
    "docks_by_hour",
    "load_starts",
    "receiving_by_hour",
    "rule_spans",
    "with_hours",
    "without_hours_of",
]

Floats = NDArray[np.float64]

_Meant = NDArray[np.bool_]
"""Which ways, or kinds of vehicle, a row is about."""

_DAY_HOURS = 24.0


def load_starts(per_hour: float) -> float:
    """Whole load starts in a period of a dock that is not closed. [vehicles]."""
    return max(1.0, math.floor(per_hour * PERIOD_HOURS + WHOLE_NOISE))


def docks_by_hour(case: Case, scenario: Scenario, docks: Floats) -> Floats:
    """Write what holds in some hours over the load starts per period.

    Parameters
    ----------
    case, scenario
        Where the hours come from.
    docks
        Shape (case warehouse,). [vehicles]

    Returns
    -------
    Array
        Shape (case warehouse, period); ``docks`` itself where no row is about them. [vehicles]
    """
    rows = [row for row in case.hour_rules if row.kind == "docks"]
    if not rows:
        return docks
    deadline = case.deadline_hours(scenario)
    starts = np.arange(period_count(deadline)) * PERIOD_HOURS
    told = np.full((len(docks), len(starts)), np.nan)
    index = case.warehouse_index()
    for row in rows:
        amount = row.amount or 0.0
        limit = load_starts(amount) if amount > 0 else 0.0
        for begin, end in rule_spans(case, scenario, row, deadline):
            held = (starts >= begin - HOUR_NOISE) & (starts < end - HOUR_NOISE)
            _lower(told[index[row.warehouse or ""]], held, limit)
    return np.asarray(np.where(np.isnan(told), docks[:, None], told))


def receiving_by_hour(case: Case, scenario: Scenario, receive: Floats) -> Floats:
    """Write what holds in some hours over what districts take in.

    Parameters
    ----------
    case, scenario
        Where the hours come from.
    receive
        Shape (case district,). [m3/h]

    Returns
    -------
    Array
        In ``(k, k + 1]``, shape (case district, k); ``receive`` itself where no row is about it.
        [m3/h]
    """
    rows = [row for row in case.hour_rules if row.kind == "receiving"]
    if not rows:
        return receive
    deadline = case.deadline_hours(scenario)
    hours = np.arange(math.ceil(deadline) + 1.0)
    told = np.full((len(receive), len(hours)), np.nan)
    index = case.district_index()
    for row in rows:
        for begin, end in rule_spans(case, scenario, row, deadline):
            shared = (hours < end - HOUR_NOISE) & (hours + 1 > begin + HOUR_NOISE)
            _lower(told[index[row.district or ""]], shared, row.amount or 0.0)
    return np.asarray(np.where(np.isnan(told), receive[:, None], told))


def with_hours(case: Case, scenario: Scenario, lanes: Lanes) -> Lanes:
    """Add the hours in which nothing departs to the closures of the lanes.

    Parameters
    ----------
    case, scenario
        Where the hours come from.
    lanes
        Lanes of the scenario.
    """
    warehouse, district = case.warehouse_index(), case.district_index()
    fleet = {row.fleet: k for k, row in enumerate(case.vehicles)}
    lane_parts, fleet_parts = [lanes.closure_lane], [lanes.closure_fleet]
    from_parts, to_parts = [lanes.closure_from_hours], [lanes.closure_to_hours]
    for row in case.hour_rules:
        if row.kind != "no_departure":
            continue
        is_meant = np.ones(lanes.drive_hours.shape, dtype=bool)
        if row.warehouse is not None:
            is_meant &= (lanes.warehouse == warehouse[row.warehouse])[:, None]
        if row.district is not None:
            is_meant &= (lanes.district == district[row.district])[:, None]
        if row.fleet is not None:
            is_meant &= np.arange(len(fleet)) == fleet[row.fleet]
        lane, kind = np.nonzero(is_meant & np.isfinite(lanes.drive_hours))
        for begin, end in rule_spans(case, scenario, row, lanes.deadline_hours):
            lane_parts.append(lane)
            fleet_parts.append(kind)
            from_parts.append(np.full(len(lane), begin))
            to_parts.append(np.full(len(lane), end))
    return replace(
        lanes,
        closure_lane=np.concatenate(lane_parts),
        closure_fleet=np.concatenate(fleet_parts),
        closure_from_hours=np.concatenate(from_parts),
        closure_to_hours=np.concatenate(to_parts),
    )


def barred_on_legs(
    case: Case, scenario: Scenario, warehouse: str, fleet: str
) -> list[tuple[float, float]]:
    """Hours ``[from, to)`` in which nothing departs from a warehouse to a hub. [h]

    Parameters
    ----------
    case, scenario
        Where the hours come from.
    warehouse, fleet
        Codes of where a leg starts and of the kind of vehicle.
    """
    deadline = case.deadline_hours(scenario)
    return [
        span
        for row in case.hour_rules
        if row.kind == "no_departure"
        and row.district is None
        and row.warehouse in (None, warehouse)
        and row.fleet in (None, fleet)
        for span in rule_spans(case, scenario, row, deadline)
    ]


def convoy_rules(
    case: Case,
    scenario: Scenario,
    lanes: Lanes,
    lane: NDArray[np.int64],
    leg_warehouse: NDArray[np.int64] | None = None,
) -> ConvoyRules | None:
    """Gather how many vehicles must set off together; None where no row says so.

    On legs a row without a fleet is about kinds of mode road only.

    Parameters
    ----------
    case, scenario
        Where the hours come from.
    lanes
        Lanes of the scenario.
    lane
        Those of them that the rules are wanted for, shape (lane,).
    leg_warehouse
        Where legs start, which come after the lanes, as positions in the case, shape (leg,);
        None for no legs.
    """
    rows = [row for row in case.hour_rules if row.kind == "convoy"]
    if not rows:
        return None
    warehouse, district = case.warehouse_index(), case.district_index()
    fleet = {row.fleet: k for k, row in enumerate(case.vehicles)}
    legs = lane[:0] if leg_warehouse is None else leg_warehouse
    start = np.concatenate([lanes.warehouse[lane], legs])
    is_leg = np.arange(len(start)) >= len(lane)
    into = np.append(lanes.district[lane], np.full(len(legs), -1))
    every = np.ones(len(fleet), dtype=bool)
    on_road = np.array([each.mode == "road" for each in case.vehicles], dtype=bool)
    told: list[tuple[_Meant, _Meant, int, float, float, int]] = []
    for row in rows:
        is_meant = np.ones(len(start), dtype=bool)
        if row.warehouse is not None:
            is_meant &= start == warehouse[row.warehouse]
        if row.district is not None:
            is_meant &= into == district[row.district]
        parts = [(is_meant, every)]
        if row.fleet is None and is_leg.any():
            parts = [(is_meant & ~is_leg, every), (is_meant & is_leg, on_road)]
        kind = ANY_FLEET if row.fleet is None else fleet[row.fleet]
        for begin, end in rule_spans(case, scenario, row, lanes.deadline_hours):
            told += [(*part, kind, begin, end, round(row.amount or 0.0)) for part in parts]
    return ConvoyRules(
        lanes=np.array([each[0] for each in told], dtype=bool).reshape(len(told), len(start)),
        fleet=np.array([each[2] for each in told], dtype=np.int64),
        from_hours=np.array([each[3] for each in told], dtype=float),
        to_hours=np.array([each[4] for each in told], dtype=float),
        vehicles=np.array([each[5] for each in told], dtype=np.int64),
        kinds=np.array([each[1] for each in told], dtype=bool).reshape(len(told), len(fleet)),
    )


def without_hours_of(case: Case, *kinds: str) -> Case:
    """Return the case without the rows of Hours of some kinds."""
    kept = tuple(row for row in case.hour_rules if row.kind not in kinds)
    return case if len(kept) == len(case.hour_rules) else case.replace(HourRule, kept)


def _lower(told: Floats, where: NDArray[np.bool_], limit: float) -> None:
    """Set a limit where none is told yet, and lower those that are larger."""
    told[where] = np.fmin(told[where], limit)


def rule_spans(
    case: Case, scenario: Scenario, row: HourRule, deadline_hours: float
) -> list[tuple[float, float]]:
    """Hours ``[from, to)`` of the event in which a row holds; none in another scenario. [h]

    Raises
    ------
    ValueError
        If the row is about times of the day and the scenario has no event time; the intake
        refuses such a case.
    """
    if row.scenario not in (None, scenario.scenario):
        return []
    if row.from_clock is None or row.to_clock is None:
        until = math.inf if row.to_hours is None else row.to_hours
        return [(row.from_hours or 0.0, until)]
    start = case.event_time(scenario)
    if start is None:
        raise ValueError(f"scenario {scenario.scenario} has no event_time, and Hours need one.")
    here = in_shanghai(start)
    now = here.hour + here.minute / 60 + (here.second + here.microsecond / 1e6) / 3600
    begin, end = _hour_of_day(row.from_clock), _hour_of_day(row.to_clock)
    length = end - begin if end > begin else end - begin + _DAY_HOURS
    # The first of them may have begun the day before.
    days = range(-1, math.ceil((deadline_hours + now) / _DAY_HOURS) + 1)
    found = [begin - now + day * _DAY_HOURS for day in days]
    return [(since, since + length) for since in found if -length < since <= deadline_hours]


def _hour_of_day(clock: str) -> float:
    """Hours since midnight of a time ``HH:MM``. [h]"""
    hour, minute = clock.split(":")
    return int(hour) + int(minute) / 60
