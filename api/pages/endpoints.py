"""Routes of the pages; what they show beyond the first look comes from the REST routes."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from allocator.store.cases import find_case
from allocator.store.runs import find_run
from api.access.rules import Caller, may_use
from api.pages.page_route import PageRoute
from api.pages.rendering import render
from api.runs.schemas import RunAnswer
from api.service import ServiceOf

__all__ = ["router"]

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/", dependencies=[may_use("everyone")])
def start_page() -> Response:
    """Begin with the cases."""
    return RedirectResponse("/cases", 303)


@router.get("/cases", dependencies=[may_use("everyone")])
def cases_page(request: Request, caller: Caller) -> Response:
    """Upload a case, take a shipped one, find an old one."""
    return render(request, "cases.html.j2", caller)


@router.get("/cases/{case_id}", dependencies=[may_use("everyone")])
def case_page(case_id: str, request: Request, service: ServiceOf, caller: Caller) -> Response:
    """What is known of a case, and what can be done with it."""
    with service.database.reading() as connection:
        case = find_case(connection, case_id, caller.provinces)
    return render(request, "case.html.j2", caller, case=case)


@router.get("/runs", dependencies=[may_use("everyone")])
def runs_page(request: Request, caller: Caller) -> Response:
    """All runs, live."""
    return render(request, "runs.html.j2", caller)


@router.get("/runs/{run_id}", dependencies=[may_use("everyone")])
def run_page(run_id: str, request: Request, service: ServiceOf, caller: Caller) -> Response:
    """One run: how it goes, and what came out."""
    with service.database.reading() as connection:
        run = find_run(connection, run_id, caller.provinces)
    answer = RunAnswer.of(run).model_dump(mode="json")
    return render(request, "run.html.j2", caller, run=run, answer=answer)


@router.get("/compare", dependencies=[may_use("everyone")])
def compare_page(request: Request, caller: Caller) -> Response:
    """Finished runs side by side."""
    return render(request, "compare.html.j2", caller)
