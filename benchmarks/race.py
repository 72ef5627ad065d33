"""Whole sets of the literature: the product against other solvers on the same formulation.

Each instance is solved by the product, then by each solver, one after the other, under one limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allocator.solver import SolveOptions
from benchmarks.formats import benchmark_folder
from benchmarks.instance_files import FORMATS, InstanceFileError, known_value, load_instance
from benchmarks.instance_runs import InstanceRun, run_from, run_instance, summary_of
from benchmarks.machine import machine_lines, machine_of_today

__all__ = ["RACES", "Race", "files_of", "race_document", "race_page", "read_race", "run_races"]


@dataclass(frozen=True)
class Race:
    """Some files of one folder, and what is asked of them.

    Parameters
    ----------
    name, source
        How the set is called, and where it comes from.
    format, problem
        As for ``benchmarks/run.py placement``.
    files
        Pattern of the file names.
    capacities
        Numbers for the word ``capacity``, each a problem of its own.
    """

    name: str
    source: str
    format: str
    problem: str
    files: str
    capacities: tuple[float | None, ...] = (None,)


RACES = (
    Race("cap", "Beasley 1988", "orlib", "cflp", r"cap\d+\.txt"),
    Race(
        "capa", "Beasley 1988", "orlib", "cflp", r"capa\.txt", (8000.0, 10000.0, 12000.0, 14000.0)
    ),
    Race("capc", "Beasley 1988", "orlib", "cflp", r"capc\.txt", (5000.0, 5750.0, 6500.0, 7250.0)),
    Race("holmberg", "Holmberg et al. 1999", "holmberg", "sscflp", r"p\d+\.txt"),
    Race("delmaire", "Delmaire et al. 1999", "delmaire", "sscflp", r"p\d+\.txt"),
    Race("yang", "Yang et al. 2012", "yang", "sscflp", r"p\d+\.txt"),
    Race("tbed1", "Avella and Boccia 2009, 300 x 300", "tbed1", "cflp", r"p\d+\.txt"),
)


def run_races(
    races: Sequence[Race],
    against: list[str],
    options: SolveOptions,
    tell: Callable[[str], None],
) -> list[tuple[Race, list[InstanceRun]]]:
    """Solve every file of some sets.

    Parameters
    ----------
    races
        What to solve.
    against
        Other solvers, keys of ``OPPONENTS``.
    options
        Gap and limit, the same for all.
    tell
        Hears what is being done.

    Raises
    ------
    InstanceFileError
        If a set has no files, or a file breaks its format.
    """
    return [(race, _run(race, against, options, tell)) for race in races]


def files_of(race: Race) -> list[Path]:
    """Return the files of a set, in order of their numbers.

    Raises
    ------
    InstanceFileError
        If there are none.
    """
    folder = benchmark_folder() / FORMATS[race.format].family
    files = [path for path in folder.glob("*.txt") if re.fullmatch(race.files, path.name)]
    files.sort(key=lambda path: int("0" + "".join(re.findall(r"\d", path.stem))))
    if not files:
        raise InstanceFileError(
            f"{folder}: no file of the set {race.name}. Maybe set ALLOCATOR_SHARED to the folder "
            "that holds data/benchmarks."
        )
    return files


def _run(
    race: Race, against: list[str], options: SolveOptions, tell: Callable[[str], None]
) -> list[InstanceRun]:
    runs = []
    for path in files_of(race):
        for capacity in race.capacities:
            instance = load_instance(path, race.format, race.problem, capacity)
            tell(f"{race.name}: {instance.name}")
            known = known_value(benchmark_folder(), race.format, race.problem, path, capacity)
            runs.append(run_instance(path, instance, race.problem, known, options, against))
    return runs


def race_page(
    found: Sequence[tuple[Race, list[InstanceRun]]], options: SolveOptions, command: str
) -> str:
    """Return the page with both tables, machine, versions and date."""
    lines = [
        "# The literature's instances",
        "",
        "Written by `python benchmarks/run.py race`; do not edit. The product (whole call) against",
        "HiGHS, SCIP and CBC on the strong formulation of the textbooks (only the time inside them",
        f"counts), one thread each, {options.time_limit_seconds:g} s at most, to a gap of "
        f"{options.gap:g}.",
        "",
        f"Command: `{command}`.",
        *machine_lines(machine_of_today()),
        "",
        "## Time to proof, product divided by the others",
        "",
        "Geometric means. `best` is, for each instance, the quickest of the three. Where one side",
        "has no proof its limit counts: the ratio is then at most (the others had none) or at",
        "least (the product had none) what stands here; so many instances are given behind it.",
        "",
        *_means(found, options.gap),
        "",
        "## Every instance",
        "",
        "`known` is the literature's value, `*` a run that ended at the limit without proof.",
        "",
        *_table(found, options.gap),
    ]
    return "\n".join([*lines, ""])


def _solvers(found: Sequence[tuple[Race, list[InstanceRun]]]) -> list[str]:
    """Return the other solvers, in order."""
    runs = [run for _, runs in found for run in runs]
    return list(dict.fromkeys(other.solver for run in runs for other in run.others))


def _means(found: Sequence[tuple[Race, list[InstanceRun]]], gap: float) -> list[str]:
    """Return the lines of the first table."""
    names = [*_solvers(found), "best"]
    lines = [
        f"| set | source | problem | instances | proven | known value | {' | '.join(names)} |",
        "|---|---|---|---|---|---|" + "---|" * len(names),
    ]
    every = [run for _, runs in found for run in runs]
    whole = Race("all", "", "", "", "")
    for race, runs in [*found, (whole, every)]:
        means = summary_of(runs, gap)
        proven = sum(_is_proven(run.gap, gap) for run in runs)
        matched = sum(run.verdict in ("reproduced", "improved") for run in runs)
        known = sum(run.known is not None for run in runs)
        words = [_ratio(means.get(name)) for name in names]
        lines.append(
            f"| {race.name} | {race.source} | {race.problem} | {len(runs)} | {proven} | "
            f"{matched} of {known} | {' | '.join(words)} |"
        )
    return lines


def _ratio(line: dict[str, Any] | None) -> str:
    """Return a geometric mean in words."""
    if line is None or line["ratio"] is None:
        return "-"
    sides = [f"at most {line['at_most']}"] if line["at_most"] else []
    sides += [f"at least {line['at_least']}"] if line["at_least"] else []
    sides += [f"nobody {line['unproven']}"] if line["unproven"] else []
    return f"{line['ratio']:.2f}" + (f" ({', '.join(sides)})" if sides else "")


def _table(found: Sequence[tuple[Race, list[InstanceRun]]], gap: float) -> list[str]:
    """Return the lines of the second table."""
    names = _solvers(found)
    lines = [
        f"| set | instance | value | known | verdict | product [s] | "
        f"{' | '.join(f'{name} [s]' for name in names)} |",
        "|---|---|---|---|---|---|" + "---|" * len(names),
    ]
    for race, runs in found:
        for run in runs:
            others = run.as_dict()["others"]
            words = [_seconds(other["seconds"], other["gap"], gap) for other in others]
            value = "none" if run.objective is None else f"{run.objective:.10g}"
            known = "-" if run.known is None else f"{run.known:.10g}"
            lines.append(
                f"| {race.name} | {run.instance} | {value} | {known} | {run.verdict} | "
                f"{_seconds(run.seconds, run.gap, gap)} | {' | '.join(words)} |"
            )
    return lines


def _seconds(seconds: float, reached: float | None, gap: float) -> str:
    return f"{seconds:.3g}" + ("" if _is_proven(reached, gap) else "*")


def _is_proven(reached: float | None, gap: float) -> bool:
    """Whether a gap is closed, up to rounding."""
    return reached is not None and reached <= max(gap, 1e-6)


def race_document(
    found: Sequence[tuple[Race, list[InstanceRun]]], options: SolveOptions
) -> dict[str, Any]:
    """Return the measurement as one JSON document."""
    return {
        "command": "race",
        "gap": options.gap,
        "time_limit_seconds": options.time_limit_seconds,
        "machine": machine_of_today(),
        "sets": [
            {
                "name": race.name,
                "time_to_proof_ratio": summary_of(runs, options.gap),
                "rows": [run.as_dict() for run in runs],
            }
            for race, runs in found
        ],
    }


def read_race(document: Mapping[str, Any]) -> dict[str, list[InstanceRun]]:
    """Return the runs of a document of ``race_document``, by set."""
    return {found["name"]: list(map(run_from, found["rows"])) for found in document["sets"]}
