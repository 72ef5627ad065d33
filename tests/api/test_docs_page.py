"""The page of the routes, which needs no internet."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from fastapi.testclient import TestClient

from allocator.service_settings import ServiceSettings
from api.graceful_server import GracefulServer, listening_socket
from api.main import create_app

PAGE = "/docs"


def test_all_that_the_page_loads_is_served_by_ourselves(client: TestClient) -> None:
    """Scripts, style and picture of the page have addresses of this service, and are there."""
    page = client.get(PAGE)
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    assert page.headers["content-type"].startswith("text/html")
    assert len(loaded) == 4
    for one in loaded:
        address = urlsplit(urljoin(f"http://here{PAGE}", one))
        assert address.netloc == "here"
        answer = client.get(address.path)
        assert (answer.status_code, len(answer.content) > 100) == (200, True), one


def test_the_page_has_no_script_of_its_own(client: TestClient) -> None:
    """A policy that allows only scripts from files of ours leaves the page whole."""
    text = client.get(PAGE).text

    assert not re.search(r"<script(?![^>]*\bsrc=)", text)
    assert not re.search(r"<style|\bon[a-z]+=|\bstyle=", text)


@pytest.mark.parametrize("name", ["redoc.standalone.js", "..%2f__init__.py", "core.py", "start"])
def test_nothing_else_of_the_package_is_served(client: TestClient, name: str) -> None:
    """Only the parts of the page can be had, not what lies beside them."""
    assert client.get(f"{PAGE}/{name}").status_code == 404


@pytest.fixture
def address(settings: ServiceSettings) -> Iterator[str]:
    """Address of a server in a thread of this process."""
    listening = listening_socket("127.0.0.1", 0)
    leaving = threading.Event()
    server = GracefulServer(create_app(settings), leaving)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield "http://{}:{}".format(*listening.getsockname())
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.mark.browser
def test_the_page_is_drawn_without_internet(address: str, browser_path: Path) -> None:
    """A browser draws every route under a strict policy, and asks nobody but this service."""
    sync_playwright = pytest.importorskip("playwright.sync_api").sync_playwright
    policy = (
        "default-src 'none'; script-src 'self'; connect-src 'self'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:"
    )
    asked: list[str] = []
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(browser_path), args=["--no-sandbox"]
        )
        page = browser.new_page()

        def answer(route: object) -> None:
            asked.append(route.request.url)  # type: ignore[attr-defined]
            if not asked[-1].startswith(address):
                route.abort()  # type: ignore[attr-defined]
                return
            response = route.fetch()  # type: ignore[attr-defined]
            headers = {**response.headers, "content-security-policy": policy}
            route.fulfill(response=response, headers=headers)  # type: ignore[attr-defined]

        page.route("**/*", answer)
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{address}{PAGE}")
        page.wait_for_selector(".opblock")
        page.locator(".opblock-summary").first.click()
        page.wait_for_selector(".opblock-body")
        drawn = page.locator(".opblock").count()
        browser.close()

    assert drawn >= 15
    assert [one for one in asked if not one.startswith(f"{address}/") or "data:" in one] == []
    assert complaints == []
