"""How a drill runs: sectors that fail hour by hour, and sign-offs that slow down and end shocks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.approvals import Network, networks, step_hours
from allocator.case import Case
from allocator.errors import AllocatorError
from allocator.lab.sign_off_course import Slowness, StepCourse, step_courses
from allocator.schema.disaster import Scenario
from allocator.schema.lab import Drill, Shock
from models.inoperability import next_hour, spectral_radius

__all__ = [
    "DrillCourse",
    "base_scenario",
    "drill_hours",
    "matrix_of",
    "run_cascade",
    "signed_hours",
]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class DrillCourse:
    """What happens in a drill.

    Parameters
    ----------
    drill
        The drill.
    sectors
        Codes, in the order of the axis ``sector``.
    inoperability
        Part of the output lost in the hour that begins at ``h``, shape (hour, sector), in [0, 1].
    shock
        Direct shock, mean over that hour, same shape.
    steps, steps_without
        Course of every step with and without the failure, by procedure and step.
    """

    drill: Drill
    sectors: tuple[str, ...]
    inoperability: Floats
    shock: Floats
    steps: Mapping[tuple[str, str], StepCourse]
    steps_without: Mapping[tuple[str, str], StepCourse]

    @property
    def told_hours(self) -> int:
        """Hours over which failures and losses are told."""
        return math.ceil(self.drill.horizon_hours)


def base_scenario(case: Case, drill: Drill) -> Scenario:
    """Scenario that a drill starts from, of whatever sample.

    Raises
    ------
    AllocatorError
        If there is none; the intake refuses such a case.
    """
    for row in case.rows(Scenario):
        if row.scenario == drill.scenario:
            return row
    raise AllocatorError(
        f"Drills: scenario {drill.scenario!r} of drill {drill.drill} does not exist. "
        "Maybe a code is misspelt."
    )


def drill_hours(case: Case, drill: Drill) -> int:
    """Hours that are stepped through: those of the drill, and those of the dispatch."""
    deadline = case.deadline_hours(base_scenario(case, drill))
    return math.ceil(max(drill.horizon_hours, deadline))


def matrix_of(case: Case) -> Floats:
    """Dependencies as a matrix, shape (sector, sector); row: who depends, column: on whom."""
    place = {row.sector: k for k, row in enumerate(case.sectors)}
    found = np.zeros((len(place), len(place)))
    for row in case.dependencies:
        found[place[row.sector], place[row.depends_on]] = row.dependency_share
    return found


def run_cascade(case: Case, drill: Drill) -> DrillCourse:
    """Step through the hours of a drill.

    In each hour the sectors' failure decides how fast steps go on, and the steps that are signed
    end shocks, which decides the failure of the next hour; so the loop needs no solving.

    Parameters
    ----------
    case
        The case.
    drill
        One of its drills.

    Raises
    ------
    AllocatorError
        If the cascade explodes; the intake refuses such a case.
    """
    dependence = matrix_of(case)
    radius = spectral_radius(dependence)
    if radius >= 1.0:
        raise AllocatorError(
            f"Dependencies: spectral radius ({radius:.3g}) must be below 1, else the cascade "
            "explodes. Maybe lower the largest shares."
        )
    return _Stepping(case, drill, dependence).course()


def signed_hours(drill: Drill, steps: Mapping[tuple[str, str], StepCourse]) -> float | None:
    """End of the rehearsed procedure; None where none is rehearsed. [h]

    Parameters
    ----------
    drill
        The drill.
    steps
        Course of every step.
    """
    own = {key: each for key, each in steps.items() if key[0] == drill.procedure}
    if not own:
        return None
    if drill.release_step is not None and drill.procedure is not None:
        return own[drill.procedure, drill.release_step].end_hours
    return max(each.end_hours for each in own.values())


class _Stepping:
    """One drill, hour by hour."""

    def __init__(self, case: Case, drill: Drill, dependence: Floats) -> None:
        self._drill = drill
        self._dependence = dependence
        self._sectors = tuple(row.sector for row in case.sectors)
        self._recovery = np.array([row.recovery_per_hour for row in case.sectors])
        self._shocks = [row for row in case.shocks if row.drill == drill.drill]
        self._networks = networks(case)
        self._slowness = {name: Slowness(case, each) for name, each in self._networks.items()}
        planned = step_hours(case, drill.scenario, "planned")
        self._durations = {
            name: {code: planned[name, code] for code in each.codes}
            for name, each in self._networks.items()
        }
        self._hours = drill_hours(case, drill)

    def course(self) -> DrillCourse:
        """Step through all hours."""
        count = len(self._sectors)
        failing = np.zeros((self._hours, count))
        direct = np.zeros((self._hours, count))
        state = np.zeros(count)
        ends = self._shock_ends(failing[:1])
        for hour in range(self._hours):
            # What is hit directly is lost at once: q(0) of Haimes et al., at whatever hour.
            failing[hour] = np.maximum(state, self._direct(hour, ends))
            if any(hour < end and row.until_step for row, end in ends.items()):
                ends = self._shock_ends(failing[: hour + 1])
            direct[hour] = self._direct(hour, ends)
            state = next_hour(failing[hour], direct[hour], self._dependence, self._recovery)
        unhindered = np.zeros((1, count))
        return DrillCourse(
            drill=self._drill,
            sectors=self._sectors,
            inoperability=failing,
            shock=direct,
            steps=self._all_courses(failing),
            steps_without=self._all_courses(unhindered),
        )

    def _courses(self, procedure: str, failing: Floats) -> dict[str, StepCourse]:
        """Course of one procedure, as far as failures are known."""
        network: Network = self._networks[procedure]
        factors = self._slowness[procedure].factors(failing)
        return step_courses(network, self._durations[procedure], factors)

    def _all_courses(self, failing: Floats) -> dict[tuple[str, str], StepCourse]:
        return {
            (name, code): course
            for name in self._networks
            for code, course in self._courses(name, failing).items()
        }

    def _shock_ends(self, failing: Floats) -> dict[Shock, float]:
        """Hour at which each shock ends, as far as failures are known.

        An end within the known hours is final: it depends on nothing that comes later.
        """
        named = {row.until_procedure for row in self._shocks if row.until_step is not None}
        courses = {name: self._courses(name, failing) for name in named if name is not None}
        ends = {}
        for row in self._shocks:
            end = math.inf if row.to_hours is None else row.to_hours
            if row.until_procedure is not None and row.until_step is not None:
                end = min(end, courses[row.until_procedure][row.until_step].end_hours)
            ends[row] = end
        return ends

    def _direct(self, hour: int, ends: Mapping[Shock, float]) -> Floats:
        """Mean direct shock over an hour, shape (sector,); of several the largest."""
        found = np.zeros(len(self._sectors))
        place = {code: k for k, code in enumerate(self._sectors)}
        for row in self._shocks:
            overlap = min(hour + 1.0, ends[row]) - max(float(hour), row.from_hours)
            k = place[row.sector]
            found[k] = max(found[k], row.shock_share * min(1.0, max(0.0, overlap)))
        return found
