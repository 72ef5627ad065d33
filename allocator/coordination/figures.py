"""Key figures of coordination: of one scenario, or expected over several."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum, sqrt

import numpy as np

from allocator.coordination.degree import degree_of
from allocator.coordination.ranges import NOTHING, Range, mean_range
from allocator.coordination.release_tables import SPEEDS, SignOffSpeed
from models.shapley import settled

__all__ = ["ANY", "DepartmentFigures", "ScenarioFigures", "SpeedFigures", "expected"]

ANY = "any"
"""Code that stands for the expected value over the scenarios."""


@dataclass(frozen=True)
class SpeedFigures:
    """What a dispatch loses at one speed of sign-offs.

    Parameters
    ----------
    loss
        Of the best dispatch. [CNY]
    person_hours, served_share
        Of the best plan known. [person-h]
    first_hours, last_hours
        First and last release of the scenario's lanes. [h]
    """

    loss: Range
    person_hours: float
    served_share: float
    first_hours: float
    last_hours: float


@dataclass(frozen=True)
class DepartmentFigures:
    """What one department's delay costs.

    Parameters
    ----------
    share
        Of the delay cost. [CNY]
    sampling_error
        Half of the 95 % confidence interval; None where the share is exact. [CNY]
    person_hours
        Share of the added waiting. [person-h]
    plus, minus
        Effect of an hour more and less; None where not solved. [CNY]
    overrun_hours
        Over the limits, summed over its steps. [h]
    """

    share: Range = NOTHING
    sampling_error: float | None = None
    person_hours: float = 0.0
    plus: Range | None = None
    minus: Range | None = None
    overrun_hours: float = 0.0


@dataclass(frozen=True)
class ScenarioFigures:
    """All key figures of one scenario.

    Parameters
    ----------
    scenario
        Its code, or ``ANY``.
    speeds
        By speed.
    departments
        By department, in the order of their sheet.
    total
        Delay cost: loss at actual speed less loss at the limits. [CNY]
    total_person_hours
        Added waiting. [person-h]
    unsplit
        What of the delay cost is charged to nobody: 0 unless time was up before it could be told
        apart; its interval is what the gaps leave open of the total. [CNY]
    unsplit_person_hours
        The same of the added waiting. [person-h]
    questions_count, solved_count
        Distinct tables of release hours that were wanted, and solved.
    coalition_count
        Coalitions of the games; 0 where orders were drawn.
    solves, asked
        As the losses count them.
    is_stopped
        Whether it was asked to end early.
    """

    scenario: str
    speeds: Mapping[SignOffSpeed, SpeedFigures]
    departments: Mapping[str, DepartmentFigures]
    total: Range
    total_person_hours: float
    unsplit: Range
    unsplit_person_hours: float
    questions_count: int = 0
    solved_count: int = 0
    coalition_count: int = 0
    solves: int = 0
    asked: int = 0
    is_stopped: bool = False

    @property
    def degree(self) -> Range:
        """Coordination degree, in [0, 1]."""
        return degree_of(
            self.speeds["ideal"].loss,
            self.speeds["actual"].loss,
            self.speeds["uncoordinated"].loss,
        )

    def added_up(self) -> ScenarioFigures:
        """Return the same figures, shares and what is charged to nobody adding up to the total."""
        shares = [one.share.value for one in self.departments.values()]
        hours = [one.person_hours for one in self.departments.values()]
        *shares, left = settled(
            np.array([*shares, self.unsplit.value]), self.total.value, self._size
        ).tolist()
        *hours, hours_left = settled(
            np.array([*hours, self.unsplit_person_hours]),
            self.total_person_hours,
            max(one.person_hours for one in self.speeds.values()),
        ).tolist()
        departments = {
            code: replace(one, share=replace(one.share, value=share), person_hours=waited)
            for (code, one), share, waited in zip(
                self.departments.items(), shares, hours, strict=True
            )
        }
        return replace(
            self,
            departments=departments,
            unsplit=replace(self.unsplit, value=left),
            unsplit_person_hours=hours_left,
        )

    @property
    def _size(self) -> float:
        """Size of the losses that the shares are made from. [CNY]."""
        return max(one.loss.value for one in self.speeds.values())


def expected(found: Sequence[ScenarioFigures], weights: Sequence[float]) -> ScenarioFigures:
    """Expected value over scenarios; a share of it is the expected share.

    Parameters
    ----------
    found
        Figures of each scenario.
    weights
        Their probabilities, adding up to 1.
    """

    def mean(read: Callable[[ScenarioFigures], float]) -> float:
        return fsum(weight * read(one) for one, weight in zip(found, weights, strict=True))

    def mean_of(read: Callable[[ScenarioFigures], Range]) -> Range:
        return mean_range([read(one) for one in found], weights)

    codes = dict.fromkeys(code for one in found for code in one.departments)
    departments = {
        code: _expected_department(
            [one.departments.get(code, DepartmentFigures()) for one in found], weights
        )
        for code in codes
    }
    return ScenarioFigures(
        scenario=ANY,
        speeds={
            speed: _expected_speed([one.speeds[speed] for one in found], weights)
            for speed in SPEEDS
        },
        departments=departments,
        total=mean_range([one.total for one in found], weights),
        total_person_hours=mean(lambda one: one.total_person_hours),
        unsplit=mean_range([one.unsplit for one in found], weights),
        unsplit_person_hours=mean(lambda one: one.unsplit_person_hours),
        questions_count=sum(one.questions_count for one in found),
        solved_count=sum(one.solved_count for one in found),
        coalition_count=sum(one.coalition_count for one in found),
        solves=sum(one.solves for one in found),
        asked=sum(one.asked for one in found),
    ).added_up()


def _expected_speed(found: Sequence[SpeedFigures], weights: Sequence[float]) -> SpeedFigures:
    """Expected figures at one speed."""

    def mean(read: Callable[[SpeedFigures], float]) -> float:
        return fsum(weight * read(one) for one, weight in zip(found, weights, strict=True))

    return SpeedFigures(
        loss=mean_range([one.loss for one in found], weights),
        person_hours=mean(lambda one: one.person_hours),
        served_share=mean(lambda one: one.served_share),
        first_hours=mean(lambda one: one.first_hours),
        last_hours=mean(lambda one: one.last_hours),
    )


def _expected_department(
    found: Sequence[DepartmentFigures], weights: Sequence[float]
) -> DepartmentFigures:
    """Expected figures of one department; draws of different scenarios know nothing of each other.

    An hour more or less counts where it was solved in every scenario.
    """
    pairs = list(zip(found, weights, strict=True))
    errors = [(weight * one.sampling_error) ** 2 for one, weight in pairs if one.sampling_error]

    def margin(read: Callable[[DepartmentFigures], Range | None]) -> Range | None:
        ranges = [read(one) for one in found]
        solved = [one for one in ranges if one is not None]
        return mean_range(solved, weights) if len(solved) == len(ranges) else None

    return DepartmentFigures(
        share=mean_range([one.share for one in found], weights),
        sampling_error=sqrt(fsum(errors)) if errors else None,
        person_hours=fsum(weight * one.person_hours for one, weight in pairs),
        plus=margin(lambda one: one.plus),
        minus=margin(lambda one: one.minus),
        overrun_hours=fsum(weight * one.overrun_hours for one, weight in pairs),
    )
