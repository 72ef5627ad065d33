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
from allocator.engine.polishing import polish
from models.placement_data import FirstStageData

__all__ = ["SiteMoves", "site_moves"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def site_moves(first: FirstStageData, option: Integers, relaxed: Floats) -> Integers:
    """Return the plans one move away, over sites that the relaxation takes at least in part.

    A move takes another option at one warehouse; or it gives up a change at one warehouse, such as
    a new site or a closing, and makes the same change, equal in volume and cost, at another one.
    Plans whose sizes alone pass a budget are left out. The best of each sort come before the second
    best, of those exchanges before others and dear ones before cheap ones; better are those at
    warehouses that are larger in the relaxation.

    Parameters
    ----------
    first
        Sizes and stock.
    option
        Option taken by each warehouse, shape (warehouse,).
    relaxed
        Choices of the relaxation, shape (option,), 0 to 1.

    Returns
    -------
    Integers
        Option taken by each warehouse, shape (move, warehouse).
    """
    own, volume = first.option_warehouse, first.option_volume_m3
    one_off, annual = first.option_one_off_cny, first.option_annual_cny
    figures = np.stack([volume, one_off, annual], axis=1)
    is_new = np.ones(len(own), dtype=bool)
    is_new[option] = False
    is_taken = is_new & (relaxed > WHOLE)
    is_near = np.bincount(own[is_taken], minlength=first.warehouse_count) > 0
    room = np.bincount(own, weights=relaxed * volume, minlength=first.warehouse_count)
    worth = np.where(volume > 0.0, room[own], relaxed)
    cheapest = np.array([min(ks, key=lambda k: one_off[k]) for ks in first.options_of])
    found = _ranked(np.flatnonzero(is_taken), one_off, worth, {})
    for a in np.flatnonzero(one_off[option] > 0.0).tolist():
        alike = (figures == figures[option[a]]).all(axis=1) & is_new & is_near[own] & (own != a)
        found += _ranked(np.flatnonzero(alike), one_off, worth, {a: int(cheapest[a])})
    found.sort(key=lambda move: (move[0], not move[2], move[1]))
    moves = np.tile(option, (len(found), 1))
    for row, (_, _, given_up, k) in zip(moves, found, strict=True):
        row[list(given_up)] = list(given_up.values())
        row[own[k]] = k
    is_paid = one_off[moves].sum(axis=1) <= first.capital_budget_cny
    is_kept = annual[moves].sum(axis=1) <= first.annual_budget_cny
    return np.asarray(moves[is_paid & is_kept])


def _ranked(
    options: Integers, one_off: Floats, worth: Floats, given_up: dict[int, int]
) -> list[tuple[int, float, dict[int, int], int]]:
    """Return moves as rank among those of equal cost, less the cost, what is given up, option."""
    ordered = options[np.lexsort((-worth[options], -one_off[options]))].tolist()
    moves: list[tuple[int, float, dict[int, int], int]] = []
    for n, k in enumerate(ordered):
        is_alike = n > 0 and one_off[ordered[n - 1]] == one_off[k]
        moves.append((moves[-1][0] + 1 if is_alike else 0, -float(one_off[k]), given_up, k))
    return moves


_PATIENCE = 40
"""Bounds of moves that may be looked at from one plan without a better one among them."""


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
        self._search, self._relaxed = search, relaxed
        self._bound: dict[bytes, float] = {}

    def run(self, end: float) -> None:
        """Move while it helps, until ``end`` on the clock of ``time.monotonic``."""
        while self._search.best is not None and self._step(self._search.best.option, end):
            pass

    def _step(self, option: Integers, end: float) -> bool:
        """Go through the moves from a plan; return whether one has found a better plan."""
        search, before, looked_at = self._search, self._search.ceiling(), 0
        for moved in site_moves(search.data.first_stage, option, self._relaxed):
            if time.monotonic() >= end or search.is_over():
                return False
            key, choice = moved.tobytes(), np.zeros(len(self._relaxed))
            choice[moved] = 1.0
            if key not in self._bound:
                looked_at += 1
                if looked_at > _PATIENCE:
                    return False
                self._bound[key] = search.bound_of(choice)
            if self._bound[key] < search.worthwhile():
                self._bound[key] = polish(search, choice)
                search.tell()
            if search.ceiling() < before:
                return True
        return False
