"""Changes by hand to the tables of a case or a result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.allocator.replay_example import Tables

__all__ = ["Change", "append", "both", "delete", "edit", "find"]

Change = Callable[[Tables], None]


def edit(sheet: str, match: dict[str, Any] | None = None, **cells: Any) -> Change:
    """Change cells of the first line that matches."""

    def change(tables: Tables) -> None:
        find(tables, sheet, match or {}).update(cells)

    return change


def delete(sheet: str, **match: Any) -> Change:
    """Delete the first line that matches."""

    def change(tables: Tables) -> None:
        tables[sheet].remove(find(tables, sheet, match))

    return change


def append(sheet: str, **cells: Any) -> Change:
    """Append a line."""

    def change(tables: Tables) -> None:
        tables[sheet].append(cells)

    return change


def find(tables: Tables, sheet: str, match: dict[str, Any]) -> dict[str, Any]:
    """First line of a sheet that has these cells."""
    return next(
        line for line in tables[sheet] if all(line.get(key) == cell for key, cell in match.items())
    )


def both(*changes: Change) -> Change:
    """Make several changes."""

    def change(tables: Tables) -> None:
        for each in changes:
            each(tables)

    return change
