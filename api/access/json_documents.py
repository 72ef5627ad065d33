"""Holds a small JSON body against what no honest one has, before anything is made of it.

A validator names each of 200,000 unknown keys, and takes seconds for it; NaN and lone surrogates
come through it and fail later, where they are written.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final, NoReturn

from api.problems import ProblemError

__all__ = ["MOST_JSON_BYTES", "check_json"]

MOST_JSON_BYTES: Final = 2_000_000
"""Of a body that is not a file."""

MOST_DEPTH: Final = 32

MOST_MEMBERS: Final = 500
"""Of one object."""

MOST_VALUES: Final = 200_000

MOST_INTEGER: Final = 2**63
"""What databases keep."""

_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)

_BRACKET: Final = re.compile(r"[\[\]{}]")

_UNFIT: Final = re.compile("[\x00\ud800-\udfff]")


def check_json(content: bytes) -> None:
    """Refuse a body that is no plain JSON, or too large in any way.

    Raises
    ------
    ProblemError
        Saying what is wrong with it.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unfit(f"the body is not UTF-8 (byte {error.start})") from error
    _check_size(text)
    try:
        document = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        place = f" (character {error.pos})" if isinstance(error, json.JSONDecodeError) else ""
        raise _unfit(f"the body is not JSON{place}") from error
    _check_values(document)


def _unfit(what: str) -> ProblemError:
    return ProblemError(
        422, "invalid_json", f"{what}. Maybe see the body of this route in /openapi.json."
    )


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _check_size(text: str) -> None:
    """Refuse before parsing what would take long to parse."""
    bare = _STRING.sub("", text)
    if bare.count(",") > MOST_VALUES:
        raise _unfit(f"the body has more than {MOST_VALUES} values")
    depth = deepest = 0
    for bracket in _BRACKET.findall(bare):
        depth += 1 if bracket in "[{" else -1
        deepest = max(deepest, depth)
    if deepest > MOST_DEPTH:
        raise _unfit(f"the body is nested deeper than {MOST_DEPTH}")


def _check_values(document: Any) -> None:
    """Refuse what cannot be kept and written: odd numbers, odd letters, crowds of members."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if len(value) > MOST_MEMBERS:
                raise _unfit(f"an object has more than {MOST_MEMBERS} members")
            waiting.extend(value)
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, str):
            if _UNFIT.search(value):
                raise _unfit("a text has a lone surrogate or a null character")
        elif isinstance(value, float):
            if not math.isfinite(value):
                raise _unfit("a number is too large")
        elif isinstance(value, int) and abs(value) > MOST_INTEGER:
            raise _unfit("a number is too large")
