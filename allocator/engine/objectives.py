"""Stages of a dispatch by objective."""

from __future__ import annotations

__all__ = ["STAGES"]

STAGES: dict[str, tuple[str, ...]] = {
    "lives": ("unmet", "waiting", "cost"),
    "social": ("social",),
    "cost": ("served_cost",),
}
"""Stages of each objective, in the order in which they count."""
