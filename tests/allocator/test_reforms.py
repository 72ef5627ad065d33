"""Rows of ``Reforms`` and what they say, in both languages."""

from __future__ import annotations

from typing import Any

import pytest

from allocator.coordination import reform_search
from allocator.coordination.loss import Loss
from allocator.coordination.reform_search import SearchLimits, saved_cny
from allocator.coordination.reforms import ReformAnswer, find_reforms
from allocator.report.reform_sentences import with_reform_sentences
from allocator.report.reform_words import signed_money
from allocator.report.words import Language
from allocator.schema.coordination import Reform
from allocator.schema.results import RunInfo, SummaryLine
from allocator.tables import TableSet
from tests.allocator.reform_cases import ToyLosses, metro_tables, toy_view
from tests.tiny import Tables, build_case

TOLD = {"reforms": "inform"}
MILLION = 1_000_000.0


def metro(**changes: dict[str, Any]) -> Tables:
    """Three signatures and the notice, each of which would be turned into information."""
    return metro_tables(**{"s2": TOLD, "s4": TOLD, "s5": TOLD, **changes})


def answered(tables: Tables, **limits: Any) -> ReformAnswer:
    """Best changes at a million CNY an hour, known to 1 %."""
    case = build_case(tables)
    losses = ToyLosses(lambda hours: MILLION * hours[0], gap=0.01)
    return find_reforms(case, [toy_view(case, losses)], SearchLimits(**limits))


def told(tables: Tables, lang: Language) -> TableSet:
    """The answer with its sentences."""
    found = answered(tables)
    facts = [RunInfo(name=name, text=text) for name, text in found.facts.items()]
    sheets = TableSet({Reform.sheet: found.rows, RunInfo.sheet: tuple(facts)})
    return with_reform_sentences(sheets, build_case(tables), lang)


def test_rows_tell_each_set_with_what_it_saves() -> None:
    """Publicity told saves 0.6 h of 3.3; with transport 0.8 h; the notice would save 0.7 h."""
    rows = answered(metro()).rows
    assert [(row.changes_count, row.rank, row.changes, row.is_allowed) for row in rows] == [
        (1, 1, "METRO_SUSPENSION/4 inform", True),
        (2, 1, "METRO_SUSPENSION/2 inform; METRO_SUSPENSION/4 inform", True),
        (1, 2, "METRO_SUSPENSION/5 inform", False),
    ]
    assert [row.saved_release_hours for row in rows] == pytest.approx([0.6, 0.8, 0.7])
    assert [row.saved_cny for row in rows] == pytest.approx([6e5, 8e5, 7e5])
    assert all(row.saved_low_cny <= row.saved_cny <= row.saved_high_cny for row in rows)
    assert [row.saved_person_hours for row in rows] == pytest.approx([6e6, 8e6, 7e6])


def test_what_is_saved_is_an_interval_that_the_gaps_leave() -> None:
    """Today 90 to 100, after 70 to 80: 10 to 30, by the plans 20; never below nothing."""
    today, after = Loss(90.0, 100.0, 0.0, 1.0), Loss(70.0, 80.0, 0.0, 1.0)
    assert saved_cny(today, after) == (10.0, 20.0, 30.0)
    assert saved_cny(today, today) == (0.0, 0.0, 10.0)


def test_the_choice_says_whether_it_is_exact() -> None:
    """Enumeration is exact; what a model proposes is not, and both say so."""
    assert answered(metro()).facts["reforms_choice flood"] == "exact"
    assert answered(metro(), subsets=0).facts["reforms_choice flood"] == "proposed"


def test_sentences_name_step_hours_and_money() -> None:
    """The bottleneck of the metro in words, English and Chinese."""
    english = told(metro(), "en").rows(Reform)
    assert english[0].sentence == (
        "turn 宣传部门签署 (METRO_SUSPENSION/4, CITY_PUB) from 'sign' into 'inform': release "
        "-0.6 h, loss -0.60 M CNY (saves 0.57 M CNY to 0.63 M CNY), waiting -6,000,000 "
        "person-hours."
    )
    chinese = told(metro(), "zh").rows(Reform)
    assert chinese[0].sentence == (
        "宣传部门签署（METRO_SUSPENSION/4，CITY_PUB）由签署改为告知：放行 -0.6 小时，"
        "损失 -60.0 万元（节省 56.7 万元 至 62.7 万元），等待 -6,000,000 人时。"
    )


def test_a_refused_change_says_which_guard_rail_it_breaks() -> None:
    """The notice would pay, but its department answers for the release."""
    row = told(metro(), "en").rows(Reform)[-1]
    assert row.guards == ("METRO_SUSPENSION/5: CITY_EMB answers for the release, so it must sign")
    assert row.sentence.endswith(f"It would pay, but is not allowed: {row.guards}.")


def test_the_summary_tells_the_best_of_each_size_and_how_it_was_found() -> None:
    """One line, put in place of an earlier one in the other language."""
    tables = metro()
    first = told(tables, "zh")
    again = with_reform_sentences(first, build_case(tables), "en")
    lines = again.rows(SummaryLine)
    assert [line.topic for line in lines] == ["Reforms"]
    assert lines[0].figure == "-0.80 M CNY"
    assert "All sets of changes that can be best were priced" in lines[0].sentence


def test_nothing_to_change_is_said() -> None:
    """Without reforms in any step there is no row, and the summary says so."""
    found = told(metro_tables(), "en")
    assert found.rows(Reform) == ()
    assert found.rows(SummaryLine)[0].sentence.startswith("No change that the steps list")


@pytest.mark.parametrize(
    ("value", "english", "chinese"),
    [
        (-4_800.0, "-4,800 CNY", "-4,800 元"),
        (0.2, "0 CNY", "0 元"),
        (-0.2, "0 CNY", "0 元"),
        (2_345_000.0, "+2.35 M CNY", "+234.5 万元"),
    ],
)
def test_amounts_are_told_as_large_as_they_are(value: float, english: str, chinese: str) -> None:
    """Small differences in CNY, large ones in millions or 万元, nothing without a sign."""
    assert (signed_money(value, "en"), signed_money(value, "zh")) == (english, chinese)


@pytest.mark.parametrize(
    ("choice", "words"),
    [("exact", "is the best"), ("partial", "Time was up"), ("proposed", "A model proposed")],
)
def test_the_summary_says_how_sure_the_choice_is(choice: str, words: str) -> None:
    """Exact, cut short or proposed: each has its sentence."""
    facts = (RunInfo(name="reforms_choice flood", text=choice),)
    sheets = TableSet({Reform.sheet: answered(metro()).rows, RunInfo.sheet: facts})
    found = with_reform_sentences(sheets, build_case(metro()), "en")
    assert words in found.rows(SummaryLine)[0].sentence


def test_where_time_is_up_sizes_have_taken_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked two at once, the best single change and the best pair are priced, and no more."""
    monkeypatch.setattr(reform_search, "_AT_ONCE", 2)
    kinds = {"reforms": "verbal; pre_authorise; inform", "is_verbal_allowed": True}
    steps = {f"s{n}": {**kinds, "verbal_hours": n / 10} for n in range(1, 5)}
    case = build_case(metro_tables(**steps))
    losses = ToyLosses(lambda hours: MILLION * hours[0])
    found = find_reforms(case, [toy_view(case, losses)], is_over=lambda: True)
    whole = find_reforms(case, [toy_view(case, ToyLosses(losses.formula))])
    assert found.findings.choice == "partial"
    assert found.findings.priced_count == 3
    for size in (1, 2):
        assert found.findings.sets[size][0].reforms == whole.findings.sets[size][0].reforms
    assert set(found.findings.sets) == {1, 2}
