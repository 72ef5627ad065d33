"""Sign-offs: networks of steps, how long they take, and when they release goods."""

from __future__ import annotations

from allocator.approvals.network import Network, finish_hours, split_codes
from allocator.approvals.release import LEVELS, RECEIVERS, Release, networks, release
from allocator.approvals.speeds import Speed, StepHours, planned_hours, step_hours

__all__ = [
    "LEVELS",
    "RECEIVERS",
    "Network",
    "Release",
    "Speed",
    "StepHours",
    "finish_hours",
    "networks",
    "planned_hours",
    "release",
    "split_codes",
    "step_hours",
]
