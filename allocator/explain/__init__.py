"""Why need stays unmet, why this warehouse and not that one: answers confirmed by solving again."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allocator.explain.asking import DEFAULT_LIMIT_SECONDS, Question, explain

__all__ = ["DEFAULT_LIMIT_SECONDS", "Question", "explain"]


def __getattr__(name: str) -> object:
    """Import what is asked for: who only looks at where a scenario stands waits for no solver."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("allocator.explain.asking"), name)
