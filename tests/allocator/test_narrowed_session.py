"""Programs solved without columns that are held, against the same with bounds at their values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from allocator.solver import LinearProgram, NarrowedSession, Session, SolveOptions, Status

OPTIONS = SolveOptions()


def program(seed: int, rows: int = 6, columns: int = 9) -> LinearProgram:
    """A random covering program that has a plan: its upper bounds keep every row."""
    random = np.random.default_rng(seed)
    matrix = random.integers(0, 4, (rows, columns)).astype(float)
    return LinearProgram(
        cost=random.uniform(1.0, 5.0, columns),
        offset=random.uniform(-3.0, 3.0),
        column_lower=np.zeros(columns),
        column_upper=np.full(columns, 4.0),
        integer=np.zeros(columns, dtype=bool),
        matrix=sparse.csr_array(matrix),
        row_lower=np.minimum(4.0, matrix.sum(axis=1)),
        row_upper=np.full(rows, np.inf),
    )


def held_by_bounds(session: Session, is_held: np.ndarray, values: np.ndarray) -> Session:
    """The same program with the columns held by their bounds."""
    other = Session(session.program())
    where = np.flatnonzero(is_held)
    other.change_column_bounds(where, values[where], values[where])
    return other


def same(narrow: NarrowedSession, wide: Session) -> bool:
    """Whether both give the same objective, and the narrow one's values have it."""
    a, b = narrow.solve(OPTIONS), wide.solve(OPTIONS)
    if b.status is Status.INFEASIBLE:
        return a.status is Status.INFEASIBLE
    whole = wide.program()
    assert a.values is not None
    assert a.row_duals is not None
    assert len(a.row_duals) == wide.row_count
    met = whole.matrix @ a.values
    assert (met >= whole.row_lower - 1e-6).all()
    assert (met <= whole.row_upper + 1e-6).all()
    assert float(whole.cost @ a.values) + whole.offset == pytest.approx(a.objective)
    return a.objective == pytest.approx(b.objective)


@given(st.integers(0, 2**31), st.lists(st.integers(0, 3), min_size=9, max_size=9))
def test_narrowed_program_equals_the_one_held_by_bounds(seed: int, levels: list[int]) -> None:
    """Through every kind of change; the whole program hears of all of them."""
    session = Session(program(seed))
    session.solve(OPTIONS)
    random = np.random.default_rng(seed + 1)
    is_held = random.random(9) < 0.5
    values = np.array(levels, dtype=float)
    wide = held_by_bounds(session, is_held, values)
    narrow = NarrowedSession(session, is_held, values)
    assert same(narrow, wide)
    free = np.flatnonzero(~is_held)
    for change in range(4):
        for each in (narrow, wide):
            draw = np.random.default_rng(seed + change)
            if change == 0:
                rows = sparse.csr_array(draw.integers(0, 3, (2, 9)).astype(float))
                each.add_rows(np.ones(2), np.full(2, 60.0), rows)
            elif change == 1:
                each.delete_rows([1, 3])
            elif change == 2:
                each.change_row_bounds([0, each.row_count - 1], [2.0, 0.0], [50.0, 55.0])
                each.change_costs(np.arange(9), draw.uniform(0.5, 2.0, 9))
            else:
                each.change_column_bounds(free, np.zeros(len(free)), np.full(len(free), 3.5))
        assert same(narrow, wide)
    # The whole program has heard of everything.
    assert session.row_count == narrow.row_count == wide.row_count
    where = np.flatnonzero(is_held)
    session.change_column_bounds(where, values[where], values[where])
    assert np.allclose(session.program().matrix.toarray(), wide.program().matrix.toarray())
    assert np.allclose(session.program().row_lower, wide.program().row_lower)
    found, asked = session.solve(OPTIONS), wide.solve(OPTIONS)
    assert found.status is asked.status
    if asked.objective is not None:
        assert found.objective == pytest.approx(asked.objective)


@given(st.integers(0, 2**31))
def test_narrowed_twice_holds_both(seed: int) -> None:
    """What the outer one holds stays held, and rows reach all three."""
    session = Session(program(seed))
    optimum = session.solve(OPTIONS)
    assert optimum.values is not None
    first, second = np.arange(9) < 3, np.arange(9) > 6
    narrow = NarrowedSession(session, first, optimum.values)
    assert narrow.solve(OPTIONS).objective == pytest.approx(optimum.objective)
    narrower = NarrowedSession(narrow, second, np.full(9, 4.0))
    values = np.where(first, optimum.values, 4.0)
    assert same(narrower, held_by_bounds(session, first | second, values))
    # Rows that the inner one adds are known to the outer one.
    narrower.add_rows([1.0], [np.inf], sparse.csr_array(np.ones((1, 9))))
    assert narrow.row_count == session.row_count == 7
    assert same(narrow, held_by_bounds(session, first, optimum.values))


def test_held_column_outside_its_bounds_leaves_no_plan() -> None:
    """Until the bounds let it in again."""
    session = Session(program(1))
    narrow = NarrowedSession(session, np.arange(9) == 2, np.full(9, 2.0))
    assert narrow.solve(OPTIONS).status is Status.OPTIMAL
    narrow.change_column_bounds([2], [0.0], [1.0])
    assert narrow.solve(OPTIONS).status is Status.INFEASIBLE
    narrow.change_column_bounds([2], [0.0], [3.0])
    assert narrow.solve(OPTIONS).status is Status.OPTIMAL


def test_row_of_held_columns_alone_is_looked_at() -> None:
    """Though no program has it."""
    columns = np.zeros(9, dtype=bool)
    columns[:2] = True
    session = Session(program(1))
    only_held = sparse.csr_array(np.where(columns, 1.0, 0.0)[None, :])
    row = session.add_rows([0.0], [10.0], only_held).start
    narrow = NarrowedSession(session, columns, np.full(9, 1.0))
    assert narrow.solve(OPTIONS).status is Status.OPTIMAL
    narrow.change_row_bounds([row], [3.0], [10.0])
    assert narrow.solve(OPTIONS).status is Status.INFEASIBLE


def test_groups_that_unbalance_the_basis_stay_free() -> None:
    """Without a whole group and its rows the rest of the basis is one, and takes no iterations."""
    whole = program(7, rows=24, columns=40)
    blocks = sparse.csr_array(
        np.kron(np.eye(8), np.ones((2, 5))) * np.random.default_rng(2).uniform(0.5, 2.0, (16, 40))
    )
    session = Session(whole)
    session.add_rows(np.ones(16), np.full(16, np.inf), blocks)
    values = np.asarray(session.solve(OPTIONS).values)
    group = np.repeat(np.arange(8), 5)
    narrow = NarrowedSession(session, group < 6, values, group)
    basis = session.basis()
    assert basis is not None
    kept = int((basis.columns[~narrow.is_held] == 1).sum())
    own = blocks[:, np.flatnonzero(narrow.is_held)].sum(axis=1) > 0
    rows = np.concatenate([np.ones(24, dtype=bool), ~own])
    assert kept + int((basis.rows[rows] == 1).sum()) == rows.sum()
    assert narrow.solve(OPTIONS).objective == pytest.approx(
        float(whole.cost @ values) + whole.offset
    )


def test_basis_goes_back_to_the_whole_program() -> None:
    """It has as many members as rows, and leads to the optimum."""
    session = Session(program(5, rows=40, columns=60))
    values = np.asarray(session.solve(OPTIONS).values)
    narrow = NarrowedSession(session, values <= 1e-9, values)
    narrow.solve(OPTIONS)
    basis = narrow.basis()
    assert basis is not None
    assert int((basis.columns == 1).sum() + (basis.rows == 1).sum()) == session.row_count
    session.start_from(basis)
    again = session.solve(OPTIONS)
    assert again.objective == pytest.approx(
        float(session.program().cost @ values) + session.program().offset
    )
