"""Scripts and styles, under addresses that change with their content, so that they may be kept.

The address holds one version for all of them: modules import each other by relative addresses, and
a browser never mixes two versions. Only names that are known at the start are served.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request, Response

from api.access.rules import may_use
from api.problems import ProblemError

__all__ = ["router", "static_address"]

STATIC: Final = Path(__file__).resolve().parent / "static"

PLOTLY: Final = "vendor/plotly.min.js"

MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

LEAST_COMPRESSED_BYTES: Final = 1000

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class _File:
    """A file that is served."""

    media_type: str
    content: bytes
    compressed: bytes


@cache
def _paths() -> dict[str, Path]:
    """Files by the name in their address."""
    own = {path.name: path for path in sorted(STATIC.iterdir()) if path.suffix in MEDIA_TYPES}
    plotly = importlib.util.find_spec("plotly")
    if plotly is not None and plotly.origin is not None:
        own[PLOTLY] = Path(plotly.origin).parent / "package_data" / "plotly.min.js"
    return own


@cache
def _version() -> str:
    """Changes with every file, and with the installed package whose script is served."""
    running = hashlib.sha256(metadata.version("plotly").encode())
    for name, path in _paths().items():
        if name != PLOTLY:
            running.update(name.encode() + b"\0" + path.read_bytes() + b"\0")
    return running.hexdigest()[:12]


@cache
def _file(name: str) -> _File:
    path = _paths()[name]
    content = path.read_bytes()
    return _File(MEDIA_TYPES[path.suffix], content, gzip.compress(content, 6, mtime=0))


def static_address(name: str) -> str:
    """Address of a file.

    Parameters
    ----------
    name
        Its name in ``static``, or ``vendor/plotly.min.js``.

    Raises
    ------
    KeyError
        If there is no such file: a template that names one is wrong.
    """
    if name not in _paths():
        raise KeyError(name)
    return f"/static/{_version()}/{name}"


@router.get("/static/{version}/{name:path}", dependencies=[may_use("nobody_asked")])
def static_file(version: str, name: str, request: Request) -> Response:
    """Serve a script or a style; what an old page asks for is answered, but not to be kept."""
    if name not in _paths():
        raise ProblemError(404, "not_found", "there is no such file. Maybe load the page again.")
    file = _file(name)
    is_current = version == _version()
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if is_current else "no-cache",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    content = file.content
    takes_gzip = "gzip" in request.headers.get("accept-encoding", "")
    if takes_gzip and len(content) >= LEAST_COMPRESSED_BYTES:
        content = file.compressed
        headers["Content-Encoding"] = "gzip"
    return Response(content, media_type=file.media_type, headers=headers)
