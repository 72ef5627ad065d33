"""Coordination: what every late signature costs, who is charged for it, and what to change."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from allocator.coordination.gathering import coordinate
    from allocator.coordination.options import CoordinationOptions

__all__ = ["CoordinationOptions", "coordinate"]

_HOMES = {"CoordinationOptions": "options", "coordinate": "gathering"}
"""Module of each name: its parts are used by the reports that it asks for sentences."""


def __getattr__(name: str) -> object:
    """Import what is asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"allocator.coordination.{_HOMES[name]}"), name)
