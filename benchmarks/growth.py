"""How time and memory of a placement grow with districts and with scenarios.

Each case is one whole command ``allocator place`` that solves the two headline stages, unmet and
waiting, to one gap under one limit. From each command: when both stages had come down to 10, 5 and
1 %, one evaluation of the recourse, one round of cuts, one relaxation of the master, building,
memory. The exponents are least squares of logarithms against the number of lanes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks.command_runs import CommandRun, run_command, time_to_gap
from benchmarks.machine import machine_of_today
from benchmarks.placement import COMPARED

__all__ = [
    "GAPS",
    "MEASURES",
    "SERIES",
    "GrowthRow",
    "GrowthSeries",
    "Measure",
    "PowerLaw",
    "fit_power",
    "growth_document",
    "laws_of",
    "measure_growth",
    "read_growth",
]

GAPS = (0.1, 0.05, 0.01)
"""Gaps whose times are kept, the one asked for last."""

ASKED_EXPONENT = 1.3
"""Power of the number of lanes that cost should not outgrow."""

LINEAR_EXPONENT = 1.05
"""Power up to which memory counts as linear in the lanes: 1, and a little for the scatter."""

LARGE_LANES = 100_000
"""From so many lanes on, what every case takes, however small, does not flatten the line."""

_LEAST_RUNS = 3
"""Two points lie on a line whatever they are."""


@dataclass(frozen=True)
class GrowthSeries:
    """Cases that grow in one direction.

    Parameters
    ----------
    name, about
        For the command line and for people.
    axis
        ``districts`` or ``scenarios``: what grows.
    cases
        Cases or parts of them, see ``benchmarks/case_parts.py``.
    """

    name: str
    about: str
    axis: str
    cases: tuple[str, ...]


SERIES = (
    GrowthSeries(
        "districts",
        "From one prefecture to all of China: Guangxi by prefectures, the five southern provinces "
        "one after the other, the southern half of China, China.",
        "districts",
        (
            "guangxi:4501",
            "guangxi:4501,4502",
            "guangxi:4501,4502,4503,4504,4505",
            "guangxi",
            "south5:45,52",
            "south5:44,45,52",
            "south5",
            "china:4,5",
            "china",
        ),
    ),
    GrowthSeries(
        "scenarios",
        "The five southern provinces of the China case under more and more of its disasters.",
        "scenarios",
        tuple(f"china?sample=s200:43,44,45,52,53@{count}" for count in (5, 10, 20, 50, 100)),
    ),
)


@dataclass(frozen=True)
class GrowthRow:
    """What one command took.

    Parameters
    ----------
    series, case
        Where it belongs.
    districts, warehouses, scenarios, lanes
        Size; lanes are counted for each scenario and item with a need, as the models have them.
        None where the command ended before it knew.
    seconds_to_gap
        Second of the command at which both stages had come down to 10, 5 and 1 %; None where they
        had not within the limit. [s]
    search_began_seconds
        Second of the command at which the solving process began to work. [s]
    ended_seconds
        Second of the command at which the search ended. [s]
    gaps
        Of the plan, by stage.
    building_seconds
        Arrays, models and programs, in the solving process. [s]
    evaluation_seconds, round_seconds, master_seconds
        Medians of one evaluation of all blocks, of one round (evaluation, cuts, cuts given to the
        master), of one relaxation of the master; None where the case is solved as one model. [s]
    reading_seconds, publishing_seconds, seconds
        Reading, writing with replay, whole command. [s]
    memory_gb
        Largest process of the command. [GB]
    added_memory_gb
        What the solving process took on top of what it had before its work began. [GB]
    error
        What the command said if it made no plan.
    """

    series: str
    case: str
    districts: int | None
    warehouses: int | None
    scenarios: int | None
    lanes: int | None
    seconds_to_gap: Mapping[str, float | None]
    search_began_seconds: float | None
    ended_seconds: float
    gaps: Mapping[str, float | None]
    building_seconds: float | None
    evaluation_seconds: float | None
    round_seconds: float | None
    master_seconds: float | None
    reading_seconds: float | None
    publishing_seconds: float | None
    seconds: float
    memory_gb: float
    added_memory_gb: float | None
    error: str = ""

    def is_closed(self, gap: float) -> bool:
        """Whether the plan of both stages is within a gap."""
        found = [self.gaps.get(stage) for stage in COMPARED]
        return all(value is not None and value <= gap for value in found)

    def time_to(self, gap: float) -> float | None:
        """Second at which both stages had come down to a gap of ``GAPS``. [s]"""
        return self.seconds_to_gap.get(f"{gap:g}")

    def search_to(self, gap: float) -> float | None:
        """Time from the beginning of the work, building included, to a gap of ``GAPS``. [s]"""
        reached, began = self.time_to(gap), self.search_began_seconds
        return None if reached is None or began is None else reached - began


def measure_growth(
    series: Iterable[GrowthSeries],
    gap: float,
    limit_seconds: float,
    tell: Callable[[str], None],
) -> list[GrowthRow]:
    """Run every case of some series, one after the other.

    Parameters
    ----------
    series
        What to run; a case that is in two of them is run twice.
    gap
        Relative gap at which a stage may stop.
    limit_seconds
        Time limit of the command. [s]
    tell
        Hears what is being done.
    """
    rows: list[GrowthRow] = []
    words = ["--gap", f"{gap:g}", "--time-limit", f"{limit_seconds:g}"]
    words += ["--no-page", "--no-pictures"]
    for one in series:
        for number, case in enumerate(one.cases, start=1):
            tell(f"{one.name} {number}/{len(one.cases)}: {case}, at most {limit_seconds:g} s")
            run = run_command(case, words, stages=len(COMPARED))
            rows.append(growth_row(one.name, case, run))
            tell(f"  {run.seconds:.0f} s, {run.memory_gb:.2f} GB{_said(run)}")
    return rows


def _said(run: CommandRun) -> str:
    return f": {run.error}" if run.error else ""


def growth_row(series: str, case: str, run: CommandRun) -> GrowthRow:
    """Read what a command took.

    Parameters
    ----------
    series, case
        Where it belongs.
    run
        The command.
    """
    notes = run.notes
    stages = {} if run.answer is None else {row["stage"]: row for row in run.answer["stages"]}
    events = notes.get("events", [])
    before, peak = notes.get("memory_before_gb"), notes.get("memory_peak_gb")
    parts = [notes.get(f"{part}_seconds", 0.0) for part in ("starting", "reading", "solving")]
    return GrowthRow(
        series,
        case,
        notes.get("districts"),
        notes.get("warehouses"),
        notes.get("scenarios"),
        notes.get("lanes"),
        {f"{gap:g}": time_to_gap(events, COMPARED, gap) for gap in GAPS},
        notes.get("search_began"),
        sum(parts) or run.seconds,
        {stage: row["gap"] for stage, row in stages.items() if stage in COMPARED},
        notes.get("building_seconds"),
        *(notes.get(part, {}).get("median") for part in ("evaluation", "round", "master")),
        notes.get("reading_seconds"),
        notes.get("publishing_seconds"),
        run.seconds,
        run.memory_gb,
        None if before is None or peak is None else max(0.0, peak - before),
        run.error,
    )


@dataclass(frozen=True)
class Measure:
    """Something that grows.

    Parameters
    ----------
    name, unit
        For people.
    value
        Reads it from a row, None where the row has none.
    asked
        Largest exponent asked for.
    closed_only
        Whether it means something only where the gap was closed.
    """

    name: str
    unit: str
    value: Callable[[GrowthRow], float | None]
    asked: float = ASKED_EXPONENT
    closed_only: bool = False


MEMORY = Measure("memory, every run", "GB", lambda row: row.added_memory_gb, LINEAR_EXPONENT)

MEASURES = (
    Measure("search to 1 %", "s", lambda row: row.search_to(0.01), closed_only=True),
    Measure("search to 5 %", "s", lambda row: row.search_to(0.05)),
    Measure("search to 10 %", "s", lambda row: row.search_to(0.1)),
    Measure("one round of cuts", "s", lambda row: row.round_seconds),
    Measure("one evaluation of the recourse", "s", lambda row: row.evaluation_seconds),
    Measure("one relaxation of the master", "s", lambda row: row.master_seconds),
    Measure("building", "s", lambda row: row.building_seconds),
    Measure("writing and replaying", "s", lambda row: row.publishing_seconds),
    Measure("memory, where closed", "GB", MEMORY.value, LINEAR_EXPONENT, closed_only=True),
    MEMORY,
)
"""In the order of the page. Memory is that of the solving process beyond what it began with."""


@dataclass(frozen=True)
class PowerLaw:
    """``value = scale * (lanes / 1,000,000) ** exponent``, fitted to some runs.

    Parameters
    ----------
    runs
        How many.
    exponent, error
        With its standard error; both None with fewer than 3 runs of different size.
    scale
        Value at a million lanes.
    """

    runs: int
    exponent: float | None = None
    error: float | None = None
    scale: float | None = None


def fit_power(lanes: Sequence[float], values: Sequence[float]) -> PowerLaw:
    """Fit a power law by least squares of logarithms.

    Parameters
    ----------
    lanes, values
        One of each for each run, > 0.
    """
    if len(set(lanes)) < _LEAST_RUNS:
        return PowerLaw(len(lanes))
    x = np.log(np.asarray(lanes, dtype=float) / 1e6)
    y = np.log(np.asarray(values, dtype=float))
    centred = x - x.mean()
    spread = float(centred @ centred)
    exponent = float(centred @ y) / spread
    constant = float(y.mean() - exponent * x.mean())
    left = y - constant - exponent * x
    error = float(np.sqrt(left @ left / (len(x) - 2) / spread))
    return PowerLaw(len(x), exponent, error, float(np.exp(constant)))


def laws_of(rows: Sequence[GrowthRow], measure: Measure, gap: float) -> tuple[PowerLaw, PowerLaw]:
    """Fit one measure over all runs that have it, and over those of at least 100,000 lanes.

    Parameters
    ----------
    rows
        The runs.
    measure
        What grows.
    gap
        Gap asked for; a run within it, or within 1 % if that is wider, counts as closed.
    """
    closed = max(gap, GAPS[-1])
    found = [
        (row.lanes, value)
        for row in rows
        if row.lanes and (not measure.closed_only or row.is_closed(closed))
        for value in [measure.value(row)]
        if value is not None and value > 0.0
    ]
    laws = []
    for least in (0, LARGE_LANES):
        kept = [(lanes, value) for lanes, value in found if lanes >= least]
        laws.append(fit_power([lanes for lanes, _ in kept], [value for _, value in kept]))
    return laws[0], laws[1]


def growth_document(
    rows: Sequence[GrowthRow], gap: float, limit_seconds: float, command: str
) -> dict[str, Any]:
    """Return the measurement as one JSON document, which ``read_growth`` reads."""
    return {
        "command": "growth",
        "words": command,
        "gap": gap,
        "time_limit_seconds": limit_seconds,
        "machine": machine_of_today(),
        "rows": [asdict(row) for row in rows],
        "power_laws": {
            measure.name: [asdict(law) for law in laws_of(rows, measure, gap)]
            for measure in MEASURES
        },
    }


def read_growth(document: Mapping[str, Any]) -> list[GrowthRow]:
    """Return the rows of a document of ``growth_document``."""
    return [GrowthRow(**row) for row in document["rows"]]
