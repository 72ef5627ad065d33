"""The recourse of a placement priced by linear programs that share nothing with the engine."""

from __future__ import annotations

import pytest

from allocator.case import Case
from allocator.engine import placement
from allocator.engine.placement import place
from allocator.plan import Plan
from allocator.schema.results import Allocation
from allocator.solver import SolveOptions
from benchmarks.placement import Quiet
from benchmarks.pricing import price_plan
from tests.random_cases import random_case

OPTIONS = SolveOptions(gap=1e-6, time_limit_seconds=30)


def planned(seed: int) -> tuple[Case, Plan]:
    """A random case and its placement."""
    case = random_case(seed, objective="social", cvar_weight=0.0)
    return case, place(case, OPTIONS, Quiet())


@pytest.mark.parametrize("flows", [placement.MONOLITH_FLOWS, -1])
@pytest.mark.parametrize("seed", range(5))
def test_plans_cost_what_the_programs_say(
    monkeypatch: pytest.MonkeyPatch, seed: int, flows: int
) -> None:
    """Of the whole model, and of the cuts."""
    monkeypatch.setattr(placement, "MONOLITH_FLOWS", flows)
    case, plan = planned(seed)
    priced = price_plan(case, plan)
    assert {one.scenario for one in priced} == {row.scenario for row in case.scenarios}
    for one in priced:
        assert one.difference == pytest.approx(0.0, abs=1e-6)


def test_a_flow_that_is_missing_is_dear() -> None:
    """Without its largest flow a plan costs more than it need."""
    case, plan = planned(3)
    flows = sorted(plan.rows(Allocation), key=lambda row: -row.ship_units)
    priced = price_plan(case, plan.replace(Allocation, flows[1:]))
    assert max(one.difference for one in priced) > 1e-3
