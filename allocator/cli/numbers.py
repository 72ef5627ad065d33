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
            meant = value.replace(",", ".")
            example = meant if _is_number(meant) else "0.5"
            self.fail(f"{value!r} is not a number. Maybe write it as {example}.", param, ctx)
        return float(super().convert(value, param, ctx))


def _is_number(text: str) -> bool:
    """Whether a text is a number."""
    try:
        float(text)
    except ValueError:
        return False
    return True
