"""Codes of risk elements say what they were made from, and name what is wrong with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.errors import ConflictError
from allocator.risks import RiskCode, format_code, parse_code

EXAMPLE = RiskCode("R03", "03", 1, "450602", 12)

DIGITS = "0123456789"
CODES = st.builds(
    RiskCode,
    hazard=st.from_regex(r"\A[A-Z][0-9]{2}\Z"),
    subclass=st.text(DIGITS, min_size=2, max_size=2),
    level=st.integers(1, 4),
    district=st.text(DIGITS, min_size=6, max_size=6),
    hour=st.integers(0, 9999),
)


def test_the_example_is_written_as_the_docs_say() -> None:
    """Class, subclass, level, district and an hour of four digits, parted by hyphens."""
    assert format_code(EXAMPLE) == "R03-03-1-450602-0012"


@given(CODES)
def test_what_is_written_is_read_back(code: RiskCode) -> None:
    """Reading is the inverse of writing, for every code there is."""
    assert parse_code(format_code(code)) == code


@given(st.one_of(st.text(max_size=24), st.from_regex(r"\A[A-Z0-9-]{16,24}\Z")))
def test_what_is_read_is_written_the_same(text: str) -> None:
    """Writing is the inverse of reading: only one text stands for a code, others are refused."""
    try:
        code = parse_code(text)
    except ConflictError:
        return
    assert format_code(code) == text


@pytest.mark.parametrize(
    ("field", "value", "part"),
    [
        ("hazard", "r03", "class (r03)"),
        ("hazard", "R3", "class (R3)"),
        ("hazard", "R-3", "class (R-3)"),
        ("subclass", "3", "subclass (3)"),
        ("subclass", "٠٣", "subclass (٠٣)"),
        ("level", 0, "level (0)"),
        ("level", 5, "level (5)"),
        ("district", "45060", "district (45060)"),
        ("hour", 10000, "hour (10000)"),
        ("hour", -1, "hour (-1)"),
    ],
)
def test_the_wrong_part_is_named(field: str, value: Any, part: str) -> None:
    """Writing and reading a code with one wrong part name this part and its value."""
    code = replace(EXAMPLE, **{field: value})
    with pytest.raises(ConflictError) as caught:
        format_code(code)
    assert part in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "1 parts"),
        ("R0303145060212", "1 parts"),
        ("R03-03-1-450602", "4 parts"),
        ("R03-03-1-450602-12", "hour (12)"),
        ("R03-03-I-450602-0012", "level (I)"),
        ("R03-03-1-450602-0012 ", "hour (0012 )"),
    ],
)
def test_texts_that_are_no_codes_are_refused(text: str, words: str) -> None:
    """Parts that are missing, or written another way, are named."""
    with pytest.raises(ConflictError) as caught:
        parse_code(text)
    assert words in str(caught.value)
    assert "Maybe" in str(caught.value)
