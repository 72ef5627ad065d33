"""One process that evaluates all scenarios: what any number of helpers is measured against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from allocator.engine.master import Master, Point
from allocator.engine.placement_data import placement_problem
from allocator.engine.recourse import Recourse
from allocator.engine.recourse_share import RecourseHelper
from models.placement_data import Criterion, PlacementData
from tests.random_cases import random_case

__all__ = ["CRITERIA", "Silence", "assert_same", "several_scenarios", "today"]

CRITERIA: tuple[list[Criterion], ...] = (["unmet"], ["unmet", "waiting"], ["floor", "unmet"])


class Silence:
    """A report that nobody hears."""

    def __call__(self, news: object) -> None:
        """Forget it."""

    def best(self, plan: object) -> None:
        """Forget it."""


def several_scenarios(seed: int, count: int = 4) -> PlacementData:
    """A random problem with so many scenarios, each with needs of its own."""
    found = placement_problem(random_case(seed)).data
    scenarios = list(found.scenarios)
    while len(scenarios) < count:
        seed += 100
        scenarios += placement_problem(random_case(seed)).data.scenarios
    shared = tuple(replace(own, probability=1.0 / count) for own in scenarios[:count])
    return replace(found, scenarios=shared)


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


def assert_same(data: PlacementData, helpers: Sequence[RecourseHelper]) -> None:
    """Compare values, cuts and flows with those of one process, block by block."""
    for criteria in CRITERIA:
        alone, both = Recourse(data, criteria), Recourse(data, criteria, helpers)
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
