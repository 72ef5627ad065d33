"""Hours at which sign-offs release goods.

Written from ``docs/model.md`` ("Release"); shares nothing with ``allocator.approvals``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from allocator.replay.facts import Facts
from allocator.schema.procedure import ApprovalStep

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
        self._finish: dict[str, dict[str, float]] = {}
        self._release: dict[tuple[str, str, str], float] = {}

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

    def release_hours(self, warehouse: str, district: str, item: str) -> float:
        """Hour from the event at which an item may be loaded for a district. [h]

        Goods at a hub are signed for.
        """
        if self._facts.is_hub(warehouse):
            return 0.0
        level = self._facts.warehouses[warehouse].level
        receiver = self.receiver(warehouse, district)
        group = self._facts.items[item].item_group
        key = (level, receiver, group)
        if key not in self._release:
            self._release[key] = self._first_fitting(level, receiver, group)
        return self._release[key]

    def _first_fitting(self, level: str, receiver: str, group: str) -> float:
        for row in self._facts.case.approval_rules:
            if (
                row.warehouse_level in {"any", level}
                and row.receiver in {"any", receiver}
                and row.item_group in {"any", group}
            ):
                return self.finish_hours(row.procedure).get(row.release_step, math.inf)
        return 0.0

    def finish_hours(self, procedure: str) -> dict[str, float]:
        """Finish of every step of a procedure; infinite for steps that wait for themselves. [h]"""
        if procedure not in self._finish:
            steps = self._procedures.get(procedure, {})
            self._finish[procedure] = _finish_all(steps)
        return self._finish[procedure]


def _finish_all(steps: dict[str, ApprovalStep]) -> dict[str, float]:
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
                own += row.duration_hours if row.is_enabled else 0.0
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
