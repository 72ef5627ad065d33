"""The replay of re-plans with hubs: what they may not break is caught by the rule's name."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from allocator.plan import Plan
from allocator.replay import verify
from allocator.schema.changes import Change, TripChange
from allocator.schema.legs import LegTrip
from allocator.schema.results import LoadingLine, Trip
from allocator.schema.row import Row
from tests.allocator.test_replan import replanned
from tests.allocator.test_replan_hubs import EXACT, FIRST, HUB, LEG, TENTS, example, told

CHANGES: dict[str, tuple[Change, ...]] = {
    "late": (told(2, "trip_late", trip=LEG, amount=7),),
    "held": (told(2, "trip_held", trip=LEG), told(2, "road_closed", hub="H", to_hours=4)),
    "found": (told(0, "stock_found", amount=3, **TENTS),),
    "short": (told(8, "stock_lost", amount=3, **TENTS),),
    "lost": (told(8, "warehouse_lost", from_hours=13, **HUB),),
    "narrow": (told(0, "receiving", hub="H", amount=1),),
    "more": (told(7, "vehicle_added", fleet="TRUCK", amount=1, **HUB),),
    "gone": (told(2, "trip_lost", trip=LEG),),
}
"""What is told of the example in each re-plan."""


@cache
def again(name: str) -> Plan:
    """The example planned anew."""
    case, plan = example()
    return replanned(case, plan, list(CHANGES[name]), options=EXACT)


def edited(name: str, kind: type[Row], place: int, **cells: Any) -> Plan:
    """A re-plan with one row changed."""
    rows = list(again(name).rows(kind))
    rows[place] = rows[place].model_copy(update=cells)
    return again(name).replace(kind, tuple(rows))


def moved(name: str, kind: type[Row], hours: float) -> Plan:
    """A re-plan in which all hours of the first trip that has not left are others."""
    names = ["load_start", "depart", "arrive", "unload_end", "return"]
    names += ["ready"] if kind is LegTrip else []
    rows = list(again(name).rows(kind))
    place = next(k for k, row in enumerate(rows) if row.state == "planned")
    cells = {f"{each}_hours": getattr(rows[place], f"{each}_hours") + hours for each in names}
    return edited(name, kind, place, **cells)


def rules(plan: Plan) -> set[str]:
    """Rules that a plan breaks."""
    return {violation.rule for violation in verify(example()[0], plan).violations}


@pytest.mark.parametrize("name", CHANGES)
def test_each_replan_is_certified(name: str) -> None:
    """Without a change by hand no rule is broken."""
    assert rules(again(name)) == set()


BROKEN: list[tuple[str, Callable[[], Plan]]] = [
    ("leg_ready", lambda: edited("late", LegTrip, 0, ready_hours=6.0)),
    ("trip_unload_end", lambda: edited("late", LegTrip, 0, unload_end_hours=5.0)),
    ("trip_state", lambda: edited("late", LegTrip, 0, state="left")),
    # The truck takes what is told to come an hour later.
    ("hub_stock", lambda: moved("late", Trip, -1)),
    ("hub_stock", lambda: edited("late", Change, 0, amount=9.0)),
    ("hub_stock", lambda: again("late").replace(Change, (told(2, "trip_lost", trip=LEG),))),
    ("hub_stock", lambda: edited("found", Change, 0, amount=2.0)),
    ("hub_stock", lambda: edited("found", Change, 0, at_hours=1.0)),
    ("hub_stock", lambda: edited("short", Change, 0, amount=4.0)),
    # The warehouse has none of what is found at the hub.
    ("warehouse_stock", lambda: edited("found", LoadingLine, 0, load_units=11.0)),
    ("change_warehouse_lost", lambda: edited("lost", Change, 0, from_hours=12.0)),
    ("trip_closure", lambda: edited("held", Change, 1, to_hours=5.0)),
    ("change_held", lambda: moved("held", LegTrip, -2)),
    ("hub_receiving", lambda: edited("narrow", Change, 0, amount=0.5)),
    ("fleet_vehicles", lambda: edited("more", Change, 0, from_hours=9.0)),
    ("change_made", lambda: edited("held", Change, 1, fleet="TRUCK")),
    ("change_made", lambda: edited("narrow", Change, 0, district="450101")),
    ("change_columns", lambda: edited("late", Change, 0, hub="H")),
    ("code_known", lambda: edited("held", Change, 1, hub="W")),
    ("change_trip", lambda: edited("gone", Change, 0, trip="flood-L0009")),
    ("trip_change_lane", lambda: edited("late", TripChange, -1, hub=None)),
    ("trip_change_start", lambda: edited("late", TripChange, -1, load_start_hours=1.0)),
    ("stage_floor", lambda: edited("late", Change, 0, amount=6.0)),
]


@pytest.mark.parametrize(("rule", "make"), BROKEN)
def test_a_replan_that_breaks_a_rule_is_refused(rule: str, make: Callable[[], Plan]) -> None:
    """A row changed by hand is caught under the rule's name."""
    assert rule in rules(make())


def test_what_has_left_is_no_fault_of_the_receiving_told_later() -> None:
    """Of a hub that takes in less from now on the leg that has left is no breach, a new one is."""
    case, plan = example()
    row = told(2, "receiving", hub="H", amount=1)
    found = replanned(case, plan, [row], options=EXACT)
    assert rules(found) == set()
    held = found.replace(Change, (row, told(2, "trip_held", trip=LEG)))
    assert "change_held" in rules(held)
    assert next(trip.trip for trip in found.trips) == FIRST
