"""The service as people use it: a real server, a worker, and a browser that may go nowhere else."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from allocator.service_settings import ServiceSettings
from allocator.store.opening import open_database
from allocator.worker.loop import Worker
from api.main import create_app

__all__ = ["Seen", "browsing", "looking", "serving"]

START_SECONDS = 30.0


@contextmanager
def serving(settings: ServiceSettings) -> Iterator[str]:
    """Serve on a free port of this machine with one worker; gives the address."""
    config = uvicorn.Config(create_app(settings), port=0, log_config=None)
    server = uvicorn.Server(config)
    database = open_database(settings)
    worker = Worker(database, settings)
    threads = [threading.Thread(target=server.run), threading.Thread(target=worker.serve)]
    for thread in threads:
        thread.start()
    try:
        yield f"http://127.0.0.1:{_port(server)}"
    finally:
        worker.leave.set()
        server.should_exit = True
        for thread in threads:
            thread.join()
        database.close()


def _port(server: uvicorn.Server) -> int:
    until = time.monotonic() + START_SECONDS
    while not server.started and time.monotonic() < until:
        time.sleep(0.05)
    port: int = server.servers[0].sockets[0].getsockname()[1]
    return port


@contextmanager
def browsing(path: Path) -> Iterator[Browser]:
    """A browser without a window."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Seen:
    """A page, and what it did that no page may do.

    Parameters
    ----------
    page
        The page of the browser.
    address
        Of the service.
    faults
        Lines of the console, errors of scripts, requests to elsewhere.
    expected
        Statuses that the browser reports in the console although they are part of the test.
    """

    page: Page
    address: str
    faults: list[str] = field(default_factory=list)
    expected: tuple[int, ...] = ()

    def open(self, path: str) -> None:
        """Go to a page of the service."""
        self.page.goto(self.address + path)

    def hear(self, message: ConsoleMessage) -> None:
        """Note a line of the console."""
        if not any(f"status of {status} " in message.text for status in self.expected):
            self.faults.append(message.text)


@contextmanager
def looking(browser: Browser, address: str, *expected: int, **options: Any) -> Iterator[Seen]:
    """Open a page; when it is left, it must have kept to the service and its console be empty.

    Parameters
    ----------
    browser, address
        Where to look at what.
    expected
        Statuses that are part of the test.
    options
        Of the browser's context: size, language, colours.
    """
    context: BrowserContext = browser.new_context(**{"locale": "en-GB", **options})
    context.set_default_timeout(60_000)
    seen = Seen(context.new_page(), address, expected=expected)
    seen.page.on("console", seen.hear)
    seen.page.on("pageerror", lambda error: seen.faults.append(str(error)))

    def at_home(route: Any) -> None:
        host = urlsplit(route.request.url).netloc
        if host == urlsplit(address).netloc:
            route.continue_()
        else:
            seen.faults.append(f"asked {route.request.url}")
            route.abort()

    context.route(lambda url: not url.startswith("blob:"), at_home)
    try:
        yield seen
        assert seen.faults == []
    finally:
        context.close()
