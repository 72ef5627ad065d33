"""Simulated courses: distributions, logs, common random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from allocator.approvals.simulation import Courses, mean_hours, simulate
from allocator.case import Case
from tests.tiny import build_case, build_tables

LOCAL_1 = ("LOCAL", "1")

SAMPLES = 20_000


def case_with(
    first: dict[str, Any] | None = None,
    *,
    department: dict[str, Any] | None = None,
    **sheets: list[dict[str, Any]],
) -> Case:
    """The tiny case, with changes to its first step, the department of it, and whole sheets."""
    tables = build_tables()
    tables["Approval_Steps"][0].update(first or {})
    tables["Departments"][0].update(department or {})
    tables.update(sheets)
    return build_case(tables)


def drawn(case: Case, key: tuple[str, str] = LOCAL_1, **options: Any) -> np.ndarray:
    """Durations of one step in all courses."""
    courses = simulate(case, samples=SAMPLES, **options)
    return np.asarray(courses.of(key[0], [key[1]])[0])


SPREAD = {"duration_hours": 1.0, "duration_min_hours": 0.5, "duration_max_hours": 4.0}

LATE = {"delay_mean_hours": 2.0, "delay_deviation_hours": 1.0}

LOG = [
    {"record": name, "procedure": "LOCAL", "step": "1", "hours": hours}
    for name, hours in (("a", 1.0), ("b", 2.0), ("c", 6.0))
]


@pytest.mark.parametrize(
    ("first", "department", "sheets", "mean"),
    [
        ({**SPREAD, "distribution": "triangular"}, {}, {}, (0.5 + 1 + 4) / 3),
        ({**SPREAD, "distribution": "pert"}, {}, {}, (0.5 + 4 * 1 + 4) / 6),
        ({**SPREAD, "distribution": "fixed"}, {}, {}, 1.0),
        ({**SPREAD, "distribution": "pert"}, LATE, {}, 8.5 / 6 + 2),
        ({**SPREAD, "distribution": "pert"}, LATE, {"Approval_Log": LOG}, 3.0),
        ({**SPREAD, "distribution": "log"}, LATE, {"Approval_Log": LOG}, 3.0),
        ({"duration_hours": 1.0, "duration_max_hours": 3.0}, LATE, {}, 1.0 + 2),
    ],
)
def test_mean_of_the_courses_is_the_formula(
    first: dict[str, Any], department: dict[str, Any], sheets: dict[str, Any], mean: float
) -> None:
    """Means by hand are those of the formula, and of the courses within four standard errors."""
    case = case_with(first, department=department, **sheets)
    hours = drawn(case, seed=7)
    error = hours.std() / np.sqrt(SAMPLES)
    assert mean_hours(case)[LOCAL_1] == pytest.approx(mean)
    assert abs(hours.mean() - mean) <= 4 * error + 1e-12


@pytest.mark.parametrize(
    ("kind", "law"),
    [
        ("triangular", stats.triang(0.5 / 3.5, loc=0.5, scale=3.5)),
        ("pert", stats.beta(1 + 4 * 0.5 / 3.5, 1 + 4 * 3 / 3.5, loc=0.5, scale=3.5)),
    ],
)
def test_planned_part_has_its_distribution(kind: str, law: Any) -> None:
    """Kolmogorov and Smirnov find no difference from the distribution of the textbook."""
    hours = drawn(case_with({**SPREAD, "distribution": kind}), speed="planned", seed=3)
    assert stats.kstest(hours, law.cdf).pvalue > 0.01


def test_delay_is_a_gamma_variable() -> None:
    """Beside a fixed hour, mean 2 h and deviation 1 h are a gamma variable of shape 4."""
    case = case_with({"duration_hours": 1.0, "distribution": "fixed"}, department=LATE)
    assert stats.kstest(drawn(case, seed=5) - 1.0, stats.gamma(4, scale=0.5).cdf).pvalue > 0.01


def test_a_delay_without_deviation_is_just_added() -> None:
    """A department that is always two hours late makes a fixed hour three."""
    late = {"delay_mean_hours": 2.0, "delay_deviation_hours": 0.0}
    case = case_with({"duration_hours": 1.0, "distribution": "fixed"}, department=late)
    assert set(drawn(case).tolist()) == {3.0}


def test_draws_do_not_depend_on_the_other_steps() -> None:
    """Leaving steps out, or adding one, leaves the courses of the others as they were."""
    tables = build_tables()
    for row in tables["Approval_Steps"]:
        row.update(duration_min_hours=0.0, duration_max_hours=9.0)
    whole = simulate(build_case(tables), samples=50, seed=1)
    kept = [row for row in tables["Approval_Steps"] if row["procedure"] == "LOCAL"]
    rules = [row for row in tables["Approval_Rules"] if row["procedure"] == "LOCAL"]
    extra = {**kept[0], "step": "0", "name": "more"}
    tables.update(Approval_Steps=[extra, *reversed(kept)], Approval_Rules=rules)
    part = simulate(build_case(tables), samples=50, seed=1)
    for code in ("1", "2"):
        np.testing.assert_array_equal(whole.of("LOCAL", [code]), part.of("LOCAL", [code]))
    assert not np.array_equal(part.of("LOCAL", ["0"]), part.of("LOCAL", ["1"]))


def test_courses_are_those_of_the_seed_however_many() -> None:
    """A seed gives the same courses again; more of them begin with the same; another seed not."""
    case = case_with(SPREAD)

    def course(samples: int, seed: int) -> Courses:
        return simulate(case, samples=samples, seed=seed)

    np.testing.assert_array_equal(course(30, 4).hours, course(30, 4).hours)
    np.testing.assert_array_equal(course(30, 4).hours, course(90, 4).hours[:, :30])
    assert not np.array_equal(course(30, 4).hours, course(30, 5).hours)


def test_each_course_by_itself_is_a_column() -> None:
    """Course by course, durations go by procedure and step."""
    courses = simulate(case_with(SPREAD), samples=3)
    told = courses.each()
    assert [one[LOCAL_1] for one in told] == courses.of(*LOCAL_1)[0].tolist()
    assert all(set(one) == set(courses.keys) for one in told)


def test_steps_that_share_past_cases_stay_bound_to_each_other() -> None:
    """Hours of two steps always come from one past case, where it has rows of both."""
    tables = build_tables()
    for row in tables["Approval_Steps"][:2]:
        row["distribution"] = "log"
    tables["Approval_Log"] = [
        {"record": name, "procedure": "LOCAL", "step": step, "hours": hours}
        for name, *both in (("a", 1.0, 10.0), ("b", 2.0, 20.0), ("c", 3.0, None))
        for step, hours in zip("12", both, strict=True)
        if hours is not None
    ]
    courses = simulate(build_case(tables), samples=SAMPLES, seed=2)
    first, second = courses.of("LOCAL", ["1", "2"])
    assert {*zip(first.tolist(), second.tolist(), strict=True)} == {
        *((1.0, 10.0), (2.0, 20.0), (3.0, 10.0), (3.0, 20.0)),
    }
    # Every row of a step is as likely as any other.
    for hours, values in ((first, (1.0, 2.0, 3.0)), (second, (10.0, 20.0))):
        for value in values:
            share = 1 / len(values)
            error = np.sqrt(share * (1 - share) / SAMPLES)
            assert abs((hours == value).mean() - share) <= 4 * error


def test_spoken_consent_and_scenario_and_limit() -> None:
    """A spoken consent of 0.25 h, doubled and an hour more, is 1.5 h; at the limit 1.25 h."""
    first = {**SPREAD, "is_verbal_allowed": True, "verbal_hours": 0.25, "limit_hours": 1.25}
    code = build_case().scenarios[0].scenario
    slowed = {"scenario": code, "procedure": "LOCAL", "step": "1"}
    tables = build_tables()
    case = case_with(
        first,
        Settings=[{**tables["Settings"][0], "sign_offs": "verbal"}],
        Scenario_Sign_Offs=[{**slowed, "duration_factor": 2.0, "added_hours": 1.0}],
    )
    for scenario, speed, hours in (
        (None, "planned", 0.25),
        (code, "planned", 1.5),
        (code, "actual", 1.5),
        (code, "limit", 1.25),
    ):
        courses = simulate(case, scenario, speed=speed, samples=5)  # type: ignore[arg-type]
        assert set(courses.of("LOCAL", ["1"])[0].tolist()) == {hours}


def test_nobody_is_slower_at_the_limit() -> None:
    """Course by course, limit hours are the actual ones cut off at the limit."""
    case = case_with({**SPREAD, "limit_hours": 2.0}, department=LATE)
    actual, limit = drawn(case), drawn(case, speed="limit")
    np.testing.assert_array_equal(limit, np.minimum(actual, 2.0))
    assert (limit < actual).any()


def test_no_formula_is_claimed_for_the_limit() -> None:
    """Asking for the mean at the limit is refused with the way out."""
    with pytest.raises(ValueError, match="mean of courses"):
        mean_hours(build_case(), speed="limit")
