"""The literature's formats: hand-computed instances, known values, broken files, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.instance_files import FORMATS, InstanceFileError, load_instance
from benchmarks.run import main
from tests.allocator.benchmark_instances import (
    ANSWERS,
    HOLMBERG,
    ORLIB,
    PMED,
    PMEDCAP,
    TEXTS,
    call,
    split_instance,
    written,
)

BROKEN = [
    ("orlib", "cflp", ORLIB.removesuffix(" 3\n"), "line 9: the file ends after 14 of 15"),
    ("orlib", "cflp", ORLIB.replace("2 4", "2 x4"), "line 7: 'x4' must be a number"),
    ("orlib", "cflp", ORLIB.replace("2 4", "2 -4"), "line 7: -4 must be >= 0"),
    ("orlib", "cflp", "two 3\n", "line 1: number of sites ('two') must be a number"),
    ("holmberg", "cflp", "0 3\n", "line 1: number of sites (0) must be a whole number from 1"),
    ("holmberg", "cflp", "", "the file ends before number of sites"),
    ("holmberg", "cflp", HOLMBERG.replace("6 10\n8", "1 10\n2"), "less than the demand"),
    ("orlib", "cflp", ORLIB.replace("6 10", "capacity 10"), "--capacity 8000"),
    ("pmed", "p-median", PMED.replace("3 4 4", "3 9 4"), "line 4: node 9 must be a whole number"),
    ("pmed", "p-median", PMED.replace("4 3 1", "4 3 7"), "p (7) must be at most"),
    ("pmedcap", "cpmp", PMEDCAP.replace("3 10", "3 nan"), "line 5: 'nan' must be a number"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "problem", "value"), ANSWERS)
def test_every_format_and_problem_by_hand(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str, problem: str, value: float
) -> None:
    """Objective and bound are the value found by hand; standard output is one document."""
    path = written(tmp_path, TEXTS[form])
    code, out, err = call(
        capsys, "placement", "--format", form, "--problem", problem, path, "--json"
    )
    (row,) = json.loads(out)["rows"]
    assert code == 0
    assert row["status"] == "optimal"
    assert row["objective"] == pytest.approx(value)
    assert row["bound"] == pytest.approx(value)
    assert "1/1" in err


def test_every_combination_has_an_answer_here() -> None:
    """No format serves a problem that the test above leaves out."""
    served = {(name, problem) for name, form in FORMATS.items() for problem in form.problems}
    assert served == {(form, problem) for form, problem, _ in ANSWERS}


def test_one_source_where_a_customer_would_have_to_be_split_has_no_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each site holds one whole customer only: exit code 1 and the reason."""
    split_instance(tmp_path)
    path = tmp_path / "tiny.txt"
    code, out, err = call(capsys, "placement", "--format", "holmberg", "--problem", "sscflp", path)
    assert code == 1
    assert "infeasible" in out
    assert "several warehouses" in err


def test_whole_customers_that_cannot_be_packed_have_no_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three customers of 4 fit in two sites of 6 by volume, but not whole: 24 designs or less."""
    text = "2 3\n6 1\n6 1\n4 4 4\n2 2 2\n4 4 4\n"
    path = written(tmp_path, text)
    code, _, err = call(capsys, "placement", "--format", "yang", "--problem", "sscflp", path)
    assert code == 1
    assert "several warehouses" in err


@pytest.mark.parametrize(("form", "problem", "text", "words"), BROKEN)
def test_broken_files_are_refused_with_line_and_fix(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    form: str,
    problem: str,
    text: str,
    words: str,
) -> None:
    """Exit code 2, nothing on standard output, the file's line and rule, and a way out."""
    path = written(tmp_path, text)
    code, out, err = call(capsys, "placement", "--format", form, "--problem", problem, path)
    assert (code, out) == (2, "")
    assert str(path) in err
    assert words in err
    assert "Maybe" in err


def test_missing_binary_and_folder_files_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """None of them is taken for an instance."""
    binary = tmp_path / "binary.txt"
    binary.write_bytes(b"\xff\xfe\x00")
    for path, words in (
        (tmp_path / "none.txt", "no such file"),
        (binary, "no text file"),
        (tmp_path, "cannot be read"),
    ):
        code, _, err = call(capsys, "placement", "--format", "pmed", "--problem", "p-median", path)
        assert code == 2
        assert words in err


def test_a_problem_that_a_format_has_no_data_for_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A p-median file has no opening costs; the message names the formats that have."""
    path = written(tmp_path, PMED)
    code, _, err = call(capsys, "placement", "--format", "pmed", "--problem", "cflp", path)
    assert code == 2
    assert "--format orlib or holmberg or yang or delmaire or tbed1" in err


def test_a_file_that_is_cut_off_names_the_recipe(tmp_path: Path) -> None:
    """The message counts what the header announced."""
    with pytest.raises(InstanceFileError, match=r"2 \+ 2x2 \+ 3 \+ 2x3"):
        load_instance(written(tmp_path, "2 3\n1 2"), "holmberg", "cflp")


@pytest.mark.parametrize(
    "words",
    [
        ["placement", "--format", "xlsx", "--problem", "cflp", "f"],
        ["placement", "--format", "orlib", "--problem", "tsp", "f"],
        ["placement", "--format", "orlib", "--problem", "cflp", "f", "--against", "cplex"],
        ["placement", "--format", "orlib", "--problem", "cflp", "f", "--time-limit", "0"],
        ["placement", "--format", "orlib", "--problem", "cflp", "f", "--gap", "nan"],
        [],
    ],
)
def test_options_that_cannot_be_are_refused(words: list[str]) -> None:
    """Argparse ends with exit code 2."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2


def test_help_teaches_with_examples(capsys: pytest.CaptureFixture[str]) -> None:
    """The help of the verb shows formats, examples and exit codes."""
    with pytest.raises(SystemExit) as ended:
        main(["placement", "--help"])
    out = capsys.readouterr().out
    assert ended.value.code == 0
    assert "python benchmarks/run.py placement --format orlib" in out
    assert "exit codes" in out
    assert all(name in out for name in FORMATS)


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("form", "problem", "file"),
    [
        ("orlib", "cflp", "orlib_cap/cap41.txt"),
        ("orlib", "cflp", "orlib_cap/cap131.txt"),
        ("orlib", "ufl", "orlib_cap/cap91.txt"),
        ("holmberg", "cflp", "holmberg/p7.txt"),
        ("holmberg", "sscflp", "holmberg/p11.txt"),
        ("delmaire", "sscflp", "delmaire/p3.txt"),
        ("ufllib", "ufl", "ufl/B1.1.txt"),
        ("pmed", "p-median", "orlib_pmed/pmed1.txt"),
    ],
)
def test_known_values_of_the_literature(
    shared_data: Path, capsys: pytest.CaptureFixture[str], form: str, problem: str, file: str
) -> None:
    """Small real instances give the published optimum with a proof."""
    path = shared_data / "benchmarks" / file
    code, out, _ = call(capsys, "placement", "--format", form, "--problem", problem, path, "--json")
    (row,) = json.loads(out)["rows"]
    assert code == 0
    assert (row["status"], row["verdict"]) == ("optimal", "reproduced")
    assert row["objective"] == pytest.approx(row["known"], rel=1e-6)
