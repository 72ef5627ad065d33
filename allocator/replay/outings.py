"""How trips end, to districts and to hubs, as it was planned and as it was told."""

from __future__ import annotations

import math
from dataclasses import dataclass

from allocator.replay.clock import Journey
from allocator.replay.history import History

__all__ = ["Ending", "Outing", "journey_and_endings", "told_left"]


@dataclass(frozen=True)
class Ending:
    """How a trip ends, as it is known from a revision on.

    Parameters
    ----------
    revision
        From this one on.
    unload_end_hours, free_hours
        Goods in hand, and vehicle there again; infinite where it never comes to that. [h]
    """

    revision: int
    unload_end_hours: float
    free_hours: float


@dataclass(frozen=True)
class Outing:
    """What all trips have in common: when they count, and how they end.

    Parameters
    ----------
    revision
        The one in force when loading starts, whose rules it keeps.
    told_left
        The revision that told that it had left; None if it left as planned, or has not yet.
    endings
        What was known of its end, first by the plan, then as it was told.
    """

    revision: int
    told_left: int | None
    endings: tuple[Ending, ...]

    def known(self, revision: int) -> Ending:
        """How the trip ends, as it is known in a revision."""
        return [self.endings[0], *(e for e in self.endings if e.revision <= revision)][-1]

    @property
    def end(self) -> Ending:
        """How the trip ends, as it was known last."""
        return self.endings[-1]

    def is_planned_in(self, revision: int) -> bool:
        """Whether a revision's plan answers for it."""
        return self.told_left is None and self.revision == revision

    def is_before(self, revision: int) -> bool:
        """Whether it had left, and that was known, when a revision was planned."""
        if self.told_left is not None:
            return self.told_left <= revision
        return self.revision < revision


def journey_and_endings(
    history: History, trip: str, planned: Journey, *, is_gone: bool
) -> tuple[Journey, tuple[Ending, ...]]:
    """Hours of a trip with what was told of it, and what was known of its end.

    Parameters
    ----------
    history
        The dispatch, with what was told.
    trip, planned
        Number of the trip, and its hours without what was told.
    is_gone
        Whether its vehicle is hired for one way.
    """
    revision = history.revision_at(planned.load_start_hours)
    journey = planned
    endings = [_ending(revision, planned, is_gone=is_gone)]
    for news in history.told(trip, "trip_late", "trip_lost"):
        if news.kind == "trip_lost":
            journey = planned
            endings.append(Ending(news.revision, math.inf, math.inf))
        else:
            journey = planned.ending(news.hours)
            endings.append(_ending(news.revision, journey, is_gone=is_gone))
    return journey, tuple(endings)


def told_left(history: History, trip: str) -> int | None:
    """Return the revision that told that a trip had left; None if none did.

    Parameters
    ----------
    history, trip
        The dispatch, and the number of the trip.
    """
    left = history.told(trip, "trip_left")
    return left[0].revision if left else None


def _ending(revision: int, journey: Journey, *, is_gone: bool) -> Ending:
    """How a trip ends; a vehicle hired for one way is never there again."""
    free_hours = math.inf if is_gone else journey.return_hours
    return Ending(revision, journey.unload_end_hours, free_hours)
