"""Re-plans with hubs: the example of the docs by hand, brute force, and random cases."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from allocator.case import Case
from allocator.change_file import Told, read_changes
from allocator.change_set import ChangeSet
from allocator.engine.dispatch import dispatch
from allocator.engine.dispatch_exact import LEXICOGRAPHIC
from allocator.errors import DataError, Issue
from allocator.orders import write_orders
from allocator.plan import Plan
from allocator.replay import verify
from allocator.report.facts import Facts
from allocator.report.replans import replan_lines
from allocator.schema.changes import Change
from allocator.solver import SolveOptions
from tests.allocator.test_replan import first_planned, replanned
from tests.hub_cases import hand_tables
from tests.tiny import Tables, build_case

EXACT = SolveOptions(gap=LEXICOGRAPHIC, time_limit_seconds=6.0)
QUICK = SolveOptions(gap=1e-3, time_limit_seconds=1.0)
OBJECTIVES = ("lives", "lives", "social", "cost")

LEG, FIRST, SECOND = "flood-L0001", "flood-0001", "flood-0002"
"""Trips of the example: the train at 0, the truck at 6 and at 12."""

HUB = {"warehouse": "H"}
TENTS = {**HUB, "item": "TENT"}


@cache
def example() -> tuple[Case, Plan]:
    """The example of the docs: 6 tents in hand at 10, 4 at 16, which is 124 tent-hours."""
    case = build_case(hand_tables())
    return case, dispatch(case, "flood", options=EXACT)


def told(at_hours: float, kind: str, **cells: Any) -> Change:
    """A change of a re-plan at an hour."""
    return Change.model_validate({"at_hours": at_hours, "kind": kind, **cells})


def values(plan: Plan) -> tuple[float, float]:
    """Tents that never come, and tent-hours waited; a tent counts twice in the objective."""
    found = {row.stage: row.objective / 2 for row in plan.stages}
    return found["unmet"], found["waiting"]


@pytest.mark.parametrize(
    ("rows", "unmet", "waiting"),
    [
        ([told(2, "no_change")], 0, 124),
        # Unloaded at 7 and ready at 8: the truck goes at 8 and 14.
        ([told(2, "trip_late", trip=LEG, amount=7)], 0, 6 * 12 + 4 * 18),
        # So late that its goods are ready at 15: one truck is in time.
        ([told(2, "trip_late", trip=LEG, amount=14)], 4, 6 * 19 + 4 * 20),
        ([told(2, "trip_lost", trip=LEG)], 10, 200),
        # The train loads at 2 instead of 0.
        ([told(2, "trip_held", trip=LEG)], 0, 6 * 12 + 4 * 18),
        # It may depart from 4 on, so that it loads at 3.
        (
            [told(2, "trip_held", trip=LEG), told(2, "road_closed", hub="H", to_hours=4)],
            0,
            6 * 13 + 4 * 19,
        ),
        # A leg of another kind of vehicle would not be stopped by this.
        (
            [told(2, "trip_held", trip=LEG), told(2, "road_closed", warehouse="W", to_hours=4)],
            0,
            6 * 12 + 4 * 18,
        ),
        # Three lie at the hub: the truck takes them at once, is back at 6 and takes 6, then 1.
        ([told(0, "stock_found", amount=3, **TENTS)], 0, 3 * 4 + 6 * 10 + 16),
        # Of the four that the truck has left at the hub three are gone.
        ([told(8, "stock_lost", amount=3, **TENTS)], 3, 6 * 10 + 16 + 3 * 20),
        # The truck does not come back; or there is another one at 7.
        ([told(7, "vehicle_lost", fleet="TRUCK", amount=1, **HUB)], 4, 6 * 10 + 4 * 20),
        ([told(7, "vehicle_added", fleet="TRUCK", amount=1, **HUB)], 0, 6 * 10 + 4 * 11),
        # What is left at a hub that is lost is lost; until then it is loaded.
        ([told(8, "warehouse_lost", from_hours=12, **HUB)], 4, 6 * 10 + 4 * 20),
        ([told(8, "warehouse_lost", from_hours=13, **HUB)], 0, 124),
        # A second truck is said to have left with the four at 9.
        (
            [
                told(9, "vehicle_added", fleet="TRUCK", amount=1, **HUB),
                told(9, "trip_left", trip=SECOND, from_hours=9),
            ],
            0,
            6 * 10 + 4 * 13,
        ),
        # The hub takes in 5 tents an hour: the train goes twice; what has left comes anyway.
        ([told(0, "receiving", hub="H", amount=1)], 0, 5 * 10 + 5 * 18),
        ([told(2, "receiving", hub="H", amount=1)], 0, 124),
        ([told(2, "demand", district="450101", item="TENT", amount=12)], 2, 124 + 2 * 18),
        ([told(2, "demand", district="450101", item="TENT", amount=6)], 0, 6 * 10),
        # The truck may leave from 14 on.
        ([told(8, "road_closed", to_hours=14, **HUB)], 0, 6 * 10 + 4 * 17),
        ([told(7, "road_slow", district="450101", amount=2)], 0, 6 * 10 + 4 * 18),
    ],
)
def test_each_kind_of_change_by_hand(rows: list[Change], unmet: float, waiting: float) -> None:
    """The example after each change is what is worked out by hand, and certified at once."""
    case, plan = example()
    found = replanned(case, plan, rows, options=EXACT)
    assert values(found) == pytest.approx((unmet, waiting))
    for made in (found, first_planned(case, plan, rows)):
        assert verify(case, made).violations == ()
    for stage in found.stages:
        assert stage.bound == pytest.approx(stage.objective, rel=2 * LEXICOGRAPHIC)


def test_what_nothing_is_gained_by_moving_stays() -> None:
    """After no change every trip is as it was; a late leg keeps its number and says so."""
    case, plan = example()
    same = replanned(case, plan, [told(2, "no_change")], options=EXACT)
    assert same.trip_changes == ()
    assert (same.trips, same.loading_lines) == (plan.trips, plan.loading_lines)
    assert [leg.state for leg in same.leg_trips] == ["left"]
    late = replanned(case, plan, [told(2, "trip_late", trip=LEG, amount=7)], options=EXACT)
    (leg,) = late.leg_trips
    assert (leg.trip, leg.state, leg.unload_end_hours, leg.ready_hours) == (LEG, "late", 7, 8)
    rows = {row.trip: (row.change, row.reason, row.district, row.hub) for row in late.trip_changes}
    assert rows == {
        LEG: ("late", "told", None, "H"),
        FIRST: ("retimed", "hub_goods", "450101", None),
        SECOND: ("retimed", "hub_goods", "450101", None),
    }


def test_a_replan_of_a_replan_goes_on() -> None:
    """Held at 2, the train goes at 2; late at 5, goods are ready at 11: one truck is in time."""
    case, plan = example()
    once = replanned(case, plan, [told(2, "trip_held", trip=LEG)], options=EXACT)
    row = told(5, "trip_late", trip=LEG, amount=10)
    twice = replanned(case, once, [row], options=EXACT)
    assert values(twice) == pytest.approx((4, 6 * 15 + 4 * 20))
    assert verify(case, twice).violations == ()
    assert [change.at_hours for change in twice.changes] == [2, 5]


def test_reports_and_orders_count_trips_to_hubs(tmp_path: Path) -> None:
    """One leg has left and is late, both trucks are moved; there is an order for each of them."""
    case, plan = example()
    found = replanned(case, plan, [told(2, "trip_late", trip=LEG, amount=7)], options=EXACT)
    (line,) = replan_lines(Facts(case, found), "en")
    assert line.figure == "hour 2: 0 of 2 stay"
    for words in ("had left: 1 (late 1)", "at another hour 2", "goods late at the hub 2"):
        assert words in line.sentence
    (line,) = replan_lines(Facts(case, found), "zh")
    assert "中转站到货不足 2" in line.sentence
    (written,) = write_orders(case, found, tmp_path)
    assert [order.trip.state for order in written.book.by_warehouse["W"]] == ["late"]
    assert [order.trip.state for order in written.book.by_warehouse["H"]] == ["planned"] * 2


# --- against every plan that there is --------------------------------------------------------

TRAIN, TRUCK = 4, 3
"""Tents in a train and in a truck of the case that is tried out."""

STOCK, HORIZON = 7, 20


def small_tables() -> Tables:
    """Seven tents, four in a train, three in a truck."""
    tables = hand_tables()
    tables["Stock"][0]["stock_units"] = STOCK
    tables["Scenario_Demand"][0]["demand_units"] = STOCK
    tables["Vehicles"][0]["payload_kg"] = 60 * TRAIN
    tables["Vehicles"][1]["payload_kg"] = 60 * TRUCK
    return tables


Runs = tuple[tuple[int, int], ...]
"""Load start and load of each trip of a vehicle."""


def runs(first: int, last: int, cycle: int, most: int) -> Iterator[Runs]:
    """Every way to use one vehicle: trips one after the other, with at least a tent each."""
    yield ()
    for start in range(first, last + 1):
        for load in range(1, most + 1):
            for later in runs(start + cycle, last, cycle, most):
                yield ((start, load), *later)


def best_values(
    plan: Plan, rows: Sequence[Change], at_hours: int, lost_units: int = 0, found_units: int = 0
) -> tuple[float, float]:
    """Least unmet and then waiting of all plans that go on from what has left, by trying."""
    news = {row.trip: row for row in rows if row.trip}
    loads = {line.trip: round(line.load_units) for line in plan.loading_lines}

    def has_left(trip: str, start: float) -> bool:
        return start < at_hours and not (trip in news and news[trip].kind == "trip_held")

    stock, train_free, truck_free = STOCK, at_hours, at_hours
    events = [(at_hours, found_units - lost_units)]
    batches = []
    for leg in plan.leg_trips:
        if has_left(leg.trip, leg.load_start_hours):
            row, ready, back = news.get(leg.trip), leg.load_start_hours + 6, 8.0
            stock -= loads[leg.trip]
            if row is not None and row.kind == "trip_late":
                ready, back = (row.amount or 0) + 1, (row.amount or 0) + 3 - leg.load_start_hours
            if row is not None and row.kind == "trip_lost":
                train_free = HORIZON
            else:
                events.append((int(ready), loads[leg.trip]))
                train_free = max(train_free, int(leg.load_start_hours + back))
    for trip in plan.trips:
        if has_left(trip.trip, trip.load_start_hours):
            events.append((int(trip.load_start_hours), -loads[trip.trip]))
            batches.append((int(trip.load_start_hours) + 4, loads[trip.trip]))
            truck_free = max(truck_free, int(trip.load_start_hours) + 6)
    best = (float(STOCK), float(STOCK * HORIZON))
    trains = [each for each in runs(train_free, HORIZON - 5, 8, TRAIN) if tents(each) <= stock]
    for train, truck in product(trains, list(runs(truck_free, HORIZON - 4, 6, TRUCK))):
        there = [*events, *((start + 6, load) for start, load in train)]
        there += [(start, -load) for start, load in truck]
        hours = {hour for hour, load in there if load < 0}
        if any(sum(load for when, load in there if when <= hour) < 0 for hour in hours):
            continue
        come = [*batches, *((start + 4, load) for start, load in truck)]
        if tents(tuple(come)) <= STOCK:
            missing = STOCK - tents(tuple(come))
            waited = sum(hour * load for hour, load in come) + missing * HORIZON
            best = min(best, (float(missing), float(waited)))
    return best


def tents(each: Runs) -> int:
    """Tents on board of some trips."""
    return sum(load for _, load in each)


@pytest.mark.parametrize("at_hours", [1, 4, 7, 9])
def test_replans_equal_the_best_of_all_plans(at_hours: int) -> None:
    """Nothing, a late, a lost and a held leg, and tents found and lost, at several hours."""
    case = build_case(small_tables())
    plan = dispatch(case, "flood", options=EXACT)
    first = min(plan.leg_trips, key=lambda leg: leg.load_start_hours).trip
    tried = [([told(at_hours, "no_change")], 0, 0)]
    tried.append(([told(at_hours, "stock_found", amount=2, **TENTS)], 0, 2))
    if at_hours < 6:
        tried += [
            ([told(at_hours, "trip_late", trip=first, amount=9)], 0, 0),
            ([told(at_hours, "trip_lost", trip=first)], 0, 0),
            ([told(at_hours, "trip_held", trip=first)], 0, 0),
        ]
    else:
        tried.append(([told(at_hours, "stock_lost", amount=1, **TENTS)], 1, 0))
    for rows, lost, found in tried:
        again = replanned(case, plan, rows, options=EXACT)
        assert verify(case, again).violations == ()
        best = best_values(plan, rows, at_hours, lost, found)
        assert values(again)[0] == pytest.approx(best[0]), rows
        assert values(again)[1] == pytest.approx(best[1], rel=2 * LEXICOGRAPHIC), rows


# --- what is told must be possible -----------------------------------------------------------


def read(tmp_path: Path, at_hours: float, *rows: dict[str, Any]) -> tuple[ChangeSet, list[Issue]]:
    """Read changes of the example."""
    path = tmp_path / "changes.json"
    path.write_text(json.dumps({"Changes": rows}), encoding="utf-8")
    return read_changes(*example(), path, Told("flood", at_hours))


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        # The truck has left at 6 with six tents that the train has brought by 6.
        ({"kind": "trip_late", "trip": LEG, "amount": 7}, "kind", "contradicts trip flood-0001"),
        ({"kind": "trip_lost", "trip": LEG}, "kind", "6 units of TENT more had left hub H"),
        ({"kind": "trip_held", "trip": LEG}, "kind", "add trip_held for it"),
        ({"kind": "stock_lost", **TENTS, "amount": 5}, "amount", "more than the 4 units"),
        ({"kind": "road_closed", "hub": "H", "from_hours": 0.5}, "kind", "left by the plan"),
        ({"kind": "road_closed", "hub": "W"}, "hub", "is not a hub of the case"),
        ({"kind": "road_closed", "hub": "H", "fleet": "TRUCK"}, "kind", "has no such leg"),
        ({"kind": "road_closed", "hub": "H", "district": "450101"}, "hub", "two rows"),
        ({"kind": "receiving", "amount": 5}, "district", "receiving needs one of them"),
        ({"kind": "receiving", "hub": "H", "amount": 0}, "kind", "must be > 0"),
        ({"kind": "road_slow", "hub": "H", "amount": 2}, "hub", "does not go with road_slow"),
        ({"kind": "trip_lost", "trip": "flood-L0009"}, "trip", "Dispatch_Trips or Leg_Trips"),
    ],
)
def test_what_cannot_be_is_refused_by_cell(
    tmp_path: Path, row: dict[str, Any], field: str, words: str
) -> None:
    """Each fault names the cell of what cannot be, and the way out."""
    with pytest.raises(DataError) as caught:
        read(tmp_path, 8, row)
    issues = [issue for issue in caught.value.issues if issue.severity == "error"]
    assert any(words in f"{issue.message} {issue.hint}" for issue in issues), issues
    assert field in {issue.field for issue in issues}


def test_a_hub_that_nothing_comes_to_any_more_is_told(tmp_path: Path) -> None:
    """The train of the example needs 4 hours from its departure on, and the horizon is 20."""
    held = {"kind": "trip_held", "trip": LEG}
    for until, codes in ((17, ["hub_cut_off"]), (16, []), (None, ["hub_cut_off"])):
        row = {"kind": "road_closed", "hub": "H", "to_hours": until}
        _, warnings = read(tmp_path, 2, held, row)
        assert [issue.code for issue in warnings] == codes


def test_a_late_leg_is_possible_where_the_truck_was_held(tmp_path: Path) -> None:
    """Told together in either order, both are taken, and the plan is certified."""
    rows = [
        {"kind": "trip_late", "trip": LEG, "amount": 9},
        {"kind": "trip_held", "trip": FIRST},
    ]
    case, plan = example()
    for order in (rows, rows[::-1]):
        changes, _ = read(tmp_path, 8, *order)
        found = replanned(case, plan, list(changes.changes), options=EXACT)
        assert values(found) == pytest.approx((0, 6 * 14 + 4 * 20))
        assert verify(case, found).violations == ()
