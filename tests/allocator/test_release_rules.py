"""Rules by province and request, spoken consent, what a scenario slows: engine and replay agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.approvals import Network, release, step_hours
from allocator.case import Case
from allocator.replay.facts import Facts
from allocator.replay.signoffs import SignOffs
from tests.allocator.test_approvals import steps
from tests.tiny import build_case, build_tables


def both_hours(case: Case, scenario: str) -> tuple[np.ndarray, np.ndarray]:
    """Release hours of every warehouse, district and item: as the engine and the replay see them.

    Hubs are left out: goods there are signed for.
    """
    rules = release(case, case.scenario(scenario))
    signed = SignOffs(Facts(case))
    ours, theirs = [], []
    for w, warehouse in enumerate(case.warehouses):
        for d, district in enumerate(case.districts):
            hours = rules.lane_hours(np.array([w]), np.array([d]))[0]
            for i, item in enumerate(case.items):
                ours.append(hours[rules.item_group[i]])
                names = warehouse.warehouse, district.district, item.item
                theirs.append(signed.release_hours(scenario, *names))
    return np.array(ours), np.array(theirs)


def first_rule(**narrower: Any) -> dict[str, Any]:
    """A rule for every lane that releases at the first step of the longest procedure."""
    return {
        "warehouse_level": "any",
        "receiver": "any",
        "procedure": build_tables()["Approval_Steps"][0]["procedure"],
        "release_step": build_tables()["Approval_Steps"][0]["step"],
        **narrower,
    }


def hours_with(*rules: dict[str, Any]) -> dict[tuple[str, str], float]:
    """Release hours of the tiny case under rules put on top, by warehouse and district."""
    tables = build_tables()
    tables["Approval_Rules"] = [*rules, *tables["Approval_Rules"]]
    case = build_case(tables)
    found = release(case, case.scenarios[0])
    return {
        (w.warehouse, d.district): float(found.lane_hours(np.array([i]), np.array([j]))[0, 0])
        for i, w in enumerate(case.warehouses)
        for j, d in enumerate(case.districts)
    }


def test_a_rule_for_a_receiving_province_holds_there_only() -> None:
    """Lanes into the named province follow the rule, the others do not notice it."""
    plain, case = hours_with(), build_case()
    province = case.districts[0].province
    narrow = hours_with(first_rule(to_province=province))
    inside = {row.district for row in case.districts if row.province == province}
    first = step_hours(case, None, "planned")[_first_key(case)]
    assert all(narrow[lane] == first for lane in narrow if lane[1] in inside)
    assert all(narrow[lane] == plain[lane] for lane in narrow if lane[1] not in inside)


def _first_key(case: Case) -> tuple[str, str]:
    """Procedure and step of the first row of the steps."""
    row = case.approval_steps[0]
    return row.procedure, row.step


def test_a_rule_for_large_requests_spares_small_ones() -> None:
    """A district whose whole need of the group reaches the threshold follows the rule."""
    case = build_case()
    scenario = case.scenarios[0].scenario
    need = {row.district: 0.0 for row in case.districts}
    group = {row.item for row in case.items if row.item_group == case.items[0].item_group}
    for row in case.scenario_demand:
        if row.scenario == scenario and row.item in group:
            need[row.district] += row.demand_units
    largest = max(need, key=lambda code: need[code])
    plain = hours_with()
    narrow = hours_with(first_rule(min_request_units=need[largest]))
    changed = {lane[1] for lane in narrow if narrow[lane] != plain[lane]}
    assert changed <= {code for code, units in need.items() if units >= need[largest]}
    assert largest in changed
    assert hours_with(first_rule(min_request_units=need[largest] + 1)) == plain


def test_spoken_consent_counts_where_the_settings_say_so() -> None:
    """With sign_offs = verbal a step that allows it takes its verbal_hours."""
    tables = build_tables()
    step = tables["Approval_Steps"][0]
    step.update(is_verbal_allowed=True, verbal_hours=0.125)
    key = step["procedure"], step["step"]
    assert step_hours(build_case(tables), None, "planned")[key] == step["duration_hours"]
    tables["Settings"] = [{**tables["Settings"][0], "sign_offs": "verbal"}]
    spoken = build_case(tables)
    assert step_hours(spoken, None, "planned")[key] == 0.125
    np.testing.assert_allclose(*both_hours(spoken, spoken.scenarios[0].scenario))


def test_speeds_by_hand() -> None:
    """Planned 2 h, usual delay 1 h, limit 2.5 h; the scenario doubles it: 4, 6 and 2.5 h."""
    tables = build_tables()
    step = tables["Approval_Steps"][0]
    step.update(duration_hours=2.0, limit_hours=2.5, duration_max_hours=None)
    for row in tables["Departments"]:
        row["delay_mean_hours"] = 1.0 if row["department"] == step["department"] else 0.0
    key = step["procedure"], step["step"]
    names = {"procedure": key[0], "step": key[1]}
    code = build_case().scenarios[0].scenario
    assert step_hours(build_case(tables), code, "actual")[key] == 3.0
    tables["Scenario_Sign_Offs"] = [{"scenario": code, **names, "duration_factor": 2.0}]
    case = build_case(tables)
    assert [step_hours(case, code, speed)[key] for speed in ("planned", "actual", "limit")] == [
        4.0,
        6.0,
        2.5,
    ]
    tables["Approval_Log"] = [
        {"record": "a", **names, "hours": 1.0},
        {"record": "b", **names, "hours": 2.0},
    ]
    case = build_case(tables)
    assert step_hours(case, None, "actual")[key] == 1.5
    assert step_hours(case, None, "limit")[key] == 1.5


@st.composite
def ruled_cases(draw: st.DrawFn) -> Case:
    """Tiny cases with rules of every kind in any order."""
    tables = build_tables()
    case = build_case()
    provinces = ["", *sorted({row.province for row in case.districts})]
    ends = sorted({(row.procedure, row.step) for row in case.approval_steps if row.is_enabled})
    found = {}
    for _ in range(draw(st.integers(1, 6))):
        procedure, step = draw(st.sampled_from(ends))
        row = {
            "warehouse_level": draw(st.sampled_from(["any", "central", "city", "county"])),
            "receiver": draw(st.sampled_from(["any", "own_district", "same_province"])),
            "from_province": draw(st.sampled_from(provinces)),
            "to_province": draw(st.sampled_from(provinces)),
            "min_request_units": float(draw(st.sampled_from([0, 0, 5, 20, 60]))),
            "procedure": procedure,
            "release_step": step,
        }
        found[tuple(row.values())[:5]] = row
    tables["Approval_Rules"] = list(found.values())
    code = case.scenarios[0].scenario
    slowed = draw(st.lists(st.sampled_from(ends), unique=True, max_size=3))
    tables["Scenario_Sign_Offs"] = [
        {
            "scenario": code,
            "procedure": procedure,
            "step": step,
            "duration_factor": draw(st.sampled_from([0.5, 1.0, 3.0])),
            "added_hours": draw(st.sampled_from([0.0, 0.75])),
        }
        for procedure, step in slowed
    ]
    return build_case(tables)


@given(ruled_cases())
def test_engine_and_replay_release_alike(case: Case) -> None:
    """Two programs written apart from each other find the same hours on every lane."""
    for scenario in case.scenarios:
        np.testing.assert_allclose(*both_hours(case, scenario.scenario))


@given(st.lists(st.floats(0, 5), min_size=6, max_size=6))
def test_side_by_side_is_never_later_and_one_by_one_never_earlier(hours: list[float]) -> None:
    """The two extremes enclose the network as it is, with OR and BYPASS in it."""
    network = Network(
        steps(
            ("1", hours[0], "", "START"),
            ("2", hours[1], "1", "AND"),
            ("3", hours[2], "1", "AND"),
            ("4", hours[3], "2;3", "OR"),
            ("5", hours[4], "2;3;4", "AND"),
            ("x", hours[5], "1", "BYPASS"),
            x="4;5",
        )
    )
    durations = np.array(hours)
    as_it_is = network.finish_hours(durations)
    assert (network.side_by_side_hours(durations) <= as_it_is + 1e-12).all()
    assert (network.one_after_other_hours(durations) >= as_it_is - 1e-12).all()


def test_courses_are_timed_together() -> None:
    """Columns of durations give the columns of finish hours that each gives alone."""
    network = Network(steps(("a", 1, "", "START"), ("b", 3, "", "START"), ("c", 0.5, "a;b", "OR")))
    courses = np.array([[1.0, 4.0], [3.0, 2.0], [0.5, 1.0]])
    finish = network.finish_hours(courses)
    for column in range(2):
        assert finish[:, column] == pytest.approx(network.finish_hours(courses[:, column]))
    assert network.waited_for("c") == ("a", "b", "c")
