"""Errors as answers: problem documents (RFC 9457) with stable codes, never what came in."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from allocator.documents import error_document
from allocator.errors import (
    AllocatorError,
    ConflictError,
    DataError,
    InfeasibleError,
    NoPlanError,
    NotFoundError,
    ReplayError,
    SolveError,
)
from allocator.store.outages import NO_ROOM, is_full, is_outage

__all__ = [
    "PROBLEM_TYPE",
    "Problem",
    "ProblemError",
    "add_problem_handlers",
    "database_problem",
    "problem_response",
]

LOG: Final = logging.getLogger("allocator.api")

PROBLEM_TYPE: Final = "application/problem+json"

MOST_ISSUES: Final = 200
"""Issues in one answer at most; the answer says how many there are."""

MOST_LETTERS: Final = 300
"""Letters of one text in an answer at most."""

_STATUSES: Final[Mapping[type[AllocatorError], tuple[int, str]]] = {
    DataError: (422, "faults_in_data"),
    NotFoundError: (404, "not_found"),
    ConflictError: (409, "conflict"),
    InfeasibleError: (422, "infeasible"),
    NoPlanError: (422, "no_plan"),
    ReplayError: (422, "not_certified"),
    # Nothing is solved here: a process that reads files was lost, or took too long.
    SolveError: (422, "unreadable_file"),
}


class Problem(BaseModel):
    """What every answer with a status of 400 or more holds."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    issues: list[dict[str, Any]] = []
    issues_total: int = 0


class ProblemError(Exception):
    """An answer that is a problem, where no error of the product fits.

    Parameters
    ----------
    status, code, detail
        HTTP status; stable word; sentence with the fix.
    headers
        More headers, such as Retry-After.
    issues
        Faults with their places.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
        issues: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.headers = dict(headers or {})
        self.issues = tuple(issues)


def problem_response(
    status: int,
    code: str,
    detail: str,
    *,
    issues: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Make the answer of a problem; long texts and lists are cut."""
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=_short(detail, 4 * MOST_LETTERS),
        issues=[_cut(one) for one in issues[:MOST_ISSUES]],
        issues_total=len(issues),
    )
    text = json.dumps(problem.model_dump(), ensure_ascii=False)
    content = text.encode("utf-8", errors="replace")
    return Response(content, status, headers=dict(headers or {}), media_type=PROBLEM_TYPE)


def _cut(issue: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _short(value) for name, value in issue.items()}


def _short(value: Any, most: int = MOST_LETTERS) -> Any:
    if isinstance(value, str) and len(value) > most:
        return value[: most - 1] + "…"
    return value


def database_problem(error: SQLAlchemyError) -> ProblemError:
    """The answer where the database does not do its work."""
    LOG.error("database: %s", getattr(error, "orig", error))
    full = is_full(error)
    status, code = (507, "storage_full") if full else (503, "database_unavailable")
    detail = "nothing was kept. Maybe try again in a few seconds, or ask whoever runs it."
    return ProblemError(status, code, detail, headers={"Retry-After": "5"})


def add_problem_handlers(application: FastAPI) -> None:
    """Let every error leave as a problem document."""

    @application.exception_handler(ProblemError)
    async def _problem(_request: Request, error: ProblemError) -> Response:
        return problem_response(
            error.status, error.code, error.detail, issues=error.issues, headers=error.headers
        )

    @application.exception_handler(AllocatorError)
    async def _ours(_request: Request, error: AllocatorError) -> Response:
        status, code = _STATUSES.get(type(error), (500, "failed"))
        told = error_document(error)
        detail = told["detail"]
        if isinstance(error, DataError):
            faults = sum(issue.severity == "error" for issue in error.issues)
            detail = f"the input has {faults} faults; each says where it is and how to mend it."
        return problem_response(status, code, detail, issues=told["issues"])

    @application.exception_handler(RequestValidationError)
    async def _invalid(_request: Request, error: RequestValidationError) -> Response:
        return problem_response(
            422,
            "invalid_request",
            "the request does not have the form that is described in /openapi.json.",
            issues=[_issue(one) for one in error.errors()[: MOST_ISSUES + 1]],
        )

    @application.exception_handler(HTTPException)
    async def _http(_request: Request, error: HTTPException) -> Response:
        code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "_").replace("-", "_")
        detail = _HTTP_WORDS.get(error.status_code, f"{error.detail}.")
        return problem_response(error.status_code, code, detail, headers=error.headers)

    @application.exception_handler(SQLAlchemyError)
    async def _database(request: Request, error: SQLAlchemyError) -> Response:
        if not is_outage(error):
            return await _unforeseen(request, error)
        told = database_problem(error)
        return problem_response(told.status, told.code, told.detail, headers=told.headers)

    @application.exception_handler(OSError)
    async def _system(request: Request, error: OSError) -> Response:
        if error.errno not in NO_ROOM:
            return await _unforeseen(request, error)
        LOG.error("disk: %s", error)
        detail = "there is no room left on the disk of the service. Maybe ask whoever runs it."
        return problem_response(507, "storage_full", detail, headers={"Retry-After": "5"})

    @application.exception_handler(Exception)
    async def _unforeseen(request: Request, error: Exception) -> Response:
        LOG.error("unforeseen error at %s %s", request.method, request.url.path, exc_info=error)
        # The layer that gives answers their id is further in than this one.
        request_id = request.scope.get("allocator.request_id", "")
        detail = (
            f"an error that was not foreseen; it is in the log as request {request_id}. "
            "Nothing was half done."
        )
        return problem_response(500, "unforeseen", detail, headers={"X-Request-ID": request_id})


_HTTP_WORDS: Final[Mapping[int, str]] = {
    404: "there is nothing at this address. Maybe see /openapi.json.",
    405: "this address does not take that method. Maybe see /openapi.json.",
}


def _issue(fault: Mapping[str, Any]) -> dict[str, Any]:
    """One finding of the validator, without the value: it may be anything."""
    place = [str(part) for part in fault["loc"]]
    return {
        "code": str(fault["type"]),
        "severity": "error",
        "field": ".".join(place[1:]) or place[0],
        "message": str(fault["msg"]),
        "hint": f"Maybe see the {place[0]} of this route in /openapi.json.",
    }
