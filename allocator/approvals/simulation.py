"""Simulated courses: how long each sign-off takes, drawn for many courses at once.

A step's draws depend on the seed, its procedure and its code, and on nothing else, so that variants
of the rules are compared on the same courses. The exact wording is in ``docs/model.md`` ("Sign-offs
by chance").
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv, gammaincinv

from allocator.approvals.speeds import Speed, planned_hours, scenario_sign_offs
from allocator.case import Case
from allocator.schema.procedure import ApprovalStep, Department, Settings
from allocator.schema.sign_offs import ApprovalRecord

__all__ = ["SAMPLES", "Courses", "mean_hours", "simulate"]

Floats = NDArray[np.float64]

SAMPLES = 2000
"""Courses drawn unless told otherwise: a share of them is known to 0.01 (one standard error)."""

PERT_WEIGHT = 4.0
"""How many times the likely duration counts beside each end in a PERT distribution."""


@dataclass(frozen=True)
class Courses:
    """Durations of every step in every simulated course.

    Parameters
    ----------
    keys
        Procedure and step of each row.
    hours
        Durations, shape (step, sample), >= 0. [h]
    """

    keys: tuple[tuple[str, str], ...]
    hours: Floats
    _row: Mapping[tuple[str, str], int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rows = {key: row for row, key in enumerate(self.keys)}
        object.__setattr__(self, "_row", rows)

    def of(self, procedure: str, codes: Sequence[str]) -> Floats:
        """Durations of some steps of one procedure, in their order, shape (step, sample). [h]

        Parameters
        ----------
        procedure
            Code of the procedure.
        codes
            Codes of its steps.
        """
        rows = [self._row[procedure, code] for code in codes]
        return np.asarray(self.hours[rows])

    def each(self) -> list[dict[tuple[str, str], float]]:
        """One mapping for each course: durations by procedure and step. [h]"""
        return [dict(zip(self.keys, hours, strict=True)) for hours in self.hours.T.tolist()]


@dataclass(frozen=True)
class _Law:
    """How one step's duration is drawn before the scenario does something to it.

    ``low`` and ``high`` are None where the planned part is fixed at ``likely``; ``scale`` brings
    its mean to that of a log; ``logged`` are the hours of past cases, where they are resampled.
    """

    likely: float
    low: float | None = None
    high: float | None = None
    is_pert: bool = False
    scale: float = 1.0
    delay_mean: float = 0.0
    delay_deviation: float = 0.0
    logged: Mapping[str, float] | None = None

    @property
    def planned_mean(self) -> float:
        """Mean of the planned part. [h]"""
        if self.low is None or self.high is None:
            return self.likely
        weight = PERT_WEIGHT if self.is_pert else 1.0
        return (self.low + weight * self.likely + self.high) / (weight + 2.0)

    @property
    def mean(self) -> float:
        """Mean of all of it. [h]"""
        if self.logged:
            return sum(self.logged.values()) / len(self.logged)
        return self.scale * self.planned_mean + self.delay_mean


def simulate(
    case: Case,
    scenario_code: str | None = None,
    *,
    speed: Speed = "actual",
    samples: int = SAMPLES,
    seed: int = 0,
) -> Courses:
    """Draw the durations of all steps of all procedures.

    Parameters
    ----------
    case
        The case.
    scenario_code
        Scenario whose ``Scenario_Sign_Offs`` count; None for none.
    speed
        ``planned`` draws from the planned distributions; ``actual`` adds the departments' delays,
        or follows the log; ``limit`` cuts that off at each step's limit. What the scenario does
        to a step counts at every speed.
    samples
        How many courses, > 0. The first courses of a longer simulation are those of a shorter one.
    seed
        Courses of one seed are the same ever after.
    """
    laws = _laws(case, is_actual=speed != "planned")
    records = _records(case)
    slowed = scenario_sign_offs(case, scenario_code)
    hours = np.empty((len(case.approval_steps), samples))
    for row, step in enumerate(case.approval_steps):
        key = step.procedure, step.step
        drawn = _draw(laws[key], key, records.get(step.procedure, ()), samples, seed)
        if key in slowed:
            drawn = drawn * slowed[key].duration_factor + slowed[key].added_hours
        if speed == "limit":
            drawn = np.minimum(drawn, _limit(step, case.settings))
        hours[row] = drawn
    return Courses(tuple((step.procedure, step.step) for step in case.approval_steps), hours)


def mean_hours(
    case: Case, scenario_code: str | None = None, *, speed: Speed = "actual"
) -> dict[tuple[str, str], float]:
    """Mean of each step's simulated duration, by the formula. [h]

    Parameters
    ----------
    case, scenario_code
        As for ``simulate``.
    speed
        ``planned`` or ``actual``: what the limit cuts off has no closed form.

    Raises
    ------
    ValueError
        If ``speed`` is ``limit``.
    """
    if speed == "limit":
        raise ValueError("speed (limit) has no mean by formula. Maybe take the mean of courses.")
    slowed = scenario_sign_offs(case, scenario_code)
    means = {}
    for key, law in _laws(case, is_actual=speed == "actual").items():
        row = slowed.get(key)
        means[key] = law.mean if row is None else law.mean * row.duration_factor + row.added_hours
    return means


def _limit(step: ApprovalStep, settings: Settings) -> float:
    """Hours that a step may take. [h]"""
    return planned_hours(step, settings) if step.limit_hours is None else step.limit_hours


def _records(case: Case) -> dict[str, tuple[str, ...]]:
    """Past cases of each procedure, in the order of their codes."""
    found: dict[str, set[str]] = {}
    for row in case.rows(ApprovalRecord):
        found.setdefault(row.procedure, set()).add(row.record)
    return {procedure: tuple(sorted(names)) for procedure, names in found.items()}


def _laws(case: Case, *, is_actual: bool) -> dict[tuple[str, str], _Law]:
    """How each step's duration is drawn."""
    logs: dict[tuple[str, str], dict[str, float]] = {}
    for row in case.rows(ApprovalRecord):
        logs.setdefault((row.procedure, row.step), {})[row.record] = row.hours
    departments = {row.department: row for row in case.departments}
    return {
        (step.procedure, step.step): _law(
            step,
            case.settings,
            logs.get((step.procedure, step.step)) if is_actual else None,
            departments.get(step.department) if is_actual else None,
        )
        for step in case.approval_steps
    }


def _law(
    step: ApprovalStep,
    settings: Settings,
    logged: Mapping[str, float] | None,
    department: Department | None,
) -> _Law:
    """How one step's duration is drawn; the log and the department count at actual speed only."""
    if logged and step.distribution == "log":
        return _Law(step.duration_hours, logged=logged)
    law = _planned_law(step, settings)
    if logged:
        mean = sum(logged.values()) / len(logged)
        if law.planned_mean > 0:
            return replace(law, scale=mean / law.planned_mean)
        return _Law(mean)
    if department is None:
        return law
    mean, deviation = department.delay_mean_hours, department.delay_deviation_hours
    return replace(law, delay_mean=mean, delay_deviation=deviation)


def _planned_law(step: ApprovalStep, settings: Settings) -> _Law:
    """How one step's duration is drawn if everybody is as quick as planned."""
    likely = planned_hours(step, settings)
    # A spoken consent takes its own hours, of which no spread is known.
    is_spoken = (
        settings.sign_offs == "verbal" and step.is_verbal_allowed and step.verbal_hours is not None
    )
    low, high = step.duration_min_hours, step.duration_max_hours
    if is_spoken or step.distribution not in ("triangular", "pert") or low is None or high is None:
        return _Law(likely)
    return _Law(likely, low, high, is_pert=step.distribution == "pert")


def _uniforms(seed: int, samples: int, *names: str) -> Floats:
    """Numbers between 0 and 1 that depend on the seed and the names alone, shape (sample,)."""
    digest = hashlib.sha256("\x1f".join(names).encode()).digest()
    words = np.frombuffer(digest, dtype="<u4").tolist()
    return np.random.default_rng(np.random.SeedSequence([seed, *words])).random(samples)


@lru_cache(maxsize=1024)
def _beta(first: float, second: float, seed: int, samples: int, *names: str) -> Floats:
    """Draws of a beta variable, shape (sample,); scenarios and variants ask for the same ones."""
    uniforms = _uniforms(seed, samples, *names)
    drawn = np.asarray(betaincinv(first, second, uniforms), dtype=np.float64)
    drawn.flags.writeable = False
    return drawn


@lru_cache(maxsize=1024)
def _gamma(shape: float, seed: int, samples: int, *names: str) -> Floats:
    """Draws of a gamma variable of scale 1, shape (sample,)."""
    drawn = np.asarray(gammaincinv(shape, _uniforms(seed, samples, *names)), dtype=np.float64)
    drawn.flags.writeable = False
    return drawn


def _draw(
    law: _Law, key: tuple[str, str], records: Sequence[str], samples: int, seed: int
) -> Floats:
    """Durations of one step in all courses, shape (sample,). [h]"""
    if law.logged:
        return _resampled(law.logged, key, records, samples, seed)
    drawn = np.full(samples, law.likely)
    if law.low is not None and law.high is not None and law.high > law.low:
        drawn = _spread(law, law.low, law.high, key, samples, seed)
    drawn = law.scale * drawn
    mean, deviation = law.delay_mean, law.delay_deviation
    if mean <= 0:
        return drawn
    if deviation <= 0:
        return np.asarray(drawn + mean)
    shape = (mean / deviation) ** 2
    late = _gamma(shape, seed, samples, "delay", *key) * (mean / shape)
    return np.asarray(drawn + late)


def _spread(
    law: _Law, low: float, high: float, key: tuple[str, str], samples: int, seed: int
) -> Floats:
    """Draws of the triangular or PERT distribution, shape (sample,). [h]"""
    width = high - low
    rise = (law.likely - low) / width
    if law.is_pert:
        shapes = 1.0 + PERT_WEIGHT * rise, 1.0 + PERT_WEIGHT * (1.0 - rise)
        return np.asarray(low + width * _beta(*shapes, seed, samples, "planned", *key))
    uniforms = _uniforms(seed, samples, "planned", *key)
    early = np.sqrt(uniforms * rise)
    late = 1.0 - np.sqrt((1.0 - uniforms) * (1.0 - rise))
    return np.asarray(low + width * np.where(uniforms < rise, early, late))


def _resampled(
    logged: Mapping[str, float],
    key: tuple[str, str],
    records: Sequence[str],
    samples: int,
    seed: int,
) -> Floats:
    """Hours of past cases, one case a course for all steps of a procedure, shape (sample,). [h]

    A case that has no row of this step gives way to one of the step's own rows; so each of these
    is as likely as any other, and steps that share cases stay bound to each other.
    """
    procedure, _ = key
    own = np.array([logged[name] for name in sorted(logged)])
    told = np.array([logged.get(name, np.nan) for name in records])
    case = (_uniforms(seed, samples, "record", procedure) * len(records)).astype(np.int64)
    lone = (_uniforms(seed, samples, "own record", *key) * len(own)).astype(np.int64)
    return np.where(np.isnan(told[case]), own[lone], told[case])
