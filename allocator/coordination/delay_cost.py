"""Key figures of coordination as rows of sheets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from math import fsum

from allocator.approvals import planned_hours
from allocator.case import Case
from allocator.coordination.figures import DepartmentFigures, ScenarioFigures
from allocator.coordination.ranges import Range
from allocator.coordination.release_tables import SPEEDS
from allocator.schema.coordination import DelayCost, SpeedLoss
from allocator.schema.sign_offs import ApprovalRecord

__all__ = ["NOT_ATTRIBUTABLE", "TOTAL", "delay_cost_rows", "on_time_shares", "speed_rows"]

TOTAL = "TOTAL"
"""Stands for all departments together."""

NOT_ATTRIBUTABLE = "NOT_ATTRIBUTABLE"
"""Stands for what nobody is charged for."""


def on_time_shares(case: Case) -> dict[str, float]:
    """Share of the logged signatures that kept the limit, by department that answers.

    The limit of a step without one is its planned duration. Departments without a logged signature
    are left out; ``TOTAL`` is all together.
    """
    steps = {(step.procedure, step.step): step for step in case.approval_steps}
    kept: defaultdict[str, list[bool]] = defaultdict(list)
    for record in case.rows(ApprovalRecord):
        step = steps.get((record.procedure, record.step))
        if step is None:
            continue
        limit = step.limit_hours
        limit = planned_hours(step, case.settings) if limit is None else limit
        for code in (step.department, TOTAL):
            kept[code].append(record.hours <= limit)
    return {code: sum(each) / len(each) for code, each in kept.items()}


def speed_rows(found: ScenarioFigures) -> list[SpeedLoss]:
    """Losses at the four speeds.

    Parameters
    ----------
    found
        Of one scenario, or expected.
    """
    return [
        SpeedLoss(
            scenario=found.scenario,
            speed=speed,
            loss_cny=row.loss.value,
            loss_low_cny=row.loss.low,
            loss_high_cny=row.loss.high,
            waiting_person_hours=row.person_hours,
            served_share=row.served_share,
            release_first_hours=row.first_hours,
            release_last_hours=row.last_hours,
        )
        for speed, row in ((speed, found.speeds[speed]) for speed in SPEEDS)
    ]


def delay_cost_rows(
    case: Case, found: ScenarioFigures, criticality: Mapping[str, float]
) -> list[DelayCost]:
    """Departments, those that cost most first; then what nobody is charged for, and the total.

    Parameters
    ----------
    case
        For names and the log.
    found
        Of one scenario, or expected.
    criticality
        Chance that a department decides a release, by department; those that are not named have 0.
    """
    names = {row.department: row.name for row in case.departments}
    shares = on_time_shares(case)
    ranked = sorted(found.departments.items(), key=lambda pair: -pair[1].share.value)
    rows = [
        DelayCost(
            scenario=found.scenario,
            department=code,
            name=names.get(code, ""),
            **_share_cells(row.share, row.person_hours),
            sampling_error_cny=row.sampling_error,
            **_hour_cells(row),
            overrun_hours=row.overrun_hours,
            criticality=min(max(criticality.get(code, 0.0), 0.0), 1.0),
            on_time_share=shares.get(code),
        )
        for code, row in ranked
    ]
    return [*rows, *_sums(found, shares.get(TOTAL))]


def _sums(found: ScenarioFigures, on_time_share: float | None) -> list[DelayCost]:
    """What nobody is charged for, and the total."""
    everybody: Iterable[DepartmentFigures] = found.departments.values()
    return [
        DelayCost(
            scenario=found.scenario,
            department=NOT_ATTRIBUTABLE,
            **_share_cells(found.unsplit, found.unsplit_person_hours),
        ),
        DelayCost(
            scenario=found.scenario,
            department=TOTAL,
            **_share_cells(found.total, found.total_person_hours),
            overrun_hours=fsum(row.overrun_hours for row in everybody),
            on_time_share=on_time_share,
        ),
    ]


def _share_cells(share: Range, person_hours: float) -> dict[str, float]:
    """Cells of a share."""
    return {
        "share_cny": share.value,
        "share_low_cny": share.low,
        "share_high_cny": share.high,
        "share_person_hours": person_hours,
    }


def _hour_cells(row: DepartmentFigures) -> dict[str, float]:
    """Cells of an hour more and an hour less; none of what was not solved."""
    cells: dict[str, float] = {}
    for name, found in (("plus", row.plus), ("minus", row.minus)):
        if found is not None:
            cells[f"{name}_one_hour_cny"] = found.value
            cells[f"{name}_one_low_cny"] = found.low
            cells[f"{name}_one_high_cny"] = found.high
    return cells
