"""The audit log: who did what and when, as a chain in which nothing can be changed unnoticed.

Each entry is bound to the one before, and the head to the last one, by hashes that cannot be made
without the secret of the service. ``audit_check`` holds the chain against them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from allocator.store.database import Database
from allocator.store.facts import keyed_hash, service_secret
from allocator.store.tables import audit_entries, audit_head

__all__ = ["FIRST", "Actor", "append", "entry_hash", "head_hash"]

FIRST: Final = "0" * 64
"""What stands before the first entry."""

_HEAD: Final = select(audit_head.c.number, audit_entries.c.entry_hash).outerjoin_from(
    audit_head, audit_entries, audit_entries.c.number == audit_head.c.number
)
"""An outer join: work goes on where the last entry was taken away; the check names the gap. Made
once: making a statement takes as long as asking it."""


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
    return keyed_hash(secret, previous, text)


def head_hash(secret: bytes, number: int, last: str) -> str:
    """Hash that binds the head to the last entry, so that none can be cut off."""
    return keyed_hash(secret, "head", f"{number} {last}")


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
    database.lock(connection)
    before, last = connection.execute(_HEAD).first() or (None, None)
    number, previous = (before or 0) + 1, last or FIRST
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
    secret = service_secret(connection)
    bound = entry_hash(secret, previous, content)
    entry = {**content, "at": at, "previous_hash": previous, "entry_hash": bound}
    connection.execute(insert(audit_entries), entry)
    values = {"number": number, "head_hash": head_hash(secret, number, bound)}
    if before is None:
        connection.execute(insert(audit_head), {"one": 1, **values})
    else:
        connection.execute(update(audit_head), values)
