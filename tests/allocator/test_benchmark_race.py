"""Whole sets of the literature: the files taken, both tables, infeasible ones, a missing folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.run import main

#: Two sites of 10 for 3 and 300 units of money, two customers of 6: both sites, 3 + 300 + 1 + 2.
TWO_SITES = "2 2\n10 3\n10 300\n6 1 9\n6 8 2\n"

#: The same with customers that no site holds whole.
TOO_LARGE = "2 2\n10 3\n10 300\n11 1 9\n8 8 2\n"


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shared folder with one set of one file, its value known."""
    folder = tmp_path / "data" / "benchmarks"
    (folder / "orlib_cap").mkdir(parents=True)
    (folder / "orlib_cap" / "cap1.txt").write_text(TWO_SITES)
    (folder / "orlib_cap" / "capa.txt").write_text(TWO_SITES)
    (folder / "known_optima.csv").write_text(
        "family,instance,problem,file,value,value_kind\n"
        "orlib_cap,cap1,CFLP multi-source,orlib_cap/cap1.txt,306,optimal\n"
    )
    monkeypatch.setenv("ALLOCATOR_SHARED", str(tmp_path))
    return tmp_path


def test_a_set_beside_highs(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One file of the set, its value by hand, both tables on the page."""
    page = shared / "page.md"
    words = ["race", "--set", "cap", "--against", "highs", "--output", str(page), "--json"]
    assert main(words) == 0
    document = json.loads(capsys.readouterr().out)
    (found,) = document["sets"]
    (row,) = found["rows"]
    assert (row["instance"], row["verdict"]) == ("cap1", "reproduced")
    assert row["objective"] == pytest.approx(306.0)
    assert row["others"][0]["objective"] == pytest.approx(306.0)
    text = page.read_text(encoding="utf-8")
    assert "| cap | Beasley 1988 | cflp | 1 | 1 | 1 of 1 |" in text
    assert "| cap | cap1 | 306 | 306 | reproduced |" in text
    assert "Machine: " in text


def test_a_wrong_value_of_the_literature_is_told(shared: Path) -> None:
    """A plan above a value called optimal is a contradiction, exit code 1."""
    table = shared / "data" / "benchmarks" / "known_optima.csv"
    table.write_text(table.read_text().replace(",306,", ",305,"))
    words = ["race", "--set", "cap", "--against", "", "--output", str(shared / "page.md")]
    assert main(words) == 1
    assert "| contradiction |" in (shared / "page.md").read_text(encoding="utf-8")


def test_an_instance_without_an_answer_does_not_stop_the_others(
    shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Infeasible is an answer, and the rest is solved."""
    folder = shared / "data" / "benchmarks" / "orlib_cap"
    (folder / "cap0.txt").write_text(TOO_LARGE)
    files = [str(folder / "cap0.txt"), str(folder / "cap1.txt")]
    assert main(["placement", "--format", "orlib", "--problem", "sscflp", "--json", *files]) == 1
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["status"] for row in rows] == ["infeasible", "optimal"]
    assert rows[0]["objective"] is None


def test_a_missing_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No instances: exit code 2, and how to mend it."""
    monkeypatch.setenv("ALLOCATOR_SHARED", str(tmp_path))
    assert main(["race", "--set", "yang", "--output", str(tmp_path / "page.md")]) == 2
    said = capsys.readouterr().err
    assert "no file of the set yang" in said
    assert "ALLOCATOR_SHARED" in said


def test_an_end_of_file_mark_of_dos_ends_the_file(
    shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What follows Ctrl-Z is not read."""
    file = shared / "data" / "benchmarks" / "orlib_cap" / "cap1.txt"
    file.write_text(TWO_SITES + "\x1a")
    assert main(["placement", "--format", "orlib", "--problem", "cflp", str(file)]) == 0
    assert "reproduced" in capsys.readouterr().out
