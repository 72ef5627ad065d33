"""What a database says when it cannot be used now, as opposed to what it will never take."""

from __future__ import annotations

import errno
from typing import Final

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

__all__ = ["NO_ROOM", "is_full", "is_outage", "words_of"]

_REFUSED: Final = (DataError, IntegrityError, ProgrammingError)

NO_ROOM: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What the system says when a file cannot grow."""

_FULL_WORDS: Final = ("disk is full", "no space left", "disk full", "quota exceeded")


def is_outage(error: BaseException) -> bool:
    """Whether the same may be tried again later: locked, full, restarted, out of reach."""
    if isinstance(error, PoolTimeoutError):
        return True
    return isinstance(error, DBAPIError) and not isinstance(error, _REFUSED)


def is_full(error: SQLAlchemyError) -> bool:
    """Whether the database has no room left."""
    return any(words in words_of(error).lower() for words in _FULL_WORDS)


def words_of(error: SQLAlchemyError) -> str:
    """What the database said, without the statement and its values."""
    said = getattr(error, "orig", None)
    return str(said or type(error).__name__).strip()
