"""Codes of risk elements: class, subclass, level, district and hour in one string."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allocator.errors import ConflictError

__all__ = ["WHOLE_CLASS", "RiskCode", "format_code", "is_class_code", "parse_code"]

WHOLE_CLASS = "00"
"""Subclass of a record that is about the whole class."""

LEVELS = ("1", "2", "3", "4")
_EXAMPLE = "R03-03-1-450602-0012"
_PARTS = ("class", "subclass", "level", "district", "hour")


@dataclass(frozen=True)
class RiskCode:
    """What the code of a risk element says.

    Parameters
    ----------
    hazard
        Class: a capital letter and two digits.
    subclass
        Two digits; 00 for the whole class.
    level
        1 (level I, gravest) to 4 (level IV).
    district
        Six digits of GB/T 2260.
    hour
        Whole hours from the event, 0 to 9999. [h]
    """

    hazard: str
    subclass: str
    level: int
    district: str
    hour: int


def is_class_code(text: str) -> bool:
    """Whether a hazard's code can be the class in a code: a capital letter and two digits."""
    return len(text) == 3 and "A" <= text[0] <= "Z" and _are_digits(text[1:], 2)


def format_code(code: RiskCode) -> str:
    """Write a code: ``class-subclass-level-district-hour``, the hour in four digits.

    ``parse_code`` reads it back as the same.

    Raises
    ------
    ConflictError
        If a part cannot stand in a code; the message names it.
    """
    hour = f"{code.hour:04d}" if code.hour >= 0 else str(code.hour)
    parts = (code.hazard, code.subclass, str(code.level), code.district, hour)
    _read(parts)
    return "-".join(parts)


def parse_code(text: str) -> RiskCode:
    """Read a code that ``format_code`` has written; nothing else is taken.

    Parameters
    ----------
    text
        For instance ``R03-03-1-450602-0012``: class R03, subclass 03, level I, district 450602,
        hour 12.

    Raises
    ------
    ConflictError
        If it has not five parts, or one of them is wrong; the message names which.
    """
    parts = text.split("-")
    if len(parts) != len(_PARTS):
        raise ConflictError(
            f"code ({text}) has {len(parts)} parts, not the five class-subclass-level-district-"
            f"hour. Maybe write it as {_EXAMPLE}."
        )
    return _read(parts)


def _read(parts: Sequence[str]) -> RiskCode:
    """Read the five parts, the first wrong one named."""
    hazard, subclass, level, district, hour = parts
    if not is_class_code(hazard):
        raise _fault("class", hazard, "must be a capital letter and two digits")
    if not _are_digits(subclass, 2):
        raise _fault("subclass", subclass, "must be two digits")
    if level not in LEVELS:
        raise _fault("level", level, "must be 1, 2, 3 or 4")
    if not _are_digits(district, 6):
        raise _fault("district", district, "must be six digits")
    if not _are_digits(hour, 4):
        raise _fault("hour", hour, "must be four digits, 0000 to 9999")
    return RiskCode(hazard, subclass, int(level), district, int(hour))


def _are_digits(text: str, count: int) -> bool:
    """Whether a text is so many plain digits; those of other scripts do not count."""
    return len(text) == count and text.isascii() and text.isdigit()


def _fault(part: str, value: object, rule: str) -> ConflictError:
    """Name the part of a code that is wrong."""
    return ConflictError(f"{part} ({value}) of a code {rule}. Maybe write it as in {_EXAMPLE}.")
