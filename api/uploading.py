"""Files out of request bodies: multipart or the bare file, told apart by what they are."""

from __future__ import annotations

from typing import Any, Final

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException

from allocator.uploads import JSON_TYPE, WORKBOOK_TYPE, Upload
from api.problems import ProblemError

__all__ = ["UPLOAD_BODY", "read_upload"]

UPLOAD_BODY: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            WORKBOOK_TYPE: {"schema": {"type": "string", "format": "binary"}},
            JSON_TYPE: {
                "schema": {"type": "object"},
                "example": {"dataset": "tiny"},
            },
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            },
        },
    }
}
"""How an upload looks in the OpenAPI document."""

_MOST_NAME: Final = 120


async def read_upload(request: Request) -> Upload:
    """Take the file out of a request.

    Raises
    ------
    ProblemError
        If there is none, or it is neither a workbook nor a JSON document.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        name, content = await _from_form(request)
    else:
        name, content = "", await request.body()
    if not content:
        raise ProblemError(
            422, "no_file", "the request has no file. Maybe send one: curl -F file=@case.xlsx ..."
        )
    if content.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        return Upload(content, ".xlsx", name or "case.xlsx")
    if content.lstrip()[:1] == b"{":
        return Upload(content, ".json", name or "case.json")
    raise ProblemError(
        415,
        "not_a_case_file",
        "the file is neither an .xlsx workbook nor a JSON document. "
        "Maybe save it as .xlsx from a spreadsheet program.",
    )


async def _from_form(request: Request) -> tuple[str, bytes]:
    """The one file of a form, with its name."""
    if not (await request.body()).rstrip().endswith(b"--"):
        raise ProblemError(
            422, "broken_form", "the form has no end. Maybe the line broke; send it again."
        )
    try:
        async with request.form(max_files=1, max_fields=10) as form:
            files = [value for value in form.values() if isinstance(value, UploadFile)]
            if not files:
                return "", b""
            return _plain(files[0].filename or ""), await files[0].read()
    except MultiPartException as error:
        raise ProblemError(
            422, "broken_form", f"the form cannot be read ({error.message}). Maybe send one file."
        ) from error


def _plain(name: str) -> str:
    """Last part of a name, without what no name needs; it is only ever shown."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable())[:_MOST_NAME]
