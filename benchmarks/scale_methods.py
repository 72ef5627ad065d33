"""The ways in which ``benchmarks/run.py scale`` solves a case, each in a process of its own.

Unmet, then waiting, one thread, the same limit for each stage. The plain model is built and its
rows are written once; HiGHS, SCIP and CBC then read the very same file, in which only the limit on
what is unmet is filled in for the second stage: the value that this solver has reached.
"""

from __future__ import annotations

import resource
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyomo.environ as pyo

from allocator.child import Report, run_in_child
from allocator.engine.placement import place
from allocator.engine.placement_data import placement_problem
from allocator.errors import AllocatorError
from allocator.solver import SolveOptions
from benchmarks.case_parts import read_part
from benchmarks.machine import free_memory_gb, memory_gb
from benchmarks.opponents import OPPONENTS, solve_file
from benchmarks.placement import COMPARED, Quiet
from benchmarks.plain_model import build_plain, solve_plain

__all__ = [
    "METHODS",
    "MethodAnswer",
    "PlainRows",
    "Size",
    "StageAnswer",
    "memory_needed_gb",
    "size_of",
    "solve_with",
]

METHODS = ("product", "pyomo", *OPPONENTS)

_STAGE_SLACK = 1e-4
"""Share by which a stage may give way to the next one, as in the plain model."""

_LIMIT_STANDIN = 1.2345678987654321e19
"""Stands in the file for the limit on what is unmet, until a solver has reached one."""

_BASE_GB = 0.25
"""Python with the packages and a case."""

_BYTES_PER_LANE = {"rows": 1700.0, "pyomo": 5700.0, "highs": 3100.0, "scip": 3500.0, "cbc": 3100.0}
"""Largest process of each way, divided by the lanes: measured on Guangxi (561,292 lanes) with 40 s
a stage, and a quarter more, as longer searches take more. ``rows`` is building the plain model and
writing it to a file; CBC had hardly begun, so that HiGHS stands for it."""


@dataclass(frozen=True)
class StageAnswer:
    """What was reached in a stage: objective and bound, None where there is none. [s]"""

    stage: str
    objective: float | None
    bound: float | None
    seconds: float


@dataclass(frozen=True)
class Size:
    """How large a case is; lanes are counted for each scenario and item with a need."""

    districts: int
    warehouses: int
    scenarios: int
    lanes: int


@dataclass(frozen=True)
class MethodAnswer:
    """What one way of solving reached.

    Parameters
    ----------
    stages
        In order; empty where it did not run.
    memory_gb
        Of its process; None where it did not run. [GB]
    reason
        Why it did not run or did not end, a sentence.
    """

    stages: tuple[StageAnswer, ...]
    memory_gb: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class _Work:
    """What a process is told."""

    case: str
    method: str
    gap: float
    limit_seconds: float
    folder: Path | None = None


def size_of(name: str) -> Size:
    """Return the size of a case.

    Raises
    ------
    AllocatorError
        If there is no such case, or it has faults.
    """
    case = read_part(name)
    lanes = placement_problem(case).data.flow_count
    return Size(len(case.districts), len(case.warehouses), len(case.scenarios), lanes)


def memory_needed_gb(method: str, lanes: int) -> float:
    """Estimate the memory that a way of solving needs for so many lanes. [GB]

    Parameters
    ----------
    method
        Of ``METHODS``, or ``rows`` for building the plain model and writing it to a file.
    lanes
        Of the case.
    """
    return _BASE_GB + _BYTES_PER_LANE.get(method, 0.0) * lanes / 1e9


def refusal(method: str, lanes: int) -> str:
    """Say why a way of solving is not tried on this machine; empty if it is."""
    free, needed = free_memory_gb(), memory_needed_gb(method, lanes)
    if free is None or needed <= free:
        return ""
    return f"left out: {lanes:,} lanes would need about {needed:.1f} GB, and {free:.1f} GB are free"


class PlainRows:
    """The rows of the plain model of one case, in a file that every solver reads.

    Parameters
    ----------
    case
        A case or a part of one.
    lanes
        How many it has.
    folder
        Where the file goes.
    tell
        Hears what is being done.
    """

    def __init__(self, case: str, lanes: int, folder: Path, tell: Callable[[str], None]) -> None:
        self._case, self._lanes, self._folder, self._tell = case, lanes, folder, tell
        self._reason: str | None = None

    def refused(self) -> str:
        """Write the file unless it is there; say why there is none, empty if there is one."""
        if self._reason is None:
            self._reason = refusal("rows", self._lanes) or self._written()
        return self._reason

    def _written(self) -> str:
        self._tell(f"{self._case}: rows of the plain model, {self._lanes:,} lanes")
        work = _Work(self._case, "rows", 0.0, 0.0, self._folder)
        try:
            outcome = run_in_child(_write_rows, work, time_limit_seconds=None)
        except AllocatorError as error:
            return f"the rows could not be built: {_last_line(error)}"
        return f"the rows could not be built: {outcome.message}" if outcome.message else ""


def _write_rows(work: _Work, _report: Report) -> None:
    """Build the plain model and write a file for each stage."""
    model = build_plain(placement_problem(read_part(work.case)))
    for stage in COMPARED:
        model.del_component("objective")
        model.objective = pyo.Objective(expr=getattr(model, f"value_{stage}"))
        if stage != COMPARED[0]:
            model.limit = pyo.Constraint(expr=model.value_unmet <= _LIMIT_STANDIN)
        model.write(str(_file_of(work.folder, stage)))


def _file_of(folder: Path | None, stage: str) -> Path:
    return Path(folder or ".") / f"{stage}.mps"


def solve_with(
    method: str, case: str, lanes: int, rows: PlainRows, folder: Path, limits: tuple[float, float]
) -> MethodAnswer:
    """Solve a case in one way, in a process of its own.

    Parameters
    ----------
    method
        Of ``METHODS``.
    case, lanes
        A case or a part of one, and how many lanes it has.
    rows
        Those of the plain model, written when the first solver asks for them.
    folder
        Where they are.
    limits
        Relative gap, and seconds for each stage.
    """
    reason = refusal(method, lanes)
    if not reason and method in OPPONENTS:
        reason = rows.refused()
    if reason:
        return MethodAnswer((), None, reason)
    gap, limit_seconds = limits
    work = _Work(case, method, gap, limit_seconds, folder)
    try:
        outcome = run_in_child(_solve, work, time_limit_seconds=None)
    except AllocatorError as error:
        # One that fails must not cost what the others have measured.
        return MethodAnswer((), None, f"failed: {_last_line(error)}")
    if outcome.result is None:
        return MethodAnswer((), None, f"did not end: {outcome.message}")
    answer: MethodAnswer = outcome.result
    return answer


def _last_line(error: AllocatorError) -> str:
    return str(error).strip().splitlines()[-1]


def _solve(work: _Work, _report: Report) -> MethodAnswer:
    """Solve in this process."""
    way = {"product": _product, "pyomo": _plain}.get(work.method, _direct)
    stages = way(work)
    # CBC is a program of its own.
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e9
    return MethodAnswer(tuple(stages), max(memory_gb("VmHWM") or 0.0, children))


def _product(work: _Work) -> list[StageAnswer]:
    """Place with the product."""
    options = SolveOptions(gap=work.gap, time_limit_seconds=2 * work.limit_seconds)
    plan = place(read_part(work.case), options, Quiet())
    return [
        StageAnswer(stage.stage, stage.objective, stage.bound, stage.seconds)
        for stage in plan.stages
        if stage.stage in COMPARED
    ]


def _plain(work: _Work) -> list[StageAnswer]:
    """Place with the plain model through Pyomo; building and handing over count."""
    problem = placement_problem(read_part(work.case))
    return [
        StageAnswer(stage.stage, stage.objective, stage.bound, stage.seconds)
        for stage in solve_plain(problem, work.gap, work.limit_seconds)
    ]


def _direct(work: _Work) -> list[StageAnswer]:
    """Place with one solver on the rows of the plain model; only the time inside it counts."""
    found: list[StageAnswer] = []
    for stage in COMPARED:
        path = _file_of(work.folder, stage)
        if found:
            most = (found[-1].objective or 0.0) * (1 + _STAGE_SLACK)
            path = fill_limit(path, path.with_name(f"{stage}-{work.method}.mps"), most)
        answer = solve_file(path, work.method, work.gap, work.limit_seconds)
        found.append(StageAnswer(stage, answer.objective, answer.bound, answer.seconds))
        if answer.objective is None:
            break
    return found


def fill_limit(path: Path, target: Path, most: float) -> Path:
    """Copy a file of rows with a number in place of the stand-in; return the copy.

    Parameters
    ----------
    path, target
        The file, and where the copy goes.
    most
        Limit on the value of the unmet stage.

    Raises
    ------
    ValueError
        If the stand-in is not there exactly once.
    """
    places = 0
    with path.open(encoding="utf-8") as rows, target.open("w", encoding="utf-8") as copy:
        for line in rows:
            *words, last = line.split() or [""]
            if words and words[0] == "RHS" and _is_standin(last):
                line = f" {' '.join(words)} {most!r}\n"  # noqa: PLW2901
                places += 1
            copy.write(line)
    if places != 1:
        raise ValueError(f"{path}: the limit stands there {places} times, not once.")
    return target


def _is_standin(word: str) -> bool:
    try:
        value: Any = float(word)
    except ValueError:
        return False
    return bool(value == _LIMIT_STANDIN)
