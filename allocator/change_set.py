"""What is told of the time since a plan was made."""

from __future__ import annotations

from dataclasses import dataclass

from allocator.schema.changes import Change

__all__ = ["ChangeSet"]


@dataclass(frozen=True)
class ChangeSet:
    """Changes of one re-plan, checked against the case and the plan.

    Parameters
    ----------
    scenario
        The scenario whose dispatch is planned anew.
    at_hours
        Hour of the re-plan: what left before stays. [h]
    changes
        At least one; each says its hour.
    move_price_hours
        Weighted unit-hours that a departure which the plan had not must save; None for a default.
    """

    scenario: str
    at_hours: float
    changes: tuple[Change, ...]
    move_price_hours: float | None = None
