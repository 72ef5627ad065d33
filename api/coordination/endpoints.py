"""Routes of coordination: the document, the workbook, the page. Its rows are with the others."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.access.rules import Caller, may_use
from api.documented import NOT_MODIFIED, json_object, problems
from api.models import PathCode
from api.negotiation import content_of
from api.results.access import assessed_run
from api.results.whole_answers import FormAsked, answer_whole
from api.service import ServiceOf

__all__ = ["router"]

router = APIRouter(prefix="/v1/runs/{run_id}", tags=["coordination"])


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
    form: FormAsked = None,
) -> Response:
    """Give what a run of kind coordination found; of another run, the newest one about its plan."""
    return answer_whole("coordination", assessed_run, run_id, request, service, caller, form)
