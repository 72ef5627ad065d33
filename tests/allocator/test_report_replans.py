"""What the summary says of a re-plan, on the dispatch that was planned anew by hand."""

from __future__ import annotations

import pytest

from allocator.plan import Plan
from allocator.report.facts import Facts
from allocator.report.order_books import order_books
from allocator.report.order_paper_tables import manifest_tables
from allocator.report.order_sheets import order_sheets
from allocator.report.replans import replan_lines
from allocator.report.words import Language
from allocator.schema import RESULT_SHEETS
from allocator.schema.changes import Change, TripChange
from tests.allocator.replan_example import replan_case, replan_results


def example() -> Plan:
    """The plan of hour 6, after that of hour 3."""
    return Plan(
        {
            sheet: tuple(RESULT_SHEETS[sheet].model_validate(row) for row in rows)
            for sheet, rows in replan_results().items()
        }
    )


@pytest.mark.parametrize(
    ("lang", "topic", "figure", "told"),
    [
        (
            "en",
            "Re-plan",
            "hour 6: 0 of 3 stay",
            "Trips that had left: 6 (late 1, lost 1). Others: 3, of which as they were 0, at "
            "another hour 1, with another load 1, cancelled 1; new: 1. Why trips are not as "
            "they were: the plan as a whole 3.",
        ),
        (
            "zh",
            "重新安排",
            "第 6 小时：3 车次中 0 不变",
            "已出发车次：6（晚点 1、失联 1）。其余 3 车次中 0 不变，1 改时，1 改装，1 取消；"
            "另新增 1。变动原因：全局更优 3。",
        ),
    ],
)
def test_the_last_replan_is_told_in_a_sentence(
    lang: Language, topic: str, figure: str, told: str
) -> None:
    """Six of the trips have left; T7 has another load, T10 another hour, T9 is off, T8 is new."""
    (line,) = replan_lines(Facts(replan_case(), example()), lang)
    assert (line.topic, line.figure) == (topic, figure)
    assert line.sentence.endswith(told)
    assert line.sentence.startswith(("Told: ", "据报："))
    assert ("road slow 1" in line.sentence) or ("道路变慢 1" in line.sentence)


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        (
            "en",
            "Nothing new was told. Trips that had left: 6 (late 1, lost 1). "
            "All 3 others stay as they were.",
        ),
        (
            "zh",
            "无新变化。已出发车次：6（晚点 1、失联 1）。其余 3 车次均不变。",
        ),
    ],
)
def test_nothing_new_is_no_change_to_count(lang: Language, said: str) -> None:
    """A re-plan that nothing made necessary and that moved no trip says just that."""
    plan = example()
    earlier = [row for row in plan.changes if row.at_hours != 6]
    nothing = Change(at_hours=6, kind="no_change")
    plan = plan.replace(Change, [*earlier, nothing]).replace(TripChange, ())
    (line,) = replan_lines(Facts(replan_case(), plan), lang)
    assert line.sentence == said


def test_a_first_plan_says_nothing_of_replans() -> None:
    """Without changes there is no such line."""
    plan = example().replace(Change, ())
    assert replan_lines(Facts(replan_case(), plan), "en") == []


@pytest.mark.parametrize(
    ("lang", "left", "due"), [("en", "has left", "to go"), ("zh", "已出发", "待发")]
)
def test_orders_tell_trips_that_have_left_from_those_to_go(
    lang: Language, left: str, due: str
) -> None:
    """T7, T8 and T10 are to go and to be ticked; T4 is lost and no order at all."""
    (book,) = order_books(replan_case(), example(), ("flood",))
    trips, manifest, *_ = order_sheets(book, lang)
    states = {line.cells[0]: line.cells[1] for line in trips.lines}
    assert {trip for trip, state in states.items() if state == due} == {"T7", "T8", "T10"}
    assert {trip for trip, state in states.items() if state == left} == {"T1", "T2", "T5", "T6"}
    assert str(states["T3"]).startswith(left)
    assert "T4" not in states
    done = {line.cells[0]: line.cells[-1] for line in manifest.lines if line.cells[0] in states}
    assert {trip for trip, mark in done.items() if mark == "□"} == {"T7", "T8", "T10"}
    papers = [tables[0] for _, tables in manifest_tables(book, lang)]
    labels = [str(row.cells[0]) for paper in papers for row in paper.rows]
    assert {label for label in labels if left in label} == {
        f"{trip}\n{states[trip]}" for trip in ("T1", "T2", "T3", "T5", "T6")
    }
