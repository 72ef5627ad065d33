"""Local search over sites: what one change of size, or one exchange of two sites, would bring.

The master with all its cuts and the choices fixed is a bound for a choice, and a quick one: warm
from the choice next to it. Only choices whose bound is below the best plan are polished. Which
sites are worth a look the relaxation knows: those it takes at least in part (Danna, Rothberg and
Le Pape 2005 search between plan and relaxation likewise).
"""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from allocator.engine.branching import WHOLE
from allocator.engine.decomposition import StageSearch
from models.placement_data import FirstStageData

__all__ = ["SiteMoves", "site_moves"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def site_moves(first: FirstStageData, option: Integers, is_taken: NDArray[np.bool_]) -> Integers:
    """Return the plans one move away, over options that are worth a look.

    A move takes another option at one warehouse; or it gives up a change at one warehouse, such as
    a new site or a closing, and makes the same change, equal in volume and cost, at another one.
    Plans whose sizes alone pass a budget are left out.

    Parameters
    ----------
    first
        Sizes and stock.
    option
        Option taken by each warehouse, shape (warehouse,).
    is_taken
        Options that are worth a look, shape (option,).

    Returns
    -------
    Integers
        Option taken by each warehouse, shape (move, warehouse).
    """
    own = first.option_warehouse
    one_off, annual = first.option_one_off_cny, first.option_annual_cny
    figures = np.stack([first.option_volume_m3, one_off, annual], axis=1)
    is_present = np.zeros(len(own), dtype=bool)
    is_present[option] = True
    cheapest = np.array([min(ks, key=lambda k: one_off[k]) for ks in first.options_of])
    is_near = np.zeros(first.warehouse_count, dtype=bool)
    is_near[own[is_taken & ~is_present]] = True
    alone = np.flatnonzero(is_taken & ~is_present).tolist()
    found = [_changed(option, {int(own[k]): k}) for k in alone]
    changed = np.flatnonzero(one_off[option] > 0.0)
    for a in changed.tolist():
        alike = (figures == figures[option[a]]).all(axis=1) & ~is_present & is_near[own]
        found += [
            _changed(option, {a: int(cheapest[a]), int(own[k]): k})
            for k in np.flatnonzero(alike & (own != a)).tolist()
        ]
    moves = np.array(found, dtype=np.int64).reshape(-1, len(option))
    is_paid = one_off[moves].sum(axis=1) <= first.capital_budget_cny
    is_kept = annual[moves].sum(axis=1) <= first.annual_budget_cny
    return np.asarray(moves[is_paid & is_kept])


def _changed(option: Integers, places: dict[int, int]) -> Integers:
    """Return a copy with other options at some warehouses."""
    moved = option.copy()
    for warehouse, taken in places.items():
        moved[warehouse] = taken
    return moved


class SiteMoves:
    """Local search from the best plan of a stage.

    Parameters
    ----------
    search
        The stage, with a best plan.
    relaxed
        Choices of the relaxation, shape (option,).
    """

    def __init__(self, search: StageSearch, relaxed: Floats) -> None:
        self._search, self._is_taken = search, relaxed > WHOLE
        self._bound: dict[bytes, float] = {}

    def run(self, end: float) -> None:
        """Move while it helps, until ``end`` on the clock of ``time.monotonic``."""
        search = self._search
        while search.best is not None:
            ranked = self._ranked(search.best.option, end)
            before = search.ceiling()
            for moved in ranked:
                if time.monotonic() >= end or search.is_over():
                    return
                if self._bound[moved.tobytes()] < search.worthwhile():
                    self._bound[moved.tobytes()] = search.polish(self._choice(moved))
                    search.tell()
                if search.ceiling() < before:
                    break
            if search.ceiling() >= before:
                return

    def _ranked(self, option: Integers, end: float) -> list[Integers]:
        """Moves whose bound is below the best plan, the least bound first."""
        search, first = self._search, self._search.data.first_stage
        ranked: list[tuple[float, int, Integers]] = []
        for n, moved in enumerate(site_moves(first, option, self._is_taken)):
            key = moved.tobytes()
            if key not in self._bound:
                if time.monotonic() >= end or search.is_over():
                    break
                self._bound[key] = search.bound_of(self._choice(moved))
            if self._bound[key] < search.worthwhile():
                ranked.append((self._bound[key], n, moved))
        return [moved for _, _, moved in sorted(ranked, key=lambda entry: entry[:2])]

    def _choice(self, option: Integers) -> Floats:
        """Choices of a plan, shape (option,)."""
        choice = np.zeros(len(self._is_taken))
        choice[option] = 1.0
        return choice
