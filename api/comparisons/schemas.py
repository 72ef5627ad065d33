"""Bodies of the comparisons."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from api.models import Answer, Moment, Request, SafeText

__all__ = ["ComparisonAnswer", "ComparisonList", "ComparisonRequest", "ComparisonTold"]

RunId = Annotated[SafeText, Field(min_length=1, max_length=64)]


class ComparisonRequest(Request):
    """Which runs to compare; the first is the base."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"runs": ["r0123456789abcdef0123", "r0123456789abcdef4567"]}]
        }
    )

    runs: Annotated[list[RunId], Field(min_length=2, max_length=8)] = Field(
        description="The base, then what is held against it."
    )
    name: Annotated[SafeText, Field(max_length=200)] = ""
    lang: Literal["en", "zh"] = "en"


class ComparisonTold(Answer):
    """A comparison without its content."""

    comparison_id: str = Field(examples=["m0123456789abcdef0123"])
    number: int
    name: str
    run_ids: list[str]
    created_at: Moment
    created_by: str


class ComparisonAnswer(ComparisonTold):
    """A comparison; its document is what ``allocator compare --json`` prints."""

    document: dict[str, Any]


class ComparisonList(Answer):
    """Comparisons, the newest first."""

    comparisons: list[ComparisonTold]
    before: int | None = Field(
        default=None, description="Ask with this number for the next page; null: there is none."
    )
