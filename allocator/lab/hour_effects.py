"""What a drill does to docks and receiving, as rows of Hours that hold in its scenario only."""

from __future__ import annotations

from collections.abc import Iterator

from allocator.case import Case
from allocator.lab.cascade import DrillCourse
from allocator.lab.multipliers import multiplier, shrunken_runs
from allocator.lab.subjects import acts_on_place, acts_on_warehouse
from allocator.schema.disaster import Scenario, ScenarioDemand
from allocator.schema.dispatch_rules import HourRule

__all__ = ["drilled_hours"]


def drilled_hours(case: Case, base: Scenario, course: DrillCourse, hours: int) -> list[HourRule]:
    """Rows of Hours for the scenario of a drill.

    Warehouses and districts without a figure have no limit that could shrink, and neither have
    candidates, whose size is not decided.

    Parameters
    ----------
    case, base
        The case and the scenario the drill starts from.
    course
        The drill.
    hours
        Hours to the deadline.
    """
    kept = [
        row.model_copy(update={"scenario": course.drill.drill})
        for row in case.hour_rules
        if row.scenario == base.scenario
    ]
    return [*kept, *_docks(case, course, hours), *_receiving(case, base, course, hours)]


def _row(course: DrillCourse, run: tuple[int, int, float], **place: str) -> HourRule:
    """One row: an amount in some hours."""
    begin, end, amount = run
    return HourRule.model_validate(
        {
            **place,
            "scenario": course.drill.drill,
            "from_hours": float(begin),
            "to_hours": float(end),
            "amount": amount,
            "source": course.drill.source,
            "status": "derived",
        }
    )


def _docks(case: Case, course: DrillCourse, hours: int) -> Iterator[HourRule]:
    """Load starts of warehouses that some link slows."""
    links = [row for row in case.sector_links if row.acts_on == "docks"]
    home = {row.district: row for row in case.districts}
    by_class = {row.size_class: row.docks_per_hour for row in case.size_classes}
    for row in case.warehouses:
        own = row.docks_per_hour
        plain = by_class.get(row.size_class or "") if own is None else own
        if plain is None or row.state in ("candidate", "closed"):
            continue
        place = home.get(row.district or "")
        meant = [link for link in links if acts_on_warehouse(link, "docks", row, place)]
        left = multiplier(course, meant, hours)
        for run in shrunken_runs(plain, left, is_whole=True) if plain > 0 else ():
            yield _row(course, run, kind="docks", warehouse=row.warehouse)


def _receiving(case: Case, base: Scenario, course: DrillCourse, hours: int) -> Iterator[HourRule]:
    """What districts in need take in, where some link slows it."""
    links = [row for row in case.sector_links if row.acts_on == "receiving"]
    needing = {row.district for row in case.rows(ScenarioDemand) if row.scenario == base.scenario}
    for row in case.districts:
        plain = row.receive_m3_per_hour
        if plain is None or row.district not in needing:
            continue
        meant = [link for link in links if acts_on_place(link, "receiving", row)]
        left = multiplier(course, meant, hours)
        for run in shrunken_runs(plain, left, is_whole=False):
            yield _row(course, run, kind="receiving", district=row.district)
