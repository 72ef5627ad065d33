"""Answers as the OpenAPI document tells them, where FastAPI does not find them out by itself."""

from __future__ import annotations

from typing import Any, Final

from api.negotiation import MEDIA_TYPES
from api.problems import PROBLEM_TYPE, Problem

__all__ = ["NOT_MODIFIED", "Answers", "json_object", "problems"]

Answers = dict[int | str, dict[str, Any]]
"""Answers by their status."""

NOT_MODIFIED: Final[Answers] = {
    304: {"description": "Nothing has changed since the tag in If-None-Match."}
}

_PROBLEM: Final = {PROBLEM_TYPE: {"schema": Problem.model_json_schema()}}

_MEANINGS: Final = {
    403: "The case has districts of other provinces.",
    404: "There is no such thing, or it is not the caller's.",
    406: "None of the forms is asked for.",
    409: "The run has no plan, or another than before.",
    422: "The request does not have its form.",
    429: "Too many wait; try again later.",
}


def problems(*statuses: int) -> Answers:
    """Problems that a route may answer."""
    return {status: {"description": _MEANINGS[status], "content": _PROBLEM} for status in statuses}


def json_object() -> dict[str, Any]:
    """A JSON object that is told elsewhere."""
    return {MEDIA_TYPES["json"]: {"schema": {"type": "object"}}}
