"""What a drill does to needs, roads and stock of its scenario.

The models know needs by hour, but one road factor and one usable share for a whole scenario; both
are told on the safe side. The rules are in ``docs/model.md`` ("Scenario lab").
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case
from allocator.lab.cascade import DrillCourse
from allocator.lab.multipliers import multiplier, worst_mean
from allocator.lab.subjects import acts_on_need, acts_on_place, acts_on_warehouse
from allocator.schema.disaster import Scenario, ScenarioDamage, ScenarioDemand
from allocator.schema.lab import SectorLink
from allocator.travel import build_lanes

__all__ = ["MOST_PULSES", "drilled_damage", "drilled_demand"]

Floats = NDArray[np.float64]

MOST_PULSES = 4
"""Additional need of a district and item arises in so many parts at most."""

_NEGLIGIBLE = 1e-9


def drilled_demand(
    case: Case, base: Scenario, course: DrillCourse, hours: int
) -> list[ScenarioDemand]:
    """Needs of a scenario under a drill.

    A need once arisen stays: it follows the largest multiplier so far. What comes on top is told in
    few parts of whole units, each at the hour in which its first unit arises, never later.

    Parameters
    ----------
    case, base
        The case and the scenario the drill starts from.
    course
        The drill.
    hours
        Hours to the deadline.
    """
    items = {row.item: row for row in case.items}
    districts = {row.district: row for row in case.districts}
    links = [row for row in case.sector_links if row.acts_on == "demand"]
    rows = [row for row in case.rows(ScenarioDemand) if row.scenario == base.scenario]
    needs: dict[tuple[str, str], dict[float, ScenarioDemand]] = defaultdict(dict)
    for row in rows:
        needs[row.district, row.item][row.from_hours] = row
    risen: dict[tuple[int, ...], Floats] = {}
    found: list[ScenarioDemand] = []
    for (district, item), pulses in needs.items():
        meant = tuple(
            k
            for k, link in enumerate(links)
            if acts_on_need(link, items[item], districts[district])
        )
        if meant not in risen:
            factor = multiplier(course, [links[k] for k in meant], hours)
            risen[meant] = np.diff(np.maximum.accumulate(factor), prepend=1.0)
        extra = _extra_need({h: row.demand_units for h, row in pulses.items()}, risen[meant])
        first = next(iter(pulses.values()))
        for hour in sorted({*pulses, *extra}):
            told = pulses.get(hour)
            units = (told.demand_units if told else 0.0) + extra.get(hour, 0.0)
            changes: dict[str, object] = {
                "scenario": course.drill.drill,
                "demand_units": units,
                "from_hours": hour,
            }
            if hour in extra:
                changes["status"] = "derived"
            found.append((told or first).model_copy(update=changes))
    return found


def _extra_need(pulses: Mapping[float, float], risen: Floats) -> dict[float, float]:
    """Hours and whole units of what is needed on top. [units]

    Parameters
    ----------
    pulses
        Units by the hour they arise in. [units]
    risen
        Growth of the multiplier in each hour, shape (hour,), >= 0.
    """
    arising: dict[float, float] = defaultdict(float)
    for hour, units in pulses.items():
        for k in np.flatnonzero(risen > _NEGLIGIBLE).tolist():
            arising[max(float(k), hour)] += units * float(risen[k])
    total = sum(arising.values())
    if total <= _NEGLIGIBLE:
        return {}
    found: dict[float, float] = {}
    so_far = told = 0.0
    part, begins = 0, -1.0
    for hour in sorted(arising):
        begins = hour if begins < 0 else begins
        so_far += arising[hour]
        reached = math.floor(MOST_PULSES * so_far / total + _NEGLIGIBLE)
        if reached > part:
            units = math.floor(so_far + 0.5) - told
            if units > 0:
                found[begins] = units
            told, part, begins = told + units, reached, -1.0
    return found


def drilled_damage(
    case: Case, base: Scenario, course: DrillCourse, hours: int
) -> list[ScenarioDamage]:
    """Damage of a scenario under a drill: roads of districts in need, stock of warehouses.

    Parameters
    ----------
    case, base
        The case, with the base scenario in the chosen sample.
    course
        The drill.
    hours
        Hours to the deadline.
    """
    rows = [row for row in case.scenario_damage if row.scenario == base.scenario]
    roads = _road_factors(case, base, course, hours)
    shares = _usable_shares(case, course, hours)
    found = []
    for row in rows:
        changes: dict[str, object] = {"scenario": course.drill.drill}
        if row.district in roads:
            changes["road_time_factor"] = row.road_time_factor * roads.pop(row.district)
            changes["status"] = "derived"
        if row.warehouse in shares:
            changes["usable_share"] = row.usable_share * shares.pop(row.warehouse)
            changes["status"] = "derived"
        found.append(row.model_copy(update=changes))
    more = {"scenario": course.drill.drill, "source": course.drill.source, "status": "derived"}
    for district, factor in roads.items():
        found.append(
            ScenarioDamage.model_validate(
                {**more, "district": district, "road_time_factor": factor}
            )
        )
    for warehouse, share in shares.items():
        found.append(
            ScenarioDamage.model_validate({**more, "warehouse": warehouse, "usable_share": share})
        )
    return found


def _road_factors(case: Case, base: Scenario, course: DrillCourse, hours: int) -> dict[str, float]:
    """Road factor of districts in need that some link slows.

    The largest mean over hours in a row, as many as the quickest drive into the district takes.
    """
    links = [row for row in case.sector_links if row.acts_on == "road_time"]
    if not links:
        return {}
    needing = {row.district for row in case.rows(ScenarioDemand) if row.scenario == base.scenario}
    meant = {
        k: [link for link in links if acts_on_place(link, "road_time", row)]
        for k, row in enumerate(case.districts)
        if row.district in needing
    }
    slowed = [k for k, rows in meant.items() if rows]
    if not slowed:
        return {}
    lanes = build_lanes(case, base, districts=np.array(slowed, dtype=np.int64))
    quickest = np.full(len(case.districts), np.inf)
    np.minimum.at(quickest, lanes.district, lanes.drive_hours.min(axis=1, initial=np.inf))
    found = {}
    for k in slowed:
        length = math.ceil(quickest[k]) if np.isfinite(quickest[k]) else 1
        factor = worst_mean(multiplier(course, meant[k], hours), length)
        if factor > 1.0 + _NEGLIGIBLE:
            found[case.districts[k].district] = factor
    return found


def _usable_shares(case: Case, course: DrillCourse, hours: int) -> dict[str, float]:
    """Part of the stock that is left at warehouses that some link hits, in their worst hour."""
    links = [row for row in case.sector_links if row.acts_on == "usable_share"]
    home = {row.district: row for row in case.districts}
    found = {}
    for row in case.warehouses:
        meant: list[SectorLink] = [
            link
            for link in links
            if acts_on_warehouse(link, "usable_share", row, home.get(row.district or ""))
        ]
        least = float(multiplier(course, meant, hours).min(initial=1.0))
        if least < 1.0 - _NEGLIGIBLE:
            found[row.warehouse] = least
    return found
