"""A second process that evaluates half of the scenarios changes nothing but the time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pytest

from allocator.engine import placement
from allocator.engine.master import Master, Point
from allocator.engine.placement import place
from allocator.engine.placement_data import placement_problem
from allocator.engine.recourse import Recourse
from allocator.engine.recourse_share import RecourseHelper
from allocator.solver import SolveOptions
from models.placement_data import Criterion, PlacementData
from tests.random_cases import random_case

CRITERIA: tuple[list[Criterion], ...] = (["unmet"], ["unmet", "waiting"], ["floor", "unmet"])


class Silence:
    """A report that nobody hears."""

    def __call__(self, news: object) -> None:
        """Forget it."""

    def best(self, plan: object) -> None:
        """Forget it."""


def several_scenarios(seed: int) -> PlacementData:
    """A random problem with two scenarios or more."""
    while True:
        data = placement_problem(random_case(seed)).data
        if len(data.scenarios) > 1:
            return data
        seed += 100


@pytest.fixture(params=range(3))
def helped(request: pytest.FixtureRequest) -> Iterator[tuple[PlacementData, RecourseHelper]]:
    """A problem with a helper."""
    data = several_scenarios(request.param)
    with closing(RecourseHelper(data)) as helper:
        yield data, helper


def today(data: PlacementData, recourse: Recourse, criteria: list[Criterion]) -> Point:
    """Today's stock as a point."""
    master = Master(data, recourse.block_scenario.tolist(), criteria)
    point = master.point(np.zeros(master.session.column_count))
    first = data.first_stage
    return Point(
        choice=point.choice,
        stock_units=first.today_units.astype(float),
        is_open=np.ones(first.warehouse_count),
        block_values=point.block_values,
        values=point.values,
    )


def test_values_cuts_and_flows_are_the_same(helped: tuple[PlacementData, RecourseHelper]) -> None:
    """Block by block, in the same order, for one set of criteria after the other."""
    data, helper = helped
    for criteria in CRITERIA:
        alone, both = Recourse(data, criteria), Recourse(data, criteria, helper)
        point = today(data, alone, criteria)
        weights = [dict.fromkeys(criteria, 1.0)] * len(data.scenarios)
        known, found = alone.evaluate(point, weights), both.evaluate(point, weights)
        assert (both.block_scenario == alone.block_scenario).all()
        np.testing.assert_allclose(found.values, known.values, atol=1e-12)
        for one, other in zip(known.cuts, found.cuts, strict=True):
            assert (one.block, one.items) == (other.block, other.items)
            assert one.constant == pytest.approx(other.constant, abs=1e-12)
            np.testing.assert_allclose(one.stock, other.stock, atol=1e-12)
        for mine, theirs in zip(alone.flows(), both.flows(), strict=True):
            for a, b in zip(mine, theirs, strict=True):
                np.testing.assert_allclose(a.ship_units, b.ship_units, atol=1e-9)
                np.testing.assert_allclose(a.unmet_units, b.unmet_units, atol=1e-9)


def test_two_recourses_take_turns(helped: tuple[PlacementData, RecourseHelper]) -> None:
    """A helper that is asked for another share in between answers for the right one."""
    data, helper = helped
    first, second = (Recourse(data, criteria, helper) for criteria in CRITERIA[:2])
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

    class Noted(RecourseHelper):
        """A helper that is counted."""

        def __init__(self, data: PlacementData) -> None:
            started.append(self)
            super().__init__(data)

    monkeypatch.setattr(placement, "_HELPED_FLOWS", 0)
    monkeypatch.setattr(placement, "has_second_core", lambda: True)
    monkeypatch.setattr(placement, "RecourseHelper", Noted)
    helped = place(case, options, Silence())
    assert len(started) == (len(case.scenarios) > 1)
    for one, other in zip(alone.stages, helped.stages, strict=True):
        assert other.objective == pytest.approx(one.objective, rel=1e-5)
