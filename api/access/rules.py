"""Who may use a route: declared on the route itself, checked before anything else."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Depends, Request

from allocator.store.audit import Actor
from api.problems import ProblemError

__all__ = ["ROLES", "Caller", "may_use", "role_rule"]

ROLES: Final = ("planner", "logistics", "analyst", "admin")


def _caller(request: Request) -> Actor:
    """Who asks, as the guard found out."""
    actor: Actor = request.scope.get("allocator.actor", Actor())
    return actor


Caller = Annotated[Actor, Depends(_caller)]
"""Who asks, as a parameter of a route."""


def may_use(*roles: str) -> Any:
    """Dependency of a route that lets only some roles in; admin always may.

    Parameters
    ----------
    roles
        Of ``ROLES``; ``everyone`` for all of them, ``nobody_asked`` for routes without a key.
    """

    def check(caller: Caller) -> None:
        if "nobody_asked" in roles or "everyone" in roles or caller.role in (*roles, "admin"):
            return
        raise ProblemError(
            403,
            "role_not_allowed",
            f"the role {caller.role!r} may not do this; {', '.join(roles)} may. "
            "Maybe ask for another key.",
        )

    check.roles = roles  # type: ignore[attr-defined]
    return Depends(check)


def role_rule(route: Any) -> tuple[str, ...] | None:
    """Roles declared on a route, None if it has no rule."""
    for dependency in getattr(route, "dependencies", ()):
        roles: tuple[str, ...] | None = getattr(dependency.dependency, "roles", None)
        if roles is not None:
            return roles
    return None
