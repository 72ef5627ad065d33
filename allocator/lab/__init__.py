"""The scenario lab: failures that run through sectors, and what they do to a scenario."""

from __future__ import annotations

from allocator.lab.cascade import DrillCourse, run_cascade
from allocator.lab.drills import in_sample, with_drill
from allocator.lab.run_drill import DrillOptions, DrillRun, run_drill

__all__ = [
    "DrillCourse",
    "DrillOptions",
    "DrillRun",
    "in_sample",
    "run_cascade",
    "run_drill",
    "with_drill",
]
