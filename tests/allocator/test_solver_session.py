"""A session that grows, shrinks and is solved again gives what a fresh program would."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from allocator.errors import SolveError
from allocator.solver import (
    Basis,
    LinearProgram,
    Session,
    SolveOptions,
    Status,
    dual_bound,
    powers_of_two,
    solve_program,
)
from allocator.solver.basis import BASIC

OPTIONS = SolveOptions(gap=0.0)
INF = np.inf


def random_program(rng: np.random.Generator, rows: int, columns: int) -> LinearProgram:
    """Return a feasible bounded packing program with a mix of integers."""
    matrix = rng.integers(0, 9, (rows, columns)).astype(float)
    return LinearProgram(
        -rng.integers(1, 20, columns).astype(float),
        float(rng.integers(0, 5)),
        np.zeros(columns),
        rng.integers(1, 6, columns).astype(float),
        rng.random(columns) < 0.5,
        sparse.csc_array(matrix),
        np.full(rows, -INF),
        rng.integers(10, 40, rows).astype(float),
    )


@pytest.mark.parametrize("seed", range(20))
def test_changes_in_a_session_equal_a_fresh_program(seed: int) -> None:
    """After random adds, changes and deletes the session agrees with a program built anew."""
    rng = np.random.default_rng(seed)
    base = random_program(rng, 4, 6)
    extra = random_program(rng, 4, 3)
    session = Session(base)
    session.solve(OPTIONS)
    new_columns = session.add_columns(
        extra.cost, extra.column_lower, extra.column_upper, extra.matrix, extra.integer
    )
    assert list(new_columns) == [6, 7, 8]
    row = sparse.csr_array(rng.integers(0, 5, (1, 9)).astype(float))
    assert list(session.add_rows([-INF], [15.0], row)) == [4]
    session.solve(OPTIONS)
    session.change_costs([7, 0], [-3.0, -8.0])
    session.change_column_bounds([5, 1], [0.0, 1.0], [2.0, 1.0])
    session.change_row_bounds([3, 4], [-INF, -INF], [60.0, 12.0])
    session.set_integer([0, 8], [True, False])
    session.delete_columns([6, 2])
    session.delete_rows([1])
    session.change_offset(4.0)

    keep_columns = [0, 1, 3, 4, 5, 7, 8]
    keep_rows = [0, 2, 3, 4]
    cost = np.concatenate([base.cost, extra.cost])
    cost[[7, 0]] = [-3.0, -8.0]
    lower = np.zeros(9)
    upper = np.concatenate([base.column_upper, extra.column_upper])
    lower[1], upper[1], upper[5] = 1.0, 1.0, 2.0
    integer = np.concatenate([base.integer, extra.integer])
    integer[[0, 8]] = [True, False]
    matrix = sparse.vstack([sparse.hstack([base.matrix, extra.matrix]), row]).tocsr()
    row_upper = np.concatenate([base.row_upper, [12.0]])
    row_upper[3] = 60.0
    fresh = LinearProgram(
        cost[keep_columns],
        4.0,
        lower[keep_columns],
        upper[keep_columns],
        integer[keep_columns],
        matrix[keep_rows][:, keep_columns],
        np.full(4, -INF),
        row_upper[keep_rows],
    )
    ours, theirs = session.solve(OPTIONS), solve_program(fresh, OPTIONS)
    assert (session.row_count, session.column_count) == (4, 7)
    assert ours.status is theirs.status
    if theirs.objective is None:
        assert ours.objective is None
    else:
        assert ours.objective == pytest.approx(theirs.objective)


def test_cutting_stock_by_column_generation_reaches_the_known_bound() -> None:
    """Rolls of 100, widths 45, 36, 31, 14 wanted 97, 610, 395, 211 times: LP value 452.25."""
    widths, wanted = np.array([45.0, 36.0, 31.0, 14.0]), np.array([97.0, 610.0, 395.0, 211.0])
    session = Session()
    session.add_rows(wanted, np.full(4, INF), sparse.csr_array((4, 0)))
    session.add_columns(
        np.ones(4), np.zeros(4), np.full(4, INF), sparse.csc_array(np.diag(100 // widths))
    )
    patterns = np.array(
        [p for p in np.ndindex(3, 3, 4, 8) if np.dot(p, widths) <= 100], dtype=float
    )
    for _ in range(50):
        result = session.solve(OPTIONS, stage="rolls")
        assert result.row_duals is not None
        worth = patterns @ result.row_duals
        best = int(np.argmax(worth))
        if worth[best] <= 1 + 1e-9:
            break
        session.add_columns([1.0], [0.0], [INF], sparse.csc_array(patterns[best].reshape(4, 1)))
    assert result.objective == pytest.approx(452.25)
    session.set_integer(np.arange(session.column_count), True)
    whole = session.solve(OPTIONS)
    assert whole.status is Status.OPTIMAL
    assert whole.objective == pytest.approx(453.0)


def test_time_limit_is_per_solve_not_per_session() -> None:
    """HiGHS' clock for linear programs runs on between solves; a later solve gets its full time."""
    rng = np.random.default_rng(1)
    matrix = sparse.random(300, 900, 0.03, random_state=2, format="csc")
    program = LinearProgram(
        -rng.random(900), 0.0, np.zeros(900), np.full(900, 1e3), np.zeros(900, dtype=bool),
        matrix, np.full(300, -INF), np.full(300, 100.0),
    )  # fmt: skip
    session = Session(program)
    deadline = time.perf_counter() + 1.5
    while time.perf_counter() < deadline:
        session.change_costs([0], [-rng.random()])
        session.change_costs(np.arange(900), -rng.random(900))
        assert session.solve(OPTIONS).status is Status.OPTIMAL
    session.change_costs(np.arange(900), -rng.random(900))
    assert session.solve(SolveOptions(time_limit_seconds=1.0)).status is Status.OPTIMAL


def test_stopped_linear_program_keeps_a_proven_bound() -> None:
    """A dual simplex stopped half-way still proves a bound on the right side."""
    rng = np.random.default_rng(3)
    matrix = sparse.random(200, 400, 0.05, random_state=4, format="csc")
    program = LinearProgram(
        rng.random(400) + 0.1, 0.0, np.zeros(400), np.full(400, 50.0), np.zeros(400, dtype=bool),
        matrix, rng.random(200) * 5.0, np.full(200, INF),
    )  # fmt: skip
    best = solve_program(program, OPTIONS)
    options = SolveOptions(highs={"simplex_iteration_limit": 40, "presolve": "off"})
    stopped = solve_program(program, options)
    assert stopped.status in (Status.NO_PLAN, Status.TIME_LIMIT)
    assert stopped.bound is not None
    assert best.objective is not None
    assert 0.0 < stopped.bound <= best.objective + 1e-9


def test_start_of_a_session_is_used_once_and_checked() -> None:
    """A start of the wrong length is refused; deleting columns keeps it in step."""
    rng = np.random.default_rng(5)
    session = Session(random_program(rng, 3, 5))
    with pytest.raises(SolveError, match="start"):
        session.set_start(np.zeros(4))
    session.set_start(np.zeros(5))
    session.delete_columns([2])
    assert session.solve(OPTIONS).status is Status.OPTIMAL


@pytest.mark.parametrize("indices", [[9], [-1], [0, 0], [0.5]])
def test_wrong_numbers_of_rows_and_columns_are_refused(indices: list[float]) -> None:
    """Out of range, twice or not whole: an error, not memory out of bounds."""
    session = Session(random_program(np.random.default_rng(6), 3, 5))
    for call in (session.delete_rows, session.delete_columns):
        with pytest.raises(SolveError):
            call(indices)
    with pytest.raises(SolveError):
        session.change_costs(indices, np.ones(len(indices)))


def test_new_rows_and_columns_of_the_wrong_shape_are_refused() -> None:
    """Coefficients must fit the present size."""
    session = Session(random_program(np.random.default_rng(7), 3, 5))
    with pytest.raises(SolveError, match="columns"):
        session.add_rows([0.0], [1.0], sparse.csr_array((1, 4)))
    with pytest.raises(SolveError, match="rows"):
        session.add_columns([0.0], [0.0], [1.0], sparse.csc_array((2, 1)))
    with pytest.raises(SolveError, match="HiGHS refused"):
        session.add_rows([0.0], [1.0], sparse.csr_array(np.full((1, 5), 1e16)))


@pytest.mark.parametrize("seed", range(10))
def test_a_program_in_other_units_has_the_same_optimum(seed: int) -> None:
    """Columns and rows in powers of two: same objective, values and duals once they are back."""
    rng = np.random.default_rng(seed)
    program = replace(random_program(rng, 5, 7), integer=np.zeros(7, dtype=bool))
    columns = powers_of_two(rng.uniform(1e-3, 1e4, 7))
    rows = powers_of_two(rng.uniform(1e-3, 1e4, 5))
    usual = solve_program(program, OPTIONS)
    scaled = solve_program(program.scaled(columns, rows), OPTIONS)
    assert scaled.objective == pytest.approx(usual.objective, rel=1e-9)
    assert usual.values is not None
    assert scaled.values is not None
    assert scaled.row_duals is not None
    bound = dual_bound(program, scaled.row_duals / rows)
    assert bound == pytest.approx(usual.objective, rel=1e-9)
    assert program.cost @ (scaled.values * columns) == pytest.approx(program.cost @ usual.values)


def test_powers_of_two_are_the_nearest_and_one_where_nothing_is_known() -> None:
    """By hand: 3 is nearer to 4 than to 2 in proportion, 0 and infinity say nothing."""
    sizes = np.array([3.0, 1.0, 0.3, 0.0, INF, 1000.0])
    assert powers_of_two(sizes).tolist() == [4.0, 1.0, 0.25, 1.0, 1.0, 1024.0]


def test_deleting_rows_keeps_where_the_rest_stands() -> None:
    """Slack rows go, and the next solve has nothing left to do."""
    rng = np.random.default_rng(5)
    program = replace(random_program(rng, 12, 8), integer=np.zeros(8, dtype=bool))
    session = Session(program)
    solved = session.solve(SolveOptions(gap=0.0, highs={"presolve": "off", "solver": "simplex"}))
    before = session.basis()
    assert before is not None
    slack = np.flatnonzero(before.rows == BASIC)
    assert len(slack)
    session.delete_rows(slack)
    after = session.basis()
    assert after is not None
    assert after.columns.tolist() == before.columns.tolist()
    assert after.rows.tolist() == np.delete(before.rows, slack).tolist()
    again = session.solve(OPTIONS)
    assert again.objective == pytest.approx(solved.objective)


def test_a_basis_is_taken_to_a_program_with_more_rows() -> None:
    """New rows are basic: what was left before they came is gone back to."""
    basis = Basis(np.array([1, 0], dtype=np.int8), np.array([0], dtype=np.int8))
    assert basis.with_rows(3).rows.tolist() == [0, BASIC, BASIC]
    assert basis.with_rows(1).rows.tolist() == [0]
