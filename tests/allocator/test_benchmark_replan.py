"""The benchmark of re-plans: what it lets happen, and how it reads a command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allocator.change_file import Told, read_changes
from allocator.engine.dispatch import dispatch
from allocator.engine.plan_parts import merge_plans
from allocator.solver import SolveOptions
from benchmarks import replan_command
from benchmarks.replan_command import measure_reasons, measure_replans, much_has_happened
from benchmarks.target_rows import Ask
from tests.tiny import build_case


def test_what_happens_is_a_file_of_changes_without_fault(tmp_path: Path) -> None:
    """A part of the needs changes, a warehouse is lost and a road closed, and all of it can be."""
    case = build_case()
    plan = merge_plans([dispatch(case, "flood", options=SolveOptions(time_limit_seconds=10))])
    document = much_has_happened(case, plan)
    kinds = [row["kind"] for row in document["Changes"]]
    late = {trip.warehouse for trip in plan.trips if trip.load_start_hours >= 6}
    happened = ["warehouse_lost", *(["road_closed"] if len(late) > 1 else [])]
    assert kinds == ["demand"] * (len(kinds) - len(happened)) + happened
    assert len(kinds) > len(happened)
    assert document == much_has_happened(case, plan)
    path = tmp_path / "changes.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    found, _ = read_changes(case, plan, path, Told())
    assert (found.at_hours, len(found.changes)) == (6.0, len(kinds))


def test_replans_are_measured_as_whole_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    """On the small shipped case the first plan and each re-plan have a line with their figures."""
    asks = ((Ask("replan-quick", "tiny", 1.0, "all"), 600.0, 5.0),)
    monkeypatch.setattr(replan_command, "REPLANS", asks)
    monkeypatch.setattr(replan_command, "_PLAN_SECONDS", 5)
    said: list[str] = []
    first, quick = measure_replans(said.append, "tiny", "flood")
    assert first.name == "replan-first"
    assert first.found.endswith("to start and import")
    assert (quick.name, quick.missed) == ("replan-quick", "")
    assert "waiting" in quick.found
    assert [line.partition(":")[0] for line in said] == ["replan", "replan-quick"]


def test_reasons_are_measured_as_a_whole_command() -> None:
    """On the small shipped case all shortages have their reasons, and the line says how many."""
    verdict = measure_reasons(lambda _: None, ("tiny", "flood"))
    assert (verdict.name, verdict.missed) == ("reasons", "")
    assert "shortages (" in verdict.found
