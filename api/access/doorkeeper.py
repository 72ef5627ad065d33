"""Knows keys and logged-in browsers, counts requests and wrong keys; one for each application."""

from __future__ import annotations

from math import ceil
from typing import Final

from starlette.types import Scope

from allocator.store import audit
from allocator.store.audit import Actor
from allocator.store.keys import StoredKey, find_key, public_part
from allocator.store.sessions import begin_session, end_session, find_session
from api.access.buckets import TokenBuckets
from api.access.origins import address_of
from api.problems import ProblemError
from api.service import Service

__all__ = ["Doorkeeper"]

WRONG_KEYS_PER_MINUTE: Final = 10
"""Of one address."""

RECORDED_PER_MINUTE: Final = 60
"""Wrong keys that are written into the audit log at most, from everywhere together."""

UNKNOWN: Final = Actor("unknown", "none")


class Doorkeeper:
    """Says who sends a key or a cookie, and whether it is their turn.

    Nothing is remembered about keys: one that is revoked opens nothing from then on.

    Parameters
    ----------
    service
        Database and settings.
    """

    def __init__(self, service: Service) -> None:
        self._database = service.database
        self._requests = TokenBuckets(service.settings.requests_per_minute)
        self._wrong = TokenBuckets(WRONG_KEYS_PER_MINUTE)
        self._recorded = TokenBuckets(RECORDED_PER_MINUTE)

    def key(self, text: str, scope: Scope) -> StoredKey:
        """Return the key that a text is.

        Raises
        ------
        ProblemError
            If it is none; after ten of them within a minute, that it is enough.
        """
        with self._database.reading() as connection:
            found = find_key(self._database, connection, text)
        if found is not None:
            return found
        wait = self._wrong.take(address_of(scope))
        if wait:
            raise _too_many("too_many_wrong_keys", "too many wrong keys came from here", wait)
        if not self._recorded.take("all"):
            self._record_wrong(text, scope)
        raise ProblemError(
            401,
            "wrong_key",
            "the key is wrong, was revoked or has expired. Maybe ask for a new one.",
            headers={"WWW-Authenticate": "Bearer"},
        )

    def opens(self, text: str) -> bool:
        """Whether a key that was taken still opens."""
        with self._database.reading() as connection:
            return find_key(self._database, connection, text) is not None

    def is_logged_in(self, token: str) -> bool:
        """Whether a browser that was let in still is logged in."""
        return self.logged_in(token) is not None

    def _record_wrong(self, text: str, scope: Scope) -> None:
        told = {"address": address_of(scope), "key_id": public_part(text)}
        with self._database.writing() as connection:
            audit.append(self._database, connection, UNKNOWN, "key.refused", scope["path"], told)

    def logged_in(self, token: str) -> StoredKey | None:
        """Return the key that a browser is logged in with, None if it is not, or not any more."""
        with self._database.reading() as connection:
            return find_session(self._database, connection, token)

    def log_in(self, text: str, scope: Scope) -> str:
        """Log a browser in with a key and return what its cookie shall hold.

        Raises
        ------
        ProblemError
            If the text is no key.
        """
        key = self.key(text, scope)
        with self._database.writing() as connection:
            token = begin_session(self._database, connection, key)
            told = {"address": address_of(scope)}
            audit.append(self._database, connection, key.actor, "login", key.key_id, told)
        return token

    def log_out(self, actor: Actor, token: str) -> None:
        """Log a browser out."""
        with self._database.writing() as connection:
            end_session(connection, token)
            audit.append(self._database, connection, actor, "logout", actor.name)

    def take_turn(self, actor: Actor) -> None:
        """Count a request of a key.

        Raises
        ------
        ProblemError
            If its minute is used up.
        """
        wait = self._requests.take(actor.name)
        if wait:
            raise _too_many("too_many_requests", f"the key {actor.name!r} asks too often", wait)


def _too_many(code: str, what: str, wait_seconds: float) -> ProblemError:
    seconds = max(1, ceil(wait_seconds))
    again = f"{what}. Maybe try again in {seconds} s."
    return ProblemError(429, code, again, headers={"Retry-After": str(seconds)})
