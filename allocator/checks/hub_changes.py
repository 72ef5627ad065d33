"""Changes after which more would have left a hub than had come to it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from allocator.engine.hub_goods import HubGap
from allocator.schema.changes import Change

__all__ = ["hub_contradictions"]

_TAKES_GOODS = {"stock_lost", "trip_left", "trip_lost", "trip_late"}
"""Kinds after which there may be less at a hub than has left it; a leg may be held, too."""


def hub_contradictions(
    rows: Sequence[tuple[int, Change]],
    legs: Collection[str],
    hub_gap: Callable[[Sequence[Change]], HubGap | None],
) -> Iterator[tuple[int, str, str, str]]:
    """Name the changes that cannot be with what has left the hubs, one after the other.

    Parameters
    ----------
    rows
        Sound changes with their positions.
    legs
        Trips to hubs, by number.
    hub_gap
        Where more has left a hub than had come to it, if some changes are so.

    Yields
    ------
    tuple
        Position, kind, what it contradicts, and the way out.
    """
    taking = [(position, row) for position, row in rows if _takes_goods(row, legs)]
    told = [row for _, row in rows if not _takes_goods(row, legs)]
    for position, row in taking:
        found = hub_gap([*told, row])
        if found is None:
            told.append(row)
            continue
        what = f"trip {found.trip}" if found.trip else "what is told to be lost"
        rule = (
            f"contradicts {what}: by hour {found.hours:g} {found.missing:g} units of "
            f"{found.item} more had left hub {found.hub} than had come to it"
        )
        hint = "Maybe fewer were lost there."
        if found.trip:
            hint = "Maybe that trip did not leave: add trip_held for it."
        yield position, row.kind, rule, hint


def _takes_goods(row: Change, legs: Collection[str]) -> bool:
    """Whether there may be less at a hub than was planned after a change."""
    if row.kind == "trip_held":
        return row.trip in legs
    return row.kind in _TAKES_GOODS
