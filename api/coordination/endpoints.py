"""Routes of coordination: the document, the workbook, the page. Its rows are with the others."""

from __future__ import annotations

import json
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request, Response

from allocator.store.runs import read_file
from api.access.rules import Caller, may_use
from api.documented import NOT_MODIFIED, json_object, problems
from api.models import PathCode
from api.negotiation import MEDIA_TYPES, chosen_form, content_of
from api.results.access import assessed_run, check_whole, entity_tag
from api.results.exports import file_answer
from api.service import ServiceOf
from api.tags import cached, is_known, not_modified

__all__ = ["router"]

router = APIRouter(prefix="/v1/runs/{run_id}", tags=["coordination"])

_FILES: Final = {"xlsx": "coordination.xlsx", "html": "coordination.html"}


@router.get(
    "/coordination",
    dependencies=[may_use("everyone")],
    response_class=Response,
    summary="What late signatures cost: document, workbook or page.",
    responses={
        **problems(403, 404, 406, 409, 422),
        **NOT_MODIFIED,
        200: {"content": json_object() | content_of("xlsx", "html")},
    },
)
def get_coordination(
    run_id: PathCode,
    request: Request,
    service: ServiceOf,
    caller: Caller,
    form: Annotated[
        Literal["json", "xlsx", "html"] | None,
        Query(alias="format", description="For those who cannot set Accept."),
    ] = None,
) -> Response:
    """Give what a run of kind coordination found; of another run, the newest one about its plan."""
    chosen = chosen_form(request, form, "json", "xlsx", "html")
    with service.database.reading() as connection:
        run = assessed_run(connection, run_id, caller)
        check_whole(run, caller)
        tag = entity_tag(run, caller, "coordination", chosen)
        if is_known(request, tag):
            return not_modified(cached(tag))
        if chosen == "json":
            content = json.dumps(run.document, ensure_ascii=False).encode()
        else:
            content = read_file(connection, run.run_id, _FILES[chosen])[1]
    if chosen == "json":
        return Response(content, media_type=MEDIA_TYPES[chosen], headers=cached(tag))
    return file_answer(content, MEDIA_TYPES[chosen], f"run{run.number}-coordination.{chosen}", tag)
