"""Release hours: how long the sign-offs keep goods in the warehouse.

A procedure is a network of steps. ``AND`` waits for its latest predecessor, ``OR`` for its
earliest, and a ``BYPASS`` step may end earlier than the steps it stands in for. The rules of the
``Approval_Rules`` sheet say which step of which procedure releases a lane. The exact wording is
in ``docs/model.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case
from allocator.errors import AllocatorError
from allocator.schema.network import Level
from allocator.schema.procedure import ApprovalRule, ApprovalStep

__all__ = ["LEVELS", "RECEIVERS", "Release", "finish_hours", "release", "split_codes"]

LEVELS: tuple[str, ...] = get_args(Level)
RECEIVERS: tuple[str, ...] = ("own_district", "same_prefecture", "same_province", "other_province")


def split_codes(text: str) -> tuple[str, ...]:
    """Split a list of codes parted by semicolons."""
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _bypassed_ends(steps: Mapping[str, ApprovalStep]) -> dict[str, list[str]]:
    """Steps whose finish a bypass may bring forward: ``{last bypassed step: bypass steps}``."""
    ends: dict[str, list[str]] = {}
    for code, step in steps.items():
        if step.join != "BYPASS" or not step.is_enabled:
            continue
        targets = [target for target in split_codes(step.bypasses) if target in steps]
        followed = {
            before for target in targets for before in split_codes(steps[target].predecessors)
        }
        for target in targets:
            if target not in followed:
                ends.setdefault(target, []).append(code)
    return ends


def _start_hours(
    step: ApprovalStep, steps: Mapping[str, ApprovalStep], finish: Mapping[str, float]
) -> float:
    """Hour at which a step can start, given the finish of its predecessors."""
    before = split_codes(step.predecessors)
    if step.join == "START" or not before:
        return 0.0
    if step.join == "OR":
        enabled = [code for code in before if steps[code].is_enabled]
        return min(finish[code] for code in enabled or before)
    return max(finish[code] for code in before)


def finish_hours(steps: Iterable[ApprovalStep]) -> dict[str, float]:
    """Hour at which each step of one procedure is through, durations as given.

    Parameters
    ----------
    steps
        All steps of one procedure.

    Returns
    -------
    dict
        ``{step: hours from the event}``. [h]

    Raises
    ------
    AllocatorError
        If the steps wait for each other in a circle, or for a step that does not exist.
    """
    by_code = {step.step: step for step in steps}
    bypasses = _bypassed_ends(by_code)
    graph = {
        code: {*split_codes(step.predecessors), *bypasses.get(code, ())}
        for code, step in by_code.items()
    }
    missing = {before for after in graph.values() for before in after} - set(by_code)
    if missing:
        raise AllocatorError(
            f"Approval_Steps: predecessors {sorted(missing)} do not exist. "
            "Maybe a code is misspelt."
        )
    try:
        order = tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " -> ".join(error.args[1])
        raise AllocatorError(
            f"Approval_Steps: steps wait for each other: {circle}. Maybe a predecessor is wrong."
        ) from error
    finish: dict[str, float] = {}
    for code in order:
        step = by_code[code]
        duration = step.duration_hours if step.is_enabled else 0.0
        own = _start_hours(step, by_code, finish) + duration
        finish[code] = min([own, *(finish[bypass] for bypass in bypasses.get(code, ()))])
    return finish


@dataclass(frozen=True)
class Release:
    """Release hours of every kind of lane.

    Parameters
    ----------
    groups
        Item groups of the case, in the order of the last axis.
    item_group
        Index into ``groups``, shape (item,).
    hours
        Shape (level, receiver, group), in the order of ``LEVELS``, ``RECEIVERS``, ``groups``. [h]
    rules
        The rule that applies, same nesting; None if released at once.
    warehouse_level, warehouse_province, warehouse_prefecture, warehouse_district
        By warehouse, as indices or texts.
    district_code, district_province, district_prefecture
        By district, as texts.
    """

    groups: tuple[str, ...]
    item_group: NDArray[np.int64]
    hours: NDArray[np.float64]
    rules: Mapping[tuple[int, int, int], ApprovalRule | None]
    steps: Mapping[str, tuple[ApprovalStep, ...]]
    warehouse_level: NDArray[np.int64]
    warehouse_province: NDArray[np.str_]
    warehouse_prefecture: NDArray[np.str_]
    warehouse_district: NDArray[np.str_]
    district_code: NDArray[np.str_]
    district_province: NDArray[np.str_]
    district_prefecture: NDArray[np.str_]

    def receiver(
        self, warehouse: NDArray[np.int64], district: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Narrowest relation of each pair, as an index into ``RECEIVERS``, shape (pair,)."""
        same_province = self.warehouse_province[warehouse] == self.district_province[district]
        prefecture = self.warehouse_prefecture[warehouse]
        same_prefecture = (
            same_province & (prefecture == self.district_prefecture[district]) & (prefecture != "")
        )
        own = self.warehouse_district[warehouse] == self.district_code[district]
        relation = np.where(same_province, 2, 3)
        relation[same_prefecture] = 1
        relation[own] = 0
        return relation

    def lane_hours(
        self, warehouse: NDArray[np.int64], district: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Release hours of pairs, shape (pair, group). [h]."""
        level = self.warehouse_level[warehouse]
        return self.hours[level, self.receiver(warehouse, district)]

    def rule(self, warehouse: int, district: int, group: int) -> ApprovalRule | None:
        """Return the rule that releases one lane for one item group, if any."""
        relation = self.receiver(np.array([warehouse]), np.array([district]))[0]
        return self.rules[int(self.warehouse_level[warehouse]), int(relation), group]

    def steps_waited_for(self, rule: ApprovalRule) -> tuple[ApprovalStep, ...]:
        """Steps on the way to a rule's release step, in the order of their finish."""
        by_code = {step.step: step for step in self.steps[rule.procedure]}
        finish = finish_hours(by_code.values())
        wanted: set[str] = set()
        pending = [rule.release_step]
        while pending:
            code = pending.pop()
            if code not in wanted:
                wanted.add(code)
                pending.extend(split_codes(by_code[code].predecessors))
        enabled = (by_code[code] for code in wanted if by_code[code].is_enabled)
        return tuple(sorted(enabled, key=lambda step: (finish[step.step], step.step)))


def _first_rule(
    rules: Sequence[ApprovalRule], level: str, receiver: str, group: str
) -> ApprovalRule | None:
    """First row of the rules that fits."""
    for rule in rules:
        if (
            rule.warehouse_level in ("any", level)
            and rule.receiver in ("any", receiver)
            and rule.item_group in ("any", group)
        ):
            return rule
    return None


def release(case: Case) -> Release:
    """Work out the release hours of every kind of lane of a case.

    Raises
    ------
    AllocatorError
        If a procedure is circular or a rule names a step that does not exist.
    """
    by_procedure: dict[str, list[ApprovalStep]] = {}
    for step in case.approval_steps:
        by_procedure.setdefault(step.procedure, []).append(step)
    finish = {name: finish_hours(steps) for name, steps in by_procedure.items()}
    groups = tuple(dict.fromkeys(item.item_group for item in case.items))
    hours = np.zeros((len(LEVELS), len(RECEIVERS), len(groups)))
    rules: dict[tuple[int, int, int], ApprovalRule | None] = {}
    for place in np.ndindex(hours.shape):
        a, b, c = (int(k) for k in place)
        rule = _first_rule(case.approval_rules, LEVELS[a], RECEIVERS[b], groups[c])
        rules[a, b, c] = rule
        if rule is not None:
            try:
                hours[a, b, c] = finish[rule.procedure][rule.release_step]
            except KeyError as error:
                raise AllocatorError(
                    f"Approval_Rules: procedure {rule.procedure!r} has no step "
                    f"{rule.release_step!r}. Maybe a code is misspelt."
                ) from error
    district = {row.district: row for row in case.districts}
    homes = [district.get(row.district or "") for row in case.warehouses]
    pairs = list(zip(case.warehouses, homes, strict=True))
    return Release(
        groups=groups,
        item_group=np.array([groups.index(item.item_group) for item in case.items], dtype=int),
        hours=hours,
        rules=rules,
        steps={name: tuple(steps) for name, steps in by_procedure.items()},
        warehouse_level=np.array([LEVELS.index(row.level) for row in case.warehouses], dtype=int),
        warehouse_province=np.array(
            [row.province or (home.province if home else "") for row, home in pairs], dtype=np.str_
        ),
        warehouse_prefecture=np.array(
            [row.prefecture or (home.prefecture if home else "") for row, home in pairs],
            dtype=np.str_,
        ),
        warehouse_district=np.array(
            [row.district or "-" for row in case.warehouses], dtype=np.str_
        ),
        district_code=np.array([row.district for row in case.districts], dtype=np.str_),
        district_province=np.array([row.province for row in case.districts], dtype=np.str_),
        district_prefecture=np.array([row.prefecture for row in case.districts], dtype=np.str_),
    )
