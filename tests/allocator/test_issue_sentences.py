"""Where an issue says that it is."""

from __future__ import annotations

import pytest

from allocator.errors import Issue


@pytest.mark.parametrize(
    ("cell", "place"),
    [("C14", "Changes!C14: "), ("[1].amount", "Changes[1].amount: "), ("", "Changes: ")],
)
def test_a_place_reads_as_its_file_is_written(cell: str, place: str) -> None:
    """A cell as in Excel, a row of a JSON document by its index, a sheet by its name."""
    issue = Issue("number", "error", "Changes", cell, "amount", "-2", "must be >= 0.", "")
    assert issue.sentence() == f"{place}must be >= 0."
