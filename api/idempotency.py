"""Requests that may be sent twice and make one thing: the header Idempotency-Key."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import Header
from sqlalchemy import Connection, insert, select

from allocator.store.database import Database
from allocator.store.tables import idempotency_keys
from api.problems import ProblemError

__all__ = ["IdempotencyKey", "known_resource", "remember_resource", "request_digest"]

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=128,
        pattern=r"^[\x21-\x7e]+$",
        description="Any word of yours; sending the request again with it makes nothing new.",
    ),
]


def request_digest(*parts: bytes | str) -> str:
    """Digest of a request, to tell a repetition from another one under the same key."""
    running = hashlib.sha256()
    for part in parts:
        running.update(part.encode() if isinstance(part, str) else part)
        running.update(b"\0")
    return running.hexdigest()


def known_resource(
    database: Database, connection: Connection, who: str, key: str | None, digest: str
) -> str | None:
    """Return what an earlier request with this key made, within a writing transaction.

    Raises
    ------
    ProblemError
        If the earlier request was another one.
    """
    if key is None:
        return None
    database.lock(connection)
    table = idempotency_keys.c
    query = select(table.resource_id, table.request_digest).where(
        table.created_by == who, table.idempotency_key == key
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    if row.request_digest != digest:
        raise ProblemError(
            422,
            "idempotency_key_reused",
            "this Idempotency-Key was used for another request. Maybe take a new one.",
        )
    return str(row.resource_id)


def remember_resource(
    database: Database,
    connection: Connection,
    who: str,
    key: str | None,
    digest: str,
    resource: tuple[str, str],
) -> None:
    """Remember what a request with this key made: kind of resource and identifier."""
    if key is None:
        return
    values = {
        "created_by": who,
        "idempotency_key": key,
        "request_digest": digest,
        "resource": resource[0],
        "resource_id": resource[1],
        "created_at": database.now(connection),
    }
    connection.execute(insert(idempotency_keys), values)
