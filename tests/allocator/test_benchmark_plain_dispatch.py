"""The engine of the dispatch beside the plain model: what is measured, and how it is told."""

from __future__ import annotations

import pytest

from benchmarks import plain_dispatch
from benchmarks.plain_dispatch import Solved, measure_plain_dispatch, plain_dispatch_verdict
from benchmarks.target_rows import PLAIN_DISPATCH, PlainDispatch

ASKED = PlainDispatch("plain-2x4", "hongshui/2x4", "hongshui", "2 districts", 30.0, "It is small.")


@pytest.mark.parametrize(
    ("ours", "plain", "told", "missed"),
    [
        (Solved(2.0, 0.01), Solved(30.0, 0.2), "ratio at least 15", ""),
        (Solved(2.0, 0.01), Solved(5.0, 0.01), "ratio 2.5", ""),
        (Solved(2.0, 0.01), Solved(30.0, None), "plain model: no plan, 30.0 s", ""),
        (
            Solved(30.0, 0.02),
            Solved(30.0, 0.3),
            "engine: waiting 2 %",
            "engine: waiting 2 %, 30.0 s instead of 1 %",
        ),
        (Solved(30.0, 0.02), Solved(20.0, 0.01), "engine: waiting", "the plain model is quicker"),
        (Solved(2.0, 0.01), Solved(1.0, 0.01), "ratio 0.5", "the plain model is quicker"),
    ],
)
def test_a_ratio_is_told_where_the_engine_ends_within_the_gap(
    ours: Solved, plain: Solved, told: str, missed: str
) -> None:
    """Where it does not there is none; a plain model that does not end makes it a least one."""
    verdict = plain_dispatch_verdict(ASKED, ours, plain)
    assert told in verdict.found
    assert missed in (verdict.missed or "")
    assert bool(verdict.missed) == bool(missed)
    assert ("ratio" in verdict.found) == ours.is_closed


def test_both_solve_a_small_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both come within a per cent of the waiting of two districts and four warehouses."""
    monkeypatch.setattr(plain_dispatch, "PLAIN_DISPATCH", (ASKED,))
    heard: list[str] = []
    (verdict,) = measure_plain_dispatch(heard.append)
    assert "ratio" in verdict.found
    assert "at least" not in verdict.found
    assert "no plan" not in verdict.found
    assert len(heard) == 2


def test_parts_grow() -> None:
    """Each row is a larger part of one case."""
    sizes = [each.case.partition("/")[2].split("x") for each in PLAIN_DISPATCH]
    assert sizes == sorted(sizes, key=lambda pair: int(pair[0]) * int(pair[1]))
