"""Every way a HiGHS run can end, injected, gives its own status; answers are not taken on trust."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import highspy
import numpy as np
import pytest
from scipy import sparse

from allocator.errors import SolveError
from allocator.solver import (
    LinearProgram,
    SolveOptions,
    SolveResult,
    Status,
    dual_bound,
    relative_gap,
    row_violation,
    solve_program,
)
from allocator.solver import answers as answers_module
from allocator.solver.results import checked_bound

ModelStatus = highspy.HighsModelStatus


def tiny(integer: bool) -> LinearProgram:
    """Return min x with x >= 2, whole or not."""
    return LinearProgram(
        np.ones(1), 0.0, np.zeros(1), np.full(1, 9.0), np.array([integer]),
        sparse.csc_array(np.ones((1, 1))), np.full(1, 2.0), np.full(1, np.inf),
    )  # fmt: skip


def inject(
    monkeypatch: pytest.MonkeyPatch, *endings: Any, runs: bool = True
) -> Callable[[], list[str]]:
    """Make HiGHS' runs end with the given statuses; later runs tell the truth."""
    true_run = answers_module.run_highs
    left = list(endings)
    presolve: list[str] = []

    def run(highs: Any, threads: int, listener: Any, patience: float | None = None) -> Any:
        presolve.append(highs.getOptionValue("presolve")[1])
        real = true_run(highs, threads, listener, patience) if runs or not left else None
        return left.pop(0) if left else real

    monkeypatch.setattr(answers_module, "run_highs", run)
    return lambda: presolve


@pytest.mark.parametrize("integer", [False, True])
@pytest.mark.parametrize(
    ("ending", "status"),
    [
        (ModelStatus.kOptimal, Status.OPTIMAL),
        (ModelStatus.kInfeasible, Status.INFEASIBLE),
        (ModelStatus.kUnbounded, Status.UNBOUNDED),
        (ModelStatus.kSolveError, Status.NUMERICAL),
        (ModelStatus.kPresolveError, Status.NUMERICAL),
        (ModelStatus.kPostsolveError, Status.NUMERICAL),
        (ModelStatus.kUnknown, Status.FAILED),
        (ModelStatus.kNotset, Status.FAILED),
        (ModelStatus.kLoadError, Status.FAILED),
        (ModelStatus.kModelError, Status.FAILED),
    ],
)
def test_each_ending_has_its_status(
    monkeypatch: pytest.MonkeyPatch, integer: bool, ending: Any, status: Status
) -> None:
    """Both tries end the same way: the status says which."""
    inject(monkeypatch, ending, ending)
    result = solve_program(tiny(integer), SolveOptions())
    assert result.status is status
    assert (result.values is not None) == status.has_plan


@pytest.mark.parametrize(
    "ending", [ModelStatus.kTimeLimit, ModelStatus.kIterationLimit, ModelStatus.kMemoryLimit]
)
@pytest.mark.parametrize("integer", [False, True])
def test_limits_without_a_plan(monkeypatch: pytest.MonkeyPatch, integer: bool, ending: Any) -> None:
    """Stopped before any plan: no plan, or failed where memory ran out, never an exception."""
    inject(monkeypatch, ending, runs=False)
    result = solve_program(tiny(integer), SolveOptions())
    expected = Status.FAILED if ending == ModelStatus.kMemoryLimit else Status.NO_PLAN
    assert result.status is expected
    assert result.values is None
    assert result.message.startswith("HiGHS:")


def test_a_solve_error_is_retried_once_without_presolve(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second try runs bare and its answer counts."""
    presolve = inject(monkeypatch, ModelStatus.kSolveError)
    result = solve_program(tiny(False), SolveOptions())
    assert result.status is Status.OPTIMAL
    assert result.objective == 2.0
    assert presolve() == ["choose", "off"]


def test_unbounded_or_infeasible_is_settled_by_a_second_solve(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A feasible program called unbounded-or-infeasible is unbounded."""
    inject(monkeypatch, ModelStatus.kUnboundedOrInfeasible)
    assert solve_program(tiny(True), SolveOptions()).status is Status.UNBOUNDED


class Liar:
    """A HiGHS object whose solution or info is false in one place."""

    def __init__(self, highs: Any, *, value: float | None = None, bound: float | None = None):
        self._highs, self._value, self._bound = highs, value, bound

    def __getattr__(self, name: str) -> Any:
        return getattr(self._highs, name)

    def getSolution(self) -> Any:  # noqa: N802 - HiGHS' name
        """Return the solution with another value."""
        solution = self._highs.getSolution()
        if self._value is not None:
            solution.col_value = [self._value]
            solution.row_value = [self._value]
        return solution

    def getInfo(self) -> Any:  # noqa: N802 - HiGHS' name
        """Return the info with another bound."""
        info = self._highs.getInfo()
        if self._bound is not None:
            info.mip_dual_bound = self._bound
        return info


def lie(monkeypatch: pytest.MonkeyPatch, **changes: float) -> None:
    """Make every answer be read from a lying HiGHS."""
    true_answer = answers_module.Question.__init__

    def init(self: Any, highs: Any, *rest: Any) -> None:
        true_answer(self, Liar(highs, **changes), *rest)

    monkeypatch.setattr(answers_module.Question, "__init__", init)


@pytest.mark.parametrize("integer", [False, True])
def test_an_optimum_that_breaks_a_row_is_numerical(
    monkeypatch: pytest.MonkeyPatch, integer: bool
) -> None:
    """HiGHS has called plans with a row violation of 200 optimal; the values are checked."""
    lie(monkeypatch, value=1.0)
    monkeypatch.setattr(answers_module, "_solve_with_fixed_integers", lambda *_: None)
    assert solve_program(tiny(integer), SolveOptions()).status is Status.NUMERICAL


def test_a_broken_plan_is_mended_with_its_integers_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only the continuous part is off, it is solved anew."""
    mixed = LinearProgram(
        np.array([1.0, 1.0]), 0.0, np.zeros(2), np.full(2, 9.0), np.array([True, False]),
        sparse.csc_array(np.ones((1, 2))), np.full(1, 2.5), np.full(1, np.inf),
    )  # fmt: skip
    question = answers_module.Question.__init__

    class HalfLiar(Liar):
        """Returns a plan that is 0.1 short."""

        def getSolution(self) -> Any:  # noqa: N802
            """Return x = 2, y = 0.4."""
            solution = self._highs.getSolution()
            solution.col_value = [2.0, 0.4]
            return solution

    def init(self: Any, highs: Any, *rest: Any) -> None:
        question(self, HalfLiar(highs), *rest)

    monkeypatch.setattr(answers_module.Question, "__init__", init)
    result = solve_program(mixed, SolveOptions())
    assert result.status is Status.OPTIMAL
    assert result.values is not None
    assert result.values.tolist() == [2.0, 0.5]


def test_a_plan_that_is_not_whole_is_numerical(monkeypatch: pytest.MonkeyPatch) -> None:
    """An integer of 2.4 is not rounded away."""
    lie(monkeypatch, value=2.4)
    assert solve_program(tiny(True), SolveOptions()).status is Status.NUMERICAL


def test_a_bound_beyond_the_objective_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bound 3 for a plan of 2 in a minimisation is a contradiction."""
    lie(monkeypatch, bound=3.0)
    with pytest.raises(SolveError, match="bound"):
        solve_program(tiny(True), SolveOptions())


def test_bounds_are_moved_onto_the_objective_only_within_tolerance() -> None:
    """Rounding noise is absorbed in either sense, an infinite bound is none."""
    assert checked_bound(2.0, 2.0 + 1e-9) == 2.0
    assert checked_bound(2.0, 2.0 - 1e-9, maximise=True) == 2.0
    assert checked_bound(2.0, -np.inf) is None
    assert checked_bound(None, 5.0) == 5.0
    with pytest.raises(SolveError):
        checked_bound(2.0, 1.9, maximise=True)


@pytest.mark.parametrize(
    ("objective", "bound", "gap"),
    [(0.0, 0.0, 0.0), (10.0, 9.0, 0.1), (-10.0, -11.0, 0.1), (None, 1.0, None), (1.0, None, None)],
)
def test_relative_gap_by_hand(
    objective: float | None, bound: float | None, gap: float | None
) -> None:
    """The gap is relative to the plan; nothing over nothing is closed."""
    assert relative_gap(objective, bound) == (None if gap is None else pytest.approx(gap))


def test_gap_at_objective_zero_is_finite_and_wide() -> None:
    """A plan of 0 with bound -1 has a huge, finite gap that JSON can hold."""
    gap = relative_gap(0.0, -1.0)
    assert gap is not None
    assert 1.0 < gap < np.inf


def test_any_multipliers_give_a_valid_bound() -> None:
    """Weak duality holds for random multipliers, in both senses."""
    rng = np.random.default_rng(0)
    for sense in (False, True):
        program = LinearProgram(
            rng.normal(size=5), 1.0, np.zeros(5), np.full(5, 3.0), np.zeros(5, dtype=bool),
            sparse.csc_array(rng.random((3, 5))), np.full(3, 0.5), np.full(3, 4.0), sense,
        )  # fmt: skip
        best = solve_program(program, SolveOptions())
        assert best.objective is not None
        assert best.row_duals is not None
        assert dual_bound(program, best.row_duals) == pytest.approx(best.objective)
        for _ in range(50):
            bound = dual_bound(program, rng.normal(size=3))
            assert bound is not None
            assert (bound >= best.objective - 1e-9) if sense else (bound <= best.objective + 1e-9)


def test_multipliers_against_a_missing_bound_prove_nothing() -> None:
    """A price on a row without that bound gives an infinite, that is no bound."""
    assert dual_bound(tiny(False), np.array([-1.0])) is None


def test_row_violation_is_relative_to_the_size_of_the_terms() -> None:
    """One unit too much on a million is 1e-6, on ten it is 0.1."""
    matrix = sparse.csc_array(np.array([[1.0, 0.0], [0.0, 1.0]]))
    values = np.array([1_000_001.0, 10.0])
    infinite = np.full(2, -np.inf)
    absolute, relative = row_violation(matrix, values, infinite, np.array([1_000_000.0, 10.0]))
    assert absolute == 1.0
    assert relative == pytest.approx(1e-6, rel=1e-3)
    assert row_violation(matrix, values, infinite, np.array([1e7, 9.0]))[1] == pytest.approx(0.1)


def test_result_is_a_plain_record() -> None:
    """Equality ignores the duals by constraint, which are Pyomo objects."""
    assert SolveResult(Status.OPTIMAL, 1.0, duals={}) == SolveResult(Status.OPTIMAL, 1.0)
