"""Fewer lanes never lower what is proven: the bound is that of all lanes there are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from allocator.engine import dispatch_planning
from allocator.engine.dispatch_legs import with_lanes
from allocator.engine.dispatch_method import Method
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_problem import dispatch_problem
from allocator.solver import SolveOptions
from models.dispatch_data import DispatchData
from tests.models.dispatch_cases import regional_data

LIVES = ("unmet", "waiting", "cost")
GAP = 1e-3
ROOM = 2e-3
"""Share by which a bound may stop short of where it would end, at this gap."""


def tight(seed: int) -> DispatchData:
    """A few warehouses and districts with one dock each, two vehicles a kind and little time."""
    data = regional_data(seed)
    return replace(
        data,
        docks=np.ones_like(data.docks),
        vehicles_count=np.full_like(data.vehicles_count, 2.0),
        deadline_hours=6.0,
    )


def without_lanes_of(data: DispatchData, warehouse: int) -> DispatchData:
    """The problem without the lanes of one warehouse."""
    return with_lanes(data, data.lane_warehouse != warehouse)


def planned(data: DispatchData) -> DispatchOutcome:
    """Plan and bounds of a problem."""
    options = SolveOptions(gap=GAP, time_limit_seconds=6.0)
    return Method(dispatch_problem(data), LIVES, options, lambda _: None, lambda _: None).run()


@pytest.mark.parametrize("is_great", [False, True])
def test_without_any_one_warehouse_the_bounds_are_no_lower(
    monkeypatch: pytest.MonkeyPatch, is_great: bool
) -> None:
    """Lanes left out raise the bound of the unmet need, or leave it; and none passes a plan.

    What is proven without a warehouse is above what is proven with it, as far as bounds are closed,
    and the plan with all lanes is no worse than the bound without.
    """
    if is_great:
        monkeypatch.setattr(dispatch_planning, "GREAT", 1)
        monkeypatch.setattr(dispatch_planning, "SCARCE", 0.0)
    data = tight(5)
    whole = {stage.stage: stage for stage in planned(data).stages}
    raised = 0
    for warehouse in range(data.warehouse_count):
        less = {s.stage: s for s in planned(without_lanes_of(data, warehouse)).stages}
        unmet, least = less["unmet"], whole["unmet"]
        assert unmet.bound >= least.bound * (1 - ROOM) - 1e-6, warehouse
        # A plan without these lanes is one with them: no bound of all lanes may pass it.
        assert least.bound <= unmet.objective * (1 + 1e-9) + 1e-6, warehouse
        if unmet.objective <= least.objective * (1 + 1e-4) + 1e-6:
            assert whole["waiting"].bound <= less["waiting"].objective * (1 + 1e-9), warehouse
        raised += unmet.bound > least.bound * (1 + 1e-3) + 1e-3
    assert raised, "some warehouse must matter, or the test says nothing"
