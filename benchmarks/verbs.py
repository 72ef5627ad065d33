"""What the verbs of ``benchmarks/run.py`` do once the command line is read."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from allocator.intake import read_case
from allocator.report.figures.style import Figure
from allocator.report.pictures import PicturesUnavailableError, render_figures
from allocator.solver import SolveOptions
from benchmarks import target_rows
from benchmarks.arguments import document_of
from benchmarks.backtest import backtest_document, measure_backtest, read_runs
from benchmarks.backtest_case import backtest_of, first_order_hours
from benchmarks.backtest_figure import backtest_figure
from benchmarks.backtest_page import backtest_page
from benchmarks.backtest_variants import CENTRAL, variants
from benchmarks.dispatch_record import read_record, record_path
from benchmarks.formats import benchmark_folder
from benchmarks.growth import SERIES, GrowthSeries, growth_document, measure_growth, read_growth
from benchmarks.growth_page import growth_figures, growth_page
from benchmarks.instance_files import known_value, load_instance
from benchmarks.instance_runs import InstanceRun, run_instance, summary_of
from benchmarks.machine import machine_of_today
from benchmarks.opponents import OPPONENTS, is_there
from benchmarks.orders_command import measure_orders, orders_verdict
from benchmarks.plain_dispatch import measure_plain_dispatch
from benchmarks.race import RACES, files_of, race_document, race_page, read_race, run_races
from benchmarks.replan_command import measure_reasons, measure_replans
from benchmarks.scale import DEFAULT_CASES, ScaleRow, measure_case, scale_document, scale_page
from benchmarks.target_page import DISPATCH, read_literature, target_page
from benchmarks.targets import (
    Verdict,
    command_verdict,
    measure_target,
    target_document,
    verdicts_of,
)

LITERATURE = "literature"
"""Name of the row of ``targets`` that runs the literature."""

BACKTEST_CASE = "jishishan"
"""Shipped case of which a record of what arrived is shipped, too."""

__all__ = [
    "LITERATURE",
    "backtest",
    "dispatch",
    "draw",
    "growth",
    "placement",
    "race",
    "scale",
    "targets",
    "tell",
]


def _present(names: list[str]) -> list[str]:
    """Return the solvers that are installed; say which are left out."""
    for name in names:
        if name in OPPONENTS and not is_there(name):
            tell(
                f"{name} is left out: package {OPPONENTS[name]} is not installed. "
                "Maybe pip install 'reserve-allocator[bench]'."
            )
    return [name for name in names if name not in OPPONENTS or is_there(name)]


def tell(text: str) -> None:
    """Say something on standard error."""
    print(text, file=sys.stderr, flush=True)


def placement(asked: argparse.Namespace) -> int:
    """Solve the files one after the other."""
    # All files are read before the first solve: a broken one should not cost an hour.
    instances = [
        load_instance(path, asked.format, asked.problem, asked.capacity) for path in asked.files
    ]
    against = _present(asked.against)
    options = SolveOptions(gap=asked.gap, time_limit_seconds=asked.time_limit, threads=1)
    runs: list[InstanceRun] = []
    for number, (path, instance) in enumerate(zip(asked.files, instances, strict=True), start=1):
        tell(f"{number}/{len(instances)} {path}: {asked.problem}, at most {asked.time_limit:g} s")
        known = known_value(benchmark_folder(), asked.format, asked.problem, path, asked.capacity)
        runs.append(run_instance(path, instance, asked.problem, known, options, against))
        if runs[-1].reason:
            tell(f"{instance.name}: {runs[-1].reason}")
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
    tell(f"error: {page.parent}: no such folder. Maybe make it first.")
    return True


def race(asked: argparse.Namespace) -> int:
    """Solve the sets and write the page."""
    if _has_no_folder(asked.output):
        return 2
    options = SolveOptions(gap=asked.gap, time_limit_seconds=asked.time_limit, threads=1)
    wanted = [race for race in RACES if asked.sets is None or race.name in asked.sets]
    found = run_races(wanted, _present(asked.against), options, tell)
    asked.output.write_text(race_page(found, options, _command()), encoding="utf-8")
    tell(f"written: {asked.output}")
    if asked.json:
        print(json.dumps(race_document(found, options), indent=2, allow_nan=False))
    runs = [run for _, runs in found for run in runs]
    return 1 if any(run.verdict == "contradiction" or run.objective is None for run in runs) else 0


def targets(asked: argparse.Namespace) -> int:
    """Measure the commands, read or run the rest, and write the page."""
    if _has_no_folder(asked.output):
        return 2
    # Files first: one that is broken or missing should not cost an hour.
    grown = None if asked.growth is None else document_of(asked.growth, "growth")
    kept, known = _literature_before(asked.literature)
    runs_race = asked.literature is None and (asked.row is None or LITERATURE in asked.row)
    for one in RACES if runs_race else ():
        files_of(one)
    chosen = [row for row in target_rows.TARGETS if asked.row is None or row.name in asked.row]
    rows = [measure_target(target, tell) for target in chosen]
    if runs_race:
        options = SolveOptions(gap=1e-6, time_limit_seconds=asked.literature_limit, threads=1)
        known = race_document(run_races(RACES, _present(list(OPPONENTS)), options, tell), options)
    sets = None if known is None else read_race(known)
    growth_rows = None if grown is None else read_growth(grown)
    verdicts = verdicts_of(rows, sets, 1e-6 if known is None else known["gap"], growth_rows)
    verdicts += kept[0]
    sources = [*kept[1], *_sources({"literature": known, "growth": grown})]
    page = target_page(rows, verdicts, _command(), sources)
    asked.output.write_text(page, encoding="utf-8")
    tell(f"written: {asked.output}")
    if asked.json:
        print(json.dumps(target_document(rows, verdicts), indent=2, allow_nan=False))
    return 1 if any(row.error for row in rows) else 0


def dispatch(asked: argparse.Namespace) -> int:
    """Measure the commands and write the page."""
    if _has_no_folder(asked.output):
        return 2
    every = target_rows.DISPATCH_TARGETS
    chosen = [row for row in every if asked.row is None or row.name in asked.row]
    rows = [measure_target(target, tell) for target in chosen]
    verdicts = [command_verdict(row) for row in rows]
    errors = [row.error for row in rows]
    if asked.row is None or target_rows.ORDERS.name in asked.row:
        ordered = measure_orders(target_rows.ORDERED_TRIPS, tell)
        verdicts.append(orders_verdict(ordered))
        errors.append(ordered.error)
        tell(f"{ordered.trips:,} trips: {ordered.seconds:.1f} s")
    for name, measure in (
        ("replan", lambda: measure_replans(tell)),
        ("reasons", lambda: [measure_reasons(tell)]),
        ("plain", lambda: measure_plain_dispatch(tell)),
    ):
        if asked.row is None or name in asked.row:
            more = measure()
            verdicts += more
            errors += [verdict.found == "no plan" and verdict.missed for verdict in more]
    page = target_page(rows, verdicts, _command(), [], DISPATCH)
    asked.output.write_text(page, encoding="utf-8")
    tell(f"written: {asked.output}")
    if asked.json:
        print(json.dumps(target_document(rows, verdicts, "dispatch"), indent=2, allow_nan=False))
    return 1 if any(errors) else 0


def _literature_before(
    path: Path | None,
) -> tuple[tuple[list[Verdict], list[str]], dict[str, Any] | None]:
    """Read what was measured of the literature before: lines of a page with source, or a document.

    Raises
    ------
    DocumentError
        If the file is neither.
    """
    if path is None:
        return ([], []), None
    if path.suffix != ".md":
        return ([], []), document_of(path, "race")
    lines, source = read_literature(path)
    return (lines, [source]), None


def _sources(documents: Mapping[str, Mapping[str, Any] | None]) -> list[str]:
    """Say when and on what the documents were measured that the page is made of as well."""
    lines = []
    for name, document in documents.items():
        if document is not None:
            machine = document["machine"]
            lines.append(
                f"{name.capitalize()}: {machine['date']}, {machine['processor']}, "
                f"{machine['versions']}, {document['time_limit_seconds']:g} s at most each."
            )
    return lines


def growth(asked: argparse.Namespace) -> int:
    """Measure the series, or read what was measured before, and write page and pictures."""
    if _has_no_folder(asked.output):
        return 2
    documents = [document_of(path, "growth") for path in asked.read]
    if not documents or asked.case or asked.series:
        wanted = [one for one in SERIES if one.name in (asked.series or [])]
        if asked.case:
            wanted.append(GrowthSeries("cases", "", "districts", tuple(asked.case)))
        rows = measure_growth(wanted or SERIES, asked.gap, asked.time_limit, tell)
        documents.append(growth_document(rows, asked.gap, asked.time_limit, _command()))
    if all(row["error"] for document in documents for row in document["rows"]):
        tell(
            f"error: nothing was measured, {asked.output} is left as it was. Maybe mend the cases."
        )
        return 1
    pictures = _write_pictures(asked.output, documents) if asked.pictures else {}
    asked.output.write_text(growth_page(documents, pictures), encoding="utf-8")
    tell(f"written: {asked.output}")
    if asked.json:
        print(json.dumps(joined(documents), indent=2, allow_nan=False))
    return 1 if any(row["error"] for document in documents for row in document["rows"]) else 0


def joined(documents: list[dict[str, Any]]) -> dict[str, Any]:
    """Return documents of growth as one: that of the last, with the rows of all."""
    rows = [row for document in documents for row in read_growth(document)]
    last = documents[-1]
    whole = growth_document(rows, last["gap"], last["time_limit_seconds"], last["words"])
    return {**whole, "machine": last["machine"]}


def backtest(asked: argparse.Namespace) -> int:
    """Plan every variant, or read what was planned before, and write page and picture."""
    if _has_no_folder(asked.output):
        return 2
    case = read_case(BACKTEST_CASE)
    record = read_record(record_path(case.scenarios[0].scenario))
    first = first_order_hours(backtest_of(case, record))
    if asked.read is not None:
        document = document_of(asked.read, "backtest")
    else:
        kept = {CENTRAL.name, *(asked.plans or [])}
        chosen = [one for one in variants() if asked.plans is None or one.name in kept]
        runs = measure_backtest(BACKTEST_CASE, record, asked.time_limit, tell, chosen)
        document = backtest_document(runs, BACKTEST_CASE, asked.time_limit, _command())
    picture = None
    if asked.pictures:
        figure = backtest_figure(read_runs(document), record, first)
        picture = draw(asked.output, figure)
    page = backtest_page(document, record, first, picture)
    asked.output.write_text(page, encoding="utf-8")
    tell(f"written: {asked.output}")
    if asked.json:
        print(json.dumps(document, indent=2, allow_nan=False))
    return 0


def draw(page: Path, figure: Figure) -> str | None:
    """Draw the picture of a page; return where it lies, seen from the page."""
    try:
        drawn = render_figures({page.stem: figure}, scale=1.25)
    except PicturesUnavailableError as error:
        tell(f"no picture: {error}.")
        return None
    path = page.parent / "images" / f"{page.stem}.png"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(drawn[page.stem])
    return f"{path.parent.name}/{path.name}"


def _write_pictures(page: Path, documents: list[dict[str, Any]]) -> dict[str, str]:
    """Draw the pictures beside a page; return their file names, none without a browser."""
    figures = growth_figures(documents)
    try:
        drawn = render_figures(figures, scale=1.25)
    except PicturesUnavailableError as error:
        tell(f"no pictures: {error}.")
        return {}
    names = {name: f"{page.stem}-{name}.png" for name in drawn}
    for name, content in drawn.items():
        page.with_name(names[name]).write_bytes(content)
    return names


def scale(asked: argparse.Namespace) -> int:
    """Measure the cases and write the page."""
    if _has_no_folder(asked.output):
        return 2
    methods = _present(asked.methods)
    rows: list[ScaleRow] = []
    for name in asked.case or DEFAULT_CASES:
        rows += measure_case(name, methods, asked.gap, asked.time_limit, tell)
    asked.output.write_text(
        scale_page(rows, _command(), asked.gap, asked.time_limit), encoding="utf-8"
    )
    tell(f"written: {asked.output}")
    if asked.json:
        document = scale_document(rows, asked.gap, asked.time_limit)
        print(json.dumps(document, indent=2, allow_nan=False))
    return 0
