"""Which form an answer has: what ``Accept`` asks for, or ``format`` for those who cannot say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import Request

from api.problems import PROBLEM_TYPE, ProblemError

__all__ = ["MEDIA_TYPES", "chosen_form", "content_of", "wants_page"]

MEDIA_TYPES: Final[Mapping[str, str]] = {
    "json": "application/json",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "geojson": "application/geo+json",
    "html": "text/html",
    "pdf": "application/pdf",
    "zip": "application/zip",
}
"""Media types by the names of forms."""

_MOST_RANGES: Final = 50


@dataclass(frozen=True)
class _Range:
    """One media range of an Accept header with its quality."""

    kind: str
    subtype: str
    quality: float

    def fit(self, media_type: str) -> int:
        """How closely it names a media type: 0 not at all, 3 by its name."""
        kind, _, subtype = media_type.partition("/")
        if (self.kind, self.subtype) == (kind, subtype):
            return 3
        if (self.kind, self.subtype) == (kind, "*"):
            return 2
        return int((self.kind, self.subtype) == ("*", "*"))


def _ranges(header: str) -> list[_Range]:
    """Media ranges of an Accept header; what cannot be read is left out (RFC 9110, 12.5.1)."""
    found = []
    for part in header.split(",")[:_MOST_RANGES]:
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        kind, slash, subtype = name.partition("/")
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                try:
                    quality = float(value)
                except ValueError:
                    quality = 0.0
        if slash and 0.0 <= quality <= 1.0:
            found.append(_Range(kind, subtype, quality))
    return found


def wants_page(accept: Sequence[str]) -> bool:
    """Whether a page is asked for by its name, as browsers do, and more than a document.

    Parameters
    ----------
    accept
        The Accept headers of a request. One that takes anything, as programs send it, asks for no
        page.
    """
    wanted = {f"{one.kind}/{one.subtype}": one.quality for one in _ranges(",".join(accept))}
    documents = (wanted.get(name, 0.0) for name in (MEDIA_TYPES["json"], PROBLEM_TYPE))
    return wanted.get(MEDIA_TYPES["html"], 0.0) > max(documents)


def chosen_form(request: Request, asked: str | None, *offered: str) -> str:
    """Return the form that a client wants most, the first of equals.

    Parameters
    ----------
    request
        Its ``Accept`` counts where no form is asked for by name; without one anything will do.
    asked
        Form by name, from the query.
    offered
        Forms there are; the default first.

    Raises
    ------
    ProblemError
        If none of them is wanted.
    """
    if asked is not None and asked in offered:
        return asked
    header = ",".join(request.headers.getlist("accept"))
    if asked is None and not header.strip():
        return offered[0]
    ranges = _ranges(header) if asked is None else []
    best, most = "", 0.0
    for form in offered:
        closest = max(ranges, key=lambda one: one.fit(MEDIA_TYPES[form]), default=None)
        if closest is not None and closest.fit(MEDIA_TYPES[form]) and closest.quality > most:
            best, most = form, closest.quality
    if not best:
        told = ", ".join(MEDIA_TYPES[form] for form in offered)
        raise ProblemError(
            406,
            "not_acceptable",
            f"this address has {told}, and none of them is asked for. "
            f"Maybe leave Accept out, or add ?format={offered[0]}.",
        )
    return best


def content_of(*forms: str) -> dict[str, dict[str, object]]:
    """Media types of forms as an OpenAPI document names them; lines on a map are an object."""
    binary = {"type": "string", "format": "binary"}
    return {
        MEDIA_TYPES[form]: {"schema": {"type": "object"} if form == "geojson" else binary}
        for form in forms
    }
