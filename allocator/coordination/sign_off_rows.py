"""Rows about sign-offs: which decide, how much later they may end, when goods are released."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocator.approvals import Network, networks, release, step_hours
from allocator.approvals.criticality import ReleaseWay
from allocator.approvals.simulation import SAMPLES, Courses, simulate
from allocator.case import Case
from allocator.coordination.relied_lanes import AT_ONCE, ReliedLanes, relied_lanes
from allocator.plan import Plan
from allocator.schema.coordination import ReleaseHours, SignOffStep
from allocator.schema.procedure import ApprovalStep
from allocator.schema.results import Trip

__all__ = ["SignOffStudy"]

Floats = NDArray[np.float64]

Key = tuple[str, str]

QUANTILES = (0.1, 0.5, 0.9)
"""Shares of the courses for which hours of release are told."""


@dataclass(frozen=True)
class SignOffStudy:
    """Sign-offs of one scenario over many simulated courses.

    Parameters
    ----------
    case, scenario
        Case and code of the scenario.
    placement
        Plan whose stock holds; None means today's.
    trips
        Of a dispatch, whose lanes alone count for latest ends; all lanes if there are none.
    samples, seed
        How many courses, and which.
    """

    case: Case
    scenario: str
    placement: Plan | None = None
    trips: tuple[Trip, ...] = ()
    samples: int = SAMPLES
    seed: int = 0

    @cached_property
    def courses(self) -> Courses:
        """Durations at actual speed."""
        return simulate(self.case, self.scenario, samples=self.samples, seed=self.seed)

    @cached_property
    def lanes(self) -> ReliedLanes:
        """Lanes with stock and need; those of the trips alone if there are any."""
        return relied_lanes(self.case, self.scenario, self.placement, self.trips)

    @cached_property
    def releases(self) -> tuple[Key, ...]:
        """Procedures and release steps, in the order of the rules."""
        pairs = ((rule.procedure, rule.release_step) for rule in self.case.approval_rules)
        return tuple(dict.fromkeys(pairs))

    @cached_property
    def ways(self) -> Mapping[Key, ReleaseWay]:
        """Simulated way to each release."""
        return {
            (procedure, step): ReleaseWay(
                self._networks[procedure],
                step,
                self.courses.of(procedure, self._networks[procedure].codes),
            )
            for procedure, step in self.releases
        }

    def step_rows(self) -> tuple[SignOffStep, ...]:
        """One row for each step on the way to each release."""
        targets = self.lanes.target_hours()
        planned = step_hours(self.case, self.scenario, "planned")
        rows = []
        for key, way in self.ways.items():
            hours = [planned[key[0], code] for code in way.network.codes]
            plan = ReleaseWay(way.network, key[1], np.array(hours, dtype=float)[:, None])
            rows += [self._step_row(key, code, way, plan, targets.get(key)) for code in way.steps]
        return tuple(rows)

    def release_rows(self) -> tuple[ReleaseHours, ...]:
        """One row for each kind of lane with stock and need."""
        scenario = self.case.scenario(self.scenario)
        told = [
            release(self.case, scenario, step_hours(self.case, self.scenario, speed)).rule_hours
            for speed in ("planned", "limit", "actual")
        ]
        deadline = self.case.deadline_hours(scenario)
        rows = []
        for kind, count in self.lanes.kinds().items():
            key, hours, quantiles = ("", ""), [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
            if kind.rule != AT_ONCE:
                rule = self.case.approval_rules[kind.rule]
                key = rule.procedure, rule.release_step
                hours = [float(each[kind.rule]) for each in told]
                quantiles = np.quantile(self.ways[key].release_hours, QUANTILES).tolist()
            rows.append(
                ReleaseHours(
                    scenario=self.scenario,
                    warehouse_level=kind.level,
                    from_province=kind.from_province,
                    receiver=kind.receiver,
                    to_province=kind.to_province,
                    item_group=kind.group,
                    procedure=key[0],
                    release_step=key[1],
                    lanes_count=count,
                    planned_hours=hours[0],
                    limit_hours=hours[1],
                    actual_hours=hours[2],
                    p10_hours=quantiles[0],
                    p50_hours=quantiles[1],
                    p90_hours=quantiles[2],
                    horizon_share=hours[2] / deadline,
                )
            )
        return tuple(rows)

    def department_criticality(self) -> dict[str, float]:
        """Share of courses in which a department's steps, all a little longer, delay a release.

        Releases that no lane relies on do not count; all count if no lane relies on any.

        Returns
        -------
        dict
            By department that answers for an enabled step.
        """
        places = set(np.unique(self.lanes.rule[self.lanes.is_relied]).tolist()) - {AT_ONCE}
        rules = [self.case.approval_rules[place] for place in sorted(places)]
        relied = {(rule.procedure, rule.release_step) for rule in rules} or set(self.releases)
        delays: dict[str, NDArray[np.bool_]] = {
            step.department: np.zeros(self.samples, dtype=bool)
            for step in self.case.approval_steps
            if step.is_enabled
        }
        for key in relied:
            way = self.ways[key]
            for department, codes in _by_department(way.network, way.steps).items():
                delays[department] = delays[department] | way.is_delayed_by(codes)
        return {department: float(flags.mean()) for department, flags in delays.items()}

    @cached_property
    def _networks(self) -> Mapping[str, Network]:
        return networks(self.case)

    def _step_row(
        self, key: Key, code: str, way: ReleaseWay, plan: ReleaseWay, target_hours: float | None
    ) -> SignOffStep:
        """One step towards one release."""
        step, place = way.network.steps[code], way.network.place(code)
        deadline = self.case.deadline_hours(self.case.scenario(self.scenario))
        latest = None
        if target_hours is not None:
            latest = float(plan.latest_end_hours(code, target_hours)[0])
        ends = way.own_end_hours[place]
        return SignOffStep(
            scenario=self.scenario,
            procedure=key[0],
            release_step=key[1],
            step=code,
            name=step.name,
            department=step.department,
            duration_hours=float(way.durations[place].mean()),
            begin_hours=float(way.begin_hours[place].mean()),
            end_hours=float(ends.mean()),
            end_p90_hours=float(np.quantile(ends, 0.9)),
            criticality=float(way.is_delayed_by([code]).mean()),
            slack_hours=float(np.minimum(way.slack_hours(code), deadline).mean()),
            latest_end_hours=latest if latest is not None and np.isfinite(latest) else None,
            paper_due_hours=self._paper_due(step, float(plan.own_end_hours[place, 0])),
        )

    def _paper_due(self, step: ApprovalStep, end_hours: float) -> float | None:
        """When the paper must follow if the step is spoken as planned. [h]"""
        if not step.is_verbal_allowed:
            return None
        longest = self.case.settings.paper_within_hours
        within = step.formalise_within_hours
        return end_hours + (longest if within is None else min(within, longest))


def _by_department(network: Network, codes: Iterable[str]) -> dict[str, list[str]]:
    """Steps by the department that answers for them."""
    found: dict[str, list[str]] = {}
    for code in codes:
        found.setdefault(network.steps[code].department, []).append(code)
    return found
