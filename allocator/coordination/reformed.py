"""The procedures of a case with some reforms made, timed by the same networks as ever."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from allocator.approvals import Network, Release, Speed, release, split_codes, step_hours
from allocator.case import Case
from allocator.errors import NotFoundError
from allocator.schema.procedure import ApprovalStep
from allocator.schema.sign_offs import ApprovalRecord, ReformKind

__all__ = [
    "Reformed",
    "Reforms",
    "StepReform",
    "changes_text",
    "mildness",
    "read_changes",
    "severity",
    "timed",
]

Key = tuple[str, str]

MILDEST_FIRST: tuple[ReformKind, ...] = (
    "verbal",
    "parallel",
    "delegate",
    "pre_authorise",
    "inform",
)
"""Kinds of reforms by how little they take from who signs; of equals the mildest is proposed."""

_SHADOW = " (paper)"
"""Added to the step of a log's rows that no longer say how long the step takes."""


@dataclass(frozen=True, order=True)
class StepReform:
    """One change to one step.

    Parameters
    ----------
    procedure, step
        Which step.
    kind
        What is done to it.
    """

    procedure: str
    step: str
    kind: ReformKind

    @property
    def key(self) -> Key:
        """Procedure and step."""
        return self.procedure, self.step

    def __str__(self) -> str:
        return f"{self.procedure}/{self.step} {self.kind}"


Reforms = frozenset[StepReform]


def mildness(reform: StepReform) -> tuple[int, StepReform]:
    """Order of single reforms, the mildest first."""
    return MILDEST_FIRST.index(reform.kind), reform


def severity(reforms: Collection[StepReform]) -> tuple[int, int, list[StepReform]]:
    """Order of sets of reforms: few, mild ones, by name."""
    return len(reforms), sum(mildness(one)[0] for one in reforms), sorted(reforms)


def changes_text(reforms: Iterable[StepReform]) -> str:
    """Return a set of reforms as one cell, in the order of procedures and steps."""
    return "; ".join(str(one) for one in sorted(reforms))


def read_changes(text: str) -> tuple[StepReform, ...]:
    """Read a cell that ``changes_text`` wrote."""
    found = []
    for part in split_codes(text):
        subject, _, kind = part.rpartition(" ")
        procedure, _, step = subject.partition("/")
        found.append(StepReform(procedure, step, kind))  # type: ignore[arg-type]
    return tuple(found)


class Reformed:
    """A case after some reforms.

    ``verbal`` and ``delegate`` exchange the planned duration, and ``delegate`` whose usual delay
    comes on top; rows of the log no longer count for such a step. ``pre_authorise`` takes no time,
    whatever the scenario does. ``inform`` disables the step. ``parallel`` lets it begin when the
    steps it waits for begin.

    Parameters
    ----------
    case
        The case as it is.
    reforms
        One a step at most.

    Raises
    ------
    NotFoundError
        If a reform names a step that does not exist, or lacks the hours it needs.
    """

    def __init__(self, case: Case, reforms: Collection[StepReform]) -> None:
        self.original = case
        self.reforms = frozenset(reforms)
        steps = {(row.procedure, row.step): row for row in case.approval_steps}
        changed = {one.key: _edited(steps, one) for one in self.reforms}
        self.case = case
        if changed:
            rows = [changed.get(key, row) for key, row in steps.items()]
            self.case = case.replace(ApprovalStep, rows).replace(
                ApprovalRecord, _records(case, self._steps_of("verbal", "delegate"))
            )

    def _steps_of(self, *kinds: ReformKind) -> frozenset[Key]:
        """Steps to which one of these things is done."""
        return frozenset(one.key for one in self.reforms if one.kind in kinds)

    @cached_property
    def networks(self) -> Mapping[str, Network]:
        """Procedures as they are timed now."""
        beside = self._steps_of("parallel")
        by_procedure: dict[str, list[ApprovalStep]] = {}
        for row in self.case.approval_steps:
            by_procedure.setdefault(row.procedure, []).append(row)
        return {
            name: Network(rows, [step for procedure, step in beside if procedure == name])
            for name, rows in by_procedure.items()
        }

    @property
    def no_time(self) -> frozenset[Key]:
        """Steps that are signed beforehand."""
        return self._steps_of("pre_authorise")

    def step_hours(self, scenario: str | None, speed: Speed) -> dict[Key, float]:
        """Duration of every step at one speed, as ``approvals.step_hours``. [h]."""
        hours = step_hours(self.case, scenario, speed)
        hours.update(dict.fromkeys(self.no_time, 0.0))
        return hours

    def release(self, scenario: str, hours: Mapping[Key, float]) -> Release:
        """Release hours of all lanes with given durations.

        Parameters
        ----------
        scenario
            Scenario whose needs are requested.
        hours
            Durations of steps as they are after the reforms. [h]
        """
        return timed(release(self.case, self.case.scenario(scenario)), self.networks, hours)


def timed(base: Release, networks: Mapping[str, Network], hours: Mapping[Key, float]) -> Release:
    """Return the same lanes with procedures timed anew.

    Parameters
    ----------
    base
        Lanes and rules.
    networks
        Procedures.
    hours
        Durations by procedure and step. [h]
    """
    finish: dict[Key, float] = {}
    for name, network in networks.items():
        durations = np.array([hours[name, step] for step in network.codes], dtype=float)
        ends = network.finish_hours(durations).tolist()
        finish.update({(name, step): end for step, end in zip(network.codes, ends, strict=True)})
    rule_hours = [finish[rule.procedure, rule.release_step] for rule in base.rules]
    return replace(
        base,
        networks=networks,
        step_finish_hours=finish,
        rule_hours=np.array(rule_hours, dtype=float),
    )


def _edited(steps: Mapping[Key, ApprovalStep], reform: StepReform) -> ApprovalStep:
    """One step as it is after its reform."""
    if reform.key not in steps:
        raise NotFoundError(
            f"reform {reform}: there is no such step in Approval_Steps. Maybe a code is misspelt."
        )
    row = steps[reform.key]
    if reform.kind == "inform":
        return row.model_copy(update={"is_enabled": False})
    if reform.kind == "verbal":
        return _shortened(row, reform, row.verbal_hours, "verbal_hours", row.department)
    if reform.kind == "delegate":
        deputy = row.deputy or row.department
        return _shortened(row, reform, row.deputy_hours, "deputy_hours", deputy)
    return row


def _shortened(
    row: ApprovalStep, reform: StepReform, hours: float | None, field: str, signs: str
) -> ApprovalStep:
    """One step that takes other hours, and the usual delay of whoever signs now.

    The department is exchanged for the timing only: guard rails and reports read the case as it is.
    """
    if hours is None:
        raise NotFoundError(
            f"reform {reform}: {field} of the step is empty. Maybe fill it in, or try another kind."
        )
    return row.model_copy(
        update={
            "duration_hours": hours,
            "distribution": "fixed",
            "is_verbal_allowed": False,
            "department": signs,
        }
    )


def _records(case: Case, changed: Collection[Key]) -> list[ApprovalRecord]:
    """Rows of the log, those of changed steps under a name that no step has.

    They are kept so that the same past cases are drawn for all other steps as before.
    """
    return [
        row.model_copy(update={"step": row.step + _SHADOW})
        if (row.procedure, row.step) in changed
        else row
        for row in case.rows(ApprovalRecord)
    ]
