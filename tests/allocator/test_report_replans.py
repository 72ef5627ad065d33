"""What the summary says of a re-plan, on the dispatch that was planned anew by hand."""

from __future__ import annotations

import pytest

from allocator.plan import Plan
from allocator.report.facts import Facts
from allocator.report.replans import replan_lines
from allocator.report.words import Language
from allocator.schema import RESULT_SHEETS
from allocator.schema.changes import Change
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
            "Re-plan at hour 6",
            "0 of 3 stay",
            "Trips that had left: 6 (late 1, lost 1). Of 3 others 0 stay as they were, 1 leave at "
            "another hour, 1 carry other loads, 1 are cancelled; 1 are new. Why trips are not as "
            "they were: the plan as a whole 3.",
        ),
        (
            "zh",
            "第 6 小时调整",
            "3 车次中 0 不变",
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


def test_a_first_plan_says_nothing_of_replans() -> None:
    """Without changes there is no such line."""
    plan = example().replace(Change, ())
    assert replan_lines(Facts(replan_case(), plan), "en") == []
