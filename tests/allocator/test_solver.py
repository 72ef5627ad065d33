"""The solver module: statuses told apart, options checked, answers verified, sessions warm."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pyomo.environ as pyo
import pytest
from scipy import sparse

from allocator.errors import SolveError
from allocator.solver import (
    LinearProgram,
    Progress,
    SolveOptions,
    SolveResult,
    Status,
    compile_model,
    solve_model,
    solve_program,
)

OPTIONS = SolveOptions()
INF = np.inf


def program(
    matrix: Any,
    cost: Any,
    row: tuple[Any, Any],
    column: tuple[Any, Any] = (0.0, INF),
    *,
    integer: bool | Any = False,
    maximise: bool = False,
    offset: float = 0.0,
) -> LinearProgram:
    """Return a program from dense numbers; scalars are spread."""
    dense = np.atleast_2d(np.asarray(matrix, dtype=float))
    rows, columns = dense.shape
    return LinearProgram(
        np.broadcast_to(np.asarray(cost, dtype=float), columns).copy(),
        offset,
        np.broadcast_to(np.asarray(column[0], dtype=float), columns).copy(),
        np.broadcast_to(np.asarray(column[1], dtype=float), columns).copy(),
        np.broadcast_to(np.asarray(integer, dtype=bool), columns).copy(),
        sparse.csc_array(dense),
        np.broadcast_to(np.asarray(row[0], dtype=float), rows).copy(),
        np.broadcast_to(np.asarray(row[1], dtype=float), rows).copy(),
        maximise,
    )


def knapsack(size: int = 60, rows: int = 30) -> LinearProgram:
    """Return a multi-row knapsack that takes HiGHS some time (about 0.7 s at 60 x 30)."""
    rng = np.random.default_rng(0)
    dense = np.ceil(50 * rng.random((rows, size))) * (rng.random((rows, size)) < 0.3)
    return program(
        dense, rng.integers(10, 100, size), (-INF, 100.0), (0.0, 1.0), integer=True, maximise=True
    )


def test_linear_optimum_comes_with_duals_and_a_closed_gap() -> None:
    """A linear program is optimal, its bound is its objective, and duals price the row."""
    result = solve_program(program([[1.0, 1.0]], [1.0, 2.0], (3.0, INF)), OPTIONS)
    assert result.status is Status.OPTIMAL
    assert (result.objective, result.bound, result.gap) == (3.0, 3.0, 0.0)
    assert result.row_duals is not None
    assert result.reduced_costs is not None
    assert result.row_duals.tolist() == [1.0]
    assert result.reduced_costs.tolist() == [0.0, 1.0]


@pytest.mark.parametrize(("maximise", "dual"), [(False, -2.0), (True, 2.0)])
def test_duals_are_the_change_of_the_objective_per_unit_of_the_row(
    maximise: bool, dual: float
) -> None:
    """Raising the limit of a binding row by one changes the objective by its dual."""
    cost = 2.0 if maximise else -2.0
    one = solve_program(program([[1.0]], cost, (-INF, 5.0), maximise=maximise), OPTIONS)
    two = solve_program(program([[1.0]], cost, (-INF, 6.0), maximise=maximise), OPTIONS)
    assert one.objective is not None
    assert two.objective is not None
    assert one.row_duals is not None
    assert two.objective - one.objective == pytest.approx(dual)
    assert one.row_duals[0] == pytest.approx(dual)


def test_integer_optimum_is_exactly_whole_and_has_no_duals() -> None:
    """Integer values come back as exact whole numbers, without duals."""
    result = solve_program(
        program([[2.0, 2.0]], -1.0, (-INF, 5.0), integer=True, offset=10.0), OPTIONS
    )
    assert result.status is Status.OPTIMAL
    assert result.objective == 8.0
    assert result.values is not None
    assert result.values.sum() == 2.0
    assert (result.values == np.rint(result.values)).all()
    assert result.row_duals is None


@pytest.mark.parametrize("integer", [False, True])
def test_infeasible_and_unbounded_are_told_apart(integer: bool) -> None:
    """Both kinds of no-answer have their own status, for linear and integer programs."""
    infeasible = program([[1.0, 1.0]], 1.0, (3.0, INF), (0.0, 1.0), integer=integer)
    unbounded = program([[1.0, -1.0]], -1.0, (1.0, INF), integer=integer)
    both = program([[1.0, -1.0], [-1.0, 1.0]], -1.0, (1.0, INF), integer=integer)
    assert solve_program(infeasible, OPTIONS).status is Status.INFEASIBLE
    assert solve_program(unbounded, OPTIONS).status is Status.UNBOUNDED
    assert solve_program(both, OPTIONS).status is Status.INFEASIBLE


def test_integer_program_without_a_whole_point_is_infeasible() -> None:
    """A box between two whole numbers holds no plan."""
    empty = program([[1.0]], 1.0, (-INF, INF), (0.2, 0.8), integer=True)
    assert solve_program(empty, OPTIONS).status is Status.INFEASIBLE


@pytest.mark.parametrize(("lower", "status"), [(0.0, Status.OPTIMAL), (1.0, Status.INFEASIBLE)])
def test_program_without_columns_is_answered(lower: float, status: Status) -> None:
    """Rows over nothing are zero: feasible or not, never an empty-model error."""
    result = solve_program(program(np.zeros((1, 0)), [], (lower, 2.0), offset=7.0), OPTIONS)
    assert result.status is status
    assert result.objective == (7.0 if status is Status.OPTIMAL else None)


def test_stop_at_a_wide_gap_is_not_called_optimal() -> None:
    """A plan accepted at 50 % is within the gap, with its true gap."""
    result = solve_program(knapsack(), SolveOptions(gap=0.5))
    assert result.status is Status.WITHIN_GAP
    assert result.gap is not None
    assert 1e-6 < result.gap <= 0.5
    assert result.objective is not None
    assert result.bound is not None
    assert result.bound >= result.objective


@pytest.mark.parametrize("factor", [1e-4, 1e-9])
def test_small_objectives_are_solved_like_large_ones(factor: float) -> None:
    """HiGHS' absolute tolerances are scaled away: with costs of 1e-9 it would stop at 84 of 945."""
    whole = knapsack(40, 20)
    lines: list[Progress] = []
    small = replace(whole, cost=factor * whole.cost)
    exact = solve_program(whole, SolveOptions(gap=0.0))
    result = solve_program(small, SolveOptions(gap=0.0), progress=lines.append)
    assert exact.objective is not None
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(factor * exact.objective, rel=1e-9)
    for line in lines:
        assert line.incumbent is None or line.incumbent <= factor * exact.objective * (1 + 1e-6)
    relaxed = replace(small, integer=np.zeros(40, dtype=bool))
    unscaled = replace(whole, integer=np.zeros(40, dtype=bool))
    small_lp, large_lp = (solve_program(each, OPTIONS) for each in (relaxed, unscaled))
    assert large_lp.objective is not None
    assert large_lp.row_duals is not None
    assert small_lp.objective == pytest.approx(factor * large_lp.objective)
    assert small_lp.row_duals == pytest.approx(factor * large_lp.row_duals)


def test_time_limit_with_and_without_a_plan() -> None:
    """Stopped early, the answer says whether there is a plan and keeps the bound."""
    hard = knapsack(200, 80)
    started = time.perf_counter()
    stopped = solve_program(hard, SolveOptions(time_limit_seconds=0.5))
    assert time.perf_counter() - started < 10.0
    assert stopped.status is Status.TIME_LIMIT
    assert stopped.values is not None
    assert stopped.bound is not None
    nothing = solve_program(hard, SolveOptions(time_limit_seconds=0.0))
    assert nothing.status is Status.NO_PLAN
    assert nothing.values is None
    assert nothing.objective is None


def test_a_plan_given_as_start_survives_a_time_limit() -> None:
    """With a start there is a plan even when there is no time at all to find one."""
    hard = knapsack(200, 80)
    start = np.zeros(200)
    start[0] = 1.0
    options = SolveOptions(highs={"mip_max_nodes": 0, "mip_heuristic_effort": 0.0})
    result = solve_program(hard, options, start=start)
    assert result.objective is not None
    assert result.objective >= hard.cost[0]


def test_values_satisfy_rows_after_rounding_despite_a_large_coefficient() -> None:
    """A capacity of 1e6 units behind a binary is not leaked through its tolerance."""
    leaky = program(
        [[1.0, -1.0e6], [1.0, 0.0]],
        [-1e-3, 1.0],
        ([-INF, -INF], [0.0, 0.4]),
        ([0.0, 0.0], [INF, 1.0]),
        integer=[False, True],
    )
    result = solve_program(leaky, OPTIONS)
    assert result.values is not None
    flow, open_flag = result.values.tolist()
    assert open_flag in (0.0, 1.0)
    assert flow <= 1e6 * open_flag + 1e-9


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("log_file", "x.log"),
        ("solution_file", "x.sol"),
        ("write_model_file", "x.mps"),
        ("read_basis_file", "x.bas"),
        ("nonsense", 1),
        ("mip_rel_gap", 0.1),
        ("mip_feasibility_tolerance", 1e-3),
    ],
)
def test_options_outside_the_list_are_refused_by_name(name: str, value: object) -> None:
    """Options that write files, do not exist or loosen a tolerance raise and are named."""
    with pytest.raises(SolveError, match=name):
        SolveOptions(highs={name: value})


@pytest.mark.parametrize(
    ("name", "value"), [("solver", "hipo"), ("presolve", "maybe"), ("mip_max_nodes", "many")]
)
def test_options_that_highs_refuses_are_errors(name: str, value: object) -> None:
    """What HiGHS passes over silently is an error here, named."""
    with pytest.raises(SolveError, match=name):
        solve_program(program([[1.0]], 1.0, (1.0, 2.0)), SolveOptions(highs={name: value}))


@pytest.mark.parametrize(
    "settings",
    [{"gap": -1.0}, {"gap": np.nan}, {"time_limit_seconds": -1.0}, {"threads": 0}, {"seed": -1}],
)
def test_numbers_out_of_range_are_refused(settings: dict[str, Any]) -> None:
    """A setting out of range raises and is named."""
    with pytest.raises(SolveError, match=next(iter(settings))):
        SolveOptions(**settings)


def test_threads_may_change_within_a_process() -> None:
    """One, two, then one thread again: each solve really runs."""
    for threads in (1, 2, 1):
        result = solve_program(knapsack(30, 15), SolveOptions(threads=threads, gap=0.0))
        assert result.status is Status.OPTIMAL, threads


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    """Standard output stays free for the one JSON document."""
    solve_program(knapsack(20, 10), OPTIONS)
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err == ""


def test_same_seed_gives_the_same_plan() -> None:
    """Two runs with the same seed and threads return equal values."""
    first, second = (solve_program(knapsack(), SolveOptions(gap=0.02, seed=5)) for _ in range(2))
    assert first.values is not None
    assert second.values is not None
    assert (first.values == second.values).all()


def test_progress_reports_bracket_the_optimum_and_end_with_it() -> None:
    """Incumbent and bound are reported in the sense of the program, and the last line is final."""
    lines: list[Progress] = []
    plans: list[tuple[float, np.ndarray]] = []
    hard = knapsack()
    result = solve_program(
        hard,
        OPTIONS,
        stage="knapsack",
        progress=lines.append,
        on_incumbent=lambda objective, values: plans.append((objective, values)),
    )
    assert result.objective is not None
    assert len(lines) >= 2
    assert all(line.stage == "knapsack" for line in lines)
    assert [line.seconds for line in lines] == sorted(line.seconds for line in lines)
    for line in lines:
        assert line.incumbent is None or line.incumbent <= result.objective + 1e-6
        assert line.bound is None or line.bound >= result.objective - 1e-6
    assert lines[-1].incumbent == result.objective
    assert plans
    for objective, values in plans:
        assert objective == pytest.approx(hard.cost @ values)


def test_an_error_in_the_progress_callback_stops_the_solve_and_is_raised() -> None:
    """The caller may stop a solve by raising; HiGHS ends in good order first."""

    def stop(_line: Progress) -> None:
        raise KeyboardInterrupt

    started = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        solve_program(knapsack(200, 80), SolveOptions(time_limit_seconds=60.0), progress=stop)
    assert time.perf_counter() - started < 30.0


@pytest.mark.parametrize(
    ("name", "value"),
    [("cost", [np.nan]), ("cost", [1.0, 2.0]), ("row_lower", [np.nan]), ("column_upper", [])],
)
def test_malformed_programs_are_refused(name: str, value: list[float]) -> None:
    """HiGHS would read past short arrays and call NaN optimal; here it is an error."""
    parts: dict[str, Any] = {
        "cost": [1.0],
        "offset": 0.0,
        "column_lower": [0.0],
        "column_upper": [1.0],
        "integer": [False],
        "matrix": sparse.csc_array(np.ones((1, 1))),
        "row_lower": [0.0],
        "row_upper": [1.0],
    }
    with pytest.raises(SolveError, match=name):
        LinearProgram(**{**parts, name: np.array(value)})


def small_model() -> pyo.ConcreteModel:
    """Return max 3x + 2y + 1 with a range row, a fixed variable and an unused one."""
    model = pyo.ConcreteModel()
    model.x = pyo.Var(bounds=(0, 4))
    model.y = pyo.Var(bounds=(0, None))
    model.fixed = pyo.Var(initialize=2.0)
    model.fixed.fix()
    model.unused = pyo.Var(bounds=(1, 3))
    model.range = pyo.Constraint(expr=pyo.inequality(1, model.x + model.y, 5))
    model.link = pyo.Constraint(expr=model.y + model.fixed >= 3)
    model.goal = pyo.Objective(expr=3 * model.x + 2 * model.y + model.fixed - 1, sense=pyo.maximize)
    return model


def test_pyomo_model_is_solved_and_loaded_with_duals() -> None:
    """Values land in the variables, ranges stay one row, duals are found by constraint."""
    model = small_model()
    compiled = compile_model(model)
    assert compiled.program.row_count == 2
    result = solve_model(model, OPTIONS)
    assert result.status is Status.OPTIMAL
    assert result.objective == pytest.approx(15.0)
    assert pyo.value(model.goal) == pytest.approx(15.0)
    assert (model.x.value, model.y.value, model.unused.value) == (4.0, 1.0, 1.0)
    assert result.duals is not None
    assert result.duals[model.range] == pytest.approx(2.0)
    assert result.duals[model.link] == pytest.approx(0.0)


def test_pyomo_warm_start_uses_the_values_of_the_variables() -> None:
    """With no nodes and no heuristics the plan can only be the start."""
    model = pyo.ConcreteModel()
    model.pick = pyo.Var(range(60), domain=pyo.Binary, initialize=0)
    hard = knapsack()
    dense = hard.matrix.toarray()
    model.rows = pyo.Constraint(
        range(30),
        rule=lambda m, r: sum(dense[r, c] * m.pick[c] for c in range(60) if dense[r, c]) <= 100,
    )
    model.goal = pyo.Objective(
        expr=sum(float(hard.cost[c]) * model.pick[c] for c in range(60)), sense=pyo.maximize
    )
    best = solve_model(model, SolveOptions(gap=0.0))
    options = SolveOptions(highs={"mip_max_nodes": 0, "mip_heuristic_effort": 0.0})
    again = solve_model(model, options, warm_start=True)
    assert again.objective == pytest.approx(best.objective)


def test_pyomo_constraint_that_cannot_hold_is_infeasible() -> None:
    """A constraint on fixed variables alone gives the status, not an exception."""
    model = small_model()
    model.never = pyo.Constraint(expr=model.fixed >= 3)
    result = solve_model(model, OPTIONS)
    assert result.status is Status.INFEASIBLE
    assert "never" in result.message


def test_nonlinear_and_ambiguous_models_are_refused() -> None:
    """A product of variables or two objectives is a SolveError, not a wrong answer."""
    model = small_model()
    model.product = pyo.Constraint(expr=model.x * model.y <= 3)
    with pytest.raises(SolveError, match="product"):
        solve_model(model, OPTIONS)
    twice = small_model()
    twice.other = pyo.Objective(expr=twice.x)
    with pytest.raises(SolveError, match="2 active objectives"):
        solve_model(twice, OPTIONS)


def test_result_without_a_plan_has_no_values() -> None:
    """Values are there exactly if the status says so."""
    for status in Status:
        assert status.has_plan == (status.value in ("optimal", "within_gap", "time_limit"))
    assert SolveResult(Status.FAILED).values is None
