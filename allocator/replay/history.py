"""A dispatch as it came about: the case of every re-plan, and what was told of trips."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from allocator.replay.changes import change_where, read_revisions, revise
from allocator.replay.ground import Ground
from allocator.replay.tolerances import HOURS
from allocator.revisions import Revision
from allocator.schema.changes import Change

__all__ = ["History", "News", "read_histories"]


@dataclass(frozen=True)
class News:
    """What was told of a trip.

    Parameters
    ----------
    kind
        ``trip_left``, ``trip_held``, ``trip_late`` or ``trip_lost``.
    revision
        Position of the revision it came with.
    hours
        When loading started (left) or when unloading ends (late), else that of the re-plan. [h]
    where
        The change, by name.
    """

    kind: str
    revision: int
    hours: float
    where: str


@dataclass(frozen=True)
class History:
    """Revisions of one scenario's dispatch; a plan without changes has one.

    Parameters
    ----------
    scenario
        Its code.
    revisions
        Revision 0, the case before any change, first.
    grounds
        Case, hours and releases of every revision.
    news
        What was told of trips, by trip, in the order in which it came.
    """

    scenario: str
    revisions: tuple[Revision, ...]
    grounds: tuple[Ground, ...]
    news: Mapping[str, Sequence[News]]

    @property
    def ground(self) -> Ground:
        """The case as it was known last."""
        return self.grounds[-1]

    @property
    def at_hours(self) -> float:
        """Hour of the last re-plan; minus infinity without any. [h]"""
        return self.revisions[-1].at_hours

    @property
    def is_replanned(self) -> bool:
        """Whether there is any re-plan."""
        return len(self.revisions) > 1

    def revision_at(self, hours: float) -> int:
        """Position of the last revision whose hour is not after an hour."""
        hours += HOURS
        return sum(revision.at_hours <= hours for revision in self.revisions) - 1

    def where(self, revision: int) -> str:
        """Name the dispatch as it was planned in a revision."""
        hour = "" if revision == 0 else f", re-plan at hour {self.revisions[revision].at_hours:g}"
        return f"scenario {self.scenario}{hour}"

    def told(self, trip: str, *kinds: str) -> list[News]:
        """What was told of a trip, of some kinds only."""
        return [each for each in self.news.get(trip, ()) if each.kind in kinds]


def read_histories(
    ground: Ground, changes: Sequence[Change], scenarios: Iterable[str]
) -> dict[str, History]:
    """Return the history of every scenario that is dispatched.

    Parameters
    ----------
    ground
        The case before any change.
    changes
        Sound rows of Changes.
    scenarios
        Scenarios with a dispatch; if there are changes there must be one.
    """
    dispatched = list(scenarios)
    findings = ground.findings
    revisions = read_revisions(changes, findings)
    if changes and len(dispatched) != 1:
        named = ", ".join(dispatched) or "none"
        fact = f"a result with changes dispatches one scenario, not {len(dispatched)} ({named})"
        hint = "trips of another plan were added, or all were deleted"
        findings.add("change_scenario", "Changes", 1.0, fact, hint)
    found: dict[str, History] = {}
    for scenario in dispatched:
        grounds: list[Ground] = []
        for case in revise(ground.facts.case, scenario, revisions, findings):
            last = grounds[-1] if grounds else ground
            is_same = case is last.facts.case
            grounds.append(last if is_same else Ground(case, findings))
        found[scenario] = History(scenario, revisions, tuple(grounds), _news(revisions))
    return found


def _news(revisions: Sequence[Revision]) -> dict[str, list[News]]:
    """Gather what was told of each trip."""
    found: dict[str, list[News]] = {}
    for place, revision in enumerate(revisions):
        for change in revision.of_kind("trip_left", "trip_held", "trip_late", "trip_lost"):
            if change.trip is None:
                continue
            hours = revision.since(change)
            if change.kind == "trip_late" and change.amount is not None:
                hours = change.amount
            news = News(change.kind, place, hours, change_where(change))
            found.setdefault(change.trip, []).append(news)
    return found
