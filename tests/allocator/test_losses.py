"""The promise under losses: by hand, against enumeration, both ways of solving, refusals."""

from __future__ import annotations

import dataclasses
import itertools
import time

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from allocator.case import Case
from allocator.engine import loss_promise, placement
from allocator.engine.loss_list import case_losses
from allocator.engine.loss_master import LossMaster
from allocator.engine.loss_program import LossProgram
from allocator.engine.loss_unmet import LossUnmet
from allocator.engine.losses import LossGuard
from allocator.engine.master import Master
from allocator.engine.placement import KEPT
from allocator.engine.placement_data import PlacementProblem, placement_problem
from allocator.engine.promised_master import PromisedMaster
from allocator.errors import InfeasibleError
from allocator.replay import verify
from allocator.schema.disaster import Loss
from allocator.solver import SolveOptions
from models.placement_data import OBJECTIVES
from models.shortage import MOST_GROUPS
from tests.allocator.loss_cases import EXACT, LISTED, promising, solve, values
from tests.loss_oracle import LossOracle
from tests.placement_oracle import Oracle
from tests.random_cases import random_case
from tests.tiny import Tables, build_case, build_tables

Floats = NDArray[np.float64]


def decompose(monkeypatch: pytest.MonkeyPatch) -> SolveOptions:
    """Solve small cases as large ones."""
    monkeypatch.setattr(placement, "MONOLITH_FLOWS", -1)
    monkeypatch.setattr(loss_promise, "WHOLE_FLOWS", -1)
    return dataclasses.replace(EXACT, gap=1e-4)


def two_sites(**settings: object) -> Case:
    """One scenario that needs 100 tents in 450101; W1 holds them all, W2 may be built.

    W2 costs 200,000 CNY and 1,000 a tent; both have room for 500 tents; nothing else is near.
    """
    tables: Tables = build_tables()
    tables["Settings"][0] |= {"capital_budget_cny": None, "annual_budget_cny": None, **settings}
    tables["Scenarios"] = [{**tables["Scenarios"][0], "probability": 1}]
    tables["Scenario_Demand"] = [
        {"scenario": "flood", "district": "450101", "item": "TENT", "demand_units": 100}
    ]
    tables["Scenario_Damage"], tables["Coverage"] = [], []
    tables["Stock"] = [{"warehouse": "W1", "item": "TENT", "stock_units": 100}]
    tables["Warehouses"] = tables["Warehouses"][:2]
    tables["Warehouses"][1]["max_size_class"] = "S"
    tables["Fleets"] = tables["Fleets"][:3]
    tables["Lanes"] = []
    tables["Items"][0]["purchase_price_cny"] = None
    return build_case(tables)


@pytest.mark.parametrize("is_large", [False, True])
@pytest.mark.parametrize(("share", "stocked"), [(None, 0), (0.0, 0), (0.6, 60), (1.0, 100)])
def test_a_second_site_takes_over(
    monkeypatch: pytest.MonkeyPatch, share: float | None, stocked: float, is_large: bool
) -> None:
    """Without W1 the share promised of 100 tents must lie in W2, which is built for that alone."""
    options = decompose(monkeypatch) if is_large else EXACT
    plan = solve(two_sites(n1_served_share=share, objective="cost"), options)
    stock = {(row.warehouse, row.item): row.stock_units for row in plan.stock_plan}
    assert stock.get(("W2", "TENT"), 0.0) == pytest.approx(stocked, abs=1e-6)
    assert any(row.warehouse == "W2" for row in plan.open_warehouses) is (stocked > 0)
    told = {row.loss: row for row in plan.loss_results}
    assert set(told) == set() if share is None else {"W1", "W2"} if stocked else {"W1"}
    if share is not None:
        assert told["W1"].served_share == pytest.approx(stocked / 100)
        # Tents weigh 2.
        assert told["W1"].added_unmet == pytest.approx(2 * (100 - stocked))
        assert told["W1"].share_without_loss == pytest.approx(1.0)
        assert told["W1"].is_kept
    assert verify(two_sites(n1_served_share=share, objective="cost"), plan).certified


@pytest.mark.parametrize("is_large", [False, True])
def test_a_promise_that_cannot_be_kept_is_refused(
    monkeypatch: pytest.MonkeyPatch, is_large: bool
) -> None:
    """With money for W2 and 40 tents, 0.4 is the most; W1 is named, and the budget for 0.9."""
    options = decompose(monkeypatch) if is_large else EXACT
    case = two_sites(n1_served_share=0.9, capital_budget_cny=240_000.0)
    with pytest.raises(InfeasibleError) as raised:
        solve(case, options)
    assert "n1_served_share from 0.9 to at most 0.4." in str(raised.value)
    assert "scenario flood without W1" in raised.value.rules[0]
    changes = {change.field: change.new_value for r in raised.value.repairs for change in r.changes}
    assert changes["n1_served_share"] == "0.4"
    if not is_large:
        assert changes["capital_budget_cny"] == "290000"
        enough = promising(case, capital_budget_cny=290_000.0)
        assert values(solve(enough))["unmet"] == pytest.approx(0.0, abs=1e-6)
    kept = promising(case, n1_served_share=0.4)
    assert verify(kept, solve(kept, options)).certified


@pytest.mark.parametrize(
    ("seed", "losses", "share", "objective"),
    [
        (500, "each_warehouse", 0.1, "social"),
        (503, "each_warehouse", 0.6, "social"),
        (504, "listed", 0.1, "social"),
        (505, "both", 0.3, "social"),
        (506, "both", 0.6, "social"),
        (512, "listed", 0.6, "social"),
        (527, "listed", 0.3, "lives"),
        (529, "listed", 0.3, "social"),
        (527, "both", 0.6, "social"),
    ],
)
def test_promises_equal_enumeration(
    monkeypatch: pytest.MonkeyPatch, seed: int, losses: str, share: float, objective: str
) -> None:
    """A promise that binds costs what it costs among all choices, or is refused as there."""
    case = random_case(seed, objective=objective).replace(Loss, LISTED)
    case = promising(case, n1_served_share=share, n1_losses=losses)
    problem = placement_problem(case)
    rule = OBJECTIVES[objective][0]  # type: ignore[index]
    best = LossOracle(problem, share).best(rule, {})
    free = Oracle(problem.data).best(rule, {})
    for is_large in (False, True):
        options = decompose(monkeypatch) if is_large else EXACT
        if best is None:
            with pytest.raises(InfeasibleError):
                solve(case, options)
            continue
        assert free is not None
        assert best > free * (1 + 1e-3)
        plan = solve(case, options)
        found = plan.stages[0]
        assert found.bound is not None
        assert found.bound <= best * (1 + 1e-6)
        assert found.bound >= best * (1 - (4e-2 if is_large else 1e-6))
        # Whole stock may cost the decomposition the last unit of an item.
        exact = 1e-6 + (KEPT if objective == "lives" else 0.0)
        room = 3e-2 if is_large else exact
        assert best * (1 - 1e-6) <= found.objective <= best * (1 + room)
        assert all(row.is_kept for row in plan.loss_results if row.promised_share is not None)
        assert verify(case, plan).certified


@pytest.mark.parametrize("seed", range(510, 512))
def test_the_largest_share_told_is_the_largest(seed: int) -> None:
    """By enumeration the share told can be promised, and 2e-4 more cannot."""
    case = promising(random_case(seed), n1_served_share=1.0)
    try:
        solve(case)
    except InfeasibleError as error:
        most = float(error.repairs[0].changes[0].new_value)
    else:
        most = 1.0
    problem = placement_problem(case)
    rule = OBJECTIVES["lives"][0]
    assert LossOracle(problem, most).best(rule, {}) is not None
    if most < 1.0:
        assert LossOracle(problem, most + 2e-4).best(rule, {}) is None


@pytest.mark.parametrize("seed", range(520, 522))
def test_promising_more_is_never_cheaper(seed: int) -> None:
    """A promise of nothing changes nothing, and cost does not fall with what is promised."""
    case = random_case(seed, objective="cost").replace(Loss, LISTED)
    free = values(solve(case))["cost"]
    costs = []
    for share in (0.0, 0.2, 0.5):
        try:
            costs.append(values(solve(promising(case, n1_served_share=share)))["cost"])
        except InfeasibleError:
            costs.append(np.inf)
    assert costs[0] == pytest.approx(free, rel=1e-6)
    assert all(b >= a * (1 - 1e-6) for a, b in itertools.pairwise(costs))


def some_plans(problem: PlacementProblem, seed: int, count: int) -> list[tuple[Floats, Floats]]:
    """Stock, shape (warehouse, item), and what is open, shape (warehouse,), drawn at random."""
    draw, first = np.random.default_rng(seed), problem.data.first_stage
    plans = []
    for _ in range(count):
        is_open = (draw.random(first.warehouse_count) < 0.7).astype(float)
        is_open[~first.is_decided] = 1.0
        more = draw.integers(0, 80, first.today_units.shape)
        stock = np.where(first.is_decided[:, None], first.reserve_units + more, first.today_units)
        plans.append((stock * is_open[:, None], is_open))
    return plans


@pytest.mark.parametrize("most_groups", [0, MOST_GROUPS])
@pytest.mark.parametrize("seed", range(530, 532))
def test_cuts_of_losses_are_valid_and_tight(seed: int, most_groups: int) -> None:
    """At its own stock a cut says the unmet need itself, and nowhere else more than that."""
    problem = placement_problem(random_case(seed, n1_served_share=0.5).replace(Loss, LISTED))
    tested = LossUnmet(problem.data, case_losses(problem, promised=False), most_groups)
    plans = some_plans(problem, seed, 4)
    for s in range(len(problem.data.scenarios)):
        unmet = []
        for stock, is_open in plans:
            whole, after = tested.unmet(s, stock, is_open)
            unmet.append([*after.tolist(), whole])
        for q in range(-1, len(tested.losses)):
            for k, (stock, is_open) in enumerate(plans):
                cut = tested.cut(s, q, stock, is_open)
                least = [tested.scale * cut.least(*other) for other in plans]
                assert least[k] == pytest.approx(unmet[k][q], abs=1e-5)
                assert all(low <= own[q] + 1e-5 for low, own in zip(least, unmet, strict=True))


@pytest.mark.parametrize("seed", range(534, 546))
def test_the_closed_form_equals_linear_programs(seed: int) -> None:
    """Largest shortages of groups are what linear programs leave unmet, under every loss."""
    problem = placement_problem(random_case(seed, n1_served_share=0.5).replace(Loss, LISTED))
    losses = case_losses(problem, promised=False)
    forms, programs = (LossUnmet(problem.data, losses, most) for most in (MOST_GROUPS, 0))
    for stock, is_open in some_plans(problem, seed, 3):
        for s in range(len(problem.data.scenarios)):
            whole, after = forms.unmet(s, stock, is_open)
            alone, under = programs.unmet(s, stock, is_open)
            assert whole == pytest.approx(alone, abs=1e-6)
            assert after == pytest.approx(under, abs=1e-6)


def test_screening_misses_nothing() -> None:
    """A guard that leaves out harmless losses calls a plan safe only if every loss is."""
    for seed in range(540, 543):
        problem = placement_problem(random_case(seed, n1_served_share=0.5).replace(Loss, LISTED))
        losses = case_losses(problem, promised=False)
        stock, is_open = problem.data.first_stage.today_units, np.array([1.0, 0.0, 1.0])
        tested = LossUnmet(problem.data, losses)
        shares = []
        for s, need in enumerate(tested.need.tolist()):
            whole, after = tested.unmet(s, stock, is_open)
            shares += [1.0 - whole / need, *(1.0 - after / need).tolist()]
        for share, is_kept in ((min(shares) - 1e-6, True), (min(shares) + 1e-6, False)):
            for most in (0, MOST_GROUPS):
                guard = LossGuard(problem.data, losses, share, most)
                assert guard.is_kept(stock, is_open) is is_kept
        worst = LossGuard(problem.data, losses, 0.5).worst(stock, is_open)
        assert worst is not None
        assert worst.share == pytest.approx(min(shares))


@pytest.fixture(scope="module")
def guarded() -> tuple[PlacementProblem, LossGuard]:
    """A case whose plans keep a promise of 0.1 or not, about as often."""
    problem = placement_problem(random_case(529, n1_served_share=0.1).replace(Loss, LISTED))
    return problem, LossGuard(problem.data, case_losses(problem, promised=False), 0.1)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_rows_of_the_promise_cut_off_no_plan_that_keeps_it(
    guarded: tuple[PlacementProblem, LossGuard], seed: int
) -> None:
    """Rows found at a mixture of plans leave every plan that linear programs call safe."""
    problem, guard = guarded
    plans = some_plans(problem, seed, 4)
    share = float(np.random.default_rng(seed).random())
    stock = share * plans[0][0] + (1.0 - share) * plans[1][0]
    is_open = share * plans[0][1] + (1.0 - share) * plans[1][1]
    rows = guard.cuts(stock, is_open)
    assert bool(rows) or guard.is_kept(stock, is_open)
    assert all(row.least(stock, is_open) > 0.0 for row in rows)
    programs = LossGuard(problem.data, guard.unmet.losses, 0.1, most_groups=0)
    safe = [plan for plan in plans if programs.is_kept(*plan)]
    assume(rows and safe)
    assert all(row.least(*plan) <= 1e-6 for plan in safe for row in rows)


@pytest.mark.parametrize("seed", range(510, 514))
def test_dives_bracket_the_largest_share(seed: int) -> None:
    """The large way's plan and bound lie around the exact answer of one model."""
    problem = placement_problem(random_case(seed, n1_served_share=1.0))
    guard = LossGuard(problem.data, case_losses(problem, promised=True), 1.0)
    end = time.monotonic() + 30.0
    exact = LossProgram(problem, guard, EXACT, end).largest_share()
    master = LossMaster(problem, guard, EXACT, end)
    master.relax()
    found = master.largest_share()
    assert exact is not None
    assert found is not None
    assert found.bound <= exact.value + 1e-6
    # Whole stock, which only the one model asks for, may cost the last unit of an item.
    assert exact.value - 2e-2 <= found.value <= exact.value + 2e-3


def test_every_solve_of_the_master_keeps_the_promise(
    guarded: tuple[PlacementProblem, LossGuard],
) -> None:
    """The relaxation's own optimum breaks the promise; with the rows it costs more and keeps it."""
    problem, guard = guarded
    rule = OBJECTIVES["cost"][0]
    plain = Master(problem.data, [0], [rule.criterion])
    promised = PromisedMaster(problem.data, [0], [rule.criterion], guard)
    values = []
    for master, is_kept in ((plain, False), (promised, True)):
        master.set_stage(rule, {})
        solved = master.solve(SolveOptions(highs={"presolve": "off", "solver": "simplex"}))
        assert solved.values is not None
        assert solved.objective is not None
        point = master.point(solved.values)
        assert guard.is_kept(point.stock_units, point.is_open) is is_kept
        values.append(solved.objective)
    assert values[0] < values[1]


@pytest.mark.parametrize("seed", [512, 519])
def test_the_promise_goes_with_the_other_hard_rules(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """A floor for every district and single sourcing hold without losses, the promise with them."""
    case = random_case(seed, objective="social", min_served_share=0.2, n1_served_share=0.2)
    for more in ({"is_single_sourced": True}, {}):
        options = EXACT if more else decompose(monkeypatch)
        plan = solve(promising(case, **more), options)
        assert plan.loss_results
        assert verify(promising(case, **more), plan).certified
