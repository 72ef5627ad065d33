"""Changes to a case, revision by revision: what a re-plan and its replay take as given.

Only what ``docs/model.md`` says of each kind is done here, table by table. Stock and trips are no
tables of the case that change: whoever plans or checks a dispatch reads them off the revisions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby

from allocator.case import Case
from allocator.plan import Plan
from allocator.schema.changes import Change
from allocator.schema.disaster import Fleet, Lane, ScenarioDamage, ScenarioDemand
from allocator.schema.dispatch_rules import HourRule
from allocator.schema.legs import Leg
from allocator.schema.network import District, Warehouse
from allocator.schema.procedure import ApprovalStep

__all__ = ["Revision", "revised_case", "revised_cases", "revisions", "shown_case"]


@dataclass(frozen=True)
class Revision:
    """Changes that became known together.

    Parameters
    ----------
    at_hours
        Hour of the re-plan. [h]
    changes
        In the order in which they were given.
    """

    at_hours: float
    changes: tuple[Change, ...]

    def of_kind(self, *kinds: str) -> tuple[Change, ...]:
        """Return the changes of some kinds."""
        return tuple(change for change in self.changes if change.kind in kinds)

    def since(self, change: Change) -> float:
        """Hour from which a change holds. [h]."""
        return self.at_hours if change.from_hours is None else change.from_hours


def revisions(changes: Iterable[Change]) -> tuple[Revision, ...]:
    """Gather the changes of a result by their re-plan.

    Parameters
    ----------
    changes
        Rows of ``Changes``, in order; each says its ``at_hours``.

    Raises
    ------
    ValueError
        If a row has no hour, or hours do not rise from one re-plan to the next.
    """
    found: list[Revision] = []
    for hours, rows in groupby(changes, key=lambda change: change.at_hours):
        if hours is None:
            raise ValueError("at_hours is empty; every change of a result has its re-plan's hour.")
        if found and hours <= found[-1].at_hours:
            raise ValueError(
                f"at_hours ({hours:g}) must be after that of the re-plan before "
                f"({found[-1].at_hours:g})."
            )
        found.append(Revision(hours, tuple(rows)))
    return tuple(found)


def revised_cases(case: Case, scenario: str, found: Iterable[Revision]) -> tuple[Case, ...]:
    """Return the case of every revision, the case itself first.

    Parameters
    ----------
    case
        As it was before any change.
    scenario
        The scenario that is dispatched.
    found
        Its revisions.

    Raises
    ------
    ValueError
        If a change cannot be made; the message says which and why.
    """
    cases = [case]
    for revision in found:
        now = cases[-1]
        for change in revision.changes:
            now = revised_case(now, scenario, revision, change)
        cases.append(now)
    return tuple(cases)


def shown_case(case: Case, plan: Plan) -> Case:
    """Return the case that a plan is to be read with: with the changes of its re-plans.

    Parameters
    ----------
    case
        As it was before any change.
    plan
        The plan.
    """
    if not plan.changes:
        return case
    scenario = next(iter(plan.dispatched_scenarios), "")
    return revised_cases(case, scenario, revisions(plan.changes))[-1]


def revised_case(case: Case, scenario: str, revision: Revision, change: Change) -> Case:
    """Return a case with one change made; stock and trips are no tables of it.

    Parameters
    ----------
    case, scenario
        The case so far, and the scenario that is dispatched.
    revision, change
        The change, and the revision it belongs to.

    Raises
    ------
    ValueError
        If the change cannot be made; the message says why.
    """
    edit = _EDITS.get(change.kind)
    return case if edit is None else edit(case, scenario, revision, change)


def _amount(change: Change) -> float:
    """Amount of a change that needs one."""
    if change.amount is None:
        raise ValueError(f"{change.kind} needs an amount.")
    return change.amount


def _close_road(case: Case, scenario: str, revision: Revision, change: Change) -> Case:  # noqa: ARG001
    """Add closures for the ways between the places that are named."""
    if change.warehouse is None and change.district is None and change.hub is None:
        raise ValueError("road_closed needs a warehouse, a district or a hub.")
    if change.district is not None and change.hub is not None:
        raise ValueError("road_closed names a district and a hub. Maybe make two changes of it.")
    if change.district is None and case.legs:
        case = _close_legs(case, revision, change)
    if change.hub is not None:
        return case
    by_road = {row.fleet for row in case.vehicles if row.mode == "road"}
    fleets = sorted(by_road) if change.fleet is None else [change.fleet]
    listed = {(row.warehouse, row.district, row.fleet) for row in case.lanes}
    warehouses = [row.warehouse for row in case.warehouses]
    districts = [row.district for row in case.districts]
    since, until = revision.since(change), change.to_hours
    rows = {
        (row.warehouse, row.district, row.fleet, row.closed_from_hours): row for row in case.lanes
    }
    for warehouse in warehouses if change.warehouse is None else [change.warehouse]:
        for district in districts if change.district is None else [change.district]:
            for fleet in fleets:
                if fleet not in by_road and (warehouse, district, fleet) not in listed:
                    continue  # there is no such way to close, and a row would make one
                key, end = (warehouse, district, fleet, since), until
                if key in rows:
                    # Two closures from the same hour on: the longer one holds.
                    before = rows[key].closed_to_hours
                    end = None if before is None or until is None else max(before, until)
                    rows[key] = rows[key].model_copy(update={"closed_to_hours": end})
                    continue
                rows[key] = Lane(
                    warehouse=warehouse,
                    district=district,
                    fleet=fleet,
                    closed_from_hours=since,
                    closed_to_hours=end,
                )
    return case.replace(Lane, rows.values())


def _close_legs(case: Case, revision: Revision, change: Change) -> Case:
    """Add closures for legs: into a hub that is named, else from the warehouse by road."""
    by_road = {row.fleet for row in case.vehicles if row.mode == "road"}
    ways = {
        (row.warehouse, row.hub, row.fleet)
        for row in case.legs
        if change.warehouse in (None, row.warehouse)
        and change.hub in (None, row.hub)
        and change.fleet in (None, row.fleet)
        and (change.hub is not None or change.fleet is not None or row.fleet in by_road)
    }
    if not ways and change.hub is not None:
        raise ValueError(
            f"road_closed: hub {change.hub} has no such leg. Maybe its fleet is another one."
        )
    rows = {(row.warehouse, row.hub, row.fleet, row.closed_from_hours): row for row in case.legs}
    since, until = revision.since(change), change.to_hours
    for way in sorted(ways):
        before, end = rows.get((*way, since)), until
        if before is not None:
            # Two closures from the same hour on: the longer one holds.
            last = before.closed_to_hours
            end = None if last is None or until is None else max(last, until)
            rows[*way, since] = before.model_copy(update={"closed_to_hours": end})
            continue
        names = dict(zip(("warehouse", "hub", "fleet"), way, strict=True))
        rows[*way, since] = Leg(**names, closed_from_hours=since, closed_to_hours=end)
    return case.replace(Leg, rows.values())


def _slow_road(case: Case, scenario: str, revision: Revision, change: Change) -> Case:  # noqa: ARG001
    """Slow the roads into a district."""
    factor, rows, is_there = _amount(change), [], False
    if factor < 1:
        raise ValueError(f"road_slow: amount ({factor:g}) must be >= 1, a factor on driving time.")
    for row in case.scenario_damage:
        if row.scenario == scenario and row.district == change.district:
            is_there = True
            rows.append(row.model_copy(update={"road_time_factor": factor}))
        else:
            rows.append(row)
    if not is_there:
        rows.append(
            ScenarioDamage(scenario=scenario, district=change.district, road_time_factor=factor)
        )
    return case.replace(ScenarioDamage, rows)


def _with_vehicles(rows: list[Fleet], warehouse: str, fleet: str, count: int, since: float) -> None:
    """Add vehicles that are there from an hour on."""
    for place, row in enumerate(rows):
        if (row.warehouse, row.fleet, row.available_from_hours) == (warehouse, fleet, since):
            total = row.vehicles_count + count
            rows[place] = row.model_copy(update={"vehicles_count": total})
            return
    rows.append(
        Fleet(warehouse=warehouse, fleet=fleet, vehicles_count=count, available_from_hours=since)
    )


def _vehicles(case: Case, change: Change) -> tuple[str, str, int]:
    """Warehouse, kind and whole number of vehicles of a change."""
    count = _amount(change)
    if change.warehouse is None or change.fleet is None:
        raise ValueError(f"{change.kind} needs a warehouse and a fleet.")
    if not case.fleets:
        raise ValueError(f"{change.kind}: the case has no Fleets rows, so vehicles are unlimited.")
    if count < 1 or count != int(count):
        raise ValueError(f"{change.kind}: amount ({count:g}) must be a whole number >= 1.")
    return change.warehouse, change.fleet, int(count)


def _lose_vehicles(case: Case, scenario: str, revision: Revision, change: Change) -> Case:  # noqa: ARG001
    """Take vehicles away, those first that are there longest."""
    warehouse, fleet, count = _vehicles(case, change)
    rows = list(case.fleets)
    own = [k for k, row in enumerate(rows) if (row.warehouse, row.fleet) == (warehouse, fleet)]
    left = count
    for place in sorted(own, key=lambda k: rows[k].available_from_hours):
        taken = min(left, rows[place].vehicles_count)
        kept = rows[place].vehicles_count - taken
        rows[place] = rows[place].model_copy(update={"vehicles_count": kept})
        left -= taken
    if left:
        raise ValueError(
            f"vehicle_lost: amount ({count}) is more than the {count - left} vehicles of fleet "
            f"{fleet} at warehouse {warehouse}."
        )
    if change.to_hours is not None:
        _with_vehicles(rows, warehouse, fleet, count, change.to_hours)
    return case.replace(Fleet, rows)


def _add_vehicles(case: Case, scenario: str, revision: Revision, change: Change) -> Case:  # noqa: ARG001
    """Add vehicles."""
    rows = list(case.fleets)
    _with_vehicles(rows, *_vehicles(case, change), revision.since(change))
    return case.replace(Fleet, rows)


def _change_demand(case: Case, scenario: str, revision: Revision, change: Change) -> Case:
    """Bring the whole need of an item in a district to an amount."""
    if change.district is None or change.item is None:
        raise ValueError("demand needs a district and an item.")
    whole, since = _amount(change), revision.since(change)
    rows = list(case.rows(ScenarioDemand))
    place = (scenario, change.district, change.item)
    own = [k for k, row in enumerate(rows) if (row.scenario, row.district, row.item) == place]
    more = whole - sum(rows[k].demand_units for k in own)
    for k in sorted(own, key=lambda k: -rows[k].from_hours):
        if more >= 0:
            break
        off = min(rows[k].demand_units, -more)
        rows[k] = rows[k].model_copy(update={"demand_units": rows[k].demand_units - off})
        more += off
    if more > 0:
        same = [k for k in own if rows[k].from_hours == since]
        if same:
            total = rows[same[0]].demand_units + more
            rows[same[0]] = rows[same[0]].model_copy(update={"demand_units": total})
        else:
            rows.append(
                ScenarioDemand(
                    scenario=scenario,
                    district=change.district,
                    item=change.item,
                    demand_units=more,
                    from_hours=since,
                )
            )
    return case.replace(ScenarioDemand, rows)


def _change_receiving(case: Case, scenario: str, revision: Revision, change: Change) -> Case:  # noqa: ARG001
    """Set what a district or a hub can take in."""
    update = {"receive_m3_per_hour": _amount(change)}
    if (change.district is None) == (change.hub is None):
        raise ValueError("receiving needs a district or a hub, one of them.")
    if update["receive_m3_per_hour"] <= 0:
        raise ValueError("receiving: amount (0) must be > 0. Maybe close the road instead.")
    if change.hub is not None:
        hubs = [
            row.model_copy(update=update) if row.warehouse == change.hub else row
            for row in case.warehouses
        ]
        return case.replace(Warehouse, hubs)
    rows = [
        row.model_copy(update=update) if row.district == change.district else row
        for row in case.districts
    ]
    return _told_again(case.replace(District, rows), change)


def _change_docks(case: Case, scenario: str, revision: Revision, change: Change) -> Case:  # noqa: ARG001
    """Set how many vehicles start loading in an hour."""
    update = {"docks_per_hour": _amount(change)}
    if update["docks_per_hour"] < 1:
        raise ValueError(
            f"docks: amount ({update['docks_per_hour']:g}) must be >= 1. "
            "Maybe warehouse_lost is meant."
        )
    rows = [
        row.model_copy(update=update) if row.warehouse == change.warehouse else row
        for row in case.warehouses
    ]
    return _told_again(case.replace(Warehouse, rows), change)


def _told_again(case: Case, change: Change) -> Case:
    """Leave out the hours that what is told now replaces: those in which it is not closed."""
    place = (change.kind, change.warehouse, change.district)
    rows = [
        row
        for row in case.hour_rules
        if (row.kind, row.warehouse, row.district) != place or row.amount == 0
    ]
    return case if len(rows) == len(case.hour_rules) else case.replace(HourRule, rows)


def _move_signature(case: Case, scenario: str, revision: Revision, change: Change) -> Case:  # noqa: ARG001
    """Lengthen or shorten a step."""
    hours = _amount(change) * (1 if change.kind == "signature_late" else -1)
    rows, is_there = [], False
    for row in case.approval_steps:
        if (row.procedure, row.step) != (change.procedure, change.step):
            rows.append(row)
            continue
        is_there = True
        if row.duration_hours + hours < 0:
            raise ValueError(
                f"signature_early: amount ({-hours:g} h) is more than step {row.step} of "
                f"{row.procedure} takes ({row.duration_hours:g} h)."
            )
        spoken = None if row.verbal_hours is None else max(row.verbal_hours + hours, 0.0)
        new = {"duration_hours": row.duration_hours + hours, "verbal_hours": spoken}
        rows.append(row.model_copy(update=new))
    if not is_there:
        raise ValueError(f"{change.kind}: procedure {change.procedure} has no step {change.step}.")
    return case.replace(ApprovalStep, rows)


_Edit = Callable[[Case, str, Revision, Change], Case]

_EDITS: dict[str, _Edit] = {
    "road_closed": _close_road,
    "road_slow": _slow_road,
    "vehicle_lost": _lose_vehicles,
    "vehicle_added": _add_vehicles,
    "demand": _change_demand,
    "receiving": _change_receiving,
    "docks": _change_docks,
    "signature_late": _move_signature,
    "signature_early": _move_signature,
}
"""How each kind changes the tables of a case; the others are about stock and trips."""
