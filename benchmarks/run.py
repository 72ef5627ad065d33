"""Measure the engine on the literature's instances, and on our own cases at growing size.

``python benchmarks/run.py placement`` reads eight formats of the literature and solves six
problems; ``python benchmarks/run.py scale`` measures the shipped cases and writes a table into
the docs. Both can solve the same with HiGHS, SCIP and CBC directly in the same run.
``python benchmarks/run.py race`` solves whole sets of the literature beside these solvers.
``python benchmarks/run.py targets`` sets whole commands beside what is asked of them.
"""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from pathlib import Path
from typing import Any

if __package__ in (None, ""):
    # Called as a file: Python has put benchmarks/ on the path, not the checkout.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from allocator.errors import AllocatorError
from allocator.solver import SolveOptions
from benchmarks.arguments import not_negative, positive
from benchmarks.formats import benchmark_folder
from benchmarks.instance_files import (
    FORMATS,
    PROBLEMS,
    InstanceFileError,
    known_value,
    load_instance,
)
from benchmarks.instance_runs import InstanceRun, run_instance, summary_of
from benchmarks.machine import machine_of_today
from benchmarks.opponents import OPPONENTS, is_there
from benchmarks.race import RACES, race_document, race_page, run_races
from benchmarks.scale import DEFAULT_CASES, ScaleRow, measure_case, scale_document, scale_page
from benchmarks.targets import TARGETS, measure_target, target_document, target_page

__all__ = ["main"]

DOCS = Path(__file__).resolve().parents[1] / "docs" / "scale.md"

RACE_DOCS = DOCS.with_name("literature.md")

TARGET_DOCS = DOCS.with_name("targets.md")

METHODS = ("product", "pyomo", "highs", "scip", "cbc")

_EXAMPLES = """\
examples:
  python benchmarks/run.py placement --format orlib --problem cflp cap41.txt cap51.txt
      OR-Library's capacitated problems with their known optima
  python benchmarks/run.py placement --format orlib --problem cflp --capacity 8000 capa.txt
      in capa, capb and capc the word 'capacity' stands for a number that you give
  python benchmarks/run.py placement --format yang --problem sscflp p1.txt --against highs,scip,cbc
      the same instance by three solvers directly, with ratios and their geometric means
  python benchmarks/run.py placement --format pmed --problem p-center pmed1.txt --json > pmed1.json
  python benchmarks/run.py scale --case guangxi:4501 --case guangxi --time-limit 120
      placement of two prefectures' worth and of all Guangxi, table into docs/scale.md
  python benchmarks/run.py race --set cap --set holmberg --time-limit 60
      two sets beside HiGHS, SCIP and CBC; without --set all of them, hours, into docs/literature.md
  python benchmarks/run.py targets --row guangxi-10s --row south5-45s
      two of the figures asked for; without --row all of them, half an hour, into docs/targets.md

exit codes: 0 done, 1 a result contradicts the literature or there is no answer,
2 a broken file, or options that do not go together (the message says how to mend it).
Known values come from known_optima.csv in data/benchmarks of the shared folder (environment
variable ALLOCATOR_SHARED, or 'shared' beside the checkout); without it they are left empty.
"""


def main(words: list[str] | None = None) -> int:
    """Run what the command line asks for and return the exit code."""
    parser = _parser()
    asked = parser.parse_args(words)
    try:
        return int(asked.run(asked))
    except InstanceFileError as error:
        _tell(f"error: {error}")
        return 2
    except AllocatorError as error:
        _tell(f"error: {error}")
        return 1


def _parser() -> argparse.ArgumentParser:
    shape = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="benchmarks/run.py",
        description=(__doc__ or "").strip(),
        epilog=_EXAMPLES,
        formatter_class=shape,
    )
    verbs = parser.add_subparsers(required=True, metavar="placement | race | scale | targets")
    _add_placement(verbs, shape)
    _add_race(verbs, shape)
    _add_scale(verbs, shape)
    _add_targets(verbs, shape)
    return parser


def _add_placement(verbs: Any, shape: Any) -> None:
    """Add the verb ``placement``."""
    formats = "\n".join(
        f"  {name:<9} {', '.join(form.problems):<27} {form.description}"
        for name, form in FORMATS.items()
    )
    verb = verbs.add_parser(
        "placement",
        help="solve instances of the literature and compare with known values",
        description="Solve instances of the literature and compare with known values.",
        epilog=f"formats, the problems they serve, and their numbers in order:\n{formats}\n\n"
        + _EXAMPLES,
        formatter_class=shape,
    )
    verb.add_argument("--format", required=True, choices=list(FORMATS), help="see below")
    verb.add_argument(
        "--problem",
        required=True,
        choices=PROBLEMS,
        help="cflp/sscflp: capacitated, several sources/one; ufl: without capacity; "
        "cpmp: capacitated p-median",
    )
    verb.add_argument("files", nargs="+", type=Path, metavar="FILE")
    verb.add_argument(
        "--capacity", type=positive, help="for the word 'capacity' of capa, capb, capc"
    )
    verb.add_argument("--against", type=_solvers, default=[], help="of highs,scip,cbc")
    _add_limits(verb, gap=1e-6, limit=60.0)
    verb.set_defaults(run=_placement)


def _add_race(verbs: Any, shape: Any) -> None:
    """Add the verb ``race``."""
    verb = verbs.add_parser(
        "race",
        help="solve whole sets of the literature beside other solvers",
        description="Solve whole sets of the literature with the product and with other solvers, "
        "one after the other, and write times and their ratios into the docs.",
        epilog=_EXAMPLES,
        formatter_class=shape,
    )
    names = [race.name for race in RACES]
    verb.add_argument(
        "--set", action="append", choices=names, dest="sets", help="only this one; again for more"
    )
    verb.add_argument(
        "--against", type=_solvers, default=list(OPPONENTS), help=f"of {','.join(OPPONENTS)}"
    )
    _add_output(verb, RACE_DOCS)
    _add_limits(verb, gap=1e-6, limit=60.0)
    verb.set_defaults(run=_race)


def _add_scale(verbs: Any, shape: Any) -> None:
    """Add the verb ``scale``."""
    verb = verbs.add_parser(
        "scale",
        help="measure shipped cases of growing size against the plain model",
        description="Measure shipped cases of growing size: the product, the plain Pyomo model, "
        "and its rows by HiGHS, SCIP and CBC directly.",
        epilog=_EXAMPLES,
        formatter_class=shape,
    )
    verb.add_argument(
        "--case",
        action="append",
        metavar="NAME[:CODES]",
        help="data set or file, with codes for the districts that begin so; "
        f"again for more. Default: {' '.join(DEFAULT_CASES)}",
    )
    verb.add_argument(
        "--methods", type=_methods, default=list(METHODS), help=f"of {','.join(METHODS)}"
    )
    _add_output(verb, DOCS)
    _add_limits(verb, gap=0.01, limit=60.0)
    verb.set_defaults(run=_scale)


def _add_targets(verbs: Any, shape: Any) -> None:
    """Add the verb ``targets``."""
    verb = verbs.add_parser(
        "targets",
        help="measure whole commands beside what is asked of them",
        description="Measure placement of guangxi, south5 and china as whole commands beside the "
        "gaps, times and memory asked of them.",
        epilog=_EXAMPLES,
        formatter_class=shape,
    )
    names = [target.name for target in TARGETS]
    verb.add_argument("--row", action="append", choices=names, help="only this one; again for more")
    _add_output(verb, TARGET_DOCS)
    _add_json(verb)
    verb.set_defaults(run=_targets)


def _add_limits(verb: argparse.ArgumentParser, *, gap: float, limit: float) -> None:
    verb.add_argument(
        "--time-limit",
        type=positive,
        default=limit,
        help=f"seconds for each solve, of each solver ({limit:g})",
    )
    verb.add_argument("--gap", type=not_negative, default=gap, help=f"relative gap ({gap:g})")
    _add_json(verb)


def _add_output(verb: argparse.ArgumentParser, page: Path) -> None:
    about = f"page to write (docs/{page.name})"
    verb.add_argument("--output", type=Path, default=page, help=about)


def _add_json(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--json", action="store_true", help="one JSON document on standard output")


def _names(word: str, allowed: tuple[str, ...]) -> list[str]:
    names = list(dict.fromkeys(part for part in word.split(",") if part))
    for name in names:
        if name not in allowed:
            raise argparse.ArgumentTypeError(f"{name!r} must be one of {', '.join(allowed)}")
    return names


def _solvers(word: str) -> list[str]:
    return _names(word, tuple(OPPONENTS))


def _methods(word: str) -> list[str]:
    return _names(word, METHODS)


def _present(names: list[str]) -> list[str]:
    """Return the solvers that are installed; say which are left out."""
    for name in names:
        if name in OPPONENTS and not is_there(name):
            _tell(
                f"{name} is left out: package {OPPONENTS[name]} is not installed. "
                "Maybe pip install 'reserve-allocator[bench]'."
            )
    return [name for name in names if name not in OPPONENTS or is_there(name)]


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _placement(asked: argparse.Namespace) -> int:
    """Solve the files one after the other."""
    # All files are read before the first solve: a broken one should not cost an hour.
    instances = [
        load_instance(path, asked.format, asked.problem, asked.capacity) for path in asked.files
    ]
    against = _present(asked.against)
    options = SolveOptions(gap=asked.gap, time_limit_seconds=asked.time_limit, threads=1)
    runs: list[InstanceRun] = []
    for number, (path, instance) in enumerate(zip(asked.files, instances, strict=True), start=1):
        _tell(f"{number}/{len(instances)} {path}: {asked.problem}, at most {asked.time_limit:g} s")
        known = known_value(benchmark_folder(), asked.format, asked.problem, path, asked.capacity)
        runs.append(run_instance(path, instance, asked.problem, known, options, against))
        if runs[-1].reason:
            _tell(f"{instance.name}: {runs[-1].reason}")
        if not asked.json:
            if number == 1:
                print(_HEADER)
            _print_run(runs[-1])
    means = summary_of(runs, asked.gap)
    if asked.json:
        document = {
            "command": "placement",
            "format": asked.format,
            "problem": asked.problem,
            "gap": asked.gap,
            "time_limit_seconds": asked.time_limit,
            "machine": machine_of_today(),
            "rows": [run.as_dict() for run in runs],
            "time_to_proof_ratio": means,
        }
        print(json.dumps(document, indent=2, allow_nan=False))
    else:
        _print_means(means)
    failed = [run for run in runs if run.verdict == "contradiction" or run.objective is None]
    return 1 if failed else 0


_HEADER = (
    f"{'instance':<22} {'problem':<9} {'solver':<8} {'status':<11} {'objective':>16} "
    f"{'bound':>16} {'gap':>9} {'seconds':>9} {'known':>16} verdict"
)


def _print_run(run: InstanceRun) -> None:
    """Print the lines of one instance."""

    def number(value: float | None) -> str:
        return "-" if value is None else f"{value:.10g}"

    def gap(value: float | None) -> str:
        return "-" if value is None else f"{value:.2e}"

    print(
        f"{run.instance:<22} {run.problem:<9} {'product':<8} {run.status:<11} "
        f"{number(run.objective):>16} {number(run.bound):>16} {gap(run.gap):>9} "
        f"{run.seconds:>9.3f} {number(run.known):>16} {run.verdict}"
    )
    for other in run.as_dict()["others"]:
        print(
            f"{'':<22} {'':<9} {other['solver']:<8} {'':<11} {number(other['objective']):>16} "
            f"{number(other['bound']):>16} {gap(other['gap']):>9} {other['seconds']:>9.3f}",
            flush=True,
        )


def _print_means(means: dict[str, Any]) -> None:
    """Print the geometric means of the ratios."""
    for name, line in means.items():
        ratio = "-" if line["ratio"] is None else f"{line['ratio']:.3f}"
        print(
            f"time to proof, product / {name}: geometric mean {ratio} over {line['instances']} "
            f"instances (at most, the other had no proof: {line['at_most']}; at least, the "
            f"product had none: {line['at_least']}; left out, nobody had one: {line['unproven']})"
        )


def _command() -> str:
    return shlex.join(["python", "benchmarks/run.py", *sys.argv[1:]])


def _has_no_folder(page: Path) -> bool:
    """Whether the folder of a page is missing; says so."""
    if page.parent.is_dir():
        return False
    _tell(f"error: {page.parent}: no such folder. Maybe make it first.")
    return True


def _race(asked: argparse.Namespace) -> int:
    """Solve the sets and write the page."""
    if _has_no_folder(asked.output):
        return 2
    options = SolveOptions(gap=asked.gap, time_limit_seconds=asked.time_limit, threads=1)
    wanted = [race for race in RACES if asked.sets is None or race.name in asked.sets]
    found = run_races(wanted, _present(asked.against), options, _tell)
    asked.output.write_text(race_page(found, options, _command()), encoding="utf-8")
    _tell(f"written: {asked.output}")
    if asked.json:
        print(json.dumps(race_document(found, options), indent=2, allow_nan=False))
    runs = [run for _, runs in found for run in runs]
    return 1 if any(run.verdict == "contradiction" or run.objective is None for run in runs) else 0


def _targets(asked: argparse.Namespace) -> int:
    """Measure the commands and write the page."""
    if _has_no_folder(asked.output):
        return 2
    wanted = [target for target in TARGETS if asked.row is None or target.name in asked.row]
    rows = [measure_target(target, _tell) for target in wanted]
    asked.output.write_text(target_page(rows, _command()), encoding="utf-8")
    _tell(f"written: {asked.output}")
    if asked.json:
        print(json.dumps(target_document(rows), indent=2, allow_nan=False))
    return 1 if any(row.error for row in rows) else 0


def _scale(asked: argparse.Namespace) -> int:
    """Measure the cases and write the page."""
    if _has_no_folder(asked.output):
        return 2
    methods = _present(asked.methods)
    rows: list[ScaleRow] = []
    for name in asked.case or DEFAULT_CASES:
        rows += measure_case(name, methods, asked.gap, asked.time_limit, _tell)
    asked.output.write_text(
        scale_page(rows, _command(), asked.gap, asked.time_limit), encoding="utf-8"
    )
    _tell(f"written: {asked.output}")
    if asked.json:
        document = scale_document(rows, asked.gap, asked.time_limit)
        print(json.dumps(document, indent=2, allow_nan=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
