"""Answers to the classical location questions: certified if right, caught if changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from allocator.case import Case
from allocator.plan import Plan
from allocator.replay import RULES, verify
from allocator.schema import RESULT_SHEETS
from tests.tiny import build_case, build_tables

Tables = dict[str, list[dict[str, Any]]]
Change = Callable[[Tables], None]

PEOPLE_HOURS = 10000 * 1.125 + 5000 * 2.5 + 20000 * 13 / 6

OBJECTIVES = {
    # W1 by van to its own district and the next, W2 by truck to its own.
    "cover-all": 2,
    "cover-most": 35000,
    "median": PEOPLE_HOURS,
    "center": 2.5,
}


def answer(question: str) -> Tables:
    """Two warehouses, each district within three hours of one of them."""
    names = ("district", "warehouse", "reach_hours", "population_people", "is_covered")
    lines = [
        ("450101", "W1", 1.125, 10000, True),
        ("450102", "W1", 2.5, 5000, True),
        ("450201", "W2", 13 / 6, 20000, True),
    ]
    stage = {
        "part": "location",
        "stage": question,
        "objective": OBJECTIVES[question],
        "bound": OBJECTIVES[question],
        "gap": 0.0,
        "controllable_gap": 0.0,
        "status": "optimal",
        "seconds": 0.1,
    }
    return {
        "Responsible_Warehouses": [dict(zip(names, line, strict=True)) for line in lines],
        "Stages": [stage],
        "Run_Info": [{"name": "within_hours", "text": "3"}, {"name": "sites", "text": "2"}],
    }


def plan_of(tables: Tables) -> Plan:
    """A plan of these tables."""
    return Plan(
        {
            sheet: tuple(RESULT_SHEETS[sheet].model_construct(**line) for line in lines)
            for sheet, lines in tables.items()
        }
    )


@pytest.mark.parametrize("question", OBJECTIVES)
def test_a_right_answer_is_certified(question: str) -> None:
    """The hand-computed answer to each question passes, and its objective is the headline."""
    verdict = verify(build_case(), plan_of(answer(question)))
    assert verdict.violations == ()
    assert verdict.objective == pytest.approx(OBJECTIVES[question])


def test_a_bound_below_a_cover_is_caught() -> None:
    """More people is better, so the bound of cover-most may not be below the objective."""
    tables = answer("cover-most")
    tables["Stages"][0].update(bound=30000, gap=1 / 7, controllable_gap=1 / 7, status="within_gap")
    verdict = verify(build_case(), plan_of(tables))
    assert [violation.rule for violation in verdict.violations] == ["stage_bound"]


def row(number: int, **cells: Any) -> Change:
    """Change cells of one district's line."""
    return lambda tables: tables["Responsible_Warehouses"][number].update(cells)


def test_cover_without_the_hours_asked_for_needs_a_clear_cut() -> None:
    """Where Run_Info does not tell the reach, covered must be nearer than uncovered."""
    tables = answer("cover-most")
    tables["Run_Info"] = []
    tables["Responsible_Warehouses"][0]["is_covered"] = False
    verdict = verify(build_case(), plan_of(tables))
    assert "responsible_covered" in {violation.rule for violation in verdict.violations}


BREACHES: list[tuple[str, str, Change]] = [
    ("responsible_listed", "median", lambda tables: tables["Responsible_Warehouses"].pop()),
    ("responsible_own", "median", row(1, warehouse="W3", reach_hours=14)),
    ("responsible_nearest", "median", row(1, warehouse="W2", reach_hours=5)),
    ("responsible_nearest", "median", row(2, warehouse=None, reach_hours=None)),
    ("responsible_hours", "median", row(1, reach_hours=2.4)),
    ("responsible_hours", "median", row(1, reach_hours=None)),
    ("responsible_hours", "median", row(1, warehouse=None)),
    ("responsible_people", "median", row(1, population_people=5001)),
    ("responsible_covered", "cover-all", row(1, is_covered=False)),
    ("responsible_covered", "cover-most", row(1, is_covered=False)),
    ("responsible_covered", "center", row(1, is_covered=False)),
    (
        "responsible_covered",
        "cover-all",
        lambda tables: tables["Run_Info"][0].update(text="2.4"),
    ),
    ("location_sites", "median", lambda tables: tables["Run_Info"][1].update(text="1")),
    ("stage_objective", "center", row(1, reach_hours=2.4)),
    ("stage_set", "center", lambda tables: tables["Stages"].clear()),
]


@pytest.mark.parametrize(
    ("rule", "question", "change"),
    [pytest.param(*each, id=f"{k}-{each[0]}") for k, each in enumerate(BREACHES)],
)
def test_each_broken_rule_is_caught_by_its_name(rule: str, question: str, change: Change) -> None:
    """A change of the answer yields a violation of that rule."""
    tables = answer(question)
    change(tables)
    verdict = verify(build_case(), plan_of(tables))
    assert rule in {violation.rule for violation in verdict.violations}


def test_every_location_rule_has_a_breach() -> None:
    """Each rule about location questions is broken by some test above."""
    wanted = {rule for rule in RULES if rule.startswith(("location_", "responsible_"))}
    assert wanted <= {rule for rule, _, _ in BREACHES}


def test_a_district_that_nothing_reaches_may_be_left_alone() -> None:
    """Without a vehicle that goes there, nobody answers for a district, and that is right."""
    tables = build_tables()
    tables["Fleets"] = [line for line in tables["Fleets"] if line["warehouse"] != "W2"]
    tables["Lanes"][0]["drive_hours"] = 50
    case: Case = build_case(tables)
    told = answer("cover-most")
    told["Responsible_Warehouses"][2].update(warehouse=None, reach_hours=None, is_covered=False)
    told["Stages"][0].update(objective=15000, bound=15000)
    assert verify(case, plan_of(told)).violations == ()
