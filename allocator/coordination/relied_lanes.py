"""Lanes of a scenario that rely on each release, and the latest release that serves them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocator.approvals import LEVELS, RECEIVERS, Release, release
from allocator.case import Case
from allocator.engine.dispatch_hours import with_hours
from allocator.engine.dispatch_periods import HOUR_NOISE, PERIOD_HOURS
from allocator.engine.dispatch_stock import holdings
from allocator.plan import Plan
from allocator.schema.results import Trip
from allocator.travel import Lanes, build_lanes

__all__ = ["AT_ONCE", "LaneKind", "ReliedLanes", "latest_release_hours", "relied_lanes"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

AT_ONCE = -1
"""Place of the rule of lanes that no rule fits."""


@dataclass(frozen=True)
class LaneKind:
    """Lanes that differ in nothing a rule looks at.

    Parameters
    ----------
    level, from_province, receiver, to_province, group
        As in ``Approval_Rules``.
    rule
        Place of the rule that releases them, -1 for none; of rules that name the same release, the
        first.
    """

    level: str
    from_province: str
    receiver: str
    to_province: str
    group: str
    rule: int


@dataclass(frozen=True)
class ReliedLanes:
    """Lanes on which something that lies at one end is needed at the other.

    Parameters
    ----------
    rules
        Rules and releases as planned.
    warehouse, district
        Positions in the case, shape (lane,).
    is_relied
        Whether goods of a group may go there, shape (lane, group).
    latest_hours
        Latest release with which a lane can still keep the deadline, shape (lane,). [h]
    """

    rules: Release
    warehouse: Integers
    district: Integers
    is_relied: Flags
    latest_hours: Floats

    @cached_property
    def rule(self) -> Integers:
        """Place of the rule of each lane and group, -1 for none, shape (lane, group)."""
        return self.rules.lane_rules(self.warehouse, self.district)

    def kinds(self) -> Mapping[LaneKind, int]:
        """How many lanes there are of each kind, in the order of levels and receivers."""
        rules, found = self.rules, self.rules.receiver(self.warehouse, self.district)
        lane, group = np.nonzero(self.is_relied)
        level = rules.warehouse_level[self.warehouse[lane]]
        place = np.append(self._first_alike, AT_ONCE)[self.rule[lane, group]]
        table = np.stack([level, found[lane], group, place])
        places = np.stack(
            [
                rules.warehouse_province[self.warehouse[lane]],
                rules.district_province[self.district[lane]],
            ]
        )
        counts: dict[LaneKind, int] = {}
        order = np.lexsort((places[1], places[0], table[3], table[2], table[1], table[0]))
        for k in order.tolist():
            a, b, c, rule = table[:, k].tolist()
            ends = str(places[0, k]), str(places[1, k])
            kind = LaneKind(LEVELS[a], ends[0], RECEIVERS[b], ends[1], rules.groups[c], rule)
            counts[kind] = counts.get(kind, 0) + 1
        return counts

    @cached_property
    def _first_alike(self) -> Integers:
        """Place of the first rule with the same release step as each rule, shape (rule,)."""
        first: dict[tuple[str, str], int] = {}
        pairs = [(rule.procedure, rule.release_step) for rule in self.rules.rules]
        for place, pair in enumerate(pairs):
            first.setdefault(pair, place)
        return np.array([first[pair] for pair in pairs], dtype=np.int64)

    def target_hours(self) -> dict[tuple[str, str], float]:
        """Latest release that serves every lane which keeps the deadline as planned. [h]

        Returns
        -------
        dict
            By procedure and release step; those that no lane relies on are left out.
        """
        targets: dict[tuple[str, str], float] = {}
        for place, rule in enumerate(self.rules.rules):
            mine = (self.is_relied & (self.rule == place)).any(axis=1)
            kept = mine & (self.latest_hours >= self.rules.rule_hours[place] - HOUR_NOISE)
            if kept.any():
                key = rule.procedure, rule.release_step
                latest = float(self.latest_hours[kept].min())
                targets[key] = min(latest, targets.get(key, np.inf))
        return targets


def relied_lanes(
    case: Case, scenario_code: str, placement: Plan | None = None, trips: Iterable[Trip] = ()
) -> ReliedLanes:
    """Find the lanes of a scenario with stock at one end and need of it at the other.

    Parameters
    ----------
    case, scenario_code
        Case and scenario. Hubs and ways to them are left out.
    placement
        Plan whose stock holds; None means today's.
    trips
        Of a dispatch of the scenario: only lanes that they use; all lanes if there are none.

    Raises
    ------
    NotFoundError
        If the case has no such scenario.
    """
    scenario = case.scenario(scenario_code)
    rules = release(case, scenario)
    held = holdings(case, scenario, placement)
    need = np.zeros((len(case.districts), len(case.items)), dtype=bool)
    districts, items = case.district_index(), case.item_index()
    for row in case.scenario_demand:
        if row.scenario == scenario_code and row.demand_units > 0:
            need[districts[row.district], items[row.item]] = True
    wanted = np.flatnonzero(need.any(axis=1))
    lanes = build_lanes(case, scenario, districts=wanted, rules=rules.at_once())
    lanes = with_hours(case, scenario, lanes)
    leaves = rules.warehouse_province[lanes.warehouse] != rules.district_province[lanes.district]
    relied = np.zeros((len(lanes.warehouse), len(rules.groups)), dtype=bool)
    for item, group in enumerate(rules.item_group.tolist()):
        there, free = (
            units[lanes.warehouse, item] for units in (held.usable_units, held.outside_units)
        )
        relied[:, group] |= (np.where(leaves, free, there) > 0) & need[lanes.district, item]
    is_hub = np.array([row.state == "hub" for row in case.warehouses], dtype=bool)
    kept = relied.any(axis=1) & ~is_hub[lanes.warehouse]
    used = {(trip.warehouse, trip.district) for trip in trips if trip.scenario == scenario_code}
    if used:
        pairs = zip(lanes.warehouse.tolist(), lanes.district.tolist(), strict=True)
        names = ((case.warehouses[w].warehouse, case.districts[d].district) for w, d in pairs)
        kept &= np.array([name in used for name in names], dtype=bool)
    latest = latest_release_hours(lanes)
    return ReliedLanes(
        rules, lanes.warehouse[kept], lanes.district[kept], relied[kept], latest[kept]
    )


def latest_release_hours(lanes: Lanes) -> Floats:
    """Latest hour at which loading can start and unloading still end by the deadline.

    Loading starts at whole hours, when a vehicle is there; nothing departs during a closure.
    Docks and receiving are not looked at.

    Parameters
    ----------
    lanes
        Lanes of one scenario.

    Returns
    -------
    Array
        Over the fleets of each lane, shape (lane,); minus infinity where there is no such hour.
        [h]
    """
    spare = lanes.deadline_hours - lanes.door_hours
    start = np.floor(spare / PERIOD_HOURS + HOUR_NOISE)
    # Closures may follow each other: go back through them, the one that begins last first.
    for k in np.argsort(-lanes.closure_from_hours, kind="stable").tolist():
        place = int(lanes.closure_lane[k]), int(lanes.closure_fleet[k])
        load, begin = lanes.load_hours[place[1]], lanes.closure_from_hours[k]
        depart = start[place] * PERIOD_HOURS + load
        if begin - HOUR_NOISE <= depart < lanes.closure_to_hours[k] - HOUR_NOISE:
            start[place] = np.ceil((begin - load) / PERIOD_HOURS - HOUR_NOISE) - 1
    hours = start * PERIOD_HOURS
    first = np.ceil(lanes.available_from_hours / PERIOD_HOURS - HOUR_NOISE) * PERIOD_HOURS
    is_there = (hours >= first) & (hours >= 0) & np.isfinite(lanes.drive_hours)
    return np.asarray(np.where(is_there, hours, -np.inf).max(axis=1, initial=-np.inf))
