"""The responsibility list, the duties that follow from it, and the step that binds a release."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.approvals import Network, networks
from allocator.case import Case
from allocator.engine.dispatch_reasons import REASONS
from allocator.explain.reasons import WORDS
from allocator.explain.things import THINGS
from allocator.intake import check_case, read_case
from allocator.report.words import word
from allocator.responsibility import duty_rows, responsibility_list
from allocator.responsibility.binding import binding_step
from allocator.responsibility.causes import CAUSES
from allocator.schema.coordination import Duty
from allocator.schema.procedure import ApprovalStep
from tests.allocator.responsibility_cases import case_of, change, two_ways
from tests.seeded_edits import put
from tests.seeded_responsibility import with_list
from tests.tiny import Tables, build_case, build_tables
from tests.tiny_sign_offs import step
from tests.workbooks import raw_sheets, save_workbook


@pytest.fixture(scope="module")
def case() -> Case:
    """The tiny case with its list."""
    return case_of()


def test_causes_are_all_reasons_that_plans_and_explanations_give() -> None:
    """No reason is unknown to the list, and each has its words."""
    told = {WORDS.get(thing, thing) for thing in THINGS}
    others = {"lower_priority", "within_gap", "whole_units"}
    assert set(CAUSES) == set(REASONS) | told | others
    assert all(word(cause, "zh") for cause in CAUSES)


def test_a_step_takes_from_the_list_what_it_leaves_empty() -> None:
    """Initiator, coordinator and limit come from the row where the step has none."""
    tables = change(build_tables(), "Approval_Steps", 1, initiator="PROV_DEM")
    tables["Responsibility"] = [
        {
            "trigger": "LOCAL",
            "subject": "2",
            "initiator": "PROV_DEM",
            "coordinator": "PROV_GOV",
            "department": "CITY_DEM",
            "due_hours": 4,
        }
    ]
    steps = responsibility_list(build_case(tables)).steps
    entry = steps["LOCAL", "2"]
    assert (entry.initiator, entry.coordinator, entry.department) == (
        "PROV_DEM",
        "PROV_GOV",
        "CITY_DEM",
    )
    assert entry.limit_hours == 4
    assert (steps["LOCAL", "1"].initiator, steps["LOCAL", "1"].coordinator) == (None, None)


def test_the_limit_of_the_step_counts_where_both_have_one() -> None:
    """The row's due_hours only fills in."""
    tables = change(build_tables(), "Approval_Steps", 1, limit_hours=2)
    parties = dict.fromkeys(("initiator", "coordinator", "department"), "CITY_DEM")
    tables["Responsibility"] = [{"trigger": "LOCAL", "subject": "2", "due_hours": 9, **parties}]
    assert responsibility_list(build_case(tables)).steps["LOCAL", "2"].limit_hours == 2


def test_a_warehouse_row_wins_over_that_of_its_level(case: Case) -> None:
    """W3 has a row of its own, W1 that of its level; both have the owner they name themselves."""
    warehouses = responsibility_list(case).warehouses
    assert (warehouses["W3"].subject, warehouses["W3"].department) == ("W3", "PROV_GOV")
    assert (warehouses["W1"].subject, warehouses["W1"].department) == ("city", "CITY_DEM")
    assert warehouses["W2"].limit_hours == 6


ALL_AT_ONCE = [
    ("Responsibility", 3, "department", "PROV_GOV", "two_departments"),
    ("Responsibility", 4, "coordinator", "CITY_DEM;PROV_DEM", "two_departments"),
    ("Responsibility", 5, "initiator", "PROV_DEN", "unknown_code"),
    ("Responsibility", 7, "subject", "2b", "duplicate_key"),
    ("Responsibility", 12, "subject", "hail", "unknown_subject"),
    ("Responsibility", 8, "due_hours", -1, "out_of_range"),
    ("Responsibility", 9, "coordinator", None, "empty_cell"),
    ("Warehouses", 4, "owner_department", "PROV_DEM", "two_departments"),
    ("Approval_Steps", 2, "predecessors", "2", "step_cycle"),
    ("Approval_Steps", 7, "limit_hours", -2, "out_of_range"),
]


def test_faults_of_the_list_are_named_in_one_pass(tmp_path: Path) -> None:
    """Ten faults, ten cells, and no other fault."""
    sheets = raw_sheets(build_tables())
    with_list(sheets)
    wanted = {
        (sheet, put(sheets, sheet, line, field, value), code)
        for sheet, line, field, value, code in ALL_AT_ONCE
    }
    issues = check_case(save_workbook(tmp_path / "list.xlsx", sheets))
    found = {(one.sheet, one.cell, one.code) for one in issues if one.severity == "error"}
    # Which of two equal rows, or of the steps of a circle, is named is not asked here.
    assert {(sheet, code) for sheet, _, code in found} == {
        (sheet, code) for sheet, _, code in wanted
    }
    assert found >= {one for one in wanted if one[2] not in ("duplicate_key", "step_cycle")}
    assert len(found) == len(wanted)


def test_a_complete_list_brings_no_issue(tmp_path: Path) -> None:
    """Every step, level and cause told once, by departments that are used."""
    sheets = raw_sheets(build_tables())
    with_list(sheets)
    assert check_case(save_workbook(tmp_path / "list.xlsx", sheets)) == []


def duty(rows: list[Duty], **wanted: Any) -> Duty:
    """The one duty with these fields."""
    found = [
        row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())
    ]
    assert len(found) == 1
    return found[0]


def test_a_duty_says_from_whom_to_whom_and_by_when() -> None:
    """CROSS/3 waits for 2a and 2b, ends at 5 h, and hands over to those whose goods it releases."""
    tables = change(
        build_tables(), "Approval_Steps", 5, is_verbal_allowed=True, cosigners="PROV_DEM"
    )
    change(tables, "Approval_Steps", 5, formalise_within_hours=24, limit_hours=2)
    rows = duty_rows(case_of(tables))
    found = duty(rows, trigger="CROSS", subject="3", role="answers")
    assert (found.department, found.department_name) == ("PROV_GOV", "省政府")
    assert (found.received_from, found.handed_to) == ("PROV_DEM;PROV_GOV", "CITY_DEM;PROV_GOV")
    assert (found.planned_end_hours, found.limit_hours, found.paper_due_hours) == (5, 2, 29)
    assert duty(rows, trigger="CROSS", subject="3", role="cosigns").department == "PROV_DEM"


def test_paper_is_due_by_the_setting_where_that_is_shorter() -> None:
    """A step may allow 72 h; the case allows 48 h from the end at 1.5 h."""
    tables = change(build_tables(), "Approval_Steps", 1, is_verbal_allowed=True)
    change(tables, "Approval_Steps", 1, formalise_within_hours=72)
    rows = duty_rows(case_of(tables))
    assert duty(rows, trigger="LOCAL", subject="2", role="answers").paper_due_hours == 49.5


def test_a_step_that_is_not_in_use_says_so(case: Case) -> None:
    """The disabled bypass has an owner, but no hour."""
    found = duty(duty_rows(case), trigger="CROSS", subject="4", role="answers")
    assert (found.what, found.planned_end_hours) == ("口头批准 (not in use)", None)


def test_warehouses_of_one_level_are_one_duty() -> None:
    """Two county warehouses have one row together, in words of either language."""
    tables = change(build_tables(), "Warehouses", 0, level="county")
    rows = duty_rows(case_of(tables), "zh")
    found = duty(rows, trigger="warehouse", subject="county", role="answers")
    assert (found.department, found.what) == ("CITY_DEM", "没有单独规定的全部县级库：2 座")


def two_way_network() -> tuple[Network, dict[str, float], dict[str, float]]:
    """LOCAL with two steps of half an hour side by side; its release step takes no time."""
    case = build_case(two_ways(build_tables()))
    network = networks(case)["LOCAL"]
    hours = {code: one.duration_hours for code, one in network.steps.items()}
    return network, hours, hours


def test_two_ways_of_equal_length_bind_by_what_delays() -> None:
    """Neither step alone brings the release forward; the first of the two is named."""
    found = binding_step(two_way_network()[0], "2", *two_way_network()[1:])
    assert found is not None
    assert (found.step, found.hours, found.over_hours) == ("1", 0.5, 0)


def test_a_release_at_once_binds_nobody() -> None:
    """Where no step takes time there is nothing to charge."""
    network, hours, _ = two_way_network()
    nothing = dict.fromkeys(hours, 0.0)
    assert binding_step(network, "2", nothing, nothing) is None


@st.composite
def chains(draw: st.DrawFn) -> Tables:
    """Procedures of up to six steps that wait for earlier ones, some of them by OR or disabled."""
    tables = build_tables()
    tables["Approval_Steps"] = []
    tables["Approval_Rules"] = []
    departments = [row["department"] for row in tables["Departments"]]
    for procedure in ("P", "Q")[: draw(st.integers(1, 2))]:
        for k in range(draw(st.integers(1, 6))):
            before = draw(st.sets(st.integers(0, k - 1), max_size=2)) if k else set()
            tables["Approval_Steps"].append(
                step(
                    procedure,
                    str(k),
                    f"{procedure}{k}",
                    draw(st.sampled_from(departments)),
                    draw(st.sampled_from([0.0, 0.5, 1.0, 2.5])),
                    predecessors=";".join(str(one) for one in sorted(before)),
                    join=draw(st.sampled_from(["AND", "OR"])) if before else "START",
                    is_enabled=draw(st.booleans()) or k == 0,
                    limit_hours=draw(st.sampled_from([None, 0.25, 1.0])),
                    initiator=draw(st.sampled_from([None, *departments])),
                )
            )
    return tables


@given(tables=chains())
def test_each_step_and_warehouse_is_answered_for_once(tables: Tables) -> None:
    """Whatever the network: one answering department per step and per row about warehouses."""
    case = case_of(tables)
    rows = duty_rows(case)
    answered = Counter((row.trigger, row.subject) for row in rows if row.role == "answers")
    assert set(answered.values()) == {1}
    steps = {(row.procedure, row.step) for row in case.approval_steps}
    assert {key for key in answered if key[0] not in ("warehouse", "cause")} == steps
    assert {subject for trigger, subject in answered if trigger == "warehouse"} == {
        "city",
        "county",
        "W3",
    }
    keys = [tuple(getattr(row, name) for name in Duty.key) for row in rows]
    assert len(set(keys)) == len(keys)


@given(tables=chains())
def test_no_other_step_that_holds_up_a_release_is_further_over_its_limit(tables: Tables) -> None:
    """The binding step holds the release up; of those that do none is more over, or longer."""
    for network in networks(build_case(tables)).values():
        hours = {code: one.duration_hours for code, one in network.steps.items()}
        limits = {
            code: one.duration_hours if one.limit_hours is None else one.limit_hours
            for code, one in network.steps.items()
        }
        last = network.codes[-1]
        found = binding_step(network, last, hours, limits)
        holding = holds_up(network, hours, last)
        if found is None:
            assert release_of(network, hours, last) == 0
        elif holding:
            assert found.step in holding
            best = max((max(0.0, hours[one] - limits[one]), hours[one]) for one in holding)
            assert (found.over_hours, found.hours) == best


def holds_up(network: Network, hours: dict[str, float], last: str) -> set[str]:
    """Steps that bring the release forward when they are a little shorter, each by itself."""
    base = release_of(network, hours, last)
    return {
        code
        for code, one in network.steps.items()
        if one.is_enabled and release_of(network, hours | {code: hours[code] * 0.999}, last) < base
    }


def release_of(network: Network, hours: dict[str, float], last: str) -> float:
    """Hour at which a step is through, step by step as the docs say."""
    finish: dict[str, float] = {}
    for code, one in network.steps.items():
        finish[code] = _begin(one, network, finish) + (hours[code] if one.is_enabled else 0.0)
    return finish[last]


def _begin(one: ApprovalStep, network: Network, finish: dict[str, float]) -> float:
    """Hour at which a step begins; steps stand in the order in which they wait."""
    before = [code for code in one.predecessors.split(";") if code]
    if not before:
        return 0.0
    if one.join == "OR":
        enabled = [code for code in before if network.steps[code].is_enabled] or before
        return min(finish[code] for code in enabled)
    return max(finish[code] for code in before)


@pytest.mark.parametrize("name", ["guangxi", "jishishan"])
def test_shipped_cases_have_a_complete_list(name: str) -> None:
    """Every step and warehouse of real cases has all three parties, and no department is idle."""
    case = read_case(name)
    listed = responsibility_list(case)
    for entry in (*listed.steps.values(), *listed.warehouses.values(), *listed.causes.values()):
        assert entry.initiator
        assert entry.coordinator
        assert entry.department
    assert {row.department for row in duty_rows(case)} >= {
        entry.department for entry in listed.warehouses.values()
    }
