"""The result view in a real browser, on a real server with a worker, without any network."""

from __future__ import annotations

import importlib.util
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Route, expect, sync_playwright

from api.main import create_app
from tests.api.conftest import Solved
from tests.api.live_service import live_service

pytestmark = pytest.mark.browser

WAIT_MS = 60_000
"""A re-plan of the tiny case takes seconds, on a busy machine more. [ms]"""


@dataclass
class Look:
    """A page with a finished run, and what its browser complained about.

    Parameters
    ----------
    page
        The page.
    address
        Of the service.
    complaints
        Lines of the console, errors, requests to other hosts.
    """

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)

    def open(self, run_id: str, lang: str = "en") -> None:
        """Open a run and wait until its view is ready."""
        self.page.goto(f"{self.address}/runs/{run_id}?lang={lang}")
        self.page.wait_for_selector("#result-view[data-ready]", timeout=WAIT_MS)

    def set_hour(self, hour: int) -> None:
        """Move the slider."""
        self.page.locator("#hour").fill(str(hour))


@pytest.fixture(scope="module")
def address(solved: Solved) -> Iterator[str]:
    """A live service on the database that has the tiny plan."""
    has_page = importlib.util.find_spec("api.pages.endpoints") is not None
    if (
        not has_page
        or "/v1/runs/{run_id}/trips" not in create_app(solved.settings).openapi()["paths"]
    ):
        pytest.skip("the page or the rows of results are not part of this checkout.")
    with live_service(solved.settings) as at:
        yield at


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The Chromium of this machine."""
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("no chromium on this machine (Debian: apt-get install chromium).")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def look(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Look]:
    """A fresh page; nothing may be complained about, and nothing may leave this machine."""
    size = getattr(request, "param", {"width": 1300, "height": 1000})
    context = browser.new_context(viewport=size)
    own = Look(context.new_page(), address)

    def console(message: ConsoleMessage) -> None:
        own.complaints.append(f"{message.type}: {message.text}")

    def leave(route: Route) -> None:
        own.complaints.append(f"asks {route.request.url}")
        route.abort()

    own.page.on("console", console)
    own.page.on("pageerror", lambda error: own.complaints.append(str(error)))
    context.route(re.compile(rf"^(?!{re.escape(address)}/)"), leave)
    yield own
    assert own.complaints == []
    context.close()


def view_of(page: Page, run_id: str) -> Any:
    """The view as the page got it."""
    return page.evaluate("run => fetch(`/v1/runs/${run}/view`).then((one) => one.json())", run_id)


def test_map_gantt_and_curve_are_drawn(solved: Solved, look: Look) -> None:
    """Every lane of the scenario is a line, every group of trips a bar, every scenario a curve."""
    look.open(solved.run_id)
    view = view_of(look.page, solved.run_id)
    lanes = {(group[0], group[1]) for group in view["first_part"]["trips"] if group[0] != group[1]}

    drawn = look.page.eval_on_selector_all(
        ".map .lane", "all => all.map((one) => [one.dataset.from, one.dataset.to])"
    )
    assert {tuple(lane) for lane in drawn} <= lanes
    assert ["W1", "450102"] in drawn
    assert look.page.locator(".gantt .bar").count() == len(view["first_part"]["trips"])
    assert look.page.locator(".curve .line").count() == len(view["scenarios"]) + 1
    assert look.page.locator(".map text", has_text="甲区市级库").count() == 1


def test_the_slider_shows_what_is_under_way(solved: Solved, look: Look) -> None:
    """At hour 3 two lorries of the flood are on the road, at the end none; then all is whole."""
    look.open(solved.run_id)
    vehicles = look.page.locator(".map .traffic > *")
    counts = look.page.locator(".counts")

    assert vehicles.count() == 0
    look.set_hour(3)
    assert vehicles.count() == 1
    expect(counts).to_contain_text("driving 2")
    expect(look.page.locator(".reading")).to_contain_text("2026-07-01 11:00 +08:00")
    look.set_hour(48)
    assert vehicles.count() == 0
    expect(counts).to_contain_text("done 3")
    look.page.get_by_role("button", name="Whole plan").click()
    expect(counts).to_contain_text("3 trips in all")


def test_another_scenario_is_fetched_when_it_is_chosen(solved: Solved, look: Look) -> None:
    """Map, Gantt and table change to the other scenario."""
    look.open(solved.run_id)
    look.page.select_option("#scenario", "quake")
    look.page.wait_for_selector("#result-view[data-ready=quake]")

    expect(look.page.locator("#table-panel tbody tr").first).to_contain_text("quake-")
    view = view_of(look.page, solved.run_id)
    assert look.page.locator(".gantt .bar").count() != len(view["first_part"]["trips"])


def test_tables_sort_filter_and_export_by_keyboard(solved: Solved, look: Look) -> None:
    """A header sorts by Enter and says so; a filter cuts the rows and goes into the export."""
    look.open(solved.run_id)
    rows = look.page.locator("#table-panel tbody tr")
    assert rows.count() == 3

    header = look.page.get_by_role("columnheader", name="In hand")
    header.get_by_role("button").focus()
    look.page.keyboard.press("Enter")
    look.page.keyboard.press("Enter")
    expect(header).to_have_attribute("aria-sort", "descending")
    expect(rows.first).to_contain_text("flood-0003")

    look.page.select_option("[data-filter=district]", "450102")
    expect(rows).to_have_count(2)
    link = look.page.get_by_role("link", name="CSV").get_attribute("href")
    exported = look.page.evaluate("at => fetch(at).then((one) => one.text())", link)
    assert exported.count("flood-000") == 2

    look.page.get_by_role("tab", name="Trips").focus()
    look.page.keyboard.press("ArrowRight")
    expect(look.page.get_by_role("tab", name="Shortages")).to_be_focused()
    expect(look.page.locator("#table-panel")).to_contain_text("No shortage in this scenario.")


def test_a_closed_road_is_replanned_and_explained(solved: Solved, look: Look) -> None:
    """Clicks on a lane become changes, can be undone, make a new run; its shortage has a reason."""
    page = look.page
    look.open(solved.run_id)
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
    page.wait_for_selector("#result-view[data-ready]", timeout=WAIT_MS)
    expect(page.locator(".told")).to_contain_text("All roads into 乙县 are closed")
    expect(page.locator("#table-panel")).to_contain_text("cancelled", timeout=WAIT_MS)
    assert page.locator(".lane[data-to='450102']").count() == 0

    page.get_by_role("tab", name="Shortages").click()
    page.get_by_role("button", name="Why?").first.click()
    expect(page.locator(".explained").first).to_contain_text("roads", timeout=WAIT_MS)


def test_a_change_that_cannot_be_is_told_beside_it(solved: Solved, look: Look) -> None:
    """More broken lorries than there are: the fault stands at its change, and nothing is left."""
    page = look.page
    look.open(solved.run_id)
    page.get_by_role("tab", name="Lanes").click()
    page.get_by_role("button", name="Report").first.focus()
    page.keyboard.press("Enter")
    page.locator("[data-change=vehicle_lost]").first.click()
    page.locator(".tray li input").fill("99")
    expect(page.locator(".tray li")).to_contain_text("99 卡车 of 甲区市级库 are lost")
    page.get_by_role("button", name="Re-plan", exact=True).click()

    expect(page.locator(".tray li.faulty")).to_contain_text("99", timeout=WAIT_MS)
    assert solved.run_id in page.url


@pytest.mark.parametrize("look", [{"width": 390, "height": 844}], indirect=True)
def test_on_a_phone_nothing_is_wider_than_the_screen(solved: Solved, look: Look) -> None:
    """At 390 pixels, in Chinese, only tables and the Gantt scroll sideways, within themselves."""
    look.open(solved.run_id, "zh")

    assert look.page.evaluate("document.documentElement.scrollWidth") == 390
    expect(look.page.locator("#result-view h2").first).to_have_text("地图")
    for name in ("线路", "缺口", "储备库", "库存", "到货"):
        look.page.get_by_role("tab", name=name, exact=True).click()
        expect(look.page.locator("#table-panel tbody")).not_to_have_attribute("aria-busy", "true")
        assert look.page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_map_is_drawn_before_tables_are_asked(solved: Solved, look: Look) -> None:
    """The map needs the page, its scripts, the words and one part of the view, no rows."""
    asked: list[str] = []
    look.page.on("request", lambda request: asked.append(request.url))
    look.page.goto(f"{look.address}/runs/{solved.run_id}")
    look.page.wait_for_selector("#result-view[data-drawn]")
    drawn = [url.partition("/v1/")[2] for url in asked if "/v1/" in url and "/view" in url]

    assert sorted(drawn) == [f"runs/{solved.run_id}/view", "view-words/en"]
