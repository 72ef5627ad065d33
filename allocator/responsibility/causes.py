"""Why goods are missing or late, and which of these causes a department can be charged with."""

from __future__ import annotations

__all__ = [
    "AT_WAREHOUSE",
    "CAUSES",
    "CAUSE_TRIGGER",
    "NOT_ATTRIBUTABLE",
    "NO_OWNER_CAUSES",
    "PAPER",
    "WAREHOUSE_TRIGGER",
]

WAREHOUSE_TRIGGER = "warehouse"
"""Trigger of the Responsibility rows about a warehouse, or about all warehouses of a level."""

CAUSE_TRIGGER = "cause"
"""Trigger of the Responsibility rows about causes that belong to no step and no warehouse."""

PAPER = "paper"
"""The cause that belongs to the steps: a step is charged with it, never a row of its own."""

NOT_ATTRIBUTABLE = "NOT_ATTRIBUTABLE"
"""Stands for the department where nobody can be charged."""

NO_OWNER_CAUSES = frozenset({"within_gap", "whole_units", "other"})
"""Effects of how the plan was found, not of what anybody did."""

AT_WAREHOUSE = frozenset({"vehicles", "docks", "drivers", "convoy", "home_reserve", "through_hub"})
"""Causes that bind where the goods lie; the others, but for paper, bind where they are needed."""

CAUSES = (
    PAPER,
    "vehicles",
    "docks",
    "drivers",
    "receiving",
    "convoy",
    "home_reserve",
    "through_hub",
    "roads",
    "lower_priority",
    "out_of_reach",
    "no_stock",
    "within_gap",
    "whole_units",
    "other",
)
"""Every reason that a plan or an explanation may give for a shortage."""
