"""Routes whose errors are pages: who looks at a page is not served a problem document."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from allocator.errors import ConflictError, NotFoundError
from allocator.store.audit import Actor
from api.pages.rendering import render
from api.problems import ProblemError

__all__ = ["PageRoute"]


class PageRoute(APIRoute):
    """A route that shows what is not there, or not allowed, as a page."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler: dependencies and the page itself are within it."""
        answer = super().get_route_handler()

        async def page(request: Request) -> Response:
            try:
                return await answer(request)
            except ProblemError as error:
                return _told(request, error.status, error.detail)
            except NotFoundError as error:
                return _told(request, 404, str(error))
            except ConflictError as error:
                return _told(request, 409, str(error))
            except RequestValidationError:
                return _told(request, 422, "the address does not have the form of this page.")

        return page


def _told(request: Request, status: int, detail: str) -> Response:
    caller = request.scope.get("allocator.actor", Actor())
    title = HTTPStatus(status).phrase
    return render(request, "error.html.j2", caller, status=status, title=title, detail=detail)
