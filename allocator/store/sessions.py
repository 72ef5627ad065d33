"""Browsers that are logged in with a key; only hashes of what they send are kept."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from allocator.store.database import Database
from allocator.store.facts import keyed_hash, known_secret, service_secret
from allocator.store.keys import StoredKey
from allocator.store.tables import api_keys, page_sessions

__all__ = ["SESSION_HOURS", "begin_session", "end_session", "find_session"]

SESSION_HOURS: Final = 12.0
"""A working day; after it one logs in again. [h]"""

_PURPOSE: Final = "session"


def begin_session(database: Database, connection: Connection, key: StoredKey) -> str:
    """Log a browser in and return what it shall send; forget those whose time is up."""
    now = database.now(connection)
    connection.execute(delete(page_sessions).where(page_sessions.c.expires_at <= now))
    token = secrets.token_urlsafe(32)
    connection.execute(
        insert(page_sessions).values(
            session_hash=keyed_hash(service_secret(connection), _PURPOSE, token),
            key_id=key.key_id,
            created_at=now,
            expires_at=now + timedelta(hours=SESSION_HOURS),
        )
    )
    return token


def find_session(database: Database, connection: Connection, token: str) -> StoredKey | None:
    """Return the key that a browser is logged in with, None if it is not, or not any more."""
    secret = known_secret(connection)
    if secret is None:
        return None
    columns = [api_keys.c[name] for name in StoredKey.__dataclass_fields__]
    query = (
        select(*columns, page_sessions.c.expires_at.label("session_ends"))
        .join(api_keys, api_keys.c.key_id == page_sessions.c.key_id)
        .where(page_sessions.c.session_hash == keyed_hash(secret, _PURPOSE, token))
    )
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    now = database.now(connection)
    key = StoredKey(**{name: row[name] for name in StoredKey.__dataclass_fields__})
    return key if now < row["session_ends"] and key.holds_at(now) else None


def end_session(connection: Connection, token: str) -> None:
    """Log a browser out."""
    secret = known_secret(connection)
    if secret is not None:
        hashed = keyed_hash(secret, _PURPOSE, token)
        connection.execute(delete(page_sessions).where(page_sessions.c.session_hash == hashed))
