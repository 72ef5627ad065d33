"""The reason of each shortage, from relaxing one thing at a time and solving again.

All other trips stay as planned. What repairs the shortage alone is a candidate; of several the one
is named that the fewest people must agree to. The order and its exceptions are in
``docs/model.md``.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from allocator.case import Case
from allocator.explain.first_served import FirstServed, first_served
from allocator.explain.forced_dispatch import OnProgress
from allocator.explain.grounds import Grounds
from allocator.explain.least_amount import comes_all, most_units
from allocator.explain.present import present_trips
from allocator.explain.repairs import Repair, Shortfall, repairs_of
from allocator.explain.situation import situation_of
from allocator.explain.standing import Standing
from allocator.explain.things import THROUGH_HUB, Thing
from allocator.explain.together import MOST_TOGETHER, smallest_set
from allocator.explain.undone import Undone
from allocator.explain.ways import Brought, Way, way_to
from allocator.plan import Plan
from allocator.solver import Progress

__all__ = ["WORDS", "Reason", "Reasons", "explain_all", "shortfalls"]

WORDS: dict[Thing, str] = {"reach": "out_of_reach", "stock": "no_stock"}
"""Reasons that are called otherwise than the thing whose relaxation repairs them."""

_SOLVE_SECONDS = 0.5
"""Time limit of one of the small solves. [s]"""

_RARE = ("stock", "reach")
"""Things that are the reason only where nothing else is: more stock or time cure nearly all."""

_FEW = 2
"""So many other things together are named rather than a later deadline or more stock."""


@dataclass(frozen=True)
class Reason:
    """Why one shortage is there.

    Parameters
    ----------
    shortfall
        What is missing.
    words
        The reason; several things that are only enough together.
    also
        Other things that repair it alone.
    is_proven
        Whether every solve behind it was finished.
    now_units, alone_units
        What comes with nothing relaxed; the most that could come if nothing else were sent. [units]
    late_hours
        Hours after the deadline at which the last of it comes; None for not at all. [h]
    first
        The plan in which it is served first; None for not found.
    repairs
        What repairs it.
    together
        Things that are only enough together; none where one is.
    changes
        What a re-plan was told without which all of them would come.
    """

    shortfall: Shortfall
    words: tuple[str, ...]
    also: tuple[str, ...]
    is_proven: bool
    now_units: float
    alone_units: float
    late_hours: float | None
    first: FirstServed | None
    repairs: tuple[Repair, ...]
    together: tuple[Thing, ...]
    changes: tuple[str, ...] = ()


def shortfalls(case: Case, plan: Plan, scenario: str) -> list[Shortfall]:
    """List what a plan leaves missing in a scenario, in whole units."""
    district, item = case.district_index(), case.item_index()
    return [
        Shortfall(district[row.district], item[row.item], float(np.floor(row.unmet_units + 1e-6)))
        for row in plan.shortages
        if row.scenario == scenario
    ]


class Reasons:
    """Finds the reasons of one scenario's shortages.

    Parameters
    ----------
    case, plan
        The case and a certified plan of it.
    scenario
        Code of the scenario.
    wanted
        Shortages that are asked about.
    """

    def __init__(self, case: Case, plan: Plan, scenario: str, wanted: Sequence[Shortfall]) -> None:
        now = situation_of(case, plan, scenario)
        nobody = present_trips(case, plan, "")
        needs = {
            (case.districts[each.district].district, case.items[each.item].item) for each in wanted
        }
        place = now.case, now.placement, scenario, needs
        self._grounds = Grounds(*place, now.present, now.before)
        self._empty = Grounds(*place, nobody, now.before)
        self._undone = Undone(case, plan, scenario, needs)
        self.standing = Standing.of(self._grounds.true, now.present, now.objective)
        self._usable = self._grounds.true.held.usable_units.sum(axis=0)
        self._things = self._grounds.things

    def explain(self, shortfall: Shortfall, seconds: float) -> Reason:
        """Find the reason of one shortage.

        Parameters
        ----------
        shortfall
            What is missing.
        seconds
            Time that serving it first may take. [s]
        """
        units, things = shortfall.units, self._ordered(shortfall)
        if units < 1:
            return Reason(shortfall, ("whole_units",), (), True, 0.0, 0.0, None, None, (), ())
        now_way = self._way(shortfall, ())
        now = most_units(now_way, units, _SOLVE_SECONDS)
        single = {thing: self._with_one(shortfall, thing, (now_way, now)) for thing in things}
        able = [thing for thing in things if single[thing].units >= units - 0.5]
        unsure = [thing for thing in things if thing not in able and single[thing].most >= units]
        alone = self._alone(shortfall)
        served = self._served(shortfall)
        first = None
        if now.units < units - 0.5 and alone.most >= served + units - 0.5:
            first = self._first(shortfall, seconds)
        words, together = self._named(shortfall, now, able, first)
        repairs = self._repairs(shortfall, now.units, able, together)
        late = None
        if "reach" in able:
            deadline = self._grounds.true.data.deadline_hours
            late = max(0.0, single["reach"].last_hours - deadline)
            alone_late = (each for each in repairs if each.thing == "reach" and not together)
            late = min((late, *(each.amount for each in alone_late)))
        also = tuple(
            WORDS.get(thing, thing) for thing in able if WORDS.get(thing, thing) not in words
        )
        is_proven = words == ("within_gap",) or not unsure
        return Reason(
            shortfall,
            words,
            also,
            is_proven,
            now.units,
            alone.units,
            late,
            first,
            tuple(repairs),
            together,
            () if now.units >= units - 0.5 else self._undone.causes(shortfall),
        )

    def _ordered(self, shortfall: Shortfall) -> tuple[Thing, ...]:
        """What is relaxed, in the order in which it is named.

        Where goods come through hubs only, ways through hubs are first.
        """
        data, table = self.standing.problem.data, self.standing.problem.table
        if THROUGH_HUB not in self._things:
            return self._things
        district, item = self._place(shortfall)
        is_way = (self.standing.problem.district == district) & table.carries[:, item]
        homes = self.standing.problem.warehouse[is_way]
        if (~np.isin(homes, data.hub_warehouse)).any():
            return self._things
        return (THROUGH_HUB, *(thing for thing in self._things if thing != THROUGH_HUB))

    def _way(self, shortfall: Shortfall, relaxed: Sequence[Thing]) -> Way:
        """All ways with some things relaxed."""
        place = shortfall.district, shortfall.item
        return way_to(self._grounds.get(relaxed), self._grounds.present, *place, relaxed)

    def _with_one(self, shortfall: Shortfall, thing: Thing, now: tuple[Way, Brought]) -> Brought:
        """What of the missing units comes with one thing relaxed, knowing what comes without."""
        way = self._way(shortfall, (thing,))
        if way.hubs is not None and way.is_like(now[0]):
            return now[1]
        return most_units(way, shortfall.units, _SOLVE_SECONDS)

    def _place(self, shortfall: Shortfall) -> tuple[int, int]:
        """District and item as positions in the problem."""
        district = int(np.searchsorted(self._grounds.true.district, shortfall.district))
        return district, shortfall.item

    def _served(self, shortfall: Shortfall) -> float:
        """Units that come under the plan."""
        return float(self.standing.delivered[self._place(shortfall)])

    def _alone(self, shortfall: Shortfall) -> Brought:
        """What of the whole need could come if nothing else were sent."""
        place = shortfall.district, shortfall.item
        way = way_to(self._empty.get(), self._empty.present, *place, ())
        return most_units(way, self._served(shortfall) + shortfall.units, _SOLVE_SECONDS)

    def _first(self, shortfall: Shortfall, seconds: float) -> FirstServed | None:
        """Serve it first, within a time limit."""
        district, item = self._place(shortfall)
        return first_served(self.standing, district, item, shortfall.units, seconds)

    def _is_item_short(self, item: int) -> bool:
        """Whether counting stock proves that somebody must go without an item."""
        need = float(self._grounds.true.data.whole_demand_units[:, item].sum())
        return float(self._usable[item]) < need - 0.5

    def _named(
        self,
        shortfall: Shortfall,
        now: Brought,
        able: Sequence[Thing],
        first: FirstServed | None,
    ) -> tuple[tuple[str, ...], tuple[Thing, ...]]:
        """Words of the reason, and the things that are only enough together."""
        units = shortfall.units
        comes_first = first is not None and first.units >= units - 0.5
        if now.units >= units - 0.5 or (comes_first and first is not None and first.is_no_worse):
            return ("within_gap",), ()
        common = [thing for thing in able if thing not in _RARE]
        if common:
            return (WORDS.get(common[0], common[0]),), ()
        things = self._ordered(shortfall)
        pair = self._together(shortfall, [thing for thing in things if thing not in _RARE])
        if 0 < len(pair) <= _FEW:
            return tuple(WORDS.get(thing, thing) for thing in pair), pair
        is_scarce = "stock" in able and self._is_item_short(shortfall.item)
        if comes_first and not is_scarce:
            few = () if able else self._together(shortfall, things)
            return ("lower_priority",), few if len(few) <= MOST_TOGETHER else ()
        if "reach" in able:
            return (WORDS["reach"],), ()
        if "stock" in able:
            return (WORDS["stock"],), ()
        together = self._together(shortfall, things)
        return tuple(WORDS.get(thing, thing) for thing in together) or ("out_of_reach",), together

    def _together(self, shortfall: Shortfall, things: Sequence[Thing]) -> tuple[Thing, ...]:
        """As few things as are enough together; none if all are not."""

        def is_enough(relaxed: tuple[Thing, ...]) -> bool:
            return comes_all(self._way(shortfall, relaxed), shortfall.units, _SOLVE_SECONDS)

        return smallest_set(things, is_enough)

    def _repairs(
        self,
        shortfall: Shortfall,
        now_units: float,
        able: Sequence[Thing],
        together: Sequence[Thing],
    ) -> list[Repair]:
        """How much of each thing that repairs it alone, or of those that do together."""
        if now_units >= shortfall.units - 0.5:
            return []
        groups = [[thing] for thing in able]
        if together:
            groups = [list(together), *groups]
        return [
            repair
            for group in groups
            for repair in repairs_of(self._grounds, shortfall, group, now_units, _SOLVE_SECONDS)
        ]


def explain_all(
    reasons: Reasons,
    wanted: Sequence[Shortfall],
    seconds: float,
    on_progress: OnProgress = lambda _: None,
) -> list[Reason]:
    """Explain shortages one after the other, sharing the time that serving them first may take.

    Parameters
    ----------
    reasons
        What finds them.
    wanted
        The shortages.
    seconds
        Time for all of them. [s]
    on_progress
        Hears how many are done.
    """
    begun = time.monotonic()
    until = begun + seconds
    found = []
    for count, each in enumerate(wanted):
        stage = f"shortage {count + 1} of {len(wanted)}"
        on_progress(Progress(stage, time.monotonic() - begun, None, None, None))
        left = max(0.0, until - time.monotonic())
        share = min(1.0, max(0.05, left / (len(wanted) - count)))
        found.append(reasons.explain(each, share))
    return found
