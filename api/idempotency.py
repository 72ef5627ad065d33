"""Requests that may be sent twice and make one thing: the header Idempotency-Key."""

from __future__ import annotations

import hashlib
from typing import Annotated, Final

from fastapi import Header
from sqlalchemy import Connection, bindparam, insert, select

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

_KNOWN: Final = select(idempotency_keys.c.resource_id, idempotency_keys.c.request_digest).where(
    idempotency_keys.c.created_by == bindparam("who"),
    idempotency_keys.c.idempotency_key == bindparam("key"),
)
"""Made once: making a statement takes as long as asking it."""


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
    row = connection.execute(_KNOWN, {"who": who, "key": key}).first()
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
