"""Templates to answers: the same shell, words and addresses on every page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from allocator.report.page_parts import in_script
from allocator.report.words import LANGUAGES, Language, phrase
from allocator.store.audit import Actor
from api.pages.formatting import moment, number, percent
from api.pages.language import (
    LANGUAGE_COOKIE,
    asked_language,
    other_language_address,
    page_language,
)
from api.pages.problem_words import issue_meaning
from api.pages.static_files import static_address
from api.pages.words import PAGE_WORDS

__all__ = ["render"]

TEMPLATES: Final = Path(__file__).resolve().parent / "templates"

YEAR_SECONDS: Final = 365 * 24 * 3600

_LANGUAGE_NAMES: Final = {"en": "English", "zh": "中文"}


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _script_words(lang: Language) -> str:
    """All words in one language, as JSON that can stand in a script element."""
    return in_script({key: phrase(PAGE_WORDS, key, lang) for key in PAGE_WORDS})


def _filled(
    request: Request, template: str, caller: Actor | None, values: Mapping[str, Any]
) -> str:
    """A template with what every page finds, and its own values."""
    lang = page_language(request)
    with_log_out = caller is not None and request.app.state.service.settings.access == "keys"

    def word(key: str, **figures: object) -> str:
        return phrase(PAGE_WORDS, key, lang, **figures)

    def may(*roles: str) -> bool:
        return caller is not None and caller.role in (*roles, "admin")

    def meaning(code: str) -> str:
        # In English the message itself says all of it.
        return "" if lang == "en" else issue_meaning(code, lang)

    languages = [
        (code, _LANGUAGE_NAMES[code], other_language_address(request, code)) for code in LANGUAGES
    ]
    return (
        _environment()
        .get_template(template)
        .render(
            word=word,
            may=may,
            meaning=meaning,
            static=static_address,
            in_script=in_script,
            number=number,
            percent=percent,
            moment=moment,
            script_words=_script_words(lang),
            lang=lang,
            languages=languages,
            caller=caller,
            with_log_out=with_log_out,
            path=request.url.path,
            **values,
        )
    )


def render(
    request: Request,
    template: str,
    caller: Actor | None = None,
    *,
    status: int = 200,
    **values: Any,
) -> HTMLResponse:
    """Fill a template.

    A template finds ``word(key, **figures)``, ``static(name)`` (the address of a file of
    ``static``), ``lang``, ``caller``, ``may(*roles)``, ``meaning(code)`` of an issue,
    ``in_script(data)``, ``number``, ``percent``, ``moment`` and the values given here. What
    stands in a template is escaped; nothing is ever marked safe but ``in_script``.

    Parameters
    ----------
    request
        Says language and address.
    template
        File name in ``templates``.
    caller
        Who looks at it; None before a log-in.
    status
        HTTP status.
    values
        Names of the template.

    Returns
    -------
    HTMLResponse
        The page; no browser keeps it, as who logs out takes it along.
    """
    text = _filled(request, template, caller, values)
    answer = HTMLResponse(text, status, headers={"Cache-Control": "no-store"})
    asked = asked_language(request)
    if asked is not None:
        answer.set_cookie(LANGUAGE_COOKIE, asked, max_age=YEAR_SECONDS, samesite="lax")
    return answer
