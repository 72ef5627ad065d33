"""Numbers on a command line, refused in words where they are none."""

from __future__ import annotations

import argparse
import math

__all__ = ["not_negative", "positive"]


def _number(word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{word!r} must be a number")
    return value


def positive(word: str) -> float:
    """Return a number above 0."""
    value = _number(word)
    if value <= 0.0:
        raise argparse.ArgumentTypeError(f"{word} must be > 0")
    return value


def not_negative(word: str) -> float:
    """Return a number of at least 0."""
    value = _number(word)
    if value < 0.0:
        raise argparse.ArgumentTypeError(f"{word} must be >= 0")
    return value
