"""Paired comparison of rule variants."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from allocator.case import Case
from allocator.coordination.reformed import Reformed
from allocator.coordination.variants import compare_variants
from allocator.errors import NotFoundError
from allocator.report.reform_sentences import with_reform_sentences
from allocator.schema.coordination import VariantResult
from allocator.schema.results import SummaryLine
from allocator.tables import TableSet
from tests.allocator.reform_cases import ToyLosses, metro_tables, toy_view
from tests.tiny import build_case

INFORM = {"reforms": "inform"}


def variant_rows(*rows: tuple[str, str, str]) -> list[dict[str, Any]]:
    """Rows of ``Variants`` from (variant, step, reform)."""
    return [
        {"variant": name, "procedure": "METRO_SUSPENSION", "step": step, "reform": kind}
        for name, step, kind in rows
    ]


def metro(*rows: tuple[str, str, str]) -> Case:
    """The metro case with variants; publicity may be told, nobody else."""
    tables = metro_tables(s4=INFORM)
    tables["Variants"] = variant_rows(*rows)
    return build_case(tables)


def courses_of(count: int) -> Callable[[Reformed, str], Sequence[dict[tuple[str, str], float]]]:
    """Courses in which all steps take 10 % longer each time, the same for every variant."""

    def courses(reformed: Reformed, scenario: str) -> list[dict[tuple[str, str], float]]:
        mean = reformed.step_hours(scenario, "actual")
        return [{key: hours * (1 + n / 10) for key, hours in mean.items()} for n in range(count)]

    return courses


def compared(
    case: Case, losses: ToyLosses, scenarios: int = 2, courses: int = 1
) -> tuple[VariantResult, ...]:
    """Variants of a case over its first scenarios and some courses."""
    views = [toy_view(case, losses, row.scenario) for row in case.scenarios[:scenarios]]
    return compare_variants(case, views, courses_of(courses))


def hourly(hours: Sequence[float]) -> float:
    """A hundred CNY an hour."""
    return 100.0 * hours[0]


def test_a_variant_is_compared_with_today_on_the_same_courses() -> None:
    """In each of six pairs the release is 2.7 instead of 3.3 h, times the course: -2/11 always."""
    rows = compared(metro(("told", "4", "inform")), ToyLosses(hourly), 2, 3)
    assert len(rows) == 1
    row = rows[0]
    assert (row.variant, row.base) == ("told", "today")
    assert (row.runs_count, row.scenarios_count) == (6, 2)
    assert (row.better_count, row.equal_count) == (6, 0)
    assert row.change_share == pytest.approx(-0.6 / 3.3)
    assert (row.change_low_share, row.change_high_share) == pytest.approx((-0.6 / 3.3,) * 2)
    assert row.change_cny == pytest.approx(-66.0)


def test_the_interval_is_students_t_over_the_courses_of_one_scenario() -> None:
    """Losses 10 + 3.3 c against 10 + 2.7 c for c = 1, 1.1, 1.2: shares by hand, t(2) = 4.3027."""
    case = metro(("told", "4", "inform"))
    row = compared(case, ToyLosses(lambda hours: 10.0 + hours[0]), 1, 3)[0]
    shares = [-0.6 * c / (10.0 + 3.3 * c) for c in (1.0, 1.1, 1.2)]
    mean = sum(shares) / 3
    deviation = (sum((share - mean) ** 2 for share in shares) / 2) ** 0.5
    half = 4.302653 * deviation / 3**0.5
    assert row.scenarios_count == 1
    assert row.change_share == pytest.approx(mean)
    assert row.change_low_share == pytest.approx(mean - half, rel=1e-6)
    assert row.change_high_share == pytest.approx(mean + half, rel=1e-6)


def test_courses_of_one_scenario_are_one_value_where_there_are_several() -> None:
    """Many courses are not many scenarios: the interval is over two means, t(1) = 12.706."""
    tables = metro_tables(s4=INFORM)
    tables["Variants"] = variant_rows(("told", "4", "inform"))
    second = tables["Scenarios"][1]["scenario"]
    tables["Scenario_Sign_Offs"] = [
        {"scenario": second, "procedure": "METRO_SUSPENSION", "step": "4", "added_hours": 2.0}
    ]
    row = compared(build_case(tables), ToyLosses(hourly), 2, 5)[0]
    first, other = -0.6 / 3.3, -2.6 / 5.3
    half = 12.7062 * abs(first - other) / 2
    assert row.runs_count == 10
    assert row.change_share == pytest.approx((first + other) / 2)
    assert row.change_high_share - row.change_share == pytest.approx(half, rel=1e-4)


def test_differences_within_the_gaps_count_as_equal() -> None:
    """With bounds 25 % below the plans nobody knows whether 270 is less than 330."""
    row = compared(metro(("told", "4", "inform")), ToyLosses(hourly, gap=0.25))[0]
    assert (row.better_count, row.equal_count, row.change_share) == (0, 2, 0.0)


def test_a_variant_that_changes_no_release_is_equal() -> None:
    """Transport told instead of asked: publicity still decides."""
    row = compared(metro(("transport", "2", "inform")), ToyLosses(hourly))[0]
    assert (row.better_count, row.equal_count) == (0, 2)


def test_variants_are_compared_with_each_other_too() -> None:
    """Told against asked beside the notice: 2.7 h and 2.6 h."""
    case = metro(("told", "4", "inform"), ("beside", "5", "parallel"))
    rows = compared(case, ToyLosses(hourly))
    assert [(row.variant, row.base) for row in rows] == [
        ("told", "today"),
        ("beside", "today"),
        ("beside", "told"),
    ]
    assert rows[2].change_share == pytest.approx(-0.1 / 2.7)


def test_a_variant_that_breaks_a_guard_rail_is_priced_and_marked() -> None:
    """Transport's step lists no such change."""
    rows = compared(metro(("told", "4", "inform"), ("transport", "2", "inform")), ToyLosses(hourly))
    assert [row.is_allowed for row in rows] == [True, False, False]


def sentences(case: Case, rows: Sequence[VariantResult], lang: Any) -> TableSet:
    """Rows with their words."""
    return with_reform_sentences(TableSet({VariantResult.sheet: tuple(rows)}), case, lang)


def test_a_comparison_is_told_in_words() -> None:
    """How often, by how much, how sure; and which guard rail breaks."""
    case = metro(("transport", "4", "inform"), ("notice", "5", "inform"))
    found = sentences(case, compared(case, ToyLosses(hourly)), "en")
    first, second, _ = found.rows(VariantResult)
    assert first.sentence == (
        "transport is better than today in 2 of 2 pairs, mean -18.2 % (95 % interval -18.2 % to "
        "-18.2 %, over 2 scenarios)."
    )
    assert "answers for the release" in second.guards
    assert second.sentence.endswith(f"It breaks guard rails: {second.guards}.")
    assert found.rows(SummaryLine)[0].figure == "-18.2 %"
    chinese = sentences(case, found.rows(VariantResult), "zh").rows(VariantResult)[0]
    assert chinese.sentence == (
        "transport 在 2 对中 2 对优于 现行，平均 -18.2 %"
        "（95% 区间 -18.2 % 至 -18.2 %，按 2 个情景）。"
    )


def test_one_pair_claims_nothing() -> None:
    """A single pair has no interval, and no figure in the summary."""
    case = metro(("told", "4", "inform"))
    found = sentences(case, compared(case, ToyLosses(hourly), 1, 1), "en")
    assert found.rows(VariantResult)[0].sentence == (
        "There is one pair only, loss -18.2 %: no claim is made."
    )
    assert found.rows(SummaryLine)[0].figure == ""


def test_one_scenario_claims_nothing_beyond_it() -> None:
    """Courses of one scenario say how chance plays there, and the sentence says no more."""
    case = metro(("told", "4", "inform"))
    row = sentences(case, compared(case, ToyLosses(hourly), 1, 4), "en").rows(VariantResult)[0]
    assert row.sentence.endswith("All pairs are of one scenario: nothing is claimed beyond it.")


def test_a_case_without_variants_compares_nothing() -> None:
    """No rows, and no solve."""
    losses = ToyLosses(hourly)
    assert compared(build_case(metro_tables()), losses) == ()
    assert losses.solves == 0


def test_a_variant_that_cannot_be_timed_is_named() -> None:
    """A spoken consent without its hours is an error with the way out."""
    with pytest.raises(NotFoundError, match="verbal_hours of the step is empty"):
        compared(metro(("word", "4", "verbal")), ToyLosses(hourly))


def test_scenarios_take_turns_when_time_is_short() -> None:
    """When time is up after the first pair, one pair counts."""
    case = metro(("told", "4", "inform"))
    views = [toy_view(case, ToyLosses(hourly), row.scenario) for row in case.scenarios[:2]]
    rows = compare_variants(case, views, courses_of(3), lambda: True)
    assert rows[0].runs_count == 1
