"""Cases that were uploaded or taken from the shipped ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, bindparam, insert, select

from allocator.errors import NotFoundError
from allocator.store.database import Database
from allocator.store.documents import keep_content
from allocator.store.names import new_id, next_number
from allocator.store.scope import is_within
from allocator.store.tables import cases

__all__ = ["CaseContent", "StoredCase", "find_case", "keep_case", "list_cases"]


@dataclass(frozen=True)
class StoredCase:
    """What is known of a case without reading it.

    Parameters
    ----------
    case_id, number, name
        Identifier; running number; name of the plan in its settings.
    origin
        ``upload``, or ``dataset NAME``.
    case_digest
        Digest of its content.
    source_name, source_type, source
        File as it came: name, media type, digest of the content.
    canonical
        Digest of the JSON document that the engine reads.
    summary
        Counts, scenarios and fleets, as the API shows them.
    provinces
        Two-digit codes of the provinces with districts of the case.
    warnings
        Issues that do not stop it.
    created_at, created_by
        When and by whom.
    """

    case_id: str
    number: int
    name: str
    origin: str
    case_digest: str
    source_name: str
    source_type: str
    source: str
    canonical: str
    summary: dict[str, Any]
    provinces: list[str]
    warnings: list[dict[str, str]]
    created_at: datetime
    created_by: str


@dataclass(frozen=True)
class CaseContent:
    """What a checked case consists of, before it is kept.

    ``codes`` are those of its warehouses and districts, by ``warehouse`` and ``district``.
    """

    name: str
    origin: str
    case_digest: str
    source_name: str
    source_type: str
    source: bytes
    canonical: bytes
    summary: Mapping[str, Any]
    provinces: Sequence[str]
    warnings: Sequence[Mapping[str, str]]
    codes: Mapping[str, Sequence[str]] = field(default_factory=dict)


def keep_case(
    database: Database, connection: Connection, content: CaseContent, created_by: str
) -> StoredCase:
    """Keep a case and return what is known of it."""
    values: dict[str, Any] = {
        "case_id": new_id("c"),
        "number": next_number(database, connection, cases),
        "name": content.name,
        "origin": content.origin,
        "case_digest": content.case_digest,
        "source_name": content.source_name,
        "source_type": content.source_type,
        "source": keep_content(database, connection, content.source),
        "canonical": keep_content(database, connection, content.canonical),
        "summary": dict(content.summary),
        "provinces": sorted(content.provinces),
        "warnings": [dict(warning) for warning in content.warnings],
        "created_at": database.now(connection),
        "created_by": created_by,
    }
    codes = {name: list(found) for name, found in content.codes.items()}
    connection.execute(insert(cases).values(values | {"codes": codes}))
    return StoredCase(**values)


def _query() -> Select[Any]:
    """What is known of cases; their codes are many, and few ask for them."""
    return select(*(cases.c[one.name] for one in fields(StoredCase)))


_ONE: Final = _query().where(cases.c.case_id == bindparam("wanted"))
"""Made once: making a statement takes as long as asking it."""


def find_case(connection: Connection, case_id: str, provinces: frozenset[str]) -> StoredCase:
    """Return a case that may be seen from some provinces.

    Raises
    ------
    NotFoundError
        If there is none, or it concerns other provinces only.
    """
    row = connection.execute(_ONE, {"wanted": case_id}).mappings().first()
    if row is None or not is_within(row["provinces"], provinces):
        raise NotFoundError(f"there is no case {case_id!r}. Maybe see GET /v1/cases.")
    return StoredCase(**row)


def list_cases(
    connection: Connection, provinces: frozenset[str], before: int | None, limit: int
) -> list[StoredCase]:
    """Return cases that may be seen, the newest first, those before a number."""
    query = _query().order_by(cases.c.number.desc())
    if before is not None:
        query = query.where(cases.c.number < before)
    found: list[StoredCase] = []
    for row in connection.execute(query.execution_options(yield_per=200)).mappings():
        if is_within(row["provinces"], provinces):
            found.append(StoredCase(**row))
        if len(found) == limit:
            break
    return found
