"""The plain model that the product is measured against says the same as the product."""

from __future__ import annotations

import pytest

from allocator.case import Case
from allocator.engine.placement import place
from allocator.engine.placement_data import placement_problem
from allocator.schema.network import Coverage
from allocator.solver import SolveOptions
from benchmarks.building import BuildingClock
from benchmarks.case_parts import cut_case
from benchmarks.placement import Quiet, compare
from benchmarks.plain_model import solve_plain


def test_plain_model_finds_what_the_product_finds(tiny_case: Case) -> None:
    """On the tiny case without promises unmet and waiting are the same."""
    case = tiny_case.replace(Coverage, ())
    plan = place(case, SolveOptions(gap=1e-6, time_limit_seconds=60), Quiet())
    found = {stage.stage: stage.objective for stage in plan.stages}
    for stage in solve_plain(placement_problem(case), 1e-6, 60.0):
        # The product's stock is whole, and each may spend the margin given to the stage before.
        assert stage.objective == pytest.approx(found[stage.stage], rel=1e-3)
        assert stage.bound is not None
        assert stage.bound <= found[stage.stage] * (1 + 2e-4)
        assert min(stage.build_seconds, stage.handover_seconds, stage.solve_seconds) >= 0


def test_a_cut_case_keeps_what_belongs_together(tiny_case: Case) -> None:
    """Two of three districts, the one warehouse in them, and probabilities that add up to 1."""
    cut = cut_case(tiny_case, "4501")
    assert [row.district for row in cut.districts] == ["450101", "450102"]
    assert [row.warehouse for row in cut.warehouses] == ["W1"]
    assert {row.warehouse for row in cut.stock} == {"W1"}
    assert sum(row.probability for row in cut.scenarios) == pytest.approx(1)
    assert cut.settings.capital_budget_cny == pytest.approx(600_000 * 15_000 / 35_000)


def test_builders_are_timed_and_put_back(tiny_case: Case) -> None:
    """The clock adds up arrays and models, and leaves every function as it was."""
    before = place.__globals__["placement_problem"]
    with BuildingClock() as clock:
        assert place.__globals__["placement_problem"] is not before
        place(tiny_case, SolveOptions(gap=0.01, time_limit_seconds=60), Quiet())
    assert place.__globals__["placement_problem"] is before
    assert {"arrays", "pyomo", "compile"} <= set(clock.by_part())
    assert clock.seconds > 0


def test_ratio_is_a_lower_bound_where_the_plain_model_did_not_close() -> None:
    """With a gap of 20 % after its limit the plain model would have taken longer."""
    rows = [
        {"model": "product", "stage": "unmet", "seconds": 1.0, "gap": 0.001},
        {"model": "product", "stage": "waiting", "seconds": 3.0, "gap": 0.01},
        {"model": "product", "stage": "cost", "seconds": 9.0, "gap": 0.01},
        {"model": "plain", "stage": "unmet", "seconds": 60.0, "gap": 0.001},
        {"model": "plain", "stage": "waiting", "seconds": 60.0, "gap": 0.2},
    ]
    found = compare(rows, 0.01)
    assert (found["product_seconds"], found["plain_seconds"]) == (4.0, 120.0)
    assert found["ratio"] == 30.0
    assert found["is_lower_bound"]
    rows[-1]["gap"] = 0.01
    assert not compare(rows, 0.01)["is_lower_bound"]
    assert compare(rows[:-1], 0.01)["is_lower_bound"]
