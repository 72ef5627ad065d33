"""The page ``/docs`` that shows and tries the routes; all it loads is served from here.

Scripts and styles are files of an installed package. Nothing is written into the page itself, so
that it is drawn under a policy that allows only scripts of our own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import fastapi_offline
from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response

from allocator.errors import NotFoundError
from api.access.rules import may_use

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

ASSETS: Final = Path(fastapi_offline.__file__).parent / "static"

SERVED: Final = frozenset({"swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"})

_DAY: Final = {"Cache-Control": "max-age=86400"}

# Addresses are relative: the service may be behind a proxy, below some path.
_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Reserve allocator: routes</title>
<link rel="icon" href="docs/favicon.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""

# Without `validatorUrl` the page would show the document to a server on the internet.
_START: Final = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "list",
  validatorUrl: null,
});
"""


@router.get("/docs", dependencies=[may_use("everyone")])
def docs() -> HTMLResponse:
    """The routes of the service, to read and to try."""
    return HTMLResponse(_PAGE)


@router.get("/docs/start.js", dependencies=[may_use("everyone")])
def start() -> Response:
    """What draws the page."""
    return Response(_START, media_type="text/javascript")


@router.get("/docs/{name}", dependencies=[may_use("everyone")])
def asset(name: str) -> FileResponse:
    """Script, style or picture of the page."""
    if name not in SERVED:
        raise NotFoundError(f"the page has no part {name!r}. Maybe see /docs.")
    return FileResponse(ASSETS / name, headers=_DAY)
