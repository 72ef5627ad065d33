"""What sectors lose in a drill, and the rows that tell of a drill's course."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case
from allocator.lab.bottlenecks import HeldUp
from allocator.lab.cascade import DrillCourse
from allocator.schema.lab_results import DrillStep, SectorCurve, SectorLoss

__all__ = [
    "curve_rows",
    "failure_hours",
    "loss_cny",
    "sector_rows",
    "step_rows",
]

Floats = NDArray[np.float64]

RECOVERED_SHARE = 0.1
"""Loss at which a sector counts as recovered."""


def failure_hours(course: DrillCourse) -> Floats:
    """Hours of full failure that come to the same, over the drill's hours, shape (sector,). [h]"""
    hours = course.told_hours
    # The last hour counts in part where the drill does not last whole hours.
    weight = np.ones(hours)
    weight[-1] -= hours - course.drill.horizon_hours
    return np.asarray(weight @ course.inoperability[:hours])


def loss_cny(case: Case, course: DrillCourse) -> float:
    """Output lost by all sectors over the drill's hours. [CNY]"""
    price = np.array([row.loss_cny_per_hour for row in case.sectors])
    return float(failure_hours(course) @ price)


def sector_rows(case: Case, course: DrillCourse) -> list[SectorLoss]:
    """Peak, recovery and loss of every sector."""
    found = []
    lasted = failure_hours(course)
    for k, row in enumerate(case.sectors):
        failing = course.inoperability[: course.told_hours, k]
        peak = int(failing.argmax())
        later = np.flatnonzero(failing[peak:] <= RECOVERED_SHARE)
        found.append(
            SectorLoss(
                drill=course.drill.drill,
                sector=row.sector,
                name=row.name,
                peak_share=float(failing[peak]),
                peak_hours=float(peak),
                recovered_hours=float(peak + later[0]) if len(later) else None,
                failure_hours=float(lasted[k]),
                loss_cny=float(lasted[k] * row.loss_cny_per_hour),
            )
        )
    return found


def curve_rows(course: DrillCourse) -> list[SectorCurve]:
    """Failure of every sector in every hour that is told."""
    return [
        SectorCurve(
            drill=course.drill.drill,
            hour=hour,
            sector=sector,
            inoperability_share=float(course.inoperability[hour, k]),
            shock_share=float(course.shock[hour, k]),
        )
        for hour in range(course.told_hours)
        for k, sector in enumerate(course.sectors)
    ]


def step_rows(case: Case, course: DrillCourse, held_up: Mapping[str, HeldUp]) -> list[DrillStep]:
    """Course of every enabled step: the rehearsed procedure first.

    Parameters
    ----------
    case, course
        The drill.
    held_up
        Ends of the rehearsed procedure by step that is changed.
    """
    drill = course.drill
    ending = {
        (row.until_procedure, row.until_step) for row in case.shocks if row.drill == drill.drill
    }
    steps = sorted(case.approval_steps, key=lambda row: row.procedure != drill.procedure)
    found = []
    for row in steps:
        key = row.procedure, row.step
        if not row.is_enabled:
            continue
        before, after = course.steps_without[key], course.steps[key]
        held = held_up.get(row.step) if row.procedure == drill.procedure else None
        found.append(
            DrillStep(
                drill=drill.drill,
                procedure=row.procedure,
                step=row.step,
                name=row.name,
                department=row.department,
                duration_hours=before.taken_hours,
                slowed_hours=after.taken_hours,
                begin_without_hours=before.begin_hours,
                end_without_hours=before.end_hours,
                begin_with_hours=after.begin_hours,
                end_with_hours=after.end_hours,
                later_hours=after.end_hours - before.end_hours,
                end_at_longest_hours=None if held is None else held.longest_hours,
                end_if_informed_hours=None if held is None else held.informed_hours,
                ends_shock=key in ending,
            )
        )
    return found
