"""The verb explain: what it says, what it writes, what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allocator.cli import main
from allocator.engine.plan_parts import merge_plans
from allocator.engine.replan import replan
from allocator.engine.run_options import RunOptions, with_run_info
from allocator.errors import ConflictError, NotFoundError, ReplayError
from allocator.explain import Question, explain
from allocator.explain.choices import Asked, answer_choice
from allocator.intake import read_tables, write_case
from allocator.plan import Plan
from allocator.publication import publish
from allocator.report.explanations import with_explanation_sentences, write_explanations
from allocator.schema import EXPLANATION_SHEETS
from allocator.schema.changes import Change
from allocator.schema.explanations import Certificate, Choice, Explanation, RepairOption
from allocator.schema.results import Trip
from allocator.tables import TableSet
from tests.allocator.explain_cases import (
    CLASSES,
    QUICK,
    planned,
    relaxed_by_hand,
    stages_of,
    tables,
    within,
)
from tests.allocator.test_replan import Silence
from tests.tiny import Tables

ALONE = RunOptions(workers=1)


@pytest.fixture(scope="module")
def answers() -> TableSet:
    """What is said of the case that lacks a truck, in English."""
    case, plan = planned(CLASSES["vehicles"])
    return with_explanation_sentences(explain(case, plan, Question(), ALONE), "en")


def test_shortage_is_told_with_reason_repair_and_cost(answers: TableSet) -> None:
    """Ten of twenty tents are missing; a second truck brings them for 1,300 CNY."""
    (row,) = answers.rows(Explanation)
    assert (row.scenario, row.district, row.item, row.reason) == ("s", "450102", "TENT", "vehicles")
    assert (row.unmet_units, row.repair) == (10.0, "1 vehicles (W1 TRUCK 1)")
    assert row.cost_cny == pytest.approx(1300)
    assert row.sentence == (
        "10 of 20 units are missing; more vehicles alone let them come; "
        "at least 1 vehicles (W1 TRUCK 1); known cost 1,300 CNY; "
        "also enough: out of reach in time; alone, at most 10 units of the need could come; "
        "all else as planned the last would be 4.0 h late."
    )


def test_repairs_list_everything_that_is_enough_alone(answers: TableSet) -> None:
    """A second truck, or a deadline four hours later for the first one's second trip."""
    rows = {row.thing: row for row in answers.rows(RepairOption)}
    assert set(rows) == {"vehicles", "out_of_reach"}
    assert (rows["out_of_reach"].amount, rows["out_of_reach"].unit) == (pytest.approx(4.0), "h")
    assert not any(row.is_together for row in rows.values())


def test_certificates_come_with_their_figures(answers: TableSet) -> None:
    """One truck makes one trip of 10 tents, 600 of 1,200 kg: ten tents are missing by counting."""
    rows = {(row.kind, row.unit): row for row in answers.rows(Certificate)}
    fleet = rows["fleet", "kg"]
    assert (fleet.have, fleet.need, fleet.short_units) == (600.0, 1200.0, 10.0)
    assert fleet.sentence == (
        "Vehicles and stock let 600 leave in time, of 1,200 kg needed; "
        "at least 10 units are missing under every plan."
    )


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_workbook_reads_back_as_what_was_written(
    answers: TableSet, tmp_path: Path, lang: str
) -> None:
    """Every row survives; in Chinese its words are Chinese."""
    case, plan = planned(CLASSES["vehicles"])
    path = tmp_path / "why.xlsx"
    write_explanations(case, plan, answers, path, lang)  # type: ignore[arg-type]
    read = read_tables(path, EXPLANATION_SHEETS)
    assert read.rows(Certificate) == answers.rows(Certificate)
    if lang == "en":
        assert read.rows(Explanation) == answers.rows(Explanation)
        assert read.rows(RepairOption) == answers.rows(RepairOption)
    else:
        (row,) = read.rows(Explanation)
        assert (row.reason, row.repair) == ("车辆不足", "1 辆 (W1 TRUCK 1)")


def test_plan_that_does_not_replay_is_not_explained() -> None:
    """A trip with another cost is no certified plan."""
    case, plan = planned(CLASSES["vehicles"])
    (trip,) = plan.trips
    forged = plan.replace(Trip, (trip.model_copy(update={"cost_cny": 1.0}),))
    with pytest.raises(ReplayError):
        explain(case, forged, Question(), ALONE)


@pytest.mark.parametrize(
    ("question", "kind", "message"),
    [
        (Question(district="450103"), NotFoundError, "district '450103' .* Maybe one of: .*450101"),
        (Question(item="TENTS"), NotFoundError, "item 'TENTS' .* Maybe one of: TENT"),
        (Question(why="W9", district="450102"), NotFoundError, "warehouse 'W9' .* one of: W1"),
        (Question(scenario="t"), NotFoundError, "scenario 't'"),
    ],
)
def test_wrong_codes_are_answered_with_what_they_may_be(
    question: Question, kind: type[Exception], message: str
) -> None:
    """Codes that do not exist, and half a question, are refused before anything is solved."""
    case, plan = planned(CLASSES["vehicles"])
    with pytest.raises(kind, match=message):
        explain(case, plan, question, ALONE)


def test_plan_without_dispatch_is_refused() -> None:
    """There is nothing to explain where nothing was dispatched."""
    case, _ = planned(CLASSES["vehicles"])
    with pytest.raises(ConflictError, match="no dispatch"):
        explain(case, Plan({}), Question(), ALONE)


@pytest.mark.parametrize("objective", ["lives", "social", "cost"])
def test_plan_without_shortages_needs_no_reasons(objective: str) -> None:
    """All tents come, whatever is minimised: counts only, and none proves anything."""
    raw = tables()
    raw["Settings"][0]["objective"] = objective
    raw["Items"][0]["unmet_cost_cny"] = 20000
    case, plan = planned(raw)
    answers = explain(case, plan, Question(), ALONE)
    assert answers.rows(Explanation) == ()
    assert [row.short_units for row in answers.rows(Certificate)] == [0.0] * 5


@pytest.mark.parametrize("objective", ["social", "cost"])
def test_other_objectives_have_reasons_too(objective: str) -> None:
    """Whatever is minimised, the truck that lacks is named, and why W1 is told by that stage."""
    raw = relaxed_by_hand(CLASSES["vehicles"], "")
    raw["Settings"][0]["objective"] = objective
    raw["Items"][0] |= {"unmet_cost_cny": 20000, "waiting_cost_cny_per_hour": 1}
    case, plan = planned(raw)
    (row,) = explain(case, plan, Question(), ALONE).rows(Explanation)
    assert row.reason == "vehicles"
    (choice,) = answer_choice(case, plan, "s", Asked("why", 0, 1), within(2))
    # Without W1 all 20 tents are missing, ten more than now, less the trip's 1,300 CNY.
    assert choice.stage == objective
    assert choice.difference is not None
    assert choice.difference > 10 * 20000 - 1301
    assert choice.is_distinguishable is True


def two_warehouses() -> Tables:
    """W1 with 20 tents 120 km away, W2 with 20 more half as far again."""
    raw = tables(need=10, stock=20, horizon=12)
    more = {"warehouse": "W2", "name": "二库", "state": "existing", "level": "city"}
    place = {"province": "广西壮族自治区", "lon": 110.0, "lat": raw["Districts"][0]["lat"] - 0.45}
    raw["Warehouses"].append({**more, **place, "size_class": "S"})
    raw["Stock"].append({"warehouse": "W2", "item": "TENT", "stock_units": 20})
    raw["Fleets"].append({"warehouse": "W2", "fleet": "TRUCK", "vehicles_count": 5})
    return raw


def test_why_this_warehouse_because_the_next_one_waits_longer() -> None:
    """Without W1 the ten tents come from W2, an hour later: ten unit-hours more, proven."""
    case, plan = planned(two_warehouses())
    rows = stages_of(answer_choice(case, plan, "s", Asked("why", 0, 1), within(4)))
    assert rows["unmet"].difference == pytest.approx(0.0)
    assert rows["unmet"].is_distinguishable is False
    assert rows["waiting"].difference == pytest.approx(10.0, abs=0.1)
    assert rows["waiting"].is_distinguishable is True


def test_why_not_that_one_forces_a_unit_from_there() -> None:
    """One tent from W2 comes an hour later than from W1: a unit-hour more, which may be a tie."""
    case, plan = planned(two_warehouses())
    rows = {
        row.stage: row for row in answer_choice(case, plan, "s", Asked("why_not", 1, 1), within(4))
    }
    assert rows["unmet"].difference == pytest.approx(0.0)
    assert rows["waiting"].difference == pytest.approx(1.0, abs=0.1)


def test_why_not_says_what_would_make_a_trip_possible() -> None:
    """From W1 nothing can be signed in time; without signatures it could."""
    case, plan = planned(CLASSES["paper"])
    (row,) = answer_choice(case, plan, "s", Asked("why_not", 0, 1), within(2))
    assert row.forced_value is None
    told = with_explanation_sentences(TableSet({Choice.sheet: (row,)}), "en").rows(Choice)[0]
    assert told.sentence == (
        "No trip from there is possible; alone enough to make one: "
        "paper too late, out of reach in time."
    )


def test_question_must_fit_the_plan() -> None:
    """Why asks of a warehouse that serves, why-not of one that does not."""
    case, plan = planned(two_warehouses())
    with pytest.raises(ConflictError, match="Maybe ask --why-not W2"):
        answer_choice(case, plan, "s", Asked("why", 1, 1), within(1))
    with pytest.raises(ConflictError, match="Maybe ask --why W1"):
        answer_choice(case, plan, "s", Asked("why_not", 0, 1), within(1))


def test_verb_prints_one_document_for_a_shipped_case(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Dispatch and then explain of the data set tiny, on the command line."""
    plan, why = tmp_path / "plan.xlsx", tmp_path / "why.xlsx"
    dispatch = ["dispatch", "tiny", "--scenario", SCENARIO, "-o", str(plan), "--time-limit", "5"]
    assert run([*dispatch, "--no-page", "--no-pictures"]) == 0
    capsys.readouterr()
    assert run(["explain", "tiny", "--plan", str(plan), "-o", str(why), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["certified"] is True
    assert document["file"] == str(why)
    read = read_tables(why, EXPLANATION_SHEETS)
    assert len(document["shortages"]) == len(read.rows(Explanation)) > 0
    assert all(row["reason"] for row in document["shortages"])
    assert document["certificates"]


def run(arguments: list[str]) -> int:
    """Exit code of the program."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


SCENARIO = "quake"


def test_verb_explains_a_re_plan_by_the_change_it_is_due_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The result is read, replayed and explained in Chinese; --item is for shortages only."""
    case, plan = planned(tables(trucks=2, docks=1))
    former = plan.replace(
        Change,
        (
            Change(at_hours=1, kind="vehicle_lost", warehouse="W1", fleet="TRUCK", amount=1),
            Change(at_hours=1, kind="no_change"),
        ),
    )
    found = merge_plans([replan(case, former, "s", report=Silence(), options=QUICK)])
    source, result, why = (tmp_path / name for name in ("case.xlsx", "plan.xlsx", "why.xlsx"))
    write_case(case, source)
    published = publish(
        case,
        with_run_info(case, found, ALONE, "replan", 0.0),
        result,
        with_page=False,
        with_pictures=False,
    )
    assert published.workbook == result
    asked = ["explain", str(source), "--plan", str(result), "-o", str(why), "--workers", "1"]
    assert run([*asked, "--lang", "zh"]) == 0
    told = capsys.readouterr().out
    assert "以下为第 1 小时起的剩余量" in told
    assert "若无此变更即可到达：车辆减少 W1 TRUCK" in told
    (row,) = read_tables(why, EXPLANATION_SHEETS).rows(Explanation)
    assert row.changes == "车辆减少 W1 TRUCK"
    assert run([*asked, "--why", "W1", "--item", "TENT"]) == 2
