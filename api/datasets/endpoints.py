"""Routes of what is shipped: templates, the schema of all sheets, the data sets."""

from __future__ import annotations

import json
from functools import cache
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from allocator.datasets import dataset_path, list_datasets
from allocator.schema.description import schema_document
from allocator.service_files import DatasetFile, TemplateFile, make_file
from api.access.rules import may_use
from api.documented import NOT_MODIFIED, json_object, problems
from api.models import Answer, PathCode
from api.negotiation import MEDIA_TYPES, chosen_form, content_of
from api.service import ServiceOf
from api.tags import cached, is_known, not_modified, tag_of

__all__ = ["router"]

router = APIRouter(prefix="/v1", tags=["datasets"])

Lang = Annotated[Literal["en", "zh"], Query(description="Language of sheets and headers.")]


class DatasetAnswer(Answer):
    """A shipped case."""

    name: str = Field(examples=["tiny"])
    title: str
    about: str
    switches: dict[str, list[str]] = Field(
        description="Settings that make it larger or smaller, with their values."
    )
    url: str


class DatasetList(Answer):
    """The shipped cases, by name."""

    datasets: list[DatasetAnswer]


@router.get(
    "/template",
    dependencies=[may_use("everyone")],
    response_class=Response,
    responses={200: {"content": content_of("xlsx")}, **NOT_MODIFIED, **problems(422)},
)
def get_template(
    request: Request,
    service: ServiceOf,
    lang: Lang = "en",
    changes: Annotated[
        bool, Query(description="The small workbook of changes for a re-plan instead.")
    ] = False,
) -> Response:
    """The empty workbook of a case, with units, help, drop-downs and example rows."""
    name = "changes" if changes else "template"
    tag = tag_of(name, lang)
    if is_known(request, tag):
        return not_modified(cached(tag))
    content = service.readers.ask(make_file, TemplateFile(lang, changes))
    return _file(content, "xlsx", name, tag)


@cache
def _schema_text() -> bytes:
    return json.dumps(schema_document(), ensure_ascii=False).encode()


@router.get(
    "/schema",
    dependencies=[may_use("everyone")],
    response_class=Response,
    responses={200: {"content": json_object()}, **NOT_MODIFIED},
)
def get_schema(request: Request) -> Response:
    """Every sheet of case, changes and result: fields, units, ranges, help; and as JSON Schema."""
    tag = tag_of("schema")
    if is_known(request, tag):
        return not_modified(cached(tag))
    return Response(_schema_text(), media_type=MEDIA_TYPES["json"], headers=cached(tag))


@router.get("/datasets", dependencies=[may_use("everyone")])
def get_datasets() -> DatasetList:
    """List the shipped cases."""
    found = [
        DatasetAnswer(
            name=one.name,
            title=one.title,
            about=one.about,
            switches={name: list(values) for name, values in one.switches.items()},
            url=f"/v1/datasets/{one.name}",
        )
        for one in list_datasets()
    ]
    return DatasetList(datasets=found)


@router.get(
    "/datasets/{name}",
    dependencies=[may_use("everyone")],
    response_class=Response,
    responses={
        200: {"content": json_object() | content_of("xlsx")},
        **NOT_MODIFIED,
        **problems(404, 406, 422),
    },
)
def get_dataset(
    name: PathCode,
    request: Request,
    service: ServiceOf,
    form: Annotated[
        Literal["json", "xlsx"] | None,
        Query(alias="format", description="For those who cannot set Accept."),
    ] = None,
    lang: Lang = "en",
) -> Response:
    """A shipped case as JSON document or workbook; POST .../cases makes a case of it at once."""
    dataset_path(name)
    chosen = chosen_form(request, form, "json", "xlsx")
    tag = tag_of("dataset", name, chosen, lang)
    if is_known(request, tag):
        return not_modified(cached(tag))
    content = service.readers.ask(make_file, DatasetFile(name, chosen, lang))
    return _file(content, chosen, name, tag)


def _file(content: bytes, form: str, name: str, tag: str) -> Response:
    """A file of what is shipped."""
    headers = cached(tag) | {"X-Content-Type-Options": "nosniff"}
    if form != "json":
        headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return Response(content, media_type=MEDIA_TYPES[form], headers=headers)
