"""Bodies of access."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from allocator.store.keys import ROLES
from api.models import Answer, Moment

__all__ = ["AuditAnswer", "AuditList", "CallerAnswer"]


class CallerAnswer(Answer):
    """Who asks, and what they may."""

    name: str
    role: str = Field(examples=list(ROLES))
    provinces: list[str] = Field(description="Two digits each; empty: all.")
    access: str = Field(description="Whether the service asks for keys.")


class AuditAnswer(Answer):
    """Who did what, when, with which resource."""

    number: int
    at: Moment
    who: str
    role: str
    action: str = Field(examples=["run.submit"])
    subject: str
    details: dict[str, Any]
    version: str


class AuditList(Answer):
    """Entries of the audit log, the newest first."""

    rows: list[AuditAnswer]
    total: int
    next: int | None = Field(
        default=None, description="Ask with ?before= this number for more; null: that is all."
    )
