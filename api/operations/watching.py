"""Watches every request: gives it an id, counts it, measures it, writes one line of log."""

from __future__ import annotations

import logging
import re
import secrets
import time
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from allocator.service_log import add_log_fields
from api.operations.metrics import Metrics

__all__ = ["REQUEST_ID", "Watch"]

LOG: Final = logging.getLogger("allocator.access")

REQUEST_ID: Final = "X-Request-ID"
"""Header with which a request is found again in the log."""

QUIET_PATHS: Final = frozenset({"/health", "/metrics"})
"""Asked every few seconds by machines; not worth a line each unless they fail."""

GONE: Final = 499
"""Stands for the status where there is no answer, because whoever asked has gone."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


@dataclass
class _Answer:
    """What is known of the answer while it is sent; times are seconds since the request came."""

    begun: float
    status: int = 0
    began_seconds: float = 0.0

    def since(self) -> float:
        return time.perf_counter() - self.begun


class Watch:
    """The outermost layer of the application, so that no answer escapes it.

    Parameters
    ----------
    app
        What is inside.
    metrics
        Where requests are counted.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through and note what came of it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _id_of(scope)
        scope["allocator.request_id"] = request_id
        # Not taken back: each request is a task of its own, and the line about an unforeseen error
        # is written further out than this.
        add_log_fields(request_id=request_id)
        answer = _Answer(time.perf_counter())

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.began_seconds = answer.since()
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            answer.status = answer.status or 500
            raise
        finally:
            self._note(scope, answer)

    def _note(self, scope: Scope, answer: _Answer) -> None:
        status = answer.status or GONE
        began = answer.began_seconds or answer.since()
        self._metrics.count_request(_route_of(scope), scope["method"], status, began, scope["path"])
        if scope["path"] in QUIET_PATHS and status < 400:
            return
        actor = scope.get("allocator.actor")
        client = scope.get("client")
        LOG.info(
            "%s %s %d",
            scope["method"],
            scope["path"],
            status,
            extra={
                "client": client[0] if client else None,
                "who": getattr(actor, "name", None),
                # Without the query: whoever puts a key there by mistake finds it in no log.
                "method": scope["method"],
                "path": scope["path"],
                "status": status,
                "milliseconds": round(1000 * answer.since(), 1),
            },
        )


def _id_of(scope: Scope) -> str:
    """The id a request came with, if it is plain; else a new one."""
    given = Headers(scope=scope).get(REQUEST_ID, "")
    return given if _PLAIN.fullmatch(given) else secrets.token_hex(8)


def _route_of(scope: Scope) -> str:
    """Template of the route, such as ``/v1/runs/{run_id}``: few, whatever is asked for."""
    # The second one is what the guard found out, of requests that it did not let through.
    route = scope.get("route") or scope.get("allocator.route")
    path: str | None = getattr(route, "path", None)
    if path is not None:
        return path
    # Files below a mount, then single routes that are not FastAPI's, else nothing.
    if scope.get("app_root_path") is not None and scope.get("root_path"):
        return f"{scope['root_path']}/{{path}}"
    is_fixed = "endpoint" in scope and not scope.get("path_params")
    return str(scope["path"]) if is_fixed else "none"
