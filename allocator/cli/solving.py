"""What all verbs that solve have in common: options, reading, publishing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from allocator.case import Case
from allocator.cli.numbers import Decimal
from allocator.cli.options import AS_JSON, LANG, OUTLINES
from allocator.cli.terminal import ProgressLine, counted, print_document, print_table
from allocator.engine.dispatch_memory import Memory, write_memories
from allocator.engine.run_options import RunOptions
from allocator.errors import DataError
from allocator.intake import read_case_with_issues
from allocator.plan import Plan
from allocator.report.outlines import read_outlines
from allocator.result_files import check_target

__all__ = [
    "CASE",
    "OBJECTIVES",
    "OBJECTIVE_WORDS",
    "REDUCE",
    "SCHEDULER",
    "check_given",
    "finish",
    "objective_option",
    "prices_beside",
    "read_source",
    "run_options",
    "solve_options",
    "solver_options",
]

Command = Callable[..., Any]


def _with_all(options: Sequence[Callable[[Command], Command]]) -> Callable[[Command], Command]:
    """One decorator of several, in the order of the help."""

    def decorate(verb: Command) -> Command:
        for option in reversed(options):
            verb = option(verb)
        return verb

    return decorate


def solver_options(
    time_limit_words: str, seed_words: str = "Seed of the solver."
) -> Callable[[Command], Command]:
    """Options of the solver: gap, time limit, seed, threads, processes."""
    return _with_all(
        (
            click.option(
                "--gap", type=Decimal(0, 1), help="Relative gap at which a solve may stop."
            ),
            click.option(
                "--time-limit", "time_limit_seconds", type=Decimal(1), help=time_limit_words
            ),
            click.option("--seed", type=click.IntRange(0), help=seed_words),
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
        )
    )


CASE = click.argument("case_source", metavar="CASE")

_SOLVE_OPTIONS = (
    CASE,
    click.option(
        "-o",
        "output",
        type=click.Path(path_type=Path, dir_okay=False),
        required=True,
        help="Result workbook (.xlsx); the page goes beside it.",
    ),
    solver_options("Solving time of the whole run, in seconds; the best plan is kept."),
    OUTLINES,
    click.option("--page/--no-page", default=True, help="Write the page with the map."),
    click.option(
        "--pictures/--no-pictures",
        default=True,
        help="Draw map and Gantt into the workbook (needs a Chromium).",
    ),
    LANG,
    AS_JSON,
)
"""Options that every solving verb takes, in the order of its help."""


def objective_option(choices: Sequence[str], words: str) -> Callable[[Command], Command]:
    """Option ``--objective`` with the choices of a verb."""
    return click.option("--objective", type=click.Choice(choices), help=words)


OBJECTIVES = ("lives", "social", "cost")

REDUCE = click.option(
    "--reduce-to",
    type=click.IntRange(1),
    help="Place on so many representative scenarios, then price the plan on all of them.",
)

OBJECTIVE_WORDS = "What comes first; the case's setting if not given."


def solve_options(verb: Command) -> Command:
    """Options that every solving verb takes."""
    return _with_all(_SOLVE_OPTIONS)(verb)


SCHEDULER = click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Dask scheduler, as tcp://10.0.0.5:8786; its workers evaluate scenarios of the placement.",
)


def run_options(given: dict[str, Any]) -> RunOptions:
    """Pick the options of the run out of all that was given."""
    names = ("gap", "time_limit_seconds", "seed", "threads", "workers", "objective")
    more = ("scheduler", "reduce_to")
    return RunOptions(**{name: given[name] for name in (*names, *more) if name in given})


def check_given(given: dict[str, Any], *reads: str | Path | None) -> None:
    """Refuse files and addresses that cannot be used before a case is read and solved."""
    check_target(given["output"], *reads)
    if given["outlines"] is not None:
        read_outlines(given["outlines"])
    if given.get("scheduler") is not None:
        from allocator.engine.cluster_client import find_scheduler

        find_scheduler(given["scheduler"])


def read_source(source: str, progress: ProgressLine) -> Case:
    """Read a case; faults end the command, warnings are said."""
    case, issues = read_case_with_issues(source)
    if case is None:
        raise DataError(issues)
    if issues:
        warned = counted(len(issues), "warning")
        progress.say(f"{source}: {warned} (see: allocator check {source})")
    return case


def finish(
    case: Case,
    result: Plan,
    given: dict[str, Any],
    document: Callable[[Plan], dict[str, Any]],
    progress: ProgressLine,
    memories: Mapping[str, Memory] | None = None,
) -> None:
    """Publish the result and say what it is; prices go beside it for a re-plan to begin with."""
    # Here, not above: the solve must not wait for what only its result needs.
    from allocator.publication import publish
    from allocator.replay import PLAN_DIGEST

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
        write_memories(prices_beside(published.workbook), digest, memories)
    if given["as_json"]:
        print_document(document(published.plan))
        return
    print_table((row.topic, row.figure, row.sentence) for row in published.plan.summary)
    click.echo("certified by replay of the workbook")
    click.echo(f"workbook  {published.workbook}")
    if published.page is not None:
        click.echo(f"page      {published.page}")


def prices_beside(workbook: Path) -> Path:
    """File of prices beside a result."""
    return workbook.with_suffix(".prices.npz")
