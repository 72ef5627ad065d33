"""How long each sign-off takes: as planned, as it really is, or within its limit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from math import fsum
from typing import Literal

from allocator.case import Case
from allocator.schema.procedure import ApprovalStep, Settings
from allocator.schema.sign_offs import ApprovalRecord, ScenarioSignOff

__all__ = ["Speed", "StepHours", "planned_hours", "scenario_sign_offs", "step_hours"]

Speed = Literal["planned", "actual", "limit"]

StepHours = Mapping[tuple[str, str], float]
"""Durations by procedure and step. [h]"""


def planned_hours(step: ApprovalStep, settings: Settings) -> float:
    """Planned duration of a step: that of a spoken consent where the settings say so. [h]."""
    is_spoken = settings.sign_offs == "verbal" and step.is_verbal_allowed
    if is_spoken and step.verbal_hours is not None:
        return step.verbal_hours
    return step.duration_hours


def step_hours(case: Case, scenario: str | None, speed: Speed) -> dict[tuple[str, str], float]:
    """Duration of every step at one speed.

    Parameters
    ----------
    case
        The case.
    scenario
        Scenario that slows sign-offs down; None for none.
    speed
        ``planned``: as a dispatch counts them; ``actual``: mean of the log, else planned and the
        usual delay of the department that answers; ``limit``: actual, but nobody over the limit of
        the step, or over the plan where there is no limit.

    Returns
    -------
    dict
        ``{(procedure, step): hours}``; disabled steps too. [h]
    """
    slowed = scenario_sign_offs(case, scenario)
    planned = {
        (row.procedure, row.step): planned_hours(row, case.settings) for row in case.approval_steps
    }
    if speed == "planned":
        return _slowed(planned, slowed)
    delay = {row.department: row.delay_mean_hours for row in case.departments}
    logged: dict[tuple[str, str], list[float]] = defaultdict(list)
    for record in case.rows(ApprovalRecord):
        logged[record.procedure, record.step].append(record.hours)
    actual, limits = {}, {}
    for row in case.approval_steps:
        key = row.procedure, row.step
        seen = logged.get(key)
        late = planned[key] + delay.get(row.department, 0.0)
        actual[key] = fsum(seen) / len(seen) if seen else late
        limits[key] = planned[key] if row.limit_hours is None else row.limit_hours
    actual = _slowed(actual, slowed)
    if speed == "actual":
        return actual
    return {key: min(hours, limits[key]) for key, hours in actual.items()}


def scenario_sign_offs(case: Case, scenario: str | None) -> dict[tuple[str, str], ScenarioSignOff]:
    """Rows of ``Scenario_Sign_Offs`` of one scenario, by procedure and step."""
    return {
        (row.procedure, row.step): row
        for row in case.rows(ScenarioSignOff)
        if row.scenario == scenario
    }


def _slowed(
    hours: Mapping[tuple[str, str], float], slowed: Mapping[tuple[str, str], ScenarioSignOff]
) -> dict[tuple[str, str], float]:
    """Durations with what the scenario does to them."""
    found = dict(hours)
    for key, row in slowed.items():
        if key in found:
            found[key] = found[key] * row.duration_factor + row.added_hours
    return found
