"""Writes down who takes files out: every answer that is a file gets an entry in the audit log."""

from __future__ import annotations

from typing import Any, Final

from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from allocator.store import audit
from allocator.store.database import Database
from api.access.rules import ACTOR
from api.problems import database_problem, problem_response

__all__ = ["Exports"]

NO_FILES: Final = ("application/json", "application/problem+json", "text/event-stream")
"""Media types that are looked at rather than kept, unless they are sent as a file to keep."""


class Exports:
    """ASGI middleware that records a file before its first byte leaves.

    A file that cannot be recorded does not leave: a problem is answered instead.

    Parameters
    ----------
    app
        What it watches.
    database
        Where the log is.
    """

    def __init__(self, app: ASGIApp, database: Database) -> None:
        self._app, self._database = app, database

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and record the file that is answered."""
        if scope["type"] != "http" or not scope["path"].startswith("/v1/"):
            await self._app(scope, receive, send)
            return

        is_held = False

        async def watched(message: Message) -> None:
            nonlocal is_held
            if message["type"] == "http.response.start" and message["status"] in (200, 206):
                headers = Headers(raw=message["headers"])
                try:
                    if _is_file(headers):
                        await run_in_threadpool(self._record, scope, headers)
                except SQLAlchemyError as error:
                    is_held = True
                    told = database_problem(error)
                    answer = problem_response(told.status, told.code, told.detail)
                    await answer(scope, receive, send)
            if not is_held:
                await send(message)

        await self._app(scope, receive, watched)

    def _record(self, scope: Scope, headers: Headers) -> None:
        told: dict[str, Any] = {"media_type": headers.get("content-type", "").partition(";")[0]}
        query = scope.get("query_string", b"").decode("latin-1")
        if query:
            told["query"] = query[:500]
        if "etag" in headers:
            told["etag"] = headers["etag"]
        subject = scope["path"][:300]
        with self._database.writing() as connection:
            audit.append(self._database, connection, scope[ACTOR], "file.export", subject, told)


def _is_file(headers: Headers) -> bool:
    kind = headers.get("content-type", "").partition(";")[0].strip()
    is_kept = headers.get("content-disposition", "").startswith("attachment")
    return is_kept or (bool(kind) and kind not in NO_FILES)
