"""What a warehouse sends at all, and why it sends no more."""

from __future__ import annotations

import pytest

from allocator.case import Case
from allocator.engine.run_options import RunOptions
from allocator.errors import ConflictError
from allocator.explain import Question, explain
from allocator.explain.choices import Asked, answer_choice
from allocator.plan import Plan
from allocator.report.explanations import with_explanation_sentences
from allocator.schema.explanations import Choice
from allocator.tables import TableSet
from tests.allocator.explain_cases import CLASSES, emptied, planned, stages_of, tables, within
from tests.allocator.test_explain_verb import two_warehouses
from tests.tiny import Tables


def asked(case: Case, plan: Plan, question: str, warehouse: int) -> list[Choice]:
    """Answer about all that a warehouse sends."""
    return answer_choice(case, plan, "s", Asked(question, warehouse), within(4))


def sentence_of(row: Choice) -> str:
    """What is said of a row."""
    told = with_explanation_sentences(TableSet({Choice.sheet: (row,)}), "en")
    return told.rows(Choice)[0].sentence


def test_without_all_its_trips_the_next_warehouse_sends_an_hour_later() -> None:
    """Ten tents come from W1; without it from W2, ten unit-hours later."""
    case, plan = planned(two_warehouses())
    rows = stages_of(asked(case, plan, "why", 0))
    assert rows["waiting"].sends == "1 trips; TENT 10 of 20"
    assert (rows["waiting"].district, rows["waiting"].alternative) == (None, "without")
    assert rows["waiting"].difference == pytest.approx(10.0, abs=0.1)
    assert rows["waiting"].is_distinguishable is True


def test_what_sends_nothing_is_made_to_send_a_unit() -> None:
    """A tent from W2 comes an hour later than from W1."""
    case, plan = planned(two_warehouses())
    rows = stages_of(asked(case, plan, "why_not", 1))
    assert rows["waiting"].alternative == "with"
    assert rows["waiting"].difference == pytest.approx(1.0, abs=0.1)


NO_MORE: dict[str, tuple[Tables, str]] = {
    "all_sent": (tables(stock=10), "all that it has is sent"),
    "no_need": (tables(), "nothing that it still holds is missing anywhere"),
    "vehicles; out_of_reach": (
        CLASSES["vehicles"],
        "alone enough for more to go: vehicles, out of reach in time",
    ),
    "docks; out_of_reach": (
        CLASSES["docks"],
        "alone enough for more to go: docks, out of reach in time",
    ),
}


@pytest.mark.parametrize("reason", NO_MORE)
def test_why_it_sends_no_more_is_the_thing_the_case_was_made_for(reason: str) -> None:
    """Each case lacks one thing; a unit more is not possible, or is of no use."""
    raw, words = NO_MORE[reason]
    case, plan = planned(raw)
    row, *_ = asked(case, plan, "why_not", 0)
    assert (row.reason, row.alternative) == (reason, "more")
    assert sentence_of(row).lower().startswith(words)


def test_more_could_go_where_the_plan_need_not_fall_short() -> None:
    """Half a plan: with nothing relaxed a unit more can go, and the plan is better for it."""
    case, plan = planned(tables())
    first = plan.trips[0]
    half = plan.replace(type(first), (first,))
    kept = [line for line in plan.loading_lines if line.trip == first.trip]
    half = half.replace(type(kept[0]), kept)
    bare = emptied(plan, 20.0)
    short = bare.shortages[0].model_copy(update={"served_units": 10, "unmet_units": 10})
    half = half.replace(type(short), (short,))
    rows = asked(case, half, "why_not", 0)
    assert rows[0].reason == "within_gap"
    assert rows[0].forced_value is not None


def test_a_warehouse_that_sends_nothing_is_asked_why_not() -> None:
    """W2 sends nothing: why is no question."""
    case, plan = planned(two_warehouses())
    with pytest.raises(ConflictError, match=r"sends nothing anywhere .* W1.* --why-not W2"):
        asked(case, plan, "why", 1)


def test_later_stages_count_only_where_earlier_ones_are_alike() -> None:
    """Without W1 nothing comes: cheaper, which is no merit."""
    case, plan = planned(CLASSES["vehicles"])
    answers = explain(case, plan, Question(why="W1"), RunOptions(workers=1, time_limit_seconds=3))
    rows = stages_of(with_explanation_sentences(answers, "en").rows(Choice))
    assert rows["unmet"].sentence == "+10 against the plan: proven worse."
    assert rows["cost"].sentence == (
        "-1,300 against the plan: counts only between plans alike in unmet need."
    )
