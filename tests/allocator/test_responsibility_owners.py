"""Owners of shortages and late arrivals, worked out by hand on trips of the tiny flood."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.case import Case
from allocator.engine.dispatch import dispatch
from allocator.engine.first_replan import first_replan
from allocator.engine.plan_parts import merge_plans
from allocator.plan import Plan
from allocator.publication import publish
from allocator.responsibility import owner_rows, with_owner_sentences
from allocator.responsibility.causes import CAUSES, NO_OWNER_CAUSES
from allocator.schema import RESULT_SHEETS
from allocator.schema.changes import Change
from allocator.schema.coordination import Owner
from allocator.schema.explanations import Explanation
from allocator.schema.procedure import Settings
from tests.allocator.explain_cases import CLASSES, QUICK, planned
from tests.allocator.replan_example import case_tables, replan_results
from tests.allocator.responsibility_cases import (
    case_of,
    change,
    only,
    plan_of,
    short,
    slow_local,
    trip,
)
from tests.hub_cases import hand_tables
from tests.tiny import build_case, build_tables

TENTS = {"TENT": 10.0}
PROMISE = {"risk_level": "any", "item": "TENT", "units_per_1000_people": 1}


@pytest.fixture(scope="module")
def case() -> Case:
    """The tiny case with its list."""
    return case_of()


def test_goods_in_time_have_no_owner(case: Case) -> None:
    """Loaded at 2 and in hand at 10, as promised, nothing is late."""
    assert owner_rows(case, plan_of(trip("a", 2, TENTS))) == []


def test_an_item_without_a_promise_is_never_late(case: Case) -> None:
    """Nobody promises water to 450101, so that it may come at any hour before the deadline."""
    assert owner_rows(case, plan_of(trip("a", 20, {"WATER": 5}, district="450101"))) == []


def test_a_way_longer_than_promised_is_out_of_reach(case: Case) -> None:
    """12 h from W3 against 10 h promised: no signature and no vehicle would make it; 7 h late."""
    plan = plan_of(trip("a", 5, TENTS, warehouse="W3", district="450101", release=5, drive=10))
    assert only(owner_rows(case, plan)) == ("out_of_reach", "450101", "PROV_GOV", 10, 7)


def test_slow_roads_are_told_from_long_ones() -> None:
    """9 h of driving at twice the time are 4.5 h on whole roads, and in time; nobody owns roads."""
    tables = build_tables()
    tables["Scenario_Damage"].append(
        {"scenario": "flood", "district": "450101", "road_time_factor": 2}
    )
    plan = plan_of(trip("a", 2, TENTS, district="450101", drive=9))
    assert only(owner_rows(case_of(tables), plan)) == (
        "roads",
        "450101",
        "NOT_ATTRIBUTABLE",
        10,
        3,
    )


def test_a_late_release_is_charged_to_its_longest_step() -> None:
    """Released at 3 the 8 h end at 11, an hour late: of 0.5 and 2.5 h the consent is longer."""
    case = case_of(slow_local(build_tables()))
    plan = plan_of(trip("a", 3, TENTS, release=3))
    assert only(owner_rows(case, plan)) == ("paper", "LOCAL/2", "CITY_DEM", 10, 1)


def test_a_step_over_its_limit_is_charged_before_a_longer_one() -> None:
    """The report takes 0.25 h more than its limit, the longer consent keeps its own."""
    tables = slow_local(build_tables())
    change(tables, "Approval_Steps", 0, limit_hours=0.25, department="PROV_DEM")
    change(tables, "Approval_Steps", 1, limit_hours=2.5)
    rows = owner_rows(case_of(tables), plan_of(trip("a", 3, TENTS, release=3)))
    assert only(rows) == ("paper", "LOCAL/1", "PROV_DEM", 10, 1)
    assert rows[0].sentence == (
        "10 units of 帐篷 reach 丙县 1.0 h late on the mean; the release waits for 报告 (LOCAL/1), "
        "which takes 0.5 h, 0.25 h over its limit of 0.25 h; 省应急管理厅 answers for it."
    )


def test_vehicles_that_are_all_out_are_the_cause(case: Case) -> None:
    """Both trucks load at 2, the last hour in time, for 450101; the next is back at 8."""
    out = [trip(k, 2, TENTS, district="450101") for k in "ab"]
    rows = owner_rows(case, plan_of(*out, trip("c", 8, TENTS)))
    assert only(rows) == ("vehicles", "W1", "PROV_DEM", 10, 6)


def test_docks_that_are_all_taken_are_charged_to_the_warehouse(case: Case) -> None:
    """A truck and the van take both docks at 2; no row is about docks, so W1's owner answers."""
    out = [trip("a", 2, TENTS, district="450101")]
    out.append(trip("b", 2, TENTS, district="450101", fleet="VAN"))
    rows = owner_rows(case, plan_of(*out, trip("c", 3, TENTS)))
    assert only(rows) == ("docks", "W1", "CITY_DEM", 10, 1)


def test_a_district_that_is_full_is_the_cause(case: Case) -> None:
    """18 m3 that are in hand at 10 fill the last hour in time of the district."""
    rows = owner_rows(case, plan_of(trip("a", 2, TENTS, volume=18), trip("b", 3, TENTS)))
    assert only(rows) == ("receiving", "450201", "NOT_ATTRIBUTABLE", 10, 1)


def test_a_start_that_was_free_is_nobodys_fault(case: Case) -> None:
    """A truck, a dock and room were there at 2: the plan could have sent it, within its gap."""
    rows = owner_rows(case, plan_of(trip("a", 3, TENTS)))
    assert only(rows) == ("within_gap", "450201", "NOT_ATTRIBUTABLE", 10, 1)
    assert "nobody can be charged with it" in rows[0].sentence


def test_the_promise_counts_from_the_order_or_the_need() -> None:
    """Ordered at 2, or needed from 2, goods are promised by 12: in hand at 11 they are in time."""
    late = plan_of(trip("a", 3, TENTS))
    ordered = change(build_tables(), "Scenarios", 0, order_hours=2)
    needed = change(build_tables(), "Scenario_Demand", 3, from_hours=2)
    assert owner_rows(case_of(ordered), late) == []
    assert owner_rows(case_of(needed), late) == []


def test_late_units_of_one_cause_are_one_row_with_their_mean(case: Case) -> None:
    """10 tents 1 h late and 30 tents 3 h late are 40 tents 2.5 h late."""
    plan = plan_of(trip("a", 3, TENTS), trip("b", 5, {"TENT": 30}))
    assert only(owner_rows(case, plan)) == ("within_gap", "450201", "NOT_ATTRIBUTABLE", 40, 2.5)


def paper_case() -> Case:
    """W3 arrives at 18 h at the earliest, at 20 h with sign-offs of 8 h; the deadline is 19 h."""
    tables = change(build_tables(), "Approval_Steps", 4, duration_hours=6)
    change(tables, "Settings", 0, horizon_hours=19)
    return case_of(tables)


def test_a_shortage_for_want_of_signatures_names_the_step() -> None:
    """Of CROSS 1 h, 6 h (2b) and 1 h hold it up; the longest is 2b, the provincial government's."""
    plan = plan_of(shortages=(short("450101", "TENT", 30, "paper"),))
    rows = owner_rows(paper_case(), plan)
    assert only(rows) == ("paper", "CROSS/2b", "PROV_GOV", 30, None)
    assert "no limit is set" in rows[0].sentence


def test_more_than_lies_there_is_added_to_the_first_place() -> None:
    """100 of W3's tents may leave the province; all 130 missing are charged to its step."""
    plan = plan_of(shortages=(short("450101", "TENT", 130, "paper"),))
    assert only(owner_rows(paper_case(), plan)) == ("paper", "CROSS/2b", "PROV_GOV", 130, None)


def test_home_reserves_are_charged_to_whose_they_are(case: Case) -> None:
    """W3 keeps 100 tents; no row is about home reserves, so its owner answers."""
    plan = plan_of(shortages=(short("450102", "TENT", 60, "home_reserve"),))
    assert only(owner_rows(case, plan)) == ("home_reserve", "W3", "PROV_GOV", 60, None)


def test_a_proven_reason_wins_and_causes_needed_together_share() -> None:
    """Paper and vehicles are only enough together: 15 tents each, whatever the plan has guessed."""
    plan = plan_of(shortages=(short("450101", "TENT", 30, "no_stock"),))
    proven = Explanation(
        scenario="flood",
        district="450101",
        item="TENT",
        demand_units=30,
        unmet_units=30,
        reason="paper+vehicles",
    )
    rows = owner_rows(paper_case(), plan, [proven])
    found = {(row.cause, row.subject, row.department): row.amount_units for row in rows}
    assert found == {
        ("paper", "CROSS/2b", "PROV_GOV"): 15,
        ("vehicles", "W1", "PROV_DEM"): 15,
    }


@pytest.mark.parametrize("cause", sorted(NO_OWNER_CAUSES))
def test_effects_of_the_search_are_charged_to_nobody(case: Case, cause: str) -> None:
    """What a better plan would have brought is no department's fault."""
    plan = plan_of(shortages=(short("450101", "TENT", 3, cause),))
    assert only(owner_rows(case, plan)) == (cause, "450101", "NOT_ATTRIBUTABLE", 3, None)


def test_sentences_are_said_in_chinese(case: Case) -> None:
    """The same row in the other language."""
    plan = plan_of(shortages=(short("450101", "TENT", 3, "vehicles"),))
    (row,) = owner_rows(case, plan, lang="zh")
    assert row.sentence == "甲区缺帐篷 3 件；原因：车辆不足（甲区储备库）；由省应急管理厅负责。"
    assert with_owner_sentences(owner_rows(case, plan), case, "zh") == [row]


def test_goods_that_pass_a_hub_are_charged_to_its_owner() -> None:
    """Six tents come at 10 as promised, four at 16: the hub's one truck makes two rounds."""
    tables = hand_tables()
    tables["Departments"] = [{"department": "RAIL", "name": "铁路", "level": "national"}]
    change(tables, "Warehouses", 1, owner_department="RAIL")
    tables["Coverage"] = [PROMISE | {"target_hours": 10}]
    case = build_case(tables)
    rows = owner_rows(case, dispatch(case, "flood", options=QUICK))
    assert only(rows) == ("through_hub", "H", "RAIL", 4, 6)


def test_what_a_replan_was_told_to_be_late_is_late_on_the_road() -> None:
    """T3 was planned for 7 and told to come at 9; promised is 6. T4 was lost: it never comes."""
    tables = case_tables() | {"Coverage": [PROMISE | {"target_hours": 6}]}
    results = {
        sheet: tuple(RESULT_SHEETS[sheet].model_validate(row) for row in rows)
        for sheet, rows in replan_results().items()
    }
    rows = owner_rows(build_case(tables), Plan(results))
    (late,) = [row for row in rows if row.cause == "roads"]
    assert (late.district, late.amount_units, late.late_hours) == ("440101", 20, 3)


@cache
def solved(name: str) -> tuple[Case, Plan]:
    """A case by the reason of its shortage, with its plan."""
    return planned(CLASSES[name])


@pytest.mark.parametrize("name", ["paper", "vehicles", "docks", "no_stock", "home_reserve"])
def test_every_shortage_of_a_solved_plan_has_owners(name: str) -> None:
    """The engine's plan and its reason: rows add up, and sign-offs are charged to their step."""
    case, plan = solved(name)
    rows = owner_rows(case, plan)
    (wanted,) = plan.shortages
    assert sum(row.amount_units for row in rows if row.kind == "shortage") == wanted.unmet_units
    assert {row.cause for row in rows} == {name}
    assert {row.department for row in rows} == (
        {"GOV"} if name == "paper" else {"NOT_ATTRIBUTABLE"}
    )


REASONS = st.lists(st.sampled_from(CAUSES), min_size=1, max_size=3, unique=True).map("+".join)
PLACES = [("450101", "TENT"), ("450101", "WATER"), ("450102", "TENT"), ("450201", "WATER")]


@given(
    missing=st.dictionaries(
        st.sampled_from(PLACES), st.tuples(st.integers(1, 400), REASONS), min_size=1
    ),
    stock=st.integers(0, 300),
    horizon=st.sampled_from([6.0, 12.0, 19.0, 48.0]),
)
def test_owners_of_a_shortage_add_up_to_it(
    missing: dict[tuple[str, str], tuple[int, str]], stock: int, horizon: float
) -> None:
    """Whatever reasons, stock and hours: one set of rows per shortage, with all of its units."""
    tables = change(build_tables(), "Stock", 3, stock_units=stock, home_reserve_units=0)
    case = case_of(tables)
    settings = case.settings.model_copy(update={"horizon_hours": horizon})
    case = case.replace(Settings, (settings,))
    plan = plan_of(
        shortages=tuple(short(*place, units, reason) for place, (units, reason) in missing.items())
    )
    rows = owner_rows(case, plan)
    keys = [(row.district, row.item, row.cause, row.subject) for row in rows]
    assert len(set(keys)) == len(keys)
    for place, (units, reason) in missing.items():
        own = [row for row in rows if (row.district, row.item) == place]
        assert sum(row.amount_units for row in own) == pytest.approx(units, abs=1e-6)
        assert {row.cause for row in own} == set(reason.split("+"))
        known = {"NOT_ATTRIBUTABLE", *(row.department for row in case.departments)}
        assert {row.department for row in own} <= known


def test_changes_of_a_replan_are_made_once(tmp_path: Path) -> None:
    """Two of the three trucks at W3 are lost, and not two of the one that is left."""
    case = build_case()
    lost = Change(at_hours=3, kind="vehicle_lost", warehouse="W3", fleet="TRUCK", amount=2)
    former = merge_plans([dispatch(case, "flood", options=QUICK)]).replace(Change, [lost])
    plan = merge_plans([first_replan(case, former, "flood")])
    path = tmp_path / "plan_3h.xlsx"
    made = publish(case, plan, path, with_page=False, with_pictures=False).plan
    short = {(row.district, row.item) for row in made.shortages}
    assert short
    assert {(row.district, row.item) for row in made.rows(Owner) if row.kind == "shortage"} == short
