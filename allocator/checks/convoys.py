"""Convoys must be of two vehicles at least, and some warehouse must be able to send one."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence

from allocator.draft import Draft, Table
from allocator.schema.disaster import Fleet, Lane, Vehicle
from allocator.schema.dispatch_rules import HourRule
from allocator.schema.network import SizeClass, Warehouse

__all__ = ["check_convoys"]


def check_convoys(draft: Draft) -> None:
    """Check rows of Hours that ask for company."""
    vehicles, docks, asked = _vehicles(draft), _docks(draft), _asked_with_others(draft)
    load_hours = {row.fleet: row.load_hours for _, row in draft.rows(Vehicle)}
    table = draft.table(HourRule)
    for position, row in draft.rows(HourRule):
        if row.kind != "convoy" or row.amount is None:
            continue
        place = (table, position, "amount")
        if row.amount < 2 or row.amount != round(row.amount):
            rule = "must be a whole number of vehicles, 2 or more (kind convoy)"
            draft.report("convoy_amount", place, row.amount, rule, "Maybe 2, or delete the row.")
            continue
        few: list[tuple[str, float]] = []
        narrow: list[tuple[str, float]] = []
        for warehouse, kinds in vehicles.items():
            named = [
                kind
                for kind in kinds
                if row.fleet == kind or (row.fleet is None and asked(warehouse, kind))
            ]
            if row.warehouse not in {None, warehouse} or not named:
                continue
            together = _together(named, load_hours)
            count = max(sum(kinds[kind] for kind in each) for each in together)
            starts = max(
                min(
                    sum(kinds[kind] for kind in each),
                    docks[warehouse] * len({load_hours.get(kind) for kind in each}),
                )
                for each in together
            )
            if count < row.amount:
                few.append((warehouse, count))
            elif starts < row.amount:
                narrow.append((warehouse, starts))
        _warn(draft, "convoy_fleets", place, row, few)
        _warn(draft, "convoy_docks", place, row, narrow)


def _asked_with_others(draft: Draft) -> Callable[[str, str], bool]:
    """Tell whether a row without a fleet is about a warehouse's vehicles of a kind.

    It is not about those that drive on rails, in the air or on water, and only to hubs.
    """
    modes = {row.fleet: row.mode for _, row in draft.rows(Vehicle)}
    lanes = {(row.warehouse, row.fleet) for _, row in draft.rows(Lane)}
    return lambda warehouse, kind: modes.get(kind) == "road" or (warehouse, kind) in lanes


def _together(kinds: Sequence[str], load_hours: Mapping[str, float]) -> list[list[str]]:
    """Kinds that can depart at one time: loading starts on whole hours.

    Those that take as long to load start in the same hour, at the same docks.
    """
    found: dict[float, list[str]] = defaultdict(list)
    for kind in kinds:
        found[round(load_hours.get(kind, 0.0) % 1, 6) % 1].append(kind)
    return list(found.values())


def _warn(
    draft: Draft,
    code: str,
    place: tuple[Table, int, str],
    row: HourRule,
    short: list[tuple[str, float]],
) -> None:
    """Say which warehouses never send a convoy, and what may be done."""
    if not short:
        return
    warehouse, have = short[0]
    more = f" and {len(short) - 1} more" if len(short) > 1 else ""
    has = f"{have:g} vehicles" if code == "convoy_fleets" else f"{have:g} load starts in an hour"
    rule = f"is more than {warehouse} has ({has}){more}: nothing sets off there in these hours"
    hint = "Maybe a smaller amount, other hours, "
    hint += "or more vehicles in Fleets." if code == "convoy_fleets" else "or more docks_per_hour."
    draft.report(code, place, row.amount, rule, hint)


def _vehicles(draft: Draft) -> dict[str, dict[str, float]]:
    """Vehicles of each kind at each warehouse, all that ever come; no limit without Fleets."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    rows = [row for _, row in draft.rows(Fleet)]
    for row in rows:
        if row.vehicles_count > 0:
            here = found[row.warehouse]
            here[row.fleet] = here.get(row.fleet, 0) + row.vehicles_count
    if draft.table(Fleet).lines:
        return dict(found)
    kinds = [row.fleet for _, row in draft.rows(Vehicle)]
    return {row.warehouse: dict.fromkeys(kinds, math.inf) for _, row in draft.rows(Warehouse)}


def _docks(draft: Draft) -> dict[str, float]:
    """Most load starts in an hour of each warehouse, under any of its rows or sizes."""
    classes = [row.docks_per_hour for _, row in draft.rows(SizeClass)]
    # A plan may give a warehouse another class than today's.
    by_class = max((math.inf if each is None else each for each in classes), default=math.inf)
    most: dict[str, float] = defaultdict(lambda: math.inf)
    for _, row in draft.rows(Warehouse):
        given = by_class if row.docks_per_hour is None else row.docks_per_hour
        most[row.warehouse] = _starts(given)
    for _, rule in draft.rows(HourRule):
        if rule.kind == "docks" and rule.warehouse is not None and rule.amount is not None:
            most[rule.warehouse] = max(most[rule.warehouse], _starts(rule.amount))
    return most


def _starts(per_hour: float) -> float:
    """Whole load starts in an hour. [vehicles]"""
    if per_hour <= 0 or math.isinf(per_hour):
        return per_hour
    return max(1.0, math.floor(per_hour + 1e-6))
