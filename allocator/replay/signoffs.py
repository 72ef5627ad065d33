"""Hours at which sign-offs release goods.

Written from ``docs/model.md`` ("Release"); shares nothing with ``allocator.approvals``.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable

from allocator.replay.facts import Facts
from allocator.schema.procedure import ApprovalRule, ApprovalStep
from allocator.schema.sign_offs import ScenarioSignOff

__all__ = ["SignOffs"]


def _codes(text: str) -> list[str]:
    """Step codes of a text in which they are parted by semicolons."""
    return [part.strip() for part in re.split("[;；]", text) if part.strip()]


class SignOffs:
    """Release hours of every warehouse, district and item.

    Parameters
    ----------
    facts
        The case.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._procedures: dict[str, dict[str, ApprovalStep]] = {}
        for row in facts.case.approval_steps:
            self._procedures.setdefault(row.procedure, {})[row.step] = row
        self._slowed = {
            (row.scenario, row.procedure, row.step): row for row in facts.case.rows(ScenarioSignOff)
        }
        self._requested: dict[tuple[str, str, str], float] = defaultdict(float)
        for need in facts.case.scenario_demand:
            group = facts.items[need.item].item_group
            self._requested[need.scenario, need.district, group] += need.demand_units
        self._finish: dict[tuple[str, str], dict[str, float]] = {}
        self._is_plain = not any(
            row.from_province or row.to_province or row.min_request_units > 0
            for row in facts.case.approval_rules
        )
        self._release: dict[tuple[str, ...], float] = {}

    def receiver(self, warehouse: str, district: str) -> str:
        """Where a district lies, seen from a warehouse: the narrowest that is true."""
        place = self._facts.districts[district]
        if self._facts.warehouses[warehouse].district == district:
            return "own_district"
        if self._facts.province[warehouse] != place.province:
            return "other_province"
        prefecture = self._facts.prefecture[warehouse]
        if prefecture and prefecture == place.prefecture:
            return "same_prefecture"
        return "same_province"

    def release_hours(self, scenario: str, warehouse: str, district: str, item: str) -> float:
        """Hour from the event at which an item may be loaded for a district. [h]

        Goods at a hub are signed for.
        """
        if self._facts.is_hub(warehouse):
            return 0.0
        level = self._facts.warehouses[warehouse].level
        receiver = self.receiver(warehouse, district)
        group = self._facts.items[item].item_group
        lane = () if self._is_plain else (warehouse, district)
        key = (scenario, level, receiver, group, *lane)
        if key not in self._release:
            row = self._first_fitting(scenario, (warehouse, district), group)
            self._release[key] = 0.0 if row is None else self._through(row, scenario)
        return self._release[key]

    def _through(self, row: ApprovalRule, scenario: str) -> float:
        """Hour at which the step that a rule waits for is through. [h]"""
        return self.finish_hours(row.procedure, scenario).get(row.release_step, math.inf)

    def _first_fitting(
        self, scenario: str, lane: tuple[str, str], group: str
    ) -> ApprovalRule | None:
        """Topmost rule that fits a lane and a group of items."""
        warehouse, district = lane
        level = self._facts.warehouses[warehouse].level
        receiver = self.receiver(*lane)
        sender, getter = self._facts.province[warehouse], self._facts.districts[district].province
        for row in self._facts.case.approval_rules:
            if (
                row.warehouse_level in {"any", level}
                and row.receiver in {"any", receiver}
                and row.item_group in {"any", group}
                and row.from_province in {"", sender}
                and row.to_province in {"", getter}
                and self._requested.get((scenario, district, group), 0.0) >= row.min_request_units
            ):
                return row
        return None

    def finish_hours(self, procedure: str, scenario: str = "") -> dict[str, float]:
        """Finish of every step of a procedure; infinite for steps that wait for themselves. [h]"""
        key = procedure, scenario
        if key not in self._finish:
            steps = self._procedures.get(procedure, {})
            takes = {code: self._takes(row, scenario) for code, row in steps.items()}
            self._finish[key] = _finish_all(steps, takes)
        return self._finish[key]

    def _takes(self, row: ApprovalStep, scenario: str) -> float:
        """Time that a step takes under a scenario, spoken or on paper. [h]"""
        takes = row.duration_hours
        if self._facts.settings.sign_offs == "verbal" and row.is_verbal_allowed:
            takes = takes if row.verbal_hours is None else row.verbal_hours
        slow = self._slowed.get((scenario, row.procedure, row.step))
        return takes if slow is None else takes * slow.duration_factor + slow.added_hours


def _finish_all(steps: dict[str, ApprovalStep], takes: dict[str, float]) -> dict[str, float]:
    """Settle step after step, each when all that it looks at is settled."""
    before = {
        code: [name for name in _codes(row.predecessors) if name in steps and row.join != "START"]
        for code, row in steps.items()
    }
    stand_ins: dict[str, list[str]] = {code: [] for code in steps}
    for code, row in steps.items():
        if row.join == "BYPASS" and row.is_enabled:
            for last in _last_of([name for name in _codes(row.bypasses) if name in steps], before):
                stand_ins[last].append(code)
    finish: dict[str, float] = {}
    progress = True
    while progress:
        progress = False
        for code, row in steps.items():
            awaited = before[code] + stand_ins[code]
            if code not in finish and all(name in finish for name in awaited):
                own = _start(row, before[code], steps, finish)
                own += takes[code] if row.is_enabled else 0.0
                finish[code] = min([own, *(finish[name] for name in stand_ins[code])])
                progress = True
    return {code: finish.get(code, math.inf) for code in steps}


def _start(
    row: ApprovalStep,
    before: list[str],
    steps: dict[str, ApprovalStep],
    finish: dict[str, float],
) -> float:
    """Hour at which a step can begin. [h]"""
    if not before:
        return 0.0
    choose: Callable[[list[float]], float] = max
    waited = before
    if row.join == "OR":
        choose = min
        waited = [name for name in before if steps[name].is_enabled] or before
    return choose([finish[name] for name in waited])


def _last_of(bypassed: list[str], before: dict[str, list[str]]) -> list[str]:
    """Of the bypassed steps, those that no other bypassed step follows, near or far."""
    followed: set[str] = set()
    for code in bypassed:
        ahead = list(before[code])
        seen: set[str] = set()
        while ahead:
            name = ahead.pop()
            if name not in seen:
                seen.add(name)
                ahead.extend(before[name])
        followed |= seen - {code}
    return [code for code in bypassed if code not in followed]
