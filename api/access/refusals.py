"""Refusing a request before the application sees it."""

from __future__ import annotations

import asyncio
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from api.problems import ProblemError, problem_response

__all__ = ["Incoming", "has_body", "refuse"]

DRAIN_SECONDS: Final = 2.0

DRAIN_BYTES: Final = 100_000_000


def has_body(headers: Headers) -> bool:
    """Whether a request has a body, or says so."""
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


class Incoming:
    """What comes of a request, and whether its body has ended; stands for ``receive``.

    Parameters
    ----------
    receive
        Of the server.
    """

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self.is_over = False

    async def __call__(self) -> Message:
        """Return what comes next."""
        message = await self._receive()
        self.is_over = not message.get("more_body", False)
        return message


async def refuse(
    error: ProblemError, scope: Scope, receive: Receive, send: Send, *, drains: bool = True
) -> None:
    """Answer with a problem.

    A client that is still sending would not hear it if the connection were just closed: for a
    moment what comes is read and dropped. If it does not end then, the connection does.
    """
    headers = dict(error.headers)
    is_over = not has_body(Headers(scope=scope))
    if isinstance(receive, Incoming):
        is_over = is_over or receive.is_over
    if not is_over and not (drains and await _drained(scope, receive)):
        headers["Connection"] = "close"
    answer = problem_response(
        error.status, error.code, error.detail, issues=error.issues, headers=headers
    )
    await answer(scope, receive, send)


async def _drained(scope: Scope, receive: Receive) -> bool:
    """Drop what is still coming; whether it ended."""
    if "expect" in Headers(scope=scope):
        return False
    total = 0
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while total < DRAIN_BYTES:
                message = await receive()
                total += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return True
    except TimeoutError:
        pass
    return False
