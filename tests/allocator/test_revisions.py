"""Changes made in a case: every kind by hand, and what cannot be."""

from __future__ import annotations

import pytest

from allocator.case import Case
from allocator.revisions import revised_cases, revisions
from allocator.schema.changes import Change
from tests.tiny import build_case


def changed(*rows: dict[str, object], case: Case | None = None) -> Case:
    """The tiny case in the flood, as changed at hour 3."""
    changes = [Change.model_validate({"at_hours": 3.0, **row}) for row in rows]
    return revised_cases(case or build_case(), "flood", revisions(changes))[-1]


def closures(case: Case) -> set[tuple[str, str, str | None, float, float | None]]:
    """Closures that the case has and the tiny case has not."""
    known = {
        (row.warehouse, row.district, row.fleet, row.closed_from_hours, row.closed_to_hours)
        for row in build_case().lanes
    }
    return {
        (row.warehouse, row.district, row.fleet, row.closed_from_hours, row.closed_to_hours)
        for row in case.lanes
        if row.closed_from_hours is not None
    } - known  # type: ignore[return-value]


def test_closed_roads_are_closed_for_road_vehicles_from_everywhere() -> None:
    """Without a warehouse the ways from all three are closed, from the hour of the re-plan on."""
    found = closures(changed({"kind": "road_closed", "district": "450102", "to_hours": 9}))
    assert found == {
        (warehouse, "450102", fleet, 3.0, 9.0)
        for warehouse in ("W1", "W2", "W3")
        for fleet in ("TRUCK", "VAN")
    }


def test_one_road_may_be_closed_for_one_kind_for_ever() -> None:
    """With warehouse, district and kind one way is closed, from the hour that is told."""
    row = {"kind": "road_closed", "warehouse": "W1", "district": "450102", "fleet": "VAN"}
    assert closures(changed(row | {"from_hours": 5})) == {("W1", "450102", "VAN", 5.0, None)}


def test_of_two_closures_from_the_same_hour_the_longer_one_holds() -> None:
    """Until 6 and until 9 is until 9; until 6 and for ever is for ever."""
    row = {"kind": "road_closed", "warehouse": "W1", "district": "450102", "fleet": "VAN"}
    twice = changed(row | {"to_hours": 6}, row | {"to_hours": 9})
    assert closures(twice) == {("W1", "450102", "VAN", 3.0, 9.0)}
    assert closures(changed(row | {"to_hours": 6}, row)) == {("W1", "450102", "VAN", 3.0, None)}


def test_slow_roads_replace_the_factor() -> None:
    """The factor of the district is that of the change, in this scenario alone."""
    case = changed({"kind": "road_slow", "district": "450102", "amount": 2})
    factors = {
        (row.scenario, row.district): row.road_time_factor
        for row in case.scenario_damage
        if row.district is not None
    }
    assert factors == {("quake", "450102"): 1.5, ("flood", "450102"): 2.0}


def vehicles(case: Case) -> dict[tuple[str, str, float], int]:
    """Number of vehicles by warehouse, kind and hour."""
    return {
        (row.warehouse, row.fleet, row.available_from_hours): row.vehicles_count
        for row in case.fleets
    }


def test_vehicles_are_lost_come_back_and_join() -> None:
    """One truck of W1 is gone until 10, two vans more are there from 6 on."""
    before = vehicles(build_case())
    lost = {"kind": "vehicle_lost", "warehouse": "W1", "fleet": "TRUCK", "amount": 1}
    more = {"kind": "vehicle_added", "warehouse": "W1", "fleet": "VAN", "amount": 2}
    after = vehicles(changed(lost | {"to_hours": 10}, more | {"from_hours": 6}))
    (first,) = [key for key in before if key[:2] == ("W1", "TRUCK")]
    assert after == before | {
        first: before[first] - 1,
        ("W1", "TRUCK", 10.0): 1,
        ("W1", "VAN", 6.0): 2,
    }


def needs(case: Case, district: str, item: str) -> dict[float, float]:
    """Need in the flood by hour."""
    return {
        row.from_hours: row.demand_units
        for row in case.scenario_demand
        if (row.scenario, row.district, row.item) == ("flood", district, item)
    }


def test_what_is_needed_more_arises_then_and_what_less_goes_from_the_last() -> None:
    """A need that grows gets a row from the re-plan on; one that falls loses that row first."""
    row = {"kind": "demand", "district": "450102", "item": "TENT"}
    before = sum(needs(build_case(), "450102", "TENT").values())
    grown = changed(row | {"amount": before + 5})
    assert needs(grown, "450102", "TENT") == {0.0: before, 3.0: 5.0}
    fallen = changed(row | {"amount": before + 5}, row | {"amount": before - 2})
    assert needs(fallen, "450102", "TENT") == {0.0: before - 2, 3.0: 0.0}
    earlier = changed(row | {"amount": before + 5, "from_hours": 0})
    assert needs(earlier, "450102", "TENT") == {0.0: before + 5}


def test_receiving_docks_and_signatures_are_set() -> None:
    """Receiving and docks are the amounts, a signature takes so much longer or shorter."""
    case = changed(
        {"kind": "receiving", "district": "450101", "amount": 7},
        {"kind": "docks", "warehouse": "W1", "amount": 1},
        {"kind": "signature_late", "procedure": "LOCAL", "step": "2", "amount": 4},
    )
    receive = {row.district: row.receive_m3_per_hour for row in case.districts}
    assert (receive["450101"], receive["450201"]) == (7.0, 18.0)
    assert {row.warehouse: row.docks_per_hour for row in case.warehouses}["W1"] == 1.0
    before = {(s.procedure, s.step): s.duration_hours for s in build_case().approval_steps}
    after = {(s.procedure, s.step): s.duration_hours for s in case.approval_steps}
    assert after == before | {("LOCAL", "2"): before["LOCAL", "2"] + 4}


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"kind": "road_closed"}, "needs a warehouse, a district or a hub"),
        ({"kind": "road_slow", "district": "450101", "amount": 0.5}, "must be >= 1"),
        (
            {"kind": "vehicle_lost", "warehouse": "W1", "fleet": "TRUCK", "amount": 99},
            r"amount \(99\) is more than the \d+ vehicles of fleet TRUCK at warehouse W1",
        ),
        (
            {"kind": "vehicle_added", "warehouse": "W1", "fleet": "TRUCK", "amount": 0},
            "must be a whole number >= 1",
        ),
        ({"kind": "receiving", "district": "450101", "amount": 0}, "must be > 0"),
        ({"kind": "docks", "warehouse": "W1", "amount": 0}, "must be >= 1"),
        (
            {"kind": "signature_early", "procedure": "LOCAL", "step": "2", "amount": 99},
            "is more than step 2 of LOCAL takes",
        ),
        (
            {"kind": "signature_late", "procedure": "LOCAL", "step": "99", "amount": 1},
            "has no step 99",
        ),
    ],
)
def test_what_cannot_be_changed_is_said(row: dict[str, object], words: str) -> None:
    """Each change that makes no sense is refused with its figures."""
    with pytest.raises(ValueError, match=words):
        changed(row)


def test_revisions_come_in_the_order_of_their_hours() -> None:
    """Rows of one hour are one revision; an earlier hour after a later one is refused."""
    rows = [Change(at_hours=3, kind="no_change"), Change(at_hours=5, kind="no_change")]
    assert [one.at_hours for one in revisions(rows)] == [3.0, 5.0]
    with pytest.raises(ValueError, match=r"at_hours \(3\) must be after"):
        revisions(rows[::-1])
    with pytest.raises(ValueError, match="at_hours is empty"):
        revisions([Change(kind="no_change")])


def test_each_revision_builds_on_the_one_before() -> None:
    """The case itself comes first; what the second re-plan tells is on top of the first."""
    rows = [
        Change(at_hours=3, kind="receiving", district="450101", amount=7),
        Change(at_hours=5, kind="docks", warehouse="W1", amount=1),
    ]
    case = build_case()
    zero, one, two = revised_cases(case, "flood", revisions(rows))
    assert zero is case
    assert one.districts[0].receive_m3_per_hour == 7.0
    assert one.warehouses == case.warehouses
    assert two.districts == one.districts
    assert two.warehouses != case.warehouses
