"""Verbs that solve: place, dispatch, plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from allocator.cli.meanwhile import imports_meanwhile
from allocator.cli.numbers import Decimal
from allocator.cli.solving import (
    OBJECTIVE_WORDS,
    OBJECTIVES,
    REDUCE,
    SCHEDULER,
    check_given,
    finish,
    objective_option,
    read_source,
    run_options,
    solve_options,
)
from allocator.cli.terminal import ProgressLine
from allocator.engine.dispatch_memory import Memories
from allocator.engine.question_kinds import QUESTIONS, Question
from allocator.engine.run_tasks import DISPATCHING, PLACING
from allocator.engine.runs import run_dispatch, run_place, run_plan, run_question
from allocator.intake import read_plan
from allocator.plan import Plan
from allocator.ready_child import ReadyChild

__all__ = ["dispatch", "place", "plan"]

_PLACE_HELP = """Decide where to keep which reserves.

\b
Examples
  allocator place guangxi -o placement.xlsx
  allocator place case.xlsx -o placement.xlsx --objective social --gap 0.02 --time-limit 60
  allocator place case.xlsx -o placement.xlsx --workers 4
  allocator place guangxi -o placement.xlsx --reduce-to 8

\b
With the workers of a Dask cluster that trusts you (the same requirements.lock on all machines,
one thread a worker; a worker that dies costs time, not the run):
  dask scheduler                                                  on one machine
  dask worker tcp://10.0.0.5:8786 --nworkers 8 --nthreads 1       on each of the others
  allocator place case.xlsx -o placement.xlsx --scheduler tcp://10.0.0.5:8786

\b
The classical questions, for a planner without costs; existing warehouses stay:
  allocator place guangxi -o cover.xlsx --objective cover-all --within-hours 6
  allocator place guangxi -o cover.xlsx --objective cover-most --within-hours 4 --sites 60
  allocator place guangxi -o median.xlsx --objective median --sites 60
  allocator place guangxi -o center.xlsx --objective center --sites 60"""

_DISPATCH_HELP = """Plan the trips of one scenario, hour by hour.

Without --plan the stock is today's; with it, that of the placement in the result workbook.

\b
Examples
  allocator dispatch guangxi --scenario rammasun2014 -o trips.xlsx
  allocator dispatch case.xlsx --scenario rammasun2014 --plan placement.xlsx -o trips.xlsx"""

_PLAN_HELP = """Do the main job: place the reserves, then dispatch every scenario from them.

Writes a result workbook and, beside it, a page with map, Gantt and curves that opens offline.

\b
Examples
  allocator plan guangxi -o plan.xlsx
  allocator plan case.xlsx -o plan.xlsx --time-limit 300 --gap 0.005 --json"""


@click.command(help=_PLACE_HELP)
@objective_option((*OBJECTIVES, *QUESTIONS), OBJECTIVE_WORDS)
@click.option("--sites", type=click.IntRange(1), help="Open warehouses, for the questions.")
@click.option(
    "--within-hours",
    type=Decimal(0, min_open=True),
    help="Reach from the order, for the questions of cover.",
)
@SCHEDULER
@REDUCE
@solve_options
def place(case_source: str, sites: int | None, within_hours: float | None, **given: Any) -> None:
    """Decide where to keep which reserves."""
    progress = ProgressLine()
    check_given(given, case_source)
    options = run_options(given)
    if given["objective"] in QUESTIONS:
        if given["scheduler"] is not None:
            raise click.UsageError("--scheduler goes with " + ", ".join(OBJECTIVES) + ".")
        if given["reduce_to"] is not None:
            raise click.UsageError("--reduce-to goes with the objectives " + ", ".join(OBJECTIVES))
        case = read_source(case_source, progress)
        question = Question(given["objective"], sites, within_hours)
        result = run_question(case, question, options, progress)
        finish(case, result, given, _answer_document, progress)
        return
    if sites is not None or within_hours is not None:
        raise click.UsageError("--sites and --within-hours go with " + ", ".join(QUESTIONS) + ".")
    with ReadyChild(PLACING) as ready:
        case = read_source(case_source, progress)
        with imports_meanwhile():
            result = run_place(case, options, progress, ready=ready)

    def document(made: Plan) -> dict[str, Any]:
        from allocator.documents import place_document

        return place_document(case, made)

    finish(case, result, given, document, progress)


def _answer_document(made: Plan) -> dict[str, Any]:
    """What is said of the answer to a classical question; like all of them imported at the end."""
    from allocator.documents import question_document

    return question_document(made)


@click.command(help=_DISPATCH_HELP)
@click.option("--scenario", required=True, help="Code of the scenario.")
@click.option(
    "--plan",
    "plan_path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Result workbook whose placement gives the stock.",
)
@objective_option(OBJECTIVES, OBJECTIVE_WORDS)
@solve_options
def dispatch(case_source: str, scenario: str, plan_path: Path | None, **given: Any) -> None:
    """Plan the trips of one scenario."""
    progress = ProgressLine()
    check_given(given, case_source, plan_path)
    memories, options = Memories(), run_options(given)
    with ReadyChild(DISPATCHING) as ready:
        case = read_source(case_source, progress)
        placement = None if plan_path is None else read_plan(plan_path)
        with imports_meanwhile():
            result = run_dispatch(
                case, scenario, placement, options, progress, memories, ready=ready
            )

    def document(made: Plan) -> dict[str, Any]:
        from allocator.documents import dispatch_document

        return dispatch_document(case, made, scenario)

    finish(case, result, given, document, progress, memories)


@click.command(help=_PLAN_HELP)
@objective_option(OBJECTIVES, OBJECTIVE_WORDS)
@SCHEDULER
@REDUCE
@solve_options
def plan(case_source: str, **given: Any) -> None:
    """Place the reserves, then dispatch every scenario."""
    progress = ProgressLine()
    check_given(given, case_source)
    memories = Memories()
    with ReadyChild(PLACING) as ready:
        case = read_source(case_source, progress)
        with imports_meanwhile():
            result = run_plan(case, run_options(given), progress, memories, ready=ready)

    def document(made: Plan) -> dict[str, Any]:
        from allocator.documents import plan_document

        return plan_document(case, made)

    finish(case, result, given, document, progress, memories)
