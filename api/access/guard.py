"""The guard before the application: finds out who asks, and lets in who may.

It knows the rule of each route, so that nothing of a request is read before its sender is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Final
from urllib.parse import parse_qsl, quote

from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from allocator.store.audit import Actor
from allocator.store.keys import StoredKey
from api.access.doorkeeper import Doorkeeper
from api.access.origins import SAFE_METHODS, check_same_origin, check_this_machine
from api.access.refusals import refuse
from api.access.revocation import WhileAllowed
from api.access.routes import ROUTE, KnownRoute, RouteTable
from api.access.rules import ACTOR, OPEN_RULE, check_role, key_needed
from api.problems import ProblemError, database_problem

__all__ = ["SESSION_COOKIE", "Guard", "session_of"]

SESSION_COOKIE: Final = "allocator_session"

MACHINE_PATHS: Final = ("/v1", "/openapi.json", "/metrics")
"""Addresses that programs ask; at all others a person without a key is led to the login."""

Allowed = Callable[[], bool]

_BEARER: Final = "bearer "


def _key_in(headers: Headers) -> str | None:
    """The key that a request sends, None if there is none."""
    given = headers.get("authorization", "")
    if given.lower().startswith(_BEARER):
        return given[len(_BEARER) :].strip()
    return headers.get("x-api-key")


def session_of(scope: Scope) -> str | None:
    """What the cookie of a browser holds, None if it has none."""
    return cookie_parser(Headers(scope=scope).get("cookie", "")).get(SESSION_COOKIE)


class Guard:
    """ASGI middleware that writes down who asks, or refuses.

    Parameters
    ----------
    app
        What it guards.
    doorkeeper
        Knows keys and browsers.
    routes
        Knows the rules.
    is_open
        Whether whoever is on this machine may do everything.
    """

    def __init__(
        self, app: ASGIApp, doorkeeper: Doorkeeper, routes: RouteTable, *, is_open: bool
    ) -> None:
        self._app, self._doorkeeper, self._routes = app, doorkeeper, routes
        self._is_open = is_open

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or refuse it."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] == "http":
            route = scope[ROUTE] = self._routes.find(scope)
            try:
                is_allowed = await self._admit(scope, route)
            except ProblemError as error:
                if error.status == 401 and _is_page(scope):
                    await _to_login(scope)(scope, receive, send)
                else:
                    await refuse(error, scope, receive, send)
                return
            except SQLAlchemyError as error:
                await refuse(database_problem(error), scope, receive, send)
                return
            if is_allowed is not None:
                answering = WhileAllowed(receive, send, is_allowed)
                receive, send = answering.receive, answering.send
        await self._app(scope, receive, send)

    async def _admit(self, scope: Scope, route: KnownRoute | None) -> Allowed | None:
        """Write down who asks, if the rule of the route lets them in.

        Returns
        -------
        Allowed | None
            Tells later whether they would still be let in; None: they need nothing for it.
        """
        # What is not there needs a key as well: nobody learns from outside what there is.
        roles = ("everyone",) if route is None else route.roles or ()
        if OPEN_RULE in roles:
            check_same_origin(scope, must_say=False)
            return None
        actor, is_allowed = await self._actor(scope)
        # Who is refused is known all the same: the log and the page that says so name them.
        scope[ACTOR] = actor
        if route is not None:
            _check_method(scope["method"], route)
            _check_query(scope.get("query_string", b""), route)
        check_role(actor.role, roles)
        return is_allowed

    async def _actor(self, scope: Scope) -> tuple[Actor, Allowed | None]:
        if self._is_open:
            check_this_machine(scope)
            check_same_origin(scope, must_say=False)
            return Actor(), None
        text, token = _key_in(Headers(scope=scope)), session_of(scope)
        if text is not None:
            key = await run_in_threadpool(self._doorkeeper.key, text, scope)
            is_allowed = partial(self._doorkeeper.opens, text)
        elif token is not None:
            key = await self._of_browser(scope, token)
            is_allowed = partial(self._doorkeeper.is_logged_in, token)
        else:
            raise key_needed()
        self._doorkeeper.take_turn(key.actor)
        return key.actor, is_allowed

    async def _of_browser(self, scope: Scope, token: str) -> StoredKey:
        key = await run_in_threadpool(self._doorkeeper.logged_in, token)
        if key is None:
            raise key_needed()
        check_same_origin(scope, must_say=True)
        return key


def _check_method(method: str, route: KnownRoute) -> None:
    """Name all methods of an address; the router knows only those of its first route."""
    if route.methods and method not in route.methods:
        raise ProblemError(
            405,
            "method_not_allowed",
            f"this address does not take {method}. Maybe see /openapi.json.",
            headers={"Allow": ", ".join(sorted(route.methods))},
        )


def _check_query(query: bytes, route: KnownRoute) -> None:
    """Refuse a parameter that comes twice: whoever is in between may take the other one."""
    if route.repeatable is None:
        return
    names = [name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True)]
    twice = {name for name, count in Counter(names).items() if count > 1} - route.repeatable
    if twice:
        raise ProblemError(
            422,
            "parameter_twice",
            f"the parameter {min(twice)!r} comes more than once. Maybe leave one out.",
        )


def _is_page(scope: Scope) -> bool:
    """Whether a person asks with a browser."""
    return scope["method"] in SAFE_METHODS and not scope["path"].startswith(MACHINE_PATHS)


def _to_login(scope: Scope) -> RedirectResponse:
    """The way to the login, and back to where one wanted to go."""
    query = scope.get("query_string", b"").decode("latin-1")
    wanted = scope["path"] + (f"?{query}" if query else "")
    address = "/login" if wanted == "/" else f"/login?next={quote(wanted, safe='/')}"
    return RedirectResponse(address, status_code=303)
