"""Keys: who may do what, for which provinces, until when. Only hashes of them are kept.

A key is 160 random bits, so that nobody finds it out by trying; it is hashed with the secret of the
service, and shown once, when it is made.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, delete, insert, or_, select, update

from allocator.errors import ConflictError, NotFoundError
from allocator.store.audit import Actor
from allocator.store.database import Database
from allocator.store.facts import keyed_hash, known_secret, service_secret
from allocator.store.tables import api_keys, page_sessions

__all__ = [
    "ROLES",
    "StoredKey",
    "find_key",
    "has_keys",
    "list_keys",
    "make_key",
    "public_part",
    "revoke_key",
]

ROLES: Final = ("planner", "logistics", "analyst", "admin")

_FORM: Final = re.compile(r"ra_([0-9a-f]{10})_([0-9a-f]{40})")

_NAME: Final = re.compile(r"\w[\w.@-]{0,63}")

_PROVINCE: Final = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]")
"""Provinces of GB/T 2260."""

_TAKEN: Final = ("local", "unknown")
"""Names that the audit log has for others."""

_PURPOSE: Final = "key"


@dataclass(frozen=True)
class StoredKey:
    """A key without its secret.

    Parameters
    ----------
    key_id
        Its public part.
    name
        Whose it is; stands behind all that is done with it.
    role
        One of ``ROLES``.
    provinces
        Two-digit codes of the provinces it is for; empty: all.
    created_at, created_by
        When and by whom it was made.
    expires_at, revoked_at
        When it ends by itself; when it was ended.
    """

    key_id: str
    name: str
    role: str
    provinces: list[str]
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    revoked_at: datetime | None

    @property
    def actor(self) -> Actor:
        """Who acts with this key."""
        return Actor(self.name, self.role, frozenset(self.provinces))

    def holds_at(self, now: datetime) -> bool:
        """Whether the key opens anything at a moment."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


def _columns() -> list[Any]:
    return [api_keys.c[name] for name in StoredKey.__dataclass_fields__]


def _key(row: RowMapping) -> StoredKey:
    return StoredKey(**{name: row[name] for name in StoredKey.__dataclass_fields__})


def make_key(
    database: Database,
    connection: Connection,
    *,
    name: str,
    role: str,
    provinces: Collection[str] = (),
    expires_at: datetime | None = None,
    created_by: str = "local",
) -> tuple[StoredKey, str]:
    """Make a key and return it with its text, which nobody can read again.

    Raises
    ------
    ConflictError
        If the name is taken or not a name, the role unknown, or a province not a province.
    """
    if not _NAME.fullmatch(name) or name in _TAKEN:
        raise ConflictError(
            f"the name of a key ({name!r}) must be letters, digits, '.', '@', '-' or '_', at most "
            "64, and not 'local' or 'unknown'. Maybe take the name of whoever it is for."
        )
    if role not in ROLES:
        raise ConflictError(f"role {role!r} must be one of {', '.join(ROLES)}. Maybe 'planner'.")
    unknown = sorted(code for code in provinces if not _PROVINCE.fullmatch(code))
    if unknown:
        raise ConflictError(
            f"province {unknown[0]!r} must be the two digits a district's code begins with. "
            "Maybe 45, which is Guangxi."
        )
    if connection.execute(select(api_keys.c.key_id).where(api_keys.c.name == name)).first():
        raise ConflictError(
            f"there is a key named {name!r} already, in use or revoked, and what was done with it "
            f"bears its name. Maybe {name}-2."
        )
    now = database.now(connection)
    if expires_at is not None and expires_at <= now:
        raise ConflictError(
            f"expiry {expires_at:%Y-%m-%d} must be later than now. Maybe leave out."
        )
    key_id, secret = secrets.token_hex(5), secrets.token_hex(20)
    values: dict[str, Any] = {
        "key_id": key_id,
        "name": name,
        "role": role,
        "provinces": sorted(set(provinces)),
        "created_at": now,
        "created_by": created_by,
        "expires_at": expires_at,
        "revoked_at": None,
    }
    hashed = keyed_hash(service_secret(connection), _PURPOSE, secret)
    connection.execute(insert(api_keys).values(**values, secret_hash=hashed))
    return StoredKey(**values), f"ra_{key_id}_{secret}"


def find_key(database: Database, connection: Connection, text: str) -> StoredKey | None:
    """Return the key that a text is, None if it is none, is revoked or has expired."""
    form = _FORM.fullmatch(text)
    if form is None:
        return None
    key_id, secret = form.groups()
    query = select(*_columns(), api_keys.c.secret_hash).where(api_keys.c.key_id == key_id)
    row = connection.execute(query).mappings().first()
    # An unknown key takes as long as a wrong one.
    hashed = keyed_hash(known_secret(connection) or b"none", _PURPOSE, secret)
    is_same = hmac.compare_digest(hashed, "0" * 64 if row is None else row["secret_hash"])
    if row is None or not is_same:
        return None
    found = _key(row)
    return found if found.holds_at(database.now(connection)) else None


def public_part(text: str) -> str | None:
    """Return the part of a key that may be written down, None if the text has not that form."""
    form = _FORM.fullmatch(text)
    return None if form is None else form.group(1)


def list_keys(connection: Connection) -> list[StoredKey]:
    """Return all keys, revoked ones too, the oldest first."""
    query = select(*_columns()).order_by(api_keys.c.created_at, api_keys.c.key_id)
    return [_key(row) for row in connection.execute(query).mappings()]


def has_keys(database: Database, connection: Connection) -> bool:
    """Whether there is a key that opens anything."""
    is_ahead = or_(
        api_keys.c.expires_at.is_(None), api_keys.c.expires_at > database.now(connection)
    )
    query = select(api_keys.c.key_id).where(api_keys.c.revoked_at.is_(None), is_ahead).limit(1)
    return connection.execute(query).first() is not None


def revoke_key(database: Database, connection: Connection, which: str) -> StoredKey:
    """End a key, by name or public part, and everyone who is logged in with it.

    Raises
    ------
    NotFoundError
        If there is no such key.
    """
    query = select(*_columns()).where(or_(api_keys.c.name == which, api_keys.c.key_id == which))
    row = connection.execute(query).mappings().first()
    if row is None:
        raise NotFoundError(f"there is no key {which!r}. Maybe see allocator keys list.")
    held = api_keys.c.key_id == row["key_id"]
    if row["revoked_at"] is None:
        now = database.now(connection)
        connection.execute(update(api_keys).where(held).values(revoked_at=now))
    connection.execute(delete(page_sessions).where(page_sessions.c.key_id == row["key_id"]))
    return _key(connection.execute(select(*_columns()).where(held)).mappings().one())
