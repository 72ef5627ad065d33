"""The audit log: who did what and when, as a chain in which nothing can be changed unnoticed."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from allocator.store.database import Database
from allocator.store.facts import service_secret
from allocator.store.tables import audit_entries, audit_head

__all__ = ["Actor", "append", "entry_hash"]

_LOCK: Final = 4817

_FIRST: Final = "0" * 64


@dataclass(frozen=True)
class Actor:
    """Who does something.

    Parameters
    ----------
    name
        Name of the key, or ``local`` where none is needed.
    role
        ``planner``, ``logistics``, ``analyst`` or ``admin``.
    provinces
        Two-digit codes of the provinces that are the actor's; empty: all.
    """

    name: str = "local"
    role: str = "admin"
    provinces: frozenset[str] = field(default_factory=frozenset)


@cache
def _version() -> str:
    return metadata.version("reserve-allocator")


def entry_hash(secret: bytes, previous: str, content: Mapping[str, Any]) -> str:
    """Hash that binds an entry to the one before; it cannot be made without the secret."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hmac.new(secret, f"{previous}\n{text}".encode(), hashlib.sha256).hexdigest()


def append(
    database: Database,
    connection: Connection,
    actor: Actor,
    action: str,
    subject: str,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add an entry within the transaction of what it is about.

    Parameters
    ----------
    database, connection
        The transaction, a writing one.
    actor
        Who.
    action
        What, such as ``run.submit``.
    subject
        With which resource.
    details
        More of it, such as digests; nothing secret.
    """
    database.lock(connection, _LOCK)
    head = connection.execute(select(audit_head.c.number, audit_head.c.entry_hash)).first()
    number, previous = (1, _FIRST) if head is None else (head.number + 1, head.entry_hash)
    at = database.now(connection)
    content = {
        "number": number,
        "at": at.isoformat(timespec="microseconds"),
        "who": actor.name,
        "role": actor.role,
        "action": action,
        "subject": subject,
        "details": dict(details or {}),
        "version": _version(),
    }
    bound = entry_hash(service_secret(connection), previous, content)
    entry = {**content, "at": at, "previous_hash": previous, "entry_hash": bound}
    connection.execute(insert(audit_entries), entry)
    values = {"number": number, "entry_hash": bound}
    if head is None:
        connection.execute(insert(audit_head).values(one=1, **values))
    else:
        connection.execute(update(audit_head).values(**values))
