"""Reads the audit log, and holds its chain against the hashes that bind it."""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Text, cast, func, select

from allocator.errors import ConflictError
from allocator.store.audit import FIRST, entry_hash, head_hash
from allocator.store.facts import known_secret
from allocator.store.tables import api_keys, audit_entries, audit_head, cases

__all__ = ["AuditCheck", "AuditEntry", "check_audit", "count_entries", "read_entries"]

MOST_FAULTS: Final = 20

_CONTENT: Final = ("number", "at", "who", "role", "action", "subject", "details", "version")


@dataclass(frozen=True)
class AuditEntry:
    """Who did what, when, with which resource; ``details`` has digests and the like."""

    number: int
    at: datetime
    who: str
    role: str
    action: str
    subject: str
    details: dict[str, Any]
    version: str


@dataclass(frozen=True)
class AuditCheck:
    """What a check of the log found.

    Parameters
    ----------
    entries
        How many there are.
    faults
        What is not as it was written, a sentence each; none: nothing was changed.
    anchor
        ``NUMBER:HASH`` of the last entry. Kept elsewhere, it shows later that the log up to there
        is still this one, even to somebody who does not trust whoever runs the database.
    """

    entries: int
    faults: tuple[str, ...]
    anchor: str


def count_entries(connection: Connection) -> int:
    """How many entries there are."""
    query = select(func.count()).select_from(audit_entries)
    return int(connection.execute(query).scalar_one())


def read_entries(
    connection: Connection, *, before: int | None = None, limit: int = 100
) -> list[AuditEntry]:
    """Return entries, the newest first, those before a number."""
    columns = [audit_entries.c[name] for name in _CONTENT]
    query = select(*columns).order_by(audit_entries.c.number.desc()).limit(limit)
    if before is not None:
        query = query.where(audit_entries.c.number < before)
    return [AuditEntry(**row) for row in connection.execute(query).mappings()]


def check_audit(connection: Connection, anchor: str | None = None) -> AuditCheck:
    """Hold every entry against the one before and the head against the last.

    Parameters
    ----------
    connection
        One state of the database.
    anchor
        ``NUMBER:HASH`` of an earlier check that must still hold.

    Raises
    ------
    ConflictError
        If the anchor is not of that form.
    """
    wanted = _anchor(anchor)
    secret = known_secret(connection) or b""
    # As text: a moment or details that somebody spoiled are a fault, not an error of the reader.
    columns: list[Any] = [
        cast(column, Text).label(column.name) if column.name in ("at", "details") else column
        for column in audit_entries.c
    ]
    query = select(*columns).order_by(audit_entries.c.number)
    faults: list[str] = []
    entries, number, previous = 0, 0, FIRST
    for row in connection.execute(query.execution_options(yield_per=1000)).mappings():
        entries += 1
        if row["number"] != number + 1:
            faults.append(f"entries {number + 1} to {row['number'] - 1} are missing")
        elif row["previous_hash"] != previous:
            faults.append(f"entry {row['number']} does not follow entry {number}")
        number, previous = row["number"], str(row["entry_hash"])
        if not _is_as_written(secret, row):
            faults.append(f"entry {number} was changed")
        if wanted is not None and number == wanted[0]:
            if previous != wanted[1]:
                faults.append(f"entry {number} is not the one of the anchor")
            wanted = None
        if len(faults) >= MOST_FAULTS:
            break
    else:
        faults += _faults_of_end(connection, secret, number, previous)
        if wanted is not None:
            faults.append(f"entry {wanted[0]} of the anchor is missing")
    return AuditCheck(entries, tuple(faults), f"{number}:{previous}")


def _anchor(text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    number, _, bound = text.partition(":")
    if not number.isdecimal() or len(bound) != len(FIRST):
        raise ConflictError(
            f"the anchor ({text[:80]!r}) must be NUMBER:HASH. Maybe copy it from an earlier check."
        )
    return int(number), bound


def _is_as_written(secret: bytes, row: Any) -> bool:
    """Whether an entry has the hash that its content and the entry before it give."""
    content = {name: row[name] for name in _CONTENT}
    try:
        content["details"] = json.loads(row["details"])
        bound = entry_hash(secret, str(row["previous_hash"]), content)
    except (TypeError, ValueError):
        return False
    return hmac.compare_digest(bound.encode(), str(row["entry_hash"]).encode())


def _faults_of_end(connection: Connection, secret: bytes, number: int, last: str) -> list[str]:
    """What is wrong with the head: it says how many entries there must be."""
    heads = connection.execute(select(audit_head.c.number, audit_head.c.head_hash)).all()
    if not heads and number == 0:
        kept = (select(table.c[name]).limit(1) for table, name in _WRITTEN_WITH_ENTRY)
        if any(connection.execute(query).first() for query in kept):
            return ["the log is empty, though cases or keys were made"]
        return []
    bound = head_hash(secret, number, last)
    if len(heads) != 1:
        return ["the head of the log is missing"]
    if heads[0].number != number:
        return [f"the log must end with entry {heads[0].number}, but ends with {number}"]
    if not hmac.compare_digest(bound.encode(), str(heads[0].head_hash).encode()):
        return ["the head of the log was changed"]
    return []


_WRITTEN_WITH_ENTRY: Final = ((cases, "case_id"), (api_keys, "key_id"))
"""Tables whose rows never come without an entry."""
