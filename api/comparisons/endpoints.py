"""Routes of the comparisons."""

from __future__ import annotations

import json
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import Connection

from allocator.compare_runs import ComparedRun, RunsToCompare, compare_runs
from allocator.errors import ConflictError
from allocator.store import audit
from allocator.store.comparisons import (
    ComparisonContent,
    StoredComparison,
    find_comparison,
    keep_comparison,
    list_comparisons,
)
from allocator.store.documents import read_content
from allocator.store.runs import StoredRun
from api.access.rules import Caller, may_use
from api.comparisons.schemas import (
    ComparisonAnswer,
    ComparisonList,
    ComparisonRequest,
    ComparisonTold,
)
from api.idempotency import IdempotencyKey, known_resource, remember_resource, request_digest
from api.negotiation import MEDIA_TYPES, chosen_form, content_of
from api.problems import Problem
from api.results.access import check_whole, planned_run
from api.results.exports import case_and_plan, file_answer
from api.service import Service, ServiceOf
from api.tags import cached, is_known, not_modified, tag_of

__all__ = ["router"]

router = APIRouter(prefix="/v1/comparisons", tags=["comparisons"])

MOST_ON_PAGE: Final = 200


@router.post(
    "",
    status_code=201,
    dependencies=[may_use("planner", "logistics", "analyst")],
    responses={409: {"model": Problem, "description": "A run without a plan."}},
)
def compare_some(
    asked: ComparisonRequest,
    response: Response,
    service: ServiceOf,
    caller: Caller,
    idempotency_key: IdempotencyKey = None,
) -> ComparisonAnswer:
    """Compare runs with the first one: inputs first, then figures, warehouses, trips, shortages.

    A difference within the gaps of the plans is marked as not distinguishable.
    """
    digest = request_digest("comparison", asked.model_dump_json())
    known = _known(service, caller, idempotency_key, digest)
    stored = known or _made(service, caller, asked, idempotency_key, digest)
    response.headers["Location"] = f"/v1/comparisons/{stored.comparison_id}"
    return ComparisonAnswer.model_validate(stored)


def _known(
    service: Service, caller: audit.Actor, key: str | None, digest: str
) -> StoredComparison | None:
    """What an earlier request with this key made."""
    if key is None:
        return None
    with service.database.writing() as connection:
        return _remembered(service, connection, caller, key, digest)


def _remembered(
    service: Service, connection: Connection, caller: audit.Actor, key: str | None, digest: str
) -> StoredComparison | None:
    known = known_resource(service.database, connection, caller.name, key, digest)
    return None if known is None else find_comparison(connection, known, caller.provinces)


def _made(
    service: Service,
    caller: audit.Actor,
    asked: ComparisonRequest,
    key: str | None,
    digest: str,
) -> StoredComparison:
    """Compare in a reading process, then keep what came out."""
    with service.database.reading() as connection:
        runs = [planned_run(connection, run_id, caller) for run_id in asked.runs]
        names = _names(runs)
        for run in runs:
            check_whole(run, caller)
        compared = tuple(
            ComparedRun(name, *case_and_plan(connection, run))
            for name, run in zip(names, runs, strict=True)
        )
    content: ComparisonContent = service.readers.ask(
        compare_runs, RunsToCompare(compared, asked.lang)
    )
    database = service.database
    with database.writing() as connection:
        # Two requests with one key may have come in at once; the first that is done is kept.
        known = _remembered(service, connection, caller, key, digest)
        if known is not None:
            return known
        stored = keep_comparison(
            database, connection, asked.name or " / ".join(names), asked.runs, content, caller.name
        )
        made = ("comparison", stored.comparison_id)
        remember_resource(database, connection, caller.name, key, digest, made)
        told = {"runs": asked.runs}
        audit.append(database, connection, caller, "comparison.keep", stored.comparison_id, told)
        return stored


def _names(runs: list[StoredRun]) -> list[str]:
    """What each run is called; the number tells those of one name apart.

    Raises
    ------
    ConflictError
        If a run is named twice.
    """
    if len({run.run_id for run in runs}) < len(runs):
        raise ConflictError("a run is compared with itself. Maybe name another run.")
    told = [run.name or run.kind for run in runs]
    return [
        f"{name} #{run.number}" if told.count(name) > 1 or not run.name else name
        for name, run in zip(told, runs, strict=True)
    ]


@router.get("", dependencies=[may_use("everyone")])
def get_comparisons(
    service: ServiceOf,
    caller: Caller,
    before: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=MOST_ON_PAGE)] = 50,
) -> ComparisonList:
    """List the comparisons, the newest first."""
    with service.database.reading() as connection:
        found = list_comparisons(connection, caller.provinces, before, limit)
    more = found[-1].number if len(found) == limit else None
    told = [ComparisonTold.model_validate(one) for one in found]
    return ComparisonList(comparisons=told, before=more)


@router.get(
    "/{comparison_id}",
    dependencies=[may_use("everyone")],
    response_class=Response,
    responses={
        200: {"model": ComparisonAnswer, "content": content_of("xlsx", "html")},
        304: {"description": "Nothing has changed since the tag in If-None-Match."},
        406: {"model": Problem, "description": "No form that was asked for."},
    },
)
def get_comparison(
    comparison_id: str,
    request: Request,
    service: ServiceOf,
    caller: Caller,
    form: Annotated[
        Literal["json", "xlsx", "html"] | None,
        Query(alias="format", description="Instead of Accept."),
    ] = None,
) -> Response:
    """Give a comparison as document, workbook or page."""
    chosen = chosen_form(request, form, "json", "xlsx", "html")
    with service.database.reading() as connection:
        stored = find_comparison(connection, comparison_id, caller.provinces)
        tag = tag_of(comparison_id, chosen)
        if is_known(request, tag):
            return not_modified(cached(tag))
        if chosen == "json":
            told = ComparisonAnswer.model_validate(stored).model_dump(mode="json")
            content = json.dumps(told, ensure_ascii=False).encode()
        else:
            digest = stored.workbook if chosen == "xlsx" else stored.page
            content = read_content(connection, digest)
    name = f"comparison{stored.number}.{chosen}"
    answer = file_answer(content, MEDIA_TYPES[chosen], name, tag)
    if chosen == "json":
        del answer.headers["Content-Disposition"]
    return answer
