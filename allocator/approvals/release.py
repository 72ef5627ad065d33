"""Release hours: how long the sign-offs keep goods in the warehouse.

The rules of the ``Approval_Rules`` sheet say which step of which procedure releases a lane; the
end of that step on its network is the hour of release. The exact wording is in ``docs/model.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from allocator.approvals.network import Network
from allocator.approvals.speeds import StepHours, step_hours
from allocator.case import Case
from allocator.errors import AllocatorError
from allocator.schema.disaster import Scenario
from allocator.schema.network import Level
from allocator.schema.procedure import ApprovalRule, ApprovalStep

__all__ = ["LEVELS", "RECEIVERS", "Release", "networks", "release"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Texts = NDArray[np.str_]

LEVELS: tuple[str, ...] = get_args(Level)
RECEIVERS: tuple[str, ...] = ("own_district", "same_prefecture", "same_province", "other_province")

_AT_ONCE = -1
"""Place of the rule of lanes that no rule fits."""


@dataclass(frozen=True)
class Release:
    """Release hours of every lane, under one scenario.

    Parameters
    ----------
    groups
        Item groups of the case, in the order of the axis ``group``.
    item_group
        Index into ``groups``, shape (item,).
    rules
        Rules of the case, in the order of the axis ``rule``.
    rule_hours
        Hour at which each rule releases, shape (rule,). [h]
    networks
        Steps of every procedure.
    step_finish_hours
        Hour at which each step is through, by procedure and step. [h]
    request_units
        Whole need of the scenario, shape (district, group). [units]
    warehouse_level, warehouse_province, warehouse_prefecture, warehouse_district
        By warehouse, as indices or texts.
    district_code, district_province, district_prefecture
        By district, as texts.
    """

    groups: tuple[str, ...]
    item_group: Integers
    rules: tuple[ApprovalRule, ...]
    rule_hours: Floats
    networks: Mapping[str, Network]
    step_finish_hours: StepHours
    request_units: Floats
    warehouse_level: Integers
    warehouse_province: Texts
    warehouse_prefecture: Texts
    warehouse_district: Texts
    district_code: Texts
    district_province: Texts
    district_prefecture: Texts

    def receiver(self, warehouse: Integers, district: Integers) -> Integers:
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

    def lane_rules(self, warehouse: Integers, district: Integers) -> Integers:
        """Place in ``rules`` of what releases each pair, shape (pair, group); -1 for none."""
        warehouse, district = np.asarray(warehouse), np.asarray(district)
        level, relation = self.warehouse_level[warehouse], self.receiver(warehouse, district)
        found = self._by_kind[level, relation]
        for place, rule in self._narrow_rules:
            fits = np.ones(len(warehouse), dtype=bool)
            if rule.warehouse_level != "any":
                fits &= level == LEVELS.index(rule.warehouse_level)
            if rule.receiver != "any":
                fits &= relation == RECEIVERS.index(rule.receiver)
            if rule.from_province:
                fits &= self.warehouse_province[warehouse] == rule.from_province
            if rule.to_province:
                fits &= self.district_province[district] == rule.to_province
            for group in self._groups_of(rule):
                enough = fits & (self.request_units[district, group] >= rule.min_request_units)
                later = (found[:, group] > place) | (found[:, group] == _AT_ONCE)
                found[enough & later, group] = place
        return found

    def lane_hours(self, warehouse: Integers, district: Integers) -> Floats:
        """Release hours of pairs, shape (pair, group). [h]."""
        hours = np.append(self.rule_hours, 0.0)
        return np.asarray(hours[self.lane_rules(warehouse, district)])

    @property
    def kind_hours(self) -> Floats:
        """Release hours by level, receiver and group, where no narrower rule fits. [h]."""
        return np.asarray(np.append(self.rule_hours, 0.0)[self._by_kind])

    def rule(self, warehouse: int, district: int, group: int) -> ApprovalRule | None:
        """Return the rule that releases one lane for one item group, if any."""
        place = int(self.lane_rules(np.array([warehouse]), np.array([district]))[0, group])
        return None if place == _AT_ONCE else self.rules[place]

    def steps_waited_for(self, rule: ApprovalRule) -> tuple[ApprovalStep, ...]:
        """Enabled steps on the way to a rule's release step, in the order of their finish."""
        network = self.networks[rule.procedure]
        steps = [network.steps[code] for code in network.waited_for(rule.release_step)]
        return tuple(
            sorted(
                (step for step in steps if step.is_enabled),
                key=lambda step: (self.step_finish_hours[step.procedure, step.step], step.step),
            )
        )

    def with_rule_hours(self, hours: Mapping[tuple[str, str], float]) -> Release:
        """Return the same lanes with other hours of release.

        Parameters
        ----------
        hours
            By procedure and release step; those that are not named stay. [h]
        """
        pairs = zip(self.rules, self.rule_hours.tolist(), strict=True)
        new = [hours.get((rule.procedure, rule.release_step), old) for rule, old in pairs]
        return replace(self, rule_hours=np.array(new, dtype=float))

    def at_once(self) -> Release:
        """Return the same lanes, all released at once."""
        return replace(self, rule_hours=np.zeros_like(self.rule_hours))

    @cached_property
    def _narrow_rules(self) -> tuple[tuple[int, ApprovalRule], ...]:
        """Rules for some provinces or large requests only, with their places."""
        return tuple((k, rule) for k, rule in enumerate(self.rules) if not _is_by_kind(rule))

    @cached_property
    def _by_kind(self) -> Integers:
        """First of the other rules that fits, shape (level, receiver, group)."""
        found = np.full((len(LEVELS), len(RECEIVERS), len(self.groups)), _AT_ONCE, dtype=np.int64)
        for place in reversed(range(len(self.rules))):
            rule = self.rules[place]
            if _is_by_kind(rule):
                levels = _places(LEVELS, rule.warehouse_level)
                receivers = _places(RECEIVERS, rule.receiver)
                found[np.ix_(levels, receivers, self._groups_of(rule))] = place
        return found

    def _groups_of(self, rule: ApprovalRule) -> list[int]:
        """Places of the item groups that a rule is about."""
        return _places(self.groups, rule.item_group)


def _is_by_kind(rule: ApprovalRule) -> bool:
    """Whether level, receiver and item group alone say if a rule fits."""
    return not (rule.from_province or rule.to_province or rule.min_request_units > 0)


def _places(names: tuple[str, ...], wanted: str) -> list[int]:
    """Places of a name, or of all names for ``any``."""
    return [k for k, name in enumerate(names) if wanted in ("any", name)]


def networks(case: Case) -> dict[str, Network]:
    """Compile the procedures of a case.

    Raises
    ------
    AllocatorError
        If the steps of a procedure wait for each other, or for a step that does not exist.
    """
    by_procedure: dict[str, list[ApprovalStep]] = {}
    for step in case.approval_steps:
        by_procedure.setdefault(step.procedure, []).append(step)
    return {name: Network(steps) for name, steps in by_procedure.items()}


def release(
    case: Case, scenario: Scenario | None = None, hours: StepHours | None = None
) -> Release:
    """Work out when sign-offs release the lanes of a case.

    Parameters
    ----------
    case
        The case.
    scenario
        Scenario whose needs are requested, and that may slow sign-offs; None for no needs.
    hours
        Durations of steps instead of the planned ones; steps that are not named keep theirs. [h]

    Raises
    ------
    AllocatorError
        If a procedure is circular or a rule names a step that does not exist.
    """
    compiled = networks(case)
    code = None if scenario is None else scenario.scenario
    durations = step_hours(case, code, "planned")
    durations.update(hours or {})
    finish: dict[tuple[str, str], float] = {}
    for name, network in compiled.items():
        own = np.array([durations[name, step] for step in network.codes], dtype=float)
        ends = network.finish_hours(own).tolist()
        finish.update({(name, step): end for step, end in zip(network.codes, ends, strict=True)})
    groups = tuple(dict.fromkeys(item.item_group for item in case.items))
    item_group = np.array([groups.index(item.item_group) for item in case.items], dtype=np.int64)
    district = {row.district: row for row in case.districts}
    homes = [district.get(row.district or "") for row in case.warehouses]
    pairs = list(zip(case.warehouses, homes, strict=True))
    return Release(
        groups=groups,
        item_group=item_group,
        rules=case.approval_rules,
        rule_hours=_rule_hours(case, finish),
        networks=compiled,
        step_finish_hours=finish,
        request_units=_request_units(case, code, item_group, len(groups)),
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


def _rule_hours(case: Case, finish: StepHours) -> Floats:
    """Hour at which each rule releases, shape (rule,). [h]."""
    hours = np.zeros(len(case.approval_rules))
    for place, rule in enumerate(case.approval_rules):
        try:
            hours[place] = finish[rule.procedure, rule.release_step]
        except KeyError as error:
            raise AllocatorError(
                f"Approval_Rules: procedure {rule.procedure!r} has no step "
                f"{rule.release_step!r}. Maybe a code is misspelt."
            ) from error
    return hours


def _request_units(
    case: Case, scenario: str | None, item_group: Integers, group_count: int
) -> Floats:
    """Whole need of a scenario, shape (district, group). [units]."""
    units = np.zeros((len(case.districts), group_count))
    if scenario is None or not any(rule.min_request_units > 0 for rule in case.approval_rules):
        return units
    districts, items = case.district_index(), case.item_index()
    for row in case.scenario_demand:
        if row.scenario == scenario:
            group = int(item_group[items[row.item]])
            units[districts[row.district], group] += row.demand_units
    return units
