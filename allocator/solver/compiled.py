"""From a Pyomo model to arrays and back."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyomo.environ as pyo
from numpy.typing import NDArray
from pyomo.common.collections import ComponentMap
from pyomo.common.gc_manager import PauseGC
from scipy import sparse

from allocator.errors import InfeasibleError, SolveError
from allocator.solver.options import SolveOptions
from allocator.solver.programs import LinearProgram
from allocator.solver.pyomo_terms import TermReader
from allocator.solver.results import IncumbentCallback, ProgressCallback, SolveResult, Status
from allocator.solver.session import solve_program

__all__ = ["CompiledModel", "compile_model", "solve_model"]

FloatArray = NDArray[np.float64]
IntegerArray = NDArray[np.int64]

#: Amount by which a constraint without free variables may be broken.
_CONSTANT_TOLERANCE = 1e-8

#: Parts of a Pyomo model that are read, or say nothing about the solution.
_KNOWN_PARTS = frozenset(
    {
        pyo.Block,
        pyo.BuildAction,
        pyo.BuildCheck,
        pyo.Constraint,
        pyo.Expression,
        pyo.Objective,
        pyo.Param,
        pyo.RangeSet,
        pyo.Set,
        pyo.SetOf,
        pyo.Suffix,
        pyo.Var,
    }
)


@dataclass(frozen=True)
class CompiledModel:
    """A Pyomo model as arrays, with the way back.

    Parameters
    ----------
    program
        The arrays.
    variables
        Pyomo variable of each column.
    constraints
        Pyomo constraint of each row.
    """

    program: LinearProgram
    variables: tuple[Any, ...]
    constraints: tuple[Any, ...]

    def load(self, values: FloatArray) -> None:
        """Write column values, shape (column,), into the Pyomo variables."""
        for variable, value in zip(self.variables, values.tolist(), strict=True):
            variable.set_value(value, skip_validation=True)

    def without_rows(self, rows: IntegerArray) -> CompiledModel:
        """Return the model without some of its rows, shape (dropped row,)."""
        kept = np.delete(np.arange(self.program.row_count), rows)
        program = replace(
            self.program,
            matrix=sparse.csr_array(self.program.matrix)[kept],
            row_lower=self.program.row_lower[kept],
            row_upper=self.program.row_upper[kept],
        )
        constraints = tuple(self.constraints[k] for k in kept.tolist())
        return CompiledModel(program, self.variables, constraints)

    def start(self) -> FloatArray:
        """Return the present values of the variables, shape (column,), NaN where there is none."""
        values = (variable.value for variable in self.variables)
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)

    def duals(self, row_duals: FloatArray) -> Any:
        """Return row duals, shape (row,), as a mapping by Pyomo constraint."""
        mapping = ComponentMap()
        for constraint, dual in zip(self.constraints, row_duals.tolist(), strict=True):
            mapping[constraint] = dual
        return mapping


def compile_model(model: pyo.ConcreteModel) -> CompiledModel:
    """Turn a linear Pyomo model into arrays.

    Parameters
    ----------
    model
        Linear, one active objective at most.

    Returns
    -------
    CompiledModel
        One column per free variable, used or not, one row per active constraint, in the order
        of the model. Fixed variables are folded into the constants.

    Raises
    ------
    InfeasibleError
        If a constraint without free variables cannot hold; the message names it.
    SolveError
        If the model is not linear, has several active objectives, or parts that are neither
        variables nor constraints.
    """
    _check_parts(model)
    with PauseGC():
        reader = TermReader.of(model.component_data_objects(pyo.Var, active=True))
        constraints: list[Any] = []
        bounds: list[tuple[float | None, float | None]] = []
        for constraint in model.component_data_objects(pyo.Constraint, active=True):
            lower, body, upper = constraint.to_bounded_expression(evaluate_bounds=True)
            if lower is None and upper is None:
                continue
            reader.read(body, constraint)
            constraints.append(constraint)
            bounds.append((lower, upper))
        maximise = _read_objective(model, reader)
    return _assemble(reader, constraints, bounds, maximise)


def _check_parts(model: Any) -> None:
    """Raise SolveError if a model has active parts that would be passed over silently."""
    for kind in model.collect_ctypes(active=True, descend_into=True):
        if kind not in _KNOWN_PARTS:
            raise SolveError(f"the model has active parts of kind {kind.__name__}, not understood.")


def _read_objective(model: Any, reader: TermReader) -> bool:
    """Append the objective as the last row, zero if there is none; return whether to maximise."""
    objectives = list(model.component_data_objects(pyo.Objective, active=True))
    if len(objectives) > 1:
        names = ", ".join(objective.name for objective in objectives)
        raise SolveError(f"the model has {len(objectives)} active objectives: {names}.")
    if not objectives:
        reader.read(0.0, None)
        return False
    reader.read(objectives[0].expr, objectives[0])
    return bool(objectives[0].sense == pyo.maximize)


def _assemble(
    reader: TermReader,
    constraints: list[Any],
    bounds: list[tuple[float | None, float | None]],
    maximise: bool,
) -> CompiledModel:
    """Return the arrays of what was read: the rows, then the objective."""
    count = len(constraints)
    pointer = np.array([0, *reader.ends], dtype=np.int64)
    rows = sparse.csr_array(
        (
            np.array(reader.coefficient, dtype=np.float64),
            np.array(reader.column, dtype=np.int64),
            pointer,
        ),
        shape=(count + 1, len(reader.variables)),
    )
    rows.sum_duplicates()
    constants = np.array(reader.constants, dtype=np.float64)
    lower = np.array([-np.inf if low is None else low for low, _ in bounds], dtype=np.float64)
    upper = np.array([np.inf if high is None else high for _, high in bounds], dtype=np.float64)
    lower, upper = lower - constants[:count], upper - constants[:count]
    _check_constant_rows(constraints, np.diff(pointer)[:count] == 0, lower, upper)
    column_lower, column_upper, integer = _domains(reader.variables)
    program = LinearProgram(
        np.asarray(rows[[count]].toarray(), dtype=np.float64).ravel(),
        float(constants[count]),
        column_lower,
        column_upper,
        integer,
        rows[:count],
        lower,
        upper,
        maximise,
    )
    return CompiledModel(program, tuple(reader.variables), tuple(constraints))


def _check_constant_rows(
    constraints: list[Any], empty: NDArray[np.bool_], lower: FloatArray, upper: FloatArray
) -> None:
    """Raise InfeasibleError naming a constraint that has no free variable and cannot hold."""
    broken = empty & ((lower > _CONSTANT_TOLERANCE) | (upper < -_CONSTANT_TOLERANCE))
    if broken.any():
        name = constraints[int(np.flatnonzero(broken)[0])].name
        raise InfeasibleError(
            f"constraint {name!r} has no free variable left and cannot hold.", [name]
        )


def _domains(columns: list[Any]) -> tuple[FloatArray, FloatArray, NDArray[np.bool_]]:
    """Return lower and upper bounds and integrality of Pyomo variables, each (column,)."""
    bounds = [variable.bounds for variable in columns]
    lower = np.array([-np.inf if low is None else low for low, _ in bounds], dtype=np.float64)
    upper = np.array([np.inf if high is None else high for _, high in bounds], dtype=np.float64)
    integer = np.array([not variable.is_continuous() for variable in columns], dtype=np.bool_)
    return lower, upper, integer


def solve_model(
    model: pyo.ConcreteModel,
    options: SolveOptions,
    *,
    stage: str = "",
    progress: ProgressCallback | None = None,
    warm_start: bool = False,
    on_incumbent: IncumbentCallback | None = None,
) -> SolveResult:
    """Solve a Pyomo model and write the plan into its variables.

    Parameters
    ----------
    model
        Linear, one active objective at most.
    options
        Gap, limits, threads, seed.
    stage, progress, on_incumbent
        As in ``Session.solve``.
    warm_start
        Whether the present values of the variables are a plan to start from.

    Returns
    -------
    SolveResult
        Its seconds, and the time limit, include compiling. For linear programs ``duals`` maps
        each Pyomo constraint to its dual.

    Raises
    ------
    SolveError
        If an option is refused, the model is not linear, or the bound contradicts the plan.
    """
    started = time.perf_counter()
    try:
        compiled = compile_model(model)
    except InfeasibleError as error:
        return SolveResult(Status.INFEASIBLE, message=error.message)
    compile_seconds = time.perf_counter() - started
    limit = options.time_limit_seconds
    if limit is not None:
        options = replace(options, time_limit_seconds=max(0.0, limit - compile_seconds))
    result = solve_program(
        compiled.program,
        options,
        stage=stage,
        progress=progress,
        start=compiled.start() if warm_start else None,
        on_incumbent=on_incumbent,
    )
    if result.values is not None:
        compiled.load(result.values)
    result = replace(result, seconds=result.seconds + compile_seconds)
    if result.row_duals is not None:
        result = replace(result, duals=compiled.duals(result.row_duals))
    return result
