"""Forgets what requests with an Idempotency-Key made once nobody will send them again."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import delete

from allocator.store.database import Database
from allocator.store.tables import idempotency_keys

__all__ = ["KEPT_HOURS", "forget_old_keys"]

KEPT_HOURS: Final = 48.0
"""How long a key is remembered at least. [h]"""


def forget_old_keys(database: Database) -> int:
    """Take away keys that are too old; return how many there were."""
    with database.writing() as connection:
        before = database.now(connection) - timedelta(hours=KEPT_HOURS)
        old = delete(idempotency_keys).where(idempotency_keys.c.created_at < before)
        return int(connection.execute(old).rowcount)
