"""Ends answers that are still under way when the key they began with is revoked."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from fastapi.concurrency import run_in_threadpool
from starlette.types import Message, Receive, Send

__all__ = ["WhileAllowed"]

LOOK_AGAIN_SECONDS: Final = 3.0
"""Nothing leaves that was allowed longer ago than that. [s]"""


class WhileAllowed:
    """``receive`` and ``send`` of one request, as long as its sender is let in.

    A stream of events can last for hours. Before a piece of it leaves, the key or the cookie is
    looked at again, if that was a while ago; if it opens nothing any more the answer ends, and the
    route hears that the client has gone.

    Parameters
    ----------
    receive, send
        Of the server.
    is_allowed
        Whether the sender would still be let in; asks the database.
    """

    def __init__(self, receive: Receive, send: Send, is_allowed: Callable[[], bool]) -> None:
        self._receive, self._send, self._is_allowed = receive, send, is_allowed
        self._looked_at = time.monotonic()
        self._is_over = False

    async def receive(self) -> Message:
        """Return what comes of the request."""
        return {"type": "http.disconnect"} if self._is_over else await self._receive()

    async def send(self, message: Message) -> None:
        """Let a piece of the answer leave, or end it."""
        if self._is_over:
            return
        if message["type"] == "http.response.body" and message.get("more_body", False):
            now = time.monotonic()
            if now - self._looked_at >= LOOK_AGAIN_SECONDS:
                self._looked_at = now
                self._is_over = not await run_in_threadpool(self._is_allowed)
        if self._is_over:
            message = {"type": "http.response.body", "body": b"", "more_body": False}
        await self._send(message)
