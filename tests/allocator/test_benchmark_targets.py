"""Whole commands beside what is asked of them: what is read, what is judged, what is written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import run
from benchmarks.targets import TARGETS, Target, TargetRow, row_of, target_page

_ASKED = Target("tiny", "tiny", "4 districts", 0.01, 60.0, 20.0, 2.0)


def _row(**changes: object) -> TargetRow:
    gaps = {"unmet": 0.001, "waiting": 0.002}
    return replace(TargetRow(_ASKED, 9.0, 0.3, True, gaps, dict(gaps)), **changes)


@pytest.mark.parametrize(
    "short",
    [
        {"seconds": 61.0},
        {"memory_gb": 2.1},
        {"certified": False},
        {"gaps": {"unmet": 0.02, "waiting": 0.002}},
        {"gaps": {"unmet": None, "waiting": 0.002}},
        {"gaps": {"unmet": 0.001}},
        {"controllable_gaps": {"unmet": 0.001, "waiting": 0.011}},
    ],
)
def test_a_row_is_reached_only_if_everything_is(short: dict[str, object]) -> None:
    """Time, memory, replay, and both gaps of both stages."""
    assert _row().is_reached
    assert not _row(**short).is_reached


def test_a_command_without_a_plan_is_told() -> None:
    """The last line it said stands in the table."""
    row = row_of(_ASKED, 3.0, 0.1, "", ["error: no such case"])
    assert not row.is_reached
    assert "error: no such case" in target_page([row], "python benchmarks/run.py targets")


def test_targets_runs_the_command_and_writes_the_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A small case in place of the shipped ones: closed, certified, within time and memory."""
    monkeypatch.setattr(run, "TARGETS", (_ASKED,))
    page = tmp_path / "targets.md"
    assert run.main(["targets", "--row", "tiny", "--output", str(page), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    (row,) = document["rows"]
    assert row["is_reached"]
    assert 0.02 < row["memory_gb"] < 2.0
    assert "| tiny | 4 districts | 1 % in 60 s, 2 GB |" in page.read_text(encoding="utf-8")


def test_targets_needs_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A missing folder is told before half an hour of measuring."""
    assert run.main(["targets", "--output", str(tmp_path / "no" / "x.md")]) == 2
    assert "no such folder" in capsys.readouterr().err


def test_every_target_leaves_time_to_write() -> None:
    """The limit of the solves is below the time of the command."""
    assert all(target.limit_seconds < target.seconds for target in TARGETS)
