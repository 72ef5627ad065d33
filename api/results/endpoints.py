"""Routes of the rows of results: one for each row resource, made from its declaration."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, create_model

from api.access.rules import Caller, may_use
from api.documented import NOT_MODIFIED, problems
from api.models import PathCode
from api.negotiation import content_of
from api.results.queries import RowsAsked, query_model
from api.results.resources import ROW_RESOURCES, RowResource
from api.results.rows import answer_rows
from api.service import ServiceOf

__all__ = ["router"]

router = APIRouter(prefix="/v1/runs/{run_id}", tags=["results"])


class _Page(BaseModel):
    """A page of rows."""

    model_config = ConfigDict(extra="forbid")

    run_id: str = Field(description="Run that the rows are of.")
    total: int = Field(description="Rows in all that fit the filters.")
    next: str | None = Field(description="Ask with after=next for the next page; null: no more.")


def _page_model(resource: RowResource) -> type[BaseModel]:
    """Model of a page, for the OpenAPI document; answers are put together from stored text."""
    rows: Any = (list[resource.kind], ...)  # type: ignore[name-defined]
    return create_model(f"{resource.kind.__name__}Page", __base__=_Page, rows=rows)


def _add(resource: RowResource) -> None:
    """Add the route of a resource."""

    def get_rows(
        run_id: PathCode, request: Request, service: ServiceOf, caller: Caller, asked: RowsAsked
    ) -> Response:
        return answer_rows(resource, run_id, request, service, caller, asked)

    get_rows.__annotations__["asked"] = Annotated[query_model(resource), Query()]
    router.add_api_route(
        f"/{resource.path}",
        get_rows,
        methods=["GET"],
        name=f"get_{resource.path.replace('/', '_').replace('-', '_')}",
        summary=resource.about,
        description=f"{resource.about}\n\n{resource.kind.about} "
        "JSON comes in pages; the other forms have all rows unless limit is given.",
        dependencies=[may_use("everyone")],
        response_class=Response,
        responses={
            200: {"model": _page_model(resource), "content": content_of(*resource.forms[1:])},
            **NOT_MODIFIED,
            **problems(403, 404, 406, 409, 422),
        },
    )


for _one in ROW_RESOURCES:
    _add(_one)
