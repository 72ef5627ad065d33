"""What a back-test is told as: document, page, picture, verb."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from allocator.errors import AllocatorError
from benchmarks import run
from benchmarks.backtest import (
    certified_plan,
    read_runs,
)
from benchmarks.backtest_figure import backtest_figure
from benchmarks.backtest_findings import Known, findings
from benchmarks.backtest_page import backtest_page
from tests.allocator.backtest_runs import (
    base,
    document,
    flat,
    record,
)


def test_runs_are_read_back_as_they_were_written() -> None:
    """Document to text to document to runs: nothing changes."""
    made = document(90_000.0)
    runs = read_runs(json.loads(json.dumps(made)))
    assert runs["central"] == flat("central", 90_000.0)
    assert [asdict(one) for one in runs.values()] == made["rows"]


def test_the_page_sets_the_record_beside_the_plan() -> None:
    """73,576 is 57 % and inside the band of 60,000 to 90,000, outside that of 60,000 alone."""
    page = " ".join(backtest_page(document(90_000.0), record(), 4.4, "images/x.png").split())
    assert "73,576 of 128,830 pieces for Gansu were in the area (57 %)" in page
    assert "has 90,000 (70 %). The record lies inside the band" in page
    assert "| 33 | 100 % | **57 %** | **70 %** | 47 to 70 % |" in page
    assert "16 h after the last order, 28.6 h after the first" in page
    assert "| folding beds | 20,400 | 3,296 | 16 % |" in page
    assert "(images/x.png)" in page
    alone = backtest_page(document(60_000.0), record(), 4.4, None)
    assert "outside the band" in " ".join(alone.split())
    assert ".png" not in alone


def test_a_part_of_the_band_is_no_band() -> None:
    """With two plans only, the page has their figures and not a word of a band."""
    made = {
        **document(90_000.0),
        "rows": [asdict(flat(name, 9e4)) for name in ("central", "wheels")],
    }
    page = backtest_page(made, record(), 4.4, None)
    assert "the plan has 90,000 (70 %)." in " ".join(page.split())
    assert "| 33 | 100 % | **57 %** | **70 %** | - | - |" in page
    assert "lies inside" not in page
    assert "What decides" not in page


def test_tents_weigh_least_by_volume() -> None:
    """The page says so: 2.625 on 0.4 m3, less than any other item."""
    by_volume = {row.item: row.priority_weight / row.volume_m3 for row in base().case.items}
    least = min(by_volume.values())
    assert least == pytest.approx(6.5625)
    assert {code.partition(".")[0] for code, weight in by_volume.items() if weight == least} == {
        "TENT12C"
    }


def test_a_tail_that_the_record_contradicts_is_told() -> None:
    """99 % of the central goods at 70 h, at 40 h with twice the receiving; the record: 62 h."""
    slow, fast = ([0.0] * hour + [133_550.0] * (97 - hour) for hour in (70, 40))
    runs = read_runs(document(90_000.0))
    runs["central"] = replace(runs["central"], central=slow)
    runs["receiving-double"] = replace(runs["receiving-double"], central=fast)
    told = " ".join(findings(Known(runs, record(), 4.4)))
    assert "99 % at 70 h" in told
    assert "it would be 40 h, so they received more than" in " ".join(told.split())
    runs["central"] = replace(runs["central"], central=fast)
    assert "received more than" not in " ".join(findings(Known(runs, record(), 4.4)))


def test_the_picture_has_both_clocks_the_record_and_no_chinese() -> None:
    """Two panels with a 48-hour line each; 57 % at 33 h; a bar from 16 to 28.6 h."""
    figure = backtest_figure(read_runs(document(90_000.0)), record(), 4.4)
    lines = figure["layout"]["shapes"]
    assert [(one["xref"], one["x0"]) for one in lines] == [("x", 48.0), ("x2", 48.0)]
    by_name = {trace["name"]: trace for trace in reversed(figure["data"])}
    points = by_name["record: goods for Gansu"]
    assert points["x"] == [6.0, 33.0]
    assert points["y"] == pytest.approx([0.0, 100 * 73_576 / 128_830])
    bar = by_name["record: between last and first order"]
    assert bar["x"] == pytest.approx([16.0, 28.6])
    assert bar["y"] == pytest.approx([100 * 65_526 / 112_030] * 2)
    assert json.dumps(figure, ensure_ascii=False).isascii()


def test_the_verb_writes_the_page_from_an_earlier_run(tmp_path: Path) -> None:
    """--read makes the page anew without planning; a document of another verb is refused."""
    earlier = tmp_path / "earlier.json"
    earlier.write_text(json.dumps(document(90_000.0)), "utf-8")
    page = tmp_path / "page.md"
    words = ["backtest", "--read", str(earlier), "--no-pictures", "--output", str(page)]
    assert run.main(words) == 0
    assert page.read_text("utf-8").startswith("# Back-test")
    earlier.write_text('{"command": "growth"}', "utf-8")
    assert run.main(words) == 2


def test_a_document_without_the_central_plan_is_refused(tmp_path: Path) -> None:
    """There is nothing to compare with then, and the message says so."""
    made = document(90_000.0)
    earlier = tmp_path / "earlier.json"
    rows = [asdict(replace(flat("wheels", 1.0)))]
    earlier.write_text(json.dumps({**made, "rows": rows}), "utf-8")
    words = ["backtest", "--read", str(earlier), "--output", str(tmp_path / "page.md")]
    assert run.main(words) == 2
    assert not (tmp_path / "page.md").exists()


def test_an_uncertified_plan_gives_no_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the replay refuses is an error, not a line in the page."""

    class RefusedError(AllocatorError):
        """The replay's word."""

    def refuse(*_: object, **__: object) -> None:
        raise RefusedError("broken")

    monkeypatch.setattr("benchmarks.backtest.run_dispatch", lambda *_: None)
    monkeypatch.setattr("benchmarks.backtest.publish", refuse)
    with pytest.raises(RefusedError, match="broken"):
        certified_plan(base(), 1.0)
