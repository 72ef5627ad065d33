"""Conflicts of hard rules and ways out of them against enumeration, on random cases."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable

import pytest

from allocator.case import Case
from allocator.engine import placement, repair_search
from allocator.engine.conflict_set import conflict_set
from allocator.engine.placement import place
from allocator.engine.placement_data import PlacementProblem, placement_problem
from allocator.engine.repair_search import RepairSearch
from allocator.errors import InfeasibleError, Repair
from allocator.plan import Plan
from allocator.replay import verify
from allocator.schema.network import Coverage
from allocator.schema.procedure import Settings
from allocator.solver import SolveOptions
from models.flows import flow_index
from models.placement_data import RiskData
from tests.repair_oracle import HardOracle, apply_changes, hard_case, is_possible, only_rules

EXACT = SolveOptions(gap=1e-7, time_limit_seconds=60)


class Silence:
    """A report that nobody hears."""

    def __call__(self, news: object) -> None:
        """Take news."""

    def best(self, plan: object) -> None:
        """Take a plan."""


def attempt(case: Case, options: SolveOptions = EXACT) -> Plan | InfeasibleError:
    """Return the plan, or the error of a case that is impossible."""
    try:
        return place(case, options, Silence())
    except InfeasibleError as error:
        return error


@pytest.mark.parametrize("seed", range(60))
def test_conflicts_equal_enumeration(seed: int) -> None:
    """Refused exactly where no plan exists; each way out makes one exist, and less does not."""
    case = hard_case(seed)
    answer = attempt(case)
    assert isinstance(answer, Plan) == is_possible(case)
    if isinstance(answer, Plan):
        assert verify(case, answer).certified
        return
    assert answer.repairs
    assert answer.rules
    for repair in answer.repairs:
        assert repair.gap == 0
        assert is_possible(apply_changes(case, repair.changes)), repair
        _assert_no_less_will_do(case, repair)


def _assert_no_less_will_do(case: Case, repair: Repair) -> None:
    """A single change of money or share is the smallest there is."""
    if len(repair.changes) != 1:
        return
    (change,) = repair.changes
    less = {
        "capital_budget_cny": lambda value: value - 1,
        "annual_budget_cny": lambda value: value - 1,
        "min_served_share": lambda value: value + 2e-4,
    }
    step: Callable[[float], float] | None = less.get(change.field)
    if step is not None:
        smaller = dataclasses.replace(change, new_value=repr(step(float(change.new_value))))
        assert not is_possible(apply_changes(case, [smaller])), change


@pytest.mark.parametrize("seed", range(60))
def test_conflict_sets_are_irreducible(seed: int) -> None:
    """By enumeration the rules named cannot hold together, and without any of them they can."""
    problem = placement_problem(hard_case(seed))
    if HardOracle(problem.data).is_possible():
        return
    search = RepairSearch(problem, EXACT, time.monotonic() + 60)
    found = conflict_set(search)
    assert found.is_irreducible
    data, extra = search.problem.data, search.extra_closings
    assert not only_rules(data, found.rules, extra).is_possible()
    closings = [rule for rule in found.rules if rule.family == "closings"]
    singles = [[rule] for rule in found.rules if rule.family != "closings"]
    for left_out in [*singles, *([closings] if closings else [])]:
        rest = [rule for rule in found.rules if rule not in left_out]
        assert only_rules(data, rest, extra).is_possible(), left_out


@pytest.mark.parametrize("seed", range(12))
def test_promises_at_the_limit_hold(seed: int) -> None:
    """Where one promise is short, one unit more than is told cannot be promised."""
    problem = placement_problem(hard_case(seed + 100))
    search = RepairSearch(problem, EXACT, time.monotonic() + 60)
    found = search.least(("promises",), ("promises",))
    if found is None or found.worth == 0:
        return
    short = [
        int(slack.key[0])
        for slack, value in zip(search.slacks, found.slack, strict=True)
        if slack.family == "promises" and value > 1e-6
    ]
    if len(short) != 1:
        return
    first = problem.data.first_stage
    kept = float(first.coverage.reachable_units(found.first_stage.stock_units)[short[0]])
    for required, holds in ((kept, True), (kept + 0.5, False)):
        units = first.coverage.required_units.copy()
        units[short[0]] = required
        coverage = dataclasses.replace(first.coverage, required_units=units)
        data = dataclasses.replace(
            problem.data, first_stage=dataclasses.replace(first, coverage=coverage)
        )
        assert HardOracle(data).is_possible() is holds


@pytest.mark.parametrize("seed", range(30))
def test_large_cases_are_refused_and_repaired_as_small_ones(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """With stock in parts first and by decomposition, the same cases are refused and repaired."""
    case = hard_case(seed)
    monkeypatch.setattr(placement, "MONOLITH_FLOWS", -1)
    monkeypatch.setattr(repair_search, "WHOLE_FLOWS", -1)
    answer = attempt(case, dataclasses.replace(EXACT, gap=1e-3))
    assert isinstance(answer, Plan) == is_possible(case)
    if isinstance(answer, Plan):
        assert verify(case, answer).certified
        return
    for repair in answer.repairs:
        assert is_possible(apply_changes(case, repair.changes)), repair


@pytest.mark.parametrize("seed", range(40, 60))
def test_pooled_flows_serve_what_single_flows_serve(seed: int) -> None:
    """The largest served share is the same whether warehouses are pooled or not."""
    case = hard_case(seed).replace(Coverage, ())
    share = {"min_served_share": 0.99}
    case = case.replace(Settings, (case.settings.model_copy(update=share),))
    pooled = placement_problem(case)
    assert flow_index(pooled.data).warehouse.size
    found = RepairSearch(pooled, EXACT, time.monotonic() + 60).least(("share",), ("share",))
    if found is None:
        assert not HardOracle(dataclasses.replace(pooled.data, risk=_without(pooled))).is_possible()
        return
    cut = max(value for value in (*found.slack, 0.0))
    for less, holds in ((1e-5, True), (-1e-3, False)):
        risk = dataclasses.replace(pooled.data.risk, min_served_share=0.99 - cut - less)
        if cut > 1e-3 or holds:
            assert HardOracle(dataclasses.replace(pooled.data, risk=risk)).is_possible() is holds


def _without(problem: PlacementProblem) -> RiskData:
    """The risk data without a minimum served share."""
    return dataclasses.replace(problem.data.risk, min_served_share=0.0)
