"""Facts of the service that outlive its processes."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, insert, select

from allocator.store.tables import service_facts

__all__ = ["service_secret"]

_SECRET = "secret"


def service_secret(connection: Connection) -> bytes:
    """The secret of this service, made once within a writing transaction."""
    query = select(service_facts.c.text).where(service_facts.c.name == _SECRET)
    found = connection.execute(query).scalar()
    if found is None:
        found = secrets.token_hex(32)
        connection.execute(insert(service_facts).values(name=_SECRET, text=found))
    return bytes.fromhex(found)
