"""The one place that knows HiGHS: options checked, statuses told apart, answers verified."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from allocator.solver.basis import Basis
    from allocator.solver.compiled import CompiledModel, compile_model, solve_model
    from allocator.solver.narrowed import NarrowedSession
    from allocator.solver.options import ALLOWED_HIGHS_OPTIONS, SolveOptions
    from allocator.solver.programs import (
        LinearProgram,
        dual_bound,
        powers_of_two,
        row_violation,
    )
    from allocator.solver.session import Session, solve_program

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

_HOMES = {
    "ALLOWED_HIGHS_OPTIONS": "options",
    "Basis": "basis",
    "CompiledModel": "compiled",
    "LinearProgram": "programs",
    "NarrowedSession": "narrowed",
    "Session": "session",
    "SolveOptions": "options",
    "compile_model": "compiled",
    "dual_bound": "programs",
    "powers_of_two": "programs",
    "row_violation": "programs",
    "solve_model": "compiled",
    "solve_program": "session",
}
"""Module of each name that needs HiGHS, SciPy or Pyomo: who only reads results does not wait."""


def __getattr__(name: str) -> object:
    """Import what needs a library that takes long once somebody asks for it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"allocator.solver.{_HOMES[name]}"), name)
