"""Hours of release of one scenario: at four speeds, of coalitions of late departments, shifted.

A table has an hour for every release of the rules that lets a lane of the scenario go. Everybody
else sees tables only: the dispatch knows nothing of who was late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from math import fsum
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from allocator.approvals import Network, Release, release, step_hours
from allocator.approvals.criticality import ReleaseWay
from allocator.case import Case
from allocator.coordination.relied_lanes import AT_ONCE, relied_lanes
from allocator.engine.dispatch_periods import HOUR_NOISE, PERIOD_HOURS
from allocator.plan import Plan
from allocator.schema.procedure import ApprovalStep

__all__ = ["SPEEDS", "ReleaseTables", "SignOffSpeed"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SignOffSpeed = Literal["ideal", "limit", "actual", "uncoordinated"]

SPEEDS: tuple[SignOffSpeed, ...] = get_args(SignOffSpeed)
"""Speeds of sign-offs, none of them later than the next."""

_Timed = Callable[[Network, Floats], Floats]

_DIGITS = 9
"""Decimals of an hour that count: what differs by rounding only is the same release."""


class ReleaseTables:
    """Tables of release hours of one scenario.

    Parameters
    ----------
    case
        The case.
    scenario
        Code of the scenario.
    placement
        Plan whose stock holds; None for today's stock.
    """

    def __init__(self, case: Case, scenario: str, placement: Plan | None = None) -> None:
        self._case = case
        self._actual = step_hours(case, scenario, "actual")
        self._limit = step_hours(case, scenario, "limit")
        self._release = release(case, case.scenario(scenario))
        places, self._has_free_lane = _rules_in_use(case, scenario, placement)
        used = [self._release.rules[place] for place in places]
        self.rules: tuple[tuple[str, str], ...] = tuple(
            dict.fromkeys((rule.procedure, rule.release_step) for rule in used)
        )

    @cached_property
    def steps(self) -> tuple[ApprovalStep, ...]:
        """Enabled steps whose duration may matter to a release."""
        networks = self._release.networks
        keys = dict.fromkeys(
            (procedure, code)
            for procedure, step in self.rules
            for code in _way(networks[procedure], step).steps
        )
        return tuple(networks[procedure].steps[code] for procedure, code in keys)

    @cached_property
    def departments(self) -> tuple[str, ...]:
        """Departments that answer for such a step, in the order of their sheet."""
        theirs = {step.department for step in self.steps}
        return tuple(row.department for row in self._case.departments if row.department in theirs)

    @cached_property
    def overrun_hours(self) -> Mapping[str, float]:
        """Hours over the limit by department, summed over its steps. [h]."""
        return {
            department: fsum(
                self._overrun(step) for step in self.steps if step.department == department
            )
            for department in self.departments
        }

    @cached_property
    def late_departments(self) -> tuple[str, ...]:
        """Departments with a step over its limit."""
        return tuple(code for code, hours in self.overrun_hours.items() if hours > 0.0)

    def _overrun(self, step: ApprovalStep) -> float:
        """Hours of a step over its limit, 0 where that is rounding. [h]."""
        key = step.procedure, step.step
        return round(self._actual[key] - self._limit[key], _DIGITS)

    def at(self, speed: SignOffSpeed) -> Floats:
        """Table at one speed, shape (rule,). [h]."""
        if speed == "uncoordinated":
            return self._table(self._longest, Network.one_after_other_hours)
        if speed == "ideal":
            return self._table(self._limit, Network.side_by_side_hours)
        hours = self._actual if speed == "actual" else self._limit
        return self._table(hours, Network.finish_hours)

    @cached_property
    def _longest(self) -> dict[tuple[str, str], float]:
        """Actual hours, or the longest that the sheet gives if that is more. [h]."""
        return {
            (step.procedure, step.step): max(
                self._actual[step.procedure, step.step], step.duration_max_hours or 0.0
            )
            for step in self._case.approval_steps
        }

    def of_coalitions(self, departments: Iterable[str], members: Flags) -> Floats:
        """Tables where some departments sign as they do, and all others within their limits.

        Parameters
        ----------
        departments
            Columns of ``members``.
        members
            Who signs at actual speed, shape (coalition, department).

        Returns
        -------
        Floats
            Shape (coalition, rule). [h]
        """
        column = {department: k for k, department in enumerate(departments)}
        courses = {
            (step.procedure, step.step): np.where(
                members[:, column[step.department]],
                self._actual[step.procedure, step.step],
                self._limit[step.procedure, step.step],
            )
            if step.department in column
            else np.full(len(members), self._limit[step.procedure, step.step])
            for step in self._case.approval_steps
        }
        return np.ascontiguousarray(self._table(courses, Network.finish_hours, len(members)).T)

    def shifted(self, department: str, hours: float) -> Floats:
        """Actual table with every step of one department longer or shorter, not below 0.

        Parameters
        ----------
        department
            Its code.
        hours
            Added to each of its steps; negative to take away. [h]

        Returns
        -------
        Floats
            Shape (rule,). [h]
        """
        moved = {
            (step.procedure, step.step): max(0.0, self._actual[step.procedure, step.step] + hours)
            if step.department == department
            else self._actual[step.procedure, step.step]
            for step in self._case.approval_steps
        }
        return self._table(moved, Network.finish_hours)

    def _table(
        self, hours: Mapping[tuple[str, str], ArrayLike], timed: _Timed, count: int | None = None
    ) -> Floats:
        """Hours of release, shape (rule,) or (rule, coalition). [h]."""
        if not self.rules:
            return np.zeros(0 if count is None else (0, count))
        ends: dict[str, Floats] = {}
        for procedure in dict.fromkeys(name for name, _ in self.rules):
            network = self._release.networks[procedure]
            durations = np.array([hours[procedure, code] for code in network.codes], dtype=float)
            ends[procedure] = timed(network, durations)
        rows = [
            ends[procedure][self._release.networks[procedure].place(step)]
            for procedure, step in self.rules
        ]
        return np.round(np.array(rows, dtype=float), _DIGITS)

    def release(self, table: Floats) -> Release:
        """Lanes of the case released as a table says; other rules as planned.

        Parameters
        ----------
        table
            Shape (rule,). [h]
        """
        return self._release.with_rule_hours(dict(zip(self.rules, table.tolist(), strict=True)))

    @staticmethod
    def load_starts(tables: Floats) -> Floats:
        """First hours at which loading may start, since it starts at whole periods. [h].

        Tables with the same first starts let a dispatch do the same, so that their losses are one.

        Parameters
        ----------
        tables
            Any shape. [h]
        """
        # Adding 0 makes -0 and 0 the same bytes.
        return np.asarray(np.ceil(tables / PERIOD_HOURS - HOUR_NOISE) * PERIOD_HOURS + 0.0)

    def first_and_last(self, table: Floats) -> tuple[float, float]:
        """First and last hour of release of the scenario's lanes. [h].

        Parameters
        ----------
        table
            Shape (rule,). [h]
        """
        hours = [*table.tolist(), *([0.0] if self._has_free_lane or not len(table) else [])]
        return min(hours), max(hours)


def _way(network: Network, release_step: str) -> ReleaseWay:
    """The way to a release, whatever the durations."""
    return ReleaseWay(network, release_step, np.zeros((len(network.codes), 1)))


def _rules_in_use(case: Case, scenario: str, placement: Plan | None) -> tuple[list[int], bool]:
    """Places of the rules that release a lane with stock and need, and if any needs no rule.

    A lane counts if it can arrive by the deadline were it released at once. What goes through hubs
    may be under any rule.
    """
    if case.legs:
        return list(range(len(case.approval_rules))), True
    lanes = relied_lanes(case, scenario, placement)
    places = lanes.rule[lanes.is_relied]
    return sorted(set(places[places != AT_ONCE].tolist())), bool((places == AT_ONCE).any())
