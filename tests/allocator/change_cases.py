"""Files of changes for the dispatch of a flood, and what is read from them at hour 3."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from allocator.case import Case
from allocator.change_file import Told, read_changes
from allocator.change_set import ChangeSet
from allocator.engine.dispatch import dispatch
from allocator.engine.plan_parts import merge_plans
from allocator.errors import DataError, Issue
from allocator.plan import Plan
from allocator.schema.results import RunInfo
from allocator.solver import SolveOptions
from tests.tiny import build_case

__all__ = ["DIGEST", "due_trip", "faults", "flood_plan", "left_trip", "read"]

DIGEST = "0123456789abcdef"
"""Digest of the plan."""


@cache
def flood_plan() -> Plan:
    """The dispatch of the flood of the tiny case, with a digest."""
    options = SolveOptions(time_limit_seconds=20)
    found = merge_plans([dispatch(build_case(), "flood", options=options)])
    return found.replace(RunInfo, [RunInfo(name="plan_digest", text=DIGEST)])


def left_trip(plan: Plan) -> str:
    """The trip that left first."""
    return min(plan.trips, key=lambda trip: trip.load_start_hours).trip


def due_trip(plan: Plan) -> str:
    """A trip that is due after hour 4."""
    return max(plan.trips, key=lambda trip: trip.load_start_hours).trip


def read(
    tmp_path: Path,
    case: Case,
    plan: Plan,
    *rows: dict[str, Any],
    told: Told | None = None,
    **replan: Any,
) -> tuple[ChangeSet, list[Issue]]:
    """Read a document of changes at hour 3."""
    path = tmp_path / "changes.json"
    document = {"Replan": {"at_hours": 3, **replan}, "Changes": list(rows)}
    path.write_text(json.dumps(document), encoding="utf-8")
    return read_changes(case, plan, path, told or Told())


def faults(tmp_path: Path, case: Case, plan: Plan, *rows: dict[str, Any]) -> list[Issue]:
    """What is wrong with some rows."""
    with pytest.raises(DataError) as caught:
        read(tmp_path, case, plan, *rows)
    return [issue for issue in caught.value.issues if issue.severity == "error"]
