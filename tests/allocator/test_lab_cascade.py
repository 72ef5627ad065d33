"""Drills hour by hour: shocks that a signature ends, signatures that the failure slows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from allocator.approvals import Network, networks
from allocator.errors import AllocatorError
from allocator.lab.bottlenecks import held_up_hours
from allocator.lab.cascade import matrix_of, run_cascade
from allocator.lab.sector_losses import failure_hours, loss_cny, sector_rows
from allocator.lab.sign_off_course import step_courses
from models.inoperability import cascade
from tests.lab_cases import lab_case, lab_tables
from tests.tiny import build_case


def test_loop_with_sign_offs_by_hand() -> None:
    """At full failure signatures take twice as long: 0.5 and 1 h end at 3, and so does the shock.

    Power is then mended by half an hour: 1, 1/2, 1/4, 1/8. A step of CROSS that needs 3 h of work
    begins at 2 (1 h at half speed), does 1/2, 1/2, 2/3, 4/5 of an hour in the hours 2 to 5, and
    the last 8/15 at 8/9 of full speed: it ends at 6.6.
    """
    case = lab_case()
    course = run_cascade(case, case.drills[0])
    power = course.inoperability[:, 0]
    assert power[:7] == pytest.approx([1, 1, 1, 1, 0.5, 0.25, 0.125])
    assert course.shock[:5, 0] == pytest.approx([1, 1, 1, 0, 0])
    assert course.steps["LOCAL", "1"].end_hours == pytest.approx(1.0)
    assert course.steps["LOCAL", "2"].begin_hours == pytest.approx(1.0)
    assert course.steps["LOCAL", "2"].end_hours == pytest.approx(3.0)
    assert course.steps_without["LOCAL", "2"].end_hours == pytest.approx(1.5)
    assert course.steps["CROSS", "2b"].begin_hours == pytest.approx(2.0)
    assert course.steps["CROSS", "2b"].end_hours == pytest.approx(6.6)
    rest = 1 - 0.4 * 8 / 9
    assert course.steps["CROSS", "3"].end_hours == pytest.approx(7 + rest * 17 / 16)


def test_finance_follows_power_by_hand() -> None:
    """What leans on power comes a quarter nearer an hour to 0.8 of power's failure."""
    case = lab_case()
    finance = run_cascade(case, case.drills[0]).inoperability[:, 1]
    assert finance[:3] == pytest.approx([0, 0.2, 0.35])


def test_shock_ends_at_its_hour_if_nobody_signs_before() -> None:
    """The earlier of hour and signature ends a shock; parts of hours count in part."""
    tables = lab_tables()
    tables["Shocks"][0] |= {"from_hours": 0.5, "to_hours": 2.25}
    case = build_case(tables)
    course = run_cascade(case, case.drills[0])
    assert course.shock[:4, 0] == pytest.approx([0.5, 1.0, 0.25, 0.0])


def test_without_signatures_the_drill_is_the_plain_model() -> None:
    """With no link to sign-offs and a shock from hour 0 the curves are those of the model."""
    tables = lab_tables()
    tables["Sector_Links"] = []
    tables["Shocks"] = [{"drill": "outage", "sector": "power", "to_hours": 5, "shock_share": 0.6}]
    case = build_case(tables)
    course = run_cascade(case, case.drills[0])
    shock = np.zeros((47, 2))
    shock[:5, 0] = 0.6
    plain = cascade(matrix_of(case), np.array([0.5, 0.25]), shock, np.array([0.6, 0.0]))
    assert course.inoperability == pytest.approx(plain)
    assert course.steps == course.steps_without


def test_losses_add_up_hours_of_failure() -> None:
    """Output lost is the price of an hour times the hours of full failure that come to the same."""
    case = lab_case()
    course = run_cascade(case, case.drills[0])
    lasted = course.inoperability[:24].sum(axis=0)
    assert failure_hours(course) == pytest.approx(lasted)
    assert loss_cny(case, course) == pytest.approx(100 * lasted[0] + 10 * lasted[1])
    rows = sector_rows(case, course)
    assert sum(row.loss_cny for row in rows) == pytest.approx(loss_cny(case, course))
    assert (rows[0].peak_share, rows[0].peak_hours, rows[0].recovered_hours) == (1.0, 0.0, 7.0)


def test_bottleneck_is_the_step_that_varies_most() -> None:
    """A step that may take long moves the end; told instead of asked, it moves nothing."""
    tables = lab_tables()
    tables["Sector_Links"] = []
    tables["Drills"][0] |= {"procedure": "CROSS", "release_step": "3"}
    for row in tables["Approval_Steps"]:
        if (row["procedure"], row["step"]) == ("CROSS", "2a"):
            row["duration_max_hours"] = 9
    case = build_case(tables)
    held = held_up_hours(case, case.drills[0])
    assert held["2a"].longest_hours == pytest.approx(1 + 9 + 1)
    assert held["2b"].longest_hours == pytest.approx(5.0)
    assert held["2b"].informed_hours == pytest.approx(1 + 2 + 1)
    assert held["3"].informed_hours is None


def test_exploding_dependencies_are_refused() -> None:
    """A case that no reader has checked is refused all the same."""
    both = [
        {"sector": "finance", "depends_on": "power", "dependency_share": 1},
        {"sector": "power", "depends_on": "finance", "dependency_share": 1},
    ]
    case = lab_case(Dependencies=both)
    with pytest.raises(AllocatorError, match=r"spectral radius \(1\) must be below 1"):
        run_cascade(case, case.drills[0])


PARTS = st.integers(0, 100).map(lambda part: part / 100)


@settings(max_examples=25)
@given(PARTS, PARTS, PARTS, st.integers(0, 3))
def test_more_failure_never_signs_earlier(
    share: float, more: float, dependency: float, effect: int
) -> None:
    """A larger shock makes no hour of any sector better and no step of any procedure earlier."""
    tables = lab_tables()
    tables["Dependencies"][0]["dependency_share"] = dependency
    tables["Sector_Links"][0]["effect"] = effect / 2
    tables["Shocks"][0]["shock_share"] = share
    light = run_cascade(build_case(tables), build_case(tables).drills[0])
    tables["Shocks"][0]["shock_share"] = min(1.0, share + more)
    heavy = run_cascade(build_case(tables), build_case(tables).drills[0])
    assert (heavy.inoperability >= light.inoperability - 1e-9).all()
    for key, step in light.steps.items():
        assert heavy.steps[key].end_hours >= step.end_hours - 1e-9
        assert step.end_hours >= light.steps_without[key].end_hours - 1e-9


def test_bypass_and_or_end_with_the_quicker_way() -> None:
    """Slowed steps keep their joins: a bypass ends what it stands in for when it is quicker."""
    tables = lab_tables()
    for row in tables["Approval_Steps"]:
        if row["step"] == "4":
            row["is_enabled"] = True
    network: Network = networks(build_case(tables))["CROSS"]
    planned = {code: step.duration_hours for code, step in network.steps.items()}
    plain = step_courses(network, planned, np.ones((10, 5)))
    assert plain["3"].end_hours == pytest.approx(3.5)
    assert plain["3"].taken_hours == pytest.approx(1.0)
    slowed = np.ones((10, 5))
    slowed[:, network.place("4")] = 3.0
    assert step_courses(network, planned, slowed)["3"].end_hours == pytest.approx(5.0)
