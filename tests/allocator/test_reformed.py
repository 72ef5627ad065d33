"""Procedures after reforms: hours by hand, and never later than before."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.approvals import Network
from allocator.coordination.reformed import Reformed, StepReform, changes_text, read_changes
from allocator.errors import NotFoundError
from allocator.schema.sign_offs import ReformKind
from tests.allocator.reform_cases import metro_tables
from tests.allocator.test_approvals import steps
from tests.tiny import build_case


def release_hours(*reforms: tuple[str, ReformKind], **changes: dict[str, Any]) -> float:
    """Release of the metro case after some reforms, at actual speed. [h]."""
    case = build_case(metro_tables(**changes))
    made = Reformed(case, [StepReform("METRO_SUSPENSION", step, kind) for step, kind in reforms])
    scenario = case.scenarios[0].scenario
    hours = made.step_hours(scenario, "actual")
    return float(made.release(scenario, hours).rule_hours[0])


def test_the_three_signatures_release_at_the_slowest() -> None:
    """Trigger 0.6, publicity 2 as the slowest of three, notice 0.7."""
    assert release_hours() == pytest.approx(3.3)


def test_publicity_informed_not_signing_removes_the_bottleneck() -> None:
    """Transport's 1.4 h are then the longest: 0.6 + 1.4 + 0.7; telling transport saves nothing."""
    assert release_hours(("4", "inform")) == pytest.approx(2.7)
    assert release_hours(("2", "inform")) == pytest.approx(3.3)


def test_a_spoken_consent_takes_its_own_hours_and_the_usual_delay() -> None:
    """Publicity by word takes 0.25 h, and its usual 1 h late; transport is then the slowest."""
    assert release_hours(("4", "verbal"), s4={"verbal_hours": 0.25}) == pytest.approx(2.7)
    assert release_hours(("4", "verbal"), s4={"verbal_hours": 0.8}) == pytest.approx(3.1)


def test_a_deputy_brings_his_own_delay() -> None:
    """The trigger signed by transport's deputy in 0.1 h: 0.1 + 0.7 instead of 0.3 + 0.3."""
    deputy = {"deputy": "CITY_TRANS", "deputy_hours": 0.1}
    assert release_hours(("1", "delegate"), s1=deputy) == pytest.approx(3.3 + 0.2)


def test_a_signature_beforehand_takes_no_time() -> None:
    """The trigger is through at once."""
    assert release_hours(("1", "pre_authorise")) == pytest.approx(2.7)


def test_a_parallel_step_begins_with_those_before_it_and_ends_after_them() -> None:
    """The notice beside the signatures: all is through when the slowest of them is."""
    assert release_hours(("5", "parallel")) == pytest.approx(0.6 + 2.0)
    assert release_hours(("5", "parallel"), s5={"duration_hours": 3.0}) == pytest.approx(0.6 + 3.5)
    both = release_hours(("4", "parallel"), ("5", "parallel"))
    assert both == pytest.approx(0.6 + 1.4)


def test_a_changed_step_no_longer_follows_its_log() -> None:
    """The log says 9 h for publicity; by word it takes 0.8 + 1 h; others keep their log."""
    tables = metro_tables(s4={"verbal_hours": 0.8})
    tables["Approval_Log"] = [
        {"record": "a", "procedure": "METRO_SUSPENSION", "step": step, "hours": 9.0}
        for step in ("1", "4")
    ]
    case = build_case(tables)
    made = Reformed(case, [StepReform("METRO_SUSPENSION", "4", "verbal")])
    hours = made.step_hours(case.scenarios[0].scenario, "actual")
    assert hours["METRO_SUSPENSION", "4"] == pytest.approx(1.8)
    assert hours["METRO_SUSPENSION", "1"] == pytest.approx(9.0)


def test_a_signature_beforehand_is_not_slowed_by_a_scenario() -> None:
    """What is signed already takes no time, whatever the scenario adds."""
    tables = metro_tables()
    tables["Scenario_Sign_Offs"] = [
        {
            "scenario": tables["Scenarios"][0]["scenario"],
            "procedure": "METRO_SUSPENSION",
            "step": "1",
            "added_hours": 5.0,
        }
    ]
    case = build_case(tables)
    scenario = case.scenarios[0].scenario
    key = "METRO_SUSPENSION", "1"
    assert Reformed(case, ()).step_hours(scenario, "actual")[key] == pytest.approx(5.6)
    made = Reformed(case, [StepReform(*key, "pre_authorise")])
    assert made.step_hours(scenario, "actual")[key] == 0.0


def test_a_reform_without_its_hours_is_named() -> None:
    """A spoken consent of a step without verbal_hours cannot be timed."""
    with pytest.raises(NotFoundError, match=r"METRO_SUSPENSION/4 verbal: verbal_hours"):
        release_hours(("4", "verbal"))
    with pytest.raises(NotFoundError, match="no such step"):
        release_hours(("44", "parallel"))


def test_sets_of_changes_are_written_and_read() -> None:
    """A cell of changes reads back as the set it was written from."""
    made = (StepReform("A", "1", "verbal"), StepReform("B_C", "2/x", "inform"))
    assert changes_text(reversed(made)) == "A/1 verbal; B_C/2/x inform"
    assert read_changes(changes_text(made)) == made


@given(
    st.lists(st.floats(0, 5), min_size=6, max_size=6),
    st.sets(st.sampled_from("12345x")),
)
def test_nothing_is_through_later_with_steps_side_by_side(
    hours: list[float], beside: set[str]
) -> None:
    """Whatever begins with the steps before it, also next to OR and BYPASS, delays nothing."""
    rows = steps(
        ("1", hours[0], "", "START"),
        ("2", hours[1], "1", "AND"),
        ("3", hours[2], "2", "AND"),
        ("4", hours[3], "2;3", "OR"),
        ("5", hours[4], "3;4", "AND"),
        ("x", hours[5], "1", "BYPASS"),
        x="2;3",
    )
    plain, changed = Network(rows), Network(rows, beside)
    durations = plain.durations({row.step: row.duration_hours for row in rows})
    before, after = plain.finish_hours(durations), changed.finish_hours(durations)
    assert (after <= before + 1e-12).all()
    assert (after >= changed.side_by_side_hours(durations) - 1e-12).all()
