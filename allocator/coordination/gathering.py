"""From a case to every table of coordination."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from allocator.case import Case
from allocator.coordination.delay_cost import delay_cost_rows, speed_rows
from allocator.coordination.figures import ANY, ScenarioFigures
from allocator.coordination.losses import DispatchLosses
from allocator.coordination.options import CoordinationOptions
from allocator.coordination.other_tables import (
    ReformTime,
    SignOffTables,
    duty_tables,
    plan_tables,
    reform_tables,
    sign_off_tables,
)
from allocator.coordination.scenario_work import LossesOf, ScenarioWork
from allocator.engine.given_placement import check_given_placement
from allocator.engine.run_options import RunOptions, versions
from allocator.engine.supervision import OnProgress, noted
from allocator.errors import ConflictError
from allocator.plan import Plan
from allocator.report.coordination_sentences import with_coordination_sentences
from allocator.risks import account_rows
from allocator.schema import COORDINATION_SHEETS
from allocator.schema.coordination import DelayCost, SpeedLoss
from allocator.schema.results import RunInfo
from allocator.schema.risks import LossAccount
from allocator.schema.row import Row
from allocator.schema.sign_offs import Variant
from allocator.tables import TableSet

__all__ = ["DEFAULT_LIMIT_SECONDS", "coordinate"]

DEFAULT_LIMIT_SECONDS = 200.0
"""Time for each scenario where no limit is given. [s]"""

LONGEST_SECONDS = 1800.0
"""Time for all scenarios together where no limit is given, however many they are. [s]"""

_SHARES = {"delay_cost": 0.6, "reforms": 0.75, "variants": 0.9, "trips": 1.0}
"""When each part of the work ends, as a share of the time; no reforms, no trips: more for the
others."""


def coordinate(
    case: Case,
    scenarios: Sequence[str] | None = None,
    placement: Plan | None = None,
    options: RunOptions | None = None,
    on_progress: OnProgress | None = None,
    losses_of: LossesOf | None = None,
) -> TableSet:
    """Say what every late signature costs, who is charged for it, and what to change.

    Parameters
    ----------
    case
        The case; whatever its objective, losses are those of ``social``.
    scenarios
        Codes; None for all of the chosen sample.
    placement
        Result whose stock holds if it has a placement, else today's stock does. If it has
        dispatches of the scenarios, they are those whose shortages get an owner; else trips are
        planned anew.
    options
        Time limit of all (None: so much for each scenario), seed, draws, language.
    on_progress
        Hears how many losses are known.
    losses_of
        Who knows losses, if others than those of dispatches planned anew.

    Returns
    -------
    TableSet
        The sheets of ``COORDINATION_SHEETS``. Who stops it, or where time is up, has what is known
        by then, with its intervals.

    Raises
    ------
    ConflictError
        If the case has no sign-offs to assess, or the plan is of another case.
    NotFoundError
        If a scenario does not exist.
    """
    chosen = CoordinationOptions.of(options)
    _check(case, placement)
    codes = list(dict.fromkeys(scenarios or [row.scenario for row in case.scenarios]))
    for code in codes:
        case.scenario(code)
    has_trips = placement is not None and set(codes) <= set(placement.dispatched_scenarios)
    is_planning = chosen.plans_trips and not has_trips
    limit = chosen.time_limit_seconds or min(DEFAULT_LIMIT_SECONDS * len(codes), LONGEST_SECONDS)
    ends = _ends(case, limit, is_planning=is_planning)
    stock = placement if placement is not None and placement.has_placement else None
    work = ScenarioWork(
        case, stock, chosen, losses_of or DispatchLosses, ends["variants"], on_progress
    )
    tables = _gathered(work, codes, ends, placement, is_planning=is_planning)
    return with_coordination_sentences(tables, case, chosen.lang)


def _gathered(
    work: ScenarioWork,
    codes: Sequence[str],
    ends: Mapping[str, float],
    placement: Plan | None,
    *,
    is_planning: bool,
) -> TableSet:
    """All tables in the order of their sheets, each part of the work within its time."""
    case, chosen = work.case, work.options
    found = work.assessed(codes, ends["delay_cost"])
    assessed = list(work.losses)
    signed = sign_off_tables(case, assessed, work.stock, chosen)
    reforms, facts = _reforms(work, ends)
    work.close()
    plan = work.dispatched(assessed, ends["trips"]) if is_planning else placement
    tables: dict[str, tuple[Row, ...]] = {
        **_delay_tables(case, found, signed, work),
        **signed.rows,
        **reforms,
        **({} if plan is None else plan_tables(case, plan, chosen)),
        **duty_tables(case, chosen),
        LossAccount.sheet: account_rows(case, assessed),
        RunInfo.sheet: _facts(found, work, facts),
    }
    return TableSet({sheet: tables[sheet] for sheet in COORDINATION_SHEETS if sheet in tables})


def _ends(case: Case, limit: float, *, is_planning: bool) -> dict[str, float]:
    """When each part of the work ends. [s]."""
    ends = dict(_SHARES)
    if not case.rows(Variant):
        ends["variants"] = ends["reforms"]
    if not any(step.reforms for step in case.approval_steps):
        ends["reforms"] = ends["delay_cost"]
        ends["variants"] -= _SHARES["reforms"] - _SHARES["delay_cost"]
    whole = ends["variants"] if not is_planning else ends["variants"] + 1.0 - _SHARES["variants"]
    return {part: limit * min(end / whole, 1.0) for part, end in ends.items()}


def _reforms(
    work: ScenarioWork, ends: Mapping[str, float]
) -> tuple[dict[str, tuple[Row, ...]], dict[str, str]]:
    """Rows of reforms and variants, and facts about them; none where it was stopped."""
    if work.is_stopped:
        return {}, {}
    time = ReformTime(
        lambda: work.seconds >= ends["reforms"], lambda: work.seconds >= ends["variants"]
    )
    weights = work.weights(list(work.losses))
    return reform_tables(work.case, work.losses, weights, work.stock, work.options, time)


def _check(case: Case, placement: Plan | None) -> None:
    """Refuse a case without sign-offs, and a plan of another case."""
    for sheet, rows, what in (
        ("Departments", case.departments, "there is nobody to sign"),
        ("Approval_Steps", case.approval_steps, "there is nothing to sign"),
        ("Approval_Rules", case.approval_rules, "no lane waits for a signature"),
    ):
        if not rows:
            raise ConflictError(
                f"sheet {sheet} has no rows: {what}, so there is no coordination to assess. "
                "Maybe fill it in; the data set guangxi shows how."
            )
    if placement is not None:
        placement.check_case(case.digest)
        if placement.has_placement:
            check_given_placement(case, placement)


def _delay_tables(
    case: Case, found: Sequence[ScenarioFigures], signed: SignOffTables, work: ScenarioWork
) -> dict[str, tuple[Row, ...]]:
    """Rows of the delay costs and of the losses by speed."""
    criticality = dict(signed.criticality)
    codes = list(criticality)
    if len(codes) > 1:
        weights = work.weights(codes)
        criticality[ANY] = {
            department: sum(
                weight * signed.criticality[code].get(department, 0.0)
                for code, weight in zip(codes, weights, strict=True)
            )
            for department in dict.fromkeys(one for code in codes for one in criticality[code])
        }
    costs = [
        row
        for one in found
        for row in delay_cost_rows(case, one, criticality.get(one.scenario, {}))
    ]
    speeds = [row for one in found for row in speed_rows(one)]
    return {DelayCost.sheet: tuple(costs), SpeedLoss.sheet: tuple(speeds)}


def _facts(
    found: Sequence[ScenarioFigures], work: ScenarioWork, more: Mapping[str, str]
) -> tuple[RunInfo, ...]:
    """How the result came about."""
    case, options = work.case, work.options
    each = [one for one in found if one.scenario != ANY]
    facts: Mapping[str, str] = {
        "kind": "coordination",
        "case": case.settings.plan_name,
        "case_digest": case.digest,
        "objective": "social",
        "scenarios": "; ".join(one.scenario for one in each)[:2000],
        "coalitions": str(sum(one.coalition_count for one in each)),
        "wanted": str(sum(one.questions_count for one in each)),
        "solved": str(sum(one.solved_count for one in each)),
        "asked": str(sum(losses.asked for losses in work.losses.values())),
        "solves": str(sum(losses.solves for losses in work.losses.values())),
        "orders": str(options.orders),
        "samples": str(options.samples),
        "seed": str(work.seed),
        "threads": str(options.threads),
        "seconds": f"{work.seconds:.1f}",
        **more,
        **noted(work.notes),
        **{f"version {name}": text for name, text in versions().items()},
    }
    return tuple(RunInfo(name=name, text=text) for name, text in facts.items())
