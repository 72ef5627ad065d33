"""Problems as pages: who looks with a browser reads what happened, why, and the way back.

One layer for all of them, whoever refuses: the gate, a route, an address that is not there, an
error that nobody foresaw. Programs get the problem document itself.
"""

from __future__ import annotations

import json
from typing import Any, Final
from urllib.parse import urlsplit

from fastapi import FastAPI, Request
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.guard import MACHINE_PATHS
from api.access.origins import SAFE_METHODS, own_path
from api.access.rules import ACTOR
from api.access.safe_headers import complete_headers
from api.negotiation import wants_page
from api.pages.language import page_language
from api.pages.problem_words import problem_sentences
from api.pages.rendering import render
from api.problems import PROBLEM_TYPE

__all__ = ["ProblemPages", "add_page_of_the_unforeseen"]

WORTH_AGAIN: Final = frozenset({408, 409, 429, 500, 503, 507})
"""Statuses after which the same may go well later."""

_OF_DOCUMENT: Final = ("content-type", "content-length")


class ProblemPages:
    """ASGI middleware that shows a problem as a page to whoever looks at pages.

    Parameters
    ----------
    app
        Whose problems.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; a problem that comes back is held until it is whole."""
        if not _looks_at_pages(scope):
            await self._app(scope, receive, send)
            return
        start: Message | None = None
        content = bytearray()

        async def sending(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_problem(Headers(scope=message)):
                start = message
                return
            if start is None:
                await send(message)
                return
            content.extend(message.get("body", b""))
            if not message.get("more_body", False):
                page = _page(Request(scope), Headers(scope=start), bytes(content))
                await page(scope, receive, send)

        await self._app(scope, receive, sending)


def add_page_of_the_unforeseen(application: FastAPI) -> None:
    """Let an error that nobody foresaw be a page, too: it is answered outside all layers.

    Parameters
    ----------
    application
        Has a handler for it, which makes the problem document.
    """
    told: Any = application.exception_handlers[Exception]

    @application.exception_handler(Exception)
    async def _unforeseen(request: Request, error: Exception) -> Response:
        answer: Response = await told(request, error)
        if _looks_at_pages(request.scope):
            answer = _page(request, answer.headers, bytes(answer.body))
        complete_headers(answer.headers, request.url.path)
        return answer


def _looks_at_pages(scope: Scope) -> bool:
    """Whether it is a page's address, and a browser that shows what comes as a page."""
    if scope["type"] != "http" or scope["path"].startswith(MACHINE_PATHS):
        return False
    return wants_page(Headers(scope=scope).getlist("accept"))


def _is_problem(headers: Headers) -> bool:
    return headers.get("content-type", "").startswith(PROBLEM_TYPE)


def _page(request: Request, headers: Headers, content: bytes) -> Response:
    """A problem document as a page with the same status and headers."""
    problem = json.loads(content)
    status, code = problem["status"], problem["code"]
    what, why, then = problem_sentences(code, page_language(request))
    page = render(
        request,
        "error.html.j2",
        request.scope.get(ACTOR),
        status=status,
        title=what,
        why=why,
        then=then,
        told=f"{status} {code}: {problem['detail']}",
        wait_seconds=headers.get("retry-after", ""),
        again=_again(request) if status in WORTH_AGAIN else "",
        back=_back(request),
    )
    for name, value in headers.items():
        if name not in _OF_DOCUMENT:
            page.headers.setdefault(name, value)
    return page


def _again(request: Request) -> str:
    """Address to try again, empty where looking again is not the same request."""
    if request.method not in SAFE_METHODS:
        return ""
    query = request.url.query
    return own_path(request.url.path + (f"?{query}" if query else ""))


def _back(request: Request) -> str:
    """The page of ours that led here, empty if there was none, or if it was this one."""
    came = urlsplit(request.headers.get("referer", "")[:2000])
    address = own_path(came.path + (f"?{came.query}" if came.query else ""))
    is_ours = came.netloc == request.headers.get("host", "") and came.path != request.url.path
    return address if is_ours else ""
