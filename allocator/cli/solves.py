"""Verbs that solve: place, dispatch, plan, replan."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from allocator.case import Case
from allocator.change_file import Told, read_changes
from allocator.cli.cases import LANG, OUTLINES
from allocator.cli.numbers import Decimal
from allocator.cli.terminal import (
    ProgressLine,
    counted,
    print_document,
    print_issues,
    print_table,
)
from allocator.documents import (
    dispatch_document,
    place_document,
    plan_document,
    question_document,
    replan_document,
)
from allocator.engine.dispatch_memory import Memory, read_memories, write_memories
from allocator.engine.questions import QUESTIONS, Question
from allocator.engine.runs import (
    RunOptions,
    run_dispatch,
    run_place,
    run_plan,
    run_question,
    run_replan,
)
from allocator.errors import DataError, ReplayError
from allocator.intake import read_case_with_issues, read_plan
from allocator.plan import Plan
from allocator.publication import check_target, publish, shown_case
from allocator.replay import PLAN_DIGEST, verify
from allocator.report.outlines import read_outlines

__all__ = ["dispatch", "place", "plan", "replan"]

Command = Callable[..., Any]

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


_REPLAN_HELP = """Plan the trips of one scenario anew, from an hour on, after things have changed.

What has left stays; other trips are kept unless moving them saves more waiting than --move-price.
The changes are a small sheet (allocator template --changes -o changes.xlsx) or JSON. A plan with
the trips that can still go is written at once, the better one in its place when it is there. The
result carries all changes and says what became of every trip and why; it can be planned anew again.

\b
Examples
  allocator replan guangxi --plan plan.xlsx --changes changes.xlsx -o plan_6h.xlsx
  allocator replan case.xlsx --plan plan.xlsx --changes changes.json --scenario rammasun2014 \\
      --at 6 -o plan_6h.xlsx --time-limit 20
  allocator replan case.xlsx --plan plan.xlsx --at 12 -o plan_12h.xlsx   only the hour changed

\b
changes.json
  {"Replan": {"at_hours": 6}, "Changes": [
     {"kind": "road_closed", "district": "450602"},
     {"kind": "trip_late", "trip": "rammasun2014-0007", "amount": 9.5}]}"""


_SOLVE_OPTIONS = (
    click.argument("case_source", metavar="CASE"),
    click.option(
        "-o",
        "output",
        type=click.Path(path_type=Path, dir_okay=False),
        required=True,
        help="Result workbook (.xlsx); the page goes beside it.",
    ),
    click.option("--gap", type=Decimal(0, 1), help="Relative gap at which a solve may stop."),
    click.option(
        "--time-limit",
        "time_limit_seconds",
        type=Decimal(1),
        help="Solving time of the whole run, in seconds; the best plan is kept.",
    ),
    click.option("--seed", type=click.IntRange(0), help="Seed of the solver."),
    click.option(
        "--threads",
        type=click.IntRange(1),
        default=1,
        show_default=True,
        help="Threads of one solve.",
    ),
    click.option(
        "--workers",
        type=click.IntRange(1),
        default=2,
        show_default=True,
        help="Processes that solve side by side.",
    ),
    OUTLINES,
    click.option("--page/--no-page", default=True, help="Write the page with the map."),
    click.option(
        "--pictures/--no-pictures",
        default=True,
        help="Draw map and Gantt into the workbook (needs a Chromium).",
    ),
    LANG,
    click.option("--json", "as_json", is_flag=True, help="Print one JSON document."),
)
"""Options that every solving verb takes, in the order of its help."""


def _objective(choices: Sequence[str], words: str) -> Callable[[Command], Command]:
    """Option ``--objective`` with the choices of a verb."""
    return click.option("--objective", type=click.Choice(choices), help=words)


OBJECTIVES = ("lives", "social", "cost")

_REDUCE = click.option(
    "--reduce-to",
    type=click.IntRange(1),
    help="Place on so many representative scenarios, then price the plan on all of them.",
)

_OBJECTIVE_WORDS = "What comes first; the case's setting if not given."


def _solve_options(verb: Command) -> Command:
    """Options that every solving verb takes."""
    for option in reversed(_SOLVE_OPTIONS):
        verb = option(verb)
    return verb


_scheduler = click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Dask scheduler, as tcp://10.0.0.5:8786; its workers evaluate scenarios of the placement.",
)


def _run_options(given: dict[str, Any]) -> RunOptions:
    """Pick the options of the run out of all that was given."""
    names = ("gap", "time_limit_seconds", "seed", "threads", "workers", "objective")
    more = ("scheduler", "reduce_to")
    return RunOptions(**{name: given[name] for name in (*names, *more) if name in given})


def _check_given(given: dict[str, Any]) -> None:
    """Refuse files and addresses that cannot be used before a case is read and solved."""
    check_target(given["output"])
    if given["outlines"] is not None:
        read_outlines(given["outlines"])
    if given.get("scheduler") is not None:
        from allocator.engine.cluster_client import find_scheduler

        find_scheduler(given["scheduler"])


def _read(source: str, progress: ProgressLine) -> Case:
    """Read a case; faults end the command, warnings are said."""
    case, issues = read_case_with_issues(source)
    if case is None:
        raise DataError(issues)
    if issues:
        warned = counted(len(issues), "warning")
        progress.say(f"{source}: {warned} (see: allocator check {source})")
    return case


def _finish(
    case: Case,
    result: Plan,
    given: dict[str, Any],
    document: Callable[[Plan], dict[str, Any]],
    progress: ProgressLine,
    memories: Mapping[str, Memory] | None = None,
) -> None:
    """Publish the result and say what it is; prices go beside it for a re-plan to begin with."""
    progress.say("replaying and writing ...")
    published = publish(
        case,
        result,
        given["output"],
        lang=given["lang"],
        with_page=given["page"],
        with_pictures=given["pictures"],
        outlines=given["outlines"],
    )
    if memories:
        digest = published.plan.run_info.get(PLAN_DIGEST, "")
        write_memories(_prices_beside(published.workbook), digest, memories)
    if given["as_json"]:
        print_document(document(published.plan))
        return
    print_table((row.topic, row.figure, row.sentence) for row in published.plan.summary)
    click.echo("certified by replay of the workbook")
    click.echo(f"workbook  {published.workbook}")
    if published.page is not None:
        click.echo(f"page      {published.page}")


def _prices_beside(workbook: Path) -> Path:
    """File of prices beside a result."""
    return workbook.with_suffix(".prices.npz")


class _Memories(dict[str, Memory]):
    """Prices by scenario, as they come."""

    def __call__(self, memory: Memory) -> None:
        """Keep the last of each scenario."""
        self[memory.scenario] = memory


@click.command(help=_PLACE_HELP)
@_objective((*OBJECTIVES, *QUESTIONS), _OBJECTIVE_WORDS)
@click.option("--sites", type=click.IntRange(1), help="Open warehouses, for the questions.")
@click.option(
    "--within-hours",
    type=Decimal(0, min_open=True),
    help="Reach from the order, for the questions of cover.",
)
@_scheduler
@_REDUCE
@_solve_options
def place(case_source: str, sites: int | None, within_hours: float | None, **given: Any) -> None:
    """Decide where to keep which reserves."""
    progress = ProgressLine()
    _check_given(given)
    case = _read(case_source, progress)
    options = _run_options(given)
    if given["objective"] in QUESTIONS:
        if given["scheduler"] is not None:
            raise click.UsageError("--scheduler goes with " + ", ".join(OBJECTIVES) + ".")
        if given["reduce_to"] is not None:
            raise click.UsageError("--reduce-to goes with the objectives " + ", ".join(OBJECTIVES))
        question = Question(given["objective"], sites, within_hours)
        result = run_question(case, question, options, progress)
        _finish(case, result, given, question_document, progress)
        return
    if sites is not None or within_hours is not None:
        raise click.UsageError("--sites and --within-hours go with " + ", ".join(QUESTIONS) + ".")
    result = run_place(case, options, progress)
    _finish(case, result, given, lambda plan: place_document(case, plan), progress)


@click.command(help=_DISPATCH_HELP)
@click.option("--scenario", required=True, help="Code of the scenario.")
@click.option(
    "--plan",
    "plan_path",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Result workbook whose placement gives the stock.",
)
@_objective(OBJECTIVES, _OBJECTIVE_WORDS)
@_solve_options
def dispatch(case_source: str, scenario: str, plan_path: Path | None, **given: Any) -> None:
    """Plan the trips of one scenario."""
    progress = ProgressLine()
    _check_given(given)
    case = _read(case_source, progress)
    placement = None if plan_path is None else read_plan(plan_path)
    memories = _Memories()
    result = run_dispatch(case, scenario, placement, _run_options(given), progress, memories)

    def document(made: Plan) -> dict[str, Any]:
        return dispatch_document(case, made, scenario)

    _finish(case, result, given, document, progress, memories)


@click.command(help=_PLAN_HELP)
@_objective(OBJECTIVES, _OBJECTIVE_WORDS)
@_scheduler
@_REDUCE
@_solve_options
def plan(case_source: str, **given: Any) -> None:
    """Place the reserves, then dispatch every scenario."""
    progress = ProgressLine()
    _check_given(given)
    case = _read(case_source, progress)
    result = run_plan(case, _run_options(given), progress)
    _finish(case, result, given, lambda made: plan_document(case, made), progress)


@click.command(help=_REPLAN_HELP)
@click.option(
    "--plan",
    "plan_path",
    type=click.Path(path_type=Path, exists=True),
    required=True,
    help="Result workbook with the trips, maybe of an earlier re-plan.",
)
@click.option(
    "--changes",
    "changes_path",
    type=click.Path(path_type=Path, exists=True),
    help="Workbook, CSV folder or JSON document with the sheet Changes.",
)
@click.option("--scenario", help="Code of the scenario, where the plan dispatches several.")
@click.option("--at", "at_hours", type=Decimal(0), help="Hour of the event of the re-plan.")
@click.option(
    "--move-price",
    "move_price_hours",
    type=Decimal(0),
    help="Weighted unit-hours that a departure which the plan had not must save.",
)
@_objective(OBJECTIVES, _OBJECTIVE_WORDS)
@_solve_options
def replan(
    case_source: str,
    plan_path: Path,
    changes_path: Path | None,
    scenario: str | None,
    at_hours: float | None,
    move_price_hours: float | None,
    **given: Any,
) -> None:
    """Plan the trips of one scenario anew."""
    begun = time.monotonic()
    progress = ProgressLine()
    _check_given(given)
    case, former = _read(case_source, progress), read_plan(plan_path)
    verdict = verify(case, former)
    if not verdict.certified:
        raise ReplayError(verdict.violations)
    told = Told(scenario, at_hours, move_price_hours)
    changes, warnings = read_changes(case, former, changes_path, told)
    print_issues(warnings, err=True)

    def on_first(first: Plan) -> None:
        """Certify the plan that is there at once, and write it."""
        found = verify(case, first)
        seconds = time.monotonic() - begun
        if not found.certified:
            raise ReplayError(found.violations)
        progress.say(f"{changes.scenario}: first plan certified after {seconds:.1f} s")
        publish(case, first, given["output"], with_page=False, with_pictures=False)

    known = read_memories(_prices_beside(plan_path), former.run_info.get(PLAN_DIGEST, ""))
    memories = _Memories()
    result = run_replan(
        case,
        former,
        changes,
        _run_options(given),
        progress,
        on_first,
        known.get(changes.scenario),
        memories,
    )

    def document(made: Plan) -> dict[str, Any]:
        return replan_document(shown_case(case, made), made, changes.scenario)

    _finish(case, result, given, document, progress, memories)
