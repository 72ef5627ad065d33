"""Contents of files, packed, kept once by the SHA-256 of what was unpacked."""

from __future__ import annotations

import hashlib
import zlib
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from allocator.errors import NotFoundError
from allocator.store.database import Database
from allocator.store.tables import documents

__all__ = ["Packed", "keep_content", "keep_packed", "pack", "read_content"]

_LEVEL = 3
"""Pages shrink to a third at any level; workbooks are packed already."""


@dataclass(frozen=True)
class Packed:
    """Content ready to be kept: its digest, its packed bytes, its size as it was. [bytes]"""

    digest: str
    content: bytes
    size_bytes: int


def pack(content: bytes) -> Packed:
    """Pack content; great ones take a second, which no transaction should wait for."""
    digest = hashlib.sha256(content).hexdigest()
    return Packed(digest, zlib.compress(content, _LEVEL), len(content))


def keep_content(database: Database, connection: Connection, content: bytes) -> str:
    """Keep content and return its digest."""
    return keep_packed(database, connection, pack(content))


def keep_packed(database: Database, connection: Connection, packed: Packed) -> str:
    """Keep content that is packed already and return its digest."""
    values = {
        "digest": packed.digest,
        "content": packed.content,
        "size_bytes": packed.size_bytes,
        "created_at": database.now(connection),
    }
    if database.is_sqlite:
        connection.execute(insert(documents).prefix_with("OR IGNORE").values(values))
    else:
        from sqlalchemy.dialects.postgresql import insert as insert_or_leave

        connection.execute(insert_or_leave(documents).values(values).on_conflict_do_nothing())
    return packed.digest


def read_content(connection: Connection, digest: str) -> bytes:
    """Return content by its digest.

    Raises
    ------
    NotFoundError
        If there is none.
    """
    query = select(documents.c.content).where(documents.c.digest == digest)
    found = connection.execute(query).scalar()
    if found is None:
        raise NotFoundError(f"no content has the digest {digest[:12]}. Maybe it was taken away.")
    return zlib.decompress(bytes(found))
