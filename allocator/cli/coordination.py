"""The verb that says what every late signature costs, and which one to change first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from allocator.case import Case
from allocator.cli.options import AS_JSON, LANG
from allocator.cli.solving import CASE, run_options, solver_options
from allocator.cli.terminal import ProgressLine, print_document, print_table
from allocator.coordination import coordinate
from allocator.coordination.options import CoordinationOptions
from allocator.coordination_documents import coordination_document
from allocator.errors import ConflictError
from allocator.intake import read_case, read_plan
from allocator.report.coordination_page import write_coordination_page
from allocator.report.coordination_report import write_coordination
from allocator.report.words import Language, as_language
from allocator.report.worth import amount
from allocator.result_files import check_target
from allocator.schema.coordination import DelayCost
from allocator.schema.results import SummaryLine
from allocator.tables import TableSet

__all__ = ["coordination"]

PAGE = ".html"
"""Ending of a page."""

_HELP = """Say what every late signature costs, who answers for it, and which one to change first.

The dispatch of each scenario is planned anew, by its cost to people and in transport (objective
social), with the sign-offs at four speeds: ideal, within the limits, as they are, uncoordinated.
What delays beyond the limits cost is split over the departments by Shapley value: the shares add
up, and nobody is charged for waiting on another. Every figure is an interval from the gaps of the
solves.

Beside that: the steps that decide a release, their slack and latest signature; what an hour more
or less of each department would cost; the best one, two and three changes to the procedures within
the guard rails (answerable party kept, paper within 48 h, finance above a threshold); the variants
of the sheet Variants on common scenarios; who answers for each shortage; what each department has
to do by when.

One scenario takes a minute or two; without --scenario all of the sample are looked at, and the
expected values come first. A time limit, or Ctrl-C, keeps what is known with its intervals.

\b
Examples
  allocator coordination guangxi --scenario mujigae2015 -o coordination.xlsx
  allocator coordination guangxi --scenario mujigae2015 --plan trips.xlsx -o coordination.xlsx
  allocator coordination case.xlsx -o coordination.xlsx --time-limit 1200 --lang zh
  allocator coordination tiny --json"""


@click.command(help=_HELP)
@CASE
@click.option(
    "--scenario",
    "scenarios",
    metavar="CODE",
    multiple=True,
    help="Only this scenario; may be given again. All of the sample if not given.",
)
@click.option(
    "--plan",
    "plan_path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Result workbook: its placement is where the stock is, its shortages get an owner.",
)
@click.option(
    "--samples",
    type=click.IntRange(10, 1_000_000),
    default=CoordinationOptions.samples,
    show_default=True,
    help="Courses of the sign-offs that are simulated.",
)
@click.option(
    "-o",
    "output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Workbook (.xlsx), its page beside it; or the page (.html) alone.",
)
@solver_options("Solving time of all answers, in seconds.", "Seed of the simulated courses.")
@LANG
@AS_JSON
def coordination(
    case_source: str,
    scenarios: Sequence[str],
    plan_path: Path | None,
    output: Path | None,
    lang: str,
    as_json: bool,
    **given: Any,
) -> None:
    """Say what every late signature costs."""
    language, progress = as_language(lang), ProgressLine()
    if output is not None:
        _check_output(output, case_source, plan_path)
    case = read_case(case_source)
    plan = None if plan_path is None else read_plan(plan_path)
    options = replace(
        CoordinationOptions.of(run_options(given)), samples=given["samples"], lang=language
    )
    progress.say("planning the dispatch at every speed of the sign-offs ...")
    tables = coordinate(case, scenarios or None, plan, options, progress)
    workbook, page = _written(case, tables, output, language)
    if as_json:
        print_document(coordination_document(tables, workbook, page))
        return
    _print(tables)
    for name, path in (("workbook", workbook), ("page", page)):
        if path is not None:
            click.echo(f"{name:<8}  {path}")


def _check_output(output: Path, *reads: str | Path | None) -> None:
    """Make sure that the result can be written before minutes are spent on it."""
    suffix = output.suffix.lower()
    if suffix not in (".xlsx", PAGE):
        raise ConflictError(
            f"{output}: the result is a workbook or a page. "
            f"Maybe {output.stem}.xlsx, or {output.stem}{PAGE} for the page alone."
        )
    # The page has no other file's name: only its folder is to be looked at.
    check_target(output.with_suffix(".xlsx"), *(reads if suffix != PAGE else ()))


def _written(
    case: Case, tables: TableSet, output: Path | None, lang: Language
) -> tuple[Path | None, Path | None]:
    """Write what is asked for; return where workbook and page are."""
    if output is None:
        return None, None
    if output.suffix.lower() == PAGE:
        write_coordination_page(case, tables, output, lang)
        return None, output
    return output, write_coordination(case, tables, output, lang)


def _print(tables: TableSet) -> None:
    """Write the answers to the terminal: the Summary, then the shares of the chief scenario."""
    print_table((row.topic, row.figure, row.sentence) for row in tables.rows(SummaryLine))
    costs = tables.rows(DelayCost)
    chief = costs[0].scenario if costs else ""
    click.echo("")
    print_table(
        (
            row.department,
            row.name,
            f"{amount(row.share_cny)} CNY",
            f"{amount(row.share_low_cny)} .. {amount(row.share_high_cny)}",
            "" if row.plus_one_hour_cny is None else f"+1 h: {amount(row.plus_one_hour_cny)} CNY",
        )
        for row in costs
        if row.scenario == chief
    )
