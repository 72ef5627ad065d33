"""What is published was replayed from a file that holds the same, pictures or not."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from allocator import publication
from allocator.case import Case
from allocator.errors import ReplayError
from allocator.intake import read_plan
from allocator.plan import Plan
from allocator.publication import publish
from allocator.replay import Verdict
from allocator.report import page, workbook
from allocator.schema.results import Stage
from tests.allocator.replay_example import build_case, build_plan

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (40).to_bytes(4, "big") + (30).to_bytes(4, "big")


@pytest.fixture
def replays(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """Plans that were replayed; a browser has drawn a picture once the first one was."""
    found: list[Plan] = []
    is_replayed = threading.Event()
    real = publication.verify

    def verify(case: Case, plan: Plan) -> Verdict:
        found.append(plan)
        verdict = real(case, plan)
        is_replayed.set()
        return verdict

    def draw(*_: object) -> dict[str, bytes]:
        is_replayed.wait(60.0)
        return {"map": PNG}

    monkeypatch.setattr(publication, "verify", verify)
    monkeypatch.setattr(workbook, "_drawn", draw)
    return found


def test_pictures_that_are_put_in_change_nothing_that_was_replayed(
    replays: list[Plan], tmp_path: Path
) -> None:
    """The file with pictures is read once more; what it holds has been replayed once."""
    to = tmp_path / "plan.xlsx"
    published = publish(build_case(), build_plan(), to)
    assert [plan.tables for plan in replays] == [read_plan(to).tables]
    assert published.plan is replays[0]
    assert published.page is not None
    assert published.page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.html", "plan.xlsx"]


def test_a_file_that_reads_otherwise_with_pictures_is_replayed_anew(
    replays: list[Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not handed out for what the replay saw before."""
    real = workbook.BegunWorkbook.write

    def write_otherwise(begun: workbook.BegunWorkbook, path: Path) -> None:
        real(begun, path)
        plan = read_plan(path)
        worse = [row.model_copy(update={"objective": row.objective + 1}) for row in plan.stages]
        worse_plan = plan.replace(Stage, worse)
        with workbook.begun_workbook(build_case(), worse_plan, lang="en", pictures=False) as other:
            other.write_rows(path)

    monkeypatch.setattr(workbook.BegunWorkbook, "write", write_otherwise)
    to = tmp_path / "plan.xlsx"
    with pytest.raises(ReplayError):
        publish(build_case(), build_plan(), to, with_page=False)
    assert len(replays) == 2
    assert list(tmp_path.iterdir()) == []


def test_a_page_that_cannot_be_made_costs_nobody_the_workbook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The certified workbook has its name before the fault of the page is told."""

    def fail(*_: object, **__: object) -> str:
        raise ZeroDivisionError("no page")

    monkeypatch.setattr(page, "page_text", fail)
    to = tmp_path / "plan.xlsx"
    with pytest.raises(ZeroDivisionError, match="no page"):
        publish(build_case(), build_plan(), to, with_pictures=False)
    assert [path.name for path in tmp_path.iterdir()] == ["plan.xlsx"]
    assert read_plan(to).run_info["certified"] == "yes"
