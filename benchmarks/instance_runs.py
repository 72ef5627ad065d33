"""Runs of the product and of other solvers on single instances, and how they compare."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from allocator.engine.location import LocationResult, capacitated, center, median
from allocator.errors import InfeasibleError
from allocator.solver import SolveOptions, Status, relative_gap
from benchmarks.formats import Instance, KnownValue
from benchmarks.opponents import (
    OpponentAnswer,
    solve_file,
    whole_formulation,
    write_formulation,
)

__all__ = [
    "InstanceRun",
    "geometric_mean",
    "run_from",
    "run_instance",
    "solve_problem",
    "summary_of",
]

#: Relative difference up to which a value counts as reproduced: the tables give few decimals.
_TOLERANCE = 1e-6

#: Times below this are not told apart. [s]
_CLOCK_SECONDS = 1e-3

#: What stands for no limit in solvers that want a number. [s]
_NO_LIMIT_SECONDS = 1e6


@dataclass(frozen=True)
class InstanceRun:
    """One line of the table.

    Parameters
    ----------
    file, instance, problem, status
        What was solved, and how the product's search ended.
    objective, bound, gap, seconds
        Of the product; wall time of the whole call, arrays and models included. [s]
    known, known_kind
        Value of the literature, None where there is none.
    verdict
        ``reproduced``, ``improved`` (a better plan than a best known one), ``open`` (no proof in
        time, nothing contradicts), ``unknown`` (nothing to compare with), ``contradiction``.
    others
        The other solvers on the whole formulation.
    reason
        Why there is no plan, where that is proven.
    """

    file: str
    instance: str
    problem: str
    status: str
    objective: float | None
    bound: float | None
    gap: float | None
    seconds: float
    known: float | None
    known_kind: str | None
    verdict: str
    others: tuple[OpponentAnswer, ...] = field(default=())
    reason: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the run with the keys of the JSON document."""
        document = asdict(self)
        document["others"] = [
            {**asdict(other), "gap": relative_gap(other.objective, other.bound)}
            for other in self.others
        ]
        return document


def run_from(document: Mapping[str, Any]) -> InstanceRun:
    """Return the run of a document of ``InstanceRun.as_dict``."""
    others = [
        OpponentAnswer(**{name: value for name, value in other.items() if name != "gap"})
        for other in document["others"]
    ]
    return InstanceRun(**{**document, "others": tuple(others)})


def solve_problem(instance: Instance, problem: str, options: SolveOptions) -> LocationResult:
    """Answer one of the six problems with the product.

    Raises
    ------
    InfeasibleError
        If it has no answer.
    """
    data, count = instance.data, instance.count or 0
    if problem == "p-median":
        return median(data, count, options=options)
    if problem == "p-center":
        return center(data, count, options=options)
    if problem == "cpmp":
        return median(data, count, single_source=True, options=options)
    return capacitated(data, single_source=problem == "sscflp", options=options)


def run_instance(
    path: Path,
    instance: Instance,
    problem: str,
    known: KnownValue | None,
    options: SolveOptions,
    against: list[str],
) -> InstanceRun:
    """Solve one instance with the product, then with the other solvers, one after the other.

    One without any answer has the status ``infeasible``; that contradicts a known value.

    Parameters
    ----------
    path, instance, problem
        What to solve.
    known
        Value of the literature.
    options
        Gap and limit, the same for all.
    against
        Other solvers, keys of ``OPPONENTS``.
    """
    begun, reason = time.perf_counter(), ""
    try:
        result: LocationResult | None = solve_problem(instance, problem, options)
    except InfeasibleError as error:
        result, reason = None, str(error)
    seconds = time.perf_counter() - begun
    others: list[OpponentAnswer] = []
    if against:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "formulation.mps"
            write_formulation(whole_formulation(instance, problem), file)
            limit = options.time_limit_seconds or _NO_LIMIT_SECONDS
            others += [solve_file(file, solver, options.gap, limit) for solver in against]
    objective = None if result is None else result.objective
    bound = None if result is None else result.bound
    return InstanceRun(
        str(path),
        instance.name,
        problem,
        Status.INFEASIBLE.value if result is None else result.status.value,
        objective,
        bound,
        None if result is None else result.gap,
        seconds,
        None if known is None else known.value,
        None if known is None else known.kind,
        "contradiction"
        if result is None and known is not None
        else verdict_of(objective, bound, known, options.gap),
        tuple(others),
        reason,
    )


def verdict_of(
    objective: float | None, bound: float | None, known: KnownValue | None, gap: float
) -> str:
    """Say what a result means for the value of the literature; all problems are minimised."""
    if known is None:
        return "unknown"
    slack = _TOLERANCE * max(1.0, abs(known.value))
    if bound is not None and bound > known.value + slack:
        return "contradiction"
    if objective is None:
        return "open"
    if objective < known.value - slack:
        return "contradiction" if known.kind == "optimal" else "improved"
    proven = relative_gap(objective, bound)
    if proven is not None and proven <= max(gap, _TOLERANCE):
        # A plan may miss the optimum by the gap that was asked for, no more.
        near = objective - known.value <= slack + gap * abs(objective)
        return "reproduced" if near else "contradiction"
    return "reproduced" if objective <= known.value + slack else "open"


def geometric_mean(ratios: list[float]) -> float | None:
    """Return the geometric mean, None of nothing."""
    if not ratios:
        return None
    return math.exp(sum(math.log(ratio) for ratio in ratios) / len(ratios))


def summary_of(runs: list[InstanceRun], gap: float) -> dict[str, Any]:
    """Return geometric means of the time to proof, the product's divided by the others'.

    Where one of the two has no proof at the limit, the time it was given counts, so that the
    ratio is a bound: ``at_most`` of them hide a better ratio, ``at_least`` a worse one. Where
    neither has one, the instance is left out and counted as ``unproven``.

    Returns
    -------
    dict
        By solver and for ``best`` (of the others, per instance): ``ratio``, ``instances``,
        ``at_most``, ``at_least``, ``unproven``.
    """
    solvers = sorted({other.solver for run in runs for other in run.others})
    summary: dict[str, Any] = {}
    for name in [*solvers, *(["best"] if len(solvers) > 1 else [])]:
        summary[name] = _ratio(runs, name, gap)
    return summary


def _ratio(runs: list[InstanceRun], name: str, gap: float) -> dict[str, Any]:
    """Return the line of one solver, or of the best one, in the summary."""
    ratios: list[float] = []
    at_most = at_least = unproven = 0
    for run in runs:
        others = [other for other in run.others if name in (other.solver, "best")]
        if not others:
            continue
        proven = [other.seconds for other in others if _is_proven(other, gap)]
        other_seconds = min(proven or [other.seconds for other in others])
        is_proven = run.gap is not None and run.gap <= max(gap, _TOLERANCE)
        if not proven and not is_proven:
            unproven += 1
            continue
        at_most += not proven
        at_least += not is_proven
        ratios.append(max(run.seconds, _CLOCK_SECONDS) / max(other_seconds, _CLOCK_SECONDS))
    return {
        "ratio": geometric_mean(ratios),
        "instances": len(ratios),
        "at_most": at_most,
        "at_least": at_least,
        "unproven": unproven,
    }


def _is_proven(other: OpponentAnswer, gap: float) -> bool:
    """Whether a solver closed the gap."""
    left = relative_gap(other.objective, other.bound)
    return left is not None and left <= max(gap, _TOLERANCE)
