"""How a stage ended: at the limit, or before it as nothing made the plan better."""

from __future__ import annotations

from dataclasses import replace

import pytest

from allocator.engine.dispatch_data import DispatchInputs, build_dispatch_inputs
from allocator.engine.dispatch_method import Method
from allocator.engine.dispatch_outcome import DispatchOutcome
from allocator.engine.dispatch_problem import dispatch_problem
from allocator.engine.dispatch_tables import dispatch_plan
from allocator.solver import SolveOptions
from tests.tiny import build_case, build_tables

GAP = 1e-9


@pytest.fixture(scope="module")
def inputs() -> DispatchInputs:
    """A flood in which trips are worth their cost, and whole vehicles keep the bound apart."""
    tables = build_tables()
    tables["Settings"][0]["objective"] = "cost"
    return build_dispatch_inputs(build_case(tables), "flood")


def planned(inputs: DispatchInputs, limit_seconds: float) -> DispatchOutcome:
    """What the method finds to a gap that it cannot reach."""
    options = SolveOptions(GAP, limit_seconds)
    problem = dispatch_problem(inputs.data)
    stages = ("served_cost",)
    method = Method(problem, stages, options, lambda _: None, lambda _: None, is_followed=True)
    return method.run()


def test_planning_that_ends_by_itself_has_not_met_its_limit(inputs: DispatchInputs) -> None:
    """It says stalled, unless the gap is within what was asked for or the limit was met."""
    stalled = planned(inputs, 600.0)
    assert stalled.is_stalled
    assert not planned(inputs, 1e-3).is_stalled
    problem = dispatch_problem(inputs.data)
    (stage,) = stalled.stages
    assert stage.gap > 1e-3, "else another case is needed"
    for outcome, gap, status in (
        (stalled, GAP, "stalled"),
        (stalled, 1.0, "within_gap"),
        (replace(stalled, is_stalled=False), GAP, "time_limit"),
        (replace(stalled, stages=(replace(stage, bound=stage.objective),)), GAP, "optimal"),
    ):
        (row,) = dispatch_plan(inputs, problem, outcome, gap).stages
        assert row.status == status
