"""Tables beside the delay cost: steps and releases, reforms, paper and wheels, owners, duties."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from allocator.approvals.simulation import simulate
from allocator.case import Case
from allocator.coordination.loss import Losses
from allocator.coordination.options import CoordinationOptions
from allocator.coordination.paper_and_wheels import paper_and_wheels
from allocator.coordination.reform_tables import ScenarioView
from allocator.coordination.reformed import Reformed
from allocator.coordination.reforms import find_reforms
from allocator.coordination.relied_lanes import relied_lanes
from allocator.coordination.sign_off_rows import SignOffStudy
from allocator.coordination.variants import CoursesOf, compare_variants
from allocator.plan import Plan
from allocator.responsibility import duty_rows, owner_rows
from allocator.schema.coordination import (
    Duty,
    Owner,
    PaperAndWheels,
    Reform,
    ReleaseHours,
    SignOffStep,
    VariantResult,
)
from allocator.schema.row import Row

__all__ = [
    "ReformTime",
    "SignOffTables",
    "duty_tables",
    "plan_tables",
    "reform_tables",
    "sign_off_tables",
]


@dataclass
class SignOffTables:
    """What simulated courses of the sign-offs say.

    Parameters
    ----------
    rows
        Rows of the sheets.
    criticality
        Chance that a department decides a release, by scenario and department.
    """

    rows: dict[str, tuple[Row, ...]] = field(default_factory=dict)
    criticality: dict[str, Mapping[str, float]] = field(default_factory=dict)


def sign_off_tables(
    case: Case, scenarios: Sequence[str], stock: Plan | None, options: CoordinationOptions
) -> SignOffTables:
    """Steps and releases of each scenario over many simulated courses.

    Parameters
    ----------
    case, scenarios
        The case and codes of scenarios.
    stock
        Plan whose stock holds; None for today's.
    options
        How many courses, and which.
    """
    found = SignOffTables()
    seed = case.settings.seed if options.seed is None else options.seed
    steps: list[Row] = []
    releases: list[Row] = []
    for code in scenarios:
        study = SignOffStudy(case, code, stock, samples=options.samples, seed=seed)
        steps += study.step_rows()
        releases += study.release_rows()
        found.criticality[code] = study.department_criticality()
    found.rows = {SignOffStep.sheet: tuple(steps), ReleaseHours.sheet: tuple(releases)}
    return found


@dataclass(frozen=True)
class ReformTime:
    """When the search for reforms, and the comparison of variants, have had their time.

    Parameters
    ----------
    reforms_over, variants_over
        Say so.
    """

    reforms_over: Callable[[], bool]
    variants_over: Callable[[], bool]


def reform_tables(
    case: Case,
    losses: Mapping[str, Losses],
    weights: Sequence[float],
    stock: Plan | None,
    options: CoordinationOptions,
    time: ReformTime,
) -> tuple[dict[str, tuple[Row, ...]], dict[str, str]]:
    """Which steps to change first, and variants of the rules against each other.

    Parameters
    ----------
    case
        The case.
    losses, weights
        Who knows the losses of each scenario, and what it weighs.
    stock
        Plan whose stock holds; None for today's.
    options
        How many courses, and which.
    time
        When to end.

    Returns
    -------
    tuple
        Rows of the sheets, and facts of the run.
    """
    views = [
        ScenarioView(code, known, relied_lanes(case, code, stock), weight)
        for (code, known), weight in zip(losses.items(), weights, strict=True)
    ]
    answer = find_reforms(case, views, is_over=time.reforms_over)
    courses_of = _courses_of(case, len(views), options)
    results = compare_variants(case, views, courses_of, time.variants_over)
    rows = {Reform.sheet: tuple(answer.rows), VariantResult.sheet: tuple(results)}
    return rows, dict(answer.facts)


def _courses_of(case: Case, scenario_count: int, options: CoordinationOptions) -> CoursesOf:
    """Draw the courses in which variants meet: the same chance for each of them."""
    seed = case.settings.seed if options.seed is None else options.seed
    count = max(1, -(-options.pairs // scenario_count))

    def courses(reformed: Reformed, scenario: str) -> list[dict[tuple[str, str], float]]:
        drawn = simulate(reformed.case, scenario, samples=count, seed=seed)
        return [
            {
                key: 0.0 if key in reformed.no_time else hours
                for key, hours in zip(drawn.keys, drawn.hours[:, k].tolist(), strict=True)
            }
            for k in range(count)
        ]

    return courses


def plan_tables(case: Case, plan: Plan, options: CoordinationOptions) -> dict[str, tuple[Row, ...]]:
    """Hours on paper and on wheels, and who answers for shortages and late arrivals.

    Parameters
    ----------
    case
        The case.
    plan
        With dispatches.
    options
        Language of the sentences.
    """
    return {
        PaperAndWheels.sheet: tuple(paper_and_wheels(case, plan)),
        Owner.sheet: tuple(owner_rows(case, plan, lang=options.lang)),
    }


def duty_tables(case: Case, options: CoordinationOptions) -> dict[str, tuple[Row, ...]]:
    """What each department has to do, by when, and to whom it hands over.

    Parameters
    ----------
    case
        The case.
    options
        Language of what is not a name.
    """
    return {Duty.sheet: tuple(duty_rows(case, options.lang))}
