"""A file of changes, brought to what a re-plan is told; nothing is taken in half."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from allocator.case import Case
from allocator.change_set import ChangeSet
from allocator.checks.changes import ChangeChecks
from allocator.draft import Draft
from allocator.engine.dispatch_hours import with_hours
from allocator.engine.hub_service import hubs_reached
from allocator.engine.underway import Underway, underway
from allocator.errors import ConflictError, DataError, Issue, NotFoundError
from allocator.intake import draft_tables
from allocator.plan import Plan
from allocator.revisions import revised_cases, revisions
from allocator.schema import CHANGE_SHEETS
from allocator.schema.changes import Change, ReplanSettings
from allocator.travel import Lanes, build_lanes, fleet_counts

__all__ = ["Told", "read_changes"]

_DIGEST_DIGITS = 8
"""A digest that is named must have so many digits at least."""

_NOISE = 1e-6


@dataclass(frozen=True)
class Told:
    """What the command line says of a re-plan; it wins over the file.

    Parameters
    ----------
    scenario
        Code of the scenario.
    at_hours
        Hour of the re-plan. [h]
    move_price_hours
        Weighted unit-hours that a new departure must save.
    """

    scenario: str | None = None
    at_hours: float | None = None
    move_price_hours: float | None = None


def read_changes(
    case: Case, plan: Plan, path: str | Path | None, told: Told
) -> tuple[ChangeSet, list[Issue]]:
    """Read the changes of a re-plan and check them against the case and the plan.

    Parameters
    ----------
    case
        As it was before any change.
    plan
        The plan that is changed, maybe of an earlier re-plan.
    path
        Workbook, CSV folder or JSON document with the sheet ``Changes``; None for no change.
    told
        What the command line says.

    Returns
    -------
    tuple
        The changes, and warnings.

    Raises
    ------
    DataError
        If there is any fault; carries all issues, warnings included.
    ConflictError
        If the changes are for another plan, or the plan cannot be planned anew.
    NotFoundError
        If there is no such file or scenario.
    """
    draft = Draft() if path is None else draft_tables(path, CHANGE_SHEETS)
    settings = next((row for _, row in draft.rows(ReplanSettings)), ReplanSettings())
    if path is not None and not draft.has_faults:
        _check_digest(plan, settings)
    scenario = _scenario(case, plan, told.scenario or settings.scenario)
    hours = [row.at_hours for _, row in draft.rows(Change) if row.at_hours is not None]
    given = (told.at_hours, settings.at_hours, *hours)
    if draft.has_faults and all(each is None for each in given):
        # The hour may stand in a cell that cannot be read; without it rows are held by themselves.
        _check(draft, case, plan, scenario, None)
        raise DataError(draft.sorted_issues())
    at_hours = _at_hours(case, plan, scenario, given)
    _check(draft, case, plan, scenario, at_hours)
    if draft.has_faults:
        raise DataError(draft.sorted_issues())
    rows = [row.model_copy(update={"at_hours": at_hours}) for _, row in draft.rows(Change)]
    if not rows:
        if path is not None:
            draft.note(
                "no_changes",
                draft.table(Change).name,
                "the file names no change, so that only the hour has changed.",
                "Maybe the rows are in another file, or still marked as examples.",
            )
        rows = [Change(at_hours=at_hours, kind="no_change")]
    price = settings.move_price_hours if told.move_price_hours is None else told.move_price_hours
    changes = ChangeSet(scenario, at_hours, tuple(rows), price)
    _warn(draft, case, plan, changes)
    return changes, draft.sorted_issues()


def _check_digest(plan: Plan, settings: ReplanSettings) -> None:
    """Refuse changes that were written for another plan."""
    named, own = settings.plan_digest.strip(), plan.run_info.get("plan_digest", "")
    if not named:
        return
    if len(named) < _DIGEST_DIGITS or not own.startswith(named):
        raise ConflictError(
            f"Replan: plan_digest ({named[:12]}) is not that of the plan ({own[:12]}). "
            "Maybe the changes are for an earlier plan; look through them and write the digest of "
            "this one, or none."
        )


def _scenario(case: Case, plan: Plan, named: str | None) -> str:
    """Scenario that is planned anew."""
    dispatched = plan.dispatched_scenarios
    if not dispatched:
        raise ConflictError(
            "the plan has no dispatch, so there is nothing to plan anew. "
            "Maybe make it with allocator plan or dispatch."
        )
    if named is None and len(dispatched) == 1:
        return dispatched[0]
    if named is None:
        raise ConflictError(
            f"the plan dispatches {', '.join(dispatched)}, so a re-plan must say which. "
            f"Maybe --scenario {dispatched[0]}."
        )
    case.scenario(named)
    if named not in dispatched:
        raise NotFoundError(
            f"scenario {named!r} is not dispatched by the plan. "
            f"Maybe one of: {', '.join(dispatched)}."
        )
    return named


def _at_hours(case: Case, plan: Plan, scenario: str, given: Sequence[float | None]) -> float:
    """Hour of the re-plan, which is after those before it and before the deadline."""
    hour = next((each for each in given if each is not None), None)
    if hour is None:
        raise ConflictError(
            "the hour of the re-plan is not given. "
            "Maybe --at 6, or at_hours in the sheet Replan or Changes."
        )
    deadline = case.deadline_hours(case.scenario(scenario))
    if not 0 <= hour < deadline:
        raise ConflictError(
            f"at_hours ({hour:g}) must be from 0 to before the deadline ({deadline:g}). "
            "Maybe hours from the event are meant."
        )
    last = max((change.at_hours or 0.0 for change in plan.changes), default=None)
    if last is not None and hour <= last + _NOISE:
        raise ConflictError(
            f"at_hours ({hour:g}) must be after the plan's last re-plan ({last:g}). "
            "Maybe give the plan from before that re-plan."
        )
    return hour


def _check(draft: Draft, case: Case, plan: Plan, scenario: str, at_hours: float | None) -> None:
    """Check the changes of a draft against the case and the plan, as far as the hour is known."""
    hour = 0.0 if at_hours is None else at_hours
    would_be = partial(_would_be, case, plan, scenario, hour)
    checks = ChangeChecks(
        draft,
        case,
        plan,
        scenario,
        hour,
        left_units=lambda changes: _left_units(would_be(changes)),
        hub_gap=lambda changes: would_be(changes).hub_gap,
    )
    checks.check(is_hour_known=at_hours is not None)


def _would_be(
    case: Case, plan: Plan, scenario: str, at_hours: float, changes: Sequence[Change]
) -> Underway:
    """What has left, and what that leaves, if some changes of trips and stock are so."""
    rows = [row.model_copy(update={"at_hours": at_hours}) for row in changes if _is_of_goods(row)]
    rows = rows or [Change(at_hours=at_hours, kind="no_change")]
    changed = plan.replace(Change, (*plan.changes, *rows))
    return underway(case, changed, scenario, plan if plan.has_placement else None)


def _is_of_goods(change: Change) -> bool:
    """Whether a change is about trips or stock, and not about the tables of the case."""
    return change.trip is not None or change.kind in ("stock_lost", "stock_found")


def _left_units(now: Underway) -> Mapping[tuple[str, str], int]:
    """Units left by warehouse and item; at hubs what can be loaded at once."""
    case = now.case
    held = now.held.usable_units.copy()
    for place, batches in now.hub_goods.items():
        held[place] = round(sum(units for hours, units in batches if hours <= now.at_hours))
    return {
        (warehouse.warehouse, item.item): int(held[w, i])
        for w, warehouse in enumerate(case.warehouses)
        for i, item in enumerate(case.items)
    }


def _warn(draft: Draft, case: Case, plan: Plan, changes: ChangeSet) -> None:
    """Warn of districts and hubs that are cut off, and of warehouses without vehicles."""
    table, scenario = draft.table(Change), changes.scenario
    before = revised_cases(case, scenario, revisions(plan.changes))[-1]
    now = revised_cases(case, scenario, revisions((*plan.changes, *changes.changes)))[-1]
    cut_off = _reached(before, changes) - _reached(now, changes)
    hubs = hubs_reached(before, scenario, changes.at_hours)
    hubs -= hubs_reached(now, scenario, changes.at_hours)
    for position, row in draft.rows(Change):
        codes = cut_off if row.district is None else cut_off & {row.district}
        if row.kind == "road_closed" and row.hub in hubs:
            rule = f"leaves no leg on which goods still come to {row.hub}"
            hint = "Maybe goods can go by road, or the closure ends earlier."
            draft.report("hub_cut_off", (table, position, "kind"), row.kind, rule, hint)
        elif row.kind == "road_closed" and codes and row.hub is None:
            shown = ", ".join(sorted(codes)[:5])
            rule = f"leaves no way into {shown} from hour {changes.at_hours:g} on"
            draft.report(
                "district_cut_off",
                (table, position, "kind"),
                row.kind,
                rule,
                "Maybe there is another way in: a Lanes row, or a fleet of mode air or water.",
            )
        if row.kind == "vehicle_lost" and _has_none(now, row):
            rule = f"leaves no vehicle of fleet {row.fleet} at warehouse {row.warehouse}"
            draft.report(
                "no_vehicles_left", (table, position, "amount"), row.amount, rule, "Maybe it is so."
            )


def _has_none(case: Case, change: Change) -> bool:
    """Whether a warehouse has no vehicle of a kind."""
    counts, _ = fleet_counts(case)
    fleet = [row.fleet for row in case.vehicles].index(change.fleet or "")
    return bool(counts[case.warehouse_index()[change.warehouse or ""], fleet] <= 0)


def _reached(case: Case, changes: ChangeSet) -> set[str]:
    """Districts with need into which a vehicle may still depart, ignoring sign-offs and stock.

    Hours in which nothing departs count as closures do.
    """
    scenario = case.scenario(changes.scenario)
    needed = {
        row.district
        for row in case.scenario_demand
        if row.scenario == changes.scenario and row.demand_units > 0
    }
    index = case.district_index()
    lanes = build_lanes(
        case, scenario, districts=np.array(sorted(index[code] for code in needed), dtype=np.int64)
    )
    open_now = _open_later(with_hours(case, scenario, lanes), changes.at_hours)
    return {case.districts[int(d)].district for d in np.unique(lanes.district[open_now])}


def _open_later(lanes: Lanes, at_hours: float) -> np.ndarray:
    """Lanes on which some kind of vehicle that leaves from an hour on arrives by the deadline."""
    depart = np.full(lanes.drive_hours.shape, at_hours) + lanes.load_hours
    begin, end = lanes.closure_from_hours, lanes.closure_to_hours
    way = lanes.closure_lane * depart.shape[1] + lanes.closure_fleet
    order = np.lexsort((begin, way))
    rank = np.arange(len(order)) - np.searchsorted(way[order], way[order])
    for turn in range(int(rank.max(initial=-1)) + 1):
        # The closures of all ways at once: the first of each, then the second, and so on.
        k = order[rank == turn]
        place = lanes.closure_lane[k], lanes.closure_fleet[k]
        is_shut = (begin[k] - _NOISE <= depart[place]) & (depart[place] < end[k])
        depart[place] = np.where(is_shut, end[k], depart[place])
    arrive = depart + lanes.drive_hours + lanes.unload_hours
    return np.asarray((arrive <= lanes.deadline_hours + _NOISE).any(axis=1))
