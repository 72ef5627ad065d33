"""Facts of the service that outlive its processes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, insert, select

from allocator.store.tables import service_facts

__all__ = ["keyed_hash", "known_secret", "service_secret"]

_SECRET = "secret"

_SECRETS: WeakKeyDictionary[Engine, bytes] = WeakKeyDictionary()
"""Secrets that were read, by the engine of their database; they never change."""


def known_secret(connection: Connection) -> bytes | None:
    """The secret of this service, None if nothing has needed one so far."""
    query = select(service_facts.c.text).where(service_facts.c.name == _SECRET)
    found = connection.execute(query).scalar()
    return None if found is None else bytes.fromhex(found)


def service_secret(connection: Connection) -> bytes:
    """The secret of this service, made once within a writing transaction."""
    known = _SECRETS.get(connection.engine)
    if known is not None:
        return known
    found = known_secret(connection)
    if found is None:
        # Not remembered: this transaction may come to nothing.
        found = secrets.token_bytes(32)
        connection.execute(insert(service_facts).values(name=_SECRET, text=found.hex()))
    else:
        _SECRETS[connection.engine] = found
    return found


def keyed_hash(secret: bytes, purpose: str, text: str) -> str:
    """Hash of a text for one purpose, which cannot be made without the secret."""
    return hmac.new(secret, f"{purpose}\n{text}".encode(), hashlib.sha256).hexdigest()
