"""Collecting what is broken: every check adds here, none stops the replay."""

from __future__ import annotations

from allocator.errors import Violation
from allocator.replay.tolerances import figure_room, limit_room

__all__ = ["Findings"]


class Findings:
    """Violations in the order in which they were found."""

    def __init__(self) -> None:
        self.violations: list[Violation] = []

    def add(self, rule: str, where: str, amount: float, fact: str, hint: str) -> None:
        """Note one broken rule.

        Parameters
        ----------
        rule
            Subject then rule, such as ``warehouse_volume``.
        where
            Codes concerned.
        amount
            By how much.
        fact
            What breaks the rule, with its values; follows ``where`` in the message.
        hint
            Likely repair; follows "Maybe".
        """
        message = f"{where}: {fact}. Maybe {hint}."
        self.violations.append(Violation(rule, where, float(amount), message))

    def same(
        self,
        rule: str,
        where: str,
        name: str,
        told: float,
        found: float,
        *,
        hint: str,
        terms: float = 1,
        room: float | None = None,
    ) -> None:
        """Note a figure of the plan that is not what the replay finds.

        Parameters
        ----------
        rule, where, hint
            As in ``add``.
        name
            Column, with its unit suffix.
        told, found
            The plan's figure and the recomputed one.
        terms
            How many rounded figures were added up.
        room
            Allowed difference where the usual one does not fit.
        """
        allowed = figure_room(found, terms) if room is None else room
        if not abs(told - found) <= allowed:
            fact = f"{name} ({told:.10g}) must be {found:.10g}"
            self.add(rule, where, abs(told - found), fact, hint)

    def within(
        self,
        rule: str,
        where: str,
        name: str,
        used: float,
        limit: float,
        *,
        hint: str,
        terms: float = 1,
        room: float | None = None,
    ) -> None:
        """Note a sum that is above its limit.

        Parameters
        ----------
        rule, where, hint
            As in ``add``.
        name
            What is added up, with its unit.
        used, limit
            The sum and its limit.
        terms
            How many figures were added up.
        room
            Allowed excess where the usual one does not fit.
        """
        allowed = limit_room(limit, terms) if room is None else room
        if not used <= limit + allowed:
            fact = f"{name} ({used:.10g}) must be <= {limit:.10g}"
            self.add(rule, where, used - limit, fact, hint)
