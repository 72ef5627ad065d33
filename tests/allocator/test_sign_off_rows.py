"""Rows about sign-offs of the tiny case, by hand."""

from __future__ import annotations

from typing import Any

import pytest

from allocator.case import Case
from allocator.coordination.relied_lanes import relied_lanes
from allocator.coordination.sign_off_rows import SignOffStudy
from allocator.schema.coordination import ReleaseHours, SignOffStep
from allocator.schema.results import Trip
from tests.tiny import build_case, build_tables

TARGETS = {("LOCAL", "1"): 46.0, ("LOCAL", "2"): 41.0, ("CROSS", "3"): 30.0}
"""Latest releases of the flood by hand, with 48 h in all and loading at whole hours.

Own district by van: 48 - (1/2 + 1/8 + 1/2) = 46.9, so 46. W1 to 450201 by van: 48 - (1 + 6) = 41,
and 45 to 450102. W3 to 450201 by truck: 48 - (2 + 15.5) = 30.5, so 30; 34 and 36 to the others.
"""


def case_with(**sheets: Any) -> Case:
    """The tiny case, with whole sheets changed."""
    return build_case({**build_tables(), **sheets})


def step_rows(case: Case, **options: Any) -> dict[tuple[str, str], SignOffStep]:
    """Rows of the flood by procedure and step, towards the last release of the procedure."""
    rows = SignOffStudy(case, "flood", samples=200, **options).step_rows()
    return {(row.procedure, row.step): row for row in rows}


def test_latest_releases_by_hand() -> None:
    """Every release may end as late as its farthest lane allows."""
    assert relied_lanes(build_case(), "flood").target_hours() == TARGETS


def test_a_closure_brings_the_latest_release_forward() -> None:
    """Nothing departs for 450201 from hour 20 on: loading there must begin at 18, an hour each."""
    lanes = build_tables()["Lanes"]
    lanes[1].update(closed_from_hours=20, closed_to_hours=None)
    assert relied_lanes(case_with(Lanes=lanes), "flood").target_hours()["CROSS", "3"] == 18.0


def test_lanes_without_stock_or_need_do_not_count() -> None:
    """Without tents at W3 nothing relies on the other province's consent."""
    stock = [row for row in build_tables()["Stock"] if row["warehouse"] != "W3"]
    assert ("CROSS", "3") not in relied_lanes(case_with(Stock=stock), "flood").target_hours()


def test_only_lanes_of_the_trips_count_where_there_are_trips() -> None:
    """A plan that sends W3's tents to 450101 alone leaves until hour 36."""
    trip = Trip.model_construct(scenario="flood", warehouse="W3", district="450101")
    assert relied_lanes(build_case(), "flood", None, [trip]).target_hours() == {
        ("CROSS", "3"): 36.0
    }


def test_steps_by_hand() -> None:
    """Fixed durations: the longer of two signatures is critical, the other has an hour.

    Goods must be released at 30: the last signature by then, both before it by 29, the request by
    26, since after it come 3 h and 1 h.
    """
    rows = step_rows(build_case())
    told = {
        code: (row.begin_hours, row.end_hours, row.criticality, row.slack_hours)
        for (procedure, code), row in rows.items()
        if procedure == "CROSS"
    }
    assert told == {
        "1": (0.0, 1.0, 1.0, 0.0),
        "2a": (1.0, 3.0, 0.0, 1.0),
        "2b": (1.0, 4.0, 1.0, 0.0),
        "3": (4.0, 5.0, 1.0, 0.0),
    }
    latest = {code: rows["CROSS", code].latest_end_hours for code in ("1", "2a", "2b", "3")}
    assert latest == {"1": 26.0, "2a": 29.0, "2b": 29.0, "3": 30.0}


def test_a_bypass_is_on_the_way_and_what_it_spares_has_all_the_time_there_is() -> None:
    """With the spoken consent the two signatures are never waited for: slack is the horizon."""
    steps = build_tables()["Approval_Steps"]
    for row in steps:
        row["is_enabled"] = True
    rows = step_rows(case_with(Approval_Steps=steps))
    assert rows["CROSS", "4"].criticality == 1.0
    assert rows["CROSS", "2b"].slack_hours == 48.0
    assert rows["CROSS", "2b"].latest_end_hours is None


def test_paper_is_due_after_the_shorter_of_both_limits() -> None:
    """Spoken at 1.5 h and formal within 72 h, but 48 h by the settings: due at 49.5 h."""
    steps = build_tables()["Approval_Steps"]
    steps[1].update(is_verbal_allowed=True, formalise_within_hours=72)
    rows = step_rows(case_with(Approval_Steps=steps))
    assert rows["LOCAL", "2"].paper_due_hours == pytest.approx(49.5)
    assert rows["CROSS", "1"].paper_due_hours is None


def by_kind(rows: tuple[ReleaseHours, ...]) -> dict[tuple[str, str, str], ReleaseHours]:
    """Rows by level, receiver and item group."""
    return {(row.warehouse_level, row.receiver, row.item_group): row for row in rows}


def test_releases_by_hand() -> None:
    """One row a kind of lane: planned 0.5, 1.5 and 5 h, and a department late by an hour a step."""
    departments = build_tables()["Departments"]
    departments[2]["delay_mean_hours"] = 1.0
    case = case_with(Departments=departments)
    rows = SignOffStudy(case, "flood", samples=50).release_rows()
    cross = [row for row in rows if row.procedure == "CROSS"]
    assert sum(row.lanes_count for row in cross) == 3
    for row in cross:
        assert (row.planned_hours, row.limit_hours, row.actual_hours) == (5.0, 5.0, 7.0)
        assert row.p10_hours == row.p50_hours == row.p90_hours == 7.0
        assert row.horizon_share == pytest.approx(7 / 48)
    assert {row.planned_hours for row in rows if row.procedure == "LOCAL"} == {0.5, 1.5}
    assert all(row.from_province and row.to_province for row in rows)


def test_two_rules_with_one_release_are_one_kind() -> None:
    """A rule for large requests that names the same release as the next makes no row of its own."""
    rules = build_tables()["Approval_Rules"]
    extra = {**rules[-1], "min_request_units": 25}
    plain = SignOffStudy(build_case(), "flood", samples=5).release_rows()
    told = SignOffStudy(case_with(Approval_Rules=[extra, *rules]), "flood", samples=5)
    assert told.release_rows() == plain


def test_departments_by_hand() -> None:
    """All steps of the longer chain and both local ones decide; the coordinating one does not."""
    assert SignOffStudy(build_case(), "flood", samples=5).department_criticality() == {
        "CITY_DEM": 1.0,
        "PROV_DEM": 0.0,
        "PROV_GOV": 1.0,
    }
