"""Sentences about shortages in the language of the report."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from allocator.engine.dispatch import dispatch
from allocator.engine.dispatch_reasons import (
    _PHRASES,
    REASONS,
    _Held,
    _phrase,
)
from allocator.plan import Plan
from allocator.publication import publish
from allocator.report.reasons import reason_sentence
from allocator.report.words import WORDS
from allocator.solver import SolveOptions
from tests.allocator.test_dispatch import small_case


@pytest.fixture(scope="module")
def quake_plan() -> Plan:
    """A plan with shortages."""
    return dispatch(small_case(), "quake", options=SolveOptions(gap=0.01, time_limit_seconds=20))


@pytest.mark.parametrize("reason", sorted(_PHRASES))
@pytest.mark.parametrize("count", [1, 12])
def test_every_phrase_of_the_engine_has_a_chinese_one(reason: str, count: int) -> None:
    """No English letter is left, and both figures are."""
    phrase = _phrase(reason, _Held(12345.5, count))
    told = reason_sentence(f"20.5 of 30 units are missing: {phrase}.", "zh")
    assert not re.search("[A-Za-z]", told)
    assert told.startswith("需 30 件，缺 20.5 件：")
    assert "12,345.5" in told
    assert (f"{count} 个库" in told) is ("{places}" in _PHRASES[reason])


def test_several_phrases_and_whole_units_are_told() -> None:
    """Parts keep their order; a part of a unit has its own sentence."""
    parts = f"{_phrase('docks', _Held(3, 2))}; {_phrase('no_stock', _Held(4))}"
    assert reason_sentence(f"7 of 9 units are missing: {parts}.", "zh") == (
        "需 9 件，缺 7 件：2 个库的 3 件等待装车位，均已占用；4 件各库均已无库存。"
    )
    half = "0.5 of 2.5 units are missing: only whole units are sent."
    assert reason_sentence(half, "zh") == "需 2.5 件，缺 0.5 件：只按整件发运。"
    assert reason_sentence(half, "en") == half


def test_chinese_result_has_chinese_sentences(tmp_path: Path, quake_plan: Plan) -> None:
    """Workbook and page of a Chinese result tell reasons in Chinese; the replay passes."""
    published = publish(
        small_case(), quake_plan, tmp_path / "plan.xlsx", lang="zh", with_pictures=False
    )
    told = [row.sentence for row in published.plan.shortages]
    assert told
    assert all(sentence.startswith("需 ") for sentence in told)
    assert not any(re.search("[A-Za-z]", sentence) for sentence in told)
    assert published.page is not None
    assert "units are missing" not in published.page.read_text(encoding="utf-8")


def test_every_reason_has_words() -> None:
    """Phrases and report words cover the reasons of the engine."""
    assert set(REASONS) == set(_PHRASES)
    assert set(REASONS) <= set(WORDS)
