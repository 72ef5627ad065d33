"""Who may use a route: declared on the route itself, checked before anything else."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Depends, Request

from allocator.store.audit import Actor
from api.problems import ProblemError

__all__ = [
    "ACTOR",
    "OPEN_RULE",
    "Caller",
    "actor_of",
    "check_role",
    "key_needed",
    "may_use",
    "role_rule",
]

ACTOR: Final = "allocator.actor"
"""Where the guard writes down who asks, in the scope of a request."""

OPEN_RULE: Final = "nobody_asked"


def key_needed() -> ProblemError:
    """The answer to whoever sends no key."""
    return ProblemError(
        401,
        "key_needed",
        "this needs a key. Maybe send one: Authorization: Bearer KEY, or X-API-Key: KEY.",
        headers={"WWW-Authenticate": "Bearer"},
    )


def actor_of(request: Request) -> Actor:
    """Who asks, as the guard found out; without a guard nobody is let in."""
    actor: Actor | None = request.scope.get(ACTOR)
    if actor is None:
        raise key_needed()
    return actor


async def _caller(request: Request) -> Actor:
    # Not in a thread: what is done in no time shall not wait for one.
    return actor_of(request)


Caller = Annotated[Actor, Depends(_caller)]
"""Who asks, as a parameter of a route."""


def check_role(role: str, roles: tuple[str, ...]) -> None:
    """Let only some roles in; admin always may.

    Raises
    ------
    ProblemError
        If the role may not.
    """
    if OPEN_RULE in roles or "everyone" in roles or role in (*roles, "admin"):
        return
    raise ProblemError(
        403,
        "role_not_allowed",
        f"the role {role!r} may not do this; {', '.join(roles) or 'admin'} may. "
        "Maybe ask for another key.",
    )


def may_use(*roles: str) -> Any:
    """Dependency of a route that lets only some roles in; admin always may.

    Parameters
    ----------
    roles
        Of ``allocator.store.keys.ROLES``; ``everyone`` for all of them, ``nobody_asked`` for
        routes without a key.
    """

    async def check(request: Request) -> None:
        if OPEN_RULE not in roles:
            check_role(actor_of(request).role, roles)

    check.roles = roles  # type: ignore[attr-defined]
    return Depends(check)


def role_rule(route: Any) -> tuple[str, ...] | None:
    """Roles declared on a route, None if it has no rule."""
    for dependency in getattr(route, "dependencies", None) or ():
        roles: tuple[str, ...] | None = getattr(dependency.dependency, "roles", None)
        if roles is not None:
            return roles
    return None
