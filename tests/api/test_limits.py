"""How many files are held at once, whoever sends them."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from allocator.service_settings import ServiceSettings
from api.access import limits
from api.access.limits import Bodies
from api.access.routes import ROUTE, KnownRoute

FILE_ROUTE = KnownRoute(
    path="/v1/cases",
    methods=frozenset({"POST"}),
    roles=("planner",),
    body_types=("application/json", "multipart/form-data"),
    takes_files=True,
    repeatable=frozenset(),
    pattern=re.compile("^/v1/cases$"),
)


class Slow:
    """An application that works on what it gets until it is told to go on."""

    def __init__(self) -> None:
        self.at_work = 0
        self.go_on = asyncio.Event()

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Work, then answer 201."""
        self.at_work += 1
        await self.go_on.wait()
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def upload(bodies: Bodies) -> int:
    """Send a small file; return the status."""
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    headers = [(b"content-type", b"application/json"), (b"content-length", b"2")]
    scope = {"type": "http", "method": "POST", "path": "/v1/cases", "headers": headers}
    await bodies({**scope, ROUTE: FILE_ROUTE}, receive, send)  # type: ignore[arg-type]
    return statuses[0]


def test_more_files_than_can_be_held_wait_and_are_then_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of five files two are held, and the others after them; none is lost."""
    monkeypatch.setattr(limits, "FILES_AT_ONCE", 2)

    async def ask() -> tuple[int, list[int]]:
        slow = Slow()
        bodies = Bodies(slow, ServiceSettings())
        asked = [asyncio.create_task(upload(bodies)) for _ in range(5)]
        for _ in range(20):
            await asyncio.sleep(0)
        held = slow.at_work
        slow.go_on.set()
        return held, await asyncio.gather(*asked)

    assert asyncio.run(ask()) == (2, [201] * 5)


def test_who_waits_too_long_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose turn does not come is refused with 503, unread; the next may have one."""
    monkeypatch.setattr(limits, "FILES_AT_ONCE", 1)

    async def ask() -> list[int]:
        slow = Slow()
        bodies = Bodies(slow, ServiceSettings(upload_seconds=0.05))
        first = asyncio.create_task(upload(bodies))
        await asyncio.sleep(0)
        refused = await upload(bodies)
        slow.go_on.set()
        return [await first, refused, await upload(bodies)]

    assert asyncio.run(ask()) == [201, 503, 201]
