"""Tags of answers, so that nothing is sent twice to who has it already."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from fastapi import Request, Response

from api.operations.versions import DISTRIBUTION, installed_version

__all__ = ["cached", "is_known", "not_modified", "tag_of"]

_KEPT: Final = "private, no-cache"
"""An answer may be kept by who got it, and is asked for again with its tag."""

_VARIES: Final = "Accept, Authorization, X-API-Key, Cookie"

_VERSION: Final = installed_version(DISTRIBUTION)


def tag_of(*parts: object) -> str:
    """Tag of an answer: the same as long as these parts and the version are."""
    return f'"{hashlib.sha256(repr((_VERSION, *parts)).encode()).hexdigest()[:32]}"'


def cached(tag: str) -> dict[str, str]:
    """Headers of an answer with a tag."""
    return {"ETag": tag, "Cache-Control": _KEPT, "Vary": _VARIES}


def is_known(request: Request, tag: str) -> bool:
    """Whether a client has the answer with this tag already."""
    told = ",".join(request.headers.getlist("if-none-match"))
    tags = [one.strip().removeprefix("W/") for one in told.split(",")]
    return tag in tags or "*" in tags


def not_modified(headers: Mapping[str, str]) -> Response:
    """Answer that nothing has changed, with the headers that the answer would have."""
    return Response(status_code=304, headers=dict(headers))
