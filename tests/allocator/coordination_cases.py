"""Sign-offs small enough to be split by hand, and losses that are a sum of release hours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from allocator.approvals import Release
from allocator.case import Case
from allocator.coordination import CoordinationOptions, coordinate
from allocator.coordination.assessment import Drawing, assess
from allocator.coordination.figures import ScenarioFigures
from allocator.coordination.loss import Loss
from allocator.coordination.release_tables import ReleaseTables
from allocator.report.words import as_language
from allocator.tables import TableSet
from tests.tiny import build_case, build_tables
from tests.tiny_sign_offs import rule, step

__all__ = ["ToyLosses", "assessed", "delay_case", "joined_case", "shares", "tables_of"]

LIMIT_HOURS = 2.0


class ToyLosses:
    """A loss of 100 CNY and 10 person-hours for each hour of each release, and 1,000 in any case.

    Parameters
    ----------
    gap_cny
        How far the bound is below the plan.
    by_hour
        Loss of one release by its hour, if not 100 CNY an hour. [CNY]
    """

    def __init__(
        self, gap_cny: float = 0.0, by_hour: Callable[[float], float] = lambda hour: 100 * hour
    ) -> None:
        self.gap_cny, self.by_hour = gap_cny, by_hour
        self.solves = self.asked = 0

    def __call__(self, release: Release) -> Loss:
        """Loss under these hours of release."""
        self.asked += 1
        self.solves += 1
        keys = {(rule.procedure, rule.release_step): k for k, rule in enumerate(release.rules)}
        hours = [float(release.rule_hours[k]) for k in keys.values()]
        high = 1000.0 + sum(self.by_hour(hour) for hour in hours)
        return Loss(high - self.gap_cny, high, 10.0 * sum(hours), 1.0)


def delay_case(
    steps: Sequence[dict[str, Any]],
    release_step: str,
    delays: Mapping[str, float] | None = None,
    **sheets: list[dict[str, Any]],
) -> Case:
    """The tiny case under one procedure.

    Parameters
    ----------
    steps
        Rows of ``Approval_Steps`` of procedure P.
    release_step
        Step that releases every lane.
    delays
        Usual delay by department; departments that are not named have none. [h]
    sheets
        Further sheets.
    """
    names = dict.fromkeys(row["department"] for row in steps)
    tables = build_tables()
    tables["Warehouses"] = [
        {key: value for key, value in row.items() if key != "owner_department"}
        for row in tables["Warehouses"]
    ]
    tables["Departments"] = [
        {"department": name, "name": name.lower(), "delay_mean_hours": (delays or {}).get(name, 0)}
        for name in names
    ]
    tables["Approval_Steps"] = list(steps)
    tables["Approval_Rules"] = [rule("any", "P", release_step)]
    return build_case({**tables, **sheets})


def joined_case(join: str, actual_hours: Mapping[str, float]) -> Case:
    """Departments that sign side by side, 2 h each by their limit, before a step without time.

    Parameters
    ----------
    join
        ``AND``: all of them; ``OR``: the first will do.
    actual_hours
        What each takes. [h]
    """
    steps = [
        step("P", name, name, name, LIMIT_HOURS, join="START", limit_hours=LIMIT_HOURS)
        for name in actual_hours
    ]
    end = step("P", "END", "END", "DESK", 0, join=join, predecessors=";".join(actual_hours))
    delays = {name: hours - LIMIT_HOURS for name, hours in actual_hours.items()}
    return delay_case([*steps, end], "END", delays)


def assessed(case: Case, losses: ToyLosses | None = None, **more: object) -> ScenarioFigures:
    """Figures of the flood under toy losses."""
    tables = ReleaseTables(case, "flood")
    return assess("flood", tables, losses or ToyLosses(), Drawing(), **more)  # type: ignore[arg-type]


def tables_of(case: Case, *scenarios: str, gap_cny: float = 0.0, lang: str = "en") -> TableSet:
    """All tables under toy losses, without trips."""
    return coordinate(
        case,
        scenarios or None,
        options=CoordinationOptions(plans_trips=False, lang=as_language(lang)),
        losses_of=lambda *_: ToyLosses(gap_cny),
    )


def shares(found: ScenarioFigures) -> dict[str, float]:
    """Shares that are not 0, by department."""
    return {
        code: row.share.value for code, row in found.departments.items() if row.share.value != 0.0
    }
