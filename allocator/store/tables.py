"""Tables of the database, declared once; the migrations make them.

Everything is in the database, files too, so that one transaction keeps or loses all that belongs
together, and one backup has everything. Times are UTC.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.engine import Dialect

__all__ = [
    "METADATA",
    "UtcTime",
    "api_keys",
    "audit_entries",
    "audit_head",
    "cases",
    "comparisons",
    "documents",
    "idempotency_keys",
    "page_sessions",
    "result_editions",
    "result_rows",
    "run_events",
    "run_files",
    "runs",
    "service_facts",
]

METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcTime(TypeDecorator[datetime]):
    """A moment as ISO text in UTC with its offset: sorts like time, the same in every database."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """Write a moment; one without an offset is refused."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"the moment {value} has no offset.")
        return value.astimezone(UTC).isoformat(timespec="microseconds")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read a moment."""
        return None if value is None else datetime.fromisoformat(value)


documents = Table(
    "documents",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("size_bytes", Integer, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)
"""Contents of files by their SHA-256; the same content is kept once."""

cases = Table(
    "cases",
    METADATA,
    Column("case_id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("case_digest", Text, nullable=False, index=True),
    Column("source_name", Text, nullable=False),
    Column("source_type", Text, nullable=False),
    Column("source", ForeignKey("documents.digest"), nullable=False),
    Column("canonical", ForeignKey("documents.digest"), nullable=False),
    Column("summary", JSON, nullable=False),
    Column("codes", JSON, nullable=False),
    Column("provinces", JSON, nullable=False),
    Column("warnings", JSON, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", Text, nullable=False),
)
"""Checked cases: as uploaded (``source``) and as the engine reads them (``canonical``, JSON)."""

runs = Table(
    "runs",
    METADATA,
    Column("run_id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("case_id", ForeignKey("cases.case_id"), nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("base_run", ForeignKey("runs.run_id"), nullable=True, index=True),
    Column("scenario", Text, nullable=True),
    Column("options", JSON, nullable=False),
    Column("order_document", ForeignKey("documents.digest"), nullable=True),
    Column("status", Text, nullable=False),
    Column("phase", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("token", Integer, nullable=False),
    Column("worker", Text, nullable=True),
    Column("lease_until", UtcTime, nullable=True),
    Column("stops_asked", Integer, nullable=False),
    Column("is_cancel_asked", Boolean, nullable=False),
    Column("progress", JSON, nullable=True),
    Column("outcome", Text, nullable=True),
    Column("document", JSON, nullable=True),
    Column("error", JSON, nullable=True),
    Column("plan_digest", Text, nullable=True),
    Column("edition", Integer, nullable=True),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("started_at", UtcTime, nullable=True),
    Column("finished_at", UtcTime, nullable=True),
    Index(None, "status", "priority", "number"),
)
"""The run table is the queue: a worker claims a row, holds a lease, and writes with its token.

``edition`` is the number of the result rows that are shown.
"""

run_files = Table(
    "run_files",
    METADATA,
    Column("run_id", ForeignKey("runs.run_id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("media_type", Text, nullable=False),
    Column("digest", ForeignKey("documents.digest"), nullable=False),
)
"""Files of a run by their name, such as ``plan.xlsx``."""

run_events = Table(
    "run_events",
    METADATA,
    Column("event_id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", ForeignKey("runs.run_id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("kind", Text, nullable=False),
    Column("body", JSON, nullable=False),
    Index(None, "run_id", "event_id"),
    sqlite_autoincrement=True,
)
"""What happened to a run, in order; only ever added to."""

result_editions = Table(
    "result_editions",
    METADATA,
    Column("edition", Integer, primary_key=True, autoincrement=True),
    Column("run_id", ForeignKey("runs.run_id"), nullable=False),
    Column("token", Integer, nullable=False),
    sqlite_autoincrement=True,
)
"""Sets of result rows that workers wrote; the one that a run points at (``edition``) is shown."""

result_rows = Table(
    "result_rows",
    METADATA,
    Column("edition", ForeignKey("result_editions.edition"), primary_key=True),
    Column("sheet", Text, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("scenario", Text, nullable=True),
    Column("warehouse", Text, nullable=True),
    Column("district", Text, nullable=True),
    Column("item", Text, nullable=True),
    Column("fleet", Text, nullable=True),
    Column("trip", Text, nullable=True),
    Column("state", Text, nullable=True),
    Column("from_hours", Float, nullable=True),
    Column("to_hours", Float, nullable=True),
    Column("warehouse_province", Text, nullable=True),
    Column("district_province", Text, nullable=True),
    Column("record", Text, nullable=False),
    Index(None, "edition", "sheet", "trip"),
    Index(None, "edition", "sheet", "item", "trip"),
    # All that is filtered by, so that rows are counted and found without reading their records.
    Index(
        "ix_result_rows_filters",
        "edition",
        "sheet",
        "position",
        "scenario",
        "fleet",
        "trip",
        "state",
        "from_hours",
        "to_hours",
        "warehouse_province",
        "district_province",
        "warehouse",
        "district",
        "item",
    ),
)
"""Rows of the result sheets, one JSON ``record`` each, with the columns that people filter by."""

comparisons = Table(
    "comparisons",
    METADATA,
    Column("comparison_id", Text, primary_key=True),
    Column("number", Integer, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("run_ids", JSON, nullable=False),
    Column("document", JSON, nullable=False),
    Column("workbook", ForeignKey("documents.digest"), nullable=False),
    Column("page", ForeignKey("documents.digest"), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", Text, nullable=False),
)
"""Comparisons of runs; the first run is the base."""

idempotency_keys = Table(
    "idempotency_keys",
    METADATA,
    Column("created_by", Text, primary_key=True),
    Column("idempotency_key", Text, primary_key=True),
    Column("request_digest", Text, nullable=False),
    Column("resource", Text, nullable=False),
    Column("resource_id", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
)
"""What a request with this key made, so that sending it again makes nothing new."""

api_keys = Table(
    "api_keys",
    METADATA,
    Column("key_id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("role", Text, nullable=False),
    Column("provinces", JSON, nullable=False),
    Column("secret_hash", Text, nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", UtcTime, nullable=True),
    Column("revoked_at", UtcTime, nullable=True),
)
"""Who may do what, and for which provinces (two digits each; none: all). Secrets are hashed."""

page_sessions = Table(
    "page_sessions",
    METADATA,
    Column("session_hash", Text, primary_key=True),
    Column("key_id", ForeignKey("api_keys.key_id"), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    Column("expires_at", UtcTime, nullable=False),
)
"""Browsers that are logged in; they end with their key."""

audit_entries = Table(
    "audit_entries",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", UtcTime, nullable=False),
    Column("who", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("details", JSON, nullable=False),
    Column("version", Text, nullable=False),
    Column("previous_hash", Text, nullable=False),
    Column("entry_hash", Text, nullable=False),
)
"""Who did what and when; each entry is bound to the one before."""

audit_head = Table(
    "audit_head",
    METADATA,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("head_hash", Text, nullable=False),
)
"""Last entry of the audit log, so that cutting off its end is noticed."""

service_facts = Table(
    "service_facts",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("text", Text, nullable=False),
)
"""Facts of this service by name, such as its secret."""
