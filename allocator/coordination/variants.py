"""The sandbox: variants of the rules against each other, pair by pair.

Every variant meets the same scenarios and the same simulated courses: what a step takes by chance
depends on the seed, its procedure and its code alone. So a difference is the rules' doing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import fsum, sqrt

import numpy as np
from scipy import stats

from allocator.approvals import Release
from allocator.case import Case
from allocator.coordination.guard_rails import GuardRails
from allocator.coordination.loss import Loss
from allocator.coordination.reform_tables import ScenarioView, losses_under
from allocator.coordination.reformed import Reformed, StepReform
from allocator.schema.coordination import VariantResult
from allocator.schema.sign_offs import Variant

__all__ = ["TODAY", "CoursesOf", "compare_variants", "mean_course", "variants_of"]

TODAY = "today"
"""Name of the rules as they are."""

_CONFIDENCE = 0.95

StepHours = Mapping[tuple[str, str], float]

CoursesOf = Callable[[Reformed, str], Sequence[StepHours]]
"""Durations of steps in each simulated course, of some procedures under a scenario. [h]"""


def mean_course(reformed: Reformed, scenario: str) -> Sequence[StepHours]:
    """One course, in which every step takes what it takes in the mean. [h]."""
    return (reformed.step_hours(scenario, "actual"),)


def variants_of(case: Case) -> dict[str, tuple[StepReform, ...]]:
    """Changes of each variant, in the order of the sheet."""
    found: dict[str, list[StepReform]] = {}
    for row in case.rows(Variant):
        found.setdefault(row.variant, []).append(StepReform(row.procedure, row.step, row.reform))
    return {name: tuple(reforms) for name, reforms in found.items()}


def compare_variants(
    case: Case,
    views: Sequence[ScenarioView],
    courses_of: CoursesOf = mean_course,
    is_over: Callable[[], bool] = lambda: False,
) -> tuple[VariantResult, ...]:
    """Compare the variants of a case with the rules as they are, and with each other.

    Parameters
    ----------
    case
        The case; without rows in ``Variants`` there is nothing to compare.
    views
        Scenarios; all count alike.
    courses_of
        Simulated courses, as many for every variant.
    is_over
        Whether time is up; the pairs that are whole by then count.

    Returns
    -------
    tuple
        Rows of ``Variant_Results``, without sentences.

    Raises
    ------
    NotFoundError
        If a variant changes a step that does not exist, or that lacks the hours it needs.
    """
    variants = variants_of(case)
    if not variants or not views:
        return ()
    made = {TODAY: Reformed(case, ())}
    made |= {name: Reformed(case, reforms) for name, reforms in variants.items()}
    runs = _runs(made, views, courses_of, is_over)
    rails = GuardRails(case, [view.scenario for view in views])
    broken = {name: bool(rails.broken(reforms)) for name, reforms in variants.items()}
    pairs = [(name, TODAY) for name in variants] + [(b, a) for a, b in combinations(variants, 2)]
    return tuple(_row(name, base, runs, is_allowed=not broken[name]) for name, base in pairs)


@dataclass
class _Run:
    """One course of one scenario under every variant."""

    scenario: str
    releases: Mapping[str, Release]
    losses: Mapping[str, Loss] = field(default_factory=dict)

    def hours(self, name: str) -> tuple[float, ...]:
        """Hours of all rules under a variant. [h]."""
        return tuple(self.releases[name].rule_hours.tolist())


def _runs(
    made: Mapping[str, Reformed],
    views: Sequence[ScenarioView],
    courses_of: CoursesOf,
    is_over: Callable[[], bool],
) -> list[_Run]:
    """Losses of all variants, course by course; scenarios take turns, so that each gets some."""
    courses = [
        {name: courses_of(reformed, view.scenario) for name, reformed in made.items()}
        for view in views
    ]
    runs: list[list[_Run]] = [[] for _ in views]
    for number in range(max(len(each[TODAY]) for each in courses)):
        for view, each, own in zip(views, courses, runs, strict=True):
            if number >= len(each[TODAY]) or (any(runs) and is_over()):
                continue
            releases = {
                name: reformed.release(view.scenario, each[name][number])
                for name, reformed in made.items()
            }
            own.append(_Run(view.scenario, releases))
            losses_under(view.losses, list(releases.values()))
    for view, own in zip(views, runs, strict=True):
        # Asked again: what was solved since may have narrowed what is known.
        found = losses_under(
            view.losses, [release for run in own for release in run.releases.values()]
        )
        for n, run in enumerate(own):
            first = n * len(made)
            run.losses = dict(zip(made, found[first : first + len(made)], strict=True))
    return [run for own in runs for run in own]


def _change(run: _Run, name: str, base: str) -> tuple[int, float, float]:
    """Which is better (-1: the variant), and by how much: share and CNY; 0 within the gaps."""
    after, before = run.losses[name], run.losses[base]
    is_apart = after.high_cny < before.low_cny or after.low_cny > before.high_cny
    if not is_apart or run.hours(name) == run.hours(base):
        return 0, 0.0, 0.0
    values = after.high_cny, before.high_cny
    if after.relaxed_cny is not None and before.relaxed_cny is not None:
        # Far more exact than the plans, and within the same intervals.
        values = after.relaxed_cny, before.relaxed_cny
    difference = values[0] - values[1]
    whole = values[1] if values[1] > 0.0 else values[0]
    return (-1 if difference < 0 else 1), difference / whole, difference


def _row(name: str, base: str, runs: Sequence[_Run], *, is_allowed: bool) -> VariantResult:
    """One variant against another."""
    changes = [_change(run, name, base) for run in runs]
    shares = _units(runs, [share for _, share, _ in changes])
    low, high = _interval(shares)
    return VariantResult(
        variant=name,
        base=base,
        runs_count=len(runs),
        scenarios_count=len({run.scenario for run in runs}),
        better_count=sum(sign < 0 for sign, _, _ in changes),
        equal_count=sum(sign == 0 for sign, _, _ in changes),
        change_share=fsum(shares) / len(shares),
        change_low_share=low,
        change_high_share=high,
        change_cny=fsum(_units(runs, [amount for _, _, amount in changes])) / len(shares),
        is_allowed=is_allowed,
    )


def _units(runs: Sequence[_Run], values: Sequence[float]) -> list[float]:
    """Values that are drawn apart from each other.

    Courses of one scenario have the scenario in common, so that with several scenarios the mean of
    each is one value.
    """
    by_scenario: dict[str, list[float]] = {}
    for run, value in zip(runs, values, strict=True):
        by_scenario.setdefault(run.scenario, []).append(value)
    if len(by_scenario) == 1:
        return list(values)
    return [fsum(own) / len(own) for own in by_scenario.values()]


def _interval(values: Sequence[float]) -> tuple[float, float]:
    """95 % interval of a mean by Student's t; of one value there is none, and it is told itself."""
    mean, count = fsum(values) / len(values), len(values)
    if count == 1:
        return mean, mean
    width = float(stats.t.ppf(0.5 + _CONFIDENCE / 2.0, count - 1))
    half = width * float(np.std(values, ddof=1)) / sqrt(count)
    return mean - half, mean + half
