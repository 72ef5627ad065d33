"""Codes of issues speak both languages."""

from __future__ import annotations

from allocator.errors import Issue
from allocator.issue_codes import ISSUE_CODES
from allocator.issue_codes_zh import ISSUE_ABOUT_ZH, sentence_in


def test_every_code_has_one_chinese_sentence() -> None:
    """The same codes in the same order, each with a sentence of its own that ends."""
    assert list(ISSUE_ABOUT_ZH) == list(ISSUE_CODES)
    assert len(set(ISSUE_ABOUT_ZH.values())) == len(ISSUE_ABOUT_ZH)
    for code, about in ISSUE_ABOUT_ZH.items():
        assert not about.isascii(), code
        assert about.endswith("。"), code


def test_a_line_in_chinese_still_has_its_place() -> None:
    """What the code means stands first; cell and figures follow as they are."""
    issue = Issue("district_cut_off", "warning", "Changes", "A3", "", "", "450102 is cut off.", "")

    assert sentence_in(issue, "en") == "Changes!A3: 450102 is cut off."
    assert sentence_in(issue, "zh") == (
        "道路封闭使某区县没有任何通路。 Changes!A3: 450102 is cut off."
    )
