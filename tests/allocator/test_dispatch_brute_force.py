"""Dispatch of whole cases against every plan of trips that keeps the rules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from allocator.case import Case
from allocator.engine.dispatch import dispatch
from allocator.engine.dispatch_data import build_dispatch_inputs
from allocator.engine.dispatch_exact import LEXICOGRAPHIC
from allocator.engine.objectives import STAGES
from allocator.replay import verify
from allocator.solver import SolveOptions
from tests.models.dispatch_cases import Best, brute_force
from tests.random_cases import random_dispatch_case

EXACT = SolveOptions(gap=LEXICOGRAPHIC, time_limit_seconds=60.0)
CASES = 20
"""Cases of a block."""


def enumerable_cases(first: int, objective: str) -> Iterator[tuple[int, Case, Best]]:
    """Seed, case and values of all its plans, for cases where something can be sent."""
    found, seed = 0, first
    while found < CASES:
        case = random_dispatch_case(seed, objective=objective)
        best = brute_force(build_dispatch_inputs(case, "flood").data)
        if best is not None and len(best.plans) > 1:
            yield seed, case, best
            found += 1
        seed += 1


def assert_is_best(seed: int, case: Case, best: Best, objective: str) -> None:
    """Each stage in turn is that of the best of all plans, and the replay agrees."""
    plan = dispatch(case, "flood", options=EXACT)
    limits: dict[str, float] = {}
    for name, row in zip(STAGES[objective], plan.stages, strict=True):
        least = best.least(name, **limits)
        assert row.objective == pytest.approx(least, rel=2 * LEXICOGRAPHIC, abs=1e-5), (seed, name)
        assert row.bound is not None
        assert row.bound <= least * (1 + 1e-9) + 1e-6, (seed, name)
        limits[name] = row.objective * (1 + LEXICOGRAPHIC) + 1e-6
    assert verify(case, plan).violations == (), seed


@pytest.mark.parametrize("block", range(6))
def test_lives_of_random_cases_equal_brute_force(block: int) -> None:
    """In 120 cases unmet, waiting and cost are those of the best of all plans, in turn."""
    for seed, case, best in enumerable_cases(60_000 + 1000 * block, "lives"):
        assert_is_best(seed, case, best, "lives")


@pytest.mark.parametrize("objective", ["social", "cost"])
@pytest.mark.parametrize("block", range(2))
def test_money_of_random_cases_equals_brute_force(block: int, objective: str) -> None:
    """In 80 cases the one sum in CNY is that of the best of all plans."""
    for seed, case, best in enumerable_cases(70_000 + 1000 * block, objective):
        assert_is_best(seed, case, best, objective)
