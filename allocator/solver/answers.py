"""From a HiGHS run to an answer that can be trusted: statuses told apart, values checked."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from allocator.solver.options import SolveOptions, apply_options
from allocator.solver.programs import LinearProgram, dual_bound, row_violation
from allocator.solver.question import Question
from allocator.solver.results import (
    SolveResult,
    Status,
    checked_bound,
    relative_gap,
    status_of_gap,
)
from allocator.solver.runs import (
    HungError,
    ModelStatus,
    empty_highs,
    plain_status,
    run_highs,
)

__all__ = ["answer"]

FloatArray = NDArray[np.float64]

#: Relative amount by which a plan may break a row.
_ROW_TOLERANCE = 1e-6

#: The same as a share of the bounds: a column of up to 1e6 units is no worse for -1e-5 of them.
_BOUND_TOLERANCE = 1e-10

#: Absolute amount below which HiGHS itself counts a row as kept.
_HIGHS_TOLERANCE = 1e-7

#: Distance from a whole number that rounding may mend.
_INTEGRALITY_TOLERANCE = 1e-5

#: Costs below 2 to the minus this count as zero.
_LARGEST_EXPONENT = 60

#: Time for mending a plan after the limit. [s]
_MEND_SECONDS = 5.0

_BROKEN = (Status.NUMERICAL, Status.FAILED)

#: Ending of a run that was left behind.
_HUNG = "hung"


def answer(question: Question) -> SolveResult:
    """Run HiGHS and return a checked result.

    Raises
    ------
    SolveError
        If an option is refused or the bound contradicts the plan.
    """
    if question.columns.cost.size == 0:
        return _answer_without_columns(question)
    options = question.options
    result, ending = _attempt(question, options)
    broken = result.status in _BROKEN or ending == _HUNG
    if broken and ending != ModelStatus.kMemoryLimit and question.remaining_seconds > 0.0:
        # Solve errors of HiGHS often come from presolve or a spoilt basis: once more without both.
        # Presolve is also where runs have been seen to hang.
        if ending != _HUNG:
            question.highs.clearSolver()
        bare = replace(options, highs={**options.highs, "presolve": "off"})
        again, _ = _attempt(question, bare)
        if again.status not in _BROKEN:
            result = again
    return replace(result, seconds=question.seconds)


def _attempt(question: Question, options: SolveOptions) -> tuple[SolveResult, Any]:
    """Run once with the given options; return the answer and HiGHS' own word for the ending."""
    highs = question.highs
    # HiGHS counts a limit on linear programs from the birth of the object, on others from the run.
    spent = 0.0 if question.is_mip else float(highs.getRunTime())
    exponent = _objective_exponent(question.columns.cost)
    question.listener.objective_scale = 2.0**exponent
    apply_options(
        highs,
        options,
        time_limit=spent + question.remaining_seconds,
        objective_exponent=exponent,
    )
    try:
        ending = run_highs(highs, options.threads, question.listener, question.patience_seconds)
    except HungError as error:
        question.begin_anew()
        if question.listener.error is not None:
            raise question.listener.error from error
        return _read_heard(question, str(error)), _HUNG
    plain = plain_status(ending)
    if plain is not None:
        return SolveResult(plain, message=f"HiGHS: {highs.modelStatusToString(ending)}"), ending
    if ending == ModelStatus.kUnboundedOrInfeasible:
        return _tell_apart(question), ending
    read = _read_mip if question.is_mip else _read_lp
    return read(question, ending), ending


def _objective_exponent(cost: FloatArray) -> int:
    """Return the power of two that lifts the largest cost to 1 or more, 0 if it is there.

    HiGHS' tolerances are absolute: with costs of 1e-9 it calls a plan optimal that is worth a
    tenth of the optimum.
    """
    largest = float(np.abs(cost).max(initial=0.0))
    if largest == 0.0 or largest >= 1.0:
        return 0
    return min(-math.floor(math.log2(largest)), _LARGEST_EXPONENT)


def _answer_without_columns(question: Question) -> SolveResult:
    """Answer a program without columns: its rows are all zero."""
    if (question.row_lower > 0.0).any() or (question.row_upper < 0.0).any():
        return SolveResult(Status.INFEASIBLE, seconds=question.seconds)
    return SolveResult(
        Status.OPTIMAL,
        question.offset,
        question.offset,
        0.0,
        question.seconds,
        np.zeros(0),
        np.zeros(question.row_lower.size),
        np.zeros(0),
    )


def _tell_apart(question: Question) -> SolveResult:
    """Tell unbounded from infeasible: is there any plan when nothing is asked of it?"""
    probe = empty_highs()
    model = question.highs.getLp()
    model.col_cost_ = np.zeros(question.columns.cost.size)
    probe.passModel(model)
    options = replace(question.options, highs={"presolve": "off"})
    apply_options(probe, options, time_limit=question.remaining_seconds)
    listener = replace(question.listener, progress=None, on_incumbent=None)
    model_status = run_highs(probe, options.threads, listener)
    if model_status == ModelStatus.kOptimal:
        return SolveResult(Status.UNBOUNDED)
    if model_status == ModelStatus.kInfeasible:
        return SolveResult(Status.INFEASIBLE)
    return SolveResult(Status.NO_PLAN, message="unbounded or infeasible: not told apart in time")


def _read_lp(question: Question, model_status: Any) -> SolveResult:
    """Read the answer of a linear program that ended at its optimum or at a limit."""
    highs, columns = question.highs, question.columns
    solution, info = highs.getSolution(), highs.getInfo()
    feasible = int(info.primal_solution_status) == highspy.kSolutionStatusFeasible
    row_duals = np.array(solution.row_dual) if solution.dual_valid else None
    if model_status == ModelStatus.kOptimal:
        values = np.array(solution.col_value)
        activity = np.array(solution.row_value)
        if not _keeps_bounds(activity, question.row_lower, question.row_upper) or (
            not _keeps_bounds(values, columns.lower, columns.upper)
        ):
            return SolveResult(Status.NUMERICAL, message="HiGHS' optimum breaks a row or a bound")
        objective = question.objective_of(values)
        return SolveResult(
            Status.OPTIMAL,
            objective,
            objective,
            0.0,
            values=values,
            row_duals=row_duals,
            reduced_costs=np.array(solution.col_dual) if solution.dual_valid else None,
        )
    bound = None
    if row_duals is not None:
        bound = dual_bound(question.program(), row_duals)
    message = f"HiGHS: {highs.modelStatusToString(model_status)}"
    if not (feasible and solution.value_valid):
        status = Status.FAILED if model_status == ModelStatus.kMemoryLimit else Status.NO_PLAN
        return SolveResult(status, bound=bound, message=message)
    values = np.array(solution.col_value)
    objective = question.objective_of(values)
    bound = checked_bound(objective, bound, maximise=question.maximise)
    gap = relative_gap(objective, bound)
    return SolveResult(
        status_of_gap(gap, question.options.gap),
        objective,
        bound,
        gap,
        values=values,
        message=message,
    )


def _read_mip(question: Question, model_status: Any) -> SolveResult:
    """Read the answer of a program with integers that ended at its gap or at a limit."""
    highs = question.highs
    info = highs.getInfo()
    nodes = max(0, int(info.mip_node_count))
    bound = float(info.mip_dual_bound)
    message = ""
    if model_status != ModelStatus.kOptimal:
        message = f"HiGHS: {highs.modelStatusToString(model_status)}"
    if int(info.primal_solution_status) != highspy.kSolutionStatusFeasible:
        status = Status.FAILED if model_status == ModelStatus.kMemoryLimit else Status.NO_PLAN
        return SolveResult(
            status,
            bound=bound if math.isfinite(bound) else None,
            nodes=nodes,
            message=message,
        )
    values = _whole_values(question, np.array(highs.getSolution().col_value))
    if values is None:
        return SolveResult(
            Status.NUMERICAL, nodes=nodes, message="the plan breaks rows once integers are whole"
        )
    objective = question.objective_of(values)
    proven = checked_bound(objective, bound, maximise=question.maximise)
    gap = relative_gap(objective, proven)
    status = status_of_gap(gap, question.options.gap)
    return SolveResult(status, objective, proven, gap, values=values, nodes=nodes, message=message)


def _read_heard(question: Question, message: str) -> SolveResult:
    """The best plan that was heard of from a run that was left behind, with its bound."""
    bound = question.listener.bound
    start = question.start if question.start is not None else np.full(1, np.nan)
    heard = question.listener.best
    if heard is None and np.isfinite(start).all():
        heard = start
    values = None if heard is None else _whole_values(question, heard)
    if values is None:
        return SolveResult(Status.NO_PLAN, bound=bound, message=message)
    objective = question.objective_of(values)
    proven = checked_bound(objective, bound, maximise=question.maximise)
    gap = relative_gap(objective, proven)
    status = status_of_gap(gap, question.options.gap)
    return SolveResult(status, objective, proven, gap, values=values, message=message)


def _keeps_bounds(values: FloatArray, lower: FloatArray, upper: FloatArray) -> bool:
    """Whether values lie within bounds up to a tolerance that grows with the values and bounds."""
    if values.size == 0:
        return True
    if not np.isfinite(values).all():
        return False
    top = np.maximum(_finite(lower), _finite(upper))
    scale = _ROW_TOLERANCE * np.maximum(1.0, np.abs(values)) + _BOUND_TOLERANCE * top
    return bool((values >= lower - scale).all() and (values <= upper + scale).all())


def _finite(bounds: FloatArray) -> FloatArray:
    """Amounts of bounds, 0 where there is none."""
    return np.where(np.isfinite(bounds), np.abs(bounds), 0.0)


def _whole_values(question: Question, raw: FloatArray) -> FloatArray | None:
    """Return the plan with exactly whole integers that keeps rows and bounds, or None.

    Rounding an open flag of 0.999999 can leave a capacity of 1e6 units broken by one unit; then
    the continuous part is solved anew with the integers fixed.
    """
    columns = question.columns
    whole = columns.integer
    rounded = raw.copy()
    rounded[whole] = np.rint(raw[whole])
    if np.abs(rounded - raw).max() > _INTEGRALITY_TOLERANCE:
        return None
    program = question.program()
    np.clip(rounded, columns.lower, columns.upper, out=rounded)
    absolute, relative = row_violation(
        program.matrix, rounded, question.row_lower, question.row_upper
    )
    if absolute <= 10.0 * _HIGHS_TOLERANCE:
        return rounded
    mended = _solve_with_fixed_integers(program, rounded, question)
    if mended is not None:
        return mended
    return rounded if relative <= _ROW_TOLERANCE else None


def _solve_with_fixed_integers(
    program: LinearProgram, rounded: FloatArray, question: Question
) -> FloatArray | None:
    """Return the best continuous part for fixed integers, None where there is none in time."""
    probe = empty_highs()
    model = question.highs.getLp()
    whole = program.integer
    model.col_lower_ = np.where(whole, rounded, program.column_lower)
    model.col_upper_ = np.where(whole, rounded, program.column_upper)
    model.integrality_ = []
    probe.passModel(model)
    options = replace(question.options, highs={})
    exponent = _objective_exponent(program.cost)
    apply_options(probe, options, time_limit=_MEND_SECONDS, objective_exponent=exponent)
    listener = replace(question.listener, progress=None, on_incumbent=None)
    if run_highs(probe, options.threads, listener) != ModelStatus.kOptimal:
        return None
    values = np.array(probe.getSolution().col_value)
    values[whole] = rounded[whole]
    np.clip(values, program.column_lower, program.column_upper, out=values)
    _, relative = row_violation(program.matrix, values, program.row_lower, program.row_upper)
    return values if relative <= _ROW_TOLERANCE else None
