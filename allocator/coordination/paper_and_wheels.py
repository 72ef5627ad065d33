"""Paper and wheels: how the hours until goods are in hand are spent, by kind of lane of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.approvals import Release, networks, release, step_hours
from allocator.approvals.criticality import ReleaseWay
from allocator.case import Case
from allocator.plan import Plan, loads_by_trip
from allocator.schema.coordination import PaperAndWheels
from allocator.schema.results import Trip

__all__ = ["PARTS", "Bar", "LaneBars", "lane_bars", "paper_and_wheels"]

PARTS = ("paper", "wait", "load", "drive", "unload")
"""What the hours from the event until goods are in hand are spent on, in this order."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Bar:
    """One stretch of a chart over the hours from the event.

    Parameters
    ----------
    part
        One of ``PARTS``, or the code of a step.
    from_hours, to_hours
        Where it begins and ends. [h]
    name, department
        Of a step: what is signed, and who answers for it.
    is_critical
        Of a step: whether a longer one would delay the release, as planned.
    """

    part: str
    from_hours: float
    to_hours: float
    name: str = ""
    department: str = ""
    is_critical: bool = False


@dataclass(frozen=True)
class LaneBars:
    """What is drawn of one kind of lane: its steps as planned, then its mean trip.

    Parameters
    ----------
    row
        The means.
    steps
        Sign-offs on the way to the releases of the procedure, in the order of their begin.
    parts
        The means end to end, in the order of ``PARTS``.
    """

    row: PaperAndWheels
    steps: tuple[Bar, ...]
    parts: tuple[Bar, ...]


def paper_and_wheels(case: Case, plan: Plan) -> tuple[PaperAndWheels, ...]:
    """Return one row for each scenario, procedure and sending province of a dispatch.

    A trip counts for the procedure that released it last. Means are weighted by volume. Trips from
    hubs, whose goods were signed for elsewhere, and trips that never arrive are left out.

    Parameters
    ----------
    case
        The case.
    plan
        With trips, each of a scenario of the case.

    Raises
    ------
    NotFoundError
        If the case has no such scenario.
    """
    hubs = {row.warehouse for row in case.warehouses if row.state == "hub"}
    loads = loads_by_trip(plan.loading_lines)
    rows: list[PaperAndWheels] = []
    for scenario in plan.dispatched_scenarios:
        mine = [
            trip
            for trip in plan.trips
            if trip.scenario == scenario and trip.state != "lost" and trip.warehouse not in hubs
        ]
        rules = release(case, case.scenario(scenario))
        kinds: dict[tuple[str, str], list[Trip]] = {}
        for trip in mine:
            kinds.setdefault(_kind(case, rules, trip, loads.get(trip.trip, {})), []).append(trip)
        rows += [_row(scenario, kind, kinds[kind]) for kind in sorted(kinds)]
    return tuple(rows)


def lane_bars(case: Case, rows: Iterable[PaperAndWheels]) -> tuple[LaneBars, ...]:
    """Return what a chart of paper and wheels shows, a kind of lane after the other.

    Parameters
    ----------
    case
        For the steps as planned.
    rows
        Of ``paper_and_wheels``.
    """
    found = []
    for row in rows:
        ends = np.cumsum([0.0, *(getattr(row, f"{part}_hours") for part in PARTS)]).tolist()
        parts = tuple(Bar(part, ends[k], ends[k + 1]) for k, part in enumerate(PARTS))
        found.append(LaneBars(row, _step_bars(case, row.scenario, row.procedure), parts))
    return tuple(found)


def _kind(case: Case, rules: Release, trip: Trip, load: Mapping[str, float]) -> tuple[str, str]:
    """Procedure that released a trip last, and the province it comes from."""
    warehouse = case.warehouse_index()[trip.warehouse]
    district = case.district_index()[trip.district]
    items = case.item_index()
    hours = rules.lane_hours(np.array([warehouse]), np.array([district]))[0]
    groups = sorted({int(rules.item_group[items[item]]) for item in load})
    province = str(rules.warehouse_province[warehouse])
    if not groups:
        return "", province
    rule = rules.rule(warehouse, district, max(groups, key=lambda group: float(hours[group])))
    return "" if rule is None else rule.procedure, province


def _row(scenario: str, kind: tuple[str, str], trips: Sequence[Trip]) -> PaperAndWheels:
    """Means of the trips of one kind."""
    volume = np.array([trip.volume_m3 for trip in trips])
    weight = volume if volume.sum() > 0 else np.ones_like(volume)
    # What was loaded before a signature that came to be late waited for nothing.
    paper = [min(trip.release_hours, trip.load_start_hours) for trip in trips]
    names = ("load_start_hours", "depart_hours", "arrive_hours", "unload_end_hours")
    marks = np.array(
        [np.zeros(len(trips)), paper, *([getattr(trip, name) for trip in trips] for name in names)]
    )
    means = (np.diff(marks, axis=0) @ (weight / weight.sum())).tolist()
    hours = dict(zip((f"{part}_hours" for part in PARTS), means, strict=True))
    total = sum(means)
    return PaperAndWheels(
        scenario=scenario,
        procedure=kind[0],
        warehouse_province=kind[1],
        trips_count=len(trips),
        volume_m3=float(volume.sum()),
        paper_share=means[0] / total if total > 0 else 0.0,
        **hours,
    )


def _step_bars(case: Case, scenario: str, procedure: str) -> tuple[Bar, ...]:
    """Steps on the way to the releases of a procedure, as planned."""
    network = networks(case).get(procedure)
    if network is None:
        return ()
    planned = step_hours(case, scenario, "planned")
    hours = np.array([planned[procedure, code] for code in network.codes], dtype=float)
    releases = dict.fromkeys(
        rule.release_step for rule in case.approval_rules if rule.procedure == procedure
    )
    bars: dict[str, Bar] = {}
    for release_step in releases:
        way = ReleaseWay(network, release_step, hours[:, None])
        for code in way.steps:
            place, step = network.place(code), network.steps[code]
            is_critical = bool(way.is_delayed_by([code])[0])
            if code in bars:
                is_critical |= bars[code].is_critical
            begin = float(way.begin_hours[place, 0])
            end = begin + float(hours[place])
            bars[code] = Bar(code, begin, end, step.name, step.department, is_critical)
    return tuple(sorted(bars.values(), key=lambda bar: (bar.from_hours, bar.to_hours, bar.part)))
