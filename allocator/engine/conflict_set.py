"""Which hard rules contradict each other: an irreducible set, found by leaving rules out.

Chinneck (2008), deletion filter: a rule without which the others still contradict each other is
no part of the conflict. Whole lines are left out first, then single districts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from allocator.engine.conflict_words import coverage_key
from allocator.engine.placement_data import promise_rows
from allocator.engine.repair_search import RepairSearch
from models.repair import Slack

__all__ = ["ConflictSet", "conflict_set"]


@dataclass(frozen=True)
class ConflictSet:
    """Rules that cannot hold together.

    Parameters
    ----------
    rules
        Their slacks.
    is_irreducible
        Whether it is proven that any of them may not be left out without the rest being possible.
    """

    rules: tuple[Slack, ...]
    is_irreducible: bool


class _Filter:
    """Leaves rules out as long as those that stay contradict each other."""

    def __init__(self, search: RepairSearch) -> None:
        self.search = search
        self.is_sure = True

    def contradict(self, rules: Sequence[Slack]) -> bool:
        """Whether it is proven that the rules cannot hold together."""
        if self.search.seconds_left() <= 0.0:
            self.is_sure = False
            return False
        enforced = {id(rule) for rule in rules}
        answer = self.search.can_hold(lambda slack: id(slack) in enforced)
        if answer is None:
            self.is_sure = False
        return answer is False

    def whole_groups(self, groups: list[list[Slack]]) -> list[list[Slack]]:
        """Leave out groups, each as a whole."""
        for group in list(groups):
            rest = [other for other in groups if other is not group]
            if self.contradict(_joined(rest)):
                groups = rest
        return groups

    def single_rules(self, group: list[Slack], others: list[Slack]) -> list[Slack]:
        """Leave out rules of one group, halves first, then smaller parts."""
        size = max(1, len(group) // 2)
        while True:
            place = 0
            while place < len(group) and len(group) + len(others) > 1:
                rest = group[:place] + group[place + size :]
                if self.contradict([*rest, *others]):
                    group = rest
                else:
                    place += size
            if size == 1:
                return group
            size //= 2


def _joined(groups: Sequence[Sequence[Slack]]) -> list[Slack]:
    return [rule for group in groups for rule in group]


def _groups(search: RepairSearch) -> list[list[Slack]]:
    """Rules as a planner reads them; what is easiest to do without comes first."""
    lines = [row for _, row in promise_rows(search.problem.case)]
    found: dict[tuple[int, Any], list[Slack]] = {}
    for slack in search.slacks:
        if slack.family == "share":
            continue
        rank, name = {
            "closings": (0, ""),
            "reserves": (1, ""),
            "budgets": (2, slack.key[0]),
            "floors": (3, ""),
            "promises": (
                4,
                coverage_key(lines[slack.key[0]]) if slack.family == "promises" else "",
            ),
        }[slack.family]
        found.setdefault((rank, name), []).append(slack)
    return [found[key] for key in sorted(found)]


def conflict_set(search: RepairSearch) -> ConflictSet:
    """Return rules that cannot hold together, as few as the time allows.

    Parameters
    ----------
    search
        The elastic model of a case whose rules cannot all hold.
    """
    filter_ = _Filter(search)
    groups = filter_.whole_groups(_groups(search))
    for k, group in enumerate(groups):
        if len(group) > 1 and group[0].family != "closings":
            others = _joined([other for other in groups if other is not group])
            groups[k] = filter_.single_rules(group, others)
    return ConflictSet(tuple(_joined(groups)), filter_.is_sure)
