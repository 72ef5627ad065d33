"""Cases of growing size: what is measured, what is left out, what is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.scale import ScaleRow, scale_page
from tests.allocator.benchmark_instances import (
    call,
)


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
    """The tiny case by the product, the plain model and HiGHS: same values within the gaps."""
    page = tmp_path / "scale.md"
    code, out, _ = call(
        capsys, "scale", "--case", "tiny", "--methods", "product,pyomo,highs",
        "--gap", "1e-4", "--time-limit", "30", "--output", page, "--json",
    )  # fmt: skip
    rows = json.loads(out)["rows"]
    assert code == 0
    assert "| tiny |" in page.read_text(encoding="utf-8")
    assert {row["method"] for row in rows} == {"product", "pyomo", "highs"}
    plain = [row["objective"] for row in rows if row["method"] == "pyomo"]
    direct = [row["objective"] for row in rows if row["method"] == "highs"]
    assert direct == pytest.approx(plain, rel=1e-3)
