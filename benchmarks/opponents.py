"""The same location problem as one whole formulation, for HiGHS, SCIP and CBC directly.

The formulation is the strong one of the textbooks: open flags, a share per lane (whole with one
source), ``share <= open`` per lane, capacities, the number where there is one. It is built as
arrays and written to one file, so that each solver gets the very same rows, and only the time
inside the solver counts.
"""

from __future__ import annotations

import importlib.util
import math
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import highspy
import numpy as np
from scipy import sparse

from allocator.solver import LinearProgram
from allocator.solver.runs import empty_highs
from benchmarks.formats import Instance
from models.location_data import lanes_within

__all__ = [
    "OPPONENTS",
    "OpponentAnswer",
    "is_there",
    "read_cbc_log",
    "solve_file",
    "whole_formulation",
    "write_formulation",
]

#: Solver, and the package it takes.
OPPONENTS = {"highs": "highspy", "scip": "pyscipopt", "cbc": "pulp"}


#: CBC is ended after so many times its limit.
_PATIENCE = 1.5


@dataclass(frozen=True)
class OpponentAnswer:
    """What a solver reached on the whole formulation.

    Parameters
    ----------
    solver
        Key of ``OPPONENTS``.
    objective, bound
        None where there is none.
    seconds
        Wall time inside the solver: no building, no reading of the file. [s]
    version
        Of the solver.
    """

    solver: str
    objective: float | None
    bound: float | None
    seconds: float
    version: str


def is_there(solver: str) -> bool:
    """Whether the package of a solver is installed."""
    return importlib.util.find_spec(OPPONENTS[solver]) is not None


def whole_formulation(instance: Instance, problem: str) -> LinearProgram:
    """Build the strong formulation of an instance.

    Parameters
    ----------
    instance
        Without capacities where the problem has none.
    problem
        ``cflp``, ``sscflp``, ``ufl``, ``p-median``, ``p-center`` or ``cpmp``.

    Returns
    -------
    LinearProgram
        Columns: open flag of each site, share of each lane, and the longest distance (p-center).
    """
    data = instance.data
    sites, customers = data.warehouse_count, data.district_count
    lanes = lanes_within(data)
    count = lanes.warehouse.size
    width = sites + count + (problem == "p-center")
    number, lane, ones = np.arange(count), sites + np.arange(count), np.ones(count)
    linked = _block(width, count, (number, lane, ones), (number, lanes.warehouse, -ones))
    blocks = [
        (_block(width, customers, (lanes.district, lane, ones)), 1.0, 1.0),
        (linked, -np.inf, 0.0),
    ]
    limited = np.flatnonzero(np.isfinite(data.capacity_units))
    if limited.size:
        uses = np.isin(lanes.warehouse, limited)
        row_of = np.searchsorted(limited, lanes.warehouse[uses])
        used = (row_of, lane[uses], data.demand_units[lanes.district[uses]])
        room = (np.arange(limited.size), limited, -data.capacity_units[limited])
        blocks.append((_block(width, limited.size, used, room), -np.inf, 0.0))
    opened = (np.zeros(sites, dtype=int), np.arange(sites), np.ones(sites))
    if problem in ("p-median", "cpmp"):
        blocks.append(
            (_block(width, 1, opened), float(instance.count or 0), float(instance.count or 0))
        )
    lane_cost = data.lane_cost[lanes.warehouse, lanes.district]
    cost = np.concatenate([data.opening_cost, lane_cost])
    upper = np.ones(width)
    if problem == "p-center":
        blocks.append((_block(width, 1, opened), -np.inf, float(instance.count or 0)))
        longest = (np.arange(customers), np.full(customers, width - 1), -np.ones(customers))
        distance = data.lane_distance[lanes.warehouse, lanes.district]
        blocks.append(
            (_block(width, customers, (lanes.district, lane, distance), longest), -np.inf, 0.0)
        )
        cost = np.concatenate([np.zeros(width - 1), [1.0]])
        upper[-1] = np.inf
    whole = np.zeros(width, dtype=np.bool_)
    whole[:sites] = True
    if problem in ("sscflp", "cpmp"):
        whole[sites : sites + count] = True
    rows, lower, upper_sides = zip(*blocks, strict=True)
    heights = [part.shape[0] for part in rows]
    low, high = np.repeat(lower, heights), np.repeat(upper_sides, heights)
    return LinearProgram(cost, 0.0, np.zeros(width), upper, whole, sparse.vstack(rows), low, high)


def _block(width: int, height: int, *parts: tuple[Any, Any, Any]) -> Any:
    """Return sparse rows from (row, column, value) triples."""
    rows, columns, values = (np.concatenate(part) for part in zip(*parts, strict=True))
    return sparse.csr_array((values, (rows, columns)), shape=(height, width))


def write_formulation(program: LinearProgram, path: Path) -> None:
    """Write a program to a file in MPS form, which every solver reads."""
    highs = _quiet_highs()
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = program.column_count, program.row_count
    model.col_cost_, model.offset_ = program.cost, program.offset
    model.col_lower_, model.col_upper_ = program.column_lower, program.column_upper
    model.row_lower_, model.row_upper_ = program.row_lower, program.row_upper
    matrix = sparse.csc_array(program.matrix)
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    model.a_matrix_.index_ = matrix.indices.astype(np.int32)
    model.a_matrix_.value_ = matrix.data
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    model.integrality_ = [kinds[int(flag)] for flag in program.integer]
    highs.passModel(model)
    highs.writeModel(str(path))


def solve_file(path: Path, solver: str, gap: float, limit_seconds: float) -> OpponentAnswer:
    """Solve a program in MPS form with one thread.

    Parameters
    ----------
    path
        From ``write_formulation`` or Pyomo.
    solver
        Key of ``OPPONENTS``, one that ``is_there``.
    gap
        Relative gap at which to stop.
    limit_seconds
        Limit inside the solver. [s]
    """
    return {"highs": _highs, "scip": _scip, "cbc": _cbc}[solver](path, gap, limit_seconds)


def _quiet_highs() -> Any:
    """Return an empty HiGHS object that prints nothing."""
    highs = empty_highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("log_to_console", False)
    return highs


def _known(value: float) -> float | None:
    """Return a number of a solver, None for its infinity."""
    return float(value) if math.isfinite(value) and abs(value) < 1e20 else None


def _highs(path: Path, gap: float, limit_seconds: float) -> OpponentAnswer:
    highs = _quiet_highs()
    highs.readModel(str(path))
    for name, value in (
        ("mip_rel_gap", gap),
        ("time_limit", limit_seconds),
        ("threads", 1),
    ):
        highs.setOptionValue(name, value)
    highspy.Highs.resetGlobalScheduler(True)
    begun = time.perf_counter()
    highs.run()
    seconds = time.perf_counter() - begun
    info = highs.getInfo()
    has_plan = int(info.primal_solution_status) == highspy.kSolutionStatusFeasible
    objective = _known(info.objective_function_value) if has_plan else None
    return OpponentAnswer(
        "highs", objective, _known(info.mip_dual_bound), seconds, str(highs.version())
    )


def _scip(path: Path, gap: float, limit_seconds: float) -> OpponentAnswer:
    from pyscipopt import Model  # type: ignore[import-not-found,import-untyped,unused-ignore]

    model: Any = Model()
    model.hideOutput()
    model.readProblem(str(path))
    model.setParam("limits/gap", gap)
    model.setParam("limits/time", limit_seconds)
    model.setParam("timing/clocktype", 2)
    begun = time.perf_counter()
    model.optimize()
    seconds = time.perf_counter() - begun
    objective = _known(model.getObjVal()) if model.getNSols() else None
    return OpponentAnswer(
        "scip", objective, _known(model.getDualbound()), seconds, str(model.version())
    )


def _cbc(path: Path, gap: float, limit_seconds: float) -> OpponentAnswer:
    import pulp  # type: ignore[import-not-found,import-untyped,unused-ignore]

    # The binary that comes with pulp reads the file itself: pulp would build it anew in Python.
    command = [pulp.PULP_CBC_CMD().path, str(path), "-timeMode", "elapsed"]
    command += ["-sec", f"{limit_seconds:g}", "-ratio", f"{gap:g}", "-threads", "1", "-branch"]
    begun = time.perf_counter()
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=_PATIENCE * limit_seconds + 5.0,
        )
    except subprocess.TimeoutExpired:
        # It looks at its clock between two relaxations only, and one of them may take hours.
        return OpponentAnswer("cbc", None, None, time.perf_counter() - begun, "unknown")
    return read_cbc_log(done.stdout, time.perf_counter() - begun)


def read_cbc_log(text: str, around_seconds: float) -> OpponentAnswer:
    """Read objective, bound and time out of what CBC prints.

    Parameters
    ----------
    text
        Its log.
    around_seconds
        Wall time around the call, where the log tells none. [s]
    """

    def number(pattern: str) -> float | None:
        found = re.findall(pattern + r"\s*:?\s*([-+.\deE]+)", text)
        return _known(float(found[-1])) if found else None

    objective = number(r"Objective value")
    bound = number(r"Lower bound")
    if bound is None and "Result - Optimal solution found" in text:
        bound = objective
    seconds = number(r"Wallclock seconds\)")
    version = re.search(r"Version:\s*(\S+)", text)
    return OpponentAnswer(
        "cbc",
        objective,
        bound,
        around_seconds if seconds is None else seconds,
        version.group(1) if version else "unknown",
    )
