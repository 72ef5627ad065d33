"""The page: self-contained, safe, drawn without a fault in a browser that has no network."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from allocator.plan import Plan
from allocator.report import write_page
from allocator.report.page import _plotly_script
from allocator.report.words import WORDS
from tests.allocator.report_example import NASTY, example_case
from tests.allocator.report_plan_example import example_plan
from tests.browser import FLAGS, drive

DRIVER = """
<script type="module">
const until = async (want) => {
  while (document.body.dataset.drawn !== want) await new Promise((done) => setTimeout(done, 50));
};
const look = () => ({
  lang: document.documentElement.lang,
  title: document.querySelector("h2").textContent,
  plots: document.querySelectorAll(".figure-box .main-svg").length,
  legend: [...document.querySelectorAll("#map .legendtext")].map((e) => e.textContent),
  bars: document.querySelectorAll("#gantt .bars .point").length,
  rows: document.querySelectorAll("#shortages tbody tr").length,
  first: document.querySelector("#warehouses tbody td").textContent,
  note: document.getElementById("shortages-note").textContent,
  buttons: [...document.querySelectorAll("#map .modebar-btn")].map((e) => e.dataset.title),
});
await until("en rammasun2014");
const report = [look()];
document.getElementById("scenario").value = "nesat2011";
document.getElementById("scenario").dispatchEvent(new Event("change"));
await until("en nesat2011");
report.push(look());
document.getElementById("language").click();
await until("zh nesat2011");
document.querySelectorAll("#warehouses thead th")[5].click();
document.getElementById("rings").value = "*";
document.getElementById("rings").dispatchEvent(new Event("change"));
document.getElementById("view-all").click();
report.push(look());
document.body.dataset.report = JSON.stringify(report);
</script>
"""


PHONE_DRIVER = """
<script type="module">
while (!document.body.dataset.drawn) await new Promise((done) => setTimeout(done, 50));
const shares = ["map", "gantt", "served"].map((id) => {
  const layout = document.getElementById(id)._fullLayout;
  return layout._size.w / layout.width;
});
const ticks = [...document.querySelectorAll("#gantt .xtick text")].map((e) => e.textContent);
const width = document.documentElement.scrollWidth;
document.body.dataset.report = JSON.stringify({ shares, ticks, width });
</script>
"""


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a plan full of hostile names."""
    path = tmp_path_factory.mktemp("page") / "plan.html"
    case = example_case(NASTY)
    write_page(case, example_plan(case), path)
    return path


def own_text(path: Path) -> str:
    """The page without plotly.js."""
    return path.read_text(encoding="utf-8").replace(_plotly_script(), "")


def page_data(path: Path) -> Any:
    """The data of the page."""
    found = re.search(r'id="page-data">(.*?)</script>', own_text(path), re.DOTALL)
    assert found is not None
    return json.loads(found.group(1))


def test_page_asks_for_nothing(written: Path) -> None:
    """No address stands in the page's own part, and its policy forbids every request."""
    text = own_text(written)
    assert "http" not in text.replace("http-equiv", "")
    assert "default-src 'none'" in text
    assert not re.search(r"<(script|img|link|iframe)[^>]*(src|href)=\"(?!data:)", text)
    assert "url(" not in text


def test_page_stays_small(written: Path) -> None:
    """With plotly.js the page is below 8 MB."""
    assert written.stat().st_size < 8_000_000


def test_names_cannot_leave_their_place(written: Path) -> None:
    """A name that closes the script element stays a name, in the data and in the text."""
    assert "</script><b>x" not in own_text(written)
    names = [row[0] for row in page_data(written)["tables"]["warehouses"]["rows"]]
    assert set(NASTY) <= set(names)


def test_page_holds_both_languages(written: Path) -> None:
    """Sentences stand in both, words by key, and Chinese is written as such."""
    text = own_text(written)
    assert "最差情景“超强台风威马逊”" in text
    assert "in the worst, 超强台风威马逊" in text
    words = page_data(written)["words"]
    assert words["figure.drive"] == {"en": "drive with rests", "zh": "行驶（含休息）"}


def test_equal_plans_give_equal_pages(written: Path, tmp_path: Path) -> None:
    """A page is a function of case and plan."""
    case = example_case(NASTY)
    write_page(case, example_plan(case), tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == written.read_bytes()


def test_outlines_are_held_once(written: Path) -> None:
    """Scenario traces name their polygons, so that more scenarios do not repeat them."""
    data = page_data(written)
    for traces in data["map"]["scenarios"].values():
        for trace in traces:
            if "shapes" in trace.get("meta", {}):
                assert trace["x"] == []
                assert set(trace["meta"]["shapes"]) <= set(data["shapes"])


def test_an_empty_plan_is_a_page_too(tmp_path: Path) -> None:
    """Without scenarios or stock decisions the page still says what it knows."""
    path = tmp_path / "empty.html"
    write_page(example_case(), Plan({}), path, lang="zh")
    assert page_data(path)["scenarios"] == []
    assert "未核验" in own_text(path)


def test_every_word_has_both_languages() -> None:
    """No key lacks a language, and both name the same figures."""
    for key, (english, chinese) in WORDS.items():
        assert english, key
        assert chinese, key
        places = re.compile(r"(?<!%)\{(\w+)\}")
        assert set(places.findall(english)) == set(places.findall(chinese)), key


def test_every_word_of_the_template_exists(written: Path) -> None:
    """Keys named in the page are keys of the words."""
    for key in re.findall(r'data-word="([^"]+)"', own_text(written)):
        assert key in WORDS


@pytest.mark.browser
def test_browser_draws_page_and_switches(written: Path, browser_path: Path, tmp_path: Path) -> None:
    """Map, Gantt chart, curves and tables follow scenario and language, without a console line."""
    first, other, chinese = drive(written, DRIVER, browser_path, tmp_path, FLAGS)
    assert first["plots"] >= 3
    assert first["bars"] > 20
    assert first["rows"] == 13
    assert "kept" in first["legend"]
    assert not any("Share" in str(title) for title in first["buttons"])
    assert other["rows"] == 0
    assert other["note"] == "No shortage in this scenario."
    assert "short by more than 50 %" not in other["legend"]
    assert (chinese["lang"], chinese["title"]) == ("zh", "地图")
    assert "保留" in chinese["legend"]
    assert "缩放" in chinese["buttons"]
    # Sorted by used volume, smallest first: the closed warehouse.
    assert chinese["first"] == NASTY[4]


@pytest.mark.browser
def test_figures_have_the_width_of_a_phone(
    written: Path, browser_path: Path, tmp_path: Path
) -> None:
    """On a narrow screen legends stand below, ticks are hours, and nothing needs to be scrolled."""
    flags = (*FLAGS[:-1], "--window-size=500,2600")
    seen = drive(written, PHONE_DRIVER, browser_path, tmp_path, flags)
    assert min(seen["shares"]) > 0.6, seen["shares"]
    assert seen["ticks"][:3] == ["0", "12", "24"]
    assert seen["width"] <= 500
