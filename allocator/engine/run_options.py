"""What a run may be told, and what a result says of its run."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import get_args

from allocator.case import Case
from allocator.plan import Plan
from allocator.schema.procedure import Settings
from allocator.schema.results import RunInfo
from allocator.solver import SolveOptions

__all__ = [
    "RunOptions",
    "engine_case",
    "limit_seconds",
    "solve_options",
    "versions",
    "with_run_info",
]

DEFAULT_LIMITS_SECONDS = {"place": 120.0, "dispatch": 60.0, "plan": 155.0}
"""Time limits where neither the command nor the case sets one."""


@dataclass(frozen=True)
class RunOptions:
    """What a run may be told besides its case; None takes the case's setting.

    Parameters
    ----------
    gap
        Relative gap at which a solve may stop.
    time_limit_seconds
        Limit on the solving time of the whole run. [s]
    seed, threads, workers
        For the solver; workers are processes that work on scenarios side by side.
    scheduler
        Address of a Dask scheduler whose workers evaluate scenarios of the placement.
    objective
        ``lives``, ``social`` or ``cost``.
    reduce_to
        Number of representative scenarios on which the placement is searched.
    """

    gap: float | None = None
    time_limit_seconds: float | None = None
    seed: int | None = None
    threads: int = 1
    workers: int = 2
    objective: str | None = None
    scheduler: str | None = None
    reduce_to: int | None = None


def versions() -> dict[str, str]:
    """Versions of what decides over a result."""
    names = ("reserve-allocator", "pyomo", "highspy", "numpy")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


def engine_case(case: Case, options: RunOptions) -> Case:
    """Return the case with the command's objective and number of scenarios, if it names them."""
    asked: dict[str, object] = {}
    if options.objective in get_args(Settings.model_fields["objective"].annotation):
        asked["objective"] = options.objective
    if options.reduce_to is not None:
        asked["reduce_to"] = options.reduce_to
    if not asked:
        return case
    return case.replace(Settings, (case.settings.model_copy(update=asked),))


def solve_options(case: Case, options: RunOptions, limit: float) -> SolveOptions:
    """Options of one solve: the command's word, else the case's."""
    settings = case.settings
    return SolveOptions(
        gap=settings.gap if options.gap is None else options.gap,
        time_limit_seconds=limit,
        threads=options.threads,
        seed=settings.seed if options.seed is None else options.seed,
    )


def limit_seconds(case: Case, options: RunOptions, kind: str) -> float:
    """Time limit of a run: the command's, the case's, or the kind's own. [s]."""
    given = options.time_limit_seconds or case.settings.time_limit_seconds
    return given or DEFAULT_LIMITS_SECONDS[kind]


def with_run_info(
    case: Case,
    plan: Plan,
    options: RunOptions,
    kind: str,
    began: float,
    more: Mapping[str, str] | None = None,
) -> Plan:
    """Add the run information to a solved plan."""
    facts: Mapping[str, str] = {
        "kind": kind,
        "case": case.settings.plan_name,
        "case_digest": case.digest,
        "objective": options.objective or case.settings.objective,
        "clock": case.settings.clock,
        "gap": f"{case.settings.gap if options.gap is None else options.gap:g}",
        "reduce_to": str(options.reduce_to or case.settings.reduce_to or ""),
        "seed": str(case.settings.seed if options.seed is None else options.seed),
        "threads": str(options.threads),
        "seconds": f"{time.monotonic() - began:.1f}",
        **{f"version {name}": text for name, text in versions().items()},
        **(more or {}),
    }
    rows = tuple(RunInfo(name=name, text=text) for name, text in facts.items())
    return Plan({**plan.tables, RunInfo.sheet: rows})
