"""Reasons of shortages where goods go through hubs: hand-made cases, one for each."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path

import pytest

from allocator.case import Case
from allocator.child import Report
from allocator.engine.dispatch import dispatch
from allocator.errors import ConflictError
from allocator.explain.answer_rows import certificate_rows, explanation_row, repair_rows
from allocator.explain.choices import Asked, answer_choice
from allocator.explain.reasons import Reason, Reasons, shortfalls
from allocator.plan import Plan
from allocator.publication import publish
from allocator.report.explanations import with_explanation_sentences
from allocator.schema.changes import Change
from allocator.schema.explanations import Certificate, Choice, Explanation, RepairOption
from allocator.tables import TableSet
from allocator.worker import work as works
from allocator.worker.work import Work
from tests.allocator.explain_cases import QUICK, least_unmet, within
from tests.allocator.hub_reason_cases import HUB_REASONS, edited, plentiful
from tests.allocator.test_replan import replanned
from tests.hub_cases import hand_tables
from tests.tiny import build_case

THINGS = ("through_hub", "vehicles", "paper", "out_of_reach", "no_stock")
"""What is made plentiful by hand."""

LEG = "flood-L0001"
"""The train of the example."""

NAMES = {
    **dict.fromkeys(HUB_REASONS, "through_hub"),
    **{name: name for name in ("no_stock", "vehicles", "out_of_reach", "paper", "lower_priority")},
}
"""Reason of each case."""


@cache
def planned(name: str) -> tuple[Case, Plan]:
    """A case and its plan, solved exactly."""
    case = build_case(HUB_REASONS[name])
    return case, dispatch(case, "flood", options=QUICK)


def told_of(case: Case, plan: Plan) -> tuple[Reason, TableSet]:
    """Reason of the only shortage of a plan, and the answers in rows."""
    (wanted,) = shortfalls(case, plan, "flood")
    reasons = Reasons(case, plan, "flood", [wanted])
    reason = reasons.explain(wanted, 1.0)
    rows = {
        Explanation.sheet: (explanation_row(case, "flood", reasons, reason),),
        RepairOption.sheet: tuple(repair_rows(case, "flood", reason)),
        Certificate.sheet: tuple(certificate_rows(case, plan, "flood", (None, None))),
    }
    return reason, TableSet(rows)


@cache
def both_of(name: str) -> tuple[Reason, TableSet]:
    """Reason and answers of a case."""
    return told_of(*planned(name))


def answered(name: str) -> TableSet:
    """Answers about a case in rows."""
    return both_of(name)[1]


def reason_of(name: str) -> Reason:
    """Reason of the only shortage of a case."""
    return both_of(name)[0]


def chosen(name: str, question: str, code: str, district: int | None = None) -> list[Choice]:
    """Answers about a warehouse."""
    case, plan = planned(name)
    asked = Asked(question, case.warehouse_index()[code], district)
    return answer_choice(case, plan, "flood", asked, within(2.0))


@pytest.mark.parametrize("name", HUB_REASONS)
def test_each_case_has_the_reason_it_was_made_for(name: str) -> None:
    """Every reason is found where it is the true one, and every solve behind it was finished."""
    reason = reason_of(name)
    assert "+".join(reason.words) == NAMES[name]
    assert reason.is_proven


@pytest.mark.parametrize("name", HUB_REASONS)
def test_exact_model_confirms_which_things_repair(name: str) -> None:
    """With a thing plentiful the exact model serves all if, and only if, that thing is named."""
    named = {*reason_of(name).words, *reason_of(name).also} & set(THINGS)
    raw = HUB_REASONS[name]
    repairing = {thing for thing in THINGS if least_unmet(plentiful(raw, thing), "flood") < 1e-6}
    assert repairing == named


@pytest.mark.parametrize(
    ("name", "repair", "cost_cny"),
    [
        # Three tents, and a third truck: 100 + 2 x 120 x 2 CNY.
        ("no_stock", "3 units (W 3)", 3 * 1000 + 580),
        # A train over 2 x 500 km; two trucks carry eight, so that two more find room.
        ("leg_too_small", "1 vehicles (W TRAIN 1)", 1000),
        ("leg_too_late", "1 vehicles (W TRAIN 1)", 1000 + 2 * 580),
        ("leg_closed", "1 departures (W H 1)", 1000 + 2 * 580),
        ("hub_without_trucks", "1 vehicles (H TRUCK 1)", 1000 + 2 * 580),
        # The train has room.
        ("hub_truck", "1 vehicles (H TRUCK 1)", 580),
        ("hub_docks", "1 load starts/h (H 1)", 580),
        ("hub_receiving", "1 m3/h (H 1)", 580),
        ("vehicles", "1 vehicles (W TRUCK 1)", 580),
        # Loaded at 6, in hand at 10.
        ("out_of_reach", "1 h", 1000 + 2 * 580),
        # Loaded by the train at 4.
        ("paper", "2 h (P/1 GOV 2)", 1000 + 2 * 580),
    ],
)
def test_repairs_and_their_costs_are_those_found_by_hand(
    name: str, repair: str, cost_cny: float
) -> None:
    """Amount, place and known cost of what is named."""
    (row,) = answered(name).rows(Explanation)
    assert (row.repair, row.cost_cny) == (repair, pytest.approx(cost_cny))


@pytest.mark.parametrize("name", HUB_REASONS)
def test_amounts_that_are_said_to_be_smallest_are_in_whole_things(name: str) -> None:
    """One vehicle, load start or departure is least; a cubic metre is what five tents take."""
    for row in answered(name).rows(RepairOption):
        assert row.brought_units == pytest.approx(reason_of(name).shortfall.units)
        if row.thing in ("through_hub", "no_stock"):
            assert row.is_smallest


def test_without_further_trucks_the_most_alone_is_one_load() -> None:
    """One truck that goes once takes six tents, whoever else wants them."""
    (row,) = answered("hub_truck").rows(Explanation)
    assert (row.alone_units, row.now_units, row.late_hours) == (6.0, 0.0, 1.0)


def test_who_loses_is_known_where_goods_at_a_hub_go_to_another() -> None:
    """Ten tents for the one are those of the other, who has three times the weight."""
    first = reason_of("lower_priority").first
    assert first is not None
    assert (first.units, first.is_no_worse) == (10.0, False)
    assert first.rearranged.change_units[:, 0].tolist() == [10.0, -10.0]


def test_several_parts_of_ways_through_hubs_are_told_by_their_units() -> None:
    """One load start an hour and one truck: either alone is not enough, both are one thing."""
    raw = edited(10, 1)
    raw["Warehouses"][1]["docks_per_hour"] = 1
    case = build_case(raw)
    plan = dispatch(case, "flood", options=QUICK)
    _, tables = told_of(case, plan)
    (row,) = tables.rows(Explanation)
    assert row.reason == "through_hub"
    assert row.repair == "2 steps (H TRUCK vehicles 1; H load starts/h 1)"
    (told,) = with_explanation_sentences(tables, "zh").rows(Explanation)
    assert "至少 2 项 (H TRUCK 辆 1; H 次装车/小时 1)" in told.sentence


@pytest.mark.parametrize("name", HUB_REASONS)
def test_counts_claim_no_more_than_the_plan_lacks(name: str) -> None:
    """No certificate speaks against the plan, which is as good as any."""
    (shortage,) = planned(name)[1].shortages
    rows = answered(name).rows(Certificate)
    assert {row.kind for row in rows} >= {"supply", "docks", "fleet"}
    for row in rows:
        assert row.short_units <= shortage.unmet_units + 1e-6


def test_goods_that_can_come_through_a_hub_are_not_out_of_reach() -> None:
    """Ten tents reach the district by train and truck; in nine hours none does."""
    found = {
        hours: [row.have for row in answered(name).rows(Certificate) if row.kind == "reach"]
        for hours, name in ((15, "hub_truck"), (9, "out_of_reach"))
    }
    assert found == {15: [], 9: [0.0]}


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", "more through hubs alone lets them come"), ("zh", "提高中转能力")],
)
def test_sentences_name_ways_through_hubs(lang: str, words: str) -> None:
    """The reason is told in both languages."""
    told = with_explanation_sentences(answered("hub_truck"), "zh" if lang == "zh" else "en")
    (row,) = told.rows(Explanation)
    assert words in row.sentence


@pytest.mark.parametrize("code", ["W", "H"])
def test_without_the_warehouse_or_the_hub_nothing_comes(code: str) -> None:
    """All six tents that came are lost, and that is proven worse."""
    rows = chosen("hub_truck", "why", code)
    unmet = next(row for row in rows if row.stage == "unmet")
    assert unmet.difference == pytest.approx(12.0)
    assert unmet.is_distinguishable
    assert unmet.losers == "450101 TENT 6"


@pytest.mark.parametrize("code", ["W", "H"])
def test_why_no_more_is_sent_names_ways_through_hubs(code: str) -> None:
    """Another truck at the hub lets more go from the hub, and so from the warehouse."""
    (row,) = chosen("hub_truck", "why_not", code)
    assert row.alternative == "more"
    assert "through_hub" in row.reason.split("; ")


def test_whose_goods_at_a_hub_are_is_not_told() -> None:
    """Asked about one district, a warehouse that reaches it through hubs only is refused."""
    with pytest.raises(ConflictError, match="through hubs only"):
        chosen("hub_truck", "why_not", "W", 0)


def test_a_run_explains_a_case_with_hubs(tmp_path: Path) -> None:
    """From the file of a plan to document and workbook, solved in a process beside this one."""
    case, plan = tmp_path / "case.json", tmp_path / "plan.xlsx"
    case.write_text(json.dumps(HUB_REASONS["hub_truck"]), encoding="utf-8")
    publish(*planned("hub_truck"), plan, with_page=False, with_pictures=False)
    asked = Work("explain", None, {"time_limit_seconds": 2.0}, case, tmp_path, plan)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(works, "be_patient", lambda: None)
        # A run's process is its own; here what it sets for itself is put back.
        patch.setenv("TMPDIR", "")
        patch.setattr(tempfile, "tempdir", None)
        left = works.carry_out(asked, _Silence())
    assert left is not None
    (shortage,) = left.document["shortages"]
    assert (left.outcome, shortage["reason"]) == ("explained", "through_hub")
    assert shortage["repair"] == "1 vehicles (H TRUCK 1)"
    assert (tmp_path / "explanation.xlsx").is_file()


class _Silence(Report):
    """Hears nothing."""

    def __init__(self) -> None:
        """Need no process to tell."""

    def __call__(self, news: object) -> None:
        """Forget it."""


def told(at_hours: float, kind: str, **cells: object) -> Change:
    """A change of a re-plan at an hour."""
    return Change.model_validate({"at_hours": at_hours, "kind": kind, **cells})


@pytest.mark.parametrize(
    ("change", "reason", "changes"),
    [
        # So late that one truck is in time: 4 are missing, for want of another truck.
        (
            told(2, "trip_late", trip=LEG, amount=14),
            "through_hub",
            f"trip_late {LEG}",
        ),
        # The tents are gone with the train, and there is no further one of either.
        (told(2, "trip_lost", trip=LEG), "through_hub+no_stock", f"trip_lost {LEG}"),
        # Three of the four that the truck has left at the hub are gone.
        (
            told(8, "stock_lost", warehouse="H", item="TENT", amount=3),
            None,
            "stock_lost H TENT",
        ),
        # The truck goes once.
        (
            told(7, "vehicle_lost", warehouse="H", fleet="TRUCK", amount=1),
            "through_hub",
            "vehicle_lost H TRUCK",
        ),
    ],
)
def test_what_a_replan_was_told_is_named(change: Change, reason: str | None, changes: str) -> None:
    """The change without which all would come, and what repairs it now."""
    case = build_case(hand_tables())
    plan = dispatch(case, "flood", options=QUICK)
    again = replanned(case, plan, [change], options=QUICK)
    _, tables = told_of(case, again)
    (row,) = tables.rows(Explanation)
    assert row.changes == changes
    if reason is not None:
        assert row.reason == reason
    for count in tables.rows(Certificate):
        assert count.short_units <= row.unmet_units + 1e-6
