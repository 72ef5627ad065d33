"""Warehouses, stock, trips and shortages of two plans."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.case import Case
from allocator.compare import compare
from allocator.compare.shortages import missing_by_district, shortage_changes
from allocator.compare.trip_changes import changed_trips
from allocator.compare.warehouses import stock_moves, warehouse_changes
from allocator.errors import ConflictError
from allocator.schema.comparison import PlanCompared, TripDifference
from allocator.schema.legs import LegTrip
from allocator.schema.results import Allocation, Purchase, Responsible
from allocator.schema.row import Row
from tests.allocator.comparison_cases import (
    compared,
    info,
    loading,
    opened,
    short,
    stage,
    stocked,
    trip,
)

FLOOD = stage("flood", "unmet", 0, 0)


def test_warehouses_open_close_and_change_their_size() -> None:
    """W1 stays, W2 grows, W3 opens, W4 closes, W5 is shut under both."""
    base = compared(
        "base",
        [
            opened("W1", "S", 100),
            opened("W2", "S", 100),
            opened("W4", "L", 300),
            opened("W5", None, 0, is_open=False),
        ],
    )
    other = compared(
        "other",
        [
            opened("W1", "S", 100),
            opened("W2", "L", 300),
            opened("W3", "S", 100),
            opened("W5", None, 0, is_open=False),
        ],
    )
    rows = warehouse_changes(base, other)
    assert [(row.warehouse, row.change) for row in rows] == [
        ("W3", "opened"),
        ("W4", "closed"),
        ("W2", "resized"),
        ("W1", "kept"),
    ]
    grown = rows[2]
    assert (grown.base_size_class, grown.other_size_class) == ("S", "L")
    assert (grown.base_volume_m3, grown.other_volume_m3) == (100, 300)
    assert (grown.base_used_m3, grown.other_used_m3) == (50, 150)


def test_dispatch_alone_decides_nothing_about_warehouses() -> None:
    """Against a placement it has none to compare, so none is said to be closed."""
    dispatch, placement = compared("base", [FLOOD]), compared("other", [opened("W1", "S", 100)])
    assert warehouse_changes(dispatch, placement) == []
    assert stock_moves(dispatch, compared("other", [stocked("W1", "TENT", 5)])) == []


def test_answers_to_location_questions_are_compared_by_who_answers() -> None:
    """W2 answers where W1 did; there are no sizes."""

    def answers(*pairs: tuple[str, str]) -> list[Row]:
        return [
            Responsible(district=district, warehouse=code, population_people=1, is_covered=True)
            for district, code in pairs
        ]

    base = compared("base", answers(("450101", "W1"), ("450102", "W3")))
    other = compared("other", answers(("450101", "W2"), ("450102", "W3")))
    changes = {row.warehouse: row.change for row in warehouse_changes(base, other)}
    assert changes == {"W1": "closed", "W2": "opened", "W3": "kept"}
    placement = compared("other", [opened("W1", "S", 100)])
    changes = {row.warehouse: row.change for row in warehouse_changes(base, placement)}
    assert changes == {"W1": "kept", "W3": "closed"}


def test_stock_moves_with_totals_first() -> None:
    """Five tents go from W1 to W2, ten more boxes of water come to W1."""
    base = compared("base", [stocked("W1", "TENT", 20), stocked("W1", "WATER", 100)])
    other = compared(
        "other",
        [stocked("W1", "TENT", 15), stocked("W2", "TENT", 5), stocked("W1", "WATER", 110)],
    )
    rows = [
        (row.warehouse, row.item, row.base_units, row.other_units, row.difference_units)
        for row in stock_moves(base, other)
    ]
    assert rows == [
        (None, "WATER", 100, 110, 10),
        ("W1", "TENT", 20, 15, -5),
        ("W1", "WATER", 100, 110, 10),
        ("W2", "TENT", 0, 5, 5),
    ]


def flood(*rows: Row) -> list[Row]:
    """A dispatch of the flood."""
    return [FLOOD, *rows]


def test_trips_are_paired_by_load_then_by_hour() -> None:
    """Numbers mean nothing: equal trips are the same, of the others one of each kind.

    To 450101 the base sends 10 tents at 2 and 8 h and 20 at 5 h; the other 10 at 8 h, 10 at 3 h
    and 15 at 5 h. To 450102 it sends nothing any more, to 450201 for the first time.
    """
    base = flood(
        trip("a1", 2), loading("a1", "TENT", 10),
        trip("a2", 8), loading("a2", "TENT", 10),
        trip("a3", 5), loading("a3", "TENT", 20),
        trip("a4", 6, "450102"), loading("a4", "WATER", 5),
    )  # fmt: skip
    other = flood(
        trip("a1", 8), loading("a1", "TENT", 10),
        trip("a2", 3), loading("a2", "TENT", 10),
        trip("a3", 5), loading("a3", "TENT", 15),
        trip("a4", 7, "450201"), loading("a4", "WATER", 5),
    )  # fmt: skip
    found = changed_trips(compared("base", base), compared("other", other))
    assert found.same_count == 1
    rows = {row.change: row for row in found.rows}
    assert len(found.rows) == len(rows) == 4
    moved = rows["retimed"]
    assert (moved.base_trip, moved.other_trip, moved.shift_hours) == ("a1", "a2", 1.0)
    assert (moved.base_load, moved.other_load) == ("TENT 10", "TENT 10")
    other_load = rows["reloaded"]
    assert (other_load.base_trip, other_load.other_trip) == ("a3", "a3")
    assert (other_load.base_load, other_load.other_load) == ("TENT 20", "TENT 15")
    assert other_load.shift_hours == 0.0
    assert (rows["dropped"].district, rows["dropped"].other_depart_hours) == ("450102", None)
    assert (rows["added"].district, rows["added"].base_trip) == ("450201", None)


def test_lots_of_a_load_are_put_together() -> None:
    """Ten tents of one lot are ten tents of two."""
    base = flood(trip("a", 2), loading("a", "TENT", 10))
    lots = (loading("b", "TENT", 4), loading("b", "TENT", 6).model_copy(update={"lot": "B"}))
    found = changed_trips(compared("base", base), compared("other", flood(trip("b", 2), *lots)))
    assert (found.rows, found.same_count) == ([], 1)


def test_legs_to_hubs_are_trips_too() -> None:
    """A train that leaves two hours later is retimed; the hub stands for the district."""

    def leg(hours: float) -> Row:
        given = trip("l1", hours).model_dump(
            exclude={"district", "state", "latest_load_start_hours"}
        )
        return LegTrip.model_validate({**given, "hub": "H1", "ready_hours": hours + 4})

    found = changed_trips(compared("base", flood(leg(2))), compared("other", flood(leg(4))))
    (row,) = found.rows
    assert (row.district, row.change, row.shift_hours) == ("H1", "retimed", 2.0)


def test_scenarios_that_one_plan_does_not_dispatch_have_no_dropped_trips() -> None:
    """They are named instead."""
    base = compared("base", flood(trip("a", 2)))
    other = compared("other", [stage("quake", "unmet", 0, 0)])
    found = changed_trips(base, other)
    assert (found.rows, found.same_count) == ([], 0)


def test_shortages_are_gained_and_end(tiny_case: Case) -> None:
    """A district counts double, tents count double: two tents more in 450201 weigh eight."""
    base = compared(
        "base",
        flood(
            short("450101", "TENT", 20, 5),
            short("450102", "TENT", 30, 9),
            short("450201", "TENT", 40, 1),
        ),
        tiny_case,
    )
    other = compared(
        "other",
        flood(
            short("450101", "TENT", 20, 0),
            short("450101", "WATER", 400, 7, "vehicles"),
            short("450102", "TENT", 30, 4),
            short("450201", "TENT", 40, 3),
        ),
        tiny_case,
    )
    rows = {(row.district, row.item): row for row in shortage_changes(base, other)}
    assert {place: row.change for place, row in rows.items()} == {
        ("450101", "TENT"): "ended",
        ("450101", "WATER"): "gained",
        ("450102", "TENT"): "smaller",
        ("450201", "TENT"): "larger",
    }
    assert rows["450101", "WATER"].other_reason == "vehicles"
    weighted = {place: row.difference_weighted for place, row in rows.items()}
    assert weighted["450201", "TENT"] == 8.0
    assert weighted["450101", "TENT"] == -10.0
    assert missing_by_district(other, {"flood"})["450201"] == 12.0


def test_shortages_of_placements_are_those_of_their_flows(tiny_case: Case) -> None:
    """Of 20 tents 12 are sent and 5 bought under one plan, all under the other."""
    placement = stage("placement", "unmet", 0, 0)

    def flow(units: float) -> Row:
        return Allocation(
            scenario="flood", warehouse="W1", district="450101", item="TENT", ship_units=units
        )

    bought = Purchase(scenario="flood", district="450101", item="TENT", purchase_units=5)
    base = compared("base", [placement, flow(12), bought], tiny_case)
    other = compared("other", [placement, flow(20)], tiny_case)
    (row,) = shortage_changes(base, other)
    assert (row.district, row.item, row.change) == ("450101", "TENT", "ended")
    assert row.base_unmet_units == pytest.approx(3)


def test_only_reasons_that_differ_are_no_change(tiny_case: Case) -> None:
    """As much is missing: nothing is gained or lost."""
    rows = [flood(short("450101", "TENT", 20, 5, reason)) for reason in ("no_stock", "vehicles")]
    base, other = (compared(name, row, tiny_case) for name, row in zip("ab", rows, strict=True))
    assert shortage_changes(base, other) == []


def test_comparison_names_scenarios_of_one_plan_only() -> None:
    """The base has the flood, the other the quake; both say they are certified."""
    certified = info(certified="yes", case_digest="x")
    base = compared("base", [FLOOD, *certified])
    other = compared("other", [stage("quake", "unmet", 0, 0), *certified])
    first, second = compare(base, [other]).rows(PlanCompared)
    assert (first.is_base, first.inputs) == (True, "base")
    assert (second.scenarios_only_here, second.scenarios_only_base) == ("quake", "flood")
    assert (second.inputs, second.is_replayed, second.trips_same) == ("same", False, None)


def test_inputs_are_unknown_where_no_result_says_of_which_case_it_is() -> None:
    """Two digests that differ are two cases; none at all say nothing."""
    certified = info(certified="yes")
    base = compared("base", [FLOOD, *certified])
    _, row = compare(base, [compared("other", [FLOOD, *certified])]).rows(PlanCompared)
    assert (row.inputs, row.changed_count) == ("unknown", None)
    base, other = (
        compared(name, [FLOOD, *info(certified="yes", case_digest=name)]) for name in "ab"
    )
    assert compare(base, [other]).rows(PlanCompared)[1].inputs == "changed"


def test_plans_that_were_never_certified_are_refused_without_a_case() -> None:
    """Nothing is known of them."""
    good, bad = compared("good", [FLOOD, *info(certified="yes")]), compared("bad", [FLOOD])
    with pytest.raises(ConflictError, match=r"bad: certified \(\) must be yes .*Maybe give"):
        compare(good, [bad])


def test_plans_of_one_name_are_refused() -> None:
    """Rows would not say whom they are about."""
    one = compared("plan", [FLOOD, *info(certified="yes")])
    with pytest.raises(ConflictError, match="'plan' is named twice"):
        compare(one, [one])
    with pytest.raises(ConflictError, match=r"plans to compare \(1\) must be two"):
        compare(one, [])


TRIPS = st.lists(
    st.tuples(
        st.sampled_from(["450101", "450102"]),
        st.integers(1, 6),
        st.sampled_from([5, 10]),
    ),
    max_size=7,
)


def random_flood(trips: list[tuple[str, int, int]]) -> list[Row]:
    """Trips to two districts at whole hours, with one of two loads of tents."""
    rows: list[Row] = [FLOOD]
    for number, (district, hours, units) in enumerate(trips):
        rows += [trip(f"t{number}", hours, district), loading(f"t{number}", "TENT", units)]
    return rows


def told(rows: list[TripDifference], *, is_turned: bool) -> list[tuple[object, ...]]:
    """What the rows say, as if the plans changed places."""
    turned = {"added": "dropped", "dropped": "added"}
    found: list[tuple[object, ...]] = []
    for row in rows:
        ours = (row.base_depart_hours, row.base_load)
        theirs = (row.other_depart_hours, row.other_load)
        change: str = row.change
        if is_turned:
            ours, theirs, change = theirs, ours, turned.get(change, change)
        found.append((row.district, change, ours, theirs))
    return sorted(found, key=repr)


@given(TRIPS, TRIPS)
def test_changing_places_turns_every_trip_round(
    ours: list[tuple[str, int, int]], theirs: list[tuple[str, int, int]]
) -> None:
    """Added are dropped, hours and loads change places; every trip is told of exactly once."""
    base, other = compared("a", random_flood(ours)), compared("b", random_flood(theirs))
    forth, back = changed_trips(base, other), changed_trips(other, base)
    assert forth.same_count == back.same_count
    assert told(forth.rows, is_turned=False) == told(back.rows, is_turned=True)
    for trips, column in ((ours, "base_trip"), (theirs, "other_trip")):
        named = [getattr(row, column) for row in forth.rows if getattr(row, column)]
        assert len(named) == len(set(named)) == len(trips) - forth.same_count


@given(TRIPS)
def test_equal_plans_have_equal_trips(trips: list[tuple[str, int, int]]) -> None:
    """In whatever order they are listed."""
    base, other = compared("a", random_flood(trips)), compared("b", random_flood(trips[::-1]))
    found = changed_trips(base, other)
    assert (found.rows, found.same_count) == ([], len(trips))


@given(TRIPS, TRIPS)
def test_no_pair_could_be_more_alike(
    ours: list[tuple[str, int, int]], theirs: list[tuple[str, int, int]]
) -> None:
    """On a lane nothing is added where something is dropped, nor reloaded where a load is left."""
    found = changed_trips(compared("a", random_flood(ours)), compared("b", random_flood(theirs)))
    for district in ("450101", "450102"):
        changes = {row.change for row in found.rows if row.district == district}
        assert not {"added", "dropped"} <= changes
        reloaded = [
            row for row in found.rows if row.district == district and row.change == "reloaded"
        ]
        assert not {row.base_load for row in reloaded} & {row.other_load for row in reloaded}


STOCK = st.dictionaries(
    st.tuples(st.sampled_from(["W1", "W2", "W3"]), st.sampled_from(["TENT", "WATER"])),
    st.integers(0, 3),
)


@given(STOCK, STOCK)
def test_stock_in_all_is_the_sum_of_what_moves(
    ours: dict[tuple[str, str], int], theirs: dict[tuple[str, str], int]
) -> None:
    """Item by item, and the other way round with the other sign."""
    base, other = (
        compared(name, [stocked(*place, units) for place, units in stock.items()])
        for name, stock in (("a", ours), ("b", theirs))
    )
    rows = stock_moves(base, other)
    for item in ("TENT", "WATER"):
        moved = [row for row in rows if row.item == item]
        total = sum(row.difference_units for row in moved if row.warehouse is None)
        assert total == sum(row.difference_units for row in moved if row.warehouse is not None)
    back = {(row.warehouse, row.item): row.difference_units for row in stock_moves(other, base)}
    assert back == {(row.warehouse, row.item): -row.difference_units for row in rows}
