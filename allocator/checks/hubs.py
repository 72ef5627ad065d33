"""Hubs have no stock of their own, and legs lead to hubs, once each, with distance and time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from allocator.draft import Draft
from allocator.schema.disaster import Fleet, Lane, Vehicle
from allocator.schema.legs import Leg
from allocator.schema.network import Stock, Warehouse

__all__ = ["check_hubs"]


def check_hubs(draft: Draft) -> None:
    """Check the Legs sheet and the warehouses of state hub."""
    states = {row.warehouse: row.state for _, row in draft.rows(Warehouse)}
    _check_columns(draft)
    _check_stock(draft, states)
    _check_ends(draft, states)
    _check_figures(draft)
    _check_closures(draft)
    _check_use(draft)


def _check_columns(draft: Draft) -> None:
    """Receiving and transfer are told of hubs only."""
    table = draft.table(Warehouse)
    for position, row in draft.rows(Warehouse):
        if row.state == "hub":
            continue
        given = {"receive_m3_per_hour": row.receive_m3_per_hour}
        given["transfer_hours"] = row.transfer_hours or None
        for field, value in given.items():
            if value is not None:
                rule = f"must be empty where state is {row.state}, not hub"
                hint = "Maybe state is hub, or the cell is to be cleared."
                draft.report("hub_column", (table, position, field), value, rule, hint)


def _check_stock(draft: Draft, states: Mapping[str, str]) -> None:
    """Nothing lies at a hub before legs bring it."""
    table = draft.table(Stock)
    for position, row in draft.rows(Stock):
        if states.get(row.warehouse) == "hub":
            rule = "is a hub, which has no stock of its own"
            hint = "Maybe the stock lies in a warehouse nearby, with a leg to the hub."
            place = (table, position, "warehouse")
            draft.report("hub_stock", place, row.warehouse, rule, hint)


def _check_ends(draft: Draft, states: Mapping[str, str]) -> None:
    """A leg leads to a hub, and not to where it begins."""
    table = draft.table(Leg)
    for position, row in draft.rows(Leg):
        place = (table, position, "hub")
        if row.warehouse == row.hub:
            hint = "Maybe the two are mixed up with another row."
            draft.report("leg_hub", place, row.hub, "is where the leg begins", hint)
        elif states.get(row.hub, "hub") != "hub":
            rule = f"must be a warehouse of state hub, not {states[row.hub]}"
            draft.report("leg_hub", place, row.hub, rule, "Maybe warehouse and hub are swapped.")


def _check_figures(draft: Draft) -> None:
    """Of the rows of one leg exactly one says distance and time; the others are closures."""
    table = draft.table(Leg)
    ways: dict[tuple[str, str, str], list[tuple[int, Leg]]] = defaultdict(list)
    for position, row in draft.rows(Leg):
        ways[row.warehouse, row.hub, row.fleet].append((position, row))
        if (row.distance_km is None) != (row.drive_hours is None):
            field = "distance_km" if row.distance_km is None else "drive_hours"
            rule = "must be filled in together with the other figure of the leg"
            hint = "Maybe fill in both, or neither in a row that adds a closure."
            draft.report("leg_figures", (table, position, field), None, rule, hint)
    for rows in ways.values():
        said = [(p, row) for p, row in rows if (row.distance_km, row.drive_hours) != (None, None)]
        if not said:
            position, _ = rows[0]
            rule = "must be filled in, with distance_km, in one row of the leg"
            hint = "Legs are never computed; maybe copy them from the timetable."
            draft.report("leg_figures", (table, position, "drive_hours"), None, rule, hint)
        for position, row in said[1:]:
            rule = f"is told of the leg in row {table.lines[said[0][0]]} already"
            hint = "Maybe delete one, or clear both figures of a row that adds a closure."
            place = (table, position, "drive_hours")
            draft.report("leg_figures", place, row.drive_hours, rule, hint)


def _check_closures(draft: Draft) -> None:
    """A closure ends after it begins, and a row without figures has one."""
    table = draft.table(Leg)
    for position, row in draft.rows(Leg):
        begin, end = row.closed_from_hours, row.closed_to_hours
        if end is not None and (begin is None or end <= begin):
            rule = (
                "needs closed_from_hours"
                if begin is None
                else f"must be later than closed_from_hours ({begin:g})"
            )
            hint = "Maybe the two are swapped." if begin is not None else "Maybe 0."
            draft.report("closure_order", (table, position, "closed_to_hours"), end, rule, hint)


def _check_use(draft: Draft) -> None:
    """Warn of hubs that nothing comes to or goes on from, and of legs that nobody drives."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for _, own in draft.rows(Fleet):
        counts[own.warehouse, own.fleet] += own.vehicles_count
    modes = {row.fleet: row.mode for _, row in draft.rows(Vehicle)}
    here: dict[str, set[str]] = defaultdict(set)
    for (warehouse, fleet), count in counts.items():
        if count > 0:
            here[warehouse].add(fleet)
    legs = draft.table(Leg)
    to, onward = set(), {(row.warehouse, row.fleet) for _, row in draft.rows(Lane)}
    for position, leg in draft.rows(Leg):
        to.add(leg.hub)
        onward.add((leg.warehouse, leg.fleet))
        if counts and leg.fleet not in here[leg.warehouse]:
            rule = f"has no vehicles at {leg.warehouse}, so that nothing goes on this leg"
            hint = "Maybe add a row to Fleets."
            draft.report("leg_without_fleet", (legs, position, "fleet"), leg.fleet, rule, hint)
    table = draft.table(Warehouse)
    for position, row in draft.rows(Warehouse):
        if row.state != "hub":
            continue
        place = (table, position, "warehouse")
        if row.warehouse not in to:
            rule = "is a hub that no leg leads to"
            draft.report("hub_unused", place, row.warehouse, rule, "Maybe add rows to Legs.")
        kinds = here[row.warehouse] if counts else set(modes)
        if not any(modes.get(f) == "road" or (row.warehouse, f) in onward for f in kinds):
            rule = "is a hub from which no vehicle goes on"
            hint = "Maybe add its trucks to Fleets, or name its fleet in Lanes or Legs."
            draft.report("hub_unused", place, row.warehouse, rule, hint)
