"""How large a request may be and how long it may take to come in; pure ASGI, before the routes."""

from __future__ import annotations

import asyncio
from typing import Final

from fastapi.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from allocator.service_settings import ServiceSettings
from api.access.json_documents import MOST_JSON_BYTES, check_json
from api.access.refusals import Incoming, has_body, refuse
from api.access.routes import ROUTE, KnownRoute
from api.problems import ProblemError

__all__ = ["Bodies", "Heads"]

MOST_ADDRESS_BYTES: Final = 8_000

MOST_HEADER_BYTES: Final = 32_000

MOST_HEADERS: Final = 100

MEGABYTE: Final = 1_000_000

SMALL_BYTES: Final = 4_000
"""A body that is looked through sooner than a thread is woken up for it."""

FILES_AT_ONCE: Final = 16
"""So many files are held in memory; more wait their turn before a byte of them is read."""

FILE_TYPES: Final = ("", "application/octet-stream")
"""What browsers and programs say that do not know what a file is; the file itself is looked at."""


class _DisconnectedError(Exception):
    """The client hung up; there is nobody to answer."""


class Heads:
    """ASGI middleware that refuses addresses and headers beyond any use.

    Parameters
    ----------
    app
        What it protects.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        fault = _fault_of_head(scope) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
        else:
            await refuse(fault, scope, receive, send)


def _fault_of_head(scope: Scope) -> ProblemError | None:
    query: bytes = scope.get("query_string", b"")
    address = len(scope.get("raw_path") or scope["path"].encode("utf-8", "replace")) + len(query)
    if address > MOST_ADDRESS_BYTES:
        return ProblemError(
            414, "address_too_long", f"the address is longer than {MOST_ADDRESS_BYTES} bytes."
        )
    headers = scope["headers"]
    total = sum(len(name) + len(value) for name, value in headers)
    if total > MOST_HEADER_BYTES or len(headers) > MOST_HEADERS:
        return ProblemError(
            431,
            "headers_too_large",
            f"more than {MOST_HEADERS} headers or {MOST_HEADER_BYTES} bytes of them.",
        )
    if "\0" in scope["path"] or b"%00" in query or b"\0" in query:
        return ProblemError(400, "bad_address", "the address has a null character.")
    return None


class Bodies:
    """ASGI middleware that takes a body in, with limits on size, time and kind.

    Parameters
    ----------
    app
        What it protects; it gets the whole body at once.
    settings
        Size and time of a file.
    """

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self._app = app
        self._most_of_file = settings.upload_mb * MEGABYTE
        self._seconds = settings.upload_seconds
        self._turns = asyncio.Semaphore(FILES_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take in the body of a request and pass it on, or refuse it."""
        if scope["type"] != "http" or not has_body(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        route: KnownRoute | None = scope.get(ROUTE)
        if route is None or not route.takes_files:
            await self._pass_on(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._seconds):
                await self._turns.acquire()
        except TimeoutError:
            await refuse(_busy(), scope, receive, send)
            return
        try:
            await self._pass_on(scope, receive, send)
        finally:
            self._turns.release()

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take in the body of a request and answer it."""
        receive = Incoming(receive)
        try:
            content = await self._taken_in(scope, receive)
        except _DisconnectedError:
            return
        except ProblemError as error:
            await refuse(error, scope, receive, send, drains=error.status != 408)
            return
        await self._app(scope, _replayed(content, receive), send)

    async def _taken_in(self, scope: Scope, receive: Receive) -> bytes:
        route: KnownRoute | None = scope.get(ROUTE)
        headers = Headers(scope=scope)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        takes_files = route is not None and route.takes_files
        is_json = kind == "application/json" or kind.endswith("+json")
        if route is not None and route.body_types:
            _check_kind(route, kind, is_json=is_json)
        most = self._most_of_file if takes_files else MOST_JSON_BYTES
        declared = headers.get("content-length", "0")
        if not declared.isdecimal() or int(declared[:20]) > most:
            raise _too_large(most)
        try:
            async with asyncio.timeout(self._seconds):
                content = await _read(receive, most)
        except TimeoutError as error:
            raise ProblemError(
                408,
                "body_too_slow",
                f"the body did not come in within {self._seconds:g} s. "
                "Maybe the line is slow; ALLOCATOR_UPLOAD_SECONDS says how long it may take.",
            ) from error
        if is_json and not takes_files and content:
            if len(content) <= SMALL_BYTES:
                check_json(content)
            else:
                await run_in_threadpool(check_json, content)
        return content


def _check_kind(route: KnownRoute, kind: str, *, is_json: bool) -> None:
    """Refuse a media type that the route does not take."""
    if kind in route.body_types or (is_json and "application/json" in route.body_types):
        return
    if route.takes_files and kind in FILE_TYPES:
        return
    raise ProblemError(
        415,
        "media_type_not_taken",
        f"a body here must have the Content-Type {' or '.join(route.body_types)}.",
    )


def _busy() -> ProblemError:
    return ProblemError(
        503,
        "too_many_files",
        f"{FILES_AT_ONCE} files are being read, and none was done in time. Maybe try again.",
        headers={"Retry-After": "10"},
    )


def _too_large(most: int) -> ProblemError:
    return ProblemError(
        413,
        "too_large",
        f"the body is larger than {most / MEGABYTE:g} MB. "
        "Maybe leave out sheets that the case does not need; ALLOCATOR_UPLOAD_MB is for files.",
    )


async def _read(receive: Receive, most: int) -> bytes:
    """Read a body to its end, however long its headers said that it is."""
    content = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _DisconnectedError
        content += message.get("body", b"")
        if len(content) > most:
            raise _too_large(most)
        if not message.get("more_body", False):
            return bytes(content)


def _replayed(content: bytes, receive: Receive) -> Receive:
    """Give a body that was taken in as one message, then whatever comes."""
    waiting: list[Message] = [{"type": "http.request", "body": content, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
