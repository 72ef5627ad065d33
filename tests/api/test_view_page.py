"""The result view in a real browser, on a real server with a worker, without any network."""

from __future__ import annotations

import importlib.util
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from api.main import create_app
from tests.api.conftest import Solved
from tests.api.live_service import Seen, browsing, looking, serving

pytestmark = pytest.mark.browser

WAIT_MS = 120_000
"""A re-plan of the tiny case takes seconds, on a busy machine many more. [ms]"""

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def address(solved: Solved, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A live service on a copy of the database that has the tiny plan."""
    has_page = importlib.util.find_spec("api.pages.endpoints") is not None
    paths = create_app(solved.settings).openapi()["paths"]
    if not has_page or "/v1/runs/{run_id}/trips" not in paths:
        pytest.skip("the page or the rows of results are not part of this checkout.")
    folder = tmp_path_factory.mktemp("live_view")
    with (
        closing(sqlite3.connect(solved.settings.data_folder / "allocator.sqlite")) as source,
        closing(sqlite3.connect(folder / "allocator.sqlite")) as target,
    ):
        source.backup(target)
    with serving(replace(solved.settings, data_folder=folder)) as found:
        yield found


@pytest.fixture(scope="module")
def browser(browser_path: Path) -> Iterator[Browser]:
    """A Chromium."""
    with browsing(browser_path) as found:
        yield found


@pytest.fixture
def seen(browser: Browser, address: str) -> Iterator[Seen]:
    """A fresh page that must keep to the service, with an empty console."""
    with looking(browser, address, viewport={"width": 1300, "height": 1000}) as page:
        yield page


def open_view(seen: Seen, run_id: str, lang: str = "en") -> Page:
    """Open a run and wait until its view is ready."""
    seen.open(f"/runs/{run_id}?lang={lang}")
    seen.page.wait_for_selector("#result-view[data-ready]", timeout=WAIT_MS)
    return seen.page


def view_of(page: Page, run_id: str) -> Any:
    """The view as the page got it."""
    return page.evaluate("run => fetch(`/v1/runs/${run}/view`).then((one) => one.json())", run_id)


def test_map_gantt_and_curve_are_drawn(solved: Solved, seen: Seen) -> None:
    """Every lane of the scenario is a line, every group of trips a bar, every scenario a curve."""
    page = open_view(seen, solved.run_id)
    view = view_of(page, solved.run_id)
    lanes = {(group[0], group[1]) for group in view["first_part"]["trips"] if group[0] != group[1]}

    drawn = page.eval_on_selector_all(
        ".map .lane", "all => all.map((one) => [one.dataset.from, one.dataset.to])"
    )
    assert {tuple(lane) for lane in drawn} <= lanes
    assert ["W1", "450102"] in drawn
    assert page.locator(".gantt .bar").count() == len(view["first_part"]["trips"])
    assert page.locator(".curve .line").count() == len(view["scenarios"]) + 1
    assert page.locator(".map text", has_text="甲区市级库").count() == 1


def test_the_slider_shows_what_is_under_way(solved: Solved, seen: Seen) -> None:
    """At hour 3 two lorries of the flood are on the road, at the end none; then all is whole."""
    page = open_view(seen, solved.run_id)
    vehicles = page.locator(".map .traffic > *")
    counts = page.locator(".counts")

    assert vehicles.count() == 0
    page.locator("#hour").fill("3")
    assert vehicles.count() == 1
    expect(counts).to_contain_text("driving 2")
    expect(page.locator(".reading")).to_contain_text("2026-07-01 11:00 +08:00")
    page.locator("#hour").fill("48")
    assert vehicles.count() == 0
    expect(counts).to_contain_text("done 3")
    page.get_by_role("button", name="Whole plan").click()
    expect(counts).to_contain_text("3 trips in all")


def test_another_scenario_is_fetched_when_it_is_chosen(solved: Solved, seen: Seen) -> None:
    """Map, Gantt and table change to the other scenario."""
    page = open_view(seen, solved.run_id)
    page.select_option("#scenario", "quake")
    page.wait_for_selector("#result-view[data-ready=quake]")

    expect(page.locator("#table-panel tbody tr").first).to_contain_text("quake-")
    view = view_of(page, solved.run_id)
    assert page.locator(".gantt .bar").count() != len(view["first_part"]["trips"])


def test_tables_sort_filter_and_export_by_keyboard(solved: Solved, seen: Seen) -> None:
    """A header sorts by Enter and says so; a filter cuts the rows and goes into the export."""
    page = open_view(seen, solved.run_id)
    rows = page.locator("#table-panel tbody tr")
    assert rows.count() == 3

    header = page.get_by_role("columnheader", name="In hand")
    header.get_by_role("button").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(header).to_have_attribute("aria-sort", "descending")
    expect(rows.first).to_contain_text("flood-0003")

    page.select_option("[data-filter=district]", "450102")
    expect(rows).to_have_count(2)
    link = page.get_by_role("link", name="CSV").get_attribute("href")
    exported = page.evaluate("at => fetch(at).then((one) => one.text())", link)
    assert exported.count("flood-000") == 2

    page.get_by_role("tab", name="Trips").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Shortages")).to_be_focused()
    expect(page.locator("#table-panel")).to_contain_text("No shortage in this scenario.")


def test_a_closed_road_is_replanned_and_explained(solved: Solved, seen: Seen) -> None:
    """Clicks on a lane become changes, can be undone, make a new run; its shortage has a reason."""
    page = open_view(seen, solved.run_id)
    lane = page.locator(".lane[data-from=W1][data-to='450102'] .reach")
    lane.dispatch_event("pointerdown")
    lane.dispatch_event("click")
    page.locator("[data-change=vehicle_lost]").first.click()
    page.get_by_role("button", name="Roads into 乙县 are closed").click()
    changes = page.locator(".tray li")
    expect(changes).to_have_count(2)
    changes.first.get_by_role("button").click()
    expect(changes).to_have_count(1)
    expect(changes).to_contain_text("All roads into 乙县 are closed")

    page.get_by_role("button", name="Re-plan", exact=True).click()
    page.wait_for_url(lambda url: "/runs/" in url and solved.run_id not in url, timeout=WAIT_MS)
    # First a plan that can be had at once is shown, then the last one.
    page.wait_for_selector(".state.finished", timeout=WAIT_MS)
    page.wait_for_selector("#result-view[data-ready]", timeout=WAIT_MS)
    expect(page.locator(".told")).to_contain_text("All roads into 乙县 are closed")
    expect(page.locator("#table-panel")).to_contain_text("cancelled")
    assert page.locator(".lane[data-to='450102']").count() == 0

    page.get_by_role("tab", name="Shortages").click()
    page.get_by_role("button", name="Why?").first.click()
    expect(page.locator(".explained").first).to_contain_text("roads", timeout=WAIT_MS)


LANE_FOCUS = """() => {
  const one = document.activeElement;
  const reach = one.matches(".lane") ? getComputedStyle(one.querySelector(".reach")).stroke : "";
  return [one.dataset.from, one.dataset.to, reach];
}"""


def add_lanes(route: Route) -> None:
    """Answer with the view, whose first part gets a lane from every warehouse to every district."""
    answer = route.fetch()
    view = answer.json()
    places = view["places"]
    traces = view["first_part"]["map"]
    lines = next(one for one in traces if one["mode"] == "lines+markers")
    points = next(one for one in traces if one.get("uid") == "flow-points")
    for warehouse, name, lon, lat, _ in places["warehouses"]:
        for code, district, to_lon, to_lat in places["districts"]:
            lane = [warehouse, code]
            if lane in points["meta"]["lanes"]:
                continue
            points["meta"]["lanes"].append(lane)
            points["customdata"].append([name, district, 1, "1", "1", "-", "-", "-"])
            lines["meta"]["lanes"].append(lane)
            lines["x"] += [lon, to_lon, None]
            lines["y"] += [lat, to_lat, None]
            lines["marker"]["size"] += [0, 10, 0]
    route.fulfill(response=answer, json=view)


def test_lanes_are_reached_and_opened_by_keyboard(solved: Solved, seen: Seen) -> None:
    """One lane is in the tab order, arrows go round all of them, Enter opens, Escape goes back."""
    seen.page.route("**/view", add_lanes)
    page = open_view(seen, solved.run_id)
    lanes = page.locator(".map .lane")
    assert lanes.count() > 1
    assert page.locator(".map .lane[tabindex='0']").count() == 1

    page.locator(".map-box").focus()
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.lane')"):
            break
    met = []
    for _ in range(lanes.count()):
        met.append(page.evaluate(LANE_FOCUS))
        page.keyboard.press("ArrowRight")
    ways = [(one[0], one[1]) for one in met]
    assert len(set(ways)) == lanes.count()
    assert [one[0] for one in met] == sorted(
        (one[0] for one in met), key=[w for w, _ in ways].index
    )
    assert {one[2] for one in met} == {"rgb(31, 95, 168)"}
    assert page.evaluate(LANE_FOCUS) == met[0]
    page.keyboard.press("End")
    assert page.evaluate(LANE_FOCUS) == met[-1]
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(LANE_FOCUS) == met[-2]

    page.locator(".map .lane[data-from=W1][data-to='450102']").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".selection .chosen")).to_be_focused()
    by_key = page.locator(".selection").inner_text()
    page.keyboard.press("Escape")
    assert page.evaluate(LANE_FOCUS)[:2] == ["W1", "450102"]
    page.locator("#scenario").focus()
    reach = page.locator(".lane[data-from=W1][data-to='450102'] .reach")
    reach.dispatch_event("pointerdown")
    reach.dispatch_event("click")
    assert page.locator(".selection").inner_text() == by_key


@pytest.mark.parametrize(
    ("lang", "words"),
    [("en", "From 甲区市级库 to 乙县: "), ("zh", "从 甲区市级库 到 乙县：")],
)
def test_a_lane_says_from_to_trips_and_units(
    solved: Solved, seen: Seen, lang: str, words: str
) -> None:
    """Who hears the page learns of a lane what the rows of its trips add up to."""
    page = open_view(seen, solved.run_id, lang)
    named = page.locator(".map .lane[data-from=W1][data-to='450102']").get_attribute("aria-label")
    address = f"/v1/runs/{solved.run_id}/trips?scenario=flood&warehouse=W1&district=450102"
    trips = page.evaluate("at => fetch(at).then((one) => one.json())", address)["rows"]
    items = {
        item["item"]: item
        for item in solved.client.get(f"/v1/cases/{solved.case_id}").json()["summary"]["items"]
    }
    loaded: dict[str, float] = {}
    for trip in trips:
        for line in trip["cargo"]:
            loaded[line["item"]] = loaded.get(line["item"], 0.0) + line["load_units"]

    assert named is not None
    assert named.startswith(words)
    assert (f"{len(trips)} trips, " if lang == "en" else f"{len(trips)} 车次，") in named
    for item, units in loaded.items():
        assert f"{items[item]['name']} {units:,.2f}".rstrip("0").rstrip(".") in named
    assert page.locator(".map [aria-hidden=true] .lane").count() == 0


def test_a_change_that_cannot_be_is_told_beside_it(solved: Solved, seen: Seen) -> None:
    """More broken lorries than there are: the fault stands at its change, and nothing is left."""
    page = open_view(seen, solved.run_id)
    page.get_by_role("tab", name="Lanes").click()
    page.get_by_role("button", name="Report").first.focus()
    page.keyboard.press("Enter")
    page.locator("[data-change=vehicle_lost]").first.click()
    page.locator(".tray li input").fill("99")
    expect(page.locator(".tray li")).to_contain_text("99 x 卡车 of 甲区市级库 lost")
    page.get_by_role("button", name="Re-plan", exact=True).click()

    expect(page.locator(".tray li.faulty")).to_contain_text("99", timeout=WAIT_MS)
    assert solved.run_id in page.url


def test_on_a_phone_nothing_is_wider_than_the_screen(
    solved: Solved, browser: Browser, address: str
) -> None:
    """At 390 pixels, in Chinese, only tables and the Gantt scroll sideways, within themselves."""
    with looking(browser, address, viewport=PHONE, color_scheme="dark") as seen:
        page = open_view(seen, solved.run_id, "zh")

        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        expect(page.locator("#result-view h2").first).to_have_text("地图")
        for name in ("线路", "缺口", "储备库", "库存", "到货"):
            page.get_by_role("tab", name=name, exact=True).click()
            expect(page.locator("#table-panel [role=status]")).not_to_be_empty()
            assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_the_map_is_drawn_from_one_part_of_the_view(solved: Solved, seen: Seen) -> None:
    """Before the map stands, nothing is asked for but the words and the first part."""
    asked: list[str] = []
    seen.page.on("request", lambda request: asked.append(request.url))
    seen.open(f"/runs/{solved.run_id}")
    seen.page.wait_for_selector("#result-view[data-drawn]")
    drawn = [url.partition("/v1/")[2] for url in asked if "/v1/" in url and "/view" in url]

    assert sorted(drawn) == [f"runs/{solved.run_id}/view", "view-words/en"]


def test_a_new_plan_of_the_run_is_shown(solved: Solved, seen: Seen) -> None:
    """When the page hears of a better plan of its run, the view is fetched and drawn anew."""
    page = open_view(seen, solved.run_id)
    page.get_by_role("tab", name="Stock").click()
    page.locator("#hour").fill("3")
    page.evaluate("document.querySelector('.map').dataset.old = 'yes'")
    page.evaluate("document.getElementById('result-view').dispatchEvent(new Event('plan'))")

    expect(page.locator(".map[data-old]")).to_have_count(0)
    page.wait_for_selector("#result-view[data-ready]")
    assert page.locator(".map .lane").count() > 0
    expect(page.locator(".counts")).to_contain_text("driving 2")
    expect(page.get_by_role("tab", name="Stock")).to_have_attribute("aria-selected", "true")
