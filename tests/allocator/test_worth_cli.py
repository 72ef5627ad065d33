"""``allocator worth`` as a planner meets it: flags, table, workbook."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from allocator.cli import main
from allocator.intake import read_plan


def run(*words: str | Path) -> int:
    """Run the program; return its exit code."""
    with pytest.raises(SystemExit) as leave:
        main([str(word) for word in words])
    code = leave.value.code
    return code if isinstance(code, int) else 1


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("--hold-back", "1.5"), 2, "--hold-back"),
        (("--hold-back", "0"), 2, "--hold-back"),
        (("--folds", "1"), 2, "--folds"),
        (("--folds", "2", "--hold-back", "0.5"), 2, "exclude each other"),
        (("--folds", "9"), 1, "number of scenarios"),
        (("--hold-back", "0.9"), 1, "leaves none to plan with"),
        (("--objective", "median"), 2, "--objective"),
        (("--gap", "-1"), 2, "--gap"),
    ],
)
def test_bad_flags_are_said_before_any_solve(
    words: tuple[str, ...],
    code: int,
    told: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each is refused with the flag and what would do; nothing is written."""
    target = tmp_path / "worth.xlsx"
    assert run("worth", "tiny", "-o", target, *words) == code
    assert told in capsys.readouterr().err
    assert not target.exists()


def test_single_sourcing_names_the_setting(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The refusal says what to change."""
    case = "tiny?is_single_sourced=yes"
    assert run("worth", case, "-o", tmp_path / "worth.xlsx") == 1
    assert "set is_single_sourced to no" in capsys.readouterr().err


def test_worth_prints_one_document_and_writes_what_it_says(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Workbook and document hold the same lines; the workbook has a chart of the plans."""
    target = tmp_path / "worth.xlsx"
    words = ("--objective", "social", "--lang", "zh", "--workers", "1", "--time-limit", "60")
    assert run("worth", "tiny", "-o", target, *words, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert document["certified"] is True
    lines = {line["plan"]: line for line in document["worth"]}
    assert len(lines) == 8
    assert lines["model_plan"]["value"] <= lines["mean_value"]["value"] * (1 + 1e-6)
    assert lines["vss"]["value_low"] <= lines["vss"]["value_high"]
    assert [row.model_dump() for row in read_plan(target).worth] == document["worth"]
    book = load_workbook(target)
    assert "模型价值" in book.sheetnames
    first = book["图表"]._charts[0]
    assert len(first.series) == 1
    assert run("verify", "tiny", target) == 0
