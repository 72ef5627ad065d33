"""What all bodies of the service have in common."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Annotated, Any, Final

from fastapi import Path
from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer

__all__ = ["SHANGHAI", "Answer", "Moment", "PathCode", "Request", "SafeText", "shanghai"]

SHANGHAI: Final = timezone(timedelta(hours=8), "Asia/Shanghai")


def shanghai(moment: datetime) -> str:
    """A moment as people here read it, with its offset."""
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")


Moment = Annotated[datetime, PlainSerializer(shanghai, return_type=str)]
"""A moment, written on the clock of Asia/Shanghai with its offset."""


def _checked(text: str) -> str:
    """Refuse text that no file and no database takes."""
    if any(0xD800 <= ord(letter) <= 0xDFFF or ord(letter) == 0 for letter in text):
        raise ValueError("must be text without lone surrogates and null characters")
    return text


SafeText = Annotated[str, AfterValidator(_checked)]
"""Text that can be kept and written."""

PathCode = Annotated[SafeText, Path(min_length=1, max_length=64)]
"""A code or identifier as part of an address."""


class Request(BaseModel):
    """A body from outside: nothing unknown, no NaN, no infinity."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, frozen=True)


class Answer(BaseModel):
    """A body of ours."""

    model_config = ConfigDict(frozen=True, from_attributes=True)


Document = dict[str, Any]
"""A JSON document as the command line prints it."""
