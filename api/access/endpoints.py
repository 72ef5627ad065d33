"""Routes of access: logging in and out, who one is, the audit log."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse, Response

from allocator.store.audit_check import count_entries, read_entries
from allocator.store.sessions import SESSION_HOURS
from api.access.doorkeeper import Doorkeeper
from api.access.guard import SESSION_COOKIE, session_of
from api.access.origins import own_path
from api.access.routes import FORM_TYPES
from api.access.rules import Caller, may_use
from api.access.schemas import AuditAnswer, AuditList, CallerAnswer
from api.pages.rendering import render
from api.problems import ProblemError
from api.service import ServiceOf

__all__ = ["router"]

router = APIRouter(tags=["access"])

LOGIN_FORM: Final[dict[str, Any]] = {"requestBody": {"content": {FORM_TYPES[0]: {}}}}

MOST_ON_PAGE: Final = 1000


@router.get("/v1/me", dependencies=[may_use("everyone")])
def get_me(service: ServiceOf, caller: Caller) -> CallerAnswer:
    """Who asks, and what they may."""
    provinces = sorted(caller.provinces)
    access = service.settings.access
    return CallerAnswer(name=caller.name, role=caller.role, provinces=provinces, access=access)


@router.get("/v1/audit", dependencies=[may_use("admin")])
def get_audit(
    service: ServiceOf,
    caller: Caller,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ON_PAGE)] = 100,
) -> AuditList:
    """Who did what, the newest first; whether it is as written says ``allocator audit verify``."""
    if caller.provinces:
        raise ProblemError(
            403, "other_provinces", "the log tells of all provinces, which this key is not for."
        )
    with service.database.reading() as connection:
        found = read_entries(connection, before=before, limit=limit)
        total = count_entries(connection)
    more = found[-1].number if len(found) == limit and found[-1].number > 1 else None
    rows = [AuditAnswer.model_validate(entry) for entry in found]
    return AuditList(rows=rows, total=total, next=more)


@router.get("/login", dependencies=[may_use("nobody_asked")], include_in_schema=False)
def get_login(
    request: Request, service: ServiceOf, next_path: Annotated[str, Query(alias="next")] = "/"
) -> Response:
    """The page to log in on; where no keys are asked for there is nothing to log in to."""
    if service.settings.access == "open":
        return RedirectResponse(own_path(next_path), status_code=303)
    return render(request, "login.html.j2", next_path=own_path(next_path), fault="")


@router.post(
    "/login",
    dependencies=[may_use("nobody_asked")],
    include_in_schema=False,
    openapi_extra=LOGIN_FORM,
)
async def log_in(request: Request, service: ServiceOf) -> Response:
    """Log in with a key: the browser gets a cookie that scripts cannot read."""
    async with request.form(max_files=0, max_fields=4) as form:
        text, wanted = str(form.get("key", "")).strip(), own_path(str(form.get("next", "/")))
    if service.settings.access == "open":
        return RedirectResponse(wanted, status_code=303)
    doorkeeper: Doorkeeper = request.app.state.doorkeeper
    try:
        token = await run_in_threadpool(doorkeeper.log_in, text, request.scope)
    except ProblemError as error:
        page = render(
            request, "login.html.j2", status=error.status, next_path=wanted, fault=error.code
        )
        page.headers.update(error.headers)
        return page
    answer = RedirectResponse(wanted, status_code=303)
    answer.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=int(SESSION_HOURS * 3600),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return answer


@router.post("/logout", dependencies=[may_use("everyone")], include_in_schema=False)
def log_out(request: Request, caller: Caller) -> Response:
    """Log out: the cookie opens nothing any more."""
    token = session_of(request.scope)
    doorkeeper: Doorkeeper = request.app.state.doorkeeper
    if token is not None:
        doorkeeper.log_out(caller, token)
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(SESSION_COOKIE, httponly=True, samesite="lax")
    return answer
