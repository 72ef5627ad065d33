"""Which change of a re-plan a shortage is due to: each is taken back by itself and asked again."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from allocator.case import Case
from allocator.explain.grounds import Grounds
from allocator.explain.least_amount import comes_all
from allocator.explain.repairs import Shortfall
from allocator.explain.situation import without_changes
from allocator.explain.ways import way_to
from allocator.plan import Plan
from allocator.schema.changes import Change

__all__ = ["Undone", "change_code"]

_HARMLESS = frozenset(
    {"no_change", "vehicle_added", "stock_found", "signature_early", "trip_left", "trip_held"}
)
"""Kinds that are not taken back: they take nothing away, or say what has happened."""

_MOST_CHANGES = 16
"""So many of the last changes are taken back one by one."""

_MOST_TOGETHER = 6
"""Up to so many changes are taken back together, and then one by one told again."""

_SOLVE_SECONDS = 0.3
"""Time limit of one of the small solves. [s]"""

_NAMES = ("warehouse", "district", "item", "fleet", "procedure", "step", "trip")


def change_code(change: Change) -> str:
    """Return a change in codes: ``road_closed W450103 450602``."""
    named = (getattr(change, name) for name in _NAMES)
    return " ".join([change.kind, *(code for code in named if code is not None)])


class Undone:
    """Asks again with changes taken back, one at a time and then all together.

    Parameters
    ----------
    case
        As it was before any change.
    plan
        A certified plan of it, maybe planned anew.
    scenario
        Code of the scenario.
    needs
        District and item of the needs that are asked about.
    """

    def __init__(
        self, case: Case, plan: Plan, scenario: str, needs: Collection[tuple[str, str]]
    ) -> None:
        self._plan = case, plan, scenario
        self._needs = needs
        told = [k for k, row in enumerate(plan.changes) if row.kind not in _HARMLESS]
        self._single = told[-_MOST_CHANGES:]
        self._all = tuple(told)
        self._made: dict[tuple[int, ...], Grounds | None] = {}

    def causes(self, shortfall: Shortfall) -> tuple[str, ...]:
        """Name the changes without any one of which all missing units would come.

        Parameters
        ----------
        shortfall
            What is missing.

        Returns
        -------
        tuple
            In codes; where no single one is enough, all of them if together they are, joined by
            plus signs.
        """
        changes = self._plan[1].changes
        found = [change_code(changes[k]) for k in self._single if self._comes(shortfall, (k,))]
        if not found and 1 < len(self._all) <= _MOST_TOGETHER:
            found = [
                " + ".join(dict.fromkeys(change_code(changes[k]) for k in self._both(shortfall)))
            ]
        return tuple(dict.fromkeys(each for each in found if each))

    def _both(self, shortfall: Shortfall) -> tuple[int, ...]:
        """Changes of which none may be left out for all units to come; none if they do not."""
        chosen = self._all
        if not self._comes(shortfall, chosen):
            return ()
        for k in self._all:
            fewer = tuple(other for other in chosen if other != k)
            if fewer and self._comes(shortfall, fewer):
                chosen = fewer
        return chosen

    def _comes(self, shortfall: Shortfall, taken_back: tuple[int, ...]) -> bool:
        """Whether all units would come had some things not been told."""
        if taken_back not in self._made:
            self._made[taken_back] = self._make(taken_back)
        made = self._made[taken_back]
        if made is None:
            return False
        pair = shortfall.district, shortfall.item
        missing = _missing(made, pair)
        if missing < 1:
            return True
        ground = made.get()
        if ground.district_place[shortfall.district] < 0:
            return False
        way = way_to(ground, made.present, *pair, ())
        return comes_all(way, missing, _SOLVE_SECONDS)

    def _make(self, taken_back: tuple[int, ...]) -> Grounds | None:
        """Where the scenario would stand."""
        case, plan, scenario = self._plan
        found = without_changes(case, plan, scenario, taken_back)
        if found is None:
            return None
        place = found.case, found.placement, scenario, self._needs
        return Grounds(*place, found.present, found.before)


def _missing(grounds: Grounds, pair: tuple[int, int]) -> float:
    """Whole units that would be missing with the trips of the plan. [units]."""
    residual = grounds.true.residual.get(pair)
    left = 0.0 if residual is None else sum(units for _, units in residual.pulses)
    present, (district, item) = grounds.present, pair
    sent = present.load_units[present.district == district, item].sum()
    return float(np.floor(left - sent + 1e-6))
