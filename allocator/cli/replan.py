"""The verb that plans trips anew after changes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from allocator.case import Case
from allocator.change_file import Told, read_changes
from allocator.cli.meanwhile import imports_meanwhile
from allocator.cli.numbers import Decimal
from allocator.cli.solving import (
    OBJECTIVE_WORDS,
    OBJECTIVES,
    check_given,
    finish,
    objective_option,
    prices_beside,
    read_source,
    run_options,
    solve_options,
)
from allocator.cli.terminal import ProgressLine, print_issues
from allocator.collection import no_collection
from allocator.engine.dispatch_memory import Memories, read_memories
from allocator.engine.replan_run import ReplanRun
from allocator.engine.run_tasks import REPLANNING
from allocator.errors import ReplayError
from allocator.intake import read_plan
from allocator.plan import Plan
from allocator.publication import publish
from allocator.ready_child import ReadyChild
from allocator.replay import PLAN_DIGEST, verify
from allocator.revisions import shown_case

__all__ = ["replan"]

_REPLAN_HELP = """Plan the trips of one scenario anew, from an hour on, after things have changed.

What has left stays; other trips are kept unless moving them saves more waiting than --move-price.
The changes are a small sheet (allocator template --changes -o changes.xlsx) or JSON. A plan with
the trips that can still go is written at once, the better one in its place when it is there, also
when Ctrl-C or SIGTERM stops the search. The result carries all changes and says what became of
every trip and why; it can be planned anew again.

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
    help="Weighted unit-hours that a new departure, or another load, must save.",
)
@objective_option(OBJECTIVES, OBJECTIVE_WORDS)
@solve_options
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
    check_given(given, case_source, plan_path, changes_path)
    told = Told(scenario, at_hours, move_price_hours)
    memories = Memories()
    # The child imports what it needs while the first plan is made here.
    with ReadyChild(REPLANNING) as ready:
        with no_collection():
            case = read_source(case_source, progress)
            former = _certified(case, plan_path)
            changes, warnings = read_changes(case, former, changes_path, told)
            print_issues(warnings, err=True)
            run = ReplanRun(case, former, changes, run_options(given))
            first, to = run.first(), given["output"]
            publish(case, first, to, lang=given["lang"], with_page=False, with_pictures=False)
        code, seconds = changes.scenario, time.monotonic() - begun
        progress.say(f"{code}: first plan certified after {seconds:.1f} s")
        progress.say(f"{code}: it is in {to}, until a better one is there")
        known = read_memories(prices_beside(plan_path), former.run_info.get(PLAN_DIGEST, ""))
        with imports_meanwhile():
            result = run.solve(
                progress, first=first, memory=known.get(code), on_memory=memories, ready=ready
            )

    def document(made: Plan) -> dict[str, Any]:
        from allocator.documents import replan_document  # the first plan does not wait for it

        return replan_document(shown_case(case, made), made, changes.scenario)

    finish(case, result, given, document, progress, memories)


def _certified(case: Case, plan_path: Path) -> Plan:
    """Read the plan to begin with, and replay it."""
    plan = read_plan(plan_path)
    plan.check_case(case.digest)
    verdict = verify(case, plan)
    if not verdict.certified:
        raise ReplayError(verdict.violations)
    return plan
