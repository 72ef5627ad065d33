"""A drill from beginning to end: curves, sign-offs, losses, dispatches, what to harden first."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

from allocator.case import Case
from allocator.engine.run_options import RunOptions, with_run_info
from allocator.engine.supervision import OnProgress
from allocator.lab.bottlenecks import held_up_hours
from allocator.lab.cascade import DrillCourse, base_scenario, run_cascade, signed_hours
from allocator.lab.dispatch_value import (
    DispatchValue,
    Valuer,
    added_value,
    dispatch_valuer,
)
from allocator.lab.drills import in_sample, with_drill
from allocator.lab.hardening import candidates, hardening_rows, priced
from allocator.lab.sector_losses import (
    curve_rows,
    loss_cny,
    sector_rows,
    step_rows,
)
from allocator.plan import Plan
from allocator.schema.disaster import ScenarioDemand
from allocator.schema.lab import Drill, SectorLink
from allocator.schema.lab_results import (
    DrillResult,
    DrillStep,
    Hardening,
    SectorCurve,
    SectorLoss,
)
from allocator.schema.results import RunInfo
from allocator.tables import TableSet

__all__ = ["DrillOptions", "DrillRun", "run_drill"]


@dataclass(frozen=True)
class DrillOptions:
    """How far a drill goes.

    Parameters
    ----------
    run
        Gap, time limit of all dispatches together, seed, threads.
    reduction
        Part by which each link is reduced to see what hardening it would save.
    hardened_dispatches
        How many of the best links are dispatched again, by lost output and by what reaches the
        dispatch each; 0 for none.
    with_dispatch
        Whether anything is dispatched.
    """

    run: RunOptions = field(default_factory=RunOptions)
    reduction: float = 0.5
    hardened_dispatches: int = 2
    with_dispatch: bool = True


@dataclass(frozen=True)
class DrillRun:
    """What a drill comes to.

    Parameters
    ----------
    course
        Its hours.
    case
        The case with the drill as a scenario.
    tables
        Rows of ``DRILL_SHEETS``, without sentences.
    """

    course: DrillCourse
    case: Case
    tables: TableSet


def run_drill(
    case: Case,
    drill: Drill,
    options: DrillOptions,
    on_progress: OnProgress | None = None,
    value: Valuer | None = None,
) -> DrillRun:
    """Carry out a drill.

    Parameters
    ----------
    case
        The case.
    drill
        One of its drills.
    options
        How far it goes.
    on_progress
        Hears how far a dispatch is.
    value
        Values a scenario; None for dispatches of the engine.

    Raises
    ------
    NoPlanError
        If the limit came before any plan of a dispatch.
    """
    began = time.monotonic()
    course = run_cascade(case, drill)
    made = with_drill(case, drill, course)
    found = candidates(case, drill, course, options.reduction)
    result = _result(case, made, course)
    if options.with_dispatch:
        most = options.hardened_dispatches
        if value is None:
            value = dispatch_valuer(options.run, 3 + 2 * most, on_progress)
        failing = value(in_sample(made, drill.drill), drill.drill)
        result = _with_values(case, course, result, failing, value)
        found = priced(found, drill, failing, value, most)
    asked = replace(options.run, objective="social")
    info = with_run_info(case, Plan({}), asked, "drill", began).rows(RunInfo)
    tables = TableSet(
        {
            DrillResult.sheet: (result,),
            SectorLoss.sheet: tuple(sector_rows(case, course)),
            DrillStep.sheet: tuple(step_rows(case, course, held_up_hours(case, drill))),
            Hardening.sheet: tuple(hardening_rows(drill, found)),
            SectorCurve.sheet: tuple(curve_rows(course)),
            RunInfo.sheet: tuple(info),
        }
    )
    return DrillRun(course, made, tables)


def _with_values(
    case: Case, course: DrillCourse, result: DrillResult, failing: DispatchValue, value: Valuer
) -> DrillResult:
    """Add what the dispatch costs without the failure, with it, and with late signatures alone."""
    drill = course.drill
    base = base_scenario(case, drill)
    without = value(in_sample(case, base.sample), base.scenario)
    # The same course, of which nothing but the signatures reaches the dispatch.
    late = with_drill(case.replace(SectorLink, ()), drill, course)
    signatures = added_value(without, value(in_sample(late, drill.drill), drill.drill))
    added = added_value(without, failing)
    return result.model_copy(
        update={
            "without_low_cny": without.low_cny,
            "without_cny": failing.high_cny - added.cny,
            "with_low_cny": max(without.low_cny, failing.low_cny),
            "with_cny": failing.high_cny,
            "added_cny": added.cny,
            "added_low_cny": added.low_cny,
            "added_high_cny": added.high_cny,
            "signatures_cny": signatures.cny,
            "signatures_low_cny": signatures.low_cny,
            "signatures_high_cny": signatures.high_cny,
            "served_without_share": without.served_share,
            "served_with_share": failing.served_share,
        }
    )


def _result(case: Case, made: Case, course: DrillCourse) -> DrillResult:
    """What is known of a drill without any dispatch."""
    drill = course.drill
    units = {drill.scenario: 0.0, drill.drill: 0.0}
    for row in made.rows(ScenarioDemand):
        if row.scenario in units:
            units[row.scenario] += row.demand_units
    plain = units[drill.scenario]
    more = max(0.0, units[drill.drill] - plain)
    return DrillResult(
        drill=drill.drill,
        name=drill.name,
        scenario=drill.scenario,
        added_need_share=more / plain if plain > 0 else 0.0,
        sector_loss_cny=loss_cny(case, course),
        signed_without_hours=signed_hours(drill, course.steps_without),
        signed_with_hours=signed_hours(drill, course.steps),
    )
