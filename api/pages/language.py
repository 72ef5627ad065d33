"""In which language a page speaks: asked for in the address, remembered, or the browser's."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from fastapi import Request

from allocator.report.words import LANGUAGES, Language
from api.access.origins import own_path

__all__ = ["LANGUAGE_COOKIE", "asked_language", "other_language_address", "page_language"]

LANGUAGE_COOKIE: Final = "lang"


def asked_language(request: Request) -> Language | None:
    """Language that the address asks for (``?lang=zh``), None if it asks for none we have."""
    return _known(request.query_params.get("lang", ""))


def page_language(request: Request) -> Language:
    """Language of a page: that of the address, of the cookie, of the browser, else English."""
    cookie = _known(request.cookies.get(LANGUAGE_COOKIE, ""))
    chosen = asked_language(request) or cookie
    return chosen or _accepted(request.headers.get("accept-language", "")) or "en"


def other_language_address(request: Request, lang: Language) -> str:
    """Address of the same page in another language."""
    query = [pair for pair in request.query_params.multi_items() if pair[0] != "lang"]
    # An address such as //elsewhere would lead away from here.
    return f"{own_path(request.url.path)}?{urlencode([*query, ('lang', lang)])}"


def _known(code: str) -> Language | None:
    return next((lang for lang in LANGUAGES if lang == code.lower()), None)


def _accepted(header: str) -> Language | None:
    """First of the browser's languages that we have; its order is its preference."""
    for part in header.split(","):
        lang = _known(part.partition(";")[0].strip().partition("-")[0])
        if lang is not None:
            return lang
    return None
