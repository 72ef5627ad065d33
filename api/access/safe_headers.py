"""Headers of every answer that keep browsers from doing more with it than was meant."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["SafeHeaders", "complete_headers"]

PAGE_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        # Drawings and Plotly set styles of their own elements; styles run nothing.
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Of our pages: only our own scripts, from files."""

DOCS_POLICY: Final = PAGE_POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'")
"""Of the description of the API, whose page starts with a script of its own; it shows no data."""

FILE_POLICY: Final = "; ".join(
    (
        "sandbox allow-scripts allow-downloads",
        "default-src 'none'",
        "script-src 'unsafe-inline'",
        "style-src 'unsafe-inline'",
        "img-src data: blob:",
        "font-src data:",
        "frame-ancestors 'none'",
    )
)
"""Of pages that are files, such as a plan's: whole in themselves, and strangers to our cookie."""

DATA_POLICY: Final = "default-src 'none'; frame-ancestors 'none'"
"""Of what no browser draws."""

DRAWN_TYPES: Final = ("text/html", "image/svg")

ALWAYS: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # With no-referrer browsers would not say either where a form comes from (Origin: null).
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class SafeHeaders:
    """ASGI middleware that adds the headers an answer does not have itself.

    Parameters
    ----------
    app
        Whose answers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and add to the headers of its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def completed(message: Message) -> None:
            if message["type"] == "http.response.start":
                complete_headers(MutableHeaders(scope=message), scope["path"])
            await send(message)

        await self._app(scope, receive, completed)


def complete_headers(headers: MutableHeaders, path: str) -> None:
    """Add the headers that an answer does not have itself.

    Parameters
    ----------
    headers
        Of the answer.
    path
        What was asked for.
    """
    for name, value in ALWAYS.items():
        headers.setdefault(name, value)
    is_of_api = path.startswith("/v1/")
    if not path.startswith("/static/"):
        headers.setdefault("Cache-Control", "no-store")
    if is_of_api:
        headers["Referrer-Policy"] = "no-referrer"
    policy = DOCS_POLICY if path == "/docs" else PAGE_POLICY
    if is_of_api:
        is_drawn = headers.get("content-type", "").startswith(DRAWN_TYPES)
        policy = FILE_POLICY if is_drawn else DATA_POLICY
    headers.setdefault("Content-Security-Policy", policy)
