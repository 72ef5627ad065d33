"""The verb that rehearses a failure: what runs through the sectors, and what it costs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from allocator.case import Case
from allocator.cli.numbers import Decimal
from allocator.cli.options import AS_JSON, LANG
from allocator.cli.solving import CASE, read_source, run_options, solver_options
from allocator.cli.terminal import ProgressLine, print_document, print_table
from allocator.documents import drill_document
from allocator.errors import NotFoundError
from allocator.intake import write_case
from allocator.lab import DrillOptions, DrillRun, run_drill, with_drill
from allocator.report.drill_words import subject_words, with_drill_sentences
from allocator.report.drills import write_drills
from allocator.report.words import Language, as_language
from allocator.report.worth import amount
from allocator.result_files import check_target
from allocator.schema.lab_results import DrillResult, DrillStep, Hardening, SectorLoss
from allocator.tables import TableSet

__all__ = ["drill"]

_DRILL_HELP = """Rehearse a failure: sectors, sign-offs, added cost, and what to harden first.

A drill (sheets Drills and Shocks) hits some sectors on top of a scenario. The failure runs through
the sectors hour by hour (Dependencies) and changes the scenario (Sector_Links): more need, slower
roads, docks, receiving and signatures, lost stock. The best dispatch is solved with and without
it. Then each single link is hardened in turn.

\b
Examples
  allocator drill guangxi --drill power_finance -o drill.xlsx
  allocator drill guangxi --drill metro_suspension --json
  allocator drill case.xlsx --drill outage --save-case drilled.xlsx    the drill as a scenario:
  allocator dispatch "drilled.xlsx?sample=outage" --scenario outage -o plan.xlsx"""


@click.command(help=_DRILL_HELP)
@CASE
@click.option("--drill", "code", metavar="CODE", help="Only this drill; else all of the case.")
@click.option(
    "-o",
    "output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Workbook (.xlsx) with curves, sign-offs, results and what to harden first.",
)
@click.option(
    "--save-case",
    "saved",
    type=click.Path(path_type=Path),
    help="Case with each drill as a scenario of a sample of its own: workbook, folder or .json.",
)
@click.option(
    "--reduction",
    type=Decimal(0, 1, min_open=True, max_open=True),
    default=0.5,
    show_default=True,
    help="Part by which each link is reduced to see what hardening it saves.",
)
@click.option(
    "--harden",
    "hardened_dispatches",
    type=click.IntRange(0),
    default=2,
    show_default=True,
    help="How many of the best links are dispatched again, of each kind of best.",
)
@click.option("--dispatch/--no-dispatch", "with_dispatch", default=True, help="Solve dispatches.")
@solver_options("Solving time of all dispatches of a drill, in seconds.")
@LANG
@AS_JSON
def drill(
    case_source: str,
    code: str | None,
    output: Path | None,
    saved: Path | None,
    lang: str,
    as_json: bool,
    **given: Any,
) -> None:
    """Carry out drills."""
    language, progress = as_language(lang), ProgressLine()
    if output is not None:
        check_target(output, case_source)
    if saved is not None and saved.suffix == ".xlsx":
        check_target(saved, case_source)
    case = read_source(case_source, progress)
    if code is None and not case.drills:
        raise NotFoundError(
            "the case has no drill. Maybe add one to the sheets Sectors, Drills and Shocks."
        )
    wanted = case.drills if code is None else (case.drill(code),)
    names = ("reduction", "hardened_dispatches", "with_dispatch")
    options = DrillOptions(run_options(given), **{name: given[name] for name in names})
    runs = []
    for row in wanted:
        progress.say(f"{row.drill}: stepping through the hours, then dispatching ...")
        runs.append(run_drill(case, row, options, progress))
    tables = with_drill_sentences(case, _together(runs), language)
    if output is not None:
        write_drills(case, tables, output, language)
    if saved is not None:
        _save(case, runs, saved, lang)
    if as_json:
        print_document(drill_document(tables, output, saved))
        return
    for row in wanted:
        _print(case, row.drill, tables, language)
    for what, path in (("workbook", output), ("case", saved)):
        if path is not None:
            click.echo(f"{what:9} {path}")


def _together(runs: list[DrillRun]) -> TableSet:
    """Tables of several drills; what is said of the run is said once."""
    merged = dict(runs[0].tables.tables)
    for run in runs[1:]:
        for sheet, rows in run.tables.tables.items():
            if sheet != "Run_Info":
                merged[sheet] = (*merged[sheet], *rows)
    return TableSet(merged)


def _save(case: Case, runs: list[DrillRun], path: Path, lang: str) -> None:
    """Write the case with every drill as a scenario."""
    for run in runs:
        case = with_drill(case, run.course.drill, run.course)
    write_case(case, path, lang=lang)


def _print(case: Case, code: str, tables: TableSet, lang: Language) -> None:
    """Write one drill to the terminal: result, sectors, late signatures, what to harden."""
    for result in tables.rows(DrillResult):
        if result.drill == code:
            click.echo(f"{result.name} ({result.scenario}): {result.sentence}")
    print_table(
        (
            row.sector,
            row.name,
            f"{row.peak_share:.0%} @ {row.peak_hours:g} h",
            "-" if row.recovered_hours is None else f"{row.recovered_hours:g} h",
            f"{row.failure_hours:.1f} h",
            f"{amount(row.loss_cny)} CNY",
        )
        for row in tables.rows(SectorLoss)
        if row.drill == code
    )
    print_table(
        (
            f"{row.procedure}/{row.step}",
            row.name,
            row.department,
            f"{row.end_without_hours:.2f} h -> {row.end_with_hours:.2f} h",
            _held_up(row, lang),
        )
        for row in tables.rows(DrillStep)
        if row.drill == code and (row.ends_shock or row.end_at_longest_hours is not None)
    )
    print_table(
        (f"{row.rank}.", row.kind, subject_words(row, case, lang), row.sentence)
        for row in tables.rows(Hardening)
        if row.drill == code and row.rank <= _SHOWN
    )


_HELD_UP: dict[Language, tuple[str, str]] = {
    "en": ("procedure at its longest {:.1f} h", "if informed {:.1f} h"),
    "zh": ("其最长时流程 {:.1f} 小时", "改知会 {:.1f} 小时"),
}


def _held_up(row: DrillStep, lang: Language) -> str:
    """Say when the procedure ends if this step is another."""
    hours = (row.end_at_longest_hours, row.end_if_informed_hours)
    pairs = zip(_HELD_UP[lang], hours, strict=True)
    return ", ".join(words.format(hour) for words, hour in pairs if hour is not None)


_SHOWN = 5
"""Links that are shown on the terminal; the workbook has all."""
