"""Known values of the literature, reproduced through the public location functions.

Prints instance, problem, objective, bound, gap, seconds and known value, as a table or as JSON::

    python -m benchmarks.literature --families spopt orlib_cap --problems median --time-limit 60

The instances are in the shared data (environment variable ``ALLOCATOR_SHARED``, or ``shared``
beside the checkout). Exit code 1 if a value differs although the solve ended as optimal.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from allocator.engine.location import (
    LocationResult,
    capacitated,
    center,
    cover_all,
    cover_most,
    median,
)
from allocator.solver import SolveOptions
from benchmarks.formats import (
    Expectation,
    Instance,
    KnownValue,
    benchmark_folder,
    known_values,
    read_known,
    read_lattice,
    read_lattice_straight,
    read_san_francisco,
    spopt_expectations,
)

__all__ = ["Comparison", "compare_known", "compare_spopt", "figure_of", "solve_known"]

#: Relative difference up to which a value counts as reproduced: the tables give 3 decimals.
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class Comparison:
    """One line of the table."""

    instance: str
    problem: str
    status: str
    objective: float | None
    bound: float | None
    gap: float | None
    seconds: float
    figure: float | None
    known: float
    reproduced: bool


def solve_known(instance: Instance, problem: str, options: SolveOptions) -> LocationResult:
    """Answer the question that a row of ``known_optima.csv`` names.

    Raises
    ------
    ValueError
        If the problem is none of the location questions.
    """
    count = instance.count or 0
    questions: dict[str, Callable[[], LocationResult]] = {
        "p-median": lambda: median(instance.data, count, options=options),
        "p-center (vertex)": lambda: center(instance.data, count, options=options),
        "capacitated p-median": lambda: median(
            instance.data, count, single_source=True, options=options
        ),
        "CFLP multi-source": lambda: capacitated(instance.data, options=options),
        "SSCFLP single-source": lambda: capacitated(
            instance.data, single_source=True, options=options
        ),
        "UFL": lambda: capacitated(instance.data, options=options),
        "UFL (ignore capacity)": lambda: capacitated(instance.data, options=options),
    }
    if problem not in questions:
        raise ValueError(f"problem {problem!r} is no location question.")
    return questions[problem]()


def solve_spopt(instance: Instance, expected: Expectation, options: SolveOptions) -> LocationResult:
    """Answer the question that one of spopt's expected values is about."""
    data, count, radius = instance.data, expected.count or 0, expected.radius or 0.0
    questions: dict[str, Callable[[], LocationResult]] = {
        "p-median": lambda: median(data, count, options=options),
        "p-center": lambda: center(data, count, options=options),
        "MCLP": lambda: cover_most(data, radius, count, options=options),
        "LSCP": lambda: cover_all(data, radius, options=options),
    }
    return questions[expected.problem.split(" ")[0]]()


def spopt_instance(folder: Path, expected: Expectation) -> Instance:
    """Return the instance of one of spopt's expected values, fixed facilities included."""
    if expected.dataset == "SF":
        return read_san_francisco(folder)
    if "forced" not in expected.problem:
        return read_lattice(folder)
    instance = read_lattice_straight(folder)
    kept = np.isin(np.arange(instance.data.warehouse_count), [3, 4])
    return replace(instance, data=replace(instance.data, fixed_open=kept))


def figure_of(instance: Instance, expected: Expectation, result: LocationResult) -> float:
    """Return the figure of a result that spopt calls so."""
    if expected.quantity == "mean_dist":
        return (result.objective or 0.0) / float(instance.data.district_weight.sum())
    if expected.quantity == "perc_cov":
        return 100.0 * float(result.covered.mean())
    if expected.quantity == "n_cli_uncov":
        return float((~result.covered).sum())
    return result.objective if result.objective is not None else float("nan")


def _comparison(
    instance: str, problem: str, result: LocationResult, figure: float | None, known: float
) -> Comparison:
    reproduced = figure is not None and abs(figure - known) <= _TOLERANCE * max(1.0, abs(known))
    return Comparison(
        instance,
        problem,
        result.status.value,
        result.objective,
        result.bound,
        result.gap,
        round(result.seconds, 2),
        figure,
        known,
        reproduced,
    )


def compare_known(folder: Path, known: KnownValue, options: SolveOptions) -> Comparison:
    """Solve one row of ``known_optima.csv`` and compare."""
    result = solve_known(read_known(folder, known), known.problem, options)
    return _comparison(known.instance, known.problem, result, result.objective, known.value)


def compare_spopt(folder: Path, expected: Expectation, options: SolveOptions) -> Comparison:
    """Solve for one of spopt's expected values and compare."""
    instance = spopt_instance(folder, expected)
    result = solve_spopt(instance, expected, options)
    given = [f"p={expected.count}"] if expected.count else []
    given += [f"r={expected.radius:g}"] if expected.radius else []
    problem = f"{expected.problem.split(' ')[0]} {' '.join(given)}: {expected.quantity}"
    figure = figure_of(instance, expected, result)
    return _comparison(expected.dataset, problem, result, figure, expected.value)


def comparisons(
    folder: Path, families: list[str], problems: list[str], names: list[str], options: SolveOptions
) -> Iterator[Comparison]:
    """Solve what was chosen, one after the other."""
    if "spopt" in families:
        for expected in spopt_expectations(folder):
            if not problems or any(part in expected.problem for part in problems):
                yield compare_spopt(folder, expected, options)
    for known in known_values(folder):
        chosen = known.family in families and (not names or known.instance in names)
        chosen = chosen and "stochastic" not in known.problem
        if chosen and (not problems or any(part in known.problem for part in problems)):
            yield compare_known(folder, known, options)


def _line(row: Comparison) -> str:
    """Return one line of the table."""

    def number(value: float | None) -> str:
        return "-" if value is None else f"{value:.10g}"

    gap = "-" if row.gap is None else f"{row.gap:.2e}"
    mark = "yes" if row.reproduced else "NO"
    return (
        f"{row.instance:<22} {row.problem:<42} {row.status:<11} {number(row.objective):>15} "
        f"{number(row.bound):>15} {gap:>9} {row.seconds:>8.2f} {number(row.figure):>15} "
        f"{number(row.known):>15} {mark}"
    )


def main() -> int:
    """Run the chosen comparisons and print them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--families", nargs="+", default=["spopt", "orlib_pmed", "orlib_cap"])
    parser.add_argument("--problems", nargs="+", default=[], help="parts of the problem's name")
    parser.add_argument("--instances", nargs="+", default=[], help="names of instances")
    parser.add_argument("--gap", type=float, default=1e-7)
    parser.add_argument("--time-limit", type=float, default=None, help="seconds per question")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    folder = benchmark_folder()
    if not folder.is_dir():
        print(f"no folder {folder}. Maybe set ALLOCATOR_SHARED.", file=sys.stderr)
        return 1
    options = SolveOptions(
        gap=arguments.gap, time_limit_seconds=arguments.time_limit, threads=arguments.threads
    )
    rows: list[Comparison] = []
    chosen = comparisons(
        folder, arguments.families, arguments.problems, arguments.instances, options
    )
    if not arguments.json:
        print(
            f"{'instance':<22} {'problem':<42} {'status':<11} {'objective':>15} {'bound':>15} "
            f"{'gap':>9} {'seconds':>8} {'figure':>15} {'known':>15} same"
        )
    for row in chosen:
        rows.append(row)
        if not arguments.json:
            print(_line(row), flush=True)
    if arguments.json:
        print(json.dumps([asdict(row) for row in rows], indent=2))
    wrong = [row for row in rows if row.status == "optimal" and not row.reproduced]
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
