"""The one place that knows HiGHS: options checked, statuses told apart, answers verified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allocator.solver.basis import Basis
from allocator.solver.narrowed import NarrowedSession
from allocator.solver.options import ALLOWED_HIGHS_OPTIONS, SolveOptions
from allocator.solver.programs import LinearProgram, dual_bound, powers_of_two, row_violation
from allocator.solver.results import (
    IncumbentCallback,
    Progress,
    ProgressCallback,
    SolveResult,
    Status,
    relative_gap,
    stage_gap,
    status_of_gap,
)
from allocator.solver.session import Session, solve_program

if TYPE_CHECKING:
    from allocator.solver.compiled import CompiledModel, compile_model, solve_model

__all__ = [
    "ALLOWED_HIGHS_OPTIONS",
    "Basis",
    "CompiledModel",
    "IncumbentCallback",
    "LinearProgram",
    "NarrowedSession",
    "Progress",
    "ProgressCallback",
    "Session",
    "SolveOptions",
    "SolveResult",
    "Status",
    "compile_model",
    "dual_bound",
    "powers_of_two",
    "relative_gap",
    "row_violation",
    "solve_model",
    "solve_program",
    "stage_gap",
    "status_of_gap",
]

_OF_PYOMO = ("CompiledModel", "compile_model", "solve_model")


def __getattr__(name: str) -> object:
    """Import what needs Pyomo, which takes a second, once somebody asks for it."""
    if name not in _OF_PYOMO:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from allocator.solver import compiled

    return getattr(compiled, name)
