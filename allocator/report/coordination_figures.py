"""Figures of coordination, worked out once for workbook and page: waterfall, Gantt, wheels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allocator.coordination.delay_cost import NOT_ATTRIBUTABLE, TOTAL
from allocator.coordination.figures import ANY
from allocator.report.coordination_words import say
from allocator.report.words import Language
from allocator.schema.coordination import DelayCost, PaperAndWheels, SignOffStep, SpeedLoss
from allocator.tables import TableSet

__all__ = [
    "PHASES",
    "Fall",
    "SignOffBar",
    "WheelsBar",
    "chief_scenario",
    "sign_off_bars",
    "waterfall",
    "wheels_bars",
]

PHASES = ("paper_hours", "wait_hours", "load_hours", "drive_hours", "unload_hours")
"""How the hours of a trip are spent, in their order."""

MOST_FALLS = 12
"""Departments with a step of their own in the waterfall."""

MOST_WHEELS = 20

_CRITICAL = 0.5
"""Share of courses from which a step is drawn as critical."""


@dataclass(frozen=True)
class Fall:
    """One step of the waterfall, or one of its ends.

    Parameters
    ----------
    name
        Of the department, or of the end.
    base_cny, share_cny
        What was reached before it, and what it adds. [CNY]
    low_cny, high_cny
        Ends of what it adds. [CNY]
    is_end
        Whether it is a whole loss and no share.
    """

    name: str
    base_cny: float
    share_cny: float
    low_cny: float
    high_cny: float
    is_end: bool = False


@dataclass(frozen=True)
class SignOffBar:
    """One step of the Gantt of sign-offs. [h]"""

    name: str
    begin_hours: float
    duration_hours: float
    slack_hours: float
    latest_end_hours: float | None
    criticality: float

    @property
    def is_critical(self) -> bool:
        """Whether it decides the release in at least half of the courses."""
        return self.criticality >= _CRITICAL


@dataclass(frozen=True)
class WheelsBar:
    """How the hours of one kind of lane are spent, in the order of ``PHASES``. [h]"""

    name: str
    hours: tuple[float, ...]


def chief_scenario(tables: TableSet) -> str:
    """Return the scenario that stands for all: the expected one, else the first."""
    codes = [row.scenario for row in tables.rows(DelayCost)]
    return ANY if ANY in codes else (codes[0] if codes else "")


def waterfall(tables: TableSet, lang: Language) -> list[Fall]:
    """Return the steps from the loss at the limits to the actual loss; none without costs.

    Parameters
    ----------
    tables
        Sheets of coordination.
    lang
        Language of the names.
    """
    code = chief_scenario(tables)
    speeds = {row.speed: row for row in tables.rows(SpeedLoss) if row.scenario == code}
    rows = [row for row in tables.rows(DelayCost) if row.scenario == code]
    if not rows or not {"limit", "actual"} <= set(speeds):
        return []
    shares = [row for row in rows if row.department not in (TOTAL, NOT_ATTRIBUTABLE)]
    shares.sort(key=lambda row: -row.share_cny)
    charged = [row for row in shares if row.share_high_cny > 0]
    shown, others = charged[:MOST_FALLS], charged[MOST_FALLS:]
    parts = [
        (row.name or row.department, row.share_cny, row.share_low_cny, row.share_high_cny)
        for row in shown
    ]
    if others:
        sums = [
            sum(getattr(row, field) for row in others)
            for field in ("share_cny", "share_low_cny", "share_high_cny")
        ]
        parts.append((say("others", lang), sums[0], sums[1], sums[2]))
    nobody = next((row for row in rows if row.department == NOT_ATTRIBUTABLE), None)
    if nobody is not None and nobody.share_cny > 0:
        ends = nobody.share_cny, nobody.share_low_cny, nobody.share_high_cny
        parts.append((say("unsplit", lang), *ends))
    reached = speeds["limit"].loss_cny
    found = [_end(say("at_limit", lang), speeds["limit"])]
    for name, share, low, high in parts:
        found.append(Fall(name, reached, share, low, high))
        reached += share
    return [*found, _end(say("at_actual", lang), speeds["actual"])]


def _end(name: str, row: SpeedLoss) -> Fall:
    return Fall(name, 0.0, row.loss_cny, row.loss_low_cny, row.loss_high_cny, is_end=True)


def sign_off_bars(tables: TableSet) -> list[SignOffBar]:
    """Return the steps towards the release that comes last, in the order of their begin.

    Parameters
    ----------
    tables
        Sheets of coordination.
    """
    rows = tables.rows(SignOffStep)
    if not rows:
        return []
    code = chief_scenario(tables)
    code = code if any(row.scenario == code for row in rows) else rows[0].scenario
    rows = tuple(row for row in rows if row.scenario == code)
    last = max(
        (row for row in rows if row.step == row.release_step),
        key=lambda row: row.end_hours,
        default=None,
    )
    if last is None:
        return []
    chain = [
        row
        for row in rows
        if (row.procedure, row.release_step) == (last.procedure, last.release_step)
    ]
    chain.sort(key=lambda row: (row.begin_hours, row.end_hours))
    return [
        SignOffBar(
            name=f"{row.procedure} {row.step} {row.name} · {row.department}",
            begin_hours=row.begin_hours,
            duration_hours=row.duration_hours,
            slack_hours=row.slack_hours,
            latest_end_hours=row.latest_end_hours,
            criticality=row.criticality,
        )
        for row in chain
    ]


def wheels_bars(tables: TableSet, lang: Language) -> list[WheelsBar]:
    """Return how the hours of each kind of lane are spent, those that carry most first.

    Parameters
    ----------
    tables
        Sheets of coordination.
    lang
        Language of the names.
    """
    rows = sorted(tables.rows(PaperAndWheels), key=lambda row: -row.volume_m3)
    scenarios = {row.scenario for row in rows}
    return [
        WheelsBar(_lane_name(row, lang, is_one=len(scenarios) == 1), _hours(row))
        for row in rows[:MOST_WHEELS]
    ]


def _hours(row: PaperAndWheels) -> tuple[float, ...]:
    return tuple(float(getattr(row, phase)) for phase in PHASES)


def _lane_name(row: PaperAndWheels, lang: Language, *, is_one: bool) -> str:
    parts: Sequence[str] = (
        "" if is_one else row.scenario,
        row.procedure or say("at_once", lang),
        row.warehouse_province,
    )
    return " · ".join(part for part in parts if part)
