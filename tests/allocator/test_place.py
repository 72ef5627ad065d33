"""Placement against enumeration, the two ways of solving against each other, and invariants."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from allocator.case import Case
from allocator.engine import placement
from allocator.engine.placement import KEPT, place
from allocator.engine.placement_data import PlacementProblem, placement_problem
from allocator.engine.placement_options import Allowed
from allocator.errors import InfeasibleError
from allocator.plan import Plan
from allocator.publication import publish
from allocator.replay import verify
from allocator.schema.network import Coverage
from allocator.schema.procedure import Settings
from allocator.solver import SolveOptions
from models.placement_data import OBJECTIVES, PlacementData
from tests.placement_oracle import Oracle
from tests.random_cases import random_case

EXACT = SolveOptions(gap=1e-7, time_limit_seconds=60)


class Silence:
    """A report that nobody hears."""

    def __call__(self, news: object) -> None:
        """Take news."""

    def best(self, plan: object) -> None:
        """Take a plan."""


def solve(case: Case, options: SolveOptions = EXACT) -> Plan:
    """Place without a listener."""
    return place(case, options, Silence())


def values(plan: Plan) -> dict[str, float]:
    """Objective of each stage."""
    return {stage.stage: stage.objective for stage in plan.stages}


def without_coverage(case: Case) -> PlacementData:
    """Arrays of a case that has no promises."""
    return placement_problem(case).data


@pytest.mark.parametrize("seed", range(110))
def test_lives_equals_enumeration(seed: int) -> None:
    """Unmet, waiting and cost are those of the best of all choices, one after the other."""
    case = random_case(seed)
    plan = solve(case)
    found = values(plan)
    oracle = Oracle(without_coverage(case))
    limits: dict[str, float] = {}
    for rule in OBJECTIVES["lives"]:
        best = oracle.best(rule, limits)
        assert best is not None
        # A later stage may use up the margin that an earlier one is given.
        assert found[rule.stage] >= best * (1 - 1e-6) - 1e-6, rule.stage
        assert found[rule.stage] <= best * (1 + KEPT + 1e-6) + 1e-6, rule.stage
        limits[rule.criterion] = best * (1 + KEPT)
    assert verify(case, plan).certified


@pytest.mark.parametrize("objective", ["social", "cost"])
@pytest.mark.parametrize("seed", range(200, 220))
def test_money_objectives_equal_enumeration(seed: int, objective: str) -> None:
    """One sum in CNY is that of the best of all choices."""
    case = random_case(seed, objective=objective, disasters_per_year=0.5)
    plan = solve(case)
    rule = OBJECTIVES[objective][0]  # type: ignore[index]
    best = Oracle(without_coverage(case)).best(rule, {})
    assert best is not None
    assert values(plan)[rule.stage] == pytest.approx(best, rel=1e-6)
    assert verify(case, plan).certified


@pytest.fixture
def divisible(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stock that need not be whole: no plan loses a unit, so that both ways end at one value."""

    def problem(case: Case, allowed: Allowed | None = None) -> PlacementProblem:
        found = placement_problem(case, allowed=allowed)
        first = found.data.first_stage
        nothing = np.zeros_like(first.is_whole)
        first = dataclasses.replace(first, is_whole=nothing)
        return dataclasses.replace(found, data=dataclasses.replace(found.data, first_stage=first))

    monkeypatch.setattr(placement, "placement_problem", problem)


@pytest.mark.usefixtures("divisible")
@pytest.mark.parametrize("objective", ["lives", "social", "cost"])
@pytest.mark.parametrize("seed", range(300, 318))
def test_decomposition_equals_the_whole_model(
    monkeypatch: pytest.MonkeyPatch, seed: int, objective: str
) -> None:
    """54 cases, half of them with a tail weight: plan and bound are those of the whole model."""
    case = random_case(seed, objective=objective, cvar_weight=0.3 * (seed % 2), cvar_alpha=0.5)
    whole = solve(case).stages[0]
    monkeypatch.setattr(placement, "MONOLITH_FLOWS", -1)
    cut = solve(case)
    ours = cut.stages[0]
    assert verify(case, cut).certified
    assert ours.bound is not None
    assert whole.bound is not None
    size = max(1.0, abs(whole.objective))
    # A stage of several may have spent the margin that later ones are given.
    room = (KEPT if objective == "lives" else 0.0) * size + 1e-6 * size
    assert ours.objective == pytest.approx(whole.objective, abs=room)
    assert ours.bound == pytest.approx(whole.objective, abs=room)
    assert whole.bound == pytest.approx(whole.objective, abs=room)


@pytest.mark.parametrize("seed", range(300, 306))
def test_whole_stock_costs_the_decomposition_little(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """Its bound stays below the whole model's plan, and its plan cannot be better."""
    case = random_case(seed)
    whole = solve(case).stages[0]
    monkeypatch.setattr(placement, "MONOLITH_FLOWS", -1)
    cut = solve(case, dataclasses.replace(EXACT, gap=1e-4))
    assert verify(case, cut).certified
    ours, room = cut.stages[0], 2 * KEPT * max(1.0, abs(whole.objective))
    assert ours.bound is not None
    assert ours.bound <= whole.objective + room
    assert ours.objective >= whole.objective - room


@pytest.mark.parametrize("seed", range(400, 408))
def test_more_money_is_never_worse(seed: int) -> None:
    """Unmet need does not rise with the budgets."""
    case = random_case(seed)
    rich = case.settings.model_copy(
        update={
            "capital_budget_cny": 2 * (case.settings.capital_budget_cny or 0),
            "annual_budget_cny": 2 * (case.settings.annual_budget_cny or 0),
        }
    )
    poor, better = solve(case), solve(case.replace(Settings, (rich,)))
    assert values(better)["unmet"] <= values(poor)["unmet"] * (1 + 1e-6) + 1e-6


def test_order_of_rows_does_not_matter(tiny_case: Case) -> None:
    """Permuting warehouses, districts and items gives the same values."""
    tables = {sheet: tuple(reversed(rows)) for sheet, rows in tiny_case.tables.items()}
    tables["Approval_Rules"] = tiny_case.tables["Approval_Rules"]
    mixed = Case(tables)
    assert values(solve(mixed)) == pytest.approx(values(solve(tiny_case)), rel=1e-5)


def test_hard_promise_that_cannot_be_kept_is_infeasible(tiny_case: Case) -> None:
    """A promise beyond every budget ends with the rules in conflict."""
    promise = Coverage(
        risk_level="any", item="TENT", target_hours=1.5, units_per_1000_people=10_000
    )
    with pytest.raises(InfeasibleError, match="promise"):
        solve(tiny_case.replace(Coverage, (promise,)))


def test_hard_promise_is_kept(tiny_case: Case) -> None:
    """A hard promise within the budget is kept in full."""
    plan = solve(tiny_case)
    hard = [row for row in tiny_case.coverage if row.shortfall_cost_cny is None]
    assert hard
    for row in plan.coverage_results:
        if (row.item, row.target_hours) in {(h.item, h.target_hours) for h in hard}:
            assert row.short_units == 0 or row.item == "TENT"
    assert verify(tiny_case, plan).certified


def test_single_sourcing_gives_each_district_one_warehouse(tiny_case: Case) -> None:
    """Under single sourcing no district is served by two warehouses."""
    settings = tiny_case.settings.model_copy(update={"is_single_sourced": True})
    case = tiny_case.replace(Settings, (settings,))
    plan = solve(case)
    served: dict[str, set[str]] = {}
    for row in plan.allocations:
        served.setdefault(row.district, set()).add(row.warehouse)
    assert served
    assert all(len(warehouses) == 1 for warehouses in served.values())
    assert values(plan)["unmet"] >= values(solve(tiny_case))["unmet"] - 1e-6
    assert verify(case, plan).certified


def test_floor_of_the_served_share_is_kept() -> None:
    """With a floor every district gets its share in every scenario, or the case is refused."""
    kept = 0
    for seed in range(500, 512):
        case = random_case(seed, min_served_share=0.3)
        try:
            plan = solve(case)
        except InfeasibleError:
            continue
        kept += 1
        assert verify(case, plan).certified, seed
    assert kept >= 3


@pytest.mark.parametrize("share", [0.2, 0.5])
@pytest.mark.parametrize("seed", range(520, 526))
def test_least_unmet_need_under_a_floor_equals_enumeration(
    monkeypatch: pytest.MonkeyPatch, seed: int, share: float
) -> None:
    """With a floor, whole model and cuts reach the best of all choices, or both refuse."""
    case = random_case(seed, min_served_share=share)
    data = without_coverage(case)
    best = Oracle(data).best(OBJECTIVES["lives"][0], {})
    # The decomposition rounds stock down: by less than one unit of each item at each site.
    last_units = data.first_stage.today_units.size * float(data.values.weight.max())
    for flows, room in ((placement.MONOLITH_FLOWS, 1e-6), (-1, last_units)):
        monkeypatch.setattr(placement, "MONOLITH_FLOWS", flows)
        if best is None:
            with pytest.raises(InfeasibleError):
                solve(case)
            continue
        plan = solve(case, dataclasses.replace(EXACT, gap=1e-5))
        first = plan.stages[0]
        assert first.bound is not None
        assert first.bound <= best * (1 + 1e-5) + 1e-6
        assert best * (1 - 1e-6) - 1e-6 <= first.objective <= best * (1 + 2 * KEPT) + room
        assert verify(case, plan).certified


@pytest.mark.parametrize("objective", ["social", "cost"])
@pytest.mark.parametrize("seed", range(530, 534))
def test_money_under_a_floor_is_bracketed_by_cuts(
    monkeypatch: pytest.MonkeyPatch, seed: int, objective: str
) -> None:
    """With a floor and one sum in CNY, bound and plan of the cuts enclose the best choice."""
    case = random_case(seed, objective=objective, min_served_share=0.3, disasters_per_year=0.5)
    best = Oracle(without_coverage(case)).best(OBJECTIVES[objective][0], {})  # type: ignore[index]
    monkeypatch.setattr(placement, "MONOLITH_FLOWS", -1)
    if best is None:
        with pytest.raises(InfeasibleError):
            solve(case)
        return
    plan = solve(case, dataclasses.replace(EXACT, gap=1e-5))
    first = plan.stages[0]
    assert first.bound is not None
    assert first.bound <= best * (1 + 1e-5)
    assert best * (1 - 1e-6) <= first.objective <= best * 1.05
    assert verify(case, plan).certified


def test_stock_is_whole(tiny_case: Case) -> None:
    """Planned stock is in whole units."""
    stock = np.array([row.stock_units for row in solve(tiny_case).stock_plan])
    assert (stock == np.rint(stock)).all()


@pytest.mark.parametrize("levels", [("any", "high"), ("high", "any")])
def test_two_promises_of_one_kind_are_one_row(
    tiny_case: Case, tmp_path: Path, levels: tuple[str, str]
) -> None:
    """Of 10 and 40 boxes for each 1,000 people the larger is told, and the workbook reads back."""
    promises = tuple(
        Coverage(
            risk_level=level,  # type: ignore[arg-type]
            item="WATER",
            target_hours=10,
            units_per_1000_people=units,
            shortfall_cost_cny=price,
        )
        for level, units, price in zip(levels, (10, 40), (1.0, 5.0), strict=True)
    )
    case = tiny_case.replace(Coverage, promises)
    plan = solve(case)
    rows = [row for row in plan.coverage_results if row.district == "450201"]
    assert [row.required_units for row in rows] == [800]
    keys = [(row.district, row.item, row.target_hours) for row in plan.coverage_results]
    assert len(keys) == len(set(keys))
    published = publish(case, plan, tmp_path / "plan.xlsx", with_page=False, with_pictures=False)
    assert published.verdict.certified
