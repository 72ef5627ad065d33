"""A drill as a scenario of its case, for the same models as any other."""

from __future__ import annotations

import math

from allocator.approvals import step_hours
from allocator.case import Case
from allocator.lab.cascade import DrillCourse, base_scenario, run_cascade
from allocator.lab.effects import drilled_damage, drilled_demand
from allocator.lab.hour_effects import drilled_hours
from allocator.schema.disaster import Scenario, ScenarioDamage, ScenarioDemand
from allocator.schema.dispatch_rules import HourRule
from allocator.schema.lab import Drill
from allocator.schema.procedure import Settings
from allocator.schema.sign_offs import ScenarioSignOff

__all__ = ["in_sample", "with_drill"]

_NEGLIGIBLE = 1e-9


def in_sample(case: Case, sample: str) -> Case:
    """Return the case with another sample chosen.

    Parameters
    ----------
    case
        The case.
    sample
        Sample of its scenarios.
    """
    if case.settings.sample == sample:
        return case
    return case.replace(Settings, (case.settings.model_copy(update={"sample": sample}),))


def with_drill(case: Case, drill: Drill, course: DrillCourse | None = None) -> Case:
    """Return the case with a drill saved as one more scenario.

    The scenario has the drill's code and is the only one of a sample of that name, with probability
    1, so that the probabilities of the other scenarios stay. What an earlier saving left is
    replaced.

    Parameters
    ----------
    case
        The case.
    drill
        One of its drills.
    course
        The drill as it runs, if that is known.
    """
    course = run_cascade(case, drill) if course is None else course
    base = base_scenario(case, drill)
    # What is said of the roads looks at lanes of the base scenario, which need its sample.
    work = in_sample(case, base.sample)
    hours = math.ceil(work.deadline_hours(base))
    code = drill.drill
    scenario = base.model_copy(
        update={
            "scenario": code,
            "name": f"{base.name}: {drill.name}",
            "probability": 1.0,
            "sample": code,
            "source": drill.source or base.source,
            "status": "derived",
        }
    )
    made = case.replace(
        Scenario, [*(row for row in case.rows(Scenario) if row.scenario != code), scenario]
    )
    demand = (row for row in case.rows(ScenarioDemand) if row.scenario != code)
    made = made.replace(ScenarioDemand, [*demand, *drilled_demand(work, base, course, hours)])
    damage = (row for row in case.scenario_damage if row.scenario != code)
    made = made.replace(ScenarioDamage, [*damage, *drilled_damage(work, base, course, hours)])
    rules = (row for row in case.hour_rules if row.scenario != code)
    made = made.replace(HourRule, [*rules, *drilled_hours(work, base, course, hours)])
    sign_offs = (row for row in case.rows(ScenarioSignOff) if row.scenario != code)
    return made.replace(ScenarioSignOff, [*sign_offs, *_drilled_sign_offs(work, course)])


def _drilled_sign_offs(case: Case, course: DrillCourse) -> list[ScenarioSignOff]:
    """Durations of steps under a drill: factor from the hours in which each is at work."""
    drill = course.drill
    planned = step_hours(case, drill.scenario, "planned")
    given = {
        (row.procedure, row.step): row
        for row in case.rows(ScenarioSignOff)
        if row.scenario == drill.scenario
    }
    found = []
    for step in case.approval_steps:
        key = step.procedure, step.step
        before = given.get(key)
        factor = course.steps[key].taken_hours / planned[key] if planned[key] > 0 else 1.0
        if before is None and (factor <= 1.0 + _NEGLIGIBLE or not step.is_enabled):
            continue
        found.append(
            ScenarioSignOff(
                scenario=drill.drill,
                procedure=step.procedure,
                step=step.step,
                duration_factor=factor * (1.0 if before is None else before.duration_factor),
                added_hours=factor * (0.0 if before is None else before.added_hours),
                source=drill.source,
                status="derived",
            )
        )
    return found
