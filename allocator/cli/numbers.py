"""Numbers on the command line."""

from __future__ import annotations

from typing import Any

import click

__all__ = ["Decimal"]


class Decimal(click.FloatRange):
    """A number within a range; says how to write one where it was given no number."""

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the number, or fail with what would have been one."""
        if isinstance(value, str) and not _is_number(value):
            self.fail(f"{value!r} is not a number. Maybe write it as {_meant(value)}.", param, ctx)
        return float(super().convert(value, param, ctx))


_UNITS = {"%": 100.0, "s": 1.0}
"""What a number is divided by that was written with a sign or unit behind it."""


def _meant(text: str) -> str:
    """Return the number that a text may have meant, 0.5 where that cannot be told."""
    plain = text.strip().replace(",", ".")
    if _is_number(plain):
        return plain
    number, unit = plain[:-1], plain[-1:].lower()
    if unit in _UNITS and _is_number(number):
        return f"{float(number) / _UNITS[unit]:g}"
    return "0.5"


def _is_number(text: str) -> bool:
    """Whether a text is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
