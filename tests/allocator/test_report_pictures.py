"""Pictures: made by a browser where there is one, else a clear answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from allocator.report import PicturesUnavailableError, pictures, write_pictures
from allocator.report.facts import Facts
from allocator.report.pictures import find_browser, picture_figures, picture_scenario
from tests.allocator.report_example import example_case
from tests.allocator.report_plan_example import example_plan


def test_pictures_show_the_worst_scenario() -> None:
    """What a planner must see first is what goes wrong."""
    case = example_case()
    facts = Facts(case, example_plan(case))
    assert picture_scenario(facts) == "rammasun2014"
    figures = picture_figures(facts, "zh")
    assert list(figures) == ["map", "gantt", "served"]
    assert figures["map"]["layout"]["title"]["text"] == "地图 · 超强台风威马逊"


def test_without_a_browser_the_error_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is downloaded; the caller learns that a browser is missing."""
    monkeypatch.setattr(pictures, "find_browser", lambda: None)
    case = example_case()
    with pytest.raises(PicturesUnavailableError, match="no Chromium"):
        write_pictures(case, example_plan(case), tmp_path)


def test_the_named_browser_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """BROWSER_PATH is used if it exists; a wrong one is not replaced behind the user's back."""
    own = tmp_path / "my-browser"
    own.touch()
    monkeypatch.setenv("BROWSER_PATH", str(own))
    assert find_browser() == own
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "absent"))
    assert find_browser() is None


@pytest.mark.browser
def test_svg_pictures_hold_chinese_text(tmp_path: Path) -> None:
    """The SVG of each figure is written, with Chinese as text."""
    case = example_case()
    written = write_pictures(case, example_plan(case), tmp_path / "new", lang="zh", form="svg")
    assert [path.name for path in written] == ["map.svg", "gantt.svg", "served.svg"]
    texts = [path.read_text(encoding="utf-8") for path in written]
    assert all(text.startswith("<svg") for text in texts)
    assert "自治区南宁库" in texts[1]
    assert "加权需求满足率" in texts[2]
