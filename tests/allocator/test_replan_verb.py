"""The verb replan: what it writes, when it is stopped, and what it refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from allocator.intake import read_plan
from tests.allocator.test_cli import QUIET, run

LIMIT = ("--time-limit", "2", *QUIET)


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Dispatch of a flood."""
    path = tmp_path_factory.mktemp("plan") / "plan.xlsx"
    assert run("dispatch", "tiny", "--scenario", "flood", "-o", path, *LIMIT) == 0
    return path


def changes(tmp_path: Path, *rows: dict[str, object]) -> Path:
    """A document of changes."""
    path = tmp_path / "changes.json"
    path.write_text(json.dumps({"Changes": list(rows)}), encoding="utf-8")
    return path


SLOW: dict[str, object] = {"kind": "road_slow", "district": "450102", "amount": 2}


def test_one_document_tells_the_replan(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With --json the output is one document, with the changes and what became of trips."""
    told = changes(tmp_path, SLOW)
    to = tmp_path / "plan_3h.xlsx"
    given = ("--changes", told, "--at", "3", "-o", to)
    assert run("replan", "tiny", "--plan", plan, *given, *LIMIT, "--json") == 0
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert (document["at_hours"], document["certified"]) == (3.0, True)
    assert [row["kind"] for row in document["changes"]] == ["road_slow"]
    assert f"in {to}" in captured.err
    assert run("verify", "tiny", to) == 0


def test_who_stops_the_search_has_the_first_plan(
    plan: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ctrl-C while solving leaves the certified first plan, in the language asked for."""

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("allocator.engine.supervision.supervise", interrupt)
    to = tmp_path / "plan_3h.xlsx"
    given = ("--changes", changes(tmp_path, SLOW), "--at", "3", "-o", to, "--lang", "zh")
    assert run("replan", "tiny", "--plan", plan, *given, *LIMIT) == 130
    assert "stopped by the user" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".xlsx"] == [to.name]
    assert read_plan(to).summary[0].topic == "结论"
    assert run("verify", "tiny", to) == 0


@pytest.mark.parametrize("verb", ["replan", "explain", "dispatch"])
def test_nothing_is_written_over_what_it_is_made_from(
    verb: str, plan: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The plan stays what it was, so that it can be planned anew once more."""
    before = plan.read_bytes()
    given = {"replan": ("--at", "3", *LIMIT), "dispatch": ("--scenario", "flood", *LIMIT)}
    assert run(verb, "tiny", "--plan", plan, *given.get(verb, ()), "-o", plan) == 1
    assert "written over what it is made from. Maybe -o plan_new.xlsx." in capsys.readouterr().err
    assert plan.read_bytes() == before


@pytest.mark.parametrize("verb", ["replan", "explain"])
def test_a_plan_of_another_case_is_one_sentence(
    verb: str, plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not every trip is named that is not in this case."""
    more = ("--at", "3", *LIMIT) if verb == "replan" else ()
    assert run(verb, "jishishan", "--plan", plan, "-o", tmp_path / "x.xlsx", *more) == 1
    said = capsys.readouterr().err
    assert said.count("error: ") == 1
    assert "made from another case" in said


def test_a_file_without_changes_is_a_warning(
    plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who saved an empty sheet learns that nothing but the hour has changed."""
    given = ("--changes", changes(tmp_path), "--at", "3", "-o", tmp_path / "x.xlsx")
    assert run("replan", "tiny", "--plan", plan, *given, *LIMIT) == 0
    assert "warning Changes: the file names no change" in capsys.readouterr().err


_FIRST_PLAN = """
import sys
from pathlib import Path
from allocator.cli import replan
from allocator.change_file import Told, read_changes
from allocator.engine.run_options import RunOptions
case = replan.read_source("tiny", replan.ProgressLine())
former = replan.read_plan(Path(sys.argv[1]))
changes, _ = read_changes(case, former, Path(sys.argv[2]), Told(None, 3.0, None))
first = replan.ReplanRun(case, former, changes, RunOptions()).first()
to = Path(sys.argv[2]).with_name("first.xlsx")
replan.publish(case, first, to, with_page=False, with_pictures=False)
heavy = ("pandas", "scipy", "pyomo", "plotly", "fastapi", "jinja2", "asyncio")
print([name for name in heavy if name in sys.modules], bool(case.departments))
"""


def test_the_first_plan_waits_for_no_library_that_it_does_not_use(
    plan: Path, tmp_path: Path
) -> None:
    """What only solving, drawing or tables of key figures need is imported by those.

    Not only at the start: neither when the plan is made, owners are named, and it is published.
    """
    words = [sys.executable, "-c", _FIRST_PLAN, str(plan), str(changes(tmp_path, SLOW))]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] True"
