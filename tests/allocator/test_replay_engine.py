"""What the engine plans for the tiny case passes the replay, whatever the objective."""

from __future__ import annotations

import pytest

from allocator.engine.dispatch import dispatch
from allocator.engine.placement import place
from allocator.engine.plan_parts import merge_plans
from allocator.replay import verify
from allocator.schema.procedure import Settings
from allocator.solver import SolveOptions
from tests.tiny import build_case


class Silence:
    """Report that nobody hears."""

    def __call__(self, news: object) -> None:
        """Forget it."""

    def best(self, plan: object) -> None:
        """Forget it."""


@pytest.mark.parametrize("objective", ["lives", "social", "cost"])
def test_placement_and_dispatch_of_the_engine_are_certified(objective: str) -> None:
    """A placement with a dispatch from it, and a dispatch from today's stock."""
    case = build_case()
    case = case.replace(Settings, [case.settings.model_copy(update={"objective": objective})])
    options = SolveOptions(gap=0.3, time_limit_seconds=2)
    placement = place(case, options, Silence())
    planned = dispatch(case, "quake", placement=placement, options=options)
    assert verify(case, merge_plans([placement, planned])).violations == ()
    today = dispatch(case, "flood", options=options)
    assert verify(case, merge_plans([today])).violations == ()
