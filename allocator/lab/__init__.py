"""The scenario lab: failures that run through sectors, and what they do to a scenario."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allocator.lab.cascade import DrillCourse, run_cascade
    from allocator.lab.drills import in_sample, with_drill
    from allocator.lab.rehearsal import DrillOptions, DrillRun, run_drill

__all__ = [
    "DrillCourse",
    "DrillOptions",
    "DrillRun",
    "in_sample",
    "run_cascade",
    "run_drill",
    "with_drill",
]

_HOMES = {
    "DrillCourse": "cascade",
    "DrillOptions": "rehearsal",
    "DrillRun": "rehearsal",
    "in_sample": "drills",
    "run_cascade": "cascade",
    "run_drill": "rehearsal",
    "with_drill": "drills",
}
"""Module of each name."""


def __getattr__(name: str) -> object:
    """Import what is asked for: the checks of a case need no solver."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"allocator.lab.{_HOMES[name]}"), name)
