"""The pages in a real browser: upload, run, progress, orders, keyboard, phone, no connection."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from allocator.intake.export import write_case
from allocator.service_settings import ServiceSettings
from tests.api.live_service import Seen, browsing, looking, serving
from tests.tiny import build_case

pytestmark = pytest.mark.browser

NAME = "<img src=x onerror=alert(1)> by hand"

PHONE = {"width": 390, "height": 844}

FITS = "() => document.documentElement.scrollWidth <= window.innerWidth"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a running service with a worker."""
    settings = ServiceSettings(data_folder=tmp_path_factory.mktemp("live"), heartbeat_seconds=0.5)
    with serving(settings) as found:
        yield found


@pytest.fixture(scope="module")
def browser(browser_path: Path) -> Iterator[Any]:
    """A Chromium."""
    with browsing(browser_path) as found:
        yield found


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny case as a workbook."""
    path = tmp_path_factory.mktemp("workbook") / "tiny.xlsx"
    write_case(build_case(), path)
    return path


@pytest.fixture(scope="module")
def planned(address: str, browser: Any, workbook: Path) -> str:
    """Path of the page of a run that was started and watched in the browser."""
    with looking(browser, address) as seen:
        seen.open("/cases")
        seen.page.set_input_files("#file", workbook)
        seen.page.click(".card-of-case a.main")
        seen.page.fill("#name", NAME)
        seen.page.click("#submit")
        seen.page.wait_for_url("**/runs/r*")
        path = seen.page.url.removeprefix(address)
        assert seen.page.inner_text("h1") == NAME
        seen.page.wait_for_selector(".state.finished")
        seen.page.wait_for_selector("#outcome-title")
        assert "finished: " in seen.page.inner_text("#state")
        assert "100%" in seen.page.inner_text("#outcome .figures")
        assert seen.page.locator("#outcome table tbody tr").count() == 2
    return path


def faulty(workbook: Path, folder: Path) -> Path:
    """The workbook with a text for a number and a negative one."""
    book = openpyxl.load_workbook(workbook)
    book["Stock"]["D3"] = "viele"
    book["Items"]["F4"] = -2
    path = folder / "faulty.xlsx"
    book.save(path)
    return path


def test_faults_are_a_table_and_an_annotated_copy(
    address: str, browser: Any, workbook: Path, tmp_path: Path
) -> None:
    """Faults stand under their sheets; a copy with red cells, then the mended file, are a click."""
    with looking(browser, address, 422) as seen:
        seen.open("/cases")
        seen.page.set_input_files("#file", faulty(workbook, tmp_path))
        seen.page.wait_for_selector("#annotated")

        captions = seen.page.locator("#upload-answer caption").all_inner_texts()
        assert captions == ["Items: 1", "Stock: 1"]
        row = seen.page.locator("#upload-answer tbody tr").last.inner_text()
        assert "D3" in row
        assert "viele" in row
        assert seen.page.evaluate("document.activeElement.textContent") == "faulty.xlsx has faults"

        with seen.page.expect_download() as download:
            seen.page.click("#annotated")
        assert download.value.suggested_filename == "faulty_faults.xlsx"
        download.value.save_as(tmp_path / "copy.xlsx")
        copy = openpyxl.load_workbook(tmp_path / "copy.xlsx")
        assert copy["Stock"]["D3"].fill.fgColor.rgb != copy["Stock"]["D4"].fill.fgColor.rgb

        seen.page.set_input_files("#file", workbook)
        seen.page.wait_for_selector(".card-of-case")
        assert seen.page.locator("#annotated").count() == 0


def test_a_chinese_page_says_in_chinese_what_is_wrong(
    address: str, browser: Any, workbook: Path, tmp_path: Path
) -> None:
    """Faults by their codes and a full queue by its own, with the English below."""
    with looking(browser, address, 422, 429, locale="zh-CN") as seen:
        seen.open("/cases")
        seen.page.set_input_files("#file", faulty(workbook, tmp_path))
        seen.page.wait_for_selector("#annotated")
        row = seen.page.locator("#upload-answer tbody tr").last
        assert "应为数字，实为文本或日期。" in row.inner_text()
        assert "viele" in row.locator("td.long [lang=en]").first.inner_text()

        seen.page.set_input_files("#file", workbook)
        seen.page.click(".card-of-case a.main")
        full = {
            "status": 429,
            "code": "queue_full",
            "title": "x",
            "detail": "100 runs are waiting.",
        }
        seen.page.route(
            "**/v1/runs",
            lambda route: route.fulfill(
                status=429, body=json.dumps(full), content_type="application/problem+json"
            ),
        )
        seen.page.click("#submit")
        seen.page.wait_for_selector("#faults:focus")
        assert seen.page.inner_text("#faults").startswith("排队已满：")
        assert seen.page.inner_text("#faults [lang=en]") == full["detail"]


def test_a_workbook_can_be_dropped(address: str, browser: Any) -> None:
    """A file dropped on the field is taken like a chosen one, and what is no case is refused."""
    with looking(browser, address, 415) as seen:
        seen.open("/cases")
        seen.page.evaluate(
            """() => {
              const files = new DataTransfer();
              files.items.add(new File(["hello"], "<b>notes</b>.txt"));
              const drop = new DragEvent("drop", {dataTransfer: files, bubbles: true});
              document.getElementById("drop").dispatchEvent(drop);
            }"""
        )

        seen.page.wait_for_selector("#upload-answer [role=alert]")
        assert "neither an .xlsx workbook" in seen.page.inner_text("#upload-answer")


def press(seen: Seen, target: str) -> None:
    """Tab until something has the focus, as one does without a mouse."""
    for _ in range(120):
        seen.page.keyboard.press("Tab")
        if seen.page.evaluate(f"document.activeElement.matches({json.dumps(target)})"):
            return
    raise AssertionError(f"{target} is not reached by the keyboard")


def test_the_keyboard_alone_is_enough(address: str, browser: Any) -> None:
    """From the skip link over a shipped case to a run and its cancellation, no mouse is needed."""
    with looking(browser, address, locale="zh-CN") as seen:
        seen.open("/cases")
        seen.page.keyboard.press("Tab")
        assert seen.page.evaluate("document.activeElement.className") == "skip"
        seen.page.keyboard.press("Enter")
        press(seen, "form[data-name=tiny] button")
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_selector(".card-of-case h2:focus")
        press(seen, ".card-of-case a.main")
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_selector("#new-run")
        press(seen, "#gap")
        seen.page.keyboard.type("200")
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_selector("#gap[aria-invalid]:focus")
        seen.page.keyboard.press("Control+A")
        seen.page.keyboard.type("5")
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_url("**/runs/r*")
        seen.page.wait_for_selector("#orders:not([hidden])")
        press(seen, "#cancel")
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_selector("dialog[open]")
        press(seen, "#confirm-yes")
        seen.page.keyboard.press("Enter")
        seen.page.wait_for_selector(".state.cancelled")
        assert seen.page.inner_text("#state") == "已取消"
        seen.page.wait_for_selector("#orders", state="hidden")


def test_what_the_service_refuses_stands_at_its_field(
    address: str, browser: Any, planned: str
) -> None:
    """A rule that only the service knows is shown at the field that breaks it."""
    base = planned.removeprefix("/runs/")
    with looking(browser, address, 422) as seen:
        seen.open(f"/runs/new?kind=replan&base={base}")
        seen.page.wait_for_selector("#base_run option", state="attached")
        seen.page.fill("#at_hours", "20000")
        seen.page.click("#submit")

        seen.page.wait_for_selector("#at_hours-fault:not([hidden])")
        assert "10000" in seen.page.inner_text("#at_hours-fault")
        assert seen.page.is_hidden("#district")


def test_a_phone_is_wide_enough(address: str, browser: Any, planned: str) -> None:
    """No page scrolls sideways at 390 px, in light and dark, with every part in place."""
    with looking(browser, address, 404, viewport=PHONE, color_scheme="dark") as seen:
        for path in ("/cases", "/runs", planned, "/runs/new?kind=replan", "/compare", "/runs/0"):
            seen.open(path)
            seen.page.wait_for_load_state("networkidle")
            assert seen.page.evaluate(FITS), path


def test_the_list_is_live_and_its_filter_stands_in_the_address(
    address: str, browser: Any, planned: str
) -> None:
    """A finished run is listed with its gap; a filter can be kept as an address."""
    with looking(browser, address) as seen:
        seen.open("/runs")
        row = seen.page.locator("#runs tbody tr", has_text=NAME)
        assert "finished: optimal" in row.inner_text()
        assert seen.page.locator("img").count() == 0
        seen.page.select_option("select[name=status]", "failed")
        seen.page.wait_for_url("**/runs?status=failed")
        seen.page.get_by_text("No run is like this.").wait_for()
        seen.open("/runs?status=finished&kind=plan")
        seen.page.locator("#runs a", has_text=NAME).click()
        seen.page.wait_for_url(f"**{planned}")


def compared(name: str) -> dict[str, Any]:
    """A comparison as the service tells it, small, with a name that is markup."""
    kpi = {"plan": "other", "part": "placement", "name": "waiting", "unit": "h", "base": 5.0}
    kpi |= {"other": 4.0, "difference": -1.0, "difference_share": -0.2}
    change = {"plan": "other", "table": "Settings", "row_key": "", "field": "gap", "unit": ""}
    change |= {"change": "changed", "base_value": name, "other_value": "2", "difference": None}
    document = {
        "plans": [{"plan": "base", "is_base": True}, {"plan": "other", "is_base": False}],
        "inputs_changed": [change],
        "kpis": [
            {**kpi, "distinguishable": False, "note": "within_gaps"},
            {**kpi, "part": "flood", "distinguishable": None, "note": "only_one"},
        ],
        "summary": [{"topic": "Inputs", "figure": "1", "sentence": "One cell differs."}],
    }
    told = {"comparison_id": "m1", "name": name, "created_at": "2026-12-01T04:00:00+08:00"}
    return {**told, "document": document}


def test_runs_are_picked_and_compared(address: str, browser: Any, planned: str) -> None:
    """The base and another run are sent in this order; what is within the gaps is said to be."""
    asked: list[Any] = []
    with looking(browser, address) as seen:

        def answer(route: Any) -> None:
            if route.request.method == "POST":
                asked.append(route.request.post_data_json)
                route.fulfill(status=201, json=compared(NAME))
            else:
                route.fulfill(json={"comparisons": [], "before": None})

        def twice(route: Any) -> None:
            runs = route.fetch().json()["runs"]
            own = next(run for run in runs if run["has_plan"])
            route.fulfill(json={"runs": [{**own, "run_id": "r2", "number": 99}, own]})

        seen.page.route("**/v1/comparisons", answer)
        seen.page.route("**/v1/runs?**", twice)
        seen.open(f"/compare?base={planned.removeprefix('/runs/')}")
        seen.page.click("#compare")
        seen.page.wait_for_selector("#picker-fault:not([hidden])")
        seen.page.check("tr:has-text('99') input[type=checkbox]")
        seen.page.click("#compare")

        seen.page.wait_for_selector("#comparison-title:focus")
        told = seen.page.inner_text("#comparison")
        assert asked == [{"runs": [planned.removeprefix("/runs/"), "r2"], "name": "", "lang": "en"}]
        assert "within the gaps: not distinguishable" in told
        assert told.count(NAME) == 2
        assert "flood" not in told
        assert seen.page.locator("#comparison a[href$='?format=xlsx']").count() == 1
        assert seen.page.locator("img").count() == 0


def test_a_lost_connection_is_told_and_its_return_too(address: str, browser: Any) -> None:
    """While nothing answers, the page says so; when it answers again, the notice goes."""
    with looking(browser, address) as seen:
        seen.open("/runs")
        seen.page.wait_for_load_state("networkidle")
        seen.page.context.set_offline(True)
        seen.page.select_option("select[name=kind]", "plan")
        seen.page.wait_for_selector("#connection:not([hidden])")
        assert "Connection lost" in seen.page.inner_text("#connection")

        seen.page.context.set_offline(False)
        seen.page.wait_for_selector("#connection", state="hidden")
        lost = [line for line in seen.faults if "ERR_INTERNET_DISCONNECTED" in line]
        assert len(lost) == len(seen.faults) > 0
        seen.faults.clear()
