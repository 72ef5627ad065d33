"""Numbers and documents on a command line, refused in words where they are none."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

__all__ = ["DocumentError", "document_of", "not_negative", "positive"]


class DocumentError(ValueError):
    """A file is no document of the verb that should have printed it."""


def document_of(path: Path, verb: str) -> Any:
    """Read the document that an earlier run has printed with ``--json``.

    Parameters
    ----------
    path
        The file.
    verb
        Which verb of ``benchmarks/run.py`` has printed it.

    Raises
    ------
    DocumentError
        If it is none.
    """
    maybe = f"Maybe give what `python benchmarks/run.py {verb} --json` printed."
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DocumentError(f"{path}: cannot be read ({error}). {maybe}") from error
    if not isinstance(document, dict) or document.get("command") != verb:
        raise DocumentError(f"{path}: no document of {verb}. {maybe}")
    return document


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
