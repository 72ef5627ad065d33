"""Cases of growing size: what is measured, what is left out, what is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from allocator.engine.placement_data import placement_problem
from allocator.errors import SolveError
from allocator.intake import read_case
from benchmarks.plain_model import solve_plain
from benchmarks.scale import ScaleRow, measure_case, scale_page
from benchmarks.scale_methods import fill_limit, memory_needed_gb
from tests.allocator.benchmark_instances import call


def test_page_of_scale_marks_what_did_not_close() -> None:
    """A method without a proof has a lower bound on its time, one without a plan says so."""
    rows = [
        ScaleRow("c", 3, 2, 1, "product", "unmet", 1.0, 1.0, 0.0, 1.0),
        ScaleRow("c", 3, 2, 1, "product", "waiting", 1.0, 1.0, 0.0, 1.0),
        ScaleRow("c", 3, 2, 1, "highs", "unmet", 1.0, 0.5, 0.5, 20.0),
        ScaleRow("c", 3, 2, 1, "highs", "waiting", None, None, None, 20.0),
    ]
    page = scale_page(rows, "python benchmarks/run.py scale", 0.01, 20.0)
    assert "| c | 3 | 2 | 1 | product | 1.0 | 0.0e+00 | 1.0 | 0.0e+00 | 2.0 | 1.0 |" in page
    assert "| c | 3 | 2 | 1 | highs | 20.0 | 5.0e-01 | 20.0 | none | >40.0 | >20.0 |" in page


def test_scale_writes_a_page_and_a_document(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The tiny case by the product and by HiGHS on the rows: as the plain model has it."""
    page = tmp_path / "scale.md"
    code, out, _ = call(
        capsys, "scale", "--case", "tiny", "--methods", "product,highs",
        "--gap", "1e-4", "--time-limit", "30", "--output", page, "--json",
    )  # fmt: skip
    rows = json.loads(out)["rows"]
    assert code == 0
    assert "| tiny |" in page.read_text(encoding="utf-8")
    assert {row["method"] for row in rows} == {"product", "highs"}
    assert all(row["memory_gb"] > 0.02 for row in rows)
    direct = [row["objective"] for row in rows if row["method"] == "highs"]
    plain = solve_plain(placement_problem(read_case("tiny")), 1e-4, 30.0)
    assert direct == pytest.approx([stage.objective for stage in plain], rel=1e-3)


def test_what_needs_more_memory_than_is_free_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither built nor solved; the sentence stands in the table and on standard error."""
    monkeypatch.setattr("benchmarks.scale_methods.free_memory_gb", lambda: 0.25)
    page = tmp_path / "scale.md"
    code, out, err = call(
        capsys, "scale", "--case", "tiny", "--methods", "pyomo,highs", "--output", page, "--json"
    )
    assert code == 0
    for row in json.loads(out)["rows"]:
        assert row["reason"].startswith("left out: 15 lanes would need about")
        assert row["objective"] is None
        assert f"tiny: {row['method']} left out" in err
    assert "| highs | - | - | - | - | - | left out: 15 lanes" in page.read_text(encoding="utf-8")


def test_memory_is_estimated_by_lanes() -> None:
    """7.3 million lanes instead of half a million; the product's own need is not guessed."""
    for method in ("rows", "pyomo", "highs", "scip", "cbc"):
        assert memory_needed_gb(method, 7_326_102) > 5 * memory_needed_gb(method, 561_292)
    assert memory_needed_gb("product", 7_326_102) < 1.0


def test_the_limit_of_the_second_stage_is_filled_in(tmp_path: Path) -> None:
    """The stand-in is replaced once, everything else is copied; a file without it is refused."""
    rows = tmp_path / "waiting.mps"
    rows.write_text(
        "ROWS\n N obj\nRHS\n     RHS c_u_x1_ 5\n     RHS c_u_x9_ 1.234567898765432e+19\n"
    )
    copy = fill_limit(rows, tmp_path / "copy.mps", 0.1)
    assert copy.read_text() == "ROWS\n N obj\nRHS\n     RHS c_u_x1_ 5\n RHS c_u_x9_ 0.1\n"
    with pytest.raises(ValueError, match="0 times"):
        fill_limit(copy, tmp_path / "again.mps", 0.1)


def test_a_method_that_fails_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """What went wrong is a sentence in its row, and the next method is tried."""

    def fail(*_: object, **__: object) -> None:
        raise SolveError("Traceback ...\nMemoryError")

    monkeypatch.setattr("benchmarks.scale_methods.run_in_child", fail)
    said: list[str] = []
    rows = measure_case("tiny", ["product", "highs"], 0.01, 5.0, said.append)
    assert [row.reason for row in rows] == [
        "failed: MemoryError",
        "the rows could not be built: MemoryError",
    ]


def test_a_part_without_districts_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1 and the codes that nobody has."""
    page = tmp_path / "scale.md"
    code, _, err = call(capsys, "scale", "--case", "guangxi:77", "--output", page)
    assert code == 1
    assert "no district's code begins with 77" in err
