"""The routes of the application as the guard sees them: who may use each, which bodies it takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, get_args, get_origin

from fastapi import FastAPI
from fastapi.params import Form
from fastapi.routing import RouteContext, iter_route_contexts
from starlette.types import Scope

from api.access.rules import OPEN_RULE, role_rule

__all__ = ["ROUTE", "RULES_OF_PLAIN_ROUTES", "KnownRoute", "RouteTable", "known_routes"]

ROUTE: Final = "allocator.route"
"""Where the guard writes down which route a request is for, in its scope."""

RULES_OF_PLAIN_ROUTES: Final[Mapping[str, tuple[str, ...]]] = {
    "/openapi.json": ("everyone",),
    "/static": (OPEN_RULE,),
}
"""Rules of what cannot carry one itself: routes that FastAPI makes, and folders of files."""

FORM_TYPES: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True)
class KnownRoute:
    """A route as it was declared.

    Parameters
    ----------
    path, methods
        Template of its address; methods, empty for a folder of files.
    roles
        Who may use it; None if nobody said so, then admin only.
    body_types
        Media types of the bodies it takes; empty: none.
    takes_files
        Whether a body may be as large as a case.
    repeatable
        Parameters of the query that may come more than once; None if it is not known.
    pattern
        Tells whether an address is the route's.
    """

    path: str
    methods: frozenset[str]
    roles: tuple[str, ...] | None
    body_types: tuple[str, ...]
    takes_files: bool
    repeatable: frozenset[str] | None
    pattern: Any


def known_routes(application: FastAPI) -> Iterator[KnownRoute]:
    """Return the routes of an application in the order in which they are tried."""
    for context in iter_route_contexts(application.routes):
        pattern = getattr(context, "path_regex", None)
        if context.path is None or pattern is None:
            continue
        declared = role_rule(context)
        if declared is None:
            declared = RULES_OF_PLAIN_ROUTES.get(context.path)
        named = _named_types(context)
        yield KnownRoute(
            path=context.path,
            methods=frozenset(getattr(context, "methods", None) or ()),
            roles=declared,
            body_types=named or _types_of_body(context),
            takes_files="multipart/form-data" in named,
            repeatable=_repeatable(context),
            pattern=pattern,
        )


def _named_types(context: RouteContext) -> tuple[str, ...]:
    """Media types that a route names because it reads its body itself."""
    extra = getattr(context, "openapi_extra", None) or {}
    return tuple(extra.get("requestBody", {}).get("content", {}))


def _repeatable(context: RouteContext) -> frozenset[str] | None:
    """Parameters that are lists; a route that FastAPI knows nothing of may take any."""
    dependant = getattr(context, "dependant", None)
    if dependant is None:
        return None
    waiting, names = [dependant], set()
    while waiting:
        part = waiting.pop()
        waiting.extend(part.dependencies)
        names |= {one.alias for one in part.query_params if _is_list(one.field_info.annotation)}
    return frozenset(names)


def _is_list(annotation: Any) -> bool:
    parts = (annotation, *get_args(annotation))
    return any((get_origin(part) or part) in (list, set, tuple) for part in parts)


def _types_of_body(context: RouteContext) -> tuple[str, ...]:
    body = getattr(context, "body_field", None)
    if body is None:
        return ()
    return FORM_TYPES if isinstance(body.field_info, Form) else ("application/json",)


class RouteTable:
    """Finds the route of a request.

    Parameters
    ----------
    application
        Its routes are looked at when the first request comes, and again when there are more.
    """

    def __init__(self, application: FastAPI) -> None:
        self._application = application
        self._count = -1
        self._routes: tuple[KnownRoute, ...] = ()

    def find(self, scope: Scope) -> KnownRoute | None:
        """Return the route of a request: one that takes its method, else one with its address.

        The latter has all methods of its address.
        """
        if self._count != len(self._application.routes):
            self._routes = tuple(known_routes(self._application))
            self._count = len(self._application.routes)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        others: list[KnownRoute] = []
        for route in self._routes:
            if not route.pattern.match(path):
                continue
            if not route.methods or scope["method"] in route.methods:
                return route
            others.append(route)
        methods = frozenset[str]().union(*(route.methods for route in others))
        return replace(others[0], methods=methods) if others else None
