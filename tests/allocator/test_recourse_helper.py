"""Helpers that evaluate part of the scenarios change nothing but the time."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import ExitStack, closing

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from allocator.engine import placement, recourse_crew
from allocator.engine.crew_options import CrewOptions
from allocator.engine.placement import place
from allocator.engine.recourse import Recourse
from allocator.engine.recourse_share import CompanionHelper, RecourseHelper, even_groups
from allocator.solver import SolveOptions
from models.placement_data import PlacementData
from tests.random_cases import random_case
from tests.recourse_oracle import CRITERIA, Silence, assert_same, several_scenarios, today


@pytest.fixture(scope="module", params=range(4))
def crew(request: pytest.FixtureRequest) -> Iterator[tuple[PlacementData, list[RecourseHelper]]]:
    """A problem of four scenarios, with none to three helpers."""
    data = several_scenarios(request.param)
    with ExitStack() as ending:
        helpers = [
            ending.enter_context(closing(CompanionHelper(data))) for _ in range(request.param)
        ]
        yield data, list(helpers)


def test_values_cuts_and_flows_are_the_same(
    crew: tuple[PlacementData, list[RecourseHelper]],
) -> None:
    """In the same order, for one set of criteria after the other."""
    assert_same(*crew)


def test_more_helpers_than_scenarios() -> None:
    """With one scenario a helper has nothing to do, and is not even asked."""
    data = several_scenarios(1, count=1)

    class Idle(CompanionHelper):
        """A helper that may not be used."""

        def __init__(self) -> None:
            """Start nothing."""

    assert_same(data, [Idle()])


@given(st.lists(st.integers(0, 50), min_size=1, max_size=6), st.integers(1, 4))
def test_groups_are_even(weights: list[int], count: int) -> None:
    """Every position is in one group, the heaviest first and within 4/3 of the best split."""
    groups = even_groups(weights, count)
    assert sorted(k for group in groups for k in group) == list(range(len(weights)))
    held = [sum(weights[k] for k in group) for group in groups]
    assert held == sorted(held, reverse=True)
    splits = itertools.product(range(count), repeat=len(weights))
    best = min(max(np.bincount(split, weights=weights, minlength=count)) for split in splits)
    assert held[0] <= 4.0 / 3.0 * best + 1e-9


def test_two_recourses_take_turns(crew: tuple[PlacementData, list[RecourseHelper]]) -> None:
    """A helper that is asked for another share in between answers for the right one."""
    data, helpers = crew
    first, second = (Recourse(data, criteria, helpers) for criteria in CRITERIA[:2])
    point = today(data, first, CRITERIA[0])
    weights = [dict.fromkeys(CRITERIA[1], 1.0)] * len(data.scenarios)
    before = first.evaluate(point, weights).values
    assert second.evaluate(point, weights).values.shape[1] == 2
    np.testing.assert_allclose(first.evaluate(point, weights).values, before, atol=1e-12)


def test_the_plan_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A whole placement reaches the same objectives with a helper and without."""
    case = random_case(4)
    options = SolveOptions(gap=1e-6)
    monkeypatch.setattr(placement, "MONOLITH_FLOWS", -1)
    alone = place(case, options, Silence())
    started: list[RecourseHelper] = []

    class Noted(CompanionHelper):
        """A helper that is counted."""

        def __init__(self, data: PlacementData) -> None:
            started.append(self)
            super().__init__(data)

    monkeypatch.setattr(recourse_crew, "HELPED_FLOWS", 0)
    monkeypatch.setattr(recourse_crew, "core_count", lambda: 2)
    monkeypatch.setattr(recourse_crew, "CompanionHelper", Noted)
    helped = place(case, options, Silence(), CrewOptions(workers=3))
    assert len(case.scenarios) == 2
    assert len(started) == 1
    for one, other in zip(alone.stages, helped.stages, strict=True):
        assert other.objective == pytest.approx(one.objective, rel=1e-5)
