"""What solved tables say of others."""

from __future__ import annotations

from typing import Any

import pytest

from allocator.coordination.solved_tables import Closed


@pytest.mark.parametrize(
    ("relaxed", "most", "expected"),
    [(100.0, 100.000001, 100.0), (100.0, 140.0, None), (None, 1, None)],
)
def test_a_relaxed_value_is_told_where_it_is_known_only(
    relaxed: float | None, most: float, expected: float | None
) -> None:
    """Between two solved tables lies an interval, of which the lower end is no value."""
    nobody: Any = None
    assert Closed(90.0, 150.0, relaxed, most, nobody).exact_relaxed_cny == expected
