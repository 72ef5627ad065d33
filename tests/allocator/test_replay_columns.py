"""Looking at whole columns finds nothing else than looking at cells one by one."""

from __future__ import annotations

import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from allocator.replay.reading import _Cell

LIMITS = st.sampled_from(
    [(-math.inf, -math.inf, math.inf), (0.0, -math.inf, 10.0), (-5.0, 0.0, 1.0)]
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-12, 12),
    st.floats(width=16),
    st.sampled_from(["a", "b", "", "5"]),
)
ALIKE = st.sampled_from([st.floats(0.0, 1.0), st.integers(0, 9), st.just("a"), st.booleans()])


@given(
    kind=st.sampled_from(["number", "integer", "text", "yes_no", "date"]),
    is_optional=st.booleans(),
    choices=st.sampled_from([frozenset(), frozenset({"a", "b"})]),
    limits=LIMITS,
    values=st.one_of(
        st.lists(VALUES, max_size=4),
        ALIKE.flatmap(lambda alike: st.lists(st.one_of(alike, st.none()), max_size=4)),
        ALIKE.flatmap(lambda alike: st.lists(alike, max_size=4)),
    ),
)
def test_a_sound_column_has_sound_cells(
    kind: str,
    is_optional: bool,
    choices: frozenset[str],
    limits: tuple[float, float, float],
    values: list[Any],
) -> None:
    """And one with a faulty cell is never taken for sound; what is doubtful is looked at again."""
    cell = _Cell("field", kind, is_optional, choices, *limits)
    has_fault = any(cell.fault(value) is not None for value in values)
    assert cell.is_sound(values) == (not has_fault)
