"""Bodies of the cases."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from api.models import Answer, Moment

__all__ = ["CaseAnswer", "CaseList", "CheckAnswer"]


class CaseAnswer(Answer):
    """A checked case that runs can be made of."""

    case_id: str = Field(examples=["c0123456789abcdef0123"])
    number: int
    name: str
    origin: str
    case_digest: str
    source_name: str
    summary: dict[str, Any]
    provinces: list[str]
    warnings: list[dict[str, str]]
    created_at: Moment
    created_by: str


class CaseList(Answer):
    """Cases, the newest first."""

    cases: list[CaseAnswer]
    before: int | None = Field(
        default=None, description="Ask with this number for the next page; null: there is none."
    )


class CheckAnswer(Answer):
    """What a check found; the same document as ``allocator check --json``."""

    ok: bool
    issues: list[dict[str, str]]
